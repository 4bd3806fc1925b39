/* Conditions of sizes: pieces behind and before IPsec, and the exact advice that an SA allows. */
#include "detect_stage.h"

#include "receiver/inner.h"
#include "track/stall.h"

static struct sa_definition *sized(struct stage *stage, uint32_t spi, const char *encryption, const char *integrity, enum sa_mode mode)
{
    struct sa_definition *definition = stage_definition(stage, 1, 2, spi);
    definition->mode = (uint8_t)mode;
    definition->encryption = suite_encryption_find(DIALECT_ESPLAIN, encryption, strlen(encryption), 0);
    assert_non_null(definition->encryption);
    if (integrity != NULL)
        definition->integrity = suite_integrity_find(DIALECT_ESPLAIN, integrity, strlen(integrity), 0);
    return definition;
}

static void pieces(struct stage *stage, uint32_t sa, uint32_t spi, uint32_t total, uint32_t count, uint32_t piece)
{
    stage_layer(stage, LAYER_ESP, 1, 2);
    stage->layer.spi = spi;
    stage->layer.ip.total = total;
    stage_judged(stage, VERDICT_ACCEPTED, sa, 7, 6);
    struct event event = { .kind = EVENT_PIECES, .frame = &stage->frame, .layer = &stage->layer, .judgement = &stage->judgement,
                           .pieces = count, .piece = piece, .sa = sa };
    detect_raise(&stage->detect, &event);
    stage->frame.number++;
}

static void test_outer_fragments(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    sized(&stage, 0x1001, "AES-CBC", "HMAC-SHA2-256-128", SA_MODE_TUNNEL);
    uint32_t sa = stage_add(&stage);
    pieces(&stage, sa, 0x1001, 1532, 2, 1492);
    pieces(&stage, sa, 0x1001, 1500, 2, 0); /* its last piece did not come last */
    pieces(&stage, sa, 0x1001, 3000, 3, 1484);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_outer_fragments);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->count, 3);
    stage_fact(finding, "length", 3000);
    stage_fact(finding, "pieces", 3);
    stage_fact(finding, "piece", 1492);
    stage_fact(finding, "inner_mtu", 1422); /* 1492 - 20 - 8 - 16 - 16 = 1432, whole blocks 1424, without the trailer 1422 */
    stage_fact(finding, "mss_ipv4", 1382);
    stage_fact(finding, "mss_ipv6", 1362);
    stage_says(&stage, finding, "3 ESP packets from 10.77.0.1 to 10.77.0.2 came in fragments, up to 3 of them");
    stage_says(&stage, finding, "takes 1492 to 1499");
    stage_says(&stage, finding, "With AES-CBC and HMAC-SHA2-256-128 in tunnel mode, packets of up to 1422 bytes fit into the tunnel: TCP MSS 1382 "
                                "(IPv4), 1362 (IPv6), or MTU 1422.");
    stage_says(&stage, finding, "None was lost");
    stage_stop(&stage);
}

static void test_lost_pieces_are_pointed_at(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_seen(&stage, 1, 2, 0x1001);
    pieces(&stage, sa, 0x1001, 1532, 2, 1492);
    struct fragments_datagram lost = { .src = stage_host(1), .dst = stage_host(2), .protocol = 50, .end = FRAGMENTS_END_TIMEOUT,
                                       .has_first = true, .pieces = 1, .bytes = 1472, .missing_at = 1472 };
    struct event event = { .kind = EVENT_FRAGMENTS, .datagram = &lost, .sa = SADB_NONE };
    detect_raise(&stage.detect, &event);
    detect_raise(&stage.detect, &event);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_outer_fragments);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN); /* fragments-incomplete is the alarm */
    stage_fact(finding, "incomplete", 2);
    stage_says(&stage, finding, "2 more datagrams in this direction never came together");
    stage_says(&stage, finding, "with any usual algorithm"); /* nobody knows this SA's */
    assert_null(finding_fact(finding, "inner_mtu"));
    stage_stop(&stage);
}

