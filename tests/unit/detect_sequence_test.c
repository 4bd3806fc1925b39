/* Conditions of sequence numbers: replays, late packets, restarts, the end of the counter. */
#include "detect_stage.h"

static void test_replayed(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_REPLAYED, sa, 50, 60);
    stage_raise(&stage, EVENT_VERDICT);
    struct event event = { .kind = EVENT_VERDICT,
                           .copy = RECENT_OTHER,
                           .frame = &stage.frame,
                           .layer = &stage.layer,
                           .judgement = &stage.judgement,
                           .sa = sa };
    stage_judged(&stage, VERDICT_REPLAYED, sa, 51, 61);
    detect_raise(&stage.detect, &event);
    event.copy = RECENT_SAME;
    detect_raise(&stage.detect, &event);
    struct finding *finding = stage_finding(&stage, &condition_replayed);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13913);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_SEQ_ERROR);
    assert_int_equal(finding->count, 3);
    stage_fact(finding, "first_seq", 50);
    stage_fact(finding, "last_seq", 51);
    stage_fact(finding, "first_top", 60);
    stage_fact(finding, "window", 64);
    stage_fact(finding, "same_bytes", 1);
    stage_fact(finding, "other_bytes", 1);
    stage_says(&stage, finding, "3 ESP packets on the ESP SA 0x00001001");
    stage_says(&stage, finding, "1 of them has other bytes than the first copy");
    stage_says(&stage, finding, "1 has the very bytes of the first copy");
    stage_says_not(&stage, finding, "is assumed");

    stage_judged(&stage, VERDICT_REPLAYED, sa, 0, 61);
    stage.judgement.cause = CAUSE_SEQUENCE_ZERO;
    stage_raise(&stage, EVENT_VERDICT);
    assert_int_equal(ledger_count(stage.detect.ledger), 2);
    finding = ledger_at(stage.detect.ledger, 1);
    assert_int_equal(finding->cause, CAUSE_SEQUENCE_ZERO);
    stage_says(&stage, finding, "carries sequence number 0");
    stage_stop(&stage);
}

/* A window that no file names is assumed, and nothing about it is certain. */
static void test_assumed_window_is_not_certain(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, UINT32_MAX);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_REPLAYED, sa, 50, 60);
    stage_raise(&stage, EVENT_VERDICT);
    stage_judged(&stage, VERDICT_TOO_OLD, sa, 50, 160);
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *replayed = stage_finding(&stage, &condition_replayed),
                   *old = stage_finding(&stage, &condition_too_old);
    stage_is(replayed, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_is(old, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_says(&stage, replayed, "The window of 64 is assumed");
    stage_says(&stage, old, "The window of 64 is assumed");
    stage_stop(&stage);
}

static void test_too_old(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    static const uint64_t numbers[] = { 930, 900, 936 };
    for (size_t i = 0; i < 3; i++) {
        stage_judged(&stage, VERDICT_TOO_OLD, sa, numbers[i], 1000);
        stage_raise(&stage, EVENT_VERDICT);
    }
    struct finding *finding = stage_finding(&stage, &condition_too_old);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13913);
    stage_fact(finding, "first_seq", 930);
    stage_fact(finding, "first_distance", 70);
    stage_fact(finding, "largest_distance", 100);
    stage_fact(finding, "smallest_window", 101); /* W accepts T-W+1 to T */
    stage_fact(finding, "last_seq", 936);
    stage_says(&stage, finding, "The latest is 100 behind; a window of 101 would have reached them all");
    stage_says(&stage, finding, "Whether they had come before cannot be told");
    stage_flow(&stage, sa)->late_refused = 2;
    stage_says(&stage, finding, "2 of the packets that came late had not come before");
    stage_judged(&stage, VERDICT_TOO_OLD, sa, 1000, 900000);
    stage_raise(&stage, EVENT_VERDICT);
    stage_says_not(&stage, finding, "would have reached"); /* no product has such a window */
    sadb_sa(stage.db, sa)->flow->restarts = 1;
    stage_says(&stage, finding, "see sequence-restart");
    stage_stop(&stage);
}

static void test_sequence_restart(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_TOO_OLD, sa, 6, 5000);
    stage_raise(&stage, EVENT_RESTART);
    struct finding *finding = stage_finding(&stage, &condition_sequence_restart);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
    assert_int_equal(finding->windows, 13913);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_SEQ_ERROR);
    assert_int_equal(finding->cause, CAUSE_SEQUENCE_RESTART);
    stage_fact(finding, "restarted_at", 1);
    stage_fact(finding, "top", 5000);
    stage_says(&stage, finding, "had reached 5000 when they began again near 1");
    stage_stop(&stage);

    stage_start(&stage);
    sa = stage_seen(&stage, 1, 2, 0x1001);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_UNJUDGED, sa, 6, 5000);
    stage_raise(&stage, EVENT_RESTART);
    finding = stage_finding(&stage, &condition_sequence_restart);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    assert_int_equal(finding->windows, 0);
    assert_int_equal(finding->counter, COUNTER_NONE);
    stage_says(&stage, finding, "Nothing says that the receiver refuses them");
    stage_stop(&stage);
}

static void test_sequence_near_end(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_definition(&stage, 1, 2, 0x1001)->esn_known = true;
    uint32_t sa = stage_add(&stage);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_ACCEPTED, sa, 0xf0000000, 0xefffffff);
    stage.judgement.certainty = CERTAINTY_LIKELY; /* no ICV was checked */
    stage_raise(&stage, EVENT_NEAR_END);
    struct sa_hot *hot = sadb_hot(stage.db, sa);
    hot->top = 0xffffff00;
    hot->packets = 1001;
    hot->last_ns = 110 * SECOND;
    sadb_sa(stage.db, sa)->first_ns = 100 * SECOND;
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_sequence_near_end);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_int_equal(finding->windows, 0);
    assert_int_equal(finding->counter, COUNTER_OUT_STATE_SEQ_ERROR);
    stage_fact(finding, "packets_left", 255);
    stage_fact(finding, "left_ns", 2550000000); /* 255 packets at 100 a second */
    stage_says(&stage, finding, "255 packets are left, about 2.5 s at the rate of this capture");
    stage_says(&stage, finding, "has no extended sequence numbers");
    stage_stop(&stage);

    stage_start(&stage);
    sa = stage_seen(&stage, 1, 2, 0x1001);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage_judged(&stage, VERDICT_UNJUDGED, sa, 0xf0000000, 0xefffffff);
    stage_raise(&stage, EVENT_NEAR_END);
    finding = stage_finding(&stage, &condition_sequence_near_end);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    stage_says(&stage, finding, "Whether the SA has extended sequence numbers is not known here");
    stage_stop(&stage);
}

static void test_sequence_wrap(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_seen(&stage, 1, 2, 0x1001);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_UNJUDGED, sa, 0, UINT32_MAX);
    stage_raise(&stage, EVENT_WRAP);
    struct finding *finding = stage_finding(&stage, &condition_sequence_wrap);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    assert_int_equal(finding->counter, COUNTER_NONE);
    stage_says(&stage, finding, "went from 4294967295 to 0");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replayed),
        cmocka_unit_test(test_assumed_window_is_not_certain),
        cmocka_unit_test(test_too_old),
        cmocka_unit_test(test_sequence_restart),
        cmocka_unit_test(test_sequence_near_end),
        cmocka_unit_test(test_sequence_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
