/*
 * queue: rate limits in bytes a second, one for a class of traffic or one for each internal address.
 *
 * How the system spreads an allowance over its second is not documented. Here it is a bucket that holds one second's bytes, is full at first,
 * and fills evenly: so many bytes pass at once, and no packet that is longer ever does. What finds too little in it is dropped, not delayed.
 */
#ifndef DOSP_QUEUE_H
#define DOSP_QUEUE_H

#include "dosp/lru.h"

#define QUEUES_MAX (1u << 18) /* simulated at once, whatever the settings allow */

struct bucket {
    uint64_t filled; /* billionths of bytes */
    int64_t then_ns; /* of the last packet */
    bool used;
};

/* Takes `length` bytes at `now_ns` where they are there. A rate of 0 is no limit. Time that runs backwards counts as standing still. */
bool bucket_take(struct bucket *bucket, uint32_t rate, uint32_t length, int64_t now_ns);

enum queue_answer { QUEUE_PASSES, QUEUE_LIMITED, QUEUE_NO_ROOM };

struct queue_terms {
    unsigned list;   /* the setting's */
    uint32_t rate, most;
    int64_t idle_ns; /* what is idle for longer is gone */
};

/* One packet to `inside`. `queues` is a table whose payload is a bucket. */
enum queue_answer queue_take(struct lru *queues, const struct addr *inside, const struct queue_terms *terms, uint32_t length, int64_t now_ns);

#endif
