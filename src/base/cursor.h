/*
 * cursor: reading bytes that a stranger wrote.
 *
 * Theory of operation. A cursor knows two ends: how many bytes were captured and how many the wire promised
 * (an IP length, a UDP length). Reading past the captured bytes but within the promise makes it CUT; reading past the
 * promise makes it BAD. The first failure sticks: later reads return zeros or NULL and leave the status alone, so a decoder reads a
 * whole header and asks once. A cursor is a value on the stack; it owns nothing.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum decode_status {
    DECODE_OK,
    DECODE_CUT, /* the snap length hides what would decide */
    DECODE_BAD, /* the bytes contradict what the wire promised */
};

struct cursor {
    const uint8_t *bytes;
    uint32_t at;       /* offset of the next byte */
    uint32_t captured; /* readable bytes */
    uint32_t wire;     /* promised bytes; captured > wire is legal (link padding) and reads stop at wire */
    uint8_t status;    /* enum decode_status */
};

static inline struct cursor cursor_over(const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    return (struct cursor){ .bytes = bytes, .captured = captured < wire ? captured : wire, .wire = wire };
}

/* NULL, with the status set, where fewer than `count` bytes are there. */
static inline const uint8_t *cursor_take(struct cursor *cursor, uint32_t count)
{
    if (cursor->status != DECODE_OK)
        return NULL;
    if (count > cursor->captured - cursor->at) {
        cursor->status = count > cursor->wire - cursor->at ? DECODE_BAD : DECODE_CUT;
        return NULL;
    }
    const uint8_t *at = cursor->bytes + cursor->at;
    cursor->at += count;
    return at;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 1);
    return at ? at[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 2);
    return at ? bytes_get16(at) : 0;
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 4);
    return at ? bytes_get32(at) : 0;
}

static inline uint32_t cursor_left(const struct cursor *cursor)
{
    return cursor->status == DECODE_OK ? cursor->captured - cursor->at : 0;
}

#endif
