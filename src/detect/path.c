/* path: what routers and the far end say with ICMP of IPsec packets that they did not deliver. */
#include "detect/advice.h"
#include "detect/rows.h"

#include <string.h>

#define PORT_IKE 500
#define PROTOCOL_UDP 17
#define ICMP_FINDINGS 256u /* findings whose neighbours are looked for */

static const char *const icmp_error_causes[] = {
    "A link of the path has a smaller MTU than the sender believes (fragmentation needed, packet too big).",
    "A firewall or the far host refuses ESP, AH or UDP 500 and 4500 (prohibited, protocol or port unreachable).",
    "No route to the far end, or a routing loop (host or network unreachable, time exceeded).",
    "Somebody forged the message: an ICMP error is not authenticated.",
    NULL,
};

#define REMEDY_MTU \
    "MTU: let these messages pass every firewall, and lower the inner MSS or MTU: nft ... tcp option maxseg size set " \
    "N, ip tcp adjust-mss N (Cisco), set tcp-mss-sender N (FortiGate), set security flow tcp-mss ipsec-vpn mss N " \
    "(Junos)."
#define REMEDY_REFUSED \
    "Refused: open UDP 500, UDP 4500 and IP protocol 50 (and 51 for AH) on the host or firewall that sent the message, " \
    "and see that IPsec runs there (ss -uln, Get-Service IKEEXT, PolicyAgent)."
#define REMEDY_ROUTE \
    "Unreachable or time exceeded: traceroute to the far end from the host that is quoted as the sender, and look at " \
    "the router that answered."

static const char *const icmp_error_remedies[] = { REMEDY_MTU, REMEDY_REFUSED, REMEDY_ROUTE, NULL };

/* What an ICMP error says of IPsec, and how much it matters; code -1 stands for every other code of the type. */
struct icmp_row {
    uint8_t version, type;
    int8_t code;
    uint8_t severity;
    uint16_t windows;
    const char *name;  /* "fragmentation needed" */
    const char *means; /* a sentence */
};

#define MEANS_MTU \
    "The packet was larger than the next link takes and may not be cut, so it was dropped; the sender must make " \
    "smaller ones. Small packets pass: a ping works, and large transfers hang."
#define MEANS_FIREWALL "A firewall says that it does not let this through. IPsec at the far end never saw the packet."
#define MEANS_PROTOCOL \
    "The host that answered has nothing that takes this protocol: no IPsec is running there, or not for protocol 50 " \
    "or 51. It is not an unknown SPI, which is never answered."
#define MEANS_PORT "Nothing listens on this UDP port there: no IKE daemon is running, or its NAT traversal is off."
#define MEANS_ROUTE "A router knows no way to the far end, or nobody answers there on the last link."
#define MEANS_TTL \
    "The packet went through more routers than its TTL allows: mostly a routing loop, or somebody's traceroute."
#define MEANS_REASSEMBLY "The far end got some fragments of the packet, waited, and gave up (see fragments-incomplete)."
#define MEANS_PARAMETER "Some device did not understand a field of the packet's IP header."
#define MEANS_SECURITY "It is the security failure message of RFC 2521, which hardly any product sends."

