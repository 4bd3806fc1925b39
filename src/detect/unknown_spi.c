/* unknown_spi: the packet's SPI matches no SA of the receiver (13910 BAD_SPI), and which of the many reasons it is. */
#include <stdlib.h>

#include "detect/rows.h"
#include "detect/unknown_ike.h"

static const char *const unknown_spi_causes[] = {
    "The receiver no longer has the SA: deleted, expired, or lost in a restart, while the sender goes on using it.",
    "A rekey that only one side finished, or packets on the old SA after its end (a second of them is normal).",
    "A NAT moved the peer's address or port, and the packets go to the former one or to another host.",
    "The SPI was changed on its way (hardware that flips bits) or typed in the wrong byte order into a manually keyed SA.",
    "It is no IPsec at all: another protocol's bytes on UDP 4500, or IKE without its non-ESP marker.",
    NULL,
};

static const char *const unknown_spi_remedies[] = {
    "Compare the SPI with the receiver's inbound SAs. Linux: ip -s xfrm state. Windows: Get-NetIPsecQuickModeSA | fl *Spi*. Cisco: show crypto "
    "ipsec sa | include spi. FortiGate: diagnose vpn tunnel list. Junos: show security ipsec security-associations. strongSwan: swanctl --list-sas.",
    "If the receiver does not have it, make the sender negotiate anew: clear the tunnel on the sender's side (swanctl --terminate, clear crypto "
    "sa peer, diagnose vpn tunnel flush, Restart-Service PolicyAgent), or wait for its dead peer detection.",
    "Turn on dead peer detection on both sides, so that a restarted peer is noticed in seconds; nothing on the wire tells the sender otherwise: "
    "INVALID_SPI is hardly ever sent.",
    "If it lasts for a second or less around a rekey, it is harmless.",
    NULL,
};

static void unknown_spi_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct judgement *judgement = event->judgement;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    /* of an SA that was deleted the latest packet is the surest */
    if (judgement->certainty < finding->certainty || judgement->cause == CAUSE_SA_DELETED)
        finding->certainty = judgement->certainty;
    if (judgement->span_ns != 0)
        finding_span(finding, "last_after_end_ns", judgement->span_ns);
    if (!is_new)
        return;
    finding_number(finding, "first_seq", event->layer->seq);
    if (judgement->span_ns != 0)
        finding_span(finding, "first_after_end_ns", judgement->span_ns);
    if (judgement->near == SADB_NONE)
        return;
    const struct sa *near = sadb_sa(detect->db, judgement->near);
    finding_spi(finding, "near_spi", near->spi);
    finding_addr(finding, "near_dst", &near->dst);
    finding_text(finding, "near_proto", sa_proto_name(near->proto));
    if (near->ended_known)
        finding_time(finding, "near_ended", near->ended_ns);
    if (judgement->cause == CAUSE_ONE_BIT)
        finding_number(finding, "bit", __builtin_ctz(near->spi ^ event->layer->spi));
}

/* Causes whose `near` is the packet's own SA, which has ended. */
static bool unknown_spi_has_ended(enum cause cause)
{
    return cause == CAUSE_SA_DELETED || cause == CAUSE_SA_EXPIRED || cause == CAUSE_REKEYED || cause == CAUSE_PEER_RESTARTED;
}

static void unknown_spi_near(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char span[SPAN_TEXT_MAX], stamp[STAMP_TEXT_MAX];
    const struct sa *near = sadb_sa(detect->db, finding->near);
    int64_t first = finding_get(finding, "first_after_end_ns", 0), last = finding_get(finding, "last_after_end_ns", 0);
    enum cause cause = finding->cause;
    if (unknown_spi_has_ended(cause)) {
        stamp_print(near->ended_ns, stamp);
        text_put(text, "It was the ");
        words_sa(detect, finding->near, text);
        text_printf(text, ", which %s at %s. ", cause == CAUSE_SA_EXPIRED ? "expired" : cause == CAUSE_PEER_RESTARTED ? "ended with the peer's restart" : "was deleted", stamp);
        span_print(first, span);
        text_printf(text, "The first of these packets came %s after that", span);
        span_print(last, span);
        text_printf(text, finding->count > 1 ? ", the last %s after it. " : ". ", span);
        if (last <= 1000000000)
            text_put(text, "A second of this is normal where an SA is replaced. ");
        else
            text_put(text, "The sender does not know that the SA is gone; it goes on until its dead peer detection or its own lifetime ends it. ");
        return;
    }
    if (cause == CAUSE_SA_NOT_YET) {
        span_print(-first, span);
        text_printf(text, "The SA was installed %s after the first of these packets: the sender was faster than the receiver.", span);
        return;
    }
    text_put(text, "The SA that it nearly is: ");
    words_sa(detect, finding->near, text);
    text_put(text, ".");
    if (cause == CAUSE_ONE_BIT)
        text_printf(text, " They differ in bit %lld alone.", (long long)finding_get(finding, "bit", 0));
}

