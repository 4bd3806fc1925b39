/*
 * confirm: verdicts beside /proc/net/xfrm_stat (track/tally.h).
 *
 * A packet is old enough when it is judged for the kernel to have counted it, so a refusal that finds no credit, in a reading made since, was none of
 * the kernel's: the packet is a copy, or a firewall took it before IPsec, or esplain is wrong. It is left unjudged and said.
 */
#include <stdlib.h>

#include "engine/kernel.h"
#include "engine/live.h"
#include "kernel/counters.h"

#define CONFIRM_CHANGE_NS (2 * KERNEL_SETTLE_NS + KERNEL_LAG_NS) /* between an SA's end and the moment from which it is known, with room */

struct confirm {
    const struct esplain *esplain;
    struct counters *counters;
    struct tally tally;
    int64_t sampled_ns; /* by the clock of the ticks */
    uint64_t silent; /* refusals that the kernel did not count */
};

static bool confirm_read(struct confirm *confirm)
{
    struct counter_values values;
    int64_t now_ns = live_clock(confirm->esplain); /* before the reading, so that it holds what was counted up to then */
    if (!counters_read(confirm->counters, &values))
        return false;
    tally_read(&confirm->tally, values.value, now_ns);
    return true;
}

struct confirm *confirm_create(struct esplain *esplain)
{
    struct error error = { "no memory" };
    struct confirm *confirm = calloc(1, sizeof *confirm);
    if (confirm != NULL)
        confirm->esplain = esplain;
    if (confirm != NULL && (confirm->counters = counters_open(&error)) != NULL)
        return confirm;
    engine_message(esplain, "verdicts are not held against the kernel's counters: %s", error.message);
    confirm_destroy(confirm);
    return NULL;
}

void confirm_destroy(struct confirm *confirm)
{
    if (confirm == NULL)
        return;
    counters_close(confirm->counters);
    free(confirm);
}

void confirm_begin(struct esplain *esplain, bool everywhere)
{
    struct confirm *confirm = esplain->confirm;
    struct counter_values values;
    if (confirm == NULL)
        return;
    if (!counters_read(confirm->counters, &values)) {
        engine_message(esplain, "verdicts are not held against the kernel's counters: they cannot be read any more");
        confirm_destroy(confirm);
        esplain->confirm = NULL;
        return;
    }
    tally_begin(&confirm->tally, values.value, live_clock(esplain));
    confirm->tally.everywhere = everywhere;
    confirm->tally.filtered = esplain->options.filter != NULL;
    esplain->detect.tally = &confirm->tally;
}

void confirm_policies_changed(struct esplain *esplain)
{
    if (esplain->confirm != NULL)
        tally_policies_changed(&esplain->confirm->tally);
}

/* Was the SA new, or about to go, so that the kernel may have judged otherwise? */
static bool confirm_is_change(const struct esplain *esplain, const struct frame *frame, const struct judgement *judgement)
{
    if (judgement->sa == SADB_NONE)
        return false;
    const struct sa *sa = sadb_sa(esplain->db, judgement->sa);
    return (sa->born_known && frame->time_ns - sa->born_ns < CONFIRM_CHANGE_NS) ||
           (sa->ended_known && sa->ended_ns - frame->time_ns < CONFIRM_CHANGE_NS);
}

/* A packet to this host that counts nothing, as far as is seen here: could the kernel have counted it all the same? */
static void confirm_accepted(struct esplain *esplain, const struct frame *frame, const struct judgement *judgement)
{
    struct tally *tally = &esplain->confirm->tally;
    enum cause cause = judgement->cause;
    if (cause == CAUSE_CAPTURED_TWICE && tally_credit(tally, COUNTER_IN_STATE_SEQ_ERROR) > 0)
        tally_explain(tally, COUNTER_IN_STATE_SEQ_ERROR, frame->time_ns); /* it came twice, then */
    if (cause == CAUSE_CAPTURED_TWICE || cause == CAUSE_OPENED_COPY || cause == CAUSE_IP_CHECKSUM || cause == CAUSE_UDP_CHECKSUM)
        return; /* no packet of its own, or none of IPsec's */
    if (cause == CAUSE_POLICY_CHANGED || confirm_is_change(esplain, frame, judgement))
        tally_doubt(tally);
    else if (judgement->verdict == VERDICT_UNJUDGED || judgement->verdict == VERDICT_CUT ||
             (judgement->verdict == VERDICT_ACCEPTED && !judgement->verified))
        tally_undecided(tally);
}

/* Which counter the packet raised, COUNTER_NONE for none. False: that cannot be known. */
static bool confirm_counter(struct confirm *confirm, const struct frame *frame, enum counter *counter)
{
    struct tally *tally = &confirm->tally;
    if (tally_credit(tally, *counter) == 0 && tally->read_ns < frame->time_ns + KERNEL_SETTLE_NS && !confirm_read(confirm))
        return false;
    if (tally_credit(tally, *counter) > 0)
        return true;
    if (frame->time_ns < tally->begun_ns) /* it may have been counted before the first reading */
        return false;
    *counter = tally_other(tally);
    return true;
}

