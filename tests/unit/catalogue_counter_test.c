/* The Linux counters against a real /proc/net/xfrm_stat (Linux 6.18, all counters). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/counter.h"
#include "catalogue/windows.h"

static void order_of_the_kernel(void **state)
{
    (void)state;
    FILE *file = fopen("tests/data/catalogue/xfrm_stat.txt", "r");
    assert_non_null(file);
    char line[128];
    unsigned counter = COUNTER_NONE;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, " \t")] = '\0';
        assert_true(++counter < COUNTER_COUNT);
        assert_string_equal(counter_name((enum counter)counter), line);
        assert_int_equal(counter_find(line, strlen(line)), counter);
    }
    fclose(file);
    assert_int_equal(counter + 1, COUNTER_COUNT);
}

static void rows_are_complete(void **state)
{
    (void)state;
    assert_null(counter_name(COUNTER_NONE));
    assert_null(counter_name(COUNTER_COUNT));
    assert_null(counter_name((enum counter)1000));
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        const struct counter_row *row = &counter_rows[i];
        assert_non_null(row->meaning);
        assert_non_null(row->raised);
        assert_int_equal(row->meaning[strlen(row->meaning) - 1], '.');
        assert_int_equal(row->raised[strlen(row->raised) - 1], '.');
        assert_null(strstr(row->meaning, "  "));
        assert_null(strstr(row->raised, "  "));
        assert_true(row->windows == 0 || windows_error_find(row->windows));
        for (unsigned j = COUNTER_NONE + 1; j < COUNTER_COUNT; j++)
            assert_true(i == j || strcmp(row->meaning, counter_rows[j].meaning) != 0);
    }
}

static void codes_of_windows(void **state)
{
    (void)state;
    assert_int_equal(counter_rows[COUNTER_IN_NO_STATES].windows, 13910);
    assert_int_equal(counter_rows[COUNTER_ACQUIRE_ERROR].windows, 13910);
    assert_int_equal(counter_rows[COUNTER_IN_STATE_EXPIRED].windows, 13911);
    assert_int_equal(counter_rows[COUNTER_IN_STATE_MISMATCH].windows, 13912);
    assert_int_equal(counter_rows[COUNTER_IN_STATE_SEQ_ERROR].windows, 13913);
    assert_int_equal(counter_rows[COUNTER_IN_HDR_ERROR].windows, 13914);
    assert_int_equal(counter_rows[COUNTER_IN_STATE_MODE_ERROR].windows, 13914);
    assert_int_equal(counter_rows[COUNTER_IN_STATE_PROTO_ERROR].windows, 0); /* 13914, 13915 or a dummy packet */
    assert_int_equal(counter_rows[COUNTER_IN_TMPL_MISMATCH].windows, 0);     /* 13912 or 13916 */
    for (unsigned i = COUNTER_OUT_ERROR; i <= COUNTER_OUT_POL_ERROR; i++)
        assert_int_equal(counter_rows[i].windows, 0); /* the Windows codes are the receiver's */
}

static void find(void **state)
{
    (void)state;
    assert_int_equal(counter_find("xfrminnostates", 14), COUNTER_IN_NO_STATES);
    assert_int_equal(counter_find("XFRMINNOSTATES and more", 14), COUNTER_IN_NO_STATES);
    assert_int_equal(counter_find("XfrmInNoStates", 13), COUNTER_NONE);
    assert_int_equal(counter_find("XfrmIn", 6), COUNTER_NONE);
    assert_int_equal(counter_find("", 0), COUNTER_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_the_kernel),
        cmocka_unit_test(rows_are_complete),
        cmocka_unit_test(codes_of_windows),
        cmocka_unit_test(find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
