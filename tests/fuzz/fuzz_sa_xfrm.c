/* fuzz_sa_xfrm: the text of ip xfrm state, policy and monitor. */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_sa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sa_import("xfrm", data, size);
    fuzz_sa_import("monitor", data, size);
    return 0;
}
