/* windows_text: Security events as Event Viewer, wevtutil, PowerShell and agents write them. Templates: facts/reports.md section 1. */
#include "logs_collect.h"

#include <stdio.h>

#define MESSAGE_4965                                                                                                                   \
    "IPsec received a packet from a remote computer with an incorrect Security Parameter Index (SPI). This is usually caused by "      \
    "malfunctioning hardware that is corrupting packets. If these errors persist, verify that the packets sent from the remote "       \
    "computer are the same as those received by this computer. This error may also indicate interoperability problems with other "     \
    "IPsec implementations. In that case, if connectivity is not impeded, then these events can be ignored."

static void copied_from_the_viewer(void **state)
{
    (void)state;
    static const char text[] = "Log Name:      Security\r\nSource:        Microsoft-Windows-Security-Auditing\r\n"
                               "Date:          11/21/2026 9:02:26 AM\r\nEvent ID:      4965\r\nTask Category: IPsec Driver\r\n"
                               "Level:         Information\r\nKeywords:      Audit Failure\r\nUser:          N/A\r\n"
                               "Computer:      gw.example.net\r\nDescription:\r\n" MESSAGE_4965 "\r\n\r\n"
                               "\tRemote Network Address:\t192.0.2.1\r\n\tInbound SA SPI:\t\t3278836139\r\n";
    struct collect collect;
    char chars[STAMP_TEXT_MAX > ADDR_TEXT_MAX ? STAMP_TEXT_MAX : ADDR_TEXT_MAX];
    collect_text(&collect, text);
    assert_int_equal(collect.count, 1);
    const struct drop_report *report = &collect.reports[0];
    assert_string_equal(report->source, "windows-event");
    assert_string_equal(report->event, "4965");
    assert_int_equal(report->windows, 13910);
    assert_int_equal(report->line, 1);
    assert_string_equal(collect_addr(&report->src, chars), "192.0.2.1");
    assert_int_equal(report->spi, 0xc36f11ab);
    assert_string_equal(collect_time(report, chars), "2026-11-21T09:02:26.000000000Z");
    assert_false(report->time.zoned);
    assert_string_equal(drop_extra_find(report, "host"), "gw.example.net");
    assert_int_equal(report->known, DROP_TIME | DROP_SRC | DROP_SPI);
    assert_int_equal(report->missing, DROP_DST | DROP_PROTO | DROP_SEQ);
    assert_int_equal(collect.counts.unknown + collect.counts.broken, 0);
    collect_truncations(text);
}

static void two_events_of_wevtutil(void **state)
{
    (void)state;
    static const char text[] = "Event[0]:\n  Log Name: Security\n  Date: 2026-11-21T09:02:26.687Z\n  Event ID: 4960\n  Computer: gw\n  Description: \n"
                               "IPsec dropped an inbound packet that failed an integrity check. If this problem persists, it could indicate a network issue.\n\n"
                               "\tRemote Network Address:\t2001:db8::1\n\tInbound SA SPI:\t\t0xc36f11ab\n\n"
                               "Event[1]:\n  Log Name: Security\n  Date: 2026-11-21T09:02:27.000Z\n  Event ID: 4624\n  Computer: gw\n  Description: \n"
                               "An account was successfully logged on.\n";
    struct collect collect;
    char chars[STAMP_TEXT_MAX];
    collect_text(&collect, text);
    assert_int_equal(collect.count, 1);
    assert_string_equal(collect.reports[0].event, "4960");
    assert_int_equal(collect.reports[0].windows, 13915);
    assert_int_equal(collect.reports[0].spi, 0xc36f11ab);
    assert_true(collect.reports[0].time.zoned);
    assert_string_equal(collect_time(&collect.reports[0], chars), "2026-11-21T09:02:26.687000000Z");
}

