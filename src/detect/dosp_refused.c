/* dosp_refused: what the simulated DoS protection refuses by its policy alone: 13925, 13926, 13927, 13930, the default block, rate limits. */
#include "detect/dosp_words.h"
#include "detect/rows.h"

static const char *module_name(int64_t module)
{
    return module == KEYING_IKEV2 ? "IKEv2" : module == KEYING_AUTHIP ? "AuthIP" : "IKEv1";
}

static void refused_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct boundary_judgement *said = event->dosp;
    if (said->error != condition->windows)
        return;
    bool sure = said->error == 13925 || (said->error == 13930 && said->inbound);
    struct finding *finding = dosp_begin(detect, condition, event, sure ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY);
    if (finding == NULL)
        return;
    if (said->error == 13930) {
        finding_number(finding, "module", said->module);
        finding_number(finding, "allowed", said->setting->numbers[SETTING_KEYING_MODULES]);
    } else if (said->error == 13927) {
        finding_text(finding, "defect", defect_text(event->layer->defect));
    }
}

static const char *const keying_module_causes[] = {
    "The settings leave EnabledKeyingModules at its default, AuthIP, and the hosts speak IKEv1 or IKEv2.",
    "Another setting than the intended one holds these addresses: the most specific one counts.",
    NULL,
};
static const char *const keying_module_remedies[] = {
    "Allow what the hosts speak: Set-NetIPsecDospSetting -Name NAME -EnabledKeyingModules IkeV2 (or IkeV1, or both).",
    NULL,
};

static void keying_module_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    const char *module = module_name(finding_get(finding, "module", 0));
    dosp_subject(finding, module, NULL, NULL, text);
    text_printf(text, "would be dropped: the simulated policy does not allow %s. ", module);
    if (finding_get(finding, "allowed", 0) == KEYING_AUTHIP)
        text_put(text, "Windows' default allows AuthIP alone and blocks IKEv1 and IKEv2; the feature was made for DirectAccess, whose clients "
                       "negotiate with AuthIP (the documentation states the default, not its reason). ");
    if (!finding_get(finding, "inbound", 1))
        text_put(text, "That the box checks this in packets from inside, too, is assumed; AssumeKeyingModuleCheck: Inbound leaves them out. ");
}

const struct condition condition_dosp_keying_module = {
    .name = "dosp-keying-module",
    .title = "The simulated DoS protection does not allow this keying module",
    .severity = SEVERITY_ERROR,
    .windows = 13930,
    .counter = COUNTER_NONE,
    .meaning = "A negotiation packet is of IKEv1, IKEv2 or AuthIP, told by its ISAKMP header, and the policy of the box does not allow that one. "
               "No SA can come of it, whatever the hosts' own policies say.",
    .causes = keying_module_causes,
    .remedies = keying_module_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = refused_decide,
    .explain = keying_module_explain,
};

static const char *const blocked_causes[] = {
    "A setting with FilteringFlags FilterBlock is the most specific one for these addresses, and that is meant.",
    "Its prefix is wider than meant, and no setting that lets the peer pass is more specific.",
    NULL,
};
static const char *const blocked_remedies[] = {
    "List the settings (Get-NetIPsecDospSetting) and find the most specific one for these addresses; give the peer a more specific one, or take "
    "the block away.",
    NULL,
};

static void blocked_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "", "matches", "match", text);
    text_put(text, " a filter that blocks, which is the most specific one; IPsec is blocked by it as well. ");
}

const struct condition condition_dosp_blocked = {
    .name = "dosp-blocked",
    .title = "A filter of the simulated DoS protection blocks this",
    .severity = SEVERITY_WARNING,
    .windows = 13925,
    .counter = COUNTER_NONE,
    .meaning = "The most specific setting for the packet's addresses says FilterBlock. It blocks all IPv6 from the public side, protected or not.",
    .causes = blocked_causes,
    .remedies = blocked_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = refused_decide,
    .explain = blocked_explain,
};

static const char *const multicast_causes[] = {
    "A probe, or a routing protocol that runs over IPsec.",
    "A wrong destination address.",
    NULL,
};
static const char *const multicast_remedies[] = {
    "Find the sender and what it means to reach; unicast IPsec never sends to a group.",
    NULL,
};

static void multicast_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "IPsec", "goes", "go", text);
    text_put(text, " to a multicast address, which the simulated box refuses. Which packets count as IPsec here is inferred. ");
}

