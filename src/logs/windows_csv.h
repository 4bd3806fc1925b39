/*
 * windows_csv: events as tables: Get-WinEvent or Get-EventLog through Export-Csv, and Event Viewer's "Save as CSV" or "Text (tab delimited)".
 *
 * The line of column names says where in the rows behind it number, time and message stand; Event Viewer gives the message, the last column, no name.
 */
#ifndef LOGS_WINDOWS_CSV_H
#define LOGS_WINDOWS_CSV_H

#include "logs/csv.h"
#include "logs/windows_event.h"

#define WINDOWS_COLUMNS_MAX 48 /* columns behind these are left out */

struct windows_table {
    struct csv csv;
    unsigned columns;                     /* that have names; 0: no table was met */
    unsigned message;                     /* which column holds it */
    unsigned lines;                       /* of the row that is read */
    uint8_t fields[WINDOWS_COLUMNS_MAX];  /* enum windows_field */
    struct windows_message text;          /* what the message's lines have told so far */
};

/* A line of column names, with one for the event's number: it is remembered, and a record that was begun is forgotten. */
bool windows_csv_header(struct windows_table *table, struct span line);
enum windows_row_answer { WINDOWS_ROW_NONE, WINDOWS_ROW_WHOLE, WINDOWS_ROW_OPEN };
/* A line of a row, or the next line of one that is open: its values go into the event. NONE: it is no row of this table. */
enum windows_row_answer windows_csv_row(struct windows_table *table, struct span line, struct windows_event *event);

#endif
