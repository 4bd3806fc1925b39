/* encapsulation: how ESP and IKE share UDP port 4500 (RFC 3948), and what goes wrong between the two sides there. */
#include <stdio.h>
#include <string.h>

#include "detect/rows.h"

#define PORT_IKE 500
#define PORT_NATT 4500

static const char *const wrong_encapsulation_causes[] = {
    "Only one side saw the NAT: the NAT appeared, vanished or moved after the SAs were negotiated, or a box on the "
    "path hides it.",
    "UDP encapsulation is forced, or switched off, on one side alone.",
    "A firewall or a load balancer rewrites ESP into UDP port 4500 or back (\"IPsec pass-through\" and its kin).",
    "A manually keyed SA was installed without its encapsulation, or with one that the peer does not use.",
    NULL,
};

static const char *const wrong_encapsulation_remedies[] = {
    "Look at the receiver's SA. Linux: ip xfrm state (a line \"encap type espinudp\" or none). strongSwan: swanctl "
    "--list-sas says ESP in UDP.",
    "Make both sides the same. strongSwan: encap = yes in the connection. libreswan: encapsulation=yes. FortiGate: set "
    "nattraversal forced in phase1-interface. Then negotiate anew: the encapsulation of an SA is fixed when it is "
    "made.",
    "If there is no NAT, look for the device between the two that changes the packets: capture on both hosts and "
    "compare the outer headers.",
    NULL,
};

static const char *encapsulation_name(uint8_t encap)
{
    static const char *const names[] = { [ENCAP_NONE] = "none", [ENCAP_UDP] = "udp", [ENCAP_TCP] = "tcp" };
    return encap <= ENCAP_TCP ? names[encap] : "none";
}

static const char *encapsulation_words(int64_t encap)
{
    static const char *const words[] = {
        [ENCAP_NONE] = "as IP protocol 50, without UDP", [ENCAP_UDP] = "inside UDP", [ENCAP_TCP] = "inside TCP"
    };
    return encap >= ENCAP_NONE && encap <= ENCAP_TCP ? words[encap] : words[ENCAP_NONE];
}

static void wrong_encapsulation_decide(struct detect *detect, const struct condition *condition,
                                       const struct event *event)
{
    const struct layer *layer = event->layer;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", layer->seq);
    if (!is_new)
        return;
    finding_number(finding, "first_seq", layer->seq);
    finding_text(finding, "packet_encap", encapsulation_name(layer->encap));
    if (finding->sa != SADB_NONE)
        finding_text(finding, "sa_encap", encapsulation_name(sadb_sa(detect->db, finding->sa)->encap));
    if (layer->encap != ENCAP_NONE) {
        finding_number(finding, "sport", layer->sport);
        finding_number(finding, "dport", layer->dport);
    }
}

static void wrong_encapsulation_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *fact = finding_fact(finding, "packet_encap");
    uint8_t came = fact && fact->text[0] == 'u' ? ENCAP_UDP : fact && fact->text[0] == 't' ? ENCAP_TCP : ENCAP_NONE;
    uint8_t wanted = finding->sa != SADB_NONE ? sadb_sa(detect->db, finding->sa)->encap : ENCAP_NONE;
    words_packets(finding->count, "ESP", text);
    text_printf(text, " came %s", encapsulation_words(came));
    if (came != ENCAP_NONE)
        text_printf(text, " (port %lld to %lld)", words_fact(finding, "sport"), words_fact(finding, "dport"));
    text_put(text, ", but the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " takes its packets only %s. The receiver found the SA and then dropped what came: SPI, keys and "
                "sequence numbers were not at fault. ",
                encapsulation_words(wanted));
    if (wanted == ENCAP_NONE)
        text_put(text, "So the sender believes in a NAT on the path, or is told to encapsulate always, and the "
                       "receiver's SA was made without. ");
    else if (came == ENCAP_NONE)
        text_put(text, "So the receiver's SA was made for a path with NAT, and the sender sends plain ESP; a NAT would "
                       "not even carry it. ");
    else
        text_put(text, "Both sides encapsulate, but not the same way. ");
    text_put(text, "Other addresses or ports would not raise this: a known SPI from a new place is taken, and the "
                   "mapping updated.");
}

