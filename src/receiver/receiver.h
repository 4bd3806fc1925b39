/*
 * receiver: the shadow receiver's inbound processing (RFC 4301 5.2), packet by packet, in the kernel's order.
 *
 *   receiver_find    which SA; header-invalid, unknown-spi (with its cause), unjudged
 *   receiver_before  not-ready, wrong-encapsulation, too-old and replayed, expired, too-short and misaligned
 *   receiver_after   what needs the opened packet is judged by the caller in between; then the window moves and the packet is counted
 *
 * A packet is judged against the table as it was at the packet's time. State changes only here and in sa/.
 */
#ifndef RECEIVER_RECEIVER_H
#define RECEIVER_RECEIVER_H

#include "decode/packet.h"
#include "receiver/known.h"
#include "receiver/verdict.h"

struct receiver {
    struct sadb *db;
    struct known *known;
    uint64_t suspect_work; /* done so far to explain wrong ICVs (receiver/suspect.h) */
};

/* True where an SA (known or seen) carries on; false where the judgement is already made. */
bool receiver_find(struct receiver *receiver, const struct frame *frame, const struct layer *layer, uint64_t hash,
                   struct judgement *judgement);
/* True where no check that needs no key refuses the packet. */
bool receiver_before(struct receiver *receiver, const struct frame *frame, const struct layer *layer,
                     struct judgement *judgement);
/*
 * Makes the judgement count: moves the window where it is accepted, counts it on its SA. `bytes` is what came out of the packet where it was
 * opened, UINT32_MAX where it was not.
 */
void receiver_after(struct receiver *receiver, const struct frame *frame, const struct layer *layer,
                    struct judgement *judgement, uint32_t bytes);

/* All in one, for packets that are not opened. */
static inline void receiver_judge(struct receiver *receiver, const struct frame *frame, const struct layer *layer,
                                  uint64_t hash, struct judgement *judgement)
{
    if (receiver_find(receiver, frame, layer, hash, judgement))
        receiver_before(receiver, frame, layer, judgement);
    receiver_after(receiver, frame, layer, judgement, UINT32_MAX);
}

/* unknown.c: why there is no SA. Fills verdict, cause, certainty, near and span of the judgement. */
void receiver_unknown(struct receiver *receiver, const struct frame *frame, const struct layer *layer, uint32_t other,
                      struct judgement *judgement);

#endif
