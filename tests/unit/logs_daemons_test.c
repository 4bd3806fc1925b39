/* strongswan, libreswan: lines as strongSwan 5.9 and 6.0 and libreswan 4 and 5 write them; facts/reports.md section 13. */
#include "logs_table.h"

#define ENDS (DROP_SRC | DROP_DST)
#define IN (DROP_TIME | DROP_SRC | DROP_PROTO | DROP_SPI)
#define PAIR (DROP_TIME | ENDS | DROP_PROTO | DROP_SPI)

static const struct table swan = {
    "tests/data/logs/strongswan.log", "strongswan",
    {
        { 5, "CHILD_SA established", DROP_SA_ADDED, 0, "1972-11-21T09:02:20.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0xcf39a4dd, 0, PAIR },
        { 8, "CHILD_SA established", DROP_SA_ADDED, 0, "1972-11-21T09:12:21.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0xc22b501d, 0, PAIR },
        { 11, "CHILD_SA closing", DROP_SA_DELETED, 0, "1972-11-21T09:12:21.000000000Z", "198.51.100.2", "192.0.2.1", 50, 0xc9af0365, 0, PAIR },
        { 12, "CHILD_SA established", DROP_SA_ADDED, 0, "1972-11-21T09:12:21.000000000Z", "198.51.100.2", "192.0.2.1", 50, 0xc2df4eda, 0, PAIR },
        { 13, "CHILD_SA closing", DROP_SA_DELETED, 0, "1972-11-21T09:22:21.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0xc22b501d, 0, PAIR },
        { 16, "NO_PROPOSAL_CHOSEN", DROP_NEGOTIATION, 13868, "2026-11-21T08:22:30.250000000Z", "2001:db8::1", "2001:db8::2", 0, 0, 0, DROP_TIME | ENDS },
        { 18, "AUTHENTICATION_FAILED", DROP_NEGOTIATION, 13801, "2026-11-21T08:22:31.000000000Z", "192.0.2.7", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
        { 20, "TS_UNACCEPTABLE", DROP_NEGOTIATION, 13858, "2026-11-21T08:22:32.000000000Z", "192.0.2.7", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
        { 23, "INVALID_SPI", DROP_PACKET, 13910, "2026-11-21T08:22:33.000000000Z", "198.51.100.2", "192.0.2.7", 0, 0, 0, DROP_TIME | ENDS },
        { 25, "MS_STATUS", DROP_NEGOTIATION, 13801, "2026-11-21T08:22:33.500000000Z", "192.0.2.7", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
    },
};

static const struct table swan_failures = {
    "tests/data/logs/strongswan-failures.log", "strongswan",
    {
        { 2, "peer not responding", DROP_NEGOTIATION, 13805, NULL, "198.51.100.2", "192.0.2.9", 0, 0, 0, ENDS },
        { 4, "SPI allocation failed", DROP_NEGOTIATION, 13857, NULL, NULL, NULL, 0, 0, 0, 0 },
        { 7, "SAD entry refused", DROP_NEGOTIATION, 13860, NULL, NULL, NULL, 0, 0xc0a4dd11, 0, DROP_SPI },
        { 9, "SAD entry missing", DROP_NEGOTIATION, 0, NULL, NULL, NULL, 0, 0xc0a4dd12, 0, DROP_SPI },
        { 11, "no installed SA", DROP_PACKET, 13910, NULL, NULL, NULL, 50, 0, 0, DROP_PROTO },
        { 12, "sequence number refused", DROP_PACKET, 13913, NULL, "192.0.2.1", "198.51.100.2", 50, 0xc0a4dd13, 77, ENDS | DROP_PROTO | DROP_SPI | DROP_SEQ },
        { 14, "ICV verification failed", DROP_PACKET, 13915, NULL, NULL, NULL, 50, 0, 0, DROP_PROTO },
        { 15, "ESP header invalid", DROP_PACKET, 13914, NULL, NULL, NULL, 50, 0, 0, DROP_PROTO },
        { 16, "invalid IKE header", DROP_NEGOTIATION, 13824, NULL, "192.0.2.200", NULL, 0, 0, 0, DROP_SRC },
        { 17, "IPsec kernel drop", DROP_PACKET, 13910, NULL, "192.0.2.1", "198.51.100.2", 0, 0xc0a4dd14, 0, ENDS | DROP_SPI },
        { 18, "WFP failure", DROP_NEGOTIATION, 13805, NULL, "198.51.100.2", "192.0.2.1", 0, 0, 0, ENDS },
        { 20, "no IKE config", DROP_NEGOTIATION, 13825, NULL, "192.0.2.1", "198.51.100.2", 0, 0, 0, ENDS },
        { 22, "MAC mismatched", DROP_NEGOTIATION, 13801, NULL, "192.0.2.1", "198.51.100.2", 0, 0, 0, ENDS },
        { 24, "traffic selectors unacceptable", DROP_NEGOTIATION, 13858, NULL, "192.0.2.1", "198.51.100.2", 0, 0, 0, ENDS },
    },
};

static void strongswan_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&swan, &collect);
    assert_true(collect.reports[0].out_spi_known && collect.reports[0].out_spi == 0xc9af0365);
    assert_false(collect.reports[1].out_spi_known); /* inbound alone */
    assert_false(collect.reports[2].out_spi_known); /* replaced: its inbound SA stays */
    assert_string_equal(drop_extra_find(&collect.reports[2], "inbound"), "0xcf39a4dd");
    assert_int_equal(collect.reports[2].doubt_count, 1);
    assert_true(collect.reports[4].out_spi_known && collect.reports[4].out_spi == 0xc2df4eda);
    assert_string_equal(drop_extra_find(&collect.reports[0], "child"), "c{1}");
    assert_true(collect.reports[9].stated);
    table_damage(&swan);
    table_check_foreign();
}

static void strongswan_failures(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&swan_failures, &collect);
    assert_string_equal(drop_extra_find(&collect.reports[0], "retransmits"), "5");
    assert_string_equal(collect.reports[1].stamp, "09:30:01.112");
    assert_true(collect.reports[9].stated);
    table_damage(&swan_failures);
}

/* What a thread talked about before is not who a later job is about. */
static void strongswan_old_talk_is_no_address(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "07[NET] received packet: from 192.0.2.1[500] to 198.51.100.2[500] (264 bytes)\n"
                           "07[IKE] giving up after 5 retransmits\n"
                           "07[IKE] establishing IKE_SA failed, peer not responding\n"
                           "08[IKE] establishing IKE_SA failed, peer not responding\n"
                           "09[IKE] CHILD_SA c{1} established with SPIs cf39a4dd_i c9af0365_o and TS 10.1.0.0/24 === 10.2.0.0/24\n"
                           "09[IKE] closing CHILD_SA c{9} with SPIs cf39a4de_i (1 bytes) c9af0366_o (1 bytes) and TS 10.1.0.0/24 === 10.2.0.0/24\n");
    assert_int_equal(collect.count, 4);
    for (unsigned i = 0; i < collect.count; i++)
        assert_int_equal(collect.reports[i].known & ENDS, 0);
    assert_int_equal(collect.reports[1].line, 4);
}

/* Two lines are one record: both, damaged and cut. */
static void strongswan_two_lines(void **state)
{
    (void)state;
    static const char record[] = "05[ESP] ESP sequence number verification failed:\n05[ESP]   src 192.0.2.1, dst 198.51.100.2, SPI c0a4dd13 [seq 77]\n";
    static struct collect collect;
    table_damage_record(record, sizeof record - 1, false);
    collect_text(&collect, "05[ESP] ESP sequence number verification failed:\n06[IKE] sending keep alive to 192.0.2.1[4500]\n"
                           "05[ESP] ESP sequence number verification failed:\n05[ESP]   src 192.0.2.1, dst 198.51.100.2, SPI c0a4dd1 [seq 77]\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].known, DROP_PROTO);
    assert_int_equal(collect.counts.broken, 1);
}

/* The file logger's JSON: the same lines, with the same answers. */
static void strongswan_json(void **state)
{
    (void)state;
    static struct collect collect;
    char time[STAMP_TEXT_MAX], addr[ADDR_TEXT_MAX];
    collect_text(&collect,
                 "{\"time\":\"2026-11-21T09:02:20Z\",\"thread\":8,\"group\":\"NET\",\"level\":1,\"ikesa-uniqueid\":\"1\","
                 "\"msg\":\"received packet: from 192.0.2.1[4500] to 198.51.100.2[4500] (271 bytes)\"}\n"
                 "{\"time\":\"2026-11-21T09:02:20Z\",\"thread\":9,\"group\":\"IKE\",\"level\":0,\"ikesa-uniqueid\":\"1\",\"ikesa-name\":\"t\","
                 "\"msg\":\"CHILD_SA c{1} established with SPIs cf39a4dd_i c9af0365_o and TS 10.2.0.0/24 === 10.1.0.0/24\"}\n"
                 "{\"thread\":5,\"group\":\"ESP\",\"level\":1,"
                 "\"msg\":\"ESP sequence number verification failed:\\n  src 192.0.2.1, dst 198.51.100.2, SPI c0a4dd13 [seq 77]\"}\n"
                 "{\"thread\":5,\"group\":\"ESP\",\"level\":1,\"msg\":\"ESP sequence number verification failed:\\n  src 192.0.2.1, dst 198\"}\n"
                 "{\"thread\":5,\"group\":\"XYZ\",\"msg\":\"received NO_PROPOSAL_CHOSEN notify error\"}\n");
    assert_int_equal(collect.count, 2);
    assert_int_equal(collect.counts.broken, 1);
    assert_int_equal(collect.counts.unknown, 1);
    assert_int_equal(collect.reports[0].known, DROP_TIME | ENDS | DROP_SPI);
    assert_string_equal(collect_time(&collect.reports[0], time), "2026-11-21T09:02:20.000000000Z");
    assert_string_equal(collect_addr(&collect.reports[0].src, addr), "192.0.2.1");
    assert_int_equal(collect.reports[1].known, ENDS | DROP_PROTO | DROP_SPI | DROP_SEQ);
    assert_int_equal(collect.reports[1].seq, 77);
}

static void strongswan_near_misses(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "07[IKE] CHILD_SA c{1} established with SPIs cf39a4d_i c9af0365_o and TS 10.1.0.0/24 === 10.2.0.0/24\n"
                           "07[IKE] CHILD_SA c{1} established with SPIs cf39a4dd_i\n"
                           "07[IKE] closing CHILD_SA c{1} with SPIs cf39a4dd_i (840 bytes) c9af\n"
                           "07[KNL] unable to add SAD entry with SPI c0a4dd\n"
                           "07[ENC] parsed IKE_AUTH response 1 [ N(MS_STATUS(99)) ]\n"
                           "07[KNL] IPsec kernel drop: 198.51.100.2/32 === 192.0.2.1/32, error 0xc0360001, SPI 0xc0a4dd\n"
                           "07[IKE] giving up after some retransmits\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 7);
    collect_text(&collect, "7[IKE] received NO_PROPOSAL_CHOSEN notify error\nx07[IKE] received NO_PROPOSAL_CHOSEN notify error\n"
                           "07[XYZ] received NO_PROPOSAL_CHOSEN notify error\n07[IKE]received NO_PROPOSAL_CHOSEN notify error\n");
    assert_int_equal(collect.counts.unknown, 4);
    collect_text(&collect, "07[IKE] received COOKIE notify\n07[IKE] received SIGNATURE_HASH_ALGORITHMS notify\n07[IKE] CHILD_SA closed\n");
    assert_int_equal(collect.count + collect.counts.unknown + collect.counts.broken, 0);
}

static const struct table pluto = {
    "tests/data/logs/libreswan.log", "libreswan",
    {
        { 4, "Child SA established", DROP_SA_ADDED, 0, "1972-11-21T09:02:20.000000000Z", "192.0.2.23", NULL, 50, 0xcf39a4dd, 0, IN },
        { 5, "Child SA established", DROP_SA_ADDED, 0, "1972-11-21T10:02:20.000000000Z", "192.0.2.23", NULL, 50, 0xc22b501d, 0, IN },
        { 6, "Child SA established", DROP_SA_ADDED, 0, "1972-11-21T09:02:26.612345000Z", "192.0.2.99", NULL, 50, 0x4e3d2c1b, 0, IN },
        { 7, "Child SA established", DROP_SA_ADDED, 0, "1972-11-21T09:02:27.000000000Z", "2001:db8::9", NULL, 51, 0x503d2c1b, 0, IN },
        { 8, "TS_UNACCEPTABLE", DROP_NEGOTIATION, 13858, "1972-11-21T09:03:20.000000000Z", NULL, NULL, 0, 0, 0, DROP_TIME },
        { 9, "AUTHENTICATION_FAILED", DROP_NEGOTIATION, 13801, "1972-11-21T09:03:21.000000000Z", "192.0.2.23", NULL, 0, 0, 0, DROP_TIME | DROP_SRC },
        { 10, "timeout exceeded", DROP_NEGOTIATION, 13805, "1972-11-21T09:03:22.000000000Z", NULL, "192.0.2.23", 0, 0, 0, DROP_TIME | DROP_DST },
        { 11, "no corresponding IKE SA", DROP_NEGOTIATION, 13846, "1972-11-21T09:03:23.000000000Z", "192.0.2.45", NULL, 0, 0, 0, DROP_TIME | DROP_SRC },
        { 12, "no connection authorized", DROP_NEGOTIATION, 13825, "1972-11-21T09:03:24.000000000Z", "2001:db8::45", NULL, 0, 0, 0, DROP_TIME | DROP_SRC },
        { 13, "NO_PROPOSAL_CHOSEN", DROP_NEGOTIATION, 13868, "1972-11-21T09:03:25.000000000Z", "192.0.2.23", NULL, 0, 0, 0, DROP_TIME | DROP_SRC },
        { 16, "SAD entry refused", DROP_NEGOTIATION, 13860, "1972-11-21T09:03:27.000000000Z", NULL, "192.0.2.23", 50, 0xc9af0366, 0,
          DROP_TIME | DROP_DST | DROP_PROTO | DROP_SPI },
        { 17, "SAD entry missing", DROP_NEGOTIATION, 0, "1972-11-21T09:03:28.000000000Z", NULL, "198.51.100.2", 50, 0xcf39a4dd, 0,
          DROP_TIME | DROP_DST | DROP_PROTO | DROP_SPI },
        { 18, "INVALID_ID_INFORMATION", DROP_NEGOTIATION, 13834, NULL, NULL, NULL, 0, 0, 0, 0 },
    },
};

static void libreswan_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&pluto, &collect);
    assert_true(collect.reports[0].out_spi_known && collect.reports[0].out_spi == 0xc9af0365);
    assert_string_equal(drop_extra_find(&collect.reports[0], "connection"), "\"west-east\"");
    assert_string_equal(drop_extra_find(&collect.reports[2], "selectors"), "10.1.0.0/24===10.9.0.1/32");
    assert_string_equal(drop_extra_find(&collect.reports[6], "retransmits"), "5");
    assert_null(drop_extra_find(&collect.reports[2], "host")); /* a connection's name is no host */
    table_damage(&pluto);
}

static void libreswan_near_misses(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, "\"w\" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0xc9af036 <0xcf39a4dd xfrm=AES}\n"
                           "\"w\" #2: initiator established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESP=>0xc9af0365 <0xcf39a4\n"
                           "\"w\" #2: IPsec SA established tunnel mode\n"
                           "\"w\" #2: netlink response for Add SA esp.c9af036@192.0.2.23: Function not implemented (errno 38)\n"
                           "\"w\" #2: netlink response for Add SA esp.c9af0366@192.0.2.\n"
                           "\"w\" #1: IKE_SA_INIT_I: 10 second timeout exceeded after x retransmits.\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 6);
    collect_text(&collect, "w #2: IPsec SA established tunnel mode {ESP=>0xc9af0365 <0xcf39a4dd xfrm=AES}\n\"w\": IPsec SA established\n"
                           "\"w\" #2: sent INFORMATIONAL request to delete established Child SA using IKE SA #1\npacket from here: nothing\n"
                           "\"Ticket\" #12: reopened\n");
    assert_int_equal(collect.counts.unknown, 5);
    /* another pluto: its serials mean others */
    collect_text(&collect, "\"w\" #1: sent IKE_SA_INIT request to 192.0.2.23:UDP/500\nStarting Pluto (Libreswan Version 5.2)\n"
                           "\"w\" #1: IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].known, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strongswan_samples), cmocka_unit_test(strongswan_failures), cmocka_unit_test(strongswan_old_talk_is_no_address),
        cmocka_unit_test(strongswan_two_lines), cmocka_unit_test(strongswan_json), cmocka_unit_test(strongswan_near_misses),
        cmocka_unit_test(libreswan_samples), cmocka_unit_test(libreswan_near_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
