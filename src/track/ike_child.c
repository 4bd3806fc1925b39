/*
 * ike_child: Child SAs that opened exchanges agree on and delete, into the SA table (RFC 7296 1.2, 1.3, 1.4.1).
 *
 * Each side names its own inbound SPI: the asker in its proposals, the other side in its choice. A Delete names the sender's inbound SPIs. An
 * SA that a file defined already is not made again; its end counts all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "decode/ike_sa.h"
#include "sa/ike_keys.h"
#include "track/ike_table.h"

enum { TRANSFORM_ENCR = 1, TRANSFORM_INTEG = 3, TRANSFORM_ESN = 5, TRANSFORM_ADDKE1 = 6, TRANSFORM_ADDKE7 = 12, PROTOCOL_IKE = 1, PROTOCOL_AH = 2, PROTOCOL_ESP = 3 };

static uint32_t child_find(struct ike_context *context, const struct addr *src, const struct addr *dst, uint8_t proto, uint32_t spi)
{
    struct sadb *db = context->sessions->db;
    uint32_t other;
    return sadb_find(db, sadb_hash(db, dst, spi, proto), src, dst, spi, proto, context->frame->time_ns, &other);
}

/* *made: the record of a new one, which no file has told. */
static uint32_t child_add(struct ike_context *context, const struct sa_definition *definition, struct sa_record **made)
{
    struct ike_sessions *sessions = context->sessions;
    *made = NULL;
    uint32_t index = child_find(context, &definition->src.addr, &definition->dst.addr, definition->proto, definition->spi);
    if (index != SADB_NONE)
        return index;
    const struct sa_record record = { .event = SA_EVENT_ADD, .time_known = true, .time_ns = context->frame->time_ns, .definition = *definition };
    index = sadb_keep(sessions->db, &record, sessions->keys ? ike_keys_secrets(sessions->keys) : NULL, UINT16_MAX, sessions->window);
    if (index != SADB_NONE) {
        sadb_sa(sessions->db, index)->origin = SA_ORIGIN_IKE;
        *made = sadb_sa(sessions->db, index)->own;
    }
    return index;
}

static struct prefix child_host(const struct addr *addr)
{
    return (struct prefix){ *addr, addr->family == 4 ? 32 : 128 };
}

static uint8_t child_proto(const struct ike_proposal *proposal)
{
    return proposal->protocol == PROTOCOL_ESP ? SA_PROTO_ESP : proposal->protocol == PROTOCOL_AH ? SA_PROTO_AH : 0;
}

/* No inbound SPI came to be where the proposal names none that can be. */
static void child_check_spi(struct ike_context *context, const struct ike_proposal *proposal)
{
    struct ike_session *session = context->session;
    uint32_t spi = ike_sa_spi(proposal);
    bool again = false;
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++)
        again |= session->children[i].proto == child_proto(proposal) && spi != 0 &&
                 session->children[i].spi[context->from_initiator ? 0 : 1] == spi;
    if (proposal->spi_size == 4 && spi >= 256 && !again)
        return;
    struct ike_event event = { .what = IKE_NO_CHILD_SPI, .spi = spi };
    ike_table_raise(context, &event);
}

void ike_child_proposed(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_session *session = context->session;
    struct ike_sa sa;
    struct ike_fault fault = { 0 };
    struct ike_proposal proposal;
    unsigned side = context->from_initiator ? 0 : 1;
    uint32_t message_id = context->message->header.message_id;
    bool again = session->pending_proto[side] && session->pending_id[side] == message_id;
    ike_sa_open(payload, &sa, &fault);
    for (bool first = true; ike_sa_proposal(&sa, &proposal); first = false) {
        uint8_t proto = child_proto(&proposal);
        session->ike_rekey[side] = false;
        if (proto == 0) {
            ike_rekey_proposed(context, &proposal);
            session->child_offered[side] = 0;
            ike_words_offer(payload, session->child_offer, sizeof session->child_offer, NULL);
            return;
        }
        if (!again)
            child_check_spi(context, &proposal);
        if (first) {
            session->pending_proto[side] = proto;
            session->pending_spi[side] = ike_sa_spi(&proposal);
            session->pending_id[side] = message_id;
        }
    }
    ike_words_offer(payload, session->child_offer, sizeof session->child_offer, NULL);
    session->child_offered[side] =
        hash_bytes(&context->sessions->hash, session->child_offer, strlen(session->child_offer));
}

