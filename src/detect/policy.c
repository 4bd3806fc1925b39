/* policy: what the receiver's policies and the SAs' own selectors refuse, clear text included (RFC 4301 5.2). */
#include "catalogue/ip_names.h"
#include "detect/rows.h"
#include "receiver/inner.h"

#define POLICY_PAIRS 32u /* findings of clear packets by address pair; further pairs are counted on one */

static void policy_prefix(struct finding *finding, const char *name, const struct prefix *prefix)
{
    char chars[PREFIX_TEXT_MAX];
    if (prefix->addr.family == 0) {
        finding_text(finding, name, "any");
        return;
    }
    prefix_print(prefix, chars);
    finding_text(finding, name, chars);
}

static void policy_selector(struct finding *finding, const struct selector *selector)
{
    policy_prefix(finding, "selector_src", &selector->src);
    policy_prefix(finding, "selector_dst", &selector->dst);
    if (selector->proto)
        finding_number(finding, "selector_proto", selector->proto);
    if (selector->sport_low != 0 || selector->sport_high != UINT16_MAX)
        finding_number(finding, "selector_sport", selector->sport_low);
    if (selector->dport_low != 0 || selector->dport_high != UINT16_MAX)
        finding_number(finding, "selector_dport", selector->dport_low);
}

static void policy_flow(struct finding *finding, const struct spd_flow *flow)
{
    finding_addr(finding, "inner_src", &flow->src);
    finding_addr(finding, "inner_dst", &flow->dst);
    finding_number(finding, "inner_proto", flow->proto);
    if (!flow->ports_known)
        return;
    bool icmp = flow->proto == 1 || flow->proto == 58;
    finding_number(finding, icmp ? "inner_icmp_type" : "inner_sport", flow->sport);
    finding_number(finding, icmp ? "inner_icmp_code" : "inner_dport", flow->dport);
}

static void policy_proto(int64_t proto, struct text *text)
{
    const char *name = ip_protocol_name((uint8_t)proto);
    if (name)
        text_put(text, name);
    else
        text_printf(text, "protocol %lld", (long long)proto);
}

/* "10.1.0.1 > 10.2.0.9, UDP port 5000 > 53" */
static void policy_flow_words(const struct finding *finding, struct text *text)
{
    char chars[ADDR_TEXT_MAX];
    const struct fact *src = finding_fact(finding, "inner_src"), *dst = finding_fact(finding, "inner_dst");
    if (src == NULL || dst == NULL) {
        text_put(text, "a packet");
        return;
    }
    addr_print(&src->addr, chars);
    text_printf(text, "%s > ", chars);
    addr_print(&dst->addr, chars);
    text_printf(text, "%s, ", chars);
    policy_proto(finding_get(finding, "inner_proto", 0), text);
    if (finding_fact(finding, "inner_sport"))
        text_printf(text, " port %lld > %lld", words_fact(finding, "inner_sport"), words_fact(finding, "inner_dport"));
    if (finding_fact(finding, "inner_icmp_type"))
        text_printf(text, " type %lld", words_fact(finding, "inner_icmp_type"));
}

/* "10.1.0.0/24 > 10.2.0.0/24" */
static void policy_selector_words(const struct finding *finding, struct text *text)
{
    const struct fact *src = finding_fact(finding, "selector_src"), *dst = finding_fact(finding, "selector_dst");
    text_printf(text, "%s > %s", src ? src->text : "any", dst ? dst->text : "any");
    if (finding_fact(finding, "selector_proto")) {
        text_put(text, ", ");
        policy_proto(finding_get(finding, "selector_proto", 0), text);
    }
    if (finding_fact(finding, "selector_sport"))
        text_printf(text, ", source port %lld", words_fact(finding, "selector_sport"));
    if (finding_fact(finding, "selector_dport"))
        text_printf(text, ", destination port %lld", words_fact(finding, "selector_dport"));
}

static void policy_number(struct finding *finding, const struct policy *policy)
{
    if (policy->index)
        finding_number(finding, "policy_index", policy->index);
    finding_number(finding, "policy_priority", policy->priority);
    policy_selector(finding, &policy->selector);
}

