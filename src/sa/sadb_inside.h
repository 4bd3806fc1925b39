/* sadb_inside: the SA table's own storage. For sadb.c and forget.c. */
#ifndef SA_SADB_INSIDE_H
#define SA_SADB_INSIDE_H

#include "sa/sadb.h"

struct sadb_slot { /* half a cache line */
    uint8_t dst[16];
    uint32_t spi;
    uint32_t index; /* SADB_NONE: free */
    uint8_t proto, family;
    uint8_t spare[6];
};
_Static_assert(sizeof(struct sadb_slot) == 32, "two slots a cache line");

struct sadb {
    struct hash_key hash_key;
    struct sadb_slot *slots;
    uint64_t slot_mask;
    uint32_t slots_used;
    struct sa_hot *hot; /* aligned to a cache line */
    struct sa *cold;
    uint32_t count, room;
    uint32_t known, seen, kept;
    uint64_t unlearned;
    uint32_t *spi_heads; /* by hash of the SPI: heads of same_spi chains */
    uint32_t spi_mask;
    uint32_t free;       /* entries that were forgotten: the head of the `older` chain through them */
    uint32_t loose;      /* SAs whose destination is no single address: the head of the `older` chain through them */
    uint64_t made;       /* SAs so far, also those that were forgotten */
    bool timed;
    bool full;
};

/* The slot of this key, or the free one where it would stand. */
struct sadb_slot *sadb_slot(const struct sadb *db, uint64_t hash, const struct addr *dst, uint32_t spi, uint8_t proto);

#endif
