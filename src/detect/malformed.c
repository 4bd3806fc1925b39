/* malformed: packets whose sizes cannot be right, SPIs that nobody may use, headers that cannot be read. */
#include "detect/rows.h"
#include "detect/suspicion.h"

static const char *const header_invalid_causes[] = {
    "A device on the way cut the packet short, or a sender's stack or offload engine built it wrongly.",
    "It is no IPsec: something else uses IP protocol 50 or 51, or somebody scans for gateways.",
    NULL,
};

static const char *const header_invalid_remedies[] = {
    "Find the place where it becomes short: capture at the sender and at the receiver (tcpdump -nnv 'ip proto 50 or ip "
    "proto 51') and compare the lengths.",
    "On the sender turn off the network card's ESP offload for a test (ethtool -K IFACE esp-hw-offload off).",
    "If the source is nobody you have a tunnel with, let the firewall drop it; nothing else is wrong.",
    NULL,
};

static void header_invalid_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_length", layer->wire);
    if (!is_new)
        return;
    finding_text(finding, "defect", defect_name(layer->defect));
    finding_number(finding, "length", layer->wire);
    if (layer->defect == DEFECT_AH_LENGTH)
        finding_number(finding, "ah_length", layer->ah_length);
    else
        finding_number(finding, "minimum", layer->kind == LAYER_AH ? 12 : 8);
}

static void header_invalid_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX];
    bool ah = finding->subject.proto == SA_PROTO_AH;
    long long length = words_fact(finding, "length");
    addr_print(&finding->subject.src, src);
    words_packets(finding->count, ah ? "AH" : "ESP", text);
    text_printf(text, " from %s cannot be read. ", src);
    if (finding_fact(finding, "ah_length"))
        text_printf(text,
                    "The length field of the first says that the AH header has %lld bytes; it must have at least 12, "
                    "and the packet has %lld from there on. The receiver looks the SA up before it sees that, so Linux "
                    "counts XfrmInNoStates where it has no such SA.",
                    words_fact(finding, "ah_length"), length);
    else
        text_printf(text,
                    "The first carries %lld bytes behind its IP header, and %s %lld: the receiver drops it before it "
                    "can look for an SA. It is the IP length that says so, not the capture's snap length.",
                    length, ah ? "the fixed AH header alone has" : "SPI and sequence number alone have",
                    words_fact(finding, "minimum"));
}

const struct condition condition_header_invalid = {
    .name = "header-invalid",
    .title = "The ESP or AH header cannot be read",
    .severity = SEVERITY_ERROR,
    .windows = 13914,
    .counter = COUNTER_IN_HDR_ERROR,
    .rfc = "RFC 4303 2, RFC 4302 2.2",
    .meaning = "The packet ends before the SPI and sequence number of ESP (8 bytes) or the fixed header of AH (12 "
               "bytes), or the length field of AH is impossible. It is the packet's own fault: no SA, key or policy "
               "plays a part. A packet that the capture cut short is told apart and raises nothing.",
    .causes = header_invalid_causes,
    .remedies = header_invalid_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_HEADER_INVALID,
    .decide = header_invalid_decide,
    .explain = header_invalid_explain,
};

static const char *const too_short_causes[] = {
    "The two sides do not mean the same algorithms: the SA expects a longer IV or ICV than the sender makes (manual "
    "keys, or SHA-256 truncated to 96 bits on one side).",
    "AH with HMAC-SHA2-256-128 on IPv4: one side pads the ICV to 8 bytes, the other to 4.",
    "A device on the way cut the packet, or something that is not ESP hit a living SPI.",
    NULL,
};

static const char *const too_short_remedies[] = {
    "Compare the algorithms of both ends, ICV length included. Linux: ip xfrm state (auth-trunc ... 128). Cisco: show "
    "crypto ipsec sa. FortiGate: diagnose vpn tunnel list. Junos: show security ipsec security-associations detail. "
    "Windows: Get-NetIPsecQuickModeSA.",
    "For AH on IPv4 between Linux and others: give the Linux SA the flag align4 (ip xfrm state add ... flag align4), "
    "or use another algorithm, or ESP.",
    "If the algorithms agree, capture at the sender: a packet that is short only at the receiver was damaged on the "
    "way.",
    NULL,
};

static uint32_t ah_padded(uint32_t length, bool align4)
{
    uint32_t mask = align4 ? 3 : 7;
    return (length + mask) & ~mask;
}

static void too_short_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", layer->seq);
    if (!is_new || finding->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, finding->sa);
    finding_number(finding, "first_seq", layer->seq);
    if (layer->kind == LAYER_AH) {
        bool align4 = sa->definition && sa->definition->align4 && layer->ip.version == 4;
        finding_number(finding, "length", layer->ah_length);
        finding_number(finding, "expected", ah_padded(hot->minimum, align4));
        finding_number(finding, "icv", hot->minimum - 12);
        finding_bool(finding, "align4", align4);
    } else {
        finding_number(finding, "length", layer->wire);
        finding_number(finding, "minimum", hot->minimum);
    }
    if (sa->definition && sa->definition->encryption)
        finding_text(finding, "encryption", sa->definition->encryption->name);
    if (sa->definition && sa->definition->integrity)
        finding_text(finding, "integrity", sa->definition->integrity->name);
    suspicion_note(detect, finding);
}

