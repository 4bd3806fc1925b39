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

#define NET_EVENT(type, inside)                                                                                                        \
    "<item><header><timeStamp>2026-11-21T09:02:26.720Z</timeStamp><ipVersion>FWP_IP_VERSION_V6</ipVersion></header><type>"             \
    "FWPM_NET_EVENT_TYPE_" type "</type>" inside "</item>\n"
#define DOSP(status)                                                                                                                   \
    NET_EVENT("IPSEC_DOSP_DROP", "<idpDrop><ipVersion>FWP_IP_VERSION_V6</ipVersion><publicHostV6Addr.byteArray16>2001:db8::1"           \
              "</publicHostV6Addr.byteArray16><internalHostV6Addr>20010db8000000000000000000000002</internalHostV6Addr><failureStatus>" \
              status "</failureStatus><direction>FWP_DIRECTION_INBOUND</direction></idpDrop>")

/* Structures of fwpmtypes.h as facts/dosp.md section 6 has them; which text the elements hold is not known, so any is read. */
static void dos_protection(void **state)
{
    (void)state;
    static const struct { const char *text; unsigned code; } rows[] = {
        { DOSP("13925"), 13925 }, { DOSP("0xC0368001"), 13926 }, { DOSP("STATUS_IPSEC_DOSP_INVALID_PACKET"), 13927 }, { DOSP("-1070170109"), 13928 },
        { DOSP("3224797187"), 13928 }, { DOSP("ERROR_IPSEC_DOSP_MAX_ENTRIES"), 13929 }, { DOSP("0x8007366A"), 13930 }, { DOSP("c0368006"), 13932 },
    };
    static struct collect collect;
    char chars[ADDR_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        collect_text(&collect, rows[i].text);
        assert_int_equal(collect.count, 1);
        assert_int_equal(collect.reports[0].windows, rows[i].code);
        assert_string_equal(collect.reports[0].event, "IPSEC_DOSP_DROP");
        assert_string_equal(collect_addr(&collect.reports[0].src, chars), "2001:db8::1");
        assert_string_equal(collect_addr(&collect.reports[0].dst, chars), "2001:db8::2");
        assert_int_equal(collect.reports[0].kind, DROP_PACKET);
        assert_int_equal(collect.reports[0].missing, DROP_SEQ);
    }
    collect_text(&collect, DOSP("99") DOSP("0xC0360") DOSP("BAD_LUCK") NET_EVENT("IPSEC_DOSP_DROP", "<idpDrop></idpDrop>") NET_EVENT("CLASSIFY_DROP", ""));
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken, 4);
    collect_truncations(DOSP("-1070170109"));
}

static void negotiations_that_failed(void **state)
{
    (void)state;
    static struct collect collect;
    collect_text(&collect, NET_EVENT("IKEEXT_MM_FAILURE", "<ikeMmFailure><failureErrorCode>13805</failureErrorCode><failurePoint>IPSEC_FAILURE_PEER"
                                                          "</failurePoint></ikeMmFailure>"));
    assert_int_equal(collect.count, 1);
    assert_int_equal(collect.reports[0].kind, DROP_NEGOTIATION);
    assert_int_equal(collect.reports[0].windows, 13805);
    assert_string_equal(collect.reports[0].event, "IKEEXT_MM_FAILURE");
    assert_string_equal(drop_extra_find(&collect.reports[0], "failure_point"), "IPSEC_FAILURE_PEER");
}

/* netevent.h: %2 is a count, %3 an address; other sources use the same numbers. */
static void events_of_the_system_log(void **state)
{
    (void)state;
#define SYSTEM(id, source, data) "<Event><System><Provider Name=\"" source "\"/><EventID Qualifiers=\"49152\">" id "</EventID><TimeCreated " \
                                 "SystemTime=\"2005-11-21T09:02:26.000Z\"/></System><EventData><Data>\\Device\\IPSEC</Data>" data "</EventData></Event>\n"
    static const struct { const char *id; unsigned code; } rows[] = { { "4283", 13910 }, { "4284", 13916 }, { "4285", 13915 }, { "4286", 13914 } };
    static struct collect collect;
    char chars[ADDR_TEXT_MAX];
    collect_text(&collect, SYSTEM("4283", "IPSec", "<Data>5</Data><Data>192.0.2.1</Data>") SYSTEM("4284", "IPSec", "<Data>1</Data><Data>192.0.2.1</Data>")
                           SYSTEM("4285", "IPSec", "<Data>2</Data><Data>192.0.2.1</Data>") SYSTEM("4286", "IPSEC", "<Data>3</Data><Data>192.0.2.1</Data>"));
    assert_int_equal(collect.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(collect.reports[i].event, rows[i].id);
        assert_int_equal(collect.reports[i].windows, rows[i].code);
        assert_string_equal(collect_addr(&collect.reports[i].src, chars), "192.0.2.1");
    }
    assert_int_equal(collect.reports[0].count, 5);
    collect_text(&collect, SYSTEM("4283", "Another", "<Data>5</Data><Data>192.0.2.1</Data>") SYSTEM("4284", "", "<Data>1</Data><Data>192.0.2.1</Data>")
                           SYSTEM("4964", "Microsoft-Windows-Security-Auditing", "<Data>5</Data><Data>192.0.2.1</Data>"));
    assert_int_equal(collect.count, 0);
    assert_int_equal(collect.counts.broken + collect.counts.unknown, 0);
    collect_text(&collect, SYSTEM("4283", "IPSec", "<Data>0</Data><Data>192.0.2.1</Data>"));
    assert_int_equal(collect.counts.broken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event), cmocka_unit_test(many_in_one_document), cmocka_unit_test(a_security_association),
        cmocka_unit_test(damage_is_counted), cmocka_unit_test(utf_16), cmocka_unit_test(the_filtering_platform),
        cmocka_unit_test(dos_protection), cmocka_unit_test(negotiations_that_failed), cmocka_unit_test(events_of_the_system_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
