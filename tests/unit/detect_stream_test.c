/* Conditions of whole SAs: loss, reordering, windows, copies, reserved SPIs; and of the capture itself. */
#include "detect_stage.h"

static struct finding *lossy(struct stage *stage, uint64_t packets, uint64_t low, uint64_t high)
{
    uint32_t sa = stage_known(stage, 1, 2, 0x1001, 64);
    struct flow *flow = stage_flow(stage, sa);
    sadb_hot(stage->db, sa)->packets = packets;
    flow->holes[0] = (struct flow_hole){ low, high };
    flow->hole_count = 1;
    stage_end_sa(stage, sa);
    return stage_only(stage, &condition_loss);
}

static void test_loss(void **state)
{
    (void)state;
    static const struct {
        uint64_t packets, lost;
        enum severity severity;
        int64_t permyriad;
    } cases[] = {
        { 90, 10, SEVERITY_WARNING, 1000 }, /* 10 percent */
        { 96, 4, SEVERITY_NOTE, 400 },      /* few */
        { 9995, 5, SEVERITY_NOTE, 5 },      /* 0.05 percent */
        { 9900, 100, SEVERITY_WARNING, 100 }, { 9901, 99, SEVERITY_NOTE, 99 }, { 1, 1000, SEVERITY_WARNING, 9990 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        stage_start(&stage);
        struct finding *finding = lossy(&stage, cases[i].packets, 20, 20 + cases[i].lost - 1);
        assert_non_null(finding);
        stage_is(finding, cases[i].severity, CERTAINTY_LIKELY);
        assert_int_equal(finding->windows, 0);
        stage_fact(finding, "lost", (int64_t)cases[i].lost);
        stage_fact(finding, "received", (int64_t)cases[i].packets);
        stage_fact(finding, "lost_permyriad", cases[i].permyriad);
        stage_says(&stage, finding, "never came");
        stage_stop(&stage);
    }
    struct stage stage;
    stage_start(&stage);
    stage_says(&stage, lossy(&stage, 100, 501, 600), "100 of them are one gap, 501 to 600");
    stage_stop(&stage);
}

static void test_loss_of_the_capture_is_only_possible(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage.detect.capture_dropped = 7;
    struct finding *finding = lossy(&stage, 90, 20, 29);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    stage_says(&stage, finding, "the capturing host itself dropped 7 packets");
    stage_stop(&stage);
}

/* A number whose packet failed its ICV came; the tracker, which follows what was accepted, has a hole there. */
static void test_refused_packets_are_not_lost(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    struct flow *flow = stage_flow(&stage, sa);
    sadb_hot(stage.db, sa)->packets = 80;
    flow->holes[0] = (struct flow_hole){ 11, 30 };
    flow->hole_count = 1;
    sadb_sa(stage.db, sa)->verdicts[VERDICT_INTEGRITY_FAILED] = 20;
    stage_end_sa(&stage, sa);
    assert_null(stage_only(&stage, &condition_loss));
    sadb_sa(stage.db, sa)->verdicts[VERDICT_INTEGRITY_FAILED] = 12;
    sadb_sa(stage.db, sa)->verdicts[VERDICT_REPLAYED] = 50;
    stage_end_sa(&stage, sa);
    struct finding *finding = stage_finding(&stage, &condition_loss);
    stage_fact(finding, "lost", 8);
    stage_fact(finding, "refused", 12);
    stage_fact(finding, "lost_permyriad", 800);
    stage_stop(&stage);
}

static void test_nothing_is_said_of_a_healthy_sa(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t there = stage_known(&stage, 1, 2, 0x1001, 64), back = stage_known(&stage, 2, 1, 0x1002, 64);
    for (unsigned i = 0; i < 2; i++) {
        sadb_hot(stage.db, i ? back : there)->packets = 1000;
        sadb_hot(stage.db, i ? back : there)->last_ns = 100 * SECOND;
        sadb_sa(stage.db, i ? back : there)->pair = i ? there : back;
        stage_end_sa(&stage, i ? back : there);
    }
    stage_flow(&stage, there); /* a tracker that found nothing */
    stage_end_sa(&stage, there);
    stage_end(&stage);
    assert_int_equal(ledger_count(stage.detect.ledger), 0);
    stage_stop(&stage);
}

static void test_reordering(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    struct flow *flow = stage_flow(&stage, sa);
    flow->reordered = 12;
    flow->latest = 5;
    sadb_hot(stage.db, sa)->packets = 100;
    stage_end_sa(&stage, sa);
    struct finding *finding = stage_finding(&stage, &condition_reordering);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_LIKELY);
    stage_fact(finding, "reordered", 12);
    stage_fact(finding, "latest", 5);
    stage_says(&stage, finding, "The receiver's window of 64 reaches 63 back, so it took them all");
    stage_stop(&stage);

    stage_start(&stage);
    sa = stage_seen(&stage, 1, 2, 0x1001);
    flow = stage_flow(&stage, sa);
    flow->reordered = 1;
    flow->latest = 64;
    stage_end_sa(&stage, sa);
    finding = stage_finding(&stage, &condition_reordering);
    assert_null(finding_fact(finding, "window"));
    stage_says(&stage, finding, "a window of 65 takes them all");
    stage_stop(&stage);
}

