/*
 * ike1: opening messages of IKEv1 (RFC 2409 appendix B, RFC 2408 3.1: everything behind the header is encrypted where flag E is set).
 *
 * One key serves both directions. The cipher is CBC and the IV is not in the message: it chains through the messages of an exchange, so
 * that the caller carries it, one struct ike1_iv for each exchange:
 *   phase 1             ike1_iv_phase1() once both KE payloads were seen; each encrypted message of the exchange moves it on
 *   any other exchange  ike1_iv_phase2() from the IV as it stood after the last message of phase 1, for each new message ID; each
 *                       message of that exchange moves it on
 * A retransmission is opened with the IV that the first copy was opened with, and does not move it on: callers keep both.
 * Nothing in a message proves that the key or the IV is right but what comes out: see ike1_plausible().
 */
#ifndef CRYPTO_IKE1_H
#define CRYPTO_IKE1_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/ike.h"
#include "crypto/suite.h"

#define IKE1_IV_MAX 16

struct ike1_iv {
    uint8_t bytes[IKE1_IV_MAX];
    uint8_t length; /* the cipher's block: 8 or 16; 0: not known */
};

/* Values of the phase 1 attributes 1 and 2 (RFC 2409 appendix A and the IANA registry); NULL and DIGEST_NONE where not known here. */
const struct encryption *ike1_encryption(uint16_t attribute);
enum digest ike1_digest(uint16_t attribute);

struct ike1;

/*
 * `key` is the cipher's own, as Wireshark's table and save-keys have it (Ka of RFC 2409 appendix B where SKEYID_e was too short). key_bits
 * is the Key Length attribute, 0 for none: a key of any length that the cipher takes is right then. NULL with an error.
 */
struct ike1 *ike1_create(const struct encryption *encryption, unsigned key_bits, struct secret key, struct error *error);
void ike1_destroy(struct ike1 *ike1);
uint8_t ike1_block(const struct ike1 *ike1);

/* hash(g^xi | g^xr), cut to the block: the bodies of both KE payloads. False: this libcrypto lacks the digest, or it is none. */
bool ike1_iv_phase1(enum digest digest, uint8_t block, const uint8_t *ke_i, size_t ke_i_length, const uint8_t *ke_r,
                    size_t ke_r_length, struct ike1_iv *iv);
/* hash(last block of phase 1 | message ID), cut to the block. */
bool ike1_iv_phase2(enum digest digest, const struct ike1_iv *phase1, uint32_t message_id, struct ike1_iv *iv);

/*
 * As ike_open(): IKE_OPEN_CLEAR where flag E is not set, BROKEN, NO_KEY where the IV is not known, SHORT, MISALIGNED or OPENED (never
 * BAD_ICV). `plain` has room for `length` bytes and receives opened->length of payloads with the padding behind them, of which IKEv1 does
 * not tell the length; opened->at is 28, opened->first the header's next payload. `iv` moves on to the last block of ciphertext, but only
 * with IKE_OPENED.
 */
enum ike_open_result ike1_open(struct ike1 *ike1, struct ike1_iv *iv, const uint8_t *message, uint32_t length, uint8_t *plain,
                               struct ike_opened *opened);

/*
 * Whether bytes are a chain of IKEv1 payloads that begins with type `first`: known types, reserved bytes 0, lengths that fit, and behind
 * the last payload less than 256 bytes of padding (RFC 2408 names no limit). What a wrong key or a wrong IV brings forth passes about once
 * in 10^5, since the first payload's header stands in the first block; of a chain of two payloads less than once in 10^9.
 */
bool ike1_plausible(uint8_t first, const uint8_t *plain, uint32_t length);

#endif
