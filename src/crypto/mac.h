/*
 * mac: keyed checksums over a packet given in pieces: HMAC, AES-XCBC (RFC 3566), AES-CMAC (RFC 4493), and the bare CBC-MAC that CCM needs.
 * Keyed once; nothing is allocated per packet.
 */
#ifndef CRYPTO_MAC_H
#define CRYPTO_MAC_H

#include "crypto/openssl.h"

#define MAC_MAX OPENSSL_DIGEST_MAX
#define MAC_BLOCK 16u

/* CBC-MAC over any 16-byte block cipher. The last block waits in `pending`, because XCBC and CMAC treat it apart. */
struct cbcmac {
    struct openssl_cipher *cipher; /* CIPHER_CBC, sealing; not owned */
    uint8_t filled;
    uint8_t pending[MAC_BLOCK];
};

bool cbcmac_begin(struct cbcmac *mac, struct openssl_cipher *cipher);
bool cbcmac_add(struct cbcmac *mac, const uint8_t *bytes, size_t length);
/* Fills the block that is under way with zeros; nothing on a block boundary (RFC 3610 2.2). */
bool cbcmac_pad(struct cbcmac *mac);
bool cbcmac_end(struct cbcmac *mac, uint8_t out[MAC_BLOCK]);

struct mac {
    uint8_t kind; /* enum integrity_kind: HMAC, XCBC or CMAC */
    struct openssl_hmac *hmac;
    struct openssl_cipher *cipher;
    struct cbcmac cbc;
    uint8_t whole[MAC_BLOCK], partial[MAC_BLOCK]; /* what the last block is mixed with: K2 and K3, or K1 and K2 */
};

/* False with an error: an algorithm that libcrypto lacks. The key's length is right (suite_integrity_takes). */
bool mac_create(struct mac *mac, const struct integrity *integrity, const uint8_t *key, size_t length, struct error *error);
void mac_destroy(struct mac *mac);
bool mac_begin(struct mac *mac);
bool mac_add(struct mac *mac, const uint8_t *bytes, size_t length);
/* The whole value; the caller truncates. Returns its length, 0 where the library failed. */
size_t mac_end(struct mac *mac, uint8_t out[MAC_MAX]);
/* Bytes of the whole value: an ICV is no longer than this. */
size_t mac_size(const struct integrity *integrity);

#endif
