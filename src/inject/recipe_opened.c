/* recipe_opened: packets whose ICV is right, and what is wrong or remarkable inside: trailer, mode, padding, cipher. */
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

enum { PROTO_UDP = 17, PROTO_NONE = 59 };

static void opened_send(struct plan *plan, struct plan_sa *sa, const struct seal_shape *shape, const char *what)
{
    struct seal_shape next = *shape;
    for (uint32_t left = plan_count(plan, 1); left > 0; left--, next.seq++)
        plan_send_shape(plan, sa, &next, what);
}

static struct plan_sa *opened_tunnel(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (!plan_is_given(plan))
        definition.mode = SA_MODE_TUNNEL;
    struct plan_sa *sa = plan_install(plan, &definition);
    if (sa->definition.mode != SA_MODE_TUNNEL)
        plan_fail(plan, "it is shown with a tunnel; the SA 0x%08x is none", sa->definition.spi);
    return sa;
}

static void trailer_invalid(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    struct seal_shape shape = plan_shape(plan, sa);
    shape.pad_claimed = true;
    shape.pad_claim = 255;
    opened_send(plan, sa, &shape, "with more padding than there are bytes");
}

static void dummy(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    struct seal_shape shape = plan_shape(plan, sa);
    shape.next = PROTO_NONE;
    opened_send(plan, sa, &shape, "with next header 59");
}

static void inner_invalid(struct plan *plan)
{
    struct plan_sa *sa = opened_tunnel(plan);
    struct seal_shape shape = plan_shape(plan, sa);
    shape.next = PROTO_UDP;
    opened_send(plan, sa, &shape, "with next header 17 in a tunnel");
}

static void inner_damaged(struct plan *plan)
{
    struct plan_sa *sa = opened_tunnel(plan);
    struct seal_shape shape = plan_shape(plan, sa);
    plan->content.bytes[plan_inner(plan, true).family == 4 ? 10 : 6] ^= 0x55; /* IPv4: the header checksum */
    if (plan_inner(plan, true).family != 4)
        plan_fail(plan, "it is shown with IPv4 inside");
    opened_send(plan, sa, &shape, "with a wrong header checksum inside");
}

static void padding_wrong(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    struct seal_shape shape = plan_shape(plan, sa);
    shape.pad_zero = true;
    opened_send(plan, sa, &shape, "with padding of zeros");
}

static void tfc_padding(struct plan *plan)
{
    struct plan_sa *sa = opened_tunnel(plan);
    struct seal_shape shape = plan_shape(plan, sa);
    shape.tfc = 200;
    opened_send(plan, sa, &shape, "with 200 bytes behind the packet inside");
}

static void inner_fragments(struct plan *plan)
{
    struct plan_sa *sa = opened_tunnel(plan);
    struct addr src = plan_inner(plan, true), dst = plan_inner(plan, false);
    uint8_t payload[256] = { 0x13, 0x88, 0x27, 0x0f, 1, 0, 0, 0 }; /* UDP without a checksum */
    for (unsigned at = 0; at < sizeof payload && !plan->failed; at += 128) {
        struct error error;
        struct net_ip ip = { .src = src, .dst = dst, .proto = PROTO_UDP, .ttl = 64, .id = 77, .fragment = (uint16_t)(at / 8 | (at == 0 ? NET_MF : 0)) };
        if (src.family != 4)
            plan_fail(plan, "it is shown with IPv4 inside");
        else if (!net_build_ip(plan->net, &ip, payload + at, 128, &plan->packet, &error))
            plan_fail(plan, "%s", error.message);
        if (plan->failed)
            return;
        memcpy(plan->content.bytes, plan->packet.bytes, plan->packet.length);
        struct seal_shape shape = { .spi = sa->definition.spi, .seq = sa->seq++, .content = plan->content.bytes, .length = plan->packet.length, .next = 4 };
        plan_send_shape(plan, sa, &shape, "with a fragment inside");
    }
}

static void nonce_reused(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_GCM);
    for (uint32_t left = plan_count(plan, 1) + 1; left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        shape.iv_set = true;
        shape.iv = 1;
        plan_send_shape(plan, sa, &shape, "with the same IV");
    }
}

static void null_encryption(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_NULL);
    plan_send(plan, sa, "not encrypted");
}

static void no_integrity(struct plan *plan)
{
    static const char none[] = "NONE";
    struct sa_definition definition = plan_define(plan, PLAN_BARE);
    if (!plan_is_given(plan))
        definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, none, sizeof none - 1, 0);
    struct plan_sa *sa = plan_install(plan, &definition);
    plan_send(plan, sa, "without an ICV");
}

static void replay_off(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (!plan_is_given(plan))
        definition.window = 0;
    else if (!definition.window_known || definition.window != 0)
        plan_fail(plan, "the SA 0x%08x has a window", definition.spi);
    struct plan_sa *sa = plan_install(plan, &definition);
    plan_send(plan, sa, "healthy");
}

static void esp_null_guess(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_NULL);
    struct plan_sa *sa = plan_sender(plan, &definition);
    for (uint32_t i = 0; i < plan_count(plan, 20); i++) {
        struct seal_shape shape = plan_shape_sized(plan, sa, 24 + i);
        plan_send_shape(plan, sa, &shape, "not encrypted, on an SA that no file has");
    }
}

const struct recipe recipes_opened[] = {
    { "trailer-invalid", NULL, "a packet that claims more padding than it has bytes", trailer_invalid, NULL, RECIPE_ESP, NULL },
    { "dummy", NULL, "a packet with next header 59", dummy, NULL, RECIPE_ESP, NULL },
    { "inner-invalid", NULL, "a tunnel packet whose next header is UDP", inner_invalid, NULL, 0, NULL },
    { "inner-damaged", NULL, "a tunnel packet with a wrong header checksum inside", inner_damaged, NULL, RECIPE_ESP, NULL },
    { "padding-wrong", NULL, "a packet with padding of zeros", padding_wrong, NULL, RECIPE_ESP, NULL },
    { "tfc-padding", NULL, "a tunnel packet with bytes behind what it carries", tfc_padding, NULL, RECIPE_ESP, NULL },
    { "inner-fragments", NULL, "a datagram in two pieces, each in a tunnel packet", inner_fragments, NULL, RECIPE_ESP, NULL },
    { "nonce-reused", NULL, "two packets with one IV", nonce_reused, NULL, RECIPE_ESP, NULL },
    { "null-encryption", NULL, "a packet of an SA with NULL encryption", null_encryption, NULL, RECIPE_ESP, NULL },
    { "no-integrity", NULL, "a packet of an SA without integrity protection", no_integrity, NULL, RECIPE_ESP, NULL },
    { "replay-off", NULL, "a packet of an SA whose window is 0", replay_off, NULL, 0, NULL },
    { "esp-null-guess", NULL, "packets without encryption on an SA that no file has", esp_null_guess, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
