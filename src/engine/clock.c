/* clock: two clocks read together, and the times of everything moved. */
#include "engine/clock.h"

#include <time.h>

#include "base/step.h"
#include "engine/kernel.h"
#include "engine/refresh.h"

static int64_t clock_read(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_steady(void)
{
    return clock_read(CLOCK_BOOTTIME);
}

int64_t clock_now(const struct clock *clock)
{
    return clock_steady() + clock->offset_ns;
}

int64_t clock_look(struct clock *clock)
{
    int64_t before_ns, wall_ns, after_ns;
    unsigned tries = 0;
    do {
        before_ns = clock_steady();
        wall_ns = clock_read(CLOCK_REALTIME);
        after_ns = clock_steady();
    } while (after_ns - before_ns > CLOCK_NOISE_NS && ++tries < CLOCK_TRIES); /* somebody else ran in between */
    return clock_take(clock, wall_ns, before_ns + (after_ns - before_ns) / 2);
}

int64_t clock_take(struct clock *clock, int64_t wall_ns, int64_t steady_ns)
{
    int64_t step_ns = wall_ns - steady_ns - clock->offset_ns;
    if (clock->begun && step_ns > -CLOCK_LEAST_NS && step_ns < CLOCK_LEAST_NS)
        return 0;
    clock->offset_ns += step_ns;
    if (!clock->begun) {
        clock->begun = true;
        return 0;
    }
    clock->step_ns = step_ns;
    clock->set_ns = steady_ns;
    return step_ns;
}

static uint64_t clock_distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

void clock_date(const struct clock *clock, struct frame *frames, size_t count, int64_t steady_ns)
{
    int64_t now_ns = steady_ns + clock->offset_ns;
    if (clock->step_ns == 0 || steady_ns - clock->set_ns > CLOCK_LATE_NS)
        return;
    for (size_t i = 0; i < count; i++) {
        int64_t moved_ns = frames[i].time_ns;
        step_move(&moved_ns, clock->step_ns);
        if (clock_distance(moved_ns, now_ns) < clock_distance(frames[i].time_ns, now_ns))
            frames[i].time_ns = moved_ns;
    }
}

void engine_set_clock(struct esplain *esplain, int64_t step_ns)
{
    int64_t *const times[] = { &esplain->summary.first_ns, &esplain->summary.last_ns, &esplain->detect.first_ns, &esplain->detect.last_ns,
                               &esplain->started_ns };
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
        step_move_any(times[i], step_ns);
    for (unsigned i = 0; i < RECENT_PACKETS; i++)
        step_move_any(&esplain->recent.ring[i].time_ns, step_ns);
    for (unsigned i = 0; i < COPIES; i++)
        step_move_any(&esplain->copies.ring[i].time_ns, step_ns);
    sadb_set_clock(esplain->db, step_ns);
    known_set_clock(esplain->known, step_ns);
    ike_sessions_set_clock(esplain->sessions, step_ns);
    ledger_set_clock(esplain->detect.ledger, step_ns);
    fragments_set_clock(esplain->fragments, step_ns);
    streams_set_clock(esplain->streams, step_ns);
    boundary_set_clock(esplain->boundary, step_ns);
    refresh_set_clock(esplain->refresh, step_ns);
    engine_kernel_set_clock(esplain, step_ns);
}
