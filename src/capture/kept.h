/*
 * kept: frames of a capture in memory, whole: bytes, times, link types, names of interfaces, comments; and a source over some of them.
 *
 * What is kept is bounded by the room that it was made with. Frames keep their order and never move until kept_destroy.
 */
#ifndef CAPTURE_KEPT_H
#define CAPTURE_KEPT_H

#include "capture/source.h"

struct kept_frame {
    struct frame frame;      /* with the number that it has in its capture */
    uint8_t *bytes;          /* frame.bytes, which may be changed in place */
    const char *interface;   /* name, or NULL */
    const char *comments;    /* comment_count strings, each with its NUL, one behind the other */
    uint32_t comment_count;
};

struct kept;

struct kept *kept_create(uint64_t room); /* bytes; NULL: no memory */
void kept_destroy(struct kept *kept);
/* Copies frame `index` of the source's last batch. False where there is no room left. */
bool kept_add(struct kept *kept, const struct source *source, const struct frame *frame, size_t index);
uint32_t kept_count(const struct kept *kept);
struct kept_frame *kept_at(const struct kept *kept, uint32_t index);

/*
 * The frames chosen[0..count-1], in that order, numbered anew from 1 as a reader of a file of them counts. Bytes belong to `kept`. NULL: no memory.
 */
struct source *kept_open(const struct kept *kept, const uint32_t *chosen, uint32_t count, uint16_t file);

#endif
