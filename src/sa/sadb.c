/* sadb: storage, the index by {destination, SPI, protocol}, and what a lookup finds. */
#include "sa/hot.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/open.h"
#include "sa/sadb_inside.h"

static bool sadb_slots_grow(struct sadb *db)
{
    uint64_t slots = (db->slot_mask + 1) * 2;
    struct sadb_slot *wider = aligned_alloc(64, slots * sizeof *wider);
    if (wider == NULL)
        return false;
    for (uint64_t i = 0; i < slots; i++)
        wider[i].index = SADB_NONE;
    for (uint64_t i = 0; i <= db->slot_mask; i++) {
        struct sadb_slot *slot = &db->slots[i];
        if (slot->index == SADB_NONE)
            continue;
        struct addr dst = { .family = slot->family };
        memcpy(dst.bytes, slot->dst, sizeof dst.bytes);
        uint64_t at = sadb_hash(db, &dst, slot->spi, slot->proto) & (slots - 1);
        while (wider[at].index != SADB_NONE)
            at = (at + 1) & (slots - 1);
        wider[at] = *slot;
    }
    free(db->slots);
    db->slots = wider;
    db->slot_mask = slots - 1;
    return true;
}

struct sadb *sadb_create(struct error *error)
{
    struct sadb *db = calloc(1, sizeof *db);
    if (db != NULL) {
        db->slot_mask = 1023;
        db->slots = aligned_alloc(64, (db->slot_mask + 1) * sizeof *db->slots);
        db->spi_mask = 1023;
        db->spi_heads = malloc((db->spi_mask + 1) * sizeof *db->spi_heads);
    }
    if (db == NULL || db->slots == NULL || db->spi_heads == NULL) {
        sadb_destroy(db);
        error_set(error, "out of memory for the SA table");
        return NULL;
    }
    for (uint64_t i = 0; i <= db->slot_mask; i++)
        db->slots[i].index = SADB_NONE;
    for (uint32_t i = 0; i <= db->spi_mask; i++)
        db->spi_heads[i] = SADB_NONE;
    db->loose = db->free = SADB_NONE;
    hash_key_make(&db->hash_key);
    return db;
}

void sadb_destroy(struct sadb *db)
{
    if (db == NULL)
        return;
    for (uint32_t i = 0; i < db->count; i++)
        if (db->hot[i].flags & SA_HOT_WIDE)
            free(db->hot[i].seen.wide);
    for (uint32_t i = 0; i < db->count; i++) {
        crypt_key_destroy(db->cold[i].key);
        crypt_key_destroy(db->cold[i].suspect_key);
        free(db->cold[i].flow);
        free(db->cold[i].nonce);
        free(db->cold[i].suspicion);
        free(db->cold[i].own); /* its keys are the store's to wipe */
    }
    free(db->hot);
    free(db->cold);
    free(db->slots);
    free(db->spi_heads);
    free(db);
}

uint64_t sadb_hash(const struct sadb *db, const struct addr *dst, uint32_t spi, uint8_t proto)
{
    uint64_t a, b;
    memcpy(&a, dst->bytes, 8);
    memcpy(&b, dst->bytes + 8, 8);
    return hash_words(&db->hash_key, a, b, (uint64_t)spi << 16 | (uint64_t)proto << 8 | dst->family);
}

void sadb_prefetch(const struct sadb *db, uint64_t hash)
{
    __builtin_prefetch(&db->slots[hash & db->slot_mask]);
}

struct sadb_slot *sadb_slot(const struct sadb *db, uint64_t hash, const struct addr *dst, uint32_t spi, uint8_t proto)
{
    for (uint64_t at = hash & db->slot_mask;; at = (at + 1) & db->slot_mask) {
        struct sadb_slot *slot = &db->slots[at];
        if (slot->index == SADB_NONE || (slot->spi == spi && slot->proto == proto && slot->family == dst->family &&
                                         memcmp(slot->dst, dst->bytes, sizeof slot->dst) == 0))
            return slot;
    }
}

uint32_t sadb_probe(const struct sadb *db, uint64_t hash, const struct addr *dst, uint32_t spi, uint8_t proto)
{
    return sadb_slot(db, hash, dst, spi, proto)->index;
}

