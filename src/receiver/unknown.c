/*
 * unknown: no SA for this packet. Is that a BAD_SPI, and why?
 *
 * Theory of operation. First whether the receiver's table is known for these addresses at all (known.h); if not, the packet is unjudged. Then the
 * causes in the order of facts: not IPsec at all, zero and reserved SPIs, the same SPI elsewhere in the table, an SPI that nearly
 * is one, an SA that ended. What is left is unexplained, and as certain as the table is complete at that time. The answer is kept on the
 * entry that the traffic is counted on, so that a flood of one SPI is explained once.
 */
#include "receiver/receiver.h"

/* Both words printable: the odds for random bytes are (95/256)^8, one in 2,800; SIP, HTTP and the like are what it is (RFC 3261). */
static bool unknown_is_printable(const struct layer *layer)
{
    uint32_t look = layer->captured < 16 ? layer->captured : 16;
    if (look < 8)
        return false;
    for (uint32_t i = 0; i < look; i++) {
        uint8_t byte = layer->bytes[i];
        if (!(byte >= 0x20 && byte < 0x7f) && byte != '\r' && byte != '\n' && byte != '\t')
            return false;
    }
    return true;
}

static uint32_t unknown_lookup(const struct receiver *receiver, const struct layer *layer, const struct addr *dst,
                               uint32_t spi, uint8_t proto, int64_t now)
{
    uint32_t other;
    return sadb_find(receiver->db, sadb_hash(receiver->db, dst, spi, proto), &layer->ip.src, dst, spi, proto, now,
                     &other);
}

/* The same SPI elsewhere in the table: other direction, destination, protocol, family; the first of these in this order. */
static enum cause unknown_elsewhere(const struct receiver *receiver, const struct layer *layer, uint8_t proto,
                                    uint32_t *near)
{
    enum cause best = CAUSE_NONE;
    unsigned steps = 0;
    for (uint32_t index = sadb_by_spi(receiver->db, layer->spi); index != SADB_NONE && steps++ < 64;
         index = sadb_sa(receiver->db, index)->same_spi) {
        const struct sa *sa = sadb_sa(receiver->db, index);
        enum cause cause;
        if (sa->spi != layer->spi || sa->dst.family == 0)
            continue;
        if (sa->dst.family != layer->ip.dst.family)
            cause = CAUSE_OTHER_FAMILY;
        else if (sa->proto != proto)
            cause = addr_equal(&sa->dst, &layer->ip.dst) ? CAUSE_OTHER_PROTOCOL : CAUSE_NONE;
        else if (addr_equal(&sa->dst, &layer->ip.src))
            cause = CAUSE_OPPOSITE_DIRECTION;
        else if (addr_equal(&sa->dst, &layer->ip.dst))
            cause = CAUSE_NONE; /* the same key: an older or newer version, dealt with by its times */
        else if (sa->encap == ENCAP_UDP && addr_equal(&sa->src, &layer->ip.src))
            cause = CAUSE_NAT_REBINDING;
        else
            cause = CAUSE_OTHER_DESTINATION;
        if (cause != CAUSE_NONE && (best == CAUSE_NONE || cause < best)) {
            best = cause;
            *near = index;
        }
    }
    return best;
}

static enum cause unknown_nearly(const struct receiver *receiver, const struct layer *layer, uint8_t proto,
                                 int64_t now, uint32_t *near)
{
    *near = unknown_lookup(receiver, layer, &layer->ip.dst, __builtin_bswap32(layer->spi), proto, now);
    if (*near != SADB_NONE)
        return CAUSE_BYTE_SWAPPED;
    for (unsigned bit = 0; bit < 32; bit++) {
        *near = unknown_lookup(receiver, layer, &layer->ip.dst, layer->spi ^ (uint32_t)1 << bit, proto, now);
        if (*near != SADB_NONE)
            return CAUSE_ONE_BIT;
    }
    return CAUSE_NONE;
}

