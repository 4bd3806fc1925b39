/*
 * journal and record: JSON that carries lines, and esplain's own.
 *
 * The samples journald*.json were printed by journalctl 252 from a journal that systemd-journal-remote wrote; the messages in it are those of the other samples.
 */
#include "logs_table.h"

#define ENDS (DROP_SRC | DROP_DST)
#define PACKET (DROP_TIME | ENDS | DROP_SPI | DROP_SEQ)
#define SPI 0xc36f11ab

static const struct table one_a_line = {
    "tests/data/logs/journald.json", NULL,
    {
        { 1, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T09:02:26.612000000Z", "192.0.2.1", "198.51.100.2", 0, SPI, 4, PACKET },
        { 2, "SA-icv-failure", DROP_PACKET, 13915, "2026-11-21T09:02:26.112000000Z", "2001:db8::1", "2001:db8::2", 0, 0x1000, 77, PACKET },
        { 3, "RECVD_PKT_INV_SPI", DROP_PACKET, 13910, "2026-11-21T09:02:29.612000000Z", "192.0.2.1", "198.51.100.2", 50, SPI, 0,
          (PACKET & ~DROP_SEQ) | DROP_PROTO },
        { 4, "RECVD_PKT_INV_SPI", DROP_PACKET, 13910, "2026-11-21T09:02:30.612000000Z", "192.0.2.1", "198.51.100.2", 50, 0xc36f11ac, 0,
          (PACKET & ~DROP_SEQ) | DROP_PROTO },
        { 5, "PKT_REPLAY_ERR", DROP_PACKET, 13913, "2026-11-21T09:02:31.612000000Z", NULL, NULL, 0, 0, 219, DROP_TIME | DROP_SEQ },
    },
};
static const struct table pretty = {
    "tests/data/logs/journald-pretty.json", "linux-audit",
    {
        { 1, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T09:02:26.612000000Z", "192.0.2.1", "198.51.100.2", 0, SPI, 4, PACKET },
        { 12, "SA-icv-failure", DROP_PACKET, 13915, "2026-11-21T09:02:26.112000000Z", "2001:db8::1", "2001:db8::2", 0, 0x1000, 77, PACKET },
    },
};
static const struct table sequence = {
    "tests/data/logs/journald-seq.json", "linux-audit",
    {
        { 1, "SA-notfound", DROP_PACKET, 13910, "2026-11-21T09:02:26.612000000Z", "192.0.2.1", "198.51.100.2", 0, SPI, 4, PACKET },
        { 2, "SA-icv-failure", DROP_PACKET, 13915, "2026-11-21T09:02:26.112000000Z", "2001:db8::1", "2001:db8::2", 0, 0x1000, 77, PACKET },
    },
};

static void as_journalctl_prints_them(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&one_a_line, &collect);
    assert_true(collect.reports[4].time.zoned && collect.reports[4].time.dated); /* the record's: the router's own tells no year */
    assert_string_equal(drop_extra_find(&collect.reports[0], "host"), "gw.example.net");
    assert_string_equal(drop_extra_find(&collect.reports[2], "host"), "relay");
    assert_int_equal(collect.counts.lines, 6); /* one message is of two lines */
    table_damage(&one_a_line);
    table_check(&pretty, &collect);
    table_check(&sequence, &collect);
}

static void records_mixed_with_lines(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "Nov 21 09:02:26 gw sshd[812]: nothing of interest\n"
                           "  {\"MESSAGE\":\"MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\"}\n"
                           "[{\"MESSAGE\":\"MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\"},\n"
                           " {\"MESSAGE\":\"MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\", \"__REALTIME_TIMESTAMP\": \"x\"}]\n"
                           "MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\n"
                           "{ no JSON }\n[   12.1] no JSON either\n");
    assert_int_equal(collect.count, 4);
    assert_int_equal(collect.reports[1].line, 3);
    assert_int_equal(collect.reports[2].line, 4);
    assert_false(collect.reports[2].time.known);
    assert_int_equal(collect.reports[3].line, 5);
    assert_int_equal(collect.counts.unknown, 3);
    assert_int_equal(collect.counts.broken, 0);
    assert_int_equal(collect.counts.lines, 7);
}

static void records_that_carry_nothing(void **state)
{
    (void)state;
    static struct collect collect;
    static char text[200000];
    collect_text(&collect, "{\"__REALTIME_TIMESTAMP\":\"1795251746612000\",\"MESSAGE\":null}\n{\"MESSAGE\":[1,256]}\n{\"MESSAGE\":\"\\n \\n\"}\n{\"a\":1}\n"
                           "{\"MESSAGE\":\"MAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\"\n{\"a\":\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.unknown, 3);
    assert_int_equal(collect.counts.broken, 2);
    assert_int_equal(collect.counts.first_broken_line, 5);
    memset(text, 'x', sizeof text - 1); /* longer than a line may be: counted, and the next one is read */
    memcpy(text, "{\"MESSAGE\":\"", strlen("{\"MESSAGE\":\""));
    snprintf(text + sizeof text - 100, 100, "\"}\nMAC_IPSEC_EVENT op=SA-notfound src=192.0.2.1 dst=192.0.2.2\n");
    collect_text(&collect, text);
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.counts.broken, 1);
}

