/*
 * stall: large packets that are sent again and again while nothing comes back any more, as a path does that swallows them silently
 * (RFC 2923 2.1).
 *
 * Theory of operation. Nobody looks while packets pass. When the capture is over, the ring of recent packets shows for each SA how it ended:
 * a run of packets of one size, the largest of the SA there, not to be fragmented, each after a longer wait than the one before, as TCP
 * sends again; and since the second of them nothing on the SA of the other direction, which had been heard before.
 */
#ifndef TRACK_STALL_H
#define TRACK_STALL_H

#include "track/event.h"
#include "track/recent.h"

#define STALL_PACKETS 3u                         /* the least in such a run */
#define STALL_LENGTH 576u                        /* smaller ones pass everywhere */
#define STALL_WAIT_NS (150 * (int64_t)1000000)   /* TCP waits at least 200 ms (Linux), 1 s (RFC 6298) */
#define STALL_SPAN_NS ((int64_t)1000000000)      /* from the first of the run to the last */

struct stall {
    uint32_t packets;       /* of the run */
    uint32_t length;        /* of the outer IP packet */
    uint64_t first_frame, last_frame;
    int64_t first_ns, last_ns;
    uint16_t file;
};

/* Raises EVENT_STALL for each SA that ended so. Call it once, when the SAs are paired. */
void stall_find(struct sadb *db, const struct recent *recent, const struct event_sink *sink);

#endif
