/*
 * live: an analysis that goes on: what esplain_live keeps besides the engine.
 *
 * Theory of operation. One thread and one loop: packets are read, what the kernel said of its SAs meanwhile is taken in, the packets are judged, and
 * findings that are new are told (news.c). A few times a second comes a tick: interfaces, drops, files that changed, findings that came again.
 * Ticks go by a clock that cannot be set; packets have the times of the host's clock, which somebody may set (engine/clock.h).
 */
#ifndef ENGINE_LIVE_H
#define ENGINE_LIVE_H

#include "capture/live.h"
#include "engine/engine.h"

#define LIVE_TICK_NS (250 * (int64_t)1000000)
#define LIVE_SECOND_NS ((int64_t)1000000000)
/* At the end: how long it must be quiet, more than the kernel fills a block and than interfaces wait for each other; how long at most; how often it looks. */
#define LIVE_DRAIN_NS (80 * (int64_t)1000000)
#define LIVE_DRAIN_MAX_NS (5 * LIVE_SECOND_NS)
#define LIVE_DRAIN_POLL_MS 5

struct keep;
struct news;

struct live {
    struct esplain *esplain;
    const struct esplain_live *options;
    struct source *source;
    struct keep *keep;             /* -w; NULL without */
    struct news *news;
    int64_t now_ns;                /* the clock of the ticks: monotonic */
    int64_t started_ns, tick_ns, second_ns, sweep_ns; /* when the run began; when the next of these is due */
    int64_t empty_ns;              /* when a look for packets last began that found none */
    int64_t frame_ns;              /* the time of the latest frame that was judged; of the packets' clock */
    uint32_t policy_changes;       /* as engine_kernel_policy_changes when the filter was made */
    uint32_t ports_learned;        /* as esplain->ports_learned when the filter was made */
    int reported, reopened;        /* of the options' report and reopen */
    struct live_counts counts;     /* of the capture so far */
    struct text clear;             /* an expression for the clear packets that the policies speak of */
};

/* The time of day now, as packets have it. */
int64_t live_clock(const struct esplain *esplain);

/*
 * keep.c: -w FILE: the frames as they came, in one file or in several one after the other. A file that cannot be written on is closed, whole up to
 * there; the analysis goes on, and the next file is tried when its turn comes.
 */
struct keep *keep_create(struct esplain *esplain, const struct esplain_live *live, struct error *error); /* NULL: see error */
void keep_frames(struct keep *keep, const struct frame *frames, size_t count, int64_t now_ns);
void keep_flush(struct keep *keep);  /* so that the file shows what came */
void keep_reopen(struct keep *keep); /* by its name: somebody has moved the file away */
bool keep_refused(const struct keep *keep); /* the reader of standard output went away */
bool keep_close(struct keep *keep); /* frees; false where something could not be written. NULL is fine */

#endif
