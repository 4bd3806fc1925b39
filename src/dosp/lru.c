/* lru: chained buckets over one array; each list is doubly linked through it, the latest first. */
#include "dosp/lru.h"

#include <stdlib.h>

#include "base/hash.h"

#define LRU_FIRST 64u /* entries that memory is taken for at first */

struct lru_entry {
    int64_t used_ns;
    uint32_t chain;        /* next of the bucket, or of the free ones */
    uint32_t newer, older; /* of the list */
    struct lru_key key;
    uint8_t list;
};

struct lru_ends {
    uint32_t newest, oldest;
};

struct lru {
    struct hash_key hash;
    uint8_t *entries;
    uint32_t *buckets;      /* as many as there is room for entries */
    size_t stride;
    uint32_t limit, room, used, count, free; /* used: entries that were ever handed out */
    unsigned lists;
    struct lru_ends ends[];
};

static struct lru_entry *lru_at(const struct lru *lru, uint32_t index)
{
    return (struct lru_entry *)(void *)(lru->entries + (size_t)index * lru->stride);
}

struct lru *lru_create(uint32_t limit, unsigned lists, size_t payload)
{
    struct lru *lru = calloc(1, sizeof *lru + lists * sizeof lru->ends[0]);
    if (lru == NULL)
        return NULL;
    hash_key_make(&lru->hash);
    lru->limit = limit;
    lru->lists = lists;
    lru->free = LRU_NONE;
    lru->stride = sizeof(struct lru_entry) + (payload + 7) / 8 * 8;
    for (unsigned i = 0; i < lists; i++)
        lru->ends[i] = (struct lru_ends){ LRU_NONE, LRU_NONE };
    return lru;
}

void lru_destroy(struct lru *lru)
{
    if (lru == NULL)
        return;
    free(lru->entries);
    free(lru->buckets);
    free(lru);
}

static uint32_t *lru_bucket(const struct lru *lru, const struct lru_key *key)
{
    return &lru->buckets[hash_bytes(&lru->hash, key, sizeof *key) & (lru->room - 1)];
}

static bool lru_key_equal(const struct lru_key *a, const struct lru_key *b)
{
    return addr_equal(&a->outside, &b->outside) && addr_equal(&a->inside, &b->inside);
}

uint32_t lru_find(const struct lru *lru, const struct lru_key *key)
{
    uint32_t index = lru->room ? *lru_bucket(lru, key) : LRU_NONE;
    while (index != LRU_NONE && !lru_key_equal(&lru_at(lru, index)->key, key))
        index = lru_at(lru, index)->chain;
    return index;
}

/* Twice the room; every entry is in use then, and goes into its new bucket. */
static bool lru_grow(struct lru *lru)
{
    uint32_t room = lru->room ? lru->room * 2 : LRU_FIRST;
    uint8_t *entries = realloc(lru->entries, room * lru->stride);
    if (entries == NULL)
        return false;
    lru->entries = entries;
    uint32_t *buckets = realloc(lru->buckets, room * sizeof *buckets);
    if (buckets == NULL)
        return false;
    lru->buckets = buckets;
    lru->room = room;
    memset(buckets, 0xff, room * sizeof *buckets); /* LRU_NONE */
    for (uint32_t i = 0; i < lru->used; i++) {
        uint32_t *bucket = lru_bucket(lru, &lru_at(lru, i)->key);
        lru_at(lru, i)->chain = *bucket;
        *bucket = i;
    }
    return true;
}

static void lru_link(struct lru *lru, uint32_t index, unsigned list, int64_t now_ns)
{
    struct lru_entry *entry = lru_at(lru, index);
    struct lru_ends *ends = &lru->ends[list];
    entry->used_ns = now_ns;
    entry->list = (uint8_t)list;
    entry->newer = LRU_NONE;
    entry->older = ends->newest;
    if (ends->newest != LRU_NONE)
        lru_at(lru, ends->newest)->newer = index;
    else
        ends->oldest = index;
    ends->newest = index;
}

static void lru_unlink(struct lru *lru, uint32_t index)
{
    const struct lru_entry *entry = lru_at(lru, index);
    struct lru_ends *ends = &lru->ends[entry->list];
    if (entry->newer != LRU_NONE)
        lru_at(lru, entry->newer)->older = entry->older;
    else
        ends->newest = entry->older;
    if (entry->older != LRU_NONE)
        lru_at(lru, entry->older)->newer = entry->newer;
    else
        ends->oldest = entry->newer;
}

uint32_t lru_add(struct lru *lru, const struct lru_key *key, unsigned list, int64_t now_ns)
{
    if (lru->count >= lru->limit || (lru->free == LRU_NONE && lru->used == lru->room && !lru_grow(lru)))
        return LRU_NONE;
    uint32_t index = lru->free;
    if (index != LRU_NONE)
        lru->free = lru_at(lru, index)->chain;
    else
        index = lru->used++;
    memset(lru_at(lru, index), 0, lru->stride);
    uint32_t *bucket = lru_bucket(lru, key);
    lru_at(lru, index)->key = *key;
    lru_at(lru, index)->chain = *bucket;
    *bucket = index;
    lru->count++;
    lru_link(lru, index, list, now_ns);
    return index;
}

void lru_touch(struct lru *lru, uint32_t index, unsigned list, int64_t now_ns)
{
    lru_unlink(lru, index);
    lru_link(lru, index, list, now_ns);
}

void lru_remove(struct lru *lru, uint32_t index)
{
    struct lru_entry *entry = lru_at(lru, index);
    uint32_t *at = lru_bucket(lru, &entry->key);
    while (*at != index)
        at = &lru_at(lru, *at)->chain;
    *at = entry->chain;
    lru_unlink(lru, index);
    entry->chain = lru->free;
    lru->free = index;
    lru->count--;
}

uint32_t lru_count(const struct lru *lru)
{
    return lru->count;
}

uint32_t lru_oldest(const struct lru *lru, unsigned list)
{
    return lru->ends[list].oldest;
}

int64_t lru_used_ns(const struct lru *lru, uint32_t index)
{
    return lru_at(lru, index)->used_ns;
}

void *lru_payload(struct lru *lru, uint32_t index)
{
    return lru_at(lru, index) + 1;
}

void lru_expire(struct lru *lru, unsigned list, int64_t idle_ns, int64_t now_ns)
{
    for (uint32_t index; (index = lru_oldest(lru, list)) != LRU_NONE && now_ns - lru_used_ns(lru, index) > idle_ns;)
        lru_remove(lru, index);
}
