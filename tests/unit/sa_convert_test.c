/* convert: what Wireshark, tcpdump and ip make of our lines, where these tools and the shared captures are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>

#include "sa/convert.h"
#include "sa_source_collect.h"
#include "sa_source_truth.h"


/* The line of one SA in a text of some format; "" where it is refused. */
static const char *line_of(bool (*convert)(const struct sa_definition *, struct text *, const char **), const char *format, const char *source, char line[1500], const char **reason)
{
    struct collect *got = collect_text(format, source);
    struct text out = { 0 };
    assert_int_equal(got->records, 1);
    line[0] = '\0';
    *reason = NULL;
    if (convert(&got->record[0].definition, &out, reason)) {
        assert_null(*reason);
        snprintf(line, 1500, "%s", out.chars);
    } else {
        assert_non_null(*reason);
        assert_int_equal(out.length, 0);
    }
    text_free(&out);
    collect_free(got);
    return line;
}

#define KEY16 "0x000102030405060708090a0b0c0d0e0f"
#define KEY20 "0x000102030405060708090a0b0c0d0e0f10111213"
#define HEAD "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n"

static void test_wireshark(void **state)
{
    (void)state;
    char line[1500];
    const char *reason;
    static const struct { const char *format, *source, *row; } cases[] = {
        { "xfrm", HEAD "\tenc cbc(aes) " KEY16 "\n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
          "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x00001001\",\"AES-CBC [RFC3602]\",\"" KEY16 "\",\"HMAC-SHA-1-96 [RFC2404]\",\"" KEY20
          "\"\n" },
        { "wireshark", "\"IPv6\",\"*\",\"2001:db8::/32\",\"0x1\",\"AES-GCM [RFC4106]\",\"" KEY20 "\",\"ANY 128 bit authentication "
                       "[no checking]\",\"0x\"\n",
          "\"IPv6\",\"*\",\"2001:db8::/32\",\"0x00000001\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"" KEY20 "\",\"NULL\",\"\"\n" },
        { "tcpdump", "0x1001@192.0.2.2 aes128-cbc-hmac96:" KEY16 "\n",
          "\"IPv4\",\"*\",\"192.0.2.2\",\"0x00001001\",\"AES-CBC [RFC3602]\",\"" KEY16 "\",\"ANY 96 bit authentication [no checking]\",\"\"\n" },
        { "xfrm", HEAD "\tenc ecb(cipher_null) \n\tauth-trunc cmac(aes) " KEY16 " 96\n",
          "\"IPv4\",\"192.0.2.1\",\"192.0.2.2\",\"0x00001001\",\"NULL\",\"\",\"ANY 96 bit authentication [no checking]\",\"\"\n" },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(line_of(sa_convert_wireshark, cases[i].format, cases[i].source, line, &reason), cases[i].row);
    static const char *const refused[] = {
        "src 192.0.2.1 dst 192.0.2.2\n\tproto ah spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
        HEAD "\taead rfc4309(ccm(aes)) 0x000102030405060708090a0b0c0d0e0f101112 128\n",
        HEAD "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n",
        HEAD "\tenc cbc(rot13) " KEY16 "\n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
        HEAD "\tenc cbc(aes) " KEY16 "0\n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
    };
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_string_equal(line_of(sa_convert_wireshark, "xfrm", refused[i], line, &reason), "");
}

static void test_tcpdump(void **state)
{
    (void)state;
    char line[1500];
    const char *reason;
    assert_string_equal(line_of(sa_convert_tcpdump, "xfrm", HEAD "\tenc cbc(aes) " KEY16 "\n\tauth-trunc hmac(sha1) " KEY20 " 96\n", line,
                                &reason),
                        "0x00001001@192.0.2.2 aes128-cbc-hmac96:" KEY16 "\n");
    assert_string_equal(line_of(sa_convert_tcpdump, "xfrm", HEAD "\tenc cbc(aes) " KEY16 "1011121314151617\n", line, &reason),
                        "0x00001001@192.0.2.2 aes192-cbc:" KEY16 "1011121314151617\n");
    static const char *const refused[] = {
        "src 192.0.2.1 dst 192.0.2.2\n\tproto ah spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
        HEAD "\taead rfc7539esp(chacha20,poly1305) " KEY20 "14151617181920212223242526272829 128\n",
        HEAD "\taead rfc4106(gcm(aes)) " KEY20 " 128\n",
        HEAD "\tenc cbc(aes) " KEY16 "\n\tauth-trunc hmac(sha256) " KEY16 "101112131415161718191a1b1c1d1e1f 128\n",
        HEAD "\tenc ecb(cipher_null) \n\tauth-trunc hmac(sha1) " KEY20 " 96\n",
    };
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_string_equal(line_of(sa_convert_tcpdump, "xfrm", refused[i], line, &reason), "");
    assert_string_equal(line_of(sa_convert_tcpdump, "wireshark",
                                "\"IPv4\",\"*\",\"*\",\"0x1\",\"AES-CBC [RFC3602]\",\"" KEY16 "\",\"NULL\",\"\"\n", line, &reason), "");
}

static void test_xfrm(void **state)
{
    (void)state;
    char line[1500];
    const char *reason;
    assert_string_equal(
        line_of(sa_convert_xfrm, "xfrm",
                "src 192.0.2.2 dst 192.0.2.1\n\tproto esp spi 0xc0000004 reqid 0 mode beet\n\treplay-window 0 flag af-unspec\n"
                "\tmark 0x1/0xff\n\tenc ecb(cipher_null) \n\tauth-trunc hmac(sha1) " KEY20 " 96\n"
                "\tencap type espintcp sport 4500 dport 4501 addr 0.0.0.0\n\tif_id 0x2a\n"
                "\tsel src 10.0.0.0/8 dst 10.1.0.0/16 proto udp sport 500 dport 53 \n\tlifetime config:\n"
                "\t  limit: soft (INF)(bytes), hard 1000(bytes)\n\t  expire add: soft 10(sec), hard 20(sec)\n", line, &reason),
        "ip xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xc0000004 mode beet mark 0x1 mask 0xff enc 'ecb(cipher_null)' '' "
        "auth-trunc 'hmac(sha1)' " KEY20 " 96 replay-window 0 flag af-unspec sel src 10.0.0.0/8 dst 10.1.0.0/16 proto 17 sport 500 "
        "dport 53 limit time-soft 10 limit byte-hard 1000 limit time-hard 20 encap espintcp 4500 4501 0.0.0.0 if_id 0x2a\n");
    /* A Wireshark row tells no mode; a wildcard names no state. */
    assert_string_equal(line_of(sa_convert_xfrm, "wireshark", "\"IPv4\",\"*\",\"192.0.2.2\",\"0x1001\",\"AES-CBC [RFC3602]\",\"" KEY16
                                "\",\"NULL\",\"\"\n", line, &reason), "");
    assert_string_equal(line_of(sa_convert_xfrm, "xfrm", HEAD "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n", line, &reason), "");
}

/* Every SA of the shared data that came from a command becomes that command again. */
static void test_xfrm_round_trip(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("oracle/*.setup.txt", &found))
        skip();
    unsigned compared = 0;
    for (size_t at = 0; at < found.gl_pathc; at++) {
        char path[1024];
        size_t length;
        struct truth truths[TRUTH_MAX];
        char *commands = collect_load(found.gl_pathv[at], &length);
        unsigned count = truth_commands(commands, truths);
        snprintf(path, sizeof path, "%.*s.state.txt", (int)(strlen(found.gl_pathv[at]) - strlen(".setup.txt")), found.gl_pathv[at]);
        struct collect *got = collect_file("xfrm", path);
        for (unsigned i = 0; i < got->records; i++) {
            struct text out = { 0 };
            struct truth ours;
            const char *reason;
            assert_true(sa_convert_xfrm(&got->record[i].definition, &out, &reason));
            assert_memory_equal(out.chars, "ip xfrm state add ", 18);
            truth_parse(out.chars + 18, &ours);
            unsigned same = 0;
            for (unsigned k = 0; k < count; k++)
                same += memcmp(&ours, &truths[k], sizeof ours) == 0;
            assert_int_equal(same, 1);
            compared++;
            text_free(&out);
        }
        collect_free(got);
        free(commands);
    }
    assert_true(compared > 0);
    globfree(&found);
}