const struct condition condition_dosp_multicast = {
    .name = "dosp-multicast",
    .title = "The simulated DoS protection refuses IPsec to a group",
    .severity = SEVERITY_WARNING,
    .windows = 13926,
    .counter = COUNTER_NONE,
    .meaning = "ESP, AH or a negotiation came from the public side for an address in ff00::/8. The documented message says that such packets are "
               "not allowed; which protocols count is inferred.",
    .causes = multicast_causes,
    .remedies = multicast_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = refused_decide,
    .explain = multicast_explain,
};

static const char *const malformed_causes[] = {
    "Damage on the way, mostly by a tunnel (6to4, Teredo) or a failed reassembly.",
    "A packet made to probe the edge.",
    NULL,
};
static const char *const malformed_remedies[] = {
    "Look at the packet on the public side, before and behind the tunnel that carried it.",
    NULL,
};

static void malformed_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "", NULL, NULL, text);
    text_printf(text, "would be dropped as malformed (the first: %s). Which faults the box really checks is not documented. ",
                finding_words(finding, "defect"));
}

const struct condition condition_dosp_malformed = {
    .name = "dosp-malformed",
    .title = "The simulated DoS protection finds this packet malformed",
    .severity = SEVERITY_WARNING,
    .windows = 13927,
    .counter = COUNTER_NONE,
    .meaning = "The IPv6 header, an extension header, or the UDP, IKE or ESP header is cut short or contradicts itself. Which faults the box "
               "checks is inferred from the code's message.",
    .causes = malformed_causes,
    .remedies = malformed_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = refused_decide,
    .explain = malformed_explain,
};

static void codeless_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct boundary_judgement *said = event->dosp;
    bool limited = said->action == BOUNDARY_RATE_LIMIT;
    if (condition != (limited ? &condition_dosp_rate_limit : &condition_dosp_default_block) ||
        (!limited && said->sort != CLASS_DEFAULT_BLOCK))
        return;
    struct finding *finding = dosp_begin(detect, condition, event, CERTAINTY_LIKELY);
    if (finding == NULL)
        return;
    finding_text(finding, "class", boundary_class_name(said->sort));
    if (limited)
        finding_number(finding, "bytes_per_second", said->limit);
}

static const char *const rate_limit_causes[] = {
    "A flood, or many new peers at once.",
    "A limit that is too small for one large negotiation (certificates, fragments).",
    NULL,
};
static const char *const rate_limit_remedies[] = {
    "Compare the RatelimitDiscarded counters of the box with those here, and raise the limit of that class (Set-NetIPsecDospSetting).",
    NULL,
};

static void rate_limit_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, finding_words(finding, "class"), "exceeds", "exceed", text);
    text_printf(text, " the class's %lld bytes a second in the simulated box. It counts such drops (RatelimitDiscarded) and has no error "
                      "code for them. How the allowance is spread over a second is not documented; assumed is a bucket of one second's bytes "
                      "that fills evenly. ", words_fact(finding, "bytes_per_second"));
}

const struct condition condition_dosp_rate_limit = {
    .name = "dosp-rate-limit",
    .title = "The simulated DoS protection drops what exceeds a rate limit",
    .severity = SEVERITY_WARNING,
    .counter = COUNTER_NONE,
    .meaning = "Packets from the public side exceed the rate limit of their class. The system counts these drops; none of its error codes stands "
               "for them.",
    .causes = rate_limit_causes,
    .remedies = rate_limit_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = codeless_decide,
    .explain = rate_limit_explain,
};

static const char *const default_block_causes[] = {
    "Traffic that is neither ESP, a negotiation nor ICMPv6: what the box is there to keep out.",
    "AH, TCP-encapsulated IPsec or IPv4, which the feature does not let through.",
    NULL,
};
static const char *const default_block_remedies[] = {
    "Where it should pass: a setting with FilterExempt for these addresses, or DisableDefaultBlock.",
    NULL,
};

static void default_block_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "", "falls", "fall", text);
    text_put(text, " under the default block of the simulated box, which lets pass only ESP, negotiations and ICMPv6. It has a counter of its "
                   "own; whether it also reports 13925 is not documented. ");
}

const struct condition condition_dosp_default_block = {
    .name = "dosp-default-block",
    .title = "The simulated DoS protection blocks this by default",
    .severity = SEVERITY_NOTE,
    .counter = COUNTER_NONE,
    .meaning = "Between its public and its internal side the box lets pass IPv6 that is ESP, IKE, AuthIP or ICMPv6, and drops the rest unless a "
               "setting exempts it. That is a policy at work and no fault.",
    .causes = default_block_causes,
    .remedies = default_block_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = codeless_decide,
    .explain = default_block_explain,
};
