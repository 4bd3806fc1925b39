/*
 * ike_rekey: an IKE SA that replaces another (RFC 7296 1.3.2, 2.8): it inherits the Child SAs, so that the end of the old one ends none of
 * them. Where both ends rekey at once there are two of them for a moment, and both have inherited (2.8.1).
 */
#include <string.h>

#include "decode/ike_sa.h"
#include "track/ike_table.h"

void ike_rekey_proposed(struct ike_context *context, const struct ike_proposal *proposal)
{
    struct ike_session *session = context->session;
    unsigned side = context->from_initiator ? 0 : 1;
    session->ike_rekey[side] = proposal->spi_size == 8;
    session->rekey_id[side] = context->message->header.message_id;
    if (proposal->spi_size == 8)
        memcpy(session->rekey_spi[side], proposal->spi, 8);
}

/* Who began the exchange is the initiator of the new IKE SA. */
static void rekey_inherit(struct ike_session *heir, const struct ike_session *session, unsigned asker)
{
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        const struct ike_child *child = &session->children[i];
        if (child->ended)
            continue;
        struct ike_child *inherited = &heir->children[heir->child_count++ % IKE_CHILDREN];
        *inherited = *child;
        inherited->inherited = true;
        for (unsigned side = 0; side < 2; side++) {
            inherited->spi[side] = child->spi[side ^ asker];
            inherited->sa[side] = child->sa[side ^ asker];
        }
    }
}

void ike_rekey_agreed(struct ike_context *context, const struct ike_payload *payload, const struct ike_proposal *proposal)
{
    struct ike_session *session = context->session;
    unsigned asker = context->from_initiator ? 1 : 0;
    struct ike_header header = { 0 };
    if (!session->ike_rekey[asker] || session->rekey_id[asker] != context->message->header.message_id || proposal->spi_size != 8)
        return;
    memcpy(header.spi_i, session->rekey_spi[asker], 8);
    if (ike_table_find(context->sessions, &header) != NULL)
        return;
    struct ike_session *heir = ike_table_add(context->sessions, &header, context->frame->time_ns);
    if (heir == NULL || heir == session) /* the table was full, and the old one made room */
        return;
    memcpy(heir->spi_r, proposal->spi, 8);
    heir->version = session->version;
    heir->stage = IKE_STAGE_UP;
    heir->replaces = true;
    heir->initiator = asker == 0 ? session->initiator : session->responder;
    heir->responder = asker == 0 ? session->responder : session->initiator;
    heir->first_ns = heir->last_ns = heir->up_ns = context->frame->time_ns;
    heir->first_frame = heir->last_frame = heir->up_frame = context->frame->number;
    heir->file = context->frame->file;
    heir->decrypted = true;
    heir->nat = session->nat;
    heir->mobike = session->mobike;
    heir->fragmentation = session->fragmentation;
    ike_words_offer(payload, heir->chosen, sizeof heir->chosen, NULL);
    session->replaced = true;
    rekey_inherit(heir, session, asker);
}

static bool rekey_holds(const struct ike_session *session, const struct ike_child *child)
{
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        const struct ike_child *other = &session->children[i];
        if (other->inherited && !other->ended && other->proto == child->proto &&
            ((other->spi[0] == child->spi[0] && other->spi[1] == child->spi[1]) ||
             (other->spi[0] == child->spi[1] && other->spi[1] == child->spi[0])))
            return true;
    }
    return false;
}

bool ike_rekey_inherited(const struct ike_context *context, const struct ike_session *from, const struct ike_child *child)
{
    const struct ike_sessions *sessions = context->sessions;
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct ike_session *session = sessions->session[i];
        if (session != from && session->replaces && session->stage == IKE_STAGE_UP && rekey_holds(session, child))
            return true;
    }
    return false;
}
