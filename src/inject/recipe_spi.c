/* recipe_spi: packets for which the receiver has no SA, for each of the reasons, and those that come too early or too late for theirs. */
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

#define SPI_OTHER 0x5ac3f00fu /* far from any SPI that a plan uses: more than a bit, and no byte order */

/* An SPI that was asked for, although the packets are sealed with an SA of another. */
static bool spi_is_asked(const struct plan *plan)
{
    return plan->request->spi_given && plan_is_given(plan) && plan->request->sa->spi != plan->request->spi;
}

/* The SA of the pair, so that the receiver's table is known there; the packets' SPI is another. */
static struct sa_definition spi_beside(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    struct sa_definition beside = definition;
    beside.spi = definition.spi ^ SPI_OTHER;
    plan_keys(plan, &beside, 1);
    plan_install(plan, &beside);
    return definition;
}

static void spi_send(struct plan *plan, const struct sa_definition *definition, const char *what)
{
    struct plan_sa *sa = plan_sender(plan, definition);
    for (uint32_t left = plan_count(plan, 3); left > 0; left--)
        plan_send(plan, sa, what);
}

static void spi_unexplained(struct plan *plan)
{
    if (plan_is_given(plan)) {
        struct sa_definition definition = plan_define(plan, PLAN_ANY);
        definition.spi = spi_is_asked(plan) ? plan->spi : definition.spi ^ SPI_OTHER;
        spi_send(plan, &definition, "on an SPI that no SA has");
        return;
    }
    struct sa_definition definition = spi_beside(plan);
    spi_send(plan, &definition, "on an SPI that no SA has");
}

static void spi_fixed(struct plan *plan, uint32_t spi, const char *what)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (!plan_is_given(plan))
        definition = spi_beside(plan);
    definition.spi = spi;
    spi_send(plan, &definition, what);
}

static void spi_zero(struct plan *plan)
{
    if (plan->request->encap == ENCAP_UDP || (plan_is_given(plan) && plan->request->sa->encap == ENCAP_UDP))
        plan_fail(plan, "in UDP an SPI of 0 is the marker of IKE");
    spi_fixed(plan, 0, "on SPI 0, which may not be on the wire");
}

static void spi_reserved(struct plan *plan)
{
    spi_fixed(plan, plan->request->spi_given && plan->request->spi < 256 && plan->request->spi != 0 ? plan->request->spi : 7,
              "on an SPI of the reserved range");
}

static void spi_opposite(struct plan *plan)
{
    struct sa_definition definition = spi_beside(plan), back = definition;
    back.src = definition.dst;
    back.dst = definition.src;
    plan_install(plan, &back);
    spi_send(plan, &definition, "on the SPI of the SA that goes the other way");
}

static void spi_elsewhere(struct plan *plan, enum encap encap, const char *what)
{
    struct sa_definition definition = spi_beside(plan);
    definition.encap = (uint8_t)encap;
    definition.encap_sport = definition.encap_dport = encap == ENCAP_UDP ? 4500 : 0;
    struct sa_definition there = definition;
    there.dst.addr = plan->other;
    plan_install(plan, &there);
    spi_send(plan, &definition, what);
}

static void spi_other_destination(struct plan *plan)
{
    spi_elsewhere(plan, ENCAP_NONE, "on the SPI of an SA to another host");
}

static void spi_nat(struct plan *plan)
{
    spi_elsewhere(plan, ENCAP_UDP, "on the SPI of an encapsulated SA to another address");
}

static void spi_other_protocol(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), other = plan_define(plan, definition.proto == SA_PROTO_AH ? PLAN_GCM : PLAN_AH);
    if (definition.proto == SA_PROTO_AH) {
        other.proto = SA_PROTO_ESP;
        other.mode = SA_MODE_TUNNEL;
    }
    struct sa_definition beside = definition;
    beside.spi ^= SPI_OTHER;
    plan_install(plan, &beside);
    plan_install(plan, &other);
    spi_send(plan, &definition, "on the SPI of an SA of the other protocol");
}

