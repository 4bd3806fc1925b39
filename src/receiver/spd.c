/*
 * spd: inbound policies in the order of their priority. Forward policies serve as well: a capture does not tell whether the inner
 * destination is the gateway itself or a host behind it, so a packet passes that either direction lets pass.
 */
#include "receiver/spd.h"

#include <stdlib.h>

struct spd {
    const struct policy **policies;
    size_t count, room;
    bool told;            /* some policy was given, of whatever direction */
    struct prefix *hosts; /* destinations for which they speak */
    size_t host_count;
};

struct spd *spd_create(void)
{
    return calloc(1, sizeof(struct spd));
}

void spd_destroy(struct spd *spd)
{
    if (spd == NULL)
        return;
    free(spd->policies);
    free(spd->hosts);
    free(spd);
}

bool spd_empty(const struct spd *spd)
{
    return !spd->told;
}

static bool spd_add_host(struct spd *spd, const struct addr *host)
{
    if (addr_is_zero(host) || host->family == 0 || spd_speaks_for(spd, host))
        return true;
    struct prefix *hosts = realloc(spd->hosts, (spd->host_count + 1) * sizeof *hosts);
    if (hosts == NULL)
        return false;
    spd->hosts = hosts;
    hosts[spd->host_count++] = (struct prefix){ *host, host->family == 4 ? 32 : 128 };
    return true;
}

bool spd_add(struct spd *spd, const struct policy *policy)
{
    if (policy->socket)
        return true;
    spd->told = true;
    if (policy->direction == POLICY_OUT) { /* says where the host is, and that there are policies at all */
        for (unsigned i = 0; i < policy->templates; i++)
            if (!spd_add_host(spd, &policy->template[i].src))
                return false;
        return !prefix_is_host(&policy->selector.src) || spd_add_host(spd, &policy->selector.src.addr);
    }
    if (spd->count == spd->room) {
        size_t room = spd->room ? spd->room * 2 : 16;
        const struct policy **policies = realloc(spd->policies, room * sizeof(const struct policy *));
        if (policies == NULL)
            return false;
        spd->policies = policies;
        spd->room = room;
    }
    spd->policies[spd->count++] = policy;
    for (unsigned i = 0; i < policy->templates; i++)
        if (!spd_add_host(spd, &policy->template[i].dst))
            return false;
    return !prefix_is_host(&policy->selector.dst) || spd_add_host(spd, &policy->selector.dst.addr);
}

