/* rows: every condition is complete, and what it names exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "catalogue/windows.h"
#include "detect/rows.h"

static unsigned row_count(void)
{
    unsigned count = 0;
    while (condition_registry[count] != NULL)
        count++;
    return count;
}

/* Ends of sentences: a full stop with nothing, or with a blank and a capital or a digit, behind it. */
static unsigned sentences(const char *text)
{
    unsigned count = 0;
    for (const char *at = text; *at; at++)
        count += at[0] == '.' && (at[1] == '\0' || (at[1] == ' ' && at[2] >= 'A' && at[2] <= 'Z'));
    return count;
}

static void assert_prose(const char *name, const char *text)
{
    size_t length = strlen(text);
    assert_true(length > 10);
    for (size_t i = 0; i < length; i++)
        if (text[i] < 0x20 || text[i] > 0x7e || (text[i] == ' ' && text[i + 1] == ' '))
            fail_msg("%s: '%s' at %zu", name, text, i);
    if (text[0] == ' ' || text[length - 1] == ' ')
        fail_msg("%s: '%s' begins or ends with a blank", name, text);
}

static void assert_list(const char *name, const char *const *list, unsigned least)
{
    unsigned count = 0;
    assert_non_null(list);
    for (; list[count] != NULL; count++) {
        assert_prose(name, list[count]);
        if (list[count][strlen(list[count]) - 1] != '.' && list[count][strlen(list[count]) - 1] != ')')
            fail_msg("%s: '%s' is no sentence", name, list[count]);
        for (unsigned other = 0; other < count; other++)
            assert_string_not_equal(list[other], list[count]);
    }
    if (count < least)
        fail_msg("%s: %u entries, %u wanted", name, count, least);
}

static void test_every_row_is_complete(void **state)
{
    (void)state;
    for (unsigned i = 0; condition_registry[i] != NULL; i++) {
        const struct condition *row = condition_registry[i];
        assert_non_null(row->name);
        assert_non_null(row->title);
        if (strncmp(row->name, "dosp-", 5) != 0) /* no RFC knows that feature */
            assert_non_null(row->rfc);
        assert_non_null(row->meaning);
        assert_non_null(row->decide);
        assert_prose(row->name, row->title);
        assert_true(row->title[strlen(row->title) - 1] != '.');
        assert_prose(row->name, row->meaning);
        if (sentences(row->meaning) < 2)
            fail_msg("%s: the meaning has fewer than two sentences", row->name);
        assert_list(row->name, row->causes, 2);
        assert_list(row->name, row->remedies, 1);
        assert_true(row->severity <= SEVERITY_ERROR);
        assert_true(row->counter < COUNTER_COUNT);
        assert_true(row->events != 0 && row->events < 1u << EVENT_COUNT);
        if (row->events & 1u << EVENT_VERDICT)
            assert_true(row->verdicts != 0 && row->verdicts < 1u << VERDICT_COUNT);
        else
            assert_int_equal(row->verdicts, 0);
    }
}

static void test_names_are_unique_kebab_case(void **state)
{
    (void)state;
    for (unsigned i = 0; condition_registry[i] != NULL; i++) {
        const char *name = condition_registry[i]->name;
        size_t length = strlen(name);
        assert_true(length > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length);
        assert_true(name[0] != '-' && name[length - 1] != '-' && strstr(name, "--") == NULL);
        assert_ptr_equal(condition_find(name, length), condition_registry[i]);
        assert_null(condition_find(name, length - 1));
    }
    assert_null(condition_find("", 0));
}

static void test_they_find_room(void **state)
{
    (void)state;
    assert_in_range(row_count(), 27, CONDITIONS_MAX - 1);
}

static void test_windows_codes_exist(void **state)
{
    (void)state;
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        if (condition_registry[i]->windows != 0 && windows_error_find(condition_registry[i]->windows) == NULL)
            fail_msg("%s: no such code: %u", condition_registry[i]->name, condition_registry[i]->windows);
}

/* What a packet's verdict says and what its finding says are the same code and counter. */
static void test_refusing_verdicts_have_one_row(void **state)
{
    (void)state;
    static const enum verdict refusing[] = {
        VERDICT_HEADER_INVALID, VERDICT_UNKNOWN_SPI, VERDICT_NOT_READY, VERDICT_WRONG_ENCAPSULATION, VERDICT_TOO_OLD,
        VERDICT_REPLAYED,       VERDICT_EXPIRED,     VERDICT_TOO_SHORT, VERDICT_MISALIGNED,          VERDICT_INTEGRITY_FAILED,
        VERDICT_TRAILER_INVALID, VERDICT_INNER_INVALID, VERDICT_SELECTOR_MISMATCH, VERDICT_CLEAR_TEXT, VERDICT_BLOCKED
    };
    for (size_t i = 0; i < sizeof refusing / sizeof refusing[0]; i++) {
        const struct verdict_row *verdict = verdict_row(refusing[i]);
        unsigned rows = 0;
        assert_true(verdict->refused);
        for (unsigned k = 0; condition_registry[k] != NULL; k++) {
            const struct condition *row = condition_registry[k];
            if (!(row->events & 1u << EVENT_VERDICT) || !(row->verdicts & 1u << refusing[i]))
                continue;
            rows++;
            assert_string_equal(row->name, verdict->name);
            assert_int_equal(row->windows, verdict->windows);
            assert_int_equal(row->counter, verdict->counter);
        }
        if (rows != 1)
            fail_msg("%s: %u rows", verdict->name, rows);
    }
}

/* Nobody is woken by the healthy packet. */
static void test_no_row_listens_to_accepted_packets(void **state)
{
    (void)state;
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        assert_false(condition_registry[i]->verdicts & 1u << VERDICT_ACCEPTED);
}

static void test_each_event_has_a_listener(void **state)
{
    (void)state;
    uint32_t events = 0;
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        events |= condition_registry[i]->events;
    assert_int_equal(events, (1u << EVENT_COUNT) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_complete),
        cmocka_unit_test(test_names_are_unique_kebab_case),
        cmocka_unit_test(test_they_find_room),
        cmocka_unit_test(test_windows_codes_exist),
        cmocka_unit_test(test_refusing_verdicts_have_one_row),
        cmocka_unit_test(test_no_row_listens_to_accepted_packets),
        cmocka_unit_test(test_each_event_has_a_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
