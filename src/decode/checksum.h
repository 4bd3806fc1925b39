/*
 * checksum: the Internet checksum (RFC 1071) of IPv4 headers and UDP datagrams.
 *
 * Words are added as they lie in memory: a one's complement sum is the same in either byte order as long as every
 * piece but the last has an even length, and only "is it right" is asked here.
 */
#ifndef DECODE_CHECKSUM_H
#define DECODE_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Adds `length` bytes, an even number but in the last piece. Sums of up to 4 GiB of bytes do not overflow. */
static inline uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t length)
{
    uint32_t word;
    for (; length >= 4; bytes += 4, length -= 4) {
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    word = 0;
    memcpy(&word, bytes, length);
    return sum + word;
}

/* Whether a sum that holds its own checksum field is that of undamaged bytes. */
static inline bool checksum_holds(uint64_t sum)
{
    sum = (sum >> 32) + (sum & 0xffffffff);
    sum = (sum >> 32) + (sum & 0xffffffff);
    uint32_t folded = (uint32_t)(sum >> 16) + (uint32_t)(sum & 0xffff);
    folded = (folded >> 16) + (folded & 0xffff);
    return folded == 0xffff;
}

#endif