static void policy_number_words(const struct finding *finding, struct text *text)
{
    text_put(text, "the policy ");
    policy_selector_words(finding, text);
    if (finding_fact(finding, "policy_index"))
        text_printf(text, " (index %lld, priority %lld)", words_fact(finding, "policy_index"),
                    words_fact(finding, "policy_priority"));
}

/* ---- selector-mismatch ---- */

static const char *const selector_mismatch_causes[] = {
    "The two ends' traffic selectors differ: the sender puts networks into this tunnel that the receiver's policy does "
    "not have there.",
    "Packets of one tunnel are sent on the SA of another: routing, NAT before encryption, or a request id that changed "
    "at a rekey.",
    "The policy asks for another mode, protocol or tunnel address than the SA has.",
    "Policies that were left behind, or removed too early, by a script or a restarted IKE daemon.",
    NULL,
};

static const char *const selector_mismatch_remedies[] = {
    "Compare selectors on both sides: ip xfrm policy (dir in, dir fwd), swanctl --list-sas, show crypto ipsec sa "
    "(local ident, remote ident), diagnose vpn tunnel list (proxyid), show security ipsec security-associations "
    "detail, Get-NetIPsecQuickModeSA.",
    "If the inner source should not be there at all, look for NAT in front of the sender's encryption (a masquerade "
    "rule that must exempt the tunnel).",
    "If request ids differ (ip xfrm state and ip xfrm policy: reqid), reload the IKE daemon's connections or take the "
    "leftover policy away.",
    NULL,
};

static void selector_template(struct finding *finding, const struct event *event)
{
    const struct policy *policy = event->judgement->policy;
    finding_number(finding, "templates", policy->templates);
    if (policy->templates == 0)
        return;
    const struct policy_template *wanted = &policy->template[0];
    finding_text(finding, "wanted_proto", sa_proto_name(wanted->proto));
    finding_text(finding, "wanted_mode", sa_mode_name(wanted->mode));
    finding_number(finding, "wanted_reqid", wanted->reqid);
    if (!addr_is_zero(&wanted->src))
        finding_addr(finding, "wanted_src", &wanted->src);
}

static void selector_mismatch_decide(struct detect *detect, const struct condition *condition,
                                     const struct event *event)
{
    const struct judgement *judgement = event->judgement;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, judgement->cause, &is_new);
    finding_number(finding, "last_seq", event->layer->seq);
    if (!is_new)
        return;
    finding_number(finding, "first_seq", event->layer->seq);
    if (event->inner && event->inner->known)
        policy_flow(finding, &event->inner->flow);
    if (judgement->cause == CAUSE_TEMPLATE && judgement->policy) {
        policy_number(finding, judgement->policy);
        selector_template(finding, event);
    } else if (judgement->cause == CAUSE_SELECTOR && judgement->refuser) {
        policy_selector(finding, &judgement->refuser->selector);
        finding_spi(finding, "selector_spi", judgement->refuser->spi);
    }
}

/* What the policy asks for and what the SA is, part by part. */
static void selector_template_words(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char chars[ADDR_TEXT_MAX];
    const struct sa_definition *used = finding->sa != SADB_NONE ? sadb_sa(detect->db, finding->sa)->definition : NULL;
    const struct fact *proto = finding_fact(finding, "wanted_proto"), *mode = finding_fact(finding, "wanted_mode"),
                      *src = finding_fact(finding, "wanted_src");
    if (finding_get(finding, "templates", 0) == 0) {
        text_put(text, "That policy lets such packets pass only outside IPsec (it has no template), and this one came "
                       "through a tunnel. ");
        return;
    }
    if (proto == NULL || mode == NULL)
        return;
    text_printf(text, "It asks for %s in %s mode, request id %lld", proto->text, mode->text,
                words_fact(finding, "wanted_reqid"));
    if (src) {
        addr_print(&src->addr, chars);
        text_printf(text, ", from %s", chars);
    }
    if (used) {
        text_printf(text, "; the packet came through %s in %s mode, request id %u", sa_proto_name(used->proto),
                    sa_mode_name(used->mode), used->reqid);
        if (prefix_is_host(&used->src)) {
            addr_print(&used->src.addr, chars);
            text_printf(text, ", from %s", chars);
        }
    }
    if (finding_get(finding, "templates", 0) > 1)
        text_printf(text, " (it asks for %lld SAs in all)", words_fact(finding, "templates"));
    text_put(text, ". ");
}

