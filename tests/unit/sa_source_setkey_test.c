/* setkey: dumps as ipsec-tools and the BSDs print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sa_source_collect.h"

#define SECOND INT64_C(1000000000)

static const char dump[] =
    "192.0.2.1[4500] 192.0.2.2[1024] \n"
    "\tesp-udp mode=tunnel spi=6386485(0x00617335) reqid=16391(0x00004007)\n"
    "\tE: aes-cbc  79d55f95 3bc0377b 0f7e5828 7a849525\n"
    "\tA: hmac-sha512  26068868 78cd42f7 5c10521b e55ed143 118b538e 6903c122 2463de8c 4fdebba6\n"
    " 941ad0a6 8dd1b09e 6b0fa126 d0c9a7d8 929c2ce7 e3cfe861 cacfe3b4 8a9c1c28\n"
    "\tseq=0x00001b81 replay=4 flags=0x00000000 state=mature \n"
    "\tcreated: Jan  4 20:47:29 2013\tcurrent: Jan  4 20:52:34 2013\n"
    "\tdiff: 305(s)\thard: 36000(s)\tsoft: 28800(s)\n"
    "\tlast: Jan  4 20:52:34 2013\thard: 60(s)\tsoft: 50(s)\n"
    "\tcurrent: 8483328(bytes)\thard: 9000000(bytes)\tsoft: 0(bytes)\n"
    "\tallocated: 7041\thard: 10000\tsoft: 9000\n"
    "\tsadb_seq=1 pid=1596 refcnt=2\n"
    "2001:db8::1 2001:db8::2 \n"
    "\tah mode=transport spi=4096(0x00001000) reqid=0(0x00000000)\n"
    "\tA: hmac-sha1  0ded77a8 1954d133 91ce420f bcd07961 b2acfaee\n"
    "\tseq=0x00000000 replay=0 flags=0x00000040 state=dying\n"
    "\tlast:                     \thard: 0(s)\tsoft: 0(s)\n"
    "172.16.1.247 172.16.1.226\n"
    "\tipcomp mode=tunnel spi=80437850(0x04cb625a) reqid=0(0x00000000)\n"
    "\tC: none  seq=0x00000000 replay=0 flags=0x00000000 state=larval\n"
    "10.0.23.2 10.0.34.4\n"
    "\tesp mode=any spi=4097(0x00001001) reqid=0(0x00000000)\n"
    "\tE: aes-gcm-16  31323334 35363738 39303132 33343536 37383930\n"
    "\tseq=0x00000000 replay=0 flags=0x00000040 state=mature\n"
    "\tsadb_seq=0 pid=67845 refcnt=1\n";

static void check_dump(const struct collect *got)
{
    assert_int_equal(got->records, 4);
    const struct sa_definition *sa = &got->record[0].definition;
    assert_int_equal(got->record[0].event, SA_EVENT_DEFINE);
    assert_int_equal(got->record[0].line, 1);
    assert_string_equal(collect_prefix(&sa->src), "192.0.2.1");
    assert_string_equal(collect_prefix(&sa->dst), "192.0.2.2");
    assert_int_equal(sa->spi, 0x00617335);
    assert_int_equal(sa->reqid, 16391);
    assert_int_equal(sa->mode, SA_MODE_TUNNEL);
    assert_true(sa->encap_known);
    assert_int_equal(sa->encap, ENCAP_UDP);
    assert_int_equal(sa->encap_sport, 4500);
    assert_int_equal(sa->encap_dport, 1024);
    assert_string_equal(sa->encryption->name, "AES-CBC");
    assert_true(collect_key_is(&sa->encryption_key, "79d55f953bc0377b0f7e58287a849525"));
    assert_string_equal(sa->integrity->name, "HMAC-SHA2-512-256");
    assert_true(collect_key_is(&sa->integrity_key,
                               "2606886878cd42f75c10521be55ed143118b538e6903c1222463de8c4fdebba6"
                               "941ad0a68dd1b09e6b0fa126d0c9a7d8929c2ce7e3cfe861cacfe3b48a9c1c28"));
    assert_true(sa->window_known && sa->window == 32);
    assert_true(sa->added_known && sa->added_ns == 1357332449 * SECOND); /* date -u -d '2013-01-04 20:47:29' +%s */
    assert_true(sa->used_known && sa->used_ns == 1357332754 * SECOND);
    assert_int_equal(sa->hard.add_s, 36000);
    assert_int_equal(sa->soft.add_s, 28800);
    assert_int_equal(sa->hard.use_s, 60);
    assert_int_equal(sa->hard.bytes, 9000000);
    assert_int_equal(sa->hard.packets, 10000);
    assert_int_equal(sa->soft.packets, 9000);
    sa = &got->record[1].definition;
    assert_int_equal(got->record[1].line, 13);
    assert_int_equal(sa->proto, SA_PROTO_AH);
    assert_int_equal(sa->state, SA_STATE_DYING);
    assert_int_equal(sa->encap, ENCAP_NONE);
    assert_true(sa->window_known && sa->window == 0);
    assert_false(sa->used_known);
    assert_true(collect_key_is(&sa->integrity_key, "0ded77a81954d13391ce420fbcd07961b2acfaee"));
    assert_int_equal(got->record[2].definition.proto, SA_PROTO_IPCOMP);
    assert_int_equal(got->record[2].definition.state, SA_STATE_LARVAL);
    sa = &got->record[3].definition;
    assert_string_equal(sa->encryption->name, "AES-GCM-16");
    assert_true(collect_key_is(&sa->encryption_key, "3132333435363738393031323334353637383930"));
    assert_int_equal(sa->mode, SA_MODE_UNKNOWN);
    assert_int_equal(sa->icv, 16);
}

