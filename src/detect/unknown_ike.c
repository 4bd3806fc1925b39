/*
 * unknown_ike: what IKE says of packets with an unknown SPI.
 *
 * Three things can be seen. Opened exchanges show that a newer Child SA of the same IKE SA replaced the one that the
 * packet belongs to (the sender lags behind a rekey; Windows keeps old SAs for 60 s). The receiver begins a new IKE SA
 * while such packets come, or leaves the sender's IKE requests unanswered: then it was restarted or lost its state. Or
 * it says itself, with INVALID_SPI or the ICMP message Bad SPI, that it has no such SA.
 */
#include "detect/unknown_ike.h"

#include "detect/rows.h"

#define UNKNOWN_IKE_FINDINGS 256u /* findings of a run that are looked into */
#define UNKNOWN_IKE_AFTER_NS (60 * (int64_t)1000000000)
#define UNKNOWN_IKE_SENT 2u /* an IKE request that was repeated, and got no answer */

/* INVALID_SPI (RFC 7296 1.5) of the receiver, about this SPI. */
static bool unknown_ike_is_notify(const struct finding *other, const struct finding *finding)
{
    return other->condition == &condition_ike_invalid_spi_notify && finding->subject.has_spi &&
           addr_equal(&other->subject.src, &finding->subject.dst) &&
           finding_get(other, "bad_spi", -1) == (int64_t)finding->subject.spi;
}

/* Bad SPI (RFC 2521 2) of the receiver, about packets of this SA. */
static bool unknown_ike_is_icmp(const struct finding *other, const struct finding *finding)
{
    enum { ICMP_SECURITY = 40, BAD_SPI = 0 };
    const struct fact *from = finding_fact(other, "from");
    return other->condition == &condition_icmp_error && finding->subject.has_spi && other->subject.has_spi &&
           other->subject.spi == finding->subject.spi && addr_equal(&other->subject.dst, &finding->subject.dst) &&
           finding_get(other, "icmp_version", 0) == 4 && finding_get(other, "icmp_type", -1) == ICMP_SECURITY &&
           finding_get(other, "icmp_code", -1) == BAD_SPI && from != NULL && addr_equal(&from->addr, &finding->subject.dst);
}

static void unknown_ike_reported(const struct detect *detect, struct finding *finding)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        bool icmp = unknown_ike_is_icmp(other, finding);
        if (!icmp && !unknown_ike_is_notify(other, finding))
            continue;
        finding_bool(finding, "reported_by_peer", true);
        if (icmp)
            finding_bool(finding, "reported_with_icmp", true);
        finding_number(finding, "reported_frame", (int64_t)other->first.frame);
        finding_time(finding, "reported", other->first.time_ns);
        if (finding->cause == CAUSE_UNEXPLAINED)
            finding->cause = CAUSE_PEER_REPORTED;
        return;
    }
}

/* Is there a newer Child SA beside this one in its IKE SA, before the packets came? */
static bool unknown_ike_replaced(const struct ike_session *session, struct finding *finding)
{
    uint32_t count = session->child_count < IKE_CHILDREN ? session->child_count : IKE_CHILDREN;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_child *old = &session->children[i];
        for (unsigned side = 0; side < 2; side++) {
            if (old->sa[side] != finding->near)
                continue;
            for (uint32_t k = 0; k < count; k++) {
                const struct ike_child *next = &session->children[k];
                if (next->proto != old->proto || next->born_ns <= old->born_ns ||
                    next->born_ns > finding->first.time_ns)
                    continue;
                finding_spi(finding, "replaced_by", next->spi[side]);
                finding_time(finding, "replaced", next->born_ns);
                return true;
            }
            return false;
        }
    }
    return false;
}

/* Did the SA end because its IKE SA did (RFC 7296 1.4.1)? */
static void unknown_ike_orphaned(const struct detect *detect, const struct ike_session *session,
                                 struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    bool pair = (addr_equal(&session->initiator, src) && addr_equal(&session->responder, dst)) ||
                (addr_equal(&session->initiator, dst) && addr_equal(&session->responder, src));
    if (pair && session->down_ns != 0 && session->down_ns == sadb_sa(detect->db, finding->near)->ended_ns) {
        finding_bool(finding, "ike_sa_deleted", true);
        finding_number(finding, "ike_sa_deleted_frame", (int64_t)session->down_frame);
    }
}

static void unknown_ike_rekeyed(const struct detect *detect, struct finding *finding)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    if (finding->cause != CAUSE_SA_DELETED || finding->near == SADB_NONE)
        return;
    for (uint32_t i = 0; i < count; i++)
        unknown_ike_orphaned(detect, ike_sessions_at(detect->sessions, i), finding);
    for (uint32_t i = 0; i < count; i++)
        if (unknown_ike_replaced(ike_sessions_at(detect->sessions, i), finding)) {
            finding->cause = CAUSE_REKEYED;
            return;
        }
}

