/* track/ike_pieces: which pieces of an IKEv1 message are missing, kept as facts of its session; every truncation of a piece. */
#include "track/ike_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "sa/sadb.h"

#define SECOND ((int64_t)1000000000)

enum { MESSAGE = 28 + 4 + 60 };

static unsigned raised;

static void raise_event(void *context, const struct event *event)
{
    (void)context;
    raised += event->kind == EVENT_IKE && event->ike->what == IKE_DAMAGED;
}

static const struct event_sink sink = { NULL, raise_event };

struct bench {
    struct sadb *db;
    struct ike_sessions *sessions;
    uint64_t frames;
};

static struct bench bench_open(void)
{
    struct error error;
    struct bench bench = { .db = sadb_create(&error) };
    assert_non_null(bench.db);
    bench.sessions = ike_sessions_create(bench.db, &sink, 64);
    assert_non_null(bench.sessions);
    raised = 0;
    return bench;
}

static void bench_close(struct bench *bench)
{
    sadb_destroy(bench->db);
    ike_sessions_destroy(bench->sessions);
}

/* A message of main mode with a vendor ID of 60 bytes. */
static void make_message(uint8_t bytes[MESSAGE], uint8_t fill)
{
    memset(bytes, fill, MESSAGE);
    memset(bytes, 0, 32);
    bytes[0] = 0xc0;
    bytes[16] = 13;
    bytes[17] = 0x10;
    bytes[18] = 2;
    bytes_put32(bytes + 24, MESSAGE);
    bytes_put16(bytes + 30, 64);
}

/* A piece of it, `captured` bytes of which can be read. */
static void give_cut(struct bench *bench, const uint8_t *part, uint32_t size, uint16_t id, uint8_t number, bool last, uint32_t captured,
                     int64_t time_ns)
{
    uint32_t length = 28 + 8 + size;
    uint8_t *bytes = calloc(1, length), *copy;
    bytes[0] = 0xc0;
    bytes[16] = 132;
    bytes[17] = 0x10;
    bytes[18] = 2;
    bytes_put32(bytes + 24, length);
    bytes_put16(bytes + 30, (uint16_t)(8 + size));
    bytes_put16(bytes + 32, id);
    bytes[34] = number;
    bytes[35] = last;
    memcpy(bytes + 36, part, size);
    if (captured > length)
        captured = length;
    copy = malloc(captured ? captured : 1);
    memcpy(copy, bytes, captured);
    free(bytes);
    struct frame frame = { .number = ++bench->frames, .time_ns = time_ns };
    struct layer layer = { .kind = LAYER_IKE, .encap = ENCAP_UDP, .bytes = copy, .captured = captured, .wire = length, .sport = 500,
                           .dport = 500 };
    layer.ip.src = (struct addr){ .bytes = { 10, 0, 0, 1 }, .family = 4 };
    layer.ip.dst = (struct addr){ .bytes = { 10, 0, 0, 2 }, .family = 4 };
    ike_sessions_message(bench->sessions, &frame, &layer);
    free(copy);
}

/* Piece `number` of three. */
static void give(struct bench *bench, const uint8_t message[MESSAGE], uint16_t id, uint8_t number)
{
    static const uint32_t at[] = { 0, 31, 60, MESSAGE };
    give_cut(bench, message + at[number - 1], at[number] - at[number - 1], id, number, number == 3, UINT32_MAX, (int64_t)bench->frames * 1000);
}

static const struct ike_session *only(const struct bench *bench)
{
    assert_int_equal(ike_sessions_count(bench->sessions), 1);
    return ike_sessions_at(bench->sessions, 0);
}

static void every_order(void **state)
{
    (void)state;
    static const uint8_t orders[6][3] = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } };
    uint8_t message[MESSAGE];
    make_message(message, 0x55);
    struct bench bench = bench_open();
    for (unsigned order = 0; order < 6; order++)
        for (unsigned i = 0; i < 3; i++)
            give(&bench, message, (uint16_t)order, orders[order][i]);
    ike_sessions_end(bench.sessions, SECOND);
    assert_int_equal(only(&bench)->joined[0], 6);
    assert_int_equal(only(&bench)->missing[0].messages, 0);
    assert_int_equal(only(&bench)->messages[0], 18);
    assert_int_equal(only(&bench)->request[0].length, MESSAGE);
    assert_int_equal(raised, 0);
    bench_close(&bench);
}

