/* ike_complaint: a peer complains of a packet: an SPI that it does not know, an IKE SA that it does not know, a message
 * or packet out of place. */
#include "detect/ike_case.h"

#include "decode/ike_notify.h"

static bool complaint_is(const struct event *event, uint16_t type)
{
    const struct ike_event *ike = event->ike;
    return (ike->what == IKE_NOTIFIED || ike->what == IKE_REFUSED) && ike->session->version == IKE_VERSION_2 &&
           ike->notify->type == type;
}

static const char *const invalid_spi_causes[] = {
    "The reporter lost the SA (restart, delete, expiry), and the other side goes on using it.",
    "A rekey that only one side finished.",
    "In IKEv1 the same number also complains of an SPI inside a proposal.",
    "A forged notify: outside of an IKE SA it is not protected.",
    NULL,
};

static const char *const invalid_spi_remedies[] = {
    "Compare the SPI with the reporter's inbound SAs (ip -s xfrm state, show crypto ipsec sa | include spi, diagnose "
    "vpn tunnel list, Get-NetIPsecQuickModeSA).",
    "If it does not have it, make the other side negotiate anew (swanctl --terminate, clear crypto sa peer, diagnose "
    "vpn tunnel flush).",
    NULL,
};

static void invalid_spi_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    bool one =
        ike->what == IKE_NOTIFIED && ike->session->version == IKE_VERSION_1 && ike->notify->type == IKE1_N_INVALID_SPI;
    if (!one && !complaint_is(event, IKE_N_INVALID_SPI))
        return;
    bool is_new;
    uint32_t spi = ike->spi;
    if (spi == 0 && ike->notify->spi_length == 4)
        spi = bytes_get32(ike->notify->spi);
    struct finding *finding = ike_case_hit(detect, condition, event, ike_case_kind(spi, NULL, NULL), &is_new);
    if (!is_new)
        return;
    finding_spi(finding, "bad_spi", spi);
    finding_bool(finding, "decrypted", ike->decrypted);
    finding->certainty = ike->decrypted ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY;
}

static void invalid_spi_judged(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char stamp[STAMP_TEXT_MAX];
    if (finding->near == SADB_NONE) {
        text_put(text, "No packet with that SPI to it is in this capture, and no SA file names it. ");
        return;
    }
    const struct sa *sa = sadb_sa(detect->db, finding->near);
    uint64_t packets = sa_packets(detect->db, finding->near);
    text_put(text, "It speaks of the ");
    words_sa(detect, finding->near, text);
    text_put(text, ": ");
    words_packets(packets, "", text);
    text_put(text, " in this capture");
    if (packets) {
        stamp_print(sadb_hot(detect->db, finding->near)->last_ns, stamp);
        text_printf(text, ", the last at %s", stamp);
    }
    if (sa->verdicts[VERDICT_UNKNOWN_SPI])
        text_printf(text, "; %u of them are unknown-spi here as well, so reporter and shadow receiver agree. ",
                    sa->verdicts[VERDICT_UNKNOWN_SPI]);
    else if (sa->ended_known && sa->ended_ns <= finding->first.time_ns)
        text_put(text, "; by the SA history it had ended before, which agrees with the report. ");
    else if (sa->definition != NULL && sa->origin != SA_ORIGIN_SEEN)
        text_put(text, "; by the SA table that is known here it still exists, so the reporter lost it without "
                       "anything on the wire that tells, or the table is of another moment. ");
    else
        text_put(text, "; the reporter's SA table is not known here, so nothing contradicts it. ");
}

static void invalid_spi_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " reports to ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text, " that it got a packet with SPI 0x%08x and has no such SA (INVALID_SPI",
                (uint32_t)finding_get(finding, "bad_spi", 0));
    if (finding->count > 1)
        text_printf(text, ", %llu times", (unsigned long long)finding->count);
    text_put(text, "). ");
    invalid_spi_judged(detect, finding, text);
    text_put(text, finding_get(finding, "decrypted", 0) ? "The report came inside an IKE SA and is genuine."
                                                        : "That it was reported is certain. It came in clear, so it "
                                                          "may be forged, and RFC 7296 2.21.4 has a receiver take it "
                                                          "as a hint only.");
}

