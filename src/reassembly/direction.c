/*
 * direction: the bytes of one side of a TCP connection, and the messages in them.
 *
 * Theory of operation. Bytes are read in spans: of a segment that came in order, of a held one whose turn it is, or of a gap that was given
 * up, which is a span without known bytes. A message that lies whole in one span is handed out from where it lies; only those that cross
 * a border are copied. Bytes that are not known do no harm inside a message: its length says where the next begins, and it is handed out as
 * far as it is known. Where they hide a length, the direction is lost until a message is found again.
 *
 * A search only looks where segments begin: daemons and kernels write message by message, so sooner or later one begins there, and random
 * bytes in the middle of ciphertext are not asked. An IKE message (marker, length twice, numbers of a header) is proof enough; of ESP three
 * in a row are wanted, of one SPI and with ascending numbers.
 */
#include "reassembly/direction.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/ike_header.h"

#define SEARCH_PIECES 32u
#define SEARCH_BYTES (256u << 10)
#define SEARCH_MESSAGES 8u   /* in a row, of which three of one SPI are wanted */
#define SEARCH_APART 65536u  /* numbers between two of them */
#define ESP_LEAST 20u        /* header, a block of 4 with the trailer, the shortest ICV that is in use */

struct held {
    struct held *next;
    struct span span;
    int64_t since_ns;
    bool begins;  /* a segment begins with it */
    bool refused; /* no message begins with it */
    uint8_t bytes[];
};

enum shape { SHAPE_NO, SHAPE_MAYBE, SHAPE_YES };

static int32_t after(uint32_t seq, uint32_t base)
{
    return (int32_t)(seq - base);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void span_skip(struct span *span, uint32_t count)
{
    uint32_t known = least(count, span->captured);
    span->seq += count;
    if (known) /* a gap has no bytes at all */
        span->bytes += known;
    span->captured -= known;
    span->wire -= count;
}

/* What of it lies before `seq`. */
static struct span span_before(const struct span *span, uint32_t seq)
{
    struct span part = *span;
    if (after(span->seq + span->wire, seq) > 0) {
        part.wire = after(seq, span->seq) > 0 ? seq - span->seq : 0;
        part.captured = least(part.captured, part.wire);
    }
    return part;
}

void direction_free(struct held *held)
{
    free(held);
}

static void direction_drop(struct direction *direction)
{
    struct held *held = direction->first;
    direction->first = held->next;
    direction->count--;
    direction->bytes -= held->span.captured;
    direction_free(held);
}

static void direction_forget(struct direction *direction)
{
    free(direction->message);
    direction->message = NULL;
    direction->room = direction->have = direction->passed = 0;
}

void direction_clear(struct direction *direction)
{
    while (direction->first)
        direction_drop(direction);
    direction_forget(direction);
    *direction = (struct direction){ .state = DIRECTION_NEW };
}

void direction_rest(struct direction *direction)
{
    if (direction->passed == 0)
        direction_forget(direction);
}

bool direction_where(const struct direction *direction, uint32_t *seq)
{
    if (direction->state == DIRECTION_NEW || (direction->state == DIRECTION_LOST && direction->first == NULL))
        return false;
    *seq = direction->state == DIRECTION_LOST ? direction->first->span.seq : direction->next;
    return true;
}

int64_t direction_waits_since(const struct direction *direction, int64_t now_ns)
{
    return direction->first ? direction->first->since_ns : now_ns;
}

/* A copy of the span in front of *link. */
static bool direction_hold(struct direction *direction, struct held **link, const struct span *span, bool begins,
                           int64_t now_ns)
{
    if (direction->count >= STREAM_PIECES || direction->bytes + span->captured > STREAM_HELD)
        return false;
    struct held *held = malloc(sizeof *held + span->captured);
    if (held == NULL)
        return false;
    *held = (struct held){ .next = *link, .span = *span, .since_ns = now_ns, .begins = begins };
    if (span->captured)
        memcpy(held->bytes, span->bytes, span->captured);
    held->span.bytes = held->bytes;
    *link = held;
    direction->count++;
    direction->bytes += span->captured;
    return true;
}

bool direction_insert(struct direction *direction, struct span span, int64_t now_ns, struct span *now)
{
    bool ordered = direction->state == DIRECTION_PREFIX || direction->state == DIRECTION_FRAMED;
    bool begins = true;
    *now = (struct span){ .seq = span.seq };
    if (ordered || direction->state == DIRECTION_WAIT) {
        int32_t old = after(direction->next, span.seq);
        if (old > 0) {
            if ((uint32_t)old >= span.wire)
                return true;
            span_skip(&span, (uint32_t)old);
            begins = false;
        }
    }
    struct held **link = &direction->first;
    if (ordered && span.seq == direction->next) {
        *now = *link ? span_before(&span, (*link)->span.seq) : span;
        span_skip(&span, now->wire);
        begins = begins && now->wire == 0;
    }
    while (span.wire > 0) {
        while (*link && after((*link)->span.seq + (*link)->span.wire, span.seq) <= 0)
            link = &(*link)->next;
        if (*link && after((*link)->span.seq, span.seq) <= 0) { /* came before: the first copy counts */
            span_skip(&span, least(span.wire, (*link)->span.seq + (*link)->span.wire - span.seq));
            begins = false;
            continue;
        }
        struct span part = *link ? span_before(&span, (*link)->span.seq) : span;
        if (!direction_hold(direction, link, &part, begins, now_ns))
            return false;
        span_skip(&span, part.wire);
        begins = false;
    }
    return true;
}

struct held *direction_pull(struct direction *direction, struct span *now)
{
    struct held *held = direction->first;
    *now = (struct span){ .seq = direction->next };
    if (held == NULL) {
        direction->give_up = false;
        return NULL;
    }
    if (held->span.seq != direction->next) {
        if (direction->give_up)
            now->wire = held->span.seq - direction->next;
        direction->give_up = false;
        return NULL;
    }
    direction->first = held->next;
    direction->count--;
    direction->bytes -= held->span.captured;
    *now = held->span;
    return held;
}

void direction_thin(struct direction *direction)
{
    while (direction->count > SEARCH_PIECES || direction->bytes > SEARCH_BYTES)
        direction_drop(direction);
}

/* A place in what is held, on which one goes as long as it has no gaps. */
struct place {
    const struct held *held;
    uint32_t at;
};

/* To the piece that has the byte; false: it did not come. */
static bool place_settle(struct place *place)
{
    while (place->held && place->at >= place->held->span.wire) {
        const struct held *next = place->held->next;
        uint32_t rest = place->at - place->held->span.wire;
        if (next && next->span.seq != place->held->span.seq + place->held->span.wire)
            next = NULL;
        place->held = next;
        place->at = rest;
    }
    return place->held != NULL;
}

/* Copies bytes from there on, without going on. MAYBE: they did not come yet; NO: they were not captured. */
static enum shape place_peek(struct place place, uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, place.at++) {
        if (!place_settle(&place))
            return SHAPE_MAYBE;
        if (place.at >= place.held->span.captured)
            return SHAPE_NO;
        bytes[i] = place.held->bytes[place.at];
    }
    return SHAPE_YES;
}

