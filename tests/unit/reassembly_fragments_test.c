/* reassembly/fragments: datagrams put together in every order, and every way in which pieces are lost, wrong or hostile. */
#include "reassembly/fragments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reassembly_maker.h"
#include "reassembly_pieces.h"

#define SECOND ((int64_t)1000000000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum fragments_result give_away(struct fragments *fragments, struct packet packet, int64_t time_ns, uint64_t number)
{
    enum fragments_result result = give(fragments, &packet, time_ns, number).result;
    free(packet.bytes);
    return result;
}

static void expect_nothing_given_up(struct fragments *fragments, int64_t now_ns)
{
    struct fragments_datagram given_up;
    assert_false(fragments_expire(fragments, now_ns, false, &given_up));
}

static struct fragments_datagram expect_given_up(struct fragments *fragments, int64_t now_ns, enum fragments_end end)
{
    struct fragments_datagram given_up;
    assert_true(fragments_expire(fragments, now_ns, false, &given_up));
    assert_int_equal(given_up.end, end);
    return given_up;
}

/* Gives the pieces in the order of `order`, the whole must come with the last and with no other. */
static void give_in_order(struct fragments *fragments, const char *const hex[], const unsigned order[], unsigned count,
                          const char *whole_hex)
{
    struct packet whole = packet_hex(whole_hex);
    for (unsigned i = 0; i < count; i++) {
        struct packet packet = packet_hex(hex[order[i]]);
        struct answer answer = give(fragments, &packet, i * 1000, i + 1);
        assert_int_equal(answer.result, i + 1 < count ? FRAGMENTS_WAITING : FRAGMENTS_COMPLETE);
        if (i + 1 == count) {
            assert_int_equal(answer.length, whole.length);
            assert_memory_equal(answer.bytes, whole.bytes, whole.length);
            assert_int_equal(answer.pieces, count);
        }
        free(packet.bytes);
    }
    free(whole.bytes);
    expect_nothing_given_up(fragments, 0);
}

/* Every permutation (Heap's algorithm, without recursion). */
static void give_in_every_order(const char *const hex[], unsigned count, const char *whole_hex)
{
    unsigned order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 }, turn[8] = { 0 }, orders = 1, expected = 1;
    struct fragments *fragments = fragments_create();
    assert_non_null(fragments);
    give_in_order(fragments, hex, order, count, whole_hex);
    for (unsigned i = 2; i <= count; i++)
        expected *= i;
    for (unsigned i = 0; i < count;) {
        if (turn[i] >= i) {
            turn[i++] = 0;
            continue;
        }
        unsigned from = i % 2 ? turn[i] : 0, other = order[from];
        order[from] = order[i];
        order[i] = other;
        give_in_order(fragments, hex, order, count, whole_hex);
        orders++;
        turn[i]++;
        i = 0;
    }
    assert_int_equal(orders, expected);
    fragments_destroy(fragments);
}

static void ip4_with_options_in_every_order(void **state)
{
    (void)state;
    give_in_every_order(ip4_pieces, COUNT(ip4_pieces), ip4_whole);
}

static void ip6_with_two_extension_headers_in_every_order(void **state)
{
    (void)state;
    give_in_every_order(ip6_pieces, COUNT(ip6_pieces), ip6_whole);
}

static void ip6_without_extension_headers_in_every_order(void **state)
{
    (void)state;
    give_in_every_order(ip6_plain_pieces, COUNT(ip6_plain_pieces), ip6_plain_whole);
}

static struct packet read_file(const char *path)
{
    static uint8_t bytes[PACKET_MAX];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return packet_from(bytes, length);
}

