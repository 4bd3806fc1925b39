/*
 * confirm: verdicts beside /proc/net/xfrm_stat.
 *
 * Each counter has a credit: what it rose by since the run began, less the refusals that explained it. A packet is old enough when it is judged for
 * the kernel to have counted it, so a refusal that finds no credit, in a reading made since, was none of the kernel's: the packet is a copy, or
 * a firewall took it before IPsec, or esplain is wrong. It is left unjudged and said.
 */
#include <stdlib.h>

#include "engine/kernel.h"
#include "engine/live.h"
#include "kernel/counters.h"

struct confirm {
    struct counters *counters;
    struct counter_values first, last;
    int64_t started_ns, read_ns;
    uint64_t explained[COUNTER_COUNT];
    uint64_t silent; /* refusals that the kernel did not count */
};

static bool confirm_read(struct confirm *confirm)
{
    int64_t now_ns = live_clock(); /* before the reading, so that it holds what was counted up to then */
    if (!counters_read(confirm->counters, &confirm->last))
        return false;
    confirm->read_ns = now_ns;
    return true;
}

struct confirm *confirm_create(struct esplain *esplain)
{
    struct error error = { "no memory" };
    struct confirm *confirm = calloc(1, sizeof *confirm);
    if (confirm != NULL && (confirm->counters = counters_open(&error)) != NULL && confirm_read(confirm)) {
        confirm->first = confirm->last;
        confirm->started_ns = confirm->read_ns;
        return confirm;
    }
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

static bool confirm_credit(const struct confirm *confirm, enum counter counter)
{
    uint64_t rose = confirm->last.value[counter] - confirm->first.value[counter];
    return rose > confirm->explained[counter];
}

/* Of the counters of received packets, the one that has credit; COUNTER_NONE where none or several have. */
static enum counter confirm_other(const struct confirm *confirm)
{
    enum counter found = COUNTER_NONE;
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        bool inbound = i < COUNTER_OUT_ERROR || i == COUNTER_ACQUIRE_ERROR || i == COUNTER_IN_STATE_DIR_ERROR || i == COUNTER_IN_IPTFS_ERROR;
        if (!inbound || !confirm_credit(confirm, (enum counter)i))
            continue;
        if (found != COUNTER_NONE)
            return COUNTER_NONE;
        found = (enum counter)i;
    }
    return found;
}

void engine_confirm(struct esplain *esplain, const struct frame *frame, const struct layer *layer, struct judgement *judgement)
{
    struct confirm *confirm = esplain->confirm;
    enum counter counter = judgement->counter;
    if (confirm == NULL || counter == COUNTER_NONE || !known_own(esplain->known, &layer->ip.dst) || frame->time_ns < confirm->started_ns)
        return;
    if (!confirm_credit(confirm, counter) && confirm->read_ns < frame->time_ns + KERNEL_SETTLE_NS && !confirm_read(confirm))
        return;
    if (!confirm_credit(confirm, counter)) {
        counter = confirm_other(confirm);
        if (counter != COUNTER_NONE) { /* it was refused, for another reason than is seen here */
            judgement->counter = (uint8_t)counter;
            judgement->certainty = CERTAINTY_LIKELY;
        }
    }
    if (counter != COUNTER_NONE) {
        confirm->explained[counter]++;
        return;
    }
    confirm->silent++;
    judgement->verdict = VERDICT_UNJUDGED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_LIKELY;
    judgement->cause = CAUSE_NOT_COUNTED;
}

void confirm_end(struct esplain *esplain)
{
    struct confirm *confirm = esplain->confirm;
    if (confirm == NULL || !confirm_read(confirm))
        return;
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        uint64_t rose = confirm->last.value[i] - confirm->first.value[i];
        if (rose == 0 && confirm->explained[i] == 0)
            continue;
        if (rose <= confirm->explained[i])
            engine_message(esplain, "kernel: %s rose by %llu, each explained by a captured packet", counter_name((enum counter)i), (unsigned long long)rose);
        else
            engine_message(esplain, "kernel: %s rose by %llu, of which no captured packet explains %llu: other interfaces, packets that the capture missed or "
                                    "its filter left out, or packets dropped before they were sent",
                           counter_name((enum counter)i), (unsigned long long)rose, (unsigned long long)(rose - confirm->explained[i]));
    }
    if (confirm->silent)
        engine_message(esplain, "kernel: %llu packets that esplain would have refused were not counted by the kernel and are left unjudged",
                       (unsigned long long)confirm->silent);
}