/* Lower priority numbers first; among equals the one that was inserted first. */
static int spd_compare(const void *left, const void *right)
{
    const struct policy *a = *(const struct policy *const *)left, *b = *(const struct policy *const *)right;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

void spd_ready(struct spd *spd)
{
    if (spd->count)
        qsort(spd->policies, spd->count, sizeof(const struct policy *), spd_compare);
}

bool spd_names_nobody(const struct spd *spd)
{
    return spd->host_count == 0;
}

bool spd_speaks_for(const struct spd *spd, const struct addr *host)
{
    for (size_t i = 0; i < spd->host_count; i++)
        if (addr_equal(&spd->hosts[i].addr, host))
            return true;
    return false;
}

/*
 * The kernel (6.1) compares bits, not families: a prefix of length 0 holds the other family too, and one longer than an IPv4 address holds
 * every one of them (its mask is shifted away).
 */
static bool selector_covers(const struct prefix *prefix, const struct addr *addr)
{
    if (prefix->bits == 0 || prefix->addr.family == addr->family || prefix->addr.family == 0)
        return prefix->bits == 0 || prefix_holds(prefix, addr);
    if (addr->family == 4 && prefix->bits > 32)
        return true;
    struct prefix bits = *prefix;
    bits.addr.family = addr->family;
    return prefix_holds(&bits, addr);
}

bool selector_holds(const struct selector *selector, const struct spd_flow *flow)
{
    if (!selector_covers(&selector->src, &flow->src) || !selector_covers(&selector->dst, &flow->dst))
        return false;
    if (selector->proto && selector->proto != flow->proto)
        return false;
    bool any_port = selector->sport_low == 0 && selector->sport_high >= UINT16_MAX && selector->dport_low == 0 &&
                    selector->dport_high >= UINT16_MAX;
    if (any_port || !flow->ports_known)
        return any_port || !flow->ports_known;
    return flow->sport >= selector->sport_low && flow->sport <= selector->sport_high && flow->dport >= selector->dport_low &&
           flow->dport <= selector->dport_high;
}

static const struct policy *spd_find(const struct spd *spd, const struct spd_flow *flow, enum policy_direction direction)
{
    for (size_t i = 0; i < spd->count; i++) {
        const struct policy *policy = spd->policies[i];
        uint8_t family = policy->selector.src.addr.family ? policy->selector.src.addr.family : policy->selector.dst.addr.family;
        if (policy->direction == direction && (family == 0 || family == flow->dst.family) &&
            selector_holds(&policy->selector, flow))
            return policy;
    }
    return NULL;
}

/* xfrm_state_ok */
static bool spd_fits(const struct policy_template *template, const struct sa_definition *sa)
{
    bool tunnel = sa->mode != SA_MODE_TRANSPORT;
    bool reqid_told = sa->mode != SA_MODE_UNKNOWN || sa->reqid != 0; /* formats without a mode have no request id either */
    return template->proto == sa->proto && (template->spi == 0 || template->spi == sa->spi) &&
           (template->reqid == 0 || !reqid_told || template->reqid == sa->reqid) &&
           (sa->mode == SA_MODE_UNKNOWN || template->mode == sa->mode) &&
           (!tunnel || addr_is_zero(&template->src) || !prefix_is_host(&sa->src) ||
            addr_equal(&template->src, &sa->src.addr));
}

/* xfrm_policy_ok: the index behind the SA that this template asks for, or -1. */
static int spd_template(const struct policy_template *template, const struct spd_path *path, int start)
{
    int index = start;
    if (template->optional) {
        if (template->mode == SA_MODE_TRANSPORT)
            return start;
    } else {
        start = -1;
    }
    for (; index < (int)path->count; index++) {
        if (spd_fits(template, path->sas[index]))
            return index + 1;
        if (path->sas[index]->mode != SA_MODE_TRANSPORT)
            break;
    }
    return start;
}

static bool spd_nontransport(const struct spd_path *path, int from)
{
    for (int i = from; i < (int)path->count; i++)
        if (path->sas[i]->mode != SA_MODE_TRANSPORT)
            return true;
    return false;
}

static bool spd_refuse(struct judgement *judgement, enum verdict verdict, enum counter counter, enum cause cause)
{
    judgement->verdict = (uint8_t)verdict;
    judgement->counter = (uint8_t)counter;
    judgement->cause = (uint8_t)cause;
    judgement->certainty = CERTAINTY_CERTAIN;
    return false;
}

static bool spd_check_direction(const struct spd *spd, const struct spd_flow *flow, const struct spd_path *path,
                                enum policy_direction direction, struct judgement *judgement)
{
    const struct policy *policy = spd_find(spd, flow, direction);
    bool clear = path->count == 0;
    judgement->policy = policy;
    if (policy == NULL)
        return spd_nontransport(path, 0)
                   ? spd_refuse(judgement, VERDICT_SELECTOR_MISMATCH, COUNTER_IN_NO_POLS, CAUSE_NO_POLICY)
                   : true;
    if (policy->block)
        return spd_refuse(judgement, VERDICT_BLOCKED, COUNTER_IN_POL_BLOCK, CAUSE_NONE);
    int at = 0;
    /* Templates stand as the sender applies them, innermost first; the path is outermost first: walk them backwards. */
    for (unsigned i = policy->templates; i-- > 0 && at >= 0;)
        at = spd_template(&policy->template[i], path, at);
    if (at < 0 || spd_nontransport(path, at))
        return spd_refuse(judgement, clear ? VERDICT_CLEAR_TEXT : VERDICT_SELECTOR_MISMATCH, COUNTER_IN_TMPL_MISMATCH,
                          clear ? CAUSE_NONE : CAUSE_TEMPLATE);
    return true;
}

bool spd_check(const struct spd *spd, const struct spd_flow *flow, const struct spd_path *path, bool judge_policies,
               struct judgement *judgement)
{
    for (uint32_t i = path->count; i-- > 0;)
        if (path->sas[i]->has_selector && !selector_holds(&path->sas[i]->selector, flow)) {
            judgement->refuser = path->sas[i];
            return spd_refuse(judgement, VERDICT_SELECTOR_MISMATCH, COUNTER_IN_STATE_MISMATCH, CAUSE_SELECTOR);
        }
    if (!judge_policies)
        return true;
    struct judgement in = *judgement;
    if (spd_check_direction(spd, flow, path, POLICY_IN, &in))
        return true;
    struct judgement forward = *judgement;
    if (spd_find(spd, flow, POLICY_FWD) != NULL && spd_check_direction(spd, flow, path, POLICY_FWD, &forward))
        return true;
    *judgement = in;
    return false;
}

void spd_tunnel(const struct spd *spd, const struct spd_flow *flow, struct addr *src, struct addr *dst)
{
    const struct policy *policy = spd_find(spd, flow, POLICY_IN);
    *src = *dst = (struct addr){ 0 };
    for (unsigned i = 0; policy != NULL && i < policy->templates; i++) {
        if (policy->template[i].mode == SA_MODE_TRANSPORT)
            continue;
        *src = policy->template[i].src;
        *dst = policy->template[i].dst;
    }
}
