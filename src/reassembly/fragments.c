/*
 * fragments: the table of open datagrams, what bounds it, and what is told of those given up.
 *
 * Theory of operation. Datagrams live in a fixed array, found through chains of a keyed hash and aged in two lists, because IPv4 and IPv6
 * wait differently long; each list is in the order of first pieces. Room is made before a piece is taken: the oldest datagram goes, whichever
 * list heads it. What was given up waits in a ring until fragments_expire tells of it; when the ring is full the oldest report is lost and counted.
 *
 * IPv4 identifications wrap: at ten thousand datagrams a second, the number comes again after seven seconds, while the pieces of one that
 * lost its rest still wait for thirty. Joining those would make a packet that nobody sent. As Linux does (ipfrag_max_dist), a datagram
 * begins anew when more than 64 other fragments of its source came since its last piece.
 */
#include "reassembly/fragments.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/step.h"
#include "reassembly/datagram.h"

#define NONE UINT16_MAX
#define DISTANCE_MAX 64u /* Linux: net.ipv4.ipfrag_max_dist */

enum { FAMILY_IP4, FAMILY_IP6, FAMILY_COUNT };

struct entry {
    struct datagram datagram;
    uint64_t serial;       /* order of creation, across both families */
    uint32_t came;         /* the source's fragments when the last piece came */
    uint32_t tenure;       /* whose count that was: sources share the counters */
    uint16_t bucket;
    uint16_t chain;        /* next in the bucket, or among the free */
    uint16_t older, newer;
};

/* IPv4 fragments counted by source. A source that shares a slot with another takes it over, and nothing is said of distances across that. */
struct source {
    struct addr addr;
    uint32_t count;
    uint32_t tenure;
};

struct table {
    struct entry entries[FRAGMENTS_DATAGRAMS];
    uint16_t buckets[FRAGMENTS_DATAGRAMS];
    uint16_t free;
    uint16_t oldest[FAMILY_COUNT], newest[FAMILY_COUNT];
    uint64_t serial;
    uint32_t memory;
    struct source sources[FRAGMENTS_DATAGRAMS];
    struct fragments_datagram reports[FRAGMENTS_DATAGRAMS]; /* ring */
    uint32_t report_at, report_count;
    uint8_t out[DATAGRAM_MAX];
};

struct fragments {
    struct hash_key key;
    struct table *table; /* NULL before the first fragment */
    uint64_t unreported;
};

struct fragments *fragments_create(void)
{
    struct fragments *fragments = calloc(1, sizeof *fragments);
    if (fragments != NULL)
        hash_key_make(&fragments->key);
    return fragments;
}

void fragments_destroy(struct fragments *fragments)
{
    if (fragments == NULL)
        return;
    for (unsigned i = 0; fragments->table != NULL && i < FRAGMENTS_DATAGRAMS; i++)
        datagram_clear(&fragments->table->entries[i].datagram);
    free(fragments->table);
    free(fragments);
}

uint64_t fragments_unreported(const struct fragments *fragments)
{
    return fragments->unreported;
}

static bool fragments_open(struct fragments *fragments)
{
    if (fragments->table != NULL)
        return true;
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return false;
    for (unsigned i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
        table->buckets[i] = NONE;
        table->entries[i].chain = i + 1 < FRAGMENTS_DATAGRAMS ? (uint16_t)(i + 1) : NONE;
    }
    for (unsigned family = 0; family < FAMILY_COUNT; family++)
        table->oldest[family] = table->newest[family] = NONE;
    fragments->table = table;
    return true;
}

static unsigned entry_family(const struct entry *entry)
{
    return entry->datagram.src.family == 6 ? FAMILY_IP6 : FAMILY_IP4;
}

static void table_report(struct fragments *fragments, const struct fragments_datagram *given_up)
{
    struct table *table = fragments->table;
    if (table->report_count == FRAGMENTS_DATAGRAMS) {
        table->report_at = (table->report_at + 1) % FRAGMENTS_DATAGRAMS;
        table->report_count--;
        fragments->unreported++;
    }
    table->reports[(table->report_at + table->report_count++) % FRAGMENTS_DATAGRAMS] = *given_up;
}