static bool has_tool(const char *name)
{
    static const char *const folders[] = { "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin" };
    char path[256];
    for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return true;
    }
    print_message("SKIP: no %s here\n", name);
    return false;
}

/* Lines that a command prints, with a needle in them; and all of them. */
static void count_lines(const char *command, const char *needle, const char *of, unsigned *with, unsigned *all)
{
    char line[4096];
    FILE *output = popen(command, "r");
    assert_non_null(output);
    *with = *all = 0;
    while (fgets(line, sizeof line, output)) {
        if (!strstr(line, of))
            continue;
        ++*all;
        *with += strstr(line, needle) != NULL;
    }
    pclose(output);
}

/* Wireshark opens every ESP packet of the healthy captures with our rows. */
static void test_tshark_decrypts(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("kernel-traffic/esp4*/xfrmA.txt", &found) || !has_tool("tshark"))
        skip();
    for (size_t at = 0; at < found.gl_pathc; at++) {
        struct text command = { 0 }, row = { 0 };
        const char *reason, *slash = strrchr(found.gl_pathv[at], '/');
        struct collect *got = collect_file(NULL, found.gl_pathv[at]);
        text_printf(&command, "tshark -r '%.*s/t.pcap' -o esp.enable_encryption_decode:TRUE", (int)(slash - found.gl_pathv[at]),
                    found.gl_pathv[at]);
        for (unsigned i = 0; i < got->records; i++) {
            text_clear(&row);
            assert_true(sa_convert_wireshark(&got->record[i].definition, &row, &reason));
            text_printf(&command, " -o 'uat:esp_sa:%.*s'", (int)row.length - 1, row.chars);
        }
        text_put(&command, " -T fields -e frame.protocols 2>/dev/null");
        unsigned opened, all;
        count_lines(command.chars, strstr(found.gl_pathv[at], "transport") ? ":esp:icmp" : ":esp:ip:", "esp", &opened, &all);
        assert_int_equal(all, 18);
        assert_int_equal(opened, all);
        text_free(&command);
        text_free(&row);
        collect_free(got);
    }
    globfree(&found);
}