static void invalid_spi_conclude(const struct detect *detect, struct finding *finding)
{
    uint32_t spi = (uint32_t)finding_get(finding, "bad_spi", 0);
    static const uint8_t protos[] = { SA_PROTO_ESP, SA_PROTO_AH };
    for (unsigned i = 0; i < 2 && finding->near == SADB_NONE; i++)
        finding->near = sadb_probe(detect->db, sadb_hash(detect->db, &finding->subject.src, spi, protos[i]),
                                   &finding->subject.src, spi, protos[i]);
    if (finding->near == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->near);
    finding_number(finding, "packets", (int64_t)(sa_packets(detect->db, finding->near)));
    finding_number(finding, "unknown_spi", sa->verdicts[VERDICT_UNKNOWN_SPI]);
}

const struct condition condition_ike_invalid_spi_notify = {
    .name = "ike-invalid-spi-notify",
    .title = "The peer itself reports an unknown SPI",
    .severity = SEVERITY_ERROR,
    .windows = 13910,
    .counter = COUNTER_IN_NO_STATES,
    .rfc = "RFC 7296 1.5, 2.21.4",
    .meaning = "A receiver that gets ESP or AH with an SPI that it does not know may tell the sender with an "
               "INVALID_SPI notify. Few do. It is the receiver's own word on a drop with 13910, and tells "
               "the time of it; but outside of an IKE SA nothing protects it, so anybody may send one.",
    .causes = invalid_spi_causes,
    .remedies = invalid_spi_remedies,
    .events = 1u << EVENT_IKE,
    .decide = invalid_spi_decide,
    .explain = invalid_spi_explain,
    .conclude = invalid_spi_conclude,
};

static const char *const invalid_ike_spi_causes[] = {
    "The reporter was restarted, or deleted the IKE SA, and the other side still uses it.",
    "The message was meant for another host (an address that moved, a cluster without shared state).",
    NULL,
};

static const char *const invalid_ike_spi_remedies[] = {
    "Make the side that still uses the IKE SA begin anew: swanctl --terminate and --initiate, clear crypto ikev2 sa, "
    "diagnose vpn ike restart, Restart-Service IKEEXT.",
    "See whether the reporter was restarted (uptime, its log).",
    NULL,
};

static void invalid_ike_spi_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!complaint_is(event, IKE_N_INVALID_IKE_SPI))
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new && !event->ike->decrypted)
        finding->certainty = CERTAINTY_LIKELY;
}

static void invalid_ike_spi_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char stamp[STAMP_TEXT_MAX];
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " answered ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text, " that it does not know the IKE SA %s/%s (INVALID_IKE_SPI). ", finding_words(finding, "spi_i"),
                finding_words(finding, "spi_r"));
    text_put(text, "It most likely was restarted or deleted it; then its IPsec SAs are gone as well, and packets on "
                   "them are dropped (13910). The notify is not protected, so the other side must not "
                   "believe it at once; it will ask again, get no answer that verifies, and give up. ");
    if (finding_fact(finding, "healed")) {
        stamp_print(finding_get(finding, "healed", 0), stamp);
        text_printf(text, "An IKE SA of the two came up at %s.", stamp);
    }
}

static void healed_conclude(const struct detect *detect, struct finding *finding)
{
    const struct ike_session *up =
        ike_case_up_after(detect, &finding->subject.src, &finding->subject.dst, finding->last.time_ns);
    if (up != NULL)
        finding_time(finding, "healed", up->up_ns);
}

const struct condition condition_ike_invalid_ike_spi = {
    .name = "ike-invalid-ike-spi",
    .title = "The peer does not know the IKE SA",
    .severity = SEVERITY_WARNING,
    .windows = 13846,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 1.5, 2.21.4",
    .meaning = "A host got an IKE message for an IKE SA that it does not have and said so. It was restarted, or it "
               "deleted the IKE SA, and its peer does not know yet. The message itself can be forged, "
               "so nothing follows from it for certain.",
    .causes = invalid_ike_spi_causes,
    .remedies = invalid_ike_spi_remedies,
    .events = 1u << EVENT_IKE,
    .decide = invalid_ike_spi_decide,
    .explain = invalid_ike_spi_explain,
    .conclude = healed_conclude,
};

