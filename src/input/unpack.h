/*
 * unpack: the bytes of a file, whatever holds them: a file, a pipe, standard input, memory; plain, gzip (RFC 1952)
 * or zstd (RFC 8878), recognised by their first bytes. A stream: it is read once, from the beginning, through buffers
 * of fixed size.
 */
#ifndef INPUT_UNPACK_H
#define INPUT_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define UNPACK_FRONT 4096 /* most bytes that can be looked at before they are read */

struct unpack;

/* '-' is standard input, which stays open. The error holds the reason alone: the caller knows the path. */
struct unpack *unpack_open(const char *path, struct error *error);
/* The bytes are borrowed until close. */
struct unpack *unpack_open_memory(const void *bytes, size_t length, struct error *error);
void unpack_close(struct unpack *unpack);

/* The first unpacked bytes: at least 24 where there are so many, at most UNPACK_FRONT. Valid until the first read. */
const uint8_t *unpack_front(const struct unpack *unpack, size_t *length);
/* Between 1 and `room` bytes; 0 at the end or at damage, and from then on. */
size_t unpack_read(struct unpack *unpack, void *to, size_t room);

/* NULL, or why the stream ended before its end: "the gzip data end too early". Valid until close. */
const char *unpack_damage(const struct unpack *unpack);
const char *unpack_packing(const struct unpack *unpack);  /* "gzip", "zstd" or NULL */
uint64_t unpack_consumed(const struct unpack *unpack);    /* bytes of the stored file that were read */
uint64_t unpack_size(const struct unpack *unpack);        /* of the stored file, 0 where unknown */

#endif
