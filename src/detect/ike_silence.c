/* ike_silence: requests that nobody answered: at the beginning, in the middle, and those that only ask whether the peer
 * lives. */
#include "detect/ike_case.h"

enum { MODE_INFORMATIONAL = 5, EXCHANGE_SA_INIT = 34, EXCHANGE_AUTH = 35, EXCHANGE_INFORM = 37, PORT_NATT = 4500 };

#define SILENCE_MANY 3 /* sendings from which on a silence is an error */
#define SILENCE_FINDINGS 64u /* findings that are compared with the others */
#define SILENCE_LARGE 1372 /* bytes of IKE that no longer fit into one packet on every path */

static const char *const no_answer_causes[] = {
    "A firewall on the way, or on the far host, drops UDP 500 or UDP 4500, in one direction or in both.",
    "Nobody listens: the IKE daemon is down, or the address is not (any more) that of the peer.",
    "The peer drops the message without a word: it has no connection for this address or identity, or limits "
    "half-open negotiations.",
    "IKE_AUTH alone: the message is large, was cut into IP fragments, and they do not arrive (certificates; error "
    "809 on Windows clients).",
    "The answers come, but not past the point of the capture.",
    NULL,
};

static const char *const no_answer_remedies[] = {
    "Capture at the peer (tcpdump -ni any udp port 500 or udp port 4500): whether the request arrives there, and "
    "whether an answer leaves, tells in a minute on which half of the path to look.",
    "See that the peer listens: ss -ulnp (Linux), Get-Service IKEEXT (Windows), show crypto ikev2 sa (Cisco), "
    "diagnose vpn ike gateway list (FortiGate), and that its address in the "
    "configuration is right.",
    "See that UDP 500 and UDP 4500 pass both ways: iptables -nvL or nft list ruleset, Get-NetFirewallRule, the "
    "cloud's security groups.",
    "If only IKE_AUTH gets no answer: turn on IKEv2 fragmentation on both sides (strongSwan: fragmentation = yes; "
    "Cisco: crypto ikev2 fragmentation; Windows: "
    "EnableServerFragmentation under the RasMan IKEv2 key), or use smaller certificates.",
    NULL,
};

static void no_answer_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_UNANSWERED || ike->exchange == EXCHANGE_INFORM || ike->exchange == MODE_INFORMATIONAL)
        return;
    const struct ike_session *session = ike->session;
    const struct ike_request *request = ike->request;
    bool is_new, nothing = session->messages[ike->from_initiator ? 1 : 0] == 0;
    bool first = request->exchange == EXCHANGE_SA_INIT ||
                 (session->version != IKE_VERSION_2 && request->message_id == 0 && nothing);
    struct finding *finding = ike_case_hit_request(detect, condition, event,
                                                   ike_case_kind(ike->exchange, first ? "first" : NULL, NULL), &is_new);
    if (!is_new)
        return;
    finding->windows = first && nothing ? 13813 : 13805;
    finding_bool(finding, "nothing_came", nothing);
    finding_bool(finding, "first_message", first);
    finding_number(finding, "exchange_number", ike->exchange);
    finding_number(finding, "sport", request->layer.sport);
    finding_number(finding, "dport", request->layer.dport);
    if (request->pieces) {
        finding_number(finding, "ike_fragments", request->pieces);
        finding_number(finding, "ike_fragments_seen", __builtin_popcountll(request->pieces_seen));
    }
    if (session->missing[0].messages + session->missing[1].messages)
        finding_bool(finding, "pieces_missing", true);
    if (session->version == IKE_VERSION_1 && request->encrypted && request->message_id == 0)
        finding_bool(finding, "first_encrypted", true);
}

static void no_answer_auth(const struct finding *finding, struct text *text)
{
    long long length = words_fact(finding, "length"), pieces = words_fact(finding, "ike_fragments");
    if (finding_get(finding, "dport", 0) == PORT_NATT)
        text_put(text, "IKE_AUTH goes to UDP 4500, IKE_SA_INIT went to UDP 500: a firewall that lets only 500 pass "
                       "looks just like this. ");
    if (pieces)
        text_printf(text,
                    "It was sent in %lld IKE fragments, so its size (%lld bytes in all) is not the reason "
                    "unless one of them is lost. ",
                    pieces, length);
    else if (length > SILENCE_LARGE)
        text_printf(text,
                    "With %lld bytes it does not fit into one packet, so IP cuts it into fragments, which many "
                    "firewalls and NATs drop; Windows clients report that as error 809. ",
                    length);
    else
        text_printf(text, "With %lld bytes it fits into one packet, so fragments are not the reason. ", length);
    text_put(text, "A responder that has no connection for this identity may also stay silent, though it should "
                   "answer. ");
}

