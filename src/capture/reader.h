/*
 * reader: what source.c and the readers of each capture format agree on. Private to capture/; fuzz targets use
 * source_open_memory. A new format is one row: a struct reader_format.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include "base/text.h"
#include "capture/filter.h"
#include "capture/source.h"
#include "input/unpack.h"

struct reader_format {
    const char *name;
    bool endless; /* a read of nothing is no end */
    /* `front` is what unpack_front gives. */
    bool (*recognise)(const uint8_t *front, size_t length);
    /*
     * Sets source->state, and meets the link types known so far with source->filter. False and the reason where nothing
     * can be read; close is called in any case.
     */
    bool (*open)(struct source *source, struct error *error);
    void (*close)(struct source *source);
    /* As source_read; 0 is the end, and source_damaged was called where that came too early. */
    size_t (*read)(struct source *source, struct frame frames[CAPTURE_BATCH]);
    /* These may be NULL where the format has no such thing. */
    uint64_t (*dropped)(const struct source *source);
    const char *(*interface)(const struct source *source, uint32_t interface);
    uint32_t (*snaplen)(const struct source *source);
    bool (*comment)(const struct source *source, size_t index, unsigned number, struct span *comment);
};

extern const struct reader_format classic_format;
extern const struct reader_format pcapng_format;

struct source {
    const struct reader_format *format;
    void *state;           /* the format's own */
    struct unpack *unpack;
    struct filter *filter; /* NULL: all frames pass */
    uint16_t file;
    bool comments;         /* they will be asked for */
    bool ended;
    uint64_t number;       /* of the last frame that was read, passed or not */
    struct text damage;
};

/* The first damage counts, and ends the source. */
void source_damaged(struct source *source, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As source_open, on bytes that the caller keeps until close. */
struct source *source_open_memory(const void *bytes, size_t length, const struct source_options *options, struct error *error);

#endif
