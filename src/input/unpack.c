/*
 * unpack: bytes out of a plain, gzip or zstd file. The only file that includes <zlib.h> and <zstd.h>.
 *
 * Theory of operation. Stored bytes come from a descriptor or from memory through unpack_store. What is plain goes
 * straight from there to the reader; what is packed goes through `in`. The first unpacked bytes are read ahead into
 * `front`, so that a format can be recognised on a pipe too, and are handed out first. A damaged stream gives what
 * could be unpacked before the damage, then ends. Memory is bounded: zlib's window is 32 KiB, and libzstd refuses
 * windows above 128 MiB.
 */
#include "input/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define UNPACK_IN 65536
#define UNPACK_RECOGNISE 28 /* a pcapng section header; more than a pcap file header or any magic number */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct unpack {
    int fd;                /* -1: from memory */
    bool owned;            /* the descriptor is closed at the end */
    const uint8_t *memory;
    size_t memory_length;
    uint64_t consumed, size;

    enum packing packing;
    bool exhausted;        /* no more stored bytes */
    bool between;          /* packed: a gzip member or zstd frame is complete, and the next has not begun */
    bool ended;            /* no more unpacked bytes */
    z_stream gzip;
    ZSTD_DStream *zstd;
    size_t in_at, in_end;  /* stored bytes in `in` that were not looked at yet */
    size_t front_at, front_end;
    char damage[160];
    uint8_t front[UNPACK_FRONT];
    uint8_t in[UNPACK_IN];
};

static void unpack_damaged(struct unpack *unpack, const char *what, const char *why)
{
    snprintf(unpack->damage, sizeof unpack->damage, "%s%s", what, why);
    unpack->ended = true;
}

/* Stored bytes; 0 at their end. */
static size_t unpack_store(struct unpack *unpack, uint8_t *to, size_t room)
{
    size_t count;
    if (unpack->exhausted)
        return 0;
    if (unpack->fd < 0) {
        count = unpack->memory_length - (size_t)unpack->consumed;
        if (count > room)
            count = room;
        if (count > 0)
            memcpy(to, unpack->memory + unpack->consumed, count);
    } else {
        ssize_t got;
        do {
            got = read(unpack->fd, to, room);
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            unpack_damaged(unpack, "reading failed: ", strerror(errno));
        count = got > 0 ? (size_t)got : 0;
    }
    unpack->consumed += count;
    unpack->exhausted = count == 0;
    return count;
}

/* True when `in` holds something. */
static bool unpack_fill(struct unpack *unpack)
{
    if (unpack->in_at == unpack->in_end) {
        unpack->in_at = 0;
        unpack->in_end = unpack_store(unpack, unpack->in, UNPACK_IN);
    }
    return unpack->in_at < unpack->in_end;
}

/* Behind a complete member: another one, zeros that pad a tape block, or the end. */
static bool unpack_gzip_next(struct unpack *unpack)
{
    while (unpack_fill(unpack) && unpack->in[unpack->in_at] == 0)
        unpack->in_at++;
    if (!unpack_fill(unpack)) {
        unpack->ended = true;
        return false;
    }
    if (unpack->in[unpack->in_at] != 0x1f) {
        unpack_damaged(unpack, "what follows the gzip data is none", "");
        return false;
    }
    inflateReset(&unpack->gzip);
    unpack->between = false;
    return true;
}

static size_t unpack_gzip(struct unpack *unpack, uint8_t *to, size_t room)
{
    z_stream *gzip = &unpack->gzip;
    uInt wanted = room > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)room;
    gzip->next_out = to;
    gzip->avail_out = wanted;
    while (gzip->avail_out == wanted && !unpack->ended) {
        if (unpack->between && !unpack_gzip_next(unpack))
            break;
        bool more = unpack_fill(unpack);
        gzip->next_in = unpack->in + unpack->in_at;
        gzip->avail_in = (uInt)(unpack->in_end - unpack->in_at);
        int status = inflate(gzip, Z_NO_FLUSH);
        unpack->in_at = unpack->in_end - gzip->avail_in;
        if (status == Z_STREAM_END)
            unpack->between = true;
        else if (status != Z_OK && status != Z_BUF_ERROR)
            unpack_damaged(unpack, "the gzip data are damaged: ", gzip->msg != NULL ? gzip->msg : zError(status));
        else if (!more && gzip->avail_out == wanted && unpack->damage[0] == '\0')
            unpack_damaged(unpack, "the gzip data end too early", "");
    }
    return wanted - gzip->avail_out;
}

static size_t unpack_zstd(struct unpack *unpack, uint8_t *to, size_t room)
{
    ZSTD_outBuffer out = { .dst = to, .size = room };
    while (out.pos == 0 && !unpack->ended) {
        bool more = unpack_fill(unpack);
        if (!more && unpack->between) {
            unpack->ended = true;
            break;
        }
        ZSTD_inBuffer in = { .src = unpack->in, .size = unpack->in_end, .pos = unpack->in_at };
        size_t status = ZSTD_decompressStream(unpack->zstd, &out, &in);
        unpack->in_at = in.pos;
        if (ZSTD_isError(status))
            unpack_damaged(unpack, "the zstd data are damaged: ", ZSTD_getErrorName(status));
        else if (!more && out.pos == 0 && status != 0 && unpack->damage[0] == '\0')
            unpack_damaged(unpack, "the zstd data end too early", "");
        unpack->between = status == 0;
    }
    return out.pos;
}

