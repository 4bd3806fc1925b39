/* tunnel: the table of encapsulations, and a function for each. */
#include "decode/tunnel.h"

#include "decode/link.h"

enum {
    VLAN_ID = 0x0fff,
    MPLS_LABELS_MAX = 16, /* labels of one stack; real ones have three or four */
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGE = 0x0080,
    GRE_VERSION = 0x0007,
    GRE_PPP = 0x880b,
    GRE_ERSPAN = 0x88be,
    GRE_ERSPAN_3 = 0x22eb,
    VXLAN_VNI = 0x08,
    VXLAN_NEXT = 0x04, /* Generic Protocol Extension: byte 3 names what follows */
    GTP_EXTENSIONS_MAX = 8,
    GTP_PDU = 255,
};

static void tunnel_bad(struct cursor *cursor)
{
    if (cursor->status == DECODE_OK)
        cursor->status = DECODE_BAD;
}

/*
 * The header has a length of its own for what follows: `length` bytes from the cursor on. False where the promise
 * below is shorter.
 */
static bool tunnel_end(struct cursor *cursor, uint32_t length)
{
    if (cursor->status != DECODE_OK)
        return false;
    if (length > cursor->wire - cursor->at)
        return false;
    cursor->wire = cursor->at + length;
    if (cursor->captured > cursor->wire)
        cursor->captured = cursor->wire;
    return true;
}

/* The next byte, unread; 0 where there is none. */
static uint8_t tunnel_peek(const struct cursor *cursor)
{
    return cursor_left(cursor) > 0 ? cursor->bytes[cursor->at] : 0;
}

/*
 * IP by its first nibble, as the protocols name it that carry nothing else, or LINK_NOTHING. Where the nibble is not
 * captured the answer is CUT.
 */
static uint16_t tunnel_ip(struct cursor *cursor)
{
    if (cursor->status == DECODE_OK && cursor->captured == cursor->at)
        cursor->status = cursor->wire > cursor->at ? DECODE_CUT : DECODE_BAD;
    uint8_t version = tunnel_peek(cursor) >> 4;
    return version == 4 ? LINK_IP4 : version == 6 ? LINK_IP6 : LINK_NOTHING;
}

static void tunnel_ethernet(struct cursor *cursor, struct tunnel_inner *inner)
{
    inner->type = link_ethernet(cursor);
}

/* IEEE 802.1Q, 802.1ad */
static void tunnel_vlan(struct cursor *cursor, struct tunnel_inner *inner)
{
    inner->vlan = cursor_u16(cursor) & VLAN_ID;
    inner->type = link_typed(cursor, cursor_u16(cursor));
}

/*
 * RFC 3032. What is inside is not named: IP by its nibble, or Ethernet behind the zero nibble of a control word (RFC
 * 4448 4.6).
 */
static void tunnel_mpls(struct cursor *cursor, struct tunnel_inner *inner)
{
    uint32_t entry = 0;
    for (unsigned labels = 0; labels < MPLS_LABELS_MAX && (entry & 0x100) == 0; labels++) {
        entry = cursor_u32(cursor);
        if (cursor->status != DECODE_OK)
            return;
    }
    if ((entry & 0x100) == 0) {
        tunnel_bad(cursor);
        return;
    }
    inner->type = tunnel_ip(cursor);
    if (cursor->status == DECODE_OK && tunnel_peek(cursor) >> 4 == 0) {
        cursor_take(cursor, 4);
        inner->type = LINK_ETHERNET;
    }
}

/* RFC 2516 4: session packets */
static void tunnel_pppoe(struct cursor *cursor, struct tunnel_inner *inner)
{
    uint8_t version_type = cursor_u8(cursor), code = cursor_u8(cursor);
    cursor_u16(cursor); /* session */
    uint16_t length = cursor_u16(cursor);
    if (cursor->status != DECODE_OK)
        return;
    if (version_type != 0x11 || code != 0 || !tunnel_end(cursor, length))
        tunnel_bad(cursor);
    else
        inner->type = link_ppp(cursor);
}

/* RFC 2003, RFC 2473 (IPv4 and IPv6 in IPv6), RFC 4213 (6in4): the protocol number says the version */
static void tunnel_ip4(struct cursor *cursor, struct tunnel_inner *inner)
{
    inner->type = tunnel_ip(cursor);
    if (inner->type != LINK_IP4)
        tunnel_bad(cursor);
}