static uint32_t sadb_new(struct sadb *db)
{
    if (db->full || (db->free == SADB_NONE && db->count == SADB_NONE - 1))
        return SADB_NONE;
    if (db->free == SADB_NONE && db->count == db->room) {
        uint32_t room = db->room ? db->room * 2 : 256;
        struct sa_hot *hot = aligned_alloc(64, (size_t)room * sizeof *hot);
        struct sa *cold = hot ? realloc(db->cold, (size_t)room * sizeof *cold) : NULL;
        if (cold == NULL) {
            free(hot);
            db->full = true;
            return SADB_NONE;
        }
        if (db->count)
            memcpy(hot, db->hot, db->count * sizeof *hot);
        free(db->hot);
        db->hot = hot;
        db->cold = cold;
        db->room = room;
    }
    uint32_t index = db->free != SADB_NONE ? db->free : db->count++;
    if (index == db->free)
        db->free = db->cold[index].older;
    memset(&db->hot[index], 0, sizeof db->hot[index]);
    db->cold[index] = (struct sa){ .older = SADB_NONE, .same_spi = SADB_NONE, .pair = SADB_NONE,
                                   .cause_sa = SADB_NONE, .born_ns = INT64_MIN, .ended_ns = INT64_MAX, .serial = db->made++ };
    return index;
}

static bool sadb_index_spi(struct sadb *db, uint32_t index)
{
    if (db->known > db->spi_mask) {
        uint32_t size = (db->spi_mask + 1) * 2;
        uint32_t *heads = malloc(size * sizeof *heads);
        if (heads == NULL)
            return false;
        for (uint32_t i = 0; i < size; i++)
            heads[i] = SADB_NONE;
        for (uint32_t i = 0; i < db->count; i++) {
            if (i == index || (db->hot[i].flags & SA_HOT_SEEN))
                continue;
            uint64_t at = hash_words(&db->hash_key, db->cold[i].spi, 0, 0) & (size - 1);
            db->cold[i].same_spi = heads[at];
            heads[at] = i;
        }
        free(db->spi_heads);
        db->spi_heads = heads;
        db->spi_mask = size - 1;
    }
    uint64_t at = hash_words(&db->hash_key, db->cold[index].spi, 0, 0) & db->spi_mask;
    db->cold[index].same_spi = db->spi_heads[at];
    db->spi_heads[at] = index;
    return true;
}

/* Chains hold SPIs that share a bucket: skip to the next one of this SPI. */
uint32_t sadb_by_spi(const struct sadb *db, uint32_t spi)
{
    uint32_t index = db->spi_heads[hash_words(&db->hash_key, spi, 0, 0) & db->spi_mask];
    while (index != SADB_NONE && db->cold[index].spi != spi)
        index = db->cold[index].same_spi;
    return index;
}

static void sadb_insert(struct sadb *db, uint32_t index, bool loose)
{
    struct sa *sa = &db->cold[index];
    if (loose) {
        sa->older = db->loose;
        db->loose = index;
        return;
    }
    if ((uint64_t)db->slots_used * 2 > db->slot_mask && !sadb_slots_grow(db)) {
        db->full = true;
        return;
    }
    struct sadb_slot *slot = sadb_slot(db, sadb_hash(db, &sa->dst, sa->spi, sa->proto), &sa->dst, sa->spi, sa->proto);
    if (slot->index == SADB_NONE) {
        memcpy(slot->dst, sa->dst.bytes, sizeof slot->dst);
        slot->family = sa->dst.family;
        slot->spi = sa->spi;
        slot->proto = sa->proto;
        db->slots_used++;
    } else {
        sa->older = slot->index;
        db->hot[index].flags |= SA_HOT_CHAIN;
    }
    slot->index = index;
}

void sadb_redefine(struct sadb *db, uint32_t index, const struct sa_record *record, uint16_t file, uint32_t window_default)
{
    hot_define(&db->hot[index], &db->cold[index], record, file, window_default);
}

void sadb_take_for_outbound(struct sadb *db, uint32_t index, uint32_t window_default)
{
    hot_set_window(&db->hot[index], window_default);
}

