/* ike_contents: what the payloads of one message say, in clear and, with keys, inside the Encrypted payload. */
#include <stdlib.h>
#include <string.h>

#include "catalogue/ike_names.h"
#include "crypto/ike.h"
#include "crypto/ike_prf.h"
#include "decode/ike_check.h"
#include "decode/ike_delete.h"
#include "decode/ike_ke.h"
#include "decode/ike_notify.h"
#include "decode/ike_sa.h"
#include "sa/ike_keys.h"
#include "track/ike_childkeys.h"
#include "track/ike_version1.h"

static void contents_damaged(struct ike_context *context, const struct ike_fault *fault)
{
    struct ike_event event = { .what = IKE_DAMAGED, .fault = fault };
    if (fault->damage == IKE_DAMAGE_NONE || context->damaged)
        return;
    context->damaged = true; /* one message is told of once: what follows a fault is mostly its consequence */
    ike_table_raise(context, &event);
}

/* Error notifies that end a negotiation, and those that only speak of a step. */
static bool contents_is_refusal(uint8_t version, uint16_t type)
{
    if (!ike_notify_is_error(version, type))
        return false;
    if (version == IKE_VERSION_2)
        return type != IKE_N_INVALID_KE_PAYLOAD && type != IKE_N_INVALID_IKE_SPI && type != IKE_N_INVALID_SPI &&
               type != IKE_N_INVALID_MESSAGE_ID && type != IKE_N_TEMPORARY_FAILURE && type != IKE_N_CHILD_SA_NOT_FOUND &&
               type != IKE_N_INVALID_SELECTORS && type != IKE_N_MS_STATUS;
    return type != IKE1_N_INVALID_SPI && type != IKE1_N_STATUS;
}

/* IKEv1: does the notify end a quick mode that the other side began? An informational exchange is all the answer then. */
static bool contents_refuses_quick(struct ike_context *context)
{
    struct ike_session *session = context->session;
    unsigned asker = context->from_initiator ? 1 : 0;
    bool found = false;
    for (uint32_t i = 0; session->quick != NULL && i < IKE_QUICK; i++) {
        struct ike_quick *quick = &session->quick[i];
        if (quick->said != 1 || quick->by != asker || !quick->request.pending)
            continue;
        quick->request.pending = false;
        found = true;
    }
    if (!found)
        session->request[asker].pending = false;
    return found;
}

static void contents_refused(struct ike_context *context, const struct ike_notify *notify, struct ike_event *event)
{
    struct ike_session *session = context->session;
    uint8_t exchange = context->message->header.exchange;
    bool of_child = session->version == IKE_VERSION_2 &&
                    (exchange == 36 || notify->type == IKE_N_TS_UNACCEPTABLE || notify->type == IKE_N_INTERNAL_ADDRESS_FAILURE ||
                     notify->type == IKE_N_FAILED_CP_REQUIRED || notify->type == IKE_N_SINGLE_PAIR_REQUIRED ||
                     (exchange == 35 && notify->type == IKE_N_NO_PROPOSAL_CHOSEN));
    bool one = session->version == IKE_VERSION_1;
    if (one)
        of_child = contents_refuses_quick(context);
    event->accepted_before = of_child && context->decrypted && notify->type == IKE_N_NO_PROPOSAL_CHOSEN &&
                             ike_child_was_accepted(context);
    session->refusal = notify->type;
    session->refusal_ns = context->frame->time_ns;
    session->refusal_frame = context->frame->number;
    session->refusal_decrypted = context->decrypted;
    session->refusal_of_child = of_child;
    if (!of_child && (session->stage < IKE_STAGE_UP || (!one && notify->type == IKE_N_AUTHENTICATION_FAILED)))
        session->stage = IKE_STAGE_REFUSED;
    event->what = IKE_REFUSED;
    ike_table_raise(context, event);
}

/* A Windows status ends the negotiation that it comes in. */
static void contents_ended(struct ike_context *context, uint16_t type)
{
    struct ike_session *session = context->session;
    session->refusal = type;
    session->refusal_ns = context->frame->time_ns;
    session->refusal_frame = context->frame->number;
    session->refusal_decrypted = context->decrypted;
    if (session->version != IKE_VERSION_2)
        contents_refuses_quick(context);
    if (session->stage < IKE_STAGE_UP)
        session->stage = IKE_STAGE_REFUSED;
}

