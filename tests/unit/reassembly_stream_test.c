/* reassembly/stream: IKE and ESP in TCP in every segmentation, order and loss; the stream is written by hand from RFC 9329 3 and 4. */
#include "reassembly/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

#define SECOND ((int64_t)1000000000)

enum { TOLD_MAX = 64, ESP_BYTES = 24 };

/* What came out: captured bytes, one message behind the other, each with its lengths. */
struct told {
    unsigned count;
    uint32_t captured[TOLD_MAX], wire[TOLD_MAX];
    uint8_t first[TOLD_MAX][ESP_BYTES]; /* the first bytes of each */
};

struct peer {
    uint8_t last;   /* of the address */
    uint16_t port;
};

static const struct peer client = { 1, 40001 }, server = { 2, 4500 };

/* A segment in an allocation of exactly its captured length, given to the streams; what it completes is added to `told`. */
static enum stream_answer give_cut(struct streams *streams, struct peer from, struct peer to, uint8_t flags, uint32_t seq, uint32_t ack,
                                   const void *payload, uint32_t length, uint32_t captured, int64_t time_ns, struct told *told)
{
    uint8_t *bytes = malloc(TCP_HEADER + captured);
    assert_non_null(bytes);
    memset(bytes, 0, TCP_HEADER);
    bytes_put16(bytes, from.port);
    bytes_put16(bytes + 2, to.port);
    bytes_put32(bytes + 4, seq);
    bytes_put32(bytes + 8, ack);
    bytes[12] = 5 << 4;
    bytes[13] = flags;
    if (captured)
        memcpy(bytes + TCP_HEADER, payload, captured);
    struct layer layer = { .kind = LAYER_CLEAR, .bytes = bytes, .captured = TCP_HEADER + captured, .wire = TCP_HEADER + length,
                           .sport = from.port, .dport = to.port };
    layer.ip = (struct ip_header){ .protocol = 6, .version = 4 };
    layer.ip.src = (struct addr){ .bytes = { 10, 0, 0, from.last }, .family = 4 };
    layer.ip.dst = (struct addr){ .bytes = { 10, 0, 0, to.last }, .family = 4 };
    struct frame frame = { .time_ns = time_ns };
    struct stream_message message;
    assert_true(!stream_may_be(&layer) || from.port == 443 || to.port == 443 || from.port == 4500 || to.port == 4500);
    enum stream_answer answer = streams_add(streams, &frame, &layer);
    while (streams_next(streams, &message)) {
        assert_in_range(told->count, 0, TOLD_MAX - 1);
        assert_true(message.captured <= message.wire && message.wire > 0);
        told->captured[told->count] = message.captured;
        told->wire[told->count] = message.wire;
        memcpy(told->first[told->count++], message.bytes, message.captured < ESP_BYTES ? message.captured : ESP_BYTES);
    }
    free(bytes);
    return answer;
}

static enum stream_answer give(struct streams *streams, struct peer from, struct peer to, uint8_t flags, uint32_t seq, uint32_t ack,
                               const void *payload, uint32_t length, struct told *told)
{
    return give_cut(streams, from, to, flags, seq, ack, payload, length, length, 0, told);
}

static void handshake(struct streams *streams, struct peer from, struct peer to, uint32_t own, uint32_t other)
{
    struct told told = { 0 };
    give(streams, from, to, TCP_SYN, own - 1, 0, NULL, 0, &told);
    give(streams, to, from, TCP_SYN | TCP_ACK, other - 1, own, NULL, 0, &told);
    give(streams, from, to, TCP_ACK, own, other, NULL, 0, &told);
    assert_int_equal(told.count, 0);
}

/* An ESP message of ESP_BYTES behind its length. */
static uint32_t put_esp(uint8_t *at, uint32_t spi, uint32_t seq)
{
    memset(at, 0xa5, 2 + ESP_BYTES);
    bytes_put16(at, 2 + ESP_BYTES);
    bytes_put32(at + 2, spi);
    bytes_put32(at + 6, seq);
    return 2 + ESP_BYTES;
}

