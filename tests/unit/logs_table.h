/* logs_table: sample logs against tables of what they say, written by hand from the formats; and what damage does to them. */
#ifndef TESTS_LOGS_TABLE_H
#define TESTS_LOGS_TABLE_H

#include "logs_collect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLE_ROWS 16

/* A report. NULL, "" and 0 where the log does not tell. */
struct table_row {
    unsigned line;
    const char *event;
    enum drop_kind kind;
    unsigned windows;
    const char *time, *src, *dst;
    unsigned proto;
    uint32_t spi, seq;
    unsigned known;
};

struct table {
    const char *path, *source; /* no source: of several formats */
    struct table_row rows[TABLE_ROWS];
};

static inline void table_read(const char *path, char *text, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(text, 1, room - 1, file);
    assert_true(length > 0 && length < room - 1);
    text[length] = '\0';
    fclose(file);
}

static inline void table_check_row(const struct table *table, const struct table_row *row, const struct drop_report *report)
{
    char chars[STAMP_TEXT_MAX > ADDR_TEXT_MAX ? STAMP_TEXT_MAX : ADDR_TEXT_MAX];
    if (table->source)
        assert_string_equal(report->source, table->source);
    assert_int_equal(report->line, row->line);
    assert_string_equal(report->event, row->event);
    assert_int_equal(report->kind, row->kind);
    assert_int_equal(report->windows, row->windows);
    assert_int_equal(report->known, row->known);
    assert_string_equal(collect_time(report, chars), row->time ? row->time : "");
    if (report->known & DROP_SRC)
        assert_string_equal(collect_addr(&report->src, chars), row->src);
    if (report->known & DROP_DST)
        assert_string_equal(collect_addr(&report->dst, chars), row->dst);
    assert_int_equal(report->proto, row->proto);
    assert_int_equal(report->spi, row->spi);
    assert_int_equal(report->seq, row->seq);
}

static inline void table_check(const struct table *table, struct collect *collect)
{
    static char text[32768];
    unsigned count = 0;
    table_read(table->path, text, sizeof text);
    collect_text(collect, text);
    for (; count < TABLE_ROWS && table->rows[count].event; count++)
        if (count < collect->count)
            table_check_row(table, &table->rows[count], &collect->reports[count]);
    assert_int_equal(collect->count, count);
    assert_int_equal(collect->counts.unknown + collect->counts.broken, 0);
}

/* A damaged record gives no SPI but its own, unless a digit became another one or the line now ends inside of it. */
static inline void table_check_spis(const struct collect *now, uint32_t spi, bool excused)
{
    for (unsigned i = 0; i < now->count && i < COLLECT_MAX; i++) {
        const struct drop_report *report = &now->reports[i];
        if ((report->known & DROP_SPI) && !excused && report->spi != spi)
            fail_msg("SPI 0x%08x became 0x%08x", (unsigned)spi, (unsigned)report->spi);
    }
}

/*
 * Each record alone: every beginning of it, and every byte of it made another one. `loose`: in this format numbers end at blanks, quotes and lines, so nothing
 * guards them against these.
 */
static inline void table_damage_record(const char *record, size_t length, bool loose)
{
    static const char instead[] = { ' ', ',', '(', ')', '.', '=', '"', 'x', '0', 'f', '%', '\0', '\n', (char)0xff };
    static struct collect whole, now;
    char *copy = malloc(length);
    assert_non_null(copy);
    collect_bytes(&whole, record, length);
    bool has_spi = whole.count > 0 && whole.reports[0].known & DROP_SPI;
    uint32_t spi = has_spi ? whole.reports[0].spi : 0;
    for (size_t cut = 0; cut < length; cut++) {
        collect_bytes(&now, record, cut);
        assert_true(now.count <= whole.count);
    }
    for (size_t at = 0; at < length; at++)
        for (size_t i = 0; i < sizeof instead; i++) {
            memcpy(copy, record, length);
            copy[at] = instead[i];
            collect_bytes(&now, copy, length);
            assert_true(now.count <= whole.count + 1);
            bool digit = isxdigit((unsigned char)instead[i]) && (isxdigit((unsigned char)record[at]) || record[at] == 'x' || record[at] == '\n');
            bool cut = instead[i] == '\n' && !memchr(record + at, ' ', length - at); /* a number that ends the line, which nothing guards */
            bool end = loose && (instead[i] == ' ' || instead[i] == '"' || instead[i] == '\n');
            table_check_spis(&now, spi, digit || cut || end);
        }
    free(copy);
}

/* Records begin where no blank does. */
static inline void table_damage(const struct table *table)
{
    static char text[32768];
    table_read(table->path, text, sizeof text);
    for (const char *at = text; *at;) {
        const char *end = at;
        do
            end = strchr(end, '\n') ? strchr(end, '\n') + 1 : end + strlen(end);
        while (*end == ' ' || *end == '\t');
        table_damage_record(at, (size_t)(end - at), false);
        at = end;
    }
}

/* Lines that have nothing to do with dropped packets, and near misses: no report of them. */
static inline void table_check_foreign(void)
{
    struct collect collect;
    collect_text(&collect, "Nov 21 09:02:26 gw sshd[812]: Accepted publickey for admin from 192.0.2.7 port 51515 ssh2\n"
                           "Nov 21 09:02:26 gw kernel: [  12.1] eth0: link is up, 1000 Mbps, spi=0x1(2)\n"
                           "type=SYSCALL msg=audit(1651071671.725:2412): arch=c000003e syscall=59 success=yes exit=0\n"
                           "%LINK-3-UPDOWN: Interface GigabitEthernet1, changed state to up\n"
                           "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.7)\n"
                           "Jan 31 2020 17:24:03: %ASA-6-302013: Built inbound TCP connection 12 for outside:192.0.2.1/443 to inside:10.0.0.1/5\n"
                           "date=2024-08-13 time=20:08:54 logid=\"0000000013\" type=\"traffic\" srcip=192.0.2.1 dstip=192.0.2.2 action=\"accept\"\n"
                           "date=2024-08-13 time=20:08:54 logid=\"0101037127\" type=\"event\" subtype=\"vpn\" status=\"success\" spi=\"2c65ad60\"\n"
                           "RT_FLOW_SESSION_CREATE: session created 192.0.2.1/1->192.0.2.2/2\n"
                           "The tunnel received a packet with a bad day\nXfrmed 12 files\nXfrmInNoStates\nesp:\n12 packets\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 0);
}

#endif
