/* Conditions of sequence numbers and of whole SAs: replays, restarts, loss, windows, one-way traffic. */
#include "detect_stage.h"

static uint32_t known_sa(struct stage *stage, uint8_t src, uint8_t dst, uint32_t spi, uint32_t window)
{
    struct sa_definition *definition = stage_definition(stage, src, dst, spi);
    definition->window = window;
    definition->window_known = window != UINT32_MAX;
    return stage_add(stage);
}

static void test_replayed(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, UINT32_MAX);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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
    sadb_sa(stage.db, sa)->flow->restarts = 1;
    stage_says(&stage, finding, "see sequence-restart");
    stage_stop(&stage);
}

static void test_sequence_restart(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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

static struct finding *lossy(struct stage *stage, uint64_t packets, uint64_t low, uint64_t high)
{
    uint32_t sa = known_sa(stage, 1, 2, 0x1001, 64);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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
    uint32_t there = known_sa(&stage, 1, 2, 0x1001, 64), back = known_sa(&stage, 2, 1, 0x1002, 64);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, window);
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
    uint32_t sa = known_sa(&stage, 1, 2, 0x1001, 64);
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
    uint32_t known = known_sa(&stage, 1, 2, 255, 64), refused = known_sa(&stage, 1, 2, 100, 64);
    uint32_t ordinary = known_sa(&stage, 1, 2, 256, 64);
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

static void busy(struct stage *stage, uint32_t sa, uint64_t packets, int64_t seconds)
{
    sadb_hot(stage->db, sa)->packets = packets;
    sadb_hot(stage->db, sa)->last_ns = (100 + seconds) * SECOND;
    sadb_sa(stage->db, sa)->first_ns = 100 * SECOND;
    sadb_sa(stage->db, sa)->first_frame = 10;
}

static void pair(struct stage *stage, uint32_t one, uint32_t other)
{
    sadb_sa(stage->db, one)->pair = other;
    sadb_sa(stage->db, other)->pair = one;
}

static void test_one_way(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t there = known_sa(&stage, 1, 2, 0x1001, 64), back = known_sa(&stage, 2, 1, 0x1002, 64);
    pair(&stage, there, back);
    busy(&stage, there, 20, 10);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_one_way);
    stage_is(finding, SEVERITY_NOTE,
             CERTAINTY_POSSIBLE); /* nothing else of 10.77.0.2: the capture may see one path only */
    assert_false(finding->subject.has_spi);
    stage_fact(finding, "packets", 20);
    stage_fact(finding, "span_ns", 10 * SECOND);
    stage_fact(finding, "spi", 0x1001);
    stage_fact(finding, "silent_spi", 0x1002);
    stage_says(&stage, finding, "20 ESP packets went from 10.77.0.1 to 10.77.0.2 on SA 0x00001001");
    stage_says(&stage, finding, "the SA of the other direction, 0x00001002, carried none");
    stage_says(&stage, finding, "it may simply see one direction only");
    stage_stop(&stage);

    stage_start(&stage);
    there = stage_seen(&stage, 1, 2, 0x1001);
    busy(&stage, there, 20, 10);
    struct addr peer = stage_host(2);
    detect_saw_source(&stage.detect, &peer); /* its IKE, say */
    stage_end(&stage);
    finding = stage_finding(&stage, &condition_one_way);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_null(finding_fact(finding, "silent_spi"));
    stage_says(&stage, finding, "The capture shows other packets of 10.77.0.2");
    stage_says(&stage, finding, "Look at 10.77.0.2 first");
    stage_stop(&stage);
}

static void test_one_way_needs_enough(void **state)
{
    (void)state;
    static const struct {
        uint64_t packets;
        int64_t seconds;
        bool told;
    } cases[] = { { 8, 3, true }, { 7, 100, false }, { 1000, 2, false }, { 1000, -5, false } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        stage_start(&stage);
        busy(&stage, stage_seen(&stage, 1, 2, 0x1001), cases[i].packets, cases[i].seconds);
        stage_end(&stage);
        assert_int_equal(stage_only(&stage, &condition_one_way) != NULL, cases[i].told);
        stage_stop(&stage);
    }
}