/* What the receiver itself sent meanwhile: it tells whether it has state at all. */
static void unknown_spi_reverse(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char dst[ADDR_TEXT_MAX], stamp[STAMP_TEXT_MAX], span[SPAN_TEXT_MAX];
    uint32_t pair = finding->sa != SADB_NONE ? sadb_sa(detect->db, finding->sa)->pair : SADB_NONE;
    if (pair == SADB_NONE)
        return;
    const struct sa_hot *hot = sadb_hot(detect->db, pair);
    uint64_t packets = sa_packets(detect->db, pair);
    addr_print(&finding->subject.dst, dst);
    if (packets == 0)
        return;
    stamp_print(hot->last_ns, stamp);
    span_print(finding->last.time_ns - hot->last_ns, span);
    text_printf(text, "%s itself sent ", dst);
    words_packets(packets, "", text);
    text_printf(text, " the other way, on SPI 0x%08x; the last at %s", sadb_sa(detect->db, pair)->spi, stamp);
    if (finding->last.time_ns - hot->last_ns > 1000000000)
        text_printf(text, ", %s before the last of these: it fell silent while they went on. ", span);
    else
        text_put(text, ". ");
}

static void unknown_spi_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char dst[ADDR_TEXT_MAX], src[ADDR_TEXT_MAX];
    addr_print(&finding->subject.dst, dst);
    addr_print(&finding->subject.src, src);
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    if (finding->subject.has_spi)
        text_printf(text, " from %s carried SPI 0x%08x, for which %s had no SA when %s came. ", src, finding->subject.spi, dst,
                    finding->count == 1 ? "it" : "they");
    else
        text_printf(text, " from %s carried SPIs for which %s had no SA. ", src, dst);
    const char *why = words_cause(finding->cause);
    if (finding->cause == CAUSE_UNEXPLAINED && sadb_known_count(detect->db) == 0)
        text_printf(text, "No SA file was given: by --receiver, %s has no SAs at all. ", dst);
    else if (finding->cause == CAUSE_UNEXPLAINED)
        text_put(text, "Nothing in the table resembles the SPI: no other direction, destination or protocol has it, and no living SA is one bit or a "
                       "byte order away. ");
    else if (why && finding->cause != CAUSE_PEER_REPORTED)
        text_printf(text, finding->cause == CAUSE_PEER_RESTARTED && finding->near == SADB_NONE ? "Most likely %s. " : "Why: %s. ", why);
    if (finding->near != SADB_NONE && finding->near < sadb_count(detect->db) && finding->subject.has_spi)
        unknown_spi_near(detect, finding, text);
    unknown_ike_explain(finding, text);
    if (finding->cause == CAUSE_UNEXPLAINED && finding->subject.has_spi)
        unknown_spi_reverse(detect, finding, text);
    if (finding_get(finding, "table_of_another_moment", 0))
        text_put(text, "But the SPI and a known SA of the same peers took turns in this capture, as they do at a rekey, and the SA table that was "
                       "given shows one moment only: the SA may simply not be in it. A history (ip -t xfrm monitor) would tell.");
    else if (finding->certainty == CERTAINTY_POSSIBLE && unknown_spi_has_ended(finding->cause))
        text_put(text, "That its Delete passed here does not say when the receiver removed it (strongSwan keeps a replaced inbound SA for 5 s more), "
                       "so these packets may well have been taken.");
    else if (finding->certainty == CERTAINTY_POSSIBLE)
        text_put(text, "The packets are older than the SA table that was given, so the SA may have ended before it was printed.");
    else if (finding->certainty == CERTAINTY_LIKELY && finding->cause == CAUSE_UNEXPLAINED)
        text_put(text, "The SA table that was given shows no times; if it was printed long before or after the capture, it proves less.");
}

/*
 * A table without a history is of one moment. Where the unknown SPI and a known SA of the same pair took turns, that is what a rekey
 * looks like, and the claim shrinks to a note.
 */
#define UNKNOWN_SPI_FLIGHT_NS ((int64_t)1000000000) /* packets that were on their way when the SA ended */
#define UNKNOWN_SPI_OVERLAP_NS (5 * (int64_t)1000000000)
#define UNKNOWN_SPI_SCANS 64u /* findings that are compared with the whole table */