/* IKE_SA_INIT with nothing in it, behind its length and the marker. */
static uint32_t put_ike(uint8_t *at)
{
    memset(at, 0, 34);
    bytes_put16(at, 34);
    at[6] = 0x11;
    at[22] = 33;   /* SA first */
    at[23] = 0x20; /* version 2 */
    at[24] = 34;   /* IKE_SA_INIT */
    at[25] = 0x08; /* from the initiator */
    bytes_put32(at + 30, 28);
    return 34;
}

/* The prefix, an IKE message, two ESP messages with a keepalive between them: 6 + 34 + 26 + 3 + 26 bytes. */
static uint32_t small_stream(uint8_t *at)
{
    uint32_t length = 6;
    memcpy(at, "IKETCP", 6);
    length += put_ike(at + length);
    length += put_esp(at + length, 0x1000, 1);
    memcpy(at + length, "\0\3\xff", 3);
    length += 3;
    return length + put_esp(at + length, 0x1000, 2);
}

static void expect_small(const struct told *told)
{
    static const uint32_t wire[] = { 32, ESP_BYTES, 1, ESP_BYTES };
    assert_int_equal(told->count, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(told->wire[i], wire[i]);
        assert_int_equal(told->captured[i], wire[i]);
    }
    assert_int_equal(bytes_get32(told->first[0]), 0);
    assert_int_equal(bytes_get32(told->first[1] + 4), 1);
    assert_int_equal(told->first[2][0], 0xff);
    assert_int_equal(bytes_get32(told->first[3] + 4), 2);
}

static const uint32_t starts[] = { 1, 0xffffffd0u, 0x7ffffff0u };

/* Every two cuts, at three places of the sequence space; in order, and with the pieces in each of the six orders. */
static void every_segmentation(void **state)
{
    (void)state;
    static const unsigned orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    uint8_t bytes[128];
    uint32_t length = small_stream(bytes);
    for (unsigned first = 0; first <= length; first++)
        for (unsigned second = first; second <= length; second++)
            for (unsigned order = 0; order < 6; order++) {
                uint32_t at[4] = { 0, first, second, length }, start = starts[(first + second) % 3];
                struct streams *streams = streams_create();
                struct told told = { 0 };
                handshake(streams, client, server, start, 500);
                for (unsigned i = 0; i < 3; i++) {
                    unsigned turn = orders[order][i];
                    give(streams, client, server, TCP_ACK, start + at[turn], 500, bytes + at[turn], at[turn + 1] - at[turn], &told);
                }
                expect_small(&told);
                assert_int_equal(streams_counts(streams)->messages, 4);
                assert_int_equal(streams_counts(streams)->gaps, 0);
                streams_destroy(streams);
            }
}

static void one_byte_segments(void **state)
{
    (void)state;
    uint8_t bytes[128];
    uint32_t length = small_stream(bytes);
    for (unsigned twice = 0; twice < 2; twice++) { /* backwards: all wait for the first */
        struct streams *streams = streams_create();
        struct told told = { 0 };
        handshake(streams, client, server, 7, 500);
        for (uint32_t i = 0; i < length; i++) {
            uint32_t at = twice ? length - 1 - i : i;
            give(streams, client, server, TCP_ACK, 7 + at, 500, bytes + at, 1, &told);
            give(streams, client, server, TCP_ACK, 7 + at, 500, bytes + at, 1, &told); /* and again */
        }
        expect_small(&told);
        streams_destroy(streams);
    }
}