/* Members as docs/schema.json has them. */
static void records_of_esplain(void **state)
{
    (void)state;
    static struct collect collect;
    char chars[STAMP_TEXT_MAX > ADDR_TEXT_MAX ? STAMP_TEXT_MAX : ADDR_TEXT_MAX];
    static const char text[] =
        "{\"type\":\"verdict\",\"file\":\"a.pcap\",\"frame\":7,\"time\":\"2026-11-21T09:02:24.557763000Z\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"proto\":\"esp\","
        "\"encap\":null,\"spi\":\"0xc36f11ab\",\"seq\":1,\"verdict\":\"accepted\",\"error\":null,\"linux\":null,\"certainty\":\"certain\",\"cause\":null,\"inner\":null}\n"
        "{\"type\":\"verdict\",\"file\":\"a.pcap\",\"frame\":8,\"time\":\"2026-11-21T09:02:25.557763000Z\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"proto\":\"ah\","
        "\"encap\":null,\"spi\":\"0xc36f11ab\",\"seq\":2,\"verdict\":\"unknown-spi\",\"error\":{\"name\":\"ERROR_IPSEC_BAD_SPI\",\"code\":13910,\"hex\":\"0x3656\","
        "\"ntstatus\":\"0xC0360001\"},\"linux\":\"XfrmInNoStates\",\"certainty\":\"likely\",\"cause\":\"sa-deleted\",\"inner\":null}\n"
        "{\"type\":\"finding\",\"condition\":\"replayed\",\"severity\":\"warning\",\"certainty\":\"certain\",\"error\":{\"name\":\"ERROR_IPSEC_REPLAY_CHECK_FAILED\","
        "\"code\":13913},\"linux\":\"XfrmInStateSeqError\",\"subject\":{\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"proto\":\"esp\",\"spi\":\"0x00001000\"},"
        "\"cause\":{\"name\":\"twice\",\"text\":\"t\"},\"count\":3,\"first\":{\"file\":\"a.pcap\",\"frame\":9,\"time\":\"2026-11-21T09:02:26Z\"}}\n"
        "{\"type\":\"report\",\"source\":\"cisco-ios\",\"event\":\"X\",\"kind\":\"total\",\"time\":null,\"src\":null,\"dst\":null,\"proto\":null,\"spi\":null,\"seq\":null,"
        "\"out_spi\":null,\"count\":12,\"error\":null,\"linux\":\"XfrmInNoStates\",\"certainty\":\"likely\"}\n"
        "{\"type\":\"summary\",\"frames\":1}\n";
    collect_text(&collect, text);
    assert_int_equal(collect.count, 3);
    assert_int_equal(collect.counts.unknown + collect.counts.broken, 0);
    const struct drop_report *report = &collect.reports[0];
    assert_string_equal(report->source, "esplain");
    assert_int_equal(report->known, DROP_ALL);
    assert_int_equal(report->proto, 51);
    assert_int_equal(report->seq, 2);
    assert_int_equal(report->windows, 13910);
    assert_false(report->stated); /* likely only */
    assert_string_equal(drop_extra_find(report, "cause"), "sa-deleted");
    report++;
    assert_int_equal(report->count, 3);
    assert_int_equal(report->windows, 13913);
    assert_true(report->stated);
    assert_string_equal(collect_addr(&report->dst, chars), "2001:db8::2");
    assert_string_equal(collect_time(report, chars), "2026-11-21T09:02:26.000000000Z");
    assert_string_equal(drop_extra_find(report, "condition"), "replayed");
    assert_string_equal(drop_extra_find(report, "cause"), "twice");
    report++;
    assert_int_equal(report->kind, DROP_TOTAL);
    assert_int_equal(report->count, 12);
    assert_int_equal(report->counter, COUNTER_IN_NO_STATES);
    assert_string_equal(drop_extra_find(report, "source"), "cisco-ios");
    collect_truncations(text);
    collect_text(&collect, "{\"type\":\"verdict\",\"verdict\":\"unknown-spi\",\"src\":\"192.0.2.999\",\"error\":{\"code\":13910},\"linux\":null}\n"
                           "{\"type\":\"verdict\",\"verdict\":\"unknown-spi\",\"src\":\"192.0.2.9\",\"error\":{\"code\":5},\"linux\":null}\n"
                           "{\"type\":\"verdict\",\"verdict\":\"unknown-spi\",\"src\":\"192.0.2.9\",\"error\":null,\"linux\":\"XfrmNever\"}\n"
                           "{\"type\":\"verdict\",\"verdict\":\"unknown-spi\",\"src\":\"192.0.2.9\",\"error\":null,\"linux\":\"XfrmInNoStates\",\"spi\":\"x\"}\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_journalctl_prints_them), cmocka_unit_test(records_mixed_with_lines), cmocka_unit_test(records_that_carry_nothing),
        cmocka_unit_test(records_of_esplain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
