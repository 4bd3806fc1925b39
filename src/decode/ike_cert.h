/* ike_cert: certificates and requests for them (RFC 7296 3.6, 3.7; RFC 2408 3.9, 3.10). */
#ifndef DECODE_IKE_CERT_H
#define DECODE_IKE_CERT_H

#include "decode/ike_chain.h"

#define IKE_CERT_X509 4
#define IKE_CERT_HASH_URL 12
#define IKE_CERT_HASH_URL_BUNDLE 13
#define IKE_CERT_HASH 20 /* SHA-1 */

struct ike_cert {
    uint8_t encoding;          /* catalogue's ike_cert_name() */
    const uint8_t *data;       /* the certificate, or the authorities: a DN in IKEv1, hashes of keys in IKEv2 */
    uint32_t captured, wire;   /* of the data */
    uint32_t hashes;           /* CERTREQ of IKEv2 for X.509: 20-byte hashes that were captured whole */
    const uint8_t *url;        /* CERT by hash and URL: `url_length` bytes behind the hash; else NULL */
    uint32_t url_length;
};

/* A payload of type 6 or 37. */
enum decode_status ike_cert_decode(const struct ike_payload *payload, struct ike_cert *cert, struct ike_fault *fault);
/* A payload of type 7 or 38. */
enum decode_status ike_cert_request(const struct ike_payload *payload, struct ike_cert *request,
                                    struct ike_fault *fault);

#endif
