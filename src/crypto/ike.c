/*
 * ike: SK{} and SKF{} payloads of IKEv2.
 *
 * Theory of operation. A message is the header, payloads in clear, and last the Encrypted payload: generic header, for SKF the fragment
 * number and the total, IV, ciphertext (payloads, padding, pad length), ICV. With a cipher and a MAC, the MAC covers everything from the
 * message's first byte up to the ICV. With an AEAD the associated data reach from the first byte up to the IV. Either way each bit of
 * the message that stands before the ICV is protected, the header's length included, so that a message cannot be extended or cut
 * unnoticed. The chain is walked only to find the payload; each step takes at least the 4 bytes of a generic header.
 */
#include "crypto/ike.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ccm.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"

#define HEADER 28
#define GENERIC 4
#define FRAGMENT 4
#define TYPE_SK 46
#define TYPE_SKF 53
#define FLAG_INITIATOR 0x08
#define TAG_MAX 16
#define CCM_AAD_MAX 0xfeff /* what a length of two bytes can say (RFC 3610 2.2); payloads before SK are no longer than that */

struct side {
    bool known, checks;
    struct openssl_cipher *cipher; /* NULL for encryption NULL */
    struct openssl_cipher *chain;  /* CCM: its CBC-MAC */
    struct mac mac;
    uint8_t salt[4];
};

struct ike {
    uint8_t kind; /* enum cipher_kind */
    uint8_t iv, block, icv, salt;
    bool aead;
    struct side sides[IKE_SIDES];
};

/* ---- keys ---- */

static bool cipher_make(struct side *side, const struct encryption *encryption, struct secret key, struct error *error)
{
    struct error reason;
    enum cipher_base base = encryption->base;
    size_t length = key.length - encryption->salt;
    memcpy(side->salt, key.bytes + length, encryption->salt);
    if (encryption->kind == CIPHER_CCM) {
        side->chain = openssl_cipher_create(base, CIPHER_CBC, key.bytes, length, true, &reason);
        side->cipher = side->chain ? openssl_cipher_create(base, CIPHER_CTR, key.bytes, length, true, &reason) : NULL;
    } else {
        side->cipher = openssl_cipher_create(base, encryption->kind, key.bytes, length, false, &reason);
    }
    return side->cipher != NULL || error_set(error, "%s: %s", encryption->name, reason.message);
}

static bool encryption_make(struct side *side, const struct encryption *encryption, struct secret key, struct error *error)
{
    if (encryption->kind == CIPHER_NULL) {
        side->known = key.length == 0;
        return side->known || error_set(error, "NULL takes no key");
    }
    if (key.length == 0)
        return true;
    if (!suite_encryption_takes(encryption, key.length))
        return error_set(error, "%s: a key of %u bytes is none of its lengths (salt included)", encryption->name,
                         (unsigned)key.length);
    side->known = cipher_make(side, encryption, key, error);
    return side->known;
}

static bool integrity_make(struct side *side, const struct integrity *integrity, struct secret key, struct error *error)
{
    struct error reason;
    if (key.length == 0)
        return true;
    if (key.length != integrity->key)
        return error_set(error, "%s: a key of %u bytes is not its length, %u", integrity->name, (unsigned)key.length,
                         (unsigned)integrity->key);
    if (!mac_create(&side->mac, integrity, key.bytes, key.length, &reason))
        return error_set(error, "%s: %s", integrity->name, reason.message);
    side->checks = true;
    return true;
}

static bool params_fit(const struct ike_params *params, bool separate, struct error *error)
{
    const struct encryption *encryption = params->encryption;
    if (encryption == NULL)
        return error_set(error, "no encryption algorithm");
    if (encryption->kind == CIPHER_GMAC || encryption->implicit_iv)
        return error_set(error, "%s is for ESP, not for IKE", encryption->name);
    if (!separate)
        return true;
    if (encryption->icv != 0)
        return error_set(error, "%s protects integrity itself: %s cannot stand beside it", encryption->name, params->integrity->name);
    if (params->integrity->kind == INTEGRITY_GMAC)
        return error_set(error, "%s is for AH, not for IKE", params->integrity->name);
    return true;
}

