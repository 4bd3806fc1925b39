/* fuzz_pcap: any bytes but pcapng as a capture: pcap through libpcap, packed or not, and what is to be refused. */
#include "capture_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= 1u << 16 && (size < 4 || memcmp(data, "\n\r\r\n", 4) != 0))
        capture_check_twice(data, size);
    return 0;
}
