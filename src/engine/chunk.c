/* chunk: two chunks in turn: one is opened by the workers while the other is judged. */
#include "engine/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/workers.h"
#include "sa/replay.h"

struct chunk {
    struct frame frames[CHUNK_FRAMES];
    struct engine_slot slots[CHUNK_FRAMES];
    struct opened_ahead ahead[CHUNK_FRAMES];
    struct worker_job jobs[CHUNK_FRAMES];
    uint32_t at[CHUNK_FRAMES]; /* offset of each frame's bytes */
    uint32_t count, job_count;
    uint8_t *bytes, *plain;
    uint32_t bytes_room, plain_room, length;
};

static struct chunk *chunk_create(void)
{
    return calloc(1, sizeof(struct chunk));
}

static void chunk_destroy(struct chunk *chunk)
{
    if (chunk == NULL)
        return;
    if (chunk->plain)
        secret_wipe(chunk->plain, chunk->plain_room);
    free(chunk->plain);
    free(chunk->bytes);
    free(chunk);
}

static bool chunk_room(uint8_t **bytes, uint32_t *room, uint32_t needed)
{
    if (needed <= *room && *bytes != NULL) /* a chunk of empty frames has a place for them, too */
        return true;
    uint32_t more = needed + needed / 2 + 1;
    uint8_t *wider = realloc(*bytes, more);
    if (wider == NULL)
        return false;
    *bytes = wider;
    *room = more;
    return true;
}

/* The source's bytes live until its next batch: they are copied. */
static bool chunk_take(struct chunk *chunk, const struct frame *frame)
{
    if (!chunk_room(&chunk->bytes, &chunk->bytes_room, chunk->length + frame->captured))
        return false;
    chunk->at[chunk->count] = chunk->length;
    chunk->frames[chunk->count++] = *frame;
    memcpy(chunk->bytes + chunk->length, frame->bytes, frame->captured);
    chunk->length += frame->captured;
    return true;
}

/* False at the source's end. */
static bool chunk_fill(struct esplain *esplain, struct chunk *chunk, struct source *source, uint64_t *taken)
{
    const struct esplain_options *options = &esplain->options;
    chunk->count = chunk->length = 0;
    while (chunk->count + CAPTURE_BATCH <= CHUNK_FRAMES && chunk->length < CHUNK_BYTES) {
        size_t count = source_read(source, esplain->frames);
        if (options->count && count > options->count - *taken)
            count = (size_t)(options->count - *taken);
        for (size_t i = 0; i < count; i++)
            if (!chunk_take(chunk, &esplain->frames[i]))
                return false;
        *taken += count;
        if (count == 0)
            break;
    }
    for (uint32_t i = 0; i < chunk->count; i++)
        chunk->frames[i].bytes = chunk->bytes + chunk->at[i];
    return chunk->count > 0;
}

/* What can be opened without judging: whole ESP packets of SAs with keys, not yet in the state that the judgement will find. */
static void chunk_jobs(struct esplain *esplain, struct chunk *chunk)
{
    uint32_t needed = 0, used = 0;
    chunk->job_count = 0;
    for (uint32_t i = 0; i < chunk->count; i++) {
        const struct layer *layer = &chunk->slots[i].layer;
        chunk->ahead[i] = (struct opened_ahead){ 0 };
        if (layer->kind != LAYER_ESP || layer->status != DECODE_OK || layer->captured != layer->wire)
            continue;
        uint32_t index = sadb_probe(esplain->db, chunk->slots[i].hash, &layer->ip.dst, layer->spi, SA_PROTO_ESP);
        if (index == SADB_NONE)
            continue;
        const struct sa_hot *hot = sadb_hot(esplain->db, index);
        if (!(hot->flags & SA_HOT_KEYED) || hot->flags & SA_HOT_SEEN || layer->wire < hot->minimum)
            continue;
        chunk->ahead[i].definition = sadb_sa(esplain->db, index)->definition;
        chunk->ahead[i].esn = hot->flags & SA_HOT_ESN;
        chunk->ahead[i].high = replay_high(hot, layer->seq);
        chunk->jobs[chunk->job_count++] = (struct worker_job){ .definition = sadb_sa(esplain->db, index)->definition,
                                                               .sa = index, .esp = layer->bytes, .length = layer->wire,
                                                               .ahead = &chunk->ahead[i] };
        needed += layer->wire;
    }
    if (!chunk_room(&chunk->plain, &chunk->plain_room, needed))
        chunk->job_count = 0;
    for (uint32_t i = 0; i < chunk->job_count; i++) {
        chunk->jobs[i].plain = chunk->plain + used;
        used += chunk->jobs[i].length;
    }
}

static void chunk_judge(struct esplain *esplain, struct chunk *chunk)
{
    for (uint32_t from = 0; from < chunk->count && !esplain->stopped; from += CAPTURE_BATCH) {
        uint32_t count = chunk->count - from < CAPTURE_BATCH ? chunk->count - from : CAPTURE_BATCH;
        engine_judge(esplain, &chunk->frames[from], &chunk->slots[from], &chunk->ahead[from], count);
        engine_check_stop(esplain);
    }
}

void chunk_loop(struct esplain *esplain, struct source *source, const char *path, unsigned threads)
{
    struct chunk *chunks[2] = { chunk_create(), chunk_create() };
    struct workers *workers = workers_create(threads);
    unsigned now = 0, filled = 0;
    uint64_t taken = esplain->summary.frames;
    if (workers != NULL && chunks[0] != NULL && chunks[1] != NULL && chunk_fill(esplain, chunks[0], source, &taken)) {
        engine_walk(esplain, chunks[0]->frames, chunks[0]->slots, chunks[0]->count);
        chunk_jobs(esplain, chunks[0]);
        workers_start(workers, chunks[0]->jobs, chunks[0]->job_count);
        for (bool more = true; more && !esplain->stopped; now ^= 1) {
            struct chunk *opening = chunks[now], *next = chunks[now ^ 1];
            more = chunk_fill(esplain, next, source, &taken);
            if (more) {
                engine_walk(esplain, next->frames, next->slots, next->count);
                chunk_jobs(esplain, next);
            }
            workers_finish(workers);
            if (more)
                workers_start(workers, next->jobs, next->job_count);
            chunk_judge(esplain, opening);
            if (esplain->options.progress && ++filled % 8 == 0)
                engine_progress(esplain, source, path);
        }
        workers_finish(workers);
    }
    workers_destroy(workers);
    chunk_destroy(chunks[0]);
    chunk_destroy(chunks[1]);
}
