/* unseen: what the receiver's own counters say that no captured packet explains. */
#include "catalogue/counter.h"
#include "detect/rows.h"
#include "track/tally.h"

#define UNSEEN_SETUP_NS (30 * (int64_t)1000000000) /* packets that wait for a tunnel to come up are dropped for so long at the most */

static const char *const unseen_causes[] = {
    "The packets came on an interface that is not captured: another uplink, the loopback, a bridge port, a tunnel's own interface.",
    "The capture missed them, its filter left them out, or they belong to a protocol that it does not take (IPComp).",
    "A network card with IPsec offload opened or refused them before the place where captures are made.",
    "They never were on the wire: the host refused to send them, because there was no SA or a policy blocks them.",
    "The host's own trouble (memory), which is no packet's fault.",
    NULL,
};

static const char *const unseen_inbound[] = {
    "Capture on every interface: esplain live -s kernel any, without a filter. What is explained then came in elsewhere.",
    "See which SA counts it: ip -s xfrm state (stats: replay-window, replay, failed). A number that rises there names the tunnel; none that rises: the "
    "packets found no SA.",
    "Watch it rise: watch -d cat /proc/net/xfrm_stat, in the network namespace of the tunnel (ip netns exec NAME).",
    "With IPsec offload in a network card (ip xfrm state shows 'crypto offload'), turn it off for a test: ethtool -K IFACE esp-hw-offload off.",
    NULL,
};

static const char *const unseen_outbound[] = {
    "See whether the SA to send with exists: ip xfrm state; and which policy asks for it: ip xfrm policy (dir out).",
    "If there is none, ask the IKE daemon why: swanctl --list-sas, swanctl --log; ipsec status; journalctl -u strongswan.",
    "Watch it rise: watch -d cat /proc/net/xfrm_stat, in the network namespace of the tunnel (ip netns exec NAME).",
    NULL,
};

static bool unseen_is_outbound(enum counter counter)
{
    return !tally_is_inbound(counter) && counter != COUNTER_FWD_HDR_ERROR;
}

static const char *const *unseen_remedy(const struct finding *finding)
{
    return unseen_is_outbound((enum counter)finding->counter) ? unseen_outbound : unseen_inbound;
}

static void unseen_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct tally_drop *drop = event->drop;
    const struct subject subject = { .kind = drop->counter };
    const struct place place = { .time_ns = drop->to_ns };
    bool is_new;
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &place, &is_new);
    if (is_new) {
        finding->counter = (uint8_t)drop->counter;
        finding->windows = counter_rows[drop->counter].windows;
        finding->first.time_ns = drop->from_ns;
    }
    finding->count += drop->count - 1; /* each drop is one, not each reading */
    finding_number(finding, "undecided", finding_get(finding, "undecided", 0) + (int64_t)drop->undecided);
}

/* Sums of the whole run; and what the beginning of a tunnel, or a capture with gaps, makes of them. */
static void unseen_conclude(const struct detect *detect, struct finding *finding)
{
    const struct tally *tally = detect->tally;
    enum counter counter = (enum counter)finding->counter;
    if (tally == NULL)
        return;
    uint64_t dropped = unseen_is_outbound(counter) ? 0 : tally->dropped;
    finding_number(finding, "rose", (int64_t)tally_rose(tally, counter));
    finding_number(finding, "explained", (int64_t)tally->rows[counter].explained);
    finding_number(finding, "capture_dropped", (int64_t)dropped);
    finding_bool(finding, "all_interfaces", tally->everywhere);
    finding_bool(finding, "filtered", tally->filtered);
    bool setup = counter == COUNTER_OUT_NO_STATES && finding->last.time_ns - finding->first.time_ns < UNSEEN_SETUP_NS;
    finding->severity = setup || dropped >= finding->count ? SEVERITY_NOTE : SEVERITY_WARNING;
}

static void unseen_explain_inbound(const struct finding *finding, struct text *text)
{
    long long dropped = words_fact(finding, "capture_dropped"), undecided = words_fact(finding, "undecided");
    if (dropped) {
        text_printf(text, "The capture itself lost %lld packet%s, so ", dropped, dropped == 1 ? "" : "s");
        text_put(text, (uint64_t)dropped >= finding->count ? "they may be among these. " : "some of them may be among these. ");
    }
    if (undecided) {
        text_printf(text, "At that time %lld captured packet%s could not be judged to the end (no keys, cut short, or refused for a reason that is not seen "
                    "here): they may be among these. ", undecided, undecided == 1 ? "" : "s");
    }
    if (finding->counter == COUNTER_IN_ERROR || finding->counter == COUNTER_IN_BUFFER_ERROR || finding->counter == COUNTER_IN_POL_ERROR)
        return;
    const char *filter = words_fact(finding, "filtered") ? "the filter, which leaves packets out, and " : "";
    if (words_fact(finding, "all_interfaces"))
        text_printf(text, "All interfaces are captured; what is left are %sa network card that does IPsec itself. ", filter);
    else
        text_printf(text, "Possible are an interface that is not captured, %s%sa network card that does IPsec itself. ", filter, *filter ? "" : "and ");
}

static void unseen_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct counter_row *row = &counter_rows[finding->counter];
    char from[STAMP_TEXT_MAX], to[STAMP_TEXT_MAX];
    (void)detect;
    stamp_print(finding->first.time_ns, from);
    stamp_print(finding->last.time_ns, to);
    text_printf(text, "Between %.19sZ and %.19sZ the kernel counted %llu drop%s under %s that no captured packet explains", from, to,
                (unsigned long long)finding->count, finding->count == 1 ? "" : "s", row->name ? row->name : "a counter");
    if (words_fact(finding, "explained"))
        text_printf(text, " (it rose by %lld in this run, and %lld of that are captured packets)", words_fact(finding, "rose"),
                    words_fact(finding, "explained"));
    text_put(text, ". ");
    if (row->meaning)
        text_printf(text, "What it counts: %s ", row->meaning);
    if (unseen_is_outbound((enum counter)finding->counter)) {
        text_put(text, "Such packets are dropped before they are sent, so that no capture shows them. ");
        if (finding->severity == SEVERITY_NOTE)
            text_put(text, "The first packets of a tunnel that is not up yet are lost like that; it is a fault if it goes on. ");
    } else {
        unseen_explain_inbound(finding, text);
    }
    text_put(text, "The counter is that of the network namespace in which esplain runs: other namespaces and containers do not count there.");
}

const struct condition condition_kernel_drop_unseen = {
    .name = "kernel-drop-unseen",
    .title = "The kernel drops packets that the capture does not show",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4301 5",
    .meaning = "A counter of /proc/net/xfrm_stat rose while esplain live -s kernel ran, and no captured packet explains it. That the kernel dropped "
               "so many packets for that reason is certain; which packets they were is not known. It is told once the packets of that time have "
               "been judged, so it is no matter of two things being read at different moments.",
    .causes = unseen_causes,
    .remedies = unseen_inbound,
    .remedy = unseen_remedy,
    .events = 1u << EVENT_UNSEEN,
    .decide = unseen_decide,
    .explain = unseen_explain,
    .conclude = unseen_conclude,
};
