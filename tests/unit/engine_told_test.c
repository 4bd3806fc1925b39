/*
 * told: reports and findings as options. The lines are of the shape of tests/data/logs; which condition a code stands for is from the facts' table of codes
 * and counters, and what each message says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/told.h"
#include "engine/told_list.h"

#define AUDIT "type=MAC_IPSEC_EVENT msg=audit(1651071671.725:2412): "
#define ENDS "src=192.0.2.1 dst=192.0.2.2 "
#define FINDING(condition, cause, facts) \
    "{\"type\":\"finding\",\"number\":4,\"condition\":\"" condition "\",\"severity\":\"error\",\"certainty\":\"certain\",\"error\":null,\"linux\":null," \
    "\"subject\":{\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"proto\":\"ah\",\"spi\":\"0x00001001\"},\"cause\":" cause ",\"count\":3," \
    "\"first\":{\"file\":null,\"frame\":1,\"time\":null},\"facts\":{" facts "}}\n"

struct row {
    const char *text;
    const char *condition, *cause; /* condition NULL: refused, and `cause` is in the reason */
};

static const struct row rows[] = {
    { AUDIT "op=SA-notfound " ENDS "spi=4097(0x1001) seqno=7", "unknown-spi", NULL },
    { AUDIT "op=SA-notfound " ENDS "spi=255(0xff) seqno=7", "unknown-spi", "reserved-spi" },
    { AUDIT "op=SA-notfound " ENDS "spi=256(0x100) seqno=7", "unknown-spi", NULL },
    { AUDIT "op=SA-notfound " ENDS "spi=0(0x0) seqno=7", "unknown-spi", "zero-spi" },
    { AUDIT "op=SA-notfound " ENDS "spi=1330664521(0x4f505449) seqno=1330533152", "unknown-spi", "not-ipsec" },
    { AUDIT "op=SA-notfound " ENDS "spi=1330664521(0x4f505449) seqno=5", "unknown-spi", NULL },
    { AUDIT "op=SA-notfound " ENDS "spi=3221225985(0xc0000201) seqno=1", "unknown-spi", NULL },
    { AUDIT "op=SA-notfound " ENDS "spi=3221225985(0xc0000201) seqno=0", NULL, "IP-in-IP" },
    { AUDIT "op=SA-replayed-pkt " ENDS "spi=4097(0x1001) seqno=7", "replayed", NULL },
    { AUDIT "op=SA-replayed-pkt " ENDS "spi=4097(0x1001) seqno=0", "replayed", "sequence-zero" },
    { AUDIT "op=SA-icv-failure " ENDS "spi=4097(0x1001) seqno=7", "integrity-failed", NULL },
    { AUDIT "op=SA-replay-overflow " ENDS "spi=4097(0x1001)", "sequence-near-end", NULL },
    { AUDIT "op=SAD-delete " ENDS "spi=4097(0x1001) res=1", NULL, "no report" },
    { AUDIT "op=SA-notfound " ENDS "spi=4097(0x1001", NULL, "cannot be read" },
    { "XfrmInHdrError 1", "header-invalid", NULL },
    { "XfrmInNoStates 1", "unknown-spi", NULL },
    { "XfrmInStateProtoError 1", "integrity-failed", NULL },
    { "XfrmInStateModeError 1", "inner-invalid", NULL },
    { "XfrmInStateSeqError 1", "replayed", NULL },
    { "XfrmInStateExpired 1", "expired", NULL },
    { "XfrmInStateMismatch 1", "wrong-encapsulation", NULL },
    { "XfrmInTmplMismatch 1", "clear-text", NULL },
    { "XfrmInNoPols 1", "selector-mismatch", "no-policy" },
    { "XfrmInPolBlock 1", "blocked", NULL },
    { "XfrmAcquireError 1", "not-ready", NULL },
    { "XfrmInBufferError 1", NULL, "XfrmInBufferError" },
    { "XfrmOutPolDead 1", NULL, "could not send" },
    { "XfrmInNoStates 0", NULL, "no report" },
    { "%ASA-4-402116: IPSEC: Received an ESP packet (SPI= 0x76F99C4C, sequence number= 0x2D) from 192.0.2.1 (user= 192.0.2.1) to 198.51.100.2.  The decapsulated inner "
      "packet doesn't match the negotiated policy in the SA.", "selector-mismatch", "sa-selector" },
    { "%ASA-4-402118: IPSEC: Received an ESP packet (SPI= 0x76F99C4C, sequence number= 0x2E) from 192.0.2.1 (user= 192.0.2.1) to 198.51.100.2 containing an illegal IP "
      "fragment of length 40 with offset 64.", "inner-invalid", NULL },
    { "%ASA-4-402117: IPSEC: Received a non-IPSec packet (protocol= ICMP) from 192.0.2.1 to 198.51.100.2.", "clear-text", NULL },
    { "IPsec dropped an inbound packet that failed a replay check. The inbound packet had too low a sequence number to ensure it was not a replay.\n"
      "\n\tRemote Network Address:\t192.0.2.1\n\tInbound SA SPI:\t4097\n", "too-old", NULL },
    { "status=esp_error error_num=\"Invalid ESP packet detected.\" remip=192.0.2.1 locip=192.0.2.2 spi=\"00001001\" seq=\"00000007\"", "too-short", NULL },
    { FINDING("replayed", "null", "\"first_seq\":12"), "replayed", NULL },
    { FINDING("unknown-spi", "{\"name\":\"sa-deleted\",\"text\":\"\"}", "\"first_seq\":12"), "unknown-spi", "sa-deleted" },
    { FINDING("loss", "null", ""), "loss", NULL },
    { FINDING("loss", "{\"name\":\"no-such\",\"text\":\"\"}", ""), "loss", NULL },
    { FINDING("no-such", "null", ""), NULL, "finding 4: it tells of no condition" },
    { "{\"type\":\"alert\",\"new\":true,\"more\":0,\"finding\":" FINDING("loss", "null", "") "}", "loss", NULL },
    { "{\"type\":\"verdict\",\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"proto\":\"esp\",\"spi\":\"0x00001001\",\"seq\":3,\"verdict\":\"too-old\","
      "\"error\":{\"code\":13913},\"linux\":\"XfrmInStateSeqError\",\"cause\":null}", "too-old", NULL },
    { "{\"type\":\"report\",\"source\":\"libreswan\",\"event\":\"INVALID_SPI\",\"kind\":\"negotiation\",\"error\":{\"code\":13910},\"linux\":null}",
      "ike-invalid-spi-notify", NULL },
    { "{\"type\":\"report\",\"source\":\"cisco-asa\",\"event\":\"402121\",\"kind\":\"drop\",\"error\":null,\"linux\":null}", NULL, "names no cause" },
    { "{\"type\":\"verdict\",\"src\":\"192.0.2.1\",\"verdict\":\"accepted\",\"error\":null,\"linux\":null,\"cause\":null}", NULL, "no report" },
};