static void contents_notify(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_session *session = context->session;
    struct ike_notify notify;
    struct ike_fault fault = { 0 };
    enum decode_status status = ike_notify_decode(payload, &notify, &fault);
    if (status != DECODE_OK && fault.damage != IKE_DAMAGE_NOTIFY_DATA) /* whose type is known all the same */
        return;
    bool two = session->version == IKE_VERSION_2;
    struct ike_notified told = { .type = notify.type, .protocol = notify.protocol, .spi = notify.spi, .spi_length = notify.spi_size,
                                 .data = notify.data, .data_length = notify.captured };
    struct ike_event event = { .what = IKE_NOTIFIED, .notify = &told, .spi = notify.form == IKE_FORM_SPI ? notify.number
                                                                            : notify.form == IKE_FORM_STATUS ? notify.number
                                                                                                             : ike_notify_spi(&notify) };
    if (two && notify.type == IKE_N_INVALID_KE_PAYLOAD)
        session->group_wanted = (uint16_t)notify.number;
    if (context->decrypted && notify.type == (two ? IKE_N_INITIAL_CONTACT : IKE1_N_INITIAL_CONTACT))
        ike_child_initial_contact(context);
    session->cookie |= two && notify.type == IKE_N_COOKIE && context->response;
    session->mobike |= two && notify.type == IKE_N_MOBIKE_SUPPORTED;
    session->fragmentation |= two && notify.type == IKE_N_FRAGMENTATION_SUPPORTED;
    if (contents_is_refusal(session->version, notify.type)) {
        contents_refused(context, &notify, &event);
        return;
    }
    context->session->probing[context->from_initiator ? 0 : 1] |= !two && context->decrypted && notify.type == IKE1_N_R_U_THERE;
    if (notify.form == IKE_FORM_STATUS && notify.number != 0)
        contents_ended(context, notify.type);
    bool matters = ike_notify_is_error(session->version, notify.type);
    if (two)
        matters |= (notify.type == IKE_N_COOKIE && context->response) || notify.type == IKE_N_REDIRECT ||
                   notify.type == IKE_N_INITIAL_CONTACT || notify.type == IKE_N_UPDATE_SA_ADDRESSES;
    else
        matters |= notify.form == IKE_FORM_STATUS || notify.form == IKE_FORM_COOKIE || notify.type == IKE1_N_INITIAL_CONTACT;
    if (matters)
        ike_table_raise(context, &event);
}

static void contents_delete(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_delete delete;
    struct ike_fault fault = { 0 };
    enum decode_status status = ike_delete_decode(payload, &delete, &fault);
    if (status != DECODE_OK)
        return;
    if (delete.protocol == 1) {
        struct ike_event event = { .what = IKE_DOWN };
        ike_child_all_deleted(context);
        context->session->stage = IKE_STAGE_DELETED;
        context->session->down_ns = context->frame->time_ns;
        context->session->down_frame = context->frame->number;
        ike_table_raise(context, &event);
        return;
    }
    for (uint16_t i = 0; i < delete.held && i < 64; i++)
        ike_child_deleted(context, delete.protocol == 2 ? SA_PROTO_AH : SA_PROTO_ESP, ike_delete_spi(&delete, i));
}

static void contents_prf(struct ike_session *session, struct ike_sa *sa)
{
    enum { TRANSFORM_PRF = 2 };
    struct ike_proposal proposal;
    struct ike_transform transform;
    while (ike_sa_proposal(sa, &proposal))
        while (ike_sa_transform(&proposal, &transform)) {
            const struct ike_prf *prf = transform.type == TRANSFORM_PRF ? ike_prf_by_iana(transform.id) : NULL;
            if (prf != NULL)
                session->prf_size = prf->size;
        }
}

static void contents_sa(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_session *session = context->session;
    struct ike_sa sa;
    struct ike_fault fault = { 0 };
    ike_sa_open(payload, &sa, &fault);
    uint8_t exchange = context->message->header.exchange;
    bool phase1 = session->version == IKE_VERSION_2 ? exchange == 34 : context->message->header.message_id == 0;
    if (phase1) {
        bool answer = session->version == IKE_VERSION_2 ? context->response : !context->from_initiator;
        uint32_t weak = 0;
        if (answer && session->version == IKE_VERSION_1)
            version1_chosen(context, payload);
        if (answer && session->version == IKE_VERSION_2)
            contents_prf(session, &sa);
        if (answer)
            ike_words_offer(payload, session->chosen, sizeof session->chosen, &weak);
        else
            ike_words_offer(payload, session->offer, sizeof session->offer, NULL);
        if (session->exchange != 4)
            weak &= ~(uint32_t)IKE_WEAK_AGGRESSIVE_PSK;
        if (weak & ~session->weak) {
            struct ike_event event = { .what = IKE_WEAK };
            session->weak |= weak;
            ike_table_raise(context, &event);
        }
        return;
    }
    bool answer = session->version == IKE_VERSION_2
                      ? context->response
                      : session->pending_proto[context->from_initiator ? 1 : 0] != 0 &&
                            session->pending_id[context->from_initiator ? 1 : 0] == context->message->header.message_id;
    if (answer)
        ike_child_agreed(context, payload);
    else
        ike_child_proposed(context, payload);
}