/* Frames 70 to 73 of a capture whose first three a Linux 6.1 kernel put together and accepted; the fourth stayed alone. */
static void kernel_capture(void **state)
{
    (void)state;
    struct packet file = read_file("tests/data/fragments.pcap"), whole = read_file("tests/data/fragments.whole");
    struct fragments *fragments = fragments_create();
    uint32_t at = 24, number = 0;
    for (; at + 16 < file.length; number++) {
        uint32_t captured;
        memcpy(&captured, file.bytes + at + 8, 4);
        struct packet packet = packet_from(file.bytes + at + 16 + 14, captured - 14);
        struct answer answer = give(fragments, &packet, number * SECOND / 100, number + 70);
        assert_int_equal(answer.result, number == 2 ? FRAGMENTS_COMPLETE : FRAGMENTS_WAITING);
        if (number == 2) {
            assert_int_equal(answer.length, whole.length);
            assert_memory_equal(answer.bytes, whole.bytes, whole.length);
        }
        free(packet.bytes);
        at += 16 + captured;
    }
    assert_int_equal(number, 4);
    struct fragments_datagram given_up;
    assert_true(fragments_expire(fragments, SECOND, true, &given_up));
    assert_int_equal(given_up.end, FRAGMENTS_END_CAPTURE);
    assert_int_equal(given_up.id, 0x777);
    assert_true(given_up.has_first && !given_up.has_last && given_up.has_spi);
    assert_int_equal(given_up.spi, 0x1001);
    assert_int_equal(given_up.seq, 0x95);
    assert_int_equal(given_up.pieces, 1);
    assert_int_equal(given_up.bytes, 400);
    assert_int_equal(given_up.missing_at, 400);
    assert_int_equal(given_up.first_frame, 73);
    assert_false(fragments_expire(fragments, SECOND, true, &given_up));
    fragments_destroy(fragments);
    free(file.bytes);
    free(whole.bytes);
}

static void repeats_are_ignored_and_the_first_copy_wins(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    assert_int_equal(give_away(fragments, piece4(7, 0, 16, true, 'A'), 0, 1), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(7, 0, 16, true, 'a'), 1, 2), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(7, 8, 8, true, 'a'), 2, 3), FRAGMENTS_WAITING); /* within what came */
    struct packet last = piece4(7, 16, 3, false, 'A');
    struct answer answer = give(fragments, &last, 3, 4);
    assert_int_equal(answer.result, FRAGMENTS_COMPLETE);
    assert_int_equal(answer.pieces, 4);
    assert_int_equal(answer.length, 39);
    assert_memory_equal(answer.bytes + 20, "AAAAAAAABBBBBBBBCCC", 19);
    free(last.bytes);
    expect_nothing_given_up(fragments, 3);
    fragments_destroy(fragments);
}

static void overlap_spoils_the_datagram(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    assert_int_equal(give_away(fragments, piece4(7, 0, 24, true, 'A'), 0, 1), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(7, 16, 16, false, 'A'), 1, 2), FRAGMENTS_DROPPED);
    struct fragments_datagram given_up = expect_given_up(fragments, 1, FRAGMENTS_END_OVERLAP);
    assert_int_equal(given_up.id, 7);
    assert_int_equal(given_up.last_frame, 2);
    /* Larger than what came, beginning below it, and covering a hole with both its banks. */
    assert_int_equal(give_away(fragments, piece4(8, 16, 16, true, 'A'), 0, 3), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(8, 0, 40, true, 'A'), 1, 4), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 1, FRAGMENTS_END_OVERLAP);
    assert_int_equal(give_away(fragments, piece4(9, 16, 16, true, 'A'), 0, 5), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(9, 8, 16, true, 'A'), 1, 6), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 1, FRAGMENTS_END_OVERLAP);
    assert_int_equal(give_away(fragments, piece4(10, 0, 16, true, 'A'), 0, 7), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(10, 32, 16, true, 'A'), 0, 8), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(10, 8, 32, true, 'A'), 1, 9), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 1, FRAGMENTS_END_OVERLAP);
    /* The identification is free again afterwards. */
    assert_int_equal(give_away(fragments, piece4(7, 0, 24, true, 'A'), 2, 10), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(7, 24, 16, false, 'A'), 2, 11), FRAGMENTS_COMPLETE);
    fragments_destroy(fragments);
}

