/* recipe_policy: packets that the receiver's policies, or an SA's own selector, refuse. */
#include "inject/plan.h"

static struct prefix policy_host(const struct addr *addr)
{
    return (struct prefix){ *addr, addr->family == 4 ? 32 : 128 };
}

/* The SA, and a policy that wants it. */
static struct plan_sa *policy_sa(struct plan *plan, struct policy *policy)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    struct plan_sa *sa = plan_install(plan, &definition);
    *policy = plan_protecting(plan, &definition);
    return sa;
}

static void policy_none(struct plan *plan)
{
    struct policy policy;
    struct plan_sa *sa = policy_sa(plan, &policy);
    policy.selector.src.addr.bytes[policy.selector.src.addr.family == 4 ? 3 : 15] ^= 8; /* it is for another host */
    plan_policy(plan, &policy);
    plan_send(plan, sa, "that no policy covers");
}

static void policy_template_other(struct plan *plan)
{
    struct policy policy;
    struct plan_sa *sa = policy_sa(plan, &policy);
    policy.template[0].reqid = 2;
    plan_policy(plan, &policy);
    plan_send(plan, sa, "through another SA than the policy asks for");
}

static void policy_selector(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    struct addr src = definition.mode == SA_MODE_TUNNEL ? plan_inner(plan, true) : plan->src;
    struct addr dst = definition.mode == SA_MODE_TUNNEL ? plan_inner(plan, false) : plan->dst;
    src.bytes[src.family == 4 ? 3 : 15] ^= 8;
    definition.has_selector = true;
    definition.selector = (struct selector){ .src = policy_host(&src), .dst = policy_host(&dst), .sport_high = UINT16_MAX, .dport_high = UINT16_MAX };
    struct plan_sa *sa = plan_install(plan, &definition);
    plan_send(plan, sa, "outside of the SA's own selector");
}

static void policy_clear(struct plan *plan, bool block)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (plan->request->src.family || plan->request->dst.family)
        definition.mode = SA_MODE_TRANSPORT; /* the packets that were asked for are those in clear */
    plan_install(plan, &definition);
    struct policy policy = plan_protecting(plan, &definition);
    bool tunnel = definition.mode == SA_MODE_TUNNEL;
    struct addr src = tunnel ? plan_inner(plan, true) : plan->src, dst = tunnel ? plan_inner(plan, false) : plan->dst;
    if (block) {
        policy.block = true;
        policy.templates = 0;
        struct policy host = plan_protecting(plan, &definition); /* says whose policies these are */
        host.selector.src.addr.bytes[src.family == 4 ? 3 : 15] ^= 8;
        host.priority = 9;
        plan_policy(plan, &host);
    }
    plan_policy(plan, &policy);
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        plan_udp(plan, &src, &dst, 5000, 9999, "in clear", 8);
        plan_put(plan, block ? "that a policy blocks" : "in clear where a policy wants IPsec");
    }
}

static void clear_text(struct plan *plan)
{
    policy_clear(plan, false);
}

static void blocked(struct plan *plan)
{
    policy_clear(plan, true);
}

const struct recipe recipes_policy[] = {
    { "selector-mismatch", "no-policy", "a good packet with something inside that no policy covers", policy_none, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "selector-mismatch", "template-mismatch", "a good packet through another SA than the policy asks for", policy_template_other, NULL, RECIPE_OWN_SAS, NULL },
    { "selector-mismatch", "sa-selector", "a good packet with something inside that the SA's selector excludes", policy_selector, NULL, RECIPE_OWN_SAS, NULL },
    { "clear-text", NULL, "packets in clear where a policy wants IPsec", clear_text, NULL, RECIPE_OWN_SAS | RECIPE_RECEIVER, NULL },
    { "blocked", NULL, "packets that a policy blocks", blocked, NULL, RECIPE_OWN_SAS | RECIPE_RECEIVER, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
