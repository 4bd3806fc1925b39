/* ledger: a hash table over an array of findings. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/step.h"
#include "detect/finding.h"

#define LEDGER_SLOTS (LEDGER_MAX * 4)

struct ledger {
    struct hash_key key;
    struct finding **findings;
    uint32_t count, room;
    void (*watch)(void *context, const struct finding *finding, const struct place *place);
    void *watch_context;
    struct ledger_older *older;
    uint32_t older_count;
    bool clone;                   /* what is settled belongs to the other's findings */
    uint32_t slots[LEDGER_SLOTS]; /* index + 1; 0: free */
    struct finding nowhere;       /* memory ran out: counted for nobody */
};

struct ledger *ledger_create(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger != NULL)
        hash_key_make(&ledger->key);
    return ledger;
}

static void ledger_free(const struct ledger *ledger, struct finding *finding)
{
    if (!ledger->clone)
        finding_unsettle(finding);
    finding_clear(finding);
    free(finding);
}

void ledger_destroy(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    for (uint32_t i = 0; i < ledger->count; i++)
        ledger_free(ledger, ledger->findings[i]);
    finding_clear(&ledger->nowhere);
    free(ledger->findings);
    free(ledger->older);
    free(ledger);
}

void ledger_watch(struct ledger *ledger, void (*hit)(void *context, const struct finding *finding, const struct place *place),
                  void *context)
{
    ledger->watch = hit;
    ledger->watch_context = context;
}

uint32_t ledger_count(const struct ledger *ledger)
{
    return ledger->count;
}

struct finding *ledger_at(struct ledger *ledger, uint32_t index)
{
    return ledger->findings[index];
}

static bool subject_equal(const struct subject *a, const struct subject *b)
{
    return a->proto == b->proto && a->kind == b->kind && a->has_spi == b->has_spi && (!a->has_spi || a->spi == b->spi) &&
           addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst);
}

static uint64_t ledger_hash(const struct ledger *ledger, const struct condition *condition, enum cause cause,
                            const struct subject *subject)
{
    struct {
        uintptr_t condition;
        uint32_t cause, spi, kind;
        struct addr src, dst;
        uint8_t proto;
    } key;
    memset(&key, 0, sizeof key);
    key.condition = (uintptr_t)condition;
    key.cause = cause;
    key.spi = subject->has_spi ? subject->spi : 0;
    key.kind = subject->kind;
    key.src = subject->src;
    key.dst = subject->dst;
    key.proto = subject->proto;
    return hash_bytes(&ledger->key, &key, sizeof key);
}

static uint32_t *ledger_slot(struct ledger *ledger, const struct condition *condition, enum cause cause,
                             const struct subject *subject)
{
    for (uint64_t at = ledger_hash(ledger, condition, cause, subject);; at++) {
        uint32_t *slot = &ledger->slots[at % LEDGER_SLOTS];
        if (*slot == 0)
            return slot;
        const struct finding *finding = ledger->findings[*slot - 1];
        if (finding->condition == condition && finding->cause == cause && subject_equal(&finding->subject, subject))
            return slot;
    }
}

uint32_t ledger_of_pair(const struct ledger *ledger, const struct condition *condition, const struct subject *subject)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ledger->count; i++) {
        const struct finding *finding = ledger->findings[i];
        count += finding->condition == condition && addr_equal(&finding->subject.src, &subject->src) &&
                 addr_equal(&finding->subject.dst, &subject->dst);
    }
    return count;
}

static struct finding *ledger_new(struct ledger *ledger, uint32_t *slot, const struct condition *condition,
                                  enum cause cause, const struct subject *subject)
{
    if (ledger->count == ledger->room) {
        uint32_t room = ledger->room ? ledger->room * 2 : 16;
        struct finding **findings = realloc(ledger->findings, room * sizeof(struct finding *));
        if (findings == NULL)
            return NULL;
        ledger->findings = findings;
        ledger->room = room;
    }
    struct finding *finding = calloc(1, sizeof *finding);
    if (finding == NULL)
        return NULL;
    finding->condition = condition;
    finding->cause = (uint8_t)cause;
    finding->subject = *subject;
    finding->sa = finding->near = SADB_NONE;
    finding->certainty = CERTAINTY_CERTAIN;
    finding->index = ledger->count;
    ledger->findings[ledger->count++] = finding;
    *slot = ledger->count;
    return finding;
}

