/*
 * tally: a receiver's own counters of refused packets (/proc/net/xfrm_stat) beside the packets that were seen refused: which rise is explained by
 * which packet, and what rose without one.
 *
 * Theory of operation. A counter has a credit: what it rose by since the tally began, less what was explained. A refused packet takes one of it; a
 * refusal that finds none was none of the receiver's. What rose and no packet takes is unseen, but only after a grace: counters are read at
 * one moment, and the packets behind them come through a buffer. So a reading is kept as a sample, and settled once TALLY_GRACE_NS have passed and
 * all that was captured up to the sample is judged. What is left of the sample's rise is then unseen, for good: no later packet takes it.
 *
 * Two things soften that. Around a change of the tables a packet may be judged by a table that the receiver no longer had: such packets, taken
 * for accepted, excuse as many of what rose (tally_doubt), and a change of policies excuses the counters of policies in the sample that it falls into
 * (tally_policies_changed). And packets that could not be judged at all (no keys, cut short) are counted, because the missing ones may be among
 * them (tally_undecided).
 */
#ifndef TRACK_TALLY_H
#define TRACK_TALLY_H

#include <stdbool.h>

#include "catalogue/counter.h"
#include "track/event.h"

#define TALLY_GRACE_NS ((int64_t)1000000000)

struct tally_row {
    uint64_t first, last;     /* the counter as it stood when the tally began, and now */
    uint64_t explained;       /* by refused packets */
    uint64_t later;           /* of these, by packets that came after the sample */
    uint64_t excused;         /* by packets in doubt, or by changes of policies */
    uint64_t unseen;          /* what no captured packet explains */
    uint64_t sample;          /* what it had risen by at the sample */
};

struct tally {
    struct tally_row rows[COUNTER_COUNT];
    int64_t begun_ns, read_ns, sample_ns; /* of the packets' clock; sample_ns 0: there is none */
    int64_t settled_ns;       /* of the latest sample that was settled */
    uint64_t doubts[2];       /* packets in doubt of this sample's time and of the one before, as far as they excused nothing yet */
    uint64_t undecided[2];    /* likewise those that could not be judged */
    bool changed[2];          /* policies did, in the same times */
    uint64_t dropped;         /* by the capture, since the tally began; kept by the caller */
    bool everywhere, filtered; /* all interfaces are captured; a filter of the user's leaves packets out */
};

/* What EVENT_UNSEEN says. */
struct tally_drop {
    enum counter counter;
    uint64_t count;           /* drops of this sample that no captured packet explains */
    uint64_t undecided;       /* packets of about that time that could not be judged */
    int64_t from_ns, to_ns;   /* they were counted between these, by the packets' clock */
};

/* Values by enum counter; of the first reading now_ns is the end, of the others the beginning. */
void tally_begin(struct tally *tally, const uint64_t values[COUNTER_COUNT], int64_t now_ns);
void tally_read(struct tally *tally, const uint64_t values[COUNTER_COUNT], int64_t now_ns);
uint64_t tally_rose(const struct tally *tally, enum counter counter);
uint64_t tally_credit(const struct tally *tally, enum counter counter);
/* Of the counters of received packets, the one that has credit; COUNTER_NONE where none or several have, or a packet that could not be judged may be why. */
enum counter tally_other(const struct tally *tally);
bool tally_is_inbound(enum counter counter); /* raised by packets that come to this host */
/* A packet of that time was refused so, and the receiver counted it: takes one of the credit, which must be there. */
void tally_explain(struct tally *tally, enum counter counter, int64_t packet_ns);
void tally_doubt(struct tally *tally);
void tally_undecided(struct tally *tally);
void tally_policies_changed(struct tally *tally);
void tally_set_clock(struct tally *tally, int64_t step_ns); /* as sadb_set_clock */
/* Keeps the latest reading as the sample. It was over by now_ns: a packet that came later is not in it. */
void tally_sample(struct tally *tally, int64_t now_ns);
/* All packets up to the sample are judged, and the counters were read anew: raises EVENT_UNSEEN for each counter that rose without a packet. */
void tally_settle(struct tally *tally, const struct event_sink *sink);

#endif
