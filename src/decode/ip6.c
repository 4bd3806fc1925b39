/* ip6: the IPv6 header and its chain of extension headers. */
#include "decode/ip6.h"

#define PAYLOAD_MAX 65535u

enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_DESTINATION = 60,
    NEXT_MOBILITY = 135,
    NEXT_HIP = 139,
    NEXT_SHIM6 = 140,
    OPTION_PAD1 = 0,
    OPTION_JUMBO = 0xc2,
};

static enum decode_status ip6_bad(uint8_t *defect, enum defect what)
{
    *defect = (uint8_t)what;
    return DECODE_BAD;
}

/* A fragment header; true in *ends where the chain goes no further. */
static enum decode_status ip6_fragment(struct cursor *cursor, struct ip_header *ip, uint8_t *defect, bool *ends)
{
    uint32_t before = cursor->at;
    const uint8_t *header = cursor_take(cursor, 8);
    if (header == NULL)
        return cursor->status == DECODE_CUT ? DECODE_CUT : ip6_bad(defect, DEFECT_IP6_CHAIN);
    uint16_t piece = bytes_get16(header + 2);
    ip->protocol = header[0];
    ip->id = bytes_get32(header + 4);
    ip->mf = (piece & 1) != 0;
    ip->fragment_at = piece & 0xfff8;
    ip->fragment = ip->mf || ip->fragment_at != 0;
    if (!ip->fragment)
        return DECODE_OK;
    *ends = true;
    ip->unfragmentable = ip->header + before;
    uint32_t length = cursor->wire - cursor->at;
    if (length == 0 || (ip->mf && length % 8 != 0) || ip->fragment_at + length > PAYLOAD_MAX)
        return ip6_bad(defect, DEFECT_FRAGMENT);
    return DECODE_OK;
}

enum decode_status ip6_chain(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                             uint8_t *defect)
{
    struct cursor cursor = cursor_over(bytes, captured, wire);
    enum decode_status status = DECODE_OK;
    bool first = ip->header == IP6_HEADER, ends = false;
    *defect = DEFECT_NONE;
    for (unsigned met = 0; status == DECODE_OK && !ends; met++) {
        switch (ip->protocol) {
        case NEXT_HOP_BY_HOP:
            if (!first || met > 0) { /* RFC 8200 4.1: only directly behind the fixed header */
                status = ip6_bad(defect, DEFECT_IP6_CHAIN);
                break;
            }
            /* fall through */
        case NEXT_ROUTING:
        case NEXT_DESTINATION:
        case NEXT_MOBILITY:
        case NEXT_HIP:
        case NEXT_SHIM6: {
            const uint8_t *header = cursor_take(&cursor, 8);
            if (header != NULL && header[1] != 0)
                cursor_take(&cursor, (uint32_t)header[1] * 8);
            if (cursor.status == DECODE_OK)
                ip->protocol = header[0];
            else
                status = cursor.status == DECODE_CUT ? DECODE_CUT : ip6_bad(defect, DEFECT_IP6_CHAIN);
            break;
        }
        case NEXT_FRAGMENT:
            status = ip6_fragment(&cursor, ip, defect, &ends);
            break;
        default:
            ends = true;
        }
        if (met >= IP6_CHAIN_MAX && !ends && status == DECODE_OK)
            status = ip6_bad(defect, DEFECT_IP6_CHAIN);
    }
    ip->header += cursor.at;
    return status;
}

/* The jumbo payload option in a hop-by-hop header whose `length` bytes can be read; 0 where there is none. */
static uint32_t ip6_jumbo(const uint8_t *header, uint32_t length)
{
    for (uint32_t at = 2; at + 6 <= length;) {
        if (header[at] == OPTION_JUMBO && header[at + 1] == 4)
            return bytes_get32(header + at + 2);
        at += header[at] == OPTION_PAD1 ? 1 : 2u + header[at + 1];
    }
    return 0;
}

/*
 * The whole packet's length. A payload length of 0 before hop-by-hop options is a jumbogram; without the option the
 * packet ends where the layer below says, as Linux reads it.
 */
static enum decode_status ip6_total(const uint8_t *bytes, uint32_t captured, uint32_t wire, uint32_t *total)
{
    uint32_t payload = bytes_get16(bytes + 4);
    *total = IP6_HEADER + payload;
    if (payload == 0 && bytes[6] == NEXT_HOP_BY_HOP) {
        *total = wire;
        uint32_t readable = captured - IP6_HEADER;
        if (readable >= 8) {
            uint32_t options = 8 + (uint32_t)bytes[IP6_HEADER + 1] * 8;
            uint32_t jumbo = ip6_jumbo(bytes + IP6_HEADER, options < readable ? options : readable);
            if (jumbo != 0 && (jumbo <= PAYLOAD_MAX || jumbo > wire - IP6_HEADER))
                return DECODE_BAD;
            if (jumbo != 0)
                *total = IP6_HEADER + jumbo;
        }
    }
    return *total > wire ? DECODE_BAD : DECODE_OK;
}

enum decode_status ip6_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                              uint8_t *defect)
{
    ip->version = 0;
    ip->bytes = bytes;
    *defect = DEFECT_NONE;
    if (captured > wire)
        captured = wire;
    if (wire < IP6_HEADER || (captured > 0 && bytes[0] >> 4 != 6))
        return ip6_bad(defect, DEFECT_IP_HEADER);
    if (captured < IP6_HEADER)
        return DECODE_CUT;

    uint32_t word = bytes_get32(bytes), total;
    enum decode_status status = ip6_total(bytes, captured, wire, &total);
    ip->version = 6;
    ip->src = addr_ip6(bytes + 8);
    ip->dst = addr_ip6(bytes + 24);
    ip->protocol = bytes[6];
    ip->ttl = bytes[7];
    ip->tos = (uint8_t)(word >> 20);
    ip->df = ip->mf = ip->fragment = false;
    ip->fragment_at = 0;
    ip->id = 0;
    ip->flow = word & 0xfffff;
    ip->header = IP6_HEADER;
    ip->total = total;
    ip->captured = captured < total ? captured : total;
    ip->unfragmentable = 0;
    if (status != DECODE_OK)
        return ip6_bad(defect, DEFECT_IP_HEADER);
    return ip6_chain(bytes + IP6_HEADER, ip->captured - IP6_HEADER, total - IP6_HEADER, ip, defect);
}
