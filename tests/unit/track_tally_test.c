/* tally: counters beside refused packets: what is explained, what is unseen, and what must not be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "track/tally.h"

#define SECOND ((int64_t)1000000000)

struct stage {
    struct tally tally;
    uint64_t values[COUNTER_COUNT];
    struct tally_drop drops[8];
    unsigned count;
    int64_t now_ns;
};

static void take(void *context, const struct event *event)
{
    struct stage *stage = context;
    assert_int_equal(event->kind, EVENT_UNSEEN);
    assert_true(stage->count < 8);
    stage->drops[stage->count++] = *event->drop;
}

/* The host has counted before. */
static void start(struct stage *stage)
{
    memset(stage, 0, sizeof *stage);
    stage->values[COUNTER_IN_NO_STATES] = 100;
    stage->now_ns = 1000 * SECOND;
    tally_begin(&stage->tally, stage->values, stage->now_ns);
}

static void read_again(struct stage *stage)
{
    stage->now_ns += SECOND;
    tally_read(&stage->tally, stage->values, stage->now_ns);
}

static void sample(struct stage *stage)
{
    read_again(stage);
    tally_sample(&stage->tally, stage->now_ns);
}

static unsigned settle(struct stage *stage)
{
    const struct event_sink sink = { stage, take };
    stage->count = 0;
    read_again(stage);
    tally_settle(&stage->tally, &sink);
    return stage->count;
}

static void test_nothing_rose(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
    assert_int_equal(tally_rose(&stage.tally, COUNTER_IN_NO_STATES), 0);
    assert_int_equal(tally_credit(&stage.tally, COUNTER_IN_NO_STATES), 0);
}

static void test_each_packet_takes_one(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    stage.values[COUNTER_IN_NO_STATES] += 2;
    sample(&stage);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(tally_credit(&stage.tally, COUNTER_IN_NO_STATES), 2 - i);
        tally_explain(&stage.tally, COUNTER_IN_NO_STATES, 1000 * SECOND);
    }
    assert_int_equal(tally_credit(&stage.tally, COUNTER_IN_NO_STATES), 0);
    assert_int_equal(settle(&stage), 0);
}

static void test_what_is_left_is_unseen(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    stage.values[COUNTER_IN_NO_STATES] += 7;
    stage.values[COUNTER_OUT_NO_STATES] += 2;
    sample(&stage);
    for (unsigned i = 0; i < 4; i++)
        tally_explain(&stage.tally, COUNTER_IN_NO_STATES, 1000 * SECOND);
    assert_int_equal(settle(&stage), 2);
    assert_int_equal(stage.drops[0].counter, COUNTER_IN_NO_STATES);
    assert_int_equal(stage.drops[0].count, 3);
    assert_true(stage.drops[0].from_ns == 1000 * SECOND && stage.drops[0].to_ns == 1001 * SECOND);
    assert_int_equal(stage.drops[1].counter, COUNTER_OUT_NO_STATES);
    assert_int_equal(stage.drops[1].count, 2);
    /* for good: told once, and no later packet finds credit there */
    assert_int_equal(tally_credit(&stage.tally, COUNTER_IN_NO_STATES), 0);
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
}

/* Packets that came behind the sample were counted behind it, too: they neither hide what is unseen nor make anything so. */
static void test_traffic_behind_the_sample(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    stage.values[COUNTER_IN_NO_STATES] += 3;
    sample(&stage);
    stage.values[COUNTER_IN_NO_STATES] += 50;
    read_again(&stage);
    for (unsigned i = 0; i < 50; i++)
        tally_explain(&stage.tally, COUNTER_IN_NO_STATES, stage.now_ns);
    assert_int_equal(settle(&stage), 1);
    assert_int_equal(stage.drops[0].count, 3);
    assert_int_equal(tally_credit(&stage.tally, COUNTER_IN_NO_STATES), 0);
    /* one that came before the sample and was counted behind it */
    sample(&stage);
    stage.values[COUNTER_IN_NO_STATES] += 1;
    read_again(&stage);
    tally_explain(&stage.tally, COUNTER_IN_NO_STATES, stage.now_ns - 5 * SECOND);
    assert_int_equal(settle(&stage), 0);
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
}

static void test_packets_in_doubt_excuse(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    tally_doubt(&stage.tally);
    tally_doubt(&stage.tally);
    stage.values[COUNTER_IN_NO_STATES] += 3;
    stage.values[COUNTER_OUT_NO_STATES] += 1;
    sample(&stage);
    assert_int_equal(settle(&stage), 2);
    assert_int_equal(stage.drops[0].count, 1);
    assert_int_equal(stage.drops[1].counter, COUNTER_OUT_NO_STATES); /* no packet that came is in doubt about these */
    /* of the next sample as well, and not of the one after */
    tally_doubt(&stage.tally);
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
    stage.values[COUNTER_IN_NO_STATES] += 1;
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
    stage.values[COUNTER_IN_NO_STATES] += 1;
    sample(&stage);
    assert_int_equal(settle(&stage), 1);
}

static void test_changes_of_policies_excuse_theirs(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    tally_policies_changed(&stage.tally);
    stage.values[COUNTER_IN_TMPL_MISMATCH] += 5;
    stage.values[COUNTER_IN_NO_STATES] += 1;
    sample(&stage);
    assert_int_equal(settle(&stage), 1);
    assert_int_equal(stage.drops[0].counter, COUNTER_IN_NO_STATES);
    for (unsigned i = 0; i < 2; i++) {
        stage.values[COUNTER_IN_POL_BLOCK] += 1;
        sample(&stage);
        assert_int_equal(settle(&stage), i);
    }
}

static void test_undecided_are_told_of(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    for (unsigned i = 0; i < 4; i++)
        tally_undecided(&stage.tally);
    stage.values[COUNTER_IN_STATE_PROTO_ERROR] += 1;
    sample(&stage);
    /* it may be one of those, so it is no other packet's reason */
    assert_int_equal(tally_other(&stage.tally), COUNTER_NONE);
    assert_int_equal(settle(&stage), 1);
    assert_int_equal(stage.drops[0].undecided, 4);
}

static void test_other(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    assert_int_equal(tally_other(&stage.tally), COUNTER_NONE);
    stage.values[COUNTER_OUT_NO_STATES] += 1; /* no packet that came raises it */
    stage.values[COUNTER_FWD_HDR_ERROR] += 1;
    stage.values[COUNTER_IN_STATE_INVALID] += 1;
    read_again(&stage);
    assert_int_equal(tally_other(&stage.tally), COUNTER_IN_STATE_INVALID);
    stage.values[COUNTER_ACQUIRE_ERROR] += 1;
    read_again(&stage);
    assert_int_equal(tally_other(&stage.tally), COUNTER_NONE);
}

/* It cannot happen, and must do no harm. */
static void test_counter_that_falls(void **state)
{
    (void)state;
    struct stage stage;
    start(&stage);
    stage.values[COUNTER_IN_NO_STATES] = 3;
    sample(&stage);
    assert_int_equal(settle(&stage), 0);
    assert_int_equal(tally_rose(&stage.tally, COUNTER_IN_NO_STATES), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_rose), cmocka_unit_test(test_each_packet_takes_one), cmocka_unit_test(test_what_is_left_is_unseen),
        cmocka_unit_test(test_traffic_behind_the_sample), cmocka_unit_test(test_packets_in_doubt_excuse),
        cmocka_unit_test(test_changes_of_policies_excuse_theirs), cmocka_unit_test(test_undecided_are_told_of), cmocka_unit_test(test_other),
        cmocka_unit_test(test_counter_that_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
