/* fuzz_sa_setkey: the text of setkey -D. */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_sa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sa_import("setkey", data, size);
    return 0;
}
