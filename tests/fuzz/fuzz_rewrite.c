/* fuzz_rewrite: any text as an SA file of any kind. Byte 0: the kind, and whether keys stay. */
#include <stdlib.h>

#include "veil/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct alias *alias = alias_create();
    struct text out = { 0 };
    enum rewrite_kind kind = (enum rewrite_kind)(data[0] % (REWRITE_DOSP + 1u));
    if (alias == NULL)
        abort();
    rewrite_text(alias, kind, data[0] & 0x80, (const char *)data + 1, size - 1, &out);
    alias_settle(alias); /* the networks of a hostile text may find no room: they become zeros */
    text_clear(&out);
    rewrite_text(alias, kind, data[0] & 0x80, (const char *)data + 1, size - 1, &out);
    alias_destroy(alias);
    text_free(&out);
    return 0;
}