static void too_short_explain_ah(const struct finding *finding, struct text *text)
{
    int64_t length = finding_get(finding, "length", 0), expected = finding_get(finding, "expected", 0),
            icv = finding_get(finding, "icv", 0);
    bool align4 = finding_get(finding, "align4", 0);
    text_printf(text,
                "%s an AH header of %lld bytes, and the SA takes %lld: 12 and an ICV of %lld, padded to a multiple of "
                "%d. ",
                finding->count == 1 ? "has" : "have", (long long)length, (long long)expected, (long long)icv,
                align4 ? 4 : 8);
    uint32_t by4 = ah_padded((uint32_t)icv + 12, true), by8 = ah_padded((uint32_t)icv + 12, false);
    if (!align4 && finding->subject.dst.family == 4 && length == by4)
        text_put(text, "The ICV is of the right size and only its padding differs: the sender pads to 4 bytes, as RFC "
                       "4302 2.6 has it for IPv4, and Linux pads to 8 unless the SA has the flag align4. Keys and "
                       "algorithm are not the reason.");
    else if (align4 && length == by8)
        text_put(text, "The ICV is of the right size and only its padding differs: the sender pads to 8 bytes, as "
                       "Linux does without the flag align4, and this SA has the flag. Keys and algorithm are not the "
                       "reason.");
    else if (icv == 16 && length == 24)
        text_put(text, "That is the room of a 96-bit ICV: another algorithm, or SHA-256 truncated to 96 bits instead "
                       "of 128 as an old draft had it and some old systems still do.");
    else
        text_printf(text,
                    "There is room for an ICV of at most %lld bytes, so the sender uses another algorithm or "
                    "truncation.",
                    (long long)(length > 12 ? length - 12 : 0));
}

static void too_short_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *integrity = finding_fact(finding, "integrity"), *encryption = finding_fact(finding, "encryptio"
                                                                                                           "n");
    bool ah = finding->subject.proto == SA_PROTO_AH;
    words_packets(finding->count, ah ? "AH" : "ESP", text);
    text_put(text, " for the ");
    words_sa(detect, finding->sa, text);
    text_char(text, ' ');
    if (ah) {
        too_short_explain_ah(finding, text);
        text_char(text, ' ');
        suspicion_explain(detect, finding, text);
        return;
    }
    long long length = words_fact(finding, "length"), minimum = words_fact(finding, "minimum");
    text_printf(text, "%s too short for it: the first has %lld bytes from the ESP header on, and ",
                finding->count == 1 ? "is" : "are", length);
    if (encryption)
        text_printf(text, "%s%s%s", encryption->text, integrity ? " with " : "", integrity ? integrity->text : "");
    else
        text_put(text, "its algorithms");
    text_printf(text,
                " take at least %lld (header, IV, trailer, ICV). The receiver drops such a packet before it checks the "
                "ICV, so the SA's own count of failed packets stands still; a wrong key would raise it. ",
                minimum);
    suspicion_explain(detect, finding, text);
}

const struct condition condition_too_short = {
    .name = "too-short",
    .title = "Too short, or an ICV of the wrong size, for the SA's algorithms",
    .severity = SEVERITY_ERROR,
    .windows = 13914,
    .counter = COUNTER_IN_STATE_PROTO_ERROR,
    .rfc = "RFC 4303 2, RFC 4302 2.6",
    .meaning = "The SA was found, but the packet has no room for the IV, trailer and ICV of its algorithms, or its AH "
               "header is not as long as this ICV makes it. Linux counts XfrmInStateProtoError, the same as for a "
               "wrong ICV, but without the SA's own failed counter: it is a matter of sizes, not of keys.",
    .causes = too_short_causes,
    .remedies = too_short_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_TOO_SHORT,
    .decide = too_short_decide,
    .explain = too_short_explain,
};

static const char *const misaligned_causes[] = {
    "The two sides disagree on the ICV length (SHA-256 truncated to 96 or to 128 bits) or on the cipher, so that the "
    "ciphertext seems to begin or end elsewhere.",
    "A device on the way cut the packet or added bytes to it.",
    NULL,
};

static const char *const misaligned_remedies[] = {
    "Compare encryption and integrity algorithm of both ends, ICV length included (ip xfrm state, show crypto ipsec "
    "sa, diagnose vpn tunnel list, swanctl --list-sas).",
    "If only some packets are misaligned, the algorithms agree and the packets are damaged: capture at the sender and "
    "compare the lengths.",
    NULL,
};

