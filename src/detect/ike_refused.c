/* ike_refused: a negotiation that ended with an error notify: who refused whom, in which exchange, and what was
 * offered. */
#include "detect/ike_case.h"
#include "detect/ike_offer.h"
#include "detect/ike_refusal.h"

#include <string.h>

#include "catalogue/ike_names.h"

enum {
    MODE_MAIN = 2,
    MODE_QUICK = 32,
    EXCHANGE_SA_INIT = 34,
    EXCHANGE_AUTH = 35,
    EXCHANGE_INFORM = 37,
    N_NO_PROPOSAL = 14,
    N_AUTH = 24,
    N1_PAYLOAD_TYPE = 1,
    N1_MALFORMED = 16
};

static const char *const refused_causes[] = {
    "The two configurations do not fit: algorithms (NO_PROPOSAL_CHOSEN), networks (TS_UNACCEPTABLE), secrets, "
    "certificates or identities "
    "(AUTHENTICATION_FAILED).",
    "One side was changed, updated or restored from an old configuration, and the other was not.",
    "The request met the wrong connection of the refuser: several peers behind one address, or an identity that "
    "selects another one.",
    "The refuser cannot make the SA at all (its kernel lacks the algorithm, or it ran out of addresses or SAs) and "
    "says so with a notify that "
    "misleads.",
    NULL,
};

static const char *const refused_remedies[] = {
    "Look at the notify: it says what to compare. NO_PROPOSAL_CHOSEN: the algorithms of both sides. TS_UNACCEPTABLE: "
    "the networks. "
    "AUTHENTICATION_FAILED: secret, certificate, identity, clock.",
    "Read the log of the side that refused; the other one was told nothing more. strongSwan: charon's log, swanctl "
    "--list-conns. Cisco: show crypto "
    "ikev2 diagnose error. FortiGate: diagnose debug application ike -1. Windows: Get-WinEvent, events 4650 to 4654.",
    NULL,
};

static const struct ike_refusal *refused_row(const struct finding *finding)
{
    if (finding_get(finding, "secret", 0))
        return ike_refusal_wrong_secret();
    return ike_refusal_find((uint8_t)finding_get(finding, "ike_version", 2),
                            (uint16_t)finding_get(finding, "notify_number", 0));
}

static const char *const *refused_remedy(const struct finding *finding)
{
    return finding_fact(finding, "notify_number") ? refused_row(finding)->remedies : NULL;
}

/* IKEv1, pre-shared key: "malformed" is what decryption with other keys makes of a message. */
static bool refused_for_secret(const struct ike_event *ike)
{
    const struct ike_session *session = ike->session;
    const struct ike_request *first = &session->request[0];
    return session->version == IKE_VERSION_1 && !session->refusal_of_child && !ike->from_initiator &&
           first->exchange == MODE_MAIN && first->encrypted && strstr(session->chosen, "pre-shared") != NULL &&
           (ike->notify->type == N1_MALFORMED || ike->notify->type == N1_PAYLOAD_TYPE);
}

/* The exchange that was refused; the notify may come in an informational one. */
static uint8_t refused_exchange(const struct ike_event *ike)
{
    const struct ike_session *session = ike->session;
    if (session->version == IKE_VERSION_2)
        return ike->exchange == EXCHANGE_INFORM ? EXCHANGE_AUTH : ike->exchange;
    return session->refusal_of_child ? MODE_QUICK : session->exchange;
}

/* Do algorithms matter to this notify? Of IKEv1 also transform, attributes, syntax and key information. */
static bool refused_for_offer(uint8_t version, uint16_t type)
{
    return type == N_NO_PROPOSAL || (version == IKE_VERSION_1 && type >= 10 && type <= 17 && type != N1_MALFORMED);
}

