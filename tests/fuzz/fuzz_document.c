/* fuzz_document: any bytes as a JSON object: it is as long as its brackets say, and every value can be asked for anything. */
#include <stdint.h>
#include <stdlib.h>

#include "logs/journal.h"

static void fuzz_value(const struct document *value)
{
    struct span text;
    uint64_t number;
    char bytes[64];
    size_t length;
    if (document_text(value, &text) && document_bytes(value, bytes, sizeof bytes, &length))
        abort();
    if (document_number(value, 255, &number) && number > 255)
        abort();
    if (document_bytes(value, bytes, sizeof bytes, &length) && (length > sizeof bytes || !document_is_array(value)))
        abort();
    for (size_t i = 0; i < 4; i++)
        document_number(document_item(value, i), UINT64_MAX, &number);
}

static void fuzz_line(void *context, struct log_line *line)
{
    size_t *given = context;
    if (span_trim(line->whole).length == 0)
        abort();
    *given += line->whole.length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "MESSAGE", "_HOSTNAME", "__REALTIME_TIMESTAMP", "type", "error", "subject", "a" };
    static char room[JOURNAL_MESSAGE_MAX];
    struct span text = { (const char *)data, size };
    size_t extent = document_extent(text), given = 0;
    struct document *document = document_parse(text);
    if (extent > size || (document && size > 0 && data[0] == '{' && extent == 0))
        abort();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        fuzz_value(document_member(document, names[i]));
        fuzz_value(document_member(document_member(document, names[i]), "a"));
    }
    if (document && journal_is(document))
        journal_lines(document, 1, room, &given, fuzz_line);
    if (given > size)
        abort();
    document_free(document);
    return 0;
}
