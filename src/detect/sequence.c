/* sequence: what the anti-replay window refuses, and senders whose numbers begin anew or come to their end. */
#include "detect/rows.h"
#include "track/flow.h"
#include "track/recent.h"

#define WINDOW_LINUX_MAX 4096 /* XFRMA_REPLAY_ESN_MAX, in packets */

/* A claim about the window is no surer than what is known of the window. */
static void sequence_lower(const struct detect *detect, struct finding *finding, const struct event *event)
{
    if (event->judgement->certainty < finding->certainty)
        finding->certainty = event->judgement->certainty;
    if (finding->certainty == CERTAINTY_CERTAIN && !detect_window_known(detect, finding->sa))
        finding->certainty = CERTAINTY_LIKELY;
}

static void sequence_count(struct finding *finding, const char *name)
{
    finding_number(finding, name, finding_get(finding, name, 0) + 1);
}

static uint32_t sequence_window(const struct detect *detect, const struct finding *finding)
{
    return finding->sa != SADB_NONE ? sadb_hot(detect->db, finding->sa)->window : 0;
}

static void sequence_assumed(const struct detect *detect, const struct finding *finding, struct text *text)
{
    if (!detect_window_known(detect, finding->sa))
        text_printf(text, " The window of %u is assumed, as the SA file names none (--window sets it).",
                    sequence_window(detect, finding));
}

static const char *const replayed_causes[] = {
    "The network delivered the packet twice: a loop, a failing link layer, load balancing or a high-availability pair "
    "that sends on both members.",
    "The capture shows it twice (a mirror port that copies both directions, -i any, bonds) and the receiver got it "
    "once.",
    "The sender used a number twice: a restart, a restored virtual machine, two senders that share one manually keyed "
    "SA.",
    "Somebody sends recorded packets again. It is the rarest reason, and the one that the window is for.",
    NULL,
};

static const char *const replayed_remedies[] = {
    "See whether the receiver counts it: ip -s xfrm state (stats: replay-window replay failed), show crypto ipsec sa "
    "detail (#pkts replay failed), event 4961 on Windows. If its count stands still, the capture doubled the packets.",
    "If it counts: capture at the sender. Doubled there as well: the sender or its cluster. Single there: a device on "
    "the way; compare TTL and link addresses of the two.",
    "Do not turn the replay check off for this: refusing duplicates costs nothing, as the first copy was taken.",
    NULL,
};

static void replayed_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", (int64_t)event->judgement->full);
    finding_number(finding, "last_top", (int64_t)event->judgement->top);
    if (event->copy == RECENT_SAME)
        sequence_count(finding, "same_bytes");
    else if (event->copy == RECENT_OTHER)
        sequence_count(finding, "other_bytes");
    sequence_lower(detect, finding, event);
    if (is_new) {
        finding_number(finding, "first_seq", (int64_t)event->judgement->full);
        finding_number(finding, "first_top", (int64_t)event->judgement->top);
        finding_number(finding, "window", sequence_window(detect, finding));
    }
}

static void replayed_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    bool ah = finding->subject.proto == SA_PROTO_AH;
    long long first = words_fact(finding, "first_seq"), last = words_fact(finding, "last_seq");
    long long same = words_fact(finding, "same_bytes"), other = words_fact(finding, "other_bytes");
    words_packets(finding->count, ah ? "AH" : "ESP", text);
    text_put(text, " on the ");
    words_sa(detect, finding->sa, text);
    if (finding->cause == CAUSE_SEQUENCE_ZERO) {
        text_put(text, finding->count == 1 ? " carries sequence number 0. " : " carry sequence number 0. ");
        text_put(text, "The first packet of an SA has number 1, so a receiver that checks for replays and has no "
                       "extended sequence numbers on this SA refuses 0 at once; it moves no counter of the SA itself. "
                       "The sender never raises its counter (a home-made sender or a test), or the bytes were changed "
                       "on the way.");
        sequence_assumed(detect, finding, text);
        return;
    }
    text_printf(text,
                finding->count == 1 ? " carries number %lld, which came before; "
                                    : " carry numbers that came before (first %lld",
                first);
    if (finding->count > 1)
        text_printf(text, ", last %lld); ", last);
    text_put(text, "the receiver took the first copy and refuses the others before it checks their ICV. ");
    if (other)
        text_printf(text,
                    "%lld of them %s other bytes than the first copy: the number was used for two packets. Either the "
                    "sender began anew on the same SA (then sequence-restart says so), or two senders share it, or one "
                    "of the two is forged. ",
                    other, other == 1 ? "has" : "have");
    if (same)
        text_printf(text,
                    "%lld %s the very bytes of the first copy, from the same place, so the packet was doubled on the "
                    "way here or sent again by somebody. ",
                    same, same == 1 ? "has" : "have");
    text_put(text, "Copies that show another TTL, VLAN, interface or link address within a second are not counted "
                   "here: they are captured-twice.");
    sequence_assumed(detect, finding, text);
}

