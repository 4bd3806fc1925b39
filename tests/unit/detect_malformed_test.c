/* Conditions of sizes and damaged headers. Driven by events made by hand: claims, certainty, facts, words. */
#include "detect_stage.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_invalid),
        cmocka_unit_test(test_too_short_esp),
        cmocka_unit_test(test_too_short_ah),
        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_packet_damaged),
        cmocka_unit_test(test_other_defects_are_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
