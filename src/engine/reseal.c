/* reseal: a right ICV is one that sealing the old packet again makes. */
#include "engine/reseal.h"

#include <stdlib.h>
#include <string.h>

#include "decode/ah.h"
#include "decode/walk.h"
#include "inject/seal.h"

static const struct sa_definition *reseal_sa(const struct sa_table *table, const struct layer *ah)
{
    size_t at = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &at)) != NULL;) {
        const struct sa_definition *sa = &entry->record.definition;
        if (sa->proto == SA_PROTO_AH && sa->spi == ah->spi && sa->integrity != NULL && sa->integrity_key.length > 0 && prefix_is_host(&sa->dst) &&
            addr_equal(&sa->dst.addr, &ah->ip.dst))
            return sa;
    }
    return NULL;
}

/* The only AH header of the frame, in a packet that is all there. */
static bool reseal_find(const struct frame *frame, struct layer *ah)
{
    struct walk walk;
    struct layer layer;
    unsigned count = 0;
    for (walk_frame(&walk, frame, NULL); walk_next(&walk, &layer);)
        if (layer.kind == LAYER_AH && layer.status == DECODE_OK && count++ == 0)
            *ah = layer;
    return count == 1 && ah->ip.captured >= ah->ip.total && !ah->ip.fragment;
}

bool reseal_ah(const struct sa_table *table, const struct frame *frame, const uint8_t *before, uint8_t *after)
{
    struct frame old = *frame;
    struct layer ah;
    struct error error;
    old.bytes = before;
    const struct sa_definition *sa = reseal_find(&old, &ah) ? reseal_sa(table, &ah) : NULL;
    struct crypt_key *key = sa ? seal_key(sa, &error) : NULL;
    uint32_t at = key ? (uint32_t)(ah.bytes - ah.ip.bytes) : 0, icv = key ? crypt_ah_icv(key) : 0;
    uint8_t *copy = key && AH_FIXED + icv <= ah.ah_length ? malloc(ah.ip.total) : NULL;
    bool right = false;
    if (copy != NULL) {
        memcpy(copy, ah.ip.bytes, ah.ip.total);
        right = seal_ah_again(key, copy, ah.ip.total, at, 0, &error) && memcmp(copy, ah.ip.bytes, ah.ip.total) == 0 &&
                seal_ah_again(key, after + ah.ip.at, ah.ip.total, at, 0, &error);
    }
    free(copy);
    crypt_key_destroy(key);
    return right;
}
