/*
 * veil_segment: ESP and IKE in TCP (RFC 9329) and TLS beside it: messages across segments keep their ciphertext, and nothing else stays. Segments are made
 * here, byte by byte as RFC 791, 9293 and 9329 draw them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "veil/veil.h"

enum { IP = 20, TCP = 20, ROOM = 512 };

struct segment {
    uint8_t bytes[ROOM];
    struct frame frame;
};

static void make(struct segment *segment, uint16_t dport, uint32_t seq, uint8_t flags, const void *payload, uint32_t length)
{
    uint8_t *at = segment->bytes;
    memset(segment, 0, sizeof *segment);
    at[0] = 0x45;
    bytes_put16(at + 2, (uint16_t)(IP + TCP + length));
    at[8] = 64;
    at[9] = 6;
    memcpy(at + 12, "\x0a\x01\x02\x03\x0a\x01\x02\x04", 8);
    bytes_put16(at + IP, 40000);
    bytes_put16(at + IP + 2, dport);
    bytes_put32(at + IP + 4, seq);
    at[IP + 12] = 0x50;
    at[IP + 13] = flags;
    memcpy(at + IP + TCP, payload, length);
    segment->frame = (struct frame){ .bytes = segment->bytes, .captured = IP + TCP + length, .wire = IP + TCP + length, .linktype = 101 };
}

static void through(struct segment *segments, unsigned count)
{
    struct veil *veil = veil_create(NULL);
    assert_non_null(veil);
    for (unsigned i = 0; i < count; i++)
        veil_look(veil, &segments[i].frame);
    assert_true(veil_settle(veil));
    for (unsigned i = 0; i < count; i++)
        veil_change(veil, &segments[i].frame, segments[i].bytes);
    veil_destroy(veil);
}

/* Bytes as ciphertext has them. */
static void cipher(uint8_t *bytes, uint32_t length)
{
    uint32_t state = 12345;
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
}

static bool zeros(const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void test_a_message_in_two_segments(void **state)
{
    (void)state;
    uint8_t stream[208] = { 'I', 'K', 'E', 'T', 'C', 'P', 0, 202 };
    struct segment segments[3];
    cipher(stream + 8, 200);
    make(&segments[0], 4500, 1000, 2, "", 0);
    make(&segments[1], 4500, 1001, 0x18, stream, 100);
    make(&segments[2], 4500, 1101, 0x18, stream + 100, 108);
    through(segments, 3);
    assert_memory_equal(segments[1].bytes + IP + TCP, stream, 100);
    assert_memory_equal(segments[2].bytes + IP + TCP, stream + 100, 108);
    assert_memory_equal(segments[2].bytes + 12, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
}

static void test_what_does_not_follow_goes(void **state)
{
    (void)state;
    uint8_t stream[200] = { 0, 250 };
    struct segment segments[2];
    cipher(stream + 2, 198);
    make(&segments[0], 4500, 1000, 2, "", 0);
    make(&segments[1], 4500, 5000, 0x18, stream, 200);
    through(segments, 2);
    assert_true(zeros(segments[1].bytes + IP + TCP, 200));
}

static void test_tls_goes(void **state)
{
    (void)state;
    static const uint8_t hello[] = "\x16\x03\x01\x00\x50\x01 www.example.org and 10.1.2.3";
    struct segment segments[3];
    make(&segments[0], 443, 1000, 2, "", 0);
    make(&segments[1], 443, 1001, 0x18, hello, sizeof hello);
    make(&segments[2], 80, 1001, 0x18, hello, sizeof hello);
    through(segments, 3);
    assert_true(zeros(segments[1].bytes + IP + TCP, sizeof hello));
    assert_true(zeros(segments[2].bytes + IP + TCP, sizeof hello));
}

/* IKE_SA_INIT with a notify of 40 bytes that is of no known type: its head stays. */
static void test_ike_in_clear(void **state)
{
    (void)state;
    uint8_t stream[2 + 4 + 28 + 48] = { 0, sizeof stream };
    uint8_t *ike = stream + 6;
    struct segment segments[2];
    cipher(ike, 16);
    ike[16] = 41;
    ike[17] = 0x20;
    ike[18] = 34;
    ike[19] = 8;
    bytes_put32(ike + 24, 28 + 48);
    bytes_put16(ike + 30, 48);
    bytes_put16(ike + 34, 40960); /* private use */
    memset(ike + 36, 'n', 40);
    make(&segments[0], 4500, 1000, 2, "", 0);
    make(&segments[1], 4500, 1001, 0x18, stream, sizeof stream);
    through(segments, 2);
    assert_memory_equal(segments[1].bytes + IP + TCP, stream, 6 + 28 + 8);
    assert_true(zeros(segments[1].bytes + IP + TCP + 6 + 28 + 8, 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_in_two_segments),
        cmocka_unit_test(test_what_does_not_follow_goes),
        cmocka_unit_test(test_tls_goes),
        cmocka_unit_test(test_ike_in_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