uint32_t sadb_add(struct sadb *db, const struct sa_record *record, uint16_t file, uint32_t window_default)
{
    const struct sa_definition *definition = &record->definition;
    uint32_t index = sadb_new(db);
    if (index == SADB_NONE)
        return SADB_NONE;
    struct sa *sa = &db->cold[index];
    struct sa_hot *hot = &db->hot[index];
    bool loose = !prefix_is_host(&definition->dst);
    sa->dst = loose ? (struct addr){ 0 } : definition->dst.addr;
    sa->spi = definition->spi;
    sa->proto = hot->proto = definition->proto;
    sa->origin = SA_ORIGIN_FILE;
    sa->logged = record->logged;
    hot_define(&db->hot[index], &db->cold[index], record, file, window_default);
    if ((record->event == SA_EVENT_ADD || record->event == SA_EVENT_UPDATE) && record->time_known) {
        sa->born_ns = record->time_ns;
        sa->born_known = true;
        hot->flags |= SA_HOT_TIMED;
        db->timed = true;
    }
    db->known++;
    sadb_insert(db, index, loose);
    if (!sadb_index_spi(db, index))
        db->full = true;
    return index;
}

uint32_t sadb_keep(struct sadb *db, const struct sa_record *record, struct secrets *secrets, uint16_t file, uint32_t window_default)
{
    struct sa_record *own = db->kept < SADB_KEPT_MAX ? malloc(sizeof *own) : NULL;
    if (own == NULL)
        return SADB_NONE;
    *own = *record;
    uint32_t index = sadb_add(db, own, file, window_default);
    if (index == SADB_NONE) {
        free(own);
        return SADB_NONE;
    }
    db->cold[index].own = own;
    db->cold[index].secrets = secrets;
    db->kept++;
    return index;
}

void sadb_take(struct sadb *db, uint32_t index, const struct sa_moment *moment)
{
    db->cold[index].before_packets = moment->packets;
    db->cold[index].before_bytes = moment->bytes;
    if (moment->window_known && moment->top != 0 && !db->cold[index].definition->outbound)
        hot_take(&db->hot[index], moment);
}

void sadb_refresh(struct sadb *db, uint32_t index)
{
    hot_refresh(&db->hot[index], &db->cold[index]);
}

uint32_t sadb_add_reserved(struct sadb *db, const struct sa_record *record, uint16_t file, uint32_t window_default)
{
    uint32_t index = sadb_add(db, record, file, window_default);
    if (index == SADB_NONE)
        return SADB_NONE;
    struct sa *sa = &db->cold[index];
    sa->born_known = false;
    sa->born_ns = INT64_MIN;
    sa->ended_known = true;
    sa->ended_ns = record->time_ns;
    sa->ended_by = SA_END_REPLACED;
    db->hot[index].flags |= SA_HOT_LARVAL | SA_HOT_TIMED;
    return index;
}

void sadb_join(struct sadb *db, uint32_t reserved, uint32_t later)
{
    struct sa *sa = &db->cold[reserved], *gone = &db->cold[later];
    db->hot[reserved].flags &= ~(uint32_t)SA_HOT_LARVAL;
    sa->ended_known = gone->ended_known;
    sa->ended_ns = gone->ended_ns;
    sa->ended_by = gone->ended_by;
    gone->born_ns = gone->ended_ns = INT64_MAX; /* never alive */
}

static bool sadb_alive(const struct sadb *db, uint32_t index, int64_t time_ns)
{
    return !(db->hot[index].flags & SA_HOT_TIMED) ||
           (db->cold[index].born_ns <= time_ns && time_ns < db->cold[index].ended_ns);
}

uint32_t sadb_end(struct sadb *db, const struct sa_definition *definition, int64_t time_ns, enum sa_end by)
{
    uint32_t other;
    uint64_t hash = sadb_hash(db, &definition->dst.addr, definition->spi, definition->proto);
    uint32_t index = sadb_find(db, hash, &definition->src.addr, &definition->dst.addr, definition->spi,
                               definition->proto, time_ns, &other);
    if (index == SADB_NONE)
        return SADB_NONE;
    db->cold[index].ended_ns = time_ns;
    db->cold[index].ended_known = true;
    db->cold[index].ended_by = (uint8_t)by;
    db->hot[index].flags |= SA_HOT_TIMED;
    db->timed = true;
    return index;
}

