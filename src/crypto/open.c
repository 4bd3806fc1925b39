/*
 * open: what RFC 4303 does with the bytes of one packet, for every suite.
 *
 * Theory of operation. A packet is SPI, sequence number, IV, text (payload, padding, pad length, next header) and ICV. Three shapes of
 * algorithm cover all suites. A cipher with a MAC beside it: the MAC covers everything before the ICV and, with ESN, the high half of the
 * sequence number behind it. An AEAD: SPI and the whole sequence number are its AAD, salt and IV its nonce. GMAC: an AEAD whose AAD
 * also holds IV and text. What a packet may look like is judged by lengths alone before any key is used; padding to 4 bytes
 * is not asked for, because receivers do not ask for it either.
 */
#include "crypto/open.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ccm.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"

#define ESP_HEADER 8
#define GMAC_IV 8
#define TAG_MAX 16
#define STEP 2048

struct crypt_key {
    uint8_t kind; /* enum cipher_kind */
    uint8_t iv, block, icv, salt_length;
    bool esn, implicit_iv;
    uint8_t integrity; /* enum integrity_kind */
    uint8_t salt[4];
    struct openssl_cipher *cipher; /* opens; seals too unless CBC */
    struct openssl_cipher *sealer; /* CBC: the other direction */
    struct openssl_cipher *chain;  /* CCM: its CBC-MAC */
    struct mac mac;
};

static bool is_aead(uint8_t kind)
{
    return kind == CIPHER_GCM || kind == CIPHER_CCM || kind == CIPHER_GMAC || kind == CIPHER_CHACHAPOLY;
}

/* ---- keys ---- */

static bool icv_possible(const struct crypt_key *key, const struct crypt_params *params)
{
    switch ((enum cipher_kind)key->kind) {
    case CIPHER_GCM:
    case CIPHER_GMAC: return key->icv >= 4 && key->icv <= TAG_MAX;
    case CIPHER_CCM: return key->icv >= 4 && key->icv <= TAG_MAX && key->icv % 2 == 0;
    case CIPHER_CHACHAPOLY: return key->icv == TAG_MAX;
    case CIPHER_NULL:
    case CIPHER_CBC:
    case CIPHER_CTR: break;
    }
    if (key->integrity == INTEGRITY_NONE) /* bytes that are there and cannot be checked */
        return key->icv <= MAC_MAX;
    return key->icv > 0 && key->icv <= mac_size(params->integrity);
}

static bool cipher_make(struct crypt_key *key, const struct encryption *encryption, struct secret secret, struct error *error)
{
    struct error reason;
    enum cipher_base base = encryption->base;
    size_t length = secret.length - encryption->salt;
    key->salt_length = encryption->salt;
    if (encryption->salt > 0)
        memcpy(key->salt, secret.bytes + length, encryption->salt);
    switch ((enum cipher_kind)encryption->kind) {
    case CIPHER_NULL: return true;
    case CIPHER_CBC:
        key->sealer = openssl_cipher_create(base, CIPHER_CBC, secret.bytes, length, true, &reason);
        key->cipher = key->sealer ? openssl_cipher_create(base, CIPHER_CBC, secret.bytes, length, false, &reason) : NULL;
        break;
    case CIPHER_CCM:
        key->chain = openssl_cipher_create(base, CIPHER_CBC, secret.bytes, length, true, &reason);
        key->cipher = key->chain ? openssl_cipher_create(base, CIPHER_CTR, secret.bytes, length, true, &reason) : NULL;
        break;
    case CIPHER_CTR:
    case CIPHER_GCM:
    case CIPHER_GMAC:
    case CIPHER_CHACHAPOLY: {
        enum cipher_kind kind = encryption->kind == CIPHER_GMAC ? CIPHER_GCM : (enum cipher_kind)encryption->kind;
        key->cipher = openssl_cipher_create(base, kind, secret.bytes, length, false, &reason);
        break;
    }
    }
    return key->cipher != NULL || error_set(error, "%s: %s", encryption->name, reason.message);
}

static bool encryption_make(struct crypt_key *key, const struct crypt_params *params, struct error *error)
{
    const struct encryption *encryption = params->encryption;
    key->kind = encryption->kind;
    key->iv = encryption->iv;
    key->block = encryption->block;
    key->implicit_iv = encryption->implicit_iv;
    if (encryption->kind != CIPHER_NULL && !suite_encryption_takes(encryption, params->encryption_key.length))
        return error_set(error, "%s: a key of %u bytes is none of its lengths (salt included)", encryption->name,
                         (unsigned)params->encryption_key.length);
    return cipher_make(key, encryption, params->encryption_key, error);
}

