/* ccm: counter mode with CBC-MAC (RFC 3610) as ESP has it (RFC 4309): 11 bytes of nonce, 4 of length, any 16-byte block cipher. */
#ifndef CRYPTO_CCM_H
#define CRYPTO_CCM_H

#include "crypto/openssl.h"

#define CCM_NONCE 11
#define CCM_TAG_MAX 16

struct ccm {
    struct openssl_cipher *counter; /* CIPHER_CTR */
    struct openssl_cipher *chain;   /* CIPHER_CBC, sealing */
};

/*
 * Opens (or seals) `length` bytes from `in` to `out`, which may be the same, or NULL where only the tag is wanted, and computes the tag of
 * tag_length bytes (4 to 16, even: it is part of what is authenticated). From 1 to 65279 bytes of aad. False where the library failed.
 */
bool ccm_run(struct ccm *ccm, const uint8_t nonce[CCM_NONCE], const uint8_t *aad, size_t aad_length, const uint8_t *in, size_t length,
             uint8_t *out, bool seal, uint8_t *tag, size_t tag_length);

#endif