static void spi_other_family(struct plan *plan)
{
    static const uint8_t here[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, there[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };
    static const uint8_t here4[4] = { 192, 0, 2, 1 }, there4[4] = { 198, 51, 100, 2 };
    struct sa_definition definition = spi_beside(plan), other = definition;
    bool six = plan->dst.family == 4;
    other.src = (struct prefix){ six ? addr_ip6(here) : addr_ip4(here4), six ? 128 : 32 };
    other.dst = (struct prefix){ six ? addr_ip6(there) : addr_ip4(there4), six ? 128 : 32 };
    plan_install(plan, &other);
    spi_send(plan, &definition, "on the SPI of an SA between addresses of the other IP version");
}

/* `near` is what the packets' SPI nearly is, or what it becomes where the SA was given. */
static void spi_nearly(struct plan *plan, uint32_t near, const char *what)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), receiver = definition;
    if (!plan_is_given(plan)) {
        receiver.spi = near;
        plan_install(plan, &receiver);
    }
    definition.spi = plan_is_given(plan) && !spi_is_asked(plan) ? near : plan->spi;
    spi_send(plan, &definition, what);
}

static void spi_swapped(struct plan *plan)
{
    spi_nearly(plan, __builtin_bswap32(plan->spi), "on the SPI with its bytes in the other order");
}

static void spi_one_bit(struct plan *plan)
{
    spi_nearly(plan, plan->spi ^ 1u << 21, "on the SPI with one bit changed");
}

static void spi_ended(struct plan *plan, enum sa_event event, const char *what)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    struct plan_sa *sa = plan_sender(plan, &definition);
    uint64_t shown = plan_lead(plan, sa, 1);
    plan_history(plan, SA_EVENT_ADD, &definition, PLAN_START - PLAN_SECOND);
    plan_send(plan, sa, "while the SA is there");
    plan_wait(plan, PLAN_SECOND);
    plan_history(plan, event, &definition, plan->now_ns);
    plan_wait(plan, 5 * PLAN_SECOND);
    sa->seq = shown;
    for (uint32_t left = plan_count(plan, 3); left > 0; left--)
        plan_send(plan, sa, what);
}

static void spi_deleted(struct plan *plan)
{
    spi_ended(plan, SA_EVENT_DELETE, "after the SA was deleted");
}

static void spi_expired(struct plan *plan)
{
    spi_ended(plan, SA_EVENT_EXPIRE_HARD, "after the SA expired");
}

static void spi_early(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    spi_send(plan, &definition, "before the SA is installed");
    plan_wait(plan, PLAN_SECOND);
    plan_history(plan, SA_EVENT_ADD, &definition, plan->now_ns);
    plan_wait(plan, PLAN_SECOND);
    plan_send(plan, &plan->sas[0], "once it is there");
}

/* The first eight bytes of what is taken for ESP, where they were asked for. */
static void spi_front(const struct plan *plan, void *bytes)
{
    if (plan->request->spi_given)
        bytes_put32(bytes, plan->spi);
    if (plan->request->seq_given)
        bytes_put32((uint8_t *)bytes + 4, plan->request->seq);
}

static void spi_not_ipsec(struct plan *plan)
{
    char sip[] = "OPTIONS sip:100@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060\r\nMax-Forwards: 70\r\n"
                              "To: <sip:100@example.com>\r\nFrom: <sip:1@example.com>;tag=1\r\nCall-ID: 1@example.com\r\nCSeq: 1 OPTIONS\r\n"
                              "Content-Length: 0\r\n\r\n";
    spi_front(plan, sip);
    for (unsigned i = 0; i < 8; i++)
        if ((sip[i] < 0x20 || sip[i] > 0x7e) && !memchr("\r\n\t", sip[i], 3))
            plan_fail(plan, "it is shown with text, and SPI and sequence number are its first eight bytes: those that were asked for are no text");
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        plan_udp(plan, &plan->src, &plan->dst, 5060, 4500, sip, sizeof sip - 1);
        plan_put(plan, "SIP on the port of encapsulated ESP");
    }
}