const struct condition condition_wrong_encapsulation = {
    .name = "wrong-encapsulation",
    .title = "The SA expects another encapsulation of ESP",
    .severity = SEVERITY_ERROR,
    .windows = 13912,
    .counter = COUNTER_IN_STATE_MISMATCH,
    .rfc = "RFC 3948",
    .meaning = "An SA is made either for ESP as IP protocol 50 or for ESP inside UDP (NAT traversal), and a packet "
               "that comes the other way is dropped although its SPI is known. It is not an unknown SPI and not a "
               "wrong key: the two sides disagree on whether there is a NAT between them. That Windows reports 13912 "
               "for it follows from the error's name; no document says so.",
    .causes = wrong_encapsulation_causes,
    .remedies = wrong_encapsulation_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_WRONG_ENCAPSULATION,
    .decide = wrong_encapsulation_decide,
    .explain = wrong_encapsulation_explain,
};

/* Defects of datagrams on the IKE ports: one subject for each pair of hosts. */
static struct finding *encapsulation_defect(struct detect *detect, const struct condition *condition,
                                            const struct event *event, enum defect defect, bool *is_new)
{
    if (event->layer->defect != defect)
        return NULL;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, is_new);
    if (*is_new) {
        finding_number(finding, "sport", event->layer->sport);
        finding_number(finding, "dport", event->layer->dport);
    }
    return finding;
}

static const char *const ike_without_marker_causes[] = {
    "A port forwarding or NAT rule leads port 500 of one side to port 4500 of the other, so that IKE without marker "
    "meets a NAT-T socket.",
    "An IKE daemon on a port of its own, whose peer expects the marker there.",
    "A test tool or a home-made sender that talks IKE to port 4500 as if it were port 500.",
    NULL,
};

static const char *const ike_without_marker_remedies[] = {
    "Look for a rule that changes the port: nft list ruleset or iptables -t nat -S on Linux, the virtual IP or "
    "destination NAT of a firewall. Forward UDP 500 to 500 and 4500 to 4500, never one to the other.",
    "Capture at the sender: if the marker (four zero bytes behind the UDP header) is missing there as well, the "
    "sender's IKE daemon or its port setting is at fault.",
    NULL,
};

static void ike_without_marker_decide(struct detect *detect, const struct condition *condition,
                                      const struct event *event)
{
    if (event->layer->kind != LAYER_IKE)
        return;
    bool is_new = false;
    struct finding *finding = encapsulation_defect(detect, condition, event, DEFECT_IKE_NO_MARKER, &is_new);
    if (finding != NULL && is_new)
        finding_spi(finding, "read_as_spi", event->layer->spi);
}

static void ike_without_marker_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text,
                "%llu IKE message%s from %s, sent to port %lld of %s, lack%s the non-ESP marker: the four zero bytes "
                "that tell IKE from ESP there. ",
                (unsigned long long)finding->count, finding->count == 1 ? "" : "s", src,
                (long long)finding_get(finding, "dport", PORT_NATT), dst, finding->count == 1 ? "s" : "");
    text_printf(text,
                "%s takes the first four bytes of the initiator's IKE SPI, 0x%08x, for an ESP SPI, finds no SA and "
                "drops the message, so its IKE daemon never sees it and the sender's negotiation times out. ",
                dst, (uint32_t)finding_get(finding, "read_as_spi", 0));
    text_put(text, "Version, exchange type and length of the header fit to the byte, so it is no ESP that looks like "
                   "IKE.");
}

const struct condition condition_ike_without_marker = {
    .name = "ike-without-marker",
    .title = "IKE on a NAT-T port without its non-ESP marker",
    .severity = SEVERITY_ERROR,
    .windows = 13910,
    .counter = COUNTER_IN_NO_STATES,
    .rfc = "RFC 3948 2.2",
    .meaning = "On UDP port 4500 four zero bytes stand before an IKE message, because ESP has its SPI there and an SPI "
               "is never zero. Without them the receiver reads IKE as ESP with an SPI that does not exist. It looks "
               "like a bad SPI in every log, but no SA was lost: the framing is wrong.",
    .causes = ike_without_marker_causes,
    .remedies = ike_without_marker_remedies,
    .events = 1u << EVENT_DEFECT,
    .decide = ike_without_marker_decide,
    .explain = ike_without_marker_explain,
};

static const char *const ike_marker_on_500_causes[] = {
    "A port forwarding or NAT rule leads port 4500 of one side to port 500 of the other.",
    "The sender is configured with port 500 as if it were a port of its own (some daemons add the marker on every port "
    "but their default).",
    NULL,
};

static const char *const ike_marker_on_500_remedies[] = {
    "Look for a rule that changes the port between the two (nft list ruleset, iptables -t nat -S, destination NAT of "
    "the firewall) and forward 500 to 500 and 4500 to 4500.",
    "Compare the port settings of both daemons. strongSwan: local_port and remote_port of the connection, charon.port "
    "and charon.port_nat_t.",
    NULL,
};

