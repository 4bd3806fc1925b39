/* copies: clear packets that a capture on a Linux host shows beside the tunnel packets that they came out of. */
#include "detect/rows.h"

static const char *const opened_copies_causes[] = {
    "The capture was taken on the receiving Linux host: its stack shows an inbound tunnel packet once more, opened, on "
    "the same interface.",
    "The same, with several captures of one host read together.",
    NULL,
};

static const char *const opened_copies_remedies[] = {
    "Nothing is wrong. To see IPsec packets alone, capture with the filter 'esp or ah or udp port 4500', or on another "
    "host of the path.",
    NULL,
};

static void opened_copies_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->judgement->cause != CAUSE_OPENED_COPY)
        return;
    struct subject nobody = { 0 };
    struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
    bool is_new;
    struct finding *finding = detect_hit_subject(detect, condition, &nobody, &place, &is_new);
    finding->certainty = CERTAINTY_LIKELY;
    if (!is_new)
        return;
    finding_addr(finding, "first_src", &event->layer->ip.src);
    finding_addr(finding, "first_dst", &event->layer->ip.dst);
}

static void opened_copies_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    words_packets(finding->count, "clear", text);
    text_put(text, finding->count == 1 ? " is" : " are");
    text_put(text, " what came out of a tunnel packet a moment before, captured a second time on its way up the "
                   "receiver's stack: each inbound tunnel packet shows twice in such a capture. It is no leak, nothing "
                   "went over the wire in clear, and no drop is claimed.");
}

const struct condition condition_opened_copies = {
    .name = "opened-copies",
    .title = "Each inbound tunnel packet shows twice: as ESP, and opened",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4301 5.2",
    .meaning = "A capture on a Linux IPsec host shows an inbound tunnel packet as ESP and, right after, its content on "
               "the same interface. The policy requires IPsec for such content, and it had it, so these packets are "
               "not judged. It is said once for the whole capture.",
    .causes = opened_copies_causes,
    .remedies = opened_copies_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_UNJUDGED,
    .decide = opened_copies_decide,
    .explain = opened_copies_explain,
};