static void test_incomplete_fragments_say_what_fits(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    sized(&stage, 0x1001, "AES-GCM-16", NULL, SA_MODE_TRANSPORT);
    stage_add(&stage);
    struct fragments_datagram lost = { .src = stage_host(1), .dst = stage_host(2), .protocol = 50, .end = FRAGMENTS_END_TIMEOUT,
                                       .has_first = true, .pieces = 2, .bytes = 2944, .missing_at = 2944, .has_spi = true, .spi = 0x1001 };
    struct event event = { .kind = EVENT_FRAGMENTS, .datagram = &lost, .sa = SADB_NONE };
    detect_raise(&stage.detect, &event);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_fragments_incomplete);
    stage_fact(finding, "inner_mtu", 1458); /* 1492 - 20 - 8 - 8 - 16 = 1440, without the trailer 1438, and its own header 20 */
    stage_says(&stage, finding, "With AES-GCM-16 in transport mode, packets of up to 1458 bytes fit as they are before IPsec: TCP MSS 1418 "
                                "(IPv4), or MTU 1458.");
    stage_stop(&stage);
}

static void test_inner_fragments(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64);
    struct inner_packet inner = { .known = true, .tunnel = true, .fragment = true, .length = 1420,
                                  .flow = { .src = stage_host(7), .dst = stage_host(8) } };
    for (unsigned i = 0; i < 3; i++) {
        stage_layer(&stage, LAYER_ESP, 1, 2);
        stage.layer.spi = 0x1001;
        stage.layer.ip.total = 1480;
        stage_judged(&stage, VERDICT_ACCEPTED, sa, i + 1, i);
        struct event event = { .kind = EVENT_OPENED, .frame = &stage.frame, .layer = &stage.layer, .judgement = &stage.judgement,
                               .inner = &inner, .remarks = i == 1 ? OPENED_PADDING : OPENED_FRAGMENT, .sa = sa };
        detect_raise(&stage.detect, &event);
    }
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_inner_fragments);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_int_equal(finding->count, 2); /* the remark on padding is another's */
    stage_fact(finding, "piece", 1420);
    stage_says(&stage, finding, "2 ESP packets carried a piece of an inner packet that had been cut before IPsec, the first from 10.77.0.7 "
                                "to 10.77.0.8");
    stage_stop(&stage);
}

static void quote(struct stage *stage, uint32_t mtu, uint8_t protocol, uint32_t spi)
{
    stage_layer(stage, LAYER_QUOTE, 9, 1);
    stage->layer.ip.protocol = 1;
    stage->layer.quote = (struct quote){ .type = 3, .code = 4, .protocol = protocol, .has_spi = spi != 0, .spi = spi,
                                         .src = stage_host(1), .dst = stage_host(2), .mtu = mtu, .length = 1500,
                                         .sport = protocol == 17 ? 4500 : 0, .dport = protocol == 17 ? 4500 : 0 };
    stage_raise(stage, EVENT_QUOTE);
}

static void test_icmp_with_the_sa(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    sized(&stage, 0x1001, "AES-GCM-16", NULL, SA_MODE_TUNNEL);
    stage_add(&stage);
    quote(&stage, 1400, 50, 0x1001);
    quote(&stage, 1500, 50, 0x1001);
    stage_end(&stage);
    struct finding *finding = stage_finding(&stage, &condition_icmp_error);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_fact(finding, "inner_mtu", 1346);
    stage_says(&stage, finding, "With AES-GCM-16 in tunnel mode, packets of up to 1346 bytes fit into the tunnel: TCP MSS 1306 (IPv4), 1286 "
                                "(IPv6), or MTU 1346.");
    stage_says_not(&stage, finding, "any usual algorithm");
    stage_stop(&stage);
}

/* Only the UDP header is quoted: the SAs between the two tell, where they agree. */
static void test_icmp_without_the_spi(void **state)
{
    (void)state;
    for (unsigned agree = 0; agree < 2; agree++) {
        struct stage stage;
        stage_start(&stage);
        for (uint32_t i = 0; i < 2; i++) {
            struct sa_definition *definition = sized(&stage, 0x1001 + i, i && !agree ? "AES-GCM-8" : "AES-GCM-16", NULL, SA_MODE_TUNNEL);
            definition->encap_known = true;
            definition->encap = ENCAP_UDP;
            stage_add(&stage);
        }
        quote(&stage, 1400, 17, 0);
        stage_end(&stage);
        struct finding *finding = stage_finding(&stage, &condition_icmp_error);
        assert_int_equal(finding_fact(finding, "inner_mtu") != NULL, agree);
        stage_says(&stage, finding, agree ? "in tunnel mode and UDP, packets of up to 1338 bytes" : "any usual algorithm");
        stage_stop(&stage);
    }
}

