/*
 * walk: the iterator from a frame to its IPsec headers.
 *
 * Theory of operation. The walk is at one of four places: at a link header, at something that a 16-bit type names
 * (decode/link.h), in the extension chain of an IPv6 packet, or at the payload of an IP header. Each step reads one
 * header. It either moves the walk on, always forward, or fills a layer; AH does both, and every other layer ends the
 * walk. captured and wire are drawn in by every length field that ends the payload earlier, so that link padding is
 * never taken for payload. The offset may pass `captured` (an AH header whose ICV was cut away), never `wire`.
 *
 * The IP header is read straight into the layer, where it is wanted; walk->ip keeps it between two calls only. A copy
 * on every packet costs more than reading it.
 */
#include "decode/walk.h"

#include "decode/ah.h"
#include "decode/esp.h"
#include "decode/icmp.h"
#include "decode/ip4.h"
#include "decode/ip6.h"
#include "decode/link.h"
#include "decode/tunnel.h"
#include "decode/udp.h"

enum { STATE_END, STATE_LINK, STATE_TYPE, STATE_CHAIN, STATE_PAYLOAD };

enum {
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_DCCP = 33,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    PROTOCOL_SCTP = 132,
    PROTOCOL_UDP_LITE = 136,
};

enum opened { OPENED, OPENED_NOTHING, OPENED_CUT, OPENED_BAD, OPENED_DEEP };

static inline uint32_t walk_captured(const struct walk *walk)
{
    return walk->at < walk->captured ? walk->captured - walk->at : 0;
}

static inline const uint8_t *walk_here(const struct walk *walk)
{
    return walk->bytes + (walk->at < walk->captured ? walk->at : walk->captured);
}

/* The first defect met counts; a checksum left to the network card gives way to every other. */
static inline uint8_t walk_defect(const struct walk *walk, uint8_t defect)
{
    if (walk->defect != DEFECT_NONE)
        return walk->defect;
    return defect == DEFECT_NONE && walk->offloaded ? DEFECT_IP_CHECKSUM : defect;
}

/* Everything but `ip`, which is there already, and `quote`, which is large and rarely wanted. */
static inline void walk_fill(const struct walk *walk, struct layer *layer, enum layer_kind kind,
                             enum decode_status status, uint8_t defect)
{
    layer->kind = (uint8_t)kind;
    layer->status = (uint8_t)status;
    layer->defect = walk_defect(walk, defect);
    layer->encap = ENCAP_NONE;
    layer->tunnels = walk->tunnels;
    layer->vlan = walk->vlan;
    layer->sport = layer->dport = 0;
    layer->depth = (uint8_t)(walk->depth - 1);
    if (walk->depth == 0) {
        layer->depth = 0;
        layer->ip = (struct ip_header){ 0 };
    }
    layer->bytes = walk_here(walk);
    layer->captured = walk_captured(walk);
    layer->wire = walk->wire - walk->at;
    layer->spi = layer->seq = 0;
    layer->next = 0;
    layer->ah_length = 0;
    layer->marker = 0;
}

/* The walk's last layer. */
static inline bool walk_last(struct walk *walk, struct layer *layer, enum layer_kind kind, enum decode_status status,
                             uint8_t defect)
{
    walk_fill(walk, layer, kind, status, defect);
    walk->state = STATE_END;
    return true;
}

/*
 * Reads the encapsulation whose header begins at `at` and whose payload ends before `wire`; moves the walk into it on
 * OPENED only.
 */
static enum opened walk_open(struct walk *walk, const struct tunnel_row *row, uint32_t at, uint32_t wire)
{
    if (at > walk->captured)
        return OPENED_CUT;
    struct cursor cursor = cursor_over(walk->bytes, walk->captured, wire);
    struct tunnel_inner inner = { LINK_NOTHING, 0 };
    cursor.at = at;
    row->open(&cursor, &inner);
    if (cursor.status != DECODE_OK)
        return cursor.status == DECODE_CUT ? OPENED_CUT : OPENED_BAD;
    if (inner.type == LINK_NOTHING)
        return OPENED_NOTHING;
    if (row->tunnel != TUNNEL_COUNT) {
        if (walk->steps == WALK_DEPTH_MAX)
            return OPENED_DEEP;
        walk->steps++;
        walk->tunnels |= (uint16_t)(1u << row->tunnel);
    }
    if (walk->vlan == 0)
        walk->vlan = inner.vlan;
    walk->at = cursor.at;
    walk->captured = cursor.captured;
    walk->wire = cursor.wire;
    walk->next = inner.type;
    walk->state = STATE_TYPE;
    return OPENED;
}