bool ike_child_was_accepted(const struct ike_context *context)
{
    const struct ike_sessions *sessions = context->sessions;
    unsigned asker = context->from_initiator ? 1 : 0;
    uint64_t offered = context->session->child_offered[asker];
    for (uint32_t i = 0; i < sessions->count && offered != 0; i++)
        for (unsigned side = 0; side < 2; side++) {
            const struct ike_session *session = sessions->session[i];
            if (session->child_accepted[side] == offered &&
                addr_equal(side == 0 ? &session->initiator : &session->responder, &context->layer->ip.dst) &&
                addr_equal(side == 0 ? &session->responder : &session->initiator, &context->layer->ip.src))
                return true;
        }
    return false;
}

static void child_weakness(struct ike_context *context, const struct ike_payload *payload)
{
    char chosen[IKE_OFFER_TEXT];
    uint32_t weak = 0;
    ike_words_offer(payload, chosen, sizeof chosen, &weak);
    weak &= ~(uint32_t)(IKE_WEAK_VERSION1 | IKE_WEAK_AGGRESSIVE_PSK | IKE_WEAK_NULL); /* ESP with NULL has its own note */
    if (weak & ~context->session->child_weak) {
        struct ike_event event = { .what = IKE_WEAK };
        context->session->child_weak |= weak;
        ike_table_raise(context, &event);
    }
}

/* IKEv1 (RFC 2407 4.4.4 and 4.5): transform numbers are those that IKEv2 took over, authentication attributes are not. */
static void child_algorithms1(struct ike_proposal *proposal, struct sa_definition *definition)
{
    static const uint16_t integrities[] = { 0, 1, 2, 3, 4, 12, 13, 14, 0, 5 };
    struct ike_transform transform;
    struct ike_suite1 suite;
    if (!ike_sa_transform(proposal, &transform))
        return;
    ike_sa_suite1(&transform, &suite);
    if (definition->proto == SA_PROTO_ESP)
        definition->encryption = suite_encryption_by_iana(suite.cipher);
    if (suite.method == 0 && suite.hash < sizeof integrities / sizeof integrities[0] && integrities[suite.hash])
        definition->integrity = suite_integrity_by_iana(integrities[suite.hash]);
    definition->mode = suite.mode == 1 || suite.mode == 3 ? SA_MODE_TUNNEL : suite.mode ? SA_MODE_TRANSPORT : SA_MODE_UNKNOWN;
    definition->encap_known = suite.mode != 0;
    definition->encap = suite.mode == 3 || suite.mode == 4 ? ENCAP_UDP : ENCAP_NONE;
    definition->esn = suite.esn;
}

static void child_algorithms2(struct ike_context *context, struct ike_proposal *proposal, struct sa_definition *definition)
{
    struct ike_transform transform;
    while (ike_sa_transform(proposal, &transform)) {
        if (transform.type == TRANSFORM_ENCR) {
            definition->encryption = suite_encryption_by_iana(transform.id);
            context->agreed.key_bits = transform.key_length;
        } else if (transform.type == TRANSFORM_INTEG)
            definition->integrity = suite_integrity_by_iana(transform.id);
        else if (transform.type == TRANSFORM_ESN)
            definition->esn = transform.id == 1;
        else if (transform.type >= TRANSFORM_ADDKE1 && transform.type <= TRANSFORM_ADDKE7 && transform.id != 0)
            context->agreed.additional = true;
    }
}

static void child_algorithms(struct ike_context *context, struct ike_proposal *proposal, struct sa_definition *definition)
{
    definition->esn_known = true;
    if (context->session->version == IKE_VERSION_2)
        child_algorithms2(context, proposal, definition);
    else
        child_algorithms1(proposal, definition);
    definition->icv = definition->encryption && definition->encryption->icv ? definition->encryption->icv
                      : definition->integrity                              ? definition->integrity->icv
                                                                           : 0;
    context->agreed.encryption = definition->encryption;
    context->agreed.integrity = definition->integrity;
}

