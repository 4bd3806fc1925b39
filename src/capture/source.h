/*
 * source: captures in, batches of frames out. The one interface behind which every reader of packets stands.
 *
 * A source is opened on a path ('-' is standard input; gzip and zstd are unpacked on the way) and hands out batches of at most
 * CAPTURE_BATCH frames until it ends. The bytes of a batch belong to the source and live until the next call. Damage is the
 * file's, not ours: what was good before it was handed out, and source_damage() says what and where.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/lines.h"
#include "decode/packet.h"

#define CAPTURE_BATCH 64
#define CAPTURE_FRAME_MAX (256u * 1024) /* a record that claims more is damage */

struct source;

struct source_options {
    const char *filter; /* a pcap-filter(7) expression, or NULL; compiled for each link type that is met */
    uint16_t file;      /* put into each frame */
    bool comments;      /* source_comment will be asked */
};

/* NULL and an error where nothing can be read: no such file, a directory, no capture format, a filter that does not compile. */
struct source *source_open(const char *path, const struct source_options *options, struct error *error);
void source_close(struct source *source);

/* Fills frames[0..CAPTURE_BATCH-1]; returns how many, 0 at the end. Does not allocate after the first batch of the largest frame. */
size_t source_read(struct source *source, struct frame frames[CAPTURE_BATCH]);

/* NULL, or what is damaged and where ("record 812 at byte 104448 claims 3221225472 bytes"). Valid until close. */
const char *source_damage(const struct source *source);
/* Frames that the capturing host says it dropped (pcapng interface statistics), 0 where the format does not tell. */
uint64_t source_dropped(const struct source *source);
/* Bytes of the file (as stored, packed or not) consumed so far, and its size or 0 where unknown (a pipe): for progress. */
uint64_t source_consumed(const struct source *source);
uint64_t source_size(const struct source *source);
/* Interface name or description of frame.interface, NULL where the format has none. */
const char *source_interface(const struct source *source, uint32_t interface);
/*
 * Comment `number` (from 0) of frame `index` of the last batch, as the capture has it: no NUL at its end, perhaps no UTF-8. False where there are no
 * more. Lives as long as the batch.
 */
bool source_comment(const struct source *source, size_t index, unsigned number, struct span *comment);
uint32_t source_snaplen(const struct source *source); /* smallest of its interfaces, 0 where unlimited */

#endif