static void test_dump(void **state)
{
    (void)state;
    struct collect *got = collect_text(NULL, dump);
    check_dump(got);
    assert_non_null(collect_find(got, "window", 6)); /* bytes on BSD, packets on Linux: said once */
    collect_free(got);
    /* CRLF and no last newline */
    char mangled[2 * sizeof dump];
    size_t out = 0;
    for (size_t at = 0; dump[at]; at++) {
        if (dump[at] == '\n')
            mangled[out++] = '\r';
        mangled[out++] = dump[at];
    }
    got = collect_bytes(NULL, mangled, out - 2);
    check_dump(got);
    collect_free(got);
}

static void test_damage_has_lines(void **state)
{
    (void)state;
    struct collect *got = collect_text("setkey",
        "192.0.2.1 192.0.2.2\n\tesp mode=tunnel reqid=0(0x00000000)\n"                                   /* 2: no SPI */
        "192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=zz reqid=0(0x00000000)\n"                            /* 4 */
        "192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=4097(0x00001001) reqid=0(0x00000000)\n"
        "\tE: aes-cbc  79d55f95 3bc0377b 0f7e5828 7a84952\n"                                             /* 7: odd */
        "\tA: hmac-sha1  0ded77a8 1954d133 91ce420f bcd07961 b2acfazz\n"                                 /* 8 */
        "\tseq=0x0 replay=many state=mature\n"                                                           /* 9 */
        "\tdiff: 305(s)\thard: soon\n"                                                                   /* 10 */
        "192.0.2.1 192.0.2.2\n\tesp mode=tunnel spi=4098(0x00001002)\n\tE: 79d55f95 3bc0377b\n"          /* 13: no name */
        "10.0.0.0/24[any] 10.1.0.0/24[any] any\n\tin ipsec\n\tesp/tunnel/192.0.2.1-192.0.2.2/require\n");
    assert_int_equal(got->records, 2);
    assert_int_equal(got->record[0].line, 5);
    assert_int_equal(got->record[0].definition.encryption_key.length, 0);
    assert_int_equal(got->record[0].definition.integrity_key.length, 0);
    assert_non_null(collect_find(got, "damaged", 2));
    assert_non_null(collect_find(got, "damaged", 4));
    assert_non_null(collect_find(got, "leading-zeros", 7));
    assert_non_null(collect_find(got, "key-damaged", 8));
    assert_non_null(collect_find(got, "damaged", 9));
    assert_non_null(collect_find(got, "damaged", 10));
    assert_non_null(collect_find(got, "damaged", 13));
    assert_non_null(collect_find(got, "policies", 15));
    for (unsigned i = 0; i < got->remarks; i++)
        assert_null(strstr(got->remark[i].text, "79d5"));
    collect_free(got);
}

static void test_truncations(void **state)
{
    (void)state;
    collect_truncate("setkey", dump, sizeof dump - 1);
}

/* What setkey -D prints of a table without SAs. */
static void test_no_entries(void **state)
{
    (void)state;
    static const char none[] = "No SAD entries.\n", other[] = "No entries.\n";
    assert_ptr_equal(sa_format_recognise(none, sizeof none - 1), sa_format_find("setkey", 6));
    assert_null(sa_format_recognise(other, sizeof other - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_damage_has_lines),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_no_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