static void tunnel_ip6(struct cursor *cursor, struct tunnel_inner *inner)
{
    inner->type = tunnel_ip(cursor);
    if (inner->type != LINK_IP6)
        tunnel_bad(cursor);
}

/* RFC 2637 4.1: version 1 carries PPP, its key is payload length and call id */
static void tunnel_pptp(struct cursor *cursor, uint16_t flags, uint16_t protocol, struct tunnel_inner *inner)
{
    uint16_t length = cursor_u16(cursor);
    cursor_u16(cursor); /* call id */
    if (flags & GRE_SEQUENCE)
        cursor_u32(cursor);
    if (flags & GRE_ACKNOWLEDGE)
        cursor_u32(cursor);
    if (cursor->status != DECODE_OK)
        return;
    if ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0 || (flags & GRE_KEY) == 0 || protocol != GRE_PPP ||
        !tunnel_end(cursor, length))
        tunnel_bad(cursor);
    else if (length > 0)
        inner->type = link_ppp(cursor);
}

/* RFC 2784, RFC 2890; the routing part of RFC 1701 is as dead as its reader should be */
static void tunnel_gre(struct cursor *cursor, struct tunnel_inner *inner)
{
    uint16_t flags = cursor_u16(cursor), protocol = cursor_u16(cursor);
    if (cursor->status != DECODE_OK)
        return;
    if ((flags & GRE_VERSION) == 1) {
        tunnel_pptp(cursor, flags, protocol, inner);
        return;
    }
    if ((flags & GRE_VERSION) != 0 || (flags & GRE_ROUTING) != 0) {
        tunnel_bad(cursor);
        return;
    }
    if (flags & GRE_CHECKSUM)
        cursor_u32(cursor);
    if (flags & GRE_KEY)
        cursor_u32(cursor);
    if (flags & GRE_SEQUENCE)
        cursor_u32(cursor);
    switch (protocol) {
    case LINK_IP4:
    case LINK_IP6:
    case LINK_MPLS:
    case LINK_MPLS_UPSTREAM:
        inner->type = protocol;
        break;
    case LINK_BRIDGED:
        inner->type = LINK_ETHERNET;
        break;
    case GRE_ERSPAN: /* type I has no header, and no sequence number that type II always has */
        if (flags & GRE_SEQUENCE)
            cursor_take(cursor, 8);
        inner->type = LINK_ETHERNET;
        break;
    case GRE_ERSPAN_3: {
        const uint8_t *header = cursor_take(cursor, 12);
        if (header != NULL && (header[11] & 1) != 0)
            cursor_take(cursor, 8); /* platform-specific subheader */
        inner->type = LINK_ETHERNET;
        break;
    }
    default:
        break;
    }
}

/* RFC 7348 5, with the group policy and generic protocol extensions that share its port */
static void tunnel_vxlan(struct cursor *cursor, struct tunnel_inner *inner)
{
    const uint8_t *header = cursor_take(cursor, 8);
    if (header == NULL)
        return;
    uint8_t flags = header[0], next = (flags & VXLAN_NEXT) != 0 ? header[3] : 3;
    if ((flags & VXLAN_VNI) == 0 || header[7] != 0 || ((flags & VXLAN_NEXT) == 0 && (flags & 0x77) != 0))
        tunnel_bad(cursor);
    else if (next == 1)
        inner->type = LINK_IP4;
    else if (next == 2)
        inner->type = LINK_IP6;
    else if (next == 3)
        inner->type = LINK_ETHERNET;
}

/* RFC 8926 3.4 */
static void tunnel_geneve(struct cursor *cursor, struct tunnel_inner *inner)
{
    const uint8_t *header = cursor_take(cursor, 8);
    if (header == NULL)
        return;
    uint16_t protocol = bytes_get16(header + 2);
    uint8_t options = header[0] & 0x3f;
    if (header[0] >> 6 != 0 || (header[1] & 0x3f) != 0 || header[7] != 0) {
        tunnel_bad(cursor);
        return;
    }
    cursor_take(cursor, (uint32_t)options * 4);
    if (protocol == LINK_BRIDGED)
        inner->type = LINK_ETHERNET;
    else if (protocol == LINK_IP4 || protocol == LINK_IP6 || protocol == LINK_MPLS)
        inner->type = protocol;
}

