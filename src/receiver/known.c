/* known: prefixes in a small list, address pairs in a hash table. */
#include "receiver/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/step.h"

#define KNOWN_RECEIVERS_MAX 4096

struct known {
    struct hash_key key;
    struct prefix *receivers;
    uint32_t receiver_count;
    struct prefix *own;
    size_t own_count;
    bool refuse_all;
    struct known_pair *pairs; /* open addressing; src and dst both none and sas 0: free */
    uint64_t mask;
    uint32_t used;
    struct known_pair wildcard[2]; /* [0] any source, [1] any destination: rows with one address are kept by their other */
    struct known_pair table;
};

struct known *known_create(struct error *error)
{
    struct known *known = calloc(1, sizeof *known);
    if (known != NULL) {
        known->mask = 255;
        known->pairs = calloc(known->mask + 1, sizeof *known->pairs);
    }
    if (known == NULL || known->pairs == NULL) {
        free(known);
        error_set(error, "out of memory for the receiver's address pairs");
        return NULL;
    }
    hash_key_make(&known->key);
    return known;
}

void known_destroy(struct known *known)
{
    if (known == NULL)
        return;
    free(known->receivers);
    free(known->own);
    free(known->pairs);
    free(known);
}

bool known_add_receiver(struct known *known, const struct prefix *prefix, struct error *error)
{
    if (known->receiver_count == KNOWN_RECEIVERS_MAX)
        return error_set(error, "more than %d --receiver prefixes", KNOWN_RECEIVERS_MAX);
    struct prefix *receivers = realloc(known->receivers, (known->receiver_count + 1) * sizeof *receivers);
    if (receivers == NULL)
        return error_set(error, "out of memory for --receiver");
    known->receivers = receivers;
    receivers[known->receiver_count++] = *prefix;
    return true;
}

bool known_set_own(struct known *known, const struct prefix *addresses, size_t count, struct error *error)
{
    struct prefix *own = malloc((count + 1) * sizeof *own);
    if (own == NULL)
        return error_set(error, "out of memory for this host's addresses");
    if (count > 0)
        memcpy(own, addresses, count * sizeof *own);
    free(known->own);
    known->own = own;
    known->own_count = count;
    return true;
}

bool known_own(const struct known *known, const struct addr *addr)
{
    for (size_t i = 0; i < known->own_count; i++)
        if (addr_equal(&known->own[i].addr, addr))
            return true;
    return false;
}

void known_refuse_all(struct known *known)
{
    known->refuse_all = true;
}

static struct known_pair *known_slot(const struct known *known, struct known_pair *pairs, uint64_t mask,
                                     const struct addr *src, const struct addr *dst)
{
    struct addr both[2] = { *src, *dst };
    for (uint64_t at = hash_bytes(&known->key, both, sizeof both) & mask;; at = (at + 1) & mask) {
        struct known_pair *pair = &pairs[at];
        if (pair->sas == 0 || (addr_equal(&pair->src, src) && addr_equal(&pair->dst, dst)))
            return pair;
    }
}

static bool known_grow(struct known *known)
{
    uint64_t mask = known->mask * 2 + 1;
    struct known_pair *pairs = calloc(mask + 1, sizeof *pairs);
    if (pairs == NULL)
        return false;
    for (uint64_t i = 0; i <= known->mask; i++)
        if (known->pairs[i].sas)
            *known_slot(known, pairs, mask, &known->pairs[i].src, &known->pairs[i].dst) = known->pairs[i];
    free(known->pairs);
    known->pairs = pairs;
    known->mask = mask;
    return true;
}

static void known_note(struct known_pair *pair, bool dated, int64_t add_ns, bool history, bool esp_only)
{
    pair->esp_only = esp_only && (pair->esp_only || pair->sas == 0 || pair->told);
    if (dated && (!pair->dated || add_ns > pair->newest_add_ns))
        pair->newest_add_ns = add_ns;
    pair->dated |= dated;
    pair->timeless |= !dated && !history;
    pair->history |= history;
    pair->told = false;
    pair->sas++;
}

/* NULL: no memory. The pair stays unknown then: claims less, never more. */
static struct known_pair *known_take(struct known *known, const struct addr *src, const struct addr *dst)
{
    if (known->used * 2 > known->mask && !known_grow(known))
        return NULL;
    struct known_pair *pair = known_slot(known, known->pairs, known->mask, src, dst);
    if (pair->sas == 0) {
        pair->src = *src;
        pair->dst = *dst;
        known->used++;
    }
    return pair;
}

void known_add_told(struct known *known, const struct addr *src, const struct addr *dst)
{
    struct known_pair *pair = known_take(known, src, dst);
    if (pair == NULL || (pair->sas > 0 && !pair->told))
        return;
    pair->told = true;
    pair->sas++;
}

void known_add_pair(struct known *known, const struct addr *src, const struct addr *dst, bool dated, int64_t add_ns,
                    bool history, bool esp_only)
{
    known_note(&known->table, dated, add_ns, history, esp_only);
    struct known_pair *pair = known_take(known, src, dst);
    if (pair == NULL)
        return;
    known_note(pair, dated, add_ns, history, esp_only);
    if (src->family == 0)
        known->wildcard[0].sas++;
    if (dst->family == 0)
        known->wildcard[1].sas++;
}

void known_set_clock(struct known *known, int64_t step_ns)
{
    step_move_any(&known->table.newest_add_ns, step_ns);
    for (uint64_t i = 0; i <= known->mask; i++)
        step_move_any(&known->pairs[i].newest_add_ns, step_ns);
}

enum known_how known_how(const struct known *known, const struct addr *src, const struct addr *dst, uint8_t proto,
                         const struct known_pair **found)
{
    static const struct addr any;
    *found = NULL;
    if (known->refuse_all)
        return KNOWN_NOT;
    const struct known_pair *pair = known_slot(known, known->pairs, known->mask, src, dst);
    if (pair->sas == 0 && known->wildcard[0].sas)
        pair = known_slot(known, known->pairs, known->mask, &any, dst);
    if (pair->sas == 0 && known->wildcard[1].sas)
        pair = known_slot(known, known->pairs, known->mask, src, &any);
    if (pair->esp_only && proto != 50)
        pair = known_slot(known, known->pairs, known->mask, &any, &any);
    if (pair->sas)
        *found = pair;
    for (uint32_t i = 0; i < known->receiver_count; i++)
        if (prefix_holds(&known->receivers[i], dst))
            return KNOWN_RECEIVER;
    if (known_own(known, dst))
        return KNOWN_RECEIVER;
    return pair->sas ? KNOWN_PAIR : KNOWN_NOT;
}

const struct known_pair *known_table(const struct known *known)
{
    return &known->table;
}