static void test_size_ceiling(void **state)
{
    (void)state;
    for (unsigned told = 0; told < 2; told++) {
        struct stage stage;
        stage_start(&stage);
        uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64), back = stage_known(&stage, 2, 1, 0x1002, 64);
        sadb_sa(stage.db, sa)->pair = back;
        sadb_sa(stage.db, back)->pair = sa;
        if (told)
            quote(&stage, 1400, 50, 0x1001);
        struct stall stall = { .packets = 5, .length = 1492, .first_frame = 10, .last_frame = 19, .first_ns = SECOND,
                               .last_ns = 7 * SECOND };
        struct event event = { .kind = EVENT_STALL, .sa = sa, .stall = &stall };
        detect_raise(&stage.detect, &event);
        stage_end(&stage);
        if (told) {
            assert_null(stage_only(&stage, &condition_size_ceiling));
        } else {
            struct finding *finding = stage_finding(&stage, &condition_size_ceiling);
            stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
            assert_int_equal(finding->first.frame, 10);
            assert_int_equal(finding->last.frame, 19);
            stage_says(&stage, finding, "The last 5 packets of the ESP SA 0x00001001 to 10.77.0.2 (from 10.77.0.1) all have 1492 bytes");
            stage_says(&stage, finding, "0x00001002");
        }
        stage_stop(&stage);
    }
}

/* The run at an SA's end, straight from the ring of recent packets. */
static unsigned stalls;
static void count_stall(void *context, const struct event *event)
{
    struct stall *into = context;
    assert_int_equal(event->kind, EVENT_STALL);
    *into = *event->stall;
    stalls++;
}

static void test_stall_in_the_ring(void **state)
{
    (void)state;
    static const int64_t waits[] = { 200, 210, 400, 800, 1600 }; /* ms */
    struct stage stage;
    struct recent recent = { .next = 0 };
    struct stall found = { 0 };
    struct event_sink sink = { &found, count_stall };
    uint8_t bytes[1500] = { 0 };
    stalls = 0;
    stage_start(&stage);
    uint32_t sa = stage_known(&stage, 1, 2, 0x1001, 64), back = stage_known(&stage, 2, 1, 0x1002, 64),
             other = stage_known(&stage, 3, 2, 0x1003, 64);
    stall_find(stage.db, &recent, &sink); /* nothing in it */
    sadb_sa(stage.db, sa)->pair = back;
    sadb_hot(stage.db, back)->packets = 3;
    sadb_hot(stage.db, back)->last_ns = stage.frame.time_ns;
    stage_layer(&stage, LAYER_ESP, 1, 2);
    stage.layer.bytes = bytes;
    stage.layer.captured = sizeof bytes;
    stage.layer.ip.df = true;
    for (unsigned i = 0; i < 6; i++) {
        stage.layer.ip.total = 1500;
        recent_add(&recent, &stage.frame, &stage.layer, sa);
        stage.layer.ip.total = 84; /* an SA of others goes on meanwhile, more than once around the ring would be too much */
        for (unsigned k = 0; k < 30; k++)
            recent_add(&recent, &stage.frame, &stage.layer, other);
        stage.frame.number++;
        stage.frame.time_ns += i < 5 ? waits[i] * 1000000 : 0;
    }
    stall_find(stage.db, &recent, &sink);
    assert_int_equal(stalls, 1);
    assert_int_equal(found.packets, 6);
    assert_int_equal(found.length, 1500);
    assert_int_equal(found.last_frame - found.first_frame, 5);
    sadb_hot(stage.db, back)->last_ns = found.first_ns + 300 * 1000000; /* an answer after the second one */
    stall_find(stage.db, &recent, &sink);
    assert_int_equal(stalls, 1);
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outer_fragments),      cmocka_unit_test(test_lost_pieces_are_pointed_at),
        cmocka_unit_test(test_incomplete_fragments_say_what_fits), cmocka_unit_test(test_inner_fragments),
        cmocka_unit_test(test_icmp_with_the_sa),     cmocka_unit_test(test_icmp_without_the_spi),
        cmocka_unit_test(test_size_ceiling),         cmocka_unit_test(test_stall_in_the_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
