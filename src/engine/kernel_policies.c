/*
 * kernel_policies: the kernel's policies, and the SPDs made of them and of the files': as it is now, and as it was.
 *
 * Each reading of announcements that changes something makes a new SPD, esplain->spd; the one before stays for packets that came before. A change
 * happened somewhere between two moments, so that a packet of between is judged by both, and where they disagree it is left unjudged. Policies live
 * as long as an SPD that has them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "engine/kernel.h"

#define POLICIES_PAST_NS (30 * (int64_t)1000000000) /* no packet waits as long to be judged */

struct kernel_policy {
    struct policy policy;
    uint32_t users; /* the list of those that are there now, and SPDs */
};

static bool policies_same(const struct policy *a, const struct policy *b)
{
    if (a->index != 0 && b->index != 0)
        return a->index == b->index;
    return a->direction == b->direction && a->mark == b->mark && a->if_id == b->if_id && addr_equal(&a->selector.src.addr, &b->selector.src.addr) &&
           addr_equal(&a->selector.dst.addr, &b->selector.dst.addr) && a->selector.src.bits == b->selector.src.bits &&
           a->selector.dst.bits == b->selector.dst.bits && a->selector.proto == b->selector.proto;
}

static void policies_release(struct kernel_policy **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (--list[i]->users == 0)
            free(list[i]);
}

/* The number of the same policy, or count. */
static size_t policies_find(const struct kernel_policies *policies, const struct policy *policy)
{
    size_t i = 0;
    while (i < policies->count && !policies_same(&policies->all[i]->policy, policy))
        i++;
    return i;
}

void kernel_policies_clear(struct kernel_policies *policies)
{
    policies_release(policies->all, policies->count);
    policies->changed |= policies->count > 0;
    policies->count = 0;
}

void kernel_policies_take(struct kernel_policies *policies, const struct policy_record *record)
{
    if (record->policy.socket)
        return;
    if (record->event == SA_EVENT_FLUSH) {
        kernel_policies_clear(policies);
        return;
    }
    size_t found = policies_find(policies, &record->policy);
    if (found < policies->count) {
        /* an update that changes nothing; records are zeroed before they are filled */
        if (record->event != SA_EVENT_DELETE && memcmp(&policies->all[found]->policy, &record->policy, sizeof record->policy) == 0)
            return;
        policies_release(&policies->all[found], 1);
        policies->all[found] = policies->all[--policies->count];
        policies->changed = true;
    }
    if (record->event == SA_EVENT_DELETE || policies->count >= SA_TABLE_POLICIES_MAX)
        return;
    if (policies->count == policies->room) {
        size_t room = policies->room ? policies->room * 2 : 16;
        struct kernel_policy **all = realloc(policies->all, room * sizeof(struct kernel_policy *));
        if (all == NULL)
            return;
        policies->all = all;
        policies->room = room;
    }
    struct kernel_policy *copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return;
    memcpy(&copy->policy, &record->policy, sizeof copy->policy); /* with its padding, which is compared */
    copy->users = 1;
    policies->all[policies->count++] = copy;
    policies->changed = true;
}

const struct policy *kernel_policies_at(const struct kernel_policies *policies, size_t index)
{
    return index < policies->count ? &policies->all[index]->policy : NULL;
}

static void policies_drop(struct kernel_past *past)
{
    spd_destroy(past->spd);
    policies_release(past->held, past->held_count);
    free(past->held);
}

void kernel_policies_free(struct kernel_policies *policies)
{
    for (size_t i = 0; i < policies->past_count; i++)
        policies_drop(&policies->past[i]);
    policies_release(policies->held, policies->held_count);
    free(policies->held);
    kernel_policies_clear(policies);
    free(policies->all);
}

/* The SPD that was used until now is one of the past; where there are too many, the moment of the latest change widens over both. */
static void policies_retire(struct kernel_policies *policies, struct esplain *esplain, int64_t from_ns, int64_t sure_ns)
{
    struct kernel_past last = { .spd = esplain->spd, .held = policies->held, .held_count = policies->held_count, .from_ns = from_ns,
                                .sure_ns = sure_ns };
    size_t over = 0;
    while (over < policies->past_count && policies->past[over].sure_ns < sure_ns - POLICIES_PAST_NS)
        policies_drop(&policies->past[over++]);
    policies->past_count -= over;
    memmove(policies->past, policies->past + over, policies->past_count * sizeof *policies->past);
    if (policies->past_count == KERNEL_PAST_MAX) {
        policies->past[KERNEL_PAST_MAX - 1].sure_ns = sure_ns;
        policies_drop(&last);
        return;
    }
    policies->past[policies->past_count++] = last;
}

static struct spd *policies_build(const struct kernel_policies *policies, const struct esplain *esplain)
{
    struct spd *fresh = spd_create();
    size_t at = 0;
    bool good = fresh != NULL;
    for (const struct sa_policy_entry *entry; good && (entry = sa_table_next_policy(esplain->table, &at)) != NULL;)
        good = entry->record.event != SA_EVENT_DEFINE || spd_add(fresh, &entry->record.policy);
    for (size_t i = 0; good && i < policies->count; i++)
        good = spd_add(fresh, &policies->all[i]->policy);
    if (good) {
        spd_ready(fresh);
        return fresh;
    }
    spd_destroy(fresh);
    return NULL;
}

void kernel_policies_set_clock(struct kernel_policies *policies, int64_t step_ns)
{
    for (size_t i = 0; i < policies->past_count; i++) {
        step_move(&policies->past[i].from_ns, step_ns);
        step_move(&policies->past[i].sure_ns, step_ns);
    }
}

bool kernel_policies_use(struct kernel_policies *policies, struct esplain *esplain, int64_t from_ns, int64_t sure_ns)
{
    struct spd *fresh = policies_build(policies, esplain);
    struct kernel_policy **held = fresh != NULL ? malloc((policies->count + 1) * sizeof(struct kernel_policy *)) : NULL;
    if (held == NULL) {
        spd_destroy(fresh);
        return false;
    }
    for (size_t i = 0; i < policies->count; i++) {
        held[i] = policies->all[i];
        held[i]->users++;
    }
    policies_retire(policies, esplain, from_ns, sure_ns);
    esplain->spd = fresh;
    policies->held = held;
    policies->held_count = policies->count;
    policies->changed = false;
    policies->changes++;
    return true;
}

bool kernel_policies_check(const struct kernel_policies *policies, const struct spd *now, int64_t time_ns, const struct spd_flow *flow,
                           const struct spd_path *path, bool judge_policies, struct judgement *judgement)
{
    struct judgement before = *judgement, after;
    bool any = false, good = false;
    for (size_t i = 0; i <= policies->past_count; i++) {
        const struct kernel_past *past = i < policies->past_count ? &policies->past[i] : NULL;
        if (past != NULL && time_ns >= past->sure_ns)
            continue;
        after = before;
        bool passes = spd_check(past ? past->spd : now, flow, path, judge_policies, &after);
        if (any && (passes != good || after.verdict != judgement->verdict || after.cause != judgement->cause)) {
            *judgement = before;
            judgement->verdict = VERDICT_UNJUDGED;
            judgement->certainty = CERTAINTY_LIKELY;
            judgement->counter = COUNTER_NONE;
            judgement->cause = CAUSE_POLICY_CHANGED;
            return false;
        }
        if (!any)
            *judgement = after;
        good = passes;
        any = true;
        if (past == NULL || time_ns < past->from_ns)
            break;
    }
    return good;
}
