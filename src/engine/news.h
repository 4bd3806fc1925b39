/*
 * news: findings as they happen: the first of each at once, then how often it came again, less and less often.
 *
 * Theory of operation. The ledger counts; each finding remembers what was told of it. A new one is told after the batch that made it, as its condition
 * would conclude now. One that came again is told after NEWS_AGAIN_S, and each time the wait is longer, up to an hour. At most NEWS_BURST are told
 * in NEWS_BURST_S; the others wait for their turn, and the report at the end has all of them.
 */
#ifndef ENGINE_NEWS_H
#define ENGINE_NEWS_H

#include "engine/engine.h"

#define NEWS_AGAIN_S 10
#define NEWS_AGAIN_MAX_S 3600
#define NEWS_BURST 20u
#define NEWS_BURST_S 10

struct news {
    uint32_t seen;        /* findings of the ledger that were looked at */
    uint32_t waiting;     /* new ones whose turn has not come */
    uint32_t told;        /* in this burst */
    int64_t burst_ns;     /* when it began, by the clock of the ticks */
    bool said;            /* that some wait */
};

/* After each batch: cheap where nothing is new. */
void news_new(struct news *news, struct esplain *esplain, int64_t now_ns);
/* Once a second: what waited, and what came again. */
void news_again(struct news *news, struct esplain *esplain, int64_t now_ns);

#endif
