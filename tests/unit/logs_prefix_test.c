/* prefix: what stands before a message (RFC 3164, RFC 5424, routers, relays), and messages that have nothing before them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "logs/prefix.h"

/* The examples of RFC 5424 6.5 are among them; lines of routers are those of facts/reports.md section 6. */
static const struct {
    const char *whole, *text, *host, *program, *time;
} lines[] = {
    { "Nov 21 09:02:26 gw charon[812]: a message", "a message", "gw", "charon", "1972-11-21T09:02:26.000000000Z" },
    { "<34>Oct 11 22:14:15 mymachine su: 'su root' failed", "'su root' failed", "mymachine", "su", "1972-10-11T22:14:15.000000000Z" },
    { "2026-11-21T09:02:26.612+01:00 gw kernel: [  12.3] x", "[  12.3] x", "gw", "kernel", "2026-11-21T08:02:26.612000000Z" },
    { "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed", "'su root' failed", "mymachine.example.com", "su",
      "2003-10-11T22:14:15.003000000Z" },
    { "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time", "%% It's time", "192.0.2.1", "myproc",
      "2003-08-24T12:14:15.000003000Z" },
    { "<165>1 2003-10-11T22:14:15.003Z m evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"App]\\\"\"][b@1 c=\"d\"] An event", "An event", "m", "evntslog",
      "2003-10-11T22:14:15.003000000Z" },
    { "<165>1 - - - - - - nothing told", "nothing told", "", "", "" },
    { "*Oct 24 04:31:10.058: %CRYPTO-4-X: decaps", "%CRYPTO-4-X: decaps", "", "", "1972-10-24T04:31:10.058000000Z" },
    { "<0>91: *Oct 07 03:10:04: mydevice.com %CRYPTO-4-X: decaps", "mydevice.com %CRYPTO-4-X: decaps", "", "", "1972-10-07T03:10:04.000000000Z" },
    { "000123: Oct 24 04:31:10.058 UTC: %CRYPTO-4-X: decaps", "%CRYPTO-4-X: decaps", "", "", "1972-10-24T04:31:10.058000000Z" },
    { "Jan 19 2015 20:00:43: %ASA-4-402116: IPSEC: x", "%ASA-4-402116: IPSEC: x", "", "", "2015-01-19T20:00:43.000000000Z" },
    { "Jan 19 2015 20:00:43 fw01 : %ASA-4-402116: IPSEC: x", "fw01 : %ASA-4-402116: IPSEC: x", "", "", "2015-01-19T20:00:43.000000000Z" },
    { "Nov 21 09:02:27 relay 91: *Nov 21 08:02:26.5: %CRYPTO-4-X: y", "%CRYPTO-4-X: y", "relay", "", "1972-11-21T08:02:26.500000000Z" },
    { "no prefix at all: text", "no prefix at all: text", "", "", "" },
    { "type=MAC_IPSEC_EVENT msg=audit(1.5:1): op=x", "type=MAC_IPSEC_EVENT msg=audit(1.5:1): op=x", "", "", "" },
    { "   \t", "", "", "", "" },
    { "<34>", "", "", "", "" },
    { "<3456>Nov 21 09:02:26 gw x: y", "<3456>Nov 21 09:02:26 gw x: y", "", "", "" },
};

static void front_of_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct log_line line = { .whole = { lines[i].whole, strlen(lines[i].whole) } };
        char chars[STAMP_TEXT_MAX] = "";
        prefix_strip(&line);
        if (line.time.known)
            stamp_print(line.time.ns, chars);
        if (!span_is(line.text, lines[i].text) || !span_is(line.host, lines[i].host) || !span_is(line.program, lines[i].program) ||
            strcmp(chars, lines[i].time) != 0)
            fail_msg("%s: text '%.*s', host '%.*s', program '%.*s', time '%s'", lines[i].whole, (int)line.text.length, line.text.at, (int)line.host.length,
                     line.host.at, (int)line.program.length, line.program.at, chars);
    }
}

/* Every beginning, in memory of its very length: what is left is the end of the line. */
static void every_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        for (size_t length = 0; length < strlen(lines[i].whole); length++) {
            char *exact = malloc(length ? length : 1);
            assert_non_null(exact);
            memcpy(exact, lines[i].whole, length);
            struct log_line line = { .whole = { exact, length } };
            prefix_strip(&line);
            assert_true(line.text.length <= length);
            if (line.text.length > 0)
                assert_true(line.text.at + line.text.length <= exact + length);
            free(exact);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(front_of_lines), cmocka_unit_test(every_beginning) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
