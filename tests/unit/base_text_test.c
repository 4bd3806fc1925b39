/* base_text: escaping for people and for JSON, UTF-8, stamps and spans, growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

static void escaped(const char *bytes, size_t length, const char *wanted)
{
    struct text text = { 0 };
    text_escaped(&text, bytes, length);
    assert_string_equal(text.chars, wanted);
    text_free(&text);
}

static void test_escaped(void **state)
{
    (void)state;
    escaped("plain text 123", 14, "plain text 123");
    escaped("a\x1b[31mb", 7, "a\\x1b[31mb");
    escaped("a\r\n\tb", 5, "a\\x0d\\x0a\\x09b");
    escaped("\x7f\0x", 3, "\\x7f\\x00x");
    escaped("\xc2\x9b" "31m", 5, "\\xc2\\x9b31m");             /* C1 CSI: a terminal obeys it */
    escaped("gr\xc3\xbc\xc3\x9f" "e", 7, "gr\xc3\xbc\xc3\x9f" "e");
    escaped("\xff\xfe", 2, "\\xff\\xfe");
    escaped("\xc3", 1, "\\xc3");                               /* cut in a sequence */
    escaped("\xe2\x82", 2, "\\xe2\\x82");
    escaped("\xc0\xaf", 2, "\\xc0\\xaf");                       /* not the shortest form */
    escaped("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");               /* a surrogate */
}

static void json(const char *bytes, size_t length, const char *wanted)
{
    struct text text = { 0 };
    text_json(&text, bytes, length);
    assert_string_equal(text.chars, wanted);
    text_free(&text);
}

static void test_json(void **state)
{
    (void)state;
    json("", 0, "\"\"");
    json("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    json("\n\t\x01\x7f\0", 5, "\"\\n\\u0009\\u0001\\u007f\\u0000\"");
    json("\xc2\x9b", 2, "\"\\u009b\"");
    json("\xc3\xbc\xf0\x9f\x98\x80", 6, "\"\xc3\xbc\xf0\x9f\x98\x80\"");
    json("\xffx", 2, "\"\xef\xbf\xbdx\"");
}

/* No two bytes make a control character appear, in either kind of escaping. */
static void test_no_control(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++) {
            char bytes[2] = { (char)first, (char)second };
            for (int kind = 0; kind < 2; kind++) {
                struct text text = { 0 };
                (kind ? text_json : text_escaped)(&text, bytes, 2);
                for (size_t i = 0; i < text.length; i++) {
                    assert_true((uint8_t)text.chars[i] >= 0x20 && text.chars[i] != 0x7f);
                    assert_int_not_equal(text_utf8(text.chars + i, text.length - i) == 0 && ((uint8_t)text.chars[i] & 0xc0) != 0x80, 1);
                    assert_false((uint8_t)text.chars[i] == 0xc2 && (uint8_t)text.chars[i + 1] < 0xa0);
                }
                text_free(&text);
            }
        }
}

/* Every code point is one sequence, RFC 3629; anything longer, shorter or beyond is none. */
static void test_utf8(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x110010; code++) {
        uint8_t bytes[4];
        size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        for (size_t i = size; i-- > 1;)
            bytes[i] = (uint8_t)(0x80 | (code >> 6 * (size - 1 - i) & 0x3f));
        bytes[0] = (uint8_t)(heads[size] | code >> 6 * (size - 1));
        bool good = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
        assert_int_equal(text_utf8((const char *)bytes, size), good ? size : 0);
        if (size > 1)
            assert_int_equal(text_utf8((const char *)bytes, size - 1), 0);
    }
}

/* libc's calendar is the other implementation. */
static void test_stamp(void **state)
{
    (void)state;
    srandom(3339);
    char stamp[STAMP_TEXT_MAX], date[40], wanted[80];
    assert_int_equal(stamp_print(1795251996615579000, stamp), 30);
    assert_string_equal(stamp, "2026-11-21T09:06:36.615579000Z");
    stamp_print(-1, stamp);
    assert_string_equal(stamp, "1969-12-31T23:59:59.999999999Z");
    for (unsigned i = 0; i < 200000; i++) {
        int64_t bits = (int64_t)((uint64_t)random() << 40 ^ (uint64_t)random() << 20 ^ (uint64_t)random());
        int64_t time_ns = i == 0 ? INT64_MAX : i == 1 ? INT64_MIN : i % 2 ? bits : -bits;
        int64_t rest = (time_ns % 1000000000 + 1000000000) % 1000000000;
        time_t seconds = (time_t)((time_ns - (time_ns < INT64_MIN + 1000000000 ? 0 : rest)) / 1000000000);
        if (time_ns < INT64_MIN + 1000000000)
            seconds = (time_t)(time_ns / 1000000000 - 1);
        struct tm tm;
        assert_non_null(gmtime_r(&seconds, &tm));
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(wanted, sizeof wanted, "%s.%09lldZ", date, (long long)rest);
        assert_int_equal(stamp_print(time_ns, stamp), strlen(stamp));
        assert_string_equal(stamp, wanted);
    }
}

static void test_span(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        { 0, "0 us" },
        { 999999, "999 us" },
        { 300000, "300 us" },
        { 1500000, "1.5 ms" },
        { 12400000000, "12.4 s" },
        { 320000000000, "5 min 20 s" },
        { 10920000000000, "3 h 2 min" },
        { 349200000000000, "4 d 1 h" },
        { -12400000000, "-12.4 s" },
        { INT64_MAX, "106751 d 23 h" },
        { INT64_MIN, "-106751 d 23 h" },
    };
    char text[SPAN_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(span_print(rows[i].ns, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void test_grows(void **state)
{
    (void)state;
    struct text text = { 0 };
    char *naive = calloc(1, 400000);
    size_t length = 0;
    for (unsigned i = 0; i < 20000; i++) {
        char piece[32];
        int size = snprintf(piece, sizeof piece, "%u;%.*s", i, (int)(i % 7), "abcdefg");
        memcpy(naive + length, piece, (size_t)size);
        length += (size_t)size;
        switch (i % 4) {
        case 0: text_put(&text, piece); break;
        case 1: text_add(&text, piece, (size_t)size); break;
        case 2: text_printf(&text, "%s", piece); break;
        default:
            for (int at = 0; at < size; at++)
                text_char(&text, piece[at]);
        }
        assert_int_equal(text.chars[text.length], 0);
    }
    assert_int_equal(text.length, length);
    assert_memory_equal(text.chars, naive, length);
    text_clear(&text);
    assert_int_equal(text.length, 0);
    assert_string_equal(text.chars, "");
    text_free(&text);
    assert_null(text.chars);
    free(naive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escaped), cmocka_unit_test(test_json),  cmocka_unit_test(test_no_control), cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_stamp),   cmocka_unit_test(test_span),  cmocka_unit_test(test_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
