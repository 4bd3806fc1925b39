/* kept: an array of frames that own their bytes, and a reader format whose file is a list of them. */
#include "capture/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/reader.h"

#define KEPT_COMMENTS_MAX 256u /* of one frame */

struct kept {
    struct kept_frame **frames;
    uint32_t count, capacity;
    uint64_t room;
};

struct kept_reading {
    const struct kept *kept;
    const uint32_t *chosen;
    uint32_t count, at;
};

struct kept *kept_create(uint64_t room)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (kept != NULL)
        kept->room = room;
    return kept;
}

void kept_destroy(struct kept *kept)
{
    if (kept == NULL)
        return;
    for (uint32_t i = 0; i < kept->count; i++)
        free(kept->frames[i]);
    free(kept->frames);
    free(kept);
}

/* What stands behind the bytes: the interface's name and the comments, each with its NUL. */
static uint32_t kept_words(const struct source *source, const struct frame *frame, size_t index, struct text *words)
{
    struct span comment;
    uint32_t count = 0;
    const char *name = source_interface(source, frame->interface);
    text_clear(words);
    if (name != NULL)
        text_add(words, name, strlen(name) + 1);
    for (; count < KEPT_COMMENTS_MAX && source_comment(source, index, count, &comment); count++) {
        text_add(words, comment.at, strnlen(comment.at, comment.length));
        text_char(words, '\0');
    }
    return count;
}

static bool kept_grow(struct kept *kept)
{
    if (kept->count < kept->capacity)
        return true;
    uint32_t capacity = kept->capacity ? kept->capacity * 2 : 64;
    struct kept_frame **frames = realloc(kept->frames, capacity * sizeof *frames);
    if (frames == NULL)
        return false;
    kept->frames = frames;
    kept->capacity = capacity;
    return true;
}

bool kept_add(struct kept *kept, const struct source *source, const struct frame *frame, size_t index)
{
    struct text words = { 0 };
    uint32_t comments = kept_words(source, frame, index, &words);
    uint64_t size = sizeof(struct kept_frame) + sizeof(struct kept_frame *) + frame->captured + words.length;
    struct kept_frame *row = size <= kept->room && kept_grow(kept) ? malloc((size_t)size) : NULL;
    if (row != NULL) {
        char *behind = (char *)(row + 1) + frame->captured;
        *row = (struct kept_frame){ .frame = *frame, .bytes = (uint8_t *)(row + 1), .comments = behind, .comment_count = comments };
        if (frame->captured > 0)
            memcpy(row->bytes, frame->bytes, frame->captured);
        if (words.length > 0)
            memcpy(behind, words.chars, words.length);
        row->frame.bytes = row->bytes;
        if (source_interface(source, frame->interface) != NULL) {
            row->interface = behind;
            row->comments = behind + strlen(behind) + 1;
        }
        kept->frames[kept->count++] = row;
        kept->room -= size;
    }
    text_free(&words);
    return row != NULL;
}

uint32_t kept_count(const struct kept *kept)
{
    return kept->count;
}

struct kept_frame *kept_at(const struct kept *kept, uint32_t index)
{
    return kept->frames[index];
}

static size_t kept_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    struct kept_reading *reading = source->state;
    size_t count = 0;
    for (; count < CAPTURE_BATCH && reading->at < reading->count; count++) {
        frames[count] = reading->kept->frames[reading->chosen[reading->at++]]->frame;
        frames[count].number = ++source->number;
        frames[count].file = source->file;
    }
    return count;
}

static void kept_close(struct source *source)
{
    free(source->state);
}

static uint32_t kept_snaplen(const struct source *source)
{
    (void)source;
    return 0;
}

static const struct reader_format kept_format = {
    .name = "kept",
    .close = kept_close,
    .read = kept_read,
    .snaplen = kept_snaplen,
};

struct source *kept_open(const struct kept *kept, const uint32_t *chosen, uint32_t count, uint16_t file)
{
    struct source *source = calloc(1, sizeof *source);
    struct kept_reading *reading = malloc(sizeof *reading);
    if (source == NULL || reading == NULL) {
        free(source);
        free(reading);
        return NULL;
    }
    *reading = (struct kept_reading){ kept, chosen, count, 0 };
    source->format = &kept_format;
    source->state = reading;
    source->file = file;
    return source;
}
