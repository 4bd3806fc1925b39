/* exchanges: the sweep over IKE SAs. */
#include "engine/exchanges.h"

#include <stdlib.h>

static uint32_t exchanges_limit(const struct ike_session *session)
{
    switch ((enum ike_stage)session->stage) {
    case IKE_STAGE_STARTED:
    case IKE_STAGE_ANSWERED:
    case IKE_STAGE_AUTH:
        return EXCHANGES_SWEEPS_OPEN;
    case IKE_STAGE_REFUSED:
    case IKE_STAGE_DELETED:
        return EXCHANGES_SWEEPS_ENDED;
    case IKE_STAGE_LATE:
    case IKE_STAGE_UP:
        break;
    }
    return EXCHANGES_SWEEPS_UP;
}

/* Sweeps since the latest ESP or AH between the two, at most `most`. */
static uint32_t exchanges_traffic(struct sadb *db, const struct addr *a, const struct addr *b, uint32_t most)
{
    uint32_t idle = most;
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        bool of_both = (addr_equal(&sa->src, a) && addr_equal(&sa->dst, b)) || (addr_equal(&sa->src, b) && addr_equal(&sa->dst, a));
        if (of_both && sa->first_frame != 0 && sa->idle < idle)
            idle = sa->idle;
    }
    return idle;
}

/* Fills `over`; returns how many are. */
static uint32_t exchanges_look(struct esplain *esplain, bool *over)
{
    struct ike_sessions *sessions = esplain->sessions;
    uint32_t count = 0, looks = 0;
    for (uint32_t i = 0; i < ike_sessions_count(sessions); i++) {
        const struct ike_session *session = ike_sessions_at(sessions, i);
        uint32_t limit = exchanges_limit(session);
        if (ike_sessions_look(sessions, i) < limit)
            continue;
        if (limit == EXCHANGES_SWEEPS_UP) {
            if (looks++ >= EXCHANGES_LOOKS)
                continue;
            ike_sessions_live(sessions, i, exchanges_traffic(esplain->db, &session->initiator, &session->responder, session->idle));
        }
        over[i] = session->idle >= limit;
        count += over[i];
    }
    return count;
}

/* Those whose hosts have a finding that is not settled stay. */
static void exchanges_spare(struct esplain *esplain, bool *over)
{
    struct ledger *ledger = esplain->detect.ledger;
    struct heard *open = heard_create(2 * ledger_count(ledger) + 1);
    for (uint32_t i = 0; open != NULL && i < ledger_count(ledger); i++) {
        const struct finding *finding = ledger_at(ledger, i);
        if (finding->settled != NULL)
            continue;
        heard_add(open, &(struct heard_key){ .src = finding->subject.src, .dst = finding->subject.dst });
        heard_add(open, &(struct heard_key){ .src = finding->subject.dst, .dst = finding->subject.src });
    }
    for (uint32_t i = 0; i < ike_sessions_count(esplain->sessions); i++) {
        const struct ike_session *session = ike_sessions_at(esplain->sessions, i);
        over[i] = over[i] && open != NULL && !heard_has(open, &(struct heard_key){ .src = session->initiator, .dst = session->responder });
    }
    heard_destroy(open);
}

uint32_t exchanges_sweep(struct esplain *esplain, int64_t now_ns)
{
    uint32_t count = ike_sessions_count(esplain->sessions), forgotten = 0;
    bool *over = calloc((size_t)count + 1, sizeof *over);
    if (over == NULL || exchanges_look(esplain, over) == 0) {
        free(over);
        return 0;
    }
    for (uint32_t i = 0; i < count; i++)
        if (over[i])
            ike_sessions_close(esplain->sessions, i, now_ns);
    exchanges_spare(esplain, over);
    for (uint32_t i = 0; i < count; i++)
        forgotten += over[i];
    if (forgotten > 0)
        ike_sessions_forget(esplain->sessions, over);
    free(over);
    return forgotten;
}
