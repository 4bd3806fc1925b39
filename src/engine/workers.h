/*
 * workers: threads that open packets ahead of their judgement.
 *
 * Theory of operation. What costs time in a keyed capture is the cipher, and opening a packet depends on nothing but its bytes, its SA's
 * keys and (with ESN) a guess of the high half. So a chunk of packets is opened by all threads, each with cipher contexts of its own, while
 * the main thread judges the chunk before it, alone and in order. The judgement takes over what was opened where the guess was right, and opens
 * the packet itself where it was not: the output is the same, byte for byte, however many threads there are.
 */
#ifndef ENGINE_WORKERS_H
#define ENGINE_WORKERS_H

#include "receiver/opening.h"

#define WORKERS_MAX 16u
#define WORKERS_KEYS_MAX 65536u /* SAs whose keys one thread holds; packets of others are opened by the judgement */

struct worker_job {
    const struct sa_definition *definition;
    uint32_t sa;
    const uint8_t *esp;
    uint32_t length;
    uint8_t *plain;             /* room for `length` bytes */
    struct opened_ahead *ahead; /* filled; `esn` and `high` are set by the asker */
};

struct workers;

/* `threads` counts the calling thread, which helps in workers_finish. NULL: no memory or no threads; go on without. */
struct workers *workers_create(unsigned threads);
void workers_destroy(struct workers *workers);
/* Hands out a list of jobs, which must stay until workers_finish has returned. One list at a time. */
void workers_start(struct workers *workers, const struct worker_job *jobs, uint32_t count);
/* Helps with what nobody has taken yet, and waits for the rest. */
void workers_finish(struct workers *workers);

#endif