static const struct icmp_row icmp_rows[] = {
    { 4, 3, 4, SEVERITY_WARNING, 0, "fragmentation needed", MEANS_MTU },
    { 4, 3, 2, SEVERITY_WARNING, 0, "protocol unreachable", MEANS_PROTOCOL },
    { 4, 3, 3, SEVERITY_WARNING, 0, "port unreachable", MEANS_PORT },
    { 4, 3, 9, SEVERITY_WARNING, 0, "network administratively prohibited", MEANS_FIREWALL },
    { 4, 3, 10, SEVERITY_WARNING, 0, "host administratively prohibited", MEANS_FIREWALL },
    { 4, 3, 13, SEVERITY_WARNING, 0, "administratively prohibited", MEANS_FIREWALL },
    { 4, 3, -1, SEVERITY_WARNING, 0, "destination unreachable", MEANS_ROUTE },
    { 4, 11, 1, SEVERITY_WARNING, 0, "fragment reassembly time exceeded", MEANS_REASSEMBLY },
    { 4, 11, -1, SEVERITY_NOTE, 0, "time to live exceeded", MEANS_TTL },
    { 4, 12, -1, SEVERITY_NOTE, 0, "parameter problem", MEANS_PARAMETER },
    { 4, 5, -1, SEVERITY_NOTE, 0, "redirect",
      "A router knows a better first hop for the sender; the packet was delivered all the same." },
    { 4, 4, -1, SEVERITY_NOTE, 0, "source quench",
      "An outdated request to send more slowly, which hosts ignore (RFC 6633)." },
    { 4, 40, 0, SEVERITY_WARNING, 13910, "bad SPI", MEANS_SECURITY " The far end says itself that it has no such SA." },
    { 4, 40, 1, SEVERITY_WARNING, 13915, "authentication failed",
      MEANS_SECURITY " The far end says itself that the ICV was wrong." },
    { 4, 40, 4, SEVERITY_WARNING, 13916, "need authentication",
      MEANS_SECURITY " The far end wants this traffic to be authenticated." },
    { 4, 40, -1, SEVERITY_WARNING, 0, "security failure", MEANS_SECURITY },
    { 6, 2, -1, SEVERITY_WARNING, 0, "packet too big", MEANS_MTU },
    { 6, 1, 1, SEVERITY_WARNING, 0, "administratively prohibited", MEANS_FIREWALL },
    { 6, 1, 5, SEVERITY_WARNING, 0, "source address failed the ingress policy", MEANS_FIREWALL },
    { 6, 1, 6, SEVERITY_WARNING, 0, "reject route to the destination", MEANS_FIREWALL },
    { 6, 1, 4, SEVERITY_WARNING, 0, "port unreachable", MEANS_PORT },
    { 6, 1, -1, SEVERITY_WARNING, 0, "destination unreachable", MEANS_ROUTE },
    { 6, 3, 1, SEVERITY_WARNING, 0, "fragment reassembly time exceeded", MEANS_REASSEMBLY },
    { 6, 3, -1, SEVERITY_NOTE, 0, "hop limit exceeded", MEANS_TTL },
    { 6, 4, 1, SEVERITY_WARNING, 0, "unrecognised next header", MEANS_PROTOCOL },
    { 6, 4, -1, SEVERITY_NOTE, 0, "parameter problem", MEANS_PARAMETER },
};

static const struct icmp_row icmp_other = { 0, 0, -1, SEVERITY_NOTE, 0, "error", "It is of no kind that says more." };

static const struct icmp_row *icmp_row(uint8_t version, int64_t type, int64_t code)
{
    for (size_t i = 0; i < sizeof icmp_rows / sizeof icmp_rows[0]; i++) {
        const struct icmp_row *row = &icmp_rows[i];
        if (row->version == version && row->type == type && (row->code == code || row->code == -1))
            return row;
    }
    return &icmp_other;
}

static void icmp_error_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    const struct quote *quote = &layer->quote;
    const struct icmp_row *row = icmp_row(layer->ip.version, quote->type, quote->code);
    struct subject subject = { .src = quote->src, .dst = quote->dst, .proto = quote->protocol,
                               .has_spi = quote->has_spi, .spi = quote->has_spi ? quote->spi : 0 };
    struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
    bool is_new;
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &place, &is_new);
    int64_t smallest = finding_get(finding, "mtu", INT64_MAX);
    if (quote->mtu != 0 && quote->mtu < smallest)
        finding_number(finding, "mtu", quote->mtu);
    if (quote->has_seq)
        finding_number(finding, "last_seq", quote->seq);
    bool same = !is_new && finding_get(finding, "icmp_type", -1) == quote->type &&
                finding_get(finding, "icmp_code", -1) == quote->code;
    if (!is_new && !same)
        finding_number(finding, "other_kinds", finding_get(finding, "other_kinds", 0) + 1);
    if (!is_new && (same || row->severity <= finding->severity))
        return;
    /* the gravest kind is the one that is explained */
    finding->severity = row->severity;
    finding->windows = row->windows;
    finding->certainty = CERTAINTY_LIKELY;
    finding_number(finding, "icmp_type", quote->type);
    finding_number(finding, "icmp_code", quote->code);
    finding_number(finding, "icmp_version", layer->ip.version);
    finding_addr(finding, "from", &layer->ip.src);
    finding_number(finding, "length", quote->length);
    if (quote->protocol == PROTOCOL_UDP) {
        finding_number(finding, "sport", quote->sport);
        finding_number(finding, "dport", quote->dport);
    }
}

static void icmp_error_explain_mtu(const struct detect *detect, const struct finding *finding, bool six, struct text *text)
{
    int64_t mtu = finding_get(finding, "mtu", 0);
    if (mtu == 0) {
        text_put(text, " It names no MTU, as routers older than RFC 1191 do, so the sender has to find it by trial.");
        return;
    }
    text_printf(text, " The next link takes %lld bytes", (long long)mtu);
    if (finding_get(finding, "length", 0) > mtu)
        text_printf(text, ", and the packet says that it has %lld", words_fact(finding, "length"));
    text_put(text, ".");
    if (mtu < (six ? 1280 : 576))
        text_printf(text,
                    " That is less than the %d bytes that every IPv%d path must take, so the message may well be "
                    "forged.",
                    six ? 1280 : 576, six ? 6 : 4);
    else
        advice_words(detect, finding, mtu <= UINT16_MAX ? (uint32_t)mtu : 0, text);
}

