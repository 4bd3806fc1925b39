/* stream: what the numbers of one SA show when the capture is over: loss, reordering, too small a window, copies. */
#include "detect/rows.h"
#include "track/flow.h"

#define LOSS_FEW 5           /* fewer are no cause for a warning */
#define LOSS_PERMYRIAD 100   /* one percent */
#define LOSS_INTERRUPTION 16 /* numbers in one gap that look like more than a full queue */
#define WINDOW_USUAL 64      /* RFC 4303 3.4.3's default, and that of most products */
#define WINDOW_LINUX_MAX 4096
#define WINDOW_IOS_MAX 1024

static const char *stream_proto(const struct finding *finding)
{
    return finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP";
}

/*
 * The finding of an SA, emptied for its facts. The ledger may let many SAs share one: it tells of the one with the
 * largest measure, and NULL comes back for the others.
 */
static struct finding *stream_hit(struct detect *detect, const struct condition *condition, uint32_t sa,
                                  const char *measure, uint64_t value)
{
    bool is_new;
    struct finding *finding = detect_hit_sa(detect, condition, sa, &is_new);
    if (!is_new && finding_get(finding, measure, 0) >= (int64_t)value)
        return NULL;
    finding->sa = sa;
    finding->severity = condition->severity;
    finding->certainty = CERTAINTY_LIKELY; /* the order and number of the capture, which are mostly those of the wire */
    finding->fact_count = 0;
    finding_number(finding, measure, (int64_t)value);
    return finding;
}

static const char *const loss_causes[] = {
    "Congestion: a full queue, a policer or shaper, a slow or busy gateway that drops after it has numbered the "
    "packet.",
    "The capturing host dropped the packets, was stopped for a while, or saw only one of several paths.",
    "Large packets alone: fragments or an MTU that is too small on the way (see fragments-incomplete and icmp-error).",
    "The sender skipped numbers: a failover that jumps ahead, or offload hardware.",
    NULL,
};

static const char *const loss_remedies[] = {
    "Capture at both ends at the same time and compare the lost counts of the same SPI: the loss lies before the first "
    "capture point that shows it.",
    "Look at drops of the interfaces on the way: ip -s link, tc -s qdisc, ethtool -S IFACE; show interfaces | include "
    "drops; diagnose hardware deviceinfo nic PORT; show interfaces extensive; Get-NetAdapterStatistics.",
    "Rule the capture out: tcpdump says at its end how many packets the kernel dropped; a larger buffer (-B 65536) or "
    "a file on a fast disk helps.",
    NULL,
};

/* Numbers that came but were refused for another reason than the window: holes to the tracker, not lost on the way. */
static uint64_t loss_refused(const struct sa *sa)
{
    uint64_t refused = 0;
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (verdict != VERDICT_ACCEPTED && verdict != VERDICT_UNJUDGED && verdict != VERDICT_REPLAYED &&
            verdict != VERDICT_TOO_OLD)
            refused += sa->verdicts[verdict];
    return refused;
}

/* Different numbers that came. */
static uint64_t loss_received(const struct sa_hot *hot, const struct flow *flow)
{
    uint64_t again = flow->duplicates + (hot->flags & SA_HOT_SEEN ? flow->captured_twice : 0);
    if (!(hot->flags & SA_HOT_SEEN) && hot->window != 0)
        again = 0; /* refused ones are not among hot->packets */
    return (hot->packets > again ? hot->packets - again : 0) + flow->late_refused;
}

