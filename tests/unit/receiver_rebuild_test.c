/* rebuild: what transport, tunnel and BEET mode carried, as IP packets made by hand; lengths that cannot be are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/walk.h"
#include "receiver/rebuild.h"

static uint8_t packet[70000];

/* The ESP layer of an IP packet. */
static struct layer outer_of(const uint8_t *bytes, uint32_t length)
{
    struct walk walk;
    struct layer layer;
    walk_ip(&walk, bytes, length, length, NULL);
    while (walk_next(&walk, &layer))
        if (layer.kind == LAYER_ESP || layer.kind == LAYER_AH)
            return layer;
    fail_msg("no IPsec in it");
    return layer;
}

static uint32_t rebuild(const struct layer *outer, const struct sa_definition *definition, uint8_t next, bool tunnel, const void *bytes,
                        uint32_t length)
{
    uint8_t *exact = malloc(length + 1); /* a sanitizer sees what reads beyond it */
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    struct inner_packet inner = { .tunnel = tunnel, .next = next, .bytes = exact, .length = length };
    memset(packet, 0xee, sizeof packet);
    uint32_t room = rebuild_room(outer, &inner), made = rebuild_packet(outer, definition, &inner, packet);
    assert_true(made <= room);
    for (uint32_t i = room; i < room + 64 && i < sizeof packet; i++)
        assert_int_equal(packet[i], 0xee);
    free(exact);
    return made;
}

static bool checksum_right(const uint8_t *header)
{
    uint32_t sum = 0;
    for (int i = 0; i < (header[0] & 15) * 4; i += 2)
        sum += bytes_get16(header + i);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
}

/* 24 bytes of header with an option (router alert), UDP, ESP. */
static const uint8_t transport4[] = {
    0x46, 0xb8, 0, 48, 0x12, 0x34, 0x40, 0, 63, 17, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2, 0x94, 4, 0, 0, /* IP */
    0x11, 0x94, 0x11, 0x94, 0, 24, 0, 0,                                                             /* UDP 4500 */
    0, 0, 0x10, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8,                                               /* ESP */
};

static void test_transport_ip4_in_udp_with_options(void **state)
{
    (void)state;
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = SA_MODE_TRANSPORT };
    struct layer outer = outer_of(transport4, sizeof transport4);
    assert_int_equal(outer.encap, ENCAP_UDP);
    assert_int_equal(rebuild(&outer, &definition, 6, false, "a tcp segment", 13), 24 + 13);
    assert_memory_equal(packet, "\x46\xb8\x00\x25\x12\x34\x40\x00\x3f\x06", 10); /* length 37, protocol TCP, the rest as it was */
    assert_true(checksum_right(packet));
    assert_memory_equal(packet + 12, transport4 + 12, 12);
    assert_memory_equal(packet + 24, "a tcp segment", 13);
    definition.mode = SA_MODE_UNKNOWN; /* a format without modes: the next header told that it is no tunnel */
    assert_int_equal(rebuild(&outer, &definition, 6, false, "a tcp segment", 13), 24 + 13);
}

/* Hop-by-hop and destination options in front of ESP. */
static const uint8_t transport6[] = {
    0x60, 0, 0, 0, 0, 32, 0, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
    60, 0, 1, 4, 0, 0, 0, 0, 50, 0, 1, 4, 0, 0, 0, 0, /* hop-by-hop, destination options: PadN */
    0, 0, 0x10, 1, 0, 0, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8,
};

static void test_transport_ip6_names_the_payload_in_its_last_header(void **state)
{
    (void)state;
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = SA_MODE_TRANSPORT };
    struct layer outer = outer_of(transport6, sizeof transport6);
    assert_int_equal(outer.ip.header, 56);
    assert_int_equal(rebuild(&outer, &definition, 17, false, "a datagram", 10), 56 + 10);
    uint8_t expected[56];
    memcpy(expected, transport6, 56);
    expected[5] = 26;
    expected[48] = 17;
    assert_memory_equal(packet, expected, 56);
    assert_memory_equal(packet + 56, "a datagram", 10);
}

static void test_headers_that_do_not_fit(void **state)
{
    (void)state;
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = SA_MODE_TRANSPORT };
    struct layer outer = outer_of(transport6, sizeof transport6);
    static uint8_t large[66000];
    assert_int_equal(rebuild(&outer, &definition, 17, false, large, 65535 - 16), 65535 + 40);
    assert_int_equal(rebuild(&outer, &definition, 17, false, large, 65535 - 15), 0);
    for (uint32_t header = 0; header < 56; header++) { /* no chain of headers ends there, but behind the first of them */
        outer.ip.header = header;
        uint32_t made = rebuild(&outer, &definition, 17, false, "x", 1);
        assert_int_equal(made, header == 40 || header == 48 ? header + 1 : 0);
    }
    outer = outer_of(transport4, sizeof transport4);
    assert_int_equal(rebuild(&outer, &definition, 17, false, large, 65535 - 24), 65535);
    assert_int_equal(rebuild(&outer, &definition, 17, false, large, 65535 - 23), 0);
    outer.ip.captured = 23;
    assert_int_equal(rebuild(&outer, &definition, 17, false, "x", 1), 0);
}

