/*
 * replay: check and advance of the anti-replay window.
 *
 * Windows of up to 64 are one word whose bit n stands for top - n. Wider ones are a ring of words indexed by the number itself (RFC 6479): the
 * ring has at least window + 64 bits, so that clearing the words between the old top and the new never clears one in use.
 */
#include "sa/replay.h"

static uint64_t replay_ring_words(const struct sa_hot *hot)
{
    return (hot->window + 63) / 64 + 1;
}

static bool replay_has(const struct sa_hot *hot, uint64_t full)
{
    if (!(hot->flags & SA_HOT_WIDE))
        return hot->seen.bits >> (hot->top - full) & 1;
    return hot->seen.wide[full / 64 % replay_ring_words(hot)] >> full % 64 & 1;
}

uint32_t replay_high(const struct sa_hot *hot, uint32_t seq)
{
    if (!(hot->flags & SA_HOT_ESN))
        return 0;
    uint32_t high = (uint32_t)(hot->top >> 32), low = (uint32_t)hot->top;
    uint32_t window = hot->window ? hot->window : 1;
    uint32_t bottom = low - window + 1;
    if (low >= window - 1)
        return seq < bottom ? high + 1 : high;
    return seq >= bottom ? high - 1 : high;
}

enum replay_result replay_check_full(const struct sa_hot *hot, uint64_t full)
{
    if (hot->window == 0)
        return REPLAY_OK;
    if (full == 0)
        return REPLAY_ZERO;
    if (full > hot->top)
        return REPLAY_OK;
    uint64_t behind = hot->top - full;
    if (behind >= hot->window)
        return REPLAY_OLD;
    return replay_has(hot, full) ? REPLAY_DUPLICATE : REPLAY_OK;
}

enum replay_result replay_check(const struct sa_hot *hot, uint32_t seq, uint64_t *full)
{
    if (!(hot->flags & SA_HOT_ESN)) {
        *full = seq;
        return replay_check_full(hot, seq);
    }
    /* The high half before the first one ("-1") is what Linux computes on a young SA; its ICV can never be right. */
    uint32_t high = replay_high(hot, seq);
    *full = (uint64_t)high << 32 | seq;
    if (high == UINT32_MAX && hot->top >> 32 == 0)
        return REPLAY_OK;
    return replay_check_full(hot, *full);
}

void replay_advance(struct sa_hot *hot, uint64_t full)
{
    if (full > hot->top && full - hot->top > UINT64_MAX / 2)
        return; /* the high half before the first one: left of a young window, which does not move */
    if (hot->window == 0 || !(hot->flags & SA_HOT_WIDE)) {
        if (full > hot->top) {
            uint64_t step = full - hot->top;
            hot->seen.bits = step < 64 ? hot->seen.bits << step | 1 : 1;
            hot->top = full;
        } else if (hot->top - full < 64) {
            hot->seen.bits |= (uint64_t)1 << (hot->top - full);
        }
        return;
    }
    uint64_t words = replay_ring_words(hot);
    if (full > hot->top) {
        uint64_t from = hot->top / 64, to = full / 64;
        if (to - from >= words)
            from = to - words;
        for (uint64_t word = from + 1; word <= to; word++)
            hot->seen.wide[word % words] = 0;
        hot->top = full;
    }
    hot->seen.wide[full / 64 % words] |= (uint64_t)1 << full % 64;
}
