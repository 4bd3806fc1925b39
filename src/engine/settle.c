/* settle: the sweep over the ledger. */
#include "engine/settle.h"

#include <stdlib.h>

/* How many sweeps it has not counted. */
static uint32_t settle_quiet(struct finding *finding)
{
    if (finding->count != finding->aged_count) {
        finding->aged_count = finding->count;
        finding->quiet = 0;
    } else if (finding->quiet < UINT32_MAX) {
        finding->quiet++;
    }
    return finding->quiet;
}

static bool settle_is_told(const struct finding *finding)
{
    return finding->told.count >= finding->count;
}

static int settle_compare(const void *left, const void *right)
{
    const struct finding *const *a = left, *const *b = right;
    if ((*a)->quiet != (*b)->quiet)
        return (*a)->quiet > (*b)->quiet ? -1 : 1;
    return ((*a)->index > (*b)->index) - ((*a)->index < (*b)->index);
}

/* Of too many findings, `excess` of those that are quiet longest leave; returns how many do. */
static uint32_t settle_crowd(struct ledger *ledger, uint32_t excess, bool *gone)
{
    uint32_t count = 0, left = 0;
    struct finding **quiet = malloc((size_t)ledger_count(ledger) * sizeof(struct finding *));
    if (quiet == NULL)
        return 0;
    for (uint32_t i = 0; i < ledger_count(ledger); i++) {
        struct finding *finding = ledger_at(ledger, i);
        if (!gone[i] && finding->quiet >= SETTLE_SWEEPS_CROWDED && settle_is_told(finding))
            quiet[count++] = finding;
    }
    qsort(quiet, count, sizeof(struct finding *), settle_compare);
    for (; left < count && left < excess; left++)
        gone[quiet[left]->index] = true;
    free(quiet);
    return left;
}

/* Fills `gone`; returns how many leave. */
static uint32_t settle_look(struct esplain *esplain, bool *gone)
{
    struct ledger *ledger = esplain->detect.ledger;
    uint32_t count = 0;
    for (uint32_t i = 0; i < ledger_count(ledger); i++) {
        struct finding *finding = ledger_at(ledger, i);
        uint32_t quiet = settle_quiet(finding);
        if (quiet >= SETTLE_SWEEPS && finding->settled == NULL)
            detect_settle(&esplain->detect, finding);
        gone[i] = quiet >= SETTLE_SWEEPS_LEAVE && settle_is_told(finding);
        count += gone[i];
    }
    uint32_t stay = ledger_count(ledger) - count;
    return count + (stay > SETTLE_CROWDED ? settle_crowd(ledger, stay - SETTLE_CROWDED, gone) : 0);
}

uint32_t settle_sweep(struct esplain *esplain, struct news *news)
{
    struct ledger *ledger = esplain->detect.ledger;
    uint32_t count = ledger_count(ledger), seen = news->seen;
    bool *gone = calloc((size_t)count + 1, sizeof *gone);
    uint32_t left = gone ? settle_look(esplain, gone) : 0;
    for (uint32_t i = 0; left > 0 && i < count; i++) {
        struct finding *finding = ledger_at(ledger, i);
        if (gone[i] && finding->settled == NULL)
            detect_settle(&esplain->detect, finding);
        news->seen -= gone[i] && i < seen;
    }
    if (left > 0)
        ledger_leave(ledger, gone);
    free(gone);
    return left;
}
