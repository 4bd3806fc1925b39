/* xfrm: SAs and policies as several versions of ip print them. The files in tests/data/sa are a real ip's; see make_texts.py there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sa_source_collect.h"

#define DATA "tests/data/sa/"
#define SECOND INT64_C(1000000000)

#define HEX_1_32 "01080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da"
#define HEX_2_32 "020910171e252c333a41484f565d646b727980878e959ca3aab1b8bfc6cdd4db"
#define HEX_3_36 "030a11181f262d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dce3eaf1f8"
#define HEX_4_20 "040b121920272e353c434a51585f666d747b8289"

/* The SAs of make_texts.py, whatever the options. */
static void check_states(const struct collect *got, bool statistics, bool keys)
{
    assert_int_equal(got->records, 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(got->record[i].event, SA_EVENT_DEFINE);
    const struct sa_definition *sa = &got->record[0].definition;
    assert_string_equal(collect_prefix(&sa->src), "192.0.2.1");
    assert_string_equal(collect_prefix(&sa->dst), "192.0.2.2");
    assert_int_equal(sa->spi, 0xc0000001);
    assert_int_equal(sa->proto, SA_PROTO_ESP);
    assert_int_equal(sa->mode, SA_MODE_TUNNEL);
    assert_int_equal(sa->reqid, 7);
    assert_true(sa->window_known && sa->window == 32);
    assert_true(sa->esn_known && !sa->esn && sa->af_unspec && !sa->align4);
    assert_int_equal(sa->mark, 1);
    assert_int_equal(sa->mark_mask, 0xff);
    assert_int_equal(sa->if_id, 0x2a);
    assert_string_equal(sa->encryption->name, "AES-CBC");
    assert_string_equal(sa->encryption_name, "cbc(aes)");
    assert_string_equal(sa->integrity->name, "HMAC-SHA2-256-128");
    assert_int_equal(sa->icv, 16);
    assert_int_equal(sa->keys_hidden, !keys);
    if (keys) {
        assert_true(collect_key_is(&sa->encryption_key, HEX_2_32));
        assert_true(collect_key_is(&sa->integrity_key, HEX_1_32));
    } else {
        assert_int_equal(sa->encryption_key.length, 0);
        assert_int_equal(sa->integrity_key.length, 0);
    }
    assert_true(sa->encap_known);
    assert_int_equal(sa->encap, ENCAP_UDP);
    assert_int_equal(sa->encap_sport, 4500);
    assert_int_equal(sa->encap_dport, 1024);
    assert_false(sa->outbound);
    assert_true(sa->has_selector);
    if (statistics) {
        assert_int_equal(sa->hard.bytes, 1000000);
        assert_int_equal(sa->hard.packets, 5000);
        assert_int_equal(sa->hard.add_s, 3600);
        assert_int_equal(sa->hard.use_s, 600);
        assert_int_equal(sa->soft.bytes, 0);
        assert_int_equal(sa->soft.add_s, 3300);
        assert_true(sa->added_known && sa->added_ns == 1795251960 * SECOND);
        assert_true(sa->used_known && sa->used_ns == 1795251961 * SECOND);
    } else {
        assert_false(sa->added_known || sa->used_known);
    }
    sa = &got->record[1].definition;
    assert_string_equal(collect_prefix(&sa->dst), "2001:db8::2");
    assert_int_equal(sa->mode, SA_MODE_TRANSPORT);
    assert_true(sa->esn && sa->window_known && sa->window == 1024 && sa->outbound);
    assert_string_equal(sa->encryption->name, "AES-GCM-12");
    assert_int_equal(sa->icv, 12);
    assert_null(sa->integrity);
    assert_true(!keys || collect_key_is(&sa->encryption_key, HEX_3_36));
    assert_false(sa->added_known);
    sa = &got->record[2].definition;
    assert_int_equal(sa->proto, SA_PROTO_AH);
    assert_true(sa->align4 && sa->encryption == NULL);
    assert_string_equal(sa->integrity->name, "HMAC-SHA1-96");
    assert_true(!keys || collect_key_is(&sa->integrity_key, HEX_4_20));
    assert_int_equal(sa->encap, ENCAP_NONE);
    sa = &got->record[3].definition;
    assert_int_equal(sa->mode, SA_MODE_BEET);
    assert_int_equal(sa->encap, ENCAP_TCP);
    assert_string_equal(sa->encryption->name, "NULL");
    assert_string_equal(sa->integrity->name, "HMAC-SHA2-512-256");
    assert_int_equal(sa->icv, 32);
    assert_string_equal(collect_prefix(&sa->selector.src), "10.0.0.0/8");
    assert_string_equal(collect_prefix(&sa->selector.dst), "10.1.0.0/16");
    assert_int_equal(sa->selector.proto, 17);
    assert_int_equal(sa->selector.sport_low, 500);
    assert_int_equal(sa->selector.sport_high, 500);
    assert_int_equal(sa->selector.dport_low, 53);
    assert_true(sa->window_known && sa->window == 0);
    assert_int_equal(got->record[4].definition.state, SA_STATE_LARVAL);
    assert_int_equal(got->record[4].definition.spi, 0xc0000005);
    assert_int_equal(got->record[5].definition.proto, SA_PROTO_IPCOMP);
    assert_int_equal(got->record[5].definition.state, SA_STATE_MATURE);
}

static void check_policies(const struct collect *got, bool statistics)
{
    assert_int_equal(got->policies, 3);
    const struct policy *policy = &got->policy[0].policy;
    assert_int_equal(policy->direction, POLICY_IN);
    assert_true(!policy->block && !policy->socket);
    assert_int_equal(policy->priority, 375423);
    assert_int_equal(policy->index, statistics ? 88 : 0);
    assert_int_equal(policy->mark, 2);
    assert_int_equal(policy->mark_mask, 0xffffffff);
    assert_int_equal(policy->if_id, 0x2a);
    assert_string_equal(collect_prefix(&policy->selector.dst), "10.2.0.0/24");
    assert_int_equal(policy->selector.dport_low, 0);
    assert_int_equal(policy->selector.dport_high, 65535);
    assert_int_equal(policy->templates, 2);
    assert_int_equal(policy->template[0].proto, SA_PROTO_ESP);
    assert_int_equal(policy->template[0].reqid, 7);
    assert_int_equal(policy->template[0].mode, SA_MODE_TUNNEL);
    assert_false(policy->template[0].optional);
    assert_int_equal(policy->template[1].proto, SA_PROTO_IPCOMP);
    assert_true(policy->template[1].optional);
    policy = &got->policy[1].policy;
    assert_int_equal(policy->direction, POLICY_OUT);
    assert_true(policy->block);
    assert_int_equal(policy->selector.proto, 6);
    assert_int_equal(policy->selector.dport_low, 443);
    assert_int_equal(policy->selector.dport_high, 443);
    assert_int_equal(policy->selector.sport_high, 65535);
    assert_int_equal(policy->templates, 0);
    policy = &got->policy[2].policy;
    assert_true(policy->socket);
    assert_int_equal(policy->direction, POLICY_IN);
}

static void test_options_of_ip(void **state)
{
    (void)state;
    static const struct { const char *path; bool statistics, keys; } files[] = {
        { DATA "plain.xfrm", false, true }, { DATA "statistics.xfrm", true, true }, { DATA "oneline.xfrm", false, true },
        { DATA "oneline-statistics.xfrm", true, true }, { DATA "nokeys.xfrm", false, false },
    };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct collect *got = collect_file(NULL, files[i].path);
        check_states(got, files[i].statistics, files[i].keys);
        check_policies(got, files[i].statistics);
        if (files[i].keys)
            assert_int_equal(got->remarks, 1); /* the TCP SA, which has window 0 and does not send */
        else
            assert_non_null(collect_find(got, "keys-hidden", 1));
        collect_free(got);
    }
}

