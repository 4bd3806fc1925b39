/* ike_session: the table of IKE SAs. */
#include "track/ike_table.h"

#include "crypto/ike.h"
#include "track/ike_version1.h"

#include <stdlib.h>
#include <string.h>

static void ike_table_clear(struct ike_session *session)
{
    ike_destroy(session->ike);
    version1_destroy(session->version1);
    if (session->pieces.bytes)
        secret_wipe(session->pieces.bytes, session->pieces.length);
    free(session->pieces.bytes);
    free(session->quick);
    free(session->childkeys);
    memset(session, 0, sizeof *session);
}

struct ike_sessions *ike_sessions_create(struct sadb *db, const struct event_sink *sink, uint32_t window)
{
    struct ike_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions == NULL)
        return NULL;
    sessions->db = db;
    sessions->sink = sink;
    sessions->window = window;
    hash_key_make(&sessions->hash);
    return sessions;
}

void ike_sessions_destroy(struct ike_sessions *sessions)
{
    if (sessions == NULL)
        return;
    for (uint32_t i = 0; i < sessions->count; i++) {
        ike_table_clear(sessions->session[i]);
        free(sessions->session[i]);
    }
    ike_pieces_destroy(sessions);
    if (sessions->plain)
        secret_wipe(sessions->plain, sessions->plain_room);
    free(sessions->plain);
    free(sessions);
}

void ike_sessions_use_keys(struct ike_sessions *sessions, struct ike_keys *keys)
{
    sessions->keys = keys;
}

uint32_t ike_sessions_count(const struct ike_sessions *sessions)
{
    return sessions->count;
}

const struct ike_session *ike_sessions_at(const struct ike_sessions *sessions, uint32_t index)
{
    return sessions->session[index];
}

static uint32_t *ike_table_slot(struct ike_sessions *sessions, const uint8_t spi_i[8])
{
    uint64_t at = hash_bytes(&sessions->hash, spi_i, 8);
    for (;; at++) {
        uint32_t *slot = &sessions->slots[at % IKE_SLOTS];
        if (*slot == 0 || memcmp(sessions->session[*slot - 1]->spi_i, spi_i, 8) == 0)
            return slot;
    }
}

struct ike_session *ike_table_find(struct ike_sessions *sessions, const struct ike_header *header)
{
    uint32_t index = *ike_table_slot(sessions, header->spi_i);
    return index ? sessions->session[index - 1] : NULL;
}

/* Open addressing without tombstones: after one is taken out, all slots are made anew. Only floods and sweeps come here. */
static void ike_table_rehash(struct ike_sessions *sessions, uint32_t without)
{
    memset(sessions->slots, 0, sizeof sessions->slots);
    for (uint32_t i = 0; i < sessions->count; i++)
        if (i != without)
            *ike_table_slot(sessions, sessions->session[i]->spi_i) = i + 1;
}

/* Room is made in steps, so that a flood pays for a new index once in many sessions. */
static uint32_t ike_table_evict(struct ike_sessions *sessions)
{
    for (uint32_t looked = 0; looked < IKE_SESSIONS; looked++) {
        uint32_t index = sessions->next++ % IKE_SESSIONS;
        uint8_t stage = sessions->session[index]->stage;
        if (stage <= IKE_STAGE_ANSWERED || stage >= IKE_STAGE_REFUSED)
            return index;
    }
    return sessions->next++ % IKE_SESSIONS;
}

struct ike_session *ike_table_add(struct ike_sessions *sessions, const struct ike_header *header, int64_t now_ns)
{
    uint32_t index = sessions->count;
    if (index == IKE_SESSIONS) {
        index = ike_table_evict(sessions);
        ike_sessions_close(sessions, index, now_ns);
        ike_table_rehash(sessions, index);
        ike_table_clear(sessions->session[index]);
    } else {
        sessions->session[index] = calloc(1, sizeof(struct ike_session));
        if (sessions->session[index] == NULL)
            return NULL;
    }
    struct ike_session *session = sessions->session[index];
    memcpy(session->spi_i, header->spi_i, 8);
    *ike_table_slot(sessions, header->spi_i) = index + 1;
    if (index == sessions->count)
        sessions->count++;
    return session;
}