static void spi_ike(struct plan *plan)
{
    /* an INFORMATIONAL request of IKEv2 with one empty notify */
    uint8_t ike[] = { 0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x20, 0x22, 0x08, 0, 0, 0, 0,
                      0, 0, 0, 0x24, 0, 0, 0, 8, 0, 0, 0x40, 0x16 };
    spi_front(plan, ike);
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        plan_udp(plan, &plan->src, &plan->dst, 4500, 4500, ike, sizeof ike);
        plan_put(plan, "IKE without its non-ESP marker");
    }
}

static void not_ready(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), larval = definition;
    larval.state = SA_STATE_LARVAL;
    larval.window = 0;
    plan_history(plan, SA_EVENT_DEFINE, &larval, larval.added_ns);
    spi_send(plan, &definition, "on an SPI that is only reserved");
}

static void wrong_encapsulation(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_GCM);
    bool udp = sa->definition.encap == ENCAP_UDP;
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        plan_carry(plan, &plan->src, &plan->dst, udp ? ENCAP_NONE : ENCAP_UDP, udp ? "without UDP" : "inside UDP");
    }
}

static void reserved_spi(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    definition.spi = plan->request->spi_given && plan->request->spi < 256 && plan->request->spi != 0 ? plan->request->spi : 7;
    struct plan_sa *sa = plan_install(plan, &definition);
    plan_send(plan, sa, "on an SA with an SPI of the reserved range");
}

const struct recipe recipes_spi[] = {
    { "unknown-spi", "unexplained", "packets on an SPI that nothing in the receiver's table resembles", spi_unexplained, NULL, 0, NULL },
    { "unknown-spi", "not-ipsec", "SIP on UDP port 4500", spi_not_ipsec, NULL, RECIPE_OWN_SAS | RECIPE_RECEIVER | RECIPE_ESP, NULL },
    { "unknown-spi", "ike-without-marker", "IKE on UDP port 4500 without its four zero bytes", spi_ike, NULL,
      RECIPE_OWN_SAS | RECIPE_RECEIVER | RECIPE_ESP, NULL },
    { "unknown-spi", "zero-spi", "packets on SPI 0", spi_zero, NULL, 0, NULL },
    { "unknown-spi", "reserved-spi", "packets on an SPI below 256, with no such SA", spi_reserved, NULL, 0, NULL },
    { "unknown-spi", "opposite-direction", "packets on the SPI of the SA the other way", spi_opposite, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "other-destination", "packets on the SPI of an SA to another host", spi_other_destination, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "nat-rebinding", "UDP-encapsulated packets on the SPI of an SA to another address", spi_nat, NULL,
      RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "unknown-spi", "other-protocol", "packets on the SPI of an SA of the other protocol", spi_other_protocol, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "other-family", "packets on the SPI of an SA of the other IP version", spi_other_family, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "byte-swapped", "packets on the SPI in the other byte order", spi_swapped, NULL, 0, NULL },
    { "unknown-spi", "one-bit", "packets on the SPI with one bit changed", spi_one_bit, NULL, 0, NULL },
    { "unknown-spi", "sa-deleted", "packets six seconds after a history shows the SA deleted", spi_deleted, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "sa-expired", "packets six seconds after a history shows the SA expired", spi_expired, NULL, RECIPE_OWN_SAS, NULL },
    { "unknown-spi", "sa-not-yet-added", "packets a second before a history shows the SA installed", spi_early, NULL, RECIPE_OWN_SAS, NULL },
    { "ike-without-marker", NULL, "IKE on UDP port 4500 without its four zero bytes", spi_ike, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "not-ready", NULL, "packets on an SPI that the receiver has only reserved", not_ready, NULL, RECIPE_OWN_SAS, NULL },
    { "wrong-encapsulation", NULL, "packets in UDP for an SA without, or the reverse", wrong_encapsulation, NULL, RECIPE_ESP, NULL },
    { "reserved-spi", NULL, "a healthy packet of an SA with an SPI below 256", reserved_spi, NULL, RECIPE_OWN_SAS, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
