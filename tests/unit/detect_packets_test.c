/* Conditions of single packets, driven by events made by hand: what is claimed, how sure, with what facts and words. */
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

    stage.detect.muted = 0;
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

/* A defect of IKE or UDP between 10.77.0.1 and 10.77.0.2. */
static void stage_defect(struct stage *stage, enum layer_kind kind, enum defect defect, uint16_t sport, uint16_t dport)
{
    stage_layer(stage, kind, 1, 2);
    stage->layer.encap = ENCAP_UDP;
    stage->layer.defect = (uint8_t)defect;
    stage->layer.status = DECODE_BAD;
    stage->layer.sport = sport;
    stage->layer.dport = dport;
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

static void test_header_invalid(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.status = DECODE_BAD;
    stage.layer.defect = DEFECT_ESP_SHORT;
    stage.layer.wire = 7;
    stage_judged(&stage, VERDICT_HEADER_INVALID, SADB_NONE, 0, 0);
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_header_invalid);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13914);
    assert_int_equal(finding->counter, COUNTER_IN_HDR_ERROR);
    assert_false(finding->subject.has_spi);
    stage_fact(finding, "length", 7);
    stage_fact(finding, "minimum", 8);
    stage_says(&stage, finding, "carries 7 bytes behind its IP header, and SPI and sequence number alone have 8");
    stage_stop(&stage);

    stage_start(&stage);
    stage_layer(&stage, LAYER_AH, 1, 2);
    stage.layer.status = DECODE_BAD;
    stage.layer.defect = DEFECT_AH_LENGTH;
    stage.layer.spi = 0x1001;
    stage.layer.wire = 44;
    stage.layer.ah_length = 1028;
    stage_judged(&stage, VERDICT_HEADER_INVALID, SADB_NONE, 1, 0);
    stage.judgement.counter = COUNTER_IN_STATE_PROTO_ERROR; /* the kernel looks the SA up first */
    stage_raise(&stage, EVENT_VERDICT);
    finding = stage_finding(&stage, &condition_header_invalid);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_PROTO_ERROR);
    assert_true(finding->subject.has_spi);
    stage_fact(finding, "ah_length", 1028);
    stage_says(&stage, finding, "says that the AH header has 1028 bytes");
    stage_stop(&stage);
}

static void too_short_esp(struct stage *stage)
{
    struct sa_definition *definition = stage_definition(stage, 1, 2, 0x1001);
    definition->encryption = suite_encryption_find(DIALECT_ESPLAIN, "AES-CBC", 7, 0);
    definition->integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-128", 17, 0);
    assert_non_null(definition->encryption);
    assert_non_null(definition->integrity);
    stage_layer(stage, LAYER_ESP, 1, 2);
    stage->layer.spi = 0x1001;
}

static void test_too_short_esp(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    too_short_esp(&stage);
    stage_judged(&stage, VERDICT_TOO_SHORT, stage_add(&stage), 4, 3);
    stage.layer.wire = 39;
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_too_short);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13914);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_PROTO_ERROR);
    stage_fact(finding, "length", 39);
    stage_fact(finding, "minimum", sadb_hot(stage.db, finding->sa)->minimum);
    stage_says(&stage, finding, "AES-CBC with HMAC-SHA2-256-128 take at least");
    stage_stop(&stage);
}

/* RFC 4302 2.6 against Linux: an ICV of 16 bytes makes 28 bytes by the RFC on IPv4, and 32 in Linux without align4. */
static void too_short_ah(uint16_t length, bool align4, const char *says)
{
    struct stage stage;
    stage_start(&stage);
    struct sa_definition *definition = stage_definition(&stage, 1, 2, 0x1001);
    definition->proto = SA_PROTO_AH;
    definition->integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-128", 17, 0);
    definition->align4 = align4;
    stage_layer(&stage, LAYER_AH, 1, 2);
    stage.layer.spi = 0x1001;
    stage.layer.ah_length = length;
    stage_judged(&stage, VERDICT_TOO_SHORT, stage_add(&stage), 1, 0);
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_too_short);
    stage_fact(finding, "length", length);
    stage_fact(finding, "expected", align4 ? 28 : 32);
    stage_fact(finding, "icv", 16);
    stage_fact(finding, "align4", align4);
    stage_says(&stage, finding, says);
    stage_stop(&stage);
}

