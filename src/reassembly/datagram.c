/*
 * datagram: taking pieces as a Linux receiver takes them, and writing the whole packet.
 *
 * Theory of operation. Pieces stand in a list by offset. A piece that continues the highest one is joined to its run (`joined`); a run is what
 * came in sequence. A new piece that lies within one run is a repeat and ignored, whatever its bytes say: the first copy wins. A piece that
 * touches a run in any other way is an overlap, and the whole datagram goes (RFC 5722 section 4 with erratum 3089; Linux does it for
 * IPv4, too). The end is fixed by the piece without MF: nothing may lie beyond it, and a second end must agree. Where IPv4 and IPv6 differ
 * (a middle piece that is no multiple of 8 bytes is shortened in IPv4 and refused in IPv6), so does the receiver.
 */
#include "reassembly/datagram.h"

#include <stdlib.h>
#include <string.h>

enum { IP6_HEADER = 40, IP6_FRAGMENT = 8, IP6_HOP_BY_HOP = 0, IP6_ROUTING = 43, IP6_DESTINATION = 60 };
enum { PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PROTOCOL_AH = 51, PORT_NATT = 4500 };
enum { ECN_NOT = 1 << 0, ECN_ECT1 = 1 << 1, ECN_ECT0 = 1 << 2, ECN_CE = 1 << 3 };

struct piece {
    struct piece *next;
    uint32_t at, length;   /* in the payload, as on the wire */
    uint32_t captured;     /* bytes kept, up to length */
    uint32_t header;       /* bytes of IP header before them, first piece only */
    uint8_t protocol;
    bool joined;           /* continues the piece before it in sequence */
    uint8_t bytes[];       /* header, then payload */
};

enum decode_status fragment_read(const struct layer *layer, struct fragment *fragment)
{
    const struct ip_header *ip = &layer->ip;
    if (layer->kind != LAYER_FRAGMENT || ip->bytes == NULL || (ip->version != 4 && ip->version != 6))
        return DECODE_BAD;
    uint32_t keep = ip->version == 4 ? ip->header : ip->unfragmentable;
    uint32_t skip = ip->version == 4 ? keep : keep + IP6_FRAGMENT;
    if (keep < (ip->version == 4 ? 20u : (uint32_t)IP6_HEADER) || keep > DATAGRAM_MAX || ip->total < skip ||
        ip->fragment_at % 8 != 0)
        return DECODE_BAD;
    uint32_t captured = ip->captured < ip->total ? ip->captured : ip->total;
    if (captured < skip)
        return DECODE_CUT;
    *fragment = (struct fragment){
        .src = ip->src,
        .dst = ip->dst,
        .id = ip->id,
        .protocol = ip->version == 4 ? ip->protocol : ip->bytes[keep],
        .ecn = (uint8_t)(1u << (ip->tos & 3)),
        .more = ip->mf,
        .at = ip->fragment_at,
        .length = ip->total - skip,
        .captured = captured - skip,
        .header = ip->fragment_at == 0 ? keep : 0,
        .header_bytes = ip->bytes,
        .bytes = ip->bytes + skip,
    };
    if (ip->version == 4 && fragment->more && fragment->length % 8 != 0) {
        fragment->length &= ~7u;
        if (fragment->captured > fragment->length)
            fragment->captured = fragment->length;
    }
    return DECODE_OK;
}

uint32_t fragment_memory(const struct fragment *fragment)
{
    return (uint32_t)sizeof(struct piece) + fragment->header + fragment->captured;
}

/* The lengths alone, in the receiver's order; has_last and end may change even where the piece is then a repeat. */
static enum datagram_answer datagram_check(struct datagram *datagram, const struct fragment *fragment)
{
    if (fragment->length > 65535 - fragment->at)
        return fragment->src.family == 6 ? DATAGRAM_REFUSED : DATAGRAM_BAD;
    uint32_t end = fragment->at + fragment->length;
    if (fragment->more && end % 8 != 0)
        return DATAGRAM_REFUSED;
    if (!fragment->more) {
        if (end < datagram->end || (datagram->has_last && end != datagram->end))
            return DATAGRAM_BAD;
        datagram->has_last = true;
        datagram->end = end;
    } else if (end > datagram->end) {
        if (datagram->has_last)
            return DATAGRAM_BAD;
        datagram->end = end;
    }
    return fragment->length == 0 ? DATAGRAM_BAD : DATAGRAM_KEPT;
}

