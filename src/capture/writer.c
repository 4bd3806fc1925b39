/*
 * writer: pcapng out (draft-ietf-opsawg-pcapng).
 *
 * Theory of operation. libpcap reads pcapng but writes the classic format alone, which has one link type a file and no comments; so the four
 * blocks that we need are made here: a section header that names the application and nothing of this machine, an interface description for
 * each link type before its first packet, and an enhanced packet block for each packet. Everything is little-endian on every machine, and no
 * clock is asked: the same packets give the same bytes.
 *
 * Times are unsigned nanoseconds since 1970. A capture may hold earlier ones; those stand on an interface of their own whose if_tsoffset moves
 * them above zero.
 *
 * Blocks are collected and handed out together. Where that fails on a regular file, it is cut back to where this write began, so that it
 * ends with a whole block.
 */
#include "capture/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

#define WRITER_CHUNK (256u * 1024)
#define WRITER_INTERFACES 1024u /* link types that one capture can hold here */
#define WRITER_COMMENT_MAX 65535u
#define WRITER_NAME_MAX 255u
#define WRITER_EARLY_S (-9223372037) /* if_tsoffset of the interfaces for times before 1970 */
#define WRITER_RAW 101

enum { BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_NAME = 2, OPTION_USERAPPL = 4, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

struct writer {
    int descriptor;
    bool own;              /* a regular file that begins with our first byte */
    int failed;            /* errno of the first failure */
    uint64_t written;      /* bytes handed out */
    struct text blocks;    /* whole blocks, not handed out yet */
    uint32_t interfaces;
    uint32_t kinds[WRITER_INTERFACES]; /* link type, and WRITER_EARLY for times before 1970 */
    char *names[WRITER_INTERFACES];    /* or NULL */
};

#define WRITER_EARLY 0x10000u

static void writer_fail(struct writer *writer, int why)
{
    if (writer->failed == 0)
        writer->failed = why;
}

static void writer_16(struct writer *writer, uint16_t value)
{
    uint8_t bytes[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
    text_add(&writer->blocks, (const char *)bytes, sizeof bytes);
}

static void writer_32(struct writer *writer, uint32_t value)
{
    writer_16(writer, (uint16_t)value);
    writer_16(writer, (uint16_t)(value >> 16));
}

static void writer_64(struct writer *writer, uint64_t value)
{
    writer_32(writer, (uint32_t)value);
    writer_32(writer, (uint32_t)(value >> 32));
}

static uint32_t writer_padded(uint32_t length)
{
    return (length + 3) & ~3u;
}

/* Bytes and zeros up to a multiple of four. */
static void writer_bytes(struct writer *writer, const void *bytes, uint32_t length)
{
    static const char zeros[4];
    text_add(&writer->blocks, bytes, length);
    text_add(&writer->blocks, zeros, writer_padded(length) - length);
}

static void writer_option(struct writer *writer, uint16_t code, const void *value, uint16_t length)
{
    writer_16(writer, code);
    writer_16(writer, length);
    writer_bytes(writer, value, length);
}

static void writer_section(struct writer *writer, const char *application)
{
    size_t named = strlen(application);
    uint16_t name = named < 1024 ? (uint16_t)named : 1024;
    uint32_t length = 28 + 4 + writer_padded(name) + 4;
    writer_32(writer, BLOCK_SECTION);
    writer_32(writer, length);
    writer_32(writer, 0x1a2b3c4d);
    writer_16(writer, 1);
    writer_16(writer, 0);
    writer_64(writer, UINT64_MAX); /* length of the section: not told */
    writer_option(writer, OPTION_USERAPPL, application, name);
    writer_option(writer, OPTION_END, NULL, 0);
    writer_32(writer, length);
}

static void writer_describe(struct writer *writer, uint16_t linktype, const char *name, bool early)
{
    uint8_t nanoseconds = 9, offset[8];
    uint16_t named = name ? (uint16_t)strlen(name) : 0;
    uint32_t length = 20 + (named ? 4 + writer_padded(named) : 0) + 8 + (early ? 12 : 0) + 4;
    writer_32(writer, BLOCK_INTERFACE);
    writer_32(writer, length);
    writer_16(writer, linktype);
    writer_16(writer, 0);
    writer_32(writer, 0); /* no snap length of ours */
    if (named)
        writer_option(writer, OPTION_NAME, name, named);
    writer_option(writer, OPTION_TSRESOL, &nanoseconds, 1);
    if (early) {
        for (unsigned i = 0; i < 8; i++)
            offset[i] = (uint8_t)((uint64_t)(int64_t)WRITER_EARLY_S >> 8 * i);
        writer_option(writer, OPTION_TSOFFSET, offset, 8);
    }
    writer_option(writer, OPTION_END, NULL, 0);
    writer_32(writer, length);
}

static bool writer_named(const char *kept, const char *name)
{
    return kept == NULL || name == NULL ? kept == name : strncmp(kept, name, WRITER_NAME_MAX) == 0;
}

/* WRITER_INTERFACES where there is no room for one more. */
static uint32_t writer_interface(struct writer *writer, uint16_t linktype, const char *name, bool early)
{
    uint32_t kind = linktype | (early ? WRITER_EARLY : 0), at = 0;
    while (at < writer->interfaces && (writer->kinds[at] != kind || !writer_named(writer->names[at], name)))
        at++;
    if (at < writer->interfaces || at == WRITER_INTERFACES)
        return at;
    if (name != NULL && (writer->names[at] = strndup(name, WRITER_NAME_MAX)) == NULL)
        writer_fail(writer, ENOMEM);
    writer->kinds[writer->interfaces++] = kind;
    writer_describe(writer, linktype, writer->names[at], early);
    return at;
}

/* The length of a comment as it is written: not cut within a character. */
static uint16_t writer_comment(const char *comment)
{
    size_t length = strnlen(comment, WRITER_COMMENT_MAX + 1);
    if (length > WRITER_COMMENT_MAX) {
        length = WRITER_COMMENT_MAX;
        while (length > 0 && ((unsigned char)comment[length] & 0xc0) == 0x80)
            length--;
    }
    return (uint16_t)length;
}

bool writer_packet(struct writer *writer, const struct writer_packet *packet)
{
    bool early = packet->time_ns < 0;
    uint64_t time = (uint64_t)packet->time_ns;
    uint32_t options = packet->comment_count > 0 ? 4 : 0;
    if (early)
        time -= (uint64_t)(int64_t)WRITER_EARLY_S * 1000000000u;
    for (size_t i = 0; i < packet->comment_count; i++)
        options += 4 + writer_padded(writer_comment(packet->comments[i]));
    uint32_t length = 28 + writer_padded(packet->captured) + options + 4;
    uint32_t interface = writer_interface(writer, packet->linktype, packet->interface, early);
    if (writer->failed != 0 || interface == WRITER_INTERFACES) {
        writer_fail(writer, EOVERFLOW);
        return false;
    }
    writer_32(writer, BLOCK_PACKET);
    writer_32(writer, length);
    writer_32(writer, interface);
    writer_32(writer, (uint32_t)(time >> 32));
    writer_32(writer, (uint32_t)time);
    writer_32(writer, packet->captured);
    writer_32(writer, packet->wire);
    writer_bytes(writer, packet->bytes, packet->captured);
    for (size_t i = 0; i < packet->comment_count; i++)
        writer_option(writer, OPTION_COMMENT, packet->comments[i], writer_comment(packet->comments[i]));
    if (packet->comment_count > 0)
        writer_option(writer, OPTION_END, NULL, 0);
    writer_32(writer, length);
    return writer->blocks.length < WRITER_CHUNK || writer_flush(writer);
}

bool writer_flush(struct writer *writer)
{
    const char *at = writer->blocks.chars;
    size_t left = writer->blocks.failed ? 0 : writer->blocks.length;
    if (writer->blocks.failed)
        writer_fail(writer, ENOMEM);
    while (left > 0 && writer->failed == 0) {
        ssize_t done = write(writer->descriptor, at, left);
        if (done > 0) {
            at += done;
            left -= (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            writer_fail(writer, done == 0 ? EIO : errno);
        }
    }
    if (writer->failed == 0)
        writer->written += writer->blocks.length;
    else if (writer->own && ftruncate(writer->descriptor, (off_t)writer->written) != 0)
        writer->own = false; /* it ends in the middle of a block, and the failure is told anyway */
    text_clear(&writer->blocks);
    return writer->failed == 0;
}

static bool writer_same(const struct stat *about, const char *path)
{
    struct stat other;
    int found = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &other) : stat(path, &other);
    return found == 0 && other.st_dev == about->st_dev && other.st_ino == about->st_ino;
}

static bool writer_create(struct writer *writer, const char *path, const struct writer_options *options, struct error *error)
{
    struct text shown = { 0 };
    struct stat about;
    bool standard = strcmp(path, "-") == 0;
    if (standard)
        text_put(&shown, "standard output");
    else
        text_escaped(&shown, path, strlen(path));
    const char *name = shown.chars ? shown.chars : "";
    /* emptied only once it is known to be none of the spares */
    writer->descriptor = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, options->secret ? 0600 : 0666);
    bool good = writer->descriptor >= 0 && fstat(writer->descriptor, &about) == 0;
    if (!good)
        error_set(error, "%.300s: %s", name, strerror(errno));
    bool regular = good && S_ISREG(about.st_mode);
    for (size_t i = 0; i < options->spare_count && regular && good; i++)
        if (writer_same(&about, options->spares[i]))
            good = error_set(error, "%.300s: this file is read or written otherwise in this run, and is not written over", name);
    writer->own = regular && !standard;
    if (good && writer->own && ftruncate(writer->descriptor, 0) != 0)
        good = error_set(error, "%.300s: %s", name, strerror(errno));
    text_free(&shown);
    return good;
}

struct writer *writer_open(const char *path, const struct writer_options *options, struct error *error)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        error_set(error, "no memory to write a capture");
        return NULL;
    }
    writer->descriptor = -1;
    if (writer_create(writer, path, options, error)) {
        writer_section(writer, options->application);
        return writer;
    }
    if (writer->descriptor > STDERR_FILENO)
        close(writer->descriptor);
    free(writer);
    return NULL;
}

uint64_t writer_length(const struct writer *writer)
{
    return writer->written + writer->blocks.length;
}

int writer_failed(const struct writer *writer)
{
    return writer->failed;
}

int writer_close(struct writer *writer)
{
    if (writer == NULL)
        return 0;
    if (writer->interfaces == 0) /* readers want one, even where no packet is on it */
        writer_interface(writer, WRITER_RAW, NULL, false);
    writer_flush(writer);
    if (writer->descriptor != STDOUT_FILENO && close(writer->descriptor) != 0)
        writer_fail(writer, errno);
    int failed = writer->failed;
    if (writer->blocks.chars != NULL) /* what came out of tunnels */
        secret_wipe(writer->blocks.chars, writer->blocks.room);
    text_free(&writer->blocks);
    for (uint32_t i = 0; i < writer->interfaces; i++)
        free(writer->names[i]);
    free(writer);
    return failed;
}