/* Of two copies of a byte the first one counts, whether it was read already or waits. */
static void first_copy_counts(void **state)
{
    (void)state;
    uint8_t bytes[128], lies[128];
    uint32_t length = small_stream(bytes);
    memset(lies, 0x77, sizeof lies);
    for (uint32_t from = 0; from < length; from++) {
        struct streams *streams = streams_create();
        struct told told = { 0 };
        handshake(streams, client, server, 7, 500);
        uint32_t end = from + 20 < length ? from + 20 : length;
        give(streams, client, server, TCP_ACK, 7 + from, 500, bytes + from, end - from, &told);
        for (uint32_t at = from; at < end; at++)
            give(streams, client, server, TCP_ACK, 7 + at, 500, lies, end - at, &told);
        give(streams, client, server, TCP_ACK, 7, 500, bytes, length, &told);
        give(streams, client, server, TCP_ACK, 7, 500, lies, length, &told);
        expect_small(&told);
        streams_destroy(streams);
    }
}

static void both_sides(void **state)
{
    (void)state;
    uint8_t bytes[128], answer[64];
    uint32_t length = small_stream(bytes), answers = put_esp(answer, 0x2000, 1);
    struct streams *streams = streams_create();
    struct told told = { 0 }, back = { 0 };
    handshake(streams, client, server, 7, 500);
    give(streams, client, server, TCP_ACK, 7, 500, bytes, length, &told);
    expect_small(&told);
    assert_int_equal(give(streams, server, client, TCP_ACK, 500, 7 + length, answer, answers, &back), STREAM_TAKEN);
    assert_int_equal(back.count, 1);
    assert_int_equal(bytes_get32(back.first[0]), 0x2000);
    assert_int_equal(streams_counts(streams)->streams, 1);
    streams_destroy(streams);
}

/* The prefix says where the other side begins, without any SYN. */
static void no_handshake(void **state)
{
    (void)state;
    uint8_t bytes[128], answer[64];
    uint32_t length = small_stream(bytes), answers = put_esp(answer, 0x2000, 1);
    static const uint16_t ports[] = { 4500, 443 };
    for (unsigned i = 0; i < 2; i++) {
        struct peer far = { 2, ports[i] };
        struct streams *streams = streams_create();
        struct told told = { 0 }, back = { 0 };
        give(streams, client, far, TCP_ACK, 7, 500, bytes, length, &told);
        expect_small(&told);
        give(streams, far, client, TCP_ACK, 500, 7 + length, answer, answers, &back);
        assert_int_equal(back.count, 1);
        streams_destroy(streams);
    }
}

/* Two connections of the same hosts, their segments in turn. */
static void two_at_once(void **state)
{
    (void)state;
    uint8_t bytes[128];
    uint32_t length = small_stream(bytes);
    struct peer other = { 1, 40002 };
    struct streams *streams = streams_create();
    struct told told = { 0 }, second = { 0 };
    handshake(streams, client, server, 7, 500);
    handshake(streams, other, server, 0x80000000u, 9);
    for (uint32_t at = 0; at < length; at += 5) {
        uint32_t part = length - at < 5 ? length - at : 5;
        give(streams, client, server, TCP_ACK, 7 + at, 500, bytes + at, part, &told);
        give(streams, other, server, TCP_ACK, 0x80000000u + at, 9, bytes + at, part, &second);
    }
    expect_small(&told);
    expect_small(&second);
    assert_int_equal(streams_counts(streams)->streams, 2);
    streams_destroy(streams);
}