/* Against every run; on DATAGRAM_KEPT *before is the last piece below the new one, or NULL. */
static enum datagram_answer datagram_place(const struct datagram *datagram, const struct fragment *fragment,
                                           struct piece **before)
{
    uint32_t end = fragment->at + fragment->length;
    *before = NULL;
    for (struct piece *run = datagram->first; run != NULL;) {
        struct piece *last = run;
        while (last->next != NULL && last->next->joined)
            last = last->next;
        uint32_t run_end = last->at + last->length;
        if (end <= run->at)
            return DATAGRAM_KEPT;
        if (fragment->at < run_end)
            return fragment->at >= run->at && end <= run_end ? DATAGRAM_REPEATED : DATAGRAM_OVERLAP;
        *before = last;
        run = last->next;
    }
    return DATAGRAM_KEPT;
}

enum datagram_answer datagram_add(struct datagram *datagram, const struct fragment *fragment)
{
    enum datagram_answer answer = datagram_check(datagram, fragment);
    if (answer != DATAGRAM_KEPT)
        return answer;
    struct piece *before;
    answer = datagram_place(datagram, fragment, &before);
    if (answer == DATAGRAM_REPEATED && datagram->repeats < UINT16_MAX)
        datagram->repeats++;
    if (answer != DATAGRAM_KEPT)
        return answer;
    uint32_t memory = fragment_memory(fragment);
    struct piece *piece = datagram->count < FRAGMENTS_PIECES ? malloc(memory) : NULL;
    if (piece == NULL)
        return DATAGRAM_FULL;
    struct piece **link = before ? &before->next : &datagram->first;
    *piece = (struct piece){
        .next = *link,
        .at = fragment->at,
        .length = fragment->length,
        .captured = fragment->captured,
        .header = fragment->header,
        .protocol = fragment->protocol,
        /* Only the highest piece is continued: the receiver does not join runs that meet later. */
        .joined = before != NULL && *link == NULL && before->at + before->length == fragment->at,
    };
    if (fragment->header > 0)
        memcpy(piece->bytes, fragment->header_bytes, fragment->header);
    if (fragment->captured > 0)
        memcpy(piece->bytes + fragment->header, fragment->bytes, fragment->captured);
    *link = piece;
    datagram->count++;
    datagram->have += fragment->length;
    datagram->memory += memory;
    datagram->ecn |= fragment->ecn;
    datagram->cut |= fragment->captured < fragment->length;
    datagram->has_first |= fragment->at == 0;
    return datagram->has_first && datagram->has_last && datagram->have == datagram->end ? DATAGRAM_WHOLE : DATAGRAM_KEPT;
}

/* RFC 3168 5.3: congestion seen by one piece is seen by all; pieces with and without ECN do not mix. */
static bool datagram_ecn(const struct datagram *datagram, uint8_t *ecn)
{
    *ecn = datagram->ecn & ECN_CE && datagram->ecn & (ECN_ECT0 | ECN_ECT1) ? 3 : 0;
    return !(datagram->ecn & ECN_NOT) || datagram->ecn == ECN_NOT;
}

