/*
 * ike_rhythm: requests and their answers, and how far an IKE SA came; IKEv2 (IKEv1: ike_rhythm1.c).
 *
 * Theory of operation. IKEv2 has one request outstanding a side (RFC 7296 2.3; larger windows are negotiated and rare),
 * so each session keeps the latest request of each side. A message with the same bytes again is a retransmission; a
 * response with its ID answers it; lower IDs are old. Of a message that was sent in pieces the first one stands for it.
 * The latest messages are remembered by their hashes, so that what comes again, late or twice, is read once.
 */
#include <string.h>

#include "track/ike_rhythm.h"

/* The same bytes sooner than this are one message that was captured twice: no daemon repeats itself that fast. */
#define RHYTHM_ECHO_NS ((int64_t)100000000)

enum { EXCHANGE_SA_INIT = 34, EXCHANGE_AUTH = 35, EXCHANGE_CHILD = 36 };

static struct rhythm_piece rhythm_piece(const struct ike_message *message)
{
    struct rhythm_piece piece = { 0 };
    const uint8_t *body = message->bytes + IKE_HEADER + IKE_PAYLOAD_HEADER;
    if (message->captured < IKE_HEADER + IKE_PAYLOAD_HEADER + 4)
        return piece;
    if (message->version == IKE_VERSION_2 && message->header.next == IKE2_SKF) {
        piece.number = bytes_get16(body);
        piece.total = bytes_get16(body + 2);
    }
    return piece;
}

void rhythm_seen(const struct ike_context *context, struct ike_request *request)
{
    request->last_ns = context->frame->time_ns;
    request->last_frame = context->frame->number;
}

/* The same message once more. */
void rhythm_again(struct ike_context *context, struct ike_request *request)
{
    int64_t gap = context->frame->time_ns - request->last_ns;
    if (gap < RHYTHM_ECHO_NS)
        return;
    if (request->sent - 1 < IKE_GAPS)
        request->gap_ns[request->sent - 1] = gap;
    request->sent++;
    request->unheard += !request->pending;
    rhythm_seen(context, request);
}

static uint64_t rhythm_bit(struct rhythm_piece piece)
{
    return piece.number >= 1 && piece.number <= 64 ? (uint64_t)1 << (piece.number - 1) : 0;
}

void rhythm_begin(const struct ike_context *context, struct ike_request *request, uint64_t hash,
                  struct rhythm_piece piece)
{
    const struct ike_header *header = &context->message->header;
    const struct frame *frame = context->frame;
    *request = (struct ike_request){ .pending = true,
                                     .exchange = header->exchange,
                                     .message_id = header->message_id,
                                     .length = header->length,
                                     .sent = 1,
                                     .hash = piece.number > 1 ? 0 : hash,
                                     .pieces = piece.total,
                                     .pieces_seen = rhythm_bit(piece),
                                     .encrypted = header->flags & IKE_FLAG_ENCRYPTED,
                                     .layer = *context->layer,
                                     .first_frame = frame->number,
                                     .last_frame = frame->number,
                                     .first_ns = frame->time_ns,
                                     .last_ns = frame->time_ns,
                                     .file = frame->file };
}

void rhythm_answered(const struct ike_context *context, struct ike_request *request)
{
    request->pending = false;
    request->answer_frame = context->frame->number;
    request->answer_ns = context->frame->time_ns;
    request->answer_length = context->message->header.length;
}

/* True where it belongs to the request that is known: a piece of it, or the same again. */
static bool rhythm_belongs(struct ike_context *context, struct ike_request *request, uint64_t hash,
                           struct rhythm_piece piece)
{
    if (piece.number != 0 && piece.total == request->pieces)
        request->pieces_seen |= rhythm_bit(piece);
    if (request->hash == hash) {
        rhythm_again(context, request);
        return true;
    }
    if (piece.number > 1 || (piece.number == 1 && request->hash == 0)) {
        if (piece.number == 1)
            request->hash = hash;
        if (request->sent == 1)
            request->length += context->message->header.length;
        return true;
    }
    return false;
}

