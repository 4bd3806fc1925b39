/* csv: a line of a record into its fields. */
#include "logs/csv.h"

#include <string.h>

void csv_line(struct csv *csv)
{
    csv->open = true;
    if (csv->quoted)
        return;
    csv->column = 0;
    csv->broken = false;
}

static struct span csv_cut(struct span *rest, size_t length, size_t taken)
{
    struct span piece = { rest->at, length };
    *rest = (struct span){ rest->at + taken, rest->length - taken };
    return piece;
}

bool csv_field(struct csv *csv, struct span *rest, struct span *piece, unsigned *column)
{
    if (!csv->open)
        return false;
    *column = csv->column;
    if (!csv->quoted && rest->length > 0 && rest->at[0] == '"') {
        csv->quoted = true;
        csv_cut(rest, 0, 1);
    }
    size_t at = 0;
    if (csv->quoted) {
        while (at < rest->length && (rest->at[at] != '"' || (at + 1 < rest->length && rest->at[at + 1] == '"')))
            at += rest->at[at] == '"' ? 2 : 1;
        if (at == rest->length) {
            csv->open = false;
            *piece = csv_cut(rest, at, at);
            return true;
        }
        csv->quoted = false;
        *piece = csv_cut(rest, at, at + 1);
        if (rest->length > 0 && rest->at[0] != csv->delimiter) {
            csv->open = false;
            csv->broken = true;
            return false;
        }
        at = 0;
    } else {
        while (at < rest->length && rest->at[at] != csv->delimiter)
            at++;
        *piece = csv_cut(rest, at, at);
    }
    csv->column++;
    csv->open = rest->length > 0;
    if (csv->open)
        csv_cut(rest, 0, 1);
    return true;
}
