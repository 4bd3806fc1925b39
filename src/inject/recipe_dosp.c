/* recipe_dosp: what IPsec DoS Protection refuses, with the settings of the box that does. */
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

enum { PROTOCOL_ESP = 50, ICMP6_ECHO = 128, ESP_BYTES = 60, IKE_BYTES = 28 };

static const struct addr dosp_outside = { { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 6 };
static const struct addr dosp_inside = { { 0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 }, 6 };
static const struct addr dosp_group = { { 0xff, 0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x13, 0x37 }, 6 };

/* The box: src is outside of it, dst and the host beside dst are inside. Addresses of the documentation (RFC 3849) unless some were asked for. */
static void dosp_box(struct plan *plan, const char *settings)
{
    char dst[ADDR_TEXT_MAX], other[ADDR_TEXT_MAX];
    bool asked = plan->request->src.family || plan->request->dst.family;
    if (plan->src.family != 6 && asked) {
        plan_fail(plan, "IPsec DoS Protection keeps state of IPv6 alone: ask for IPv6 addresses");
        return;
    }
    if (!asked) {
        plan->src = dosp_outside;
        plan->dst = dosp_inside;
        plan->other = dosp_inside;
        plan->other.bytes[15] = 3;
    }
    addr_print(&plan->dst, dst);
    addr_print(&plan->other, other);
    text_printf(&plan->policy_text, "Name                 : edge\n%sInternalPrefix       : %s\nInternalPrefix       : %s\n", settings, dst, other);
}

static void dosp_esp(struct plan *plan, const struct addr *src, const struct addr *dst, const char *what)
{
    uint8_t bytes[ESP_BYTES];
    for (unsigned i = 0; i < ESP_BYTES; i++)
        bytes[i] = (uint8_t)(i * 167 + 29); /* as good as any ciphertext to a box without keys */
    bytes_put32(bytes, plan->spi ^ dst->bytes[15]);
    bytes_put32(bytes + 4, (uint32_t)plan->packet_count + 1);
    plan_ip(plan, src, dst, PROTOCOL_ESP, bytes, sizeof bytes);
    plan_put(plan, what);
}

/* The header of IKE_SA_INIT (RFC 7296 3.1): all that the box reads. */
static void dosp_ike(struct plan *plan, const struct addr *dst, const char *what)
{
    uint8_t bytes[IKE_BYTES] = { 0x65, 0x73, 0x70, 0x6c, 0x61, 0x69, 0x6e, dst->bytes[15] };
    bytes[17] = 0x20;
    bytes[18] = 34;
    bytes[19] = 0x08;
    bytes_put32(bytes + 24, sizeof bytes);
    plan_udp(plan, &plan->src, dst, 500, 500, bytes, sizeof bytes);
    plan_put(plan, what);
}

static void state_never(struct plan *plan)
{
    dosp_box(plan, "EnabledKeyingModules : IkeV2\n");
    dosp_ike(plan, &plan->dst, "that begins a negotiation");
    for (uint32_t left = plan_count(plan, 2); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "without a state entry");
}

static void state_idle(struct plan *plan)
{
    dosp_box(plan, "EnabledKeyingModules : IkeV2\n");
    dosp_esp(plan, &plan->dst, &plan->src, "from inside, which makes the entry");
    plan_wait(plan, 400 * PLAN_SECOND);
    for (uint32_t left = plan_count(plan, 2); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "whose entry went idle");
}

static void state_refused(struct plan *plan)
{
    struct addr early = dosp_outside;
    early.bytes[15] = 99;
    dosp_box(plan, "MaxStateEntries      : 1\n");
    dosp_esp(plan, &plan->dst, &early, "from inside, which takes the only entry");
    dosp_esp(plan, &plan->dst, &plan->src, "from inside, for which there is no room");
    for (uint32_t left = plan_count(plan, 2); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "whose entry was refused");
}

static void table_full(struct plan *plan)
{
    struct addr early = dosp_outside;
    early.bytes[15] = 99;
    if (plan->request->src.family || plan->request->dst.family) { /* the packets that were asked for come from inside */
        struct addr inside = plan->src;
        plan->src = plan->dst;
        plan->dst = inside;
    }
    dosp_box(plan, "MaxStateEntries      : 1\n");
    dosp_esp(plan, &plan->dst, &early, "from inside, which takes the only entry");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        dosp_esp(plan, &plan->dst, &plan->src, "from inside, for which there is no room");
}

static void state_other(struct plan *plan)
{
    dosp_box(plan, "EnabledKeyingModules : IkeV2\n");
    dosp_ike(plan, &plan->dst, "that begins a negotiation");
    dosp_esp(plan, &plan->other, &plan->src, "from another internal address");
    for (uint32_t left = plan_count(plan, 2); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "to the address that was asked");
}

static void state_late(struct plan *plan)
{
    dosp_box(plan, "");
    for (uint32_t left = plan_count(plan, 2); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "of a talk that began before the capture");
}

static void keying_module(struct plan *plan)
{
    dosp_box(plan, "EnabledKeyingModules : AuthIP\n");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        dosp_ike(plan, &plan->dst, "of IKEv2, which is not allowed");
}

static void queues_full(struct plan *plan)
{
    dosp_box(plan, "EnabledKeyingModules : IkeV2\nMaxPerIPRateLimitQueues : 1\n");
    dosp_ike(plan, &plan->other, "that takes the only queue");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        dosp_ike(plan, &plan->dst, "for which there is no queue");
}

static void blocked(struct plan *plan)
{
    dosp_box(plan, "FilteringFlags       : FilterBlock\n");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        dosp_esp(plan, &plan->src, &plan->dst, "that a filter blocks");
}

static void multicast(struct plan *plan)
{
    dosp_box(plan, "");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        dosp_esp(plan, &plan->src, addr_is_multicast(&plan->dst) ? &plan->dst : &dosp_group, "to a group");
}

static void malformed(struct plan *plan)
{
    static const uint8_t bytes[4] = { 0xc1, 0xa5, 0x5e, 0x01 };
    dosp_box(plan, "");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        plan_ip(plan, &plan->src, &plan->dst, PROTOCOL_ESP, bytes, sizeof bytes);
        plan_put(plan, "that ends inside the ESP header");
    }
}

