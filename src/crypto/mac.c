/* mac: HMAC, AES-XCBC, AES-CMAC and CBC-MAC. */
#include "crypto/mac.h"

#include <string.h>

#define SCRATCH 512 /* CBC writes its ciphertext somewhere; only the last block is of interest */

bool cbcmac_begin(struct cbcmac *mac, struct openssl_cipher *cipher)
{
    static const uint8_t zero[MAC_BLOCK];
    mac->cipher = cipher;
    mac->filled = 0;
    return openssl_cipher_begin(cipher, zero, true);
}

bool cbcmac_add(struct cbcmac *mac, const uint8_t *bytes, size_t length)
{
    uint8_t scratch[SCRATCH];
    if (length == 0)
        return true;
    if (mac->filled > 0) {
        size_t take = MAC_BLOCK - mac->filled < length ? MAC_BLOCK - mac->filled : length;
        memcpy(mac->pending + mac->filled, bytes, take);
        mac->filled = (uint8_t)(mac->filled + take);
        bytes += take;
        length -= take;
        if (length == 0)
            return true;
        if (!openssl_cipher_next(mac->cipher, mac->pending, MAC_BLOCK, scratch))
            return false;
    }
    while (length > MAC_BLOCK) { /* leaves 1 to 16 bytes: the last block waits */
        size_t step = (length - 1) / MAC_BLOCK * MAC_BLOCK;
        step = step < SCRATCH ? step : SCRATCH;
        if (!openssl_cipher_next(mac->cipher, bytes, step, scratch))
            return false;
        bytes += step;
        length -= step;
    }
    memcpy(mac->pending, bytes, length);
    mac->filled = (uint8_t)length;
    return true;
}

bool cbcmac_pad(struct cbcmac *mac)
{
    static const uint8_t zero[MAC_BLOCK];
    return mac->filled == 0 || mac->filled == MAC_BLOCK || cbcmac_add(mac, zero, MAC_BLOCK - mac->filled);
}

bool cbcmac_end(struct cbcmac *mac, uint8_t out[MAC_BLOCK])
{
    return openssl_cipher_next(mac->cipher, mac->pending, MAC_BLOCK, out);
}

/* Doubling in GF(2^128) (RFC 4493 2.3). */
static void twice(const uint8_t in[MAC_BLOCK], uint8_t out[MAC_BLOCK])
{
    uint8_t carry = in[0] >> 7;
    for (unsigned i = 0; i < MAC_BLOCK; i++)
        out[i] = (uint8_t)(in[i] << 1 | (i + 1 < MAC_BLOCK ? in[i + 1] >> 7 : 0));
    out[MAC_BLOCK - 1] ^= carry ? 0x87 : 0;
}

/* One block of AES, as CBC from a zero IV. */
static bool one_block(struct openssl_cipher *cipher, uint8_t filler, uint8_t out[MAC_BLOCK])
{
    static const uint8_t zero[MAC_BLOCK];
    uint8_t block[MAC_BLOCK];
    memset(block, filler, sizeof block);
    return openssl_cipher_begin(cipher, zero, true) && openssl_cipher_next(cipher, block, MAC_BLOCK, out);
}

static bool block_mac_key(struct mac *mac, const uint8_t *key, size_t length, struct error *error)
{
    mac->cipher = openssl_cipher_create(BASE_AES, CIPHER_CBC, key, length, true, error);
    if (mac->cipher == NULL)
        return false;
    uint8_t derived[MAC_BLOCK];
    if (mac->kind == INTEGRITY_CMAC) { /* RFC 4493 2.3 */
        if (!one_block(mac->cipher, 0, derived))
            return error_set(error, "libcrypto failed on an AES block");
        twice(derived, mac->whole);
        twice(mac->whole, mac->partial);
        openssl_wipe(derived, sizeof derived);
        return true;
    }
    bool made = one_block(mac->cipher, 2, mac->whole) && one_block(mac->cipher, 3, mac->partial) &&
                one_block(mac->cipher, 1, derived); /* RFC 3566 4: K2, K3, and K1, which keys the MAC itself */
    openssl_cipher_destroy(mac->cipher);
    mac->cipher = made ? openssl_cipher_create(BASE_AES, CIPHER_CBC, derived, MAC_BLOCK, true, error) : NULL;
    openssl_wipe(derived, sizeof derived);
    return mac->cipher != NULL || (made ? false : error_set(error, "libcrypto failed on an AES block"));
}

bool mac_create(struct mac *mac, const struct integrity *integrity, const uint8_t *key, size_t length, struct error *error)
{
    *mac = (struct mac){ .kind = integrity->kind };
    if (integrity->kind == INTEGRITY_HMAC) {
        mac->hmac = openssl_hmac_create(integrity->digest, key, length, error);
        return mac->hmac != NULL;
    }
    return block_mac_key(mac, key, length, error);
}

void mac_destroy(struct mac *mac)
{
    openssl_hmac_destroy(mac->hmac);
    openssl_cipher_destroy(mac->cipher);
    openssl_wipe(mac, sizeof *mac);
}

bool mac_begin(struct mac *mac)
{
    if (mac->kind != INTEGRITY_HMAC)
        return cbcmac_begin(&mac->cbc, mac->cipher);
    openssl_hmac_begin(mac->hmac);
    return true;
}

bool mac_add(struct mac *mac, const uint8_t *bytes, size_t length)
{
    if (mac->kind != INTEGRITY_HMAC)
        return cbcmac_add(&mac->cbc, bytes, length);
    openssl_hmac_add(mac->hmac, bytes, length);
    return true;
}

size_t mac_end(struct mac *mac, uint8_t out[MAC_MAX])
{
    if (mac->kind == INTEGRITY_HMAC)
        return openssl_hmac_end(mac->hmac, out);
    struct cbcmac *cbc = &mac->cbc;
    const uint8_t *mix = mac->whole;
    if (cbc->filled < MAC_BLOCK) {
        mix = mac->partial;
        memset(cbc->pending + cbc->filled, 0, MAC_BLOCK - cbc->filled);
        cbc->pending[cbc->filled] = 0x80;
    }
    for (unsigned i = 0; i < MAC_BLOCK; i++)
        cbc->pending[i] ^= mix[i];
    return cbcmac_end(cbc, out) ? MAC_BLOCK : 0;
}

size_t mac_size(const struct integrity *integrity)
{
    static const uint8_t sizes[] = {
        [DIGEST_MD5] = 16, [DIGEST_SHA1] = 20, [DIGEST_SHA2_256] = 32, [DIGEST_SHA2_384] = 48, [DIGEST_SHA2_512] = 64,
        [DIGEST_RIPEMD160] = 20,
    };
    switch ((enum integrity_kind)integrity->kind) {
    case INTEGRITY_NONE: return 0;
    case INTEGRITY_HMAC: return sizes[integrity->digest];
    case INTEGRITY_XCBC:
    case INTEGRITY_CMAC:
    case INTEGRITY_GMAC: return MAC_BLOCK;
    }
    return 0;
}
