/*
 * classic: pcap files (draft-ietf-opsawg-pcap), with the variants that libpcap reads too.
 *
 * Theory of operation. Records lie one behind the other in a window of the capture, and frames point into it, without a
 * copy, so a batch ends where the window ends. libpcap would copy each record twice, cut it at a snap length in the file
 * header that may lie (mergecap, hardware exporters), and tell neither where a record begins nor what a refused one claims.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "capture/window.h"

#define CLASSIC_HEADER 24

#define CLASSIC_MICRO 0xa1b2c3d4u
#define CLASSIC_NANO 0xa1b23c4du
#define CLASSIC_PATCHED 0xa1b2cd34u /* A. Kuznetzov's: 8 more bytes in each record header */

enum { LENGTHS_STRAIGHT, LENGTHS_SWAPPED, LENGTHS_EITHER };

struct classic {
    struct window window; /* from the next record on */
    bool big;             /* byte order of the file */
    uint8_t lengths;      /* the two of a record changed places with version 2.3, where not every writer followed */
    uint16_t linktype;
    uint32_t snaplen;
    uint32_t record_header; /* its bytes */
    uint32_t fraction_ns; /* unit of a record's second time word */
    uint32_t filter;      /* from filter_meet */
};

static uint32_t classic_word(const struct classic *classic, const uint8_t *at)
{
    uint32_t word = bytes_get32(at);
    return classic->big ? word : __builtin_bswap32(word);
}

static bool classic_magic(const uint8_t *front, size_t length, uint32_t *magic, bool *big)
{
    if (length < 4)
        return false;
    uint32_t word = bytes_get32(front);
    for (int i = 0; i < 2; i++, word = __builtin_bswap32(word)) {
        if (word == CLASSIC_MICRO || word == CLASSIC_NANO || word == CLASSIC_PATCHED) {
            *magic = word;
            *big = i == 0;
            return true;
        }
    }
    return false;
}

static bool classic_recognise(const uint8_t *front, size_t length)
{
    uint32_t magic;
    bool big;
    return classic_magic(front, length, &magic, &big);
}

static bool classic_version(struct classic *classic, uint32_t major, uint32_t minor)
{
    bool swapped = major == 543 || minor < 3; /* 543.0 is DG/UX tcpdump's */
    classic->lengths = swapped ? LENGTHS_SWAPPED : minor == 3 ? LENGTHS_EITHER : LENGTHS_STRAIGHT;
    return (major == 2 && minor <= 4) || (major == 543 && minor == 0);
}

static bool classic_begin(struct classic *classic, struct source *source, struct error *error)
{
    uint32_t magic;
    window_fill(&classic->window, source, CLASSIC_HEADER);
    const uint8_t *header = window_front(&classic->window);
    size_t have = window_left(&classic->window);
    if (have < CLASSIC_HEADER || !classic_magic(header, have, &magic, &classic->big)) {
        const char *damage = unpack_damage(source->unpack);
        return error_set(error, "cut off inside the pcap file header (%zu of %d bytes)%s%s", have, CLASSIC_HEADER,
            damage != NULL ? ": " : "", damage != NULL ? damage : "");
    }
    uint32_t first = classic_word(classic, header + 4); /* major and minor, two 16-bit fields */
    uint32_t version = classic->big ? first : first << 16 | first >> 16;
    if (!classic_version(classic, version >> 16, version & 0xffff))
        return error_set(error, "version %u.%u of the pcap format is unknown", (unsigned)(version >> 16), (unsigned)(version & 0xffff));
    classic->snaplen = classic_word(classic, header + 16);
    uint32_t linktype = classic_word(classic, header + 20) & 0x03ffffff; /* above it: the length of the FCS */
    classic->linktype = linktype > UINT16_MAX ? UINT16_MAX : (uint16_t)linktype;
    classic->record_header = magic == CLASSIC_PATCHED ? 24 : 16;
    classic->fraction_ns = magic == CLASSIC_NANO ? 1 : 1000;
    window_pass(&classic->window, CLASSIC_HEADER);
    return true;
}

