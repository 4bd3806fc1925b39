/* cisco_ios, cisco_asa, fortigate, junos, gateways: lines of the shapes of facts/reports.md sections 6 to 11, with documentation addresses. */
#include "logs_table.h"

#define ENDS (DROP_SRC | DROP_DST)
#define PACKET (ENDS | DROP_PROTO | DROP_SPI | DROP_SEQ)

static const struct table ios = {
    "tests/data/logs/cisco-ios.log", "cisco-ios",
    {
        { 1, "RECVD_PKT_INV_SPI", DROP_PACKET, 13910, "1972-10-24T04:31:10.058000000Z", "203.0.113.1", "198.51.100.1", 50, 0x3ea71aed, 0,
          DROP_TIME | ENDS | DROP_PROTO | DROP_SPI },
        { 2, "RECVD_PKT_INV_SPI", DROP_PACKET, 13910, "1972-10-07T03:10:04.000000000Z", "203.0.113.3", "198.51.100.1", 50, 0x72662541, 0,
          DROP_TIME | ENDS | DROP_PROTO | DROP_SPI },
        { 3, "RECVD_PKT_INV_SPI", DROP_PACKET, 13910, NULL, "192.0.2.10", "198.51.100.10", 50, 0x22642f0c, 0, ENDS | DROP_PROTO | DROP_SPI },
        { 4, "PKT_REPLAY_ERR", DROP_PACKET, 13913, "1972-09-14T06:00:45.693000000Z", NULL, NULL, 0, 0, 219, DROP_TIME | DROP_SEQ },
        { 6, "RECVD_PKT_MAC_ERR", DROP_PACKET, 13915, "1972-05-23T11:41:38.139000000Z", "192.0.2.18", "198.51.100.18", 0, 0x999cd43b, 0x71328,
          DROP_TIME | ENDS | DROP_SPI | DROP_SEQ },
        { 7, "RECVD_PKT_MAC_ERR", DROP_PACKET, 13915, NULL, NULL, NULL, 0, 0x98fc0400, 14, DROP_SPI | DROP_SEQ },
        { 8, "RECVD_PKT_NOT_IPSEC", DROP_PACKET, 13916, "1972-02-02T11:39:59.000000000Z", "192.0.2.11", "198.51.100.10", 0, 0, 0, DROP_TIME | ENDS },
        { 9, "IKMP_NO_SA", DROP_NEGOTIATION, 13846, NULL, "192.0.2.10", NULL, 0, 0, 0, DROP_SRC },
        { 10, "HMAC_ERROR", DROP_PACKET, 13915, "1972-11-26T12:28:42.111000000Z", "192.0.2.1", "198.51.100.200", 0, 0xdad10535, 0,
          DROP_TIME | ENDS | DROP_SPI },
        { 11, "REPLAY_ERROR", DROP_PACKET, 13913, "1972-11-26T12:28:42.111000000Z", "192.0.2.1", "198.51.100.2", 0, 0x293, 0, DROP_TIME | ENDS | DROP_SPI },
        { 12, "anti-replay drop", DROP_PACKET, 13913, NULL, "192.0.2.1", "198.51.100.2", 0, 0xf0f, 5, ENDS | DROP_SPI | DROP_SEQ },
        { 13, "402101", DROP_PACKET, 13910, NULL, NULL, "198.51.100.1", 50, 0x8b5f5ed, 0, DROP_DST | DROP_PROTO | DROP_SPI },
    },
};

