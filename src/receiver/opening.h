/*
 * opening: the receiver's steps that need a key: ICV, decryption, trailer (RFC 4303 3.4.4, 2.4 to 2.6; RFC 4302 3.4.4).
 *
 * State of the SA is read, never changed: that is receiver_after's. Keys are made at an SA's first packet, once.
 */
#ifndef RECEIVER_OPENING_H
#define RECEIVER_OPENING_H

#include "base/error.h"
#include "receiver/receiver.h"

struct opened {
    bool done;              /* the ICV is right and the trailer makes sense; ESP: what follows is valid */
    const uint8_t *plain;   /* ESP: payload without trailer, in the caller's buffer; AH: in the frame */
    uint32_t length;
    uint8_t next;           /* next header */
    uint16_t padding;       /* bytes of padding */
    bool padding_wrong;     /* not 1, 2, 3, ... (RFC 4303 2.4) */
};

/*
 * What another thread opened before the packet was judged: the work without the conclusions. It counts only where the judgement comes to the
 * same bytes, ESN and high half.
 */
struct opened_ahead {
    const uint8_t *esp;     /* the packet's ESP header; NULL: nothing was opened ahead */
    const struct sa_definition *definition; /* whose key it was done with: an SPI may have had several SAs */
    const uint8_t *plain;
    uint32_t length;        /* of plain */
    uint32_t high;
    bool esn;
    uint8_t result;         /* enum crypt_result */
};

/* A key for the packets of this definition; the caller's to destroy. NULL with an error where it cannot be used. */
struct crypt_key *opening_make_key(const struct sa_definition *definition, bool esn, struct error *error);

/*
 * Makes the SA's cipher contexts where it has keys and they are not made yet. False: there are none, or they cannot be used (then *error says
 * why, once, and is empty afterwards).
 */
bool opening_key(struct sadb *db, uint32_t index, struct error *error);

/*
 * Opens the packet of an SA that receiver_before let pass, in `buffer` (as long as the packet from its ESP header on; AH: as its whole IP
 * packet). Fills the judgement: integrity-failed, too-short, misaligned, trailer-invalid, dummy, or still accepted and now certain. Where the snap length
 * cut the packet, nothing can be checked and the judgement stays.
 */
void opening_open(struct receiver *receiver, const struct layer *layer, uint8_t *buffer, struct judgement *judgement,
                  const struct opened_ahead *ahead, struct opened *opened);

#endif