static void the_last_piece_fixes_the_length(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    assert_int_equal(give_away(fragments, piece4(1, 16, 4, false, 'A'), 0, 1), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, 24, 8, true, 'A'), 0, 2), FRAGMENTS_DROPPED); /* beyond it */
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece4(2, 16, 4, false, 'A'), 0, 3), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(2, 16, 5, false, 'A'), 0, 4), FRAGMENTS_DROPPED); /* another end */
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece4(3, 24, 8, true, 'A'), 0, 5), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(3, 8, 8, false, 'A'), 0, 6), FRAGMENTS_DROPPED); /* below what came */
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece4(4, 8, 0, true, 'A'), 0, 7), FRAGMENTS_DROPPED); /* empty */
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    fragments_destroy(fragments);
}

static void nothing_reaches_beyond_65535(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    assert_int_equal(give_away(fragments, piece4(1, 65528, 8, false, 'A'), 0, 1), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece6(1, 65528, 8, false, 50), 0, 2), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    /* 65535 bytes of payload fit IPv6, whose length field does not count its header, and not IPv4. */
    assert_int_equal(give_away(fragments, piece4(2, 0, 65504, true, 'A'), 0, 3), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(2, 65504, 31, false, 'A'), 0, 4), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece4(3, 0, 65504, true, 'A'), 0, 5), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(3, 65504, 11, false, 'A'), 0, 6), FRAGMENTS_COMPLETE);
    assert_int_equal(give_away(fragments, piece6(2, 0, 65504, true, 50), 0, 7), FRAGMENTS_WAITING);
    struct packet last = piece6(2, 65504, 31, false, 50);
    struct answer answer = give(fragments, &last, 0, 8);
    assert_int_equal(answer.result, FRAGMENTS_COMPLETE);
    assert_int_equal(answer.length, 40 + 65535);
    free(last.bytes);
    fragments_destroy(fragments);
}

/* Linux 6.1: IPv4 shortens a middle piece to a multiple of 8, IPv6 refuses it alone. */
static void middle_pieces_of_odd_length(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    assert_int_equal(give_away(fragments, piece4(1, 0, 13, true, 'A'), 0, 1), FRAGMENTS_WAITING);
    struct packet last = piece4(1, 8, 5, false, 'a');
    struct answer answer = give(fragments, &last, 0, 2);
    assert_int_equal(answer.result, FRAGMENTS_COMPLETE);
    assert_memory_equal(answer.bytes + 20, "AAAAAAAAbbbbb", 13);
    free(last.bytes);
    assert_int_equal(give_away(fragments, piece4(2, 0, 7, true, 'A'), 0, 3), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece6(1, 0, 16, true, 50), 0, 4), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece6(1, 16, 13, true, 50), 0, 5), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    assert_int_equal(give_away(fragments, piece6(1, 16, 13, false, 50), 0, 6), FRAGMENTS_COMPLETE);
    fragments_destroy(fragments);
}

/* RFC 3168 5.3: CE on one piece reaches the whole, and pieces with and without ECN do not mix. */
static void congestion_marks(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    for (unsigned first = 0; first < 4; first++)
        for (unsigned second = 0; second < 4; second++) {
            struct packet one = piece4(1, 0, 16, true, 'A'), two = piece4(1, 16, 16, false, 'A');
            one.bytes[1] = (uint8_t)(0x28 | first);
            two.bytes[1] = (uint8_t)(0x28 | second);
            assert_int_equal(give(fragments, &one, 0, 1).result, FRAGMENTS_WAITING);
            struct answer answer = give(fragments, &two, 0, 2);
            assert_int_equal(answer.result, (first == 0) == (second == 0) ? FRAGMENTS_COMPLETE : FRAGMENTS_DROPPED);
            if (answer.result == FRAGMENTS_COMPLETE)
                assert_int_equal(answer.bytes[1], 0x28 | (second == 3 ? 3 : first));
            else
                expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
            free(one.bytes);
            free(two.bytes);
        }
    fragments_destroy(fragments);
}

