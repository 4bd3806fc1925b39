/* link: link-layer headers of the pcap link types. */
#include "decode/link.h"

enum {
    LINKTYPE_NULL = 0,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_PPP = 9,
    LINKTYPE_RAW_BSD = 12,
    LINKTYPE_RAW_OPENBSD = 14,
    LINKTYPE_PPP_HDLC = 50,
    LINKTYPE_PPP_ETHER = 51,
    LINKTYPE_RAW = 101,
    LINKTYPE_C_HDLC = 104,
    LINKTYPE_LOOP = 108,
    LINKTYPE_LINUX_SLL = 113,
    LINKTYPE_IPV4 = 228,
    LINKTYPE_IPV6 = 229,
    LINKTYPE_LINUX_SLL2 = 276,
};

enum {
    ETHERNET_HEADER = 14,
    SLL_HEADER = 16,
    SLL2_HEADER = 20,
    TYPE_MIN = 0x0600,   /* smaller values are lengths (IEEE 802.3 3.2.6) */
    ARPHRD_NETLINK = 824, /* the protocol of such a cooked frame is a netlink family, no Ethernet type */
};

uint16_t link_typed(struct cursor *cursor, uint16_t type)
{
    static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0, 0, 0 };
    if (type >= TYPE_MIN)
        return type;
    struct cursor ahead = *cursor;
    const uint8_t *header = cursor_take(&ahead, 8);
    if (ahead.status == DECODE_CUT)
        cursor->status = DECODE_CUT;
    if (header == NULL || memcmp(header, snap, sizeof snap) != 0)
        return LINK_NOTHING;
    *cursor = ahead;
    type = bytes_get16(header + sizeof snap);
    return type >= TYPE_MIN ? type : LINK_NOTHING;
}

uint16_t link_ethernet(struct cursor *cursor)
{
    const uint8_t *header = cursor_take(cursor, ETHERNET_HEADER);
    return header ? link_typed(cursor, bytes_get16(header + 12)) : LINK_NOTHING;
}

uint16_t link_ppp(struct cursor *cursor)
{
    uint16_t protocol = cursor_u8(cursor);
    if (protocol == 0xff) {
        if (cursor_u8(cursor) != 0x03)
            return LINK_NOTHING;
        protocol = cursor_u8(cursor);
    }
    if ((protocol & 1) == 0) /* an odd first byte is a protocol field compressed to one byte */
        protocol = (uint16_t)(protocol << 8 | cursor_u8(cursor));
    if (cursor->status != DECODE_OK)
        return LINK_NOTHING;
    switch (protocol) {
    case 0x0021:
        return LINK_IP4;
    case 0x0057:
        return LINK_IP6;
    case 0x0281:
        return LINK_MPLS;
    case 0x0283:
        return LINK_MPLS_UPSTREAM;
    default:
        return LINK_NOTHING;
    }
}

/* Serial lines: Cisco's header differs from PPP's in its first byte (unicast 0x0f, broadcast 0x8f). */
static uint16_t link_serial(struct cursor *cursor)
{
    uint8_t first = cursor_left(cursor) ? cursor->bytes[cursor->at] : 0;
    if (first != 0x0f && first != 0x8f)
        return link_ppp(cursor);
    cursor_take(cursor, 2);
    return link_typed(cursor, cursor_u16(cursor));
}

/*
 * BSD loopback: an address family in the byte order of a host that we do not know; each system numbers IPv6 in its
 * own way.
 */
static uint16_t link_family(struct cursor *cursor)
{
    uint32_t family = cursor_u32(cursor);
    if (family >= 0x10000)
        family = __builtin_bswap32(family);
    switch (family) {
    case 2:
        return LINK_IP4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* Darwin */
        return LINK_IP6;
    default:
        return LINK_NOTHING;
    }
}

static uint16_t link_cooked(struct cursor *cursor, uint32_t header_length, uint32_t type_at, uint32_t arphrd_at)
{
    const uint8_t *header = cursor_take(cursor, header_length);
    if (header == NULL || bytes_get16(header + arphrd_at) == ARPHRD_NETLINK)
        return LINK_NOTHING;
    uint16_t type = bytes_get16(header + type_at);
    return type >= TYPE_MIN ? type : LINK_NOTHING;
}

uint16_t link_decode(uint16_t linktype, struct cursor *cursor)
{
    switch (linktype) {
    case LINKTYPE_ETHERNET:
        return link_ethernet(cursor);
    case LINKTYPE_RAW:
    case LINKTYPE_RAW_BSD:
    case LINKTYPE_RAW_OPENBSD:
        return LINK_IP;
    case LINKTYPE_IPV4:
        return LINK_IP4;
    case LINKTYPE_IPV6:
        return LINK_IP6;
    case LINKTYPE_LINUX_SLL:
        return link_cooked(cursor, SLL_HEADER, 14, 2);
    case LINKTYPE_LINUX_SLL2:
        return link_cooked(cursor, SLL2_HEADER, 0, 8);
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
        return link_family(cursor);
    case LINKTYPE_PPP:
    case LINKTYPE_PPP_HDLC:
        return link_serial(cursor);
    case LINKTYPE_C_HDLC:
        cursor_take(cursor, 2);
        return link_typed(cursor, cursor_u16(cursor));
    case LINKTYPE_PPP_ETHER:
        return LINK_PPPOE;
    default:
        return LINK_UNKNOWN;
    }
}
