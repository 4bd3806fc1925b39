/*
 * remark: the second look, at packets that were refused for their ICV, and at those that were opened or never can be.
 *
 * Nothing here changes a verdict. The healthy packet of an SA with keys is asked whether its nonce came before, which takes a comparison.
 */
#include "base/bytes.h"
#include "engine/engine.h"
#include "receiver/suspect.h"
#include "track/espnull.h"
#include "track/nonce.h"

#define ESP_IV 8 /* where the IV begins */

void engine_suspect(struct esplain *esplain, const struct layer *layer, uint8_t *buffer, struct judgement *judgement)
{
    bool whole = layer->kind == LAYER_AH ? layer->ip.captured == layer->ip.total && buffer != NULL : layer->captured == layer->wire;
    if (whole && sadb_hot(esplain->db, judgement->sa)->flags & SA_HOT_KEYED)
        suspect_look(&esplain->receiver, layer, buffer, judgement);
}

static bool remark_nonce(struct esplain *esplain, const struct layer *layer, const struct judgement *judgement, uint64_t *other)
{
    struct sa *sa = sadb_sa(esplain->db, judgement->sa);
    if (layer->kind != LAYER_ESP || !nonce_matters(sa->definition))
        return false;
    return nonce_look(sa, bytes_get64(layer->bytes + ESP_IV), judgement->full, &esplain->nonce_tables, other);
}

/* SAs of which no cipher is known: is there one at all? */
static void remark_unkeyed(struct esplain *esplain, const struct layer *layer, const struct judgement *judgement)
{
    const struct sa_hot *hot = sadb_hot(esplain->db, judgement->sa);
    if (hot->flags & SA_HOT_KEYED || hot->packets > ESPNULL_PACKETS || judgement->cause == CAUSE_CAPTURED_TWICE ||
        (judgement->verdict != VERDICT_ACCEPTED && judgement->verdict != VERDICT_UNJUDGED))
        return;
    struct sa *sa = sadb_sa(esplain->db, judgement->sa);
    if (sa->definition == NULL || sa->definition->encryption == NULL)
        espnull_look(sa, layer);
}

void engine_remark(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                   const struct judgement *judgement, const struct opened *opened, const struct inner_packet *inner)
{
    if (judgement->sa == SADB_NONE)
        return;
    if (!judgement->verified) {
        remark_unkeyed(esplain, layer, judgement);
        return;
    }
    uint64_t other = 0;
    unsigned remarks = remark_nonce(esplain, layer, judgement, &other) ? OPENED_NONCE : 0;
    if (opened->done)
        remarks |= (opened->padding_wrong ? OPENED_PADDING : 0) | (inner->damaged ? OPENED_DAMAGED : 0) | (inner->tfc ? OPENED_TFC : 0) |
                   (inner->fragment ? OPENED_FRAGMENT : 0);
    if (remarks == 0)
        return;
    struct event event = { .kind = EVENT_OPENED, .frame = frame, .layer = layer, .judgement = judgement, .inner = inner,
                           .other = other, .remarks = (uint8_t)remarks, .sa = judgement->sa };
    esplain->sink.raise(esplain->sink.context, &event);
}
