/* receiver_order: each check that needs no key, and that the first one that fails is the verdict, in the kernel's order. */
#include "sa_maker.h"

#include "receiver/receiver.h"

struct hall {
    struct receiver receiver;
    struct sa_record records[8];
    unsigned count;
    struct frame frame;
    struct layer layer;
    struct judgement judgement;
};

static void hall_start(struct hall *hall)
{
    memset(hall, 0, sizeof *hall);
    hall->receiver.db = sadb_create(NULL);
    hall->receiver.known = known_create(NULL);
    struct prefix all = maker_prefix("192.0.2.0/24");
    assert_true(known_add_receiver(hall->receiver.known, &all, NULL));
    hall->frame = (struct frame){ .number = 1, .time_ns = 1000 * SECOND };
}

static void hall_stop(struct hall *hall)
{
    known_destroy(hall->receiver.known);
    sadb_destroy(hall->receiver.db);
}

/* AES-GCM with 16 bytes of ICV: an ESP packet has 8 + 8 + 2 + 16 bytes or more. */
static struct sa_definition *hall_define(struct hall *hall, uint32_t spi, uint8_t proto)
{
    struct sa_record *record = &hall->records[hall->count++];
    *record = maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.2", spi, proto);
    if (proto == SA_PROTO_ESP)
        record->definition.encryption = suite_encryption_find(DIALECT_XFRM, "rfc4106(gcm(aes))", 17, 128);
    else
        record->definition.integrity = suite_integrity_find(DIALECT_XFRM, "hmac(sha1)", 10, 96);
    return &record->definition;
}

static uint32_t hall_add(struct hall *hall)
{
    const struct sa_definition *definition = &hall->records[hall->count - 1].definition;
    known_add_pair(hall->receiver.known, &definition->src.addr, &definition->dst.addr, false, 0, false, false);
    return sadb_add(hall->receiver.db, &hall->records[hall->count - 1], 0, 32);
}

static enum verdict hall_judge(struct hall *hall, uint32_t spi, uint8_t proto, uint32_t seq, uint32_t wire)
{
    static const uint8_t bytes[64] = { 0xff };
    struct layer *layer = &hall->layer;
    layer->kind = proto == SA_PROTO_AH ? LAYER_AH : LAYER_ESP;
    layer->bytes = bytes;
    layer->captured = wire < sizeof bytes ? wire : sizeof bytes;
    layer->wire = wire;
    layer->spi = spi;
    layer->seq = seq;
    layer->ip.version = 4;
    layer->ip.protocol = proto;
    layer->ip.src = maker_addr("192.0.2.1");
    layer->ip.dst = maker_addr("192.0.2.2");
    uint64_t hash = sadb_hash(hall->receiver.db, &layer->ip.dst, spi, proto);
    receiver_judge(&hall->receiver, &hall->frame, layer, hash, &hall->judgement);
    hall->frame.number++;
    hall->frame.time_ns += SECOND / 100;
    return hall->judgement.verdict;
}

static void counted(const struct hall *hall, enum counter counter)
{
    assert_string_equal(counter_name(hall->judgement.counter), counter_name(counter));
}

