/* Conditions of the path: fragments that never came together, ICMP errors that quote IPsec. */
#include "detect_stage.h"

static struct fragments_datagram datagram_of(uint8_t protocol, enum fragments_end end)
{
    return (struct fragments_datagram){ .src = stage_host(1),
                                        .dst = stage_host(2),
                                        .protocol = protocol,
                                        .id = 77,
                                        .end = (uint8_t)end,
                                        .has_first = true,
                                        .pieces = 1,
                                        .bytes = 1480,
                                        .missing_at = 1480,
                                        .first_ns = SECOND,
                                        .last_ns = 2 * SECOND,
                                        .first_frame = 3,
                                        .last_frame = 4 };
}

static void raise_datagram(struct stage *stage, const struct fragments_datagram *datagram)
{
    struct event event = { .kind = EVENT_FRAGMENTS, .datagram = datagram, .sa = SADB_NONE };
    detect_raise(&stage->detect, &event);
}

static void test_ike_without_its_last_piece(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct fragments_datagram datagram = datagram_of(17, FRAGMENTS_END_TIMEOUT);
    datagram.sport = datagram.dport = 500;
    raise_datagram(&stage, &datagram);
    raise_datagram(&stage, &datagram);
    struct finding *finding = stage_finding(&stage, &condition_fragments_incomplete);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_int_equal(finding->windows, 0);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->first.frame, 3);
    assert_int_equal(finding->last.frame, 4);
    stage_fact(finding, "without_last", 2);
    stage_fact(finding, "missing_at", 1480);
    stage_says(&stage, finding, "2 fragmented datagrams from 10.77.0.1 to 10.77.0.2 (UDP port 500 to 500)");
    stage_says(&stage, finding, "the bytes from 1480 on did not");
    stage_says(&stage, finding, "error 809");
    stage_stop(&stage);
}

static void test_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        enum fragments_end end;
        bool first, last;
        const char *fact, *says;
        enum severity severity;
        enum certainty certainty;
    } cases[] = {
        { FRAGMENTS_END_TIMEOUT, false, true, "without_first", "nobody can say which SA", SEVERITY_WARNING,
          CERTAINTY_LIKELY },
        { FRAGMENTS_END_TIMEOUT, true, false, "without_last", "without the last piece", SEVERITY_WARNING,
          CERTAINTY_LIKELY },
        { FRAGMENTS_END_TIMEOUT, true, true, "with_hole", "a hole in the middle", SEVERITY_WARNING, CERTAINTY_LIKELY },
        { FRAGMENTS_END_OVERLAP, true, true, "overlapping", "overlap and disagree", SEVERITY_WARNING,
          CERTAINTY_LIKELY },
        { FRAGMENTS_END_BAD, true, false, "impossible", "impossible offsets", SEVERITY_WARNING, CERTAINTY_LIKELY },
        { FRAGMENTS_END_CAPTURE, true, false, "open_at_end", "may simply be cut off", SEVERITY_NOTE,
          CERTAINTY_POSSIBLE },
        { FRAGMENTS_END_EVICTED, true, false, "given_up_for_room", "lack of room", SEVERITY_NOTE, CERTAINTY_POSSIBLE },
        { FRAGMENTS_END_CUT, true, false, "cut_by_snap_length", "snap length", SEVERITY_NOTE, CERTAINTY_POSSIBLE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        stage_start(&stage);
        struct fragments_datagram datagram = datagram_of(50, cases[i].end);
        datagram.has_first = cases[i].first;
        datagram.has_last = cases[i].last;
        datagram.has_spi = cases[i].first;
        datagram.spi = 0x1001;
        raise_datagram(&stage, &datagram);
        struct finding *finding = stage_finding(&stage, &condition_fragments_incomplete);
        stage_is(finding, cases[i].severity, cases[i].certainty);
        stage_fact(finding, cases[i].fact, 1);
        stage_says(&stage, finding, cases[i].says);
        assert_int_equal(finding_fact(finding, "spi") != NULL, cases[i].first);
        stage_stop(&stage);
    }
}

