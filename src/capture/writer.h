/*
 * writer: captures out, as pcapng: packets of any link types with their times to the nanosecond and any number of comments.
 *
 * A failed write sticks: later packets are refused, and writer_failed() says why. On a regular file what was written stays a capture of
 * whole blocks.
 */
#ifndef CAPTURE_WRITER_H
#define CAPTURE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct writer;

struct writer_options {
    const char *application;    /* "name version", told in the section header */
    bool secret;                /* what is written was encrypted: a new file is the owner's alone */
    const char *const *spares;  /* paths of files that must not be written over; '-' is standard input */
    size_t spare_count;
};

struct writer_packet {
    const uint8_t *bytes;
    uint32_t captured, wire;
    int64_t time_ns;            /* since 1970, UTC; may be negative */
    uint16_t linktype;          /* LINKTYPE_* */
    const char *const *comments; /* UTF-8; each is cut at 65535 bytes */
    size_t comment_count;
    const char *interface;      /* its name, or NULL; cut at 255 bytes */
};

/*
 * Creates the file, or empties one that is there; '-' is standard output. NULL and an error, and nothing is touched, where it is one of
 * the spares (by device and inode) or cannot be written.
 */
struct writer *writer_open(const char *path, const struct writer_options *options, struct error *error);
/* Allocates only where a packet is larger than any before. False once something failed. */
bool writer_packet(struct writer *writer, const struct writer_packet *packet);
uint64_t writer_length(const struct writer *writer); /* bytes so far, buffered ones too */
/* Hands out what is buffered. False once something failed. */
bool writer_flush(struct writer *writer);
/* 0, or errno of the first failure. */
int writer_failed(const struct writer *writer);
/* Flushes, closes, frees. 0, or errno of the first failure. NULL is allowed. */
int writer_close(struct writer *writer);

#endif
