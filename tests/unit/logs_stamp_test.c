/* stamp: times as logs write them; what is not told stays untold, and what no time is stays where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "logs/stamp.h"

/* Moments by `date -u`; a year that is not told is DROP_YEAR. */
static const struct {
    const char *text, *time, *rest;
    bool zoned, dated;
} times[] = {
    { "2026-11-21T09:02:26Z x", "2026-11-21T09:02:26.000000000Z", " x", true, true },
    { "2026-11-21T09:02:26.687103300Z", "2026-11-21T09:02:26.687103300Z", "", true, true },
    { "2026-11-21T09:02:26,25+01:00 x", "2026-11-21T08:02:26.250000000Z", " x", true, true },
    { "2026-11-21 09:02:26-0730", "2026-11-21T16:32:26.000000000Z", "", true, true },
    { "2026-11-21 09:02:26 gw", "2026-11-21T09:02:26.000000000Z", " gw", false, true },
    { "2026-11-21 09:02:26 UTC: x", "2026-11-21T09:02:26.000000000Z", ": x", true, true },
    { "Nov 21 09:02:26 gw", "1972-11-21T09:02:26.000000000Z", " gw", false, false },
    { "Feb 29 23:59:59 gw", "1972-02-29T23:59:59.000000000Z", " gw", false, false },
    { "Nov  1 09:02:26.058: %X", "1972-11-01T09:02:26.058000000Z", ": %X", false, false },
    { "Nov 21 2026 09:02:26: x", "2026-11-21T09:02:26.000000000Z", ": x", false, true },
    { "2026 Nov 21 09:02:26 x", "2026-11-21T09:02:26.000000000Z", " x", false, true },
    { "21 Nov 2026 09:02:26 x", "2026-11-21T09:02:26.000000000Z", " x", false, true },
    { "Sat Nov 21 09:02:26 2026 x", "2026-11-21T09:02:26.000000000Z", " x", false, true },
    { "Nov 21 09:02:26 UTC x", "1972-11-21T09:02:26.000000000Z", " x", true, false },
    { "11/21/2026 9:02:26 AM", "2026-11-21T09:02:26.000000000Z", "", false, true },
    { "11/21/2026 9:02:26 PM x", "2026-11-21T21:02:26.000000000Z", " x", false, true },
    { "1/2/2026 12:02:26 AM", "2026-01-02T00:02:26.000000000Z", "", false, true },
    { "1/2/2026 12:02:26 PM", "2026-01-02T12:02:26.000000000Z", "", false, true },
    { "21.11.2026 09:02:26", "2026-11-21T09:02:26.000000000Z", "", false, true },
    { "02.01.2026 09:02:26", "2026-01-02T09:02:26.000000000Z", "", false, true },
    { "21/11/2026 09:02:26", "2026-11-21T09:02:26.000000000Z", "", false, true },
    { "2028-02-29T09:02:26Z", "2028-02-29T09:02:26.000000000Z", "", true, true },
    { "2026/11/21 09:02:26 x", "2026-11-21T09:02:26.000000000Z", " x", false, true },
};

static void every_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct span rest = { times[i].text, strlen(times[i].text) };
        struct drop_time time = { 0 };
        char chars[STAMP_TEXT_MAX];
        if (!stamp_take(&rest, &time))
            fail_msg("not taken: %s", times[i].text);
        stamp_print(time.ns, chars);
        assert_string_equal(chars, times[i].time);
        assert_true(span_is(rest, times[i].rest));
        assert_true(time.known && time.zoned == times[i].zoned && time.dated == times[i].dated);
    }
}

/* Every beginning of each: taken whole or in part, never more than there is. */
static void every_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        for (size_t length = 0; length < strlen(times[i].text); length++) {
            char exact[64];
            struct drop_time time;
            memset(exact, '9', sizeof exact);
            memcpy(exact, times[i].text, length);
            struct span rest = { exact, length };
            if (stamp_take(&rest, &time))
                assert_true(rest.at > exact && rest.at + rest.length <= exact + length);
            else
                assert_true(rest.at == exact && rest.length == length);
        }
}

static void no_times(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "x", "2026", "2026-13-21T09:02:26Z", "2026-11-31T09:02:26Z", "2026-02-29T09:02:26Z", "1900-02-29T09:02:26Z", "2026-11-21T24:02:26Z", "2026-11-21", "Nov", "Nov 21", "Nov 31 09:02:26 x",
        "Nox 21 09:02:26", "Nov 0 09:02:26", "1/2/2026 09:02:26", "13/13/2026 09:02:26", "11/21/26 9:02:26 AM", "192.0.2.1 is an address", "1.2.3 x",
        "09:02:26", "31.02.2026 09:02:26", "1969-01-01 00:00:00", "9999-01-01 00:00:00",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct span rest = { texts[i], strlen(texts[i]) };
        struct drop_time time;
        if (stamp_take(&rest, &time))
            fail_msg("taken: %s", texts[i]);
        assert_true(rest.at == texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_shape), cmocka_unit_test(every_beginning), cmocka_unit_test(no_times) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