static void keys_do_not_mix(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    struct packet udp = piece4(1, 16, 8, false, 'A');
    udp.bytes[9] = 17; /* IPv4: another protocol is another datagram */
    struct packet other = piece4(1, 16, 8, false, 'A');
    other.bytes[19] = 3; /* another destination */
    assert_int_equal(give_away(fragments, piece4(1, 0, 16, true, 'A'), 0, 1), FRAGMENTS_WAITING);
    assert_int_equal(give(fragments, &udp, 0, 2).result, FRAGMENTS_WAITING);
    assert_int_equal(give(fragments, &other, 0, 3).result, FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(2, 16, 8, false, 'A'), 0, 4), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, 16, 8, false, 'A'), 0, 5), FRAGMENTS_COMPLETE);
    free(udp.bytes);
    free(other.bytes);
    /* IPv6: the first piece's next header alone counts (RFC 8200 4.5). */
    assert_int_equal(give_away(fragments, piece6(1, 16, 8, false, 60), 0, 6), FRAGMENTS_WAITING);
    struct packet first = piece6(1, 0, 16, true, 50);
    struct answer answer = give(fragments, &first, 0, 7);
    assert_int_equal(answer.result, FRAGMENTS_COMPLETE);
    assert_int_equal(answer.bytes[6], 50);
    free(first.bytes);
    fragments_destroy(fragments);
}

static void timeouts(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    expect_nothing_given_up(fragments, INT64_MAX);
    assert_int_equal(give_away(fragments, piece6(1, 8, 8, true, 51), 0, 1), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, 0, 8, true, 'A'), 0, 2), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, 16, 8, false, 'A'), 20 * SECOND, 3), FRAGMENTS_WAITING);
    expect_nothing_given_up(fragments, 30 * SECOND - 1);
    struct fragments_datagram given_up = expect_given_up(fragments, 30 * SECOND, FRAGMENTS_END_TIMEOUT);
    assert_true(given_up.has_first && given_up.has_last);
    assert_int_equal(given_up.missing_at, 8);
    assert_int_equal(given_up.pieces, 2);
    assert_int_equal(given_up.last_ns, 20 * SECOND);
    assert_int_equal(given_up.spi, 0x41414141);
    expect_nothing_given_up(fragments, 60 * SECOND - 1);
    given_up = expect_given_up(fragments, 60 * SECOND, FRAGMENTS_END_TIMEOUT);
    assert_int_equal(given_up.src.family, 6);
    assert_false(given_up.has_first);
    assert_int_equal(given_up.protocol, 51);
    assert_int_equal(given_up.missing_at, 0);
    /* A piece that comes too late begins anew, also where nobody asked in between. */
    assert_int_equal(give_away(fragments, piece4(1, 0, 8, true, 'A'), 0, 4), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, 8, 8, false, 'A'), 31 * SECOND, 5), FRAGMENTS_WAITING);
    expect_given_up(fragments, 31 * SECOND, FRAGMENTS_END_TIMEOUT);
    expect_nothing_given_up(fragments, 31 * SECOND);
    /* Clocks of hostile files. */
    assert_int_equal(give_away(fragments, piece4(9, 0, 8, true, 'A'), INT64_MIN, 6), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(9, 8, 8, true, 'A'), INT64_MAX, 7), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(9, 16, 8, true, 'A'), INT64_MIN, 8), FRAGMENTS_WAITING);
    fragments_destroy(fragments);
}