void ike_table_raise(const struct ike_context *context, struct ike_event *event)
{
    event->session = context->session;
    event->from_initiator = context->from_initiator;
    event->decrypted = context->decrypted;
    if (context->message) {
        event->exchange = context->message->header.exchange;
        event->message_id = context->message->header.message_id;
    } else if (event->request) {
        event->exchange = event->request->exchange;
        event->message_id = event->request->message_id;
    }
    struct event outer = { .kind = EVENT_IKE, .frame = context->frame, .layer = context->layer, .ike = event, .sa = SADB_NONE };
    context->sessions->sink->raise(context->sessions->sink->context, &outer);
}

static struct ike_session *ike_begin(struct ike_context *context)
{
    const struct ike_header *header = &context->message->header;
    struct ike_session *session = ike_table_add(context->sessions, header, context->frame->time_ns);
    if (session == NULL)
        return NULL;
    const struct addr *src = &context->layer->ip.src, *dst = &context->layer->ip.dst;
    session->version = context->message->version;
    session->exchange = header->exchange;
    session->initiator = context->from_initiator ? *src : *dst;
    session->responder = context->from_initiator ? *dst : *src;
    session->first_ns = context->frame->time_ns;
    session->first_frame = context->frame->number;
    session->file = context->frame->file;
    return session;
}

static void ike_count(struct ike_context *context)
{
    struct ike_session *session = context->session;
    static const uint8_t zero[8];
    const struct ike_header *header = &context->message->header;
    if (memcmp(header->spi_r, zero, 8) != 0)
        memcpy(session->spi_r, header->spi_r, 8);
    session->last_ns = context->frame->time_ns;
    session->last_frame = context->frame->number;
    session->messages[context->from_initiator ? 0 : 1]++;
    session->ended_told = false;
    session->nat |= context->layer->encap == ENCAP_UDP && (context->layer->sport == 4500 || context->layer->dport == 4500);
    /* MOBIKE and NAT move peers: the newest addresses are where they are now */
    struct addr *sender = context->from_initiator ? &session->initiator : &session->responder;
    struct addr former = *sender;
    session->initiator = context->from_initiator ? context->layer->ip.src : context->layer->ip.dst;
    session->responder = context->from_initiator ? context->layer->ip.dst : context->layer->ip.src;
    if (!addr_equal(&former, sender)) {
        struct ike_event event = { .what = IKE_MOVED, .former = &former };
        ike_table_raise(context, &event);
    }
}

/* True: it was the last piece of a message, which is `whole` now. NULL: it is such a message itself. */
static bool ike_message(struct ike_sessions *sessions, const struct frame *frame, const struct layer *layer, struct layer *whole)
{
    struct ike_message message;
    enum decode_status status = ike_message_open(&message, layer->bytes, layer->captured, layer->wire);
    struct ike_context context = { .sessions = sessions, .frame = frame, .layer = layer, .message = &message };
    if (status == DECODE_CUT)
        return false;
    const struct ike_header *header = &message.header;
    if (status == DECODE_BAD && message.captured < IKE_HEADER) {
        struct ike_event event = { .what = IKE_DAMAGED, .fault = &message.fault };
        ike_table_raise(&context, &event);
        return false;
    }
    bool two = message.version == IKE_VERSION_2;
    struct ike_session *session = ike_table_find(sessions, header);
    context.response = two && header->flags & IKE_FLAG_RESPONSE;
    if (two)
        context.from_initiator = header->flags & IKE_FLAG_INITIATOR;
    else
        context.from_initiator = session == NULL || addr_equal(&layer->ip.src, &session->initiator);
    context.session = session;
    if (status == DECODE_BAD) {
        struct ike_event event = { .what = IKE_DAMAGED, .fault = &message.fault };
        ike_table_raise(&context, &event);
        return false;
    }
    if (session == NULL) {
        session = context.session = ike_begin(&context);
        if (session == NULL)
            return false;
        bool first = two ? header->exchange == 34 && !context.response
                         : header->message_id == 0 && !(header->flags & IKE_FLAG_ENCRYPTED) && header->exchange != 5;
        session->stage = first ? IKE_STAGE_STARTED : IKE_STAGE_LATE;
    }
    if (whole != NULL)
        ike_count(&context);
    if (whole != NULL && message.version == IKE_VERSION_1 && header->next == IKE1_FRAGMENT) {
        bool joined;
        if (ike_pieces_add(&context, whole, &joined))
            return joined;
    }
    uint64_t hash = hash_bytes(&sessions->hash, message.bytes, message.captured);
    ike_rhythm_message(&context, hash);
    if (!context.repeated)
        ike_contents_read(&context);
    if (context.response && header->exchange == 36 && header->length <= IKE_SHORT_LENGTH && header->next == IKE2_SK &&
        !context.decrypted && !context.repeated) {
        struct ike_event event = { .what = IKE_SHORT_CHILD, .request = &session->request[context.from_initiator ? 1 : 0] };
        ike_table_raise(&context, &event);
    }
    if (session->stage == IKE_STAGE_UP && session->up_ns == 0) {
        session->up_ns = frame->time_ns;
        session->up_frame = frame->number;
    }
    return false;
}

