/* libnet: lengths and checksums of what is built, summed here by RFC 1071 and RFC 8200 8.1; what cannot be built; what a kernel would leave as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "inject/libnet.h"

static struct wire wire;
static uint8_t payload[WIRE_MAX];
static struct net *net;

static uint32_t sum_of(uint32_t sum, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static struct net_ip ip_of(unsigned version)
{
    static const uint8_t here4[4] = { 192, 0, 2, 1 }, there4[4] = { 198, 51, 100, 2 };
    static const uint8_t here6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, there6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0xff, [15] = 2 };
    return (struct net_ip){ .src = version == 4 ? addr_ip4(here4) : addr_ip6(here6), .dst = version == 4 ? addr_ip4(there4) : addr_ip6(there6),
                            .proto = 50, .ttl = 61, .tos = 0x2c, .id = 0xbeef, .fragment = NET_DF, .flow = 0x12345 };
}

/* The IP header; answers what is above it. */
static const uint8_t *header_is(unsigned version, uint8_t proto, uint32_t above)
{
    const uint8_t *bytes = wire.bytes;
    if (version == 4) {
        assert_int_equal(wire.length, 20 + above);
        assert_int_equal(bytes[0], 0x45);
        assert_int_equal(bytes[1], 0x2c);
        assert_int_equal(bytes_get16(bytes + 2), wire.length);
        assert_int_equal(bytes_get16(bytes + 4), 0xbeef);
        assert_int_equal(bytes_get16(bytes + 6), NET_DF);
        assert_int_equal(bytes[8], 61);
        assert_int_equal(bytes[9], proto);
        assert_int_equal(sum_of(0, bytes, 20), 0xffff);
        return bytes + 20;
    }
    assert_int_equal(wire.length, 40 + above);
    assert_int_equal(bytes_get32(bytes), 0x62c12345);
    assert_int_equal(bytes_get16(bytes + 4), above);
    assert_int_equal(bytes[6], proto);
    assert_int_equal(bytes[7], 61);
    return bytes + 40;
}

/* A checksum that covers the addresses too. */
static void sum_is_right(unsigned version, uint8_t proto, uint32_t above)
{
    uint32_t sum = sum_of(0, wire.bytes + (version == 4 ? 12 : 8), version == 4 ? 8 : 32) + above + proto;
    assert_int_equal(sum_of(sum, wire.bytes + (version == 4 ? 20 : 40), above), 0xffff);
}

static void test_checksums(void **state)
{
    (void)state;
    struct error error;
    for (unsigned version = 4; version <= 6; version += 2) {
        struct net_ip ip = ip_of(version);
        const struct net_tcp tcp = { .sport = 4500, .dport = 40000, .seq = 0x01020304, .ack = 0x05060708, .flags = 0x18 };
        for (uint32_t size = 0; size <= 1500; size++) {
            assert_true(net_build_ip(net, &ip, payload, size, &wire, &error));
            assert_memory_equal(header_is(version, 50, size), payload, size);
            assert_true(net_build_udp(net, &ip, 4500, 500, payload, size, &wire, &error));
            const uint8_t *above = header_is(version, 17, 8 + size);
            assert_int_equal(bytes_get32(above), 4500u << 16 | 500);
            assert_int_equal(bytes_get16(above + 4), 8 + size);
            assert_int_not_equal(bytes_get16(above + 6), 0);
            assert_memory_equal(above + 8, payload, size);
            sum_is_right(version, 17, 8 + size);
            assert_true(net_build_tcp(net, &ip, &tcp, payload, size, &wire, &error));
            above = header_is(version, 6, 20 + size);
            assert_int_equal(bytes_get32(above), 4500u << 16 | 40000);
            assert_int_equal(bytes_get32(above + 4), tcp.seq);
            assert_int_equal(bytes_get32(above + 8), tcp.ack);
            assert_int_equal(bytes_get16(above + 12), 0x5018);
            assert_memory_equal(above + 20, payload, size);
            sum_is_right(version, 6, 20 + size);
            assert_true(net_build_icmp(net, &ip, version == 4 ? 3 : 2, version == 4 ? 4 : 0, 1300, payload, size, &wire, &error));
            above = header_is(version, version == 4 ? 1 : 58, 8 + size);
            assert_int_equal(bytes_get32(above + 4), 1300);
            assert_memory_equal(above + 8, payload, size);
            if (version == 4)
                assert_int_equal(sum_of(0, above, 8 + size), 0xffff);
            else
                sum_is_right(6, 58, 8 + size);
        }
    }
}

/* Where the sum of a datagram is 0, its checksum is 0xffff (RFC 768). */
static void test_udp_sum_of_zero(void **state)
{
    (void)state;
    struct error error;
    struct net_ip ip = ip_of(4);
    uint8_t two[2] = { 0, 0 };
    assert_true(net_build_udp(net, &ip, 1, 2, two, sizeof two, &wire, &error));
    bytes_put16(two, bytes_get16(wire.bytes + 26)); /* what is missing to all ones */
    assert_true(net_build_udp(net, &ip, 1, 2, two, sizeof two, &wire, &error));
    assert_int_equal(bytes_get16(wire.bytes + 26), 0xffff);
    sum_is_right(4, 17, 10);
}