static void which_replay(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, "IPsec dropped an inbound packet that failed a replay check. If this problem persists, it could indicate a replay attack "
                           "against this computer.\n\tRemote Network Address:\t192.0.2.1\n\tInbound SA SPI:\t\t4096\n"
                           "IPsec dropped an inbound packet that failed a replay check. The inbound packet had too low a sequence number to ensure it "
                           "was not a replay.\n\tRemote Network Address:\t192.0.2.1\n\tInbound SA SPI:\t\t4096\n");
    assert_int_equal(collect.count, 2);
    assert_string_equal(collect.reports[0].event, "4961");
    assert_string_equal(collect.reports[1].event, "4962");
    assert_int_equal(collect.reports[1].windows, 13913);
    assert_int_equal(collect.reports[1].line, 4);
    assert_true(collect.reports[1].other_spi_known && collect.reports[1].other_spi == 0x4096);
}

static void on_one_line_of_syslog(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, "<14>Nov 21 09:02:26 gw Security: 4965: " MESSAGE_4965 " Remote Network Address: 192.0.2.1 Inbound SA SPI: 3278836139\n"
                           "<13>Nov 21 09:02:27 gw other: nothing of interest\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].spi, 0xc36f11ab);
    assert_string_equal(drop_extra_find(&collect.reports[0], "host"), "gw");
    assert_true(collect.reports[0].time.known && !collect.reports[0].time.dated);
    assert_int_equal(collect.counts.unknown, 1);
}

/* An event as text has no end of its own: lines of other logs behind it are not its. */
static void other_lines_behind_an_event(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "Nov 21 09:02:26 gw %CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=192.0.2.2, prot=50, "
        "spi=0xC36F11AB(3278836139), srcaddr=192.0.2.1",
        "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=192.0.2.2, prot=50, spi=0xC36F11AB(3278836139), srcaddr=192.0.2.1",
        "type=MAC_IPSEC_EVENT msg=audit(1.000:7): op=SA-notfound src=192.0.2.1 dst=192.0.2.2 spi=3278836139(0xc36f11ab) seqno=1",
        "date=2024-08-13 time=20:08:54 logid=\"0101037131\" type=\"event\" subtype=\"vpn\" msg=\"IPsec ESP\" remip=192.0.2.1 locip=192.0.2.2 status=\"esp_error\" "
        "error_num=\"Received ESP packet with unknown SPI.\" spi=\"c36f11ab\" seq=\"00000007\"",
        "RT_IPSEC_REPLAY: Replay packet detected on IPSec tunnel on .local..0 with tunnel ID 0x2000d! From 192.0.2.1 to 192.0.2.2, ESP, SPI 0xc36f11ab, SEQ 0x7.",
    };
    static struct collect collect;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[2048];
        snprintf(text, sizeof text, "Log Name:      Security\nEvent ID:      4965\nDescription:\n" MESSAGE_4965
                                    "\n\tRemote Network Address:\t192.0.2.1\n\tInbound SA SPI:\t\t4096\n%s\n", lines[i]);
        collect_text(&collect, text);
        assert_int_equal(collect.count, 2);
        assert_int_equal(collect.reports[1].spi, 0xc36f11ab);
        assert_int_equal(collect.counts.unknown + collect.counts.broken, 0);
    }
}

static void broken_ones_are_counted(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, "Log Name:      Security\nEvent ID:      4965\n\tRemote Network Address:\t192.0.2.999\n\tInbound SA SPI:\t\t1\n");
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 1);
    assert_int_equal(collect.counts.first_broken_line, 1);
    collect_text(&collect, "Log Name:      Security\nEvent ID:      4965\n\tRemote Network Address:\t192.0.2.9\n\tInbound SA SPI:\t\tx\n");
    assert_int_equal(collect.counts.broken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copied_from_the_viewer), cmocka_unit_test(two_events_of_wevtutil), cmocka_unit_test(which_replay),
        cmocka_unit_test(on_one_line_of_syslog), cmocka_unit_test(other_lines_behind_an_event), cmocka_unit_test(broken_ones_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
