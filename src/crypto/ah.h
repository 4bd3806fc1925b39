/*
 * ah: the copy of an IP packet that an AH checksum is computed over (RFC 4302 3.3.3).
 *
 * Mutable fields become zero and source routes look as they will at the final destination, also where the packet was captured on its
 * way there.
 */
#ifndef CRYPTO_AH_H
#define CRYPTO_AH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * `packet` is a whole, reassembled IPv4 or IPv6 packet of `length` bytes as its header counts them (no link padding); its AH begins at
 * ah_at and has icv_length bytes of ICV (crypt_ah_icv()). Bytes that pad the ICV behind that stay, since the sender's checksum covers
 * them (RFC 4302 3.3.3.2.1). `out` has room for `length` bytes and does not overlap. False where the headers do not lead to an AH at
 * ah_at, or their options contradict themselves: such a packet cannot be verified by anyone.
 */
bool ah_prepare(const uint8_t *packet, uint32_t length, uint32_t ah_at, uint8_t icv_length, uint8_t *out);

#endif