const struct condition condition_replayed = {
    .name = "replayed",
    .title = "A sequence number that was received before",
    .severity = SEVERITY_WARNING,
    .windows = 13913,
    .counter = COUNTER_IN_STATE_SEQ_ERROR,
    .rfc = "RFC 4303 3.4.3, RFC 4302 3.4.3",
    .meaning = "The receiver remembers which numbers of its anti-replay window have come, and refuses one that comes "
               "again; without extended sequence numbers it refuses 0 as well. It is rarely an attack: mostly the "
               "network, or the capture, doubled a packet. No data is lost by it, unless the sender gave one number to "
               "two packets.",
    .causes = replayed_causes,
    .remedies = replayed_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_REPLAYED,
    .decide = replayed_decide,
    .explain = replayed_explain,
};

static const char *const too_old_causes[] = {
    "Reordering beyond the window: quality-of-service queues behind the encryption, parallel links, several CPUs or "
    "cards that encrypt for one SA.",
    "The sender began its numbers anew on a living SA (then sequence-restart says so).",
    "A packet from far ahead moved the window: two senders on one SA, or a failover that jumps forward and back.",
    "Somebody sends recorded packets again.",
    NULL,
};

static const char *const too_old_remedies[] = {
    "Look at window-too-small: it says which window would have taken every late packet, and the commands. A new window "
    "takes effect with the next SA.",
    "If the distance is in the thousands, a larger window is no cure: look for a sender that restarted, or for two "
    "senders.",
    "Give each class of service its own SA (Junos: multi-sa forwarding-class), or queue before the encryption instead "
    "of behind it.",
    NULL,
};

static void too_old_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct judgement *judgement = event->judgement;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, judgement->cause, &is_new);
    int64_t distance = judgement->top > judgement->full ? (int64_t)(judgement->top - judgement->full) : 0;
    finding_number(finding, "last_seq", (int64_t)judgement->full);
    if (distance > finding_get(finding, "largest_distance", -1)) {
        finding_number(finding, "largest_distance", distance);
        finding_number(finding, "smallest_window", distance + 1);
    }
    sequence_lower(detect, finding, event);
    if (is_new) {
        finding_number(finding, "first_seq", (int64_t)judgement->full);
        finding_number(finding, "first_top", (int64_t)judgement->top);
        finding_number(finding, "first_distance", distance);
        finding_number(finding, "window", sequence_window(detect, finding));
    }
}

static void too_old_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct flow *flow = finding->sa != SADB_NONE ? sadb_sa(detect->db, finding->sa)->flow : NULL;
    long long largest = words_fact(finding, "largest_distance");
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_put(text, " on the ");
    words_sa(detect, finding->sa, text);
    text_printf(text, " came too late for its window of %lld: the first has number %lld when %lld was the highest. ",
                words_fact(finding, "window"), words_fact(finding, "first_seq"), words_fact(finding, "first_top"));
    text_printf(text, "%s %lld behind", finding->count == 1 ? "It is" : "The latest is", largest);
    if (largest < WINDOW_LINUX_MAX)
        text_printf(text, "; a window of %lld would have reached %s", words_fact(finding, "smallest_window"),
                    finding->count == 1 ? "it" : "them all");
    text_put(text, ". ");
    if (flow != NULL && flow->restarts > 0)
        text_put(text, "But the sender began its numbers anew on this SA (see sequence-restart), so the window is not "
                       "what is wrong.");
    else if (flow != NULL && flow->late_refused > 0)
        text_printf(text,
                    "%llu of the packets that came late had not come before: that is data lost to reordering, not a "
                    "replay (see window-too-small).",
                    (unsigned long long)flow->late_refused);
    else if (largest >= WINDOW_LINUX_MAX)
        text_put(text, "No usual window is that large: a sender that began anew, two senders on one SA, or recorded "
                       "packets are likelier than reordering.");
    else
        text_put(text, "Whether they had come before cannot be told any more: they may be late for the first time, or "
                       "copies.");
    sequence_assumed(detect, finding, text);
}

