/*
 * decode_capture_test: every frame of the oracle's, the scenarios' and the kernels' captures against what tshark 4.0
 * says of it (tests/data/decode/tshark.tsv, made by make.py there). Where tshark and a Linux receiver differ, the
 * receiver is right: see `kernel`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "decode/walk.h"
#include "support/layercheck.h"
#include "support/layertext.h"
#include "support/pcapfile.h"

#define ROWS "tests/data/decode/tshark.tsv"
#define VALUES_MAX 4

enum column {
    NUMBER, IP_SRC, IP_DST, IP6_SRC, IP6_DST, MF, OFFSET, ESP_SPI, ESP_SEQ, AH_SPI, AH_SEQ, IKE, KEEPALIVE, ICMP_TYPE, SPORT, DPORT,
    COLUMNS
};

/*
 * Frames that the oracle's kernel sorts in another way than tshark: its verdicts.jsonl raised no XFRM counter for
 * them.
 */
static const struct {
    const char *path, *wanted;
    unsigned number;
} kernel[] = {
    { "oracle/udpencap.pcap", "OTHER status=bad defect=udp-short wire=1", 10 },
    { "oracle/udpencap.pcap", "OTHER status=bad defect=udp-short wire=0", 11 },
    { "oracle/udpencap.pcap", "IKE status=ok marker=1 wire=28 defect=ike-length", 12 }, /* "non-ESP marker + IKE" */
    { "oracle/udpencap.pcap", "OTHER status=bad defect=udp-short wire=8", 13 },
    { "oracle/udpencap.pcap", "OTHER status=bad defect=udp-short wire=5", 14 },
    { "oracle/udpencap.pcap", "CLEAR status=ok sport=4500 dport=500", 18 }, /* ESP on port 500: the IKE daemon refuses it */
    { "oracle/udpencap.pcap", "OTHER status=bad defect=udp-length", 20 },
};

/* What tshark does not say, and the oracle's notes do. */
static const struct {
    const char *path, *wanted;
    unsigned number;
} notes[] = {
    { "oracle/gcm-tunnel4.pcap", "ESP status=bad defect=esp-short wire=4", 30 },   /* "truncated: 4 bytes after IP" */
    { "oracle/gcm-tunnel4.pcap", "ESP status=ok defect=none wire=8", 31 },         /* "truncated: ESP header only (8)" */
    { "oracle/gcm-tunnel4.pcap", "ESP status=ok defect=ip-checksum", 68 },         /* "outer IP checksum wrong" */
    { "oracle/gcm-tunnel4.pcap", "ESP status=ok defect=none header=24", 69 },      /* "outer with IP options (NOP x4)" */
    { "oracle/gcm-tunnel4.pcap", "ESP status=ok encap=1 dport=4500", 81 },         /* "UDP encapsulated to a SA without encap" */
    { "oracle/udpencap.pcap", "ESP status=ok defect=udp-checksum encap=1", 3 },    /* "UDP checksum wrong" */
    { "oracle/udpencap.pcap", "ESP status=ok defect=none encap=1 sport=1024", 5 }, /* "NAT moved the port" */
    { "oracle/udpencap.pcap", "ESP status=ok encap=0 sport=0", 7 },                /* "same SA as raw ESP (protocol 50)" */
    { "oracle/udpencap.pcap", "ESP defect=udp-checksum", 21 },                     /* "UDP length shorter than data" */
    { "oracle/ah-transport6.pcap", "AH status=ok ah_length=28", 9 },               /* "ICV not 8-byte aligned (IPv4 style length)" */
};

/* Splits a tshark cell with several occurrences; returns how many. */
static unsigned split(char *cell, const char *values[VALUES_MAX])
{
    unsigned count = 0;
    for (char *rest = cell, *value; cell[0] && count < VALUES_MAX && (value = strsep(&rest, ",")) != NULL;)
        values[count++] = value;
    return count;
}

static const struct layer *nth(const struct layer *layers, unsigned count, enum layer_kind kind, unsigned n)
{
    for (unsigned i = 0; i < count; i++)
        if (layers[i].kind == kind && n-- == 0)
            return &layers[i];
    return NULL;
}

static unsigned check_security(const struct layer *layers, unsigned count, enum layer_kind kind, char *spis, char *seqs,
                               const char *src, const char *dst)
{
    const char *spi[VALUES_MAX], *seq[VALUES_MAX];
    unsigned wanted = split(spis, spi), with_seq = split(seqs, seq), wrong = 0;
    for (unsigned i = 0; i < wanted; i++) {
        const struct layer *layer = nth(layers, count, kind, i);
        char text[256], what[4 * LAYERTEXT_MAX];
        if (layer == NULL)
            return wrong + 1;
        if (i >= with_seq) { /* tshark shows what there is of a cut header */
            wrong += layer->status == DECODE_OK;
            continue;
        }
        snprintf(text, sizeof text, "%s status=ok spi=%s seq=%s src=%s dst=%s", layertext_kind(layer), spi[i] + 2, seq[i], src,
                 dst);
        if (!layertext_matches(layer, text, what)) {
            print_error("%s\n", what);
            wrong++;
        }
    }
    return wrong + (nth(layers, count, kind, wanted) != NULL);
}

