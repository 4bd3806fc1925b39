/* book: drop reports gathered and matched. */
#include "report/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/hash.h"
#include "catalogue/windows.h"

#define BOOK_SLOTS (BOOK_ENTRIES_MAX * 2)
#define BOOK_NONE UINT32_MAX
#define BOOK_VOTES_MAX 65536u
#define BOOK_FIRM 3u              /* so many times that agree are no accident */
#define BOOK_ABSENT_MAX 256u      /* entries whose absence is looked into with the SA table */
#define BOOK_SLACK_NS (60 * 1000000000LL)
#define BOOK_ZONES_NS (14 * 3600 * 1000000000LL) /* a local clock may differ by as much */

struct book_vote {
    int64_t delta;
    uint32_t id; /* entry and time: each votes once for an offset */
    uint16_t file;
    bool single; /* the report fits no other packet */
};

struct book {
    struct hash_key key;
    struct book_entry *entries;
    uint32_t count, room;
    uint32_t bare[BOOK_BARE_MAX], bare_count;
    uint32_t same[BOOK_SLOTS];   /* entries by what they say: index + 1, 0 for none */
    uint32_t by_spi[BOOK_SLOTS]; /* first link (entry * 2 + which SPI) + 1 */
    uint64_t refused;
    uint32_t logs;             /* files that reports were from */
    struct book_clock *clocks; /* by log; NULL before they were looked for */
    bool year_known;
    int64_t first_ns, last_ns;
};

struct book *book_create(struct error *error)
{
    struct book *book = calloc(1, sizeof *book);
    if (book == NULL)
        error_set(error, "out of memory for drop reports");
    else
        hash_key_make(&book->key);
    return book;
}

void book_destroy(struct book *book)
{
    if (book == NULL)
        return;
    for (uint32_t i = 0; i < book->count; i++)
        free(book->entries[i].match);
    free(book->entries);
    free(book->clocks);
    free(book);
}

uint32_t book_count(const struct book *book)
{
    return book->count;
}

const struct book_entry *book_at(const struct book *book, uint32_t index)
{
    return &book->entries[index];
}

uint64_t book_refused(const struct book *book)
{
    return book->refused;
}

static bool book_same(const struct drop_report *a, const struct drop_report *b)
{
    uint32_t told = DROP_ALL & ~(uint32_t)DROP_TIME;
    return a->source == b->source && a->event == b->event && a->kind == b->kind && a->windows == b->windows && a->counter == b->counter &&
           (a->known & told) == (b->known & told) && a->spi == b->spi && a->seq == b->seq && a->proto == b->proto &&
           addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst) && a->other_spi == b->other_spi && a->out_spi == b->out_spi;
}

static uint32_t book_slot(const struct book *book, uint64_t hash)
{
    (void)book;
    return (uint32_t)(hash & (BOOK_SLOTS - 1));
}

static uint32_t book_spi_slot(const struct book *book, uint32_t spi)
{
    return book_slot(book, hash_words(&book->key, spi, 1, 2));
}

static uint64_t book_hash(const struct book *book, const struct drop_report *report)
{
    uint64_t ends = hash_bytes(&book->key, report->src.bytes, 16) ^ (hash_bytes(&book->key, report->dst.bytes, 16) << 1);
    return hash_words(&book->key, (uint64_t)report->spi << 32 | report->seq, ends, (uint64_t)(uintptr_t)report->event);
}

static struct book_entry *book_new(struct book *book)
{
    if (book->count == BOOK_ENTRIES_MAX)
        return NULL;
    if (book->count == book->room) {
        uint32_t room = book->room ? book->room * 2 : 64;
        struct book_entry *entries = realloc(book->entries, room * sizeof *entries);
        if (entries == NULL)
            return NULL;
        book->entries = entries;
        book->room = room;
    }
    return &book->entries[book->count++];
}

static void book_link(struct book *book, uint32_t index, unsigned which, uint32_t spi)
{
    uint32_t slot = book_spi_slot(book, spi);
    book->entries[index].chain[which] = book->by_spi[slot];
    book->by_spi[slot] = index * 2 + which + 1;
}