static struct told *fill(const char *text, struct esplain_reproduction *what, struct error *error)
{
    *error = (struct error){ "" };
    what->report = text;
    return told_fill(what, error);
}

static void what_each_stands_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error;
        struct esplain_reproduction what = { .condition = NULL };
        struct told *told = fill(rows[i].text, &what, &error);
        if ((told != NULL) != (rows[i].condition != NULL))
            fail_msg("%s: %s", rows[i].text, told ? what.condition : error.message);
        if (told == NULL && strstr(error.message, rows[i].cause) == NULL)
            fail_msg("%s: %s", rows[i].text, error.message);
        if (told != NULL) {
            assert_string_equal(what.condition, rows[i].condition);
            if ((what.cause == NULL) != (rows[i].cause == NULL) || (what.cause && strcmp(what.cause, rows[i].cause) != 0))
                fail_msg("%s: cause %s", rows[i].text, what.cause ? what.cause : "none");
            assert_non_null(recipe_find(what.condition, what.cause));
        }
        told_destroy(told);
    }
}

static void fields_are_those_told(void **state)
{
    (void)state;
    struct error error;
    struct esplain_reproduction what = { .condition = NULL };
    struct told *told = fill(FINDING("replayed", "null", "\"first_seq\":12"), &what, &error);
    assert_non_null(told);
    assert_string_equal(what.src, "2001:db8::1");
    assert_string_equal(what.dst, "2001:db8::2");
    assert_string_equal(what.proto, "ah");
    assert_null(what.encap);
    assert_true(what.spi_given && what.spi == 0x1001 && what.seq_given && what.seq == 12);
    told_destroy(told);

    what = (struct esplain_reproduction){ .condition = NULL };
    told = fill(FINDING("wrong-encapsulation", "null", "\"packet_encap\":\"none\",\"sa_encap\":\"udp\""), &what, &error);
    assert_non_null(told);
    assert_string_equal(what.encap, "udp");
    assert_false(what.seq_given);
    told_destroy(told);

    what = (struct esplain_reproduction){ .condition = NULL };
    told = fill("XfrmInNoStates 1", &what, &error);
    assert_non_null(told);
    assert_true(what.src == NULL && what.dst == NULL && what.proto == NULL && !what.spi_given && !what.seq_given);
    told_destroy(told);
}

