/*
 * direction: the bytes of one side of a TCP connection, in order, and the messages in them. Private to reassembly/.
 * A direction does not know its connection: ports, time and the memory of all are stream.c's.
 */
#ifndef REASSEMBLY_DIRECTION_H
#define REASSEMBLY_DIRECTION_H

#include "reassembly/stream.h"

enum direction_state {
    DIRECTION_NEW,    /* nothing was seen of it */
    DIRECTION_PREFIX, /* `next` is the first byte of the connection, or in the prefix */
    DIRECTION_WAIT,   /* `next` is the first byte; whether messages come depends on the other side */
    DIRECTION_FRAMED, /* messages */
    DIRECTION_LOST,   /* where a message begins is not known */
};

/* Bytes of the stream: `wire` from `seq` on, of which the first `captured` are known. */
struct span {
    const uint8_t *bytes;
    uint32_t seq, captured, wire;
};

struct held;

struct direction {
    uint8_t state;         /* enum direction_state */
    bool give_up;          /* what is missing before the first held piece will not come */
    bool broken;           /* the prefix was another */
    uint32_t next;         /* sequence number of the next byte; not in NEW and LOST */
    struct held *first;    /* ascending, never overlapping, all at or behind `next` */
    uint32_t count, bytes; /* of these: pieces, and what they take */
    uint8_t *message;      /* begun, not whole; NULL: nothing is */
    uint32_t room, have;   /* of it: allocated; known bytes from its length on */
    uint32_t passed;       /* bytes of it that the stream has passed: more than `have` where some are not known */
    uint32_t tries, strange;
};

void direction_clear(struct direction *direction); /* to DIRECTION_NEW */
/*
 * Takes new bytes in: *now is what of them is next in order, pointing into theirs (wire 0: nothing), the rest is held. False: no memory
 * or room, and they are not taken.
 */
bool direction_insert(struct direction *direction, struct span span, int64_t now_ns, struct span *now);
/* The next held piece in its turn, which the caller frees with direction_free when it is read; or, after give_up, the gap before it. */
struct held *direction_pull(struct direction *direction, struct span *now);
void direction_free(struct held *held);
/* When the first held piece came; now_ns where there is none. */
int64_t direction_waits_since(const struct direction *direction, int64_t now_ns);
/* A sequence number near which the next ones are; false: not known. */
bool direction_where(const struct direction *direction, uint32_t *seq);
/* All messages were read: memory that none needs is given back. */
void direction_rest(struct direction *direction);
/* LOST and WAIT: looks where messages begin among what is held; true: FRAMED now. */
bool direction_search(struct direction *direction);
/* Drops the held pieces with the lowest numbers until few enough are left to search in. */
void direction_thin(struct direction *direction);
/* FRAMED and PREFIX: reads on in `now`, up to the end of one message; true: here it is. */
bool direction_read(struct direction *direction, struct span *now, struct stream_message *message);

#endif
