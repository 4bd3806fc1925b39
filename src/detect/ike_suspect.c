/* ike_suspect: what looks like a refusal that is encrypted: no keys open it, but its shape leaves little else. */
#include "detect/ike_case.h"

enum { MODE_AGGRESSIVE = 4, EXCHANGE_AUTH = 35 };

static const char *const auth_suspect_causes[] = {
    "The pre-shared keys differ, or one side looks the key up under another identity.",
    "A certificate that the refuser does not trust: expired, unknown authority, an identity that is not in it.",
    "The identity is one that the refuser has no connection for, or it is one for which another method of "
    "authentication is set.",
    "Another error notify of the same length, for instance INVALID_SYNTAX.",
    NULL,
};

static const char *const auth_suspect_remedies[] = {
    "Read the log of the side that refused: it says why, and the wire never does. strongSwan: charon's log (`MAC "
    "mismatched`, `no matching peer "
    "config found`). Cisco: show crypto ikev2 diagnose error. FortiGate: diagnose debug application ike -1. Windows: "
    "event 4652 or 4653.",
    "Type the pre-shared key anew on both sides and compare the identities (swanctl --list-conns, show crypto ikev2 "
    "profile).",
    "To make it certain, give esplain the keys of the IKE SA with -k (strongSwan: the save-keys plugin writes "
    "ikev2_decryption_table).",
    NULL,
};

static void auth_suspect_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_SHORT_ANSWER && ike->what != IKE_TURNED_DOWN)
        return;
    bool is_new, turned_down = ike->what == IKE_TURNED_DOWN;
    uint32_t kind = ike_case_kind(ike->exchange, turned_down ? "turned down" : NULL, NULL);
    struct finding *finding = ike_case_hit_request(detect, condition, event, kind, &is_new);
    const struct ike_session *session = ike->session;
    unsigned refuser = ike->from_initiator ? 1 : 0;
    bool two = session->version == IKE_VERSION_2;
    int64_t answer = two ? ike->request->answer_ns : session->informed_ns[refuser];
    finding_time(finding, "answered", answer);
    if (!is_new)
        return;
    finding->certainty = CERTAINTY_LIKELY;
    finding_number(finding, "exchange_number", ike->exchange);
    finding_number(finding, "answer_frame",
                   (int64_t)(two ? ike->request->answer_frame : session->informed_frame[refuser]));
    if (two)
        finding_number(finding, "answer_length", ike->request->answer_length);
    finding_bool(finding, "keys_did_not_fit", session->undecryptable);
    if (turned_down) {
        finding->certainty = CERTAINTY_POSSIBLE;
        finding_number(finding, "ended_frame", (int64_t)session->request[0].first_frame);
        finding_span(finding, "ended_after_ns", session->request[0].first_ns - answer);
    }
}

static void auth_suspect_turned_down(const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    span_print(finding_get(finding, "ended_after_ns", 0), span);
    text_printf(text,
                "%s got the whole answer of %s in IKE_AUTH (frame %lld, %lld bytes) and %s later, in frame %lld, sent an informational "
                "message with room for one error or delete; nothing followed. An initiator does that when it does not accept who the "
                "responder says it is: an expired or untrusted certificate, another identity than the one configured, a wrong "
                "pre-shared key. The message is encrypted and no key opened it, so it may also be somebody who took the tunnel down "
                "again at once. Read the log of %s first: it is the one that refused. ",
                src, dst, words_fact(finding, "answer_frame"), words_fact(finding, "answer_length"), span,
                words_fact(finding, "ended_frame"), src);
    if (finding_get(finding, "healed", 0))
        text_put(text, "A later attempt went well, or ESP came all the same.");
}