/* Mail and lists lose the indentation, other systems add CR, some editors a mark: the same SAs, the same lines. */
static void test_mangled(void **state)
{
    (void)state;
    size_t length, out = 0;
    char *text = collect_load(DATA "statistics.xfrm", &length);
    assert_non_null(text);
    char *mangled = malloc(2 * length + 8);
    assert_non_null(mangled);
    memcpy(mangled, "\xef\xbb\xbf", 3);
    out = 3;
    for (size_t at = 0; at < length; at++) {
        if (text[at] == '\t' || (text[at] == ' ' && (at == 0 || text[at - 1] == '\n' || text[at - 1] == ' ' || text[at - 1] == '\t')))
            continue;
        if (text[at] == '\n')
            mangled[out++] = '\r';
        mangled[out++] = text[at];
    }
    struct collect *got = collect_bytes(NULL, mangled, out - 2); /* without the last line's end */
    check_states(got, true, true);
    check_policies(got, true);
    assert_int_equal(got->record[0].line, 1);
    assert_int_equal(got->remarks, 1);
    collect_free(got);
    free(mangled);
    free(text);
}

static void test_state_policy_and_counters_in_one(void **state)
{
    (void)state;
    struct collect *got = collect_text(NULL,
        "root@gw:~# ip -s xfrm state\n"
        "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00001001(4097) reqid 1(0x00000001) mode tunnel\n"
        "\treplay-window 32 seq 0x00000000 flag  (0x00000000)\n"
        "\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0fa0a1a2a3 (160 bits) 128\n"
        "\tstats:\n\t  replay-window 3 replay 1 failed 0\n\n"
        "src 10.1.0.0/24 dst 10.2.0.0/24 uid 0\n\tdir in action block index 8 priority 0\n\n"
        "XfrmInError             \t0\nXfrmInNoStates \t1\n");
    assert_int_equal(got->records, 1);
    assert_int_equal(got->record[0].line, 2);
    assert_int_equal(got->record[0].definition.window, 32);
    assert_int_equal(got->policies, 1);
    assert_int_equal(got->policy[0].line, 9);
    assert_true(got->policy[0].policy.block);
    assert_int_equal(got->remarks, 0);
    collect_free(got);
    got = collect_text(NULL, "XfrmInError             \t0\nXfrmInNoStates \t1\n");
    assert_int_equal(got->records + got->remarks, 0);
    collect_free(got);
}

