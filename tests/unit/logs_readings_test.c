/* xfrm_state, of a 6.1 kernel. bsd_netstat: what the netstat of four systems prints, from the words of their sources; facts/reports.md section 12. Readings and their difference. */
#include "logs_table.h"

#define SA (DROP_SRC | DROP_DST | DROP_PROTO | DROP_SPI)

struct total {
    unsigned line;
    const char *event;
    uint64_t count;
    unsigned windows, counter, proto;
};

static void totals_check(const char *path, const struct total *totals, unsigned count)
{
    static struct collect collect;
    static char text[8192];
    table_read(path, text, sizeof text);
    collect_text(&collect, text);
    assert_int_equal(collect.count, count);
    assert_int_equal(collect.counts.broken, 0);
    for (unsigned i = 0; i < count; i++) {
        const struct drop_report *report = &collect.reports[i];
        assert_string_equal(report->source, "bsd-netstat");
        assert_int_equal(report->kind, DROP_TOTAL);
        assert_int_equal(report->line, totals[i].line);
        assert_string_equal(report->event, totals[i].event);
        assert_int_equal(report->count, totals[i].count);
        assert_int_equal(report->windows, totals[i].windows);
        assert_int_equal(report->counter, totals[i].counter);
        assert_int_equal(report->proto, totals[i].proto);
        assert_int_equal(report->known, totals[i].proto ? DROP_PROTO : 0);
    }
    collect_truncations(text);
    table_damage(&(struct table){ .path = path });
}

