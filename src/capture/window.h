/*
 * window: a piece of a capture in memory, which moves on. Private to capture/.
 * Readers give out pointers into it, so it moves, grows and reads on only where no frame is handed out.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/reader.h"

#define WINDOW_ROOM (256 * 1024) /* bytes at first */

struct window {
    uint8_t *bytes;
    size_t room, at, end; /* its size, what is read next, the end of what is there */
    uint64_t offset;      /* of `at` in the capture */
};

bool window_create(struct window *window); /* false: no memory */
void window_free(struct window *window);
/* Makes `wanted` bytes from `at` on readable; moves what is there. False where the capture ends before, or where memory does, which is damage. */
bool window_fill(struct window *window, struct source *source, size_t wanted);

static inline size_t window_left(const struct window *window)
{
    return window->end - window->at;
}

static inline const uint8_t *window_front(const struct window *window)
{
    return window->bytes + window->at;
}

static inline void window_pass(struct window *window, size_t count)
{
    window->at += count;
    window->offset += count;
}

#endif
