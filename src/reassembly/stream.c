/*
 * stream: the table of TCP connections that may carry IKE and ESP.
 *
 * Theory of operation. A connection has one entry, found by a keyed hash of its two ends in the order of their bytes, so that both sides
 * come to the same; it knows two directions. Who sent SYN, or "IKETCP", is the originator, whose bytes begin with the prefix; the other
 * side's are held until that prefix was seen. RST and FIN end nothing here: a stranger can forge them, and an entry that nobody uses makes
 * room by itself. A new SYN with another number begins anew.
 */
#include "reassembly/stream.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/step.h"
#include "reassembly/direction.h"

#define NONE UINT16_MAX
#define BUCKETS 1024u
#define FAR (16 << 20)     /* further away from what comes next, a segment is another connection's, or much was not captured */
#define STRANGE_MAX 8u

struct end {
    struct addr addr;
    uint16_t port;
};

struct connection {
    struct end ends[2];    /* in the order of their bytes */
    struct direction directions[2]; /* of what ends[i] sends */
    bool used, taken, foreign, started;
    uint32_t start;        /* the originator's first number, where SYN was seen */
    uint64_t turn;         /* when it was used last, in segments */
    uint16_t bucket, chain;
};

struct streams {
    struct hash_key key;
    struct connection *table; /* NULL before the first */
    uint16_t buckets[BUCKETS];
    uint32_t used;
    uint64_t turn, held;
    int64_t step_ns;               /* by which somebody has set the clock: pieces are held since times of before */
    struct stream_counts counts;
    struct connection *connection; /* that streams_next reads */
    struct direction *direction;   /* NULL: nothing to read */
    struct span now;
    struct held *piece;            /* that `now` lies in */
};

struct streams *streams_create(void)
{
    struct streams *streams = calloc(1, sizeof *streams);
    if (streams == NULL)
        return NULL;
    hash_key_make(&streams->key);
    for (unsigned i = 0; i < BUCKETS; i++)
        streams->buckets[i] = NONE;
    return streams;
}

void streams_destroy(struct streams *streams)
{
    if (streams == NULL)
        return;
    for (uint32_t i = 0; i < streams->used; i++)
        for (unsigned side = 0; side < 2; side++)
            direction_clear(&streams->table[i].directions[side]);
    direction_free(streams->piece);
    free(streams->table);
    free(streams);
}

void streams_set_clock(struct streams *streams, int64_t step_ns)
{
    if (streams != NULL)
        step_move(&streams->step_ns, step_ns);
}

const struct stream_counts *streams_counts(const struct streams *streams)
{
    return &streams->counts;
}

static int end_compare(const struct end *a, const struct end *b)
{
    int order = memcmp(&a->addr, &b->addr, sizeof a->addr);
    return order ? order : (int)a->port - (int)b->port;
}

static uint16_t streams_bucket(const struct streams *streams, const struct end ends[2])
{
    uint8_t bytes[2 * (sizeof(struct addr) + 2)];
    for (unsigned i = 0; i < 2; i++) {
        memcpy(bytes + i * (sizeof(struct addr) + 2), &ends[i].addr, sizeof(struct addr));
        memcpy(bytes + (i + 1) * (sizeof(struct addr) + 2) - 2, &ends[i].port, 2);
    }
    return (uint16_t)(hash_bytes(&streams->key, bytes, sizeof bytes) % BUCKETS);
}

static struct connection *streams_find(struct streams *streams, const struct end ends[2], uint16_t bucket)
{
    if (streams->table == NULL)
        return NULL;
    for (uint16_t i = streams->buckets[bucket]; i != NONE; i = streams->table[i].chain)
        if (end_compare(&streams->table[i].ends[0], &ends[0]) == 0 && end_compare(&streams->table[i].ends[1], &ends[1]) == 0)
            return &streams->table[i];
    return NULL;
}

static void connection_clear(struct streams *streams, struct connection *connection)
{
    for (unsigned side = 0; side < 2; side++) {
        streams->held -= connection->directions[side].bytes;
        direction_clear(&connection->directions[side]);
    }
    connection->taken = connection->foreign = connection->started = false;
}

/* The connection that was silent longest: first of those that hold bytes, where room for bytes is wanted. */
static struct connection *streams_oldest(struct streams *streams, bool holding)
{
    struct connection *oldest = NULL;
    for (uint32_t i = 0; i < streams->used; i++) {
        struct connection *connection = &streams->table[i];
        bool holds = connection->directions[0].count || connection->directions[1].count;
        if ((holds || !holding) && (oldest == NULL || connection->turn < oldest->turn))
            oldest = connection;
    }
    return oldest;
}

