/*
 * csv: fields of comma-separated records (RFC 4180), line by line: a quoted field may go on over lines. Nothing is copied: a quote that is written twice
 * stays so.
 */
#ifndef LOGS_CSV_H
#define LOGS_CSV_H

#include "base/lines.h"

struct csv {
    char delimiter;   /* ',', ';' or a tab */
    unsigned column;  /* of the next piece, from 0 */
    bool open;        /* fields are still to come on this line */
    bool quoted;      /* the field goes on; at the end of a line: on the next one */
    bool broken;      /* something stands behind a closing quote */
};

/* The next line: of a new record, or of the one that goes on where `quoted` is set. */
void csv_line(struct csv *csv);
/* The next field of the line, or the part of it that stands on this line. False at the end of the line, or where it is broken. */
bool csv_field(struct csv *csv, struct span *rest, struct span *piece, unsigned *column);

#endif
