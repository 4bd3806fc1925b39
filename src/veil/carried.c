/* carried: what stands in IP: AH, UDP, TCP, ICMP with its quotes, tunnels by protocol and port. */
#include "decode/ah.h"
#include "decode/icmp.h"
#include "decode/link.h"
#include "decode/tcp.h"
#include "decode/udp.h"
#include "veil/pass.h"

enum { NEIGHBOUR_SOLICITATION = 135, NEIGHBOUR_ADVERTISEMENT = 136, REDIRECT_6 = 137, REDIRECT_4 = 5, SCTP = 132, DCCP = 33, UDP_LITE = 136 };

/* The rest goes, but for the first `kept` bytes. */
static bool carried_stop(struct pass *pass, uint32_t kept)
{
    pass_wipe(pass, pass->at + kept, pass->captured);
    return false;
}

static bool carried_keep(struct pass *pass)
{
    if (pass->piece != NULL)
        pass->piece->keep = true;
    return false;
}

/* The checksum of a whole upper packet; that of fragments covers the words of the others, which stay or go together. */
static void carried_sum(struct pass *pass, enum sum_kind kind, uint32_t field, uint32_t end, bool pseudo)
{
    struct sum *sum = sums_add(&pass->sums, kind, pass->at + field, pass->at, end);
    uint32_t length = end - pass->at;
    if (sum == NULL)
        return;
    if (pseudo)
        sums_pseudo(sum, pass->before, pass->after, pass->protocol, length);
    if (pass->piece != NULL)
        sum->more_before = pass->piece->words; /* more_after is set once it is known what becomes of them */
}

/* What pads the ICV may be what stood in the sender's memory before, such as an address: Linux leaves it there. */
static void carried_icv(struct pass *pass, uint32_t from, uint32_t to)
{
    unsigned words = pass->version == 4 ? 1 : 4;
    for (uint32_t at = from; at + 4 <= to; at += 4)
        for (unsigned i = 0; i < 2 * words; i++) {
            const uint8_t *word = pass->before[i / words].bytes + i % words * 4;
            if (bytes_get32(word) != 0 && memcmp(pass->old + at, word, 4) == 0)
                memcpy(pass->new + at, pass->after[i / words].bytes + i % words * 4, 4);
        }
}

static bool carried_ah(struct pass *pass)
{
    uint32_t left = pass_left(pass);
    pass->veil->counts.ah++;
    if (left < AH_FIXED)
        return false;
    uint32_t length = (pass->old[pass->at + 1] + 2u) * 4;
    if (length < AH_FIXED || length > left)
        return carried_stop(pass, AH_FIXED);
    carried_icv(pass, pass->at + AH_FIXED, pass->at + length);
    pass->protocol = pass->old[pass->at];
    pass->at += length;
    return true;
}

static bool carried_natt(struct pass *pass, uint32_t payload, uint32_t end, uint16_t sport, uint16_t dport)
{
    struct layer layer = { 0 };
    uint32_t captured = (end < pass->limit ? end : pass->limit) - payload;
    udp_natt(pass->old + payload, captured, end - payload, &layer);
    pass->at = payload;
    if (layer.kind == LAYER_ESP)
        return opened_esp(pass);
    if (layer.kind == LAYER_IKE) {
        bool sealed = message_change(pass, (uint32_t)(layer.bytes - pass->old), layer.wire, sport, dport);
        return sealed ? carried_keep(pass) : false;
    }
    return layer.kind == LAYER_KEEPALIVE ? false : carried_stop(pass, 8);
}

static bool carried_ike(struct pass *pass, uint32_t payload, uint32_t end, uint16_t sport, uint16_t dport)
{
    struct layer layer = { 0 };
    uint32_t captured = (end < pass->limit ? end : pass->limit) - payload;
    pass->at = payload;
    if (!udp_ike(pass->old + payload, captured, end - payload, &layer))
        return carried_stop(pass, 0);
    if (layer.kind != LAYER_IKE)
        return carried_stop(pass, 1);
    return message_change(pass, (uint32_t)(layer.bytes - pass->old), layer.wire, sport, dport) ? carried_keep(pass) : false;
}