/* An old SA on which only one side still sends is no one-way tunnel, if the new one of the same request id answers. */
static void test_one_way_knows_rekeys(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sas[4];
    for (uint32_t i = 0; i < 4; i++) {
        struct sa_definition *definition = stage_definition(&stage, i % 2 ? 2 : 1, i % 2 ? 1 : 2, 0x1001 + i);
        definition->reqid = 1;
        sas[i] = stage_add(&stage);
    }
    pair(&stage, sas[0], sas[1]);
    pair(&stage, sas[2], sas[3]);
    busy(&stage, sas[0], 20, 10);
    busy(&stage, sas[2], 20, 10);
    busy(&stage, sas[3], 20, 10);
    stage_end(&stage);
    assert_null(stage_only(&stage, &condition_one_way));
    stage_stop(&stage);
}

/* Of two children of one pair of hosts one answers: the fault is behind the tunnel, and the finding is the other child. */
static void test_one_way_child(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sas[4];
    for (uint32_t i = 0; i < 4; i++) {
        struct sa_definition *definition = stage_definition(&stage, i % 2 ? 2 : 1, i % 2 ? 1 : 2, 0x1001 + i);
        definition->reqid = 1 + i / 2;
        sas[i] = stage_add(&stage);
    }
    pair(&stage, sas[0], sas[1]);
    pair(&stage, sas[2], sas[3]);
    busy(&stage, sas[0], 20, 10);
    busy(&stage, sas[2], 20, 10);
    busy(&stage, sas[3], 20, 10);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_one_way);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_true(finding->subject.has_spi);
    assert_int_equal(finding->subject.spi, 0x1001);
    stage_says(&stage, finding, "and its other direction, SA 0x00001002, carried none");
    stage_says(&stage, finding, "the path back works");
    stage_stop(&stage);
}

static void test_one_way_exceptions(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct addr from = stage_host(1), group = addr_ip4((const uint8_t[4]){ 239, 1, 1, 1 }), none = { 0 };
    busy(&stage, sadb_learn(stage.db, &from, &group, 0x1001, SA_PROTO_ESP, ENCAP_NONE), 100, 100); /* multicast */
    uint32_t loose = sadb_learn(stage.db, &none, &from, 0x1002, SA_PROTO_ESP, ENCAP_NONE);
    busy(&stage, loose, 100, 100); /* from nobody in particular */
    uint32_t there = stage_seen(&stage, 1, 3, 0x1003), back = stage_seen(&stage, 3, 1, 0x1004);
    busy(&stage, there, 100, 100);
    sadb_sa(stage.db, back)->wire_packets = 1; /* it came back, though it was refused */
    stage_end(&stage);
    assert_null(stage_only(&stage, &condition_one_way));
    stage_stop(&stage);
}

/* Several SAs of one silent pair make one finding. */
static void test_one_way_over_rekeys_is_one_finding(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    for (uint32_t i = 0; i < 50; i++)
        busy(&stage, stage_seen(&stage, 1, 2, 0x1000 + i), 10, 5);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_one_way);
    stage_fact(finding, "sas", 50);
    stage_fact(finding, "packets", 500);
    stage_says(&stage, finding, "500 ESP packets went from 10.77.0.1 to 10.77.0.2 on 50 SAs");
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
        cmocka_unit_test(test_replayed),
        cmocka_unit_test(test_assumed_window_is_not_certain),
        cmocka_unit_test(test_too_old),
        cmocka_unit_test(test_sequence_restart),
        cmocka_unit_test(test_sequence_near_end),
        cmocka_unit_test(test_sequence_wrap),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_loss_of_the_capture_is_only_possible),
        cmocka_unit_test(test_refused_packets_are_not_lost),
        cmocka_unit_test(test_nothing_is_said_of_a_healthy_sa),
        cmocka_unit_test(test_reordering),
        cmocka_unit_test(test_window_too_small),
        cmocka_unit_test(test_captured_twice),
        cmocka_unit_test(test_merged_findings_tell_of_the_worst),
        cmocka_unit_test(test_reserved_spi),
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_one_way_needs_enough),
        cmocka_unit_test(test_one_way_knows_rekeys),
        cmocka_unit_test(test_one_way_child),
        cmocka_unit_test(test_one_way_exceptions),
        cmocka_unit_test(test_one_way_over_rekeys_is_one_finding),
        cmocka_unit_test(test_capture_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
