/*
 * lru: a bounded table by address pair whose entries stand in lists by last use, so that what is idle is found without looking at the rest.
 *
 * Strangers choose the keys: the hash is keyed, and no order that shows depends on it. An entry has `payload` bytes of its owner's, zero when it
 * is new. Indices stay good until the entry is removed; pointers until the next lru_add.
 */
#ifndef DOSP_LRU_H
#define DOSP_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define LRU_NONE UINT32_MAX

struct lru_key {
    struct addr outside, inside; /* either may be none */
};

struct lru;

/* At most `limit` entries in `lists` lists; memory comes as entries do. NULL: no memory. */
struct lru *lru_create(uint32_t limit, unsigned lists, size_t payload);
void lru_destroy(struct lru *lru);

uint32_t lru_find(const struct lru *lru, const struct lru_key *key);
/* A key that is not there yet, as the latest of a list. LRU_NONE: at the limit, or no memory. */
uint32_t lru_add(struct lru *lru, const struct lru_key *key, unsigned list, int64_t now_ns);
void lru_touch(struct lru *lru, uint32_t index, unsigned list, int64_t now_ns); /* the latest of that list */
void lru_remove(struct lru *lru, uint32_t index);

uint32_t lru_count(const struct lru *lru);
uint32_t lru_oldest(const struct lru *lru, unsigned list); /* LRU_NONE: the list is empty */
int64_t lru_used_ns(const struct lru *lru, uint32_t index); /* of lru_add or the last lru_touch */
void *lru_payload(struct lru *lru, uint32_t index);

/* Removes what was used last more than `idle_ns` before `now_ns`, from the lists' old ends. */
void lru_expire(struct lru *lru, unsigned list, int64_t idle_ns, int64_t now_ns);

#endif
