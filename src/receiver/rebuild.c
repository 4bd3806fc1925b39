/* rebuild: headers as Linux makes them after ESP and AH (xfrm4_transport_input, xfrm6_transport_input, xfrm4_beet_make_header). */
#include "receiver/rebuild.h"

#include <string.h>

#include "base/bytes.h"

enum {
    IP4_HEADER = 20, IP4_HEADER_MAX = 60, IP6_HEADER = 40, IP_TOTAL_MAX = 65535,
    NEXT_HOP_BY_HOP = 0, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AH = 51, NEXT_DESTINATION = 60, NEXT_BEETPH = 94,
    NEXT_MOBILITY = 135, NEXT_HIP = 139, NEXT_SHIM6 = 140,
    BEET_HEADER = 4, BEET_HEADER_MAX = 8, BEET_OPTIONS_MAX = 40,
    IP4_DF = 0x4000,
};

uint32_t rebuild_room(const struct layer *outer, const struct inner_packet *inner)
{
    return (outer->ip.header > IP4_HEADER_MAX ? outer->ip.header : IP4_HEADER_MAX) + inner->length;
}

/* Length and checksum of an IPv4 header whose other fields stand. */
static uint32_t rebuild_finish4(uint8_t *packet, uint32_t header, uint32_t payload)
{
    if (header + payload > IP_TOTAL_MAX)
        return 0;
    bytes_put16(packet + 2, (uint16_t)(header + payload));
    bytes_put16(packet + 10, 0);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < header; i += 2)
        sum += bytes_get16(packet + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    bytes_put16(packet + 10, (uint16_t)~sum);
    return header + payload;
}

/* Where the header that names the payload's protocol does so; 0 where the chain of IPv6 headers does not end at `header`. */
static uint32_t rebuild_next_at(const uint8_t *bytes, uint32_t header)
{
    uint32_t named = 6, at = IP6_HEADER;
    while (at < header) {
        if (at + 8 > header)
            return 0;
        uint32_t length = 8u + bytes[at + 1] * 8u;
        switch (bytes[named]) {
        case NEXT_FRAGMENT:
            length = 8;
            break;
        case NEXT_AH:
            length = 8u + bytes[at + 1] * 4u;
            break;
        case NEXT_HOP_BY_HOP:
        case NEXT_ROUTING:
        case NEXT_DESTINATION:
        case NEXT_MOBILITY:
        case NEXT_HIP:
        case NEXT_SHIM6:
            break;
        default:
            return 0;
        }
        named = at;
        at += length;
    }
    return at == header ? named : 0;
}

static uint32_t rebuild_transport(const struct layer *outer, const struct inner_packet *inner, uint8_t *packet)
{
    const struct ip_header *ip = &outer->ip;
    bool six = ip->version == 6;
    if (ip->header < (six ? IP6_HEADER : IP4_HEADER) || ip->captured < ip->header || (!six && ip->header > IP4_HEADER_MAX))
        return 0;
    memcpy(packet, ip->bytes, ip->header);
    memcpy(packet + ip->header, inner->bytes, inner->length);
    if (!six) {
        packet[9] = inner->next;
        return rebuild_finish4(packet, ip->header, inner->length);
    }
    uint32_t next_at = rebuild_next_at(packet, ip->header), payload = ip->header - IP6_HEADER + inner->length;
    if (next_at == 0 || payload > IP_TOTAL_MAX)
        return 0;
    packet[next_at] = inner->next;
    bytes_put16(packet + 4, (uint16_t)payload);
    return IP6_HEADER + payload;
}

static uint32_t rebuild_tunnel(const struct inner_packet *inner, uint8_t *packet)
{
    uint32_t length = inner->length;
    bool six = length > 0 && inner->bytes[0] >> 4 == 6;
    if (length < (six ? IP6_HEADER : IP4_HEADER))
        return 0;
    uint32_t total = six ? IP6_HEADER + (uint32_t)bytes_get16(inner->bytes + 4) : bytes_get16(inner->bytes + 2);
    if (!inner->damaged && total >= (six ? IP6_HEADER : IP4_HEADER) && total < length)
        length = total; /* RFC 4303 2.7: the rest is padding against traffic analysis */
    memcpy(packet, inner->bytes, length);
    return length;
}

