/* decode/tcp: headers that scapy built, every truncation, and what the messages of a stream are (RFC 9329 3). */
#include "decode/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

/* PSH and ACK, 12 bytes of options, "IKETCP" */
static const uint8_t data[] = {
    0x9c, 0x41, 0x11, 0x94, 0x01, 0x02, 0x03, 0x04, 0xa0, 0xb0, 0xc0, 0xd0, 0x80, 0x18, 0x20, 0x00, 0x5d, 0x5d, 0x00,
    0x00, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x01, 0x01, 0x49, 0x4b, 0x45, 0x54, 0x43, 0x50,
};
/* SYN with 20 bytes of options */
static const uint8_t syn[] = {
    0x9c, 0x41, 0x11, 0x94, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02, 0x20, 0x00, 0x66, 0x20, 0x00, 0x00,
    0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07,
};

static void headers(void **state)
{
    (void)state;
    struct tcp_header tcp;
    assert_int_equal(tcp_decode(data, sizeof data, sizeof data, &tcp), DECODE_OK);
    assert_int_equal(tcp.sport, 40001);
    assert_int_equal(tcp.dport, 4500);
    assert_int_equal(tcp.seq, 0x01020304);
    assert_int_equal(tcp.ack, 0xa0b0c0d0);
    assert_int_equal(tcp.flags, TCP_PSH | TCP_ACK);
    assert_int_equal(tcp.header, 32);
    assert_memory_equal(data + tcp.header, TCP_PREFIX, TCP_PREFIX_LENGTH);
    assert_int_equal(tcp_decode(syn, sizeof syn, sizeof syn, &tcp), DECODE_OK);
    assert_int_equal(tcp.flags, TCP_SYN);
    assert_int_equal(tcp.header, 40);
}

static void truncations(void **state)
{
    (void)state;
    struct tcp_header tcp;
    for (uint32_t captured = 0; captured <= sizeof syn; captured++) {
        uint8_t *copy = malloc(captured ? captured : 1);
        memcpy(copy, syn, captured);
        assert_int_equal(tcp_decode(copy, captured, sizeof syn, &tcp), captured < 20 ? DECODE_CUT : DECODE_OK);
        assert_int_equal(tcp_decode(copy, captured, captured, &tcp), captured < 40 ? DECODE_BAD : DECODE_OK);
        free(copy);
    }
    uint8_t bad[40];
    memcpy(bad, syn, sizeof bad);
    for (unsigned offset = 0; offset < 16; offset++) {
        bad[12] = (uint8_t)(offset << 4);
        assert_int_equal(tcp_decode(bad, sizeof bad, sizeof bad, &tcp), offset < 5 || offset > 10 ? DECODE_BAD : DECODE_OK);
    }
}

static struct layer message(const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    struct layer layer = { .kind = LAYER_CLEAR };
    uint8_t *copy = malloc(captured ? captured : 1);
    memcpy(copy, bytes, captured);
    tcp_message(copy, captured, wire, &layer);
    assert_int_equal(layer.encap, ENCAP_TCP);
    assert_true(layer.captured <= layer.wire && layer.bytes >= copy && layer.bytes + layer.captured == copy + captured);
    free(copy);
    return layer;
}

static void messages(void **state)
{
    (void)state;
    uint8_t bytes[64] = { 0 };
    struct layer layer = message((const uint8_t *)"\xff", 1, 1);
    assert_int_equal(layer.kind, LAYER_KEEPALIVE);
    bytes_put32(bytes, 0x1234);
    bytes_put32(bytes + 4, 9);
    layer = message(bytes, 40, 40);
    assert_int_equal(layer.kind, LAYER_ESP);
    assert_int_equal(layer.status, DECODE_OK);
    assert_int_equal(layer.spi, 0x1234);
    assert_int_equal(layer.seq, 9);
    layer = message(bytes, 8, 8); /* no room for more, but a header: the kernel looks for its SA */
    assert_int_equal(layer.kind, LAYER_ESP);
    assert_int_equal(layer.status, DECODE_OK);
    layer = message(bytes, 7, 7);
    assert_int_equal(layer.kind, LAYER_ESP);
    assert_int_equal(layer.status, DECODE_BAD);
    assert_int_equal(layer.defect, DEFECT_ESP_SHORT);
    layer = message(bytes, 2, 40);
    assert_int_equal(layer.status, DECODE_CUT);
    layer = message(bytes, 2, 6);
    assert_int_equal(layer.status, DECODE_CUT);
    memset(bytes, 0, sizeof bytes);
    layer = message(bytes, 6, 6);
    assert_int_equal(layer.kind, LAYER_IKE);
    assert_int_equal(layer.defect, DEFECT_IKE_SHORT);
    bytes[4] = 1;    /* SPI */
    bytes[4 + 16] = 33;
    bytes[4 + 17] = 0x20;
    bytes[4 + 18] = 34;
    bytes[4 + 27] = 28;
    layer = message(bytes, 32, 32);
    assert_int_equal(layer.kind, LAYER_IKE);
    assert_int_equal(layer.marker, 1);
    assert_int_equal(layer.defect, DEFECT_NONE);
    assert_int_equal(layer.wire, 28);
    layer = message(bytes, 33, 33);
    assert_int_equal(layer.defect, DEFECT_IKE_LENGTH);
    for (uint32_t captured = 0; captured < 32; captured++) {
        assert_int_equal(message(bytes, captured, 32).status, DECODE_CUT);
        message(bytes, captured, captured);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(headers), cmocka_unit_test(truncations), cmocka_unit_test(messages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