static bool book_is_drop(const struct drop_report *report)
{
    return report->kind == DROP_PACKET || report->kind == DROP_TOTAL;
}

/* The entry that says the same, made if there is none; NULL where there is no room. */
static struct book_entry *book_entry(struct book *book, const struct drop_report *report)
{
    uint32_t slot = book_slot(book, book_hash(book, report));
    for (; book->same[slot] != 0; slot = (slot + 1) & (BOOK_SLOTS - 1))
        if (book_same(&book->entries[book->same[slot] - 1].report, report))
            return &book->entries[book->same[slot] - 1];
    struct book_entry *entry = book_new(book);
    if (entry == NULL)
        return NULL;
    uint32_t index = book->count - 1;
    *entry = (struct book_entry){ .report = *report, .absence = BOOK_NO_CAPTURE };
    book->same[slot] = book->count;
    if (book_is_drop(report) && report->known & DROP_SPI) {
        book_link(book, index, 0, report->spi);
        if (report->other_spi_known && report->other_spi != report->spi)
            book_link(book, index, 1, report->other_spi);
    } else if (book_is_drop(report) && report->windows && book->bare_count < BOOK_BARE_MAX) {
        book->bare[book->bare_count++] = index;
    }
    return entry;
}

void book_add(struct book *book, const struct drop_report *report)
{
    struct book_entry *entry = book_entry(book, report);
    if (report->file >= book->logs)
        book->logs = report->file + 1u;
    if (entry == NULL) {
        book->refused++;
        return;
    }
    entry->lines++;
    entry->packets += report->count;
    entry->last_line = report->line;
    entry->last_file = report->file;
    entry->last_time = report->time;
    memcpy(entry->last_stamp, report->stamp, sizeof entry->last_stamp);
    if (report->time.known && entry->time_count < BOOK_TIMES) {
        entry->time_files[entry->time_count] = report->file;
        entry->times[entry->time_count++] = report->time;
    }
}

static void book_hit(struct book_entry *entry, const struct frame *frame, const struct judgement *judgement)
{
    bool agrees = entry->report.windows && verdict_row(judgement->verdict)->windows == entry->report.windows;
    if (entry->match == NULL && (entry->match = calloc(1, sizeof *entry->match)) == NULL)
        return;
    struct book_match *match = entry->match;
    if (match->agrees && !agrees)
        return;
    if (agrees && !match->agrees)
        *match = (struct book_match){ .agrees = true };
    if (match->packets++ == 0) {
        match->verdict = judgement->verdict;
        match->cause = judgement->cause;
        match->certainty = judgement->certainty;
    }
    match->last = (struct place){ frame->file, frame->number, frame->time_ns };
    if (match->kept < BOOK_FRAMES)
        match->frames[match->kept++] = match->last;
}

static bool book_ends(const struct drop_report *report, const struct layer *layer)
{
    return (!(report->known & DROP_SRC) || addr_equal(&report->src, &layer->ip.src)) &&
           (!(report->known & DROP_DST) || addr_equal(&report->dst, &layer->ip.dst));
}

static void book_compare(struct book_entry *entry, const struct frame *frame, const struct layer *layer,
                         const struct judgement *judgement)
{
    const struct drop_report *report = &entry->report;
    uint8_t proto = layer->kind == LAYER_AH ? 51 : 50;
    if (!book_ends(report, layer)) {
        if (!entry->spi_elsewhere) {
            entry->other_src = layer->ip.src;
            entry->other_dst = layer->ip.dst;
        }
        entry->spi_elsewhere = true;
        return;
    }
    entry->spi_here = true;
    if ((!(report->known & DROP_PROTO) || report->proto == proto) && (!(report->known & DROP_SEQ) || report->seq == layer->seq))
        book_hit(entry, frame, judgement);
}

