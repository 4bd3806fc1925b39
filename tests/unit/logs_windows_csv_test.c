/*
 * windows_csv, windows_text: samples in the shapes of Event Viewer's "Save as CSV", Get-WinEvent through Export-Csv (PowerShell 5.1) and Format-List, and wevtutil
 * /f:text, with the messages of facts/reports.md; no real line with values is public. Records of tables out of RFC 4180.
 */
#include "logs_table.h"

#include "logs/csv.h"

#define TOLD (DROP_TIME | DROP_SRC | DROP_SPI)
#define SPI 0xc36f11ab

static const struct table viewer = {
    "tests/data/logs/windows-viewer.csv", "windows-event",
    {
        { 2, "4965", DROP_PACKET, 13910, "2026-11-21T09:02:26.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 12, "4962", DROP_PACKET, 13913, "2026-11-21T21:02:28.000000000Z", "2001:db8::1", NULL, 0, SPI, 0, TOLD },
        { 17, "4960", DROP_PACKET, 13915, "2026-11-21T09:02:29.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
    },
};
static const struct table exported = {
    "tests/data/logs/windows-export.csv", "windows-event",
    {
        { 3, "4965", DROP_PACKET, 13910, "2026-11-21T09:02:26.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 7, "4961", DROP_PACKET, 13913, "2026-11-21T09:02:27.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 11, "4963", DROP_PACKET, 13916, "2026-11-21T09:02:28.000000000Z", "2001:db8::1", NULL, 0, SPI, 0, TOLD },
    },
};
static const struct table list = {
    "tests/data/logs/windows-list.txt", "windows-event",
    {
        { 3, "4965", DROP_PACKET, 13910, "2026-11-21T09:02:26.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 19, "4960", DROP_PACKET, 13915, "2026-11-21T09:02:27.000000000Z", "2001:db8::1", NULL, 0, SPI, 0, TOLD },
        { 30, "4962", DROP_PACKET, 13913, "2026-11-21T09:02:28.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 44, "4963", DROP_PACKET, 13916, "2026-11-21T09:02:29.000000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
    },
};
static const struct table wevtutil = {
    "tests/data/logs/windows-wevtutil.txt", "windows-event",
    {
        { 1, "4965", DROP_PACKET, 13910, "2026-11-21T09:02:26.687000000Z", "192.0.2.1", NULL, 0, SPI, 0, TOLD },
        { 20, "4961", DROP_PACKET, 13913, "2026-11-21T09:02:26.687000000Z", "2001:db8::1", NULL, 0, SPI, 0, TOLD },
        { 39, "4283", DROP_PACKET, 13910, "2005-11-21T09:02:26.000000000Z", "192.0.2.1", NULL, 0, 0, 0, DROP_TIME | DROP_SRC },
    },
};

/* Every byte of the file's first event made another one, and every beginning of it: never an SPI that stands nowhere. */
static void damage(const struct table *table)
{
    static char text[32768];
    char *end = text;
    table_read(table->path, text, sizeof text);
    for (unsigned line = 1; line < table->rows[1].line; line++)
        end = strchr(end, '\n') + 1;
    table_damage_record(text, (size_t)(end - text), true);
}

static void tables(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&viewer, &collect);
    table_check(&exported, &collect);
    assert_string_equal(drop_extra_find(&collect.reports[0], "host"), "gw.example.net");
    assert_false(collect.reports[0].time.zoned);
    damage(&viewer);
    damage(&exported);
}

static void lists(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&list, &collect);
    assert_string_equal(drop_extra_find(&collect.reports[2], "host"), "gw.example.net");
    table_check(&wevtutil, &collect);
    assert_int_equal(collect.reports[2].count, 5);
    damage(&list);
    damage(&wevtutil);
}

static void other_columns(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Id;Message;TimeCreated\n4965;\"Remote Network Address:\t192.0.2.1\n\nInbound SA SPI:\t4096\";21.11.2026 09:02:26\n",
        "Level\tDate and Time\tSource\tEvent ID\tTask Category\n"
        "Information\t21.11.2026 09:02:26\tMicrosoft-Windows-Security-Auditing\t4965\tIPsec Driver\t\"Remote Network Address:\t192.0.2.1\nInbound SA SPI:\t4096\n\"\n",
        "\"TimeCreated\",\"Id\",\"Message\"\n\"2026-11-21 09:02:26\",\"4965\",\"Remote Network Address:\t192.0.2.1\nInbound SA SPI:\t4096\"",
        "\xef\xbb\xbf\"EventID\",\"Message\",\"TimeGenerated\"\n\"4965\",\"Remote Network Address:\t192.0.2.1\nInbound SA SPI:\t4096\",\"11/21/2026 9:02:26 AM\"\n",
    };
    static struct collect collect;
    char chars[STAMP_TEXT_MAX > ADDR_TEXT_MAX ? STAMP_TEXT_MAX : ADDR_TEXT_MAX];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        collect_text(&collect, texts[i]);
        assert_int_equal(collect.count, 1);
        assert_int_equal(collect.counts.unknown + collect.counts.broken, 0);
        assert_int_equal(collect.reports[0].spi, 4096);
        assert_string_equal(collect_addr(&collect.reports[0].src, chars), "192.0.2.1");
        assert_string_equal(collect_time(&collect.reports[0], chars), "2026-11-21T09:02:26.000000000Z");
    }
}