static void ike_marker_on_500_decide(struct detect *detect, const struct condition *condition,
                                     const struct event *event)
{
    bool is_new;
    encapsulation_defect(detect, condition, event, DEFECT_IKE_MARKER_500, &is_new);
}

static void ike_marker_on_500_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "%llu IKE message%s from %s to port %lld of %s begin%s with the non-ESP marker of port 4500. ",
                (unsigned long long)finding->count, finding->count == 1 ? "" : "s", src,
                (long long)finding_get(finding, "dport", PORT_IKE), dst, finding->count == 1 ? "s" : "");
    text_put(text, "On port 500 there is no marker: a receiver reads the four zero bytes as the start of the "
                   "initiator's IKE SPI and every field behind them four bytes too early, so version and length make "
                   "no sense and the message is dropped as an invalid header.");
}

const struct condition condition_ike_marker_on_500 = {
    .name = "ike-marker-on-500",
    .title = "IKE on port 500 with a non-ESP marker before it",
    .severity = SEVERITY_WARNING,
    .windows = 13824,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 3.1",
    .meaning = "The four zero bytes before an IKE message belong on UDP port 4500 (RFC 3948 2.2) and must not be sent "
               "on port 500. The receiver takes them for a part of the header and cannot read the rest. 13824 is the "
               "nearest Windows code; no document says that Windows raises it for this.",
    .causes = ike_marker_on_500_causes,
    .remedies = ike_marker_on_500_remedies,
    .events = 1u << EVENT_DEFECT,
    .decide = ike_marker_on_500_decide,
    .explain = ike_marker_on_500_explain,
};

static const char *const nat_t_short_causes[] = {
    "A keepalive of another form than the single byte 0xff, or a probe by a router, a monitor or a scanner.",
    "A non-ESP marker with nothing behind it.",
    "A datagram that lost its end in a broken device on the way.",
    NULL,
};

static const char *const nat_t_short_remedies[] = {
    "Nothing, if the tunnel works: the IKE daemon discards such datagrams, and no SA is touched.",
    "If it is the peer's keepalive, it still keeps the NAT mapping open; if mappings do expire, look at the peer's "
    "keepalive setting.",
    NULL,
};

static void nat_t_short_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new = false;
    struct finding *finding = encapsulation_defect(detect, condition, event, DEFECT_UDP_SHORT, &is_new);
    if (finding == NULL || !is_new)
        return;
    const struct layer *layer = event->layer;
    char hex[2 * 8 + 1] = "";
    for (uint32_t i = 0; i < layer->captured && i < 8; i++)
        snprintf(hex + 2 * i, sizeof hex - 2 * i, "%02x", layer->bytes[i]);
    finding_number(finding, "length", layer->wire);
    finding_text(finding, "bytes", hex);
}

static void nat_t_short_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    const struct fact *bytes = finding_fact(finding, "bytes");
    long long length = words_fact(finding, "length");
    char src[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    text_printf(text,
                "%llu datagram%s from %s on a NAT-T port %s too short for ESP, which needs more than 8 bytes, and not "
                "the one-byte keepalive; the first had %lld byte%s",
                (unsigned long long)finding->count, finding->count == 1 ? "" : "s", src,
                finding->count == 1 ? "is" : "are", length, length == 1 ? "" : "s");
    if (bytes && bytes->text[0])
        text_printf(text, " (%s)", bytes->text);
    text_put(text, ". A receiver hands such a datagram to its IKE daemon, which discards it; ESP and its SAs are not "
                   "touched. ");
    if (bytes && strcmp(bytes->text, "00000000") == 0)
        text_put(text, "Four zero bytes are a non-ESP marker with no message behind it. ");
    text_put(text, "13914 is the nearest Windows code; no document says that Windows raises it for this.");
}

const struct condition condition_nat_t_short = {
    .name = "nat-t-short",
    .title = "A datagram on a NAT-T port too short to be ESP",
    .severity = SEVERITY_NOTE,
    .windows = 13914,
    .counter = COUNTER_NONE,
    .rfc = "RFC 3948 2",
    .meaning = "On UDP port 4500 one byte 0xff is a keepalive, more than 8 bytes that do not begin with zeros are ESP, "
               "and everything else goes to the IKE daemon. A datagram of up to 8 bytes is neither a keepalive nor ESP "
               "nor a whole IKE message. It is harmless by itself, and no sign of a lost SA.",
    .causes = nat_t_short_causes,
    .remedies = nat_t_short_remedies,
    .events = 1u << EVENT_DEFECT,
    .decide = nat_t_short_decide,
    .explain = nat_t_short_explain,
};