static void refused_facts(struct finding *finding, const struct ike_event *ike, uint8_t exchange)
{
    const struct ike_session *session = ike->session;
    bool of_child = session->refusal_of_child;
    const char *offer = of_child ? session->child_offer : exchange == EXCHANGE_AUTH ? "" : session->offer;
    const struct ike_request *request = &session->request[ike->from_initiator ? 1 : 0];
    finding_text(finding, "exchange", ike_case_exchange(session->version, exchange));
    finding_number(finding, "notify_number", ike->notify->type);
    finding_text(finding, "notify", ike_case_notify(session->version, ike->notify->type));
    finding_bool(finding, "decrypted", ike->decrypted);
    finding_bool(finding, "of_child", of_child);
    bool ike_rekey = of_child && session->version == IKE_VERSION_2 && session->ike_rekey[ike->from_initiator ? 1 : 0];
    if (of_child && (session->child_count > 0 || ike_rekey))
        finding_bool(finding, "rekey", true);
    if (ike_rekey)
        finding_bool(finding, "ike_rekey", true);
    if (ike->eap)
        finding_bool(finding, "eap", true);
    if (refused_for_secret(ike))
        finding_bool(finding, "secret", true);
    if (offer[0] && refused_for_offer(session->version, ike->notify->type))
        finding_text(finding, "offer", offer);
    if (of_child && !ike_rekey && session->selectors[0][0]) {
        finding_text(finding, "tsi", session->selectors[0]);
        finding_text(finding, "tsr", session->selectors[1]);
    }
    if (!(of_child && session->version == IKE_VERSION_1) && request->answer_ns > 0 &&
        request->answer_ns >= request->first_ns)
        finding_span(finding, "answered_after_ns", request->answer_ns - request->first_ns);
}

static void refused_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    const struct ike_session *session = ike->session;
    if (ike->what != IKE_REFUSED || session->version == IKE_VERSION_AUTHIP)
        return;
    uint8_t exchange = refused_exchange(ike);
    bool is_new;
    uint32_t kind = ike_case_kind((uint32_t)ike->notify->type << 8 | exchange, session->offer,
                                  session->refusal_of_child ? session->child_offer : NULL);
    struct finding *finding = ike_case_hit(detect, condition, event, kind, &is_new);
    if (!is_new)
        return;
    refused_facts(finding, ike, exchange);
    const struct ike_refusal *row = refused_row(finding);
    finding->windows = row->windows;
    finding->severity = row->severity;
    finding_text(finding, "rfc", row->rfc);
    bool in_clear = session->version == IKE_VERSION_2 ? ike->exchange == EXCHANGE_SA_INIT : !session->refusal_of_child;
    finding->certainty =
        (ike->decrypted || in_clear) && !finding_get(finding, "secret", 0) ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY;
}

static void refused_selectors(const struct finding *finding, struct text *text)
{
    const char *tsi = finding_words(finding, "tsi"), *tsr = finding_words(finding, "tsr");
    if (*tsi == '\0')
        return;
    text_put(text, "The SA was to be for ");
    text_printf(text, "%s on the asker's side and %s on the refuser's. ", tsi, tsr);
}

/* What is in order, so that nobody looks there. */
static void refused_not(const struct finding *finding, struct text *text)
{
    bool two = finding_get(finding, "ike_version", 2) == 2;
    if (finding_get(finding, "rekey", 0))
        text_printf(
            text,
            "%sThe IKE SA and the Child SAs that exist are in order; but no new one came to be, and when the old "
            "ones end no packet is protected any more. ",
            finding_get(finding, "ike_rekey", 0) ? "It was to replace the IKE SA itself (a rekey). " : "");
    else if (finding_get(finding, "of_child", 0))
        text_printf(text,
                    "The IKE SA itself is in order%s, so each side may look connected; but without a Child SA no "
                    "packet is protected. ",
                    two ? " and stays" : "");
    else if (two && finding_get(finding, "notify_number", 0) == N_AUTH)
        text_put(text, "Addresses, ports and algorithms of IKE are in order: IKE_SA_INIT went well. ");
}

