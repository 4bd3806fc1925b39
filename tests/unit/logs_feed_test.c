/* feed and wide: lines of any length and encoding, whatever the pieces in which they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "logs/feed.h"
#include "logs/wide.h"

static struct feed *over(const void *bytes, size_t length)
{
    struct error error = { "" };
    struct feed *feed = feed_open_memory(bytes, length, &error);
    assert_non_null(feed);
    return feed;
}

static void next_is(struct feed *feed, uint32_t number, const char *text)
{
    struct span line;
    bool cut;
    assert_int_equal(feed_number(feed), number);
    assert_true(feed_line(feed, &line, &cut));
    assert_true(span_is(line, text));
    assert_false(cut);
}

static void lines_and_their_numbers(void **state)
{
    (void)state;
    static const char text[] = "one\r\n\n  three \nfour";
    struct feed *feed = over(text, strlen(text));
    struct span line, ahead;
    bool cut;
    ahead = feed_peek(feed, 3);
    assert_true(ahead.length >= 3 && memcmp(ahead.at, "one", 3) == 0);
    next_is(feed, 1, "one");
    next_is(feed, 2, "");
    assert_true(feed_peek(feed, 8).length >= 8);
    feed_skip(feed, 2);
    next_is(feed, 3, "three ");
    next_is(feed, 4, "four");
    assert_false(feed_line(feed, &line, &cut));
    assert_int_equal(feed_peek(feed, 1).length, 0);
    feed_close(feed);
    feed = over("a\nb\nc\n", 6);
    feed_skip(feed, feed_peek(feed, 4).length < 4 ? 0 : 4);
    next_is(feed, 3, "c");
    assert_false(feed_line(feed, &line, &cut));
    feed_close(feed);
    feed_close(NULL);
}

/* A line around each length that matters, then one that must be found again. */
static void long_lines_are_cut(void **state)
{
    (void)state;
    static const size_t lengths[] = { 4095, 4096, 4097, FEED_LINE_MAX - 1, FEED_LINE_MAX, FEED_LINE_MAX + 1, 2 * FEED_LINE_MAX, 5 * FEED_LINE_MAX + 17 };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *text = malloc(lengths[i] + 8);
        struct span line;
        bool cut;
        assert_non_null(text);
        memset(text, 'x', lengths[i]);
        memcpy(text + lengths[i], "\nnext\n", 6);
        struct feed *feed = over(text, lengths[i] + 6);
        assert_true(feed_line(feed, &line, &cut));
        assert_int_equal(line.length, lengths[i] < FEED_LINE_MAX ? lengths[i] : FEED_LINE_MAX);
        assert_int_equal(cut, lengths[i] > FEED_LINE_MAX);
        assert_true(feed_line(feed, &line, &cut));
        assert_true(span_is(line, "next"));
        assert_false(feed_line(feed, &line, &cut));
        feed_close(feed);
        free(text);
    }
}

/* "Aé€😀\n" twice, as UTF-16 of either order, with a mark and (first character ASCII) without. */
static void utf_16(void **state)
{
    (void)state;
    static const uint16_t units[] = { 'A', 0xe9, 0x20ac, 0xd83d, 0xde00, '\n', 'B', '\n' };
    for (unsigned way = 0; way < 4; way++) {
        uint8_t bytes[64];
        size_t length = 0;
        if (way & 1) {
            bytes[length++] = way & 2 ? 0xfe : 0xff;
            bytes[length++] = way & 2 ? 0xff : 0xfe;
        } else {
            bytes[length++] = way & 2 ? 0 : ' '; /* so that zeros stand where they do in ASCII */
            bytes[length++] = way & 2 ? ' ' : 0;
        }
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
            bytes[length++] = (uint8_t)(way & 2 ? units[i] >> 8 : units[i]);
            bytes[length++] = (uint8_t)(way & 2 ? units[i] : units[i] >> 8);
        }
        struct feed *feed = over(bytes, length);
        next_is(feed, 1, way & 1 ? "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" : " A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
        next_is(feed, 2, "B");
        feed_close(feed);
    }
    struct feed *feed = over("\xef\xbb\xbfplain\n", 9);
    next_is(feed, 1, "plain");
    feed_close(feed);
}

/* The same in pieces of every size; half surrogates and half units become U+FFFD or wait. */
static void wide_in_pieces(void **state)
{
    (void)state;
    static const uint8_t raw[] = { 0xff, 0xfe, 'a', 0, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8, 'b', 0, 0x00, 0xde, 0xe9, 0x00, 0xff, 0xff };
    static const char wanted[] = "a\xf0\x9f\x98\x80\xef\xbf\xbd" "b\xef\xbf\xbd\xc3\xa9\xef\xbf\xbf";
    for (size_t piece = 1; piece <= sizeof raw; piece++) {
        struct wide wide;
        char text[sizeof raw * WIDE_GROWTH + 6 * sizeof raw];
        size_t length = 0;
        wide_recognise(&wide, raw, sizeof raw);
        assert_true(wide.wide && !wide.big);
        for (size_t at = 0; at < sizeof raw; at += piece) {
            size_t now = sizeof raw - at < piece ? sizeof raw - at : piece, more = wide_convert(&wide, raw + at, now, text + length);
            assert_true(more <= now * WIDE_GROWTH + 6);
            length += more;
        }
        assert_int_equal(length, strlen(wanted));
        assert_memory_equal(text, wanted, length);
    }
    struct wide wide;
    for (size_t length = 0; length < 4; length++) {
        wide_recognise(&wide, (const uint8_t *)"abc", length < 3 ? length : 3);
        assert_false(wide.wide || wide.skip);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_their_numbers), cmocka_unit_test(long_lines_are_cut), cmocka_unit_test(utf_16), cmocka_unit_test(wide_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