static size_t unpack_plain(struct unpack *unpack, uint8_t *to, size_t room)
{
    size_t count = unpack->in_end - unpack->in_at;
    if (count > 0) { /* what was read to recognise the packing */
        count = count < room ? count : room;
        memcpy(to, unpack->in + unpack->in_at, count);
        unpack->in_at += count;
        return count;
    }
    count = unpack_store(unpack, to, room);
    if (count == 0)
        unpack->ended = true;
    return count;
}

static size_t unpack_more(struct unpack *unpack, uint8_t *to, size_t room)
{
    if (unpack->ended || room == 0)
        return 0;
    switch (unpack->packing) {
    case PACKING_NONE:
        return unpack_plain(unpack, to, room);
    case PACKING_GZIP:
        return unpack_gzip(unpack, to, room);
    case PACKING_ZSTD:
        return unpack_zstd(unpack, to, room);
    }
    return 0;
}

size_t unpack_read(struct unpack *unpack, void *to, size_t room)
{
    size_t count = unpack->front_end - unpack->front_at;
    if (count == 0)
        return unpack_more(unpack, to, room);
    count = count < room ? count : room;
    memcpy(to, unpack->front + unpack->front_at, count);
    unpack->front_at += count;
    return count;
}

static bool unpack_is_zstd(const uint8_t *at, size_t length)
{
    if (length < 4)
        return false;
    bool frame = memcmp(at, "\x28\xb5\x2f\xfd", 4) == 0;
    bool skippable = (at[0] & 0xf0) == 0x50 && memcmp(at + 1, "\x2a\x4d\x18", 3) == 0;
    return frame || skippable;
}

/* Finds out how the stored bytes are packed and reads the front. */
static bool unpack_begin(struct unpack *unpack, struct error *error)
{
    while (unpack->in_end < UNPACK_RECOGNISE) {
        size_t count = unpack_store(unpack, unpack->in + unpack->in_end, UNPACK_FRONT - unpack->in_end);
        if (count == 0)
            break;
        unpack->in_end += count;
    }
    if (unpack->damage[0] != '\0')
        return error_set(error, "%s", unpack->damage);
    if (unpack->in_end >= 3 && memcmp(unpack->in, "\x1f\x8b\x08", 3) == 0) {
        if (inflateInit2(&unpack->gzip, 16 + MAX_WBITS) != Z_OK)
            return error_set(error, "no memory to unpack gzip");
        unpack->packing = PACKING_GZIP;
    } else if (unpack_is_zstd(unpack->in, unpack->in_end)) {
        unpack->zstd = ZSTD_createDStream();
        if (unpack->zstd == NULL)
            return error_set(error, "no memory to unpack zstd");
        unpack->packing = PACKING_ZSTD;
    }
    while (unpack->front_end < UNPACK_RECOGNISE) {
        size_t count = unpack_more(unpack, unpack->front + unpack->front_end, UNPACK_FRONT - unpack->front_end);
        if (count == 0)
            break;
        unpack->front_end += count;
    }
    return true;
}

static struct unpack *unpack_create(struct error *error)
{
    struct unpack *unpack = calloc(1, sizeof *unpack);
    if (unpack == NULL)
        error_set(error, "no memory");
    else
        unpack->fd = -1;
    return unpack;
}

/* The stream, ready to be read, or NULL. */
static struct unpack *unpack_ready(struct unpack *unpack, struct error *error)
{
    if (unpack_begin(unpack, error))
        return unpack;
    unpack_close(unpack);
    return NULL;
}

struct unpack *unpack_open(const char *path, struct error *error)
{
    struct unpack *unpack = unpack_create(error);
    if (unpack == NULL)
        return NULL;
    unpack->owned = strcmp(path, "-") != 0;
    unpack->fd = unpack->owned ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    struct stat stat;
    if (unpack->fd < 0 || fstat(unpack->fd, &stat) != 0)
        error_set(error, "%s", strerror(errno));
    else if (S_ISDIR(stat.st_mode))
        error_set(error, "a directory, not a capture");
    else if (isatty(unpack->fd))
        error_set(error, "a terminal, not a capture");
    else {
        if (S_ISREG(stat.st_mode))
            unpack->size = (uint64_t)stat.st_size;
        return unpack_ready(unpack, error);
    }
    unpack_close(unpack);
    return NULL;
}

struct unpack *unpack_open_memory(const void *bytes, size_t length, struct error *error)
{
    struct unpack *unpack = unpack_create(error);
    if (unpack == NULL)
        return NULL;
    unpack->memory = bytes;
    unpack->memory_length = length;
    unpack->size = length;
    return unpack_ready(unpack, error);
}

void unpack_close(struct unpack *unpack)
{
    if (unpack == NULL)
        return;
    if (unpack->packing == PACKING_GZIP)
        inflateEnd(&unpack->gzip);
    ZSTD_freeDStream(unpack->zstd);
    if (unpack->owned && unpack->fd >= 0)
        close(unpack->fd);
    free(unpack);
}

const uint8_t *unpack_front(const struct unpack *unpack, size_t *length)
{
    *length = unpack->front_end;
    return unpack->front;
}

const char *unpack_damage(const struct unpack *unpack)
{
    return unpack->damage[0] != '\0' ? unpack->damage : NULL;
}

const char *unpack_packing(const struct unpack *unpack)
{
    static const char *const names[] = { [PACKING_NONE] = NULL, [PACKING_GZIP] = "gzip", [PACKING_ZSTD] = "zstd" };
    return names[unpack->packing];
}

uint64_t unpack_consumed(const struct unpack *unpack)
{
    return unpack->consumed;
}

uint64_t unpack_size(const struct unpack *unpack)
{
    return unpack->size;
}