static bool walk_link(struct walk *walk, struct layer *layer)
{
    struct cursor cursor = cursor_over(walk->bytes, walk->captured, walk->wire);
    walk->next = link_decode(walk->next, &cursor);
    if (cursor.status == DECODE_CUT)
        return walk_last(walk, layer, LAYER_OTHER, DECODE_CUT, DEFECT_NONE);
    if (cursor.status == DECODE_BAD)
        return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_LINK);
    walk->at = cursor.at;
    walk->state = STATE_TYPE;
    return false;
}

/* Behind an IP header and its chain: a fragment ends the walk. */
static bool walk_behind(struct walk *walk, struct layer *layer, enum decode_status status, uint8_t defect)
{
    if (layer->ip.fragment)
        return walk_last(walk, layer, LAYER_FRAGMENT, status, defect);
    walk->state = STATE_PAYLOAD;
    return false;
}

static bool walk_header(struct walk *walk, struct layer *layer, uint16_t type)
{
    const uint8_t *bytes = walk_here(walk);
    uint32_t captured = walk_captured(walk), wire = walk->wire - walk->at;
    if (type == LINK_IP && captured > 0)
        type = bytes[0] >> 4 == 6 ? LINK_IP6 : LINK_IP4;

    struct ip_header below;
    bool nested = walk->depth > 0;
    if (nested)
        below = layer->ip;
    uint8_t defect;
    enum decode_status status = type == LINK_IP6 ? ip6_decode(bytes, captured, wire, &layer->ip, &defect)
                                                 : ip4_decode(bytes, captured, wire, &layer->ip, &defect);
    if (layer->ip.version != 0) {
        layer->ip.at = walk->at;
        walk->depth++;
        walk->offloaded = walk->detached = false;
    } else if (nested) {
        layer->ip = below;
    }
    if (status == DECODE_CUT || (status == DECODE_BAD && defect != DEFECT_FRAGMENT))
        return walk_last(walk, layer, LAYER_OTHER, status, defect);

    if (defect == DEFECT_IP_CHECKSUM) {
        if (bytes_get16(bytes + 10) == 0)
            walk->offloaded = true;
        else if (walk->defect == DEFECT_NONE)
            walk->defect = DEFECT_IP_CHECKSUM;
        defect = DEFECT_NONE;
    }
    walk->wire = walk->at + layer->ip.total;
    if (walk->captured > walk->wire)
        walk->captured = walk->wire;
    walk->at += layer->ip.header;
    return walk_behind(walk, layer, status, defect);
}

/* IPv6 extension headers that do not stand directly behind the fixed header: behind AH, or in what an SA carried. */
static bool walk_chain(struct walk *walk, struct layer *layer)
{
    uint8_t defect;
    uint32_t before = layer->ip.header;
    enum decode_status status = ip6_chain(walk_here(walk), walk_captured(walk), walk->wire - walk->at, &layer->ip,
                                          &defect);
    uint32_t length = layer->ip.header - before;
    if (walk->detached)
        layer->ip.header = before;
    if (status == DECODE_CUT || (status == DECODE_BAD && defect != DEFECT_FRAGMENT))
        return walk_last(walk, layer, LAYER_OTHER, status, defect);
    walk->at += length;
    return walk_behind(walk, layer, status, defect);
}

static bool walk_type(struct walk *walk, struct layer *layer)
{
    uint16_t type = walk->next;
    if (type == LINK_IP4 || type == LINK_IP6 || type == LINK_IP)
        return walk_header(walk, layer, type);
    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_TYPE, type);
    enum opened opened = row ? walk_open(walk, row, walk->at, walk->wire) : OPENED_NOTHING;
    switch (opened) {
    case OPENED:
        return false;
    case OPENED_CUT:
        return walk_last(walk, layer, LAYER_OTHER, DECODE_CUT, DEFECT_NONE);
    case OPENED_BAD:
        return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_TUNNEL);
    case OPENED_DEEP:
        return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_DEPTH);
    case OPENED_NOTHING:
        break;
    }
    return walk_last(walk, layer, LAYER_OTHER, DECODE_OK, type == LINK_UNKNOWN ? DEFECT_LINK : DEFECT_NONE);
}

