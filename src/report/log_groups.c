/* log_groups: entries put together through a table by what they have in common. */
#include "report/log_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/log.h"

static bool groups_together(const struct drop_report *a, const struct drop_report *b)
{
    return a->windows == b->windows && a->kind == b->kind && a->counter == b->counter && (a->windows || strcmp(a->event, b->event) == 0) &&
           addr_equal(&a->src, &b->src);
}

static uint64_t groups_hash(const struct hash_key *key, const struct drop_report *report)
{
    uint64_t event = report->windows ? 0 : hash_bytes(key, report->event, strlen(report->event));
    uint64_t code = (uint64_t)report->windows << 32 | (uint64_t)report->kind << 16 | report->counter;
    return hash_words(key, code, hash_bytes(key, report->src.bytes, 16), event);
}

static void groups_time(struct log_group *group, const struct book *book, const struct drop_time *time)
{
    int64_t ns;
    if (!book_time(book, time, &ns))
        return;
    if (!group->timed || ns < group->since_ns)
        group->since_ns = ns;
    if (!group->timed || ns > group->until_ns)
        group->until_ns = ns;
    group->zoned = (group->zoned || !group->timed) && time->zoned;
    group->timed = true;
}

static void groups_take(struct log_groups *groups, struct log_group *group, const struct book *book, uint32_t index)
{
    const struct book_entry *entry = book_at(book, index);
    if (group->entries++ == 0) {
        group->first = index;
        group->severity = log_severity(entry);
    } else {
        groups->next[group->last] = index;
    }
    group->last = index;
    groups->next[index] = LOG_GROUPS_END;
    group->packets += entry->packets;
    group->lines += entry->lines;
    group->looked += entry->match || entry->absence > BOOK_NO_CAPTURE;
    group->found += entry->match != NULL;
    group->at_least |= entry->report.limited != NULL;
    groups_time(group, book, &entry->report.time);
    groups_time(group, book, &entry->last_time);
}

static int groups_compare(const void *left, const void *right)
{
    const struct log_group *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->packets != b->packets)
        return a->packets > b->packets ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

bool log_groups_make(struct log_groups *groups, const struct book *book)
{
    uint32_t count = book_count(book), mask = 1;
    while (mask < 2 * count)
        mask = mask << 1 | 1;
    uint32_t *slots = calloc(mask + 1u, sizeof *slots); /* row + 1, 0 for none */
    struct hash_key key;
    *groups = (struct log_groups){ calloc(count + 1u, sizeof *groups->rows), 0, calloc(count + 1u, sizeof *groups->next) };
    if (slots == NULL || groups->rows == NULL || groups->next == NULL) {
        free(slots);
        log_groups_free(groups);
        return false;
    }
    hash_key_make(&key);
    for (uint32_t i = 0; i < count; i++) {
        const struct drop_report *report = &book_at(book, i)->report;
        uint32_t slot = (uint32_t)groups_hash(&key, report) & mask;
        while (slots[slot] != 0 && !groups_together(&book_at(book, groups->rows[slots[slot] - 1].first)->report, report))
            slot = (slot + 1) & mask;
        if (slots[slot] == 0)
            slots[slot] = ++groups->count;
        groups_take(groups, &groups->rows[slots[slot] - 1], book, i);
    }
    free(slots);
    qsort(groups->rows, groups->count, sizeof *groups->rows, groups_compare);
    return true;
}

static bool groups_alike(const struct book_entry *a, const struct book_entry *b)
{
    const struct drop_report *x = &a->report, *y = &b->report;
    const struct book_match *one = a->match, *other = b->match;
    return x->known & DROP_SEQ && x->known == y->known && x->spi == y->spi && x->proto == y->proto && addr_equal(&x->dst, &y->dst) &&
           strcmp(x->source, y->source) == 0 && strcmp(x->event, y->event) == 0 && x->file == y->file && x->doubt_count == y->doubt_count &&
           (one != NULL) == (other != NULL) && a->absence == b->absence &&
           (one == NULL || (one->verdict == other->verdict && one->certainty == other->certainty && one->cause == other->cause &&
                            one->agrees == other->agrees && one->frames[0].file == other->frames[0].file));
}

uint32_t log_groups_run(const struct log_groups *groups, const struct book *book, uint32_t from, struct log_run *run)
{
    *run = (struct log_run){ .first = book_at(book, from), .low = UINT32_MAX };
    do {
        const struct book_entry *entry = book_at(book, from);
        run->last = entry;
        run->entries++;
        run->packets += entry->packets;
        run->lines += entry->lines;
        run->matched += entry->match ? entry->match->packets : 0;
        run->low = entry->report.seq < run->low ? entry->report.seq : run->low;
        run->high = entry->report.seq > run->high ? entry->report.seq : run->high;
        from = groups->next[from];
    } while (from != LOG_GROUPS_END && groups_alike(run->first, book_at(book, from)));
    return from;
}

void log_groups_free(struct log_groups *groups)
{
    free(groups->rows);
    free(groups->next);
    *groups = (struct log_groups){ NULL, 0, NULL };
}