uint32_t sadb_learn(struct sadb *db, const struct addr *src, const struct addr *dst, uint32_t spi, uint8_t proto,
                    uint8_t encap)
{
    if (db->seen >= SADB_SEEN_MAX) {
        db->unlearned++;
        return SADB_NONE;
    }
    uint32_t index = sadb_new(db);
    if (index == SADB_NONE)
        return SADB_NONE;
    struct sa *sa = &db->cold[index];
    struct sa_hot *hot = &db->hot[index];
    sa->src = *src;
    sa->dst = *dst;
    sa->spi = spi;
    sa->proto = hot->proto = proto;
    sa->encap = hot->encap = encap;
    sa->origin = SA_ORIGIN_SEEN;
    hot->flags = SA_HOT_SEEN;
    hot->window = 64; /* for telling order from loss; refuses nothing */
    db->seen++;
    sadb_insert(db, index, false);
    return index;
}

/* Prefix and wildcard destinations: few by nature, so a chain; the most specific that holds the addresses wins. */
static uint32_t sadb_find_loose(const struct sadb *db, const struct addr *src, const struct addr *dst, uint32_t spi,
                                uint8_t proto)
{
    uint32_t best = SADB_NONE;
    int best_bits = -1;
    for (uint32_t index = sadb_by_spi(db, spi); index != SADB_NONE; index = db->cold[index].same_spi) {
        const struct sa *sa = &db->cold[index];
        if (sa->spi != spi || sa->proto != proto || sa->dst.family != 0)
            continue;
        const struct sa_definition *definition = sa->definition;
        int bits = definition->dst.bits + definition->src.bits;
        if (bits > best_bits && prefix_holds(&definition->dst, dst) && prefix_holds(&definition->src, src)) {
            best = index;
            best_bits = bits;
        }
    }
    return best;
}

#define SADB_VERSIONS_MAX 256 /* steps along a chain of versions: a history that reuses one SPI more often is judged by its newest */

/* Of entries that are not there now: one that ended is nearer than one to come, that than a seen one; among ended ones the latest. */
static bool sadb_nearer(const struct sadb *db, uint32_t index, uint32_t than, int64_t time_ns)
{
    const struct sa *sa = &db->cold[index], *best = &db->cold[than];
    if (db->hot[index].flags & SA_HOT_SEEN)
        return false;
    if (db->hot[than].flags & SA_HOT_SEEN)
        return true;
    bool ended = sa->ended_ns <= time_ns, best_ended = best->ended_ns <= time_ns;
    if (ended != best_ended)
        return ended;
    return ended ? sa->ended_ns > best->ended_ns : sa->born_ns < best->born_ns;
}

uint32_t sadb_find(const struct sadb *db, uint64_t hash, const struct addr *src, const struct addr *dst, uint32_t spi,
                   uint8_t proto, int64_t time_ns, uint32_t *other)
{
    uint32_t index = sadb_probe(db, hash, dst, spi, proto);
    *other = SADB_NONE;
    for (unsigned steps = 0; index != SADB_NONE && steps < SADB_VERSIONS_MAX; steps++) {
        uint32_t flags = db->hot[index].flags;
        if (!(flags & SA_HOT_SEEN) && sadb_alive(db, index, time_ns))
            return index;
        if (*other == SADB_NONE || sadb_nearer(db, index, *other, time_ns))
            *other = index;
        index = db->cold[index].older;
    }
    return db->loose != SADB_NONE ? sadb_find_loose(db, src, dst, spi, proto) : SADB_NONE;
}

struct sa_hot *sadb_hot(struct sadb *db, uint32_t index)
{
    return &db->hot[index];
}

struct sa *sadb_sa(struct sadb *db, uint32_t index)
{
    return &db->cold[index];
}

uint32_t sadb_count(const struct sadb *db)
{
    return db->count;
}

uint32_t sadb_known_count(const struct sadb *db)
{
    return db->known;
}

uint32_t sadb_seen_count(const struct sadb *db)
{
    return db->seen;
}

uint64_t sadb_unlearned(const struct sadb *db)
{
    return db->unlearned;
}

bool sadb_timed(const struct sadb *db)
{
    return db->timed;
}