static void test_too_short_ah(void **state)
{
    (void)state;
    too_short_ah(28, false, "Linux pads to 8 unless the SA has the flag align4");
    too_short_ah(32, true, "this SA has the flag");
    too_short_ah(24, false, "SHA-256 truncated to 96 bits");
    too_short_ah(44, false, "room for an ICV of at most 32 bytes");
    too_short_ah(12, false, "room for an ICV of at most 0 bytes");
}

static void test_misaligned(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    too_short_esp(&stage); /* the SA: ICV of 16; the sender makes 12 bytes: 8 + 16 + 16 n + 12 */
    uint32_t sa = stage_add(&stage);
    for (uint32_t blocks = 1; blocks <= 3; blocks++) {
        stage_judged(&stage, VERDICT_MISALIGNED, sa, blocks, blocks - 1);
        stage.layer.wire = 8 + 16 + 16 * (blocks + 2) + 12;
        stage_raise(&stage, EVENT_VERDICT);
    }
    struct finding *finding = stage_finding(&stage, &condition_misaligned);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    stage_fact(finding, "block", 16);
    stage_fact(finding, "remainder", 12);
    stage_fact(finding, "icv", 16);
    stage_fact(finding, "same_remainder", 1);
    stage_says(&stage, finding, "Every one of them would be whole blocks with an ICV of 12 bytes instead of 16");

    stage_judged(&stage, VERDICT_MISALIGNED, sa, 9, 8);
    stage.layer.wire = 101;
    stage_raise(&stage, EVENT_VERDICT);
    stage_fact(finding, "same_remainder", 0);
    stage_says(&stage, finding, "differs from packet to packet");
    stage_stop(&stage);
}

static void test_packet_damaged(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_defect(&stage, LAYER_IKE, DEFECT_IKE_LENGTH, 500, 500);
    stage_raise(&stage, EVENT_DEFECT);
    stage.layer.defect = DEFECT_IKE_SHORT;
    stage_raise(&stage, EVENT_DEFECT);
    stage_raise(&stage, EVENT_DEFECT);
    struct finding *finding = stage_finding(&stage, &condition_packet_damaged);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13824);
    stage_fact(finding, "ike_length", 1);
    stage_fact(finding, "ike_short", 2);
    stage_says(&stage, finding, "in 2 the datagram is shorter than");
    stage_stop(&stage);

    static const enum defect others[] = { DEFECT_LINK,     DEFECT_IP_HEADER, DEFECT_IP6_CHAIN,
                                          DEFECT_FRAGMENT, DEFECT_TUNNEL,    DEFECT_DEPTH };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        stage_start(&stage);
        stage_layer(&stage, LAYER_OTHER, 1, 2);
        stage.layer.ip = (struct ip_header){ 0 }; /* damaged below IP: nobody knows from whom */
        stage.layer.defect = (uint8_t)others[i];
        stage.layer.status = DECODE_BAD;
        stage_raise(&stage, EVENT_DEFECT);
        assert_int_equal(ledger_count(stage.detect.ledger), 1);
        finding = stage_finding(&stage, &condition_packet_damaged);
        assert_int_equal(finding->windows, 0);
        stage_says(&stage, finding, "1 packet cannot be read: in 1 ");
        stage_stop(&stage);
    }
}

static void test_other_defects_are_nobodys(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    static const enum defect none[] = { DEFECT_NONE, DEFECT_ESP_SHORT, DEFECT_AH_SHORT, DEFECT_AH_LENGTH };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        stage_defect(&stage, LAYER_OTHER, none[i], 4500, 4500);
        stage_raise(&stage, EVENT_DEFECT);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_encapsulation),
        cmocka_unit_test(test_ike_without_marker),
        cmocka_unit_test(test_ike_marker_on_500),
        cmocka_unit_test(test_nat_t_short),
        cmocka_unit_test(test_udp_length),
        cmocka_unit_test(test_checksum_wrong),
        cmocka_unit_test(test_header_invalid),
        cmocka_unit_test(test_too_short_esp),
        cmocka_unit_test(test_too_short_ah),
        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_packet_damaged),
        cmocka_unit_test(test_other_defects_are_nobodys),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_expired_by_history),
        cmocka_unit_test(test_bare_findings_are_explained),
        cmocka_unit_test(test_muted_conditions_are_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