void book_packet(struct book *book, const struct frame *frame, const struct layer *layer, const struct judgement *judgement)
{
    bool ipsec = layer->kind == LAYER_ESP || layer->kind == LAYER_AH;
    uint32_t link = ipsec ? book->by_spi[book_spi_slot(book, layer->spi)] : 0;
    while (link != 0) {
        struct book_entry *entry = &book->entries[(link - 1) / 2];
        unsigned which = (link - 1) % 2;
        if ((which == 0 ? entry->report.spi : entry->report.other_spi) == layer->spi)
            book_compare(entry, frame, layer, judgement);
        link = entry->chain[which];
    }
    const struct verdict_row *row = verdict_row(judgement->verdict);
    for (uint32_t i = 0; row->refused && i < book->bare_count; i++) {
        struct book_entry *entry = &book->entries[book->bare[i]];
        if (entry->report.windows == row->windows && book_ends(&entry->report, layer) &&
            (!(entry->report.known & DROP_SEQ) || entry->report.seq == layer->seq))
            book_hit(entry, frame, judgement);
    }
}

/* A time of DROP_YEAR in the year that brings it nearest to the capture's end. */
static int64_t book_dated(const struct book *book, int64_t ns)
{
    char text[STAMP_TEXT_MAX], wanted[STAMP_TEXT_MAX];
    int64_t best = ns, dated;
    stamp_print(ns, text);
    stamp_print(book->last_ns, wanted);
    struct span year = { wanted, 4 };
    int64_t number = 0;
    calendar_digits(&year, 4, 4, &number);
    for (int64_t near = number - 1; near <= number + 1; near++) {
        for (unsigned i = 0; i < 4; i++)
            text[i] = (char)('0' + near / (i == 0 ? 1000 : i == 1 ? 100 : i == 2 ? 10 : 1) % 10);
        struct span rest = { text, strlen(text) };
        if (calendar_iso(&rest, &dated) && (best == ns || llabs(dated - book->last_ns) < llabs(best - book->last_ns)))
            best = dated;
    }
    return best;
}

bool book_time(const struct book *book, const struct drop_time *time, int64_t *ns)
{
    if (!time->known || (!time->dated && !book->year_known))
        return false;
    *ns = time->dated ? time->ns : book_dated(book, time->ns);
    return true;
}

static int book_vote_compare(const void *left, const void *right)
{
    const struct book_vote *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->delta != b->delta)
        return a->delta < b->delta ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static uint32_t book_votes(const struct book *book, struct book_vote *votes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < book->count; i++) {
        const struct book_entry *entry = &book->entries[i];
        for (unsigned t = 0; entry->match && entry->report.kind == DROP_PACKET && t < entry->time_count; t++)
            for (unsigned f = 0; f < entry->match->kept && count < BOOK_VOTES_MAX; f++) {
                int64_t ns;
                if (book_time(book, &entry->times[t], &ns))
                    votes[count++] = (struct book_vote){ ns - entry->match->frames[f].time_ns, i * BOOK_TIMES + t, entry->time_files[t],
                                                         entry->match->packets == 1 };
            }
    }
    return count;
}

/* How far a difference is from one that a time zone makes. */
static int64_t book_odd(int64_t offset_ns)
{
    int64_t quarter = 900 * 1000000000LL, rest = llabs(offset_ns % quarter);
    return rest < quarter - rest ? rest : quarter - rest;
}

/*
 * Of each log the window of BOOK_CLOCK_NS that most times vote for; of several the one that is nearest to none, or to a time zone. `inside` counts votes by id:
 * zeros before and after.
 */
static void book_sweep(struct book *book, const struct book_vote *votes, uint32_t count, uint16_t *inside)
{
    uint32_t from = 0, distinct = 0, single = 0;
    for (uint32_t to = 0; to <= count; to++) {
        while (from < to && (to == count || votes[to].file != votes[from].file || votes[to].delta - votes[from].delta > BOOK_CLOCK_NS)) {
            single -= votes[from].single;
            distinct -= --inside[votes[from++].id] == 0;
        }
        if (to == count)
            return;
        single += votes[to].single;
        distinct += inside[votes[to].id]++ == 0;
        struct book_clock *clock = &book->clocks[votes[to].file];
        int64_t middle = votes[from + (to - from) / 2].delta;
        if (distinct > clock->votes || (distinct == clock->votes && book_odd(middle) < book_odd(clock->offset_ns)))
            *clock = (struct book_clock){ middle, distinct, single > 0 || distinct >= BOOK_FIRM, from, to + 1 };
    }
}