static void test_the_gravest_datagram_is_told(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct fragments_datagram open = datagram_of(50, FRAGMENTS_END_CAPTURE),
                              lost = datagram_of(50, FRAGMENTS_END_TIMEOUT);
    lost.id = 99;
    raise_datagram(&stage, &open);
    raise_datagram(&stage, &lost);
    raise_datagram(&stage, &open);
    struct finding *finding = stage_finding(&stage, &condition_fragments_incomplete);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_fact(finding, "id", 99);
    stage_fact(finding, "open_at_end", 2);
    stage_fact(finding, "without_last", 1);
    stage_says_not(&stage, finding, "may simply be cut off");
    stage_stop(&stage);
}

static void test_fragments_of_others(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct fragments_datagram dns = datagram_of(17, FRAGMENTS_END_TIMEOUT),
                              icmp = datagram_of(1, FRAGMENTS_END_TIMEOUT);
    dns.sport = 53;
    dns.dport = 40000;
    raise_datagram(&stage, &dns);
    raise_datagram(&stage, &icmp);
    assert_int_equal(ledger_count(stage.detect.ledger), 0);
    struct fragments_datagram unknown = datagram_of(17, FRAGMENTS_END_TIMEOUT); /* no first piece, no ports */
    unknown.has_first = false;
    raise_datagram(&stage, &unknown);
    struct finding *finding = stage_finding(&stage, &condition_fragments_incomplete);
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_POSSIBLE);
    stage_says(&stage, finding, "Without ports it cannot be told whether it was IPsec at all");
    stage_stop(&stage);
}

/* An ICMP error from 10.77.0.9 about ESP from 10.77.0.1 to 10.77.0.2. */
static void stage_quote(struct stage *stage, uint8_t version, uint8_t type, uint8_t code)
{
    stage_layer(stage, LAYER_QUOTE, 9, 1);
    stage->layer.ip.version = version;
    stage->layer.ip.protocol = version == 6 ? 58 : 1;
    stage->layer.quote = (struct quote){ .type = type,
                                         .code = code,
                                         .protocol = 50,
                                         .has_spi = true,
                                         .has_seq = true,
                                         .src = stage_host(1),
                                         .dst = stage_host(2),
                                         .spi = 0x1001,
                                         .seq = 8 };
}

static void test_fragmentation_needed(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_quote(&stage, 4, 3, 4);
    stage.layer.quote.mtu = 1400;
    stage.layer.quote.length = 1500;
    stage_raise(&stage, EVENT_QUOTE);
    stage.layer.quote.mtu = 1380;
    stage_raise(&stage, EVENT_QUOTE);
    struct finding *finding = stage_finding(&stage, &condition_icmp_error);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    assert_int_equal(finding->windows, 0);
    assert_int_equal(finding->count, 2);
    assert_int_equal(finding->subject.proto, 50);
    assert_int_equal(finding->subject.spi, 0x1001);
    stage_fact(finding, "mtu", 1380);
    stage_fact(finding, "icmp_type", 3);
    stage_fact(finding, "icmp_code", 4);
    stage_says(&stage, finding,
               "10.77.0.9 answered 2 ESP packets from 10.77.0.1 to 10.77.0.2 with ICMP \"fragmentation needed\"");
    /* 1380 - 20 (IP) - 8 (UDP) - 8 (ESP) - 16 (IV) - 17 (padding, trailer) - 16 (ICV) = 1295 */
    stage_says(&stage, finding, "An inner packet of up to 1295 bytes (IPv4 TCP MSS 1255)");
    stage_stop(&stage);

    stage_start(&stage);
    stage_quote(&stage, 4, 3, 4);
    stage_raise(&stage, EVENT_QUOTE);
    stage_says(&stage, stage_finding(&stage, &condition_icmp_error), "It names no MTU");
    stage_stop(&stage);

    stage_start(&stage);
    stage_quote(&stage, 6, 2, 0);
    stage.layer.quote.mtu = 600;
    stage_raise(&stage, EVENT_QUOTE);
    stage_says(&stage, stage_finding(&stage, &condition_icmp_error),
               "less than the 1280 bytes that every IPv6 path must take");
    stage_stop(&stage);
}

