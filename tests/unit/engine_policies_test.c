/* policies: the kernel's, as they come and go, and packets judged by those of their time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/kernel.h"

#define MS ((int64_t)1000000)

static struct esplain esplain;
static struct kernel_policies policies;

static int begin(void **state)
{
    (void)state;
    struct error error;
    memset(&esplain, 0, sizeof esplain);
    memset(&policies, 0, sizeof policies);
    esplain.table = sa_table_create(&error);
    esplain.spd = spd_create();
    return esplain.table == NULL || esplain.spd == NULL;
}

static int end(void **state)
{
    (void)state;
    kernel_policies_free(&policies);
    spd_destroy(esplain.spd);
    sa_table_destroy(esplain.table);
    return 0;
}

/* Blocks what goes to host `last`, or speaks of no packet that is asked for. */
static void announce(enum sa_event event, uint32_t index, uint8_t last)
{
    struct policy_record record;
    memset(&record, 0, sizeof record);
    record.event = (uint8_t)event;
    record.policy.index = index;
    record.policy.direction = POLICY_IN;
    record.policy.block = true;
    record.policy.selector.src = (struct prefix){ addr_ip4((const uint8_t[4]){ 0 }), 0 };
    record.policy.selector.dst = (struct prefix){ addr_ip4((const uint8_t[4]){ 10, 0, 0, last }), 32 };
    kernel_policies_take(&policies, &record);
}

static void use(int64_t from_ns, int64_t sure_ns)
{
    assert_true(policies.changed);
    assert_true(kernel_policies_use(&policies, &esplain, from_ns, sure_ns));
    assert_false(policies.changed);
}

static enum verdict check(int64_t time_ns, uint8_t last)
{
    struct spd_flow flow = { .src = addr_ip4((const uint8_t[4]){ 10, 9, 9, 9 }), .dst = addr_ip4((const uint8_t[4]){ 10, 0, 0, last }), .proto = 17 };
    struct spd_path none = { .count = 0 };
    struct judgement judgement = { .verdict = VERDICT_ACCEPTED, .certainty = CERTAINTY_CERTAIN, .sa = SADB_NONE, .near = SADB_NONE };
    bool passes = kernel_policies_check(&policies, esplain.spd, time_ns, &flow, &none, true, &judgement);
    assert_int_equal(passes, judgement.verdict == VERDICT_ACCEPTED);
    assert_int_equal(judgement.verdict == VERDICT_UNJUDGED, judgement.cause == CAUSE_POLICY_CHANGED);
    return judgement.verdict;
}

static void test_each_by_its_time(void **state)
{
    (void)state;
    announce(SA_EVENT_ADD, 1, 2);
    use(100 * MS, 150 * MS);
    announce(SA_EVENT_DELETE, 1, 2);
    use(300 * MS, 350 * MS);
    assert_int_equal(check(99 * MS, 2), VERDICT_ACCEPTED);
    assert_int_equal(check(100 * MS, 2), VERDICT_UNJUDGED);
    assert_int_equal(check(149 * MS, 2), VERDICT_UNJUDGED);
    assert_int_equal(check(150 * MS, 2), VERDICT_BLOCKED);
    assert_int_equal(check(299 * MS, 2), VERDICT_BLOCKED);
    assert_int_equal(check(320 * MS, 2), VERDICT_UNJUDGED);
    assert_int_equal(check(350 * MS, 2), VERDICT_ACCEPTED);
    /* what both say is no doubt */
    assert_int_equal(check(120 * MS, 3), VERDICT_ACCEPTED);
}

static void test_changes_that_overlap(void **state)
{
    (void)state;
    announce(SA_EVENT_ADD, 1, 2);
    use(100 * MS, 150 * MS);
    announce(SA_EVENT_ADD, 2, 3);
    use(140 * MS, 200 * MS);
    assert_int_equal(check(145 * MS, 2), VERDICT_UNJUDGED);
    assert_int_equal(check(160 * MS, 2), VERDICT_BLOCKED);
    assert_int_equal(check(160 * MS, 3), VERDICT_UNJUDGED);
    assert_int_equal(check(145 * MS, 3), VERDICT_UNJUDGED);
    assert_int_equal(check(90 * MS, 3), VERDICT_ACCEPTED);
}

/* An update with another selector under the same index is another policy; one with the same is none. */
static void test_updates(void **state)
{
    (void)state;
    announce(SA_EVENT_ADD, 1, 2);
    use(100 * MS, 100 * MS);
    announce(SA_EVENT_UPDATE, 1, 2);
    assert_false(policies.changed);
    announce(SA_EVENT_UPDATE, 1, 3);
    use(200 * MS, 200 * MS);
    assert_int_equal(check(150 * MS, 2), VERDICT_BLOCKED);
    assert_int_equal(check(150 * MS, 3), VERDICT_ACCEPTED);
    assert_int_equal(check(250 * MS, 2), VERDICT_ACCEPTED);
    assert_int_equal(check(250 * MS, 3), VERDICT_BLOCKED);
    announce(SA_EVENT_FLUSH, 0, 0);
    use(300 * MS, 300 * MS);
    assert_null(kernel_policies_at(&policies, 0));
    assert_int_equal(check(250 * MS, 3), VERDICT_BLOCKED);
    assert_int_equal(check(300 * MS, 3), VERDICT_ACCEPTED);
}

/* More changes than are remembered, all of them lately: the oldest times stay as they were, the latest run together, and none is wrong. */
static void test_bound(void **state)
{
    (void)state;
    enum { CHANGES = 3 * KERNEL_PAST_MAX };
    for (unsigned i = 1; i <= CHANGES; i++) {
        announce(i % 2 ? SA_EVENT_ADD : SA_EVENT_DELETE, 1, 2);
        use((int64_t)i * 100 * MS, (int64_t)i * 100 * MS + 10 * MS);
        assert_true(policies.past_count <= KERNEL_PAST_MAX);
    }
    for (unsigned i = 1; i <= CHANGES; i++) {
        enum verdict truth = i % 2 ? VERDICT_BLOCKED : VERDICT_ACCEPTED, said = check((int64_t)i * 100 * MS + 50 * MS, 2);
        if (said != VERDICT_UNJUDGED || i < KERNEL_PAST_MAX || i == CHANGES)
            assert_int_equal(said, truth);
    }
    /* much later the past is forgotten */
    announce(SA_EVENT_ADD, 7, 7);
    use(100000 * MS, 100000 * MS);
    assert_int_equal(policies.past_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_by_its_time, begin, end), cmocka_unit_test_setup_teardown(test_changes_that_overlap, begin, end),
        cmocka_unit_test_setup_teardown(test_updates, begin, end), cmocka_unit_test_setup_teardown(test_bound, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