const struct condition condition_too_old = {
    .name = "too-old",
    .title = "A sequence number left of the anti-replay window",
    .severity = SEVERITY_WARNING,
    .windows = 13913,
    .counter = COUNTER_IN_STATE_SEQ_ERROR,
    .rfc = "RFC 4303 3.4.3, RFC 4302 3.4.3",
    .meaning = "The receiver remembers the last numbers, as many as its window has, and refuses whatever is older than "
               "that, because it can no longer tell whether it came before. It is mostly reordering on the way, and "
               "then every refusal is a lost packet. It is judged by the order of this capture; the receiver's own "
               "order may differ where the capture was made far from it.",
    .causes = too_old_causes,
    .remedies = too_old_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_TOO_OLD,
    .decide = too_old_decide,
    .explain = too_old_explain,
};

static const char *const sequence_restart_causes[] = {
    "The sender restarted, or a virtual machine went back to an older state, and uses the old keys with a new counter.",
    "A high-availability pair changed over without handing on the sequence numbers.",
    "A manually keyed SA: nobody negotiates new keys when one side starts again.",
    "Recorded packets are sent again in order.",
    NULL,
};

static const char *const sequence_restart_remedies[] = {
    "Negotiate new SAs: swanctl --terminate --ike NAME and --initiate --child NAME, clear crypto sa peer ADDRESS, "
    "diagnose vpn tunnel flush, Restart-Service PolicyAgent.",
    "Clusters: turn on the synchronisation of SAs with their sequence numbers, or let the SAs be negotiated anew at a "
    "change-over.",
    "Manual keys: change keys and SPIs whenever a side starts again. A counter that begins anew under the same key "
    "also breaks the security of AES-GCM and AES-CTR.",
    NULL,
};

static void sequence_restart_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct judgement *judgement = event->judgement;
    bool is_new, refused = verdict_row(judgement->verdict)->refused;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_SEQUENCE_RESTART, &is_new);
    finding_number(finding, "last_seq", (int64_t)judgement->full);
    finding_number(finding, "last_top", (int64_t)judgement->top);
    if (refused)
        finding->severity = SEVERITY_ERROR;
    if (!is_new)
        return;
    uint64_t run = FLOW_RESTART_RUN - 1;
    finding_number(finding, "restarted_at", (int64_t)(judgement->full > run ? judgement->full - run : 0));
    finding_number(finding, "top", (int64_t)judgement->top);
    finding_bool(finding, "refused", refused);
    finding->counter = refused ? condition->counter : COUNTER_NONE;
    if (!refused) {
        finding->severity = SEVERITY_NOTE;
        finding->windows = 0;
        finding->certainty = CERTAINTY_POSSIBLE;
    } else if (finding->certainty > CERTAINTY_LIKELY) {
        finding->certainty = CERTAINTY_LIKELY; /* recorded packets that are sent again look the same */
    }
}

static void sequence_restart_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    text_put(text, "On the ");
    words_sa(detect, finding->sa, text);
    text_printf(text, " the numbers had reached %lld when they began again near %lld, %d or more in a row. ",
                words_fact(finding, "top"), words_fact(finding, "restarted_at"), FLOW_RESTART_RUN);
    if (finding_get(finding, "refused", 0))
        text_put(text, "The receiver refuses each of them as old or as a replay, until the sender's counter passes the "
                       "old one or new SAs are made: this direction is dead meanwhile, though both sides show the SA "
                       "as up. Recorded packets that are sent again would look the same.");
    else
        text_put(text, "Nothing says that the receiver refuses them: its SA is not known here, or checks no replays. "
                       "It may also be a new SA that got the SPI of an old one.");
    if (finding->count > 1)
        text_printf(text, " It happened %llu times.", (unsigned long long)finding->count);
}

const struct condition condition_sequence_restart = {
    .name = "sequence-restart",
    .title = "The sender began its sequence numbers anew on a living SA",
    .severity = SEVERITY_ERROR,
    .windows = 13913,
    .counter = COUNTER_IN_STATE_SEQ_ERROR,
    .rfc = "RFC 4303 3.3.3",
    .meaning = "A sender counts up from 1 as long as an SA lives and never starts again. If it does, the receiver "
               "takes everything for old packets and refuses it, while the tunnel still looks up on both sides. It is "
               "neither a wrong key nor a window that is too small.",
    .causes = sequence_restart_causes,
    .remedies = sequence_restart_remedies,
    .events = 1u << EVENT_RESTART,
    .decide = sequence_restart_decide,
    .explain = sequence_restart_explain,
};
