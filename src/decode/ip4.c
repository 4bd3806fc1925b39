/* ip4: the IPv4 header. */
#include "decode/ip4.h"

#include "decode/checksum.h"

#define DATAGRAM_MAX 65535u

/*
 * In place: a value passed by copy is stored in pieces and loaded whole, which stalls and triples this decoder's
 * time.
 */
static inline void ip4_address(struct addr *addr, const uint8_t *bytes)
{
    memcpy(addr->bytes, bytes, 4);
    memset(addr->bytes + 4, 0, 12);
    addr->family = 4;
}

static enum decode_status ip4_fragment(const struct ip_header *ip, uint8_t *defect)
{
    uint32_t length = ip->total - ip->header;
    if (length == 0 || ip->header + ip->fragment_at + length > DATAGRAM_MAX) {
        *defect = DEFECT_FRAGMENT;
        return DECODE_BAD;
    }
    if (ip->mf && length % 8 != 0 && *defect == DEFECT_NONE)
        *defect = DEFECT_FRAGMENT;
    return DECODE_OK;
}

enum decode_status ip4_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                              uint8_t *defect)
{
    ip->version = 0;
    ip->bytes = bytes;
    *defect = DEFECT_NONE;
    if (captured > wire)
        captured = wire;
    if (wire < IP4_HEADER_MIN || (captured > 0 && bytes[0] >> 4 != 4)) {
        *defect = DEFECT_IP_HEADER;
        return DECODE_BAD;
    }
    if (captured < IP4_HEADER_MIN)
        return DECODE_CUT;

    uint32_t header = (uint32_t)(bytes[0] & 15) * 4;
    uint32_t total = bytes_get16(bytes + 2);
    uint16_t piece = bytes_get16(bytes + 6);
    if (total == 0)
        total = wire;
    ip->version = 4;
    ip4_address(&ip->src, bytes + 12);
    ip4_address(&ip->dst, bytes + 16);
    ip->protocol = bytes[9];
    ip->ttl = bytes[8];
    ip->tos = bytes[1];
    ip->df = (piece & 0x4000) != 0;
    ip->mf = (piece & 0x2000) != 0;
    ip->fragment = (piece & 0x3fff) != 0;
    ip->fragment_at = (uint16_t)((piece & 0x1fff) << 3);
    ip->id = bytes_get16(bytes + 4);
    ip->flow = 0;
    ip->header = header;
    ip->total = total;
    ip->captured = captured < total ? captured : total;
    ip->unfragmentable = 0;
    if (header < IP4_HEADER_MIN || total < header || total > wire) {
        *defect = DEFECT_IP_HEADER;
        return DECODE_BAD;
    }
    if (captured < header)
        return DECODE_CUT;

    if (!checksum_holds(checksum_add(0, bytes, header)))
        *defect = DEFECT_IP_CHECKSUM;
    return ip->fragment ? ip4_fragment(ip, defect) : DECODE_OK;
}