static void loss_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa *sa = sadb_sa(detect->db, event->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, event->sa);
    const struct flow *flow = sa->flow;
    uint64_t lost = flow_lost(flow);
    if (lost == 0 || hot->packets == 0)
        return;
    uint64_t refused = loss_refused(sa), received = loss_received(hot, flow);
    if (lost <= refused)
        return;
    lost -= refused;
    uint64_t all = lost + received + refused;
    uint64_t permyriad = (uint64_t)((double)lost * 10000 / (double)all + 0.5);
    struct finding *finding = stream_hit(detect, condition, event->sa, "lost", lost);
    if (finding == NULL)
        return;
    if (detect->capture_dropped)
        finding->certainty = CERTAINTY_POSSIBLE;
    if (lost < LOSS_FEW || permyriad < LOSS_PERMYRIAD || detect->capture_dropped)
        finding->severity = SEVERITY_NOTE;
    finding_number(finding, "received", (int64_t)received);
    finding_number(finding, "lost_permyriad", (int64_t)permyriad);
    finding_number(finding, "gaps", flow->hole_count);
    const struct flow_hole *largest = NULL;
    for (uint32_t i = 0; i < flow->hole_count; i++)
        if (largest == NULL || flow->holes[i].high - flow->holes[i].low > largest->high - largest->low)
            largest = &flow->holes[i];
    if (largest != NULL) {
        finding_number(finding, "largest_gap_from", (int64_t)largest->low);
        finding_number(finding, "largest_gap_to", (int64_t)largest->high);
    }
    finding_number(finding, "forgotten", (int64_t)flow->written_off);
    finding_number(finding, "jumps", (int64_t)flow->jumps);
    finding_number(finding, "refused", (int64_t)refused);
    /* what else is unjudged on a known SA: its numbers are holes to the tracker */
    if (!(hot->flags & SA_HOT_SEEN) && sa->verdicts[VERDICT_UNJUDGED] > flow->captured_twice)
        finding_number(finding, "checksum_wrong", (int64_t)(sa->verdicts[VERDICT_UNJUDGED] - flow->captured_twice));
}

static void loss_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    long long lost = words_fact(finding, "lost"), received = words_fact(finding, "received");
    long long permyriad = words_fact(finding, "lost_permyriad"), from = words_fact(finding, "largest_gap_from");
    long long gap = words_fact(finding, "largest_gap_to") - from + 1, refused = words_fact(finding, "refused");
    text_printf(text, "%lld of %lld sequence numbers of the ", lost, lost + received + refused);
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " never came (%lld.%02lld %%): the packets were lost between the sender's counter and this capture "
                "point. ",
                permyriad / 100, permyriad % 100);
    if (finding_fact(finding, "largest_gap_to") && gap >= LOSS_INTERRUPTION && gap * 2 >= lost)
        text_printf(text,
                    "%lld of them are one gap, %lld to %lld: that looks like an interruption, or a capture that "
                    "paused, rather than like steady loss. ",
                    gap, from, from + gap - 1);
    else if (finding_get(finding, "forgotten", 0) == 0 && finding_get(finding, "gaps", 0) > 1)
        text_printf(text, "They are spread over %lld gaps. ", words_fact(finding, "gaps"));
    if (detect->capture_dropped)
        text_printf(text,
                    "But the capturing host itself dropped %llu packets, so these may be the capture's own losses. ",
                    (unsigned long long)detect->capture_dropped);
    if (refused)
        text_printf(text, "%lld more came and were refused for other reasons; they are not counted as lost. ", refused);
    if (finding_get(finding, "jumps", 0))
        text_printf(text, "%lld step%s forward of more than a million %s not counted either. ",
                    words_fact(finding, "jumps"), finding_get(finding, "jumps", 0) == 1 ? "" : "s",
                    finding_get(finding, "jumps", 0) == 1 ? "is" : "are");
    if (words_fact(finding, "checksum_wrong"))
        text_printf(text,
                    "%lld of these came with a wrong checksum, and a receiver drops them too (see checksum-wrong). ",
                    words_fact(finding, "checksum_wrong"));
    text_put(text, "Packets that only came late are not counted, nor those before the capture began or behind its end; "
                   "what is lost behind the capture point does not show here.");
}

const struct condition condition_loss = {
    .name = "loss",
    .title = "Packets of the SA were lost",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 2.2",
    .meaning = "Every packet of an SA has the next number, so numbers that never come are packets that were lost, and "
               "no key is needed to count them. It is the path's loss up to the capture point, or the capture's own; "
               "it is neither reordering nor a drop by the receiver. Below 1 percent, or fewer than 5 packets, it is a "
               "note.",
    .causes = loss_causes,
    .remedies = loss_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = loss_decide,
    .explain = loss_explain,
};

static const char *const reordering_causes[] = {
    "Parallel paths or links (ECMP, bonds), or queues of different priority behind the encryption.",
    "Several CPUs or crypto engines that work for one SA, or a network card with several queues on the capturing host.",
    NULL,
};