/* Linux 6.10 and later: SAs have a direction, and print only their half of the sequence numbers. */
static void test_directed(void **state)
{
    (void)state;
    struct collect *got = collect_text("xfrm",
        "src 2001:db8:1:2::45 dst 2001:db8:1:2::23\n\tproto esp spi 0x64b502a7 reqid 16393 mode iptfs\n"
        "\tflag af-unspec esn\n\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3 128\n"
        "\tlastused 2024-08-29 09:30:00\n\tanti-replay esn context:\t oseq-hi 0x0, oseq 0x0\n\tdir out\n"
        "\tiptfs-opts drop-time 0 reorder-window 0 init-delay 0 dont-frag\n"
        "src 2001:db8:1:2::23 dst 2001:db8:1:2::45\n\tproto esp spi 0xc5b34ddd reqid 16393 mode tunnel\n"
        "\treplay-window 0 flag af-unspec esn\n"
        "\taead rfc4106(gcm(aes)) 0x100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3 128\n"
        "\tanti-replay esn context:\n\t seq-hi 0x0, seq 0xa\n\t replay_window 128, bitmap-length 4\n"
        "\t 00000000 00000000 00000000 000003ff\n\tdir in\n\tpcpu-num 3\n"
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xc88b7652 reqid 1 mode tunnel\n\treplay-window 0 flag af-unspec esn\n"
        "\taead rfc4106(gcm(aes)) 0xe406a01083986e14d116488549094710e9c57bc6 128\n"
        "\tanti-replay esn context:\n\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n\t replay_window 1, bitmap-length 1\n\t 00000000 \n"
        "\tcrypto offload parameters: dev eth2 dir out mode packet\n");
    assert_int_equal(got->records, 3);
    const struct sa_definition *sa = &got->record[0].definition;
    assert_true(sa->outbound && sa->esn && !sa->window_known && sa->af_unspec);
    assert_int_equal(sa->mode, SA_MODE_UNKNOWN);
    assert_int_equal(sa->state, SA_STATE_MATURE);
    sa = &got->record[1].definition;
    assert_true(!sa->outbound && sa->window_known && sa->window == 128);
    sa = &got->record[2].definition;
    assert_true(sa->outbound && sa->window == 1);
    assert_int_equal(got->remarks, 0);
    collect_free(got);
}

