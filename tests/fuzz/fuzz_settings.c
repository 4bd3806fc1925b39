/* fuzz_settings: DoS protection settings as any bytes, up to a NUL pair; what follows are IP packets (a length byte each) through the box that they describe. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf16.h"
#include "decode/walk.h"
#include "dosp/boundary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void packets(const struct settings *settings, const uint8_t *data, size_t size)
{
    struct boundary *boundary = boundary_create(settings);
    uint64_t counters[STATISTIC_COUNT];
    int64_t now_ns = 0;
    for (size_t at = 0; boundary != NULL && at + 2 < size;) {
        uint32_t length = data[at], left = (uint32_t)(size - at - 2);
        struct walk walk;
        struct layer layer;
        struct boundary_judgement said;
        now_ns += (int64_t)data[at + 1] * 100000000 - 1000000000;
        walk_ip(&walk, data + at + 2, length < left ? length : left, length, NULL);
        if (walk_next(&walk, &layer)) {
            boundary_judge(boundary, &layer, now_ns, &said);
            if (said.action != BOUNDARY_NONE && said.setting == NULL)
                abort();
        }
        at += 2 + length;
    }
    if (boundary != NULL)
        boundary_statistics(boundary, counters);
    boundary_destroy(boundary);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings *settings = calloc(1, sizeof *settings);
    struct text text = { 0 };
    struct error error;
    size_t end = 0;
    while (end + 1 < size && (data[end] != 0 || data[end + 1] != 0))
        end++;
    utf16_read(&text, (const char *)data, end);
    if (settings != NULL && text.chars != NULL && settings_add(settings, "settings", text.chars, text.length, NULL, NULL, &error) &&
        settings_ready(settings, &error))
        packets(settings, data + end, size - end);
    text_free(&text);
    free(settings);
    return 0;
}