static void table_remove(struct table *table, uint16_t index)
{
    struct entry *entry = &table->entries[index];
    unsigned family = entry_family(entry);
    uint16_t *link = &table->buckets[entry->bucket];
    while (*link != index)
        link = &table->entries[*link].chain;
    *link = entry->chain;
    *(entry->older == NONE ? &table->oldest[family] : &table->entries[entry->older].newer) = entry->newer;
    *(entry->newer == NONE ? &table->newest[family] : &table->entries[entry->newer].older) = entry->older;
    table->memory -= entry->datagram.memory;
    datagram_clear(&entry->datagram);
    entry->chain = table->free;
    table->free = index;
}

static void table_give_up(struct fragments *fragments, uint16_t index, enum fragments_end end)
{
    struct table *table = fragments->table;
    struct fragments_datagram given_up;
    datagram_describe(&table->entries[index].datagram, &given_up);
    given_up.end = (uint8_t)end;
    table_report(fragments, &given_up);
    table_remove(table, index);
}

/* Of both lists' heads the one that came first, or NONE. */
static uint16_t table_oldest(const struct table *table)
{
    uint16_t ip4 = table->oldest[FAMILY_IP4], ip6 = table->oldest[FAMILY_IP6];
    if (ip4 == NONE || ip6 == NONE)
        return ip4 == NONE ? ip6 : ip4;
    return table->entries[ip4].serial < table->entries[ip6].serial ? ip4 : ip6;
}

/* A clock that was set back by as much is no reason to wait longer. The difference of two stamps from a stranger's file may not fit 63 bits. */
static bool entry_is_late(const struct entry *entry, int64_t now_ns)
{
    int64_t first_ns = entry->datagram.first_ns;
    uint64_t distance = now_ns >= first_ns ? (uint64_t)now_ns - (uint64_t)first_ns : (uint64_t)first_ns - (uint64_t)now_ns;
    return distance >= (uint64_t)(entry_family(entry) == FAMILY_IP6 ? FRAGMENTS_TIMEOUT6_NS : FRAGMENTS_TIMEOUT_NS);
}

/* RFC 791 and RFC 8200: IPv4 keys hold the protocol, IPv6 keys do not. */
static uint8_t fragment_key_protocol(const struct fragment *fragment)
{
    return fragment->src.family == 6 ? 0 : fragment->protocol;
}

static uint16_t table_bucket(const struct fragments *fragments, const struct fragment *fragment)
{
    struct {
        struct addr src, dst;
        uint8_t protocol, zero;
        uint32_t id;
    } key = { .src = fragment->src, .dst = fragment->dst, .protocol = fragment_key_protocol(fragment), .id = fragment->id };
    _Static_assert(sizeof key == 40, "the key is hashed as bytes and may hold no padding");
    return (uint16_t)(hash_bytes(&fragments->key, &key, sizeof key) % FRAGMENTS_DATAGRAMS);
}

static uint16_t table_find(const struct table *table, uint16_t bucket, const struct fragment *fragment)
{
    uint16_t index = table->buckets[bucket];
    for (; index != NONE; index = table->entries[index].chain) {
        const struct datagram *datagram = &table->entries[index].datagram;
        if (datagram->id == fragment->id && datagram->protocol == fragment_key_protocol(fragment) &&
            addr_equal(&datagram->src, &fragment->src) && addr_equal(&datagram->dst, &fragment->dst))
            break;
    }
    return index;
}