struct ike *ike_create(const struct ike_params *params, struct error *error)
{
    bool separate = params->integrity != NULL && params->integrity->kind != INTEGRITY_NONE;
    if (!params_fit(params, separate, error))
        return NULL;
    struct ike *ike = calloc(1, sizeof *ike);
    if (ike == NULL) {
        error_set(error, "no memory for an IKE key");
        return NULL;
    }
    const struct encryption *encryption = params->encryption;
    ike->kind = encryption->kind;
    ike->iv = encryption->iv;
    ike->block = encryption->block;
    ike->salt = encryption->salt;
    ike->aead = encryption->icv != 0;
    ike->icv = ike->aead ? encryption->icv : separate ? params->integrity->icv : params->unchecked;
    bool made = true;
    for (unsigned i = 0; made && i < IKE_SIDES; i++) {
        struct side *side = &ike->sides[i];
        made = encryption_make(side, encryption, params->encryption_key[i], error) &&
               (!separate || integrity_make(side, params->integrity, params->integrity_key[i], error));
        side->checks = side->checks || (ike->aead && side->known);
    }
    if (made && !ike->sides[IKE_INITIATOR].known && !ike->sides[IKE_RESPONDER].known)
        made = error_set(error, "%s: no key of either side", encryption->name);
    if (!made) {
        ike_destroy(ike);
        return NULL;
    }
    return ike;
}

void ike_destroy(struct ike *ike)
{
    if (ike == NULL)
        return;
    for (unsigned i = 0; i < IKE_SIDES; i++) {
        openssl_cipher_destroy(ike->sides[i].cipher);
        openssl_cipher_destroy(ike->sides[i].chain);
        mac_destroy(&ike->sides[i].mac);
    }
    openssl_wipe(ike, sizeof *ike);
    free(ike);
}

bool ike_checks(const struct ike *ike, enum ike_side side)
{
    return ike->sides[side].checks;
}

/* ---- one message ---- */

struct parts {
    const uint8_t *iv, *text, *icv;
    uint32_t text_length;
};

/* Finds the Encrypted payload. *end is where the message ends, *head how many bytes stand before the IV. */
static enum ike_open_result find(const uint8_t *message, uint32_t length, struct ike_opened *opened, uint32_t *end, uint32_t *head)
{
    if (length < HEADER)
        return IKE_OPEN_BROKEN;
    *end = bytes_get32(message + 24);
    if (*end < HEADER || *end > length || *end >= OPENSSL_STEP_MAX)
        return IKE_OPEN_BROKEN;
    uint32_t at = HEADER;
    uint8_t type = message[16];
    while (type != TYPE_SK && type != TYPE_SKF) {
        if (type == 0)
            return IKE_OPEN_CLEAR;
        if (*end - at < GENERIC)
            return IKE_OPEN_BROKEN;
        uint32_t size = bytes_get16(message + at + 2);
        if (size < GENERIC || size > *end - at)
            return IKE_OPEN_BROKEN;
        type = message[at];
        at += size;
    }
    uint32_t fixed = type == TYPE_SKF ? GENERIC + FRAGMENT : GENERIC;
    if (*end - at < fixed || bytes_get16(message + at + 2) != *end - at)
        return IKE_OPEN_BROKEN;
    opened->side = message[19] & FLAG_INITIATOR ? IKE_INITIATOR : IKE_RESPONDER;
    opened->first = message[at];
    opened->at = at;
    if (type == TYPE_SKF) {
        opened->fragment = bytes_get16(message + at + GENERIC);
        opened->fragments = bytes_get16(message + at + GENERIC + 2);
    }
    *head = at + fixed;
    return IKE_OPENED;
}

/* The text holds at least the pad length, and a whole block where the cipher has blocks. */
static enum ike_open_result shape(const struct ike *ike, const uint8_t *message, uint32_t head, uint32_t end, struct parts *parts)
{
    uint32_t around = (uint32_t)ike->iv + ike->icv;
    if (end - head < around + ike->block)
        return IKE_OPEN_SHORT;
    parts->iv = message + head;
    parts->text = parts->iv + ike->iv;
    parts->icv = message + end - ike->icv;
    parts->text_length = end - head - around;
    return parts->text_length % ike->block == 0 ? IKE_OPENED : IKE_OPEN_MISALIGNED;
}