static bool classic_open(struct source *source, struct error *error)
{
    struct classic *classic = calloc(1, sizeof *classic);
    source->state = classic;
    if (classic == NULL || !window_create(&classic->window))
        return error_set(error, "no memory");
    if (!classic_begin(classic, source, error))
        return false;
    if (source->filter != NULL)
        classic->filter = filter_meet(source->filter, classic->linktype);
    return true;
}

static void classic_close(struct source *source)
{
    struct classic *classic = source->state;
    if (classic == NULL)
        return;
    window_free(&classic->window);
    free(classic);
}

/* The capture ended inside of the next record's header, or of its `claim` bytes; or where it should. */
static void classic_end(const struct classic *classic, struct source *source, uint32_t claim)
{
    const char *damage = unpack_damage(source->unpack);
    const char *colon = damage != NULL ? ": " : "", *why = damage != NULL ? damage : "";
    unsigned long long number = source->number + 1, at = classic->window.offset;
    size_t have = window_left(&classic->window);
    if (have >= classic->record_header)
        source_damaged(source, "record %llu at byte %llu is cut off after %zu of %u bytes%s%s", number, at, have - classic->record_header,
            (unsigned)claim, colon, why);
    else if (have > 0)
        source_damaged(source, "record %llu at byte %llu is cut off after %zu of %u header bytes%s%s", number, at, have,
            (unsigned)classic->record_header, colon, why);
    else if (damage != NULL)
        source_damaged(source, "the capture ends behind record %llu at byte %llu: %s", number - 1, at, why);
    source->ended = true;
}

/* The next record; false at the end, at damage, and without may_read where the window ends. */
static bool classic_next(struct classic *classic, struct source *source, bool may_read, struct frame *frame)
{
    struct window *window = &classic->window;
    if (window_left(window) < classic->record_header) {
        if (may_read && !window_fill(window, source, classic->record_header))
            classic_end(classic, source, 0);
        if (!may_read || source->ended)
            return false;
    }
    const uint8_t *record = window_front(window);
    uint32_t captured = classic_word(classic, record + 8), wire = classic_word(classic, record + 12);
    if (classic->lengths == LENGTHS_SWAPPED || (classic->lengths == LENGTHS_EITHER && captured > wire)) {
        uint32_t first = captured;
        captured = wire;
        wire = first;
    }
    if (captured > CAPTURE_FRAME_MAX) {
        source_damaged(source, "record %llu at byte %llu claims %u bytes", (unsigned long long)source->number + 1,
            (unsigned long long)window->offset, (unsigned)captured);
        return false;
    }
    size_t length = classic->record_header + captured;
    if (window_left(window) < length) {
        if (may_read && !window_fill(window, source, length))
            classic_end(classic, source, captured);
        if (!may_read || source->ended)
            return false;
        record = window_front(window);
    }
    *frame = (struct frame){
        .bytes = record + classic->record_header,
        .captured = captured,
        .wire = wire > captured ? wire : captured,
        /* Seconds are unsigned: the format ends in 2106. */
        .time_ns = (int64_t)classic_word(classic, record) * 1000000000 + (int64_t)classic_word(classic, record + 4) * classic->fraction_ns,
        .number = ++source->number,
        .linktype = classic->linktype,
        .file = source->file,
    };
    window_pass(window, length);
    return true;
}

static size_t classic_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    struct classic *classic = source->state;
    size_t count = 0;
    while (count < CAPTURE_BATCH && !source->ended && classic_next(classic, source, count == 0, &frames[count]))
        count += source->filter == NULL || filter_passes(source->filter, classic->filter, &frames[count]);
    return count;
}

static uint32_t classic_snaplen(const struct source *source)
{
    const struct classic *classic = source->state;
    return classic->snaplen > INT32_MAX ? 0 : classic->snaplen;
}

const struct reader_format classic_format = {
    .name = "pcap",
    .recognise = classic_recognise,
    .open = classic_open,
    .close = classic_close,
    .read = classic_read,
    .snaplen = classic_snaplen,
};
