/* ike_steps: steps of a negotiation that look like failures and mostly are none: cookies, another group asked for,
 * rekeys that cross. */
#include "detect/ike_case.h"

#include "catalogue/ike_names.h"
#include "decode/ike_notify.h"

#define STEPS_WAIT_NS (4 * (int64_t)1000000000) /* a capture that goes on so long would show the next step */

/* An IKEv2 notify of this type in the event. */
static bool steps_is(const struct event *event, uint16_t type)
{
    return event->ike->what == IKE_NOTIFIED && event->ike->session->version == IKE_VERSION_2 &&
           event->ike->notify->type == type;
}

static const char *const invalid_ke_causes[] = {
    "The initiator guessed another Diffie-Hellman group than the one the responder prefers; with a group that both "
    "allow it tries again at once.",
    "Or the initiator does not allow the group that was asked for: then the two configurations do not fit.",
    NULL,
};

static const char *const invalid_ke_remedies[] = {
    "If the negotiation goes on, nothing has to be done; put the common group first on the initiator to save the "
    "round trip.",
    "If it does not, give both sides a common group: swanctl --list-conns and `proposals`, show crypto ikev2 "
    "proposal, set dhgrp (FortiGate), Get-NetIPsecMainModeCryptoSet.",
    NULL,
};

static void invalid_ke_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!steps_is(event, IKE_N_INVALID_KE_PAYLOAD))
        return;
    bool is_new;
    const struct ike_session *session = event->ike->session;
    struct finding *finding =
        ike_case_hit(detect, condition, event, ike_case_kind(event->ike->exchange, NULL, NULL), &is_new);
    if (!is_new)
        return;
    const char *wanted = ike_group_name(2, session->group_wanted), *offered = ike_group_name(2, session->group);
    finding_number(finding, "group_wanted", session->group_wanted);
    finding_text(finding, "group_wanted_name", wanted ? wanted : "a group without a name");
    finding_bool(finding, "of_child", event->ike->exchange != 34);
    if (event->ike->exchange == 34 && session->group) {
        finding_number(finding, "group_offered", session->group);
        finding_text(finding, "group_offered_name", offered ? offered : "a group without a name");
    }
}

static void invalid_ke_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " answered ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text, " that it wants another group for the key exchange: %lld (%s)",
                words_fact(finding, "group_wanted"), finding_words(finding, "group_wanted_name"));
    if (finding_fact(finding, "group_offered"))
        text_printf(text, " instead of %lld (%s)", words_fact(finding, "group_offered"),
                    finding_words(finding, "group_offered_name"));
    text_put(text, ". ");
    if (finding->severity == SEVERITY_ERROR)
        text_put(text, "The negotiation did not go on after that, so the initiator does not allow that group, and no "
                       "SA came to be.");
    else if (finding_get(finding, "went_on", 0))
        text_put(text, "The initiator tried again with it and went on: one round trip was lost, nothing else.");
    else
        text_put(text, "The usual next step is a second attempt with that group; what came of it does not show here.");
}

static void invalid_ke_conclude(const struct detect *detect, struct finding *finding)
{
    const struct addr *src = &finding->subject.src, *dst = &finding->subject.dst;
    const struct ike_session *session = ike_case_session(detect, finding);
    bool of_child = finding_get(finding, "of_child", 0);
    bool on = of_child
                  ? ike_case_child_after(detect, src, dst, finding->last.time_ns) != NULL
                  : (session != NULL && session->stage >= IKE_STAGE_ANSWERED && session->stage != IKE_STAGE_REFUSED) ||
                        ike_case_up_after(detect, src, dst, finding->last.time_ns) != NULL;
    if (on)
        finding_bool(finding, "went_on", true);
    else if (session != NULL && session->request[0].pending)
        return; /* the second attempt was sent and got no answer: that is told by itself */
    else if (detect->last_ns - finding->last.time_ns > STEPS_WAIT_NS &&
             (session == NULL || session->stage != IKE_STAGE_REFUSED))
        finding->severity = SEVERITY_ERROR;
}

