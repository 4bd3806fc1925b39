/*
 * classic: pcap files, read by libpcap (a file named pcap.c would have to define functions that libpcap has).
 *
 * Theory of operation. libpcap reads from a FILE that fopencookie makes over the unpacking stream, so that pipes and
 * packed files need no other path. Its buffer is ours, large, and used without stdio's locks, which makes it no slower
 * than a file opened by name. The file header passes through our hands: the snap length in it is replaced by one that
 * libpcap never cuts a record at, because headers lie (mergecap, hardware exporters), and bytes that are in the file
 * are not to be called cut.
 *
 * libpcap reuses its packet buffer, so each record is copied into the batch. The batch has a fixed size: it ends early
 * where the next record might not fit.
 *
 * libpcap does not tell where a record begins nor what a refused one claims. Both are known here: records lie one
 * behind the other, and the header of the one being read is in stdio's buffer, or was kept when the rest of a chunk was
 * about to be overwritten.
 */
#include <pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "capture/reader.h"

#define CLASSIC_HEADER 24
#define CLASSIC_STDIO (256 * 1024)
#define CLASSIC_ROOM (2 * CAPTURE_FRAME_MAX)

#define CLASSIC_MICRO 0xa1b2c3d4u
#define CLASSIC_NANO 0xa1b23c4du
#define CLASSIC_PATCHED 0xa1b2cd34u /* A. Kuznetzov's: 8 more bytes in each record header */

struct classic {
    pcap_t *pcap;
    uint8_t header[CLASSIC_HEADER]; /* of the file, its snap length replaced */
    bool big;                       /* byte order of the file */
    uint16_t linktype;
    uint32_t snaplen;
    uint32_t version;               /* major << 16 | minor */
    uint32_t record_header;         /* bytes of a record header */
    uint32_t filter;                /* from filter_meet */

    /* The way of the bytes into stdio. */
    struct unpack *unpack;
    uint64_t delivered;             /* bytes that stdio was given */
    uint64_t chunk_at;              /* offset in the capture of what stdio's buffer holds */
    size_t chunk;                   /* bytes of it */
    uint64_t record_at;             /* offset of the record being read */
    uint8_t record[16];             /* as much of that record's header as was overwritten in stdio's buffer */

    /* The batch being filled. */
    struct source *source;
    struct frame *frames;
    size_t count, used;
    uint8_t *room;                  /* CLASSIC_ROOM */
    char *stdio;                    /* CLASSIC_STDIO */
};

static uint32_t classic_word(const struct classic *classic, const uint8_t *at)
{
    uint32_t word = bytes_get32(at);
    return classic->big ? word : __builtin_bswap32(word);
}

/* Saves what stdio's buffer holds of the header of the record being read. */
static void classic_keep(struct classic *classic)
{
    for (size_t i = 0; i < sizeof classic->record; i++) {
        uint64_t at = classic->record_at + i;
        if (at >= classic->chunk_at && at - classic->chunk_at < classic->chunk)
            classic->record[i] = (uint8_t)classic->stdio[at - classic->chunk_at];
    }
}