static void test_limits(void **state)
{
    (void)state;
    struct error error;
    struct net_ip ip = ip_of(4), six = ip_of(6);
    const struct net_tcp tcp = { 0 };
    assert_true(net_build_ip(net, &ip, payload, WIRE_MAX - 20, &wire, &error));
    assert_int_equal(wire.length, WIRE_MAX);
    assert_false(net_build_ip(net, &ip, payload, WIRE_MAX - 19, &wire, &error));
    assert_false(net_build_ip(net, &ip, payload, UINT32_MAX, &wire, &error));
    assert_true(net_build_ip(net, &six, payload, WIRE_MAX - 40, &wire, &error));
    assert_false(net_build_ip(net, &six, payload, WIRE_MAX - 39, &wire, &error));
    assert_true(net_build_udp(net, &ip, 1, 2, payload, WIRE_MAX - 28, &wire, &error));
    assert_false(net_build_udp(net, &ip, 1, 2, payload, WIRE_MAX - 27, &wire, &error));
    assert_true(net_build_tcp(net, &ip, &tcp, payload, WIRE_MAX - 40, &wire, &error));
    assert_false(net_build_tcp(net, &ip, &tcp, payload, WIRE_MAX - 39, &wire, &error));
    assert_true(net_build_icmp(net, &ip, 8, 0, 0, payload, WIRE_MAX - 28, &wire, &error));
    assert_false(net_build_icmp(net, &ip, 8, 0, 0, payload, WIRE_MAX - 27, &wire, &error));
    ip.id = 0;
    assert_false(net_build_ip(net, &ip, payload, 8, &wire, &error));
    assert_non_null(strstr(error.message, "identification"));
    ip = ip_of(4);
    ip.dst = six.dst;
    assert_false(net_build_udp(net, &ip, 1, 2, payload, 8, &wire, &error));
    ip.src = ip.dst = (struct addr){ 0 };
    assert_false(net_build_ip(net, &ip, payload, 8, &wire, &error));
    /* what was refused leaves nothing behind */
    ip = ip_of(4);
    assert_true(net_build_ip(net, &ip, payload, 8, &wire, &error));
    header_is(4, 50, 8);
}

static void test_kept(void **state)
{
    (void)state;
    struct error error;
    struct net_ip ip = ip_of(4);
    assert_true(net_build_ip(net, &ip, payload, 40, &wire, &error));
    assert_true(net_is_kept(wire.bytes, wire.length));
    for (uint32_t cut = 0; cut < wire.length; cut++)
        assert_false(net_is_kept(wire.bytes, cut));
    static const unsigned filled[] = { 0 /* version, length */, 2, 3 /* total */, 10, 11 /* checksum */ };
    for (unsigned i = 0; i < sizeof filled / sizeof filled[0]; i++) {
        wire.bytes[filled[i]] ^= 0x10;
        assert_false(net_is_kept(wire.bytes, wire.length));
        wire.bytes[filled[i]] ^= 0x10;
    }
    struct wire other = wire; /* an identification of 0, with its checksum */
    bytes_put16(other.bytes + 4, 0);
    bytes_put16(other.bytes + 10, 0);
    bytes_put16(other.bytes + 10, (uint16_t)~sum_of(0, other.bytes, 20));
    assert_false(net_is_kept(other.bytes, other.length));
    other = wire;
    bytes_put32(other.bytes + 12, 0);
    bytes_put16(other.bytes + 10, 0);
    bytes_put16(other.bytes + 10, (uint16_t)~sum_of(0, other.bytes, 20));
    assert_false(net_is_kept(other.bytes, other.length));
    ip = ip_of(6);
    assert_true(net_build_ip(net, &ip, payload, 40, &wire, &error));
    assert_true(net_is_kept(wire.bytes, wire.length));
    assert_false(net_is_kept(wire.bytes, 39));
}

static void test_open(void **state)
{
    (void)state;
    static const uint8_t next_hop[6] = { 2, 0, 0, 0, 0, 1 };
    struct error error = { "" };
    assert_null(net_open("no-such-link-x", 4, next_hop, &error));
    assert_non_null(strstr(error.message, "libnet: "));
    assert_null(net_open("no-such-link-x", 6, NULL, &error));
    assert_true(error.message[0] != '\0');
    net_destroy(NULL);
}

int main(void)
{
    struct error error;
    for (unsigned i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 199 + i / 256 + 3);
    net = net_create(&error);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksums), cmocka_unit_test(test_udp_sum_of_zero), cmocka_unit_test(test_limits), cmocka_unit_test(test_kept),
        cmocka_unit_test(test_open),
    };
    int failed = net ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    net_destroy(net);
    return failed;
}
