/* opened: what is said of ICVs, of what came out of packets, of policies, and of SAs that protect little. */
#include "detect_stage.h"

#include "receiver/inner.h"
#include "receiver/suspect.h"
#include "track/espnull.h"
#include "track/nonce.h"

static const struct encryption *encryption(const char *name)
{
    const struct encryption *row = suite_encryption_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_non_null(row);
    return row;
}

static const struct integrity *integrity(const char *name)
{
    const struct integrity *row = suite_integrity_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_non_null(row);
    return row;
}

/* One ESP SA with keys from host 1 to host 2; its definition may be changed after. */
static uint32_t start(struct stage *stage, struct sa_definition **definition, const char *cipher, const char *mac)
{
    stage_start(stage);
    *definition = stage_definition(stage, 1, 2, 0x1001);
    (*definition)->encryption = encryption(cipher);
    (*definition)->integrity = mac ? integrity(mac) : NULL;
    (*definition)->mode = SA_MODE_TUNNEL;
    stage_layer(stage, LAYER_ESP, 1, 2);
    stage->layer.status = DECODE_OK;
    stage->layer.spi = 0x1001;
    return stage_add(stage);
}

static void fails(struct stage *stage, uint32_t sa, uint32_t seq, enum cause cause)
{
    stage_judged(stage, VERDICT_INTEGRITY_FAILED, sa, seq, 0);
    stage->judgement.cause = (uint8_t)cause;
    stage_raise(stage, EVENT_VERDICT);
}

/* ---- integrity-failed ---- */

static void test_damaged_among_good_ones(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
    sadb_sa(stage.db, sa)->verified = 10;
    fails(&stage, sa, 11, CAUSE_NONE);
    sadb_sa(stage.db, sa)->verified = 30;
    fails(&stage, sa, 32, CAUSE_NONE);
    sadb_sa(stage.db, sa)->verified = 50;
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_integrity_failed);
    assert_int_equal(finding->cause, CAUSE_CORRUPT);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(finding->windows, 13915);
    assert_int_equal(finding->counter, COUNTER_IN_STATE_PROTO_ERROR);
    stage_fact(finding, "failed", 2);
    stage_fact(finding, "verified", 50);
    stage_fact(finding, "first_seq", 11);
    stage_fact(finding, "last_seq", 32);
    stage_says(&stage, finding, "these were changed after the sender had sealed them, or forged");
    stage_says(&stage, finding, "50 others of the SA verify");
    stage_stop(&stage);
}

static void test_no_packet_right(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 3; count++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, "AES-CBC", "HMAC-SHA1-96");
        for (unsigned i = 0; i < count; i++)
            fails(&stage, sa, i + 1, CAUSE_NONE);
        stage_end(&stage);
        struct finding *finding = stage_finding(&stage, &condition_integrity_failed);
        assert_int_equal(finding->cause, count == 1 ? CAUSE_NONE : CAUSE_WRONG_KEY);
        stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
        stage_says(&stage, finding, count == 1 ? "cannot be told" : "the key is not the sender's");
        stage_says(&stage, finding, "encryption and integrity key exchanged");
        stage_stop(&stage);
    }
}

/* All right until one packet, none after it: the key changed under the SPI. And the reverse. */
static void test_the_key_changed(void **state)
{
    (void)state;
    for (int since = 0; since < 2; since++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
        sadb_sa(stage.db, sa)->verified = since ? 100 : 0;
        for (unsigned i = 0; i < 5; i++)
            fails(&stage, sa, 200 + i, CAUSE_NONE);
        sadb_sa(stage.db, sa)->verified = 100;
        stage_end(&stage);
        struct finding *finding = stage_finding(&stage, &condition_integrity_failed);
        assert_int_equal(finding->cause, CAUSE_WRONG_KEY);
        stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
        stage_says(&stage, finding, since ? "Until the first of them 100 verified, and none after it" : "came after the last of these");
        stage_says(&stage, finding, "another key under the same SPI");
        stage_stop(&stage);
    }
}