static void misaligned_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    if (finding->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, finding->sa);
    uint32_t remainder = hot->block ? (layer->wire - hot->overhead) % hot->block : 0;
    finding_number(finding, "last_seq", layer->seq);
    if (!is_new) {
        if (remainder != finding_get(finding, "remainder", remainder))
            finding_bool(finding, "same_remainder", false);
        return;
    }
    finding_number(finding, "first_seq", layer->seq);
    finding_number(finding, "length", layer->wire);
    finding_number(finding, "block", hot->block);
    finding_number(finding, "remainder", remainder);
    finding_bool(finding, "same_remainder", true);
    if (sa->definition && sa->definition->encryption) {
        finding_text(finding, "encryption", sa->definition->encryption->name);
        finding_number(finding, "icv", hot->overhead - 8 - sa->definition->encryption->iv);
    }
    suspicion_note(detect, finding);
}

/* ICV lengths in use, with which the packets would be whole blocks after all. */
static void misaligned_explain_icv(const struct finding *finding, struct text *text)
{
    static const uint8_t lengths[] = { 12, 16, 24, 32, 20, 0 };
    int64_t icv = finding_get(finding, "icv", 0), block = finding_get(finding, "block", 1),
            remainder = finding_get(finding, "remainder", 0);
    bool any = false;
    for (unsigned i = 0; i < sizeof lengths && block > 0; i++) {
        if (lengths[i] == icv || (remainder + icv + block * 4 - lengths[i]) % block != 0)
            continue;
        text_printf(text, any ? " or %u" : "Every one of them would be whole blocks with an ICV of %u", lengths[i]);
        any = true;
    }
    if (any)
        text_printf(text, " bytes instead of %lld, so the two sides probably disagree on the integrity algorithm.",
                    (long long)icv);
}

static void misaligned_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *encryption = finding_fact(finding, "encryption");
    words_packets(finding->count, "ESP", text);
    text_put(text, " for the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " cannot be %s: between IV and ICV there must be whole blocks of %lld bytes, and the first has %lld "
                "over. ",
                encryption ? encryption->text : "encrypted with its algorithm", words_fact(finding, "block"),
                words_fact(finding, "remainder"));
    if (suspicion_fits(finding))
        suspicion_explain(detect, finding, text);
    else if (finding->count > 1 && finding_get(finding, "same_remainder", 0) && finding_fact(finding, "icv"))
        misaligned_explain_icv(finding, text);
    else if (finding->count > 1 && !finding_get(finding, "same_remainder", 1))
        text_put(text, "What is over differs from packet to packet, which speaks for damage on the way, not for "
                       "different algorithms.");
    else
        text_put(text, "The receiver drops such a packet before it checks the ICV.");
}

const struct condition condition_misaligned = {
    .name = "misaligned",
    .title = "The ciphertext is not a whole number of blocks",
    .severity = SEVERITY_ERROR,
    .windows = 13914,
    .counter = COUNTER_IN_STATE_PROTO_ERROR,
    .rfc = "RFC 4303 2.4",
    .meaning = "What a block cipher has encrypted is always a whole number of its blocks, and this packet is not, with "
               "the IV and ICV that the SA has. The receiver drops it before it looks at the ICV. It says nothing "
               "about the keys; either the algorithms differ or the packet was damaged.",
    .causes = misaligned_causes,
    .remedies = misaligned_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_MISALIGNED,
    .decide = misaligned_decide,
    .explain = misaligned_explain,
};

static const char *const reserved_spi_causes[] = {
    "A manually keyed SA whose SPI was chosen by hand below 256.",
    "A test or a home-made implementation that does not know of the reserved range.",
    NULL,
};

static const char *const reserved_spi_remedies[] = {
    "Choose an SPI of 256 or more for the manually keyed SA, on both sides at once (ip xfrm state add ... spi 0x1000).",
    "If it works, it may stay: Linux takes such SPIs from its SA table like any other. Other systems may refuse them.",
    NULL,
};

static void reserved_spi_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa *sa = sadb_sa(detect->db, event->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, event->sa);
    bool is_new;
    if (sa->spi > 255 || hot->packets == 0) /* refused ones are unknown-spi's */
        return;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding_number(finding, "packets", (int64_t)hot->packets);
    finding_bool(finding, "known", !(hot->flags & SA_HOT_SEEN));
}

static void reserved_spi_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    words_packets((uint64_t)finding_get(finding, "packets", 0), finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP",
                  text);
    text_printf(text,
                " use SPI %u. IANA reserves 1 to 255, and 0 must never be on the wire; SPIs that IKE negotiates are "
                "256 or more. ",
                finding->subject.spi);
    text_put(text, finding_get(finding, "known", 0) ? "An SA file has this SA, so it was set up by hand, and nothing "
                                                      "is dropped for it."
                                                    : "No SA file says whether the receiver has such an SA, so no drop "
                                                      "is claimed.");
}

const struct condition condition_reserved_spi = {
    .name = "reserved-spi",
    .title = "An SPI from the reserved range 0 to 255",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 2.1",
    .meaning = "SPIs from 1 to 255 are reserved by IANA, and no negotiation hands them out; 0 is for local use and "
               "must not be sent. Traffic with such an SPI comes from manually keyed SAs or from tests. It is no drop "
               "by itself; where the receiver has no such SA, unknown-spi says so instead.",
    .causes = reserved_spi_causes,
    .remedies = reserved_spi_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = reserved_spi_decide,
    .explain = reserved_spi_explain,
};
