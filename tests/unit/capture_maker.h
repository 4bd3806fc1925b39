/* capture_maker: captures, byte by byte as the formats describe them, for the tests of capture/. */
#ifndef TESTS_CAPTURE_MAKER_H
#define TESTS_CAPTURE_MAKER_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/text.h"
#include "capture/reader.h"

#define MAKER_UNUSED __attribute__((unused))

/* A text serves as a growing row of bytes. */
MAKER_UNUSED static void maker_16(struct text *to, bool big, uint16_t value)
{
    uint8_t bytes[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
    if (big)
        bytes[0] = (uint8_t)(value >> 8), bytes[1] = (uint8_t)value;
    text_add(to, (const char *)bytes, 2);
}

MAKER_UNUSED static void maker_32(struct text *to, bool big, uint32_t value)
{
    maker_16(to, big, (uint16_t)(big ? value >> 16 : value));
    maker_16(to, big, (uint16_t)(big ? value : value >> 16));
}

MAKER_UNUSED static void maker_64(struct text *to, bool big, uint64_t value)
{
    maker_32(to, big, (uint32_t)(big ? value >> 32 : value));
    maker_32(to, big, (uint32_t)(big ? value : value >> 32));
}

/* Bytes that tell which they are: `seed`, `seed` + 1, ... */
MAKER_UNUSED static void maker_fill(struct text *to, size_t length, unsigned seed)
{
    for (size_t i = 0; i < length; i++)
        text_char(to, (char)(uint8_t)(seed + i));
}

MAKER_UNUSED static bool maker_filled(const struct frame *frame, unsigned seed)
{
    for (size_t i = 0; i < frame->captured; i++) {
        if (frame->bytes[i] != (uint8_t)(seed + i))
            return false;
    }
    return true;
}

MAKER_UNUSED static void maker_pcap(struct text *to, bool big, uint32_t magic, uint32_t snaplen, uint32_t linktype)
{
    maker_32(to, big, magic);
    maker_16(to, big, 2);
    maker_16(to, big, 4);
    maker_64(to, big, 0);
    maker_32(to, big, snaplen);
    maker_32(to, big, linktype);
}

MAKER_UNUSED static void maker_head(struct text *to, bool big, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t wire)
{
    maker_32(to, big, seconds);
    maker_32(to, big, fraction);
    maker_32(to, big, captured);
    maker_32(to, big, wire);
}

MAKER_UNUSED static void maker_record(struct text *to, bool big, uint32_t seconds, uint32_t fraction, uint32_t captured, uint32_t wire,
    unsigned seed)
{
    maker_head(to, big, seconds, fraction, captured, wire);
    maker_fill(to, captured, seed);
}

MAKER_UNUSED static void maker_block(struct text *to, bool big, uint32_t type, const struct text *body)
{
    uint32_t padded = ((uint32_t)body->length + 3) & ~3u;
    maker_32(to, big, type);
    maker_32(to, big, padded + 12);
    if (body->length > 0)
        text_add(to, body->chars, body->length);
    text_add(to, "\0\0\0", padded - body->length);
    maker_32(to, big, padded + 12);
}

MAKER_UNUSED static void maker_option(struct text *to, bool big, uint16_t code, const void *value, uint16_t length)
{
    maker_16(to, big, code);
    maker_16(to, big, length);
    text_add(to, value, length);
    text_add(to, "\0\0\0", (4 - length % 4) % 4);
}

MAKER_UNUSED static void maker_option_64(struct text *to, bool big, uint16_t code, uint64_t value)
{
    maker_16(to, big, code);
    maker_16(to, big, 8);
    maker_64(to, big, value);
}

MAKER_UNUSED static void maker_section(struct text *to, bool big)
{
    struct text body = { 0 };
    maker_32(&body, big, 0x1a2b3c4d);
    maker_16(&body, big, 1);
    maker_16(&body, big, 0);
    maker_64(&body, big, UINT64_MAX);
    maker_block(to, big, 0x0a0d0d0a, &body);
    text_free(&body);
}

/* `options` may be NULL. */
MAKER_UNUSED static void maker_interface(struct text *to, bool big, uint16_t linktype, uint32_t snaplen, const struct text *options)
{
    struct text body = { 0 };
    maker_16(&body, big, linktype);
    maker_16(&body, big, 0);
    maker_32(&body, big, snaplen);
    if (options != NULL && options->length > 0)
        text_add(&body, options->chars, options->length);
    maker_block(to, big, 1, &body);
    text_free(&body);
}

MAKER_UNUSED static void maker_packet(struct text *to, bool big, uint32_t interface, uint64_t ticks, uint32_t captured, uint32_t wire,
    unsigned seed, const struct text *options)
{
    struct text body = { 0 };
    maker_32(&body, big, interface);
    maker_32(&body, big, (uint32_t)(ticks >> 32));
    maker_32(&body, big, (uint32_t)ticks);
    maker_32(&body, big, captured);
    maker_32(&body, big, wire);
    maker_fill(&body, captured, seed);
    if (options != NULL && options->length > 0) {
        text_add(&body, "\0\0\0", (4 - captured % 4) % 4);
        text_add(&body, options->chars, options->length);
    }
    maker_block(to, big, 6, &body);
    text_free(&body);
}

/* A folder of the test's own, removed with maker_folder_drop. */
MAKER_UNUSED static char maker_folder[64];

MAKER_UNUSED static int maker_folder_make(void **state)
{
    (void)state;
    snprintf(maker_folder, sizeof maker_folder, "%s/esplain-test-XXXXXX", P_tmpdir);
    return mkdtemp(maker_folder) != NULL ? 0 : -1;
}

MAKER_UNUSED static int maker_folder_drop(void **state)
{
    (void)state;
    return rmdir(maker_folder);
}

MAKER_UNUSED static const char *maker_path(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", maker_folder, name);
    return path;
}

MAKER_UNUSED static const char *maker_file(const char *name, const void *bytes, size_t length)
{
    const char *path = maker_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Where the project's shared data are. */
MAKER_UNUSED static const char *maker_shared(const char *name)
{
    static char path[512];
    const char *shared = getenv("ESPLAIN_SHARED");
    snprintf(path, sizeof path, "%s/%s", shared != NULL ? shared : "../shared", name);
    return path;
}

/* Opens bytes that must be a capture. */
MAKER_UNUSED static struct source *maker_open(const struct text *bytes)
{
    struct error error = { "" };
    struct source *source = source_open_memory(bytes->chars, bytes->length, &(struct source_options){ .file = 3 }, &error);
    if (source == NULL)
        fail_msg("%s", error.message);
    return source;
}

/* Reads to the end; the frames' bytes are not kept. */
MAKER_UNUSED static size_t maker_read(struct source *source, struct frame *frames, size_t room)
{
    struct frame batch[CAPTURE_BATCH];
    size_t total = 0, count;
    while ((count = source_read(source, batch)) > 0) {
        for (size_t i = 0; i < count; i++, total++) {
            if (total < room)
                frames[total] = batch[i];
        }
    }
    assert_int_equal(source_read(source, batch), 0); /* the end stays the end */
    return total;
}

#endif
