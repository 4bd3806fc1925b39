/* fuzz_sa_rows: rows of Wireshark's esp_sa table and lines of tcpdump -E. */
#include <stddef.h>
#include <stdint.h>

#include "fuzz_sa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_sa_import("wireshark", data, size);
    fuzz_sa_import("tcpdump", data, size);
    return 0;
}