static void freebsd(void **state)
{
    (void)state;
    static const struct total text[] = {
        { 17, "no TDB", 42, 13910, COUNTER_IN_NO_STATES, 50 },
        { 15, "short header", 2, 13914, COUNTER_IN_HDR_ERROR, 50 },
        { 21, "replay", 19, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
        { 20, "bad authentication", 5, 13915, COUNTER_IN_STATE_PROTO_ERROR, 50 },
        { 10, "no TDB", 1, 13910, COUNTER_IN_NO_STATES, 51 },
        { 2, "policy violated", 3, 13916, COUNTER_IN_TMPL_MISMATCH, 0 },
        { 6, "no SA outbound", 7, 0, COUNTER_OUT_NO_STATES, 0 },
    };
    static const struct total json[] = {
        { 1, "no TDB", 42, 13910, COUNTER_IN_NO_STATES, 50 },
        { 1, "short header", 2, 13914, COUNTER_IN_HDR_ERROR, 50 },
        { 1, "replay", 19, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
        { 1, "bad authentication", 5, 13915, COUNTER_IN_STATE_PROTO_ERROR, 50 },
        { 1, "no TDB", 1, 13910, COUNTER_IN_NO_STATES, 51 },
        { 1, "replay", 4, 13913, COUNTER_IN_STATE_SEQ_ERROR, 51 },
    };
    totals_check("tests/data/logs/freebsd-netstat.txt", text, sizeof text / sizeof text[0]);
    totals_check("tests/data/logs/freebsd-netstat.json", json, sizeof json / sizeof json[0]);
}

static void openbsd(void **state)
{
    (void)state;
    static const struct total totals[] = {
        { 5, "short header", 1, 13914, COUNTER_IN_HDR_ERROR, 50 },
        { 7, "no TDB", 11, 13910, COUNTER_IN_NO_STATES, 50 },
        { 9, "failed verification", 2, 13915, COUNTER_IN_STATE_PROTO_ERROR, 50 },
        { 12, "replay", 6, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
        { 13, "invalid TDB", 3, 0, COUNTER_IN_STATE_INVALID, 50 },
    };
    totals_check("tests/data/logs/openbsd-netstat.txt", totals, sizeof totals / sizeof totals[0]);
}

static void netbsd(void **state)
{
    (void)state;
    static const struct total totals[] = {
        { 10, "no SA", 17, 13910, COUNTER_IN_NO_STATES, 50 },
        { 9, "short header", 4, 13914, COUNTER_IN_HDR_ERROR, 50 },
        { 12, "replay", 8, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
        { 11, "bad authentication", 1, 13915, COUNTER_IN_STATE_PROTO_ERROR, 50 },
        { 2, "no SA outbound", 2, 0, COUNTER_OUT_NO_STATES, 0 },
    };
    totals_check("tests/data/logs/netbsd-netstat.txt", totals, sizeof totals / sizeof totals[0]);
}

static void macos(void **state)
{
    (void)state;
    static const struct total totals[] = {
        { 3, "policy violated", 1, 13916, COUNTER_IN_TMPL_MISMATCH, 0 },
        { 4, "no SA", 9, 13910, COUNTER_IN_NO_STATES, 0 },
        { 7, "failed getting SPI", 2, 13910, COUNTER_NONE, 0 },
        { 9, "ESP replay", 5, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
        { 11, "failed authentication", 3, 13915, COUNTER_IN_STATE_PROTO_ERROR, 0 },
        { 14, "no SA", 4, 13910, COUNTER_IN_NO_STATES, 0 }, /* of ipsec6: no second reading */
    };
    totals_check("tests/data/logs/macos-netstat.txt", totals, sizeof totals / sizeof totals[0]);
}

static void two_readings(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "esp:\n\t8 packets dropped; no TDB\n\t3 possible replay packets detected\nah:\n\t1 packet dropped; no TDB\n"
                           "some minutes later\n"
                           "esp:\n\t11 packets dropped; no TDB\n\t3 possible replay packets detected\nah:\n\t1 packet dropped; no TDB\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].count, 3);
    assert_int_equal(collect.reports[0].line, 8);
    collect_text(&collect, "{\"statistics\":{\"esp-statictics\":{\"dropped-no-tdb\":8}}}\n{\"statistics\":{\"esp-statictics\":{\"dropped-no-tdb\":9}}}\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].count, 1);
}

static const struct table sas = {
    "tests/data/logs/xfrm-state.txt", "xfrm-state",
    {
        { 15, "replay-window", DROP_TOTAL, 13913, NULL, "192.0.2.1", "198.51.100.2", 50, 0xc0314107, 0, SA },
        { 15, "replay", DROP_TOTAL, 13913, NULL, "192.0.2.1", "198.51.100.2", 50, 0xc0314107, 0, SA },
        { 20, "failed", DROP_TOTAL, 13915, NULL, "2001:db8::1", "2001:db8::2", 51, 0x1002, 0, SA },
    },
};

static void counters_of_sas(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&sas, &collect);
    assert_int_equal(collect.reports[0].count, 3);
    assert_int_equal(collect.reports[1].count, 1);
    assert_int_equal(collect.reports[2].count, 6);
    table_damage(&sas);
    collect_text(&collect, "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\tstats:\n\t  replay-window 3 replay 1 failed 0\n"
                           "later\nsrc 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\tstats:\n\t  replay-window 3 replay 5 failed 0\n"
                           "src 192.0.2.1 dst 192.0.2.2\n\tproto comp spi 0x00001001 reqid 1 mode tunnel\n\tstats:\n\t  replay-window 3 replay 5 failed 0\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].count, 4);
    collect_text(&collect, "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\t  replay-window 3 replay x failed 0\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 1);
}

static void near_misses(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "esp:\n\tx2 packets dropped; no TDB\nesp:\n\t99999999999999999999 packets dropped; no TDB\n"
                           "{\"statistics\":{\"esp-statictics\":{\"dropped-no-tdb\":-8}}}\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 3);
    collect_text(&collect, "\t2 packets dropped; no TDB\nipcomp:\n\t2 packets dropped; no TDB\nesp:\n2 packets dropped; no TDB\n{\"statistics\":{\"tcp\":1}}\n"
                           "esp:\n\t2 packetz dropped; no TDB\n\t3 inbound packets with no SA available\n");
    assert_int_equal(collect.count + collect.counts.broken, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freebsd), cmocka_unit_test(openbsd), cmocka_unit_test(netbsd), cmocka_unit_test(macos), cmocka_unit_test(two_readings),
        cmocka_unit_test(counters_of_sas), cmocka_unit_test(near_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
