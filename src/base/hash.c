/* hash: where the key comes from. */
#include "base/hash.h"

#include <sys/random.h>
#include <time.h>

void hash_key_make(struct hash_key *key)
{
    if (getrandom(key, sizeof *key, GRND_NONBLOCK) != (ssize_t)sizeof *key) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (unsigned i = 0; i < 3; i++)
            key->words[i] = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15u + (uintptr_t)&now + i;
    }
    for (unsigned i = 0; i < 3; i++)
        key->words[i] |= 1; /* a zero word would cancel a multiplication */
}
