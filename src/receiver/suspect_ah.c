/*
 * suspect_ah: what changed an AH packet on its way. AH covers the addresses and every other field of the IP header that
 * no router may touch (RFC 4302 3.3.3.1), so a field is put back as it may have been, and the ICV tells whether that
 * was it.
 */
#include "receiver/suspect.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/ah.h"

#define AH_CANDIDATES 16u /* addresses that the sender may have used */
#define AH_FIXED      12u
#define AH_PAYLOAD    8u /* bytes behind AH that are tried: the ports */

static bool ah_begin(struct trial *trial)
{
    const struct layer *layer = trial->layer;
    uint8_t icv = crypt_ah_icv(trial->sa->key);
    return layer->ah_length >= AH_FIXED + icv &&
           ah_prepare(layer->ip.bytes, layer->ip.total, (uint32_t)(layer->bytes - layer->ip.bytes), icv, trial->buffer);
}

/* The prepared packet as it stands in the buffer. */
static bool ah_right(struct trial *trial)
{
    const struct layer *layer = trial->layer;
    return suspect_affords(trial) && crypt_ah_verify(trial->sa->key, trial->buffer, layer->ip.total, trial->high,
                                                     layer->bytes + AH_FIXED, crypt_ah_icv(trial->sa->key)) == CRYPT_OK;
}

/* ---- addresses ---- */

static void ah_put_address(struct trial *trial, bool source, const struct addr *addr)
{
    bool six = trial->layer->ip.version == 6;
    memcpy(trial->buffer + (six ? (source ? 8 : 24) : (source ? 12 : 16)), addr->bytes, six ? 16 : 4);
}

/* As prepared: behind a source route the destination is the route's end. */
static struct addr ah_get_address(const struct trial *trial, bool source)
{
    return trial->layer->ip.version == 6 ? addr_ip6(trial->buffer + (source ? 8 : 24))
                                         : addr_ip4(trial->buffer + (source ? 12 : 16));
}

static uint32_t ah_candidate(struct addr *list, uint32_t count, const struct addr *addr, const struct ip_header *ip)
{
    if (addr->family != ip->version || addr_is_zero(addr) || count == AH_CANDIDATES)
        return count;
    for (uint32_t i = 0; i < count; i++)
        if (addr_equal(&list[i], addr))
            return count;
    list[count] = *addr;
    return count + 1;
}

/* The SA's own addresses first, then those of the other SAs. */
static uint32_t ah_candidates(struct trial *trial, struct addr *list)
{
    struct sadb *db = trial->receiver->db;
    const struct ip_header *ip = &trial->layer->ip;
    const struct sa_definition *definition = trial->sa->definition;
    uint32_t count = 0;
    if (prefix_is_host(&definition->src))
        count = ah_candidate(list, count, &definition->src.addr, ip);
    if (prefix_is_host(&definition->dst))
        count = ah_candidate(list, count, &definition->dst.addr, ip);
    uint32_t entries = sadb_count(db) < SUSPECT_SCAN ? sadb_count(db) : SUSPECT_SCAN;
    trial->receiver->suspect_work += entries / 16;
    for (uint32_t i = 0; i < entries && count < AH_CANDIDATES; i++) {
        count = ah_candidate(list, count, &sadb_sa(db, i)->src, ip);
        count = ah_candidate(list, count, &sadb_sa(db, i)->dst, ip);
    }
    return count;
}

static bool ah_addresses(struct trial *trial)
{
    struct addr list[AH_CANDIDATES];
    const struct addr own_src = ah_get_address(trial, true), own_dst = ah_get_address(trial, false);
    uint32_t count = ah_candidates(trial, list);
    for (uint32_t pair = 0; pair < (count + 1) * (count + 1); pair++) {
        uint32_t first = pair % (count + 1), second = pair / (count + 1);
        const struct addr *src = first < count ? &list[first] : &own_src,
                          *dst = second > 0 ? &list[second - 1] : &own_dst;
        if (addr_equal(src, &own_src) && addr_equal(dst, &own_dst))
            continue;
        ah_put_address(trial, true, src);
        ah_put_address(trial, false, dst);
        if (!ah_right(trial))
            continue;
        trial->found->cause = CAUSE_ADDRESS_TRANSLATED;
        trial->found->src = *src;
        trial->found->dst = *dst;
        return true;
    }
    ah_put_address(trial, true, &own_src);
    ah_put_address(trial, false, &own_dst);
    return false;
}

/* ---- mutable fields that the sender covers although it should not ---- */

static void ah_put_mutable(struct trial *trial, unsigned covered)
{
    const uint8_t *packet = trial->layer->ip.bytes;
    uint8_t *out = trial->buffer;
    if (trial->layer->ip.version == 4) {
        out[1] = covered & MUTABLE_TOS ? packet[1] : 0;
        bytes_put16(out + 6, covered & MUTABLE_FRAGMENT ? bytes_get16(packet + 6) : 0);
        out[8] = covered & MUTABLE_TTL ? packet[8] : 0;
        bytes_put16(out + 10, covered & MUTABLE_CHECKSUM ? bytes_get16(packet + 10) : 0);
    } else {
        uint32_t mask =
            0xf0000000u | (covered & MUTABLE_TOS ? 0x0ff00000u : 0) | (covered & MUTABLE_FLOW ? 0x000fffffu : 0);
        bytes_put32(out, bytes_get32(packet) & mask);
        out[7] = covered & MUTABLE_TTL ? packet[7] : 0;
    }
}

