/*
 * openssl: ciphers and HMACs of libcrypto, without an allocation per packet.
 *
 * Theory of operation. Ciphers are EVP contexts, fetched and keyed once; a packet sets the IV alone, which EVP does in place. Hashes are
 * another matter: in OpenSSL 3.0 each EVP digest or EVP_MAC that starts anew frees and allocates its state (two allocations and about
 * 100 to 150 ns a packet, measured), so HMAC is built here from the structures that older code used (SHA256_CTX and its kin):
 * the states after the inner and the outer pad are computed once, and a packet copies them. The same old interfaces give Blowfish and
 * CAST-128 without the legacy provider. They are marked deprecated, not gone; a libcrypto built without one of them is reported by name.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/openssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#ifndef OPENSSL_NO_BF
#include <openssl/blowfish.h>
#endif
#ifndef OPENSSL_NO_CAST
#include <openssl/cast.h>
#endif
#ifndef OPENSSL_NO_MD5
#include <openssl/md5.h>
#endif
#ifndef OPENSSL_NO_RMD160
#include <openssl/ripemd.h>
#endif
#include <openssl/sha.h>

#define HMAC_BLOCK_MAX 128

struct openssl_cipher {
    EVP_CIPHER_CTX *context; /* NULL for the two old ciphers */
    uint8_t base;            /* enum cipher_base */
    bool old_seal;
    uint8_t old_iv[8];
    union {
#ifndef OPENSSL_NO_BF
        BF_KEY blowfish;
#endif
#ifndef OPENSSL_NO_CAST
        CAST_KEY cast;
#endif
        uint8_t none;
    } old;
};

union digest_state {
#ifndef OPENSSL_NO_MD5
    MD5_CTX md5;
#endif
#ifndef OPENSSL_NO_RMD160
    RIPEMD160_CTX ripemd;
#endif
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512; /* SHA2-384 too */
};

struct openssl_hmac {
    enum digest digest;
    union digest_state inner, outer, now;
};

bool openssl_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}

void openssl_wipe(void *bytes, size_t length)
{
    OPENSSL_cleanse(bytes, length);
}

/* ---- ciphers ---- */

/* libcrypto's name, or false where it has none. */
static bool cipher_name(enum cipher_base base, enum cipher_kind kind, size_t key_length, char name[32])
{
    const char *mode = kind == CIPHER_CBC ? "CBC" : kind == CIPHER_CTR ? "CTR" : kind == CIPHER_GCM ? "GCM" : NULL;
    if (base == BASE_CHACHA20 && kind == CIPHER_CHACHAPOLY)
        snprintf(name, 32, "ChaCha20-Poly1305");
    else if (base == BASE_AES && mode != NULL)
        snprintf(name, 32, "AES-%u-%s", (unsigned)key_length * 8, mode);
    else if (base == BASE_CAMELLIA && (kind == CIPHER_CBC || kind == CIPHER_CTR))
        snprintf(name, 32, "CAMELLIA-%u-%s", (unsigned)key_length * 8, mode);
    else if ((base == BASE_3DES || base == BASE_DES) && kind == CIPHER_CBC)
        snprintf(name, 32, "DES-EDE3-CBC");
    else
        return false;
    return true;
}

static bool old_cipher_key(struct openssl_cipher *cipher, const uint8_t *key, size_t length)
{
#ifndef OPENSSL_NO_BF
    if (cipher->base == BASE_BLOWFISH) {
        BF_set_key(&cipher->old.blowfish, (int)length, key);
        return true;
    }
#endif
#ifndef OPENSSL_NO_CAST
    if (cipher->base == BASE_CAST5) {
        CAST_set_key(&cipher->old.cast, (int)length, key);
        return true;
    }
#endif
    (void)key;
    (void)length;
    return false;
}

static bool evp_cipher_key(struct openssl_cipher *cipher, enum cipher_kind kind, const uint8_t *key, size_t length, bool seal)
{
    char name[32];
    if (!cipher_name(cipher->base, kind, length, name))
        return false;
    uint8_t tripled[24];
    if (cipher->base == BASE_DES) { /* E(k) D(k) E(k) is DES, and DES alone is only in the legacy provider */
        for (unsigned i = 0; i < 3; i++)
            memcpy(tripled + 8 * i, key, 8);
        key = tripled;
    }
    EVP_CIPHER *algorithm = EVP_CIPHER_fetch(NULL, name, NULL);
    cipher->context = EVP_CIPHER_CTX_new();
    bool keyed = algorithm != NULL && cipher->context != NULL &&
                 EVP_CipherInit_ex2(cipher->context, algorithm, key, NULL, seal, NULL) == 1 &&
                 EVP_CIPHER_CTX_set_padding(cipher->context, 0) == 1;
    EVP_CIPHER_free(algorithm);
    openssl_wipe(tripled, sizeof tripled);
    return keyed;
}

