/* recipe_path: what the path does to IPsec packets: fragments, ICMP errors, large packets that vanish. */
#include <string.h>

#include "inject/plan.h"

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

/* The router beside the sender: it answers packets of the plan with ICMP. */
static void path_icmp(struct plan *plan, uint8_t type, uint8_t code, uint32_t rest)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    struct addr router = plan->src;
    router.bytes[router.family == 4 ? 3 : 15] ^= 0x40;
    path_large(plan, sa);
    uint8_t quote[128];
    uint32_t length = plan->packet.length < sizeof quote ? plan->packet.length : (uint32_t)sizeof quote;
    memcpy(quote, plan->packet.bytes, length);
    plan_put(plan, "healthy");
    plan_icmp(plan, &router, &plan->src, type, code, rest, quote, length);
    plan_put(plan, "an ICMP error that quotes it");
}

static void icmp_mtu(struct plan *plan)
{
    if (plan->dst.family == 4)
        path_icmp(plan, 3, 4, 1300);
    else
        path_icmp(plan, 2, 0, 1300);
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
    { "icmp-error", NULL, "a packet, and a router's ICMP error that names an MTU of 1300", icmp_mtu, NULL, 0, NULL },
    { "size-ceiling", NULL, "small packets that are answered and large ones that are sent again and again", size_ceiling, NULL,
      RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "capture-dropped", NULL, NULL, NULL, "the capture file itself says it; no packet does", 0, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
