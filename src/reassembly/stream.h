/*
 * stream: IKE and ESP in TCP connections (RFC 9329, RFC 8229): both directions put together, and their messages one by one.
 *
 * Whoever opens a connection begins with "IKETCP"; then each message of either side has its length before it. Segments on port 4500 are
 * looked at, and connections on port 443 that begin so. Where the beginning is not in the capture, or bytes are missing that never came
 * again, messages are looked for: where a segment begins, and what follows parses as an IKE message or as several of ESP in a row.
 *
 * Bounded: at most STREAMS connections (the one that was silent longest makes room), STREAM_PIECES segments and STREAM_HELD bytes a
 * direction that wait for a missing one, STREAMS_HELD in all. A gap is given up STREAM_GAP_NS of capture time after the first segment
 * behind it came, or when there is no more room. Of two copies of a byte the first one counts. Memory is taken at the first such
 * connection, not before.
 */
#ifndef REASSEMBLY_STREAM_H
#define REASSEMBLY_STREAM_H

#include "decode/packet.h"
#include "decode/tcp.h"

#define STREAMS 512u
#define STREAM_PIECES 256u
#define STREAM_HELD (1u << 20)
#define STREAMS_HELD (16u << 20)
#define STREAM_GAP_NS (5 * (int64_t)1000000000)
#define STREAM_TRIES 64u /* segments in which no message was found: the stream is another protocol's */

struct streams;

enum stream_answer {
    STREAM_FOREIGN,   /* another protocol, or none of the ports */
    STREAM_UNDECIDED, /* too little was seen of it */
    STREAM_TAKEN,     /* IKE and ESP */
};

struct stream_message {
    const uint8_t *bytes;     /* behind the length; until the next call with the same `streams` */
    uint32_t captured, wire;  /* captured < wire: the snap length or a gap hides the rest */
};

struct stream_counts {
    uint64_t streams;   /* connections that were taken */
    uint64_t messages;
    uint64_t gaps;      /* missing bytes that were given up */
    uint64_t searches;  /* where a message begins was not known, and it was looked for */
    uint64_t dropped;   /* directions given up after such a search */
};

struct streams *streams_create(void); /* NULL: no memory */
void streams_destroy(struct streams *streams);

/* Can this layer be a segment of such a stream? Cheap. */
static inline bool stream_may_be(const struct layer *layer)
{
    return layer->ip.protocol == TCP_PROTOCOL && layer->kind == LAYER_CLEAR &&
           (layer->sport == TCP_PORT_NATT || layer->dport == TCP_PORT_NATT || layer->sport == TCP_PORT_HTTPS ||
            layer->dport == TCP_PORT_HTTPS);
}

/* One TCP segment that may be one. Its bytes must live until streams_next has answered false. */
enum stream_answer streams_add(struct streams *streams, const struct frame *frame, const struct layer *layer);
/* The next message, of the sender of the segment that was added last, which it completed; false: no more. */
bool streams_next(struct streams *streams, struct stream_message *message);
void streams_set_clock(struct streams *streams, int64_t step_ns); /* as fragments_set_clock */
const struct stream_counts *streams_counts(const struct streams *streams);

#endif
