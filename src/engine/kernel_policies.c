/* kernel_policies: the kernel's policies as they are now, and the SPD made of them and of the files'. */
#include <stdlib.h>
#include <string.h>

#include "engine/kernel.h"

static bool policies_same(const struct policy *a, const struct policy *b)
{
    if (a->index != 0 && b->index != 0)
        return a->index == b->index;
    return a->direction == b->direction && a->mark == b->mark && a->if_id == b->if_id && addr_equal(&a->selector.src.addr, &b->selector.src.addr) &&
           addr_equal(&a->selector.dst.addr, &b->selector.dst.addr) && a->selector.src.bits == b->selector.src.bits &&
           a->selector.dst.bits == b->selector.dst.bits && a->selector.proto == b->selector.proto;
}

static void policies_remove(struct kernel_policies *policies, const struct policy *gone)
{
    for (size_t i = 0; i < policies->count; i++)
        if (policies_same(policies->all[i], gone)) {
            free(policies->all[i]);
            policies->all[i] = policies->all[--policies->count];
            policies->changed = true;
            return;
        }
}

void kernel_policies_clear(struct kernel_policies *policies)
{
    for (size_t i = 0; i < policies->count; i++)
        free(policies->all[i]);
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
    policies_remove(policies, &record->policy);
    if (record->event == SA_EVENT_DELETE || policies->count >= SA_TABLE_POLICIES_MAX)
        return;
    if (policies->count == policies->room) {
        size_t room = policies->room ? policies->room * 2 : 16;
        struct policy **all = realloc(policies->all, room * sizeof(struct policy *));
        if (all == NULL)
            return;
        policies->all = all;
        policies->room = room;
    }
    struct policy *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return;
    *copy = record->policy;
    policies->all[policies->count++] = copy;
    policies->changed = true;
}

bool kernel_policies_use(struct kernel_policies *policies, struct esplain *esplain)
{
    struct spd *fresh = spd_create();
    size_t at = 0;
    bool good = fresh != NULL;
    for (const struct sa_policy_entry *entry; good && (entry = sa_table_next_policy(esplain->table, &at)) != NULL;)
        good = entry->record.event != SA_EVENT_DEFINE || spd_add(fresh, &entry->record.policy);
    for (size_t i = 0; good && i < policies->count; i++)
        good = spd_add(fresh, policies->all[i]);
    if (!good) {
        spd_destroy(fresh);
        return false;
    }
    spd_ready(fresh);
    spd_destroy(esplain->spd);
    esplain->spd = fresh;
    policies->changed = false;
    return true;
}
