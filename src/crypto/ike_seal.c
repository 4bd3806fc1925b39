/* ike_seal: padding, encryption and ICV of SK{} and SKF{}, as ike.c opens them. */
#include "crypto/ike_seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"

enum { HEADER = 28, GENERIC = 4, FRAGMENT = 4, TYPE_SKF = 53, LENGTH_AT = 24, FLAGS_AT = 19, FLAG_INITIATOR = 0x08, IV_MAX = 16 };

struct ike_sealer {
    uint8_t kind; /* enum cipher_kind */
    uint8_t iv, block, icv, salt_length;
    struct {
        struct openssl_cipher *cipher; /* NULL for encryption NULL */
        struct mac mac;                /* unused with an AEAD */
        uint8_t salt[4];
    } sides[IKE_SIDES];
};

static bool seal_side(struct ike_sealer *sealer, const struct ike_params *params, unsigned side, struct error *error)
{
    const struct encryption *encryption = params->encryption;
    struct secret key = params->encryption_key[side], auth = params->integrity_key[side];
    if (encryption->kind != CIPHER_NULL) {
        if (!suite_encryption_takes(encryption, key.length))
            return error_set(error, "%s: a key of %u bytes is none of its lengths (salt included)", encryption->name, (unsigned)key.length);
        size_t length = key.length - (size_t)encryption->salt;
        memcpy(sealer->sides[side].salt, key.bytes + length, encryption->salt);
        sealer->sides[side].cipher = openssl_cipher_create(encryption->base, encryption->kind, key.bytes, length, true, error);
        if (sealer->sides[side].cipher == NULL)
            return false;
    }
    if (encryption->icv != 0)
        return true;
    if (auth.length != params->integrity->key)
        return error_set(error, "%s: a key of %u bytes is not its length", params->integrity->name, (unsigned)auth.length);
    return mac_create(&sealer->sides[side].mac, params->integrity, auth.bytes, auth.length, error);
}

struct ike_sealer *ike_sealer_create(const struct ike_params *params, struct error *error)
{
    const struct encryption *encryption = params->encryption;
    uint8_t kind = encryption->kind;
    bool aead = kind == CIPHER_GCM || kind == CIPHER_CHACHAPOLY, separate = kind == CIPHER_CBC || kind == CIPHER_NULL;
    bool checked = params->integrity != NULL && params->integrity->kind != INTEGRITY_NONE && params->integrity->kind != INTEGRITY_GMAC;
    if ((!aead && !(separate && checked)) || encryption->implicit_iv) {
        error_set(error, "%s is not sealed for IKE%s", encryption->name, separate ? " without integrity" : "");
        return NULL;
    }
    struct ike_sealer *sealer = calloc(1, sizeof *sealer);
    if (sealer == NULL) {
        error_set(error, "no memory for an IKE key");
        return NULL;
    }
    sealer->kind = kind;
    sealer->iv = encryption->iv;
    sealer->block = encryption->block;
    sealer->icv = aead ? encryption->icv : params->integrity->icv;
    sealer->salt_length = encryption->salt;
    if (seal_side(sealer, params, IKE_INITIATOR, error) && seal_side(sealer, params, IKE_RESPONDER, error))
        return sealer;
    ike_sealer_destroy(sealer);
    return NULL;
}

void ike_sealer_destroy(struct ike_sealer *sealer)
{
    if (sealer == NULL)
        return;
    for (unsigned i = 0; i < IKE_SIDES; i++) {
        openssl_cipher_destroy(sealer->sides[i].cipher);
        mac_destroy(&sealer->sides[i].mac);
    }
    openssl_wipe(sealer, sizeof *sealer);
    free(sealer);
}

static bool seal_encrypt(struct ike_sealer *sealer, unsigned side, uint8_t *message, uint32_t head, uint32_t text)
{
    struct openssl_cipher *cipher = sealer->sides[side].cipher;
    uint8_t nonce[IV_MAX], *iv = message + head, *from = iv + sealer->iv, *icv = from + text;
    if (sealer->kind == CIPHER_NULL)
        return true;
    memcpy(nonce, sealer->sides[side].salt, sealer->salt_length);
    memcpy(nonce + sealer->salt_length, iv, sealer->iv);
    bool aead = sealer->kind != CIPHER_CBC; /* its associated data reach up to the IV (RFC 5282 5.1) */
    return openssl_cipher_begin(cipher, nonce, true) && (!aead || openssl_cipher_aad(cipher, message, head)) &&
           openssl_cipher_next(cipher, from, text, from) && (!aead || openssl_cipher_tag(cipher, icv, sealer->icv));
}

static bool seal_check(struct ike_sealer *sealer, unsigned side, uint8_t *message, uint32_t covered)
{
    struct mac *mac = &sealer->sides[side].mac;
    uint8_t whole[MAC_MAX];
    if (sealer->kind != CIPHER_CBC && sealer->kind != CIPHER_NULL)
        return true;
    if (!mac_begin(mac) || !mac_add(mac, message, covered) || mac_end(mac, whole) < sealer->icv)
        return false;
    memcpy(message + covered, whole, sealer->icv);
    return true;
}

uint32_t ike_seal(struct ike_sealer *sealer, uint64_t iv, const uint8_t *inside, uint32_t length, uint8_t *message, uint32_t head,
                  uint32_t room)
{
    uint32_t padding = (sealer->block - (length + 1) % sealer->block) % sealer->block, text = length + padding + 1;
    uint64_t end = (uint64_t)head + sealer->iv + text + sealer->icv;
    uint32_t fixed = message[16] == TYPE_SKF ? GENERIC + FRAGMENT : GENERIC;
    if (end > room || end > UINT16_MAX || head < HEADER + fixed)
        return 0;
    unsigned side = message[FLAGS_AT] & FLAG_INITIATOR ? IKE_INITIATOR : IKE_RESPONDER;
    uint8_t *at = message + head;
    for (unsigned i = 0; i < sealer->iv; i++)
        *at++ = (uint8_t)(iv >> 8 * ((sealer->iv - 1u - i) % 8));
    memcpy(at, inside, length);
    memset(at + length, 0, padding);
    at[length + padding] = (uint8_t)padding;
    bytes_put32(message + LENGTH_AT, (uint32_t)end);
    bytes_put16(message + head - fixed + 2, (uint16_t)(end - (head - fixed)));
    if (!seal_encrypt(sealer, side, message, head, text) || !seal_check(sealer, side, message, (uint32_t)end - sealer->icv))
        return 0;
    return (uint32_t)end;
}
