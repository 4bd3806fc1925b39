/*
 * ike_rhythm: requests and their answers, and how far an IKE SA came.
 *
 * Theory of operation. IKEv2 has one request outstanding a side (RFC 7296 2.3; larger windows are negotiated and rare),
 * so each session keeps the latest request of each side. A message with the same bytes again is a retransmission; a
 * response with its ID answers it; lower IDs are old. IKEv1 has no requests and answers in its header: there the last
 * message of each side of an exchange stands for the request, and any later message of the other side with that message
 * ID answers it; who has the last word in an exchange waits for nothing. Informational exchanges of IKEv1 want no
 * answer at all; those that nobody reacts to are counted, because dead peer detection (RFC 3706) looks like that.
 *
 * Of a message that was sent in pieces the first one stands for it.
 */
#include <string.h>

#include "track/ike_table.h"

/* The same bytes sooner than this are one message that was captured twice: no daemon repeats itself that fast. */
#define RHYTHM_ECHO_NS ((int64_t)100000000)

enum {
    MODE_MAIN = 2,
    MODE_AGGRESSIVE = 4,
    MODE_INFORMATIONAL = 5,
    MODE_TRANSACTION = 6,
    MODE_QUICK = 32,
    EXCHANGE_SA_INIT = 34,
    EXCHANGE_AUTH = 35,
    EXCHANGE_CHILD = 36
};

struct rhythm_piece {
    uint32_t number, total; /* 0: the message is whole */
};

static struct rhythm_piece rhythm_piece(const struct ike_message *message)
{
    struct rhythm_piece piece = { 0 };
    const uint8_t *body = message->bytes + IKE_HEADER + IKE_PAYLOAD_HEADER;
    if (message->captured < IKE_HEADER + IKE_PAYLOAD_HEADER + 4)
        return piece;
    if (message->version == IKE_VERSION_2 && message->header.next == IKE2_SKF) {
        piece.number = bytes_get16(body);
        piece.total = bytes_get16(body + 2);
    } else if (message->version == IKE_VERSION_1 && message->header.next == IKE1_FRAGMENT) {
        piece.number = body[2];
    }
    return piece;
}

static bool rhythm_has_answerer(const struct ike_header *header)
{
    static const uint8_t zero[8];
    return memcmp(header->spi_r, zero, 8) != 0;
}

static void rhythm_seen(const struct ike_context *context, struct ike_request *request)
{
    request->last_ns = context->frame->time_ns;
    request->last_frame = context->frame->number;
}

/* The same message once more. */
static void rhythm_again(struct ike_context *context, struct ike_request *request)
{
    int64_t gap = context->frame->time_ns - request->last_ns;
    context->repeated = true;
    if (gap < RHYTHM_ECHO_NS)
        return;
    if (request->sent - 1 < IKE_GAPS)
        request->gap_ns[request->sent - 1] = gap;
    request->sent++;
    request->unheard += !request->pending;
    rhythm_seen(context, request);
}

static void rhythm_begin(const struct ike_context *context, struct ike_request *request, uint64_t hash,
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
                                     .encrypted = header->flags & IKE_FLAG_ENCRYPTED,
                                     .layer = *context->layer,
                                     .first_frame = frame->number,
                                     .last_frame = frame->number,
                                     .first_ns = frame->time_ns,
                                     .last_ns = frame->time_ns,
                                     .file = frame->file };
}

static void rhythm_answered(const struct ike_context *context, struct ike_request *request)
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
    if (request->sent > 0 && header->message_id < request->message_id) {
        context->repeated = true; /* late */
        return;
    }
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
    rhythm_begin(context, request, hash, piece);
}

