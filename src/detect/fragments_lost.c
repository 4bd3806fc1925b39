/* fragments_lost: datagrams of IPsec or IKE whose pieces never came together (RFC 791 3.2, RFC 8200 4.5). */
#include "detect/advice.h"
#include "detect/rows.h"

#define PORT_IKE 500
#define PORT_NATT 4500
#define PROTOCOL_UDP 17

static const char *const fragments_incomplete_causes[] = {
    "A firewall, NAT or provider drops fragments behind the first one, because they carry no ports.",
    "An IKE_AUTH message with certificates is larger than the path's MTU (Windows clients report error 809 then).",
    "ESP packets are made too large and are fragmented after the encryption; one lost piece loses the packet.",
    "Load balancing by ports sends the first piece and the others to different places.",
    "The capture missed a piece, or began or ended in between.",
    NULL,
};

static const char *const fragments_incomplete_remedies[] = {
    "For IKE: turn on IKEv2's own fragmentation (RFC 7383). strongSwan: fragmentation = yes. Cisco IOS-XE: crypto "
    "ikev2 fragmentation mtu 1400. FortiGate: set fragmentation enable in phase1-interface. Windows Server 2019 or "
    "later with RRAS: EnableServerFragmentation = 1 (DWORD) in "
    "HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteAccess\\"
    "Parameters\\Ikev2.",
    "For ESP: make the inner packets smaller. Linux: nft ... tcp option maxseg size set 1350, or an MTU on the "
    "tunnel's route. Cisco: ip tcp adjust-mss 1350. FortiGate: set tcp-mss-sender 1350 and set tcp-mss-receiver 1350 "
    "in the policy. Junos: set security flow tcp-mss ipsec-vpn mss 1350.",
    "Let fragments pass every firewall between the two, and do not hash by ports where fragments go.",
    "The receiver's own count: nstat -az IpReasmFails IpReasmTimeout (Linux), netstat -s (Windows: Reassembly "
    "Failures).",
    NULL,
};

/* Ports are known where the first piece came; without it, any UDP datagram may be ours. */
static bool fragments_are_ours(const struct fragments_datagram *datagram)
{
    if (datagram->protocol == SA_PROTO_ESP || datagram->protocol == SA_PROTO_AH)
        return true;
    if (datagram->protocol != PROTOCOL_UDP)
        return false;
    bool known = datagram->sport != 0 || datagram->dport != 0;
    return !known || datagram->sport == PORT_IKE || datagram->dport == PORT_IKE || datagram->sport == PORT_NATT ||
           datagram->dport == PORT_NATT;
}

/* The fact that counts this kind of end, with how much it says. */
static const char *fragments_missing(const struct fragments_datagram *datagram, uint8_t *severity, uint8_t *certainty)
{
    bool ports = datagram->sport != 0 || datagram->dport != 0;
    *severity = SEVERITY_WARNING;
    *certainty = CERTAINTY_LIKELY;
    if (datagram->protocol == PROTOCOL_UDP && !ports) { /* it may be anybody's */
        *severity = SEVERITY_NOTE;
        *certainty = CERTAINTY_POSSIBLE;
    }
    switch ((enum fragments_end)datagram->end) {
    case FRAGMENTS_END_TIMEOUT:
        return !datagram->has_first ? "without_first" : !datagram->has_last ? "without_last" : "with_hole";
    case FRAGMENTS_END_OVERLAP: return "overlapping";
    case FRAGMENTS_END_BAD: return "impossible";
    case FRAGMENTS_END_CAPTURE:
    case FRAGMENTS_END_EVICTED:
    case FRAGMENTS_END_CUT: break;
    }
    *severity = SEVERITY_NOTE;
    *certainty = CERTAINTY_POSSIBLE;
    return datagram->end == FRAGMENTS_END_CAPTURE ? "open_at_end"
           : datagram->end == FRAGMENTS_END_CUT   ? "cut_by_snap_length"
                                                  : "given_up_for_room";
}

static void fragments_incomplete_decide(struct detect *detect, const struct condition *condition,
                                        const struct event *event)
{
    const struct fragments_datagram *datagram = event->datagram;
    if (!fragments_are_ours(datagram))
        return;
    struct subject subject = { .src = datagram->src, .dst = datagram->dst, .proto = datagram->protocol };
    struct place first = { datagram->file, datagram->first_frame, datagram->first_ns },
                 last = { datagram->file, datagram->last_frame, datagram->last_ns };
    uint8_t severity, certainty;
    const char *missing = fragments_missing(datagram, &severity, &certainty);
    bool is_new;
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &first, &is_new);
    finding->last = last;
    bool graver = is_new || severity > finding->severity; /* the facts are those of the gravest datagram */
    if (is_new || severity > finding->severity)
        finding->severity = severity;
    if (is_new || certainty > finding->certainty)
        finding->certainty = certainty;
    finding_number(finding, missing, finding_get(finding, missing, 0) + 1);
    if (!graver)
        return;
    finding_number(finding, "id", datagram->id);
    finding_number(finding, "pieces", datagram->pieces);
    finding_number(finding, "bytes", datagram->bytes);
    finding_number(finding, "missing_at", datagram->missing_at);
    finding_bool(finding, "has_first", datagram->has_first);
    finding_bool(finding, "has_last", datagram->has_last);
    if (datagram->sport != 0 || datagram->dport != 0) {
        finding_number(finding, "sport", datagram->sport);
        finding_number(finding, "dport", datagram->dport);
    }
    if (datagram->has_spi)
        finding_spi(finding, "spi", datagram->spi);
}