static void selector_mismatch_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    words_packets(finding->count, "", text);
    text_put(text, " came out of the ");
    words_sa(detect, finding->sa, text);
    text_put(text, finding->count == 1 ? " (" : " (the first: ");
    policy_flow_words(finding, text);
    text_put(text, "), ");
    if (finding->cause == CAUSE_NO_POLICY) {
        text_put(text, "and no inbound policy of the receiver holds such packets. The keys agree, the networks do not: "
                       "the sender thinks that this belongs into the tunnel, and the receiver does not. ");
    } else if (finding->cause == CAUSE_TEMPLATE) {
        text_put(text, "which ");
        policy_number_words(finding, text);
        text_put(text, " holds, but it asks for another SA. ");
        selector_template_words(detect, finding, text);
    } else {
        text_put(text, "and the SA's own selector is ");
        policy_selector_words(finding, text);
        text_put(text, ". ");
    }
    text_put(text, "The packet was decrypted and counted before it was dropped.");
}

const struct condition condition_selector_mismatch = {
    .name = "selector-mismatch",
    .title = "The packet inside is not one that this SA may carry",
    .severity = SEVERITY_ERROR,
    .windows = 13912,
    .counter = COUNTER_IN_STATE_MISMATCH,
    .rfc = "RFC 4301 5.2",
    .meaning = "The packet was verified and decrypted, and then the receiver compared what came out with its policies "
               "and with the SA's own selectors, and it does not fit. Keys and algorithms are right. Linux counts "
               "XfrmInNoPols where no policy holds the packet, XfrmInTmplMismatch where the policy asks for another "
               "SA, and XfrmInStateMismatch where the SA's own selector excludes it.",
    .causes = selector_mismatch_causes,
    .remedies = selector_mismatch_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_SELECTOR_MISMATCH,
    .decide = selector_mismatch_decide,
    .explain = selector_mismatch_explain,
};

/* ---- clear-text and blocked ---- */

/* Many hosts behind a gateway make many pairs: past POLICY_PAIRS they are one finding. */
static struct finding *policy_hit(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding;
    if (event->layer->kind != LAYER_CLEAR || detect->policy_pairs < POLICY_PAIRS) {
        finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
        if (is_new) {
            detect->policy_pairs++;
            finding->share = &detect->policy_pairs;
        }
    } else {
        struct subject subject = { 0 };
        struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
        finding = detect_hit_subject(detect, condition, &subject, &place, &is_new);
        finding_bool(finding, "many", true);
    }
    if (!is_new)
        return finding;
    if (event->inner && event->inner->known)
        policy_flow(finding, &event->inner->flow);
    if (event->judgement->policy)
        policy_number(finding, event->judgement->policy);
    return finding;
}

static const char *const clear_text_causes[] = {
    "The peer sends without IPsec: its policy is gone or was never there, its tunnel is down and nothing blocks the "
    "traffic meanwhile, or routing goes around the tunnel.",
    "The peer's policy has narrower selectors than this host's, so that part of the traffic stays outside.",
    "A host on the way, or an attacker, sends packets with protected addresses.",
    NULL,
};

static const char *const clear_text_remedies[] = {
    "On the sender: is there a policy for these addresses, and an SA? ip xfrm policy (dir out), ip xfrm state, swanctl "
    "--list-sas, Get-NetIPsecQuickModeSA, show crypto ipsec sa, diagnose vpn tunnel list.",
    "Make the sender block what it cannot protect (strongSwan: start_action = trap; Windows: a rule that requires "
    "security in both directions), so that nothing leaves in clear while a tunnel is down.",
    "If these packets are meant to go in clear, give this host a policy that says so, with a lower priority number (ip "
    "xfrm policy add ... dir in priority N).",
    NULL,
};