/* Bytes that never come are given up after a time; inside a message the next one is still found, and the damaged one is handed out cut. */
static void a_gap(void **state)
{
    (void)state;
    uint8_t bytes[256];
    uint32_t length = small_stream(bytes);
    for (uint32_t seq = 3; seq < 6; seq++)
        length += put_esp(bytes + length, 0x1000, seq);
    struct streams *streams = streams_create();
    struct told told = { 0 };
    handshake(streams, client, server, 7, 500);
    give(streams, client, server, TCP_ACK, 7, 500, bytes, 50, &told); /* 10 bytes into the first ESP message */
    give(streams, client, server, TCP_ACK, 7 + 60, 500, bytes + 60, length - 60, &told);
    assert_int_equal(told.count, 1);
    give_cut(streams, client, server, TCP_ACK, 7 + length, 500, "", 1, 1, STREAM_GAP_NS - SECOND, &told);
    assert_int_equal(told.count, 1);
    give_cut(streams, client, server, TCP_ACK, 7 + length, 500, "", 1, 1, STREAM_GAP_NS + SECOND, &told);
    assert_int_equal(told.count, 7);
    assert_int_equal(told.wire[1], ESP_BYTES);
    assert_int_equal(told.captured[1], 8);
    for (unsigned i = 2; i < 7; i++)
        assert_int_equal(told.captured[i], told.wire[i]);
    assert_int_equal(streams_counts(streams)->gaps, 1);
    assert_int_equal(streams_counts(streams)->searches, 0);
    streams_destroy(streams);
}

/* A gap over a length: messages are looked for where segments begin, and found. */
static void a_gap_over_a_length(void **state)
{
    (void)state;
    uint8_t bytes[128], esp[64];
    uint32_t length = small_stream(bytes), at = 7 + length + 40;
    struct streams *streams = streams_create();
    struct told told = { 0 };
    handshake(streams, client, server, 7, 500);
    give(streams, client, server, TCP_ACK, 7, 500, bytes, length, &told);
    expect_small(&told);
    for (uint32_t seq = 10; seq < 16; seq++, at += put_esp(esp, 0x1000, seq)) {
        put_esp(esp, 0x1000, seq);
        give_cut(streams, client, server, TCP_ACK, at, 500, esp, 2 + ESP_BYTES, 2 + ESP_BYTES, (int64_t)seq * SECOND, &told);
    }
    give_cut(streams, client, server, TCP_ACK, at, 500, esp, 1, 1, 30 * SECOND, &told);
    assert_int_equal(told.count, 10);
    assert_int_equal(bytes_get32(told.first[4] + 4), 10);
    assert_int_equal(streams_counts(streams)->searches, 1);
    streams_destroy(streams);
}

/* Each segment is cut by the snap length, wherever: messages whose length is known are handed out as far as they are. */
static void every_truncation(void **state)
{
    (void)state;
    uint8_t bytes[128];
    uint32_t length = small_stream(bytes);
    static const uint32_t at[] = { 0, 6, 40, 66, 69, 95 };
    assert_int_equal(length, 95);
    for (uint32_t snap = 0; snap < 40; snap++) {
        struct streams *streams = streams_create();
        struct told told = { 0 };
        handshake(streams, client, server, 7, 500);
        for (unsigned i = 0; i < 5; i++) {
            uint32_t wire = at[i + 1] - at[i], captured = wire < snap ? wire : snap;
            give_cut(streams, client, server, TCP_ACK, 7 + at[i], 500, bytes + at[i], wire, captured, 0, &told);
        }
        if (snap >= 34)
            expect_small(&told);
        else if (snap >= 6) {
            assert_int_equal(told.count, 4);
            assert_int_equal(told.wire[0], 32);
            assert_int_equal(told.captured[0], snap - 2);
        }
        streams_destroy(streams);
    }
}

/* The capture begins in the middle: one IKE message is enough, three ESP messages are. */
static void late(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct streams *streams = streams_create();
    struct told told = { 0 };
    uint32_t length = put_ike(bytes);
    assert_int_equal(give(streams, server, client, TCP_ACK, 99, 500, "\1\2\3\4\5\6\7\10\11\12", 10, &told), STREAM_UNDECIDED);
    give(streams, server, client, TCP_ACK, 109, 500, bytes, length, &told);
    assert_int_equal(told.count, 1);
    for (uint32_t seq = 1; seq < 4; seq++) {
        put_esp(bytes, 0x3000, seq);
        give(streams, client, server, TCP_ACK, 1000 + seq * (2 + ESP_BYTES), 500, bytes, 2 + ESP_BYTES, &told);
        assert_int_equal(told.count, seq < 3 ? 1 : 4);
    }
    streams_destroy(streams);
}

