/*
 * copies: tunnel packets that were opened a moment ago, to know them again when they come by in clear.
 *
 * A capture on a Linux IPsec host shows each inbound tunnel packet twice: as ESP, and, opened, once more on the same interface.
 * The second is no leak. A bounded ring; an entry is used up by the copy that it explains.
 */
#ifndef TRACK_COPIES_H
#define TRACK_COPIES_H

#include "receiver/inner.h"

#define COPIES 256u
#define COPIES_SPAN_NS (10 * (int64_t)1000000) /* the opened packet comes right behind, mostly with the very same time stamp */

struct copy {
    uint32_t sa;            /* of the IPsec packet */
    struct addr src, dst;   /* of the inner packet; unopened: of the outer one */
    uint32_t length, id;    /* inner total length (unopened: the most that it can be) and IPv4 identification */
    int64_t time_ns;
    uint8_t proto;
    bool unopened, used;
};

struct copies {
    struct copy ring[COPIES];
    uint32_t next;
    uint64_t explained;     /* clear packets that were such copies */
};

void copies_add(struct copies *copies, const struct inner_packet *inner, uint32_t sa, int64_t time_ns);
/* A tunnel packet that could not be opened: a clear packet right after it may be it. */
void copies_add_unopened(struct copies *copies, const struct layer *outer, uint32_t sa, int64_t time_ns);
/*
 * The SA of the packet that this clear one is the opened form of, or SADB_NONE. `outer_*`: the tunnel that its policy asks for, none where it
 * asks for none.
 */
uint32_t copies_take(struct copies *copies, const struct frame *frame, const struct layer *clear, const struct addr *outer_src,
                     const struct addr *outer_dst);

#endif