struct openssl_cipher *openssl_cipher_create(enum cipher_base base, enum cipher_kind kind, const uint8_t *key, size_t length,
                                             bool seal, struct error *error)
{
    struct openssl_cipher *cipher = calloc(1, sizeof *cipher);
    if (cipher == NULL) {
        error_set(error, "no memory for a cipher");
        return NULL;
    }
    cipher->base = (uint8_t)base;
    bool old = kind == CIPHER_CBC && (base == BASE_BLOWFISH || base == BASE_CAST5);
    ERR_set_mark(); /* a missing algorithm is our answer, not something to leave in the thread's error queue */
    bool keyed = old ? old_cipher_key(cipher, key, length) : evp_cipher_key(cipher, kind, key, length, seal);
    ERR_pop_to_mark();
    if (!keyed) {
        openssl_cipher_destroy(cipher);
        error_set(error, "libcrypto %s does not have it", OpenSSL_version(OPENSSL_VERSION_STRING));
        return NULL;
    }
    return cipher;
}

void openssl_cipher_destroy(struct openssl_cipher *cipher)
{
    if (cipher == NULL)
        return;
    EVP_CIPHER_CTX_free(cipher->context); /* wipes its key schedule */
    openssl_wipe(cipher, sizeof *cipher);
    free(cipher);
}

bool openssl_cipher_begin(struct openssl_cipher *cipher, const uint8_t *iv, bool seal)
{
    if (cipher->context != NULL)
        return EVP_CipherInit_ex2(cipher->context, NULL, NULL, iv, seal, NULL) == 1;
    cipher->old_seal = seal;
    memcpy(cipher->old_iv, iv, sizeof cipher->old_iv);
    return true;
}

bool openssl_cipher_aad(struct openssl_cipher *cipher, const uint8_t *bytes, size_t length)
{
    int done;
    return EVP_CipherUpdate(cipher->context, NULL, &done, bytes, (int)length) == 1;
}

bool openssl_cipher_next(struct openssl_cipher *cipher, const uint8_t *in, size_t length, uint8_t *out)
{
    if (length == 0)
        return true;
    if (cipher->context != NULL) {
        int done;
        return EVP_CipherUpdate(cipher->context, out, &done, in, (int)length) == 1;
    }
#ifndef OPENSSL_NO_BF
    if (cipher->base == BASE_BLOWFISH)
        BF_cbc_encrypt(in, out, (long)length, &cipher->old.blowfish, cipher->old_iv, cipher->old_seal);
#endif
#ifndef OPENSSL_NO_CAST
    if (cipher->base == BASE_CAST5)
        CAST_cbc_encrypt(in, out, (long)length, &cipher->old.cast, cipher->old_iv, cipher->old_seal);
#endif
    return true;
}

bool openssl_cipher_check(struct openssl_cipher *cipher, const uint8_t *tag, size_t length)
{
    uint8_t copy[16], none[16];
    int done;
    memcpy(copy, tag, length);
    return EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_SET_TAG, (int)length, copy) == 1 &&
           EVP_CipherFinal_ex(cipher->context, none, &done) == 1;
}

bool openssl_cipher_tag(struct openssl_cipher *cipher, uint8_t *tag, size_t length)
{
    uint8_t none[16];
    int done;
    return EVP_CipherFinal_ex(cipher->context, none, &done) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher->context, EVP_CTRL_AEAD_GET_TAG, (int)length, tag) == 1;
}

/* ---- HMAC (RFC 2104) ---- */

static bool digest_begin(enum digest digest, union digest_state *state)
{
    switch ((int)digest) {
#ifndef OPENSSL_NO_MD5
    case DIGEST_MD5: return MD5_Init(&state->md5) == 1;
#endif
#ifndef OPENSSL_NO_RMD160
    case DIGEST_RIPEMD160: return RIPEMD160_Init(&state->ripemd) == 1;
#endif
    case DIGEST_SHA1: return SHA1_Init(&state->sha1) == 1;
    case DIGEST_SHA2_256: return SHA256_Init(&state->sha256) == 1;
    case DIGEST_SHA2_384: return SHA384_Init(&state->sha512) == 1;
    case DIGEST_SHA2_512: return SHA512_Init(&state->sha512) == 1;
    default: return false; /* none, or not in this libcrypto */
    }
}

