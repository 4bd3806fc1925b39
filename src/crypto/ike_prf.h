/*
 * ike_prf: the pseudorandom functions of IKEv2 (transform type 2), prf+ (RFC 7296 2.13), and the keys that are made with them.
 *
 * Nothing here knows a Diffie-Hellman secret: a capture does not show it. What is derived needs SK_d, or the secret, from the caller.
 */
#ifndef CRYPTO_IKE_PRF_H
#define CRYPTO_IKE_PRF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/suite.h"

#define IKE_PRF_MAX 64    /* bytes of the longest output */
#define IKE_NONCE_MAX 256 /* RFC 7296 3.9 */

struct ike_prf {
    const char *name;       /* "HMAC-SHA2-256" */
    const char *strongswan; /* "PRF_HMAC_SHA2_256", as its logs and proposals spell it */
    uint16_t iana;
    uint8_t size;           /* bytes of output, and of the keys SK_d, SK_pi and SK_pr (RFC 7296 2.13) */
    bool fixed_key;         /* takes half of its key from each nonce (RFC 7296 2.14) */
    struct integrity mac;   /* the keyed function without truncation */
};

const struct ike_prf *ike_prf_by_iana(uint16_t iana);                      /* NULL: not known */
const struct ike_prf *ike_prf_by_name(const char *name, size_t length);    /* either spelling, without case */

/* Bytes that stand one after the other in an input; `at` may be NULL where there are none. */
struct ike_bytes {
    const uint8_t *at;
    size_t length;
};

/* prf(key, pieces one after the other) of prf->size bytes. Keys of any length (RFC 4434, RFC 4615). False: libcrypto failed. */
bool ike_prf_run(const struct ike_prf *prf, struct ike_bytes key, const struct ike_bytes *pieces, unsigned count,
                 uint8_t out[IKE_PRF_MAX]);
/* prf+(key, pieces) of `length` bytes; false also where that is more than 255 times prf->size. At most 6 pieces. */
bool ike_prf_plus(const struct ike_prf *prf, struct ike_bytes key, const struct ike_bytes *pieces, unsigned count, uint8_t *out,
                  size_t length);

/* SKEYSEED of a new IKE SA: prf(Ni | Nr, secret), the secret being g^ir (RFC 7296 2.14). */
bool ike_skeyseed(const struct ike_prf *prf, struct ike_bytes ni, struct ike_bytes nr, struct ike_bytes secret,
                  uint8_t out[IKE_PRF_MAX]);
/*
 * SKEYSEED of an IKE SA that replaces another: prf(SK_d, secret | Ni | Nr | additional), with SK_d and PRF of the old one, and nonces and
 * secret of the exchange that rekeys (RFC 7296 2.18); `additional` are the secrets of additional key exchanges (RFC 9370 2.2.4).
 */
bool ike_skeyseed_rekey(const struct ike_prf *old, struct ike_bytes sk_d, struct ike_bytes secret, struct ike_bytes ni,
                        struct ike_bytes nr, struct ike_bytes additional, uint8_t out[IKE_PRF_MAX]);

#define IKE_KEY_MAX 64 /* the longest of one algorithm, salt included */

/* Keys of both sides by enum ike_side; wipe it after use. */
struct ike_keymat {
    uint8_t encryption_length, integrity_length; /* encryption with salt */
    uint8_t encryption[2][IKE_KEY_MAX], integrity[2][IKE_KEY_MAX];
    uint8_t prf_length;     /* of the following; 0 for Child SAs */
    uint8_t sk_d[IKE_PRF_MAX], sk_p[2][IKE_PRF_MAX];
};

/*
 * SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr (RFC 7296 2.14). SPIs are 8 bytes each. key_bits is the Key Length attribute, 0 where the
 * proposal has none. False: key_bits is none of this cipher's lengths, or missing where it has several; or libcrypto failed.
 */
bool ike_keymat_parent(const struct ike_prf *prf, struct ike_bytes skeyseed, struct ike_bytes ni, struct ike_bytes nr,
                       const uint8_t spi_i[8], const uint8_t spi_r[8], const struct encryption *encryption, unsigned key_bits,
                       const struct integrity *integrity, struct ike_keymat *keymat);
/*
 * The keys of a Child SA (RFC 7296 2.17): prf+(SK_d, secret | Ni | Nr | additional), for side 0 then side 1 encryption (with salt) then
 * integrity; side 0 is who began the exchange that made this Child SA. Nonces: those of IKE_SA_INIT for the Child SA of IKE_AUTH, those of
 * CREATE_CHILD_SA otherwise. `secret` is empty unless that exchange had its own key exchange. encryption NULL: AH. Fails as above.
 */
bool ike_keymat_child(const struct ike_prf *prf, struct ike_bytes sk_d, struct ike_bytes secret, struct ike_bytes ni,
                      struct ike_bytes nr, struct ike_bytes additional, const struct encryption *encryption, unsigned key_bits,
                      const struct integrity *integrity, struct ike_keymat *keymat);

#endif