static struct connection *streams_open(struct streams *streams, const struct end ends[2], uint16_t bucket)
{
    if (streams->table == NULL && (streams->table = calloc(STREAMS, sizeof *streams->table)) == NULL)
        return NULL;
    struct connection *connection;
    if (streams->used < STREAMS) {
        connection = &streams->table[streams->used++];
    } else {
        connection = streams_oldest(streams, false);
        uint16_t index = (uint16_t)(connection - streams->table), *link = &streams->buckets[connection->bucket];
        while (*link != index)
            link = &streams->table[*link].chain;
        *link = connection->chain;
        connection_clear(streams, connection);
    }
    connection->ends[0] = ends[0];
    connection->ends[1] = ends[1];
    connection->bucket = bucket;
    connection->chain = streams->buckets[bucket];
    streams->buckets[bucket] = (uint16_t)(connection - streams->table);
    return connection;
}

/* What others hold makes room for this; a direction whose pieces went is lost. */
static void streams_make_room(struct streams *streams, const struct connection *spared)
{
    while (streams->held > STREAMS_HELD) {
        struct connection *oldest = streams_oldest(streams, true);
        if (oldest == NULL || oldest == spared)
            return;
        for (unsigned side = 0; side < 2; side++) {
            struct direction *direction = &oldest->directions[side];
            streams->held -= direction->bytes;
            streams->counts.gaps += direction->count > 0;
            if (direction->count == 0)
                continue;
            direction_clear(direction);
            direction->state = DIRECTION_LOST;
        }
    }
}

static void connection_take(struct streams *streams, struct connection *connection)
{
    streams->counts.streams += !connection->taken;
    connection->taken = true;
}

static void direction_begin(struct streams *streams, struct direction *direction, uint8_t state, uint32_t next)
{
    streams->held -= direction->bytes;
    direction_clear(direction);
    direction->state = state;
    direction->next = next;
}

/* SYN and its answer say where the bytes of both sides begin. */
static void connection_syn(struct streams *streams, struct connection *connection, unsigned side, const struct tcp_header *tcp)
{
    bool answer = tcp->flags & TCP_ACK;
    struct direction *asker = &connection->directions[answer ? side ^ 1 : side];
    struct direction *other = &connection->directions[answer ? side : side ^ 1];
    uint32_t start = answer ? tcp->ack : tcp->seq + 1;
    if (!connection->started || connection->start != start) {
        connection_clear(streams, connection);
        connection->started = true;
        connection->start = start;
        direction_begin(streams, asker, DIRECTION_PREFIX, start);
    }
    if (answer && other->state == DIRECTION_NEW)
        direction_begin(streams, other, DIRECTION_WAIT, tcp->seq + 1);
}

/* A segment that begins as connections do, where the connection's own beginning was not seen. */
static void connection_prefix(struct streams *streams, struct connection *connection, unsigned side, const struct tcp_header *tcp)
{
    struct direction *own = &connection->directions[side], *other = &connection->directions[side ^ 1];
    if (connection->taken)
        return;
    if (!connection->started) {
        connection->foreign = false;
        connection->started = true;
        connection->start = tcp->seq;
        direction_begin(streams, own, DIRECTION_PREFIX, tcp->seq);
    }
    /* nobody answers before the prefix: what it acknowledges is where the answers begin */
    if (tcp->flags & TCP_ACK && tcp->seq == connection->start && other->state != DIRECTION_WAIT)
        direction_begin(streams, other, DIRECTION_WAIT, tcp->ack);
}

static bool segment_is_prefix(const struct span *span)
{
    return span->captured >= TCP_PREFIX_LENGTH && memcmp(span->bytes, TCP_PREFIX, TCP_PREFIX_LENGTH) == 0;
}

/* A segment far away from all others is not held; several of them mean that the stream went on where nobody saw it. */
static bool direction_is_strange(struct streams *streams, struct direction *direction, const struct span *span)
{
    uint32_t base;
    int32_t distance = direction_where(direction, &base) ? (int32_t)(span->seq - base) : 0;
    if (distance < FAR && distance > -FAR) {
        direction->strange = 0;
        return false;
    }
    if (++direction->strange < STRANGE_MAX)
        return true;
    streams->counts.gaps++;
    direction_begin(streams, direction, DIRECTION_LOST, 0);
    return false;
}

/* Puts the segment where it belongs; streams->now is what of it can be read at once. */
static void connection_segment(struct streams *streams, struct connection *connection, struct direction *direction,
                               const struct span *span, int64_t now_ns)
{
    if (span->wire == 0 || direction_is_strange(streams, direction, span))
        return;
    if (direction->state == DIRECTION_NEW)
        direction->state = DIRECTION_LOST;
    if (direction->state == DIRECTION_WAIT && connection->taken)
        direction->state = DIRECTION_FRAMED;
    uint32_t before = direction->bytes;
    bool room = direction_insert(direction, *span, now_ns, &streams->now);
    if (direction->state == DIRECTION_LOST || direction->state == DIRECTION_WAIT) {
        direction->tries++;
        direction_thin(direction);
    } else if (!room || direction_waits_since(direction, now_ns) < now_ns - STREAM_GAP_NS) {
        direction->give_up = true;
    }
    streams->held += (uint64_t)direction->bytes - before;
    streams_make_room(streams, connection);
    streams->connection = connection;
    streams->direction = direction;
}