static void refused_healed(const struct finding *finding, struct text *text)
{
    char stamp[STAMP_TEXT_MAX];
    stamp_print(finding_get(finding, "healed", 0), stamp);
    text_printf(text, "It did not last: %s of the two came up at %s. ",
                finding_get(finding, "of_child", 0) ? "a Child SA" : "an IKE SA", stamp);
}

static void refused_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    const char *notify = finding_words(finding, "notify");
    if (*notify == '\0') {
        ike_case_count(finding->count, "negotiation was refused. ", "negotiations were refused. ", text);
        return;
    }
    const struct ike_refusal *row = refused_row(finding);
    text_printf(text, "%s refused what %s asked for in %s with %s", src, dst, finding_words(finding, "exchange"),
                notify);
    text_printf(text, " (%snotify %lld, %s)",
                finding_get(finding, "eap", 0) ? "told with EAP Failure; as if with " : "",
                words_fact(finding, "notify_number"), finding_get(finding, "decrypted", 0) ? "decrypted" : "in clear");
    if (finding_get(finding, "answered_after_ns", 0)) {
        span_print(finding_get(finding, "answered_after_ns", 0), span);
        text_printf(text, ", %s after it was asked", span);
    }
    text_put(text, finding->count > 1 ? "; " : ". ");
    if (finding->count > 1)
        text_printf(text, "%llu attempts ended so. ", (unsigned long long)finding->count);
    text_printf(text, "%s ", row->means);
    ike_offer_words(finding, text);
    refused_selectors(finding, text);
    refused_not(finding, text);
    if (finding->certainty == CERTAINTY_LIKELY && !finding_get(finding, "secret", 0))
        text_put(text, "The notify is not protected where it should be, so somebody may have forged it. ");
    if (finding_get(finding, "notify_number", 0) == N_NO_PROPOSAL && finding_get(finding, "of_child", 0))
        text_put(text, "A refuser whose kernel cannot install the SA says the same, although the offers agree. ");
    if (finding_fact(finding, "healed"))
        refused_healed(finding, text);
    if (row->basis == 'P' && finding->windows)
        text_printf(text, "No document says which code Windows gives it; %u is the nearest.", finding->windows);
}

static void refused_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    bool of_child = finding_get(finding, "of_child", 0);
    ike_offer_compare(detect, finding, dst, src, of_child);
    const struct ike_session *up = of_child ? NULL : ike_case_up_after(detect, src, dst, finding->last.time_ns);
    const struct ike_child *child = of_child ? ike_case_child_after(detect, src, dst, finding->last.time_ns) : NULL;
    if (up == NULL && child == NULL)
        return;
    finding_time(finding, "healed", up ? up->up_ns : child->born_ns);
    bool same = up != NULL && ike_case_is_of(finding, up);
    if (finding->severity == SEVERITY_ERROR)
        finding->severity = SEVERITY_WARNING;
    if (same)
        finding->severity = SEVERITY_NOTE;
}

const struct condition condition_ike_refused = {
    .name = "ike-refused",
    .title = "A negotiation was refused",
    .severity = SEVERITY_ERROR,
    .windows = 13868,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.21, RFC 2408 3.14.1",
    .meaning = "One side answered a negotiation with an error notify, so no SA came of it: no key, wire or firewall "
               "is at fault, but the two "
               "configurations. The notify says which part was refused, and the code follows from it: 13868 "
               "POLICY_MATCH for "
               "NO_PROPOSAL_CHOSEN, 13801 AUTH_FAIL for AUTHENTICATION_FAILED, 13858 INVALID_FILTER for "
               "TS_UNACCEPTABLE, and others. It is certain "
               "where the notify is in clear as it should be, or was decrypted.",
    .causes = refused_causes,
    .remedies = refused_remedies,
    .remedy = refused_remedy,
    .events = 1u << EVENT_IKE,
    .decide = refused_decide,
    .explain = refused_explain,
    .conclude = refused_conclude,
};
