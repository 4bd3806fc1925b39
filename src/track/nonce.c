/* nonce: the rules by which senders make IVs, and a table where they follow none. */
#include "track/nonce.h"

#include <stdlib.h>

bool nonce_matters(const struct sa_definition *definition)
{
    if (definition == NULL || definition->proto != SA_PROTO_ESP || definition->encryption == NULL)
        return false;
    const struct encryption *encryption = definition->encryption;
    return encryption->iv == 8 && encryption->kind != CIPHER_CBC && encryption->kind != CIPHER_NULL;
}

bool nonce_follows(const struct nonce *nonce)
{
    return nonce != NULL && !nonce->broken && nonce->last > nonce->first;
}

/* The number to which a rule gave this IV, where it did. */
static bool nonce_ruled(const struct nonce *nonce, uint64_t iv, uint64_t full, uint64_t *other)
{
    uint64_t by_add = iv - nonce->add, by_mix = iv ^ nonce->mix;
    if (nonce->by_add && by_add >= nonce->first && by_add <= nonce->last && by_add != full) {
        *other = by_add;
        return true;
    }
    *other = by_mix;
    return nonce->by_mix && by_mix >= nonce->first && by_mix <= nonce->last && by_mix != full;
}

static void nonce_break(struct sa *sa, uint32_t *tables)
{
    sa->nonce->broken = true;
    if (*tables >= NONCE_TABLES_MAX)
        return;
    struct nonce *wider = realloc(sa->nonce, sizeof *wider + NONCE_SEEN * sizeof wider->seen[0]);
    if (wider == NULL)
        return;
    ++*tables;
    wider->table = true;
    for (uint32_t i = 0; i < NONCE_SEEN; i++)
        wider->seen[i].used = false;
    sa->nonce = wider;
}

static bool nonce_seen(struct nonce *nonce, uint64_t iv, uint64_t full, uint64_t *other)
{
    struct nonce_seen *seen = &nonce->seen[(iv * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
    bool again = seen->used && seen->iv == iv && seen->full != full;
    if (again)
        *other = seen->full;
    else
        *seen = (struct nonce_seen){ iv, full, true };
    return again;
}
_Static_assert(NONCE_SEEN == 256, "indexed by eight bits");

bool nonce_look(struct sa *sa, uint64_t iv, uint64_t full, uint32_t *tables, uint64_t *other)
{
    if (sa->nonce == NULL) {
        sa->nonce = calloc(1, sizeof *sa->nonce);
        if (sa->nonce != NULL)
            *sa->nonce = (struct nonce){
                .add = iv - full, .mix = iv ^ full, .first = full, .last = full, .by_add = true, .by_mix = true
            };
        return false;
    }
    struct nonce *nonce = sa->nonce;
    if (!nonce->broken) {
        bool by_add = nonce->by_add && iv == full + nonce->add, by_mix = nonce->by_mix && iv == (full ^ nonce->mix);
        if (by_add || by_mix) {
            nonce->by_add = by_add;
            nonce->by_mix = by_mix;
            nonce->first = full < nonce->first ? full : nonce->first;
            nonce->last = full > nonce->last ? full : nonce->last;
            return false;
        }
        nonce_break(sa, tables);
        nonce = sa->nonce;
    }
    if (nonce_ruled(nonce, iv, full, other))
        return true;
    return nonce->table && nonce_seen(nonce, iv, full, other);
}
