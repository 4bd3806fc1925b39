/* book: reports that say the same are one entry; packets find their reports; the clock of each log by the times that agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "report/book.h"

#define SECOND ((int64_t)1000000000)
#define NOW (1795251746 * SECOND) /* 2026-11-21T09:02:26Z */
#define SPI 0xc36f11ab

static const uint8_t A[4] = { 192, 0, 2, 1 }, B[4] = { 192, 0, 2, 2 }, C[4] = { 192, 0, 2, 3 };

/* Of a packet from A to B that an event of Windows or a record of Linux speaks of. */
static struct drop_report report(uint32_t spi, uint16_t file, int64_t time_ns)
{
    struct drop_report report = { .source = "linux-audit", .event = "SA-notfound", .kind = DROP_PACKET, .windows = 13910, .count = 1, .line = 1, .file = file };
    report.src = addr_ip4(A);
    report.dst = addr_ip4(B);
    report.known = DROP_SRC | DROP_DST | DROP_TIME;
    drop_spi(&report, spi);
    report.time = (struct drop_time){ .ns = time_ns, .known = true, .zoned = true, .dated = true };
    return report;
}

static void packet(struct book *book, uint32_t spi, uint32_t seq, const uint8_t *src, uint64_t number, int64_t time_ns, enum verdict verdict)
{
    struct frame frame = { .number = number, .time_ns = time_ns };
    struct layer layer = { .kind = LAYER_ESP, .spi = spi, .seq = seq };
    struct judgement judgement = { .verdict = (uint8_t)verdict };
    layer.ip.src = addr_ip4(src);
    layer.ip.dst = addr_ip4(B);
    book_packet(book, &frame, &layer, &judgement);
}

static void the_same_is_counted_together(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct drop_report one = report(SPI, 0, NOW), other;
    book_add(book, &one);
    one.line = 2;
    one.time.ns += SECOND;
    one.count = 5;
    book_add(book, &one);
    other = report(SPI, 0, NOW); /* each of these differs from it in one thing */
    drop_seq(&other, 7);
    book_add(book, &other);
    other = report(SPI + 1, 0, NOW);
    book_add(book, &other);
    other = report(SPI, 0, NOW);
    other.dst = addr_ip4(C);
    book_add(book, &other);
    other = report(SPI, 0, NOW);
    other.event = "SA-icv-failure";
    book_add(book, &other);
    assert_int_equal(book_count(book), 5);
    const struct book_entry *entry = book_at(book, 0);
    assert_int_equal(entry->lines, 2);
    assert_int_equal(entry->packets, 6);
    assert_int_equal(entry->report.line, 1);
    assert_int_equal(entry->last_line, 2);
    assert_true(entry->last_time.ns == NOW + SECOND);
    assert_int_equal(book_refused(book), 0);
    book_destroy(book);
}

static void packets_that_agree_outweigh_others(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct sadb *db = sadb_create(NULL);
    struct drop_report one = report(SPI, 0, NOW), absent = report(SPI + 1, 0, NOW);
    book_add(book, &one);
    book_add(book, &absent);
    packet(book, SPI, 1, A, 10, NOW, VERDICT_ACCEPTED);
    packet(book, SPI, 2, C, 11, NOW, VERDICT_UNKNOWN_SPI); /* from another host */
    packet(book, SPI, 3, A, 12, NOW, VERDICT_UNKNOWN_SPI);
    packet(book, SPI, 4, A, 13, NOW, VERDICT_UNKNOWN_SPI);
    packet(book, SPI, 5, A, 14, NOW, VERDICT_ACCEPTED);
    book_conclude(book, db, true, NOW, NOW);
    const struct book_match *match = book_at(book, 0)->match;
    assert_non_null(match);
    assert_true(match->agrees);
    assert_int_equal(match->packets, 2);
    assert_int_equal(match->frames[0].frame, 12);
    assert_int_equal(match->last.frame, 13);
    assert_int_equal(book_at(book, 0)->absence, BOOK_MATCHED);
    assert_int_equal(book_at(book, 1)->absence, BOOK_NO_PEER);
    sadb_destroy(db);
    book_destroy(book);
}

