/* logs_xml: Windows events and WFP events as XML, one, many, on one line, in UTF-16, damaged. Templates: facts/reports.md sections 1 and 2. */
#include "logs_collect.h"

#include <stdio.h>

#define EVENT(id, data)                                                                                                                \
    "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider Name=\"Microsoft-Windows-Security-Auditing\" "  \
    "Guid=\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"/><EventID>" id "</EventID><TimeCreated SystemTime=\"2026-11-21T09:02:26.687103300Z\"/>"  \
    "<Computer>gw</Computer></System><EventData>" data "</EventData></Event>"
#define BAD_SPI EVENT("4965", "<Data Name=\"RemoteAddress\">192.0.2.1</Data><Data Name=\"SPI\">3278836139</Data>")

static void one_event(void **state)
{
    (void)state;
    struct collect collect;
    char chars[STAMP_TEXT_MAX];
    collect_text(&collect, BAD_SPI);
    assert_int_equal(collect.count, 1);
    assert_string_equal(collect.reports[0].event, "4965");
    assert_int_equal(collect.reports[0].spi, 0xc36f11ab);
    assert_int_equal(collect.reports[0].windows, 13910);
    assert_string_equal(collect_time(&collect.reports[0], chars), "2026-11-21T09:02:26.687103300Z");
    assert_true(collect.reports[0].time.zoned);
    collect_truncations(BAD_SPI);
}

static void many_in_one_document(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><Events>" BAD_SPI
                           EVENT("4624", "<Data Name=\"SubjectUserSid\">S-1-0-0</Data>") BAD_SPI "</Events>\n"
                           "Nov 21 09:02:27 gw other: a line behind it\n" BAD_SPI "\n");
    assert_int_equal(collect.count, 3);
    assert_int_equal(collect.reports[2].line, 3);
    assert_int_equal(collect.counts.unknown, 1);
    assert_int_equal(collect.counts.broken, 0);
}

static void a_security_association(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, EVENT("5451", "<Data Name=\"LocalAddress\">192.0.2.2</Data><Data Name=\"RemoteAddress\">192.0.2.1</Data>"
                                         "<Data Name=\"LocalTunnelEndpoint\">0.0.0.0</Data><Data Name=\"InboundSpi\">3278836139</Data>"
                                         "<Data Name=\"OutboundSpi\">3456540427</Data>"));
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].kind, DROP_SA_ADDED);
    assert_int_equal(collect.reports[0].spi, 0xc36f11ab);
    assert_true(collect.reports[0].out_spi_known && collect.reports[0].out_spi == 0xce069f0b);
}

static void damage_is_counted(void **state)
{
    (void)state;
    struct collect collect;
    collect_text(&collect, "<Event><System><EventID>4965</EventID></Sys></Event>\n" BAD_SPI "\n");
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.counts.broken, 1);
    collect_text(&collect, "<Event><!DOCTYPE x [<!ENTITY a \"b\">]><System><EventID>4965</EventID></System></Event>\n");
    assert_int_equal(collect.count, 0);
}

static void utf_16(void **state)
{
    (void)state;
    static const char text[] = "<Events>" BAD_SPI "</Events>";
    char wide[2 * sizeof text] = "\xff\xfe";
    struct collect collect;
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = 0;
    }
    collect_bytes(&collect, wide, 2 * sizeof text);
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].spi, 0xc36f11ab);
}

/* Every spelling of the status that may be met means the same. */
static void the_filtering_platform(void **state)
{
    (void)state;
    static const char *const spellings[] = { "13910", "0x3656", "0xC0360001", "-1070202879", "0x80073656", "-2147010986",
                                             "STATUS_IPSEC_BAD_SPI", "ERROR_IPSEC_BAD_SPI" };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char text[2048];
        struct collect collect;
        snprintf(text, sizeof text,
                 "<?xml version=\"1.0\"?>\n<netEvents>\n  <item>\n    <header><timeStamp>2026-11-21T09:02:26.720Z</timeStamp><flags numItems=\"1\">"
                 "<item>FWPM_NET_EVENT_FLAG_IP_PROTOCOL_SET</item></flags><ipVersion>FWP_IP_VERSION_V4</ipVersion><ipProtocol>50</ipProtocol>"
                 "<localAddrV4>10.77.0.2</localAddrV4><remoteAddrV4>10.77.0.1</remoteAddrV4></header>\n"
                 "    <type>FWPM_NET_EVENT_TYPE_IPSEC_KERNEL_DROP</type>\n    <ipsecDrop><failureStatus>%s</failureStatus>"
                 "<direction>FWP_DIRECTION_INBOUND</direction><spi>3278836139</spi></ipsecDrop>\n  </item>\n</netEvents>\n", spellings[i]);
        collect_text(&collect, text);
        assert_int_equal(collect.count, 1);
        const struct drop_report *report = &collect.reports[0];
        assert_int_equal(report->windows, 13910);
        assert_true(report->stated);
        assert_int_equal(report->known, DROP_ALL & ~DROP_SEQ);
        assert_int_equal(report->src.bytes[3], 1);
        assert_int_equal(report->spi, 0xc36f11ab);
        assert_int_equal(report->line, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event), cmocka_unit_test(many_in_one_document), cmocka_unit_test(a_security_association),
        cmocka_unit_test(damage_is_counted), cmocka_unit_test(utf_16), cmocka_unit_test(the_filtering_platform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
