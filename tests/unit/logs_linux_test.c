/* kame: lines of BSD kernels. linux_audit and xfrm_stat: records of a 6.1 kernel, as the kernel log and auditd write them; facts/reports.md sections 4 and 5. */
#include "logs_table.h"

#define ENDS (DROP_SRC | DROP_DST)
#define PACKET (DROP_TIME | ENDS | DROP_SPI | DROP_SEQ)

static const struct table audit = {
    "tests/data/logs/linux-audit.log", "linux-audit",
    {
        { 1, "SAD-add", DROP_SA_ADDED, 0, "2026-11-21T12:40:04.027000000Z", "192.0.2.1", "192.0.2.2", 0, 0x1001, 0, DROP_TIME | ENDS | DROP_SPI },
        { 4, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T12:40:04.527000000Z", "192.0.2.1", "192.0.2.2", 0, 0x72662541, 7, PACKET },
        { 5, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T12:40:04.537000000Z", "192.0.2.1", "192.0.2.2", 0, 0xc0000201, 0, PACKET },
        { 6, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T12:40:04.537000000Z", "2001:db8::1", "2001:db8::2", 0, 0x22642f0c, 45, PACKET },
        { 7, "SA-replayed-pkt", DROP_PACKET, 13913, "2022-04-27T15:01:11.725000000Z", "192.0.2.1", "192.0.2.2", 0, 0x3ea71aed, 219, PACKET },
        { 8, "SA-icv-failure", DROP_PACKET, 13915, "2022-04-27T15:01:11.725000000Z", "192.0.2.1", "192.0.2.2", 0, 0x3ea71aed, 220, PACKET },
        { 9, "SA-replay-overflow", DROP_PACKET, 0, "2022-04-27T15:01:11.725000000Z", "192.0.2.2", "192.0.2.1", 0, 0x200, 0, DROP_TIME | ENDS | DROP_SPI },
        { 10, "SA-notfound", DROP_PACKET, 13910, "1972-11-21T10:40:04.000000000Z", "203.0.113.9", "192.0.2.2", 0, 0, 0, DROP_TIME | ENDS },
        { 11, "SAD-delete", DROP_SA_DELETED, 0, "2026-11-21T12:40:05.757000000Z", "192.0.2.1", "192.0.2.2", 0, 0x1001, 0, DROP_TIME | ENDS | DROP_SPI },
    },
};

static void audit_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&audit, &collect);
    assert_int_equal(collect.reports[1].counter, COUNTER_IN_NO_STATES);
    assert_int_equal(collect.reports[1].doubt_count, 0);
    assert_int_equal(collect.reports[2].doubt_count, 1); /* 192.0.2.1 is 0xc0000201: IP-in-IP */
    assert_string_equal(drop_extra_find(&collect.reports[3], "flow"), "0xdb529");
    assert_int_equal(collect.reports[7].doubt_count, 1); /* no SPI */
    table_damage(&audit);
    table_check_foreign();
}

static void audit_broken_and_edited(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "audit: type=1415 audit(1.0:5): op=SA-notfound src=192.0.2.1 dst=192.0.2.2 spi=4097(0x1002) seqno=1\n"
                           "audit: type=1415 audit(1.0:5): op=SA-notfound src=192.0.2.1 dst=192.0.2.300 spi=4097(0x1001) seqno=1\n"
                           "audit: type=1415 audit(1.0:5): op=SA-notfound src=192.0.2.1 dst=192.0.2.2 spi=4097 seqno=1\n"
                           "audit: type=1415 audit(1.0:5): op=SA-sleeps src=192.0.2.1 dst=192.0.2.2 spi=4097(0x1001)\n"
                           "audit: type=1415 audit(1.0:5): op=SAD-add auid=0 ses=1 src=192.0.2.1 dst=192.0.2.2 spi=4097(0x1001) res=0\n");
    assert_int_equal(collect.count, 2);
    assert_int_equal(collect.counts.broken, 3);
    assert_true(collect.reports[0].other_spi_known && collect.reports[0].spi == 4098 && collect.reports[0].other_spi == 4097);
    assert_int_equal(collect.reports[1].kind, DROP_NEGOTIATION);
    assert_int_equal(collect.reports[1].windows, 13860);
}

