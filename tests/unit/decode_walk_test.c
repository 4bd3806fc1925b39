/* decode_walk_test: the walk's three beginnings, its limits, and what frames of a text file cannot hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "decode/link.h"
#include "decode/tunnel.h"
#include "support/layercheck.h"
#include "support/layertext.h"

static const uint8_t esp[12] = { 0xde, 0xad, 0x00, 0x07, 0, 0, 1, 0, 'd', 'a', 't', 'a' };

#define WANT(layer, wanted)                            \
    do {                                               \
        char what[4 * LAYERTEXT_MAX] = "";             \
        if (!layertext_matches(layer, wanted, what))   \
            fail_msg("%s", what);                      \
    } while (0)

/* A correct IPv4 header of 20 bytes. */
static void put_ip4(uint8_t *at, uint8_t protocol, uint32_t payload)
{
    static const uint8_t fixed[20] = { 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 0, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };
    memcpy(at, fixed, sizeof fixed);
    bytes_put16(at + 2, (uint16_t)(20 + payload));
    at[9] = protocol;
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20; i += 2)
        sum += bytes_get16(at + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    bytes_put16(at + 10, (uint16_t)~sum);
}

static void put_ip6(uint8_t *at, uint8_t next, uint16_t payload)
{
    memset(at, 0, 40);
    at[0] = 0x60;
    bytes_put16(at + 4, payload);
    at[6] = next;
    at[7] = 64;
    at[23] = 1;
    at[39] = 2;
}

