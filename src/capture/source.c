/* source: which reader a capture gets, and what all readers have in common. */
#include "capture/source.h"

#include <stdlib.h>
#include <string.h>

#include "capture/foreign.h"
#include "capture/reader.h"

#define SOURCE_PATH_SHOWN 240 /* of a message's 512 bytes */

static const struct reader_format *const formats[] = { &classic_format, &pcapng_format };

void source_damaged(struct source *source, const char *format, ...)
{
    source->ended = true;
    if (source->damage.length > 0 || source->damage.failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&source->damage, format, arguments);
    va_end(arguments);
}

static bool source_filter(struct source *source, const char *expression, struct error *error)
{
    if (expression == NULL)
        return true;
    source->filter = filter_create(expression, error);
    return source->filter != NULL;
}

static bool source_recognise(struct source *source, struct error *error)
{
    size_t length;
    const uint8_t *front = unpack_front(source->unpack, &length);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i]->recognise(front, length)) {
            source->format = formats[i];
            return true;
        }
    }
    const char *damage = unpack_damage(source->unpack);
    const char *packing = unpack_packing(source->unpack);
    if (damage != NULL)
        return error_set(error, "nothing could be read: %s", damage);
    if (packing != NULL)
        return error_set(error, "inside the %s data: %s", packing, foreign_text(front, length));
    return error_set(error, "%s", foreign_text(front, length));
}

/* Takes over the stream, which may be NULL where opening it failed and the error says why. */
static struct source *source_create(struct unpack *unpack, const struct source_options *options, struct error *error)
{
    if (unpack == NULL)
        return NULL;
    struct source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        unpack_close(unpack);
        error_set(error, "no memory");
        return NULL;
    }
    source->unpack = unpack;
    source->file = options->file;
    source->comments = options->comments;
    if (source_filter(source, options->filter, error) && source_recognise(source, error) && source->format->open(source, error) &&
        (source->filter == NULL || filter_compiles(source->filter, error)))
        return source;
    source_close(source);
    return NULL;
}

/* Puts the path, escaped and with its beginning left out where it is long, before the reason. */
static void source_blame(const char *path, const struct error *reason, struct error *error)
{
    struct text shown = { 0 };
    if (strcmp(path, "-") == 0)
        text_put(&shown, "standard input");
    else
        text_escaped(&shown, path, strlen(path));
    const char *chars = shown.chars != NULL ? shown.chars : "";
    const char *dots = "";
    if (shown.length > SOURCE_PATH_SHOWN) {
        dots = "...";
        chars += shown.length - SOURCE_PATH_SHOWN;
        while (((unsigned char)*chars & 0xc0) == 0x80) /* not from the middle of a character */
            chars++;
    }
    error_set(error, "%s%s: %s", dots, chars, reason->message);
    text_free(&shown);
}

struct source *source_open(const char *path, const struct source_options *options, struct error *error)
{
    struct error reason = { "" };
    struct source *source = source_create(unpack_open(path, &reason), options, &reason);
    if (source == NULL)
        source_blame(path, &reason, error);
    return source;
}

struct source *source_open_memory(const void *bytes, size_t length, const struct source_options *options, struct error *error)
{
    return source_create(unpack_open_memory(bytes, length, error), options, error);
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->format != NULL)
        source->format->close(source);
    filter_destroy(source->filter);
    unpack_close(source->unpack);
    text_free(&source->damage);
    free(source);
}

size_t source_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    if (source->ended)
        return 0;
    size_t count = source->format->read(source, frames);
    if (count == 0 && !source->format->endless)
        source->ended = true;
    return count;
}

const char *source_damage(const struct source *source)
{
    if (source->damage.failed)
        return "damaged, and no memory to say where";
    return source->damage.length > 0 ? source->damage.chars : NULL;
}

uint64_t source_dropped(const struct source *source)
{
    return source->format->dropped != NULL ? source->format->dropped(source) : 0;
}

uint64_t source_consumed(const struct source *source)
{
    return unpack_consumed(source->unpack);
}

uint64_t source_size(const struct source *source)
{
    return unpack_size(source->unpack);
}

const char *source_interface(const struct source *source, uint32_t interface)
{
    return source->format->interface != NULL ? source->format->interface(source, interface) : NULL;
}

bool source_comment(const struct source *source, size_t index, unsigned number, struct span *comment)
{
    return source->comments && source->format->comment != NULL && source->format->comment(source, index, number, comment);
}

uint32_t source_snaplen(const struct source *source)
{
    return source->format->snaplen(source);
}