enum stream_answer streams_add(struct streams *streams, const struct frame *frame, const struct layer *layer)
{
    struct stream_message unread;
    while (streams_next(streams, &unread))
        continue;
    struct tcp_header tcp;
    if (layer->kind != LAYER_CLEAR || layer->ip.protocol != TCP_PROTOCOL ||
        tcp_decode(layer->bytes, layer->captured, layer->wire, &tcp) != DECODE_OK)
        return STREAM_FOREIGN;
    uint32_t known = layer->captured > tcp.header ? layer->captured - tcp.header : 0;
    struct span span = { known ? layer->bytes + tcp.header : layer->bytes, tcp.seq + (tcp.flags & TCP_SYN ? 1 : 0), known,
                         layer->wire - tcp.header };
    struct end ends[2] = { { layer->ip.src, tcp.sport }, { layer->ip.dst, tcp.dport } };
    unsigned side = end_compare(&ends[0], &ends[1]) > 0;
    if (side) {
        struct end first = ends[0];
        ends[0] = ends[1];
        ends[1] = first;
    }
    bool port = tcp.sport == TCP_PORT_NATT || tcp.dport == TCP_PORT_NATT, prefix = segment_is_prefix(&span);
    bool wanted = prefix || (port && (tcp.flags & TCP_SYN || span.wire > 0));
    if (!wanted && streams->used == 0)
        return port ? STREAM_UNDECIDED : STREAM_FOREIGN;
    uint16_t bucket = streams_bucket(streams, ends);
    struct connection *connection = streams_find(streams, ends, bucket);
    if (connection == NULL && (!wanted || (connection = streams_open(streams, ends, bucket)) == NULL))
        return port ? STREAM_UNDECIDED : STREAM_FOREIGN;
    connection->turn = ++streams->turn;
    if (tcp.flags & TCP_SYN)
        connection_syn(streams, connection, side, &tcp);
    else if (prefix)
        connection_prefix(streams, connection, side, &tcp);
    if (!connection->foreign)
        connection_segment(streams, connection, &connection->directions[side], &span, frame->time_ns - streams->step_ns);
    return connection->foreign ? STREAM_FOREIGN : connection->taken ? STREAM_TAKEN : STREAM_UNDECIDED;
}

/* Nothing of the segment is left to read, and nothing that was held follows it. */
static void streams_rest(struct streams *streams)
{
    struct connection *connection = streams->connection;
    struct direction *direction = streams->direction;
    if (!connection->taken && (direction->broken || direction->tries > STREAM_TRIES)) {
        connection_clear(streams, connection);
        connection->foreign = true;
    } else if (direction->broken || direction->tries > STREAM_TRIES) {
        streams->counts.dropped++;
        direction_begin(streams, direction, DIRECTION_LOST, 0);
    } else {
        direction_rest(direction);
    }
    streams->direction = NULL;
}

/* What comes next in order; false: nothing. */
static bool streams_advance(struct streams *streams)
{
    struct direction *direction = streams->direction;
    uint32_t before = direction->bytes;
    direction_free(streams->piece);
    streams->piece = NULL;
    if (direction->state == DIRECTION_LOST || direction->state == DIRECTION_WAIT) {
        bool found = direction_search(direction);
        if (found)
            connection_take(streams, streams->connection);
        streams->held += (uint64_t)direction->bytes - before;
        if (!found)
            return false;
        before = direction->bytes;
    }
    if (direction->broken)
        return false;
    streams->piece = direction_pull(direction, &streams->now);
    streams->held += (uint64_t)direction->bytes - before;
    if (streams->piece == NULL && streams->now.wire > 0)
        streams->counts.gaps++;
    return streams->now.wire > 0;
}

bool streams_next(struct streams *streams, struct stream_message *message)
{
    while (streams->direction) {
        struct direction *direction = streams->direction;
        uint8_t before = direction->state;
        bool found = direction_read(direction, &streams->now, message);
        if (before == DIRECTION_PREFIX && direction->state == DIRECTION_FRAMED)
            connection_take(streams, streams->connection);
        if (before != DIRECTION_LOST && direction->state == DIRECTION_LOST) {
            streams->counts.searches++;
            streams->now.wire = 0;
        }
        if (found) {
            streams->counts.messages++;
            return true;
        }
        if (!streams_advance(streams))
            streams_rest(streams);
    }
    return false;
}