/* A first piece cut by the snap length is counted as come, and the datagram that it completes is not judged. */
static void cut_pieces(void **state)
{
    (void)state;
    for (uint32_t captured = 0; captured < 36; captured++) {
        struct fragments *fragments = fragments_create();
        struct packet first = piece4(1, 0, 16, true, 0);
        struct answer answer = give_cut(fragments, &first, captured, 0, 1);
        assert_int_equal(answer.result, captured < 20 ? FRAGMENTS_DROPPED : FRAGMENTS_WAITING);
        if (captured < 20)
            expect_given_up(fragments, 0, FRAGMENTS_END_CUT);
        else {
            assert_int_equal(give_away(fragments, piece4(1, 16, 3, false, 0), 0, 2), FRAGMENTS_DROPPED);
            struct fragments_datagram given_up = expect_given_up(fragments, 0, FRAGMENTS_END_CUT);
            assert_int_equal(given_up.has_spi, captured >= 28);
            assert_int_equal(given_up.bytes, 19);
            assert_int_equal(given_up.missing_at, 19);
        }
        free(first.bytes);
        fragments_destroy(fragments);
    }
}

static void every_truncation_of_every_piece(void **state)
{
    (void)state;
    struct { const char *const *hex; unsigned count; } sets[] = {
        { ip4_pieces, COUNT(ip4_pieces) }, { ip6_pieces, COUNT(ip6_pieces) }, { ip6_plain_pieces, COUNT(ip6_plain_pieces) },
    };
    for (unsigned set = 0; set < COUNT(sets); set++)
        for (unsigned victim = 0; victim < sets[set].count; victim++) {
            struct packet cut = packet_hex(sets[set].hex[victim]);
            for (uint32_t captured = 0; captured < cut.length; captured++) {
                struct fragments *fragments = fragments_create();
                for (unsigned i = 0; i < sets[set].count; i++) {
                    struct packet packet = packet_hex(sets[set].hex[i]);
                    struct answer answer = give_cut(fragments, &packet, i == victim ? captured : packet.length, 0, i);
                    assert_int_not_equal(answer.result, FRAGMENTS_COMPLETE);
                    free(packet.bytes);
                }
                struct fragments_datagram given_up;
                assert_true(fragments_expire(fragments, 0, true, &given_up));
                assert_int_equal(given_up.end, FRAGMENTS_END_CUT);
                fragments_destroy(fragments);
            }
            free(cut.bytes);
        }
}

/* Lengths that no decoder should hand out: refused, and nothing is read. */
static void layers_that_contradict_themselves(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    struct packet packet = piece6(1, 0, 16, true, 50);
    struct frame frame = { .bytes = packet.bytes, .captured = packet.length, .wire = packet.length };
    const uint8_t *bytes;
    uint32_t length, pieces;
    for (unsigned wrong = 0; wrong < 9; wrong++) {
        struct layer layer = layer_of(&packet, packet.length);
        switch (wrong) {
        case 0: layer.kind = LAYER_ESP; break;
        case 1: layer.ip.version = 5; break;
        case 2: layer.ip.bytes = NULL; break;
        case 3: layer.ip.unfragmentable = 0; break;
        case 4: layer.ip.unfragmentable = UINT32_MAX - 3; break;
        case 5: layer.ip.total = 47; break;
        case 6: layer.ip.total = UINT32_MAX; break;
        case 7: layer.ip.fragment_at = 4; break;
        default: layer.ip.captured = 47; break;
        }
        assert_int_equal(fragments_add(fragments, &frame, &layer, &bytes, &length, &pieces), FRAGMENTS_DROPPED);
        assert_null(bytes);
        expect_given_up(fragments, 0, wrong == 8 ? FRAGMENTS_END_CUT : FRAGMENTS_END_BAD);
    }
    /* A header chain that does not lead to the fragment header shows only when the datagram is whole. */
    struct layer layer = layer_of(&packet, packet.length);
    packet.bytes[6] = 6;
    assert_int_equal(fragments_add(fragments, &frame, &layer, &bytes, &length, &pieces), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece6(1, 16, 8, false, 50), 0, 2), FRAGMENTS_COMPLETE); /* no header between */
    packet.bytes[6] = 44;
    layer.ip.unfragmentable = 48;
    layer.ip.mf = true;
    assert_int_equal(fragments_add(fragments, &frame, &layer, &bytes, &length, &pieces), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece6(1, 8, 8, false, 50), 0, 2), FRAGMENTS_DROPPED);
    expect_given_up(fragments, 0, FRAGMENTS_END_BAD);
    free(packet.bytes);
    fragments_destroy(fragments);
}