void ike_sessions_message(struct ike_sessions *sessions, const struct frame *frame, const struct layer *layer)
{
    struct layer whole;
    if (ike_message(sessions, frame, layer, &whole))
        ike_message(sessions, frame, &whole, NULL);
}

void ike_sessions_end(struct ike_sessions *sessions, int64_t last_ns)
{
    ike_pieces_end(sessions);
    ike_sessions_review(sessions, last_ns);
}

void ike_sessions_review(struct ike_sessions *sessions, int64_t last_ns)
{
    for (uint32_t i = 0; i < sessions->count; i++)
        if (!sessions->session[i]->ended_told)
            ike_end_session(sessions, sessions->session[i], last_ns);
}

uint32_t ike_sessions_look(struct ike_sessions *sessions, uint32_t index)
{
    struct ike_session *session = sessions->session[index];
    uint32_t messages = session->messages[0] + session->messages[1];
    if (messages != session->aged_messages) {
        session->aged_messages = messages;
        session->idle = 0;
    } else if (session->idle < UINT32_MAX) {
        session->idle++;
    }
    return session->idle;
}

void ike_sessions_live(struct ike_sessions *sessions, uint32_t index, uint32_t idle)
{
    if (idle < sessions->session[index]->idle)
        sessions->session[index]->idle = idle;
}

void ike_sessions_close(struct ike_sessions *sessions, uint32_t index, int64_t last_ns)
{
    if (!sessions->session[index]->ended_told)
        ike_end_session(sessions, sessions->session[index], last_ns);
    sessions->session[index]->ended_told = true;
}

void ike_sessions_forget(struct ike_sessions *sessions, const bool *gone)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sessions->count; i++) {
        struct ike_session *session = sessions->session[i];
        sessions->session[i] = NULL;
        if (!gone[i]) {
            sessions->session[kept++] = session;
            continue;
        }
        ike_table_clear(session);
        free(session);
    }
    sessions->count = kept;
    ike_table_rehash(sessions, IKE_SESSIONS);
}

void ike_sessions_unlink(struct ike_sessions *sessions, const bool *gone)
{
    for (uint32_t i = 0; i < sessions->count; i++)
        for (uint32_t k = 0; k < sessions->session[i]->child_count && k < IKE_CHILDREN; k++)
            for (unsigned side = 0; side < 2; side++) {
                uint32_t *sa = &sessions->session[i]->children[k].sa[side];
                if (*sa != SADB_NONE && gone[*sa])
                    *sa = SADB_NONE;
            }
}

bool ike_sessions_silent(const struct ike_sessions *sessions, const struct addr *src, const struct addr *dst, int64_t since_ns)
{
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct ike_session *session = sessions->session[i];
        for (unsigned side = 0; side < 2; side++) {
            const struct ike_request *request = &session->request[side];
            const struct addr *asker = side == 0 ? &session->initiator : &session->responder;
            const struct addr *asked = side == 0 ? &session->responder : &session->initiator;
            if (request->pending && request->sent >= 2 && addr_equal(asker, src) && addr_equal(asked, dst) &&
                request->last_ns >= since_ns)
                return true;
        }
    }
    return false;
}

bool ike_sessions_restarted(const struct ike_sessions *sessions, const struct addr *who, const struct addr *peer, int64_t from_ns,
                            int64_t to_ns)
{
    for (uint32_t i = 0; i < sessions->count; i++) {
        const struct ike_session *session = sessions->session[i];
        if (session->stage != IKE_STAGE_LATE && session->first_ns >= from_ns && session->first_ns <= to_ns &&
            addr_equal(&session->initiator, who) && addr_equal(&session->responder, peer))
            return true;
    }
    return false;
}