#define HEADER "Keywords,Date and Time,Source,Event ID,Task Category\n"
#define ROW(id, source) "Audit Failure,11/21/2026 9:02:26 AM," source "," id ",IPsec Driver,\"Remote Network Address: 192.0.2.1\nInbound SA SPI: 4096\"\n"
#define OURS "Microsoft-Windows-Security-Auditing"

static void tables_between_other_lines(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, HEADER ROW("4965", OURS) "Nov 21 09:02:26 gw sshd[812]: Accepted publickey, for admin, from 192.0.2.7, port 51515, ssh2\n"
                           "MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\n" ROW("4960", OURS) ROW("4965", "Some-Other-Source"));
    assert_int_equal(collect.count, 3);
    assert_string_equal(collect.reports[1].source, "linux-audit");
    assert_string_equal(collect.reports[2].event, "4960");
    assert_int_equal(collect.counts.unknown, 1);
    assert_int_equal(collect.counts.broken, 0);
    collect_text(&collect, ROW("4965", OURS)); /* no names of columns: nothing tells what stands where */
    assert_int_equal(collect.count, 0);
    collect_text(&collect, HEADER ROW("4965", OURS) "Audit Failure,11/21/2026 9:02:26 AM," OURS ",4965,IPsec Driver,\"Inbound SA SPI: 40");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.counts.broken, 1);
    collect_text(&collect, HEADER "Audit Failure,11/21/2026 9:02:26 AM," OURS ",4965,IPsec Driver,\"Inbound SA SPI: 1x\"\n" ROW("4961", OURS));
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.counts.broken, 1);
}

static void a_quote_that_is_never_closed(void **state)
{
    (void)state;
    static struct collect collect;
    static char text[65536];
    size_t length = (size_t)snprintf(text, sizeof text, "%sAudit Failure,11/21/2026 9:02:26 AM,%s,4965,IPsec Driver,\"Inbound SA SPI: 4096\n", HEADER, OURS);
    for (unsigned i = 0; i < 300; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\n");
    collect_text(&collect, text);
    assert_int_equal(collect.count, 101); /* the row is given up behind 200 lines */
    assert_int_equal(collect.counts.broken, 1);
}

static void pieces_of_records(void **state)
{
    (void)state;
    static const struct { const char *line, *pieces[5]; bool quoted, broken; } rows[] = {
        { "a,b,c", { "a", "b", "c" }, false, false },
        { "a,,", { "a", "", "" }, false, false },
        { "\"a,b\",\"c\"\"d\",", { "a,b", "c\"\"d", "" }, false, false },
        { "\"\",x", { "", "x" }, false, false },
        { "a\"b,c", { "a\"b", "c" }, false, false },
        { "a,\"b", { "a", "b" }, true, false },
        { "a,\"b\"\"", { "a", "b\"\"" }, true, false },
        { "\"a\"b,c", { NULL }, false, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct csv csv = { .delimiter = ',' };
        struct span rest = { rows[i].line, strlen(rows[i].line) }, piece;
        unsigned column, count = 0;
        csv_line(&csv);
        for (; csv_field(&csv, &rest, &piece, &column); count++) {
            assert_non_null(rows[i].pieces[count]);
            assert_true(span_is(piece, rows[i].pieces[count]));
            assert_int_equal(column, count);
        }
        assert_null(rows[i].pieces[count]);
        assert_int_equal(csv.quoted, rows[i].quoted);
        assert_int_equal(csv.broken, rows[i].broken);
    }
    struct csv csv = { .delimiter = ',' };
    struct span first = { "a,\"b", 4 }, second = { "c\",d", 4 }, piece;
    unsigned column;
    csv_line(&csv);
    assert_true(csv_field(&csv, &first, &piece, &column) && csv_field(&csv, &first, &piece, &column) && !csv_field(&csv, &first, &piece, &column));
    csv_line(&csv);
    assert_true(csv_field(&csv, &second, &piece, &column) && span_is(piece, "c") && column == 1);
    assert_true(csv_field(&csv, &second, &piece, &column) && span_is(piece, "d") && column == 2);
    assert_false(csv_field(&csv, &second, &piece, &column));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables), cmocka_unit_test(lists), cmocka_unit_test(other_columns), cmocka_unit_test(tables_between_other_lines),
        cmocka_unit_test(a_quote_that_is_never_closed), cmocka_unit_test(pieces_of_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