/* Another protocol is left alone after a while, and costs nothing then. */
static void another_protocol(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
    for (unsigned seen = 0; seen < 2; seen++) {
        struct streams *streams = streams_create();
        struct told told = { 0 };
        enum stream_answer answer = STREAM_UNDECIDED;
        if (seen)
            handshake(streams, client, server, 7, 500);
        for (uint32_t i = 0; i < 2 + STREAM_TRIES; i++) {
            answer = give(streams, client, server, TCP_ACK, 7 + i * 38, 500, text, 38, &told);
            assert_int_not_equal(answer, STREAM_TAKEN);
        }
        assert_int_equal(answer, STREAM_FOREIGN);
        assert_int_equal(told.count, 0);
        assert_int_equal(streams_counts(streams)->streams, 0);
        streams_destroy(streams);
    }
}

/* The same ports again: a new SYN begins a new stream. */
static void ports_again(void **state)
{
    (void)state;
    uint8_t bytes[128];
    uint32_t length = small_stream(bytes);
    struct streams *streams = streams_create();
    for (uint32_t start = 7; start < 1000; start += 300) {
        struct told told = { 0 };
        handshake(streams, client, server, start, start * 5);
        give(streams, client, server, TCP_ACK, start, start * 5, bytes, length, &told);
        expect_small(&told);
        handshake(streams, client, server, start, start * 5); /* captured twice */
    }
    assert_int_equal(streams_counts(streams)->streams, 4);
    streams_destroy(streams);
}

/* An impossible length: the rest is not believed until messages are found again. */
static void impossible_length(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct streams *streams = streams_create();
    struct told told = { 0 };
    handshake(streams, client, server, 7, 500);
    give(streams, client, server, TCP_ACK, 7, 500, "IKETCP\0\1abcdef", 14, &told);
    assert_int_equal(told.count, 0);
    assert_int_equal(streams_counts(streams)->searches, 1);
    give(streams, client, server, TCP_ACK, 21, 500, bytes, put_ike(bytes), &told);
    assert_int_equal(told.count, 1);
    streams_destroy(streams);
}

/* Floods: of connections, of bytes that wait for one that never comes. */
static void floods(void **state)
{
    (void)state;
    static uint8_t bytes[60000];
    uint8_t small[128];
    uint32_t length = small_stream(small);
    struct streams *streams = streams_create();
    struct told told = { 0 };
    for (uint32_t i = 0; i < 3 * STREAMS; i++) {
        struct peer from = { (uint8_t)(3 + i / 50000), (uint16_t)(1024 + i) };
        handshake(streams, from, server, i, 500);
        give(streams, from, server, TCP_ACK, i + 10, 500, bytes, sizeof bytes, &told);
    }
    for (uint32_t i = 0; i < 60; i++)
        give(streams, client, server, TCP_ACK, 7 + 10 + i * (uint32_t)sizeof bytes, 500, bytes, sizeof bytes, &told);
    told.count = 0;
    struct peer last = { 1, 40009 };
    handshake(streams, last, server, 7, 500);
    give(streams, last, server, TCP_ACK, 7, 500, small, length, &told);
    expect_small(&told);
    streams_destroy(streams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_segmentation), cmocka_unit_test(one_byte_segments), cmocka_unit_test(first_copy_counts),
        cmocka_unit_test(both_sides), cmocka_unit_test(no_handshake), cmocka_unit_test(two_at_once), cmocka_unit_test(a_gap),
        cmocka_unit_test(a_gap_over_a_length), cmocka_unit_test(every_truncation), cmocka_unit_test(late),
        cmocka_unit_test(another_protocol), cmocka_unit_test(ports_again), cmocka_unit_test(impossible_length),
        cmocka_unit_test(floods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