static const struct table kernels = {
    "tests/data/logs/bsd-kernel.log", "bsd-kernel",
    {
        { 1, "no key association", DROP_PACKET, 13910, "1972-11-21T09:02:26.000000000Z", NULL, NULL, 50, 0xc0314101, 0, DROP_TIME | DROP_PROTO | DROP_SPI },
        { 2, "no key association", DROP_PACKET, 13910, "1972-11-21T09:02:27.000000000Z", NULL, NULL, 51, 0x1001, 0, DROP_TIME | DROP_PROTO | DROP_SPI },
        { 3, "SA not mature", DROP_PACKET, 13910, "1972-11-21T09:02:28.000000000Z", NULL, NULL, 50, 0xc0314102, 0, DROP_TIME | DROP_PROTO | DROP_SPI },
        { 4, "replay packet", DROP_PACKET, 13913, "1972-11-21T09:02:29.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0xc0314103, 219, PACKET | DROP_PROTO },
        { 5, "auth fail", DROP_PACKET, 13915, "1972-11-21T09:02:30.000000000Z", "2001:db8::1", "2001:db8::2", 51, 0x1003, 0,
          DROP_TIME | ENDS | DROP_PROTO | DROP_SPI },
        { 6, "no key association", DROP_PACKET, 13910, "1972-11-21T09:02:31.000000000Z", NULL, "198.51.100.2", 50, 0xc0314104, 0,
          DROP_TIME | DROP_DST | DROP_PROTO | DROP_SPI },
        { 7, "no key association", DROP_PACKET, 13910, "1972-11-21T09:02:32.000000000Z", NULL, "2001:db8::2", 51, 0xc0314105, 0,
          DROP_TIME | DROP_DST | DROP_PROTO | DROP_SPI },
    },
};

/* Shapes of xnu's, KAME's, FreeBSD's and NetBSD's sources. */
static void bsd_kernels(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&kernels, &collect);
    for (unsigned i = 0; i < collect.count; i++)
        assert_int_equal(collect.reports[i].doubt_count, 0);
    table_damage(&kernels);
    collect_text(&collect, "IPv4 ESP input: no key association found for spi 4097 (0x00001002)\n"
                           "IPv4 ESP input: no key association found for spi 4097 (0x000010\n"
                           "IPv4 ESP input: no key association found for spi 4097\n"
                           "auth fail in IPv4 ESP input: packet(SPI=4099 src=192.0.2.1\n"
                           "no key association found for SA 198.51.100.2/c031410/50\n");
    assert_int_equal(collect.count, 1);
    assert_true(collect.reports[0].other_spi_known);
    assert_int_equal(collect.counts.broken, 4);
}

static void one_reading_gives_totals(void **state)
{
    (void)state;
    static struct collect collect;
    char text[4096];
    table_read("tests/data/logs/xfrm-stat.log", text, sizeof text);
    collect_text(&collect, text);
    assert_int_equal(collect.count, 2);
    assert_int_equal(collect.reports[0].count, 8);
    assert_int_equal(collect.reports[1].count, 1);
    assert_string_equal(collect.reports[0].event, "XfrmInNoStates");
    assert_int_equal(collect.reports[0].windows, 13910);
    assert_true(collect.reports[0].stated);
    collect_truncations(text);
}

static void two_readings_give_the_difference(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "XfrmInNoStates 8\nXfrmInStateSeqError 3\n\nXfrmInNoStates 11\nXfrmInStateSeqError 3\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].count, 3);
    assert_int_equal(collect.reports[0].line, 4);
    collect_text(&collect, "XfrmInNoStates 8\nthen the host was started anew\nXfrmInNoStates 2\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].count, 2);
    assert_int_equal(collect.reports[0].doubt_count, 1);
    collect_text(&collect, "XfrmInNoStates                  12                 0.0\n"); /* nstat */
    assert_int_equal(collect.reports[0].count, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bsd_kernels), cmocka_unit_test(audit_samples), cmocka_unit_test(audit_broken_and_edited), cmocka_unit_test(one_reading_gives_totals),
        cmocka_unit_test(two_readings_give_the_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