static bool integrity_make(struct crypt_key *key, const struct crypt_params *params, struct error *error)
{
    static const struct encryption gmac = { .name = "AES-GMAC", .kind = CIPHER_GMAC, .base = BASE_AES, .salt = 4 };
    const struct integrity *integrity = params->integrity;
    struct error reason;
    if (is_aead(key->kind))
        return error_set(error, "%s protects integrity itself: %s cannot stand beside it", params->encryption->name, integrity->name);
    if (!suite_integrity_takes(integrity, params->integrity_key.length))
        return error_set(error, "%s: a key of %u bytes is none of its lengths", integrity->name,
                         (unsigned)params->integrity_key.length);
    if (integrity->kind == INTEGRITY_GMAC) {
        if (params->encryption != NULL)
            return error_set(error, "%s is for AH; in ESP it is NULL-AES-GMAC", integrity->name);
        return cipher_make(key, &gmac, params->integrity_key, error);
    }
    return mac_create(&key->mac, integrity, params->integrity_key.bytes, params->integrity_key.length, &reason) ||
           error_set(error, "%s: %s", integrity->name, reason.message);
}

struct crypt_key *crypt_key_create(const struct crypt_params *params, struct error *error)
{
    struct crypt_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        error_set(error, "no memory for a key");
        return NULL;
    }
    bool checked = params->integrity != NULL && params->integrity->kind != INTEGRITY_NONE;
    key->block = 1;
    key->esn = params->esn;
    key->integrity = checked ? params->integrity->kind : INTEGRITY_NONE;
    bool made = (params->encryption == NULL || encryption_make(key, params, error)) && (!checked || integrity_make(key, params, error));
    if (made) {
        uint8_t own = is_aead(key->kind) ? params->encryption->icv : checked ? params->integrity->icv : 0;
        key->icv = params->icv != 0 ? params->icv : own;
        if (!icv_possible(key, params))
            made = error_set(error, "%s cannot have an ICV of %u bytes",
                             checked ? params->integrity->name : params->encryption ? params->encryption->name : "NONE",
                             (unsigned)key->icv);
    }
    if (!made) {
        crypt_key_destroy(key);
        return NULL;
    }
    return key;
}

void crypt_key_destroy(struct crypt_key *key)
{
    if (key == NULL)
        return;
    openssl_cipher_destroy(key->cipher);
    openssl_cipher_destroy(key->sealer);
    openssl_cipher_destroy(key->chain);
    mac_destroy(&key->mac);
    openssl_wipe(key, sizeof *key);
    free(key);
}

/* ---- one packet ---- */

static uint32_t minimum(uint8_t iv, uint8_t block, uint8_t icv)
{
    return ESP_HEADER + (uint32_t)iv + (block > 2 ? block : 2) + icv;
}

uint32_t crypt_esp_minimum(const struct encryption *encryption, uint8_t icv)
{
    return encryption != NULL ? minimum(encryption->iv, encryption->block, icv) : minimum(0, 1, icv);
}

/* The packet's parts; false in `shape` where the lengths alone refuse it. */
struct parts {
    const uint8_t *iv, *text, *icv;
    uint32_t text_length;
};

static enum crypt_result shape(const struct crypt_key *key, const uint8_t *esp, uint32_t length, struct parts *parts)
{
    if (length < minimum(key->iv, key->block, key->icv) || length >= OPENSSL_STEP_MAX)
        return CRYPT_SHORT;
    parts->iv = esp + ESP_HEADER;
    parts->text = parts->iv + key->iv;
    parts->icv = esp + length - key->icv;
    parts->text_length = (uint32_t)(parts->icv - parts->text);
    return parts->text_length % key->block == 0 ? CRYPT_OK : CRYPT_MISALIGNED;
}

/* SPI and the sequence number, of 64 bits with ESN (RFC 4106 5, RFC 4309 5, RFC 4543 3.3, RFC 7634 2.1). */
static size_t associate(const struct crypt_key *key, const uint8_t *esp, uint32_t seq_high, uint8_t aad[12])
{
    if (!key->esn) {
        memcpy(aad, esp, 8);
        return 8;
    }
    memcpy(aad, esp, 4);
    bytes_put32(aad + 4, seq_high);
    memcpy(aad + 8, esp + 4, 4);
    return 12;
}

/* Salt and IV; an implicit IV is the sequence number (RFC 8750 4). For CTR the block counter follows, which starts at 1 (RFC 3686 4). */
static void nonce_make(const struct crypt_key *key, const uint8_t *esp, uint32_t seq_high, uint8_t nonce[16])
{
    memcpy(nonce, key->salt, key->salt_length);
    uint8_t *iv = nonce + key->salt_length;
    if (key->implicit_iv) {
        bytes_put32(iv, key->esn ? seq_high : 0);
        memcpy(iv + 4, esp + 4, 4);
    } else {
        memcpy(iv, esp + ESP_HEADER, 8);
    }
    if (key->kind == CIPHER_CTR)
        bytes_put32(nonce + 12, 1);
}