void ike_child_agreed(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_session *session = context->session;
    struct ike_sa sa;
    struct ike_fault fault = { 0 };
    struct ike_proposal proposal;
    unsigned asker = context->from_initiator ? 1 : 0; /* the side that asked: 0 is the original initiator */
    ike_sa_open(payload, &sa, &fault);
    if (!ike_sa_proposal(&sa, &proposal))
        return;
    if (proposal.protocol == PROTOCOL_IKE) {
        ike_rekey_agreed(context, payload, &proposal);
        return;
    }
    if (child_proto(&proposal) == 0 || session->pending_proto[asker] != child_proto(&proposal) ||
        (session->pending_id[asker] != context->message->header.message_id && context->message->header.exchange != 35))
        return; /* IKE_AUTH with EAP takes many messages: the first asks, the last answers */
    const struct addr *answerer = &context->layer->ip.src, *asked_by = &context->layer->ip.dst;
    struct ike_child *child = &session->children[session->child_count++ % IKE_CHILDREN];
    *child = (struct ike_child){ .proto = child_proto(&proposal), .born_ns = context->frame->time_ns };
    child->spi[asker] = session->pending_spi[asker];
    child->spi[asker ^ 1] = ike_sa_spi(&proposal);
    session->pending_proto[asker] = 0;
    session->child_accepted[asker] = session->child_offered[asker];
    child_weakness(context, payload);
    session->stage = session->stage < IKE_STAGE_UP ? IKE_STAGE_UP : session->stage;
    struct sa_definition definition = { .proto = child->proto, .src = child_host(answerer), .dst = child_host(asked_by),
                                        .spi = child->spi[asker], .keys_hidden = true,
                                        .align_unknown = true };
    child_algorithms(context, &proposal, &definition);
    context->agreed.child = child;
    child->sa[asker] = child_add(context, &definition, &context->agreed.record[asker]);
    definition.src = child_host(asked_by);
    definition.dst = child_host(answerer);
    definition.spi = child->spi[asker ^ 1];
    child->sa[asker ^ 1] = child_add(context, &definition, &context->agreed.record[asker ^ 1]);
    struct ike_event event = { .what = IKE_CHILD_UP, .child = child };
    ike_table_raise(context, &event);
}

void ike_child_selectors(struct ike_context *context, const struct ike_payload *ts)
{
    ike_words_selectors(ts, context->session->selectors[ts->type == IKE2_TSI ? 0 : 1], IKE_SELECTOR_TEXT);
}

static void child_end(struct ike_context *context, const struct addr *src, const struct addr *dst, uint8_t proto, uint32_t spi,
                      enum sa_end by)
{
    struct sa_definition definition = { .proto = proto, .spi = spi, .src = child_host(src), .dst = child_host(dst) };
    if (spi != 0 && child_find(context, src, dst, proto, spi) != SADB_NONE)
        sadb_end(context->sessions->db, &definition, context->frame->time_ns, by);
}

void ike_child_deleted(struct ike_context *context, uint8_t proto, uint32_t spi)
{
    struct ike_session *session = context->session;
    unsigned side = context->from_initiator ? 0 : 1;
    const struct addr *sender = &context->layer->ip.src, *peer = &context->layer->ip.dst;
    child_end(context, peer, sender, proto, spi, SA_END_TOLD);
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        struct ike_child *child = &session->children[i];
        if (child->proto != proto || child->spi[side] != spi || child->ended)
            continue;
        child->ended = true;
        child->ended_ns = context->frame->time_ns;
        struct ike_event event = { .what = IKE_CHILD_DOWN, .child = child };
        ike_table_raise(context, &event);
    }
}

static void child_end_session(struct ike_context *context, struct ike_session *session, enum sa_end by)
{
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        struct ike_child *child = &session->children[i];
        if (child->ended || (by == SA_END_DELETED && ike_rekey_inherited(context, session, child)))
            continue;
        child->ended = true;
        child->ended_ns = context->frame->time_ns;
        child_end(context, &session->responder, &session->initiator, child->proto, child->spi[0], by);
        child_end(context, &session->initiator, &session->responder, child->proto, child->spi[1], by);
    }
}

/* Windows keeps Child SAs when their IKEv1 SA goes ([MS-IKEE] <26>); IKEv2 takes them along (RFC 7296 1.4.1). */
void ike_child_all_deleted(struct ike_context *context)
{
    if (context->session->version == IKE_VERSION_2)
        child_end_session(context, context->session, SA_END_DELETED);
}

void ike_child_initial_contact(struct ike_context *context)
{
    struct ike_sessions *sessions = context->sessions;
    for (uint32_t i = 0; i < sessions->count; i++) {
        struct ike_session *session = sessions->session[i];
        bool same = (addr_equal(&session->initiator, &context->session->initiator) &&
                     addr_equal(&session->responder, &context->session->responder)) ||
                    (addr_equal(&session->initiator, &context->session->responder) &&
                     addr_equal(&session->responder, &context->session->initiator));
        if (session != context->session && same)
            child_end_session(context, session, SA_END_RESTARTED);
    }
}