/* Did the exchange that makes the SA end only after the first of the packets? Then its receiver had no keys yet. */
static void unknown_ike_early(const struct detect *detect, struct finding *finding)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    if (finding->cause != CAUSE_UNEXPLAINED || !finding->subject.has_spi)
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_session *session = ike_sessions_at(detect->sessions, i);
        for (uint32_t k = 0; k < session->child_count && k < IKE_CHILDREN; k++)
            for (unsigned side = 0; side < 2; side++) {
                const struct ike_child *child = &session->children[k];
                const struct addr *to = side == 0 ? &session->initiator : &session->responder;
                if (child->proto != finding->subject.proto || child->spi[side] != finding->subject.spi || child->sa[side] == SADB_NONE ||
                    child->born_ns <= finding->last.time_ns || !addr_equal(to, &finding->subject.dst))
                    continue;
                finding->cause = CAUSE_SA_NOT_YET;
                finding->near = child->sa[side];
                finding_span(finding, "first_after_end_ns", finding->first.time_ns - child->born_ns);
                return;
            }
    }
}

/* The receiver began an IKE SA while such packets came or soon after, or left the sender's requests unanswered. */
static bool unknown_ike_session(const struct ike_session *session, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    bool by_receiver = addr_equal(&session->initiator, dst) && addr_equal(&session->responder, src);
    bool by_sender = addr_equal(&session->initiator, src) && addr_equal(&session->responder, dst);
    if (by_receiver && session->stage != IKE_STAGE_LATE && session->first_ns > finding->first.time_ns &&
        session->first_ns < finding->last.time_ns + UNKNOWN_IKE_AFTER_NS) {
        finding_time(finding, "receiver_began", session->first_ns);
        finding_number(finding, "receiver_began_frame", (int64_t)session->first_frame);
        return true;
    }
    if (!by_receiver && !by_sender)
        return false;
    const struct ike_request *request = &session->request[by_sender ? 0 : 1];
    bool first = session->stage == IKE_STAGE_STARTED; /* nothing was ever negotiated: a firewall is as likely */
    if (!request->pending || request->sent < UNKNOWN_IKE_SENT || first ||
        request->last_ns < finding->first.time_ns - UNKNOWN_IKE_AFTER_NS)
        return false;
    finding_time(finding, "unanswered_since", request->first_ns);
    finding_number(finding, "unanswered", request->sent);
    finding_number(finding, "unanswered_frame", (int64_t)request->first_frame);
    return true;
}

static void unknown_ike_restarted(const struct detect *detect, struct finding *finding)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    bool found = false;
    if (finding->cause != CAUSE_UNEXPLAINED && finding->cause != CAUSE_PEER_REPORTED && finding->cause != CAUSE_NONE)
        return;
    for (uint32_t i = 0; i < count && !found; i++)
        found = unknown_ike_session(ike_sessions_at(detect->sessions, i), finding);
    if (!found)
        return;
    finding->cause = CAUSE_PEER_RESTARTED; /* likely; how sure the drop itself is stays as it was */
}

void unknown_ike_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding->index >= UNKNOWN_IKE_FINDINGS)
        return;
    unknown_ike_reported(detect, finding);
    unknown_ike_rekeyed(detect, finding);
    unknown_ike_early(detect, finding);
    unknown_ike_restarted(detect, finding);
}

void unknown_ike_explain(const struct finding *finding, struct text *text)
{
    char stamp[STAMP_TEXT_MAX], src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (finding_fact(finding, "replaced")) {
        stamp_print(finding_get(finding, "replaced", 0), stamp);
        text_printf(text, "A rekey had put SPI 0x%08x in its place at %s",
                    (uint32_t)finding_get(finding, "replaced_by", 0), stamp);
        span_print(finding->last.time_ns - finding_get(finding, "replaced", 0), span);
        text_printf(text, ", %s before the last of these packets. Windows keeps the old SA for 60 s after a rekey. ",
                    span);
    }
    if (finding_get(finding, "ike_sa_deleted", 0))
        text_printf(text, "It went with its IKE SA, which was deleted in frame %lld. ",
                    words_fact(finding, "ike_sa_deleted_frame"));
    if (finding_fact(finding, "receiver_began")) {
        stamp_print(finding_get(finding, "receiver_began", 0), stamp);
        text_printf(text, "%s began a new IKE SA with %s at %s (frame %lld), as a host does that was restarted. ", dst,
                    src, stamp, words_fact(finding, "receiver_began_frame"));
    }
    if (finding_fact(finding, "unanswered")) {
        stamp_print(finding_get(finding, "unanswered_since", 0), stamp);
        text_printf(text,
                    "%s leaves the IKE requests of %s unanswered since %s (frame %lld, sent %lld times): it has lost "
                    "more than this SA. ",
                    dst, src, stamp, words_fact(finding, "unanswered_frame"), words_fact(finding, "unanswered"));
    }
    if (finding_get(finding, "reported_by_peer", 0))
        text_printf(text, "%s itself reports it in frame %lld with %s. ", dst, words_fact(finding, "reported_frame"),
                    finding_get(finding, "reported_with_icmp", 0) ? "the ICMP message Bad SPI (see icmp-error)"
                                                                  : "INVALID_SPI (see ike-invalid-spi-notify)");
}
