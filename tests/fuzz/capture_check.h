/* capture_check: what must hold of a capture whatever its bytes are. For the fuzz targets of capture/. */
#ifndef TESTS_FUZZ_CAPTURE_CHECK_H
#define TESTS_FUZZ_CAPTURE_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "capture/reader.h"

#define CAPTURE_CHECK(condition) do { if (!(condition)) abort(); } while (0)
#define CAPTURE_CHECK_BATCHES 2000 /* what is packed can be a thousand times what was given */

/* Reads all of it, every byte; returns a sum over what was seen, so that two readings can be compared. */
static uint64_t capture_check(const uint8_t *data, size_t size, const char *filter, uint64_t *frames_seen)
{
    struct source_options options = { .filter = filter, .file = 7 };
    struct error error = { "" };
    struct source *source = source_open_memory(data, size, &options, &error);
    uint64_t sum = 0, number = 0;
    *frames_seen = 0;
    if (source == NULL) {
        size_t length = strnlen(error.message, sizeof error.message);
        CAPTURE_CHECK(length > 0 && length < sizeof error.message && memchr(error.message, '\n', length) == NULL);
        return 0;
    }
    struct frame frames[CAPTURE_BATCH];
    size_t count = 1;
    for (int batch = 0; batch < CAPTURE_CHECK_BATCHES && count > 0; batch++) {
        count = source_read(source, frames);
        CAPTURE_CHECK(count <= CAPTURE_BATCH);
        for (size_t i = 0; i < count; i++) {
            CAPTURE_CHECK(frames[i].number > number && frames[i].file == 7);
            CAPTURE_CHECK(frames[i].captured <= CAPTURE_FRAME_MAX && frames[i].captured <= frames[i].wire);
            const char *name = source_interface(source, frames[i].interface);
            sum += name != NULL ? strlen(name) : 0;
            for (size_t byte = 0; byte < frames[i].captured; byte++)
                sum = sum * 31 + frames[i].bytes[byte];
            sum = sum * 31 + (uint64_t)frames[i].time_ns;
            number = frames[i].number;
        }
        *frames_seen += count;
    }
    CAPTURE_CHECK(count > 0 || source_read(source, frames) == 0);
    const char *damage = source_damage(source);
    CAPTURE_CHECK(damage == NULL || strlen(damage) > 0);
    CAPTURE_CHECK(source_size(source) == size && source_consumed(source) <= size);
    sum += source_dropped(source) + source_snaplen(source);
    source_close(source);
    return sum;
}

/* Twice the same, and a filter only takes away. */
static void capture_check_twice(const uint8_t *data, size_t size)
{
    uint64_t all, again, some;
    uint64_t sum = capture_check(data, size, NULL, &all);
    CAPTURE_CHECK(capture_check(data, size, NULL, &again) == sum && again == all);
    capture_check(data, size, "esp or udp port 4500", &some);
    CAPTURE_CHECK(some <= all || all / CAPTURE_BATCH >= CAPTURE_CHECK_BATCHES - 1);
}

#endif