static void contents_ke(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_ke ke;
    struct ike_fault fault = { 0 };
    enum decode_status status = ike_ke_decode(payload, &ke, &fault);
    if (status == DECODE_OK && context->session->version == IKE_VERSION_1 && !context->decrypted)
        version1_public(context, payload);
    if (status == DECODE_OK && ke.group && !context->response && context->message->header.exchange == 34)
        context->session->group = ke.group;
}

/* EAP Failure ends the negotiation; a notify may not follow (RFC 7296 2.16). */
static void contents_eap(struct ike_context *context, const struct ike_payload *payload)
{
    enum { EAP_FAILURE = 4 };
    if (!context->decrypted || payload->captured < 1 || payload->body[0] != EAP_FAILURE)
        return;
    struct ike_notify notify = { .type = IKE_N_AUTHENTICATION_FAILED };
    struct ike_notified told = { .type = IKE_N_AUTHENTICATION_FAILED };
    struct ike_event event = { .notify = &told, .eap = true };
    contents_refused(context, &notify, &event);
}

static void contents_payload(struct ike_context *context, const struct ike_payload *payload)
{
    if (payload->version == IKE_VERSION_2 && payload->type >= IKE2_SA && payload->type < IKE2_SA + 64)
        context->held |= (uint64_t)1 << (payload->type - IKE2_SA);
    switch (payload->type) {
    case IKE1_SA:
    case IKE2_SA:
        contents_sa(context, payload);
        return;
    case IKE1_KE:
    case IKE2_KE:
        contents_ke(context, payload);
        return;
    case IKE1_NOTIFY:
    case IKE2_NOTIFY:
        contents_notify(context, payload);
        return;
    case IKE1_DELETE:
    case IKE2_DELETE:
        contents_delete(context, payload);
        return;
    case IKE2_NONCE:
        childkeys_nonce(context, payload);
        return;
    case IKE2_EAP:
        contents_eap(context, payload);
        return;
    case IKE2_TSI:
    case IKE2_TSR:
        ike_child_selectors(context, payload);
        return;
    default:
        return;
    }
}

static void contents_walk(struct ike_context *context, struct ike_walk *walk)
{
    struct ike_payload payload;
    struct ike_fault fault;
    while (ike_walk_next(walk, &payload)) {
        if (payload.status == DECODE_BAD) /* what is wrong with it the walk says itself */
            continue;
        if (walk->sealed.kind != IKE_SEAL_AUTHIP && ike_check_payload(&payload, &fault) == DECODE_BAD)
            contents_damaged(context, &fault);
        contents_payload(context, &payload);
    }
    contents_damaged(context, &walk->fault);
}

static uint8_t *contents_room(struct ike_sessions *sessions, uint32_t length)
{
    if (sessions->plain_room < length) {
        uint8_t *plain = realloc(sessions->plain, length * 2);
        if (plain == NULL)
            return NULL;
        sessions->plain = plain;
        sessions->plain_room = length * 2;
    }
    return sessions->plain;
}

