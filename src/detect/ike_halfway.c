/* ike_halfway: negotiations that stop in the middle: the initiator goes silent, or hears the answers no more. */
#include "detect/ike_case.h"

static const char *const half_open_causes[] = {
    "The initiator did not like the answer (group, algorithms, a certificate request) and gave up without a word.",
    "Its next message does not reach this point: IKE_AUTH goes to UDP 4500, which a firewall blocks or the capture "
    "leaves out, or it is large and its fragments are lost.",
    "The answer does not reach the initiator.",
    "It is a scanner or a test that only wanted to know who answers.",
    NULL,
};

static const char *const half_open_remedies[] = {
    "Capture at the initiator, with UDP 500, UDP 4500 and fragments (tcpdump -ni any 'udp port 500 or udp port 4500 "
    "or ip[6:2] & 0x1fff != 0'), and see what it sends next.",
    "Read the initiator's log (charon, debug crypto ikev2, diagnose debug application ike -1, Windows events 4652 to "
    "4654).",
    NULL,
};

static void half_open_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_HALF_OPEN)
        return;
    struct event asking = *event;
    const struct ike_session *session = ike->session;
    struct layer layer = ike->request->layer;
    layer.ip.src = session->initiator;
    layer.ip.dst = session->responder;
    asking.layer = &layer;
    bool is_new;
    struct finding *finding =
        ike_case_hit_request(detect, condition, &asking, ike_case_kind(ike->exchange, NULL, NULL), &is_new);
    finding_time(finding, "silent_since", session->last_ns);
    if (!is_new)
        return;
    finding->certainty = CERTAINTY_LIKELY;
    if (session->nat)
        finding_bool(finding, "port_4500", true);
}

static void half_open_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%s answered %s, and %s never went on", dst, src, src);
    if (finding_get(finding, "silent_since", 0) > 0 && detect->last_ns > finding_get(finding, "silent_since", 0)) {
        span_print(detect->last_ns - finding_get(finding, "silent_since", 0), span);
        text_printf(text, ": %s of silence until the capture ends", span);
    }
    text_put(text, ". ");
    if (finding->count > 1)
        text_printf(text, "%llu negotiations stopped so. ", (unsigned long long)finding->count);
    text_printf(text,
                "No SA came of it. Either %s did not like the answer or did not get it, or its next message "
                "does not pass by here: in IKEv2 that is IKE_AUTH, mostly on UDP 4500. ",
                src);
    if (finding_get(finding, "fragments_lost", 0))
        text_put(text, "IP fragments between the two were lost in this capture (see fragments-incomplete); they may "
                       "have been that message. ");
    if (finding_get(finding, "healed", 0))
        text_put(text, "The two have SAs that carry packets nevertheless, so another negotiation went well, or the "
                       "rest of this one was not captured.");
}

static void half_open_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    for (uint32_t i = 0; i < ledger_count(detect->ledger) && finding->index < 64; i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        if (other->condition == &condition_fragments_incomplete && addr_equal(&other->subject.src, src) &&
            addr_equal(&other->subject.dst, dst))
            finding_bool(finding, "fragments_lost", true);
    }
    bool flows = ike_case_traffic(detect, finding, src, dst, finding->first.time_ns, true).any;
    if (flows || ike_case_up_after(detect, src, dst, finding->first.time_ns)) {
        finding_bool(finding, "healed", true);
        finding->certainty = CERTAINTY_POSSIBLE;
        finding->severity = SEVERITY_NOTE;
    }
}

const struct condition condition_ike_half_open = {
    .name = "ike-half-open",
    .title = "A negotiation was answered and then left",
    .severity = SEVERITY_WARNING,
    .windows = 13814,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.4",
    .meaning = "The responder answered the first messages, and the initiator sent nothing more. The responder throws "
               "such half-open negotiations away after a while; on Windows that is 13814 "
               "MM_DELAY_DROP or 13808 SA_REAPED, by the names of these codes. Many of them from many addresses are "
               "a flood.",
    .causes = half_open_causes,
    .remedies = half_open_remedies,
    .events = 1u << EVENT_IKE,
    .decide = half_open_decide,
    .explain = half_open_explain,
    .conclude = half_open_conclude,
};

static const char *const unheard_causes[] = {
    "A firewall or NAT lets packets pass in one direction only.",
    "The answer is large (certificates), was cut into IP fragments, and they are dropped on the way to the asker.",
    "The asker receives the answer and drops it: wrong checksum, wrong source port or address, or its own firewall.",
    NULL,
};

static const char *const unheard_remedies[] = {
    "Capture at the asker. If the answer arrives there, look at its own firewall and log; if not, at the path back.",
    "If the answer is larger than about 1400 bytes, turn on IKEv2 fragmentation on both sides (strongSwan: "
    "fragmentation = yes; Cisco: crypto ikev2 fragmentation mtu 1280; Windows server: "
    "EnableServerFragmentation).",
    NULL,
};

static void unheard_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_UNHEARD)
        return;
    bool is_new;
    struct finding *finding =
        ike_case_hit_request(detect, condition, event, ike_case_kind(ike->exchange, NULL, NULL), &is_new);
    if (!is_new)
        return;
    finding->certainty = CERTAINTY_LIKELY;
    finding_number(finding, "answer_frame", (int64_t)ike->request->answer_frame);
    finding_number(finding, "answer_length", ike->request->answer_length);
    finding_number(finding, "repeated_after", ike->request->unheard);
}

static void unheard_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%s answered %s", dst, src);
    ike_case_in(finding, text);
    text_printf(text,
                " (frame %lld, %lld bytes), but %s repeated the request %lld times after that and never went on. ",
                words_fact(finding, "answer_frame"), words_fact(finding, "answer_length"), src,
                words_fact(finding, "repeated_after"));
    text_printf(text, "So the answers pass this point and do not reach %s, or it drops them. ", src);
    if (finding_get(finding, "answer_length", 0) > 1372)
        text_put(text, "The answer does not fit into one packet: lost IP fragments are the first thing to look for. ");
    if (finding_get(finding, "healed", 0))
        text_put(text, "An IKE SA of the two came up later.");
}

static void unheard_conclude(const struct detect *detect, struct finding *finding)
{
    if (ike_case_up_after(detect, &finding->subject.src, &finding->subject.dst, finding->last.time_ns) == NULL)
        return;
    finding_bool(finding, "healed", true);
    finding->severity = SEVERITY_NOTE;
}

const struct condition condition_ike_answer_lost = {
    .name = "ike-answer-lost",
    .title = "The answers do not reach the asker",
    .severity = SEVERITY_ERROR,
    .windows = 13805,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.1",
    .meaning = "A request was answered, and its sender went on repeating it as if nothing had come. The responder is "
               "not to blame: it got the request and answered. The way back is, or the asker's own "
               "firewall; the asker ends with a time-out (13805).",
    .causes = unheard_causes,
    .remedies = unheard_remedies,
    .events = 1u << EVENT_IKE,
    .decide = unheard_decide,
    .explain = unheard_explain,
    .conclude = unheard_conclude,
};
