/* ike_weak: algorithms and modes that should not be used any more. Notes: nothing is dropped for them. */
#include "detect/ike_case.h"

static const char *const weak_causes[] = {
    "An old configuration that was never touched, or one side that knows nothing better.",
    "A default of the product (older Windows: 3DES, SHA-1 and group 2).",
    NULL,
};

static const char *const weak_remedies[] = {
    "Put AES-GCM (or AES with SHA-2) and a group from 14 or 19 on first on both sides, and then take the weak ones "
    "out: `proposals` in swanctl.conf, crypto ikev2 proposal, "
    "Set-VpnServerConfiguration -CustomPolicy, set proposal (FortiGate).",
    NULL,
};

static const struct {
    uint32_t weak;
    const char *words;
} weak_names[] = {
    { IKE_WEAK_DES, "DES" },
    { IKE_WEAK_3DES, "3DES" },
    { IKE_WEAK_MD5, "MD5" },
    { IKE_WEAK_GROUP, "a key exchange group of 1536 bits or fewer" },
    { IKE_WEAK_NULL, "no encryption" },
    { IKE_WEAK_NO_INTEGRITY, "no integrity" },
};

#define WEAK_MODES ((uint32_t)(IKE_WEAK_VERSION1 | IKE_WEAK_AGGRESSIVE_PSK | IKE_WEAK_SHA1))

static void weak_list(uint32_t weak, struct text *text)
{
    const char *before = "";
    for (size_t i = 0; i < sizeof weak_names / sizeof weak_names[0]; i++)
        if (weak & weak_names[i].weak) {
            text_printf(text, "%s%s", before, weak_names[i].words);
            before = ", ";
        }
}

/* One finding a pair, told from the initiator to the responder, whoever said it. */
static struct finding *weak_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                                bool *is_new)
{
    struct layer layer = *event->layer;
    struct event from = *event;
    layer.ip.src = event->ike->session->initiator;
    layer.ip.dst = event->ike->session->responder;
    from.layer = &layer;
    return ike_case_hit(detect, condition, &from, 0, is_new);
}

static void weak_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_WEAK || ((ike->session->weak | ike->session->child_weak) & ~WEAK_MODES) == 0)
        return;
    bool is_new;
    struct finding *finding = weak_hit(detect, condition, event, &is_new);
    uint32_t weak = (ike->session->weak & ~WEAK_MODES) | (uint32_t)finding_get(finding, "weak", 0);
    uint32_t child = (ike->session->child_weak & ~WEAK_MODES) | (uint32_t)finding_get(finding, "child_weak", 0);
    finding_number(finding, "weak", weak);
    finding_number(finding, "child_weak", child);
    if (ike->session->chosen[0])
        finding_text(finding, "chosen", ike->session->chosen);
}

static void weak_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    uint32_t weak = (uint32_t)finding_get(finding, "weak", 0), child = (uint32_t)finding_get(finding, "child_weak", 0);
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " and ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " agreed on ");
    weak_list(weak, text);
    if (weak)
        text_printf(text, " for IKE (%s)", finding_words(finding, "chosen"));
    text_put(text, weak && child ? ", and on " : "");
    weak_list(child, text);
    text_put(text, child ? " for a Child SA. " : ". ");
    text_put(text, "Nothing is dropped for that; but who records the traffic may read it one day, and some products "
                   "have begun to refuse it after an update (NO_PROPOSAL_CHOSEN, 13868).");
}

const struct condition condition_weak_ike = {
    .name = "weak-ike",
    .title = "Weak algorithms were agreed on",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 8247, RFC 8221",
    .meaning = "The two sides agreed on algorithms that must or should not be used any more: DES, 3DES, MD5, key "
               "exchange groups of 1536 bits or fewer, or no encryption or integrity at all. It works, "
               "and is no reason for any drop.",
    .causes = weak_causes,
    .remedies = weak_remedies,
    .events = 1u << EVENT_IKE,
    .decide = weak_decide,
    .explain = weak_explain,
};

static const char *const version1_causes[] = {
    "A configuration from before IKEv2, or a peer that knows nothing else.",
    "Windows connection security rules, which use IKEv1 or AuthIP unless told otherwise.",
    NULL,
};

static const char *const version1_remedies[] = {
    "Move both sides to IKEv2: `version = 2` (strongSwan), crypto ikev2 (Cisco), set ike-version 2 (FortiGate), "
    "New-NetIPsecMainModeRule with -KeyModule IKEv2 (Windows).",
    NULL,
};

static void version1_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->ike->what != IKE_WEAK || !(event->ike->session->weak & IKE_WEAK_VERSION1))
        return;
    bool is_new;
    weak_hit(detect, condition, event, &is_new);
}

static void version1_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " and ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " use IKEv1, which the IETF has retired (RFC 9395). Nothing is dropped for that. It has no "
                   "answers to its notifications and deletes, so SAs that one side has lost are noticed late.");
}

const struct condition condition_ikev1_in_use = {
    .name = "ikev1-in-use",
    .title = "IKEv1 is in use",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 9395",
    .meaning = "The peers negotiate with IKEv1, which was replaced by IKEv2 in 2005 and retired in 2023. It works as "
               "long as both sides keep it. It is a note and no reason for any drop.",
    .causes = version1_causes,
    .remedies = version1_remedies,
    .events = 1u << EVENT_IKE,
    .decide = version1_decide,
    .explain = version1_explain,
};

static const char *const aggressive_causes[] = {
    "A peer with a changing address, for which main mode with a pre-shared key cannot find the right key.",
    "The default of older remote access products (group name and group password).",
    NULL,
};

static const char *const aggressive_remedies[] = {
    "Use IKEv2, which finds the key by the identity and hides it; until then make the pre-shared key long and random "
    "(openssl rand -base64 32).",
    NULL,
};

static void aggressive_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->ike->what != IKE_WEAK || !(event->ike->session->weak & IKE_WEAK_AGGRESSIVE_PSK))
        return;
    bool is_new;
    weak_hit(detect, condition, event, &is_new);
}

static void aggressive_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " and ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " use aggressive mode with a pre-shared key. The responder sends a hash that depends on nothing "
                   "secret but that key, and the identities, in clear: this capture is enough to guess a short key. "
                   "Nothing is dropped for that.");
}

const struct condition condition_ikev1_aggressive_psk = {
    .name = "ikev1-aggressive-psk",
    .title = "Aggressive mode with a pre-shared key",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 2409 5.4",
    .meaning = "In aggressive mode the responder proves the pre-shared key with a hash that goes over the wire in "
               "clear, so anybody who asks, or listens, can try keys at leisure. The identities are in "
               "clear as well. It is a weakness of the mode, not a failure.",
    .causes = aggressive_causes,
    .remedies = aggressive_remedies,
    .events = 1u << EVENT_IKE,
    .decide = aggressive_decide,
    .explain = aggressive_explain,
};