static void test_icmp_kinds(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, type, code;
        enum severity severity;
        uint16_t windows;
        const char *says;
    } cases[] = {
        { 4, 3, 2, SEVERITY_WARNING, 0, "\"protocol unreachable\" (type 3, code 2)" },
        { 4, 3, 3, SEVERITY_WARNING, 0, "no IKE daemon is running" },
        { 4, 3, 13, SEVERITY_WARNING, 0, "\"administratively prohibited\"" },
        { 4, 3, 9, SEVERITY_WARNING, 0, "A firewall says" },
        { 4, 3, 10, SEVERITY_WARNING, 0, "A firewall says" },
        { 4, 3, 1, SEVERITY_WARNING, 0, "knows no way" },
        { 4, 11, 0, SEVERITY_NOTE, 0, "routing loop" },
        { 4, 11, 1, SEVERITY_WARNING, 0, "see fragments-incomplete" },
        { 4, 12, 0, SEVERITY_NOTE, 0, "parameter problem" },
        { 4, 40, 0, SEVERITY_WARNING, 13910, "it has no such SA" },
        { 4, 40, 1, SEVERITY_WARNING, 13915, "RFC 2521" },
        { 4, 40, 4, SEVERITY_WARNING, 13916, "RFC 2521" },
        { 4, 200, 0, SEVERITY_NOTE, 0, "(type 200, code 0)" },
        { 6, 1, 1, SEVERITY_WARNING, 0, "ICMPv6 \"administratively prohibited\"" },
        { 6, 1, 4, SEVERITY_WARNING, 0, "port unreachable" },
        { 6, 1, 0, SEVERITY_WARNING, 0, "destination unreachable" },
        { 6, 3, 0, SEVERITY_NOTE, 0, "hop limit exceeded" },
        { 6, 4, 1, SEVERITY_WARNING, 0, "unrecognised next header" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        stage_start(&stage);
        stage_quote(&stage, cases[i].version, cases[i].type, cases[i].code);
        stage_raise(&stage, EVENT_QUOTE);
        struct finding *finding = stage_finding(&stage, &condition_icmp_error);
        stage_is(finding, cases[i].severity, CERTAINTY_LIKELY);
        assert_int_equal(finding->windows, cases[i].windows);
        stage_says(&stage, finding, cases[i].says);
        stage_stop(&stage);
    }
}

static void test_the_gravest_icmp_kind_is_told(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_quote(&stage, 4, 11, 0);
    stage_raise(&stage, EVENT_QUOTE);
    stage_quote(&stage, 4, 3, 13);
    stage_raise(&stage, EVENT_QUOTE);
    stage_quote(&stage, 4, 11, 0);
    stage_raise(&stage, EVENT_QUOTE);
    struct finding *finding = stage_finding(&stage, &condition_icmp_error);
    stage_is(finding, SEVERITY_WARNING, CERTAINTY_LIKELY);
    stage_fact(finding, "icmp_code", 13);
    stage_fact(finding, "other_kinds", 2);
    stage_says(&stage, finding, "\"administratively prohibited\"");
    stage_says(&stage, finding, "2 more such messages are of other kinds");
    stage_stop(&stage);
}

static void test_ike_is_quoted(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    stage_quote(&stage, 4, 3, 3);
    stage.layer.ip.src = stage_host(2);
    stage.layer.quote.protocol = 17;
    stage.layer.quote.has_spi = stage.layer.quote.has_seq = false;
    stage.layer.quote.sport = stage.layer.quote.dport = 500;
    stage_raise(&stage, EVENT_QUOTE);
    struct finding *finding = stage_finding(&stage, &condition_icmp_error);
    assert_false(finding->subject.has_spi);
    stage_says(&stage, finding,
               "10.77.0.2, the far end itself, answered 1 IKE packet from 10.77.0.1 to 10.77.0.2 (port 500 to 500)");
    stage_stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ike_without_its_last_piece),    cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_the_gravest_datagram_is_told),  cmocka_unit_test(test_fragments_of_others),
        cmocka_unit_test(test_fragmentation_needed),          cmocka_unit_test(test_icmp_kinds),
        cmocka_unit_test(test_the_gravest_icmp_kind_is_told), cmocka_unit_test(test_ike_is_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