const struct condition condition_ike_invalid_ke = {
    .name = "ike-invalid-ke",
    .title = "Another Diffie-Hellman group was asked for",
    .severity = SEVERITY_NOTE,
    .windows = 13865,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 1.2, 1.3",
    .meaning = "The responder refused the key exchange with the group that the initiator guessed "
               "(INVALID_KE_PAYLOAD) and named the one that it wants. The initiator then tries again with it, which "
               "is harmless. It is an error only where the negotiation ends there.",
    .causes = invalid_ke_causes,
    .remedies = invalid_ke_remedies,
    .events = 1u << EVENT_IKE,
    .decide = invalid_ke_decide,
    .explain = invalid_ke_explain,
    .conclude = invalid_ke_conclude,
};

static const char *const cookie_causes[] = {
    "The responder has many half-open negotiations and makes sure that initiators are where they say they are.",
    "It asks every initiator, by configuration.",
    NULL,
};

static const char *const cookie_remedies[] = {
    "Nothing has to be done where the negotiation goes on. If cookies are asked for all the time, see who begins so "
    "many negotiations (swanctl --stats, show crypto ikev2 stats).",
    NULL,
};

static void cookie_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    bool one = ike->what == IKE_NOTIFIED && ike->session->version != IKE_VERSION_2 &&
               (ike->notify->type == IKE1_N_DOS_COOKIE || ike->notify->type == AUTHIP_N_DOS_COOKIE);
    if (!one && !steps_is(event, IKE_N_COOKIE))
        return;
    bool is_new;
    ike_case_hit(detect, condition, event, 0, &is_new);
}

static void cookie_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " asked ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " to send its first message again with a cookie, to see that it is no forged address. ");
    text_put(text, finding->severity == SEVERITY_NOTE ? "That costs a round trip and nothing else."
                                                      : "No second attempt with the cookie follows, so the initiator "
                                                        "did not get it, does not know cookies, or gave a false "
                                                        "address.");
}

static void cookie_conclude(const struct detect *detect, struct finding *finding)
{
    const struct ike_session *session = ike_case_session(detect, finding);
    if (finding->count == 1 && session != NULL && session->stage == IKE_STAGE_STARTED && !session->request[0].pending &&
        session->request[0].answer_frame == finding->last.frame &&
        detect->last_ns - finding->last.time_ns > STEPS_WAIT_NS)
        finding->severity = SEVERITY_WARNING;
}

const struct condition condition_ike_cookie = {
    .name = "ike-cookie",
    .title = "The responder asks for a cookie",
    .severity = SEVERITY_NOTE,
    .windows = 13890,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.6",
    .meaning = "A responder that has much to do answers the first message with a cookie and keeps no state; the "
               "initiator sends its message again, with the cookie in it. It is a guard against "
               "floods from forged addresses and no failure.",
    .causes = cookie_causes,
    .remedies = cookie_remedies,
    .events = 1u << EVENT_IKE,
    .decide = cookie_decide,
    .explain = cookie_explain,
    .conclude = cookie_conclude,
};

static const char *const temporary_causes[] = {
    "Both sides rekeyed or deleted the same SA at once; one of them waits.",
    "The other side is just rekeying the IKE SA and takes no new Child SAs meanwhile.",
    NULL,
};

static const char *const temporary_remedies[] = {
    "Wait: the asker tries again by itself. If it comes again and again, give the two sides different lifetimes, so "
    "that they do not rekey at the same moment.",
    NULL,
};

static void temporary_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!steps_is(event, IKE_N_TEMPORARY_FAILURE))
        return;
    bool is_new;
    ike_case_hit(detect, condition, event, 0, &is_new);
}

static void temporary_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " answered ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " with TEMPORARY_FAILURE");
    text_printf(text,
                "%s: it is in the middle of a rekey or of a delete of the same SA. The asker tries again after "
                "a while, and nothing is lost meanwhile.",
                finding->count > 1 ? ", more than once" : "");
}

