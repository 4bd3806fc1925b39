/* sending: destinations, sizes and times of a plan's packets. */
#include "inject/sending.h"

static struct addr sending_addr(const struct plan_packet *packet, unsigned ip4_at, unsigned ip6_at)
{
    if (packet->length >= ip4_at + 4 && packet->bytes[0] >> 4 == 4)
        return addr_ip4(packet->bytes + ip4_at);
    if (packet->length >= ip6_at + 16 && packet->bytes[0] >> 4 == 6)
        return addr_ip6(packet->bytes + ip6_at);
    return (struct addr){ 0 };
}

struct addr sending_source(const struct plan_packet *packet)
{
    return sending_addr(packet, 12, 8);
}

struct addr sending_destination(const struct plan_packet *packet)
{
    return sending_addr(packet, 16, 24);
}

static bool sending_is_host(const struct addr *addr)
{
    static const uint8_t everybody[4] = { 255, 255, 255, 255 };
    struct addr broadcast = addr_ip4(everybody);
    return !addr_is_zero(addr) && !addr_is_multicast(addr) && !addr_equal(addr, &broadcast);
}

bool sending_allows(const struct plan *plan, const struct addr *to, struct error *error)
{
    char wanted[ADDR_TEXT_MAX], found[ADDR_TEXT_MAX];
    addr_print(to, wanted);
    if (!sending_is_host(to))
        return error_set(error, "--to %s: that is no address of one host, and nothing is sent to others", wanted);
    if (plan->packet_count > SENDING_PACKETS_MAX)
        return error_set(error, "this takes %zu packets, and --send sends at most %u; -w alone writes them", plan->packet_count, SENDING_PACKETS_MAX);
    for (size_t i = 0; i < plan->packet_count; i++) {
        struct addr dst = sending_destination(&plan->packets[i]);
        if (addr_equal(&dst, to))
            continue;
        addr_print(&dst, found);
        return error_set(error, "packet %zu of %zu (%s) goes to %s and not to %s, the only address that --to allows; nothing was sent%s", i + 1,
                         plan->packet_count, plan->packets[i].what, found, wanted,
                         addr_equal(&dst, &plan->dst) ? " (--dst says where packets go)" : " (-w alone writes them)");
    }
    return true;
}

bool sending_fits(const struct plan *plan, uint32_t mtu, struct error *error)
{
    for (size_t i = 0; i < plan->packet_count; i++)
        if (plan->packets[i].length > mtu)
            return error_set(error, "packet %zu of %zu has %u bytes, and the interface carries %u; nothing was sent", i + 1, plan->packet_count,
                             plan->packets[i].length, mtu);
    return true;
}

int64_t sending_times(const struct plan *plan, uint32_t rate, int64_t *due)
{
    int64_t period = PLAN_SECOND / rate, at = 0, free_at = 0; /* free_at: when the rate allows the next */
    for (size_t i = 0; i < plan->packet_count; i++) {
        int64_t gap = i > 0 ? plan->packets[i].time_ns - plan->packets[i - 1].time_ns : 0;
        int64_t kept = at + (gap == PLAN_STEP ? 0 : gap); /* what the plan wants */
        at = i > 0 && gap < PLAN_STEP ? kept : kept > free_at ? kept : free_at;
        due[i] = at;
        free_at = (free_at > at ? free_at : at) + period;
    }
    return at;
}