/* stdio wants bytes: the file header first, then the stream. */
static ssize_t classic_feed(void *cookie, char *to, size_t room)
{
    struct classic *classic = cookie;
    size_t count;
    classic_keep(classic);
    if (classic->delivered < CLASSIC_HEADER) {
        count = CLASSIC_HEADER - (size_t)classic->delivered;
        count = count < room ? count : room;
        memcpy(to, classic->header + classic->delivered, count);
    } else {
        count = unpack_read(classic->unpack, to, room);
    }
    /* The rest of a long record goes past stdio's buffer, straight to where libpcap wants it. */
    classic->chunk_at = classic->delivered;
    classic->chunk = to == classic->stdio ? count : 0;
    classic->delivered += count;
    return (ssize_t)count;
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

/* Reads the file header from the stream and prepares the one that libpcap will see. */
static bool classic_begin(struct classic *classic, struct error *error)
{
    size_t have = 0, more;
    while (have < CLASSIC_HEADER && (more = unpack_read(classic->unpack, classic->header + have, CLASSIC_HEADER - have)) > 0)
        have += more;
    uint32_t magic = 0;
    if (have < CLASSIC_HEADER || !classic_magic(classic->header, have, &magic, &classic->big)) {
        const char *damage = unpack_damage(classic->unpack);
        return error_set(error, "cut off inside the pcap file header (%zu of %d bytes)%s%s", have, CLASSIC_HEADER,
            damage != NULL ? ": " : "", damage != NULL ? damage : "");
    }
    uint32_t first = classic_word(classic, classic->header + 4); /* major and minor, two 16-bit fields */
    classic->version = classic->big ? first : first << 16 | first >> 16;
    classic->snaplen = classic_word(classic, classic->header + 16);
    uint32_t linktype = classic_word(classic, classic->header + 20) & 0x03ffffff; /* above it: the length of the FCS */
    classic->linktype = linktype > UINT16_MAX ? UINT16_MAX : (uint16_t)linktype;
    classic->record_header = magic == CLASSIC_PATCHED ? 24 : 16;
    uint32_t most = CAPTURE_FRAME_MAX + 1;
    uint32_t shown = classic->big ? __builtin_bswap32(most) : most;
    memcpy(classic->header + 16, &shown, sizeof shown);
    return true;
}

static bool classic_open(struct source *source, struct error *error)
{
    struct classic *classic = calloc(1, sizeof *classic);
    source->state = classic;
    if (classic == NULL)
        return error_set(error, "no memory");
    classic->source = source;
    classic->unpack = source->unpack;
    classic->room = malloc(CLASSIC_ROOM);
    classic->stdio = malloc(CLASSIC_STDIO);
    if (classic->room == NULL || classic->stdio == NULL)
        return error_set(error, "no memory");
    if (!classic_begin(classic, error))
        return false;
    FILE *file = fopencookie(classic, "r", (cookie_io_functions_t){ .read = classic_feed });
    if (file == NULL || setvbuf(file, classic->stdio, _IOFBF, CLASSIC_STDIO) != 0) {
        if (file != NULL)
            fclose(file);
        return error_set(error, "no memory");
    }
    __fsetlocking(file, FSETLOCKING_BYCALLER); /* nobody else has it */
    char reason[PCAP_ERRBUF_SIZE] = "";
    classic->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (classic->pcap == NULL) {
        fclose(file);
        return error_set(error, "%.300s", reason); /* of libpcap's own words only numbers vary */
    }
    classic->record_at = CLASSIC_HEADER;
    if (source->filter != NULL)
        classic->filter = filter_meet(source->filter, classic->linktype);
    return true;
}

static void classic_close(struct source *source)
{
    struct classic *classic = source->state;
    if (classic == NULL)
        return;
    if (classic->pcap != NULL)
        pcap_close(classic->pcap);
    free(classic->room);
    free(classic->stdio);
    free(classic);
}

/* The two lengths changed places with version 2.3 of the format, and not every writer followed. */
static uint32_t classic_claim(const struct classic *classic)
{
    uint32_t captured = classic_word(classic, classic->record + 8);
    uint32_t wire = classic_word(classic, classic->record + 12);
    bool swapped = classic->version != 0x20004 && (classic->version != 0x20003 || captured > wire);
    return swapped ? wire : captured;
}

/* libpcap's callback: one record into the batch. */
static void classic_take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct classic *classic = (struct classic *)(void *)user;
    struct source *source = classic->source;
    if (source->ended)
        return;
    if (header->caplen > CAPTURE_FRAME_MAX) { /* some link types may have more for all that libpcap minds */
        classic_keep(classic);
        source_damaged(source, "record %llu at byte %llu claims %u bytes", (unsigned long long)source->number + 1,
            (unsigned long long)classic->record_at, (unsigned)classic_claim(classic));
        pcap_breakloop(classic->pcap);
        return;
    }
    classic->record_at += classic->record_header + header->caplen;
    struct frame frame = {
        .bytes = bytes,
        .captured = header->caplen,
        .wire = header->len > header->caplen ? header->len : header->caplen,
        /* libpcap takes the 32 bits for signed; the format ends in 2106, not in 2038. */
        .time_ns = (int64_t)(uint32_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
        .number = ++source->number,
        .linktype = classic->linktype,
        .file = source->file,
    };
    if (source->filter != NULL && !filter_passes(source->filter, classic->filter, &frame))
        return;
    frame.bytes = memcpy(classic->room + classic->used, bytes, header->caplen);
    classic->used += header->caplen;
    classic->frames[classic->count++] = frame;
    if (classic->used > CLASSIC_ROOM - CAPTURE_FRAME_MAX)
        pcap_breakloop(classic->pcap);
}

/* libpcap gave up: says of which record, where, and why. */
static void classic_blame(struct classic *classic)
{
    struct source *source = classic->source;
    const char *damage = unpack_damage(classic->unpack);
    const char *colon = damage != NULL ? ": " : "";
    unsigned long long number = source->number + 1, at = classic->record_at;
    uint64_t left = classic->delivered - classic->record_at;
    damage = damage != NULL ? damage : "";
    if (left < classic->record_header) {
        source_damaged(source, "record %llu at byte %llu is cut off after %u of %u header bytes%s%s", number, at, (unsigned)left,
            (unsigned)classic->record_header, colon, damage);
        return;
    }
    classic_keep(classic);
    uint32_t claim = classic_claim(classic);
    left -= classic->record_header;
    if (claim > CAPTURE_FRAME_MAX)
        source_damaged(source, "record %llu at byte %llu claims %u bytes", number, at, (unsigned)claim);
    else if (left < claim)
        source_damaged(source, "record %llu at byte %llu is cut off after %u of %u bytes%s%s", number, at, (unsigned)left,
            (unsigned)claim, colon, damage);
    else
        source_damaged(source, "record %llu at byte %llu cannot be read: %.300s", number, at, pcap_geterr(classic->pcap));
}

static size_t classic_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    struct classic *classic = source->state;
    classic->frames = frames;
    classic->count = 0;
    classic->used = 0;
    while (classic->count == 0 && !source->ended) {
        int status = pcap_dispatch(classic->pcap, CAPTURE_BATCH, classic_take, (u_char *)classic);
        if (status == PCAP_ERROR_BREAK || status > 0)
            continue;
        if (status == 0) {
            source->ended = true;
            if (unpack_damage(classic->unpack) != NULL)
                source_damaged(source, "the capture ends behind record %llu at byte %llu: %s", (unsigned long long)source->number,
                    (unsigned long long)classic->record_at, unpack_damage(classic->unpack));
        } else {
            classic_blame(classic);
        }
    }
    return classic->count;
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
