/*
 * ike_rhythm1: whose turn it is in IKEv1 and AuthIP.
 *
 * Theory of operation. The header knows no requests and answers. In phase 1 the last message of each side stands for
 * its request, and any later message of the other side answers it; who has the last word waits for nothing. Quick modes
 * may run side by side, each with an ID of its own: the first message waits for the second, the second for the third.
 * Informational exchanges want no answer at all; those that nobody reacts to are counted, because dead peer detection
 * (RFC 3706) looks like that.
 */
#include <stdlib.h>
#include <string.h>

#include "track/ike_rhythm.h"

enum { MODE_MAIN = 2, MODE_AGGRESSIVE = 4, MODE_INFORMATIONAL = 5, MODE_TRANSACTION = 6, MODE_QUICK = 32 };

static const struct rhythm_piece rhythm1_whole;

/* Notifications and deletes, each with an ID of its own. */
static void rhythm1_inform(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    unsigned side = context->from_initiator ? 0 : 1;
    struct ike_request *probe = &session->probe[side];
    const struct ike_header *header = &context->message->header;
    if (!(header->flags & IKE_FLAG_ENCRYPTED))
        return;
    session->informed_ns[side] = context->frame->time_ns;
    session->informed_frame[side] = context->frame->number;
    if (context->repeated)
        return;
    if (!probe->pending || probe->length != header->length) {
        rhythm_begin(context, probe, hash, (struct rhythm_piece){ 0 });
        return;
    }
    if (probe->sent - 1 < IKE_GAPS)
        probe->gap_ns[probe->sent - 1] = context->frame->time_ns - probe->last_ns;
    probe->sent++;
    probe->hash = hash;
    rhythm_seen(context, probe);
}

/* Does nobody have to say anything after this message? `answers`: it answers one of the other side. */
static bool rhythm1_is_last(const struct ike_context *context, bool answers)
{
    static const uint8_t zero[8];
    const struct ike_header *header = &context->message->header;
    switch (header->exchange) {
    case MODE_MAIN: return !context->from_initiator && header->flags & IKE_FLAG_ENCRYPTED;
    case MODE_AGGRESSIVE: return context->from_initiator && memcmp(header->spi_r, zero, 8) != 0;
    case MODE_TRANSACTION: return answers;
    default: return false;
    }
}

static void rhythm1_phase1(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    unsigned side = context->from_initiator ? 0 : 1;
    struct ike_request *request = &session->request[side], *other = &session->request[side ^ 1];
    bool answers = other->pending && other->message_id == header->message_id;
    if (request->sent > 0 && request->hash == hash) {
        rhythm_again(context, request);
        return;
    }
    if (context->repeated)
        return; /* an older one, late */
    if (answers)
        rhythm_answered(context, other);
    bool last = rhythm1_is_last(context, answers);
    rhythm_begin(context, request, hash, rhythm1_whole);
    request->pending = !last;
}

static struct ike_quick *rhythm1_turn(struct ike_session *session, uint32_t message_id)
{
    if (session->quick == NULL && (session->quick = calloc(IKE_QUICK, sizeof *session->quick)) == NULL)
        return NULL;
    for (uint32_t i = 0; i < IKE_QUICK; i++)
        if (session->quick[i].said != 0 && session->quick[i].request.message_id == message_id)
            return &session->quick[i];
    struct ike_quick *quick = &session->quick[session->quick_next++ % IKE_QUICK];
    quick->said = 0;
    return quick;
}

static void rhythm1_quick(struct ike_context *context, uint64_t hash)
{
    unsigned side = context->from_initiator ? 0 : 1;
    struct ike_quick *quick = rhythm1_turn(context->session, context->message->header.message_id);
    if (quick == NULL)
        return;
    if (quick->said == 0) {
        quick->by = (uint8_t)side;
        quick->said = 1;
        rhythm_begin(context, &quick->request, hash, rhythm1_whole);
    } else if (quick->request.hash == hash) {
        rhythm_again(context, &quick->request);
    } else if (!context->repeated && quick->said == 1 && side != quick->by) {
        quick->said = 2;
        rhythm_begin(context, &quick->request, hash, rhythm1_whole);
    } else if (!context->repeated && quick->said == 2 && side == quick->by) {
        quick->said = 3;
        rhythm_answered(context, &quick->request);
    }
}

static void rhythm1_stage(struct ike_context *context)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    uint8_t reached = IKE_STAGE_LATE;
    bool encrypted = header->flags & IKE_FLAG_ENCRYPTED;
    if (session->stage == IKE_STAGE_DELETED || header->exchange == MODE_INFORMATIONAL)
        return;
    if (header->message_id != 0 && (header->exchange == MODE_QUICK || header->exchange == MODE_TRANSACTION))
        reached = IKE_STAGE_UP;
    else if (header->message_id == 0 && encrypted && header->exchange == MODE_MAIN && !context->from_initiator)
        reached = IKE_STAGE_UP; /* the sixth message proves that both have the same keys */
    else if (header->message_id == 0 && encrypted)
        reached = IKE_STAGE_AUTH;
    else if (header->message_id == 0 && !context->from_initiator)
        reached = IKE_STAGE_ANSWERED;
    /* whoever goes on to phase 2 was not refused for good */
    if (session->stage == IKE_STAGE_REFUSED ? reached == IKE_STAGE_UP : reached > session->stage)
        session->stage = reached;
}

void rhythm1_message(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    session->probe[context->from_initiator ? 1 : 0].pending = false;
    switch (context->message->header.exchange) {
    case MODE_INFORMATIONAL: rhythm1_inform(context, hash); break;
    case MODE_QUICK: rhythm1_quick(context, hash); break;
    default: rhythm1_phase1(context, hash); break;
    }
    rhythm1_stage(context);
}