const struct condition condition_ike_temporary_failure = {
    .name = "ike-temporary-failure",
    .title = "A rekey has to wait for another",
    .severity = SEVERITY_NOTE,
    .windows = 13821,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.25",
    .meaning = "A side that is just rekeying or closing an SA refuses a request for the same SA with "
               "TEMPORARY_FAILURE. The asker tries again later. It is how simultaneous rekeys are sorted out, and "
               "harmless.",
    .causes = temporary_causes,
    .remedies = temporary_remedies,
    .events = 1u << EVENT_IKE,
    .decide = temporary_decide,
    .explain = temporary_explain,
};

static const char *const child_gone_causes[] = {
    "Both sides acted at once: one deleted the Child SA while the other rekeyed it.",
    "The two sides disagree on which Child SAs exist, after a restart or a lost delete.",
    NULL,
};

static const char *const child_gone_remedies[] = {
    "Look whether a new Child SA follows. If not, compare the lists of both sides (swanctl --list-sas, show crypto "
    "ipsec sa, diagnose vpn tunnel list) and make one side negotiate anew.",
    NULL,
};

static void child_gone_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!steps_is(event, IKE_N_CHILD_SA_NOT_FOUND))
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new && event->ike->notify->spi_length == 4)
        finding_spi(finding, "child_spi", event->ike->spi);
}

static void child_gone_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " wanted to rekey a Child SA");
    if (finding_fact(finding, "child_spi"))
        text_printf(text, " (SPI 0x%08x)", (uint32_t)finding_get(finding, "child_spi", 0));
    text_put(text, ", and ");
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " does not have it: CHILD_SA_NOT_FOUND. Where both acted at once that is harmless, and a new SA "
                   "follows. Where none does, packets on that SA are dropped as unknown (13910).");
}

const struct condition condition_ike_child_not_found = {
    .name = "ike-child-not-found",
    .title = "A Child SA that should be rekeyed does not exist there",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.25",
    .meaning = "A side asked to rekey a Child SA that the other side does not have. Mostly it was deleted a moment "
               "before, which sorts itself out. No documented code of Windows stands for it; for the "
               "packets on that SA it would be 13910.",
    .causes = child_gone_causes,
    .remedies = child_gone_remedies,
    .events = 1u << EVENT_IKE,
    .decide = child_gone_decide,
    .explain = child_gone_explain,
};

static const char *const crossing_causes[] = {
    "Both sides have the same lifetime and rekey at the same moment.",
    "Traffic on both sides asked for a new SA at once.",
    NULL,
};

static const char *const crossing_remedies[] = {
    "Nothing has to be done. To avoid it, give the two sides different lifetimes or more jitter (strongSwan: "
    "rand_time).",
    NULL,
};

static void crossing_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->ike->what != IKE_CROSSING)
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new)
        finding_number(finding, "other_frame", (int64_t)event->ike->request->first_frame);
}

static void crossing_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " and ");
    ike_case_addr(&finding->subject.src, text);
    text_printf(text,
                " both asked for a new SA before either had an answer (CREATE_CHILD_SA in frames %lld and %llu). For a "
                "moment there are two new SAs instead of one, and the surplus one is deleted again; packets may change "
                "SAs in between. It is harmless.",
                words_fact(finding, "other_frame"), (unsigned long long)finding->first.frame);
}

const struct condition condition_ike_crossing = {
    .name = "ike-crossing",
    .title = "Both sides rekey at once",
    .severity = SEVERITY_NOTE,
    .windows = 13821,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.8.1",
    .meaning = "Two CREATE_CHILD_SA requests crossed on the wire. IKEv2 has a rule which of the new SAs stays, so it "
               "sorts itself out. It is worth knowing where an SA appears that nobody expected.",
    .causes = crossing_causes,
    .remedies = crossing_remedies,
    .events = 1u << EVENT_IKE,
    .decide = crossing_decide,
    .explain = crossing_explain,
};
