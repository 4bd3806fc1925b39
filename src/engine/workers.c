/* workers: a list of jobs, an atomic index into it, and threads that take from it. */
#include "engine/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "crypto/open.h"

#define WORKERS_TAKE 16u /* jobs taken at once */

struct worker_key {
    uint32_t sa; /* SADB_NONE: free */
    bool esn;
    struct crypt_key *key; /* NULL: cannot be made */
};

/* One thread's own keys. */
struct worker {
    struct workers *pool;
    pthread_t thread;
    struct worker_key *keys;
    uint32_t key_count, key_mask;
};

struct workers {
    unsigned threads;
    struct worker worker[WORKERS_MAX]; /* [0] is the calling thread */
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    uint64_t round;     /* of job lists; a thread works once for each */
    unsigned busy;      /* threads that have not finished the round */
    bool quit;
    const struct worker_job *jobs;
    uint32_t count;
    atomic_uint next;
};

static bool worker_keys_grow(struct worker *worker)
{
    uint32_t size = worker->keys ? (worker->key_mask + 1) * 2 : 256;
    struct worker_key *keys = malloc(size * sizeof *keys);
    if (keys == NULL)
        return false;
    for (uint32_t i = 0; i < size; i++)
        keys[i] = (struct worker_key){ .sa = SADB_NONE };
    for (uint32_t i = 0; worker->keys && i <= worker->key_mask; i++) {
        if (worker->keys[i].sa == SADB_NONE)
            continue;
        uint32_t at = worker->keys[i].sa & (size - 1);
        while (keys[at].sa != SADB_NONE)
            at = (at + 1) & (size - 1);
        keys[at] = worker->keys[i];
    }
    free(worker->keys);
    worker->keys = keys;
    worker->key_mask = size - 1;
    return true;
}

/* SA indices are ours and dense: they are their own hash. */
static struct crypt_key *worker_key(struct worker *worker, const struct worker_job *job)
{
    if ((worker->keys == NULL || worker->key_count * 2 > worker->key_mask) &&
        (worker->key_count >= WORKERS_KEYS_MAX || !worker_keys_grow(worker)) && worker->keys == NULL)
        return NULL;
    uint32_t at = job->sa & worker->key_mask;
    for (; worker->keys[at].sa != SADB_NONE; at = (at + 1) & worker->key_mask)
        if (worker->keys[at].sa == job->sa && worker->keys[at].esn == job->ahead->esn)
            return worker->keys[at].key;
    if (worker->key_count >= WORKERS_KEYS_MAX || worker->key_count + 1 >= worker->key_mask)
        return NULL;
    struct error error;
    worker->keys[at] = (struct worker_key){ job->sa, job->ahead->esn, opening_make_key(job->definition, job->ahead->esn, &error) };
    worker->key_count++;
    return worker->keys[at].key;
}

static void worker_job(struct worker *worker, const struct worker_job *job)
{
    struct crypt_key *key = worker_key(worker, job);
    struct opened_ahead *ahead = job->ahead;
    if (key == NULL)
        return;
    ahead->result = (uint8_t)crypt_esp_open(key, job->esp, job->length, ahead->high, job->plain, &ahead->length);
    ahead->plain = job->plain;
    ahead->esp = job->esp;
}

static void worker_work(struct worker *worker)
{
    struct workers *pool = worker->pool;
    for (;;) {
        uint32_t from = atomic_fetch_add(&pool->next, WORKERS_TAKE);
        if (from >= pool->count)
            return;
        uint32_t to = from + WORKERS_TAKE < pool->count ? from + WORKERS_TAKE : pool->count;
        for (uint32_t i = from; i < to; i++)
            worker_job(worker, &pool->jobs[i]);
    }
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    struct workers *pool = worker->pool;
    uint64_t round = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->quit && pool->round == round)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->quit)
            break;
        round = pool->round;
        pthread_mutex_unlock(&pool->lock);
        worker_work(worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct workers *workers_create(unsigned threads)
{
    struct workers *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->worker[0].pool = pool;
    pool->threads = 1;
    for (unsigned i = 1; i < threads && i < WORKERS_MAX; i++) {
        pool->worker[i].pool = pool;
        if (pthread_create(&pool->worker[i].thread, NULL, worker_main, &pool->worker[i]) != 0)
            break;
        pool->threads++;
    }
    return pool;
}

void workers_destroy(struct workers *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->quit = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++) {
        struct worker *worker = &pool->worker[i];
        if (i > 0)
            pthread_join(worker->thread, NULL);
        for (uint32_t k = 0; worker->keys && k <= worker->key_mask; k++)
            if (worker->keys[k].sa != SADB_NONE)
                crypt_key_destroy(worker->keys[k].key);
        free(worker->keys);
    }
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void workers_start(struct workers *pool, const struct worker_job *jobs, uint32_t count)
{
    pthread_mutex_lock(&pool->lock);
    pool->jobs = jobs;
    pool->count = count;
    atomic_store(&pool->next, 0);
    pool->busy = pool->threads - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void workers_finish(struct workers *pool)
{
    worker_work(&pool->worker[0]);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