/* To `plain`, or nowhere: an AEAD's tag needs the work, not the text. */
static bool open_text(struct openssl_cipher *cipher, const struct parts *parts, uint8_t *plain)
{
    if (plain != NULL)
        return openssl_cipher_next(cipher, parts->text, parts->text_length, plain);
    uint8_t scratch[STEP];
    bool good = true;
    for (uint32_t at = 0; good && at < parts->text_length; at += STEP) {
        uint32_t left = parts->text_length - at;
        good = openssl_cipher_next(cipher, parts->text + at, left < STEP ? left : STEP, scratch);
    }
    return good;
}

/* plain is NULL where only the verdict is wanted. */
static bool open_aead(struct crypt_key *key, const uint8_t *esp, const struct parts *parts, uint32_t seq_high, uint8_t *plain)
{
    uint8_t aad[12], nonce[16], tag[TAG_MAX];
    size_t aad_length = associate(key, esp, seq_high, aad);
    nonce_make(key, esp, seq_high, nonce);
    if (key->kind == CIPHER_CCM) {
        struct ccm ccm = { .counter = key->cipher, .chain = key->chain };
        return ccm_run(&ccm, nonce, aad, aad_length, parts->text, parts->text_length, plain, false, tag, key->icv) &&
               openssl_equal(tag, parts->icv, key->icv);
    }
    if (!openssl_cipher_begin(key->cipher, nonce, false) || !openssl_cipher_aad(key->cipher, aad, aad_length))
        return false;
    if (key->kind == CIPHER_GMAC) {
        if (!openssl_cipher_aad(key->cipher, parts->iv, key->iv + (size_t)parts->text_length))
            return false;
        if (plain != NULL)
            memcpy(plain, parts->text, parts->text_length);
    } else if (!open_text(key->cipher, parts, plain)) {
        return false;
    }
    return openssl_cipher_check(key->cipher, parts->icv, key->icv);
}

/* The MAC over everything before the ICV, then the high half of the sequence number (RFC 4303 2.2.1). */
static bool mac_over(struct crypt_key *key, const uint8_t *bytes, uint32_t length, uint32_t seq_high, uint8_t out[MAC_MAX])
{
    uint8_t high[4];
    bytes_put32(high, seq_high);
    return mac_begin(&key->mac) && mac_add(&key->mac, bytes, length) && (!key->esn || mac_add(&key->mac, high, sizeof high)) &&
           mac_end(&key->mac, out) >= key->icv;
}

static bool mac_right(struct crypt_key *key, const uint8_t *esp, const struct parts *parts, uint32_t seq_high)
{
    uint8_t expected[MAC_MAX];
    if (key->integrity == INTEGRITY_NONE)
        return true;
    return mac_over(key, esp, (uint32_t)(parts->icv - esp), seq_high, expected) && openssl_equal(expected, parts->icv, key->icv);
}

static bool decipher(struct crypt_key *key, const uint8_t *esp, const struct parts *parts, uint8_t *plain)
{
    uint8_t counter[16];
    const uint8_t *iv = parts->iv;
    if (key->kind == CIPHER_NULL) {
        memcpy(plain, parts->text, parts->text_length);
        return true;
    }
    if (key->kind == CIPHER_CTR) {
        nonce_make(key, esp, 0, counter);
        iv = counter;
    }
    return openssl_cipher_begin(key->cipher, iv, false) && openssl_cipher_next(key->cipher, parts->text, parts->text_length, plain);
}

enum crypt_result crypt_esp_open(struct crypt_key *key, const uint8_t *esp, uint32_t length, uint32_t seq_high,
                                 uint8_t *plain, uint32_t *plain_length)
{
    struct parts parts;
    *plain_length = 0;
    enum crypt_result shaped = shape(key, esp, length, &parts);
    if (shaped != CRYPT_OK)
        return shaped;
    if (is_aead(key->kind)) {
        if (!open_aead(key, esp, &parts, seq_high, plain)) {
            memset(plain, 0, parts.text_length); /* text that nothing vouches for does not leave */
            return CRYPT_BAD_ICV;
        }
    } else if (!mac_right(key, esp, &parts, seq_high) || !decipher(key, esp, &parts, plain)) {
        return CRYPT_BAD_ICV;
    }
    *plain_length = parts.text_length;
    return CRYPT_OK;
}

enum crypt_result crypt_esp_verify(struct crypt_key *key, const uint8_t *esp, uint32_t length, uint32_t seq_high)
{
    struct parts parts;
    enum crypt_result shaped = shape(key, esp, length, &parts);
    if (shaped != CRYPT_OK)
        return shaped;
    bool right = is_aead(key->kind) ? open_aead(key, esp, &parts, seq_high, NULL) : mac_right(key, esp, &parts, seq_high);
    return right ? CRYPT_OK : CRYPT_BAD_ICV;
}

