/*
 * ike_ke: what the two sides contribute to the keys: key exchange data and nonces (RFC 7296 3.4, 3.9; RFC 2408 3.7,
 * 3.13).
 */
#ifndef DECODE_IKE_KE_H
#define DECODE_IKE_KE_H

#include "decode/ike_chain.h"

struct ike_ke {
    uint16_t group;           /* IKEv2; 0 in IKEv1, where the SA payload names it */
    const uint8_t *data;
    uint32_t captured, wire;  /* of the data; a KE that is cut has captured < wire */
};

struct ike_nonce {
    const uint8_t *data;
    uint32_t captured, wire;
};

/* A payload of type 4 or 34. */
enum decode_status ike_ke_decode(const struct ike_payload *payload, struct ike_ke *ke, struct ike_fault *fault);

/* A payload of type 10 or 40. */
enum decode_status ike_ke_nonce(const struct ike_payload *payload, struct ike_nonce *nonce, struct ike_fault *fault);

/*
 * Bytes of a public value of the group, 0 for groups that are not known. The ML-KEMs have two: their public key goes
 * one way (`answer` false) and their ciphertext the other.
 */
uint32_t ike_ke_size(uint16_t group, bool answer);
/*
 * Whether key exchange data of `length` bytes may be of that group; true for unknown groups. For IKEv1, whose KE names
 * no group.
 */
bool ike_ke_fits(uint16_t group, uint32_t length);

#endif