/* One SA that fails in every way; each fault is taken away in turn, and the next one shows. */
static void test_order(void **state)
{
    (void)state;
    struct hall hall;
    hall_start(&hall);
    hall.layer.status = DECODE_BAD;
    hall.layer.defect = DEFECT_ESP_SHORT;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 0, 7), VERDICT_HEADER_INVALID);
    counted(&hall, COUNTER_IN_HDR_ERROR);
    hall.layer.status = DECODE_CUT;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 0, 7), VERDICT_CUT);
    hall.layer.status = DECODE_OK;
    hall.layer.defect = DEFECT_NONE;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 0, 8), VERDICT_UNKNOWN_SPI);
    counted(&hall, COUNTER_IN_NO_STATES);

    struct sa_definition *definition = hall_define(&hall, 0x1002, SA_PROTO_ESP);
    definition->state = SA_STATE_LARVAL;
    definition->encap_known = true;
    definition->encap = ENCAP_UDP;
    definition->hard.packets = 1;
    uint32_t sa = hall_add(&hall);
    struct sa_hot *hot = sadb_hot(hall.receiver.db, sa);
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 0, 8), VERDICT_NOT_READY);
    counted(&hall, COUNTER_ACQUIRE_ERROR);
    hot->flags &= ~(uint32_t)SA_HOT_LARVAL;
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 0, 8), VERDICT_WRONG_ENCAPSULATION);
    counted(&hall, COUNTER_IN_STATE_MISMATCH);
    hall.layer.encap = ENCAP_UDP;
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 0, 8), VERDICT_REPLAYED); /* number 0 */
    counted(&hall, COUNTER_IN_STATE_SEQ_ERROR);
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 1, 8), VERDICT_TOO_SHORT);
    counted(&hall, COUNTER_IN_STATE_PROTO_ERROR);
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 100, 100), VERDICT_ACCEPTED);
    assert_null(counter_name(hall.judgement.counter));
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 100, 8), VERDICT_REPLAYED); /* before the limit, before the size */
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 68, 8), VERDICT_TOO_OLD);
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 101, 8), VERDICT_EXPIRED); /* before the size */
    counted(&hall, COUNTER_IN_STATE_EXPIRED);
    assert_int_equal(hall_judge(&hall, 0x1002, SA_PROTO_ESP, 101, 100), VERDICT_EXPIRED);
    counted(&hall, COUNTER_IN_NO_STATES); /* by then the kernel has no such SA any more */
    hall_stop(&hall);
}

/* Only what was accepted moves the window. */
static void test_window(void **state)
{
    (void)state;
    struct hall hall;
    hall_start(&hall);
    hall_define(&hall, 0x1001, SA_PROTO_ESP);
    uint32_t sa = hall_add(&hall);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 10, 100), VERDICT_ACCEPTED);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 50000, 12), VERDICT_TOO_SHORT);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 11, 100), VERDICT_ACCEPTED);
    assert_true(hall.judgement.in_order);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 9, 100), VERDICT_ACCEPTED);
    assert_false(hall.judgement.in_order);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 9, 100), VERDICT_REPLAYED);
    const struct sa *cold = sadb_sa(hall.receiver.db, sa);
    assert_int_equal(sadb_hot(hall.receiver.db, sa)->packets, 3);
    assert_int_equal(cold->verdicts[VERDICT_TOO_SHORT], 1);
    assert_int_equal(cold->verdicts[VERDICT_REPLAYED], 1);
    assert_int_equal(cold->first_frame, 1);
    hall_stop(&hall);
}

/* Sizes: every length around the least one and around whole blocks. */
static void test_sizes(void **state)
{
    (void)state;
    struct hall hall;
    hall_start(&hall);
    hall_define(&hall, 0x1001, SA_PROTO_ESP);
    hall_add(&hall);
    struct sa_definition *cbc = hall_define(&hall, 0x1002, SA_PROTO_ESP);
    cbc->encryption = suite_encryption_find(DIALECT_XFRM, "cbc(aes)", 8, 0);
    cbc->integrity = suite_integrity_find(DIALECT_XFRM, "hmac(sha256)", 12, 128);
    hall_add(&hall);
    uint32_t seq = 0;
    for (uint32_t wire = 8; wire < 200; wire++) {
        enum verdict gcm = hall_judge(&hall, 0x1001, SA_PROTO_ESP, ++seq, wire);
        /* a trailer alone is refused always, so one byte more than 8 + 8 + 2 + 16 is the least that can pass; AEADs need no alignment */
        if (wire < 8 + 8 + 2 + 16)
            assert_int_equal(gcm, VERDICT_TOO_SHORT);
        else if (wire > 8 + 8 + 2 + 16)
            assert_int_equal(gcm, VERDICT_ACCEPTED);
        enum verdict blocks = hall_judge(&hall, 0x1002, SA_PROTO_ESP, seq, wire);
        if (wire < 8 + 16 + 16 + 16)
            assert_int_equal(blocks, VERDICT_TOO_SHORT);
        else
            assert_int_equal(blocks, (wire - 8 - 16 - 16) % 16 ? VERDICT_MISALIGNED : VERDICT_ACCEPTED);
    }
    hall_stop(&hall);
}

