/*
 * ike: opening the Encrypted payloads of IKEv2, SK{} (RFC 7296 3.14, RFC 5282 for AEADs) and their fragments SKF{} (RFC 7383 2.5).
 *
 * A struct ike is made once for an IKE SA and holds the keys of both directions; opening allocates nothing. It is not shared between
 * threads. Messages are whole, reassembled from IP fragments and without the non-ESP marker.
 */
#ifndef CRYPTO_IKE_H
#define CRYPTO_IKE_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/suite.h"

#define IKE_SIDES 2

enum ike_side { IKE_INITIATOR, IKE_RESPONDER }; /* who sends: the original initiator of the IKE SA (its flag in the header), or its peer */

struct ike_params {
    const struct encryption *encryption;
    const struct integrity *integrity; /* NULL or kind NONE with an AEAD, or where nothing can be checked */
    uint8_t unchecked;                 /* then, without an AEAD: bytes of ICV that stand there and are passed over */
    struct secret encryption_key[IKE_SIDES]; /* SK_ei, SK_er, with salt; an empty one: that side's messages stay closed */
    struct secret integrity_key[IKE_SIDES];  /* SK_ai, SK_ar; an empty one: that side's ICV is passed over */
};

enum ike_open_result {
    IKE_OPENED,
    IKE_OPEN_CLEAR,       /* no SK or SKF payload: there is nothing to open */
    IKE_OPEN_BROKEN,      /* lengths contradict each other before such a payload is found, or it does not end where the message ends */
    IKE_OPEN_NO_KEY,      /* the key of this direction is not known */
    IKE_OPEN_SHORT,       /* no room for IV, pad length and ICV */
    IKE_OPEN_MISALIGNED,  /* not a whole number of cipher blocks */
    IKE_OPEN_BAD_ICV,     /* other key, or damaged */
    IKE_OPEN_BAD_PADDING, /* the pad length is larger than what was decrypted: where no ICV was checked, the key is probably wrong */
};

struct ike_opened {
    uint8_t side;         /* enum ike_side, as the header's flags tell */
    uint8_t first;        /* type of the first payload inside; in an SKF payload it counts in fragment 1 only, else 0 */
    bool checked;         /* an ICV was compared */
    uint16_t fragment, fragments; /* SKF: number from 1, and how many there are, as found (0 is possible and wrong); SK: both 0 */
    uint32_t at;          /* offset in the message of the SK or SKF payload's generic header */
    uint32_t length;      /* bytes written to plain: the payloads inside, without padding and pad length */
};

struct ike;

/*
 * NULL with an error: a key of a wrong length, an algorithm that this libcrypto lacks or that IKE does not have (GMAC, implicit IV), no key
 * at all. Messages protected with encryption NULL and no integrity are taken, too: tests of other tools use them.
 */
struct ike *ike_create(const struct ike_params *params, struct error *error);
void ike_destroy(struct ike *ike);
/* Whether a message of this side that opens is proven to be authentic (by the keys given). */
bool ike_checks(const struct ike *ike, enum ike_side side);

/*
 * `length` bytes are there; the header's length says how many of them are the message, and fewer are IKE_OPEN_BROKEN. `plain` has room for
 * `length` bytes and does not overlap the message. On any other answer than IKE_OPENED opened->length is 0 and `plain` holds nothing of
 * the text; `side`, `at`, `first`, `fragment` and `fragments` are filled from IKE_OPEN_NO_KEY on. Payloads before SK are passed over.
 */
enum ike_open_result ike_open(struct ike *ike, const uint8_t *message, uint32_t length, uint8_t *plain, struct ike_opened *opened);

const char *ike_open_text(enum ike_open_result result); /* a clause for a person */

#endif
