/* shrink: every set of needed members is found, whatever its place; what is said to be 1-minimal is; the bound is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/shrink.h"

#define MEMBERS 4096u

struct need {
    uint32_t members[8];
    uint32_t count;
    uint32_t least;  /* so many of any members are needed, besides */
    uint32_t tests, most;
};

static enum shrink_answer holds(void *context, const uint32_t *members, uint32_t count)
{
    struct need *need = context;
    if (need->most > 0 && need->tests == need->most)
        return SHRINK_STOP;
    need->tests++;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(members[i] > members[i - 1]);
        for (uint32_t k = 0; k < need->count; k++)
            found += members[i] == need->members[k];
    }
    return found == need->count && count >= need->least ? SHRINK_PASSES : SHRINK_FAILS;
}

static bool run(struct need *need, uint32_t *members, uint32_t *count)
{
    static uint32_t spare[MEMBERS];
    for (uint32_t i = 0; i < *count; i++)
        members[i] = i;
    return shrink(members, count, spare, holds, need);
}

static void test_only_what_is_needed_stays(void **state)
{
    (void)state;
    static uint32_t members[MEMBERS];
    static const struct need needs[] = {
        { { 0 }, 1, 0, 0, 0 }, { { 0, 99 }, 2, 0, 0, 0 }, { { 49, 50 }, 2, 0, 0, 0 }, { { 3, 31, 32, 64, 97 }, 5, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        for (uint32_t size = 100; size <= MEMBERS; size *= 2) {
            struct need need = needs[i];
            uint32_t count = size;
            assert_true(run(&need, members, &count));
            assert_int_equal(count, need.count);
            assert_memory_equal(members, need.members, count * sizeof *members);
            assert_true(need.tests < 200);
        }
    }
}

static void test_a_number_of_any(void **state)
{
    (void)state;
    uint32_t members[64];
    for (uint32_t least = 1; least <= 64; least++) {
        struct need need = { .least = least };
        uint32_t count = 64;
        assert_true(run(&need, members, &count));
        assert_int_equal(count, least);
    }
}

static void test_one_is_the_least(void **state)
{
    (void)state;
    uint32_t members[64];
    for (uint32_t size = 1; size < 9; size++) {
        struct need need = { .least = 0 };
        uint32_t count = size;
        assert_true(run(&need, members, &count));
        assert_int_equal(count, 1);
    }
}

static void test_the_bound_leaves_what_passed_last(void **state)
{
    (void)state;
    static uint32_t members[MEMBERS];
    for (uint32_t most = 1; most < 60; most++) {
        struct need need = { { 7, 2000, 4000 }, 3, 0, 0, most };
        uint32_t count = MEMBERS;
        bool minimal = run(&need, members, &count);
        need.most = 0;
        assert_int_equal(holds(&need, members, count), SHRINK_PASSES);
        assert_true(!minimal || count == 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_needed_stays),
        cmocka_unit_test(test_a_number_of_any),
        cmocka_unit_test(test_one_is_the_least),
        cmocka_unit_test(test_the_bound_leaves_what_passed_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
