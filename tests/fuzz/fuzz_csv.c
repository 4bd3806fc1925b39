/* fuzz_csv: any bytes as a table: every byte of a line is in one piece, a quote or a delimiter; columns go up one by one. The first byte picks the delimiter. */
#include <stdint.h>
#include <stdlib.h>

#include "logs/csv.h"

static void fuzz_line(struct csv *csv, struct span line)
{
    struct span rest = line, piece;
    unsigned column, expected = csv->quoted ? csv->column : 0;
    csv_line(csv);
    while (csv_field(csv, &rest, &piece, &column)) {
        if (column != expected++ || piece.at < line.at || piece.at + piece.length > rest.at || rest.at + rest.length != line.at + line.length)
            abort();
    }
    if (csv->open || (csv->quoted && (csv->broken || rest.length > 0)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct csv csv = { .delimiter = ",;\t"[data[0] % 3] };
    struct span text = { (const char *)data + 1, size - 1 }, line;
    while (span_until(&text, '\n', &line))
        fuzz_line(&csv, line);
    return 0;
}
