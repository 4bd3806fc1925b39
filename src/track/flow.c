/* flow: holes in the sequence numbers of one SA. */
#include "track/flow.h"

#include <stdlib.h>

uint64_t flow_lost(const struct flow *flow)
{
    if (flow == NULL)
        return 0;
    uint64_t lost = flow->written_off;
    for (uint32_t i = 0; i < flow->hole_count; i++)
        lost += flow->holes[i].high - flow->holes[i].low + 1;
    return lost;
}

uint64_t flow_window(const struct flow *flow)
{
    return flow != NULL && flow->latest != 0 ? flow->latest + 1 : 0;
}

static void flow_add_hole(struct flow *flow, uint64_t low, uint64_t high)
{
    if (flow->hole_count == FLOW_HOLES) {
        flow->written_off += flow->holes[0].high - flow->holes[0].low + 1;
        flow->horizon = flow->holes[0].high + 1;
        for (uint32_t i = 1; i < FLOW_HOLES; i++)
            flow->holes[i - 1] = flow->holes[i];
        flow->hole_count--;
    }
    flow->holes[flow->hole_count++] = (struct flow_hole){ low, high };
}

/* True where `full` was missing until now. */
static bool flow_fill(struct flow *flow, uint64_t full)
{
    for (uint32_t i = flow->hole_count; i-- > 0;) {
        struct flow_hole *hole = &flow->holes[i];
        if (full < hole->low || full > hole->high)
            continue;
        struct flow_hole rest = { full + 1, hole->high };
        hole->high = full - 1;
        bool low_left = hole->low <= hole->high && full != 0, high_left = rest.low <= rest.high;
        if (low_left && high_left) {
            if (flow->hole_count == FLOW_HOLES) { /* no room to split: the smaller half is written off */
                uint64_t below = hole->high - hole->low + 1, above = rest.high - rest.low + 1;
                flow->written_off += below < above ? below : above;
                if (below < above)
                    *hole = rest;
            } else {
                for (uint32_t k = flow->hole_count++; k > i + 1; k--)
                    flow->holes[k] = flow->holes[k - 1];
                flow->holes[i + 1] = rest;
            }
        } else if (high_left) {
            *hole = rest;
        } else if (!low_left) {
            for (uint32_t k = i + 1; k < flow->hole_count; k++)
                flow->holes[k - 1] = flow->holes[k];
            flow->hole_count--;
        }
        return true;
    }
    return false;
}

static struct flow *flow_of(struct sadb *db, uint32_t *flows, uint32_t index)
{
    struct sa *sa = sadb_sa(db, index);
    if (sa->flow == NULL && *flows < FLOWS_MAX) {
        sa->flow = calloc(1, sizeof *sa->flow);
        if (sa->flow != NULL) {
            (*flows)++;
            sa->flow->horizon = sa->first_seq;
        }
    }
    return sa->flow;
}

/* A sender that lost its state counts from the beginning again: several in a row, far below the top, none of them missing before. */
static bool flow_restarted(struct flow *flow, uint64_t full, uint64_t top)
{
    if (top - full < 64 || full != flow->run_next) {
        flow->run = 1;
        flow->run_next = full + 1;
        return false;
    }
    flow->run_next++;
    return ++flow->run == FLOW_RESTART_RUN;
}

static void flow_low(struct flow *flow, struct sa_hot *hot, const struct judgement *judgement, struct event *event,
                     const struct event_sink *sink)
{
    uint64_t full = judgement->full, top = judgement->top;
    bool seen = hot->flags & SA_HOT_SEEN;
    if (seen && full < 0x10000000 && top >= FLOW_NEAR_END && top <= UINT32_MAX) {
        flow->wrapped = true;
        hot->top = full;
        flow->hole_count = 0;
        event->kind = EVENT_WRAP;
        sink->raise(sink->context, event);
        return;
    }
    if (flow_fill(flow, full)) {
        flow->reordered++;
        flow->late_refused += judgement->verdict == VERDICT_TOO_OLD;
        if (top - full > flow->latest)
            flow->latest = top - full;
        return;
    }
    if (judgement->cause == CAUSE_CAPTURED_TWICE) {
        flow->captured_twice++;
        return;
    }
    if (full < flow->horizon && top - full < 64) { /* just before the capture's first packet: late, but never missed */
        flow->reordered++;
        if (top - full > flow->latest)
            flow->latest = top - full;
        flow->horizon = full;
        return;
    }
    flow->duplicates++;
    if (flow_restarted(flow, full, top)) {
        flow->restarts++;
        flow->duplicates -= flow->duplicates < FLOW_RESTART_RUN ? flow->duplicates : FLOW_RESTART_RUN;
        if (seen) { /* nobody refuses these: go on counting from here */
            hot->top = full;
            flow->hole_count = 0;
            flow->horizon = full;
        }
        event->kind = EVENT_RESTART;
        sink->raise(sink->context, event);
    }
}

void flow_update(struct sadb *db, uint32_t *flows, const struct frame *frame, const struct layer *layer,
                 const struct judgement *judgement, const struct event_sink *sink)
{
    struct sa_hot *hot = sadb_hot(db, judgement->sa);
    bool counted = judgement->verdict == VERDICT_ACCEPTED || judgement->verdict == VERDICT_UNJUDGED ||
                   judgement->verdict == VERDICT_REPLAYED || judgement->verdict == VERDICT_TOO_OLD;
    bool first = judgement->top == 0 && counted && judgement->full == sadb_sa(db, judgement->sa)->first_seq;
    if (!counted || judgement->full == 0 || (first && judgement->full < FLOW_NEAR_END))
        return;
    bool near_end = judgement->full >= FLOW_NEAR_END && judgement->full <= UINT32_MAX && !(hot->flags & SA_HOT_ESN);
    if (judgement->in_order && !near_end)
        return;
    struct flow *flow = flow_of(db, flows, judgement->sa);
    if (flow == NULL)
        return;
    struct event event = { .frame = frame, .layer = layer, .judgement = judgement, .flow = flow, .sa = judgement->sa };
    if (judgement->full > judgement->top) {
        if (!first && judgement->full - judgement->top > FLOW_JUMP)
            flow->jumps++;
        else if (!first && judgement->full > judgement->top + 1)
            flow_add_hole(flow, judgement->top + 1, judgement->full - 1);
    } else if (!first) {
        flow_low(flow, hot, judgement, &event, sink);
    }
    if (near_end && !flow->near_end_told) {
        flow->near_end_told = true;
        event.kind = EVENT_NEAR_END;
        sink->raise(sink->context, &event);
    }
}
