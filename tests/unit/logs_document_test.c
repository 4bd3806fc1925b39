/* document: JSON objects (RFC 8259), their bounds, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "logs/document.h"

static struct span over(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void values_of_each_kind(void **state)
{
    (void)state;
    static const char text[] = " {\"a\": \"x\\u0000\\\"y\", \"n\": 42, \"s\": \"0x2a\", \"t\": \"42 \", \"neg\": -1, \"f\": 1.5, \"z\": null, \"o\": {\"k\": [1, 255, 2]},"
                               " \"big\": [256], \"neg2\": [-1], \"e\": []}\r\n";
    struct document *document = document_parse(over(text));
    struct span span;
    uint64_t number;
    char bytes[3];
    size_t length;
    assert_non_null(document);
    assert_true(document_text(document_member(document, "a"), &span));
    assert_int_equal(span.length, 4);
    assert_memory_equal(span.at, "x\0\"y", 4);
    assert_true(document_number(document_member(document, "n"), 42, &number) && number == 42);
    assert_false(document_number(document_member(document, "n"), 41, &number));
    assert_true(document_number(document_member(document, "s"), 100, &number) && number == 42);
    assert_false(document_number(document_member(document, "t"), 100, &number));
    assert_false(document_number(document_member(document, "neg"), UINT64_MAX, &number));
    assert_false(document_number(document_member(document, "f"), UINT64_MAX, &number));
    assert_false(document_number(document_member(document, "z"), UINT64_MAX, &number));
    assert_false(document_text(document_member(document, "n"), &span));
    assert_non_null(document_member(document, "z"));
    const struct document *object = document_member(document, "o"), *array = document_member(object, "k");
    assert_true(document_is_object(object) && document_is_array(array) && !document_is_object(array));
    assert_true(document_bytes(array, bytes, sizeof bytes, &length));
    assert_int_equal(length, 3);
    assert_memory_equal(bytes, "\x01\xff\x02", 3);
    assert_false(document_bytes(array, bytes, 2, &length));
    assert_true(document_bytes(document_member(document, "e"), bytes, 0, &length) && length == 0);
    assert_false(document_bytes(document_member(document, "big"), bytes, sizeof bytes, &length));
    assert_false(document_bytes(document_member(document, "neg2"), bytes, sizeof bytes, &length));
    assert_false(document_bytes(document_member(document, "a"), bytes, sizeof bytes, &length));
    assert_null(document_item(array, 3));
    assert_null(document_member(array, "k"));
    assert_null(document_member(document, "nothing"));
    assert_null(document_member(NULL, "a"));
    assert_null(document_item(NULL, 0));
    assert_false(document_text(NULL, &span) || document_number(NULL, 1, &number) || document_bytes(NULL, bytes, 1, &length) || document_is_object(NULL));
    document_free(document);
}

static void what_is_no_object(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "[]", "1", "\"x\"", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":1}}", "{\"a\":1} x", "{\"a\":1}{}", "{\"a\":\"\n\"}",
        "{\"a\":\"\\\"}", "{\"a\":\"\xff\"}", "{\"a\":[1}", "{\"a\":01}", "{a:1}", "{\"a\":NaN}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (document_parse(over(texts[i])))
            fail_msg("taken: %s", texts[i]);
    document_free(NULL);
}

static void extent_by_brackets_alone(void **state)
{
    (void)state;
    assert_int_equal(document_extent(over("{}")), 2);
    assert_int_equal(document_extent(over("{\"a\":\"}\\\"}\",\"b\":[{}]} {}")), 21);
    assert_int_equal(document_extent(over("{\n\t\"a\" : 1\n}\n")), 12);
    assert_int_equal(document_extent(over("{\"a\":1")), 0);
    assert_int_equal(document_extent(over("{[}]")), 0);
    assert_int_equal(document_extent(over("x{}")), 0);
    assert_int_equal(document_extent(over("[]")), 0);
    assert_int_equal(document_extent(over("")), 0);
}

static void depth_and_length_are_bounded(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth < DOCUMENT_DEPTH_MAX + 3; depth++) { /* an object, and arrays inside it */
        char text[256] = "{\"a\":1}";
        if (depth > 1) {
            memcpy(text + 5, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth - 1);
            memcpy(text + 5 + depth - 1, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", depth - 1);
            memcpy(text + 5 + 2 * (depth - 1), "}", 2);
        }
        struct document *document = document_parse(over(text));
        assert_int_equal(document != NULL, depth <= DOCUMENT_DEPTH_MAX);
        document_free(document);
    }
    size_t length = 2u << 20;
    char *deep = malloc(length);
    assert_non_null(deep);
    memset(deep, '[', length);
    memcpy(deep, "{\"a\":", 5);
    assert_null(document_parse((struct span){ deep, length }));
    memset(deep, ' ', length);
    memcpy(deep, "{\"a\":1", 6);
    deep[DOCUMENT_MAX - 1] = '}';
    struct document *document = document_parse((struct span){ deep, DOCUMENT_MAX });
    assert_non_null(document);
    document_free(document);
    deep[DOCUMENT_MAX - 1] = ' ';
    deep[DOCUMENT_MAX] = '}';
    assert_null(document_parse((struct span){ deep, DOCUMENT_MAX + 1 }));
    free(deep);
}

static void every_beginning_is_none(void **state)
{
    (void)state;
    static const char text[] = "{\"MESSAGE\":[37,67],\"a\":{\"b\":[true,false,null,-1.5e3,\"\\ud83d\\ude00\"]}}";
    for (size_t length = 0; length < strlen(text); length++) {
        char *exact = malloc(length ? length : 1); /* a reader beyond the end is seen by the sanitizer */
        assert_non_null(exact);
        memcpy(exact, text, length);
        assert_null(document_parse((struct span){ exact, length }));
        free(exact);
    }
    struct document *document = document_parse(over(text));
    assert_non_null(document);
    document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_each_kind), cmocka_unit_test(what_is_no_object), cmocka_unit_test(extent_by_brackets_alone),
        cmocka_unit_test(depth_and_length_are_bounded), cmocka_unit_test(every_beginning_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
