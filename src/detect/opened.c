/* opened: packets whose ICV is right, and whose trailer, mode, padding or inner IP header is not as it should be. */
#include "catalogue/ip_names.h"
#include "detect/rows.h"
#include "receiver/inner.h"

#define OPENED_NONSENSE 3 /* packets of an SA that all make no sense: the cipher or its key is another */

static void opened_proto(uint8_t proto, struct text *text)
{
    const char *name = ip_protocol_name(proto);
    if (name)
        text_printf(text, "%s (%u)", name, proto);
    else
        text_printf(text, "protocol %u", proto);
}

/* How many packets of the SA came out whole. */
static int64_t opened_well(const struct detect *detect, uint32_t index)
{
    const struct sa *sa = sadb_sa(detect->db, index);
    int64_t bad = (int64_t)sa->verdicts[VERDICT_TRAILER_INVALID] + sa->verdicts[VERDICT_INNER_INVALID];
    return (int64_t)sa->verified > bad ? (int64_t)sa->verified - bad : 0;
}

static void opened_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding->sa == SADB_NONE)
        return;
    finding_number(finding, "verified", (int64_t)sadb_sa(detect->db, finding->sa)->verified);
    finding_number(finding, "opened_well", opened_well(detect, finding->sa));
}

/* "12 packets of the ESP SA ... verify, " */
static void opened_begin(const struct detect *detect, const struct finding *finding, struct text *text)
{
    words_packets(finding->count, "", text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_put(text, finding->count == 1 ? " verifies, " : " verify, ");
}

static void opened_nonsense(const struct detect *detect, const struct finding *finding, struct text *text)
{
    if (finding->sa == SADB_NONE || finding_fact(finding, "opened_well") == NULL)
        return;
    if (finding_get(finding, "opened_well", 0) > 0) {
        text_printf(text,
                    "The keys are right, since other packets of the SA came out whole (%lld): it is the sender's "
                    "fault, in how it builds these. ",
                    words_fact(finding, "opened_well"));
    } else if (finding_get(finding, "verified", 0) >= OPENED_NONSENSE) {
        const struct sa_definition *definition = sadb_sa(detect->db, finding->sa)->definition;
        bool one_key = definition && definition->encryption && definition->encryption->icv != 0;
        text_put(text, "No packet of the SA came out whole although every ICV is right: ");
        text_put(text, one_key ? "with such a cipher that is the sender's fault, because one key makes the ICV and "
                                 "the encryption. "
                               : "the two ends share the integrity key and not the encryption key, its salt or the "
                                 "cipher. ");
    }
}

static void opened_hit(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    if (!finding->subject.has_spi)
        finding->sa = SADB_NONE; /* it counts for many SAs */
    if (is_new)
        finding_number(finding, "first_seq", event->layer->seq);
}

static const char *const trailer_invalid_causes[] = {
    "The two ends have the same integrity key and another encryption key or cipher, so that what is decrypted is noise "
    "(manual keys).",
    "A sender that builds the trailer wrong: a pad length that counts other bytes than the padding, or nothing in "
    "front of the trailer.",
    "A test that crafts such packets.",
    NULL,
};

static const char *const trailer_invalid_remedies[] = {
    "Compare encryption algorithm and key of both ends (ip xfrm state, show crypto ipsec sa, diagnose vpn tunnel "
    "list); the integrity key is right.",
    "If other packets of the SA pass, capture at the sender, decrypt them (esplain sa --to wireshark) and report the "
    "malformed ones to its maker.",
    NULL,
};

static void trailer_invalid_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    opened_begin(detect, finding, text);
    text_put(text, "but what comes out cannot be taken apart: the pad length, its last byte but one, leaves nothing in "
                   "front of the trailer. ");
    opened_nonsense(detect, finding, text);
    text_put(text, "Linux counts XfrmInStateProtoError and leaves the SA's own count of failed packets as it is.");
}