/* A report that fits many packets votes for many differences; where some fit one packet alone, the middle of those is the clock's. */
static void book_refine(struct book_clock *clock, const struct book_vote *votes)
{
    uint32_t singles = 0, at = 0;
    for (uint32_t i = clock->from; i < clock->to; i++)
        singles += votes[i].single;
    for (uint32_t i = clock->from; i < clock->to; i++)
        if (votes[i].single && at++ == singles / 2)
            clock->offset_ns = votes[i].delta;
}

static void book_clocks(struct book *book)
{
    struct book_vote *votes = calloc(BOOK_VOTES_MAX, sizeof *votes);
    uint16_t *inside = calloc(BOOK_ENTRIES_MAX * BOOK_TIMES, sizeof *inside);
    uint32_t count = votes && inside ? book_votes(book, votes) : 0;
    free(book->clocks);
    book->clocks = calloc(book->logs + 1u, sizeof *book->clocks);
    if (count > 0 && book->clocks) {
        qsort(votes, count, sizeof *votes, book_vote_compare);
        book_sweep(book, votes, count, inside);
        for (uint32_t log = 0; log < book->logs; log++)
            book_refine(&book->clocks[log], votes);
    }
    free(votes);
    free(inside);
}

uint32_t book_logs(const struct book *book)
{
    return book->logs;
}

const struct book_clock *book_clock(const struct book *book, uint16_t file)
{
    return book->clocks && file < book->logs && book->clocks[file].votes > 0 ? &book->clocks[file] : NULL;
}

static void book_span(struct book *book, int64_t first_ns, int64_t last_ns)
{
    book->year_known = true;
    book->first_ns = first_ns;
    book->last_ns = last_ns;
}

void book_tie(struct book *book, int64_t first_ns, int64_t last_ns)
{
    book_span(book, first_ns, last_ns);
    book_clocks(book);
    for (uint32_t i = 0; i < book->count; i++) {
        free(book->entries[i].match);
        book->entries[i].match = NULL;
        book->entries[i].spi_here = book->entries[i].spi_elsewhere = false;
    }
}

/* Is IPsec between the report's addresses in the capture? */
static bool book_pair_seen(struct sadb *db, const struct drop_report *report)
{
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        if (sa->first_frame != 0 && (!(report->known & DROP_SRC) || addr_equal(&report->src, &sa->src)) &&
            (!(report->known & DROP_DST) || addr_equal(&report->dst, &sa->dst)))
            return true;
    }
    return false;
}

static enum book_absence book_absence(const struct book *book, struct sadb *db, const struct book_entry *entry, bool look)
{
    const struct drop_report *report = &entry->report;
    const struct book_clock *clock = book_clock(book, report->file);
    int64_t ns, slack = BOOK_SLACK_NS + (clock || report->time.zoned ? 0 : BOOK_ZONES_NS);
    int64_t offset = clock ? clock->offset_ns : 0;
    if (!(report->known & DROP_SPI) && !report->windows)
        return BOOK_NOTHING_TOLD;
    if (entry->spi_here)
        return BOOK_OTHER_PACKETS;
    if (entry->spi_elsewhere)
        return BOOK_OTHER_ADDRESS;
    if (book_time(book, &report->time, &ns) && (ns - offset < book->first_ns - slack || ns - offset > book->last_ns + slack))
        return BOOK_OTHER_TIME;
    return look && book_pair_seen(db, report) ? BOOK_OTHER_SPI : BOOK_NO_PEER;
}

void book_conclude(struct book *book, struct sadb *db, bool read, int64_t first_ns, int64_t last_ns)
{
    uint32_t looked = 0;
    if (!read)
        return;
    book_span(book, first_ns, last_ns);
    book_clocks(book);
    for (uint32_t i = 0; i < book->count; i++) {
        struct book_entry *entry = &book->entries[i];
        if (entry->match)
            entry->absence = BOOK_MATCHED;
        else if (book_is_drop(&entry->report))
            entry->absence = (uint8_t)book_absence(book, db, entry, looked++ < BOOK_ABSENT_MAX);
    }
}
