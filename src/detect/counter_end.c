/* counter_end: sequence numbers near 2^32 and beyond. */
#include "detect/rows.h"

static bool counter_esn_unknown(const struct detect *detect, uint32_t index)
{
    const struct sa_definition *definition = index != SADB_NONE ? sadb_sa(detect->db, index)->definition : NULL;
    return definition == NULL || !definition->esn_known;
}

static const char *const sequence_near_end_causes[] = {
    "The SA lives too long for its packet rate: rekeying by time alone, an unlimited lifetime, or manual keys.",
    "Rekeying fails again and again, and the old SA goes on.",
    "The sender started at a high number, or somebody forged a packet with one (an unauthenticated number proves "
    "little).",
    NULL,
};

static const char *const sequence_near_end_remedies[] = {
    "Rekey now: swanctl --rekey --child NAME, clear crypto sa peer ADDRESS, diagnose vpn tunnel flush. New SAs begin "
    "at 1.",
    "Rekey by packets or bytes as well as by time (strongSwan: rekey_packets, rekey_bytes of the child), well before "
    "4,294,967,295 packets.",
    "Negotiate extended sequence numbers on fast links (strongSwan: esp_proposals with -esn at the end). Both sides "
    "must offer them.",
    NULL,
};

static void sequence_near_end_decide(struct detect *detect, const struct condition *condition,
                                     const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    if (!is_new)
        return;
    finding->counter = condition->counter;
    finding_number(finding, "first_seq", (int64_t)event->judgement->full);
    if (counter_esn_unknown(detect, finding->sa)) {
        finding->certainty = CERTAINTY_POSSIBLE;
        finding->severity = SEVERITY_NOTE;
    }
}

/* How far it came, and how long the rest lasts at the rate that the capture shows. */
static void sequence_near_end_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, finding->sa);
    uint64_t left = hot->top < UINT32_MAX ? UINT32_MAX - hot->top : 0;
    int64_t span;
    finding_number(finding, "top", (int64_t)hot->top);
    finding_number(finding, "packets_left", (int64_t)left);
    if (hot->packets > 1 && !__builtin_sub_overflow(hot->last_ns, sa->first_ns, &span) && span > 0) {
        double rest = (double)left * (double)span / (double)(hot->packets - 1);
        if (rest < 9e18)
            finding_span(finding, "left_ns", (int64_t)rest);
    }
}

static void sequence_near_end_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char span[SPAN_TEXT_MAX];
    text_put(text, "The ");
    words_sa(detect, finding->sa, text);
    long long left = words_fact(finding, "packets_left");
    text_printf(text, " has come to sequence number %lld of 4294967295",
                (long long)finding_get(finding, "top", finding_get(finding, "first_seq", 0)));
    if (left == 0 && finding_fact(finding, "packets_left"))
        text_put(text, ", the last one");
    else if (left != 0)
        text_printf(text, "; %lld packet%s left", left, left == 1 ? " is" : "s are");
    if (left != 0 && finding_fact(finding, "left_ns")) {
        span_print(finding_get(finding, "left_ns", 0), span);
        text_printf(text, ", about %s at the rate of this capture", span);
    }
    text_put(text, ". After the last one the sender may send nothing more on this SA (Linux counts "
                   "XfrmOutStateSeqError there), so it must be replaced before. ");
    if (counter_esn_unknown(detect, finding->sa))
        text_put(text, "Whether the SA has extended sequence numbers is not known here; if it has, the low half simply "
                       "wraps and nothing happens.");
    else
        text_put(text, "The SA has no extended sequence numbers, so the number cannot wrap.");
}

const struct condition condition_sequence_near_end = {
    .name = "sequence-near-end",
    .title = "The SA has nearly used up its sequence numbers",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_OUT_STATE_SEQ_ERROR,
    .rfc = "RFC 4303 3.3.3",
    .meaning = "Without extended sequence numbers an SA can carry 2^32 - 1 packets, and this one has used more than 15 "
               "of 16 parts of them. Nothing is dropped yet: the counter named here is the one that the sender will "
               "raise once no number is left. A rekey before that is all that is needed.",
    .causes = sequence_near_end_causes,
    .remedies = sequence_near_end_remedies,
    .events = 1u << EVENT_NEAR_END,
    .decide = sequence_near_end_decide,
    .explain = sequence_near_end_explain,
    .conclude = sequence_near_end_conclude,
};

static const char *const sequence_wrap_causes[] = {
    "The SA has extended sequence numbers: only the low 32 bits are on the wire, and they wrap. Nothing is wrong.",
    "A sender without extended sequence numbers that goes on from 0 against the rule: the receiver refuses everything "
    "from there on.",
    NULL,
};

static const char *const sequence_wrap_remedies[] = {
    "Ask one end whether the SA has extended sequence numbers: ip xfrm state (flag esn), swanctl --list-sas (ESN), "
    "show crypto ipsec sa detail.",
    "Give the SA to esplain with -s: then the wrap is judged instead of guessed.",
    "If it has none, rekey at once, and let it rekey by packets in future.",
    NULL,
};

static void sequence_wrap_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    if (!is_new)
        return;
    finding->counter = COUNTER_NONE;
    finding->certainty = CERTAINTY_POSSIBLE;
    finding_number(finding, "first_seq", event->layer->seq);
    finding_number(finding, "top", (int64_t)event->judgement->top);
}

static void sequence_wrap_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    text_put(text, "On the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " the numbers went from %lld to %lld. Either the SA has extended sequence numbers, whose low half "
                "wraps like this and nothing is wrong, or the sender broke the rule that numbers never cycle, and then "
                "a receiver without them refuses all that follows. The packets alone do not tell which; traffic that "
                "goes on in both directions speaks for the first.",
                words_fact(finding, "top"), words_fact(finding, "first_seq"));
}

const struct condition condition_sequence_wrap = {
    .name = "sequence-wrap",
    .title = "The sequence number went past 2^32",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 3.3.3",
    .meaning = "The 32 bits on the wire went from their end to their beginning on an SA of which it is not known "
               "whether it has extended sequence numbers. With them that is how it must be; without them the sender "
               "had to stop, and its packets are refused as old.",
    .causes = sequence_wrap_causes,
    .remedies = sequence_wrap_remedies,
    .events = 1u << EVENT_WRAP,
    .decide = sequence_wrap_decide,
    .explain = sequence_wrap_explain,
};