struct beet {
    const uint8_t *options, *payload; /* IPv4 options that travelled in the pseudo header */
    uint32_t option_bytes, length;
    uint8_t next;
};

static bool rebuild_beet_read(const struct inner_packet *inner, struct beet *beet)
{
    *beet = (struct beet){ .payload = inner->bytes, .length = inner->length, .next = inner->next };
    if (inner->next != NEXT_BEETPH)
        return true;
    if (inner->length < BEET_HEADER)
        return false;
    uint32_t whole = inner->bytes[1] * 8u + BEET_HEADER_MAX, padded = BEET_HEADER + (uint32_t)inner->bytes[2];
    if (padded > whole || whole > inner->length || whole - padded > BEET_OPTIONS_MAX || (whole - padded) % 4 != 0)
        return false;
    beet->next = inner->bytes[0];
    beet->options = inner->bytes + padded;
    beet->option_bytes = whole - padded;
    beet->payload += whole;
    beet->length -= whole;
    return true;
}

static uint32_t rebuild_beet4(const struct layer *outer, const struct selector *selector, const struct beet *beet, uint8_t *packet)
{
    const struct ip_header *ip = &outer->ip;
    uint32_t header = IP4_HEADER + beet->option_bytes;
    memset(packet, 0, IP4_HEADER);
    packet[0] = (uint8_t)(0x40 | header / 4);
    packet[1] = ip->tos;
    if (ip->version == 4) {
        bytes_put16(packet + 4, (uint16_t)ip->id);
        bytes_put16(packet + 6, (uint16_t)(ip->df ? IP4_DF : 0));
    } else {
        bytes_put16(packet + 6, IP4_DF);
    }
    packet[8] = ip->ttl;
    packet[9] = beet->next;
    memcpy(packet + 12, selector->src.addr.bytes, 4);
    memcpy(packet + 16, selector->dst.addr.bytes, 4);
    if (beet->option_bytes)
        memcpy(packet + IP4_HEADER, beet->options, beet->option_bytes);
    memcpy(packet + header, beet->payload, beet->length);
    return rebuild_finish4(packet, header, beet->length);
}

static uint32_t rebuild_beet6(const struct layer *outer, const struct selector *selector, const struct beet *beet, uint8_t *packet)
{
    const struct ip_header *ip = &outer->ip;
    if (beet->length > IP_TOTAL_MAX)
        return 0;
    bytes_put32(packet, 6u << 28 | (uint32_t)ip->tos << 20 | (ip->version == 6 ? ip->flow & 0xfffff : 0));
    bytes_put16(packet + 4, (uint16_t)beet->length);
    packet[6] = beet->next;
    packet[7] = ip->ttl;
    memcpy(packet + 8, selector->src.addr.bytes, 16);
    memcpy(packet + 24, selector->dst.addr.bytes, 16);
    memcpy(packet + IP6_HEADER, beet->payload, beet->length);
    return IP6_HEADER + beet->length;
}

uint32_t rebuild_packet(const struct layer *outer, const struct sa_definition *definition, const struct inner_packet *inner,
                        uint8_t *packet)
{
    if (inner->tunnel)
        return rebuild_tunnel(inner, packet);
    if (definition->mode == SA_MODE_TUNNEL)
        return 0; /* what came out is no IP packet */
    if (definition->mode != SA_MODE_BEET)
        return rebuild_transport(outer, inner, packet);
    const struct selector *selector = &definition->selector;
    struct beet beet;
    if (!definition->has_selector || !prefix_is_host(&selector->src) || !prefix_is_host(&selector->dst) ||
        selector->src.addr.family != selector->dst.addr.family || !rebuild_beet_read(inner, &beet))
        return 0;
    if (selector->src.addr.family == 6)
        return beet.option_bytes == 0 ? rebuild_beet6(outer, selector, &beet, packet) : 0;
    return rebuild_beet4(outer, selector, &beet, packet);
}