static void rate_limit(struct plan *plan)
{
    static const uint8_t bytes[52];
    dosp_box(plan, "IcmpV6RateLimitBytesPerSec : 100\n");
    plan_icmp(plan, &plan->src, &plan->dst, ICMP6_ECHO, 0, 0x10001, bytes, sizeof bytes); /* 100 bytes in all */
    plan_put(plan, "that takes the whole allowance");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        plan_icmp(plan, &plan->src, &plan->dst, ICMP6_ECHO, 0, 0x10002, bytes, sizeof bytes);
        plan_put(plan, "beyond the allowance");
    }
}

static void default_block(struct plan *plan)
{
    static const uint8_t bytes[8] = { 'e', 's', 'p', 'l', 'a', 'i', 'n', '.' };
    dosp_box(plan, "");
    for (uint32_t left = plan_count(plan, 1); left > 0; left--) {
        plan_udp(plan, &plan->src, &plan->dst, 40000, 40001, bytes, sizeof bytes);
        plan_put(plan, "that is no IPsec");
    }
}

#define BOX (RECIPE_OWN_SAS | RECIPE_ESP) /* no SA takes part */

const struct recipe recipes_dosp[] = {
    { "dosp-no-state", "no-outbound-ipsec", "ESP for an internal host that never answered", state_never, NULL, BOX, NULL },
    { "dosp-no-state", "entry-idle", "ESP of a pair that was silent for 400 seconds", state_idle, NULL, BOX, NULL },
    { "dosp-no-state", "entry-refused", "ESP of a pair for which the table had no room", state_refused, NULL, BOX, "dosp-table-full" },
    { "dosp-no-state", "answer-from-other-address", "ESP to an internal address whose answers come from another", state_other, NULL, BOX, NULL },
    { "dosp-no-state", "capture-started-late", "ESP of a pair that the capture meets in mid-talk", state_late, NULL, BOX, NULL },
    { "dosp-keying-module", NULL, "IKEv2 to a box that allows AuthIP alone", keying_module, NULL, BOX, NULL },
    { "dosp-table-full", NULL, "a second pair where one entry is allowed", table_full, NULL, BOX, NULL },
    { "dosp-queues-full", NULL, "a second internal host where one queue is allowed", queues_full, NULL, BOX, NULL },
    { "dosp-blocked", NULL, "ESP that a filter blocks", blocked, NULL, BOX, NULL },
    { "dosp-multicast", NULL, "ESP to a multicast address", multicast, NULL, BOX, NULL },
    { "dosp-malformed", NULL, "ESP that ends inside its header", malformed, NULL, BOX | RECIPE_MALFORMED, "header-invalid" },
    { "dosp-rate-limit", NULL, "ICMPv6 beyond its bytes a second", rate_limit, NULL, BOX, NULL },
    { "dosp-default-block", NULL, "UDP that is neither IPsec nor exempt", default_block, NULL, BOX, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
