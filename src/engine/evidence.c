/* evidence: frames with a count of the findings that name them, and a short list of frames for each finding. */
#include "engine/evidence.h"

#include <stdlib.h>
#include <string.h>

#define EVIDENCE_NONE UINT32_MAX
#define EVIDENCE_ROW 64u /* bookkeeping of a frame, counted as room too */

struct evidence_kept {
    struct frame frame;   /* with bytes of our own */
    uint32_t references;  /* findings that name it; 0: free */
    uint32_t next_free;
};

struct evidence_list {
    uint32_t kept[EVIDENCE_EACH];
    uint32_t count;
};

struct evidence {
    struct evidence_kept *kept;
    struct evidence_list *lists; /* by index in the ledger */
    uint32_t count, room, free, list_count;
    uint64_t bytes, refused;
    const struct frame *frame;   /* looked at */
    uint32_t current;            /* where it is kept, or EVIDENCE_NONE */
};

struct evidence *evidence_create(void)
{
    struct evidence *evidence = calloc(1, sizeof *evidence);
    if (evidence != NULL)
        evidence->free = evidence->current = EVIDENCE_NONE;
    return evidence;
}

void evidence_destroy(struct evidence *evidence)
{
    if (evidence == NULL)
        return;
    for (uint32_t i = 0; i < evidence->count; i++)
        if (evidence->kept[i].references > 0)
            free((void *)(uintptr_t)evidence->kept[i].frame.bytes);
    free(evidence->kept);
    free(evidence->lists);
    free(evidence);
}

void evidence_look(struct evidence *evidence, const struct frame *frame)
{
    evidence->frame = frame;
    evidence->current = EVIDENCE_NONE;
}

static struct evidence_list *evidence_list(struct evidence *evidence, uint32_t finding)
{
    if (finding >= evidence->list_count) {
        uint32_t count = finding < 32 ? 64 : finding * 2;
        struct evidence_list *lists = realloc(evidence->lists, count * sizeof *lists);
        if (lists == NULL)
            return NULL;
        memset(lists + evidence->list_count, 0, (count - evidence->list_count) * sizeof *lists);
        evidence->lists = lists;
        evidence->list_count = count;
    }
    return &evidence->lists[finding];
}

static void evidence_forget(struct evidence *evidence, uint32_t index)
{
    struct evidence_kept *kept = &evidence->kept[index];
    if (--kept->references > 0)
        return;
    evidence->bytes -= kept->frame.captured + EVIDENCE_ROW;
    free((void *)(uintptr_t)kept->frame.bytes);
    kept->frame.bytes = NULL;
    kept->next_free = evidence->free;
    evidence->free = index;
}

/* A row for one more frame, not yet in use. */
static uint32_t evidence_row(struct evidence *evidence)
{
    if (evidence->free != EVIDENCE_NONE) {
        uint32_t index = evidence->free;
        evidence->free = evidence->kept[index].next_free;
        return index;
    }
    if (evidence->count == evidence->room) {
        uint32_t room = evidence->room ? evidence->room * 2 : 64;
        struct evidence_kept *kept = realloc(evidence->kept, room * sizeof *kept);
        if (kept == NULL)
            return EVIDENCE_NONE;
        evidence->kept = kept;
        evidence->room = room;
    }
    return evidence->count++;
}

/* The frame that is looked at, kept once more. */
static uint32_t evidence_keep(struct evidence *evidence)
{
    if (evidence->current != EVIDENCE_NONE && evidence->kept[evidence->current].references > 0) {
        evidence->kept[evidence->current].references++;
        return evidence->current;
    }
    const struct frame *frame = evidence->frame;
    uint64_t needed = (uint64_t)frame->captured + EVIDENCE_ROW;
    uint8_t *bytes = evidence->bytes + needed <= EVIDENCE_BYTES ? malloc(frame->captured + 1u) : NULL;
    uint32_t index = bytes != NULL ? evidence_row(evidence) : EVIDENCE_NONE;
    if (index == EVIDENCE_NONE) {
        free(bytes);
        return EVIDENCE_NONE;
    }
    if (frame->captured > 0)
        memcpy(bytes, frame->bytes, frame->captured);
    evidence->kept[index] = (struct evidence_kept){ .frame = *frame, .references = 1 };
    evidence->kept[index].frame.bytes = bytes;
    evidence->bytes += needed;
    return evidence->current = index;
}

