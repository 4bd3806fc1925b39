/* log_groups: which reports stand together, in which order, and runs of sequence numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "report/log.h"
#include "report/log_groups.h"

#define SECOND ((int64_t)1000000000)

static struct drop_report report(uint8_t peer, uint16_t windows, uint32_t seq, int64_t seconds)
{
    const uint8_t from[4] = { 192, 0, 2, peer }, to[4] = { 198, 51, 100, 2 };
    struct drop_report report = { .source = "linux-audit", .event = "SA-notfound", .kind = DROP_PACKET, .windows = windows, .count = 1, .line = 1 };
    report.src = addr_ip4(from);
    report.dst = addr_ip4(to);
    report.known = DROP_SRC | DROP_DST | DROP_TIME;
    drop_spi(&report, 0x1000);
    drop_seq(&report, seq);
    report.time = (struct drop_time){ .ns = seconds * SECOND, .known = true, .zoned = true, .dated = true };
    return report;
}

static void put(struct book *book, struct drop_report report)
{
    book_add(book, &report);
}

static void by_code_and_peer(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct log_groups groups;
    put(book, report(1, 13913, 1, 5));
    put(book, report(1, 13910, 1, 10));
    put(book, report(2, 13910, 2, 11));
    put(book, report(2, 13910, 3, 9));
    put(book, report(1, 13913, 2, 7));
    put(book, report(2, 13910, 3, 30));
    struct drop_report limited = report(2, 13910, 9, 31), added = report(2, 0, 0, 1), other;
    limited.limited = "one a minute";
    put(book, limited);
    added.kind = DROP_SA_ADDED;
    added.event = "SAD-add";
    put(book, added);
    other = added;
    other.event = "5451"; /* no code: the event tells them apart */
    put(book, other);
    assert_true(log_groups_make(&groups, book));
    assert_int_equal(groups.count, 5);
    /* 13910 is an error and has most packets from .2; 13913 is a warning; what tells of no drop comes last */
    const struct log_group *first = &groups.rows[0];
    assert_int_equal(book_at(book, first->first)->report.src.bytes[3], 2);
    assert_int_equal(first->packets, 4);
    assert_int_equal(first->lines, 4);
    assert_int_equal(first->entries, 3);
    assert_true(first->at_least && first->timed && first->zoned);
    assert_true(first->since_ns == 9 * SECOND && first->until_ns == 31 * SECOND);
    assert_int_equal(book_at(book, groups.rows[1].first)->report.src.bytes[3], 1);
    assert_false(groups.rows[1].at_least);
    assert_int_equal(book_at(book, groups.rows[2].first)->report.windows, 13913);
    assert_true(groups.rows[2].severity < first->severity);
    assert_int_equal(groups.rows[3].severity, -1);
    assert_int_equal(groups.rows[4].severity, -1);
    uint32_t seen = 0;
    for (uint32_t g = 0; g < groups.count; g++)
        for (uint32_t i = groups.rows[g].first; i != LOG_GROUPS_END; i = groups.next[i])
            seen++;
    assert_int_equal(seen, book_count(book));
    log_groups_free(&groups);
    book_destroy(book);
}

static void runs_of_sequence_numbers(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct log_groups groups;
    struct log_run run;
    for (uint32_t seq = 10; seq < 20; seq++)
        put(book, report(1, 13910, seq, seq));
    struct drop_report other = report(1, 13910, 20, 40), bare = report(1, 13910, 0, 41);
    other.spi = 0x2000;
    bare.known &= ~(uint32_t)DROP_SEQ;
    put(book, other);
    put(book, bare);
    put(book, report(1, 13910, 5, 50));
    assert_true(log_groups_make(&groups, book));
    assert_int_equal(groups.count, 1);
    uint32_t next = log_groups_run(&groups, book, groups.rows[0].first, &run);
    assert_int_equal(run.entries, 10);
    assert_int_equal(run.packets, 10);
    assert_true(run.low == 10 && run.high == 19);
    assert_true(run.last->last_time.ns == 19 * SECOND);
    next = log_groups_run(&groups, book, next, &run);
    assert_int_equal(run.entries, 1);
    assert_int_equal(run.first->report.spi, 0x2000);
    next = log_groups_run(&groups, book, next, &run);
    assert_int_equal(run.entries, 1); /* without a number: nothing to join */
    next = log_groups_run(&groups, book, next, &run);
    assert_true(run.entries == 1 && run.low == 5);
    assert_int_equal(next, LOG_GROUPS_END);
    log_groups_free(&groups);
    book_destroy(book);
}

static void none_at_all(void **state)
{
    (void)state;
    struct book *book = book_create(NULL);
    struct log_groups groups;
    assert_true(log_groups_make(&groups, book));
    assert_int_equal(groups.count, 0);
    log_groups_free(&groups);
    book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(by_code_and_peer), cmocka_unit_test(runs_of_sequence_numbers), cmocka_unit_test(none_at_all) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
