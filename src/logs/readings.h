/*
 * readings: counters that a log shows whole, again and again. One reading gives each counter's total; further readings give what was added since the one
 * before.
 *
 * A reading ends where its format says so, and where a counter comes again. The first one is held back until a second one comes or all files were read.
 */
#ifndef LOGS_READINGS_H
#define LOGS_READINGS_H

#include "logs/format.h"

#define READINGS_MAX 192 /* counters of one format */

struct readings_kind {
    const struct log_format *format;
    /* Makes a total of this counter: event, codes, protocol; false: it is no error. */
    bool (*describe)(unsigned index, struct drop_report *report);
};

struct reading {
    struct drop_report first; /* time and host of its first line */
    uint64_t value[READINGS_MAX];
    uint32_t line[READINGS_MAX];
    bool seen[READINGS_MAX];
};

/* Zeros: nothing read yet. */
struct readings {
    struct reading now, before;
    bool open, has_before, compared;
};

void readings_put(struct readings *readings, struct intake *intake, const struct readings_kind *kind, unsigned index, uint64_t value,
                  const struct log_line *line);
void readings_end(struct readings *readings, struct intake *intake, const struct readings_kind *kind);
/* The count of a total: what was added since `earlier`; where the counter is smaller now, the whole of it, with a doubt. False: nothing. */
bool readings_added(struct drop_report *report, uint64_t earlier, uint64_t now);
/* All was read. */
void readings_finish(struct readings *readings, struct intake *intake, const struct readings_kind *kind);

#endif
