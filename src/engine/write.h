/*
 * write: -w FILE: what a run leaves as a capture: the packets that came out of the tunnels, or the frames behind the findings.
 *
 * Opened packets are written as they come, in the order of the capture. Evidence is written at the end, when findings have their last word.
 */
#ifndef ENGINE_WRITE_H
#define ENGINE_WRITE_H

#include "engine/engine.h"

/* Opens what the options name; esplain->write stays NULL where they name nothing. */
bool write_start(struct esplain *esplain, struct error *error);
/* The frame that is judged from now on, or NULL. */
void write_look(struct esplain *esplain, const struct frame *frame);
/* Packets written so far. */
uint64_t write_count(const struct esplain *esplain);
/*
 * What came out of the packet in `layer`, unless what is nested in it was written already: write_count() is not `before` any more. `path` is
 * what it came through before.
 */
void write_opened(struct esplain *esplain, uint64_t before, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner_packet *inner, const struct engine_path *path);
/* Whoever reads what is written went away: nothing more is worth reading. */
bool write_refused(const struct esplain *esplain);
/* Writes the evidence and closes the file. False where something could not be written, which was then told as a message. */
bool write_finish(struct esplain *esplain);
/* Without a last word: frees. NULL is fine. */
void write_stop(struct esplain *esplain);

#endif
