/* ike_auth: proofs of identity: AUTH of IKEv2 (RFC 7296 3.8, RFC 7427), HASH and SIG of IKEv1 (RFC 2408 3.11, 3.12). */
#ifndef DECODE_IKE_AUTH_H
#define DECODE_IKE_AUTH_H

#include "decode/ike_chain.h"

#define IKE_AUTH_SHARED_KEY 2
#define IKE_AUTH_NULL 13
#define IKE_AUTH_SIGNATURE 14

struct ike_auth {
    uint8_t method;            /* IKEv2: catalogue's ike_auth_name(); 0 in IKEv1 */
    const uint8_t *data;       /* the signature, MAC or hash */
    uint32_t captured, wire;   /* of the data */
    const uint8_t *algorithm;  /* method 14: the DER AlgorithmIdentifier before the signature, else NULL */
    uint8_t algorithm_length;
};

/* A payload of type 39. */
enum decode_status ike_auth_decode(const struct ike_payload *payload, struct ike_auth *auth, struct ike_fault *fault);
/* Payloads of type 8 and 9: only `data` is set. */
enum decode_status ike_auth_hash(const struct ike_payload *payload, struct ike_auth *auth, struct ike_fault *fault);
enum decode_status ike_auth_signature(const struct ike_payload *payload, struct ike_auth *auth,
                                      struct ike_fault *fault);

/* Whether a hash or PRF of IKE has outputs of that many bytes: MD5 and XCBC, SHA-1, Tiger, SHA-2. */
bool ike_auth_is_hash(uint32_t length);

#endif
