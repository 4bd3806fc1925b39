/* inner: tunnel, transport and BEET mode, as Linux takes them apart. */
#include "receiver/inner.h"

#include "base/bytes.h"
#include "decode/ip4.h"
#include "decode/ip6.h"

enum {
    NEXT_IPIP = 4, NEXT_IPV6 = 41, NEXT_ESP = 50, NEXT_AH = 51, NEXT_BEETPH = 94, NEXT_IPCOMP = 108,
    BEET_OPTIONS_MAX = 250, /* where Linux draws the line */
};

void inner_flow(struct spd_flow *flow, uint8_t proto, const uint8_t *bytes, uint32_t length)
{
    flow->proto = proto;
    bool ports = proto == 6 || proto == 17 || proto == 33 || proto == 132 || proto == 136;
    bool icmp = proto == 1 || proto == 58;
    if (ports && length >= 4) {
        flow->sport = bytes_get16(bytes);
        flow->dport = bytes_get16(bytes + 2);
        flow->ports_known = true;
    } else if (icmp && length >= 2) {
        flow->sport = bytes[0];
        flow->dport = bytes[1];
        flow->ports_known = true;
    }
}

static void inner_refuse(struct judgement *judgement, enum counter counter)
{
    judgement->verdict = VERDICT_INNER_INVALID;
    judgement->counter = (uint8_t)counter;
    judgement->passed = true; /* the ICV was right: window and lifetime have moved by now */
}

/* Is what came out for this receiver's IPsec again? Only where it knows such an SA, or should. */
static bool inner_is_nested(const struct receiver *receiver, const struct addr *src, const struct addr *dst, uint8_t proto,
                            const uint8_t *bytes, uint32_t length)
{
    if ((proto != NEXT_ESP && proto != NEXT_AH) || length < 8)
        return false;
    uint32_t spi = bytes_get32(proto == NEXT_AH ? bytes + 4 : bytes);
    const struct known_pair *pair;
    uint32_t index = sadb_probe(receiver->db, sadb_hash(receiver->db, dst, spi, proto), dst, spi, proto);
    return (index != SADB_NONE && !(sadb_hot(receiver->db, index)->flags & SA_HOT_SEEN)) ||
           known_how(receiver->known, src, dst, proto, &pair) != KNOWN_NOT;
}

static void inner_tunnel(struct receiver *receiver, uint8_t next, struct inner_packet *inner, struct judgement *judgement)
{
    bool six = next == NEXT_IPV6;
    if (inner->length < (six ? 40u : 20u)) {
        inner_refuse(judgement, COUNTER_IN_STATE_MODE_ERROR);
        return;
    }
    struct ip_header ip = { 0 };
    uint8_t defect;
    enum decode_status status = six ? ip6_decode(inner->bytes, inner->length, inner->length, &ip, &defect)
                                    : ip4_decode(inner->bytes, inner->length, inner->length, &ip, &defect);
    inner->tunnel = true;
    if (status != DECODE_OK || defect == DEFECT_IP_CHECKSUM) {
        inner->damaged = true; /* the next header promised IPv4 and it is none, and the like: IP drops it, IPsec counts nothing */
        return;
    }
    inner->known = true;
    inner->flow.src = ip.src;
    inner->flow.dst = ip.dst;
    inner->id = ip.id;
    inner->total = ip.total;
    inner->tfc = inner->length > ip.total ? inner->length - ip.total : 0;
    inner->fragment = ip.fragment;
    const uint8_t *payload = inner->bytes + ip.header;
    uint32_t length = ip.total > ip.header ? ip.total - ip.header : 0;
    if (ip.fragment && ip.fragment_at != 0)
        inner->flow.proto = ip.protocol;
    else
        inner_flow(&inner->flow, ip.protocol, payload, length);
    inner->nested = !ip.fragment && inner_is_nested(receiver, &ip.src, &ip.dst, ip.protocol, payload, length);
}

/*
 * Protocols 4 and 41 that come out where no tunnel SA asked for them go to the stack's own IP-in-IP, which asks XFRM for an SA by the outer
 * source address: none over IPv4, and over IPv6 the SPI of no source is 0. Packets too short for their header never get as far.
 */
static void inner_ip_in_ip(uint8_t version, uint8_t next, uint32_t length, struct judgement *judgement)
{
    if (length >= (next == NEXT_IPV6 ? 40u : 20u))
        inner_refuse(judgement, version == 6 ? COUNTER_IN_HDR_ERROR : COUNTER_IN_NO_STATES);
}

/* An IPComp SA between the two makes an SA for uncompressed packets in IP-in-IP as well (Linux: ipcomp_tunnel_create). */
static bool inner_has_ipcomp(struct receiver *receiver, const struct layer *outer)
{
    for (uint32_t i = 0; i < sadb_count(receiver->db) && i < 4096; i++) {
        const struct sa *sa = sadb_sa(receiver->db, i);
        if (sa->proto == SA_PROTO_IPCOMP && addr_equal(&sa->dst, &outer->ip.dst) && addr_equal(&sa->src, &outer->ip.src))
            return true;
    }
    return false;
}

