/*
 * log_groups: entries of the book that stand together in text: one code (or counter, or event where there is none) from one peer. In time linear in the entries.
 */
#ifndef REPORT_LOG_GROUPS_H
#define REPORT_LOG_GROUPS_H

#include "report/book.h"

#define LOG_GROUPS_END UINT32_MAX

struct log_group {
    uint32_t first, last;     /* entries, in the order of the book; see `next` */
    uint32_t entries;
    int severity;             /* as log_severity */
    uint64_t packets, lines;
    uint32_t looked, found;   /* entries that were looked for in a capture, and those that were found */
    bool at_least;            /* some log of them leaves packets out */
    bool timed;               /* since and until mean something */
    bool zoned;               /* all of their times tell the zone */
    int64_t since_ns, until_ns; /* of the logs' own clocks */
};

struct log_groups {
    struct log_group *rows;   /* errors first; of one severity those with most packets first, then as they were met */
    uint32_t count;
    uint32_t *next;           /* by entry: the next one of its group, or LOG_GROUPS_END */
};

/* Entries of a group behind each other that differ in their sequence numbers alone, also in what a capture shows of them. */
struct log_run {
    const struct book_entry *first, *last;
    uint32_t entries;
    uint32_t low, high;       /* sequence numbers */
    uint64_t packets, lines;
    uint64_t matched;         /* packets of the capture */
};

bool log_groups_make(struct log_groups *groups, const struct book *book); /* false: no memory */
/* The run that begins with entry `from`; returns the entry behind it, or LOG_GROUPS_END. */
uint32_t log_groups_run(const struct log_groups *groups, const struct book *book, uint32_t from, struct log_run *run);
void log_groups_free(struct log_groups *groups);

#endif