const struct condition condition_trailer_invalid = {
    .name = "trailer-invalid",
    .title = "The ESP trailer is impossible",
    .severity = SEVERITY_ERROR,
    .windows = 13914,
    .counter = COUNTER_IN_STATE_PROTO_ERROR,
    .rfc = "RFC 4303 2.4, 2.5",
    .meaning = "The ICV was right, the packet was decrypted, and its pad length says that there is more padding than "
               "packet. The packet is what a holder of the integrity key sent, so it was not damaged on its way. "
               "Either the encryption key differs, or the sender builds trailers wrong.",
    .causes = trailer_invalid_causes,
    .remedies = trailer_invalid_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_TRAILER_INVALID,
    .decide = opened_hit,
    .explain = trailer_invalid_explain,
    .conclude = opened_conclude,
};

static const char *const dummy_causes[] = {
    "The sender hides how much it sends by filling pauses with dummy packets, as RFC 4303 2.6 allows.",
    "A sender that probes the path or keeps a NAT mapping alive with them.",
    NULL,
};

static const char *const dummy_remedies[] = {
    "Nothing is broken. Do not read XfrmInStateProtoError on this receiver as failed integrity checks: compare it with "
    "the SA's own count of failed packets (ip -s xfrm state).",
    NULL,
};

static void dummy_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    opened_begin(detect, finding, text);
    text_printf(text,
                "and carr%s nothing: next header 59 marks dummy traffic, which a receiver must drop in silence. Linux "
                "drops it and raises XfrmInStateProtoError all the same, by %llu here: a false alarm.",
                finding->count == 1 ? "ies" : "y", (unsigned long long)finding->count);
}

const struct condition condition_dummy = {
    .name = "dummy",
    .title = "Dummy packets, which Linux counts as errors",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_IN_STATE_PROTO_ERROR,
    .rfc = "RFC 4303 2.6",
    .meaning =
        "An ESP packet with next header 59 carries nothing; senders use such packets to hide when they really send. "
        "Receivers must drop them, and they are legal. Linux counts each of them under XfrmInStateProtoError, and does "
        "not move the anti-replay window, so that monitoring raises an alarm where nothing is wrong.",
    .causes = dummy_causes,
    .remedies = dummy_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_DUMMY,
    .decide = opened_hit,
    .explain = dummy_explain,
};

static const char *const inner_invalid_causes[] = {
    "The two ends disagree on the mode: one sends transport mode packets on what the other holds for a tunnel, or the "
    "reverse.",
    "The inner packet is shorter than its own IP header: the sender builds it wrong, or the encryption key differs.",
    "IP-in-IP in transport mode that the receiver has no tunnel for (GRE and IP-in-IP over transport mode need one).",
    NULL,
};

static const char *const inner_invalid_remedies[] = {
    "Compare the mode of both ends: ip xfrm state (mode tunnel, mode transport), show crypto ipsec sa (in use "
    "settings), swanctl --list-sas (TUNNEL, TRANSPORT), Get-NetIPsecQuickModeSA (EncapsulationMode).",
    "Set the same mode on both sides; with IKEv2 transport mode stands only where both ask for it "
    "(USE_TRANSPORT_MODE).",
    "For IP-in-IP inside transport mode, make the tunnel interface on the receiver (ip tunnel add ... mode ipip).",
    NULL,
};

static void inner_invalid_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    if (event->judgement->counter != finding->counter)
        finding_number(finding, "other_counter", finding_get(finding, "other_counter", 0) + 1);
    if (!finding->subject.has_spi)
        finding->sa = SADB_NONE;
    if (!is_new || finding->sa == SADB_NONE)
        return;
    const struct sa_definition *definition = sadb_sa(detect->db, finding->sa)->definition;
    finding_number(finding, "first_seq", event->layer->seq);
    if (definition)
        finding_text(finding, "mode", sa_mode_name(definition->mode));
    if (event->inner == NULL)
        return;
    finding_number(finding, "next_header", event->inner->next);
    finding_number(finding, "inner_length", event->inner->length);
}