static void silence_icmp_words(const struct finding *finding, struct text *text)
{
    char dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.dst, dst);
    if (finding_get(finding, "port_unreachable", 0))
        text_printf(text, "%s itself says with ICMP \"port unreachable\" that nothing listens there: most likely its IKE daemon does not "
                    "run, or not on this address (ICMP is not authenticated; see icmp-error). ", dst);
    else if (finding_get(finding, "icmp_error", 0))
        text_put(text, "An ICMP error answered such packets, and says who refuses them (see icmp-error). ");
}

static void no_answer_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], stamp[STAMP_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%s asked %s", src, dst);
    ike_case_in(finding, text);
    text_put(text, " (");
    ike_case_sendings(finding, text);
    text_put(text, ") and no answer came. ");
    if (finding_get(finding, "nothing_came", 0) && finding_get(finding, "first_message", 0))
        text_printf(text,
                    "Not one IKE message of %s is in the capture, so it is either not reached, not listening, "
                    "or not willing. No SA was negotiated and no key is at fault. ",
                    dst);
    else if (finding_get(finding, "first_message", 0))
        text_printf(text, "%s did say something before, so it is there; this message it left unanswered. ", dst);
    else if (finding_get(finding, "exchange_number", 0) == EXCHANGE_AUTH)
        no_answer_auth(finding, text);
    else if (finding_get(finding, "first_encrypted", 0))
        text_printf(text,
                    "It is the first encrypted message (main mode, message 5): the algorithms were agreed on, "
                    "and %s is there. With a pre-shared key a side that has another one cannot "
                    "read it, and some products then say nothing; so compare the pre-shared keys first. ",
                    dst);
    else
        text_printf(text, "%s had answered before, so it stopped, was restarted, or is cut off since. ", dst);
    if (finding_get(finding, "after_dead_peer", 0))
        text_put(text, "It comes after the peer fell silent on a living IKE SA (see ike-dead-peer), and has the same "
                       "reason. ");
    if (finding_get(finding, "ike_fragments_seen", 0) < finding_get(finding, "ike_fragments", 0))
        text_printf(
            text,
            "Only %lld of its %lld IKE fragments passed here, so it cannot be put together: look for what drops "
            "the others. ",
            words_fact(finding, "ike_fragments_seen"), words_fact(finding, "ike_fragments"));
    if (finding_get(finding, "pieces_missing", 0))
        text_put(text, "Pieces of fragmented IKEv1 messages of the two are missing in this capture, so such messages "
                       "could not be put together. ");
    silence_icmp_words(finding, text);
    if (finding_get(finding, "fragments_lost", 0))
        text_put(text, "IP fragments between the two were lost in this capture (see fragments-incomplete), which "
                       "fits. ");
    if (finding_fact(finding, "healed")) {
        stamp_print(finding_get(finding, "healed", 0), stamp);
        text_printf(text, "It did not last: an IKE SA of the two came up at %s.", stamp);
    }
}

/* Fragments of the IKE ports that got lost, whoever of the two sent them. */
static bool silence_fragments(const struct detect *detect, const struct finding *finding)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger) && finding->index < SILENCE_FINDINGS; i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        const struct addr *src = &other->subject.src, *dst = &other->subject.dst;
        if (other->condition == &condition_fragments_incomplete &&
            ((addr_equal(src, &finding->subject.src) && addr_equal(dst, &finding->subject.dst)) ||
             (addr_equal(dst, &finding->subject.src) && addr_equal(src, &finding->subject.dst))))
            return true;
    }
    return false;
}

/* A finding of this condition between the same two, or NULL. */
static const struct finding *silence_other(const struct detect *detect, const struct finding *finding,
                                           const struct condition *condition)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger) && finding->index < SILENCE_FINDINGS; i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        if (other->condition == condition && addr_equal(&other->subject.src, &finding->subject.src) &&
            addr_equal(&other->subject.dst, &finding->subject.dst))
            return other;
    }
    return NULL;
}

/* What came back instead of an answer: by whom, and whether nobody listens (RFC 792, RFC 4443). */
static void silence_icmp(const struct detect *detect, struct finding *finding)
{
    const struct finding *icmp = silence_other(detect, finding, &condition_icmp_error);
    const struct fact *from = icmp ? finding_fact(icmp, "from") : NULL;
    if (icmp == NULL)
        return;
    finding_bool(finding, "icmp_error", true);
    int64_t type = finding_get(icmp, "icmp_type", -1), code = finding_get(icmp, "icmp_code", -1);
    bool port = finding_get(icmp, "icmp_version", 4) == 6 ? type == 1 && code == 4 : type == 3 && code == 3;
    if (port && from != NULL && addr_equal(&from->addr, &finding->subject.dst))
        finding_bool(finding, "port_unreachable", true);
}

