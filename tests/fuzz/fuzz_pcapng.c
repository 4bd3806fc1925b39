/* fuzz_pcapng: bytes that begin as a pcapng capture does. */
#include "capture_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 4 && size <= 1u << 16 && memcmp(data, "\n\r\r\n", 4) == 0)
        capture_check_twice(data, size);
    return 0;
}