static void inner_invalid_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *mode = finding_fact(finding, "mode"), *next = finding_fact(finding, "next_header");
    opened_begin(detect, finding, text);
    if (mode == NULL || next == NULL) {
        text_put(text, "but what comes out is not what the SA's mode carries. ");
        return;
    }
    bool tunnel = next->number == 4 || next->number == 41;
    text_printf(text, "but %s for %s mode: ", finding->count == 1 ? "it is not" : "they are not", mode->text);
    text_put(text, finding->count == 1 ? "it carries " : "the first carries ");
    opened_proto((uint8_t)next->number, text);
    if (tunnel && finding->counter == COUNTER_IN_NO_STATES)
        text_put(text, ", an IP packet, as a tunnel does. The receiver hands it to its IP-in-IP tunnels, and IPsec has "
                       "none for it. ");
    else if (tunnel)
        text_printf(text, ", but its %lld bytes are no whole IP header. ", words_fact(finding, "inner_length"));
    else if (finding->counter == COUNTER_IN_STATE_MODE_ERROR)
        text_put(text, ", which a tunnel cannot: it carries whole IP packets (4 or 41). The sender probably uses "
                       "transport mode. ");
    else
        text_put(text, ", which the receiver has no use for there. ");
    if (finding_get(finding, "other_counter", 0))
        text_printf(text, "%lld of them differ from the first and raise another counter. ",
                    words_fact(finding, "other_counter"));
    opened_nonsense(detect, finding, text);
    text_put(text, "The packet was counted and the anti-replay window has moved before it was dropped.");
}

const struct condition condition_inner_invalid = {
    .name = "inner-invalid",
    .title = "What comes out is not what the SA's mode carries",
    .severity = SEVERITY_ERROR,
    .windows = 13914,
    .counter = COUNTER_IN_STATE_MODE_ERROR,
    .rfc = "RFC 4301 5.2, RFC 4303 3.4.4.1",
    .meaning =
        "The ICV was right and the packet was opened, but a tunnel SA gave something other than an IP packet, or a "
        "transport SA an IP packet that no tunnel takes. The keys agree and the mode does not, or the sender builds "
        "packets wrong. Linux counts XfrmInStateModeError, and XfrmInNoStates for IP-in-IP in transport mode.",
    .causes = inner_invalid_causes,
    .remedies = inner_invalid_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_INNER_INVALID,
    .decide = inner_invalid_decide,
    .explain = inner_invalid_explain,
    .conclude = opened_conclude,
};

/* ---- remarks: nothing is refused for them by IPsec ---- */

static const char *const inner_damaged_causes[] = {
    "The packet was damaged before it was encrypted: a sender or a host behind it with faulty memory, driver or "
    "checksum offload.",
    "The next header says IPv4 for an IPv6 packet or the reverse.",
    "The encryption key differs, and the noise that comes out happens to have a plausible trailer.",
    NULL,
};

static const char *const inner_damaged_remedies[] = {
    "Look at the receiver's IP counters, not at IPsec's: nstat -az IpInHdrErrors IpInCsumErrors Ip6InHdrErrors.",
    "Turn off checksum offload on the sending gateway's inner interface and compare (ethtool -K DEV rx off tx off).",
    NULL,
};

static void inner_damaged_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->remarks & OPENED_DAMAGED)
        opened_hit(detect, condition, event);
}

static void inner_damaged_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    opened_begin(detect, finding, text);
    text_printf(text,
                "and IPsec accepts %s, but the inner IP header is damaged: version, header length, total length or "
                "checksum is wrong. The receiver's IP layer drops %s without any IPsec counter. ",
                finding->count == 1 ? "it" : "them", finding->count == 1 ? "it" : "them");
}

