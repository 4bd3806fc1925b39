/* heard: open addressing, at most half full. */
#include "detect/heard.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct heard_slot {
    struct heard_key key;
    bool used;
};

struct heard {
    struct hash_key hash;
    uint64_t mask;
    uint32_t count, limit;
    bool full;
    struct heard_slot slots[];
};

struct heard *heard_create(uint32_t limit)
{
    uint64_t slots = 16;
    while (slots < (uint64_t)limit * 2)
        slots *= 2;
    struct heard *heard = calloc(1, sizeof *heard + slots * sizeof(struct heard_slot));
    if (heard == NULL)
        return NULL;
    hash_key_make(&heard->hash);
    heard->mask = slots - 1;
    heard->limit = limit;
    return heard;
}

void heard_destroy(struct heard *heard)
{
    free(heard);
}

/* The slot of this key, or the free one where it would stand. */
static uint64_t heard_slot(const struct heard *heard, const struct heard_key *key)
{
    struct addr both[2] = { key->src, key->dst }; /* no padding in it, unlike the key */
    uint64_t at = hash_words(&heard->hash, hash_bytes(&heard->hash, both, sizeof both), key->group, 0) & heard->mask;
    for (;; at = (at + 1) & heard->mask) {
        const struct heard_slot *slot = &heard->slots[at];
        if (!slot->used || (slot->key.group == key->group && addr_equal(&slot->key.src, &key->src) &&
                            addr_equal(&slot->key.dst, &key->dst)))
            return at;
    }
}

void heard_add(struct heard *heard, const struct heard_key *key)
{
    struct heard_slot *slot = &heard->slots[heard_slot(heard, key)];
    if (slot->used)
        return;
    if (heard->count == heard->limit) {
        heard->full = true;
        return;
    }
    *slot = (struct heard_slot){ *key, true };
    heard->count++;
}

bool heard_has(const struct heard *heard, const struct heard_key *key)
{
    return heard->slots[heard_slot(heard, key)].used;
}

bool heard_full(const struct heard *heard)
{
    return heard->full;
}

void heard_clear(struct heard *heard)
{
    memset(heard->slots, 0, (heard->mask + 1) * sizeof heard->slots[0]);
    heard->count = 0;
    heard->full = false;
}
