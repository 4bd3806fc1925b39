/* windows_csv: rows of events into fields. */
#include "logs/windows_csv.h"

#include <string.h>

#define WINDOWS_ROW_LINES 200 /* a row that is longer than this is none: a quote was opened and never closed */

static enum windows_field windows_column(struct span name)
{
    static const struct { const char *name; enum windows_field field; } names[] = {
        { "Id", WINDOWS_ID }, { "Event ID", WINDOWS_ID }, { "EventID", WINDOWS_ID }, { "TimeCreated", WINDOWS_TIME }, { "Date and Time", WINDOWS_TIME },
        { "TimeGenerated", WINDOWS_TIME }, { "MachineName", WINDOWS_COMPUTER }, { "Computer", WINDOWS_COMPUTER },
        { "ProviderName", WINDOWS_PROVIDER }, { "Source", WINDOWS_PROVIDER },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is_nocase(name, names[i].name))
            return names[i].field;
    return WINDOWS_FIELDS;
}

/* The first mark that no name of a column has in it. */
static char windows_delimiter(struct span line)
{
    for (size_t at = 0; at < line.length; at++)
        if (line.at[at] == ',' || line.at[at] == ';' || line.at[at] == '\t')
            return line.at[at];
    return '\0';
}

bool windows_csv_header(struct windows_table *table, struct span line)
{
    struct windows_table found = { .csv = { .delimiter = windows_delimiter(line) } };
    struct span piece;
    unsigned column;
    bool has_id = false, has_time = false, has_message = false;
    if (found.csv.delimiter == '\0')
        return false;
    csv_line(&found.csv);
    while (csv_field(&found.csv, &line, &piece, &column)) {
        if (found.csv.quoted || column == WINDOWS_COLUMNS_MAX)
            return false;
        enum windows_field field = windows_column(span_trim(piece));
        found.fields[column] = (uint8_t)field;
        found.columns = column + 1;
        if (span_is(span_trim(piece), "Message")) {
            found.message = column;
            has_message = true;
        }
        has_id |= field == WINDOWS_ID;
        has_time |= field == WINDOWS_TIME;
    }
    if (found.csv.broken || !has_id || !(has_time || has_message))
        return false;
    if (!has_message)
        found.message = found.columns;
    *table = found;
    return true;
}

static void windows_piece(struct windows_table *table, unsigned column, struct span piece, struct windows_event *event)
{
    if (column == table->message)
        windows_message_line(event, &table->text, span_trim(piece));
    else if (column < table->columns)
        windows_event_set(event, (enum windows_field)table->fields[column], piece);
}

enum windows_row_answer windows_csv_row(struct windows_table *table, struct span line, struct windows_event *event)
{
    struct span piece;
    unsigned column, least = table->message == table->columns ? table->columns + 1 : table->columns;
    uint32_t number;
    if (table->columns == 0)
        return WINDOWS_ROW_NONE;
    if (!table->csv.quoted) {
        table->text = (struct windows_message){ .local = false };
        table->lines = 0;
    }
    csv_line(&table->csv);
    while (csv_field(&table->csv, &line, &piece, &column))
        windows_piece(table, column, piece, event);
    if (table->csv.broken || ++table->lines > WINDOWS_ROW_LINES) {
        table->csv.quoted = false;
        return WINDOWS_ROW_NONE;
    }
    if (table->csv.quoted)
        return WINDOWS_ROW_OPEN;
    struct span id = { event->values[WINDOWS_ID], strlen(event->values[WINDOWS_ID]) };
    return table->csv.column >= least && field_number(id, &number) ? WINDOWS_ROW_WHOLE : WINDOWS_ROW_NONE;
}