const struct condition condition_inner_damaged = {
    .name = "inner-damaged",
    .title = "The packet inside is damaged, and IP drops it",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 791 3.1, RFC 8200 3",
    .meaning = "IPsec accepted the packet, but the IP header that came out of the tunnel is wrong, so the IP layer "
               "behind drops it. No IPsec counter shows this loss. The damage is older than the encryption: on the way "
               "the ICV would have shown it.",
    .causes = inner_damaged_causes,
    .remedies = inner_damaged_remedies,
    .events = 1u << EVENT_OPENED,
    .decide = inner_damaged_decide,
    .explain = inner_damaged_explain,
};

static const char *const padding_wrong_causes[] = {
    "The sender fills the padding with zeros or random bytes: older implementations and some hardware do.",
    "The encryption key differs: then what comes out is noise, padding included, which only transport mode lets pass.",
    NULL,
};

static const char *const padding_wrong_remedies[] = {
    "Linux, and most others, accept it. If a peer drops these packets (RFC 4303 2.4 lets receivers check), turn its "
    "padding check off or update the sender.",
    "If the payload makes no sense either, compare the encryption keys.",
    NULL,
};

static void padding_wrong_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->remarks & OPENED_PADDING)
        opened_hit(detect, condition, event);
}

static void padding_wrong_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    opened_begin(detect, finding, text);
    text_printf(text,
                "but %s padding is not 1, 2, 3, ... as RFC 4303 2.4 wants it. %s of %lld verified packets of the SA. "
                "Linux does not check it and accepts them; a receiver that checks drops them.",
                finding->count == 1 ? "its" : "their",
                (int64_t)finding->count >= finding_get(finding, "verified", 0) ? "It is so in each"
                                                                               : "It is so in some",
                words_fact(finding, "verified"));
}

const struct condition condition_padding_wrong = {
    .name = "padding-wrong",
    .title = "Padding bytes that the RFC forbids",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 2.4",
    .meaning = "Unless a cipher says otherwise, ESP padding is the numbers 1, 2, 3 and so on, and a receiver should "
               "look at them. These packets have other bytes there. Linux accepts them, so nothing is lost here; "
               "another receiver may refuse what this one takes.",
    .causes = padding_wrong_causes,
    .remedies = padding_wrong_remedies,
    .events = 1u << EVENT_OPENED,
    .decide = padding_wrong_decide,
    .explain = padding_wrong_explain,
    .conclude = opened_conclude,
};

static const char *const tfc_padding_causes[] = {
    "The sender is told to hide packet lengths (strongSwan: tfc_padding, Linux: ip xfrm state ... tfcpad).",
    "A test of traffic flow confidentiality.",
    NULL,
};

static const char *const tfc_padding_remedies[] = {
    "Nothing is broken. If throughput matters more than hiding lengths, turn it off at the sender (swanctl.conf: "
    "tfc_padding = 0).",
    NULL,
};

static void tfc_padding_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!(event->remarks & OPENED_TFC) || event->inner == NULL)
        return;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    int64_t bytes = event->inner->tfc;
    finding_number(finding, "tfc_bytes", finding_get(finding, "tfc_bytes", 0) + bytes);
    if (bytes > finding_get(finding, "most", 0))
        finding_number(finding, "most", bytes);
}

static void tfc_padding_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    opened_begin(detect, finding, text);
    text_printf(text,
                "and ha%s bytes behind the inner IP packet: %lld in all, at most %lld in one. It is traffic flow "
                "confidentiality padding, which the receiver cuts off; it costs throughput and does no harm.",
                finding->count == 1 ? "s" : "ve", words_fact(finding, "tfc_bytes"), words_fact(finding, "most"));
}

const struct condition condition_tfc_padding = {
    .name = "tfc-padding",
    .title = "Traffic flow confidentiality padding",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 2.7",
    .meaning = "The sender makes packets longer than what they carry, so that their lengths tell nothing. The bytes "
               "stand behind the inner IP packet, and the receiver drops them because the inner length says where the "
               "packet ends. It is legal.",
    .causes = tfc_padding_causes,
    .remedies = tfc_padding_remedies,
    .events = 1u << EVENT_OPENED,
    .decide = tfc_padding_decide,
    .explain = tfc_padding_explain,
};