static bool walk_ah(struct walk *walk, struct layer *layer)
{
    struct ah_header ah;
    uint8_t defect;
    enum decode_status status = ah_decode(walk_here(walk), walk_captured(walk), walk->wire - walk->at, &ah, &defect);
    walk_fill(walk, layer, LAYER_AH, status, defect);
    layer->spi = ah.spi;
    layer->seq = ah.seq;
    layer->next = ah.next;
    layer->ah_length = ah.length;
    walk->state = STATE_END;
    if (status != DECODE_OK)
        return true;
    walk->at += ah.length;
    walk->steps++;
    walk->ip = layer->ip;
    walk->ip.protocol = ah.next;
    if (!walk->detached)
        walk->ip.header += ah.length;
    walk->state = walk->ip.version == 6 ? STATE_CHAIN : STATE_PAYLOAD;
    return true;
}

static bool walk_udp(struct walk *walk, struct layer *layer)
{
    struct udp_header udp;
    uint8_t defect;
    uint32_t end, captured = walk_captured(walk);
    const uint8_t *bytes = walk_here(walk);
    enum decode_status status = udp_decode(bytes, captured, walk->wire - walk->at, &udp, &end, &defect);
    walk_last(walk, layer, status == DECODE_BAD ? LAYER_OTHER : LAYER_CLEAR, status, defect);
    layer->sport = udp.sport;
    layer->dport = udp.dport;
    if (status != DECODE_OK)
        return true;

    if (captured > end)
        captured = end;
    bool natt = udp_is_natt(udp.sport, udp.dport, walk->ports);
    bool ike = udp.sport == UDP_PORT_IKE || udp.dport == UDP_PORT_IKE;
    if (natt)
        udp_natt(bytes + UDP_HEADER, captured - UDP_HEADER, end - UDP_HEADER, layer);
    else if (ike)
        ike = udp_ike(bytes + UDP_HEADER, captured - UDP_HEADER, end - UDP_HEADER, layer);
    if (natt || ike) {
        if (!walk->detached && udp_checksum_wrong(&layer->ip, &udp, bytes, captured, end))
            layer->defect = DEFECT_UDP_CHECKSUM;
        layer->defect = walk_defect(walk, layer->defect);
        return true;
    }

    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_PORT, udp.dport);
    if (row == NULL)
        row = tunnel_find(TUNNEL_BY_PORT, udp.sport);
    enum opened opened = row ? walk_open(walk, row, walk->at + UDP_HEADER, walk->at + end) : OPENED_NOTHING;
    if (opened == OPENED)
        return false;
    if (opened == OPENED_CUT)
        layer->status = DECODE_CUT;
    if (opened == OPENED_DEEP)
        return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_DEPTH);
    return true;
}

static bool walk_icmp(struct walk *walk, struct layer *layer)
{
    enum decode_status status;
    bool quotes = icmp_quote(layer->ip.version, walk_here(walk), walk_captured(walk), walk->wire - walk->at,
                             walk->ports, &layer->quote, &status);
    return walk_last(walk, layer, quotes ? LAYER_QUOTE : LAYER_CLEAR, status, DEFECT_NONE);
}

static bool walk_other(struct walk *walk, struct layer *layer)
{
    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_PROTOCOL, layer->ip.protocol);
    enum opened opened = row ? walk_open(walk, row, walk->at, walk->wire) : OPENED_NOTHING;
    switch (opened) {
    case OPENED:
        return false;
    case OPENED_CUT:
        return walk_last(walk, layer, LAYER_CLEAR, DECODE_CUT, DEFECT_NONE);
    case OPENED_BAD:
        return walk_last(walk, layer, LAYER_CLEAR, DECODE_BAD, DEFECT_TUNNEL);
    case OPENED_DEEP:
        return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_DEPTH);
    case OPENED_NOTHING:
        break;
    }
    return walk_last(walk, layer, LAYER_CLEAR, DECODE_OK, DEFECT_NONE);
}

