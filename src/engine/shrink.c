/* shrink: rounds of chunks that are left out, each half as large as those before. */
#include "engine/shrink.h"

#include <string.h>

/* members without those from `at` on, `length` of them. */
static void shrink_without(const uint32_t *members, uint32_t count, uint32_t at, uint32_t length, uint32_t *rest)
{
    if (at > 0)
        memcpy(rest, members, at * sizeof *rest);
    if (at + length < count)
        memcpy(rest + at, members + at + length, (count - at - length) * sizeof *rest);
}

bool shrink(uint32_t *members, uint32_t *count, uint32_t *spare,
            enum shrink_answer (*test)(void *context, const uint32_t *members, uint32_t count), void *context)
{
    uint32_t chunk = *count / 2;
    while (chunk > 0) {
        bool less = false;
        for (uint32_t at = 0; at < *count && *count > 1;) {
            uint32_t length = chunk < *count - at ? chunk : *count - at;
            enum shrink_answer answer = SHRINK_FAILS;
            if (length < *count) {
                shrink_without(members, *count, at, length, spare);
                answer = test(context, spare, *count - length);
            }
            if (answer == SHRINK_STOP)
                return false;
            if (answer == SHRINK_PASSES) {
                *count -= length;
                memcpy(members, spare, *count * sizeof *members);
                less = true;
            } else {
                at += length;
            }
        }
        if (chunk > 1)
            chunk = chunk < *count ? chunk / 2 : (*count + 1) / 2;
        else if (!less)
            chunk = 0;
    }
    return true;
}
