/*
 * ike_keys: keys that open IKE, as files tell them, found by the SPIs of the IKE SA (version 1: by the initiator's cookie).
 *
 * Keys live in a store of the table's own, out of core files, wiped with it. What was wrong in a file is told in notes with line numbers,
 * never with key material.
 */
#ifndef SA_IKE_KEYS_H
#define SA_IKE_KEYS_H

#include "base/error.h"
#include "crypto/ike.h"
#include "crypto/ike_prf.h"
#include "sa/sources/source.h"

#define IKE_KEYS_MAX 65536u        /* entries; more are left out with a note */
#define IKE_KEYS_ALIKE_MAX 16u     /* different keys for one IKE SA */
#define IKE_KEYS_LOOSE_MAX 1024u   /* keys that name no SPI */
#define IKE_KEYS_EXCHANGES_MAX 4096u /* secrets of key exchanges of Child SAs */
#define IKE_KEYS_FILES_MAX 65535u
#define IKE_KEYS_NOTES_MAX 256u    /* a file; one more says that more were left out */

struct ike_key {
    uint8_t version;             /* 1 or 2 */
    bool spi_i_known, spi_r_known; /* what is not known fits any */
    uint8_t spi_i[8], spi_r[8];
    /* Version 2: what ike_create() takes. Version 1: params.encryption_key[IKE_INITIATOR] is the cipher's key, for both sides. */
    struct ike_params params;
    const struct ike_prf *prf;   /* NULL: not told; strongSwan's log alone tells these three */
    struct secret sk_d;
    struct secret nonces;        /* Ni | Nr of the exchange that made this IKE SA */
    uint16_t file;
    uint32_t line;               /* where the entry begins, 1-based */
};

/* The secret of a Child SA's own key exchange, and the initiator's key that was made with it: the proof of what belongs to what. */
struct ike_exchange_secret {
    struct secret secret;        /* g^ir (RFC 7296 2.17) */
    struct secret key;           /* of the exchange's initiator, with its salt */
    bool of_integrity;           /* `key` is for integrity; else for encryption */
};

struct ike_keys_note {
    struct sa_remark remark;
    uint16_t file;
};

struct ike_keys;

struct ike_keys *ike_keys_create(struct error *error); /* NULL: no memory */
void ike_keys_destroy(struct ike_keys *keys);

/*
 * The format is recognised by content (sa/sources/ike_source.h). False with an error: not readable, too long, no IKE keys in it (an ESP SA
 * file is told as such). What was read before stays. A file of blanks and comments only is taken, with a note.
 */
bool ike_keys_add_file(struct ike_keys *keys, const char *path, struct error *error);
/* The same of text in memory; `name` is copied. */
bool ike_keys_add_text(struct ike_keys *keys, const char *name, const char *text, size_t length, struct error *error);

/* The IKE SA that keys are wanted for. */
struct ike_keys_query {
    uint8_t version;
    uint8_t spi_i[8], spi_r[8];    /* spi_r all zero: not known yet, fits any */
    struct ike_bytes ni, nr;       /* the nonces of the exchange that made it; empty: not known */
};

/*
 * The keys for an IKE SA, one after the other: start with *at = 0; NULL at the end. First those of this initiator's SPI (version 2: and
 * responder's SPI), then those that name no SPI, unless they name other nonces. One IKE SA told twice is one entry; told with different
 * keys it is two: opening a message tells which is right.
 */
const struct ike_key *ike_keys_find(const struct ike_keys *keys, const struct ike_keys_query *query, size_t *at);

/* Walks: start with *at = 0; NULL at the end. */
const struct ike_key *ike_keys_next(const struct ike_keys *keys, size_t *at);
const struct ike_exchange_secret *ike_keys_next_exchange(const struct ike_keys *keys, size_t *at);
const struct ike_keys_note *ike_keys_next_note(const struct ike_keys *keys, size_t *at);
size_t ike_keys_count(const struct ike_keys *keys);
const char *ike_keys_file_name(const struct ike_keys *keys, unsigned file);   /* as given; escape when shown */
const char *ike_keys_file_title(const struct ike_keys *keys, unsigned file);  /* the format, "Wireshark ikev1/ikev2_decryption_table" */
struct secrets *ike_keys_secrets(struct ike_keys *keys); /* for keys that are derived from these and live as long */

#endif