/* Every set of pieces that is not all of them. */
static void what_is_missing(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    make_message(message, 0x55);
    for (unsigned set = 1; set < 7; set++) {
        struct bench bench = bench_open();
        for (uint8_t number = 1; number <= 3; number++)
            if (set >> (number - 1) & 1)
                give(&bench, message, 9, number);
        ike_sessions_end(bench.sessions, SECOND);
        const struct ike_missing *missing = &only(&bench)->missing[0];
        unsigned highest = set & 4 ? 7 : set & 2 ? 3 : 1;
        assert_int_equal(missing->messages, 1);
        assert_int_equal(missing->id, 9);
        assert_int_equal(missing->last, set & 4 ? 3 : 0);
        assert_int_equal(missing->numbers, highest & ~set);
        assert_int_equal(missing->first_frame, 1);
        assert_int_equal(missing->last_frame, bench.frames);
        assert_int_equal(only(&bench)->joined[0], 0);
        bench_close(&bench);
    }
}

/* The next message ends the one before, whether its number is another or the same; so does a long time. */
static void next_message(void **state)
{
    (void)state;
    uint8_t message[MESSAGE], other[MESSAGE];
    make_message(message, 0x55);
    make_message(other, 0x66);
    for (unsigned same = 0; same < 2; same++) {
        struct bench bench = bench_open();
        give(&bench, message, 1, 1);
        give(&bench, message, 1, 2);
        for (uint8_t number = 1; number <= 3; number++)
            give(&bench, other, same ? 1 : 2, number);
        assert_int_equal(only(&bench)->joined[0], 1);
        assert_int_equal(only(&bench)->missing[0].messages, 1);
        bench_close(&bench);
    }
    struct bench bench = bench_open();
    give(&bench, message, 1, 1);
    give_cut(&bench, message + 31, MESSAGE - 31, 1, 2, true, UINT32_MAX, 100 * SECOND);
    assert_int_equal(only(&bench)->joined[0], 0);
    assert_int_equal(only(&bench)->missing[0].messages, 1);
    bench_close(&bench);
}

static void again(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    make_message(message, 0x55);
    struct bench bench = bench_open();
    for (unsigned i = 0; i < 3; i++)
        for (uint8_t number = 1; number <= 3; number++)
            give(&bench, message, 1, number);
    give(&bench, message, 1, 2); /* once more, and never the rest */
    ike_sessions_end(bench.sessions, SECOND);
    assert_int_equal(only(&bench)->joined[0], 3);
    assert_int_equal(only(&bench)->missing[0].messages, 0);
    bench_close(&bench);
}

/* Pieces that the snap length cuts, numbers that cannot be, pieces that make no message: none is collected. */
static void refused(void **state)
{
    (void)state;
    uint8_t message[MESSAGE];
    make_message(message, 0x55);
    for (uint32_t captured = 0; captured < 36 + MESSAGE; captured++) {
        struct bench bench = bench_open();
        give_cut(&bench, message, MESSAGE, 1, 1, true, captured, 0);
        ike_sessions_end(bench.sessions, SECOND);
        if (ike_sessions_count(bench.sessions))
            assert_int_equal(only(&bench)->joined[0] + only(&bench)->missing[0].messages, 0);
        bench_close(&bench);
    }
    struct bench bench = bench_open();
    give_cut(&bench, message, MESSAGE, 1, 0, true, UINT32_MAX, 0);
    give_cut(&bench, message, MESSAGE, 1, 200, false, UINT32_MAX, 0);
    give_cut(&bench, message + 28, MESSAGE - 28, 1, 1, true, UINT32_MAX, 0);
    ike_sessions_end(bench.sessions, SECOND);
    assert_int_equal(only(&bench)->missing[0].messages, 0);
    bench_close(&bench);
}

/* More sessions with open pieces than are kept, and more bytes than a message has. */
static void floods(void **state)
{
    (void)state;
    static uint8_t large[60000];
    struct bench bench = bench_open();
    for (uint8_t number = 1; number < 64; number++)
        give_cut(&bench, large, sizeof large, 1, number, false, UINT32_MAX, 0);
    ike_sessions_end(bench.sessions, SECOND);
    assert_int_equal(only(&bench)->missing[0].messages, 1);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order), cmocka_unit_test(what_is_missing), cmocka_unit_test(next_message),
        cmocka_unit_test(again), cmocka_unit_test(refused), cmocka_unit_test(floods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