/* Fragments are opened one by one (RFC 7383 2.6); their insides are put together when all are there. */
static bool contents_fragment(struct ike_context *context, const uint8_t *plain, const struct ike_opened *opened, struct ike_walk *walk)
{
    struct ike_pieces *pieces = &context->session->pieces;
    const struct ike_header *header = &context->message->header;
    if (opened->fragment == 0 || opened->fragments > IKE_PIECES || opened->fragment > opened->fragments)
        return false;
    if (pieces->message_id != header->message_id || pieces->response != context->response || pieces->total != opened->fragments) {
        pieces->have = 0;
        pieces->length = 0;
        pieces->message_id = header->message_id;
        pieces->response = context->response;
        pieces->total = opened->fragments;
    }
    uint64_t bit = (uint64_t)1 << (opened->fragment - 1);
    if (pieces->have & bit || pieces->length + opened->length > IKE_PIECES_BYTES)
        return false;
    uint8_t *bytes = realloc(pieces->bytes, pieces->length + opened->length + 1);
    if (bytes == NULL)
        return false;
    pieces->bytes = bytes;
    memcpy(bytes + pieces->length, plain, opened->length);
    pieces->at[opened->fragment - 1] = pieces->length;
    pieces->size[opened->fragment - 1] = opened->length;
    pieces->length += opened->length;
    pieces->have |= bit;
    if (opened->fragment == 1)
        pieces->first = opened->first;
    if ((unsigned)__builtin_popcountll(pieces->have) != pieces->total)
        return false;
    uint8_t *whole = contents_room(context->sessions, pieces->length + 1);
    if (whole == NULL)
        return false;
    uint32_t used = 0;
    for (unsigned i = 0; i < pieces->total; i++) {
        memcpy(whole + used, pieces->bytes + pieces->at[i], pieces->size[i]);
        used += pieces->size[i];
    }
    ike_walk_plain(walk, IKE_VERSION_2, pieces->first, whole, used);
    return true;
}

/*
 * The key of this IKE SA: the first of those that fit its SPIs which opens this message. Additional key exchanges change keys on the way (RFC
 * 9370 2.2.2), so that what no longer opens is tried anew.
 */
static bool contents_unlock(struct ike_context *context, uint8_t *plain, struct ike_opened *opened)
{
    struct ike_session *session = context->session;
    const struct ike_message *message = context->message;
    size_t at = 0;
    struct ike_keys_query query;
    childkeys_query(session, &query);
    if (session->ike != NULL && ike_open(session->ike, message->bytes, message->wire, plain, opened) == IKE_OPENED)
        return true;
    for (const struct ike_key *key;
         session->keys_tried < IKE_KEYS_TRIED && (key = ike_keys_find(context->sessions->keys, &query, &at));) {
        struct error error;
        if (key == session->key)
            continue;
        struct ike *ike = ike_create(&key->params, &error);
        session->keys_tried++;
        if (ike != NULL && ike_open(ike, message->bytes, message->wire, plain, opened) == IKE_OPENED &&
            (session->ike == NULL || opened->checked)) {
            ike_destroy(session->ike);
            session->ike = ike;
            session->key = key;
            return true;
        }
        ike_destroy(ike);
    }
    return false;
}

static void contents_open(struct ike_context *context)
{
    struct ike_session *session = context->session;
    const struct ike_message *message = context->message;
    session->protected++;
    if (context->sessions->keys == NULL || session->version == IKE_VERSION_AUTHIP || message->captured < message->wire)
        return;
    uint8_t *plain = contents_room(context->sessions, message->wire);
    struct ike_opened opened;
    if (session->version == IKE_VERSION_1) {
        struct ike_walk inside;
        if (plain == NULL || !version1_open(context, plain, &opened))
            return;
        session->decrypted = true;
        context->decrypted = true;
        ike_walk_plain(&inside, IKE_VERSION_1, opened.first, plain, opened.length);
        contents_walk(context, &inside);
        return;
    }
    if (plain == NULL || !contents_unlock(context, plain, &opened)) {
        session->undecryptable |= !session->decrypted;
        return;
    }
    struct ike_walk walk;
    session->decrypted = true;
    context->decrypted = true;
    if (opened.fragments == 0)
        ike_walk_plain(&walk, IKE_VERSION_2, opened.first, plain, opened.length);
    else if (!contents_fragment(context, plain, &opened, &walk))
        return;
    contents_walk(context, &walk);
}

void ike_contents_read(struct ike_context *context)
{
    struct ike_walk walk;
    contents_damaged(context, &context->message->fault);
    ike_walk_message(&walk, context->message);
    contents_walk(context, &walk);
    if (walk.sealed.kind != IKE_SEAL_NONE && walk.sealed.kind != IKE_SEAL_FRAGMENT)
        contents_open(context);
    childkeys_derive(context);
    bool auth = context->held >> (IKE2_AUTH - IKE2_SA) & 1, eap = context->held >> (IKE2_EAP - IKE2_SA) & 1;
    if (context->response && context->decrypted && context->message->header.exchange == 35)
        context->session->auth_done = auth && !eap;
}
