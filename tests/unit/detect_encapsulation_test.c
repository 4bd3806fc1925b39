/* Conditions of UDP encapsulation and of checksums. Driven by events made by hand: claims, certainty, facts, words. */
#include "detect_stage.h"

static void test_wrong_encapsulation(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_definition(&stage, 1, 2, 0x1001)->encap = ENCAP_UDP;
    uint32_t udp = stage_add(&stage);
    stage_definition(&stage, 1, 2, 0x1002);
    uint32_t plain = stage_add(&stage);

    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_WRONG_ENCAPSULATION, udp, 9, 8);
    stage_raise(&stage, EVENT_VERDICT);
    stage.layer.seq = 10;
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_wrong_encapsulation);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13912);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_MISMATCH);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->subject.spi, 0x1001);
    stage_fact(finding, "first_seq", 9);
    stage_fact(finding, "last_seq", 10);
    assert_string_equal(finding_fact(finding, "sa_encap")->text, "udp");
    assert_string_equal(finding_fact(finding, "packet_encap")->text, "none");
    stage_says(&stage, finding, "came as IP protocol 50, without UDP, but the ESP SA 0x00001001 to 10.77.0.2");
    stage_says(&stage, finding, "takes its packets only inside UDP");

    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1002;
    stage.layer.encap = ENCAP_UDP;
    stage.layer.sport = 40000;
    stage.layer.dport = 4500;
    stage_judged(&stage, VERDICT_WRONG_ENCAPSULATION, plain, 1, 0);
    stage_raise(&stage, EVENT_VERDICT);
    finding = ledger_at(stage.detect.ledger, 1);
    stage_says(&stage, finding, "came inside UDP (port 40000 to 4500)");
    stage_says(&stage, finding, "takes its packets only as IP protocol 50");
    stage_stop(&stage);
}

static void test_ike_without_marker(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_defect(&stage, LAYER_IKE, DEFECT_IKE_NO_MARKER, 4500, 4500);
    stage.layer.spi = 0xdeadbeef;
    stage_raise(&stage, EVENT_DEFECT);
    stage_raise(&stage, EVENT_DEFECT);
    assert_int_equal(ledger_count(stage.detect.ledger), 1);
    struct finding *finding = stage_finding(&stage, &condition_ike_without_marker);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13910);
    assert_false(finding->subject.has_spi);
    stage_fact(finding, "read_as_spi", 0xdeadbeef);
    stage_says(&stage, finding,
               "2 IKE messages from 10.77.0.1, sent to port 4500 of 10.77.0.2, lack the non-ESP marker");
    stage_says(&stage, finding, "0xdeadbeef");
    stage_stop(&stage);
}

static void test_ike_marker_on_500(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_defect(&stage, LAYER_IKE, DEFECT_IKE_MARKER_500, 500, 500);
    stage_raise(&stage, EVENT_DEFECT);
    assert_int_equal(ledger_count(stage.detect.ledger), 1);
    struct finding *finding = stage_finding(&stage, &condition_ike_marker_on_500);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13824);
    stage_says(&stage, finding, "1 IKE message from 10.77.0.1 to port 500 of 10.77.0.2 begins");
    stage_stop(&stage);
}

static void test_nat_t_short(void **state)
{
    (void)state;
    static const uint8_t zeros[4];
    struct stage stage;
    stage_start(&stage);
    stage_defect(&stage, LAYER_OTHER, DEFECT_UDP_SHORT, 4500, 4500);
    stage.layer.bytes = zeros;
    stage.layer.captured = stage.layer.wire = 4;
    stage_raise(&stage, EVENT_DEFECT);
    assert_int_equal(ledger_count(stage.detect.ledger), 1);
    struct finding *finding = stage_finding(&stage, &condition_nat_t_short);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13914);
    stage_fact(finding, "length", 4);
    assert_string_equal(finding_fact(finding, "bytes")->text, "00000000");
    stage_says(&stage, finding, "non-ESP marker with no message behind it");
    stage_stop(&stage);
}