/* There is a free entry: the caller made room. */
static uint16_t table_insert(struct table *table, uint16_t bucket, const struct fragment *fragment, const struct frame *frame)
{
    uint16_t index = table->free;
    struct entry *entry = &table->entries[index];
    unsigned family = fragment->src.family == 6 ? FAMILY_IP6 : FAMILY_IP4;
    table->free = entry->chain;
    *entry = (struct entry){
        .datagram = { .src = fragment->src, .dst = fragment->dst, .id = fragment->id,
                      .protocol = fragment_key_protocol(fragment), .first_ns = frame->time_ns,
                      .first_frame = frame->number, .file = frame->file },
        .serial = table->serial++,
        .bucket = bucket,
        .chain = table->buckets[bucket],
        .older = table->newest[family],
        .newer = NONE,
    };
    table->buckets[bucket] = index;
    *(entry->older == NONE ? &table->oldest[family] : &table->entries[entry->older].newer) = index;
    table->newest[family] = index;
    return index;
}

/* Counts this fragment for its source; true where too many others came since the datagram's last piece. */
static bool table_is_far(struct fragments *fragments, struct entry *entry)
{
    struct datagram *datagram = &entry->datagram;
    if (datagram->src.family != 4)
        return false;
    uint64_t slot = hash_bytes(&fragments->key, &datagram->src, sizeof datagram->src) % FRAGMENTS_DATAGRAMS;
    struct source *source = &fragments->table->sources[slot];
    if (!addr_equal(&source->addr, &datagram->src))
        *source = (struct source){ .addr = datagram->src, .tenure = source->tenure + 1 };
    uint32_t distance = ++source->count - entry->came;
    bool far = datagram->count > 0 && entry->tenure == source->tenure && distance > DISTANCE_MAX;
    entry->came = source->count;
    entry->tenure = source->tenure;
    return far;
}

/* A piece that joins no datagram, but is worth a word. */
static void table_refuse(struct fragments *fragments, const struct fragment *fragment, const struct frame *frame,
                         enum fragments_end end)
{
    struct fragments_datagram given_up = {
        .src = fragment->src,
        .dst = fragment->dst,
        .protocol = fragment->protocol,
        .id = fragment->id,
        .end = (uint8_t)end,
        .has_first = fragment->at == 0,
        .has_last = !fragment->more,
        .pieces = 1,
        .bytes = fragment->length,
        .first_ns = frame->time_ns,
        .last_ns = frame->time_ns,
        .first_frame = frame->number,
        .last_frame = frame->number,
        .file = frame->file,
    };
    table_report(fragments, &given_up);
}

static enum fragments_result fragments_finish(struct fragments *fragments, uint16_t index, const uint8_t **datagram,
                                              uint32_t *length, uint32_t *pieces)
{
    struct table *table = fragments->table;
    const struct datagram *whole = &table->entries[index].datagram;
    uint32_t total = datagram_write(whole, table->out);
    if (total == 0) {
        table_give_up(fragments, index, whole->cut ? FRAGMENTS_END_CUT : FRAGMENTS_END_BAD);
        return FRAGMENTS_DROPPED;
    }
    *datagram = table->out;
    *length = total;
    *pieces = (uint32_t)whole->count + whole->repeats;
    table_remove(table, index);
    return FRAGMENTS_COMPLETE;
}