static const char *const reordering_remedies[] = {
    "Nothing, as long as the receiver's window is larger than the distance that the explanation names.",
    "If TCP inside the tunnel is slow, keep the flow on one path: hash ECMP and bonds by addresses and SPI, and avoid "
    "per-packet load balancing.",
    NULL,
};

static void reordering_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct flow *flow = sadb_sa(detect->db, event->sa)->flow;
    if (flow == NULL || flow->reordered == 0)
        return;
    const struct sa_hot *hot = sadb_hot(detect->db, event->sa);
    struct finding *finding = stream_hit(detect, condition, event->sa, "latest", flow->latest);
    if (finding == NULL)
        return;
    finding_number(finding, "reordered", (int64_t)flow->reordered);
    finding_number(finding, "packets", (int64_t)hot->packets);
    if (detect_window_known(detect, event->sa))
        finding_number(finding, "window", hot->window);
    finding_number(finding, "late_refused", (int64_t)flow->late_refused);
}

static void reordering_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    int64_t reordered = finding_get(finding, "reordered", 0), latest = finding_get(finding, "latest", 0),
            refused = finding_get(finding, "late_refused", 0);
    int64_t window = finding_get(finding, "window", WINDOW_USUAL);
    text_printf(text, "%lld packet%s of the ", (long long)reordered, reordered == 1 ? "" : "s");
    words_sa(detect, finding->sa, text);
    text_printf(text, " came late, %s %lld behind the highest number. ", reordered == 1 ? "it was" : "at most",
                (long long)latest);
    if (refused)
        text_printf(text, "The receiver refused %lld of them (see window-too-small).", (long long)refused);
    else if (finding_fact(finding, "window") && window == 0)
        text_put(text, "The receiver checks no replays on this SA, so it took them all.");
    else if (finding_fact(finding, "window"))
        text_printf(text,
                    "The receiver's window of %lld reaches %lld back, so it took them all: nothing was lost by it.",
                    (long long)window, (long long)(window - 1));
    else if (latest < WINDOW_USUAL)
        text_printf(text, "A receiver with the usual window of %d takes them all; this SA's own is not known here.",
                    WINDOW_USUAL);
    else
        text_printf(text,
                    "A receiver with the usual window of %d would have refused those that were %d or more behind; a "
                    "window of %lld takes them all. This SA's own is not known here.",
                    WINDOW_USUAL, WINDOW_USUAL, (long long)latest + 1);
}

const struct condition condition_reordering = {
    .name = "reordering",
    .title = "Packets of the SA came out of order",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 3.4.3",
    .meaning = "Numbers that were missing came after higher ones. Within the receiver's anti-replay window that is "
               "harmless to IPsec, though TCP inside the tunnel may slow down. It is not loss, and not a replay: each "
               "number came once.",
    .causes = reordering_causes,
    .remedies = reordering_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = reordering_decide,
    .explain = reordering_explain,
};

static const char *const window_too_small_causes[] = {
    "Queues of different priority behind the encryption: bulk packets wait while urgent ones overtake them.",
    "Parallel paths of different length, or several CPUs or crypto engines that work for one SA, at a high packet "
    "rate.",
    "A window from a time of slower links: 32 or 64 packets are few milliseconds at a gigabit.",
    NULL,
};

static const char *const window_too_small_remedies[] = {
    "Set the window that the explanation names on the receiving side, then rekey: a window is fixed when its SA is "
    "made.",
    "If no product reaches that size, mend the order instead: one SA for each class of service, no per-packet load "
    "balancing, queues before the encryption.",
    "Do not turn the replay check off but as a test.",
    NULL,
};

static void window_too_small_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct flow *flow = sadb_sa(detect->db, event->sa)->flow;
    if (flow == NULL || flow->late_refused == 0)
        return;
    uint64_t needed = flow_window(flow), power = WINDOW_USUAL;
    struct finding *finding = stream_hit(detect, condition, event->sa, "needed", needed);
    if (finding == NULL)
        return;
    while (power < needed && power < (uint64_t)1 << 40)
        power *= 2;
    finding->certainty = detect_window_known(detect, event->sa) ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY;
    finding_number(finding, "late_refused", (int64_t)flow->late_refused);
    finding_number(finding, "window", sadb_hot(detect->db, event->sa)->window);
    finding_number(finding, "power_of_two", (int64_t)power);
    finding_number(finding, "latest", (int64_t)flow->latest);
}