static const struct table asa = {
    "tests/data/logs/cisco-asa.log", "cisco-asa",
    {
        { 1, "402119", DROP_PACKET, 13913, "2020-01-31T17:24:03.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0x0c190bf9, 0x598243, DROP_TIME | PACKET },
        { 2, "402114", DROP_PACKET, 13910, "2020-01-31T17:24:04.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0x3ea71aed, 7, DROP_TIME | PACKET },
        { 3, "402115", DROP_PACKET, 13912, "2020-01-31T17:24:05.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
        { 4, "402116", DROP_PACKET, 13912, "2015-01-19T20:00:43.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0x76f99c4c, 0x2d, DROP_TIME | PACKET },
        { 5, "402117", DROP_PACKET, 13916, "2020-01-31T17:24:06.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
        { 6, "402118", DROP_PACKET, 13914, "2020-01-31T17:24:07.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0x76f99c4c, 0x2e, DROP_TIME | PACKET },
        { 7, "402120", DROP_PACKET, 13915, "2020-01-31T17:24:08.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0x76f99c4c, 0x2f, DROP_TIME | PACKET },
        { 8, "402121", DROP_PACKET, 0, "2020-01-31T17:24:09.000000000Z", "192.0.2.1", "198.51.100.2", 51, 0x76f99c4d, 0x30, DROP_TIME | PACKET },
        { 9, "602303", DROP_SA_ADDED, 0, "2017-08-24T16:58:43.000000000Z", "198.51.100.2", "192.0.2.1", 0, 0xce8c73ac, 0, DROP_TIME | ENDS | DROP_SPI },
        { 10, "602303", DROP_SA_ADDED, 0, "2017-08-24T16:58:43.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0x2b4a1133, 0, DROP_TIME | ENDS | DROP_SPI },
        { 11, "602304", DROP_SA_DELETED, 0, "2017-08-24T17:58:43.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0x2b4a1133, 0, DROP_TIME | ENDS | DROP_SPI },
    },
};

static const struct table forti = {
    "tests/data/logs/fortigate.log", "fortigate",
    {
        { 1, "IPsec ESP", DROP_PACKET, 13910, "2024-08-14T03:08:54.176251061Z", "192.0.2.140", "198.51.100.143", 50, 0x2c65ad60, 7, DROP_TIME | PACKET },
        { 2, "IPsec ESP", DROP_PACKET, 13910, "2022-09-08T23:29:21.670200983Z", NULL, NULL, 50, 0x3a4e6946, 0x2d,
          DROP_TIME | DROP_PROTO | DROP_SPI | DROP_SEQ },
        { 3, "IPsec ESP", DROP_PACKET, 13910, "2020-02-24T02:07:20.000000000Z", "192.0.2.74", "198.51.100.1", 50, 0x4f505449, 0x4f4e5320, DROP_TIME | PACKET },
        { 4, "IPsec ESP", DROP_PACKET, 13915, "2010-12-28T18:19:35.000000000Z", "192.0.2.2", "198.51.100.18", 50, 0xc32b09f7, 0x12, DROP_TIME | PACKET },
        { 5, "invalid ESP", DROP_PACKET, 13915, NULL, "192.0.2.3", "198.51.100.18", 50, 0xfe2c9989, 0xc10f, PACKET },
        { 6, "install_sa", DROP_SA_ADDED, 0, "2024-08-14T03:09:54.176251061Z", "192.0.2.140", "198.51.100.143", 0, 0x2c65ad61, 0,
          DROP_TIME | ENDS | DROP_SPI },
    },
};

static void cisco_ios_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&ios, &collect);
    assert_string_equal(drop_extra_find(&collect.reports[0], "interface"), "GigabitEthernet1");
    assert_string_equal(drop_extra_find(&collect.reports[3], "connection"), "29");
    table_damage(&ios);
    table_check_foreign();
}

static void cisco_ios_near_misses(void **state)
{
    (void)state;
    static struct collect collect;
    char chars[ADDR_TEXT_MAX];
#define INVALID "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=198.51.100.1, prot=50, "
    collect_text(&collect, INVALID "spi=0x3EA71AED(1051138797), srcaddr=203.0.113.1.\n" /* quoted in a sentence */
                           INVALID "spi=0x3EA71AED(1051138798), srcaddr=203.0.113.1\n"
                           INVALID "spi=0x3EA71AED(10511387\n");
    assert_int_equal(collect.count, 2);
    assert_int_equal(collect.counts.broken, 1);
    assert_string_equal(collect_addr(&collect.reports[0].src, chars), "203.0.113.1");
    assert_int_equal(collect.reports[0].doubt_count, 0);
    assert_true(collect.reports[1].other_spi_known && collect.reports[1].other_spi == 1051138798);
    assert_int_equal(collect.reports[1].doubt_count, 1);
}

static void cisco_asa_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&asa, &collect);
    assert_string_equal(drop_extra_find(&collect.reports[3], "inner-dst"), "10.9.9.9");
    assert_string_equal(drop_extra_find(&collect.reports[4], "inner-protocol"), "ICMP");
    assert_string_equal(drop_extra_find(&collect.reports[7], "reason"), "bad length");
    table_damage(&asa);
}

static void fortigate_samples(void **state)
{
    (void)state;
    static struct collect collect;
    table_check(&forti, &collect);
    assert_int_equal(collect.reports[1].doubt_count, 1); /* masked */
    assert_int_equal(collect.reports[2].doubt_count, 1); /* "OPTIONS " */
    assert_string_equal(drop_extra_find(&collect.reports[1], "tunnel"), "BC_Tun");
    assert_true(collect.reports[5].out_spi_known && collect.reports[5].out_spi == 0x747c10c6);
    table_damage(&forti);
}

/* One file of two formats: ScreenOS and Junos. */
static void juniper_samples(void **state)
{
    (void)state;
    static struct collect collect;
    static const struct table juniper = {
        "tests/data/logs/juniper.log", NULL,
        {
            { 1, "bad SPI", DROP_PACKET, 13910, "1972-06-30T12:08:36.000000000Z", "192.0.2.154", "198.51.100.186", 50, 0xf5b25b5b, 1, DROP_TIME | PACKET },
            { 2, "replay", DROP_PACKET, 13913, "1972-06-29T10:58:54.000000000Z", "192.0.2.116", "198.51.100.186", 50, 0xf5b259cc, 0x573, DROP_TIME | PACKET },
            { 3, "replay", DROP_PACKET, 13913, NULL, "192.0.2.1", "198.51.100.2", 50, 0xbd48845f, 0x347bb, PACKET },
            { 4, "KMD_PM_SA_ESTABLISHED", DROP_SA_ADDED, 0, "1972-08-03T10:18:44.000000000Z", "192.0.2.192", "198.51.100.50", 0, 0x190695fe, 0,
              DROP_TIME | ENDS | DROP_SPI },
            { 5, "KMD_PM_SA_ESTABLISHED", DROP_SA_ADDED, 0, "1972-08-03T10:18:44.000000000Z", "198.51.100.50", "192.0.2.192", 0, 0x60555011, 0,
              DROP_TIME | ENDS | DROP_SPI },
        },
    };
    table_check(&juniper, &collect);
    assert_string_equal(collect.reports[0].source, "screenos");
    assert_string_equal(collect.reports[2].source, "junos");
    assert_string_equal(drop_extra_find(&collect.reports[2], "tunnel"), "0x2000d");
    table_damage(&juniper);
}

/* Published are the words alone (of NSG the order of fields in two readings); what stands around them here is the systems' usual frame. */
static void other_gateways(void **state)
{
    (void)state;
    static struct collect collect;
    static const struct table others = {
        "tests/data/logs/gateways.log", NULL,
        {
            { 1, "no tunnel", DROP_PACKET, 13910, "1972-11-21T09:02:26.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
            { 2, "replay", DROP_PACKET, 13913, "1972-11-21T09:02:27.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
            { 3, "authentication failed", DROP_PACKET, 13915, NULL, NULL, NULL, 0, 0, 0, 0 },
            { 4, "no SA", DROP_PACKET, 13910, NULL, NULL, NULL, 0, 0, 0, 0 },
            { 5, "unknown SPI", DROP_PACKET, 13910, "1972-11-21T09:02:28.000000000Z", "192.0.2.1", "198.51.100.2", 0, 0, 0, DROP_TIME | ENDS },
            { 6, "no SAs", DROP_PACKET, 13910, "1972-11-21T09:02:29.000000000Z", NULL, NULL, 0, 0, 0, DROP_TIME },
            { 7, "unknown SPI", DROP_PACKET, 13910, "1972-11-21T09:02:29.000000000Z", NULL, NULL, 0, 0, 0, DROP_TIME },
            { 8, "anti-replay", DROP_PACKET, 13913, "1972-11-21T09:02:30.000000000Z", NULL, NULL, 0, 0, 77, DROP_TIME | DROP_SEQ },
            { 9, "bad ciphertext length", DROP_PACKET, 13914, "1972-11-21T09:02:31.000000000Z", NULL, NULL, 0, 0, 78, DROP_TIME | DROP_SEQ },
            { 10, "bad next header", DROP_PACKET, 13914, "1972-11-21T09:02:32.000000000Z", NULL, NULL, 0, 0, 79, DROP_TIME | DROP_SEQ },
            { 11, "ISEC.001", DROP_PACKET, 13910, "1972-11-21T09:02:33.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0xc0314106, 0,
              DROP_TIME | ENDS | DROP_PROTO | DROP_SPI },
            { 12, "ISEC.001", DROP_PACKET, 13910, "1972-11-21T09:02:34.000000000Z", "192.0.2.1", "198.51.100.2", 51, 4097, 0,
              DROP_TIME | ENDS | DROP_PROTO | DROP_SPI },
            { 13, "ISEC.002", DROP_PACKET, 13915, "1972-11-21T09:02:35.000000000Z", "192.0.2.1", "198.51.100.2", 50, 0, 0, DROP_TIME | ENDS | DROP_PROTO },
        },
    };
    static const char *const sources[] = { "zyxel", "zyxel", "zyxel", "zyxel", "check-point", "check-point", "check-point", "clavister", "clavister",
                                           "clavister", "nsg", "nsg", "nsg" };
    table_check(&others, &collect);
    for (unsigned i = 0; i < collect.count; i++)
        assert_string_equal(collect.reports[i].source, sources[i]);
    assert_true(collect.reports[11].other_spi_known && collect.reports[11].other_spi == 0x4097);
    table_damage(&others);
    collect_text(&collect, "src=\"x.x.x.1:0\" msg=\"Discard REPLAY packet\"\nBad next header in the document\nISEC.001 No ESP SA for pkt (SPI 4097\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cisco_ios_samples), cmocka_unit_test(cisco_ios_near_misses), cmocka_unit_test(cisco_asa_samples),
        cmocka_unit_test(fortigate_samples), cmocka_unit_test(juniper_samples),
        cmocka_unit_test(other_gateways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