static enum cause unknown_cause(const struct receiver *receiver, const struct layer *layer, int64_t now, uint32_t other,
                                uint8_t *certainty, uint32_t *near)
{
    uint8_t proto = layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP;
    *near = SADB_NONE;
    *certainty = CERTAINTY_CERTAIN;
    if (layer->defect == DEFECT_IKE_NO_MARKER)
        return CAUSE_IKE_NO_MARKER;
    if (unknown_is_printable(layer)) {
        *certainty = CERTAINTY_LIKELY;
        return CAUSE_NOT_IPSEC;
    }
    if (layer->spi == 0)
        return CAUSE_ZERO_SPI;
    if (layer->spi < 256)
        return CAUSE_RESERVED_SPI;
    if (other != SADB_NONE && !(sadb_hot(receiver->db, other)->flags & SA_HOT_SEEN)) {
        const struct sa *sa = sadb_sa(receiver->db, other);
        *near = other;
        if (sa->born_ns > now)
            return CAUSE_SA_NOT_YET;
        return sa->ended_by == SA_END_EXPIRED     ? CAUSE_SA_EXPIRED
               : sa->ended_by == SA_END_RESTARTED ? CAUSE_PEER_RESTARTED
                                                  : CAUSE_SA_DELETED;
    }
    enum cause cause = unknown_elsewhere(receiver, layer, proto, near);
    if (cause != CAUSE_NONE)
        return cause;
    *certainty = CERTAINTY_LIKELY;
    cause = unknown_nearly(receiver, layer, proto, now, near);
    return cause != CAUSE_NONE ? cause : CAUSE_UNEXPLAINED;
}

#define UNKNOWN_STAMP_NS ((int64_t)1000000000) /* a dump's times are cut to the second */
#define UNKNOWN_LOGGED_NS (5 * (int64_t)1000000000) /* a log's clock is known to BOOK_CLOCK_NS, and its stamps may be cut to the second */
#define UNKNOWN_KEPT_NS (5 * (int64_t)1000000000) /* strongSwan keeps a replaced inbound SA so long after the Delete (delete_rekeyed_delay) */

/*
 * How sure is it that the receiver had no such SA at that time? A history covers every moment. A table with times covers what came after
 * its newest SA of the pair; older packets may belong to an SA that ended before the table was printed. A table without times may be of any
 * moment of the capture. Lines of logs tell of single SAs (`version`: of this packet's own) and of no other.
 */
static bool unknown_certainty(const struct receiver *receiver, enum known_how how, const struct known_pair *pair,
                              bool version, int64_t now, uint8_t *certainty)
{
    const struct known_pair *table = pair ? pair : known_table(receiver->known);
    *certainty = CERTAINTY_CERTAIN;
    if (table->told && !version) {
        *certainty = CERTAINTY_LIKELY;
        return how == KNOWN_RECEIVER;
    }
    if (table->sas == 0 || table->history)
        return true;
    if (table->dated && now - UNKNOWN_STAMP_NS < table->newest_add_ns) {
        *certainty = CERTAINTY_POSSIBLE;
        return how == KNOWN_RECEIVER;
    }
    if (table->timeless && pair != NULL)
        *certainty = CERTAINTY_LIKELY;
    return true;
}

/* Causes that are in the packet itself or in the table, whatever moment the table is of. */
static bool unknown_is_plain(enum cause cause)
{
    return cause == CAUSE_IKE_NO_MARKER || cause == CAUSE_NOT_IPSEC || cause == CAUSE_ZERO_SPI ||
           cause == CAUSE_OPPOSITE_DIRECTION || cause == CAUSE_SA_DELETED || cause == CAUSE_SA_EXPIRED ||
           cause == CAUSE_SA_NOT_YET || cause == CAUSE_PEER_RESTARTED;
}

