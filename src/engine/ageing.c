/* ageing: the sweep. */
#include "engine/ageing.h"

#include <stdlib.h>

#include "sa/pairs.h"
#include "track/nonce.h"

static bool ageing_is_over(struct esplain *esplain, uint32_t index, bool crowded)
{
    struct sa *sa = sadb_sa(esplain->db, index);
    uint64_t packets = sa_packets(esplain->db, index);
    if (packets != sa->aged_packets) {
        sa->aged_packets = packets;
        sa->idle = 0;
        sa->ended_told = false;
        return false;
    }
    if (sa->idle < UINT8_MAX)
        sa->idle++;
    return sa->idle >= (crowded && packets <= AGEING_FLOOD_PACKETS ? AGEING_SWEEPS_FLOOD : AGEING_SWEEPS);
}

/* Silent SAs that nobody defined. Fills `over`; returns how many. */
static uint32_t ageing_look(struct esplain *esplain, bool *over)
{
    struct sadb *db = esplain->db;
    bool crowded = sadb_seen_count(db) > AGEING_CROWDED;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        uint32_t flags = sadb_hot(db, i)->flags;
        over[i] = flags & SA_HOT_SEEN && !(flags & SA_HOT_FREE) && ageing_is_over(esplain, i, crowded);
        count += over[i];
    }
    return count;
}

static void ageing_tell(struct esplain *esplain, const bool *over)
{
    pairs_make(esplain->db);
    for (uint32_t i = 0; i < sadb_count(esplain->db); i++) {
        struct sa *sa = sadb_sa(esplain->db, i);
        if (!over[i] || sa->ended_told)
            continue;
        sa->ended_told = true;
        struct event event = { .kind = EVENT_SA_END, .sa = i, .flow = sa->flow };
        esplain->sink.raise(esplain->sink.context, &event);
    }
}

/* What a finding speaks of stays. */
static void ageing_spare(struct esplain *esplain, bool *over)
{
    for (uint32_t i = 0; i < ledger_count(esplain->detect.ledger); i++) {
        const struct finding *finding = ledger_at(esplain->detect.ledger, i);
        if (finding->sa != SADB_NONE)
            over[finding->sa] = false;
        if (finding->near != SADB_NONE)
            over[finding->near] = false;
    }
}

static void ageing_unlink(struct esplain *esplain, const bool *over)
{
    for (unsigned i = 0; i < RECENT_PACKETS; i++)
        if (esplain->recent.ring[i].sa != SADB_NONE && over[esplain->recent.ring[i].sa])
            esplain->recent.ring[i].sa = SADB_NONE;
    for (unsigned i = 0; i < COPIES; i++)
        if (esplain->copies.ring[i].sa != SADB_NONE && over[esplain->copies.ring[i].sa])
            esplain->copies.ring[i].used = true;
}

uint32_t ageing_sweep(struct esplain *esplain)
{
    uint32_t count = sadb_count(esplain->db), forgotten = 0;
    bool *over = calloc((size_t)count + 1, sizeof *over);
    if (over == NULL || ageing_look(esplain, over) == 0) {
        free(over);
        return 0;
    }
    ageing_tell(esplain, over);
    ageing_spare(esplain, over);
    ageing_unlink(esplain, over);
    for (uint32_t i = 0; i < count; i++) {
        const struct sa *sa = sadb_sa(esplain->db, i);
        if (!over[i])
            continue;
        esplain->flows -= sa->flow != NULL;
        esplain->nonce_tables -= sa->nonce != NULL && sa->nonce->table;
        sadb_forget(esplain->db, i);
        forgotten++;
    }
    free(over);
    pairs_make(esplain->db);
    return forgotten;
}
