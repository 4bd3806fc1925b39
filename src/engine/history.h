/* history: what lines of logs tell of SAs that came and went, kept until the log's clock is known beside the capture's, then entered into the SA table. */
#ifndef ENGINE_HISTORY_H
#define ENGINE_HISTORY_H

#include "report/book.h"
#include "sa/table.h"

#define HISTORY_MAX 65536u /* lines; more are left out */

struct history_line;

struct history {
    struct history_line *lines; /* NULL until there are any */
    uint32_t count, room;
    uint32_t timeless;          /* tell no time, and so are of no use */
    uint64_t refused;           /* found no room */
};

void history_free(struct history *history);
/* Keeps a report of an SA; others, and those that lack an address or the SPI, are passed over. */
void history_keep(struct history *history, const struct drop_report *report);
/*
 * Enters them: at the capture's time where the book knows the clock of their log well, as they stand where they tell year and zone. Others are left out:
 * returns how many. False, by *error, where there is no memory.
 */
bool history_enter(const struct history *history, const struct book *book, struct sa_table *table, const char *name, uint32_t *left_out, struct error *error);

#endif