/* When an SA came or went that only a log tells of: so much that the two clocks leave open. */
static uint8_t unknown_logged(const struct sa *near, int64_t span_ns, uint8_t certainty)
{
    if (near->logged == SA_LOGGED_NOT)
        return certainty;
    if (span_ns < UNKNOWN_LOGGED_NS && span_ns > -UNKNOWN_LOGGED_NS)
        return CERTAINTY_POSSIBLE;
    return near->logged == SA_LOGGED_LOOSE && certainty == CERTAINTY_CERTAIN ? CERTAINTY_LIKELY : certainty;
}

void receiver_unknown(struct receiver *receiver, const struct frame *frame, const struct layer *layer, uint32_t other,
                      struct judgement *judgement)
{
    const struct known_pair *pair;
    uint8_t proto = layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP;
    enum known_how how = known_how(receiver->known, &layer->ip.src, &layer->ip.dst, proto, &pair);
    judgement->full = layer->seq;
    /* counted on the entry of this key that there is, be it seen or ended; a new one only where there is none */
    judgement->sa = other != SADB_NONE
                        ? other
                        : sadb_learn(receiver->db, &layer->ip.src, &layer->ip.dst, layer->spi, proto, layer->encap);
    judgement->verdict = VERDICT_UNJUDGED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_CERTAIN;
    judgement->cause = CAUSE_LATE_CAPTURE;
    if (layer->defect == DEFECT_AH_LENGTH && how == KNOWN_NOT) {
        judgement->verdict = VERDICT_HEADER_INVALID; /* the packet's own fault, whoever receives it */
        judgement->counter = COUNTER_IN_STATE_PROTO_ERROR;
        judgement->cause = CAUSE_NONE;
        return;
    }
    uint8_t certainty = CERTAINTY_CERTAIN;
    bool version = other != SADB_NONE && sadb_sa(receiver->db, other)->definition != NULL;
    if (layer->spi == 0 && layer->defect != DEFECT_IKE_NO_MARKER)
        how = KNOWN_RECEIVER; /* no receiver anywhere has an SA with SPI 0 (RFC 4303 2.1) */
    else if (how == KNOWN_NOT || !unknown_certainty(receiver, how, pair, version, frame->time_ns, &certainty))
        return;
    judgement->verdict = VERDICT_UNKNOWN_SPI;
    judgement->counter = COUNTER_IN_NO_STATES;
    struct sa *entry = judgement->sa != SADB_NONE ? sadb_sa(receiver->db, judgement->sa) : NULL;
    uint8_t cause_certainty;
    if (entry != NULL && entry->cause_known && entry->definition == NULL) {
        judgement->cause = entry->cause;
        judgement->near = entry->cause_sa;
        cause_certainty = entry->cause_certainty;
    } else {
        judgement->cause = (uint8_t)unknown_cause(receiver, layer, frame->time_ns, other, &cause_certainty,
                                                  &judgement->near);
    }
    if (judgement->near != SADB_NONE) {
        const struct sa *near = sadb_sa(receiver->db, judgement->near);
        if (near->ended_known && near->ended_ns <= frame->time_ns)
            judgement->span_ns = frame->time_ns - near->ended_ns;
        else if (near->born_known && near->born_ns > frame->time_ns)
            judgement->span_ns = frame->time_ns - near->born_ns;
    }
    judgement->certainty = unknown_is_plain(judgement->cause) ? CERTAINTY_CERTAIN : certainty;
    if (judgement->cause == CAUSE_SA_DELETED && sadb_sa(receiver->db, judgement->near)->ended_by == SA_END_TOLD &&
        judgement->span_ns < UNKNOWN_KEPT_NS)
        judgement->certainty = CERTAINTY_POSSIBLE;
    if (judgement->cause == CAUSE_SA_DELETED || judgement->cause == CAUSE_SA_NOT_YET)
        judgement->certainty = unknown_logged(sadb_sa(receiver->db, judgement->near), judgement->span_ns, judgement->certainty);
    if (entry != NULL) {
        entry->cause = judgement->cause;
        entry->cause_sa = judgement->near;
        entry->cause_certainty = cause_certainty;
        entry->cause_known = true;
    }
}