static bool carried_udp(struct pass *pass)
{
    uint32_t at = pass->at, left = pass_left(pass), room = pass->end - at;
    if (left < UDP_HEADER)
        return carried_stop(pass, 4);
    uint16_t sport = bytes_get16(pass->old + at), dport = bytes_get16(pass->old + at + 2);
    uint32_t length = bytes_get16(pass->old + at + 4);
    bool fragment = pass->piece != NULL;
    if (length < UDP_HEADER && length != 0)
        return carried_stop(pass, UDP_HEADER);
    carried_sum(pass, SUM_UDP, 6, fragment || pass->quote || length == 0 || length > room ? pass->end : at + length, true);
    if (length > room && !fragment && !pass->quote)
        return carried_stop(pass, UDP_HEADER);
    if (length != 0 && length < room)
        pass_end(pass, at + length);
    uint32_t end = length > room && !pass->quote ? at + length : pass->end; /* a fragment promises the whole datagram */
    pass->at += UDP_HEADER;
    if (udp_is_natt(sport, dport, pass->veil->ports))
        return carried_natt(pass, at + UDP_HEADER, end, sport, dport);
    if (sport == UDP_PORT_IKE || dport == UDP_PORT_IKE)
        return carried_ike(pass, at + UDP_HEADER, end, sport, dport);
    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_PORT, dport);
    row = row ? row : tunnel_find(TUNNEL_BY_PORT, sport);
    return row != NULL && !pass->quote ? network_open(pass, row, pass->at) : carried_stop(pass, 0);
}

static bool carried_tcp(struct pass *pass)
{
    struct tcp_header tcp;
    uint32_t at = pass->at;
    if (tcp_decode(pass->old + at, pass_left(pass), pass->end - at, &tcp) != DECODE_OK)
        return carried_stop(pass, 8);
    carried_sum(pass, SUM_PLAIN, 16, pass->end, true);
    pass->at = at + tcp.header;
    bool carries = udp_is_natt(tcp.sport, tcp.dport, NULL) || tcp.sport == TCP_PORT_HTTPS || tcp.dport == TCP_PORT_HTTPS;
    if (!carries || pass->quote || pass->piece != NULL)
        return carried_stop(pass, 0);
    segment_change(pass, pass->at, tcp.seq, tcp.sport, tcp.dport, tcp.flags & TCP_SYN);
    return false;
}

/* ICMP of a neighbour, or a router's advice: targets are addresses, options hold others. */
static bool carried_neighbour(struct pass *pass, uint8_t type)
{
    struct addr before, after;
    uint32_t at = pass->at + 8, count = type == REDIRECT_6 ? 2 : 1;
    for (uint32_t i = 0; i < count; i++, at += 16)
        if (!pass_addr(pass, at, 6, &before, &after))
            return false;
    pass_wipe(pass, at, pass->captured);
    return false;
}

static bool carried_is_error(const struct pass *pass, uint8_t type)
{
    return pass->version == 6 ? type >= 1 && type <= 4 : (type >= 3 && type <= 5) || type == 11 || type == 12 || type == 40;
}

static bool carried_icmp(struct pass *pass)
{
    struct addr before, after;
    uint32_t at = pass->at;
    if (pass_left(pass) < 8 || pass->quote)
        return carried_stop(pass, 4);
    uint8_t type = pass->old[at];
    carried_sum(pass, SUM_PLAIN, 2, pass->end, pass->version == 6);
    if (pass->version == 6 && (type == NEIGHBOUR_SOLICITATION || type == NEIGHBOUR_ADVERTISEMENT || type == REDIRECT_6))
        return carried_neighbour(pass, type);
    if (!carried_is_error(pass, type))
        return carried_stop(pass, 8);
    if (pass->version == 4 && type == REDIRECT_4)
        pass_addr(pass, at + 4, 4, &before, &after);
    /* RFC 4884: how much of the quote there is; what follows names interfaces */
    uint32_t words = pass->version == 6 ? pass->old[at + 4] * 8u : type != REDIRECT_4 && type != 40 ? pass->old[at + 5] * 4u : 0;
    if (words > 0)
        pass_end(pass, at + 8 + words);
    pass->at = at + 8;
    pass->quote = true;
    pass->carried = false;
    pass->type = LINK_IP;
    return true;
}

static bool carried_other(struct pass *pass)
{
    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_PROTOCOL, pass->protocol);
    if (row != NULL && !pass->quote)
        return network_open(pass, row, pass->at);
    bool ports = pass->protocol == SCTP || pass->protocol == DCCP || pass->protocol == UDP_LITE;
    return carried_stop(pass, ports ? 4 : 0);
}

static bool carried_one(struct pass *pass)
{
    bool on;
    if (network_extension(pass, &on))
        return on;
    switch (pass->protocol) {
    case PASS_ESP: return opened_esp(pass);
    case PASS_AH: return carried_ah(pass);
    case PASS_UDP: return carried_udp(pass);
    case PASS_TCP: return carried_tcp(pass);
    case PASS_ICMP4:
    case PASS_ICMP6:
        if ((pass->protocol == PASS_ICMP4) == (pass->version == 4))
            return carried_icmp(pass);
        return carried_stop(pass, 0);
    default: return carried_other(pass);
    }
}

bool carried_step(struct pass *pass)
{
    uint32_t sums = pass->sums.count;
    bool on = carried_one(pass);
    if (pass->piece != NULL && !on && pass->piece->keep)
        for (uint32_t i = sums > 0 ? sums - 1 : 0; i < pass->sums.count; i++)
            pass->sums.rows[i].more_after = pass->sums.rows[i].more_before;
    return on;
}
