/* ike_damaged: IKE messages whose form is wrong, by payload and offset, and IDs that are answered twice. */
#include "detect/ike_case.h"

#include "catalogue/ike_names.h"

static const char *const damaged_causes[] = {
    "A bug of the sender, or an extension of its own that breaks the form.",
    "A device on the way that changes or cuts IKE: application gateways for IPsec, firewalls that inspect it, broken "
    "reassembly.",
    "A scanner or an attack: damaged messages are sent on purpose to find daemons that cannot take them.",
    "It is no IKE at all, but another protocol on its ports.",
    NULL,
};

static const char *const damaged_remedies[] = {
    "Open the frame in another decoder (tshark -Vr FILE -Y 'frame.number==N') and look at the offset that is named.",
    "Capture at the sender: if the damage is there, the sender is at fault, and an update may help; if not, look for "
    "the device that changed it (ip inspect, IPsec pass-through, ALG).",
    "If the sender is a stranger, no SA is at stake; keep the daemon up to date and let a firewall admit known peers "
    "only.",
    NULL,
};

static void ike_damaged_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_DAMAGED || ike->fault->damage == IKE_DAMAGE_NONE)
        return;
    const struct ike_fault *fault = ike->fault;
    bool is_new;
    uint8_t version = ike->session ? ike->session->version : 2;
    uint32_t kind = ike_case_kind((uint32_t)fault->damage << 8 | fault->payload, NULL, NULL);
    struct finding *finding = ike_case_hit(detect, condition, event, kind, &is_new);
    if (!is_new)
        return;
    finding->windows = (uint16_t)ike_damage_windows(fault);
    if (ike->session == NULL) /* the header itself cannot be used: nobody can answer it */
        finding->severity = SEVERITY_ERROR;
    else if (fault->damage == IKE_DAMAGE_ID_TEXT || fault->damage == IKE_DAMAGE_VENDOR_EMPTY) /* nobody has to drop it */
        finding->severity = SEVERITY_NOTE;
    finding_text(finding, "damage", ike_damage_name(fault->damage));
    finding_number(finding, "damage_number", fault->damage);
    finding_number(finding, "payload", fault->payload);
    const char *name = fault->payload ? ike_payload_name(version, fault->payload) : "header";
    finding_text(finding, "payload_name", name ? name : "a payload of an unknown type");
    finding_number(finding, "payload_index", fault->index);
    finding_number(finding, "offset", fault->at);
    finding_number(finding, "found", fault->found);
    finding_number(finding, "wanted", fault->wanted);
    finding_bool(finding, "decrypted", ike->decrypted);
}

static void ike_damaged_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    ike_case_count(finding->count, "IKE message", "IKE messages", text);
    text_printf(text, " from %s to %s %s damaged: %s", src, dst, finding->count == 1 ? "is" : "are",
                ike_damage_text((enum ike_damage)finding_get(finding, "damage_number", 0)));
    if (finding_get(finding, "payload", 0))
        text_printf(text, " (%s, payload %lld of the %s)", finding_words(finding, "payload_name"),
                    words_fact(finding, "payload_index") + 1,
                    finding_get(finding, "decrypted", 0) ? "decrypted part" : "message");
    text_printf(text, ", at offset %lld of the %s", words_fact(finding, "offset"),
                finding_get(finding, "decrypted", 0) ? "decrypted part" : "message");
    if (finding_get(finding, "found", 0) || finding_get(finding, "wanted", 0))
        text_printf(text, "; %lld was found and %lld is wanted", words_fact(finding, "found"),
                    words_fact(finding, "wanted"));
    text_put(text, ". ");
    text_put(text, finding->severity == SEVERITY_ERROR ? "Without a header that can be read the message belongs to "
                                                         "no IKE SA, and a daemon drops it without an answer. "
                                                       : "A daemon drops such a message, or answers INVALID_SYNTAX; "
                                                         "a tolerant one may go on all the same. ");
    if (finding->windows)
        text_printf(text, "Windows' code %u goes with it by its name. ", finding->windows);
    text_put(text, "The bytes contradict each other; it is not the capture's snap length.");
}

const struct condition condition_ike_damaged = {
    .name = "ike-damaged",
    .title = "An IKE message is damaged",
    .severity = SEVERITY_WARNING,
    .windows = 13843,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.21, 3",
    .meaning = "The header, a payload or the chain of payloads of an IKE message says something impossible. The "
               "finding names the payload, the offset and the two values that do not fit. Each "
               "kind of payload has a Windows code of its own (13830 to 13842, 13893), the chain has 13843, the "
               "header 13824 and its version 13880.",
    .causes = damaged_causes,
    .remedies = damaged_remedies,
    .events = 1u << EVENT_IKE,
    .decide = ike_damaged_decide,
    .explain = ike_damaged_explain,
};

static const char *const twice_causes[] = {
    "Two hosts answer under one address (a failed fail-over, a load balancer without affinity).",
    "Somebody on the path forges answers.",
    "The responder lost its memory between request and retransmission, or does not keep its answers as it must.",
    NULL,
};

static const char *const twice_remedies[] = {
    "Compare the two answers: Ethernet source, TTL and IP identification tell whether they come from one host.",
    "With a cluster, see that one node alone owns the address (ip addr, show standby, get system ha status).",
    NULL,
};

static void twice_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->ike->what != IKE_ANSWERED_TWICE)
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (!is_new)
        return;
    finding->certainty = CERTAINTY_POSSIBLE;
    finding_number(finding, "first_answer_frame", (int64_t)event->ike->request->answer_frame);
}

static void twice_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    text_put(text, "Message ");
    text_printf(text, "%lld (%s) was answered twice with different bytes by ", words_fact(finding, "message_id"),
                finding_words(finding, "exchange"));
    ike_case_addr(&finding->subject.src, text);
    text_printf(text, ": in frame %lld and in frame %llu. ", words_fact(finding, "first_answer_frame"),
                (unsigned long long)finding->first.frame);
    text_put(text, "A responder must repeat its answer byte by byte (RFC 7296 2.1). The asker takes the first that "
                   "verifies, so it may do no harm; two hosts that answer under one address break "
                   "the SA sooner or later.");
}

const struct condition condition_ike_answered_twice = {
    .name = "ike-answered-twice",
    .title = "One IKE request has two different answers",
    .severity = SEVERITY_WARNING,
    .windows = 13804,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.1",
    .meaning = "The same message ID of an IKE SA was answered twice, and the answers differ. That must not happen: a "
               "responder keeps its answer and repeats it. It hints at two hosts under one "
               "address or at forged answers; it is no proof of either.",
    .causes = twice_causes,
    .remedies = twice_remedies,
    .events = 1u << EVENT_IKE,
    .decide = twice_decide,
    .explain = twice_explain,
};
