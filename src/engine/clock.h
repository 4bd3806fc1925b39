/*
 * clock: the time of day of a live run, which somebody may set while it goes on.
 *
 * Theory of operation. Packets are stamped with the host's time of day. When that is set, by hand or by NTP, spans across the moment would be off by
 * hours or years: SAs would not have come yet, reassemblies and exchanges would time out at once. So the run keeps how far the time of day is from a
 * clock that nobody can set and that goes on while the host sleeps. Where the difference changes, the clock was set; then everything that is
 * remembered is moved by that step (engine_set_clock), and so are packets that were captured before and are read after it. Times that were
 * told before stay as they were told.
 */
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

#include "decode/packet.h"

#define CLOCK_LEAST_NS (5 * (int64_t)1000000)    /* a smaller difference is no step */
#define CLOCK_NOISE_NS ((int64_t)1000000)        /* a reading that took longer is tried again */
#define CLOCK_TRIES 4u
#define CLOCK_LATE_NS (10 * (int64_t)1000000000) /* so long after it, packets of before may still be read */

struct clock {
    bool begun;
    int64_t offset_ns;       /* from the clock that nobody sets to the time of day */
    int64_t step_ns, set_ns; /* the latest step, and when it was met, by the clock that nobody sets */
};

int64_t clock_steady(void);
/* The time of day as packets have it; what was not looked at yet does not count. */
int64_t clock_now(const struct clock *clock);
/* Reads both clocks, and answers how far the time of day was set since the last look; 0: it was not. */
int64_t clock_look(struct clock *clock);
/* The same with what was read. */
int64_t clock_take(struct clock *clock, int64_t wall_ns, int64_t steady_ns);
/* Gives frames that were captured before the latest step the times that they would have now. */
void clock_date(const struct clock *clock, struct frame *frames, size_t count, int64_t steady_ns);

#endif
