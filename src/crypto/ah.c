/* ah: mutable fields to zero, source routes to their end. What Linux does on the points that RFC 4302 leaves open is done here. */
#include "crypto/ah.h"

#include <string.h>

#include "base/bytes.h"

#define AH_FIXED 12 /* next header, length, reserved, SPI, sequence number; the ICV follows */

enum { HEADER_HOP_BY_HOP = 0, HEADER_ROUTING = 43, HEADER_AH = 51, HEADER_DESTINATION = 60 };

/* IPv4 options by class (RFC 4302 appendix A1): these stay as they are, all others are zeroed; source routes move the destination too. */
static bool option4_immutable(uint8_t type)
{
    switch (type) {
    case 130: /* security */
    case 133: /* extended security */
    case 134: /* commercial security */
    case 148: /* router alert */
    case 149: /* sender directed multi-destination delivery */
        return true;
    default:
        return false;
    }
}

static bool options4(uint8_t *header, uint32_t header_length)
{
    uint32_t at = 20;
    while (at < header_length) {
        uint8_t type = header[at];
        if (type == 0) { /* the stack clears what is behind the end before AH sees it */
            memset(header + at, 0, header_length - at);
            return true;
        }
        if (type == 1) {
            at++;
            continue;
        }
        if (header_length - at < 2 || header[at + 1] < 2 || header[at + 1] > header_length - at)
            return false;
        uint8_t length = header[at + 1];
        if (type == 131 || type == 137) { /* loose and strict source route: pointer, then addresses, the last one the end of the way */
            if (length < 7)
                return false;
            if (header[at + 2] <= length - 3u)
                memcpy(header + 16, header + at + length - 4, 4);
        }
        if (!option4_immutable(type))
            memset(header + at, 0, length);
        at += length;
    }
    return true;
}

static bool prepare4(uint8_t *out, uint32_t length, uint32_t ah_at)
{
    uint32_t header_length = (out[0] & 15u) * 4;
    if (length < 20 || header_length < 20 || header_length > length || ah_at != header_length || out[9] != HEADER_AH)
        return false;
    out[1] = 0;                /* TOS */
    bytes_put16(out + 6, 0);   /* flags, fragment offset */
    out[8] = 0;                /* TTL */
    bytes_put16(out + 10, 0);  /* checksum */
    return options4(out, header_length);
}

/* Options whose type has the bit 0x20 may change on the way: their data is zeroed, type and length stay (RFC 4302 3.3.3.1.2.2). */
static bool options6(uint8_t *header, uint32_t header_length)
{
    uint32_t at = 2;
    while (at < header_length) {
        if (header[at] == 0) { /* Pad1 */
            at++;
            continue;
        }
        if (header_length - at < 2 || header[at + 1] > header_length - at - 2)
            return false;
        if (header[at] & 0x20)
            memset(header + at + 2, 0, header[at + 1]);
        at += 2u + header[at + 1];
    }
    return true;
}

/* As it will arrive: the last address is the destination, the way behind it is the list, no segment is left (RFC 4302 3.3.3.1.2.3). */
static bool route6(uint8_t *packet, uint8_t *header, uint32_t header_length)
{
    uint8_t type = header[2], left = header[3], destination[16];
    uint32_t count = (header_length - 8) / 16;
    if ((type != 0 && type != 2) || left == 0)
        return true;
    if (left > count)
        return false;
    uint8_t *addresses = header + 8, *next = addresses + (count - left) * 16;
    memcpy(destination, addresses + (count - 1) * 16, 16);
    memmove(next + 16, next, (left - 1) * 16u);
    memcpy(next, packet + 24, 16);
    memcpy(packet + 24, destination, 16);
    header[3] = 0;
    return true;
}

static bool prepare6(uint8_t *out, uint32_t length, uint32_t ah_at)
{
    if (length < 40)
        return false;
    out[0] = 0x60; /* traffic class and flow label */
    memset(out + 1, 0, 3);
    out[7] = 0; /* hop limit */
    uint8_t next = out[6];
    uint32_t at = 40;
    while (at != ah_at) {
        if (next != HEADER_HOP_BY_HOP && next != HEADER_ROUTING && next != HEADER_DESTINATION)
            return false;
        if (at > ah_at || length - at < 8)
            return false;
        uint32_t header_length = (out[at + 1] + 1u) * 8;
        if (header_length > ah_at - at)
            return false;
        if (!(next == HEADER_ROUTING ? route6(out, out + at, header_length) : options6(out + at, header_length)))
            return false;
        next = out[at];
        at += header_length;
    }
    return next == HEADER_AH;
}

bool ah_prepare(const uint8_t *packet, uint32_t length, uint32_t ah_at, uint8_t icv_length, uint8_t *out)
{
    if (length < 20 || ah_at > length || length - ah_at < AH_FIXED || length - ah_at - AH_FIXED < icv_length)
        return false;
    memcpy(out, packet, length);
    uint8_t version = packet[0] >> 4;
    if (version != 4 && version != 6)
        return false;
    if (!(version == 4 ? prepare4(out, length, ah_at) : prepare6(out, length, ah_at)))
        return false;
    memset(out + ah_at + AH_FIXED, 0, icv_length);
    return true;
}