static void window_too_small_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    long long needed = words_fact(finding, "needed"), power = words_fact(finding, "power_of_two");
    words_packets((uint64_t)finding_get(finding, "late_refused", 0), stream_proto(finding), text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " came for the first time, but too late for its window of %lld, and were dropped; the latest was %lld "
                "behind. A window of %lld would have taken them all. ",
                words_fact(finding, "window"), words_fact(finding, "latest"), needed);
    if (needed > WINDOW_LINUX_MAX) {
        text_printf(text,
                    "That is more than Linux (%d) and most gateways can be set to, so mend the order of the packets "
                    "instead.",
                    WINDOW_LINUX_MAX);
    } else {
        text_printf(text,
                    "Linux: ip xfrm state add ... replay-window %lld. strongSwan: replay_window = %lld in the child of "
                    "swanctl.conf. libreswan: replay-window=%lld. ",
                    needed, needed, needed);
        if (power <= WINDOW_IOS_MAX)
            text_printf(text, "Cisco IOS: crypto ipsec security-association replay window-size %lld. ", power);
        else
            text_printf(text,
                        "Cisco IOS: at most crypto ipsec security-association replay window-size %d, which is not "
                        "enough. ",
                        WINDOW_IOS_MAX);
        text_printf(text, "Junos: set security ipsec vpn NAME ike anti-replay-window-size %lld.", power);
    }
    if (!detect_window_known(detect, finding->sa))
        text_put(text, " The SA file names no window, so the one above is assumed (--window sets it).");
}

const struct condition condition_window_too_small = {
    .name = "window-too-small",
    .title = "The anti-replay window is too small for the reordering of this path",
    .severity = SEVERITY_WARNING,
    .windows = 13913,
    .counter = COUNTER_IN_STATE_SEQ_ERROR,
    .rfc = "RFC 4303 3.4.3",
    .meaning = "Good packets that came for the first time were dropped as too old, because packets with higher numbers "
               "had overtaken them by more than the window is wide. It is no attack and no fault of the sender. The "
               "size that is named is the smallest that would have taken every late packet of this capture, in the "
               "order of this capture.",
    .causes = window_too_small_causes,
    .remedies = window_too_small_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = window_too_small_decide,
    .explain = window_too_small_explain,
};

static const char *const captured_twice_causes[] = {
    "A mirror port that copies a packet when it comes in and when it goes out, or two VLANs of its path.",
    "A capture on all interfaces of a router or of a host with bonds, bridges or VLANs (tcpdump -i any).",
    "Several capture files of different places, read together.",
    NULL,
};

static const char *const captured_twice_remedies[] = {
    "Nothing is wrong with the tunnel. Capture on one interface and in one direction to get each packet once.",
    "Or leave the copies out: editcap -d FILE OUT removes frames that are equal to the byte; --filter 'vlan 7' or a "
    "host's link address keeps one place only.",
    NULL,
};

static void captured_twice_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct flow *flow = sadb_sa(detect->db, event->sa)->flow;
    if (flow == NULL || flow->captured_twice == 0)
        return;
    struct finding *finding = stream_hit(detect, condition, event->sa, "copies", flow->captured_twice);
    if (finding == NULL)
        return;
    finding_number(finding, "packets", (int64_t)sadb_hot(detect->db, event->sa)->packets);
}

static void captured_twice_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    words_packets((uint64_t)finding_get(finding, "copies", 0), stream_proto(finding), text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_put(text, finding_get(finding, "copies", 0) == 1 ? " is a second sight of a packet"
                                                          : " are second sights of packets");
    text_put(text, " that had just been captured: the same IPsec bytes with another TTL, VLAN, interface or link "
                   "address, within a second. The receiver got each once, so they are neither replays nor errors here, "
                   "and no verdict is passed on them.");
}

const struct condition condition_captured_twice = {
    .name = "captured-twice",
    .title = "The capture shows packets at two points of their path",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 3.4.3",
    .meaning = "The same packet stands in the capture more than once because the capture looks at its path in more "
               "than one place. Counted as replays these copies would be a false alarm. Copies that do not differ in "
               "any outer field are counted as replayed, because those may really have been on the wire twice.",
    .causes = captured_twice_causes,
    .remedies = captured_twice_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = captured_twice_decide,
    .explain = captured_twice_explain,
};
