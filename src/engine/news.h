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
    struct ledger *reviewed; /* of the latest review; NULL before the first */
};

/* After each batch: cheap where nothing is new. */
void news_new(struct news *news, struct esplain *esplain, int64_t now_ns);
/* Once a second: what waited, and what came again. */
void news_again(struct news *news, struct esplain *esplain, int64_t now_ns);


/* A finding that is concluded already; told where its turn has come. */
void news_settled(struct news *news, struct esplain *esplain, struct finding *finding, int64_t now_ns);
/*
 * review.c: what only the end of a capture shows (loss, one way, requests without an answer) is told while the run goes on, once it has stood in two
 * reviews: what is late may still come. Each review works on a copy of the ledger, so that nothing counts twice. `clock_ns` as packets have it.
 */
void news_review(struct news *news, struct esplain *esplain, int64_t now_ns, int64_t clock_ns);
/* The ledger is a copy as the end would leave it, until review_end; returns the real one, NULL: no memory, and nothing changed. */
struct ledger *review_begin(struct esplain *esplain, int64_t now_ns);
void review_end(struct esplain *esplain, struct ledger *own);

#endif
