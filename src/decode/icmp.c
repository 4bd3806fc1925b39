/* icmp: what ICMP errors quote of IPsec packets. */
#include "decode/icmp.h"

#include "decode/ah.h"
#include "decode/esp.h"
#include "decode/ip4.h"
#include "decode/ip6.h"
#include "decode/udp.h"

enum {
    ICMP_HEADER = 8,
    ICMP4_UNREACHABLE = 3,
    ICMP4_QUENCH = 4,
    ICMP4_REDIRECT = 5,
    ICMP4_TIME = 11,
    ICMP4_PARAMETER = 12,
    ICMP4_SECURITY = 40, /* RFC 2521 */
    ICMP4_CODE_MTU = 4,
    ICMP6_TOO_BIG = 2,
    ICMP6_ERROR_FIRST = 1,
    ICMP6_ERROR_LAST = 4,
    PROTOCOL_UDP = 17,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
};

/* A quote may end before the length that its header claims; nothing in it is judged by that length. */
#define QUOTE_UNBOUNDED 0x7fffffffu

/* The payload of a quoted packet, as far as the message holds it. */
struct quoted {
    const uint8_t *bytes;
    uint32_t captured;
    bool piece; /* not the first of a fragmented packet: no upper header in it */
};

static bool icmp_is_error(uint8_t version, uint8_t type)
{
    if (version == 6)
        return type >= ICMP6_ERROR_FIRST && type <= ICMP6_ERROR_LAST;
    return type == ICMP4_UNREACHABLE || type == ICMP4_QUENCH || type == ICMP4_REDIRECT || type == ICMP4_TIME ||
           type == ICMP4_PARAMETER || type == ICMP4_SECURITY;
}

/* Stacks of old put the quoted total length back in host order or less the header: it is told, not used. */
static bool quote_ip4(const uint8_t *bytes, uint32_t captured, struct quote *quote, struct quoted *quoted)
{
    if (captured < IP4_HEADER_MIN || bytes[0] >> 4 != 4)
        return false;
    uint32_t header = (uint32_t)(bytes[0] & 15) * 4;
    if (header < IP4_HEADER_MIN || header > captured)
        return false;
    quote->protocol = bytes[9];
    quote->src = addr_ip4(bytes + 12);
    quote->dst = addr_ip4(bytes + 16);
    quote->length = bytes_get16(bytes + 2);
    *quoted = (struct quoted){ bytes + header, captured - header, (bytes_get16(bytes + 6) & 0x1fff) != 0 };
    return true;
}

static bool quote_ip6(const uint8_t *bytes, uint32_t captured, struct quote *quote, struct quoted *quoted)
{
    if (captured < IP6_HEADER || bytes[0] >> 4 != 6)
        return false;
    struct ip_header ip = { .version = 6, .protocol = bytes[6], .header = IP6_HEADER };
    uint8_t defect;
    if (ip6_chain(bytes + IP6_HEADER, captured - IP6_HEADER, QUOTE_UNBOUNDED, &ip, &defect) == DECODE_CUT)
        return false;
    if (defect != DEFECT_NONE && defect != DEFECT_FRAGMENT)
        return false;
    quote->protocol = ip.protocol;
    quote->src = addr_ip6(bytes + 8);
    quote->dst = addr_ip6(bytes + 24);
    quote->length = IP6_HEADER + (uint32_t)bytes_get16(bytes + 4);
    *quoted = (struct quoted){ bytes + ip.header, captured - ip.header, ip.fragment_at != 0 };
    return true;
}

static void quote_spi(struct quote *quote, const uint8_t *bytes, uint32_t captured)
{
    quote->has_spi = captured >= 4;
    quote->has_seq = captured >= 8;
    quote->spi = quote->has_spi ? bytes_get32(bytes) : 0;
    quote->seq = quote->has_seq ? bytes_get32(bytes + 4) : 0;
}

static bool quote_udp(const struct quoted *quoted, const struct walk_ports *ports, struct quote *quote)
{
    if (quoted->piece || quoted->captured < 4)
        return false;
    quote->sport = bytes_get16(quoted->bytes);
    quote->dport = bytes_get16(quoted->bytes + 2);
    quote->encap = ENCAP_UDP;
    if (!udp_is_natt(quote->sport, quote->dport, ports))
        return quote->sport == UDP_PORT_IKE || quote->dport == UDP_PORT_IKE;
    /* ESP as a receiver tells it: more than 8 bytes, and no zero word in front */
    if (quoted->captured >= UDP_HEADER + 4 && bytes_get16(quoted->bytes + 4) > UDP_HEADER + ESP_HEADER &&
        bytes_get32(quoted->bytes + UDP_HEADER) != 0)
        quote_spi(quote, quoted->bytes + UDP_HEADER, quoted->captured - UDP_HEADER);
    return true;
}

static bool quote_payload(const struct quoted *quoted, const struct walk_ports *ports, struct quote *quote)
{
    switch (quote->protocol) {
    case PROTOCOL_ESP:
        if (!quoted->piece)
            quote_spi(quote, quoted->bytes, quoted->captured);
        return true;
    case PROTOCOL_AH:
        if (!quoted->piece && quoted->captured >= 4)
            quote_spi(quote, quoted->bytes + 4, quoted->captured - 4);
        return true;
    case PROTOCOL_UDP:
        return quote_udp(quoted, ports, quote);
    default:
        return false;
    }
}

bool icmp_quote(uint8_t version, const uint8_t *bytes, uint32_t captured, uint32_t wire, const struct walk_ports *ports,
                struct quote *quote, enum decode_status *status)
{
    *status = DECODE_OK;
    if (captured > wire)
        captured = wire;
    if (captured < 1) {
        *status = wire > 0 ? DECODE_CUT : DECODE_OK;
        return false;
    }
    if (!icmp_is_error(version, bytes[0]))
        return false;

    *quote = (struct quote){ .type = bytes[0] };
    struct quoted quoted;
    bool readable = false;
    if (captured >= ICMP_HEADER) {
        const uint8_t *inner = bytes + ICMP_HEADER;
        quote->code = bytes[1];
        if (version == 6 && quote->type == ICMP6_TOO_BIG)
            quote->mtu = bytes_get32(bytes + 4);
        if (version == 4 && quote->type == ICMP4_UNREACHABLE && quote->code == ICMP4_CODE_MTU)
            quote->mtu = bytes_get16(bytes + 6);
        readable = version == 6 ? quote_ip6(inner, captured - ICMP_HEADER, quote, &quoted)
                                : quote_ip4(inner, captured - ICMP_HEADER, quote, &quoted);
        if (readable && quote_payload(&quoted, ports, quote))
            return true;
    }
    /* A header that could be read and is of another protocol is answered for good, the rest only when all was there. */
    bool other = readable && quote->protocol != PROTOCOL_UDP;
    if (captured < wire && !other)
        *status = DECODE_CUT;
    return false;
}