static void digest_add(enum digest digest, union digest_state *state, const uint8_t *bytes, size_t length)
{
    switch ((int)digest) {
#ifndef OPENSSL_NO_MD5
    case DIGEST_MD5: MD5_Update(&state->md5, bytes, length); break;
#endif
#ifndef OPENSSL_NO_RMD160
    case DIGEST_RIPEMD160: RIPEMD160_Update(&state->ripemd, bytes, length); break;
#endif
    case DIGEST_SHA1: SHA1_Update(&state->sha1, bytes, length); break;
    case DIGEST_SHA2_256: SHA256_Update(&state->sha256, bytes, length); break;
    case DIGEST_SHA2_384: SHA384_Update(&state->sha512, bytes, length); break;
    case DIGEST_SHA2_512: SHA512_Update(&state->sha512, bytes, length); break;
    default: break;
    }
}

static size_t digest_end(enum digest digest, union digest_state *state, uint8_t out[OPENSSL_DIGEST_MAX])
{
    switch ((int)digest) {
#ifndef OPENSSL_NO_MD5
    case DIGEST_MD5: MD5_Final(out, &state->md5); return 16;
#endif
#ifndef OPENSSL_NO_RMD160
    case DIGEST_RIPEMD160: RIPEMD160_Final(out, &state->ripemd); return 20;
#endif
    case DIGEST_SHA1: SHA1_Final(out, &state->sha1); return 20;
    case DIGEST_SHA2_256: SHA256_Final(out, &state->sha256); return 32;
    case DIGEST_SHA2_384: SHA384_Final(out, &state->sha512); return 48;
    case DIGEST_SHA2_512: SHA512_Final(out, &state->sha512); return 64;
    default: return 0;
    }
}

size_t openssl_digest(enum digest digest, const void *a, size_t a_length, const void *b, size_t b_length,
                      uint8_t out[OPENSSL_DIGEST_MAX])
{
    union digest_state state;
    if (!digest_begin(digest, &state))
        return 0;
    digest_add(digest, &state, a, a_length);
    digest_add(digest, &state, b, b_length);
    return digest_end(digest, &state, out);
}

struct openssl_hmac *openssl_hmac_create(enum digest digest, const uint8_t *key, size_t length, struct error *error)
{
    struct openssl_hmac *hmac = calloc(1, sizeof *hmac);
    if (hmac == NULL || !digest_begin(digest, &hmac->now)) {
        error_set(error, hmac == NULL ? "no memory for an HMAC" : "libcrypto %s does not have it",
                  OpenSSL_version(OPENSSL_VERSION_STRING));
        free(hmac);
        return NULL;
    }
    hmac->digest = digest;
    size_t block = digest == DIGEST_SHA2_384 || digest == DIGEST_SHA2_512 ? 128 : 64;
    uint8_t pad[HMAC_BLOCK_MAX] = { 0 };
    if (length > block) {
        digest_add(digest, &hmac->now, key, length);
        digest_end(digest, &hmac->now, pad);
    } else {
        memcpy(pad, key, length);
    }
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36;
    digest_begin(digest, &hmac->inner);
    digest_add(digest, &hmac->inner, pad, block);
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    digest_begin(digest, &hmac->outer);
    digest_add(digest, &hmac->outer, pad, block);
    openssl_wipe(pad, sizeof pad);
    return hmac;
}

void openssl_hmac_destroy(struct openssl_hmac *hmac)
{
    if (hmac == NULL)
        return;
    openssl_wipe(hmac, sizeof *hmac);
    free(hmac);
}

void openssl_hmac_begin(struct openssl_hmac *hmac)
{
    hmac->now = hmac->inner;
}

void openssl_hmac_add(struct openssl_hmac *hmac, const uint8_t *bytes, size_t length)
{
    digest_add(hmac->digest, &hmac->now, bytes, length);
}

size_t openssl_hmac_end(struct openssl_hmac *hmac, uint8_t out[OPENSSL_DIGEST_MAX])
{
    size_t length = digest_end(hmac->digest, &hmac->now, out);
    hmac->now = hmac->outer;
    digest_add(hmac->digest, &hmac->now, out, length);
    return digest_end(hmac->digest, &hmac->now, out);
}