void engine_confirm(struct esplain *esplain, const struct frame *frame, const struct layer *layer, struct judgement *judgement)
{
    struct confirm *confirm = esplain->confirm;
    enum counter counter = judgement->counter;
    if (confirm == NULL || frame->time_ns < confirm->tally.begun_ns - KERNEL_LAG_NS)
        return;
    if (!known_own(esplain->known, &layer->ip.dst)) {
        /* what goes through this host is counted too, but not all that is captured goes through it */
        if (counter != COUNTER_NONE && layer->kind == LAYER_CLEAR && confirm_counter(confirm, frame, &counter) && counter == judgement->counter)
            tally_explain(&confirm->tally, counter, frame->time_ns);
        return;
    }
    if (counter == COUNTER_NONE) {
        confirm_accepted(esplain, frame, judgement);
        return;
    }
    if (!confirm_counter(confirm, frame, &counter))
        return;
    if (counter != COUNTER_NONE) {
        if (counter != judgement->counter) { /* it was refused, for another reason than is seen here */
            judgement->counter = (uint8_t)counter;
            judgement->certainty = CERTAINTY_LIKELY;
        }
        tally_explain(&confirm->tally, counter, frame->time_ns);
        return;
    }
    confirm->silent++;
    tally_undecided(&confirm->tally);
    judgement->verdict = VERDICT_UNJUDGED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_LIKELY;
    judgement->cause = CAUSE_NOT_COUNTED;
}

void confirm_set_clock(struct confirm *confirm, int64_t step_ns)
{
    if (confirm != NULL)
        tally_set_clock(&confirm->tally, step_ns);
}

void confirm_sample(struct esplain *esplain, int64_t now_ns)
{
    struct confirm *confirm = esplain->confirm;
    if (confirm == NULL || !confirm_read(confirm))
        return;
    tally_sample(&confirm->tally, live_clock(esplain));
    confirm->sampled_ns = now_ns;
}

void confirm_look(struct esplain *esplain, int64_t now_ns, int64_t empty_ns, int64_t frame_ns)
{
    struct confirm *confirm = esplain->confirm;
    if (confirm == NULL)
        return;
    struct tally *tally = &confirm->tally;
    tally->dropped = esplain->summary.capture_dropped;
    if (tally->sample_ns == 0) {
        confirm_sample(esplain, now_ns);
        return;
    }
    bool judged = empty_ns - confirm->sampled_ns >= TALLY_GRACE_NS || frame_ns - tally->sample_ns >= TALLY_GRACE_NS;
    if (now_ns - confirm->sampled_ns >= TALLY_GRACE_NS && judged && confirm_read(confirm))
        tally_settle(tally, &esplain->sink);
}

const struct tally *confirm_tally(const struct confirm *confirm)
{
    return confirm != NULL ? &confirm->tally : NULL;
}

static void confirm_tell(const struct esplain *esplain, const struct tally *tally, enum counter counter)
{
    const struct tally_row *row = &tally->rows[counter];
    unsigned long long rose = tally_rose(tally, counter), late = tally_credit(tally, counter);
    if (rose == 0)
        return;
    struct text line = { 0 };
    text_printf(&line, "kernel: %s rose by %llu", counter_name(counter), rose);
    if (row->explained == rose)
        text_put(&line, ", each explained by a captured packet");
    else if (row->explained)
        text_printf(&line, ", %llu explained by captured packets", (unsigned long long)row->explained);
    if (row->unseen)
        text_printf(&line, ", %llu explained by none (kernel-drop-unseen)", (unsigned long long)row->unseen);
    if (row->excused)
        text_printf(&line, ", %llu at a change of SAs or policies", (unsigned long long)row->excused);
    if (late)
        text_printf(&line, ", %llu so late that its packets were not all read", late);
    engine_message(esplain, "%s", line.chars ? line.chars : "");
    text_free(&line);
}

void confirm_end(struct esplain *esplain, bool drained)
{
    struct confirm *confirm = esplain->confirm;
    if (confirm == NULL || !confirm_read(confirm))
        return;
    confirm->tally.dropped = esplain->summary.capture_dropped;
    if (drained && confirm->tally.sample_ns != 0)
        tally_settle(&confirm->tally, &esplain->sink);
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++)
        confirm_tell(esplain, &confirm->tally, (enum counter)i);
    if (confirm->silent)
        engine_message(esplain, "kernel: %llu packets that esplain would have refused were not counted by the kernel and are left unjudged",
                       (unsigned long long)confirm->silent);
}
