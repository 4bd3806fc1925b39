/* tally: credits, samples, and what is left of them. */
#include "track/tally.h"

#include <string.h>

#include "base/step.h"

void tally_begin(struct tally *tally, const uint64_t values[COUNTER_COUNT], int64_t now_ns)
{
    memset(tally, 0, sizeof *tally);
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        tally->rows[i].first = tally->rows[i].last = values[i];
    tally->begun_ns = tally->read_ns = tally->settled_ns = now_ns;
}

void tally_read(struct tally *tally, const uint64_t values[COUNTER_COUNT], int64_t now_ns)
{
    for (unsigned i = 0; i < COUNTER_COUNT; i++)
        tally->rows[i].last = values[i];
    tally->read_ns = now_ns;
}

uint64_t tally_rose(const struct tally *tally, enum counter counter)
{
    const struct tally_row *row = &tally->rows[counter];
    return row->last > row->first ? row->last - row->first : 0;
}

uint64_t tally_credit(const struct tally *tally, enum counter counter)
{
    const struct tally_row *row = &tally->rows[counter];
    uint64_t taken = row->explained + row->excused + row->unseen, rose = tally_rose(tally, counter);
    return rose > taken ? rose - taken : 0;
}

bool tally_is_inbound(enum counter counter)
{
    return (counter > COUNTER_NONE && counter < COUNTER_OUT_ERROR) || counter == COUNTER_ACQUIRE_ERROR ||
           counter == COUNTER_IN_STATE_DIR_ERROR || counter == COUNTER_IN_IPTFS_ERROR;
}

enum counter tally_other(const struct tally *tally)
{
    enum counter found = COUNTER_NONE;
    if (tally->undecided[0] + tally->undecided[1] > 0)
        return COUNTER_NONE;
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        if (!tally_is_inbound((enum counter)i) || tally_credit(tally, (enum counter)i) == 0)
            continue;
        if (found != COUNTER_NONE)
            return COUNTER_NONE;
        found = (enum counter)i;
    }
    return found;
}

void tally_explain(struct tally *tally, enum counter counter, int64_t packet_ns)
{
    struct tally_row *row = &tally->rows[counter];
    row->explained++;
    row->later += tally->sample_ns != 0 && packet_ns > tally->sample_ns;
}

void tally_doubt(struct tally *tally)
{
    tally->doubts[0]++;
}

void tally_undecided(struct tally *tally)
{
    tally->undecided[0]++;
}

void tally_policies_changed(struct tally *tally)
{
    tally->changed[0] = true;
}

void tally_sample(struct tally *tally, int64_t now_ns)
{
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        tally->rows[i].sample = tally_rose(tally, (enum counter)i);
        tally->rows[i].later = 0;
    }
    tally->sample_ns = now_ns;
}

void tally_set_clock(struct tally *tally, int64_t step_ns)
{
    step_move(&tally->begun_ns, step_ns);
    step_move(&tally->read_ns, step_ns);
    step_move_any(&tally->sample_ns, step_ns);
    step_move(&tally->settled_ns, step_ns);
}

/* What the sample's rise has left, but never more than what has no packet by now. */
static uint64_t tally_left(const struct tally *tally, enum counter counter)
{
    const struct tally_row *row = &tally->rows[counter];
    uint64_t taken = row->explained - row->later + row->excused + row->unseen, credit = tally_credit(tally, counter);
    uint64_t left = row->sample > taken ? row->sample - taken : 0;
    return left < credit ? left : credit;
}

/* What of `left` the changes of tables account for. */
static uint64_t tally_excuse(struct tally *tally, enum counter counter, uint64_t left)
{
    uint64_t excused = 0;
    bool policies = counter == COUNTER_IN_TMPL_MISMATCH || counter == COUNTER_IN_NO_POLS || counter == COUNTER_IN_POL_BLOCK;
    if (policies && (tally->changed[0] || tally->changed[1]))
        return left;
    for (unsigned i = 2; i-- > 0 && tally_is_inbound(counter) && excused < left;) {
        uint64_t taken = tally->doubts[i] < left - excused ? tally->doubts[i] : left - excused;
        tally->doubts[i] -= taken;
        excused += taken;
    }
    return excused;
}

void tally_settle(struct tally *tally, const struct event_sink *sink)
{
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        struct tally_row *row = &tally->rows[i];
        uint64_t left = tally_left(tally, (enum counter)i), excused = tally_excuse(tally, (enum counter)i, left);
        row->excused += excused;
        row->unseen += left - excused;
        if (left == excused)
            continue;
        const struct tally_drop drop = { .counter = (enum counter)i, .count = left - excused,
                                         .undecided = tally_is_inbound((enum counter)i) ? tally->undecided[0] + tally->undecided[1] : 0,
                                         .from_ns = tally->settled_ns, .to_ns = tally->sample_ns };
        struct event event = { .kind = EVENT_UNSEEN, .drop = &drop, .sa = SADB_NONE };
        sink->raise(sink->context, &event);
    }
    tally->settled_ns = tally->sample_ns;
    tally->sample_ns = 0;
    tally->doubts[1] = tally->doubts[0];
    tally->undecided[1] = tally->undecided[0];
    tally->changed[1] = tally->changed[0];
    tally->doubts[0] = tally->undecided[0] = 0;
    tally->changed[0] = false;
}
