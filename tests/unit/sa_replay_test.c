/* sa_replay: the anti-replay window: the kernel's cases, the RFC's edges, and a naive list of all numbers ever accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sa/replay.h"

static const uint32_t windows[] = { 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1024, 4096 };
#define WINDOWS (sizeof windows / sizeof windows[0])

static void hot_start(struct sa_hot *hot, uint32_t window, bool esn)
{
    memset(hot, 0, sizeof *hot);
    hot->window = window;
    hot->flags = esn ? SA_HOT_ESN : 0;
    if (window > 64) {
        hot->flags |= SA_HOT_WIDE;
        hot->seen.wide = calloc((window + 63) / 64 + 1, sizeof(uint64_t));
        assert_non_null(hot->seen.wide);
    }
}

static void hot_stop(struct sa_hot *hot)
{
    if (hot->flags & SA_HOT_WIDE)
        free(hot->seen.wide);
}

/* Checks a number as a receiver does, and takes it where it is good. */
static enum replay_result offer(struct sa_hot *hot, uint32_t seq)
{
    uint64_t full;
    enum replay_result result = replay_check(hot, seq, &full);
    if (result == REPLAY_OK)
        replay_advance(hot, full);
    return result;
}

/* The order of the oracle's group gcm-tunnel4 (window 32), with what the kernel counted. */
static void test_kernel_window_32(void **state)
{
    (void)state;
    struct sa_hot hot;
    hot_start(&hot, 32, false);
    assert_int_equal(offer(&hot, 1), REPLAY_OK);
    assert_int_equal(offer(&hot, 2), REPLAY_OK);
    assert_int_equal(offer(&hot, 3), REPLAY_OK);
    assert_int_equal(offer(&hot, 3), REPLAY_DUPLICATE); /* stat.replay +1 */
    assert_int_equal(offer(&hot, 0), REPLAY_ZERO);
    assert_int_equal(offer(&hot, 10), REPLAY_OK);
    assert_true(hot.seen.bits == 0x381);                /* bitmap 0x00000381 */
    assert_int_equal(offer(&hot, 5), REPLAY_OK);
    assert_true(hot.seen.bits == 0x3a1);
    assert_int_equal(offer(&hot, 5), REPLAY_DUPLICATE);
    assert_int_equal(offer(&hot, 100), REPLAY_OK);
    assert_int_equal(offer(&hot, 69), REPLAY_OK);       /* 100 - 31 */
    assert_int_equal(offer(&hot, 68), REPLAY_OLD);      /* stat.replay-window +1 */
    assert_int_equal(offer(&hot, 4), REPLAY_OLD);
    assert_int_equal(offer(&hot, 0xffffffff), REPLAY_OK);
    assert_int_equal(offer(&hot, 1), REPLAY_OLD);
    assert_int_equal(offer(&hot, 0xfffffff0), REPLAY_OK);
}

/* The oracle's group replay-64. */
static void test_kernel_window_64(void **state)
{
    (void)state;
    struct sa_hot hot;
    hot_start(&hot, 64, false);
    static const struct {
        uint32_t seq;
        enum replay_result result;
    } rows[] = { { 2000, REPLAY_OK }, { 1937, REPLAY_OK }, { 1936, REPLAY_OLD }, { 1937, REPLAY_DUPLICATE }, { 2001, REPLAY_OK },
                 { 1937, REPLAY_OLD }, { 2201, REPLAY_OK }, { 2150, REPLAY_OK }, { 2001, REPLAY_OLD }, { 0, REPLAY_ZERO } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(offer(&hot, rows[i].seq), rows[i].result);
}

/* The oracle's group esn-gcm: what is late across the wrap, a duplicate of it, and what is taken for the next high half. */
static void test_kernel_esn(void **state)
{
    (void)state;
    struct sa_hot hot;
    uint64_t full;
    hot_start(&hot, 64, true);
    replay_advance(&hot, 0xfffffff0); /* the SA was set up there */
    assert_int_equal(offer(&hot, 0xfffffff1), REPLAY_OK);
    assert_int_equal(offer(&hot, 0xffffffff), REPLAY_OK);
    assert_int_equal(offer(&hot, 0), REPLAY_OK);
    assert_true(hot.top == 0x100000000);
    assert_int_equal(offer(&hot, 5), REPLAY_OK);
    assert_int_equal(replay_check(&hot, 0xfffffff8, &full), REPLAY_OK);
    assert_true(full == 0xfffffff8);
    replay_advance(&hot, full);
    assert_true(hot.top == 0x100000005);
    assert_int_equal(offer(&hot, 0xfffffff8), REPLAY_DUPLICATE);
    assert_int_equal(offer(&hot, 5), REPLAY_DUPLICATE);
    replay_check(&hot, 0xffffff00, &full); /* left of the window: the next high half, whose ICV then fails */
    assert_true(full == 0x1ffffff00);
    replay_advance(&hot, 0x180000100);
    replay_check(&hot, 0x80000000, &full);
    assert_true(full == 0x280000000);
}

/* Every edge of every window: T-W+1 is in, T-W is out, and again after each step. */
static void test_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < WINDOWS; i++) {
        struct sa_hot hot;
        uint32_t window = windows[i], top = 100000;
        hot_start(&hot, window, false);
        for (unsigned step = 0; step < 200; step++, top += 1 + step * 37 % (2 * window)) {
            assert_int_equal(offer(&hot, top), REPLAY_OK);
            assert_int_equal(offer(&hot, top), REPLAY_DUPLICATE);
            assert_int_equal(offer(&hot, top - window), REPLAY_OLD);
            enum replay_result edge = offer(&hot, top - window + 1);
            assert_true(window == 1 ? edge == REPLAY_DUPLICATE : edge != REPLAY_OLD);
            assert_int_equal(offer(&hot, top - window + 1), REPLAY_DUPLICATE);
        }
        hot_stop(&hot);
    }
}

