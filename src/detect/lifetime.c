/* lifetime: packets that come when their SA has reached a hard limit. */
#include "detect/rows.h"

static const char *const expired_causes[] = {
    "The rekey that the soft limit should have started never came or failed: the IKE daemon is down, the peer does not "
    "answer, or it refuses the new proposal.",
    "Soft and hard limit lie so close together that a burst passes both before a rekey ends.",
    "Only one side has the limit, and the other does not know of it: IKEv2 does not negotiate lifetimes.",
    "A manually keyed SA with a limit: nobody is there to rekey it.",
    NULL,
};

static const char *const expired_remedies[] = {
    "Bring the tunnel back: swanctl --initiate --child NAME, clear crypto sa peer ADDRESS, diagnose vpn tunnel reset "
    "NAME, Restart-Service PolicyAgent.",
    "Then find out why no rekey came: the IKE log of the side that has the limit, around the soft limit's time "
    "(journalctl -u strongswan, show crypto ikev2 sa detail, diagnose debug application ike -1).",
    "Leave room between the limits. strongSwan: rekey_time, rekey_bytes and rekey_packets below life_time, life_bytes "
    "and life_packets. By hand: ip xfrm state add ... limit packet-soft N limit packet-hard M.",
    NULL,
};

static void expired_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct judgement *judgement = event->judgement;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    if (judgement->certainty < finding->certainty)
        finding->certainty = judgement->certainty;
    if (!is_new || finding->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, finding->sa);
    const struct sa_definition *definition = sa->definition;
    finding_number(finding, "first_seq", event->layer->seq);
    int64_t age;
    if (definition != NULL && judgement->cause == CAUSE_PACKET_LIMIT) {
        finding_text(finding, "limit_kind", "packets");
        finding_number(finding, "limit", (int64_t)definition->hard.packets);
        finding_number(finding, "soft_limit", (int64_t)definition->soft.packets);
        finding_number(finding, "counted", (int64_t)hot->packets);
    } else if (definition != NULL && judgement->cause == CAUSE_BYTE_LIMIT) {
        finding_text(finding, "limit_kind", "bytes");
        finding_number(finding, "limit", (int64_t)definition->hard.bytes);
        finding_number(finding, "soft_limit", (int64_t)definition->soft.bytes);
        finding_number(finding, "counted", (int64_t)hot->bytes);
    } else if (definition != NULL && judgement->cause == CAUSE_TIME_LIMIT) {
        finding_text(finding, "limit_kind", "seconds");
        finding_number(finding, "limit", (int64_t)definition->hard.add_s);
        finding_number(finding, "soft_limit", (int64_t)definition->soft.add_s);
        if (!__builtin_sub_overflow(event->frame->time_ns, definition->added_ns, &age))
            finding_number(finding, "counted", age / 1000000000);
    } else {
        finding_text(finding, "limit_kind", "history");
        if (sa->ended_known)
            finding_time(finding, "ended", sa->ended_ns);
    }
}

static void expired_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char stamp[STAMP_TEXT_MAX];
    const struct fact *kind = finding_fact(finding, "limit_kind"), *ended = finding_fact(finding, "ended");
    long long limit = words_fact(finding, "limit"), soft = words_fact(finding, "soft_limit");
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_put(text, finding->count == 1 ? " came when the " : " came after the ");
    words_sa(detect, finding->sa, text);
    if (limit != 0 && kind)
        text_printf(text, " had reached its hard limit of %lld %s (%lld counted). ", limit, kind->text,
                    words_fact(finding, "counted"));
    else
        text_put(text, " had come to its end. ");
    if (ended) {
        stamp_print(ended->number, stamp);
        text_printf(text,
                    "The history says that it expired at %s; the packet that passes a limit starts that end itself. ",
                    stamp);
    }
    if (finding->cause == CAUSE_TIME_LIMIT)
        text_put(text, "By then a timer had removed the SA, so Linux counts XfrmInNoStates and Windows may say 13910 "
                       "as well as 13911. The clock of the SA file may differ from the capture's. ");
    else
        text_put(text, "The first such packet counts as expired; after it the SA is gone, and the next ones meet no SA "
                       "at all (13910, XfrmInNoStates). ");
    if (soft != 0 && soft < limit)
        text_printf(text,
                    "The soft limit of %lld should have started a rekey before: either that failed, or the %lld "
                    "between the limits did not last until it was done.",
                    soft, limit - soft);
    else if (limit != 0)
        text_put(text, "The SA file shows no soft limit below it, so nothing told an IKE daemon to rekey in time.");
}

const struct condition condition_expired = {
    .name = "expired",
    .title = "The SA has reached its hard limit",
    .severity = SEVERITY_ERROR,
    .windows = 13911,
    .counter = COUNTER_IN_STATE_EXPIRED,
    .rfc = "RFC 4301 4.4.2.1",
    .meaning = "An SA may have a hard limit of packets, bytes or time, after which the receiver removes it. A soft "
               "limit before that is to start a rekey, so that traffic changes over to a new SA; a packet that meets "
               "the hard limit shows that this did not happen in time. Keys and policy are not at fault.",
    .causes = expired_causes,
    .remedies = expired_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_EXPIRED,
    .decide = expired_decide,
    .explain = expired_explain,
};
