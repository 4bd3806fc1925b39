/* recipe_malformed: headers and sizes that are wrong in front of the keys. */
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

enum { ESP_HEADER = 8, IP4_HEADER = 20, IP6_HEADER = 40, AH_FIXED = 12 };

static uint32_t malformed_header(const struct plan *plan)
{
    return plan->dst.family == 4 ? IP4_HEADER : IP6_HEADER;
}

/* plan->packet shortened to `length` bytes, with a header that says so. */
static void malformed_cut(struct plan *plan, uint32_t length)
{
    if (plan->failed)
        return;
    plan->packet.length = length;
    if (plan->dst.family == 4) {
        bytes_put16(plan->packet.bytes + 2, (uint16_t)length);
        plan_sum(plan);
    } else {
        bytes_put16(plan->packet.bytes + 4, (uint16_t)(length - IP6_HEADER));
    }
}

static void header_short(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint8_t bytes[ESP_HEADER];
    bytes_put32(bytes, sa->definition.spi);
    bytes_put32(bytes + 4, 1);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        plan_ip(plan, &plan->src, &plan->dst, sa->definition.proto, bytes, 6);
        plan_put(plan, "that ends inside the header");
    }
}

static void header_ah(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_AH);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        plan->packet.bytes[malformed_header(plan) + 1] = 0; /* 8 bytes, less than the fixed header */
        plan_put(plan, "with an impossible length field");
    }
}

static void too_short(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    bool ah = sa->definition.proto == SA_PROTO_AH;
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        if (ah) { /* the ICV of another algorithm: four bytes longer, whatever they hold */
            uint32_t at = malformed_header(plan);
            memmove(plan->packet.bytes + at + AH_FIXED + 4, plan->packet.bytes + at + AH_FIXED, plan->packet.length - at - AH_FIXED);
            plan->packet.bytes[at + 1]++;
            malformed_cut(plan, plan->packet.length + 4);
            plan_put(plan, "with an ICV of another size");
        } else {
            plan->esp.length = ESP_HEADER + 4;
            plan_carry_sa(plan, sa, "without room for IV, trailer and ICV");
        }
    }
}

static void misaligned(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_CBC);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        plan->esp.length -= 3;
        plan_carry_sa(plan, sa, "three bytes short of a whole block");
    }
}

static void nat_t_short(struct plan *plan)
{
    static const uint8_t bytes[6] = { 0xc1, 0xa5, 0x5e, 0x01, 0, 1 };
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, bytes, sizeof bytes);
        plan_put(plan, "too short to be ESP in UDP");
    }
}

static void nat_keepalive(struct plan *plan)
{
    static const uint8_t keepalive = 0xff;
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, &keepalive, 1);
        plan_put(plan, "a NAT keepalive");
        plan_wait(plan, 20 * PLAN_SECOND);
    }
}

static void udp_length(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_GCM);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, plan->esp.bytes, plan->esp.length);
        bytes_put16(plan->packet.bytes + malformed_header(plan) + 4, 4000);
        plan_put(plan, "with a UDP length beyond the packet");
    }
}

static void checksum_udp(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM);
    if (!plan_is_given(plan)) {
        definition.encap = ENCAP_UDP;
        definition.encap_sport = definition.encap_dport = 4500;
    }
    if (definition.encap != ENCAP_UDP)
        plan_fail(plan, "the SA 0x%08x is not UDP-encapsulated, so it has no UDP checksum", definition.spi);
    struct plan_sa *sa = plan_install(plan, &definition);
    for (unsigned i = 0; i < 8; i++) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, plan->esp.bytes, plan->esp.length);
        if (i == 5)
            plan->packet.bytes[malformed_header(plan) + 6] ^= 0x10;
        plan_put(plan, i == 5 ? "with a wrong UDP checksum" : "healthy");
    }
}

static void checksum_ip(struct plan *plan)
{
    if (plan->dst.family != 4)
        plan_fail(plan, "IPv6 headers have no checksum");
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    for (unsigned i = 0; i < 8; i++) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_send_shape(plan, sa, &shape, i == 5 ? "with a wrong IP checksum" : "healthy");
        if (i == 5 && !plan->failed && plan->packet_count > 0)
            plan->packets[plan->packet_count - 1].bytes[10] ^= 0x10;
    }
}

static void packet_damaged(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    struct seal_shape shape = plan_shape(plan, sa);
    plan_seal(plan, sa, &shape);
    if (sa->definition.proto == SA_PROTO_ESP)
        plan_ip(plan, &plan->src, &plan->dst, SA_PROTO_ESP, plan->esp.bytes, plan->esp.length);
    if (plan->dst.family == 4) {
        plan->packet.bytes[0] = 0x43; /* 12 bytes of header, less than any has */
        bytes_put16(plan->packet.bytes + 2, 16);
    } else {
        plan->packet.bytes[6] = 0;    /* hop-by-hop options, which the ESP header is not */
        plan->packet.bytes[IP6_HEADER + 1] = 0xff;
    }
    plan_put(plan, "with an impossible IP header");
}

const struct recipe recipes_malformed[] = {
    { "header-invalid", NULL, "a packet that ends before its SPI and sequence number do", header_short, NULL, RECIPE_MALFORMED, NULL },
    { "header-invalid", NULL, "AH with an impossible length field", header_ah, NULL, RECIPE_MALFORMED | RECIPE_AH, NULL },
    { "too-short", NULL, "a packet without room for IV, trailer and ICV; AH with an ICV of another size", too_short, NULL, RECIPE_MALFORMED, NULL },
    { "misaligned", NULL, "ciphertext that is no whole number of blocks", misaligned, NULL, RECIPE_MALFORMED | RECIPE_ESP, NULL },
    { "nat-t-short", NULL, "six bytes on UDP port 4500", nat_t_short, "the datagram goes to the IKE daemon and meets no counter", RECIPE_OWN_SAS | RECIPE_MALFORMED | RECIPE_ESP, NULL },
    { "nat-keepalive", NULL, "one byte 0xff on UDP port 4500, every 20 seconds", nat_keepalive, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "udp-length", NULL, "ESP in UDP whose length field is larger than the packet", udp_length, NULL, RECIPE_MALFORMED | RECIPE_ESP, NULL },
    { "checksum-wrong", "udp-checksum", "one wrong UDP checksum among right ones", checksum_udp, NULL, RECIPE_MALFORMED | RECIPE_ESP, NULL },
    { "checksum-wrong", "ip-checksum", "one wrong IPv4 header checksum among right ones", checksum_ip, NULL, RECIPE_MALFORMED, NULL },
    { "packet-damaged", NULL, "an IP header that is impossible", packet_damaged, NULL, RECIPE_MALFORMED, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
