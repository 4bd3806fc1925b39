/*
 * live_filter: what a live capture takes unless it is told otherwise.
 *
 * Behind "vlan" an expression reads at offsets moved by four, so that it stands there once more for each tag. A socket's filter runs before a tag that
 * the kernel took off is put back; libpcap minds that on Ethernet. Cooked headers have no offset to move: frames whose tag is still in them
 * (the inner one of two) are taken whatever they carry.
 */
#include "capture/live.h"

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_SLL 113
#define LINKTYPE_SLL2 276

static void filter_ports(struct text *text, const uint16_t *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_printf(text, " or udp port %u", ports[i]);
}

/* IKE behind a non-ESP marker: version 1 or 2 stands at byte 17 of its header (RFC 7296 3.1). ICMP errors quote what they speak of. */
static void filter_ipsec(struct text *text, const uint16_t *ports, size_t count, const char *clear)
{
    text_put(text, "ip proto 50 or ip proto 51 or ip6 proto 50 or ip6 proto 51 or udp port 500 or udp port 4500 or tcp port 4500");
    filter_ports(text, ports, count);
    text_put(text, " or (ip[6:2] & 0x3fff != 0 and (ip proto 17 or ip proto 50 or ip proto 51))"
                   " or ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60 or ip6[6] = 135"
                   " or icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 11 or icmp[0] = 12 or (ip6[6] = 58 and ip6[40] < 128)"
                   " or (udp[8:4] = 0 and (udp[29] = 0x20 or udp[29] = 0x10))"
                   " or (ip6[6] = 17 and ip6[48:4] = 0 and (ip6[69] = 0x20 or ip6[69] = 0x10))");
    if (clear != NULL)
        text_printf(text, " or (%s)", clear);
}

void live_filter(struct text *text, uint16_t linktype, const uint16_t *ports, size_t port_count, const char *clear)
{
    text_char(text, '(');
    filter_ipsec(text, ports, port_count, clear);
    text_char(text, ')');
    for (unsigned tag = 0; tag < 2 && linktype == LINKTYPE_ETHERNET; tag++) {
        text_put(text, " or (vlan and (");
        filter_ipsec(text, ports, port_count, clear);
        text_put(text, "))");
    }
    if (linktype == LINKTYPE_SLL || linktype == LINKTYPE_SLL2)
        text_put(text, " or ether proto 0x8100 or ether proto 0x88a8");
}
