/* ike1: CBC with a chained IV, and the hashes that it begins with. */
#include "crypto/ike1.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/openssl.h"

#define HEADER 28
#define GENERIC 4
#define FLAG_ENCRYPTED 0x01
#define PADDING_MAX 256
#define TYPE_LAST 21      /* NAT-OA (RFC 3947) */
#define TYPE_PRIVATE 128

struct ike1 {
    struct openssl_cipher *cipher;
    uint8_t block;
};

const struct encryption *ike1_encryption(uint16_t attribute)
{
    static const uint16_t ikev2[] = { [1] = 2, [3] = 7, [5] = 3, [6] = 6, [7] = 12, [8] = 23 };
    return attribute < sizeof ikev2 / sizeof ikev2[0] ? suite_encryption_by_iana(ikev2[attribute]) : NULL;
}

enum digest ike1_digest(uint16_t attribute)
{
    switch (attribute) {
    case 1: return DIGEST_MD5;
    case 2: return DIGEST_SHA1;
    case 4: return DIGEST_SHA2_256;
    case 5: return DIGEST_SHA2_384;
    case 6: return DIGEST_SHA2_512;
    default: return DIGEST_NONE;
    }
}

struct ike1 *ike1_create(const struct encryption *encryption, unsigned key_bits, struct secret key, struct error *error)
{
    struct error reason;
    if (encryption == NULL || encryption->kind != CIPHER_CBC) {
        error_set(error, "%s is no cipher of IKEv1", encryption != NULL ? encryption->name : "this");
        return NULL;
    }
    if ((key_bits != 0 && key.length * 8u != key_bits) || !suite_encryption_takes(encryption, key.length)) {
        error_set(error, "%s: a key of %u bytes is not what was negotiated", encryption->name, (unsigned)key.length);
        return NULL;
    }
    struct ike1 *ike1 = calloc(1, sizeof *ike1);
    if (ike1 == NULL) {
        error_set(error, "no memory for an IKE key");
        return NULL;
    }
    ike1->block = encryption->block;
    ike1->cipher = openssl_cipher_create(encryption->base, CIPHER_CBC, key.bytes, key.length, false, &reason);
    if (ike1->cipher == NULL) {
        error_set(error, "%s: %s", encryption->name, reason.message);
        ike1_destroy(ike1);
        return NULL;
    }
    return ike1;
}

void ike1_destroy(struct ike1 *ike1)
{
    if (ike1 == NULL)
        return;
    openssl_cipher_destroy(ike1->cipher);
    free(ike1);
}

uint8_t ike1_block(const struct ike1 *ike1)
{
    return ike1->block;
}

static bool iv_make(enum digest digest, uint8_t block, const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length,
                    struct ike1_iv *iv)
{
    uint8_t hash[OPENSSL_DIGEST_MAX];
    struct ike1_iv made = { .length = block };
    if (block == 0 || block > IKE1_IV_MAX || openssl_digest(digest, a, a_length, b, b_length, hash) < block)
        return false;
    memcpy(made.bytes, hash, block);
    *iv = made;
    return true;
}

bool ike1_iv_phase1(enum digest digest, uint8_t block, const uint8_t *ke_i, size_t ke_i_length, const uint8_t *ke_r,
                    size_t ke_r_length, struct ike1_iv *iv)
{
    return iv_make(digest, block, ke_i, ke_i_length, ke_r, ke_r_length, iv);
}

bool ike1_iv_phase2(enum digest digest, const struct ike1_iv *phase1, uint32_t message_id, struct ike1_iv *iv)
{
    uint8_t id[4];
    bytes_put32(id, message_id);
    return iv_make(digest, phase1->length, phase1->bytes, phase1->length, id, sizeof id, iv);
}

enum ike_open_result ike1_open(struct ike1 *ike1, struct ike1_iv *iv, const uint8_t *message, uint32_t length, uint8_t *plain,
                               struct ike_opened *opened)
{
    *opened = (struct ike_opened){ 0 };
    if (length < HEADER)
        return IKE_OPEN_BROKEN;
    uint32_t end = bytes_get32(message + 24);
    if (end < HEADER || end > length || end >= OPENSSL_STEP_MAX)
        return IKE_OPEN_BROKEN;
    if ((message[19] & FLAG_ENCRYPTED) == 0)
        return IKE_OPEN_CLEAR;
    opened->first = message[16];
    opened->at = HEADER;
    uint32_t text = end - HEADER;
    if (iv->length != ike1->block)
        return IKE_OPEN_NO_KEY;
    if (text < ike1->block)
        return IKE_OPEN_SHORT;
    if (text % ike1->block != 0)
        return IKE_OPEN_MISALIGNED;
    if (!openssl_cipher_begin(ike1->cipher, iv->bytes, false) || !openssl_cipher_next(ike1->cipher, message + HEADER, text, plain)) {
        memset(plain, 0, text);
        return IKE_OPEN_NO_KEY;
    }
    memcpy(iv->bytes, message + end - ike1->block, ike1->block);
    opened->length = text;
    return IKE_OPENED;
}

static bool known_type(uint8_t type)
{
    return type <= TYPE_LAST || type >= TYPE_PRIVATE;
}

bool ike1_plausible(uint8_t first, const uint8_t *plain, uint32_t length)
{
    uint32_t at = 0;
    if (first == 0 || !known_type(first))
        return false;
    for (uint8_t type = first; type != 0;) {
        if (length - at < GENERIC || plain[at + 1] != 0 || !known_type(plain[at]))
            return false;
        uint32_t size = bytes_get16(plain + at + 2);
        if (size < GENERIC || size > length - at)
            return false;
        type = plain[at];
        at += size;
    }
    return length - at < PADDING_MAX;
}