/* What was seen of a chain of messages. */
struct chain {
    uint32_t spi[SEARCH_MESSAGES], seq[SEARCH_MESSAGES];
    unsigned count, score;
};

static enum shape chain_esp(struct chain *chain, uint32_t spi, uint32_t seq, uint32_t length)
{
    if (spi < 256 || seq == 0 || length < ESP_LEAST || length % 4 != 0)
        return SHAPE_NO;
    for (unsigned i = 0; i < chain->count; i++)
        if (chain->spi[i] == spi && seq - chain->seq[i] - 1 < SEARCH_APART) {
            chain->seq[i] = seq;
            return ++chain->score >= 2 ? SHAPE_YES : SHAPE_MAYBE;
        }
    if (chain->count == SEARCH_MESSAGES)
        return SHAPE_NO;
    chain->spi[chain->count] = spi;
    chain->seq[chain->count++] = seq;
    return SHAPE_MAYBE;
}

/* One message: the answer about the chain, and its length. NO also where it must not be one, MAYBE where the chain goes on. */
static enum shape chain_message(struct chain *chain, struct place place, uint32_t *length, bool *ends)
{
    uint8_t bytes[4 + IKE_HEADER];
    *ends = true;
    enum shape shape = place_peek(place, bytes, TCP_LENGTH);
    if (shape != SHAPE_YES)
        return shape;
    *length = bytes_get16(bytes);
    if (*length <= TCP_LENGTH)
        return SHAPE_NO;
    uint32_t body = *length - TCP_LENGTH;
    place.at += TCP_LENGTH;
    if (body == 1) {
        shape = place_peek(place, bytes, 1);
        *ends = shape != SHAPE_YES;
        return shape == SHAPE_YES && bytes[0] == 0xff ? SHAPE_MAYBE : shape == SHAPE_MAYBE ? SHAPE_MAYBE : SHAPE_NO;
    }
    if (body < ESP_LEAST)
        return SHAPE_NO;
    if ((shape = place_peek(place, bytes, 8)) != SHAPE_YES)
        return shape;
    *ends = false;
    if (bytes_get32(bytes) != 0)
        return chain_esp(chain, bytes_get32(bytes), bytes_get32(bytes + 4), body);
    struct ike_header ike;
    if (body < sizeof bytes)
        return SHAPE_NO;
    *ends = true;
    if ((shape = place_peek(place, bytes, sizeof bytes)) != SHAPE_YES)
        return shape;
    return ike_header_decode(bytes + 4, IKE_HEADER, IKE_HEADER, &ike) == DECODE_OK && ike.length == body - 4 &&
                   ike_header_plausible(&ike) ? SHAPE_YES : SHAPE_NO;
}