static void auth_suspect_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (finding_fact(finding, "ended_frame")) {
        auth_suspect_turned_down(finding, text);
        return;
    }
    if (finding_get(finding, "exchange_number", 0) == MODE_AGGRESSIVE)
        text_printf(text,
                    "%s got the answer of %s in aggressive mode (message 2, sent from frame %llu on) and did "
                    "not go on with message 3, but sent an encrypted informational "
                    "message in frame %lld. Message 2 is where the initiator checks the other side's "
                    "pre-shared key, so it most likely found it wrong. ",
                    dst, src, (unsigned long long)finding->first.frame, words_fact(finding, "answer_frame"));
    else if (finding_get(finding, "ike_version", 2) == 1)
        text_printf(text,
                    "%s never answered the first encrypted message of %s (main mode, message 5), but sent an "
                    "encrypted informational message in frame %lld. "
                    "With a pre-shared key that message cannot be read by a side that has another one. ",
                    dst, src, words_fact(finding, "answer_frame"));
    else
        text_printf(text,
                    "%s answered IKE_AUTH of %s in frame %lld with %lld bytes, which is room for one notify; "
                    "an answer that agrees carries an identity, a proof and a "
                    "Child SA and is much longer. Then both fell silent. ",
                    dst, src, words_fact(finding, "answer_frame"), words_fact(finding, "answer_length"));
    text_put(text, "So the authentication most likely failed: a wrong pre-shared key, an unknown identity, or a "
                   "certificate that is not trusted. ");
    if (finding->count > 1)
        text_printf(text, "%llu attempts ended so. ", (unsigned long long)finding->count);
    if (finding_get(finding, "healed", 0))
        text_put(text, "A later attempt went well. ");
    text_put(text, finding_get(finding, "keys_did_not_fit", 0)
                       ? "The notify is encrypted, and the IKE keys that were given do not open it, so its number is "
                         "not known; "
                       : "The notify is encrypted and no key for it was given, so its number is not known; ");
    text_put(text, "another error of the same length looks the same. It is not the algorithms, addresses or ports of "
                   "IKE: those were agreed on before.");
}

/* ESP that begins afterwards disproves it, and the finding shrinks to a note. */
static void auth_suspect_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    int64_t since = finding_get(finding, "answered", 0);
    bool flows = ike_case_traffic(detect, finding, src, dst, since, true).any ||
                 ike_case_traffic(detect, finding, dst, src, since, true).any;
    bool up = ike_case_up_after(detect, src, dst, since > finding->last.time_ns ? since : finding->last.time_ns) != NULL;
    if (up || flows) {
        finding_bool(finding, "healed", true);
        finding->certainty = CERTAINTY_POSSIBLE;
        finding->severity = SEVERITY_NOTE;
    }
}

const struct condition condition_ike_auth_suspect = {
    .name = "ike-auth-suspect",
    .title = "The authentication seems to have failed",
    .severity = SEVERITY_WARNING,
    .windows = 13801,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.21.2, RFC 2409 5.4",
    .meaning = "The negotiation got as far as its encrypted part and broke off there with a message that has room "
               "for an error and for nothing else. Its content "
               "is encrypted, so the error itself cannot be read without the keys of the IKE SA; by far the most "
               "frequent one at this place is a failed "
               "authentication. It is therefore likely and never certain.",
    .causes = auth_suspect_causes,
    .remedies = auth_suspect_remedies,
    .events = 1u << EVENT_IKE,
    .decide = auth_suspect_decide,
    .explain = auth_suspect_explain,
    .conclude = auth_suspect_conclude,
};

static const char *const child_suspect_causes[] = {
    "The algorithms of the Child SA differ, often only the PFS group: the first Child SA of IKEv2 never shows that, "
    "the first rekey does.",
    "The networks of the two sides (traffic selectors, proxy identities) do not fit.",
    "Two rekeys that crossed, or an SA that was already deleted; then the next attempt goes well.",
    NULL,
};

static const char *const child_suspect_remedies[] = {
    "Compare the algorithms, the PFS group and the networks of both sides. strongSwan: swanctl --list-conns, "
    "`esp_proposals`. Cisco: show crypto map, `set pfs`. FortiGate: "
    "phase2-interface. Windows: Get-NetIPsecQuickModeCryptoSet.",
    "Read the log of the side that refused, or give esplain the keys of the IKE SA (-k).",
    NULL,
};

