/*
 * forget: entries of the SA table that traffic made, or that have ended, taken out again in a run that goes on.
 *
 * Open addressing without tombstones: where a slot becomes free, those behind it that only stood there for want of an earlier place move up.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/open.h"
#include "sa/sadb_inside.h"

static uint64_t forget_home(const struct sadb *db, const struct sadb_slot *slot)
{
    struct addr dst = { .family = slot->family };
    memcpy(dst.bytes, slot->dst, sizeof dst.bytes);
    return sadb_hash(db, &dst, slot->spi, slot->proto) & db->slot_mask;
}

static void forget_slot(struct sadb *db, uint64_t hole)
{
    for (uint64_t at = (hole + 1) & db->slot_mask; db->slots[at].index != SADB_NONE; at = (at + 1) & db->slot_mask) {
        uint64_t home = forget_home(db, &db->slots[at]);
        if (((at - home) & db->slot_mask) < ((at - hole) & db->slot_mask))
            continue; /* its place is behind the hole */
        db->slots[hole] = db->slots[at];
        hole = at;
    }
    db->slots[hole].index = SADB_NONE;
    db->slots_used--;
}

/* Out of the chain of versions of its key. */
static void forget_version(struct sadb *db, uint32_t index)
{
    const struct sa *sa = &db->cold[index];
    struct sadb_slot *slot = sadb_slot(db, sadb_hash(db, &sa->dst, sa->spi, sa->proto), &sa->dst, sa->spi, sa->proto);
    if (slot->index == index && sa->older == SADB_NONE) {
        forget_slot(db, (uint64_t)(slot - db->slots));
        return;
    }
    if (slot->index == index) {
        slot->index = sa->older;
        return;
    }
    uint32_t newer = slot->index;
    while (newer != SADB_NONE && db->cold[newer].older != index)
        newer = db->cold[newer].older;
    if (newer != SADB_NONE)
        db->cold[newer].older = sa->older;
}

/* Out of the chain of those whose destination is no single address. */
static void forget_loose(struct sadb *db, uint32_t index)
{
    uint32_t *link = &db->loose;
    while (*link != SADB_NONE && *link != index)
        link = &db->cold[*link].older;
    if (*link == index)
        *link = db->cold[index].older;
}

static void forget_spi(struct sadb *db, uint32_t index)
{
    uint32_t *link = &db->spi_heads[hash_words(&db->hash_key, db->cold[index].spi, 0, 0) & db->spi_mask];
    while (*link != SADB_NONE && *link != index)
        link = &db->cold[*link].same_spi;
    if (*link == index)
        *link = db->cold[index].same_spi;
}

void sadb_wipe(struct sadb *db, uint32_t index, struct secrets *secrets)
{
    struct sa *sa = &db->cold[index];
    if (sa->definition == NULL || db->hot[index].flags & SA_HOT_LARVAL) /* a reserved one shares its definition with what came of it */
        return;
    struct sa_definition *definition = (struct sa_definition *)(uintptr_t)sa->definition; /* of a record that nobody else has */
    struct secrets *store = sa->own ? sa->secrets : secrets;
    crypt_key_destroy(sa->key);
    crypt_key_destroy(sa->suspect_key);
    sa->key = sa->suspect_key = NULL;
    db->hot[index].flags &= ~(uint32_t)SA_HOT_KEYED;
    if (store == NULL)
        return;
    secrets_release(store, &definition->encryption_key);
    secrets_release(store, &definition->integrity_key);
}

void sadb_forget(struct sadb *db, uint32_t index, struct secrets *secrets)
{
    struct sa_hot *hot = &db->hot[index];
    struct sa *sa = &db->cold[index];
    bool seen = hot->flags & SA_HOT_SEEN;
    if (hot->flags & SA_HOT_FREE || (!seen && !sa->ended_known && sa->origin != SA_ORIGIN_IKE))
        return;
    sadb_wipe(db, index, secrets);
    if (sa->dst.family == 0 && !seen)
        forget_loose(db, index);
    else
        forget_version(db, index);
    if (!seen)
        forget_spi(db, index);
    if (hot->flags & SA_HOT_WIDE)
        free(hot->seen.wide);
    crypt_key_destroy(sa->key); /* of a reserved one */
    crypt_key_destroy(sa->suspect_key);
    free(sa->flow);
    free(sa->nonce);
    free(sa->suspicion);
    db->kept -= sa->own != NULL;
    free(sa->own);
    memset(hot, 0, sizeof *hot);
    *sa = (struct sa){ .origin = SA_ORIGIN_SEEN, .older = db->free, .same_spi = SADB_NONE, .pair = SADB_NONE, .cause_sa = SADB_NONE };
    hot->flags = SA_HOT_SEEN | SA_HOT_FREE;
    db->free = index;
    db->seen -= seen;
    db->known -= !seen;
}

struct forget_turn {
    uint64_t serial;
    uint32_t index;
};

static int forget_compare(const void *left, const void *right)
{
    const struct forget_turn *a = left, *b = right;
    return (a->serial > b->serial) - (a->serial < b->serial);
}

uint32_t *sadb_order(const struct sadb *db)
{
    if (db->made == db->count)
        return NULL;
    struct forget_turn *turns = malloc((size_t)db->count * sizeof *turns);
    uint32_t *order = malloc((size_t)db->count * sizeof *order);
    if (turns == NULL || order == NULL) {
        free(turns);
        free(order);
        return NULL;
    }
    for (uint32_t i = 0; i < db->count; i++)
        turns[i] = (struct forget_turn){ db->cold[i].serial, i };
    qsort(turns, db->count, sizeof *turns, forget_compare);
    for (uint32_t i = 0; i < db->count; i++)
        order[i] = turns[i].index;
    free(turns);
    return order;
}