static void flood_of_first_pieces_costs_bounded_memory(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    uint32_t told = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        struct packet packet = piece4((uint16_t)i, 0, 1400, true, 'A');
        bytes_put32(packet.bytes + 12, i);
        assert_int_equal(give(fragments, &packet, i, i + 1).result, FRAGMENTS_WAITING);
        free(packet.bytes);
        struct fragments_datagram given_up;
        for (; fragments_expire(fragments, i, false, &given_up); told++) {
            assert_int_equal(given_up.end, FRAGMENTS_END_EVICTED);
            assert_int_equal(given_up.first_frame, told + 1); /* the oldest goes */
        }
    }
    assert_int_equal(told, 100000 - FRAGMENTS_DATAGRAMS);
    /* Nobody asks: reports are bounded, too, and the lost ones are counted. */
    for (uint32_t i = 0; i < 5000; i++) {
        struct packet packet = piece4((uint16_t)i, 0, 8, true, 'A');
        bytes_put32(packet.bytes + 12, i | 1u << 31);
        give(fragments, &packet, i, i + 1);
        free(packet.bytes);
    }
    struct fragments_datagram given_up;
    for (told = 0; fragments_expire(fragments, 5000, true, &given_up);)
        told++;
    assert_int_equal(told + fragments_unreported(fragments), 5000 + FRAGMENTS_DATAGRAMS);
    assert_int_equal(told, 2 * FRAGMENTS_DATAGRAMS);
    fragments_destroy(fragments);
}

/* Pieces of 64 KiB: FRAGMENTS_BYTES is met before FRAGMENTS_DATAGRAMS. */
static void flood_of_long_pieces(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    uint32_t open = 0, most = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        struct packet packet = i % 2 ? piece6(i, 0, 65000, true, 50) : piece4((uint16_t)i, 0, 65000, true, 'A');
        if (i % 2 == 0)
            bytes_put32(packet.bytes + 12, i);
        assert_int_equal(give(fragments, &packet, i, i + 1).result, FRAGMENTS_WAITING);
        free(packet.bytes);
        open++;
        for (struct fragments_datagram given_up; fragments_expire(fragments, i, false, &given_up); open--)
            assert_int_equal(given_up.end, FRAGMENTS_END_EVICTED);
        most = open > most ? open : most;
    }
    assert_in_range(most, FRAGMENTS_BYTES / 65000 - 2, FRAGMENTS_BYTES / 65000);
    fragments_destroy(fragments);
}

static void too_many_pieces_of_one_datagram(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    for (uint32_t i = 0; i < FRAGMENTS_PIECES; i++)
        assert_int_equal(give_away(fragments, piece4(1, i * 16, 8, true, 'A'), 0, i), FRAGMENTS_WAITING);
    assert_int_equal(give_away(fragments, piece4(1, FRAGMENTS_PIECES * 16, 8, true, 'A'), 0, 999), FRAGMENTS_DROPPED);
    assert_int_equal(expect_given_up(fragments, 0, FRAGMENTS_END_EVICTED).pieces, FRAGMENTS_PIECES);
    expect_nothing_given_up(fragments, 0);
    fragments_destroy(fragments);
}