/* In the list's next place, or in its last one when it is full. */
static bool evidence_enter(struct evidence *evidence, struct evidence_list *list)
{
    uint32_t most = evidence->bytes > EVIDENCE_BYTES / 2 ? 2 : EVIDENCE_EACH;
    if (list->count > 0 && evidence->current != EVIDENCE_NONE && list->kept[list->count - 1] == evidence->current)
        return true; /* this frame counts twice for this finding */
    if (list->count >= most)
        evidence_forget(evidence, list->kept[--list->count]);
    uint32_t index = evidence_keep(evidence);
    if (index == EVIDENCE_NONE) {
        evidence->refused++;
        return false;
    }
    list->kept[list->count++] = index;
    return true;
}

void evidence_hit(void *context, const struct finding *finding, const struct place *place)
{
    struct evidence *evidence = context;
    const struct frame *frame = evidence->frame;
    if (frame == NULL || frame->number != place->frame || frame->file != place->file)
        return; /* a finding about the past */
    struct evidence_list *list = evidence_list(evidence, finding->index);
    if (list == NULL)
        evidence->refused++;
    else
        evidence_enter(evidence, list);
}

static bool evidence_has(const struct evidence *evidence, uint32_t finding, const struct place *place)
{
    if (finding >= evidence->list_count)
        return false;
    const struct evidence_list *list = &evidence->lists[finding];
    for (uint32_t i = 0; i < list->count; i++) {
        const struct frame *frame = &evidence->kept[list->kept[i]].frame;
        if (frame->number == place->frame && frame->file == place->file)
            return true;
    }
    return false;
}

static int evidence_compare(const void *left, const void *right)
{
    const struct evidence_pair *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->finding > b->finding) - (a->finding < b->finding);
}

uint32_t evidence_wants(const struct evidence *evidence, struct ledger *ledger, struct evidence_pair **wants)
{
    uint32_t count = 0, findings = ledger_count(ledger);
    struct evidence_pair *rows = calloc((size_t)findings * 2 + 1, sizeof *rows);
    for (uint32_t i = 0; rows != NULL && i < findings; i++) {
        const struct finding *finding = ledger_at(ledger, i);
        const struct place *places[2] = { &finding->first, &finding->last };
        bool same = finding->first.frame == finding->last.frame && finding->first.file == finding->last.file;
        for (unsigned k = 0; k < (same ? 1u : 2u); k++)
            if (places[k]->frame != 0 && !evidence_has(evidence, i, places[k]))
                rows[count++] = (struct evidence_pair){ NULL, places[k]->file, places[k]->frame, places[k]->time_ns, i };
    }
    if (count > 0)
        qsort(rows, count, sizeof *rows, evidence_compare);
    else
        free(rows);
    *wants = count > 0 ? rows : NULL;
    return count;
}

bool evidence_give(struct evidence *evidence, uint32_t finding)
{
    struct evidence_list *list = evidence_list(evidence, finding);
    uint32_t index = list != NULL ? evidence_keep(evidence) : EVIDENCE_NONE;
    if (index == EVIDENCE_NONE)
        return false;
    if (list->count == EVIDENCE_EACH) { /* neither the first nor the newest goes */
        evidence_forget(evidence, list->kept[1]);
        list->kept[1] = index;
    } else {
        list->kept[list->count++] = index;
    }
    return true;
}

uint32_t evidence_pairs(const struct evidence *evidence, struct evidence_pair **pairs)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < evidence->list_count; i++)
        count += evidence->lists[i].count;
    struct evidence_pair *rows = calloc((size_t)count + 1, sizeof *rows);
    *pairs = rows;
    if (rows == NULL)
        return 0;
    count = 0;
    for (uint32_t i = 0; i < evidence->list_count; i++)
        for (uint32_t k = 0; k < evidence->lists[i].count; k++) {
            const struct frame *frame = &evidence->kept[evidence->lists[i].kept[k]].frame;
            rows[count++] = (struct evidence_pair){ frame, frame->file, frame->number, frame->time_ns, i };
        }
    qsort(rows, count, sizeof *rows, evidence_compare);
    return count;
}

uint64_t evidence_refused(const struct evidence *evidence)
{
    return evidence->refused;
}