static uint32_t datagram_finish_ip4(uint8_t *out, uint32_t header, uint32_t total, uint8_t ecn)
{
    if (total > 65535)
        return 0;
    out[1] |= ecn;
    bytes_put16(out + 2, (uint16_t)total);
    bytes_put16(out + 6, bytes_get16(out + 6) & 0xc000); /* DF and the reserved bit stay as the sender set them */
    bytes_put16(out + 10, 0);
    uint32_t sum = 0;
    for (uint32_t i = 0; i + 1 < header; i += 2)
        sum += bytes_get16(out + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    bytes_put16(out + 10, (uint16_t)~sum);
    return total;
}

/* The header before the fragment header must now name what the fragment header named. */
static uint32_t datagram_finish_ip6(uint8_t *out, uint32_t header, uint32_t total, uint8_t ecn, uint8_t next)
{
    uint32_t named_at = 6;
    uint32_t at = IP6_HEADER;
    while (at < header) {
        uint8_t kind = out[named_at];
        if (kind != IP6_HOP_BY_HOP && kind != IP6_ROUTING && kind != IP6_DESTINATION)
            return 0;
        if (header - at < 8)
            return 0;
        named_at = at;
        at += (out[at + 1] + 1u) * 8;
    }
    if (at != header || total - IP6_HEADER > 65535)
        return 0;
    out[1] |= (uint8_t)(ecn << 4);
    out[named_at] = next;
    bytes_put16(out + 4, (uint16_t)(total - IP6_HEADER));
    return total;
}

uint32_t datagram_write(const struct datagram *datagram, uint8_t out[DATAGRAM_MAX])
{
    const struct piece *first = datagram->first;
    uint8_t ecn;
    if (datagram->cut || first == NULL || !datagram_ecn(datagram, &ecn))
        return 0;
    uint32_t total = first->header + datagram->end;
    if (total > DATAGRAM_MAX)
        return 0;
    memcpy(out, first->bytes, first->header);
    for (const struct piece *piece = first; piece != NULL; piece = piece->next)
        memcpy(out + first->header + piece->at, piece->bytes + piece->header, piece->length);
    return datagram->src.family == 4 ? datagram_finish_ip4(out, first->header, total, ecn)
                                     : datagram_finish_ip6(out, first->header, total, ecn, first->protocol);
}

/* SPI, sequence number and ports, where the first piece shows them. */
static void datagram_identify(const struct piece *first, struct fragments_datagram *given_up)
{
    const uint8_t *at = first->bytes + first->header;
    uint32_t left = first->captured;
    uint8_t protocol = first->protocol;
    if (protocol == PROTOCOL_UDP && left >= 8) {
        given_up->sport = bytes_get16(at);
        given_up->dport = bytes_get16(at + 2);
        at += 8;
        left -= 8;
        /* RFC 3948: four zero bytes mean IKE, one byte 0xff alone a keepalive. */
        bool natt = given_up->sport == PORT_NATT || given_up->dport == PORT_NATT;
        protocol = natt && left >= 8 && bytes_get32(at) != 0 ? PROTOCOL_ESP : PROTOCOL_UDP;
    }
    uint32_t spi_at = protocol == PROTOCOL_AH ? 4 : 0;
    if ((protocol == PROTOCOL_ESP || protocol == PROTOCOL_AH) && left >= spi_at + 8) {
        given_up->has_spi = true;
        given_up->spi = bytes_get32(at + spi_at);
        given_up->seq = bytes_get32(at + spi_at + 4);
    }
}

void datagram_describe(const struct datagram *datagram, struct fragments_datagram *given_up)
{
    *given_up = (struct fragments_datagram){
        .src = datagram->src,
        .dst = datagram->dst,
        .protocol = datagram->first ? datagram->first->protocol : datagram->protocol,
        .id = datagram->id,
        .has_first = datagram->has_first,
        .has_last = datagram->has_last,
        .pieces = datagram->count,
        .bytes = datagram->have,
        .first_ns = datagram->first_ns,
        .last_ns = datagram->last_ns,
        .first_frame = datagram->first_frame,
        .last_frame = datagram->last_frame,
        .file = datagram->file,
    };
    for (const struct piece *piece = datagram->first; piece && piece->at == given_up->missing_at; piece = piece->next)
        given_up->missing_at += piece->length;
    if (datagram->has_first)
        datagram_identify(datagram->first, given_up);
}

void datagram_clear(struct datagram *datagram)
{
    for (struct piece *piece = datagram->first, *next; piece != NULL; piece = next) {
        next = piece->next;
        free(piece);
    }
    datagram->first = NULL;
    datagram->ecn = 0;
    datagram->has_first = datagram->has_last = datagram->cut = false;
    datagram->count = datagram->repeats = 0;
    datagram->end = datagram->have = datagram->memory = 0;
}