static void rhythm_ask(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    struct ike_request *request = &session->request[context->from_initiator ? 0 : 1];
    struct ike_request *other = &session->request[context->from_initiator ? 1 : 0];
    struct rhythm_piece piece = rhythm_piece(context->message);
    if (request->sent > 0 && header->message_id < request->message_id)
        return; /* late */
    bool same = request->sent > 0 && request->message_id == header->message_id && request->exchange == header->exchange;
    if (same && rhythm_belongs(context, request, hash, piece))
        return;
    if (same && request->pending) { /* other bytes under the same ID: it asks once more */
        request->sent++;
        request->hash = hash;
        rhythm_seen(context, request);
        return;
    }
    if (same && header->exchange != EXCHANGE_SA_INIT) /* there a cookie or another group was asked for */
        return;
    if (other->pending && header->exchange == EXCHANGE_CHILD && other->exchange == EXCHANGE_CHILD) {
        struct ike_event event = { .what = IKE_CROSSING, .request = other };
        ike_table_raise(context, &event);
    }
    if (header->exchange == EXCHANGE_AUTH)
        session->auth.sent = 0; /* one more round, as EAP has them */
    rhythm_begin(context, request, hash, piece);
}

static void rhythm_answer(struct ike_context *context)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    unsigned asker = context->from_initiator ? 1 : 0;
    struct ike_request *request = &session->request[asker];
    struct rhythm_piece piece = rhythm_piece(context->message);
    if (request->sent == 0 || request->message_id != header->message_id || request->exchange != header->exchange)
        return;
    if (header->exchange != EXCHANGE_SA_INIT && header->next == IKE2_NOTIFY)
        return; /* INVALID_IKE_SPI and the like, unprotected: the IKE SA did not answer (RFC 7296 2.21.4) */
    if (request->pending) {
        rhythm_answered(context, request);
        request->answer_pieces = piece.number != 0;
        if (header->exchange == EXCHANGE_AUTH)
            session->auth = *request;
        return;
    }
    if (context->repeated || header->exchange == EXCHANGE_SA_INIT)
        return;
    if (request->answer_pieces || piece.number != 0 || request->answered_twice)
        return;
    request->answered_twice = true;
    struct ike_event event = { .what = IKE_ANSWERED_TWICE, .request = request };
    ike_table_raise(context, &event);
}

/* An answer to IKE_SA_INIT that is more than a notify: an SA comes first, or nothing short. */
static bool rhythm_is_full(const struct ike_header *header)
{
    return header->exchange == EXCHANGE_SA_INIT ? header->next == IKE2_SA || header->length > 2 * IKE_SHORT_LENGTH
                                                : header->length > IKE_SHORT_LENGTH;
}

static void rhythm_stage(struct ike_context *context)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    bool full = context->response && rhythm_is_full(header);
    if (session->stage == IKE_STAGE_DELETED)
        return;
    switch (header->exchange) {
    case EXCHANGE_SA_INIT:
        if (full && (session->stage == IKE_STAGE_STARTED || session->stage == IKE_STAGE_REFUSED))
            session->stage = IKE_STAGE_ANSWERED;
        break;
    case EXCHANGE_AUTH:
        if (!context->response && session->stage < IKE_STAGE_AUTH)
            session->stage = IKE_STAGE_AUTH;
        else if (full && session->stage <= IKE_STAGE_AUTH)
            session->stage = IKE_STAGE_UP;
        break;
    case EXCHANGE_CHILD:
        if (context->response && session->stage < IKE_STAGE_UP)
            session->stage = IKE_STAGE_UP;
        if (full)
            session->child_ns = context->frame->time_ns;
        break;
    default: break;
    }
}

static bool rhythm_remember(struct ike_session *session, uint64_t hash)
{
    for (uint32_t i = 0; i < IKE_SEEN; i++)
        if (session->seen[i] == hash)
            return true;
    session->seen[session->seen_next++ % IKE_SEEN] = hash;
    return false;
}

void ike_rhythm_message(struct ike_context *context, uint64_t hash)
{
    context->repeated = rhythm_remember(context->session, hash);
    if (context->message->version != IKE_VERSION_2) {
        rhythm1_message(context, hash);
        return;
    }
    if (context->response)
        rhythm_answer(context);
    else
        rhythm_ask(context, hash);
    rhythm_stage(context);
}