/* What fits is told with its certainty; a damaged packet among those that fit is one of its own. */
static void test_a_reason_that_fits(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
    definition->icv = 8;
    struct suspicion *found = calloc(1, sizeof *found); /* sadb_destroy frees it */
    assert_non_null(found);
    *found = (struct suspicion){ .cause = CAUSE_ICV_LENGTH, .icv = 16, .explained = 3, .near = SADB_NONE };
    sadb_sa(stage.db, sa)->suspicion = found;
    for (unsigned i = 0; i < 3; i++)
        fails(&stage, sa, i + 1, CAUSE_ICV_LENGTH);
    fails(&stage, sa, 4, CAUSE_NONE);
    stage_end(&stage);
    assert_int_equal(ledger_count(stage.detect.ledger), 2);
    struct finding *fits = ledger_at(stage.detect.ledger, 0), *damaged = ledger_at(stage.detect.ledger, 1);
    assert_int_equal(fits->cause, CAUSE_ICV_LENGTH);
    stage_is(fits, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    stage_fact(fits, "icv", 8);
    stage_fact(fits, "sender_icv", 16);
    stage_says(&stage, fits, "They verify with this key and an ICV of 128 bits instead of 64");
    stage_says(&stage, fits, "change the SA at its definition");
    assert_int_equal(damaged->cause, CAUSE_CORRUPT);
    stage_says(&stage, damaged, "What explains the SA's other failing packets does not explain this");
    /* but where others verify as they are, nothing is to be changed */
    sadb_sa(stage.db, sa)->verified = 7;
    stage_says(&stage, fits, "others of the SA verify as they are (7)");
    stage_says_not(&stage, fits, "change the SA at");
    stage_stop(&stage);
}

static void test_every_reason_has_words(void **state)
{
    (void)state;
    for (unsigned cause = CAUSE_ICV_LENGTH; cause <= CAUSE_MUTABLE_FIELD; cause++) {
        struct stage stage;
        struct sa_definition *definition;
        bool ah = cause >= CAUSE_ADDRESS_TRANSLATED;
        uint32_t sa = start(&stage, &definition, "AES-CBC", "HMAC-SHA2-256-128");
        if (ah)
            stage_layer(&stage, LAYER_AH, 1, 2);
        struct suspicion *found = calloc(1, sizeof *found);
        assert_non_null(found);
        *found = (struct suspicion){ .cause = (uint8_t)cause, .icv = 12, .integrity = integrity("HMAC-SHA1-96"), .near = sa, .high_off = -1,
                                     .covered = MUTABLE_TOS | MUTABLE_CHECKSUM, .field = "identification", .field_at = 4,
                                     .field_bytes = 2, .field_was = 0x1234, .field_is = 0xabcd, .src = stage_host(7), .dst = stage_host(8) };
        sadb_sa(stage.db, sa)->suspicion = found;
        fails(&stage, sa, 1, (enum cause)cause);
        stage_end(&stage);
        struct finding *finding = stage_finding(&stage, &condition_integrity_failed);
        static const char *const parts[] = { "96 bits instead of 128", "HMAC-SHA1-96", "the two were exchanged", "the opposite direction",
                                             "another SA between the same hosts", "which the SA does not have", "which the SA has",
                                             "left of the window", "salt", "10.77.0.7 > 10.77.0.8", "0x1234 instead of 0xabcd",
                                             "TOS (DSCP, ECN), checksum" };
        stage_says(&stage, finding, parts[cause - CAUSE_ICV_LENGTH]);
        assert_non_null(words_cause((enum cause)cause));
        stage_stop(&stage);
    }
}

/* Past the ledger's limit for one pair of hosts many SAs are one finding, which claims nothing of any one of them. */
static void test_many_sas_fail(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
    uint64_t counted = 0;
    for (uint32_t spi = 0; spi < 100; spi++) {
        stage.layer.spi = 0x2000 + spi;
        fails(&stage, sa, spi + 1, CAUSE_NONE);
        fails(&stage, sa, spi + 2, CAUSE_NONE);
    }
    stage_end(&stage);
    assert_in_range(ledger_count(stage.detect.ledger), LEDGER_PER_PAIR, LEDGER_PER_PAIR + 2);
    struct finding *wide = ledger_at(stage.detect.ledger, ledger_count(stage.detect.ledger) - 1);
    assert_false(wide->subject.has_spi);
    assert_int_equal(wide->sa, SADB_NONE);
    stage_is(wide, SEVERITY_ERROR, CERTAINTY_LIKELY);
    stage_says(&stage, wide, "do not have the ICV that the SA's key makes");
    stage_says(&stage, wide, "more SPIs or subjects");
    for (uint32_t i = 0; i < ledger_count(stage.detect.ledger); i++)
        counted += ledger_at(stage.detect.ledger, i)->count;
    assert_int_equal(counted, 200);
    stage_stop(&stage);
}

/* ---- what came out ---- */

static void opened(struct stage *stage, uint32_t sa, uint32_t seq, unsigned remarks, const struct inner_packet *inner, uint64_t other)
{
    stage_judged(stage, VERDICT_ACCEPTED, sa, seq, 0);
    stage->judgement.verified = true;
    struct event event = { .kind = EVENT_OPENED, .frame = &stage->frame, .layer = &stage->layer, .judgement = &stage->judgement,
                           .inner = inner, .remarks = (uint8_t)remarks, .other = other, .sa = sa };
    detect_raise(&stage->detect, &event);
    stage->frame.number++;
}

static void test_remarks(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
    static const uint8_t packet[24] = { 0, 0, 0x10, 1, 0, 0, 0, 9, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4 };
    struct inner_packet inner = { .known = true, .tunnel = true, .tfc = 60 };
    stage.layer.bytes = packet;
    opened(&stage, sa, 5, OPENED_TFC, &inner, 0);
    inner.tfc = 1000;
    opened(&stage, sa, 6, OPENED_TFC | OPENED_PADDING, &inner, 0);
    opened(&stage, sa, 7, OPENED_DAMAGED, &inner, 0);
    opened(&stage, sa, 9, OPENED_NONCE, &inner, 3);
    sadb_sa(stage.db, sa)->verified = 9;
    stage_end(&stage);
    struct finding *tfc = stage_finding(&stage, &condition_tfc_padding), *padding = stage_finding(&stage, &condition_padding_wrong),
                   *damaged = stage_finding(&stage, &condition_inner_damaged), *nonce = stage_finding(&stage, &condition_nonce_reused);
    assert_int_equal(tfc->count, 2);
    stage_fact(tfc, "tfc_bytes", 1060);
    stage_fact(tfc, "most", 1000);
    stage_is(tfc, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    stage_says(&stage, tfc, "1060 in all, at most 1000 in one");
    stage_is(padding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    stage_says(&stage, padding, "its padding is not 1, 2, 3");
    stage_says(&stage, damaged, "without any IPsec counter");
    stage_is(nonce, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(nonce->windows, 0);
    assert_int_equal(nonce->counter, COUNTER_NONE);
    stage_fact(nonce, "seq", 9);
    stage_fact(nonce, "other_seq", 3);
    stage_says(&stage, nonce, "sequence numbers 3 and 9 both verify and have the same IV 0xdeadbeef01020304");
    stage_stop(&stage);
}

/* A sender that counts anew under one key repeats its IVs, if they follow its numbers. */
static void test_nonces_after_a_restart(void **state)
{
    (void)state;
    for (int follows = 0; follows < 2; follows++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL), tables = 0;
        uint64_t other;
        for (uint64_t seq = 1; seq < 100; seq++)
            nonce_look(sadb_sa(stage.db, sa), follows ? seq : seq * 77773, seq, &tables, &other);
        stage_judged(&stage, VERDICT_ACCEPTED, sa, 6, 100);
        stage_raise(&stage, EVENT_RESTART); /* not verified */
        assert_null(stage_only(&stage, &condition_nonce_reused));
        stage.judgement.verified = true;
        stage_raise(&stage, EVENT_RESTART);
        struct finding *finding = stage_only(&stage, &condition_nonce_reused);
        assert_int_equal(finding != NULL, follows);
        if (finding) {
            stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
            stage_says(&stage, finding, "began its sequence numbers anew (at 6) under the same key");
        }
        stage_stop(&stage);
    }
}

static struct inner_packet inner_of(uint8_t next, uint32_t length)
{
    return (struct inner_packet){ .next = next, .length = length };
}

static void verdict_with(struct stage *stage, enum verdict verdict, uint32_t sa, uint32_t seq, const struct inner_packet *inner)
{
    struct event event = { .kind = EVENT_VERDICT, .frame = &stage->frame, .layer = &stage->layer, .judgement = &stage->judgement,
                           .inner = inner, .sa = sa };
    stage->judgement.verdict = (uint8_t)verdict;
    stage->judgement.full = stage->layer.seq = seq;
    detect_raise(&stage->detect, &event);
    stage->frame.number++;
}

static void test_the_wrong_mode(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-CBC", "HMAC-SHA1-96");
    struct inner_packet inner = inner_of(6, 40);
    stage_judged(&stage, VERDICT_INNER_INVALID, sa, 1, 0);
    verdict_with(&stage, VERDICT_INNER_INVALID, sa, 1, &inner);
    sadb_sa(stage.db, sa)->verified = 5;
    sadb_sa(stage.db, sa)->verdicts[VERDICT_INNER_INVALID] = 5;
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_inner_invalid);
    stage_fact(finding, "next_header", 6);
    stage_says(&stage, finding, "it carries TCP (6), which a tunnel cannot");
    stage_says(&stage, finding, "the integrity key and not the encryption key");
    definition->encryption = encryption("AES-GCM-16");
    stage_says(&stage, finding, "that is the sender's fault, because one key");
    sadb_sa(stage.db, sa)->verified = 50;
    detect_conclude(&stage.detect);
    stage_says(&stage, finding, "The keys are right, since other packets of the SA came out whole (45)");
    stage_stop(&stage);

    sa = start(&stage, &definition, "AES-GCM-16", NULL);
    definition->mode = SA_MODE_TRANSPORT;
    inner = inner_of(4, 60);
    stage_judged(&stage, VERDICT_INNER_INVALID, sa, 1, 0);
    stage.judgement.counter = COUNTER_IN_NO_STATES;
    verdict_with(&stage, VERDICT_INNER_INVALID, sa, 1, &inner);
    finding = stage_finding(&stage, &condition_inner_invalid);
    assert_int_equal(finding->counter, COUNTER_IN_NO_STATES);
    stage_says(&stage, finding, "IP-in-IP tunnels");
    stage_stop(&stage);
}

static void test_trailer_and_dummy(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-CBC", "HMAC-SHA1-96");
    stage_judged(&stage, VERDICT_TRAILER_INVALID, sa, 1, 0);
    for (uint32_t seq = 1; seq <= 3; seq++)
        verdict_with(&stage, VERDICT_TRAILER_INVALID, sa, seq, NULL);
    stage_judged(&stage, VERDICT_DUMMY, sa, 1, 0);
    verdict_with(&stage, VERDICT_DUMMY, sa, 4, NULL);
    sadb_sa(stage.db, sa)->verified = 3;
    sadb_sa(stage.db, sa)->verdicts[VERDICT_TRAILER_INVALID] = 3;
    stage_end(&stage);
    struct finding *trailer = stage_finding(&stage, &condition_trailer_invalid), *dummy = stage_finding(&stage, &condition_dummy);
    stage_is(trailer, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(trailer->count, 3);
    stage_says(&stage, trailer, "the integrity key and not the encryption key");
    stage_is(dummy, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(dummy->windows, 0);
    stage_says(&stage, dummy, "a false alarm");
    stage_stop(&stage);
}

/* ---- policies ---- */

static struct policy make_policy(bool block)
{
    struct policy policy = { .index = 8, .priority = 17, .block = block, .templates = block ? 0 : 1 };
    policy.selector.src = (struct prefix){ addr_ip4((const uint8_t[4]){ 10, 1, 0, 0 }), 24 };
    policy.selector.dst = (struct prefix){ addr_ip4((const uint8_t[4]){ 10, 2, 0, 0 }), 24 };
    policy.selector.sport_high = policy.selector.dport_high = UINT16_MAX;
    policy.template[0] = (struct policy_template){ .src = stage_host(1), .dst = stage_host(2), .proto = SA_PROTO_ESP, .mode = SA_MODE_TUNNEL,
                                                   .reqid = 5 };
    return policy;
}

static struct inner_packet make_inner(void)
{
    struct inner_packet inner = { .known = true, .tunnel = true };
    inner.flow = (struct spd_flow){ .src = addr_ip4((const uint8_t[4]){ 10, 1, 0, 9 }), .dst = addr_ip4((const uint8_t[4]){ 10, 2, 0, 8 }),
                                    .proto = 17, .ports_known = true, .sport = 5000, .dport = 53 };
    return inner;
}

static void test_selectors(void **state)
{
    (void)state;
    static const struct {
        enum cause cause;
        const char *part, *more;
    } rows[] = {
        { CAUSE_NO_POLICY, "10.1.0.9 > 10.2.0.8, UDP port 5000 > 53", "no inbound policy" },
        { CAUSE_TEMPLATE, "the policy 10.1.0.0/24 > 10.2.0.0/24 (index 8, priority 17)",
          "asks for esp in tunnel mode, request id 5, from 10.77.0.1; the packet came through esp in tunnel mode, request id 6, from 10.77.0.1" },
        { CAUSE_SELECTOR, "the SA's own selector is 192.0.2.0/28 > any, TCP", "decrypted and counted" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
        struct policy policy = make_policy(false);
        struct inner_packet inner = make_inner();
        definition->reqid = 6;
        definition->selector.src = (struct prefix){ addr_ip4((const uint8_t[4]){ 192, 0, 2, 0 }), 28 };
        definition->selector.proto = 6;
        definition->selector.sport_high = definition->selector.dport_high = UINT16_MAX;
        stage_judged(&stage, VERDICT_SELECTOR_MISMATCH, sa, 1, 0);
        stage.judgement.cause = (uint8_t)rows[i].cause;
        stage.judgement.policy = rows[i].cause == CAUSE_TEMPLATE ? &policy : NULL;
        stage.judgement.refuser = rows[i].cause == CAUSE_SELECTOR ? definition : NULL;
        verdict_with(&stage, VERDICT_SELECTOR_MISMATCH, sa, 1, &inner);
        struct finding *finding = stage_finding(&stage, &condition_selector_mismatch);
        stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
        stage_fact(finding, "inner_sport", 5000);
        stage_fact(finding, "inner_proto", 17);
        stage_says(&stage, finding, rows[i].part);
        stage_says(&stage, finding, rows[i].more);
        stage_stop(&stage);
    }
}

/* Clear packets of many pairs of hosts: told one by one up to a limit, all of them counted. */
static void test_clear_text(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct policy policy = make_policy(false);
    struct inner_packet inner = make_inner();
    uint64_t counted = 0;
    for (unsigned host = 1; host <= 200; host++) {
        stage_layer(&stage, LAYER_CLEAR, (uint8_t)host, 2);
        stage_judged(&stage, VERDICT_CLEAR_TEXT, SADB_NONE, 0, 0);
        stage.judgement.policy = &policy;
        verdict_with(&stage, VERDICT_CLEAR_TEXT, SADB_NONE, 0, &inner);
        verdict_with(&stage, VERDICT_CLEAR_TEXT, SADB_NONE, 0, &inner);
    }
    assert_in_range(ledger_count(stage.detect.ledger), 30, 40);
    for (uint32_t i = 0; i < ledger_count(stage.detect.ledger); i++)
        counted += ledger_at(stage.detect.ledger, i)->count;
    assert_int_equal(counted, 400);
    struct finding *first = ledger_at(stage.detect.ledger, 0), *last = ledger_at(stage.detect.ledger, ledger_count(stage.detect.ledger) - 1);
    stage_is(first, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    assert_int_equal(first->windows, 13916);
    stage_says(&stage, first, "10.1.0.9 > 10.2.0.8, UDP port 5000 > 53");
    stage_says(&stage, first, "requires esp in tunnel mode");
    assert_int_equal(last->subject.dst.family, 0);
    stage_says(&stage, last, "More address pairs are counted here");
    stage_stop(&stage);
}

static void test_blocked(void **state)
{
    (void)state;
    struct stage stage;
    struct sa_definition *definition;
    uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
    struct policy policy = make_policy(true);
    struct inner_packet inner = make_inner();
    stage_judged(&stage, VERDICT_BLOCKED, sa, 1, 0);
    stage.judgement.policy = &policy;
    verdict_with(&stage, VERDICT_BLOCKED, sa, 1, &inner);
    struct finding *finding = stage_finding(&stage, &condition_blocked);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_CERTAIN);
    stage_says(&stage, finding, "10.1.0.0/24 > 10.2.0.0/24 (index 8, priority 17), whose action is to block");
    stage_stop(&stage);
}

/* One finding for the whole capture. */
static void test_opened_copies(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    for (unsigned host = 1; host <= 100; host++) {
        stage_layer(&stage, LAYER_CLEAR, (uint8_t)host, (uint8_t)(host + 100));
        stage_judged(&stage, VERDICT_UNJUDGED, SADB_NONE, 0, 0);
        stage.judgement.cause = CAUSE_OPENED_COPY;
        stage_raise(&stage, EVENT_VERDICT);
    }
    stage.judgement.cause = CAUSE_CAPTURED_TWICE;
    stage_raise(&stage, EVENT_VERDICT);
    struct finding *finding = stage_finding(&stage, &condition_opened_copies);
    assert_int_equal(finding->count, 100);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_LIKELY);
    stage_says(&stage, finding, "each inbound tunnel packet shows twice");
    stage_says(&stage, finding, "no leak");
    stage_stop(&stage);
}

/* ---- SAs that protect little ---- */

static void test_weak_sas(void **state)
{
    (void)state;
    static const struct {
        const char *cipher, *mac;
        bool null, unchecked;
    } rows[] = { { "NULL", "HMAC-SHA1-96", true, false }, { "NULL-AES-GMAC", NULL, true, false }, { "AES-CBC", "NONE", false, true },
                 { "NULL", "NONE", true, true }, { "AES-GCM-16", "NONE", false, false }, { "AES-CBC", "HMAC-SHA1-96", false, false },
                 { "AES-CBC", NULL, false, false } /* not told is not none */ };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, rows[i].cipher, rows[i].mac);
        sadb_hot(stage.db, sa)->packets = 12;
        stage_end_sa(&stage, sa);
        struct finding *null = stage_only(&stage, &condition_null_encryption), *unchecked = stage_only(&stage, &condition_no_integrity);
        assert_int_equal(null != NULL, rows[i].null);
        assert_int_equal(unchecked != NULL, rows[i].unchecked);
        if (null) {
            stage_is(null, SEVERITY_NOTE, CERTAINTY_CERTAIN);
            stage_says(&stage, null, "12 packets");
        }
        if (unchecked) {
            stage_is(unchecked, SEVERITY_WARNING, CERTAINTY_CERTAIN);
            stage_says(&stage, unchecked, "without an ICV");
        }
        stage_stop(&stage);
    }
}

static void test_no_replay_check(void **state)
{
    (void)state;
    static const struct {
        bool known, outbound, pair;
        uint32_t window, other;
        bool off;
    } rows[] = {
        { true, false, false, 0, 0, true },  { true, false, false, 32, 0, false }, { false, false, false, 0, 0, false },
        { true, true, false, 0, 0, false },  { true, false, true, 0, 32, false } /* the sender's side of a pair */,
        { true, false, true, 0, 0, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage stage;
        struct sa_definition *definition;
        uint32_t sa = start(&stage, &definition, "AES-GCM-16", NULL);
        definition->window_known = rows[i].known;
        definition->window = rows[i].window;
        definition->outbound = rows[i].outbound;
        if (rows[i].pair) {
            struct sa_definition *back = stage_definition(&stage, 2, 1, 0x1002);
            back->window_known = true;
            back->window = rows[i].other;
            uint32_t other = stage_add(&stage);
            sadb_sa(stage.db, sa)->pair = other;
            sadb_sa(stage.db, other)->pair = sa;
        }
        stage_end_sa(&stage, sa);
        struct finding *finding = stage_only(&stage, &condition_replay_off);
        assert_int_equal(finding != NULL, rows[i].off);
        if (finding)
            stage_is(finding, SEVERITY_NOTE, CERTAINTY_LIKELY);
        stage_stop(&stage);
    }
}

static void test_readable_without_keys(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_seen(&stage, 1, 2, 0x1001);
    sadb_sa(stage.db, sa)->null = (struct espnull_marks){ .looked = ESPNULL_LEAST - 1, .unfit = 0x1d };
    stage_end_sa(&stage, sa);
    assert_null(stage_only(&stage, &condition_esp_null_guess));
    sadb_sa(stage.db, sa)->null.looked = ESPNULL_LEAST;
    stage_end_sa(&stage, sa);
    struct finding *finding = stage_finding(&stage, &condition_esp_null_guess);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_LIKELY);
    stage_fact(finding, "icv", 16);
    stage_says(&stage, finding, "the first 16 packets end, in front of an ICV of 16 bytes");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_among_good_ones), cmocka_unit_test(test_no_packet_right),
        cmocka_unit_test(test_the_key_changed),         cmocka_unit_test(test_a_reason_that_fits),
        cmocka_unit_test(test_every_reason_has_words),  cmocka_unit_test(test_many_sas_fail),
        cmocka_unit_test(test_remarks),
        cmocka_unit_test(test_nonces_after_a_restart),  cmocka_unit_test(test_the_wrong_mode),
        cmocka_unit_test(test_trailer_and_dummy),       cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_clear_text),              cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_opened_copies),           cmocka_unit_test(test_weak_sas),
        cmocka_unit_test(test_no_replay_check),         cmocka_unit_test(test_readable_without_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
