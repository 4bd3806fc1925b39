/*
 * feed: the text of a log file, piece by piece: unpacked, in UTF-8 whatever it was (UTF-16 of either order is converted), with its line numbers.
 * One window of fixed size; spans stay valid until the next call.
 */
#ifndef LOGS_FEED_H
#define LOGS_FEED_H

#include "base/lines.h"
#include "input/unpack.h"

#define FEED_LINE_MAX 65536u /* what lies behind this in a line is left out */

struct feed;

/* '-' is standard input. The error holds the reason alone. */
struct feed *feed_open(const char *path, struct error *error);
struct feed *feed_open_memory(const void *bytes, size_t length, struct error *error);
void feed_close(struct feed *feed);

/* The next line without its end (LF or CRLF), and whether it was cut. False at the end. */
bool feed_line(struct feed *feed, struct span *line, bool *cut);
/* What comes next, unread: at least `least` bytes (up to FEED_LINE_MAX + 1) unless the text ends before. Empty at the end. */
struct span feed_peek(struct feed *feed, size_t least);
/* Takes bytes that feed_peek showed. */
void feed_skip(struct feed *feed, size_t length);
uint32_t feed_number(const struct feed *feed); /* of the line that the next byte stands in, 1-based */
const char *feed_damage(const struct feed *feed); /* as unpack_damage */

#endif
