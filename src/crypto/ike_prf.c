/*
 * ike_prf: PRFs, prf+ and key material of IKEv2.
 *
 * Theory of operation. A PRF is one of the MACs without truncation. HMAC takes keys of any length; the two AES ones take 16 bytes, and
 * other keys are made into 16: XCBC pads shorter ones with zeros and compresses longer ones with itself (RFC 4434 2), CMAC compresses both
 * (RFC 4615 3). Key material is one stream of prf+ that is cut into keys in the order that the RFC names.
 */
#include "crypto/ike_prf.h"

#include <string.h>
#include <strings.h>

#include "crypto/mac.h"
#include "crypto/openssl.h"

#define AES_KEY 16
#define PIECES_MAX 6
#define ROUNDS_MAX 255
#define STREAM_MAX (3 * IKE_PRF_MAX + 4 * IKE_KEY_MAX)

#define HMAC_PRF(digest_) { .name = "HMAC", .kind = INTEGRITY_HMAC, .digest = digest_ }

static const struct ike_prf prfs[] = {
    { "HMAC-MD5", "PRF_HMAC_MD5", 1, 16, false, HMAC_PRF(DIGEST_MD5) },
    { "HMAC-SHA1", "PRF_HMAC_SHA1", 2, 20, false, HMAC_PRF(DIGEST_SHA1) },
    { "AES128-XCBC", "PRF_AES128_XCBC", 4, 16, true, { .name = "AES128-XCBC", .kind = INTEGRITY_XCBC, .key = AES_KEY } },
    { "HMAC-SHA2-256", "PRF_HMAC_SHA2_256", 5, 32, false, HMAC_PRF(DIGEST_SHA2_256) },
    { "HMAC-SHA2-384", "PRF_HMAC_SHA2_384", 6, 48, false, HMAC_PRF(DIGEST_SHA2_384) },
    { "HMAC-SHA2-512", "PRF_HMAC_SHA2_512", 7, 64, false, HMAC_PRF(DIGEST_SHA2_512) },
    { "AES128-CMAC", "PRF_AES128_CMAC", 8, 16, true, { .name = "AES128-CMAC", .kind = INTEGRITY_CMAC, .key = AES_KEY } },
};
#define PRF_COUNT (sizeof prfs / sizeof prfs[0])

const struct ike_prf *ike_prf_by_iana(uint16_t iana)
{
    for (size_t i = 0; i < PRF_COUNT; i++)
        if (prfs[i].iana == iana)
            return &prfs[i];
    return NULL;
}

static bool same(const char *spelling, const char *name, size_t length)
{
    return strlen(spelling) == length && strncasecmp(spelling, name, length) == 0;
}

const struct ike_prf *ike_prf_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < PRF_COUNT; i++)
        if (same(prfs[i].name, name, length) || same(prfs[i].strongswan, name, length))
            return &prfs[i];
    return NULL;
}

/* ---- the functions ---- */

static bool mac_of(struct mac *mac, const struct ike_bytes *pieces, unsigned count, uint8_t out[MAC_MAX])
{
    bool good = mac_begin(mac);
    for (unsigned i = 0; good && i < count; i++)
        good = pieces[i].length == 0 || mac_add(mac, pieces[i].at, pieces[i].length);
    return good && mac_end(mac, out) != 0;
}

/* A key of 16 bytes from one of any length. */
static bool key_shorten(const struct ike_prf *prf, struct ike_bytes key, uint8_t out[MAC_MAX])
{
    static const uint8_t zero[AES_KEY];
    struct mac mac;
    memset(out, 0, AES_KEY);
    if (key.length == AES_KEY || (prf->mac.kind == INTEGRITY_XCBC && key.length < AES_KEY)) {
        if (key.length > 0)
            memcpy(out, key.at, key.length);
        return true;
    }
    if (!mac_create(&mac, &prf->mac, zero, AES_KEY, NULL))
        return false;
    bool good = mac_of(&mac, &key, 1, out);
    mac_destroy(&mac);
    return good;
}

static bool prf_key(struct mac *mac, const struct ike_prf *prf, struct ike_bytes key)
{
    static const uint8_t none;
    uint8_t shortened[MAC_MAX];
    if (prf->mac.kind == INTEGRITY_HMAC)
        return mac_create(mac, &prf->mac, key.length > 0 ? key.at : &none, key.length, NULL);
    bool good = key_shorten(prf, key, shortened) && mac_create(mac, &prf->mac, shortened, AES_KEY, NULL);
    openssl_wipe(shortened, sizeof shortened);
    return good;
}

bool ike_prf_run(const struct ike_prf *prf, struct ike_bytes key, const struct ike_bytes *pieces, unsigned count,
                 uint8_t out[IKE_PRF_MAX])
{
    struct mac mac;
    if (!prf_key(&mac, prf, key))
        return false;
    bool good = mac_of(&mac, pieces, count, out);
    mac_destroy(&mac);
    return good;
}

bool ike_prf_plus(const struct ike_prf *prf, struct ike_bytes key, const struct ike_bytes *pieces, unsigned count, uint8_t *out,
                  size_t length)
{
    struct ike_bytes round[PIECES_MAX + 2];
    struct mac mac;
    uint8_t last[MAC_MAX], number = 1;
    if (count > PIECES_MAX || length > (size_t)ROUNDS_MAX * prf->size || !prf_key(&mac, prf, key))
        return false;
    bool good = true;
    round[0] = (struct ike_bytes){ last, 0 };
    for (unsigned i = 0; i < count; i++)
        round[1 + i] = pieces[i];
    round[1 + count] = (struct ike_bytes){ &number, 1 };
    for (size_t at = 0; good && at < length; number++) {
        good = mac_of(&mac, round, count + 2, last);
        round[0].length = prf->size;
        size_t take = length - at < prf->size ? length - at : prf->size;
        memcpy(out + at, last, good ? take : 0);
        at += take;
    }
    openssl_wipe(last, sizeof last);
    mac_destroy(&mac);
    return good;
}