static void inner_transport(struct receiver *receiver, const struct layer *outer, struct inner_packet *inner,
                            struct judgement *judgement)
{
    inner->known = true;
    inner->flow.src = outer->ip.src;
    inner->flow.dst = outer->ip.dst;
    inner_flow(&inner->flow, inner->next, inner->bytes, inner->length);
    if (inner->next == NEXT_IPIP || inner->next == NEXT_IPV6) {
        inner->known = false;
        if (inner_has_ipcomp(receiver, outer))
            inner_tunnel(receiver, inner->next, inner, judgement);
        else
            inner_ip_in_ip(outer->ip.version, inner->next, inner->length, judgement);
        return;
    }
    if (inner->next == NEXT_ESP || inner->next == NEXT_AH)
        inner->nested = true; /* the same transform loop goes on with it */
    if (inner->next == NEXT_IPCOMP) {
        uint32_t cpi = inner->length >= 4 ? bytes_get16(inner->bytes + 2) : 0;
        uint64_t hash = sadb_hash(receiver->db, &outer->ip.dst, cpi, SA_PROTO_IPCOMP);
        inner->known = false; /* what is compressed is not looked at */
        if (inner->length < 4)
            inner_refuse(judgement, COUNTER_IN_HDR_ERROR);
        else if (sadb_probe(receiver->db, hash, &outer->ip.dst, cpi, SA_PROTO_IPCOMP) == SADB_NONE)
            inner_refuse(judgement, COUNTER_IN_NO_STATES);
    }
}

/*
 * The pseudo header of IPv4 options (draft-nikander-esp-beet-mode 3.1): what Linux leaves in front of the payload are the options. Answers
 * where the payload begins, and the bytes of options in front of it; UINT32_MAX for what Linux refuses.
 */
static uint32_t inner_beet_options(const uint8_t *bytes, uint32_t length, uint32_t *options)
{
    uint32_t padded = length >= 4 ? 4u + bytes[2] : 0, whole = length >= 4 ? bytes[1] * 8u + 8u : 0;
    if (padded == 0 || padded > length || padded > whole || (whole - padded) % 4 != 0 || whole - padded > BEET_OPTIONS_MAX)
        return UINT32_MAX;
    *options = whole - padded;
    return whole;
}

/* BEET: the inner addresses are the SA's selector, and the packet enters the stack again under them. */
static void inner_beet(struct receiver *receiver, const struct layer *outer, const struct sa_definition *definition,
                       struct inner_packet *inner, struct judgement *judgement)
{
    uint8_t proto = inner->next;
    uint32_t header = 0, options = 0;
    const struct selector *selector = &definition->selector;
    bool six = (definition->has_selector ? selector->dst.addr.family : outer->ip.version) == 6;
    if (proto == NEXT_BEETPH && !six) {
        header = inner_beet_options(inner->bytes, inner->length, &options);
        if (header == UINT32_MAX) {
            inner_refuse(judgement, COUNTER_IN_STATE_MODE_ERROR);
            return;
        }
        proto = inner->bytes[0];
    }
    inner->damaged = header > inner->length || options > 40; /* the IP layer finds a header that is longer than its packet */
    if (!definition->has_selector || inner->damaged)
        return;
    const uint8_t *bytes = inner->bytes + header;
    uint32_t length = inner->length - header;
    inner->flow.src = selector->src.addr;
    inner->flow.dst = selector->dst.addr;
    inner->total = (six ? 40u : 20u + options) + length;
    inner->id = six || outer->ip.version == 6 ? 0 : outer->ip.id;
    if (proto == NEXT_IPIP || proto == NEXT_IPV6) {
        inner_ip_in_ip(six ? 6 : 4, proto, length, judgement);
        return;
    }
    if ((proto == NEXT_ESP || proto == NEXT_AH) && length >= 12) {
        const struct known_pair *pair;
        uint32_t spi = bytes_get32(proto == NEXT_AH ? bytes + 4 : bytes);
        uint64_t hash = sadb_hash(receiver->db, &inner->flow.dst, spi, proto);
        if (known_how(receiver->known, &outer->ip.src, &outer->ip.dst, proto, &pair) == KNOWN_RECEIVER &&
            sadb_probe(receiver->db, hash, &inner->flow.dst, spi, proto) == SADB_NONE)
            inner_refuse(judgement, COUNTER_IN_NO_STATES);
        return;
    }
    if (proto == NEXT_IPCOMP && length >= 4) {
        uint32_t cpi = bytes_get16(bytes + 2);
        uint64_t hash = sadb_hash(receiver->db, &inner->flow.dst, cpi, SA_PROTO_IPCOMP);
        if (sadb_probe(receiver->db, hash, &inner->flow.dst, cpi, SA_PROTO_IPCOMP) == SADB_NONE)
            inner_refuse(judgement, COUNTER_IN_NO_STATES);
        return;
    }
    inner->known = true;
    inner_flow(&inner->flow, proto, bytes, length);
}

void inner_look(struct receiver *receiver, const struct layer *outer, const struct sa_definition *definition,
                const struct opened *opened, struct inner_packet *inner, struct judgement *judgement)
{
    *inner = (struct inner_packet){ .next = opened->next, .bytes = opened->plain, .length = opened->length };
    bool whole = opened->next == NEXT_IPIP || opened->next == NEXT_IPV6;
    switch ((enum sa_mode)definition->mode) {
    case SA_MODE_TUNNEL:
        if (whole)
            inner_tunnel(receiver, opened->next, inner, judgement);
        else
            inner_refuse(judgement, COUNTER_IN_STATE_MODE_ERROR);
        return;
    case SA_MODE_BEET:
        inner_beet(receiver, outer, definition, inner, judgement);
        return;
    case SA_MODE_TRANSPORT:
        inner_transport(receiver, outer, inner, judgement);
        return;
    case SA_MODE_UNKNOWN: /* the format does not tell: the next header does */
        if (whole)
            inner_tunnel(receiver, opened->next, inner, judgement);
        else
            inner_transport(receiver, outer, inner, judgement);
        return;
    }
}