static void test_tunnel_without_what_pads_it(void **state)
{
    (void)state;
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = SA_MODE_TUNNEL };
    struct layer outer = outer_of(transport4, sizeof transport4);
    uint8_t inner[100] = { 0x45, 0, 0, 28 };
    assert_int_equal(rebuild(&outer, &definition, 4, true, inner, 28), 28);
    assert_int_equal(rebuild(&outer, &definition, 4, true, inner, 100), 28); /* RFC 4303 2.7 */
    assert_memory_equal(packet, inner, 28);
    assert_int_equal(rebuild(&outer, &definition, 4, true, inner, 24), 24); /* shorter than it says: as it came */
    assert_int_equal(rebuild(&outer, &definition, 4, true, inner, 19), 0);
    inner[3] = 3; /* a total length that no header has */
    assert_int_equal(rebuild(&outer, &definition, 4, true, inner, 100), 100);
    uint8_t six[100] = { 0x60, 0, 0, 0, 0, 5 };
    assert_int_equal(rebuild(&outer, &definition, 41, true, six, 100), 45);
    assert_int_equal(rebuild(&outer, &definition, 41, true, six, 39), 0);
    assert_int_equal(rebuild(&outer, &definition, 6, false, inner, 100), 0); /* no IP packet came out of this tunnel */
}

static struct sa_definition beet(uint8_t family)
{
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = SA_MODE_BEET, .has_selector = true };
    const char *src = family == 4 ? "10.1.0.1" : "fd00:1::1", *dst = family == 4 ? "10.2.0.1" : "fd00:2::1";
    assert_true(prefix_parse(src, strlen(src), &definition.selector.src));
    assert_true(prefix_parse(dst, strlen(dst), &definition.selector.dst));
    return definition;
}

static void test_beet_ip4(void **state)
{
    (void)state;
    struct sa_definition definition = beet(4);
    struct layer outer = outer_of(transport4, sizeof transport4);
    assert_int_equal(rebuild(&outer, &definition, 1, false, "ping", 4), 24);
    assert_memory_equal(packet, "\x45\xb8\x00\x18\x12\x34\x40\x00\x3f\x01", 10); /* TOS, id, DF, TTL of the outer header, as Linux does */
    assert_true(checksum_right(packet));
    assert_memory_equal(packet + 12, "\x0a\x01\x00\x01\x0a\x02\x00\x01ping", 12);
    outer = outer_of(transport6, sizeof transport6); /* IPv4 in IPv6 */
    assert_int_equal(rebuild(&outer, &definition, 1, false, "ping", 4), 24);
    assert_memory_equal(packet, "\x45\x00\x00\x18\x00\x00\x40\x00\x40\x01", 10);
    definition.has_selector = false;
    assert_int_equal(rebuild(&outer, &definition, 1, false, "ping", 4), 0);
}

/* draft-nikander-esp-beet-mode 5.4: next header, length in 8 bytes without the first 8, bytes of padding, reserved, padding, options. */
static void test_beet_ip4_options(void **state)
{
    (void)state;
    struct sa_definition definition = beet(4);
    struct layer outer = outer_of(transport4, sizeof transport4);
    static const uint8_t short_options[] = { 1, 0, 0, 0, 0x94, 4, 0, 0, 'p', 'i', 'n', 'g' };
    assert_int_equal(rebuild(&outer, &definition, 94, false, short_options, sizeof short_options), 28);
    assert_int_equal(packet[0], 0x46);
    assert_int_equal(packet[9], 1);
    assert_true(checksum_right(packet));
    assert_memory_equal(packet + 20, "\x94\x04\x00\x00ping", 8);
    static const uint8_t padded[] = { 1, 1, 4, 0, 1, 1, 1, 1, 7, 7, 4, 0, 0, 0, 0, 0, 'p', 'i', 'n', 'g' };
    assert_int_equal(rebuild(&outer, &definition, 94, false, padded, sizeof padded), 32);
    assert_int_equal(packet[0], 0x47);
    assert_memory_equal(packet + 20, "\x07\x07\x04\x00\x00\x00\x00\x00ping", 12);
    for (uint32_t length = 0; length < 16; length++) /* cut anywhere in the pseudo header */
        assert_int_equal(rebuild(&outer, &definition, 94, false, padded, length), 0);
    uint8_t wrong[400] = { 1, 1, 3 }; /* options that are no whole words */
    assert_int_equal(rebuild(&outer, &definition, 94, false, wrong, 400), 0);
    wrong[2] = 13; /* more padding than there is */
    assert_int_equal(rebuild(&outer, &definition, 94, false, wrong, 400), 0);
    wrong[1] = 8, wrong[2] = 4; /* more options than IPv4 takes */
    assert_int_equal(rebuild(&outer, &definition, 94, false, wrong, 400), 0);
}

static void test_beet_ip6(void **state)
{
    (void)state;
    struct sa_definition definition = beet(6);
    struct layer outer = outer_of(transport4, sizeof transport4);
    assert_int_equal(rebuild(&outer, &definition, 58, false, "ping", 4), 44);
    assert_memory_equal(packet, "\x6b\x80\x00\x00\x00\x04\x3a\x3f", 8);
    assert_memory_equal(packet + 8, definition.selector.src.addr.bytes, 16);
    assert_memory_equal(packet + 24, definition.selector.dst.addr.bytes, 16);
    assert_memory_equal(packet + 40, "ping", 4);
    static const uint8_t options[] = { 1, 0, 0, 0, 0x94, 4, 0, 0, 'p' };
    assert_int_equal(rebuild(&outer, &definition, 94, false, options, sizeof options), 0);
    definition.selector.dst.bits = 64; /* a network is no address */
    assert_int_equal(rebuild(&outer, &definition, 58, false, "ping", 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transport_ip4_in_udp_with_options),
        cmocka_unit_test(test_transport_ip6_names_the_payload_in_its_last_header),
        cmocka_unit_test(test_headers_that_do_not_fit),
        cmocka_unit_test(test_tunnel_without_what_pads_it),
        cmocka_unit_test(test_beet_ip4),
        cmocka_unit_test(test_beet_ip4_options),
        cmocka_unit_test(test_beet_ip6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
