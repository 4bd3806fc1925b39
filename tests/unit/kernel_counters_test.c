/* kernel_counters_test: /proc/net/xfrm_stat as kernels 6.1 and later show it, and any other bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "kernel/counters.h"

static const char shown[] = "XfrmInError             \t0\nXfrmInNoStates          \t12\nXfrmInStateProtoError   \t3\n"
                            "XfrmAcquireError        \t18446744073709551609\nXfrmInNothingYet\t5\nnoise\nXfrmInStateSeqError\t7x\nXfrmFwdHdrError\t1";

static void test_values(void **state)
{
    (void)state;
    struct counter_values values;
    assert_true(counters_parse(shown, strlen(shown), &values));
    assert_int_equal(values.value[COUNTER_IN_NO_STATES], 12);
    assert_int_equal(values.value[COUNTER_IN_STATE_PROTO_ERROR], 3);
    assert_int_equal(values.value[COUNTER_IN_STATE_SEQ_ERROR], 0);
    assert_int_equal(values.value[COUNTER_FWD_HDR_ERROR], 1);
    assert_int_equal(values.unknown, 5);
}

static void test_nothing(void **state)
{
    (void)state;
    struct counter_values values;
    assert_false(counters_parse("", 0, &values));
    assert_false(counters_parse("Xfrm 1\nXfrmInError\nXfrmInError \n", 31, &values));
}

static void test_truncated(void **state)
{
    (void)state;
    struct counter_values values;
    for (size_t length = 0; length <= strlen(shown); length++) {
        char *exact = malloc(length ? length : 1);
        memcpy(exact, shown, length);
        (void)counters_parse(exact, length, &values);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values), cmocka_unit_test(test_nothing), cmocka_unit_test(test_truncated) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