/* Older ones: auth without its truncation, or both; the mode and the encapsulation as numbers; a key of no bytes. */
static void test_old_spellings(void **state)
{
    (void)state;
    struct collect *got = collect_text("xfrm",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00000201 reqid 0 mode 1\n\treplay-window 32 \n"
        "\tauth hmac(sha256) 0x" HEX_1_32 "\n\tenc cbc(des3_ede) 0x12d49767b12e4565d5fb95bf1d5248db93c60a90d7602a44\n"
        "\tencap type 2 sport 4500 dport 4500 addr 0.0.0.0\n\tcoa 192.0.2.7\n\ttfcpad 100\n"
        "\tsecurity context system_u:object_r:ipsec_spd_t:s0 \n"
        "src 192.0.2.1 dst 192.0.2.3\n\tproto 50 spi 514 reqid 0 mode tunnel\n\treplay-window 32 \n"
        "\tauth-trunc hmac(sha256) 0x" HEX_1_32 " 128\n\tauth hmac(sha256) 0x" HEX_1_32 "\n\tenc ecb(cipher_null) 0x\n"
        "\tmark 16/0xffffffff output-mark 0x1/0xf\n");
    assert_int_equal(got->records, 2);
    const struct sa_definition *sa = &got->record[0].definition;
    assert_int_equal(sa->icv, 12); /* what the kernel truncates hmac(sha256) to when not told */
    assert_string_equal(sa->encryption->name, "3DES-CBC");
    assert_int_equal(sa->encap, ENCAP_UDP);
    assert_int_equal(sa->mode, SA_MODE_TUNNEL);
    sa = &got->record[1].definition;
    assert_int_equal(sa->spi, 514);
    assert_int_equal(sa->icv, 16);
    assert_string_equal(sa->integrity->name, "HMAC-SHA2-256-128");
    assert_int_equal(sa->encryption_key.length, 0);
    assert_int_equal(sa->mark, 16);
    assert_int_equal(got->remarks, 0);
    collect_free(got);
}

/* An SA that waits for keys has SPI 0 and no algorithm; that is no damage. Without the lines behind the algorithms nothing is certain. */
static void test_larval(void **state)
{
    (void)state;
    struct collect *got = collect_text("xfrm",
        "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00000000 reqid 1 mode tunnel\n\treplay-window 0 \n"
        "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n"
        "\tsel src 10.1.0.1/32 dst 10.2.0.1/32 proto icmp type 8 code 0 dev eth0 \n"
        "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\treplay-window 32 \n");
    assert_int_equal(got->records, 2);
    assert_int_equal(got->record[0].definition.state, SA_STATE_LARVAL);
    assert_int_equal(got->record[0].definition.selector.sport_low, 8);
    assert_int_equal(got->record[1].definition.state, SA_STATE_MATURE);
    assert_int_equal(got->remarks, 0);
    collect_free(got);
}