static void test_udp_length(void **state)
{
    (void)state;
    static const uint8_t header[8] = { 0x11, 0x94, 0x11, 0x94, 0x02, 0x00, 0, 0 };
    struct stage stage;
    stage_start(&stage);
    stage_defect(&stage, LAYER_OTHER, DEFECT_UDP_LENGTH, 53, 53);
    stage.layer.bytes = header;
    stage.layer.captured = stage.layer.wire = 8;
    stage_raise(&stage, EVENT_DEFECT); /* DNS is not ours */
    assert_int_equal(ledger_count(stage.detect.ledger), 0);
    stage.layer.sport = stage.layer.dport = 4500;
    stage_raise(&stage, EVENT_DEFECT);
    struct finding *finding = stage_finding(&stage, &condition_udp_length);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 0);
    stage_fact(finding, "udp_length", 512);
    stage_fact(finding, "ip_payload", 8);
    stage_says(&stage, finding, "512 bytes of UDP where the IP packet has room for 8");
    stage_stop(&stage);

    stage_start(&stage); /* shorter than a UDP header: not even a length */
    stage_defect(&stage, LAYER_OTHER, DEFECT_UDP_LENGTH, 500, 500);
    stage.layer.bytes = header;
    stage.layer.captured = stage.layer.wire = 5;
    stage_raise(&stage, EVENT_DEFECT);
    finding = stage_finding(&stage, &condition_udp_length);
    assert_null(finding_fact(finding, "udp_length"));
    stage_says(&stage, finding, "5 bytes, less than a UDP header");
    stage_stop(&stage);
}

static void test_checksum_wrong(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    stage_judged(&stage, VERDICT_UNJUDGED, SADB_NONE, 1, 0);
    stage.judgement.cause = CAUSE_CAPTURED_TWICE; /* unjudged for another reason */
    stage_raise(&stage, EVENT_VERDICT);
    assert_int_equal(ledger_count(stage.detect.ledger), 0);

    /* one of many packets of one SA: damage */
    stage_definition(&stage, 1, 2, 0x1001);
    uint32_t sa = stage_add(&stage);
    sadb_hot(stage.db, sa)->packets = 99;
    sadb_hot(stage.db, sa)->sums_right = 99;
    sadb_hot(stage.db, sa)->sums_wrong = 1;
    sadb_sa(stage.db, sa)->wire_packets = 1;
    stage_judged(&stage, VERDICT_UNJUDGED, sa, 1, 0);
    stage.judgement.cause = CAUSE_IP_CHECKSUM;
    stage.judgement.certainty = CERTAINTY_LIKELY;
    stage_raise(&stage, EVENT_VERDICT);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_checksum_wrong);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_int_equal(finding->windows, 0);
    assert_int_equal(finding->counter, COUNTER_NONE);
    assert_int_equal(finding->cause, CAUSE_IP_CHECKSUM);
    stage_fact(finding, "others_of_sa", 99);
    stage_says(&stage, finding, "Few of many are wrong");
    stage_stop(&stage);

    /* most packets of one sender: offload */
    stage_start(&stage);
    stage_definition(&stage, 1, 2, 0x1001);
    sa = stage_add(&stage);
    sadb_hot(stage.db, sa)->packets = 3;
    sadb_sa(stage.db, sa)->wire_packets = 50;
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.spi = 0x1001;
    for (unsigned i = 0; i < 50; i++) {
        stage_judged(&stage, VERDICT_UNJUDGED, sa, i, 0);
        stage.judgement.cause = CAUSE_UDP_CHECKSUM;
        stage.judgement.certainty = CERTAINTY_LIKELY;
        stage_raise(&stage, EVENT_VERDICT);
    }
    stage_end(&stage);
    finding = stage_finding(&stage, &condition_checksum_wrong);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    assert_int_equal(finding->count, 50);
    stage_fact(finding, "others_of_sa", 3);
    stage_says(&stage, finding, "the capture was made on 10.77.0.1 itself");
    stage_stop(&stage);
}

/* 20 s is the default of RFC 3948 4; the rhythm is a note, whatever it is. */
static void test_nat_keepalive(void **state)
{
    (void)state;
    static const int seconds[] = { 0, 20, 61, 81 };
    struct stage stage;
    stage_start(&stage);
    stage_layer(&stage, LAYER_KEEPALIVE, 1, 2);
    stage.layer.dport = 4500;
    for (unsigned i = 0; i < 4; i++) {
        stage.frame.time_ns = (int64_t)(1000 + seconds[i]) * 1000000000;
        stage.layer.sport = i < 3 ? 4500 : 1027;
        stage_raise(&stage, EVENT_KEEPALIVE);
    }
    struct finding *finding = stage_finding(&stage, &condition_nat_keepalive);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->count, 4);
    stage_fact(finding, "shortest_ns", (int64_t)20 * 1000000000);
    stage_fact(finding, "longest_ns", (int64_t)41 * 1000000000);
    stage_fact(finding, "ports_changed", 1);
    stage_says(&stage, finding, "4 NAT keepalive packets");
    stage_says(&stage, finding, "Ports changed 1 time between them");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_encapsulation), cmocka_unit_test(test_nat_keepalive),
        cmocka_unit_test(test_ike_without_marker),
        cmocka_unit_test(test_ike_marker_on_500),
        cmocka_unit_test(test_nat_t_short),
        cmocka_unit_test(test_udp_length),
        cmocka_unit_test(test_checksum_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
