/* checksum: packets that IP or UDP drops before IPsec looks at them. */
#include "base/bytes.h"
#include "detect/rows.h"

#define PORT_IKE 500
#define PORT_NATT 4500

static const char *const checksum_wrong_causes[] = {
    "The capture was made on the sending host, whose network card fills the checksum in after the capture (checksum "
    "offload): harmless, the wire is right.",
    "A NAT or another device changed the packet and did not correct the checksum.",
    "Damage on the way: a bad cable, card or memory.",
    NULL,
};

static const char *const checksum_wrong_remedies[] = {
    "Capture at the receiver, or between the two. If the checksums are right there, it was the sender's offload; "
    "nothing is wrong. (ethtool -k IFACE shows it, ethtool -K IFACE tx off turns it off for a test.)",
    "If they are wrong at the receiver too: nstat -az UdpInCsumErrors IpInHdrErrors on Linux, netstat -s on Windows, "
    "show whether it drops them; then capture hop by hop to find the device that breaks them.",
    NULL,
};

static void checksum_wrong_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    enum cause cause = event->judgement->cause;
    bool is_new;
    if (cause == CAUSE_IP_CHECKSUM || cause == CAUSE_UDP_CHECKSUM)
        detect_hit(detect, condition, event, cause, &is_new);
}

/*
 * With the whole capture in view. Damage hits few packets of many; where most of one sender are wrong, it is its
 * network card that fills the checksum in, after the capture.
 */
static void checksum_wrong_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding->sa == SADB_NONE)
        return;
    const struct sa_hot *hot = sadb_hot(detect->db, finding->sa);
    uint64_t all = sa_packets(detect->db, finding->sa);
    uint64_t others = all > finding->count ? all - finding->count : 0;
    finding_number(finding, "others_of_sa", (int64_t)others);
    bool offload = hot->sums_wrong > hot->sums_right || others < finding->count;
    finding_bool(finding, "looks_like_offload", offload);
    if (offload) {
        finding->certainty = CERTAINTY_POSSIBLE;
        finding->severity = SEVERITY_NOTE;
    }
}

static void checksum_wrong_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_printf(text,
                " from %s %s a wrong %s checksum. A receiver that gets it like that drops it before IPsec, and no "
                "IPsec counter moves. ",
                src, finding->count == 1 ? "has" : "have", finding->cause == CAUSE_IP_CHECKSUM ? "IPv4 header" : "UDP");
    if (finding_fact(finding, "others_of_sa"))
        text_printf(text, "%lld other packets of this SA were not refused for it. ",
                    words_fact(finding, "others_of_sa"));
    if (words_fact(finding, "looks_like_offload"))
        text_printf(text,
                    "Damage would hit few packets of many, so the harmless reading is the likelier one: the capture "
                    "was made on %s itself, which leaves the checksum to its network card. What is on the wire is "
                    "right then.",
                    src);
    else
        text_put(text, "Few of many are wrong: that is what damage on the way looks like, not a network card that "
                       "fills in the checksum after the capture.");
}

const struct condition condition_checksum_wrong = {
    .name = "checksum-wrong",
    .title = "A wrong IP or UDP checksum: dropped before IPsec",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 1122 3.2.1.2, 4.1.3.4",
    .meaning = "A host drops a packet whose IPv4 header checksum or UDP checksum is wrong, and IPsec never hears of "
               "it. On a capture made by the sender itself a wrong checksum usually means nothing: the network card "
               "computes it after the capture. So it is never claimed where most checksums are wrong.",
    .causes = checksum_wrong_causes,
    .remedies = checksum_wrong_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_UNJUDGED,
    .decide = checksum_wrong_decide,
    .explain = checksum_wrong_explain,
    .conclude = checksum_wrong_conclude,
};

static const char *const udp_length_causes[] = {
    "A device on the way cut the packet or rewrote its length.",
    "A sender that computes the UDP length wrongly, or a scanner that does so on purpose.",
    NULL,
};

static const char *const udp_length_remedies[] = {
    "Capture at the sender and at the receiver and compare: the hop between a right and a wrong length is the one to "
    "repair.",
    "Linux counts these drops in UdpInErrors (nstat -az UdpInErrors), not in /proc/net/xfrm_stat.",
    NULL,
};

static void udp_length_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    if (layer->defect != DEFECT_UDP_LENGTH)
        return;
    bool known = layer->sport != 0 || layer->dport != 0;
    bool ours =
        layer->sport == PORT_IKE || layer->dport == PORT_IKE || layer->sport == PORT_NATT || layer->dport == PORT_NATT;
    if (known && !ours) /* somebody else's datagram */
        return;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    if (!is_new)
        return;
    finding_number(finding, "sport", layer->sport);
    finding_number(finding, "dport", layer->dport);
    if (layer->captured >= 6)
        finding_number(finding, "udp_length", bytes_get16(layer->bytes + 4));
    finding_number(finding, "ip_payload", layer->wire);
}

static void udp_length_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    words_packets(finding->count, "UDP", text);
    text_printf(text, " from %s port %lld to %s port %lld cannot be read: ", src, words_fact(finding, "sport"), dst,
                words_fact(finding, "dport"));
    if (finding_fact(finding, "udp_length"))
        text_printf(text, "the first says that it has %lld bytes of UDP where the IP packet has room for %lld. ",
                    words_fact(finding, "udp_length"), words_fact(finding, "ip_payload"));
    else
        text_printf(text, "the first has %lld bytes, less than a UDP header. ", words_fact(finding, "ip_payload"));
    text_put(text, "The receiver's UDP drops them; neither ESP nor IKE hears of it, and no IPsec counter moves. It is "
                   "the packet's own length fields that disagree, not a capture that was cut short.");
}

const struct condition condition_udp_length = {
    .name = "udp-length",
    .title = "An impossible UDP length on an IPsec port",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 768",
    .meaning = "The UDP length field is below 8 or larger than what the IP packet carries, so the datagram is dropped "
               "by UDP before ESP or IKE is looked at. It is a fault of a device or of the sender's stack, and no "
               "IPsec error code stands for it.",
    .causes = udp_length_causes,
    .remedies = udp_length_remedies,
    .events = 1u << EVENT_DEFECT,
    .decide = udp_length_decide,
    .explain = udp_length_explain,
};
