/*
 * one_way: IPsec goes to a host and none comes back.
 *
 * Theory of operation. Only the end of the capture shows it, so all SAs are looked at then, twice: once to note in which
 * directions IPsec went (for each pair of hosts, and for each request id of theirs, because a rekey goes on under the
 * same id and several children are up side by side), and once to find SAs that carried enough while nothing of their kind
 * went the other way. How sure that is depends on whether the capture shows anything else of the silent host: then its
 * packets do pass this point.
 */
#include "detect/rows.h"

#define ONE_WAY_PACKETS 8
#define ONE_WAY_SPAN_NS (3 * (int64_t)1000000000)
#define GROUP_ANY UINT32_MAX /* of a request id: whatever it was */

static const char *const one_way_causes[] = {
    "The far end receives, but does not send back: its routing, policy or firewall behind the tunnel leads the answers "
    "elsewhere, or they leave in clear.",
    "The far end drops what comes (unknown SPI, wrong key or policy), so there is nothing to answer.",
    "A NAT or firewall between them lets ESP or UDP 4500 through in one direction only, or lost its mapping.",
    "The capture sees one of two paths (asymmetric routing, a mirror of one direction, a filter).",
    "Traffic that asks for no answer, such as syslog, flow export or a broadcast stream.",
    NULL,
};

static const char *const one_way_remedies[] = {
    "Begin at the host that receives: does its inbound SA count the packets? ip -s xfrm state, show crypto ipsec sa "
    "(pkts decaps), diagnose vpn tunnel list (dec), show security ipsec statistics, swanctl --list-sas.",
    "If it does not count, look at its drops: /proc/net/xfrm_stat, Windows events 4960 to 4965, and the firewall in "
    "front of it (UDP 500 and 4500, protocol 50).",
    "If it counts, look behind it: route and firewall of the inner network, whether the answers match its outbound "
    "policy (ip xfrm policy, ip route get), and whether its outbound SA counts.",
    "If its outbound SA counts too, capture at its outer interface: packets that leave there and do not come here are "
    "lost between the two.",
    NULL,
};

static uint32_t one_way_group(const struct sa *sa)
{
    return sa->definition ? sa->definition->reqid : 0;
}

static uint64_t one_way_packets(const struct sa *sa, const struct sa_hot *hot)
{
    return hot->packets + sa->wire_packets;
}

/* Every direction in which ESP or AH went; NULL where there is no memory for it. */
static struct heard *one_way_directions(struct detect *detect)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sadb_count(detect->db); i++)
        count += one_way_packets(sadb_sa(detect->db, i), sadb_hot(detect->db, i)) != 0;
    struct heard *directions = count <= UINT32_MAX / 4 ? heard_create(count * 2 + 1) : NULL;
    for (uint32_t i = 0; i < sadb_count(detect->db) && directions != NULL; i++) {
        const struct sa *sa = sadb_sa(detect->db, i);
        if (one_way_packets(sa, sadb_hot(detect->db, i)) == 0)
            continue;
        heard_add(directions, &(struct heard_key){ sa->src, sa->dst, one_way_group(sa) });
        heard_add(directions, &(struct heard_key){ sa->src, sa->dst, GROUP_ANY });
        if (sa->src.family != 0)
            detect_saw_source(detect, &sa->src);
    }
    return directions;
}

/* Did anything of the same kind come back? A child without request id, or an SA that no file has, may be of any kind. */
static bool one_way_answered(const struct heard *directions, const struct sa *sa)
{
    struct heard_key back = { sa->dst, sa->src, GROUP_ANY };
    uint32_t group = one_way_group(sa);
    if (group == 0 || sa->pair == SADB_NONE)
        return heard_has(directions, &back);
    back.group = 0;
    if (heard_has(directions, &back))
        return true;
    back.group = group;
    return heard_has(directions, &back);
}

