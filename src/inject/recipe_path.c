/* recipe_path: what the path does to IPsec packets: fragments, ICMP errors, large packets that vanish. */
#include <string.h>

#include "inject/talk.h"

#define PATH_PIECE 1024u /* bytes of IP payload in a fragment */
#define PATH_GIVE_UP (35 * PLAN_SECOND) /* receivers wait 30 s for the rest */

static void path_large(struct plan *plan, struct plan_sa *sa)
{
    struct seal_shape shape = plan_shape_sized(plan, sa, 1400);
    plan_seal(plan, sa, &shape);
    if (sa->definition.proto != SA_PROTO_ESP || plan->failed)
        return;
    if (sa->definition.encap == ENCAP_UDP)
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, plan->esp.bytes, plan->esp.length);
    else
        plan_ip(plan, &plan->src, &plan->dst, SA_PROTO_ESP, plan->esp.bytes, plan->esp.length);
}

static void fragments_incomplete(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    plan_send(plan, sa, "healthy");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        path_large(plan, sa);
        plan_put_pieces(plan, PATH_PIECE, 1, "the first piece, without the last");
    }
    plan_wait(plan, PATH_GIVE_UP);
    struct seal_shape again = plan_shape(plan, sa);
    again.seq--; /* the number of the packet that was lost: its gap is not the point */
    plan_send_shape(plan, sa, &again, "healthy");
}

static void outer_fragments(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        path_large(plan, sa);
        plan_put_pieces(plan, PATH_PIECE, 2, "a piece of a packet that was too large");
    }
}

/* A way of icmp-error: by type and code, of IPv4 and of IPv6 (type 0: there is none). */
struct path_way {
    const char *name;
    uint8_t type4, code4, type6, code6;
    uint32_t rest;
    bool far_end;          /* it comes from the destination, and not from a router beside the sender */
    bool ike;              /* it answers IKE */
};

static const struct path_way path_ways[] = {
    { "mtu", 3, 4, 2, 0, 1300, false, false },
    { "prohibited", 3, 13, 1, 1, 0, false, false },
    { "protocol-unreachable", 3, 2, 4, 1, 0, true, false },
    { "host-unreachable", 3, 1, 1, 3, 0, false, false },
    { "port-unreachable", 3, 3, 1, 4, 0, true, true },
    { "bad-spi", 40, 0, 0, 0, 0, true, false }, /* RFC 2521, as are the next two */
    { "authentication-failed", 40, 1, 0, 0, 0, true, false },
    { "need-authentication", 40, 4, 0, 0, 0, true, false },
};

static const struct path_way *path_way(const struct plan *plan)
{
    size_t at = 0, last = sizeof path_ways / sizeof path_ways[0] - 1;
    while (at < last && strcmp(path_ways[at].name, plan->recipe->cause) != 0)
        at++;
    return &path_ways[at];
}

/* IKE_SA_INIT, into plan->packet. */
static void path_ike(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hold = true;
    talk_put_init(&talk, talk_group(&talk), 1);
    talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT");
    talk_end(&talk);
}

/* It answers a packet of the plan, the largest part of which it quotes. */
static void icmp_error(struct plan *plan)
{
    const struct path_way *way = path_way(plan);
    bool six = plan->dst.family == 6;
    struct addr from = way->far_end ? plan->dst : plan->src;
    if (!way->far_end)
        from.bytes[six ? 15 : 3] ^= 0x40;
    if (six && way->type6 == 0)
        plan_fail(plan, "IPv6 has no such ICMP message");
    if (way->ike)
        path_ike(plan);
    else
        path_large(plan, plan_sa(plan, PLAN_ANY));
    uint8_t quote[128];
    uint32_t length = plan->packet.length < sizeof quote ? plan->packet.length : (uint32_t)sizeof quote;
    memcpy(quote, plan->packet.bytes, length);
    plan_put(plan, "healthy");
    plan_icmp(plan, &from, &plan->src, six ? way->type6 : way->type4, six ? way->code6 : way->code4, way->rest, quote, length);
    plan_put(plan, "an ICMP error that quotes it");
}

static void size_ceiling(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM), back = definition;
    back.src = definition.dst;
    back.dst = definition.src;
    back.spi ^= 0x11110000;
    plan_keys(plan, &back, 1);
    struct plan_sa *sa = plan_install(plan, &definition), *reply = plan_install(plan, &back);
    for (unsigned i = 0; i < 3; i++) {
        plan_send(plan, sa, "small, there");
        struct seal_shape shape = plan_shape(plan, reply);
        plan_seal(plan, reply, &shape);
        plan_carry(plan, &plan->dst, &plan->src, (enum encap)definition.encap, "small, and back");
    }
    for (unsigned i = 0; i < 5; i++) {
        path_large(plan, sa);
        plan_put(plan, "large, sent again without an answer");
        plan_wait(plan, (int64_t)(300 << i) * PLAN_MS);
    }
}

const struct recipe recipes_path[] = {
    { "fragments-incomplete", NULL, "the first piece of a packet, and never the last", fragments_incomplete, NULL, 0, NULL },
    { "outer-fragments", NULL, "a packet in two pieces", outer_fragments, NULL, 0, NULL },
    { "icmp-error", "mtu", "a packet, and a router's ICMP error that names an MTU of 1300", icmp_error, NULL, RECIPE_WAY, NULL },
    { "icmp-error", "prohibited", "a packet, and a router's ICMP error: administratively prohibited", icmp_error, NULL, RECIPE_WAY, NULL },
    { "icmp-error", "protocol-unreachable", "a packet, and the far end's ICMP error: nothing takes this protocol", icmp_error, NULL, RECIPE_WAY, NULL },
    { "icmp-error", "host-unreachable", "a packet, and a router's ICMP error: nobody is there", icmp_error, NULL, RECIPE_WAY, NULL },
    { "icmp-error", "port-unreachable", "IKE_SA_INIT, and the far end's ICMP error: nobody listens", icmp_error, NULL, RECIPE_OWN_SAS | RECIPE_WAY, NULL },
    { "icmp-error", "bad-spi", "a packet, and the far end's ICMP message Bad SPI (RFC 2521)", icmp_error, NULL, RECIPE_WAY, NULL },
    { "icmp-error", "authentication-failed", "a packet, and the far end's ICMP message Authentication Failed (RFC 2521)", icmp_error, NULL,
      RECIPE_WAY, NULL },
    { "icmp-error", "need-authentication", "a packet, and the far end's ICMP message Need Authentication (RFC 2521)", icmp_error, NULL,
      RECIPE_WAY, NULL },
    { "size-ceiling", NULL, "small packets that are answered and large ones that are sent again and again", size_ceiling, NULL,
      RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "capture-dropped", NULL, NULL, NULL, "the capture file itself says it; no packet does", 0, NULL },
    { "kernel-drop-unseen", NULL, NULL, NULL, "a counter of the kernel shows it, just where no packet does", 0, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
