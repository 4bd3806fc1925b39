/*
 * chunk: packets that are read and walked ahead of their judgement, with their bytes kept; see workers.h.
 */
#ifndef ENGINE_CHUNK_H
#define ENGINE_CHUNK_H

#include "engine/engine.h"

#define CHUNK_FRAMES (CAPTURE_BATCH * 16)
#define CHUNK_BYTES (16u << 20) /* a chunk is closed when it holds as much */

struct chunk;

/* Reads and judges a whole source with `threads` threads. Same results as engine_batch by batch. */
void chunk_loop(struct esplain *esplain, struct source *source, const char *path, unsigned threads);

#endif
