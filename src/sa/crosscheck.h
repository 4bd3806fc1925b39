/* crosscheck: what only shows when all definitions are there: contradictions, one SA told twice, one key used twice. */
#ifndef SA_CROSSCHECK_H
#define SA_CROSSCHECK_H

#include "sa/shelf.h"
#include "sa/table.h"

struct crosscheck_report {
    void *context;
    const char *(*file_name)(void *context, uint16_t file);
    void (*note)(void *context, const struct sa_note *note);
};

/* `entries` holds struct sa_entry. Work is linear. False where memory did not suffice: then nothing was merged or reported. */
bool crosscheck_run(struct shelf *entries, const struct crosscheck_report *report);

#endif