static unsigned check_row(char *cells[COLUMNS], const struct layer *layers, unsigned count)
{
    const char *values[VALUES_MAX], *src = "", *dst = "";
    const struct layer *last = &layers[count - 1];
    if (split(cells[IP_SRC], values) > 0 || split(cells[IP6_SRC], values) > 0)
        src = values[0];
    if (split(cells[IP_DST], values) > 0 || split(cells[IP6_DST], values) > 0)
        dst = values[0];
    if (strcmp(cells[MF], "1") == 0 || (cells[OFFSET][0] && strtoul(cells[OFFSET], NULL, 10) > 0)) {
        return last->kind != LAYER_FRAGMENT || last->ip.mf != (cells[MF][0] == '1') ||
               last->ip.fragment_at != 8 * strtoul(cells[OFFSET], NULL, 10); /* tshark gives the field */
    }
    if (cells[ICMP_TYPE][0]) /* ESP that an ICMP error quotes is no ESP */
        return last->kind != (cells[ESP_SPI][0] || cells[IKE][0] || strstr(cells[DPORT], "500") ? LAYER_QUOTE : LAYER_CLEAR);
    unsigned wrong = check_security(layers, count, LAYER_AH, cells[AH_SPI], cells[AH_SEQ], src, dst);
    wrong += check_security(layers, count, LAYER_ESP, cells[ESP_SPI], cells[ESP_SEQ], src, dst);
    wrong += (cells[IKE][0] != '\0') != (last->kind == LAYER_IKE && last->status == DECODE_OK);
    wrong += (cells[KEEPALIVE][0] != '\0') != (last->kind == LAYER_KEEPALIVE);
    wrong += (src[0] == '\0') != (last->ip.version == 0);
    if (cells[SPORT][0]) {
        split(cells[SPORT], values);
        wrong += strtoul(values[0], NULL, 10) != last->sport;
        split(cells[DPORT], values);
        wrong += strtoul(values[0], NULL, 10) != last->dport;
    }
    return wrong;
}

static unsigned check_notes(const char *path, unsigned number, const struct layer *layer)
{
    char what[4 * LAYERTEXT_MAX];
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (notes[i].number == number && strcmp(notes[i].path, path) == 0 && !layertext_matches(layer, notes[i].wanted, what)) {
            print_error("%s frame %u: %s\n", path, number, what);
            wrong++;
        }
    return wrong;
}

static const char *kernel_says(const char *path, unsigned number)
{
    for (size_t i = 0; i < sizeof kernel / sizeof kernel[0]; i++)
        if (kernel[i].number == number && strcmp(kernel[i].path, path) == 0)
            return kernel[i].wanted;
    return NULL;
}

static unsigned check_frame(const char *path, char *line, const struct frame *frame)
{
    char *cells[COLUMNS], *rest = line, what[4 * LAYERTEXT_MAX];
    for (unsigned i = 0; i < COLUMNS; i++) {
        cells[i] = strsep(&rest, "\t");
        assert_non_null(cells[i]);
    }
    assert_int_equal(strtoul(cells[NUMBER], NULL, 10), frame->number);

    struct layer layers[LAYERS_MAX + 1];
    struct walk walk;
    unsigned count = 0, number = (unsigned)frame->number, wrong;
    for (walk_frame(&walk, frame, NULL); walk_next(&walk, &layers[count]); count++)
        layercheck(&layers[count], frame->bytes, frame->captured, false);
    assert_in_range(count, 1, LAYERS_MAX);
    const char *wanted = kernel_says(path, number);
    if (wanted != NULL)
        wrong = !layertext_matches(&layers[count - 1], wanted, what);
    else
        wrong = check_row(cells, layers, count);
    if (wrong > 0)
        print_error("%s frame %u: %s layer disagrees\n", path, number, layertext_kind(&layers[count - 1]));
    return wrong + check_notes(path, number, &layers[0]);
}

static void frames_agree_with_tshark(void **state)
{
    (void)state;
    FILE *rows = fopen(ROWS, "r");
    assert_non_null(rows);
    struct pcapfile file = { 0 };
    char line[2048], name[256] = "", path[1024];
    unsigned wrong = 0, frames = 0, absent = 0;
    while (fgets(line, sizeof line, rows)) {
        line[strcspn(line, "\n")] = '\0';
        struct frame frame;
        if (line[0] == '=') {
            assert_false(pcapfile_next(&file, &frame));
            pcapfile_close(&file);
            snprintf(name, sizeof name, "%.200s", line + 2);
            if (!pcapfile_shared(path, sizeof path, name))
                absent++;
            else
                assert_true(pcapfile_open(&file, path));
        } else if (line[0] != '#' && file.bytes != NULL) {
            assert_true(pcapfile_next(&file, &frame));
            wrong += check_frame(name, line, &frame);
            frames++;
        }
    }
    pcapfile_close(&file);
    fclose(rows);
    assert_int_equal(wrong, 0);
    if (absent > 0)
        print_message("SKIP %u captures: not found under ESPLAIN_SHARED\n", absent);
    if (frames == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(frames_agree_with_tshark) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
