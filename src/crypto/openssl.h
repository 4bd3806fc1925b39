/*
 * openssl: the door to libcrypto, inside src/crypto only: one cipher, one HMAC, keyed once, used for many packets.
 *
 * Nothing here allocates after *_create. Errors after that are impossible by the callers' checks (lengths, blocks) and still reported: the
 * bool functions return false. Buffers may be the same for input and output but not overlap otherwise; lengths stay below OPENSSL_STEP_MAX.
 */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "crypto/suite.h"

#define OPENSSL_STEP_MAX 0x40000000u
#define OPENSSL_DIGEST_MAX 64 /* bytes of the longest digest */

/*
 * CIPHER_CBC works in the direction it was made for; CTR, GCM and ChaCha20-Poly1305 in either. CIPHER_CCM and CIPHER_GMAC are made of
 * the others (crypto/ccm.h, and GCM without plaintext) and not taken here.
 */
struct openssl_cipher;
struct openssl_cipher *openssl_cipher_create(enum cipher_base base, enum cipher_kind kind, const uint8_t *key, size_t length,
                                             bool seal, struct error *error);
void openssl_cipher_destroy(struct openssl_cipher *cipher);

/* A new packet: iv is one block for CBC, the first counter block for CTR, 12 bytes of nonce for GCM and ChaCha20-Poly1305. */
bool openssl_cipher_begin(struct openssl_cipher *cipher, const uint8_t *iv, bool seal);
bool openssl_cipher_aad(struct openssl_cipher *cipher, const uint8_t *bytes, size_t length);
/* The next `length` bytes; whole blocks for CBC. */
bool openssl_cipher_next(struct openssl_cipher *cipher, const uint8_t *in, size_t length, uint8_t *out);
/* AEADs: is this the tag of what was opened; the tag of what was sealed. */
bool openssl_cipher_check(struct openssl_cipher *cipher, const uint8_t *tag, size_t length);
bool openssl_cipher_tag(struct openssl_cipher *cipher, uint8_t *tag, size_t length);

struct openssl_hmac;
struct openssl_hmac *openssl_hmac_create(enum digest digest, const uint8_t *key, size_t length, struct error *error);
void openssl_hmac_destroy(struct openssl_hmac *hmac);
void openssl_hmac_begin(struct openssl_hmac *hmac);
void openssl_hmac_add(struct openssl_hmac *hmac, const uint8_t *bytes, size_t length);
/* Writes the whole digest; returns its length. */
size_t openssl_hmac_end(struct openssl_hmac *hmac, uint8_t out[OPENSSL_DIGEST_MAX]);

/* The digest of a, then b, at once. Returns its length; 0 for one that this libcrypto lacks. */
size_t openssl_digest(enum digest digest, const void *a, size_t a_length, const void *b, size_t b_length,
                      uint8_t out[OPENSSL_DIGEST_MAX]);

/* In a time that does not depend on where they differ. */
bool openssl_equal(const void *a, const void *b, size_t length);
/* Zeroes memory in a way that the compiler does not remove. */
void openssl_wipe(void *bytes, size_t length);

#endif
