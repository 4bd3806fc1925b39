/* What holds for every condition, and the lifetime of SAs. */
#include "detect_stage.h"

/* Explanations take whatever a merged finding has: no SA, no SPI, no facts. */
static void test_bare_findings_are_explained(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    for (unsigned row = 0; condition_registry[row] != NULL; row++) {
        struct subject none = { 0 };
        struct place place = { 0 };
        bool is_new;
        struct finding *finding = detect_hit_subject(&stage.detect, condition_registry[row], &none, &place, &is_new);
        assert_true(is_new);
        finding->merged = 3;
        text_clear(&stage.text);
        detect_explain(&stage.detect, finding, &stage.text);
        assert_true(stage.text.length > 40);
    }
    detect_conclude(&stage.detect);
    for (uint32_t i = 0; i < ledger_count(stage.detect.ledger); i++)
        stage_says(&stage, ledger_at(stage.detect.ledger, i), "3 more SPIs");
    stage_stop(&stage);
}

static void test_muted_conditions_are_silent(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    assert_true(detect_mute(&stage.detect, "ike-marker-on-500"));
    assert_false(detect_mute(&stage.detect, "no-such-thing"));
    stage_defect(&stage, LAYER_IKE, DEFECT_IKE_MARKER_500, 500, 500);
    stage_raise(&stage, EVENT_DEFECT);
    assert_int_equal(ledger_count(stage.detect.ledger), 0);
    stage_stop(&stage);
}

static void test_expired(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct sa_definition *definition = stage_definition(&stage, 1, 2, 0x1001);
    definition->hard.packets = 100;
    definition->soft.packets = 90;
    uint32_t sa = stage_add(&stage);
    sadb_hot(stage.db, sa)->packets = 100;
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_EXPIRED, sa, 101, 100);
    stage.judgement.cause = CAUSE_PACKET_LIMIT;
    stage_raise(&stage, EVENT_VERDICT);
    stage.judgement.counter = COUNTER_IN_NO_STATES; /* the SA is gone after the first */
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_expired);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13911);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_EXPIRED);
    assert_int_equal(finding->count, 2);
    assert_string_equal(finding_fact(finding, "limit_kind")->text, "packets");
    stage_fact(finding, "limit", 100);
    stage_fact(finding, "soft_limit", 90);
    stage_fact(finding, "counted", 100);
    stage_says(&stage, finding, "hard limit of 100 packets (100 counted)");
    stage_says(&stage, finding, "The soft limit of 90 should have started a rekey");
    stage_says(&stage, finding, "13910, XfrmInNoStates");
    stage_stop(&stage);

    stage_start(&stage);
    definition = stage_definition(&stage, 1, 2, 0x1001);
    definition->hard.add_s = 3600;
    definition->added_known = true;
    definition->added_ns = 500 * SECOND;
    sa = stage_add(&stage);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage_judged(&stage, VERDICT_EXPIRED, sa, 7, 6);
    stage.judgement.cause = CAUSE_TIME_LIMIT;
    stage.judgement.certainty = CERTAINTY_LIKELY;
    stage.frame.time_ns = 4200 * SECOND;
    stage_raise(&stage, EVENT_VERDICT);
    finding = stage_finding(&stage, &condition_expired);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
    stage_fact(finding, "limit", 3600);
    stage_fact(finding, "counted", 3700);
    stage_says(&stage, finding, "The SA file shows no soft limit below it");
    stage_says(&stage, finding, "By then a timer had removed the SA");
    stage_stop(&stage);
}

static void test_expired_by_history(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_definition(&stage, 1, 2, 0x1001);
    uint32_t sa = stage_add(&stage);
    sadb_sa(stage.db, sa)->ended_known = true;
    sadb_sa(stage.db, sa)->ended_ns = 1000 * SECOND;
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage_judged(&stage, VERDICT_EXPIRED, sa, 7, 6);
    stage.judgement.certainty = CERTAINTY_LIKELY;
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_expired);
    stage_fact(finding, "ended", 1000 * SECOND);
    stage_says(&stage, finding, "it expired at 1970-01-01T00:16:40.000000000Z");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bare_findings_are_explained),
        cmocka_unit_test(test_muted_conditions_are_silent),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_expired_by_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