/* ---- keys ---- */

bool ike_skeyseed(const struct ike_prf *prf, struct ike_bytes ni, struct ike_bytes nr, struct ike_bytes secret,
                  uint8_t out[IKE_PRF_MAX])
{
    uint8_t key[2 * IKE_NONCE_MAX];
    if (prf->fixed_key) { /* RFC 7296 2.14: the first 64 bits of each nonce make the key */
        ni.length = ni.length < AES_KEY / 2 ? ni.length : AES_KEY / 2;
        nr.length = nr.length < AES_KEY / 2 ? nr.length : AES_KEY / 2;
    }
    if (ni.length == 0 || nr.length == 0 || ni.length > IKE_NONCE_MAX || nr.length > IKE_NONCE_MAX)
        return false;
    memcpy(key, ni.at, ni.length);
    memcpy(key + ni.length, nr.at, nr.length);
    return ike_prf_run(prf, (struct ike_bytes){ key, ni.length + nr.length }, &secret, 1, out);
}

bool ike_skeyseed_rekey(const struct ike_prf *old, struct ike_bytes sk_d, struct ike_bytes secret, struct ike_bytes ni,
                        struct ike_bytes nr, struct ike_bytes additional, uint8_t out[IKE_PRF_MAX])
{
    const struct ike_bytes pieces[] = { secret, ni, nr, additional };
    return ike_prf_run(old, sk_d, pieces, 4, out);
}

/* How many bytes the algorithms take from the stream. */
static bool lengths_find(const struct encryption *encryption, unsigned key_bits, const struct integrity *integrity,
                         struct ike_keymat *keymat)
{
    memset(keymat, 0, sizeof *keymat);
    bool aead = encryption != NULL && encryption->icv != 0;
    if (encryption != NULL && encryption->kind != CIPHER_NULL) {
        const uint8_t *allowed = encryption->key_bytes;
        bool several = encryption->key_range || allowed[1] != 0;
        unsigned bytes = key_bits == 0 && !several ? allowed[0] : key_bits / 8;
        if (key_bits % 8 != 0 || bytes == 0 || bytes + encryption->salt > IKE_KEY_MAX ||
            !suite_encryption_takes(encryption, bytes + encryption->salt))
            return false;
        keymat->encryption_length = (uint8_t)(bytes + encryption->salt);
    }
    if (integrity != NULL && !aead)
        keymat->integrity_length = integrity->key;
    return keymat->integrity_length <= IKE_KEY_MAX;
}

static const uint8_t *take(const uint8_t *stream, uint8_t *key, size_t length)
{
    memcpy(key, stream, length);
    return stream + length;
}

bool ike_keymat_parent(const struct ike_prf *prf, struct ike_bytes skeyseed, struct ike_bytes ni, struct ike_bytes nr,
                       const uint8_t spi_i[8], const uint8_t spi_r[8], const struct encryption *encryption, unsigned key_bits,
                       const struct integrity *integrity, struct ike_keymat *keymat)
{
    const struct ike_bytes pieces[] = { ni, nr, { spi_i, 8 }, { spi_r, 8 } };
    uint8_t stream[STREAM_MAX];
    if (!lengths_find(encryption, key_bits, integrity, keymat))
        return false;
    size_t length = 3u * prf->size + 2u * keymat->integrity_length + 2u * keymat->encryption_length;
    if (!ike_prf_plus(prf, skeyseed, pieces, 4, stream, length))
        return false;
    keymat->prf_length = prf->size;
    const uint8_t *at = take(stream, keymat->sk_d, prf->size);
    at = take(at, keymat->integrity[0], keymat->integrity_length);
    at = take(at, keymat->integrity[1], keymat->integrity_length);
    at = take(at, keymat->encryption[0], keymat->encryption_length);
    at = take(at, keymat->encryption[1], keymat->encryption_length);
    at = take(at, keymat->sk_p[0], prf->size);
    take(at, keymat->sk_p[1], prf->size);
    openssl_wipe(stream, sizeof stream);
    return true;
}

bool ike_keymat_child(const struct ike_prf *prf, struct ike_bytes sk_d, struct ike_bytes secret, struct ike_bytes ni,
                      struct ike_bytes nr, struct ike_bytes additional, const struct encryption *encryption, unsigned key_bits,
                      const struct integrity *integrity, struct ike_keymat *keymat)
{
    const struct ike_bytes pieces[] = { secret, ni, nr, additional };
    uint8_t stream[STREAM_MAX];
    if (!lengths_find(encryption, key_bits, integrity, keymat))
        return false;
    size_t length = 2u * keymat->integrity_length + 2u * keymat->encryption_length;
    if (!ike_prf_plus(prf, sk_d, pieces, 4, stream, length))
        return false;
    const uint8_t *at = stream;
    for (unsigned side = 0; side < 2; side++) {
        at = take(at, keymat->encryption[side], keymat->encryption_length);
        at = take(at, keymat->integrity[side], keymat->integrity_length);
    }
    openssl_wipe(stream, sizeof stream);
    return true;
}
