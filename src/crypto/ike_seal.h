/*
 * ike_seal: the reverse of ike.h, for crafting messages and tests: SK{} and SKF{} payloads of IKEv2 (RFC 7296 3.14, RFC 5282, RFC 7383 2.5).
 *
 * AES-GCM, ChaCha20-Poly1305, and CBC ciphers or NULL with any integrity algorithm of IKE. IVs are the caller's numbers, so that the same
 * call gives the same bytes: not for keys that anything depends on.
 */
#ifndef CRYPTO_IKE_SEAL_H
#define CRYPTO_IKE_SEAL_H

#include "crypto/ike.h"

struct ike_sealer;

/* NULL with an error: keys of both sides are wanted, of their algorithms' lengths; `unchecked` is not used. */
struct ike_sealer *ike_sealer_create(const struct ike_params *params, struct error *error);
void ike_sealer_destroy(struct ike_sealer *sealer); /* NULL is allowed */

/*
 * `message` holds `head` bytes: the header, and last the generic header of SK or SKF, with fragment numbers in the latter. `inside` goes behind
 * that, sealed with the keys of the side that the header's flags tell; the two length fields are filled in. Each message of an IKE SA wants an
 * `iv` of its own. Returns the length of the message, 0 where it does not fit into `room` or libcrypto failed.
 */
uint32_t ike_seal(struct ike_sealer *sealer, uint64_t iv, const uint8_t *inside, uint32_t length, uint8_t *message, uint32_t head,
                  uint32_t room);

#endif
