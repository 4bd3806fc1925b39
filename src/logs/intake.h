/*
 * intake: logs in, reports out: files of any mixture of formats, plain or packed, in UTF-8 or UTF-16; memory bounded whatever their length.
 */
#ifndef LOGS_INTAKE_H
#define LOGS_INTAKE_H

#include "base/error.h"
#include "logs/drop_report.h"

struct intake;
struct feed;

struct intake_sink {
    void *context;
    void (*report)(void *context, const struct drop_report *report);
    bool remarks;        /* also reports of kind DROP_REMARK */
};

struct intake_counts {
    uint64_t lines;      /* that are not empty, and elements and records of other containers */
    uint64_t reports;
    uint64_t unknown;    /* lines that no format knows */
    uint64_t broken;     /* lines that a format knows and that cannot be read */
    uint32_t first_broken_line; /* and its file; meaningless where none is broken */
    uint16_t first_broken_file;
};

struct intake *intake_create(const struct intake_sink *sink, struct error *error); /* NULL: no memory */
void intake_destroy(struct intake *intake);
/* Reads one file, '-' is standard input. False where nothing of it could be read. Reports carry `file`. */
bool intake_file(struct intake *intake, const char *path, uint16_t file, struct error *error);
bool intake_memory(struct intake *intake, const void *bytes, size_t length, uint16_t file, struct error *error);
/* The rest of an open file, which is closed. False where it is NULL. */
bool intake_feed(struct intake *intake, struct feed *feed, uint16_t file);
/* NULL, or why the last file ended before its end. */
const char *intake_damage(const struct intake *intake);
/* All was read: reports that formats held back go out. */
void intake_finish(struct intake *intake);
const struct intake_counts *intake_counts(const struct intake *intake);

#endif