static bool walk_ports_only(struct walk *walk, struct layer *layer)
{
    uint32_t captured = walk_captured(walk), wire = walk->wire - walk->at;
    walk_last(walk, layer, LAYER_CLEAR, captured < 4 && wire >= 4 ? DECODE_CUT : DECODE_OK, DEFECT_NONE);
    if (captured >= 4) {
        layer->sport = bytes_get16(layer->bytes);
        layer->dport = bytes_get16(layer->bytes + 2);
    }
    return true;
}

static bool walk_carried(struct walk *walk, struct layer *layer)
{
    switch (layer->ip.protocol) {
    case PROTOCOL_ESP: {
        walk_last(walk, layer, LAYER_ESP, DECODE_OK, DEFECT_NONE);
        layer->status = (uint8_t)esp_decode(layer->bytes, layer->captured, layer->wire, &layer->spi, &layer->seq);
        if (layer->status == DECODE_BAD)
            layer->defect = walk_defect(walk, DEFECT_ESP_SHORT);
        return true;
    }
    case PROTOCOL_AH:
        if (walk->steps == WALK_DEPTH_MAX)
            return walk_last(walk, layer, LAYER_OTHER, DECODE_BAD, DEFECT_DEPTH);
        return walk_ah(walk, layer);
    case PROTOCOL_UDP:
        return walk_udp(walk, layer);
    case PROTOCOL_TCP:
    case PROTOCOL_SCTP:
    case PROTOCOL_DCCP:
    case PROTOCOL_UDP_LITE:
        return walk_ports_only(walk, layer);
    case ICMP_PROTOCOL_4:
    case ICMP_PROTOCOL_6:
        if ((layer->ip.protocol == ICMP_PROTOCOL_4) == (layer->ip.version == 4))
            return walk_icmp(walk, layer);
        return walk_last(walk, layer, LAYER_CLEAR, DECODE_OK, DEFECT_NONE);
    default:
        return walk_other(walk, layer);
    }
}

static void walk_begin(struct walk *walk, const uint8_t *bytes, uint32_t captured, uint32_t wire,
                       const struct walk_ports *ports)
{
    static const uint8_t none[1];
    walk->bytes = bytes ? bytes : none;
    walk->captured = bytes ? captured : 0;
    walk->wire = wire > captured ? wire : captured;
    walk->at = 0;
    walk->depth = 0;
    walk->tunnels = 0;
    walk->vlan = 0;
    walk->steps = 0;
    walk->defect = DEFECT_NONE;
    walk->offloaded = false;
    walk->detached = false;
    walk->ports = ports;
}

void walk_frame(struct walk *walk, const struct frame *frame, const struct walk_ports *ports)
{
    walk_begin(walk, frame->bytes, frame->captured, frame->wire, ports);
    walk->next = frame->linktype;
    walk->state = STATE_LINK;
}

void walk_ip(struct walk *walk, const uint8_t *bytes, uint32_t captured, uint32_t wire, const struct walk_ports *ports)
{
    walk_begin(walk, bytes, captured, wire, ports);
    walk->next = LINK_IP;
    walk->state = STATE_TYPE;
}

void walk_payload(struct walk *walk, const struct ip_header *ip, uint8_t protocol, const uint8_t *bytes,
                  uint32_t captured, uint32_t wire, const struct walk_ports *ports)
{
    walk_begin(walk, bytes, captured, wire, ports);
    walk->ip = *ip;
    walk->ip.protocol = protocol;
    walk->ip.fragment = false;
    walk->depth = 1;
    walk->detached = true;
    walk->state = ip->version == 6 ? STATE_CHAIN : STATE_PAYLOAD;
}

bool walk_next(struct walk *walk, struct layer *layer)
{
    bool filled = false;
    if (walk->state == STATE_CHAIN || walk->state == STATE_PAYLOAD)
        layer->ip = walk->ip;
    while (!filled) {
        switch (walk->state) {
        case STATE_LINK:
            filled = walk_link(walk, layer);
            break;
        case STATE_TYPE:
            filled = walk_type(walk, layer);
            break;
        case STATE_CHAIN:
            filled = walk_chain(walk, layer);
            break;
        case STATE_PAYLOAD:
            filled = walk_carried(walk, layer);
            break;
        default:
            return false;
        }
    }
    return true;
}
