/* feed: a window over the text of a log file. */
#include "logs/feed.h"

#include <stdlib.h>
#include <string.h>

#include "logs/wide.h"

#define FEED_WINDOW (FEED_LINE_MAX * 2)
#define FEED_RAW 4096

struct feed {
    struct unpack *unpack;
    struct wide wide;
    uint32_t number;
    bool ended;          /* no more raw bytes */
    bool begun;
    bool inside;         /* the line handed out last was cut: its rest is to be passed over */
    size_t at, end;      /* of the window: unread bytes */
    char window[FEED_WINDOW];
};

static struct feed *feed_over(struct unpack *unpack, struct error *error)
{
    struct feed *feed = unpack ? calloc(1, sizeof *feed) : NULL;
    if (feed == NULL) {
        if (unpack) {
            error_set(error, "out of memory");
            unpack_close(unpack);
        }
        return NULL;
    }
    feed->unpack = unpack;
    feed->number = 1;
    return feed;
}

struct feed *feed_open(const char *path, struct error *error)
{
    return feed_over(unpack_open(path, error), error);
}

struct feed *feed_open_memory(const void *bytes, size_t length, struct error *error)
{
    return feed_over(unpack_open_memory(bytes, length, error), error);
}

void feed_close(struct feed *feed)
{
    if (feed == NULL)
        return;
    unpack_close(feed->unpack);
    free(feed);
}

/* Room for more at the end of the window, and as much as comes. False at the end of the text. */
static bool feed_fill(struct feed *feed)
{
    uint8_t raw[FEED_RAW];
    if (feed->at > 0) {
        memmove(feed->window, feed->window + feed->at, feed->end - feed->at);
        feed->end -= feed->at;
        feed->at = 0;
    }
    if (feed->ended || FEED_WINDOW - feed->end < FEED_RAW * WIDE_GROWTH + 6)
        return false;
    if (!feed->begun) {
        size_t front;
        const uint8_t *bytes = unpack_front(feed->unpack, &front);
        wide_recognise(&feed->wide, bytes, front);
        feed->begun = true;
    }
    size_t count = unpack_read(feed->unpack, raw, sizeof raw);
    feed->ended = count == 0;
    feed->end += wide_convert(&feed->wide, raw, count, feed->window + feed->end);
    return true;
}

struct span feed_peek(struct feed *feed, size_t least)
{
    if (least > FEED_LINE_MAX + 1)
        least = FEED_LINE_MAX + 1;
    while (feed->end - feed->at < least && feed_fill(feed))
        continue;
    return (struct span){ feed->window + feed->at, feed->end - feed->at };
}

void feed_skip(struct feed *feed, size_t length)
{
    for (const char *at = feed->window + feed->at, *end = at + length; at < end; at++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at == NULL)
            break;
        feed->number++;
    }
    feed->at += length;
}

static void feed_pass(struct feed *feed)
{
    for (struct span ahead; feed->inside && (ahead = feed_peek(feed, 1)).length > 0;) {
        const char *newline = memchr(ahead.at, '\n', ahead.length);
        feed_skip(feed, newline ? (size_t)(newline - ahead.at) + 1 : ahead.length);
        feed->inside = newline == NULL;
    }
}

bool feed_line(struct feed *feed, struct span *line, bool *cut)
{
    size_t looked = 0;
    feed_pass(feed);
    struct span ahead = feed_peek(feed, 1);
    const char *newline = NULL;
    *cut = false;
    if (ahead.length == 0)
        return false;
    while ((newline = memchr(ahead.at + looked, '\n', ahead.length - looked)) == NULL && ahead.length <= FEED_LINE_MAX) {
        looked = ahead.length;
        ahead = feed_peek(feed, looked + 1);
        if (ahead.length == looked)
            break;
    }
    size_t length = newline ? (size_t)(newline - ahead.at) : ahead.length;
    if (length > FEED_LINE_MAX)
        length = FEED_LINE_MAX;
    *line = (struct span){ ahead.at, length };
    *cut = length < (newline ? (size_t)(newline - ahead.at) : ahead.length);
    feed->inside = *cut && newline == NULL;
    feed_skip(feed, newline ? (size_t)(newline - ahead.at) + 1 : length);
    if (line->length > 0 && line->at[line->length - 1] == '\r')
        line->length--;
    return true;
}

uint32_t feed_number(const struct feed *feed)
{
    return feed->number;
}

const char *feed_damage(const struct feed *feed)
{
    return unpack_damage(feed->unpack);
}