static void ip_begins_with_a_header(void **state)
{
    (void)state;
    uint8_t bytes[64] = { 0 };
    struct walk walk;
    struct layer layer;
    put_ip4(bytes, 50, sizeof esp);
    memcpy(bytes + 20, esp, sizeof esp);
    walk_ip(&walk, bytes, sizeof bytes, sizeof bytes, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok defect=none spi=dead0007 seq=256 wire=12 captured=12 depth=0 src=192.0.2.1 dst=192.0.2.2");
    assert_ptr_equal(layer.bytes, bytes + 20);
    assert_false(walk_next(&walk, &layer));

    put_ip6(bytes, 50, sizeof esp);
    memcpy(bytes + 40, esp, sizeof esp);
    walk_ip(&walk, bytes, sizeof bytes, sizeof bytes, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 wire=12 src=::1 dst=::2");

    bytes[0] = 0x00;
    walk_ip(&walk, bytes, sizeof bytes, sizeof bytes, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=ip-header");
    assert_int_equal(layer.ip.version, 0);
}

static void nothing_is_a_layer_too(void **state)
{
    (void)state;
    static const uint16_t linktypes[] = { 1, 0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147 };
    for (size_t i = 0; i < sizeof linktypes / sizeof linktypes[0]; i++)
        for (uint32_t wire = 0; wire <= 60; wire += 60) {
            struct frame frame = { .wire = wire, .linktype = linktypes[i] };
            struct walk walk;
            struct layer layer;
            walk_frame(&walk, &frame, NULL);
            assert_true(walk_next(&walk, &layer));
            assert_int_equal(layer.kind, LAYER_OTHER);
            if (linktypes[i] != 147)
                assert_int_equal(layer.status, wire ? DECODE_CUT : DECODE_BAD);
            assert_false(walk_next(&walk, &layer));
        }
}

static void more_captured_than_wire(void **state)
{
    (void)state;
    uint8_t bytes[32];
    put_ip4(bytes, 50, sizeof esp);
    memcpy(bytes + 20, esp, sizeof esp);
    struct frame frame = { .bytes = bytes, .captured = sizeof bytes, .wire = 10, .linktype = 101 };
    struct walk walk;
    struct layer layer;
    walk_frame(&walk, &frame, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 captured=12 wire=12");
}

/* What a transport-mode SA carried, below the outer header. */
static void payload_keeps_the_outer_header(void **state)
{
    (void)state;
    uint8_t outer[20], inner[64] = { 0x00, 0x35, 0x14, 0xe9, 0x00, 0x0a, 0x12, 0x34, 'h', 'i' };
    struct walk walk;
    struct layer layer;
    put_ip4(outer, 50, 100);
    struct ip_header ip = { .version = 4, .protocol = 50, .at = 14, .header = 20, .total = 120, .captured = 20,
                            .bytes = outer, .src = addr_ip4(outer + 12), .dst = addr_ip4(outer + 16) };
    walk_payload(&walk, &ip, 17, inner, 10, 10, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "CLEAR status=ok defect=none sport=53 dport=5353 protocol=17 header=20 src=192.0.2.1 depth=0 wire=10");
    assert_ptr_equal(layer.ip.bytes, outer);
    assert_ptr_equal(layer.bytes, inner);
    assert_false(walk_next(&walk, &layer));

    /* AH inside: its length does not move a header that stands elsewhere */
    const uint8_t ah[24] = { 50, 4, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 9 };
    memcpy(inner, ah, sizeof ah);
    memcpy(inner + 24, esp, sizeof esp);
    walk_payload(&walk, &ip, 51, inner, 36, 36, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "AH status=ok spi=00001000 seq=9 next=50 ah_length=24 header=20 wire=36");
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 header=20 protocol=50 wire=12");
    assert_false(walk_next(&walk, &layer));

    /* A tunnel packet inside is a packet of its own */
    put_ip4(inner, 50, sizeof esp);
    memcpy(inner + 20, esp, sizeof esp);
    walk_payload(&walk, &ip, 4, inner, 40, 40, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 depth=1 tunnels=IP-in-IP wire=12");
    assert_ptr_equal(layer.ip.bytes, inner);

    /* Damage, and a snap length */
    walk_payload(&walk, &ip, 50, inner, 2, 4, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=bad defect=esp-short");
    walk_payload(&walk, &ip, 50, inner, 2, 40, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=cut defect=none spi=00000000");
}

static void payload_of_ip6_may_begin_with_options(void **state)
{
    (void)state;
    uint8_t outer[40], inner[8 + 12] = { 50, 0, 1, 4 };
    struct walk walk;
    struct layer layer;
    put_ip6(outer, 50, 100);
    struct ip_header ip = { .version = 6, .protocol = 50, .header = 40, .total = 140, .captured = 40, .bytes = outer,
                            .src = addr_ip6(outer + 8), .dst = addr_ip6(outer + 24) };
    memcpy(inner + 8, esp, sizeof esp);
    walk_payload(&walk, &ip, 60, inner, sizeof inner, sizeof inner, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 protocol=50 header=40 wire=12");
    walk_payload(&walk, &ip, 60, inner, 5, 6, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=ip6-chain");
}

/* RFC 2675: payload length 0, a hop-by-hop option with 32 bits of length, UDP length 0. */
static void jumbograms_are_long(void **state)
{
    (void)state;
    enum { PAYLOAD = 70000, TOTAL = 40 + 8 + PAYLOAD };
    uint8_t *bytes = calloc(1, TOTAL);
    struct walk walk;
    struct layer layer;
    assert_non_null(bytes);
    put_ip6(bytes, 0, 0);
    const uint8_t jumbo[8] = { 50, 0, 0xc2, 4, 0, (uint8_t)((PAYLOAD + 8) >> 16), (uint8_t)((PAYLOAD + 8) >> 8 & 255),
                               (PAYLOAD + 8) & 255 };
    memcpy(bytes + 40, jumbo, 8);
    memcpy(bytes + 48, esp, sizeof esp);
    walk_ip(&walk, bytes, TOTAL, TOTAL + 5, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok spi=dead0007 seq=256 wire=70000 captured=70000 total=70048 header=48");

    bytes[40] = 17;
    const uint8_t udp[8] = { 0x11, 0x94, 0x11, 0x94, 0, 0, 0, 0 };
    memcpy(bytes + 48, udp, 8);
    memcpy(bytes + 56, esp, sizeof esp);
    walk_ip(&walk, bytes, 100, TOTAL, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP status=ok encap=1 spi=dead0007 wire=69992 captured=44");

    walk_ip(&walk, bytes, 100, TOTAL - 1, NULL); /* longer than the layer below */
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=ip-header");
    bytes[44] = bytes[45] = 0; /* a jumbogram of fewer than 65536 bytes */
    walk_ip(&walk, bytes, 100, TOTAL, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=ip-header");
    bytes[42] = 1; /* no such option: to the end, as Linux reads it */
    walk_ip(&walk, bytes, 100, TOTAL, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "ESP encap=1 total=70048");
    free(bytes);
}

static void ah_over_ah_ends(void **state)
{
    (void)state;
    enum { HEADERS = 20, ALL = 20 + HEADERS * 12 };
    uint8_t bytes[ALL];
    put_ip4(bytes, 51, HEADERS * 12);
    for (unsigned i = 0; i < HEADERS; i++) {
        const uint8_t ah[12] = { 51, 1, 0, 0, 0, 0, 1, (uint8_t)i, 0, 0, 0, 1 };
        memcpy(bytes + 20 + 12 * i, ah, sizeof ah);
    }
    struct walk walk;
    struct layer layer;
    walk_ip(&walk, bytes, ALL, ALL, NULL);
    for (unsigned i = 0; i < WALK_DEPTH_MAX; i++) {
        assert_true(walk_next(&walk, &layer));
        assert_int_equal(layer.kind, LAYER_AH);
        assert_int_equal(layer.spi, 0x100 + i);
    }
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=depth");
    assert_false(walk_next(&walk, &layer));
}

static void tags_over_tags_end(void **state)
{
    (void)state;
    uint8_t bytes[14 + 4 * 40] = { 0 };
    bytes_put16(bytes + 12, LINK_VLAN);
    for (unsigned at = 14; at < sizeof bytes; at += 4)
        bytes_put32(bytes + at, 5u << 16 | LINK_VLAN);
    struct frame frame = { .bytes = bytes, .captured = sizeof bytes, .wire = sizeof bytes, .linktype = 1 };
    struct walk walk;
    struct layer layer;
    walk_frame(&walk, &frame, NULL);
    assert_true(walk_next(&walk, &layer));
    WANT(&layer, "OTHER status=bad defect=depth tunnels=VLAN vlan=5");
}

/* Only LAYER_QUOTE writes the quote: it is half of the layer, and wanted once in a million packets. */
static void the_quote_is_left_alone(void **state)
{
    (void)state;
    uint8_t bytes[32];
    struct walk walk;
    struct layer layer;
    struct quote before;
    memset(&layer, 0x5a, sizeof layer);
    memcpy(&before, &layer.quote, sizeof before);
    put_ip4(bytes, 50, sizeof esp);
    memcpy(bytes + 20, esp, sizeof esp);
    walk_ip(&walk, bytes, sizeof bytes, sizeof bytes, NULL);
    assert_true(walk_next(&walk, &layer));
    assert_memory_equal(&before, &layer.quote, sizeof before);
    WANT(&layer, "ESP sport=0 dport=0 encap=0 next=0 marker=0 ah_length=0 vlan=0 tunnels=-");
}

static void ports_are_a_set(void **state)
{
    (void)state;
    struct walk_ports ports = { { 0 } };
    walk_ports_add(&ports, 0);
    walk_ports_add(&ports, 65535);
    walk_ports_add(&ports, 4501);
    assert_true(walk_ports_has(&ports, 0) && walk_ports_has(&ports, 65535) && walk_ports_has(&ports, 4501));
    assert_false(walk_ports_has(&ports, 4500) || walk_ports_has(&ports, 4502) || walk_ports_has(NULL, 0));
}

static void rows_are_found(void **state)
{
    (void)state;
    assert_non_null(tunnel_find(TUNNEL_BY_PORT, 4789));
    assert_null(tunnel_find(TUNNEL_BY_PORT, 47));
    assert_null(tunnel_find(TUNNEL_BY_PROTOCOL, 4789));
    assert_int_equal(tunnel_find(TUNNEL_BY_PROTOCOL, 47)->tunnel, TUNNEL_GRE);
}

static void every_defect_and_tunnel_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DEFECT_COUNT; i++) {
        assert_non_null(defect_name((enum defect)i));
        assert_non_null(defect_text((enum defect)i));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(defect_name((enum defect)i), defect_name((enum defect)j));
    }
    for (unsigned i = 0; i < TUNNEL_COUNT; i++)
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(tunnel_name((enum tunnel)i), tunnel_name((enum tunnel)j));
    assert_string_equal(defect_name(DEFECT_IP_HEADER), "ip-header");
    assert_string_equal(tunnel_name(TUNNEL_VXLAN), "VXLAN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip_begins_with_a_header),
        cmocka_unit_test(nothing_is_a_layer_too),
        cmocka_unit_test(more_captured_than_wire),
        cmocka_unit_test(payload_keeps_the_outer_header),
        cmocka_unit_test(payload_of_ip6_may_begin_with_options),
        cmocka_unit_test(jumbograms_are_long),
        cmocka_unit_test(ah_over_ah_ends),
        cmocka_unit_test(tags_over_tags_end),
        cmocka_unit_test(the_quote_is_left_alone),
        cmocka_unit_test(ports_are_a_set),
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(every_defect_and_tunnel_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
