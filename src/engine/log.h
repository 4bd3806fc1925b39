/* log: what the engine keeps of drop reports. */
#ifndef ENGINE_LOG_H
#define ENGINE_LOG_H

#include "engine/engine.h"

struct log;

void log_destroy(struct log *log); /* NULL is fine */
/* Before log_load, where logs tell of SAs: looks through a capture, if it is a file, for the packets of their reports, so that the clocks are known. */
void log_scan(struct esplain *esplain, const char *path);
/* Before the SA files are entered: what logs tell of SAs joins them. */
bool log_load(struct esplain *esplain, struct error *error);
void log_packet(struct log *log, const struct frame *frame, const struct layer *layer, const struct judgement *judgement);
/* Writes the reports, in place of the findings. */
void log_end(struct esplain *esplain);
int log_worst(const struct log *log); /* enum esplain_severity */

#endif