static const char *const invalid_id_causes[] = {
    "The two sides count messages differently, mostly after a restart or a fail-over of one of them.",
    "Packets of a former IKE SA, or an attack by replay.",
    NULL,
};

static const char *const invalid_id_remedies[] = {
    "If it stays, let both sides negotiate the IKE SA anew; after a fail-over, see whether the cluster synchronises "
    "IKE message IDs (RFC 6311).",
    NULL,
};

static void invalid_id_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!complaint_is(event, IKE_N_INVALID_MESSAGE_ID))
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new && event->ike->notify->data_length >= 4)
        finding_number(finding, "bad_message_id", bytes_get32(event->ike->notify->data));
}

static void invalid_id_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " got a request from ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " whose message ID is outside of what it expects");
    if (finding_fact(finding, "bad_message_id"))
        text_printf(text, ": %lld", words_fact(finding, "bad_message_id"));
    text_put(text, ". Such a request is never answered otherwise, so the sender will run into a time-out. The IPsec "
                   "SAs work on meanwhile.");
}

const struct condition condition_ike_invalid_message_id = {
    .name = "ike-invalid-message-id",
    .title = "A message ID was out of place",
    .severity = SEVERITY_WARNING,
    .windows = 13888,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.3",
    .meaning = "A peer reports that a request came with an IKE message ID outside of its window. The IDs of both "
               "sides have to go up together; where they do not, requests are dropped and the IKE SA "
               "ends with a time-out.",
    .causes = invalid_id_causes,
    .remedies = invalid_id_remedies,
    .events = 1u << EVENT_IKE,
    .decide = invalid_id_decide,
    .explain = invalid_id_explain,
};

static const char *const invalid_selectors_causes[] = {
    "The sender put a packet into the SA that the negotiated selectors do not cover: its routes or policies are "
    "wider than the SA.",
    "The receiver narrowed the selectors, and the sender did not notice.",
    NULL,
};

static const char *const invalid_selectors_remedies[] = {
    "Compare the sender's policy with the selectors of the SA: ip xfrm policy and ip xfrm state, swanctl --list-sas, "
    "show crypto ipsec sa (local and remote ident), diagnose vpn tunnel list.",
    NULL,
};

static void invalid_selectors_decide(struct detect *detect, const struct condition *condition,
                                     const struct event *event)
{
    if (!complaint_is(event, IKE_N_INVALID_SELECTORS))
        return;
    bool is_new;
    const struct ike_notified *notify = event->ike->notify;
    uint32_t spi = notify->spi_length == 4 ? bytes_get32(notify->spi) : 0;
    struct finding *finding = ike_case_hit(detect, condition, event, ike_case_kind(spi, NULL, NULL), &is_new);
    if (is_new)
        finding_spi(finding, "child_spi", spi);
}

static void invalid_selectors_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_printf(text, " dropped a packet that came on SPI 0x%08x and tells ",
                (uint32_t)finding_get(finding, "child_spi", 0));
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " so: what was inside is not what this SA may carry (INVALID_SELECTORS). Keys and SPI are in "
                   "order; the networks of the SA are not those that the sender uses.");
}

const struct condition condition_ike_invalid_selectors = {
    .name = "ike-invalid-selectors",
    .title = "The peer reports a packet outside of its SA's selectors",
    .severity = SEVERITY_ERROR,
    .windows = 13912,
    .counter = COUNTER_IN_STATE_MISMATCH,
    .rfc = "RFC 7296 3.10.1, RFC 4301 5.2",
    .meaning = "A receiver opened a packet, found inside one that the SA's selectors do not cover, dropped it, and "
               "said so with INVALID_SELECTORS. It is the receiver's own report of what "
               "selector-mismatch means here.",
    .causes = invalid_selectors_causes,
    .remedies = invalid_selectors_remedies,
    .events = 1u << EVENT_IKE,
    .decide = invalid_selectors_decide,
    .explain = invalid_selectors_explain,
};
