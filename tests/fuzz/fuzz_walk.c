/*
 * fuzz_walk: any frame, of any link type, through the walk.
 * Byte 0: link type; byte 1: bit 0 the ports NULL or a set, bits 1 to 2 how the walk begins (frame, IP, payload), bits 3 to 7 bytes
 * (times 8) that the wire promised beyond what was captured. The rest is the frame.
 */
#include "../support/layercheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t linktypes[] = { 1, 0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1u << 18)
        return 0;
    static const struct ip_header ip4 = { .version = 4, .src.family = 4, .dst.family = 4, .header = 20, .total = 20 };
    static const struct ip_header ip6 = { .version = 6, .src.family = 6, .dst.family = 6, .header = 40, .total = 40 };
    const uint8_t *bytes = data + 2;
    uint32_t captured = (uint32_t)size - 2, wire = captured + (uint32_t)(data[1] >> 3) * 8;
    struct walk_ports set = { 0 };
    walk_ports_add(&set, 12000);
    walk_ports_add(&set, 65535);
    const struct walk_ports *ports = data[1] & 1 ? &set : NULL;
    struct walk walk;
    unsigned how = data[1] >> 1 & 3;
    if (how == 1)
        walk_ip(&walk, bytes, captured, wire, ports);
    else if (how >= 2)
        walk_payload(&walk, how == 2 ? &ip4 : &ip6, data[0], bytes, captured, wire, ports);
    else
        walk_frame(&walk, &(struct frame){ .bytes = bytes, .captured = captured, .wire = wire,
                   .linktype = linktypes[data[0] % (sizeof linktypes / sizeof linktypes[0])] }, ports);

    unsigned layers = 0;
    struct layer layer;
    while (walk_next(&walk, &layer)) {
        bool detached = how >= 2 && layer.ip.bytes == NULL;
        layercheck(&layer, bytes, captured, detached);
        LAYERCHECK(++layers <= LAYERS_MAX);
    }
    LAYERCHECK(layers >= 1);
    return 0;
}
