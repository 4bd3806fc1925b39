/* wide: UTF-16 to UTF-8 (RFC 2781, RFC 3629). */
#include "logs/wide.h"

#include <string.h>

void wide_recognise(struct wide *wide, const uint8_t *front, size_t length)
{
    *wide = (struct wide){ .wide = false };
    if (length >= 3 && memcmp(front, "\xef\xbb\xbf", 3) == 0) {
        wide->skip = 3;
    } else if (length >= 2 && (memcmp(front, "\xff\xfe", 2) == 0 || memcmp(front, "\xfe\xff", 2) == 0)) {
        wide->wide = true;
        wide->big = front[0] == 0xfe;
        wide->skip = 2;
    } else if (length >= 4 && (front[0] == 0) != (front[1] == 0) && (front[2] == 0) == (front[0] == 0) &&
               (front[3] == 0) == (front[1] == 0)) {
        wide->wide = true;
        wide->big = front[0] == 0;
    }
}

static size_t wide_put(char *to, uint32_t character)
{
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        to[0] = (char)(0xc0 | character >> 6);
        to[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        to[0] = (char)(0xe0 | character >> 12);
        to[1] = (char)(0x80 | (character >> 6 & 0x3f));
        to[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | character >> 18);
    to[1] = (char)(0x80 | (character >> 12 & 0x3f));
    to[2] = (char)(0x80 | (character >> 6 & 0x3f));
    to[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

static size_t wide_unit(struct wide *wide, uint16_t unit, char *to)
{
    size_t length = 0;
    bool low = unit >= 0xdc00 && unit <= 0xdfff;
    if (wide->high != 0) {
        uint32_t high = wide->high;
        wide->high = 0;
        if (low)
            return wide_put(to, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00u));
        length = wide_put(to, 0xfffd);
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        wide->high = unit;
        return length;
    }
    return length + wide_put(to + length, low ? 0xfffd : unit);
}

size_t wide_convert(struct wide *wide, const uint8_t *raw, size_t length, char *to)
{
    size_t skipped = wide->skip < length ? wide->skip : length, written = 0;
    wide->skip = (uint8_t)(wide->skip - skipped);
    raw += skipped;
    length -= skipped;
    if (!wide->wide) {
        if (length > 0)
            memcpy(to, raw, length);
        return length;
    }
    for (size_t i = 0; i < length; i++) {
        if (!wide->has_byte) {
            wide->byte = raw[i];
            wide->has_byte = true;
            continue;
        }
        uint16_t unit = wide->big ? (uint16_t)(wide->byte << 8 | raw[i]) : (uint16_t)(raw[i] << 8 | wide->byte);
        wide->has_byte = false;
        written += wide_unit(wide, unit, to + written);
    }
    return written;
}