static void each_log_has_its_clock(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    for (uint32_t i = 0; i < 5; i++) { /* log 0 is 1000 s ahead, log 1 40 s behind; each of its reports fits one packet */
        struct drop_report ahead = report(0x1000 + i, 0, NOW + (int64_t)i * 7 * SECOND + 1000 * SECOND), behind = report(0x2000 + i, 1, NOW - 40 * SECOND);
        drop_seq(&behind, i);
        behind.time.ns += (int64_t)i * SECOND / 10;
        book_add(book, &ahead);
        book_add(book, &behind);
    }
    struct drop_report lost = report(0x3000, 2, NOW);
    book_add(book, &lost);
    for (uint32_t i = 0; i < 5; i++)
        for (unsigned k = 0; k < 3; k++) {
            packet(book, 0x1000 + i, k, A, 1 + k, NOW + (int64_t)i * 7 * SECOND + k * 11 * (i + 1) * SECOND, VERDICT_UNJUDGED);
            packet(book, 0x2000 + i, i + k, A, 1 + k, NOW + (int64_t)i * SECOND / 10, VERDICT_UNJUDGED);
        }
    book_tie(book, NOW - SECOND, NOW + 160 * SECOND);
    const struct book_clock *clock = book_clock(book, 0);
    assert_non_null(clock);
    assert_true(clock->offset_ns == 1000 * SECOND);
    assert_int_equal(clock->votes, 5);
    assert_true(clock->firm);
    clock = book_clock(book, 1);
    assert_non_null(clock);
    assert_true(clock->offset_ns == -40 * SECOND);
    assert_null(book_clock(book, 2)); /* nothing of it was found */
    assert_null(book_clock(book, 3));
    assert_int_equal(book_logs(book), 3);
    for (uint32_t i = 0; i < book_count(book); i++) /* and the packets can come again */
        assert_true(book_at(book, i)->match == NULL && !book_at(book, i)->spi_here);
    book_destroy(book);
}

static void one_report_and_many_packets_are_no_firm_clock(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct drop_report one = report(SPI, 0, NOW + 3605 * SECOND);
    book_add(book, &one);
    for (unsigned k = 0; k < 20; k++)
        packet(book, SPI, k, A, 1 + k, NOW + k * SECOND, VERDICT_UNKNOWN_SPI);
    book_tie(book, NOW, NOW + 20 * SECOND);
    const struct book_clock *clock = book_clock(book, 0);
    assert_non_null(clock);
    assert_true(clock->offset_ns == 3600 * SECOND); /* a time zone: the likeliest of twenty */
    assert_false(clock->firm);
    book_destroy(book);
}

static void a_year_that_is_not_told(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct drop_time time = { .ns = 91782146 * SECOND, .known = true }; /* 1972-11-28T07:02:26Z */
    int64_t ns;
    assert_false(book_time(book, &time, &ns));
    book_tie(book, NOW, NOW);
    assert_true(book_time(book, &time, &ns));
    assert_true(ns == NOW + 7 * 24 * 3600 * SECOND - 2 * 3600 * SECOND);
    book_destroy(book);
}

static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    for (uint32_t i = 0; i < BOOK_ENTRIES_MAX + 100; i++) {
        struct drop_report one = report(0x1000 + i, 0, NOW);
        book_add(book, &one);
    }
    assert_int_equal(book_count(book), BOOK_ENTRIES_MAX);
    assert_int_equal(book_refused(book), 100);
    book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_counted_together), cmocka_unit_test(packets_that_agree_outweigh_others), cmocka_unit_test(each_log_has_its_clock),
        cmocka_unit_test(one_report_and_many_packets_are_no_firm_clock), cmocka_unit_test(a_year_that_is_not_told),
        cmocka_unit_test(more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