static void child_suspect_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_SHORT_CHILD)
        return;
    bool is_new, two = ike->session->version == IKE_VERSION_2;
    const struct addr *asker = &ike->request->layer.ip.src;
    struct event asking = *event; /* the subject is who asked whom, as for everything else that stays open */
    asking.layer = &ike->request->layer;
    struct finding *finding =
        ike_case_hit_request(detect, condition, &asking, ike_case_kind(ike->exchange, NULL, NULL), &is_new);
    finding_time(finding, "answered",
                 two ? ike->request->answer_ns
                     : ike->session->informed_ns[addr_equal(asker, &ike->session->initiator)]);
    if (!is_new)
        return;
    finding->certainty = CERTAINTY_LIKELY;
    if (two) {
        finding_number(finding, "answer_frame", (int64_t)ike->request->answer_frame);
        finding_number(finding, "answer_length", ike->request->answer_length);
    }
    if (ike->exchange == EXCHANGE_AUTH)
        finding_bool(finding, "with_auth", true);
}

static void child_suspect_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (finding_get(finding, "ike_version", 2) == 1)
        text_printf(text,
                    "%s began quick mode (phase 2), and %s did not answer in it, but with an encrypted "
                    "informational message, as one does to refuse it. ",
                    src, dst);
    else if (finding_get(finding, "with_auth", 0))
        text_printf(text,
                    "%s asked for an IKE SA and a Child SA in IKE_AUTH (%lld bytes), and %s answered in frame %lld with %lld bytes: "
                    "enough to prove who it is, and too little to hold a Child SA as well. So the IKE SA is up and has no Child SA: "
                    "pre-shared key, certificates and identities are right. ",
                    src, words_fact(finding, "length"), dst, words_fact(finding, "answer_frame"), words_fact(finding, "answer_length"));
    else
        text_printf(text,
                    "%s asked for a Child SA or for a rekey (CREATE_CHILD_SA), and %s answered in frame %lld "
                    "with %lld bytes: room for one error notify, and not for an SA. ",
                    src, dst, words_fact(finding, "answer_frame"), words_fact(finding, "answer_length"));
    text_put(text, finding_get(finding, "with_auth", 0)
                       ? "Which error it was is encrypted. Mostly the networks of the two sides differ (TS_UNACCEPTABLE) or the "
                         "algorithms of the Child SA do (NO_PROPOSAL_CHOSEN). "
                       : "It was refused; which error it was is encrypted. Mostly the algorithms differ "
                         "(NO_PROPOSAL_CHOSEN, often the PFS group alone) or the networks do. ");
    if (finding->count > 1)
        text_printf(text, "That happened %llu times. ", (unsigned long long)finding->count);
    text_put(text, finding_get(finding, "healed", 0) ? "A later attempt led to new SAs, so it was a step on the way "
                                                       "(another group asked for, or two rekeys that crossed)."
                                                     : "No new SA between the two carries packets afterwards in this "
                                                       "capture.");
}

static void child_suspect_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    int64_t since = finding_get(finding, "answered", 0);
    const struct ike_session *session = ike_case_session(detect, finding);
    bool later = session != NULL && session->child_ns > since;
    if (!later && !ike_case_traffic(detect, finding, src, dst, since, true).any &&
        !ike_case_traffic(detect, finding, dst, src, since, true).any)
        return;
    finding_bool(finding, "healed", true);
    finding->severity = SEVERITY_NOTE;
}

const struct condition condition_ike_child_suspect = {
    .name = "ike-child-suspect",
    .title = "A Child SA was most likely refused",
    .severity = SEVERITY_WARNING,
    .windows = 13868,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 1.3, RFC 2409 5.5",
    .meaning = "A request for a Child SA (quick mode in IKEv1) got an answer that has no room for an SA, only for an "
               "error. Which error is encrypted, so it may be a difference of "
               "algorithms or networks, or a harmless step of a rekey. It is a note where new SAs carry packets "
               "afterwards.",
    .causes = child_suspect_causes,
    .remedies = child_suspect_remedies,
    .events = 1u << EVENT_IKE,
    .decide = child_suspect_decide,
    .explain = child_suspect_explain,
    .conclude = child_suspect_conclude,
};