static void unknown_spi_turns(const struct detect *detect, struct finding *finding)
{
    const struct known_pair *pair;
    known_how(detect->receiver->known, &finding->subject.src, &finding->subject.dst, finding->subject.proto, &pair);
    if (finding->cause != CAUSE_UNEXPLAINED || pair == NULL || pair->history || !finding->subject.has_spi)
        return;
    uint32_t scans = (uint32_t)(UNKNOWN_SPI_SCANS * 1000000ull / (sadb_count(detect->db) + 1));
    if (finding->index > scans)
        return;
    bool turns = false;
    for (uint32_t i = 0; i < sadb_count(detect->db) && !turns; i++) {
        const struct sa *sa = sadb_sa(detect->db, i);
        const struct sa_hot *hot = sadb_hot(detect->db, i);
        if (hot->flags & SA_HOT_SEEN || sa->first_frame == 0 || sa->proto != finding->subject.proto ||
            !addr_equal(&sa->dst, &finding->subject.dst) || !addr_equal(&sa->src, &finding->subject.src))
            continue;
        turns = (finding->last.time_ns < sa->first_ns + UNKNOWN_SPI_OVERLAP_NS && finding->first.time_ns < sa->first_ns) ||
                (hot->last_ns < finding->first.time_ns + UNKNOWN_SPI_OVERLAP_NS && sa->first_ns < finding->first.time_ns &&
                 finding->count > 1);
    }
    if (turns) {
        finding_bool(finding, "table_of_another_moment", true);
        finding->certainty = CERTAINTY_POSSIBLE;
        finding->severity = SEVERITY_NOTE;
    }
}

static void unknown_spi_conclude(const struct detect *detect, struct finding *finding)
{
    unknown_spi_turns(detect, finding);
    if (!finding_get(finding, "table_of_another_moment", 0))
        unknown_ike_conclude(detect, finding);
    bool in_flight = (finding->cause == CAUSE_SA_DELETED || finding->cause == CAUSE_REKEYED) &&
                     finding_get(finding, "last_after_end_ns", INT64_MAX) <= UNKNOWN_SPI_FLIGHT_NS;
    if (finding->certainty == CERTAINTY_POSSIBLE || in_flight)
        finding->severity = SEVERITY_NOTE;
}

const struct condition condition_unknown_spi = {
    .name = "unknown-spi",
    .title = "The SPI matches no SA of the receiver",
    .severity = SEVERITY_ERROR,
    .windows = 13910,
    .counter = COUNTER_IN_NO_STATES,
    .rfc = "RFC 4303 3.4.2",
    .meaning = "A packet came whose SPI, destination and protocol belong to no security association of the receiver, so it was dropped before anything "
               "in it was looked at. It is a fault of state, not of keys or policy: an SPI is chosen by the receiver when the SA is negotiated, so "
               "the two sides disagree on which SAs exist. It is not claimed where the receiver's SAs are not known: a capture that began late, or a "
               "table of another moment, proves nothing.",
    .causes = unknown_spi_causes,
    .remedies = unknown_spi_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_UNKNOWN_SPI,
    .decide = unknown_spi_decide,
    .explain = unknown_spi_explain,
    .conclude = unknown_spi_conclude,
};

static const char *const not_ready_causes[] = {
    "The sender had its side of the SA before the receiver did: the answer of the negotiation was still on its way.",
    "The receiver reserved the SPI, but the negotiation never ended, so that the SA stayed larval.",
    NULL,
};

static const char *const not_ready_remedies[] = {
    "Look whether it stops within a second; then nothing is wrong (RFC 7296 2.8 tells senders to wait for the answer).",
    "If it lasts, look why the negotiation does not end: ip xfrm state shows the SA without keys, the IKE daemon's log says the rest.",
    NULL,
};

static void not_ready_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
}

const struct condition condition_not_ready = {
    .name = "not-ready",
    .title = "The SA is reserved, but not installed yet",
    .severity = SEVERITY_WARNING,
    .windows = 13910,
    .counter = COUNTER_ACQUIRE_ERROR,
    .rfc = "RFC 7296 2.8",
    .meaning = "The receiver had chosen the SPI for an inbound SA but had not installed its keys when the packet came (a larval SA). The packet was "
               "dropped; later ones pass once the negotiation is complete.",
    .causes = not_ready_causes,
    .remedies = not_ready_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_NOT_READY,
    .decide = not_ready_decide,
};