struct finding *ledger_hit(struct ledger *ledger, const struct condition *condition, enum cause cause,
                           const struct subject *subject, const struct place *place, bool *is_new)
{
    struct subject wide = { .src = subject->src, .dst = subject->dst, .proto = subject->proto };
    struct subject none = { 0 };
    uint32_t *slot = ledger_slot(ledger, condition, cause, subject);
    *is_new = false;
    bool merged = false, many = subject->has_spi || subject->kind != 0;
    if (*slot == 0) {
        /* one flood must not fill the ledger, nor make each packet walk it */
        uint32_t *wide_slot = ledger_slot(ledger, condition, cause, &wide);
        if (ledger->count >= LEDGER_MAX) {
            merged = true;
        } else if (many && *wide_slot != 0) {
            slot = wide_slot;
            merged = true;
        } else if (many && ledger_of_pair(ledger, condition, subject) >= LEDGER_PER_PAIR) {
            slot = wide_slot;
            subject = &wide;
            merged = true;
        }
        if (*slot == 0 && ledger->count >= LEDGER_MAX) {
            slot = ledger_slot(ledger, condition, CAUSE_NONE, &none);
            subject = &none;
            cause = CAUSE_NONE;
            merged = true;
            if (*slot == 0 && ledger->count >= LEDGER_MAX + 512)
                return &ledger->nowhere;
        }
    }
    struct finding *finding = *slot ? ledger->findings[*slot - 1] : NULL;
    if (finding == NULL) {
        finding = ledger_new(ledger, slot, condition, cause, subject);
        if (finding == NULL)
            return &ledger->nowhere;
        finding->first = *place;
        *is_new = true;
    }
    if (ledger->clone)
        finding->settled = NULL;
    else
        finding_unsettle(finding);
    finding->merged += merged;
    finding->count++;
    finding->last = *place;
    if (ledger->watch)
        ledger->watch(ledger->watch_context, finding, place);
    return finding;
}

struct ledger *ledger_clone(const struct ledger *ledger)
{
    struct ledger *clone = calloc(1, sizeof *clone);
    if (clone == NULL)
        return NULL;
    clone->key = ledger->key;
    clone->clone = true;
    clone->older = malloc((ledger->older_count + 1) * sizeof *clone->older);
    if (clone->older != NULL && ledger->older_count)
        memcpy(clone->older, ledger->older, ledger->older_count * sizeof *clone->older);
    clone->older_count = clone->older ? ledger->older_count : 0;
    memcpy(clone->slots, ledger->slots, sizeof clone->slots);
    clone->room = ledger->count + 16;
    clone->findings = calloc(clone->room, sizeof(struct finding *));
    for (; clone->findings != NULL && clone->count < ledger->count; clone->count++) {
        struct finding *finding = malloc(sizeof *finding);
        if (finding == NULL)
            break;
        finding_copy(finding, ledger->findings[clone->count]);
        clone->findings[clone->count] = finding;
    }
    if (clone->findings != NULL && clone->count == ledger->count)
        return clone;
    ledger_destroy(clone);
    return NULL;
}

/* The row of that condition and severity; NULL: no memory. */
static struct ledger_older *ledger_older_row(struct ledger *ledger, const struct condition *condition, uint8_t severity)
{
    for (uint32_t i = 0; i < ledger->older_count; i++)
        if (ledger->older[i].condition == condition && ledger->older[i].severity == severity)
            return &ledger->older[i];
    struct ledger_older *older = realloc(ledger->older, (ledger->older_count + 1) * sizeof *older);
    if (older == NULL)
        return NULL;
    ledger->older = older;
    older[ledger->older_count] = (struct ledger_older){ .condition = condition, .severity = severity, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
    return &older[ledger->older_count++];
}

static void ledger_count_older(struct ledger *ledger, const struct finding *finding)
{
    const struct finding *concluded = finding->settled ? finding->settled : finding;
    struct ledger_older *older = ledger_older_row(ledger, finding->condition, concluded->severity);
    if (finding->share)
        --*finding->share;
    if (older == NULL)
        return;
    older->findings++;
    older->count += finding->count;
    older->metered += finding->told.metered;
    if (finding->first.time_ns < older->first_ns)
        older->first_ns = finding->first.time_ns;
    if (finding->last.time_ns > older->last_ns)
        older->last_ns = finding->last.time_ns;
}

void ledger_leave(struct ledger *ledger, const bool *gone)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ledger->count; i++) {
        struct finding *finding = ledger->findings[i];
        if (gone[i]) {
            ledger_count_older(ledger, finding);
            ledger_free(ledger, finding);
        } else {
            finding->index = kept;
            ledger->findings[kept++] = finding;
        }
    }
    ledger->count = kept;
    memset(ledger->slots, 0, sizeof ledger->slots);
    for (uint32_t i = 0; i < kept; i++) {
        const struct finding *finding = ledger->findings[i];
        *ledger_slot(ledger, finding->condition, finding->cause, &finding->subject) = i + 1;
    }
}

void ledger_set_clock(struct ledger *ledger, int64_t step_ns)
{
    for (uint32_t i = 0; i < ledger->count; i++) {
        finding_set_clock(ledger->findings[i], step_ns);
        if (ledger->findings[i]->settled)
            finding_set_clock(ledger->findings[i]->settled, step_ns);
    }
    for (uint32_t i = 0; i < ledger->older_count; i++) {
        step_move(&ledger->older[i].first_ns, step_ns);
        step_move(&ledger->older[i].last_ns, step_ns);
    }
}

uint32_t ledger_older_count(const struct ledger *ledger)
{
    return ledger->older_count;
}

struct ledger_older *ledger_older_at(struct ledger *ledger, uint32_t index)
{
    return &ledger->older[index];
}

struct finding *ledger_find(struct ledger *ledger, const struct finding *like)
{
    uint32_t *slot = ledger_slot(ledger, like->condition, like->cause, &like->subject);
    return *slot ? ledger->findings[*slot - 1] : NULL;
}
