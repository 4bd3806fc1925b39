/* unseen: what is said of drops that the kernel counted and no capture shows. */
#include "detect_stage.h"

#include "track/tally.h"

static const uint64_t nothing[COUNTER_COUNT];

static void raise_drop(struct stage *stage, enum counter counter, uint64_t count, uint64_t undecided, int64_t from_ns, int64_t to_ns)
{
    const struct tally_drop drop = { .counter = counter, .count = count, .undecided = undecided, .from_ns = from_ns, .to_ns = to_ns };
    struct event event = { .kind = EVENT_UNSEEN, .drop = &drop, .sa = SADB_NONE };
    detect_raise(&stage->detect, &event);
}

static void begin(struct stage *stage, struct tally *tally)
{
    stage_start(stage);
    tally_begin(tally, nothing, 1000 * SECOND);
    stage->detect.tally = tally;
}

static void test_inbound(void **state)
{
    (void)state;
    struct stage stage;
    struct tally tally;
    begin(&stage, &tally);
    tally.rows[COUNTER_IN_NO_STATES] = (struct tally_row){ .last = 9, .explained = 4, .unseen = 5 };
    raise_drop(&stage, COUNTER_IN_NO_STATES, 3, 0, 1000 * SECOND, 1001 * SECOND);
    raise_drop(&stage, COUNTER_IN_NO_STATES, 2, 0, 1002 * SECOND, 1003 * SECOND);
    stage_end(&stage);
    const struct finding *finding = stage_finding(&stage, &condition_kernel_drop_unseen);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    assert_int_equal(finding->count, 5);
    assert_int_equal(finding->windows, 13910);
    assert_int_equal(finding->counter, COUNTER_IN_NO_STATES);
    stage_fact(finding, "rose", 9);
    stage_fact(finding, "explained", 4);
    stage_says(&stage, finding, "Between 1970-01-01T00:16:40Z and 1970-01-01T00:16:43Z the kernel counted 5 drops under XfrmInNoStates");
    stage_says(&stage, finding, "it rose by 9 in this run, and 4 of that are captured packets");
    stage_says(&stage, finding, "an interface that is not captured, and a network card");
    stage_says(&stage, finding, "other namespaces and containers do not count there");
    stage_says_not(&stage, finding, "filter");
    stage_says_not(&stage, finding, "lost");
    stage_stop(&stage);
}

static void test_reasons_that_cannot_be(void **state)
{
    (void)state;
    struct stage stage;
    struct tally tally;
    begin(&stage, &tally);
    tally.everywhere = tally.filtered = true;
    raise_drop(&stage, COUNTER_IN_STATE_PROTO_ERROR, 1, 12, 1000 * SECOND, 1001 * SECOND);
    stage_end(&stage);
    const struct finding *finding = stage_finding(&stage, &condition_kernel_drop_unseen);
    stage_says(&stage, finding, "counted 1 drop under");
    stage_says(&stage, finding, "All interfaces are captured; what is left are the filter, which leaves packets out, and a network card");
    stage_says(&stage, finding, "12 captured packets could not be judged to the end");
    stage_says_not(&stage, finding, "not captured");
    stage_stop(&stage);
}

/* As many as the capture lost: nothing to warn of. */
static void test_capture_loss(void **state)
{
    (void)state;
    for (uint64_t dropped = 2; dropped < 4; dropped++) {
        struct stage stage;
        struct tally tally;
        begin(&stage, &tally);
        tally.dropped = dropped;
        raise_drop(&stage, COUNTER_IN_NO_STATES, 3, 0, 1000 * SECOND, 1001 * SECOND);
        stage_end(&stage);
        const struct finding *finding = stage_finding(&stage, &condition_kernel_drop_unseen);
        stage_is(finding, dropped < 3 ? SEVERITY_WARNING : SEVERITY_NOTE, CERTAINTY_CERTAIN);
        stage_says(&stage, finding, dropped < 3 ? "lost 2 packets, so some of them may be among these" : "lost 3 packets, so they may be among these");
        stage_stop(&stage);
    }
}

static void test_outbound(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        struct stage stage;
        struct tally tally;
        begin(&stage, &tally);
        tally.dropped = 9; /* of what came, and so no excuse */
        raise_drop(&stage, COUNTER_OUT_NO_STATES, 1, 0, 1000 * SECOND, 1001 * SECOND);
        if (again)
            raise_drop(&stage, COUNTER_OUT_NO_STATES, 1, 0, 1059 * SECOND, 1060 * SECOND);
        raise_drop(&stage, COUNTER_OUT_POL_BLOCK, 1, 0, 1000 * SECOND, 1001 * SECOND);
        stage_end(&stage);
        assert_int_equal(ledger_count(stage.detect.ledger), 2);
        const struct finding *setup = ledger_at(stage.detect.ledger, 0), *block = ledger_at(stage.detect.ledger, 1);
        stage_is(setup, again ? SEVERITY_WARNING : SEVERITY_NOTE, CERTAINTY_CERTAIN);
        stage_is(block, SEVERITY_WARNING, CERTAINTY_CERTAIN);
        stage_says(&stage, setup, "dropped before they are sent");
        (again ? stage_says_not : stage_says)(&stage, setup, "The first packets of a tunnel that is not up yet");
        stage_says_not(&stage, setup, "interface");
        assert_true(detect_remedies(setup) != condition_kernel_drop_unseen.remedies);
        stage_stop(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inbound), cmocka_unit_test(test_reasons_that_cannot_be), cmocka_unit_test(test_capture_loss),
        cmocka_unit_test(test_outbound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
