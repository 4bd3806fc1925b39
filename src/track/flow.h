/*
 * flow: what only shows over many packets of one SA, without any key: loss, reordering, duplicates, restarts of the sequence.
 *
 * Theory of operation. Packets in order never come here. The first one out of order gives the SA a struct flow that keeps the ranges of numbers that
 * have not come ("holes"), newest last. A number that falls into a hole is late (reordered); one below the top in no hole came
 * before (duplicate). At FLOW_HOLES holes the oldest is written off as lost. Memory per SA is bounded, and so is the number of flows.
 */
#ifndef TRACK_FLOW_H
#define TRACK_FLOW_H

#include "track/event.h"

#define FLOW_HOLES 48
#define FLOW_JUMP 1000000u      /* a step forward of more is a jump, not loss */
#define FLOW_RESTART_RUN 6      /* consecutive numbers from far below that make a restart */
#define FLOW_NEAR_END 0xf0000000u

struct flow_hole {
    uint64_t low, high;         /* both missing, inclusive */
};

struct flow {
    struct flow_hole holes[FLOW_HOLES];
    uint32_t hole_count;
    uint64_t written_off;       /* numbers of holes that were forgotten */
    uint64_t horizon;           /* below it nothing is known any more */
    uint64_t reordered;         /* came late, for the first time */
    uint64_t late_refused;      /* of these, left of the receiver's window */
    uint64_t latest;            /* the largest distance below the top of one that came late */
    uint64_t duplicates;        /* came before */
    uint64_t captured_twice;    /* the same packet seen at another point of its path */
    uint64_t jumps;
    uint64_t restarts;
    uint64_t run_next;          /* the number that would continue a run from far below */
    uint32_t run;
    bool near_end_told, wrapped;
};

uint64_t flow_lost(const struct flow *flow); /* NULL: 0 */
/* The smallest anti-replay window that would have accepted every packet that came late; 0 where all came in order. */
uint64_t flow_window(const struct flow *flow);

#define FLOWS_MAX 262144u

/*
 * Looks at a packet that was judged: call it when it was not in order, or near the end of its numbers. Counts it, and raises EVENT_RESTART,
 * EVENT_NEAR_END and EVENT_WRAP.
 */
void flow_update(struct sadb *db, uint32_t *flows, const struct frame *frame, const struct layer *layer,
                 const struct judgement *judgement, const struct event_sink *sink);

static inline bool flow_wants(const struct judgement *judgement)
{
    return !judgement->in_order || judgement->full >= FLOW_NEAR_END;
}

#endif