enum fragments_result fragments_add(struct fragments *fragments, const struct frame *frame, const struct layer *layer,
                                    const uint8_t **datagram, uint32_t *length, uint32_t *pieces)
{
    *datagram = NULL;
    *length = *pieces = 0;
    struct fragment fragment = { .src = layer->ip.src, .dst = layer->ip.dst, .id = layer->ip.id,
                                 .protocol = layer->ip.protocol, .at = layer->ip.fragment_at, .more = layer->ip.mf };
    enum decode_status status = fragment_read(layer, &fragment);
    if (!fragments_open(fragments)) {
        fragments->unreported++;
        return FRAGMENTS_DROPPED;
    }
    if (status != DECODE_OK) {
        table_refuse(fragments, &fragment, frame, status == DECODE_CUT ? FRAGMENTS_END_CUT : FRAGMENTS_END_BAD);
        return FRAGMENTS_DROPPED;
    }

    struct table *table = fragments->table;
    uint16_t bucket = table_bucket(fragments, &fragment);
    uint16_t index = table_find(table, bucket, &fragment);
    if (index != NONE && entry_is_late(&table->entries[index], frame->time_ns)) {
        table_give_up(fragments, index, FRAGMENTS_END_TIMEOUT);
        index = NONE;
    }
    /* A piece too long for any datagram is refused below and needs no room. */
    uint32_t memory = fragment.length <= 65535 ? fragment_memory(&fragment) : 0;
    while (table->memory + memory > FRAGMENTS_BYTES || (index == NONE && table->free == NONE)) {
        uint16_t oldest = table_oldest(table);
        table_give_up(fragments, oldest, FRAGMENTS_END_EVICTED);
        if (oldest == index)
            index = NONE;
    }
    if (index == NONE)
        index = table_insert(table, bucket, &fragment, frame);
    struct entry *entry = &table->entries[index];
    if (table_is_far(fragments, entry)) {
        table_give_up(fragments, index, FRAGMENTS_END_TIMEOUT);
        index = table_insert(table, bucket, &fragment, frame);
        entry = &table->entries[index];
        table_is_far(fragments, entry);
    }

    uint32_t before = entry->datagram.memory;
    entry->datagram.last_ns = frame->time_ns;
    entry->datagram.last_frame = frame->number;
    enum datagram_answer answer = datagram_add(&entry->datagram, &fragment);
    table->memory += entry->datagram.memory - before;
    switch (answer) {
    case DATAGRAM_KEPT:
    case DATAGRAM_REPEATED:
        return FRAGMENTS_WAITING;
    case DATAGRAM_WHOLE:
        return fragments_finish(fragments, index, datagram, length, pieces);
    case DATAGRAM_REFUSED:
        table_refuse(fragments, &fragment, frame, FRAGMENTS_END_BAD);
        if (entry->datagram.count == 0)
            table_remove(table, index);
        return FRAGMENTS_DROPPED;
    case DATAGRAM_OVERLAP:
        table_give_up(fragments, index, FRAGMENTS_END_OVERLAP);
        return FRAGMENTS_DROPPED;
    case DATAGRAM_BAD:
        table_give_up(fragments, index, FRAGMENTS_END_BAD);
        return FRAGMENTS_DROPPED;
    case DATAGRAM_FULL:
        table_give_up(fragments, index, FRAGMENTS_END_EVICTED);
        return FRAGMENTS_DROPPED;
    }
    return FRAGMENTS_DROPPED;
}

void fragments_set_clock(struct fragments *fragments, int64_t step_ns)
{
    for (unsigned i = 0; fragments != NULL && fragments->table != NULL && i < FRAGMENTS_DATAGRAMS; i++) {
        step_move_any(&fragments->table->entries[i].datagram.first_ns, step_ns);
        step_move_any(&fragments->table->entries[i].datagram.last_ns, step_ns);
        step_move_any(&fragments->table->reports[i].first_ns, step_ns);
        step_move_any(&fragments->table->reports[i].last_ns, step_ns);
    }
}

bool fragments_expire(struct fragments *fragments, int64_t now_ns, bool end_all, struct fragments_datagram *given_up)
{
    struct table *table = fragments->table;
    if (table == NULL)
        return false;
    if (table->report_count == 0) {
        for (unsigned family = 0; family < FAMILY_COUNT && table->report_count == 0; family++) {
            uint16_t oldest = table->oldest[family];
            bool late = oldest != NONE && entry_is_late(&table->entries[oldest], now_ns);
            if (oldest != NONE && (late || end_all))
                table_give_up(fragments, oldest, late ? FRAGMENTS_END_TIMEOUT : FRAGMENTS_END_CAPTURE);
        }
        if (table->report_count == 0)
            return false;
    }
    *given_up = table->reports[table->report_at];
    table->report_at = (table->report_at + 1) % FRAGMENTS_DATAGRAMS;
    table->report_count--;
    return true;
}