static void rhythm_answer(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    unsigned asker = context->from_initiator ? 1 : 0;
    struct ike_request *request = &session->request[asker];
    struct rhythm_piece piece = rhythm_piece(context->message);
    if (request->sent == 0 || request->message_id != header->message_id || request->exchange != header->exchange) {
        context->repeated = request->sent > 0 && header->message_id < request->message_id;
        return;
    }
    if (header->exchange != EXCHANGE_SA_INIT && header->next == IKE2_NOTIFY)
        return; /* INVALID_IKE_SPI and the like, unprotected: the IKE SA did not answer (RFC 7296 2.21.4) */
    if (request->pending) {
        rhythm_answered(context, request);
        request->answer_pieces = piece.number != 0;
        session->answer_hash[asker] = hash;
        return;
    }
    if (hash == session->answer_hash[asker]) {
        context->repeated = true;
        return;
    }
    if (header->exchange == EXCHANGE_SA_INIT) {
        session->answer_hash[asker] = hash;
        return;
    }
    if (request->answer_pieces || piece.number != 0 || request->answered_twice)
        return;
    request->answered_twice = true;
    struct ike_event event = { .what = IKE_ANSWERED_TWICE, .request = request };
    ike_table_raise(context, &event);
}

/* IKEv1: notifications and deletes, each with an ID of its own. */
static void rhythm_inform(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    unsigned side = context->from_initiator ? 0 : 1;
    struct ike_request *probe = &session->probe[side];
    const struct ike_header *header = &context->message->header;
    if (!(header->flags & IKE_FLAG_ENCRYPTED))
        return;
    session->informed_ns[side] = context->frame->time_ns;
    session->informed_frame[side] = context->frame->number;
    if (probe->pending && probe->hash == hash) {
        context->repeated = true;
        return;
    }
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

/* Does nobody have to say anything after this message of an exchange? `same`: this side spoke in it before. */
static bool rhythm_is_last(const struct ike_context *context, bool same, bool answers)
{
    const struct ike_header *header = &context->message->header;
    switch (header->exchange) {
    case MODE_MAIN: return !context->from_initiator && header->flags & IKE_FLAG_ENCRYPTED;
    case MODE_AGGRESSIVE: return context->from_initiator && rhythm_has_answerer(header);
    case MODE_TRANSACTION: return answers;
    case MODE_QUICK: return same;
    default: return false;
    }
}

static void rhythm_one(struct ike_context *context, uint64_t hash)
{
    struct ike_session *session = context->session;
    const struct ike_header *header = &context->message->header;
    unsigned side = context->from_initiator ? 0 : 1;
    struct ike_request *request = &session->request[side], *other = &session->request[side ^ 1];
    struct rhythm_piece piece = rhythm_piece(context->message);
    bool answers = other->pending && other->message_id == header->message_id;
    bool same = request->sent > 0 && request->message_id == header->message_id && request->exchange == header->exchange;
    session->probe[side ^ 1].pending = false;
    if (header->exchange == MODE_INFORMATIONAL) {
        rhythm_inform(context, hash);
        return;
    }
    if (same && rhythm_belongs(context, request, hash, piece))
        return;
    if (answers)
        rhythm_answered(context, other);
    bool last = rhythm_is_last(context, same, answers);
    rhythm_begin(context, request, hash, piece);
    request->pending = !last;
}

static void rhythm_stage1(struct ike_context *context)
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

/* An answer to IKE_SA_INIT that is more than a notify: an SA comes first, or nothing short. */
static bool rhythm_is_full(const struct ike_header *header)
{
    return header->exchange == EXCHANGE_SA_INIT ? header->next == IKE2_SA || header->length > 2 * IKE_SHORT_LENGTH
                                                : header->length > IKE_SHORT_LENGTH;
}

static void rhythm_stage2(struct ike_context *context)
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
        break;
    default: break;
    }
}

void ike_rhythm_message(struct ike_context *context, uint64_t hash)
{
    if (context->message->version != IKE_VERSION_2) {
        rhythm_one(context, hash);
        rhythm_stage1(context);
        return;
    }
    if (context->response)
        rhythm_answer(context, hash);
    else
        rhythm_ask(context, hash);
    rhythm_stage2(context);
}