static void clear_text_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    struct finding *finding = policy_hit(detect, condition, event);
    const struct policy *policy = event->judgement->policy;
    if (policy && policy->templates && finding->count == 1) {
        finding_text(finding, "wanted_proto", sa_proto_name(policy->template[0].proto));
        finding_text(finding, "wanted_mode", sa_mode_name(policy->template[0].mode));
    }
}

static void policy_clear_begin(const struct finding *finding, struct text *text)
{
    words_packets(finding->count, "clear", text);
    text_put(text, finding->count == 1 ? " (" : " (the first: ");
    policy_flow_words(finding, text);
    text_put(text, finding->count == 1 ? ") meets " : ") meet ");
    policy_number_words(finding, text);
}

static void clear_text_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    const struct fact *proto = finding_fact(finding, "wanted_proto"), *mode = finding_fact(finding, "wanted_mode");
    policy_clear_begin(finding, text);
    text_put(text, ", which ");
    if (proto && mode)
        text_printf(text, "requires %s in %s mode", proto->text, mode->text);
    else
        text_put(text, "requires IPsec");
    text_put(text, ", so the receiver drops what comes without it. These are not the opened copies of tunnel packets "
                   "that Linux shows in captures: no IPsec packet with this inside came just before. ");
    if (finding_get(finding, "many", 0))
        text_put(text, "More address pairs are counted here than are told one by one.");
}

const struct condition condition_clear_text = {
    .name = "clear-text",
    .title = "Clear text where the policy requires IPsec",
    .severity = SEVERITY_ERROR,
    .windows = 13916,
    .counter = COUNTER_IN_TMPL_MISMATCH,
    .rfc = "RFC 4301 5.2",
    .meaning = "A packet came without IPsec, and the receiver's inbound policy requires IPsec for it, so it was "
               "dropped. Whoever sent it believes that it needs no protection, or is not the peer at all. It is judged "
               "only for packets that reach the host whose policies were given, and not for the opened copies that a "
               "capture on a Linux host shows.",
    .causes = clear_text_causes,
    .remedies = clear_text_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_CLEAR_TEXT,
    .decide = clear_text_decide,
    .explain = clear_text_explain,
};

static const char *const blocked_causes[] = {
    "A rule of the administrator forbids this traffic, and it works as meant.",
    "A rule that is broader, or of higher priority, than it was meant to be, for instance one that an IKE daemon "
    "installs while a tunnel is down.",
    NULL,
};

static const char *const blocked_remedies[] = {
    "Look which policy it is and who installed it: ip xfrm policy (action block, the lowest priority number wins). "
    "Windows: Get-NetFirewallRule and Get-NetIPsecRule.",
    "If the traffic should pass, give it a policy with a lower priority number, or take the blocking one away (ip xfrm "
    "policy delete ... dir in).",
    NULL,
};

static void blocked_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    policy_hit(detect, condition, event);
}

static void blocked_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    if (finding->sa == SADB_NONE) {
        policy_clear_begin(finding, text);
    } else {
        words_packets(finding->count, "", text);
        text_put(text, " out of the ");
        words_sa(detect, finding->sa, text);
        text_put(text, finding->count == 1 ? " (" : " (the first: ");
        policy_flow_words(finding, text);
        text_put(text, finding->count == 1 ? ") meets " : ") meet ");
        policy_number_words(finding, text);
    }
    text_put(text, ", whose action is to block: the receiver drops such packets on purpose, with or without IPsec.");
}

const struct condition condition_blocked = {
    .name = "blocked",
    .title = "A policy of the receiver blocks the packet",
    .severity = SEVERITY_WARNING,
    .windows = 13916,
    .counter = COUNTER_IN_POL_BLOCK,
    .rfc = "RFC 4301 4.4.1",
    .meaning =
        "The first inbound policy that holds the packet says discard. That is a decision of whoever configured the "
        "receiver, not a fault of SAs, keys or the network. Windows reports it, where at all, as a clear text drop.",
    .causes = blocked_causes,
    .remedies = blocked_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_BLOCKED,
    .decide = blocked_decide,
    .explain = blocked_explain,
};