static void window_case(uint32_t window, uint64_t latest, int64_t power, const char *says, const char *says_too)
{
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, window);
    struct flow *flow = stage_flow(&stage, sa);
    flow->reordered = flow->late_refused = 3;
    flow->latest = latest;
    stage_end_sa(&stage, sa);
    struct finding *finding = stage_finding(&stage, &condition_window_too_small);
    stage_is(finding, SEVERITY_WARNING, window == UINT32_MAX ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13913);
    stage_fact(finding, "needed", (int64_t)latest + 1);
    stage_fact(finding, "power_of_two", power);
    stage_fact(finding, "late_refused", 3);
    stage_fact(finding, "window", window == UINT32_MAX ? 64 : window);
    stage_says(&stage, finding, says);
    stage_says(&stage, finding, says_too);
    stage_stop(&stage);
}

static void test_window_too_small(void **state)
{
    (void)state;
    window_case(32, 40, 64, "ip xfrm state add ... replay-window 41", "replay window-size 64");
    window_case(64, 64, 128, "replay_window = 65", "anti-replay-window-size 128");
    window_case(64, 1023, 1024, "replay-window=1024", "replay window-size 1024. Junos");
    window_case(64, 1024, 2048, "replay-window 1025",
                "at most crypto ipsec security-association replay window-size 1024");
    window_case(64, 5000, 8192, "more than Linux (4096)", "mend the order");
    window_case(UINT32_MAX, 100, 128, "replay-window 101", "the one above is assumed");
}

static void test_captured_twice(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    stage_flow(&stage, sa)->captured_twice = 40;
    sadb_hot(stage.db, sa)->packets = 40;
    stage_end_sa(&stage, sa);
    struct finding *finding = stage_finding(&stage, &condition_captured_twice);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_LIKELY);
    stage_fact(finding, "copies", 40);
    stage_says(&stage, finding, "40 ESP packets of the ESP SA 0x00001001");
    stage_stop(&stage);
}

/* Where many SAs share a finding, it tells of the worst of them. */
static void test_merged_findings_tell_of_the_worst(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t sa = stage_seen(&stage, 1, 2, 0x1000 + i);
        struct flow *flow = stage_flow(&stage, sa);
        sadb_hot(stage.db, sa)->packets = 100;
        flow->holes[0] = (struct flow_hole){ 1, i == 77 ? 60 : 1 };
        flow->hole_count = 1;
        stage_end_sa(&stage, sa);
    }
    assert_int_equal(ledger_count(stage.detect.ledger), LEDGER_PER_PAIR + 1);
    struct finding *rest = ledger_at(stage.detect.ledger, LEDGER_PER_PAIR);
    assert_int_equal(rest->count, 100 - LEDGER_PER_PAIR);
    stage_is(rest, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_fact(rest, "lost", 60);
    stage_says(&stage, rest, "60 of 160 sequence numbers of the ESP SA 0x0000104d");
    stage_stop(&stage);
}

static void test_reserved_spi(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t known = stage_known(&stage, 1, 2, 255, 64), refused = stage_known(&stage, 1, 2, 100, 64);
    uint32_t ordinary = stage_known(&stage, 1, 2, 256, 64);
    sadb_hot(stage.db, known)->packets = 3;
    sadb_hot(stage.db, ordinary)->packets = 3;
    sadb_sa(stage.db, refused)->wire_packets = 3;
    stage_end_sa(&stage, known);
    stage_end_sa(&stage, refused);
    stage_end_sa(&stage, ordinary);
    struct finding *finding = stage_finding(&stage, &condition_reserved_spi);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->subject.spi, 255);
    assert_int_equal(finding->windows, 0);
    stage_says(&stage, finding, "3 ESP packets use SPI 255");
    stage_says(&stage, finding, "it was set up by hand");
    stage_stop(&stage);
}

static void test_capture_dropped(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage.detect.capture_dropped = 1;
    stage.detect.first_ns = 5 * SECOND;
    stage.detect.last_ns = 9 * SECOND;
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_capture_dropped);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    stage_fact(finding, "dropped", 1);
    assert_int_equal(finding->first.time_ns, 5 * SECOND);
    assert_int_equal(finding->last.time_ns, 9 * SECOND);
    stage_says(&stage, finding, "dropped 1 packet before it came into the file");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_loss_of_the_capture_is_only_possible),
        cmocka_unit_test(test_refused_packets_are_not_lost),
        cmocka_unit_test(test_nothing_is_said_of_a_healthy_sa),
        cmocka_unit_test(test_reordering),
        cmocka_unit_test(test_window_too_small),
        cmocka_unit_test(test_captured_twice),
        cmocka_unit_test(test_merged_findings_tell_of_the_worst),
        cmocka_unit_test(test_reserved_spi),
        cmocka_unit_test(test_capture_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