static void options_go_first(void **state)
{
    (void)state;
    static const char odd[] = AUDIT "op=SA-notfound " ENDS "spi=4097(0x1002) seqno=7";
    struct error error;
    struct esplain_reproduction what = { .condition = NULL };
    assert_null(fill(odd, &what, &error));
    assert_non_null(strstr(error.message, "0x00001002 and 0x00001001"));
    what = (struct esplain_reproduction){ .condition = "loss", .src = "192.0.2.9", .dst = "192.0.2.8", .proto = "ah", .encap = "none", .spi_given = true, .spi = 5,
                                          .seq_given = true, .seq = 6 };
    struct told *told = fill(odd, &what, &error);
    assert_non_null(told);
    assert_string_equal(what.condition, "loss");
    assert_null(what.cause);
    assert_string_equal(what.src, "192.0.2.9");
    assert_string_equal(what.dst, "192.0.2.8");
    assert_string_equal(what.proto, "ah");
    assert_true(what.spi == 5 && what.seq == 6);
    told_destroy(told);
}

static void numbers_pick(void **state)
{
    (void)state;
    static const char log[] = "XfrmInNoStates 1\nXfrmInStateSeqError 1\nXfrmInNoStates 1\n" AUDIT "op=SAD-add " ENDS "spi=4097(0x1001) res=1\n" /* two readings */
                              AUDIT "op=SA-icv-failure " ENDS "spi=4097(0x1001) seqno=7\n" AUDIT "op=SA-icv-failure " ENDS "spi=4097(0x1001) seqno=7\n"
                              AUDIT "op=SA-icv-failure " ENDS "spi=4097(0x1001) seqno=8\n";
    static const uint32_t seqs[] = { 7, 8 };
    struct error error;
    for (uint32_t i = 0; i < 2; i++) {
        struct esplain_reproduction what = { .report_number = i + 1 };
        struct told *told = fill(log, &what, &error);
        assert_non_null(told);
        assert_int_equal(what.seq, seqs[i]);
        told_destroy(told);
    }
    struct esplain_reproduction what = { .report_number = 3 };
    assert_null(fill(log, &what, &error));
    what = (struct esplain_reproduction){ .finding = 1 };
    assert_null(fill(log, &what, &error));
    what = (struct esplain_reproduction){ .finding = 1 };
    assert_null(fill(FINDING("loss", "null", ""), &what, &error)); /* it is number 4 */
    what = (struct esplain_reproduction){ .report_number = 1 };
    assert_null(fill(FINDING("loss", "null", ""), &what, &error));
    what = (struct esplain_reproduction){ .finding = 4 };
    struct told *told = fill(FINDING("loss", "null", ""), &what, &error);
    assert_non_null(told);
    told_destroy(told);
}

static void every_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t length = 0; length < strlen(rows[i].text); length++) {
            struct error error;
            struct esplain_reproduction what = { .condition = NULL };
            char *part = malloc(length + 1);
            assert_non_null(part);
            memcpy(part, rows[i].text, length);
            part[length] = '\0';
            struct told *told = fill(part, &what, &error);
            assert_true(told != NULL || error.message[0] != '\0');
            told_destroy(told);
            free(part);
        }
}

static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct error error = { "" };
    struct told_list list = { .tellings = NULL };
    struct text log = { 0 };
    for (unsigned i = 0; i < TOLD_LIST_MAX + 10; i++)
        text_printf(&log, AUDIT "op=SA-notfound " ENDS "spi=4097(0x1001) seqno=%u\n", i);
    assert_true(told_list_read(&list, log.chars, NULL, &error));
    assert_int_equal(list.count, TOLD_LIST_MAX);
    assert_int_equal(list.beyond, 10);
    told_list_free(&list);
    text_free(&log);
    assert_false(told_list_read(&list, NULL, "no/such/file", &error));
    assert_non_null(strstr(error.message, "no/such/file: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_stands_for), cmocka_unit_test(fields_are_those_told), cmocka_unit_test(options_go_first),
        cmocka_unit_test(numbers_pick), cmocka_unit_test(every_beginning), cmocka_unit_test(more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
