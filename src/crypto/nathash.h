/* nathash: the hashes of NAT detection: of both IKE SPIs, an address and a port (RFC 7296 2.23, RFC 3947 3.2). */
#ifndef CRYPTO_NATHASH_H
#define CRYPTO_NATHASH_H

#include "base/addr.h"

#define NATHASH_MAX 64

/*
 * `length` tells the hash: 20 bytes are SHA-1, which IKEv2 always takes; IKEv1 takes the negotiated one, 16 bytes MD5, 32, 48 and 64 SHA-2. False for
 * others, and where this libcrypto lacks it.
 */
bool nathash_make(const uint8_t spis[16], const struct addr *addr, uint16_t port, uint32_t length, uint8_t hash[NATHASH_MAX]);

#endif
