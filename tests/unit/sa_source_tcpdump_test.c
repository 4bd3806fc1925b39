/* tcpdump: lines of -E, and which format a text is taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sa_source_collect.h"

#define KEY24 "4043434545464649494a4a4c4c4f4f515152525454575758"

static const char secrets_text[] =
    "# secrets\n"
    "0x12345678@192.1.2.45 3des-cbc-hmac96:0x" KEY24 "\n"
    "305419897@2001:db8::1\taes256-cbc:0x" KEY24 "0011223344556677\n"
    "0x1003@192.0.2.1   aes128-cbc:sixteen, letters, 0x1004@192.0.2.1 3des:a secret of 24 letters!!\n"
    "0x1005@192.0.2.1 none-hmac96:\n";

static void test_secrets(void **state)
{
    (void)state;
    struct collect *got = collect_text(NULL, secrets_text);
    assert_int_equal(got->records, 5);
    const struct sa_definition *sa = &got->record[0].definition;
    assert_int_equal(got->record[0].line, 2);
    assert_int_equal(sa->spi, 0x12345678);
    assert_int_equal(sa->proto, SA_PROTO_ESP);
    assert_string_equal(collect_prefix(&sa->dst), "192.1.2.45");
    assert_string_equal(collect_prefix(&sa->src), "*");
    assert_string_equal(sa->encryption->name, "3DES-CBC");
    assert_true(collect_key_is(&sa->encryption_key, KEY24));
    assert_null(sa->integrity);
    assert_int_equal(sa->icv, 12);
    sa = &got->record[1].definition;
    assert_int_equal(sa->spi, 305419897);
    assert_string_equal(sa->encryption->name, "AES-CBC");
    assert_int_equal(sa->encryption_key.length, 32);
    assert_int_equal(sa->icv, 0);
    sa = &got->record[2].definition;
    assert_memory_equal(sa->encryption_key.bytes, "sixteen, letters", 16);
    assert_int_equal(sa->encryption_key.length, 16);
    sa = &got->record[3].definition;
    assert_int_equal(sa->spi, 0x1004);
    assert_int_equal(got->record[3].line, 4);
    assert_memory_equal(sa->encryption_key.bytes, "a secret of 24 letters!!", 24);
    assert_string_equal(got->record[4].definition.encryption->name, "NULL");
    assert_non_null(collect_find(got, "no-integrity", 3));
    assert_non_null(collect_find(got, "no-integrity", 4));
    assert_int_equal(got->remarks, 3);
    collect_free(got);
}

static void test_damage_has_lines(void **state)
{
    (void)state;
    struct collect *got = collect_text("tcpdump",
        "3des-cbc-hmac96:0x" KEY24 "\n"
        "0x12345678@nowhere 3des-cbc:0x" KEY24 "\n"
        "0x12345678@192.0.2.1 0x" KEY24 "\n"
        "0x12345678@192.0.2.1 3des-cbc:0x" KEY24 "5\n"
        "ikev2 I 0x0001020304050607 0x0001020304050607 sha1:0x0001 aes128:0x0001\n"
        "file /etc/secrets\n"
        "hello\n"
        "0x12345678@192.0.2.1 aes128-gcm:0x" KEY24 "\n"
        "0x12345678@192.0.2.0/24 3des-cbc:0x" KEY24 "\n");
    assert_non_null(collect_find(got, "no-spi", 1));
    assert_non_null(collect_find(got, "damaged", 2));
    assert_non_null(collect_find(got, "damaged", 3));
    assert_non_null(collect_find(got, "leading-zeros", 4));
    assert_non_null(collect_find(got, "ike", 5));
    assert_non_null(collect_find(got, "file", 6));
    assert_non_null(collect_find(got, "damaged", 7));
    assert_non_null(collect_find(got, "unknown-algorithm", 8));
    assert_non_null(collect_find(got, "damaged", 9));
    assert_int_equal(got->records, 2);
    for (unsigned i = 0; i < got->remarks; i++)
        assert_null(strstr(got->remark[i].text, "4043"));
    collect_free(got);
}

/* Commas without end must not make the work grow with their square. */
static void test_many_commas(void **state)
{
    (void)state;
    static char line[8000];
    memset(line, ',', sizeof line);
    static const char head[] = "0x1@192.0.2.1 a:";
    memcpy(line, head, sizeof head - 1);
    struct collect *got = collect_bytes("tcpdump", line, sizeof line);
    assert_int_equal(got->records, 1);
    collect_free(got);
}

static void test_recognition(void **state)
{
    (void)state;
    static const struct { const char *text, *format; } texts[] = {
        { "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1 reqid 0 mode tunnel\n", "xfrm" },
        { "src 10.0.0.0/8 dst 192.0.2.2/32 uid 0\n\tdir in action allow\n", "xfrm" },
        { "XfrmInError             \t0\n", "xfrm" },
        { "Deleted src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1 reqid 0 mode tunnel\n", "monitor" },
        { "[2026-11-21T09:06:47.006806] src 192.0.2.1 dst 192.0.2.2\n", "monitor" },
        { "Timestamp: Sat Nov 21 09:06:47 2026 6806 usec\n", "monitor" },
        { "192.0.2.1 192.0.2.2 \n\tesp mode=tunnel spi=1(0x00000001) reqid=0\n", "setkey" },
        { "\xef\xbb\xbf\"IPv4\",\"*\",\"*\",\"0x1\",\"NULL\",\"\",\"NULL\",\"\"", "wireshark" },
        { "# comment\r\n0x1@192.0.2.1 none:\r\n", "tcpdump" },
        { "3des-cbc:0x0011\n", "tcpdump" },
        { "hello world\n", NULL },
        { "src here dst there\n", NULL },
        { "", NULL },
        { "8a46cafed6908ef7,983d25b7cdcf9a85,00,00,\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n", NULL },
    };
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct sa_format *format = sa_format_recognise(texts[i].text, strlen(texts[i].text));
        if (texts[i].format == NULL)
            assert_null(format);
        else
            assert_string_equal(format ? format->name : "(none)", texts[i].format);
    }
    assert_null(sa_format_find("nonsense", 8));
    assert_null(sa_format_find("xfr", 3));
    assert_string_equal(sa_format_find("xfrm:file", 4)->name, "xfrm");
}

static void test_truncations(void **state)
{
    (void)state;
    collect_truncate("tcpdump", secrets_text, sizeof secrets_text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_damage_has_lines),
        cmocka_unit_test(test_many_commas),
        cmocka_unit_test(test_recognition),
        cmocka_unit_test(test_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