enum crypt_result crypt_ah_verify(struct crypt_key *key, const uint8_t *packet, uint32_t length, uint32_t seq_high,
                                  const uint8_t *icv, uint8_t icv_length)
{
    if (length >= OPENSSL_STEP_MAX || icv_length != crypt_ah_icv(key))
        return CRYPT_SHORT;
    if (key->integrity == INTEGRITY_GMAC) { /* RFC 4543 4: the field holds the IV, then the ICV */
        uint8_t nonce[16], high[4];
        bytes_put32(high, seq_high);
        memcpy(nonce, key->salt, key->salt_length);
        memcpy(nonce + key->salt_length, icv, GMAC_IV);
        bool right = openssl_cipher_begin(key->cipher, nonce, false) && openssl_cipher_aad(key->cipher, packet, length) &&
                     (!key->esn || openssl_cipher_aad(key->cipher, high, sizeof high)) &&
                     openssl_cipher_check(key->cipher, icv + GMAC_IV, key->icv);
        return right ? CRYPT_OK : CRYPT_BAD_ICV;
    }
    uint8_t expected[MAC_MAX];
    if (key->integrity == INTEGRITY_NONE)
        return CRYPT_OK;
    bool right = mac_over(key, packet, length, seq_high, expected) && openssl_equal(expected, icv, key->icv);
    return right ? CRYPT_OK : CRYPT_BAD_ICV;
}

uint8_t crypt_ah_icv(const struct crypt_key *key)
{
    return (uint8_t)(key->icv + (key->integrity == INTEGRITY_GMAC ? GMAC_IV : 0));
}

static bool seal_aead(struct crypt_key *key, uint8_t *esp, uint8_t *text, uint32_t text_length, uint32_t seq_high)
{
    uint8_t aad[12], nonce[16], *icv = text + text_length;
    size_t aad_length = associate(key, esp, seq_high, aad);
    nonce_make(key, esp, seq_high, nonce);
    if (key->kind == CIPHER_CCM) {
        struct ccm ccm = { .counter = key->cipher, .chain = key->chain };
        return ccm_run(&ccm, nonce, aad, aad_length, text, text_length, text, true, icv, key->icv);
    }
    if (!openssl_cipher_begin(key->cipher, nonce, true) || !openssl_cipher_aad(key->cipher, aad, aad_length))
        return false;
    bool covered = key->kind == CIPHER_GMAC ? openssl_cipher_aad(key->cipher, esp + ESP_HEADER, key->iv + (size_t)text_length)
                                            : openssl_cipher_next(key->cipher, text, text_length, text);
    return covered && openssl_cipher_tag(key->cipher, icv, key->icv);
}

bool crypt_esp_seal(struct crypt_key *key, uint8_t *esp, uint32_t length, uint32_t seq_high)
{
    struct parts parts;
    if (shape(key, esp, length, &parts) != CRYPT_OK)
        return false;
    uint8_t *text = esp + ESP_HEADER + key->iv;
    if (is_aead(key->kind))
        return seal_aead(key, esp, text, parts.text_length, seq_high);
    if (key->kind == CIPHER_CBC &&
        !(openssl_cipher_begin(key->sealer, parts.iv, true) && openssl_cipher_next(key->sealer, text, parts.text_length, text)))
        return false;
    if (key->kind == CIPHER_CTR && !decipher(key, esp, &parts, text)) /* counter mode is its own inverse */
        return false;
    uint8_t icv[MAC_MAX];
    if (key->integrity == INTEGRITY_NONE)
        return true;
    if (!mac_over(key, esp, length - key->icv, seq_high, icv))
        return false;
    memcpy(esp + length - key->icv, icv, key->icv);
    return true;
}

bool crypt_ah_seal(struct crypt_key *key, const uint8_t *packet, uint32_t length, uint32_t seq_high, uint8_t *icv)
{
    if (length >= OPENSSL_STEP_MAX)
        return false;
    if (key->integrity == INTEGRITY_GMAC) {
        uint8_t nonce[16], high[4];
        bytes_put32(high, seq_high);
        memcpy(nonce, key->salt, key->salt_length);
        memcpy(nonce + key->salt_length, icv, GMAC_IV);
        return openssl_cipher_begin(key->cipher, nonce, true) && openssl_cipher_aad(key->cipher, packet, length) &&
               (!key->esn || openssl_cipher_aad(key->cipher, high, sizeof high)) &&
               openssl_cipher_tag(key->cipher, icv + GMAC_IV, key->icv);
    }
    uint8_t whole[MAC_MAX];
    if (key->integrity == INTEGRITY_NONE)
        return true;
    if (!mac_over(key, packet, length, seq_high, whole))
        return false;
    memcpy(icv, whole, key->icv);
    return true;
}