static void fragments_count(const struct finding *finding, const char *name, const char *words, const char **before,
                            struct text *text)
{
    int64_t count = finding_get(finding, name, 0);
    if (count == 0)
        return;
    text_printf(text, "%s%lld %s", *before, (long long)count, words);
    *before = ", ";
}

static void fragments_incomplete_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    long long sport = words_fact(finding, "sport"), dport = words_fact(finding, "dport");
    const char *before = "";
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%llu fragmented datagram%s from %s to %s (%s", (unsigned long long)finding->count,
                finding->count == 1 ? "" : "s", src, dst,
                finding->subject.proto == SA_PROTO_ESP  ? "ESP"
                : finding->subject.proto == SA_PROTO_AH ? "AH"
                                                        : "UDP");
    if (sport || dport)
        text_printf(text, " port %lld to %lld", sport, dport);
    text_printf(text, ") %s never whole: ", finding->count == 1 ? "was" : "were");
    fragments_count(finding, "without_first", "without the first piece", &before, text);
    fragments_count(finding, "without_last", "without the last piece", &before, text);
    fragments_count(finding, "with_hole", "with a hole in the middle", &before, text);
    fragments_count(finding, "overlapping", "with pieces that overlap and disagree", &before, text);
    fragments_count(finding, "impossible", "with impossible offsets", &before, text);
    fragments_count(finding, "open_at_end", "still open when the capture ended", &before, text);
    fragments_count(finding, "cut_by_snap_length", "cut by the capture's snap length", &before, text);
    fragments_count(finding, "given_up_for_room", "given up here for lack of room", &before, text);
    text_printf(text, ". Of the %s, %lld piece%s with %lld bytes came",
                finding->count == 1 ? "datagram" : "first such one", words_fact(finding, "pieces"),
                finding_get(finding, "pieces", 0) == 1 ? "" : "s", words_fact(finding, "bytes"));
    if (!finding_get(finding, "has_first", 0))
        text_put(text, "; the first piece, which alone carries SPI and ports, did not, so nobody can say which SA it "
                       "was for. ");
    else
        text_printf(text, "; the bytes from %lld on did not. ", words_fact(finding, "missing_at"));
    if (finding_fact(finding, "spi"))
        text_printf(text, "It was for SPI 0x%08x. ", (uint32_t)finding_get(finding, "spi", 0));
    if (finding->severity == SEVERITY_NOTE && finding->subject.proto == PROTOCOL_UDP && !sport && !dport)
        text_put(text, "Without ports it cannot be told whether it was IPsec at all. ");
    if (finding_get(finding, "open_at_end", 0) == (int64_t)finding->count)
        text_put(text, "As the capture ended before the time to wait for the rest was over, they may simply be cut "
                       "off.");
    else if (sport == PORT_IKE || dport == PORT_IKE || sport == PORT_NATT || dport == PORT_NATT)
        text_put(text, "If it was IKE, a large message such as IKE_AUTH with certificates never arrives this way: the "
                       "negotiation times out, and a Windows client says error 809.");
    else
        text_put(text, "The receiver's IP layer throws the pieces away when time is up; IPsec never hears of it, and "
                       "no IPsec counter moves.");
    advice_words(detect, finding, 0, text);
}

/*
 * Where the first piece told the SPI, its SA tells what fits. The link that the datagram was cut for takes as much as the pieces have, which are
 * of one size but for the last.
 */
static void fragments_incomplete_conclude(const struct detect *detect, struct finding *finding)
{
    int64_t pieces = finding_get(finding, "pieces", 0), bytes = finding_get(finding, "bytes", 0);
    if (finding_fact(finding, "spi") == NULL || finding_get(finding, "has_last", 0) || pieces == 0 || bytes % (pieces * 8) != 0)
        return;
    const struct addr *dst = &finding->subject.dst;
    uint32_t spi = (uint32_t)finding_get(finding, "spi", 0);
    uint8_t proto = finding->subject.proto == PROTOCOL_UDP ? SA_PROTO_ESP : finding->subject.proto;
    finding->sa = sadb_probe(detect->db, sadb_hash(detect->db, dst, spi, proto), dst, spi, proto);
    int64_t mtu = bytes / pieces + (dst->family == 6 ? 48 : 20); /* IPv6: with the fragment header */
    if (mtu <= UINT16_MAX)
        advice_set(detect, finding, (uint32_t)mtu);
}

const struct condition condition_fragments_incomplete = {
    .name = "fragments-incomplete",
    .title = "Fragments of a datagram never came together",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 791 3.2, RFC 8200 4.5",
    .meaning = "A datagram was cut into fragments on its way and not all of them came, so the receiver can never put "
               "it together: ESP, AH or IKE in it is lost before IPsec sees it. It is a fault of the path and its MTU, "
               "not of an SA; it shows as large packets that vanish while small ones pass.",
    .causes = fragments_incomplete_causes,
    .remedies = fragments_incomplete_remedies,
    .events = 1u << EVENT_FRAGMENTS,
    .decide = fragments_incomplete_decide,
    .explain = fragments_incomplete_explain,
    .conclude = fragments_incomplete_conclude,
};
