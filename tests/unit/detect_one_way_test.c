/* one-way: what is silence, what is a rekey, and how sure it is. */
#include "detect_stage.h"

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
    uint32_t there = stage_known(&stage, 1, 2, 0x1001, 64), back = stage_known(&stage, 2, 1, 0x1002, 64);
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

/* One child of two answers: the fault is behind the tunnel, and the finding is the silent child. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_way),
        cmocka_unit_test(test_one_way_needs_enough),
        cmocka_unit_test(test_one_way_knows_rekeys),
        cmocka_unit_test(test_one_way_child),
        cmocka_unit_test(test_one_way_exceptions),
        cmocka_unit_test(test_one_way_over_rekeys_is_one_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
