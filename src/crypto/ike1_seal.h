/*
 * ike1_seal: the reverse of ike1.h, for crafting messages and tests: what stands behind the header of an IKEv1 message, encrypted (RFC 2409
 * appendix B). IVs are the caller's, as there: each message moves the one of its exchange on.
 */
#ifndef CRYPTO_IKE1_SEAL_H
#define CRYPTO_IKE1_SEAL_H

#include "crypto/ike1.h"

struct ike1_sealer;

/* NULL with an error: no CBC cipher, or not a length of its keys. */
struct ike1_sealer *ike1_sealer_create(const struct encryption *encryption, struct secret key, struct error *error);
void ike1_sealer_destroy(struct ike1_sealer *sealer); /* NULL is allowed */

/*
 * `message` holds the 28 bytes of the header, with flag E. `inside`, with zeros up to a whole block, goes behind that, encrypted, and the header's
 * length is filled in. Returns the length of the message, 0 where it does not fit into `room`, or the IV is not one of this cipher.
 */
uint32_t ike1_seal(struct ike1_sealer *sealer, struct ike1_iv *iv, const uint8_t *inside, uint32_t length, uint8_t *message, uint32_t room);

#endif
