/*
 * fuzz_veil: any frame, of any link type, through the veil; twice, so that fragments and streams meet themselves.
 * Byte 0: link type; byte 1: bits 3 to 7 bytes (times 8) that the wire promised beyond what was captured; as fuzz_walk has them. The rest is the frame.
 */
#include <stdlib.h>
#include <string.h>

#include "veil/veil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t linktypes[] = { 1, 0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1u << 17)
        return 0;
    uint32_t captured = (uint32_t)size - 2;
    uint8_t *bytes = malloc(captured + 1u), *again = malloc(captured + 1u);
    struct veil *veil = veil_create(NULL);
    if (bytes == NULL || again == NULL || veil == NULL)
        abort();
    memcpy(bytes, data + 2, captured);
    memcpy(again, data + 2, captured);
    struct frame frame = { .bytes = bytes, .captured = captured, .wire = captured + (uint32_t)(data[1] >> 3) * 8,
                           .linktype = linktypes[data[0] % (sizeof linktypes / sizeof linktypes[0])] };
    veil_look(veil, &frame);
    veil_look(veil, &frame);
    if (!veil_settle(veil))
        abort();
    veil_change(veil, &frame, bytes);
    frame.bytes = again;
    veil_change(veil, &frame, again);
    veil_destroy(veil);
    free(bytes);
    free(again);
    return 0;
}