static void no_answer_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding_get(finding, "sent", 0) < SILENCE_MANY && finding->count < SILENCE_MANY)
        finding->severity = SEVERITY_WARNING;
    if (silence_fragments(detect, finding))
        finding_bool(finding, "fragments_lost", true);
    silence_icmp(detect, finding);
    const struct finding *dead = silence_other(detect, finding, &condition_ike_dead_peer);
    if (dead != NULL && dead->first.time_ns <= finding->first.time_ns) {
        finding_bool(finding, "after_dead_peer", true); /* which says the same, and comes first */
        finding->severity = SEVERITY_NOTE;
    }
    const struct ike_session *up =
        ike_case_up_after(detect, &finding->subject.src, &finding->subject.dst, finding->last.time_ns);
    if (up == NULL)
        return;
    finding_time(finding, "healed", up->up_ns);
    finding->severity = finding_get(finding, "first_message", 0) ? SEVERITY_NOTE : SEVERITY_WARNING;
}

const struct condition condition_ike_no_answer = {
    .name = "ike-no-answer",
    .title = "IKE requests get no answer",
    .severity = SEVERITY_ERROR,
    .windows = 13813,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.1, 2.4",
    .meaning = "A peer asked and asked again, and the capture shows no answer. Where nothing at all came back it is "
               "13813 DROP_NO_RESPONSE, where the peer had answered before it is 13805 "
               "TIMED_OUT. That no answer came is certain, why is not: the packets may be dropped on the way, or the "
               "far side may not listen or not want to answer. A request "
               "that is answered after a retransmission is no finding, nor is one that the capture ends right behind.",
    .causes = no_answer_causes,
    .remedies = no_answer_remedies,
    .events = 1u << EVENT_IKE,
    .decide = no_answer_decide,
    .explain = no_answer_explain,
    .conclude = no_answer_conclude,
};

static const char *const dead_peer_causes[] = {
    "The peer was restarted and lost its state: it drops ESP of SAs that it does not know, and IKE of an IKE SA that "
    "it does not know.",
    "The peer is down, or its link or a router on the way is.",
    "A NAT or a stateful firewall forgot the mapping after a silence, so that nothing comes back.",
    "The peer's address changed and it does not use MOBIKE.",
    NULL,
};

static const char *const dead_peer_remedies[] = {
    "See whether the peer is up, and since when (uptime, systemctl status strongswan, show version, Get-CimInstance "
    "Win32_OperatingSystem), and whether it has an SA with this side (swanctl --list-sas, show crypto ikev2 sa, "
    "diagnose vpn ike gateway list, Get-NetIPsecMainModeSA).",
    "If it has none, make this side negotiate anew at once instead of waiting for its time-out: swanctl --terminate "
    "and --initiate, clear crypto ikev2 sa, diagnose vpn ike restart.",
    "Shorten dead peer detection on both sides (strongSwan: dpd_delay and retransmit_tries; Cisco: crypto ikev2 dpd; "
    "FortiGate: dpd-retryinterval), and let the tunnel restart by itself "
    "(dpd_action = restart).",
    NULL,
};

static void dead_peer_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_UNANSWERED || (ike->exchange != EXCHANGE_INFORM && ike->exchange != MODE_INFORMATIONAL))
        return;
    bool is_new;
    struct finding *finding = ike_case_hit_request(detect, condition, event, 0, &is_new);
    if (!is_new)
        return;
    const struct ike_session *session = ike->session;
    bool guess = session->version != IKE_VERSION_2 && !session->decrypted;
    finding->certainty = guess ? CERTAINTY_POSSIBLE : CERTAINTY_CERTAIN;
    if (guess)
        finding_bool(finding, "unreadable", true);
    if (guess || ike->request->sent < SILENCE_MANY)
        finding->severity = SEVERITY_WARNING;
    unsigned asked = ike->from_initiator ? 1 : 0;
    finding_bool(finding, "peer_seen", session->messages[asked] != 0);
}

