/* ike_eap: the EAP payload (RFC 7296 3.16, RFC 3748 4 and 5). */
#ifndef DECODE_IKE_EAP_H
#define DECODE_IKE_EAP_H

#include "decode/ike_chain.h"

enum ike_eap_code {
    IKE_EAP_REQUEST = 1, IKE_EAP_RESPONSE, IKE_EAP_SUCCESS, IKE_EAP_FAILURE, IKE_EAP_INITIATE, IKE_EAP_FINISH,
};

struct ike_eap {
    uint8_t code;              /* enum ike_eap_code */
    uint8_t identifier;
    uint8_t type;              /* method: 1 identity, 26 MSCHAPv2, ...; 0 in success and failure */
    uint32_t vendor, vendor_type; /* expanded methods (type 254), else 0 */
    const uint8_t *data;       /* behind the type */
    uint32_t captured, wire;   /* of the data */
};

/* A payload of type 48. */
enum decode_status ike_eap_decode(const struct ike_payload *payload, struct ike_eap *eap, struct ike_fault *fault);

const char *ike_eap_name(uint8_t type); /* "MSCHAPv2"; NULL for what IKE does not meet */

#endif
