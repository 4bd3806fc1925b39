/* ageing: the sweep. */
#include "engine/ageing.h"

#include <stdlib.h>

#include "receiver/suspect.h"
#include "sa/pairs.h"
#include "track/nonce.h"

/* Known, and it will never be again. */
static bool ageing_has_ended(struct sadb *db, uint32_t index)
{
    const struct sa *sa = sadb_sa(db, index);
    return !(sadb_hot(db, index)->flags & SA_HOT_SEEN) && sa->ended_known && sa->ended_ns != INT64_MAX;
}

/* How many sweeps it was silent, after its end where it had one. */
static uint32_t ageing_idle(struct esplain *esplain, uint32_t index, bool ended)
{
    struct sa *sa = sadb_sa(esplain->db, index);
    uint64_t packets = sa_packets(esplain->db, index);
    if (packets != sa->aged_packets || ended != sa->ended_seen) {
        sa->ended_told = sa->ended_told && packets == sa->aged_packets;
        sa->aged_packets = packets;
        sa->ended_seen = ended;
        sa->idle = 0;
    } else if (sa->idle < UINT16_MAX) {
        sa->idle++;
    }
    return sa->idle;
}

static bool ageing_is_over(struct esplain *esplain, uint32_t index, bool crowded)
{
    bool ended = ageing_has_ended(esplain->db, index);
    uint32_t idle = ageing_idle(esplain, index, ended);
    if (!ended && !(sadb_hot(esplain->db, index)->flags & SA_HOT_SEEN))
        return sadb_sa(esplain->db, index)->origin == SA_ORIGIN_IKE && idle >= AGEING_SWEEPS_IKE;
    if (!ended)
        return idle >= (crowded && sadb_sa(esplain->db, index)->aged_packets <= AGEING_FLOOD_PACKETS ? AGEING_SWEEPS_FLOOD : AGEING_SWEEPS);
    if (idle == AGEING_SWEEPS_KEYS)
        sadb_wipe(esplain->db, index, sa_table_secrets(esplain->table));
    return idle >= AGEING_SWEEPS_ENDED;
}

/* Silent SAs that nobody defined, and ended ones. Fills `over`; returns how many. */
static uint32_t ageing_look(struct esplain *esplain, bool *over)
{
    struct sadb *db = esplain->db;
    bool crowded = sadb_seen_count(db) > AGEING_CROWDED;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        over[i] = !(sadb_hot(db, i)->flags & SA_HOT_FREE) && ageing_is_over(esplain, i, crowded);
        count += over[i];
    }
    return count;
}

static int ageing_compare(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Of too many ended SAs the longest gone are over, too; returns how many. */
static uint32_t ageing_crowd(struct sadb *db, bool *over)
{
    uint32_t ended = 0, count = 0;
    for (uint32_t i = 0; i < sadb_count(db); i++)
        ended += !over[i] && ageing_has_ended(db, i);
    int64_t *ends = ended > AGEING_ENDED_MAX ? malloc(ended * sizeof *ends) : NULL;
    if (ends == NULL)
        return 0;
    ended = 0;
    for (uint32_t i = 0; i < sadb_count(db); i++)
        if (!over[i] && ageing_has_ended(db, i))
            ends[ended++] = sadb_sa(db, i)->ended_ns;
    qsort(ends, ended, sizeof *ends, ageing_compare);
    for (uint32_t i = 0; i < sadb_count(db); i++)
        if (!over[i] && ageing_has_ended(db, i) && sadb_sa(db, i)->ended_ns <= ends[ended - AGEING_ENDED_MAX - 1]) {
            over[i] = true;
            count++;
        }
    free(ends);
    return count;
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

/* What packets of an SA that stays are explained by stays; known SAs have their cause found for each packet anew. */
static void ageing_causes(struct sadb *db, bool *over)
{
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        const struct suspicion *suspicion = sa->suspicion;
        if (over[i])
            continue;
        if (sa->definition == NULL && sa->cause_known && sa->cause_sa != SADB_NONE)
            over[sa->cause_sa] = false;
        if (suspicion != NULL && (suspicion->cause == CAUSE_DIRECTIONS_SWAPPED || suspicion->cause == CAUSE_OTHER_SA_KEY))
            over[suspicion->near] = false;
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
    ike_sessions_unlink(esplain->sessions, over);
}

/* What is bounded for one analysis comes back in time. */
static void ageing_renew(struct esplain *esplain)
{
    struct receiver *receiver = &esplain->receiver;
    uint64_t back = SUSPECT_WORK_MAX / AGEING_SWEEPS_ENDED;
    receiver->suspect_work -= receiver->suspect_work < back ? receiver->suspect_work : back;
    if (heard_full(esplain->detect.sources))
        heard_clear(esplain->detect.sources);
}

uint32_t ageing_sweep(struct esplain *esplain)
{
    struct sadb *db = esplain->db;
    uint32_t count = sadb_count(db), forgotten = 0;
    bool *over = calloc((size_t)count + 1, sizeof *over);
    ageing_renew(esplain);
    if (over == NULL || ageing_look(esplain, over) + ageing_crowd(db, over) == 0) {
        free(over);
        return 0;
    }
    pairs_make(db);
    engine_end_sas(esplain, over);
    ageing_spare(esplain, over);
    ageing_causes(db, over);
    ageing_unlink(esplain, over);
    for (uint32_t i = 0; i < count; i++) {
        const struct sa *sa = sadb_sa(db, i);
        if (!over[i])
            continue;
        esplain->flows -= sa->flow != NULL;
        esplain->nonce_tables -= sa->nonce != NULL && sa->nonce->table;
        sadb_forget(db, i, sa_table_secrets(esplain->table));
        forgotten++;
    }
    free(over);
    pairs_make(db);
    return forgotten;
}