static void dead_peer_traffic(const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], stamp[STAMP_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (finding_fact(finding, "sent_until")) {
        stamp_print(finding_get(finding, "sent_until", 0), stamp);
        text_printf(text, "%s went on to send ESP or AH (until %s)", src, stamp);
        if (!finding_fact(finding, "back_until"))
            text_put(text, ", and none came back in this capture. ");
        else if (finding_get(finding, "back_until", 0) < finding->first.time_ns) {
            stamp_print(finding_get(finding, "back_until", 0), stamp);
            text_printf(text,
                        ", and the last that came back was at %s, before the first of these requests. So those "
                        "packets went to a peer that no longer takes them (13910 BAD_SPI there, "
                        "which nobody reports on the wire). ",
                        stamp);
        } else {
            text_put(text, ", and some came back after the first of these requests: the peer lives and opens "
                           "packets, so only its IKE is silent, or IKE alone is blocked. ");
        }
    }
    if (finding_get(finding, "icmp_error", 0))
        text_put(text, "An ICMP error answered such packets, and says who refuses them (see icmp-error). ");
    if (finding_get(finding, "disowned", 0))
        text_printf(text, "%s says, in clear, that it does not know this IKE SA (see ike-invalid-ike-spi): it lives. ",
                    dst);
    if (finding_get(finding, "peer_began", 0))
        text_printf(text, "%s began a new IKE SA around then, as a host does that was restarted. ", dst);
    if (finding_fact(finding, "healed")) {
        stamp_print(finding_get(finding, "healed", 0), stamp);
        text_printf(text, "An IKE SA of the two came up again at %s.", stamp);
    }
}

/* Did the one that was asked say that it does not know the IKE SA? */
static bool dead_peer_disowned(const struct detect *detect, const struct finding *finding)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger) && finding->index < SILENCE_FINDINGS; i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        if (other->condition == &condition_ike_invalid_ike_spi &&
            addr_equal(&other->subject.src, &finding->subject.dst) &&
            addr_equal(&other->subject.dst, &finding->subject.src))
            return true;
    }
    return false;
}

static void dead_peer_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%s asked %s on a living IKE SA with an informational message (", src, dst);
    ike_case_sendings(finding, text);
    text_put(text, ") and got no answer");
    text_put(text, finding_get(finding, "unreadable", 0)
                       ? ". In IKEv1 such messages want no answer in general; several of one size without any "
                         "reaction look like dead peer detection, but cannot be read without keys. "
                       : ", although every such message must be answered. ");
    text_printf(text, "So %s %s, was restarted, or is cut off. ", dst,
                finding->certainty == CERTAINTY_CERTAIN ? "died" : "perhaps died");
    silence_icmp_words(finding, text);
    dead_peer_traffic(finding, text);
}

static void dead_peer_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    struct ike_case_traffic on = ike_case_traffic(detect, finding, src, dst, finding->first.time_ns, false);
    struct ike_case_traffic back = ike_case_traffic(detect, finding, dst, src, INT64_MIN, false);
    bool lives = back.any && back.last_ns >= finding->first.time_ns;
    silence_icmp(detect, finding);
    if (finding->certainty == CERTAINTY_POSSIBLE && back.asked && !lives) {
        finding->certainty = CERTAINTY_LIKELY;
        finding->severity = finding_get(finding, "sent", 0) > SILENCE_MANY ? SEVERITY_ERROR : SEVERITY_WARNING;
    }
    if (on.any)
        finding_time(finding, "sent_until", on.last_ns);
    if (back.any)
        finding_time(finding, "back_until", back.last_ns);
    if (detect->sessions && ike_sessions_restarted(detect->sessions, dst, src,
                                                   finding->first.time_ns - 60 * (int64_t)1000000000, INT64_MAX))
        finding_bool(finding, "peer_began", true);
    if (silence_other(detect, finding, &condition_icmp_error))
        finding_bool(finding, "icmp_error", true);
    if (dead_peer_disowned(detect, finding))
        finding_bool(finding, "disowned", true);
    const struct ike_session *up = ike_case_up_after(detect, src, dst, finding->first.time_ns);
    if (up == NULL)
        return;
    finding_time(finding, "healed", up->up_ns);
    finding->severity = finding->severity == SEVERITY_ERROR ? SEVERITY_WARNING : finding->severity;
}

const struct condition condition_ike_dead_peer = {
    .name = "ike-dead-peer",
    .title = "The peer answers on its IKE SA no more",
    .severity = SEVERITY_ERROR,
    .windows = 13886,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.4, RFC 3706",
    .meaning = "A side that asks on a living IKE SA whether the other is still there gets no answer, not even after "
               "retransmissions. The other side is gone or has lost the IKE SA, and so the "
               "IPsec SAs as well; packets on them vanish. On Windows that is 13886: the peer stopped responding, "
               "and the main mode SA is assumed to be no longer valid.",
    .causes = dead_peer_causes,
    .remedies = dead_peer_remedies,
    .events = 1u << EVENT_IKE,
    .decide = dead_peer_decide,
    .explain = dead_peer_explain,
    .conclude = dead_peer_conclude,
};
