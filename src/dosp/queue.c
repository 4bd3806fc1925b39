/* queue: buckets, and a table of them. */
#include "dosp/queue.h"

#define SECOND_NS 1000000000u

bool bucket_take(struct bucket *bucket, uint32_t rate, uint32_t length, int64_t now_ns)
{
    uint64_t full = (uint64_t)rate * SECOND_NS, wanted = (uint64_t)length * SECOND_NS;
    if (rate == 0)
        return true;
    if (!bucket->used || now_ns - bucket->then_ns >= (int64_t)SECOND_NS)
        bucket->filled = full;
    else if (now_ns > bucket->then_ns)
        bucket->filled += (uint64_t)(now_ns - bucket->then_ns) * rate; /* both are below 2^63 */
    if (bucket->filled > full)
        bucket->filled = full;
    if (!bucket->used || now_ns > bucket->then_ns)
        bucket->then_ns = now_ns;
    bucket->used = true;
    if (bucket->filled < wanted)
        return false;
    bucket->filled -= wanted;
    return true;
}

enum queue_answer queue_take(struct lru *queues, const struct addr *inside, const struct queue_terms *terms, uint32_t length, int64_t now_ns)
{
    struct lru_key key = { .inside = *inside };
    uint32_t index = lru_find(queues, &key);
    if (index != LRU_NONE && now_ns - lru_used_ns(queues, index) > terms->idle_ns) {
        lru_remove(queues, index);
        index = LRU_NONE;
    }
    if (index == LRU_NONE) {
        if (lru_count(queues) >= terms->most)
            lru_expire(queues, terms->list, terms->idle_ns, now_ns);
        index = lru_count(queues) < terms->most ? lru_add(queues, &key, terms->list, now_ns) : LRU_NONE;
        if (index == LRU_NONE)
            return QUEUE_NO_ROOM;
    }
    lru_touch(queues, index, terms->list, now_ns);
    return bucket_take(lru_payload(queues, index), terms->rate, length, now_ns) ? QUEUE_PASSES : QUEUE_LIMITED;
}