static void test_window_0(void **state)
{
    (void)state;
    struct sa_hot hot;
    hot_start(&hot, 0, false);
    assert_int_equal(offer(&hot, 7), REPLAY_OK);
    assert_int_equal(offer(&hot, 7), REPLAY_OK); /* no replay check at all */
    assert_int_equal(offer(&hot, 0), REPLAY_OK);
    assert_int_equal(offer(&hot, 1), REPLAY_OK);
    assert_true(hot.top == 7);
}

/*
 * The reference: all numbers that were accepted, in a list. A number is old where it is less than T-W+1, a duplicate where the list
 * has it. With ESN the full number is the least one that ends in these 32 bits and is not left of the window (RFC 4303 appendix A2).
 */
struct naive {
    uint64_t *taken;
    size_t count;
    uint64_t top;
};

static int64_t naive_full(const struct naive *naive, uint32_t window, bool esn, uint32_t seq)
{
    if (!esn)
        return seq;
    int64_t least = (int64_t)naive->top - window + 1, full = seq - ((int64_t)4 << 32);
    while (full < least)
        full += (int64_t)1 << 32;
    return full;
}

static enum replay_result naive_check(const struct naive *naive, uint32_t window, int64_t full)
{
    if (full == 0)
        return REPLAY_ZERO;
    if (full < 0 || (uint64_t)full > naive->top)
        return REPLAY_OK; /* below zero: Linux goes on with the wrong high half, and the ICV fails */
    if (naive->top - (uint64_t)full >= window)
        return REPLAY_OLD;
    for (size_t i = naive->count; i-- > 0;)
        if (naive->taken[i] == (uint64_t)full)
            return REPLAY_DUPLICATE;
    return REPLAY_OK;
}

static uint64_t around(uint64_t top, uint32_t window)
{
    switch (random() % 8) {
    case 0: return top + 1 + (uint64_t)random() % (3 * (uint64_t)window); /* jumps */
    case 1: return top - (uint64_t)random() % (3 * (uint64_t)window);     /* far back */
    case 2: return top - window + 2 - (uint64_t)random() % 4;             /* the edge */
    case 3: return top - (uint64_t)random() % window;                     /* inside */
    default: return top + 1;
    }
}

static void random_walk(uint32_t window, bool esn, uint64_t start, unsigned steps)
{
    struct sa_hot hot;
    struct naive naive = { .taken = malloc(steps * sizeof *naive.taken), .top = start };
    hot_start(&hot, window, esn);
    if (start)
        replay_advance(&hot, start);
    naive.taken[naive.count++] = start;
    for (unsigned i = 1; i < steps; i++) {
        uint64_t next = around(naive.top, window);
        if (!esn && next > UINT32_MAX)
            next = naive.top - next % window;
        uint64_t full;
        int64_t wanted = naive_full(&naive, window, esn, (uint32_t)next);
        enum replay_result expected = naive_check(&naive, window, wanted), result = replay_check(&hot, (uint32_t)next, &full);
        assert_int_equal(result, expected);
        if (wanted < 0) {
            assert_true(full >> 32 == UINT32_MAX);
            continue;
        }
        assert_true(full == (uint64_t)wanted);
        if (result != REPLAY_OK || (esn && random() % 16 == 0)) /* with ESN: now and then the ICV fails, and nothing moves */
            continue;
        replay_advance(&hot, full);
        naive.taken[naive.count++] = full;
        naive.top = full > naive.top ? full : naive.top;
        assert_true(hot.top == naive.top);
    }
    free(naive.taken);
    hot_stop(&hot);
}

static void test_against_a_list(void **state)
{
    (void)state;
    srandom(6479);
    static const uint64_t starts[] = { 0, 1, 5000, 0x7fffff00, 0xfffff000, 0xffffffff };
    for (size_t i = 0; i < WINDOWS; i++)
        for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++)
            random_walk(windows[i], false, starts[k], 3000);
}

static void test_esn_against_a_list(void **state)
{
    (void)state;
    srandom(4303);
    static const uint64_t starts[] = { 1, 5000, 0xfffffff0, 0xffffffff, 0x100000000, 0x100000010, 0x2fffffff0, 0x7fffffffffff };
    for (size_t i = 0; i < WINDOWS; i++)
        for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++)
            random_walk(windows[i], true, starts[k], 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_window_32), cmocka_unit_test(test_kernel_window_64), cmocka_unit_test(test_kernel_esn),
        cmocka_unit_test(test_edges),            cmocka_unit_test(test_window_0),         cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_esn_against_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