/* 3GPP TS 29.281 5.1, 5.2: only user data (G-PDU) */
static void tunnel_gtpu(struct cursor *cursor, struct tunnel_inner *inner)
{
    uint8_t flags = cursor_u8(cursor), message = cursor_u8(cursor);
    uint16_t length = cursor_u16(cursor);
    cursor_u32(cursor); /* tunnel endpoint */
    if (cursor->status != DECODE_OK)
        return;
    if ((flags & 0xf8) != 0x30 || message != GTP_PDU || !tunnel_end(cursor, length)) {
        tunnel_bad(cursor);
        return;
    }
    if (flags & 7) { /* one of the three optional fields: all are there */
        cursor_take(cursor, 3);
        uint8_t next = cursor_u8(cursor);
        if ((flags & 4) == 0)
            next = 0;
        for (unsigned met = 0; next != 0 && cursor->status == DECODE_OK; met++) {
            uint32_t words = cursor_u8(cursor);
            if (met == GTP_EXTENSIONS_MAX || (words == 0 && cursor->status == DECODE_OK)) {
                tunnel_bad(cursor);
                return;
            }
            if (words > 0)
                cursor_take(cursor, words * 4 - 2);
            next = cursor_u8(cursor);
        }
    }
    inner->type = tunnel_ip(cursor);
}

/* RFC 4380 5.1.1: authentication, then origin indication, both optional, then IPv6 */
static void tunnel_teredo(struct cursor *cursor, struct tunnel_inner *inner)
{
    struct cursor ahead = *cursor;
    if (cursor_u16(&ahead) == 1 && ahead.status == DECODE_OK) {
        uint32_t id = cursor_u8(&ahead), value = cursor_u8(&ahead);
        cursor_take(&ahead, id + value + 9); /* both, nonce and confirmation */
        *cursor = ahead;
        cursor_u16(&ahead);
    }
    if (ahead.status == DECODE_OK && bytes_get16(ahead.bytes + ahead.at - 2) == 0)
        cursor_take(cursor, 8);
    else
        cursor->status = ahead.status;
    inner->type = tunnel_ip(cursor);
    uint32_t left = cursor->wire - cursor->at; /* the nibble alone would take much text for IPv6 */
    if (inner->type != LINK_IP6 || left < 40 ||
        (cursor_left(cursor) >= 6 && 40u + bytes_get16(cursor->bytes + cursor->at + 4) > left))
        tunnel_bad(cursor);
}

static const struct tunnel_row rows[] = {
    { TUNNEL_BY_TYPE, TUNNEL_VLAN, LINK_VLAN, tunnel_vlan },
    { TUNNEL_BY_TYPE, TUNNEL_VLAN, LINK_SERVICE_VLAN, tunnel_vlan },
    { TUNNEL_BY_TYPE, TUNNEL_VLAN, LINK_VLAN_9100, tunnel_vlan },
    { TUNNEL_BY_TYPE, TUNNEL_VLAN, LINK_VLAN_9200, tunnel_vlan },
    { TUNNEL_BY_TYPE, TUNNEL_MPLS, LINK_MPLS, tunnel_mpls },
    { TUNNEL_BY_TYPE, TUNNEL_MPLS, LINK_MPLS_UPSTREAM, tunnel_mpls },
    { TUNNEL_BY_TYPE, TUNNEL_PPPOE, LINK_PPPOE, tunnel_pppoe },
    { TUNNEL_BY_TYPE, TUNNEL_COUNT, LINK_ETHERNET, tunnel_ethernet },
    { TUNNEL_BY_PROTOCOL, TUNNEL_IPIP, 4, tunnel_ip4 },
    { TUNNEL_BY_PROTOCOL, TUNNEL_IPIP, 41, tunnel_ip6 },
    { TUNNEL_BY_PROTOCOL, TUNNEL_GRE, 47, tunnel_gre },
    { TUNNEL_BY_PROTOCOL, TUNNEL_MPLS, 137, tunnel_mpls }, /* RFC 4023 */
    { TUNNEL_BY_PORT, TUNNEL_VXLAN, 4789, tunnel_vxlan },
    { TUNNEL_BY_PORT, TUNNEL_VXLAN, 8472, tunnel_vxlan }, /* Linux before it had a port of its own */
    { TUNNEL_BY_PORT, TUNNEL_GENEVE, 6081, tunnel_geneve },
    { TUNNEL_BY_PORT, TUNNEL_GTPU, 2152, tunnel_gtpu },
    { TUNNEL_BY_PORT, TUNNEL_TEREDO, 3544, tunnel_teredo },
};

const struct tunnel_row *tunnel_find(enum tunnel_space space, uint16_t value)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].value == value && rows[i].space == space)
            return &rows[i];
    return NULL;
}