static enum shape chain_from(const struct held *held)
{
    struct chain chain = { .count = 0 };
    struct place place = { held, 0 };
    for (unsigned i = 0; i < SEARCH_MESSAGES; i++) {
        uint32_t length;
        bool ends;
        enum shape shape = chain_message(&chain, place, &length, &ends);
        if (shape != SHAPE_MAYBE || ends)
            return shape;
        place.at += length;
        if (!place_settle(&place))
            return SHAPE_MAYBE;
    }
    return SHAPE_NO;
}

bool direction_search(struct direction *direction)
{
    for (struct held *held = direction->first; held; held = held->next) {
        enum shape shape = held->begins && !held->refused ? chain_from(held) : SHAPE_NO;
        held->refused = shape == SHAPE_NO;
        if (shape != SHAPE_YES)
            continue;
        while (direction->first != held)
            direction_drop(direction);
        direction->next = held->span.seq;
        direction->state = DIRECTION_FRAMED;
        direction->tries = 0;
        return true;
    }
    return false;
}

static void direction_lose(struct direction *direction)
{
    direction_forget(direction);
    direction->state = DIRECTION_LOST;
    direction->tries = 0;
}

/* Goes on by `count` bytes of `now`, which belong to the message that is begun. False: no memory. */
static bool direction_take(struct direction *direction, struct span *now, uint32_t count)
{
    uint32_t known = direction->have == direction->passed ? least(count, now->captured) : 0;
    if (direction->have + known > direction->room) {
        uint32_t room = direction->have + known < 2048 ? 2048 : 65536;
        uint8_t *message = realloc(direction->message, room);
        if (message == NULL)
            return false;
        direction->message = message;
        direction->room = room;
    }
    if (known)
        memcpy(direction->message + direction->have, now->bytes, known);
    direction->have += known;
    direction->passed += count;
    direction->next += count;
    span_skip(now, count);
    return true;
}

/* PREFIX: true where it is whole and right; else the bytes of `now` are used up, or it is another protocol. */
static bool direction_prefix(struct direction *direction, struct span *now)
{
    uint32_t count = least(now->wire, TCP_PREFIX_LENGTH - direction->passed);
    if (!direction_take(direction, now, count) || direction->have < direction->passed) {
        direction_lose(direction);
        return false;
    }
    direction->broken = memcmp(direction->message, TCP_PREFIX, direction->have) != 0;
    if (direction->broken || direction->have < TCP_PREFIX_LENGTH)
        return false;
    direction_forget(direction);
    direction->state = DIRECTION_FRAMED;
    return true;
}

bool direction_read(struct direction *direction, struct span *now, struct stream_message *message)
{
    while (now->wire > 0 && !direction->broken && direction->state != DIRECTION_LOST) {
        if (direction->state == DIRECTION_PREFIX && !direction_prefix(direction, now))
            continue;
        if (direction->passed == 0 && now->captured >= TCP_LENGTH) {
            uint32_t length = bytes_get16(now->bytes);
            if (length < TCP_LENGTH) {
                direction_lose(direction); /* an implementation closes the connection now */
                break;
            }
            if (length <= now->captured) {
                *message = (struct stream_message){ now->bytes + TCP_LENGTH, length - TCP_LENGTH, length - TCP_LENGTH };
                direction->next += length;
                span_skip(now, length);
                if (message->wire > 0)
                    return true;
                continue;
            }
        }
        if (direction->passed < TCP_LENGTH) {
            if (now->wire == 0)
                break;
            if (!direction_take(direction, now, least(now->wire, TCP_LENGTH - direction->passed)) ||
                direction->have < direction->passed) {
                direction_lose(direction);
                break;
            }
            if (direction->passed < TCP_LENGTH)
                continue;
        }
        uint32_t length = bytes_get16(direction->message);
        if (length < TCP_LENGTH || !direction_take(direction, now, least(now->wire, length - direction->passed))) {
            direction_lose(direction);
            break;
        }
        if (direction->passed < length)
            continue;
        uint32_t have = direction->have;
        direction->have = direction->passed = 0; /* the bytes stay until the next call */
        if (length == TCP_LENGTH)
            continue;
        *message = (struct stream_message){ direction->message + TCP_LENGTH, have - TCP_LENGTH, length - TCP_LENGTH };
        return true;
    }
    return false;
}