static void nonce_make(const struct ike *ike, const struct side *side, const uint8_t *iv, uint8_t nonce[16])
{
    memcpy(nonce, side->salt, ike->salt);
    memcpy(nonce + ike->salt, iv, 8);
}

static bool open_aead(const struct ike *ike, struct side *side, const uint8_t *message, const struct parts *parts, uint8_t *plain)
{
    uint8_t nonce[16], tag[TAG_MAX];
    size_t aad = (size_t)(parts->iv - message);
    nonce_make(ike, side, parts->iv, nonce);
    if (ike->kind == CIPHER_CCM) {
        struct ccm ccm = { .counter = side->cipher, .chain = side->chain };
        return aad <= CCM_AAD_MAX &&
               ccm_run(&ccm, nonce, message, aad, parts->text, parts->text_length, plain, false, tag, ike->icv) &&
               openssl_equal(tag, parts->icv, ike->icv);
    }
    return openssl_cipher_begin(side->cipher, nonce, false) && openssl_cipher_aad(side->cipher, message, aad) &&
           openssl_cipher_next(side->cipher, parts->text, parts->text_length, plain) &&
           openssl_cipher_check(side->cipher, parts->icv, ike->icv);
}

static bool mac_right(const struct ike *ike, struct side *side, const uint8_t *message, const struct parts *parts)
{
    uint8_t expected[MAC_MAX];
    return !side->checks ||
           (mac_begin(&side->mac) && mac_add(&side->mac, message, (size_t)(parts->icv - message)) &&
            mac_end(&side->mac, expected) >= ike->icv && openssl_equal(expected, parts->icv, ike->icv));
}

static bool decipher(const struct ike *ike, struct side *side, const struct parts *parts, uint8_t *plain)
{
    uint8_t counter[16];
    const uint8_t *iv = parts->iv;
    if (ike->kind == CIPHER_NULL) {
        memcpy(plain, parts->text, parts->text_length);
        return true;
    }
    if (ike->kind == CIPHER_CTR) { /* RFC 5930 2: nonce, IV, and a block counter that starts at 1 */
        nonce_make(ike, side, parts->iv, counter);
        bytes_put32(counter + 12, 1);
        iv = counter;
    }
    return openssl_cipher_begin(side->cipher, iv, false) && openssl_cipher_next(side->cipher, parts->text, parts->text_length, plain);
}

enum ike_open_result ike_open(struct ike *ike, const uint8_t *message, uint32_t length, uint8_t *plain, struct ike_opened *opened)
{
    uint32_t end, head;
    struct parts parts;
    *opened = (struct ike_opened){ 0 };
    enum ike_open_result result = find(message, length, opened, &end, &head);
    if (result != IKE_OPENED)
        return result;
    struct side *side = &ike->sides[opened->side];
    if (!side->known)
        return IKE_OPEN_NO_KEY;
    result = shape(ike, message, head, end, &parts);
    if (result != IKE_OPENED)
        return result;
    bool right = ike->aead ? open_aead(ike, side, message, &parts, plain) :
                             mac_right(ike, side, message, &parts) && decipher(ike, side, &parts, plain);
    if (!right) {
        memset(plain, 0, parts.text_length); /* text that nothing vouches for does not leave */
        return IKE_OPEN_BAD_ICV;
    }
    opened->checked = side->checks;
    uint32_t padding = plain[parts.text_length - 1] + 1u;
    if (padding > parts.text_length) {
        memset(plain, 0, parts.text_length);
        return IKE_OPEN_BAD_PADDING;
    }
    opened->length = parts.text_length - padding;
    return IKE_OPENED;
}

const char *ike_open_text(enum ike_open_result result)
{
    switch (result) {
    case IKE_OPENED: return "opened";
    case IKE_OPEN_CLEAR: return "nothing in it is encrypted";
    case IKE_OPEN_BROKEN: return "the lengths of its payloads contradict each other";
    case IKE_OPEN_NO_KEY: return "the key of this direction is not known";
    case IKE_OPEN_SHORT: return "its encrypted payload has no room for IV, pad length and ICV";
    case IKE_OPEN_MISALIGNED: return "its encrypted payload is not a whole number of cipher blocks";
    case IKE_OPEN_BAD_ICV: return "its ICV is wrong";
    case IKE_OPEN_BAD_PADDING: return "its padding is longer than its text";
    }
    return "";
}
