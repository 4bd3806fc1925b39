/* keepalive: how a host keeps its NAT's mapping open (RFC 3948 2.3, 4), and what the rhythm shows. */
#include "detect/rows.h"

#define KEEPALIVE_LONG_NS (60 * (int64_t)1000000000) /* between two in a row: longer than cheap NATs wait; not in any RFC */

static const char *const nat_keepalive_causes[] = {
    "The sender found in IKE that it is behind a NAT, and keeps the mapping open. This is how it should be.",
    "UDP encapsulation was forced (strongSwan: encap = yes), so that it takes itself for one behind a NAT.",
    NULL,
};

static const char *const nat_keepalive_remedies[] = {
    "Nothing, if the tunnel works. If it goes dead after minutes of silence, and comes back with traffic from behind the NAT, send "
    "keepalives more often: charon.keep_alive = 20s (strongSwan), crypto isakmp nat keepalive 20 (Cisco), set keepalive 20 in phase 1 "
    "(FortiGate).",
    "Ports that change while the tunnel is up: look at the NAT's time-out for UDP, and at a second way out of that network.",
    NULL,
};

static void nat_keepalive_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    struct subject subject = { .src = layer->ip.src, .dst = layer->ip.dst, .proto = 17 };
    struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
    bool is_new;
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &place, &is_new);
    int64_t now = event->frame->time_ns, gap = now - finding_get(finding, "latest", now);
    finding_time(finding, "latest", now);
    if (is_new || gap < 0) {
        finding->certainty = CERTAINTY_CERTAIN;
        finding_number(finding, "sport", layer->sport);
        finding_number(finding, "dport", layer->dport);
        return;
    }
    if (gap < finding_get(finding, "shortest_ns", INT64_MAX))
        finding_span(finding, "shortest_ns", gap);
    if (gap > finding_get(finding, "longest_ns", 0))
        finding_span(finding, "longest_ns", gap);
    if (finding_get(finding, "sport", 0) != layer->sport || finding_get(finding, "dport", 0) != layer->dport) {
        finding_number(finding, "sport", layer->sport);
        finding_number(finding, "dport", layer->dport);
        finding_number(finding, "ports_changed", finding_get(finding, "ports_changed", 0) + 1);
    }
}

static void nat_keepalive_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], shortest[SPAN_TEXT_MAX], longest[SPAN_TEXT_MAX];
    int64_t least = finding_get(finding, "shortest_ns", 0), most = finding_get(finding, "longest_ns", 0);
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%s sent ", src);
    words_packets(finding->count, "NAT keepalive", text);
    text_printf(text, " to %s (port %lld to %lld)", dst, words_fact(finding, "sport"), words_fact(finding, "dport"));
    if (finding->count > 1) {
        span_print(least, shortest);
        span_print(most, longest);
        text_printf(text, ", %s apart at the least, %s at the most", shortest, longest);
    }
    text_put(text, ": it believes itself behind a NAT. Other packets stand in for keepalives, so the shortest distance is the timer. ");
    if (least > KEEPALIVE_LONG_NS)
        text_put(text, "That is long: many NATs forget a UDP mapping after 30 to 60 seconds of silence, and then nothing comes in until "
                       "this side sends again. ");
    if (finding_get(finding, "ports_changed", 0))
        text_printf(text, "Ports changed %lld time%s between them: the NAT made new mappings, or the host moved. ",
                    words_fact(finding, "ports_changed"), words_fact(finding, "ports_changed") == 1 ? "" : "s");
}

const struct condition condition_nat_keepalive = {
    .name = "nat-keepalive",
    .title = "NAT keepalives and their rhythm",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 3948 2.3, 4",
    .meaning = "A host that found itself behind a NAT sends one byte 0xff on the NAT-T port when it sent nothing else for a while (20 s "
               "by default). The receiver ignores it. Nothing is wrong; the rhythm tells how long the NAT has to remember.",
    .causes = nat_keepalive_causes,
    .remedies = nat_keepalive_remedies,
    .events = 1u << EVENT_KEEPALIVE,
    .decide = nat_keepalive_decide,
    .explain = nat_keepalive_explain,
};
