/* capture: what the capture says of itself. */
#include "detect/rows.h"

static const char *const capture_dropped_causes[] = {
    "The capturing program was too slow for the traffic: a small buffer, a slow disk, a terminal that prints every "
    "packet.",
    "The capturing host was busy with other work, or the traffic came in bursts.",
    NULL,
};

static const char *const capture_dropped_remedies[] = {
    "Capture again with a larger buffer and a filter: tcpdump -B 65536 -w FILE 'udp port 500 or udp port 4500 or ip "
    "proto 50 or ip proto 51', or dumpcap -B 64.",
    "Write to a file on a fast disk or in memory, and look at it afterwards.",
    NULL,
};

static void capture_dropped_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (detect->capture_dropped == 0)
        return;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    finding_number(finding, "dropped", (int64_t)detect->capture_dropped);
    finding->first.time_ns = detect->first_ns;
    finding->last.time_ns = detect->last_ns;
}

static void capture_dropped_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    long long dropped = words_fact(finding, "dropped");
    text_printf(text, "The capturing host says that it dropped %lld packet%s before %s came into the file. ", dropped,
                dropped == 1 ? "" : "s", dropped == 1 ? "it" : "they");
    text_put(text, "So gaps in sequence numbers, fragments that never came and answers that seem to be missing may be "
                   "the capture's own; they are reported as possible only. Nothing is known of which packets were "
                   "lost.");
}

const struct condition condition_capture_dropped = {
    .name = "capture-dropped",
    .title = "The capture itself is not complete",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "draft-ietf-opsawg-pcapng 4.6",
    .meaning = "The capturing host counted packets that it saw but did not store. The tunnel is not affected: the "
               "packets went on their way. But what the capture does not show proves nothing then, so loss is claimed "
               "with less certainty.",
    .causes = capture_dropped_causes,
    .remedies = capture_dropped_remedies,
    .events = 1u << EVENT_CAPTURE_END,
    .decide = capture_dropped_decide,
    .explain = capture_dropped_explain,
};
