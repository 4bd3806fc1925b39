/* xfrm_policies: a selector and a policy with its templates, as the kernel writes them. */
#include <linux/xfrm.h>
#include <string.h>

#include "base/bytes.h"
#include "kernel/xfrm_message.h"

static struct prefix policies_prefix(const void *bytes, uint16_t family, uint8_t bits)
{
    struct prefix prefix = xfrm_host(bytes, family);
    if (bits < prefix.bits)
        prefix.bits = bits;
    for (unsigned bit = prefix.bits; bit < 128; bit++) /* what lies behind the prefix means nothing */
        prefix.addr.bytes[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
    return prefix;
}

/* The kernel masks ports; masks of leading ones are ranges, and no tool makes others. */
static void policies_ports(const void *port_be, const void *mask_be, uint16_t *low, uint16_t *high)
{
    uint16_t port = bytes_get16(port_be), mask = bytes_get16(mask_be);
    *low = port & mask;
    *high = (uint16_t)(*low | (uint16_t)~mask);
}

void xfrm_selector_read(const void *bytes, uint16_t family, struct selector *selector)
{
    struct xfrm_selector from;
    memcpy(&from, bytes, sizeof from);
    if (from.family != 0)
        family = from.family;
    selector->src = policies_prefix(&from.saddr, family, from.prefixlen_s);
    selector->dst = policies_prefix(&from.daddr, family, from.prefixlen_d);
    selector->proto = from.proto;
    policies_ports(&from.sport, &from.sport_mask, &selector->sport_low, &selector->sport_high);
    policies_ports(&from.dport, &from.dport_mask, &selector->dport_low, &selector->dport_high);
}

static uint8_t policies_mode(uint8_t mode)
{
    return mode == XFRM_MODE_TRANSPORT ? SA_MODE_TRANSPORT : mode == XFRM_MODE_TUNNEL ? SA_MODE_TUNNEL
                                                         : mode == XFRM_MODE_BEET ? SA_MODE_BEET : SA_MODE_UNKNOWN;
}

static void policies_templates(const struct xfrm_attribute *attribute, struct policy *policy)
{
    struct xfrm_user_tmpl from;
    for (uint32_t at = 0; attribute->length - at >= sizeof from && policy->templates < POLICY_TEMPLATE_MAX; at += sizeof from) {
        memcpy(&from, attribute->bytes + at, sizeof from);
        struct policy_template *template = &policy->template[policy->templates++];
        template->src = xfrm_addr(&from.saddr, from.family);
        template->dst = xfrm_addr(&from.id.daddr, from.family);
        template->proto = from.id.proto;
        template->spi = __builtin_bswap32(from.id.spi);
        template->mode = policies_mode(from.mode);
        template->reqid = from.reqid;
        template->optional = from.optional != 0;
    }
}

bool xfrm_policy_read(const uint8_t *bytes, uint32_t length, const uint8_t *attributes, uint32_t attributes_length, struct policy *policy)
{
    struct xfrm_userpolicy_info from;
    struct xfrm_attribute attribute;
    bool damaged = false;
    uint32_t at = 0;
    if (length < sizeof from)
        return false;
    memcpy(&from, bytes, sizeof from);
    xfrm_selector_read(&from.sel, 0, &policy->selector);
    /* directions from 3 on are those of sockets' own policies */
    policy->socket = from.dir >= XFRM_POLICY_MAX;
    policy->direction = from.dir % 3 == XFRM_POLICY_IN ? POLICY_IN : from.dir % 3 == XFRM_POLICY_OUT ? POLICY_OUT : POLICY_FWD;
    policy->block = from.action == XFRM_POLICY_BLOCK;
    policy->priority = from.priority;
    policy->index = from.index;
    while (xfrm_attribute_next(attributes, attributes_length, &at, &attribute, &damaged)) {
        if (attribute.type == XFRMA_TMPL) {
            policies_templates(&attribute, policy);
        } else if (attribute.type == XFRMA_MARK && attribute.length >= sizeof(struct xfrm_mark)) {
            struct xfrm_mark mark;
            memcpy(&mark, attribute.bytes, sizeof mark);
            policy->mark = mark.v;
            policy->mark_mask = mark.m;
        } else if (attribute.type == XFRMA_IF_ID && attribute.length >= sizeof policy->if_id) {
            memcpy(&policy->if_id, attribute.bytes, sizeof policy->if_id);
        }
    }
    return !damaged;
}
