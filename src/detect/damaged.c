/* damaged: headers below IPsec, or of IKE, that contradict themselves. */
#include "detect/rows.h"

static const char *const packet_damaged_causes[] = {
    "A device, driver or offload engine that builds or cuts packets wrongly; a scan or a test that does so on purpose.",
    "A capture file that was damaged, anonymised or written by a tool that sets wrong lengths.",
    "An encapsulation that this capture has and that is read as another one (a port that another protocol uses).",
    NULL,
};

static const char *const packet_damaged_remedies[] = {
    "Open the first frame in Wireshark and see whether it agrees; then find who sends such packets.",
    "If they come from one of your own gateways, compare with a capture made at its other side.",
    "If they come from strangers, they are noise: IPsec never sees them.",
    NULL,
};

/* As facts are named, and as a sentence ends that begins with "in one ...". */
static const char *damaged_fact(enum defect defect)
{
    switch (defect) {
    case DEFECT_LINK: return "link";
    case DEFECT_IP_HEADER: return "ip_header";
    case DEFECT_IP6_CHAIN: return "ip6_chain";
    case DEFECT_FRAGMENT: return "fragment";
    case DEFECT_TUNNEL: return "tunnel";
    case DEFECT_DEPTH: return "depth";
    case DEFECT_IKE_SHORT: return "ike_short";
    case DEFECT_IKE_LENGTH: return "ike_length";
    case DEFECT_NONE:
    case DEFECT_IP_CHECKSUM:
    case DEFECT_UDP_LENGTH:
    case DEFECT_UDP_CHECKSUM:
    case DEFECT_UDP_SHORT:
    case DEFECT_ESP_SHORT:
    case DEFECT_AH_SHORT:
    case DEFECT_AH_LENGTH:
    case DEFECT_IKE_NO_MARKER:
    case DEFECT_IKE_MARKER_500:
    case DEFECT_COUNT: break;
    }
    return NULL;
}

static void packet_damaged_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    enum defect defect = event->layer->defect;
    const char *name = damaged_fact(defect);
    if (name == NULL)
        return;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    finding_number(finding, name, finding_get(finding, name, 0) + 1);
    if (defect == DEFECT_IKE_SHORT || defect == DEFECT_IKE_LENGTH)
        finding->windows = 13824;
}

static void packet_damaged_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    words_packets(finding->count, "", text);
    if (finding->subject.src.family != 0) {
        addr_print(&finding->subject.src, src);
        addr_print(&finding->subject.dst, dst);
        text_printf(text, " from %s to %s", src, dst);
    }
    text_put(text, " cannot be read: ");
    const char *before = "";
    for (unsigned defect = 0; defect < DEFECT_COUNT; defect++) {
        const char *name = damaged_fact(defect);
        int64_t count = name ? finding_get(finding, name, 0) : 0;
        if (count == 0)
            continue;
        text_printf(text, "%sin %lld %s", before, (long long)count, defect_text(defect));
        before = "; ";
    }
    text_put(text, ". ");
    if (finding->windows)
        text_put(text, "An IKE daemon discards such a message without an answer; 13824 is the nearest Windows code. ");
    else
        text_put(text, "A receiver drops such packets before IPsec, so no IPsec code stands for them. ");
    text_put(text, "The bytes contradict each other; it is not the capture's snap length.");
}

const struct condition condition_packet_damaged = {
    .name = "packet-damaged",
    .title = "A header below IPsec, or of IKE, is damaged",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 791, RFC 8200, RFC 7296 3.1",
    .meaning = "A link, IP, fragment or tunnel header, or the header of an IKE message, says something impossible, "
               "such as a length beyond the packet. What would be behind it is not looked at, and nothing is concluded "
               "from it. Any packet can raise it, also one that has nothing to do with IPsec.",
    .causes = packet_damaged_causes,
    .remedies = packet_damaged_remedies,
    .events = 1u << EVENT_DEFECT,
    .decide = packet_damaged_decide,
    .explain = packet_damaged_explain,
};