/* Linux ipfrag_max_dist 64: the identification came round again, and the old half is not joined to the new one. */
static void identifications_that_wrap(void **state)
{
    (void)state;
    for (unsigned between = 63; between <= 64; between++) {
        struct fragments *fragments = fragments_create();
        assert_int_equal(give_away(fragments, piece4(1, 0, 8, true, 'A'), 0, 1), FRAGMENTS_WAITING);
        for (unsigned i = 0; i < between; i++)
            assert_int_equal(give_away(fragments, piece4((uint16_t)(2 + i), 0, 8, true, 'A'), 1, 2), FRAGMENTS_WAITING);
        assert_int_equal(give_away(fragments, piece4(1, 8, 8, false, 'A'), 2, 3),
                         between == 63 ? FRAGMENTS_COMPLETE : FRAGMENTS_WAITING);
        if (between == 64) {
            expect_given_up(fragments, 2, FRAGMENTS_END_TIMEOUT);
            assert_int_equal(give_away(fragments, piece4(1, 0, 8, true, 'A'), 2, 4), FRAGMENTS_COMPLETE);
        }
        expect_nothing_given_up(fragments, 2);
        fragments_destroy(fragments);
    }
}

/* What the first piece shows of who lost the rest. */
static void what_is_told_of_the_first_piece(void **state)
{
    (void)state;
    struct fragments *fragments = fragments_create();
    struct packet packet = packet_hex(ip6_pieces[0]);
    give(fragments, &packet, 5, 1);
    free(packet.bytes);
    struct fragments_datagram given_up;
    assert_true(fragments_expire(fragments, 6, true, &given_up));
    assert_int_equal(given_up.protocol, 17);
    assert_int_equal(given_up.sport, 4500);
    assert_int_equal(given_up.dport, 40123);
    assert_true(given_up.has_spi);
    assert_int_equal(given_up.spi, 0xc0ffee01);
    assert_int_equal(given_up.seq, 7);
    struct packet ah = piece6(2, 0, 16, true, 51);
    bytes_put32(ah.bytes + 48 + 4, 0x2001);
    bytes_put32(ah.bytes + 48 + 8, 9);
    give(fragments, &ah, 5, 2);
    free(ah.bytes);
    assert_true(fragments_expire(fragments, 6, true, &given_up));
    assert_int_equal(given_up.spi, 0x2001);
    assert_int_equal(given_up.seq, 9);
    struct packet ike = piece4(3, 0, 16, true, 0);
    memset(ike.bytes + 20, 0, 16); /* a non-ESP marker follows the ports */
    ike.bytes[9] = 17;
    bytes_put16(ike.bytes + 22, 4500);
    give(fragments, &ike, 5, 3);
    free(ike.bytes);
    assert_true(fragments_expire(fragments, 6, true, &given_up));
    assert_false(given_up.has_spi);
    assert_int_equal(given_up.dport, 4500);
    fragments_destroy(fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip4_with_options_in_every_order),
        cmocka_unit_test(ip6_with_two_extension_headers_in_every_order),
        cmocka_unit_test(ip6_without_extension_headers_in_every_order),
        cmocka_unit_test(kernel_capture),
        cmocka_unit_test(repeats_are_ignored_and_the_first_copy_wins),
        cmocka_unit_test(overlap_spoils_the_datagram),
        cmocka_unit_test(the_last_piece_fixes_the_length),
        cmocka_unit_test(nothing_reaches_beyond_65535),
        cmocka_unit_test(middle_pieces_of_odd_length),
        cmocka_unit_test(congestion_marks),
        cmocka_unit_test(keys_do_not_mix),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(cut_pieces),
        cmocka_unit_test(every_truncation_of_every_piece),
        cmocka_unit_test(layers_that_contradict_themselves),
        cmocka_unit_test(flood_of_first_pieces_costs_bounded_memory),
        cmocka_unit_test(flood_of_long_pieces),
        cmocka_unit_test(too_many_pieces_of_one_datagram),
        cmocka_unit_test(identifications_that_wrap),
        cmocka_unit_test(what_is_told_of_the_first_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