static void one_way_found(struct detect *detect, const struct condition *condition, const struct heard *directions,
                          uint32_t index, int64_t span)
{
    const struct sa *sa = sadb_sa(detect->db, index);
    const struct sa_hot *hot = sadb_hot(detect->db, index);
    bool other_children = heard_has(directions, &(struct heard_key){ sa->dst, sa->src, GROUP_ANY });
    bool is_new;
    /* where nothing at all comes back, one finding for the two hosts; else one for the child */
    struct subject subject = { .src = sa->src, .dst = sa->dst, .proto = sa->proto, .has_spi = other_children,
                               .spi = other_children ? sa->spi : 0 };
    struct place place = { sa->first_file, sa->first_frame, sa->first_ns };
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &place, &is_new);
    finding->last = (struct place){ sa->first_file, 0, hot->last_ns }; /* as detect_hit_sa() */
    finding_number(finding, "packets", finding_get(finding, "packets", 0) + (int64_t)hot->packets);
    finding_number(finding, "sas", finding_get(finding, "sas", 0) + 1);
    if (!is_new)
        return;
    bool heard = other_children || heard_has(detect->sources, &(struct heard_key){ .src = sa->dst });
    finding->sa = index;
    finding->near = sa->pair;
    finding->certainty = heard ? CERTAINTY_LIKELY : CERTAINTY_POSSIBLE;
    finding->severity = heard ? condition->severity : SEVERITY_NOTE;
    finding_span(finding, "span_ns", span);
    finding_spi(finding, "spi", sa->spi);
    if (sa->pair != SADB_NONE)
        finding_spi(finding, "silent_spi", sadb_sa(detect->db, sa->pair)->spi);
    finding_bool(finding, "silent_host_heard", heard);
    finding_bool(finding, "other_children_answered", other_children);
}

static void one_way_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    (void)event;
    struct heard *directions = one_way_directions(detect);
    if (directions == NULL)
        return;
    for (uint32_t i = 0; i < sadb_count(detect->db); i++) {
        const struct sa *sa = sadb_sa(detect->db, i);
        const struct sa_hot *hot = sadb_hot(detect->db, i);
        int64_t span;
        if (hot->packets < ONE_WAY_PACKETS || sa->src.family == 0 || sa->dst.family == 0 || addr_is_multicast(&sa->dst))
            continue;
        if (__builtin_sub_overflow(hot->last_ns, sa->first_ns, &span) || span < ONE_WAY_SPAN_NS)
            continue;
        if (sa->pair != SADB_NONE &&
            one_way_packets(sadb_sa(detect->db, sa->pair), sadb_hot(detect->db, sa->pair)) != 0)
            continue;
        if (!one_way_answered(directions, sa))
            one_way_found(detect, condition, directions, i, span);
    }
    heard_destroy(directions);
}

static void one_way_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    long long sas = (long long)finding_get(finding, "sas", 1);
    bool other_children = finding_get(finding, "other_children_answered", 0);
    const struct fact *silent = finding_fact(finding, "silent_spi");
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    span_print(finding_get(finding, "span_ns", 0), span);
    words_packets((uint64_t)finding_get(finding, "packets", 0), finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP",
                  text);
    text_printf(text, " went from %s to %s", src, dst);
    if (sas > 1)
        text_printf(text, " on %lld SAs (the first is 0x%08x, %s long)", sas, (uint32_t)finding_get(finding, "spi", 0),
                    span);
    else
        text_printf(text, " on SA 0x%08x in %s", (uint32_t)finding_get(finding, "spi", 0), span);
    if (other_children)
        text_put(text, ", and its other direction");
    else
        text_put(text, ", and none came back");
    if (silent && (other_children || sas == 1))
        text_printf(text,
                    other_children ? ", SA 0x%08x, carried none. "
                                   : ": the SA of the other direction, 0x%08x, carried none. ",
                    (uint32_t)silent->number);
    else
        text_put(text, other_children ? " carried none. " : ". ");
    if (other_children)
        text_printf(text,
                    "Other SAs from %s do carry packets, so the path back works: routing, policy or firewall of this "
                    "one network is the likelier fault. ",
                    dst);
    else if (finding_get(finding, "silent_host_heard", 0))
        text_printf(text, "The capture shows other packets of %s, so it does see what that host sends. ", dst);
    else
        text_printf(text,
                    "The capture shows nothing at all of %s, so it may simply see one direction only: routing that is "
                    "not symmetric, a mirror of one side, or a filter. ",
                    dst);
    text_printf(text,
                "Look at %s first: if its inbound SA counts these packets, the fault is behind it or in what it sends "
                "back; if not, they do not reach it or it drops them. Traffic that needs no answer looks the same.",
                dst);
}

const struct condition condition_one_way = {
    .name = "one-way",
    .title = "IPsec goes one way and nothing comes back",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4301 4.1",
    .meaning = "SAs come in pairs, one for each direction, and here one of the pair carries packets for seconds while "
               "the other carries none. The tunnel is up on both sides and yet does not work. It says that answers are "
               "missing, not why; and where the capture shows no sign of the other host, it may only say where the "
               "capture was made.",
    .causes = one_way_causes,
    .remedies = one_way_remedies,
    .events = 1u << EVENT_CAPTURE_END,
    .decide = one_way_decide,
    .explain = one_way_explain,
};