/* tcpdump prints what is inside with our line. */
static void test_tcpdump_decrypts(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("oracle/alg-cbc-sha1.state.txt", &found) || !has_tool("tcpdump"))
        skip();
    struct collect *got = collect_file(NULL, found.gl_pathv[0]);
    struct text line = { 0 }, command = { 0 };
    const char *reason;
    assert_true(sa_convert_tcpdump(&got->record[0].definition, &line, &reason));
    /* The argument is what the file would hold; tcpdump started by root gives its rights up before it reads a file. */
    text_printf(&command, "tcpdump -nn -r '%.*s.pcap' -E '%.*s' 2>/dev/null",
                (int)(strlen(found.gl_pathv[0]) - strlen(".state.txt")), found.gl_pathv[0], (int)line.length - 1, line.chars);
    unsigned opened, all;
    count_lines(command.chars, "IP 10.1.0.1.5000 > 10.2.0.1.9999: UDP", "ESP(spi=0x00001001", &opened, &all);
    assert_true(all > 0);
    assert_true(opened >= 3);
    text_free(&line);
    text_free(&command);
    collect_free(got);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wireshark),
        cmocka_unit_test(test_tcpdump),
        cmocka_unit_test(test_xfrm),
        cmocka_unit_test(test_xfrm_round_trip),
        cmocka_unit_test(test_tshark_decrypts),
        cmocka_unit_test(test_tcpdump_decrypts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