static void test_damage_has_lines(void **state)
{
    (void)state;
    struct collect *got = collect_text("xfrm",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0xZZ reqid 1 mode tunnel\n\treplay-window 32 \n"                    /* 2 */
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\treplay-window 32 \n"              /* 4 */
        "\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0fa0a1a2a 128\n"                                        /* 7 */
        "\tsel src 10.1.0.0/99 dst 10.2.0.0/24 \n"                                                                        /* 8 */
        "src 192.0.2.999 dst 192.0.2.2\n\tproto esp spi 0x00001002 reqid 1 mode tunnel\n"                                 /* 9 */
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001003 reqid x mode tunnel\n\treplay-window many \n"            /* 11 */
        "\tenc cbc(aes) 0x0001020304050607zz090a0b0c0d0e0f\n\tauth-trunc hmac(sha1) 0x000102030405060708090a0b0c0d0e0f10111213 9x\n"
        "\tnew-attribute of some later version 0x12\n"
        "src 192.0.2.1 dst 192.0.2.2\n\tproto hao reqid 0 mode ro\n");                                                     /* 17 */
    assert_int_equal(got->records, 2);
    assert_int_equal(got->record[0].line, 4);
    assert_int_equal(got->record[0].definition.encryption_key.length, 0);
    assert_false(got->record[0].definition.has_selector);
    assert_int_equal(got->record[1].line, 11);
    assert_non_null(collect_find(got, "damaged", 2));
    assert_non_null(strstr(collect_find(got, "damaged", 2)->text, "'0xZZ'"));
    assert_non_null(collect_find(got, "leading-zeros", 7));
    assert_non_null(collect_find(got, "damaged", 8));
    assert_non_null(collect_find(got, "address", 9));
    assert_non_null(collect_find(got, "damaged", 12));
    assert_non_null(collect_find(got, "damaged", 13));
    assert_non_null(collect_find(got, "key-damaged", 14));
    assert_non_null(collect_find(got, "damaged", 15));
    assert_non_null(collect_find(got, "protocol", 18));
    assert_int_equal(got->remarks, 9);
    collect_free(got);
}

/* Nothing of a key in a remark, whatever stands in the wrong place. */
static void test_no_key_in_remarks(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 mode tunnel\n\tenc 0x5ec2e75ec2e75ec2e75ec2e75ec2e75e\n",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 5ec2e75ec2e75ec2e75e mode tunnel\n",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 mode tunnel\n\tenc 5ec2e75ec2e75ec2e75ec2e75ec2e75e cbc(aes)\n",
        "src 5ec2e75ec2e75ec2e75e dst 192.0.2.2\n\tproto esp spi 0x1001 mode tunnel\n",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto 5ec2e75ec2e75ec2e75e spi 0x1001 mode tunnel\n",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 mode tunnel\n\tauth-trunc hmac(sha1) 0x5ec2e75ec2e75ec2e75g 96\n",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct collect *got = collect_text("xfrm", texts[i]);
        assert_true(got->remarks > 0);
        for (unsigned at = 0; at < got->remarks; at++)
            assert_null(strstr(got->remark[at].text, "5ec2"));
        for (unsigned at = 0; at < got->records; at++)
            assert_null(strstr(got->record[at].definition.encryption_name, "5ec2"));
        collect_free(got);
    }
}

static void test_overlong_line(void **state)
{
    (void)state;
    size_t length = 100000;
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'a', length);
    static const char head[] = "src 192.0.2.1 dst 192.0.2.2 ";
    memcpy(text, head, sizeof head - 1);
    text[length] = '\0';
    struct collect *got = collect_bytes("xfrm", text, length);
    assert_int_equal(got->records, 0);
    assert_non_null(collect_find(got, "line-length", 1));
    collect_free(got);
    free(text);
}

static void test_truncations(void **state)
{
    (void)state;
    static const char *const files[] = { DATA "plain.xfrm", DATA "oneline.xfrm", DATA "nokeys.xfrm" };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t length;
        char *text = collect_load(files[i], &length);
        assert_non_null(text);
        collect_truncate("xfrm", text, length);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_of_ip),
        cmocka_unit_test(test_mangled),
        cmocka_unit_test(test_state_policy_and_counters_in_one),
        cmocka_unit_test(test_directed),
        cmocka_unit_test(test_old_spellings),
        cmocka_unit_test(test_larval),
        cmocka_unit_test(test_damage_has_lines),
        cmocka_unit_test(test_no_key_in_remarks),
        cmocka_unit_test(test_overlong_line),
        cmocka_unit_test(test_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