/* Linux takes the ICV of AH padded to 8 bytes: 12 + 12 is 24; with another length the packet is refused. */
static void test_ah(void **state)
{
    (void)state;
    struct hall hall;
    hall_start(&hall);
    hall_define(&hall, 0x1001, SA_PROTO_AH);
    hall_add(&hall);
    uint32_t seq = 0;
    hall.layer.ah_length = 24;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_AH, ++seq, 100), VERDICT_ACCEPTED);
    hall.layer.ah_length = 28;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_AH, ++seq, 100), VERDICT_TOO_SHORT);
    counted(&hall, COUNTER_IN_STATE_PROTO_ERROR);
    hall.layer.status = DECODE_BAD;
    hall.layer.defect = DEFECT_AH_LENGTH;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_AH, ++seq, 100), VERDICT_HEADER_INVALID);
    counted(&hall, COUNTER_IN_STATE_PROTO_ERROR); /* found after the lookup */
    hall.layer.status = DECODE_OK;
    hall.layer.defect = DEFECT_NONE;
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 1, 100), VERDICT_UNKNOWN_SPI);
    assert_int_equal(hall.judgement.cause, CAUSE_OTHER_PROTOCOL);
    hall_stop(&hall);
}

/* The causes of an unknown SPI that a single packet shows. */
static void test_causes(void **state)
{
    (void)state;
    static const struct {
        uint32_t spi;
        enum cause cause;
    } rows[] = { { 0, CAUSE_ZERO_SPI },          { 1, CAUSE_RESERVED_SPI },  { 255, CAUSE_RESERVED_SPI },
                 { 0x44332211, CAUSE_BYTE_SWAPPED }, { 0x11223345, CAUSE_ONE_BIT }, { 0x91223344, CAUSE_ONE_BIT },
                 { 0x11223347, CAUSE_UNEXPLAINED } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hall hall;
        hall_start(&hall);
        hall_define(&hall, 0x11223344, SA_PROTO_ESP);
        uint32_t sa = hall_add(&hall);
        assert_int_equal(hall_judge(&hall, rows[i].spi, SA_PROTO_ESP, 1, 100), VERDICT_UNKNOWN_SPI);
        assert_int_equal(hall.judgement.cause, rows[i].cause);
        if (rows[i].cause == CAUSE_BYTE_SWAPPED || rows[i].cause == CAUSE_ONE_BIT)
            assert_int_equal(hall.judgement.near, sa); /* it says which SA it nearly was */
        hall_stop(&hall);
    }
}

static void test_unjudged(void **state)
{
    (void)state;
    struct hall hall;
    hall_start(&hall);
    known_refuse_all(hall.receiver.known);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 5, 100), VERDICT_UNJUDGED);
    assert_int_equal(hall.judgement.cause, CAUSE_LATE_CAPTURE);
    assert_int_equal(hall_judge(&hall, 0x1001, SA_PROTO_ESP, 5, 100), VERDICT_UNJUDGED); /* nobody refuses a replay of an SA that is only seen */
    assert_int_equal(sadb_seen_count(hall.receiver.db), 1);
    assert_int_equal(hall_judge(&hall, 0, SA_PROTO_ESP, 5, 100), VERDICT_UNKNOWN_SPI); /* SPI 0 is right nowhere */
    hall_stop(&hall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_window), cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_ah),    cmocka_unit_test(test_causes), cmocka_unit_test(test_unjudged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
