/* fuzz_lookup: any text as somebody's spelling of an error; what is found and what is near must hang together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/lookup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_found(const struct lookup *found)
{
    switch (found->spelling) {
    case SPELLING_DECIMAL:
    case SPELLING_HEX:
    case SPELLING_NAME:
    case SPELLING_HRESULT:
        require(found->error && found->counter == COUNTER_NONE && !found->invented);
        break;
    case SPELLING_NTSTATUS:
        require(found->error && found->error->ntstatus && found->counter == COUNTER_NONE && !found->invented);
        break;
    case SPELLING_COUNTER:
        require(!found->error && counter_name(found->counter) && !found->invented);
        break;
    case SPELLING_INVENTED:
        require(found->invented && found->counter == COUNTER_NONE);
        break;
    default:
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of its exact size, so that a read beyond the text is seen. */
    char *text = malloc(size ? size : 1);
    require(text != NULL);
    if (size)
        memcpy(text, data, size);
    struct lookup found, again;
    if (lookup_find(text, size, &found)) {
        check_found(&found);
        /* What was found has a name that finds it again. */
        const char *name = found.invented ? found.invented->name
                           : found.error  ? found.error->name
                                          : counter_name(found.counter);
        require(lookup_find(name, strlen(name), &again));
        require(again.error == found.error && again.counter == found.counter && again.invented == found.invented);
    }
    const char *names[6] = { 0 };
    size_t room = size % 6;
    size_t count = lookup_near(text, size, names, room);
    require(count <= room && !names[room]);
    for (size_t i = 0; i < count; i++)
        require(lookup_find(names[i], strlen(names[i]), &again));
    free(text);
    return 0;
}
