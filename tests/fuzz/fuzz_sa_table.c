/* fuzz_sa_table: several files, parted by form feeds, their merging and what only shows across them, and conversion of what came out. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sa/convert.h"
#include "sa/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void convert(const struct sa_definition *definition)
{
    static bool (*const converters[])(const struct sa_definition *, struct text *, const char **) = {
        sa_convert_wireshark, sa_convert_tcpdump, sa_convert_xfrm,
    };
    for (unsigned i = 0; i < 3; i++) {
        struct text out = { 0 };
        const char *reason = NULL;
        bool said = converters[i](definition, &out, &reason);
        if (said != (reason == NULL) || said != (out.length > 0) || (said && out.chars[out.length - 1] != '\n') ||
            (said && memchr(out.chars, '\n', out.length - 1)))
            abort();
        text_free(&out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    struct sa_table *table = sa_table_create(&error);
    const char *at = (const char *)data, *end = at + size;
    if (table == NULL)
        return 0;
    for (unsigned files = 0; at < end && files < 8; files++) {
        const char *stop = memchr(at, '\f', (size_t)(end - at));
        size_t length = stop ? (size_t)(stop - at) : (size_t)(end - at);
        (void)sa_table_add_text(table, "file", NULL, at, length, &error);
        at += length + (stop != NULL);
    }
    size_t before = sa_table_count(table), after = 0, next = 0;
    sa_table_check(table);
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &next)); after++)
        if (entry->record.event != SA_EVENT_FLUSH)
            convert(&entry->record.definition);
    if (after != sa_table_count(table) || after > before)
        abort();
    sa_table_destroy(table);
    return 0;
}
