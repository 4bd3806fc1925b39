/*
 * sums: Internet checksums over bytes that were changed: right ones stay right, wrong ones stay as wrong as they were.
 *
 * Each checksum is moved by the difference between its bytes before and after (RFC 1624), so that bytes behind the snap length do not matter. Those that
 * cover others' fields come first. A checksum of 0 in IPv4 headers and UDP stays 0; one that a network card was to complete (the sum of the pseudo
 * header alone) becomes that of the new addresses.
 */
#ifndef VEIL_SUMS_H
#define VEIL_SUMS_H

#include "base/addr.h"

#define SUMS_MAX 64u /* of one frame */

enum sum_kind { SUM_PLAIN, SUM_IP4, SUM_UDP };

struct sum {
    uint8_t kind;                     /* enum sum_kind */
    uint32_t field, from, end;        /* offsets in the frame; the field is within */
    uint64_t pseudo_before, pseudo_after; /* 0: no pseudo header */
    uint64_t more_before, more_after; /* of bytes in other frames (fragments) */
};

struct sums {
    struct sum rows[SUMS_MAX];
    uint32_t count;
};

/* NULL where there is no room for one more: it is left as it is. */
struct sum *sums_add(struct sums *sums, enum sum_kind kind, uint32_t field, uint32_t from, uint32_t end);
/* A pseudo header (RFC 9293 3.1, RFC 8200 8.1) before and after. */
void sums_pseudo(struct sum *sum, const struct addr before[2], const struct addr after[2], uint8_t protocol, uint32_t length);
/* Words of bytes that begin at an even offset. */
uint64_t sums_words(const uint8_t *bytes, uint32_t length);
/* Puts all of them right in `after`, the last added first; `captured` bytes are in both. */
void sums_settle(const struct sums *sums, const uint8_t *before, uint8_t *after, uint32_t captured);

#endif