static void icmp_error_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], from[ADDR_TEXT_MAX] = "a router";
    const struct fact *router = finding_fact(finding, "from");
    uint8_t version = (uint8_t)finding_get(finding, "icmp_version", 4);
    const struct icmp_row *row =
        icmp_row(version, finding_get(finding, "icmp_type", -1), finding_get(finding, "icmp_code", -1));
    long long sport = words_fact(finding, "sport"), dport = words_fact(finding, "dport");
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (router)
        addr_print(&router->addr, from);
    text_printf(text, "%s%s answered ", from,
                router && addr_equal(&router->addr, &finding->subject.dst) ? ", the far end itself," : "");
    if (finding->subject.proto == PROTOCOL_UDP)
        words_packets(finding->count,
                      finding->subject.has_spi                 ? "ESP (in UDP)"
                      : sport == PORT_IKE || dport == PORT_IKE ? "IKE"
                                                               : "IKE or ESP",
                      text);
    else
        words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_printf(text, " from %s to %s", src, dst);
    if (sport || dport)
        text_printf(text, " (port %lld to %lld)", sport, dport);
    text_printf(text, " with ICMP%s \"%s\" (type %lld, code %lld). %s", version == 6 ? "v6" : "", row->name,
                words_fact(finding, "icmp_type"), words_fact(finding, "icmp_code"), row->means);
    if (finding_fact(finding, "mtu") ||
        (version == 4 && finding_get(finding, "icmp_type", 0) == 3 && finding_get(finding, "icmp_code", 0) == 4))
        icmp_error_explain_mtu(detect, finding, version == 6, text);
    if (finding_get(finding, "other_kinds", 0))
        text_printf(text, " %lld more such messages are of other kinds.", words_fact(finding, "other_kinds"));
    text_put(text, " ICMP errors can be forged, so take it as a strong hint.");
}

static const char *const *icmp_error_remedy(const struct finding *finding)
{
    static const char *const mtu[] = { REMEDY_MTU, NULL }, *const refused[] = { REMEDY_REFUSED, NULL },
                      *const route[] = { REMEDY_ROUTE, NULL };
    if (finding_get(finding, "other_kinds", 0))
        return NULL;
    const char *means = icmp_row((uint8_t)finding_get(finding, "icmp_version", 4), finding_get(finding, "icmp_type", -1),
                                 finding_get(finding, "icmp_code", -1))->means;
    if (strcmp(means, MEANS_MTU) == 0)
        return mtu;
    if (strcmp(means, MEANS_FIREWALL) == 0 || strcmp(means, MEANS_PROTOCOL) == 0 || strcmp(means, MEANS_PORT) == 0)
        return refused;
    return strcmp(means, MEANS_ROUTE) == 0 || strcmp(means, MEANS_TTL) == 0 ? route : NULL;
}

/* IKE requests that it answers are told of as such, with what it says. */
static bool icmp_error_told(const struct detect *detect, const struct finding *finding)
{
    if (finding->subject.proto != PROTOCOL_UDP || finding->subject.has_spi || finding->index >= ICMP_FINDINGS)
        return false;
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        if ((other->condition == &condition_ike_no_answer || other->condition == &condition_ike_dead_peer) &&
            addr_equal(&other->subject.src, &finding->subject.src) && addr_equal(&other->subject.dst, &finding->subject.dst))
            return true;
    }
    return false;
}

/* The smallest MTU that was named counts. */
static void icmp_error_conclude(const struct detect *detect, struct finding *finding)
{
    if (icmp_error_told(detect, finding))
        finding->severity = SEVERITY_NOTE;
    int64_t mtu = finding_get(finding, "mtu", 0);
    if (mtu > 0 && mtu <= UINT16_MAX)
        advice_set(detect, finding, (uint32_t)mtu);
}

const struct condition condition_icmp_error = {
    .name = "icmp-error",
    .title = "An ICMP error says that an IPsec packet was not delivered",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 792, RFC 4443, RFC 4301 8.2",
    .meaning = "A router or the far host sent an ICMP error that quotes an ESP, AH or IKE packet: too large for a "
               "link, refused by a firewall, or without a way to go. The packet that is quoted was lost on the way; "
               "the receiver's IPsec did not judge it. Nobody sends ICMP for an unknown SPI or a wrong key in "
               "practice.",
    .causes = icmp_error_causes,
    .remedies = icmp_error_remedies,
    .remedy = icmp_error_remedy,
    .events = 1u << EVENT_QUOTE,
    .decide = icmp_error_decide,
    .explain = icmp_error_explain,
    .conclude = icmp_error_conclude,
};