static bool ah_mutable(struct trial *trial)
{
    unsigned all = trial->layer->ip.version == 4 ? MUTABLE_TOS | MUTABLE_FRAGMENT | MUTABLE_TTL | MUTABLE_CHECKSUM
                                                 : MUTABLE_TOS | MUTABLE_FLOW | MUTABLE_TTL;
    for (unsigned covered = 1; covered <= all; covered++) {
        if (covered & ~all)
            continue;
        ah_put_mutable(trial, covered);
        if (!ah_right(trial))
            continue;
        trial->found->cause = CAUSE_MUTABLE_FIELD;
        trial->found->covered = (uint8_t)covered;
        return true;
    }
    ah_put_mutable(trial, 0);
    return false;
}

/* ---- immutable fields that were changed on the way ---- */

static const char *ah_field_name(const struct layer *layer, uint32_t at)
{
    static const char *const four[20] = {
        "version and header length",
        NULL,
        "total length",
        "total length",
        "identification",
        "identification",
        NULL,
        NULL,
        NULL,
        "protocol",
        NULL,
        NULL,
        "source address",
        "source address",
        "source address",
        "source address",
        "destination address",
        "destination address",
        "destination address",
        "destination address",
    };
    static const char *const header[AH_FIXED] = {
        "next header of AH",
        "length field of AH",
        "reserved bytes of AH",
        "reserved bytes of AH",
        "SPI",
        "SPI",
        "SPI",
        "SPI",
        "sequence number",
        "sequence number",
        "sequence number",
        "sequence number",
    };
    uint32_t ah = (uint32_t)(layer->bytes - layer->ip.bytes);
    if (at >= ah)
        return at < ah + AH_FIXED ? header[at - ah] : "payload";
    if (layer->ip.version == 4)
        return at < 20 ? four[at] : NULL;
    return at >= 40             ? NULL
           : at >= 24           ? "destination address"
           : at >= 8            ? "source address"
           : at == 6            ? "next header"
           : at == 4 || at == 5 ? "payload length"
                                : NULL;
}

static bool ah_changed(struct trial *trial, const char *name, uint32_t at, uint8_t bytes, uint32_t was, uint32_t is)
{
    struct suspicion *found = trial->found;
    found->cause = CAUSE_FIELD_CHANGED;
    found->field = name;
    found->field_at = (uint16_t)at;
    found->field_bytes = bytes;
    found->field_was = was;
    found->field_is = is;
    return true;
}

/* Boxes that "scrub" traffic give packets a new identification. */
static bool ah_identification(struct trial *trial)
{
    uint32_t is = bytes_get16(trial->layer->ip.bytes + 4);
    for (uint32_t was = 0; was <= UINT16_MAX; was++) {
        bytes_put16(trial->buffer + 4, (uint16_t)was);
        if (was != is && ah_right(trial))
            return ah_changed(trial, "identification", 4, 2, was, is);
    }
    bytes_put16(trial->buffer + 4, (uint16_t)is);
    return false;
}

static bool ah_byte(struct trial *trial, uint32_t at, const char *name)
{
    uint8_t is = trial->buffer[at];
    for (uint32_t was = 0; was <= UINT8_MAX; was++) {
        trial->buffer[at] = (uint8_t)was;
        if (was != is && ah_right(trial))
            return ah_changed(trial, name, at, 1, was, is);
    }
    trial->buffer[at] = is;
    return false;
}

/* Any one byte of the headers, or of the first ones of the payload. */
static bool ah_bytes(struct trial *trial)
{
    const struct layer *layer = trial->layer;
    uint32_t ah = (uint32_t)(layer->bytes - layer->ip.bytes), behind = ah + layer->ah_length;
    for (uint32_t at = 0; at < ah + AH_FIXED; at++) {
        const char *name = ah_field_name(layer, at);
        if (name != NULL && ah_byte(trial, at, name))
            return true;
    }
    for (uint32_t at = behind; at < behind + AH_PAYLOAD && at < layer->ip.total; at++)
        if (ah_byte(trial, at, "payload"))
            return true;
    return false;
}

bool suspect_ah(struct trial *trial)
{
    return suspect_affords(trial) && ah_begin(trial) &&
           (ah_addresses(trial) || ah_mutable(trial) ||
            (suspect_affords_many(trial) &&
             (ah_bytes(trial) || (trial->layer->ip.version == 4 && ah_identification(trial)))));
}

bool suspect_ah_again(struct trial *trial)
{
    const struct suspicion *found = trial->found;
    if (!ah_begin(trial))
        return false;
    if (found->cause == CAUSE_ADDRESS_TRANSLATED) {
        ah_put_address(trial, true, &found->src);
        ah_put_address(trial, false, &found->dst);
        return ah_right(trial);
    }
    if (found->cause == CAUSE_MUTABLE_FIELD) {
        ah_put_mutable(trial, found->covered);
        return ah_right(trial);
    }
    if (found->field_at >= trial->layer->ip.total)
        return false;
    /* the field may have had another value in each packet, so it is looked for again: two bytes only a few times, then
     * they are taken to be it */
    bool one = found->field_bytes == 1;
    uint8_t is = trial->buffer[found->field_at];
    trial->buffer[found->field_at] = (uint8_t)found->field_was;
    if (one && is == found->field_is && ah_right(trial))
        return true;
    trial->buffer[found->field_at] = is;
    trial->free = false;
    if (one && found->explained >= SUSPECT_AGAIN * 16)
        return false;
    struct suspicion before = *found;
    bool again = one ? ah_byte(trial, found->field_at, found->field)
                     : found->explained >= SUSPECT_AGAIN || ah_identification(trial);
    *trial->found = before;
    return again;
}
