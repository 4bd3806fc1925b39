/*
 * phases: what `esplain read -q -s SA-FILE CAPTURE` does, through the public API, with its phases timed apart: a million SAs take longer
 * to load than five million packets to read. Prints loading, reading and finishing in nanoseconds.
 */
#include <stdio.h>
#include <time.h>

#include "esplain/esplain.h"

static long long now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static bool discard(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

int main(int argc, char **argv)
{
    struct esplain_options options = { .format = ESPLAIN_TEXT, .quiet = true, .output = discard };
    struct esplain_error error = { "usage: phases SA-FILE CAPTURE" };
    struct esplain *esplain = argc == 3 ? esplain_create(&options, &error) : NULL;
    long long begin = now();
    bool good = esplain != NULL && esplain_add_sas(esplain, argv[1], &error);
    long long loaded = now();
    good = good && esplain_read(esplain, argv[2], &error);
    long long done = now();
    good = good && esplain_finish(esplain, &error);
    long long end = now();
    if (good)
        printf("%lld %lld %lld\n", loaded - begin, done - loaded, end - done);
    else
        fprintf(stderr, "phases: %s\n", error.message);
    esplain_destroy(esplain);
    return good ? 0 : 2;
}
