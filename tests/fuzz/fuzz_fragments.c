/*
 * fuzz_fragments: hostile sequences of IP fragments.
 * Input: records of a 16-byte head and payload. The head names a few sources and identifications, so that pieces meet; the rest
 * of it is free to lie. What comes out must be a packet that says its own length, and what was told must add up.
 */
#include <stdlib.h>
#include <string.h>

#include "reassembly/fragments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 16 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* An IP header with nothing but what reassembly reads, then `payload` bytes, in an allocation of exactly that size. */
static uint8_t *build(const uint8_t head[HEAD], const uint8_t *payload, uint32_t length, struct layer *layer)
{
    bool ip6 = head[0] & 1;
    uint32_t options = (head[0] >> 1 & 3) * (ip6 ? 8u : 4u);
    uint32_t header = (ip6 ? 40 : 20) + options;
    uint32_t skip = header + (ip6 ? 8 : 0);
    uint8_t *bytes = calloc(1, skip + length);
    require(bytes != NULL);
    struct ip_header *ip = &layer->ip;
    *layer = (struct layer){ .kind = LAYER_FRAGMENT };
    *ip = (struct ip_header){
        .version = ip6 ? 6 : 4,
        .protocol = head[1],
        .tos = head[2],
        .df = head[3] & 0x40,
        .mf = head[3] & 0x20,
        .fragment = true,
        .fragment_at = (uint16_t)(bytes_get16(head + 4) & 0xfff8),
        .id = head[6] & 3,
        .header = skip,
        .total = skip + (head[7] & 0x80 ? bytes_get16(head + 8) : length),
        .captured = skip + length,
        .bytes = bytes,
        .unfragmentable = ip6 ? header : 0,
    };
    ip->src.family = ip->dst.family = ip->version;
    ip->src.bytes[0] = head[7] & 3;
    if (head[7] & 0x40)
        ip->captured = bytes_get16(head + 10) % (skip + length + 1);
    bytes[0] = (uint8_t)(ip6 ? 0x60 : 0x40 | header / 4);
    if (ip6) {
        bytes[6] = options ? head[12] : 44;
        for (uint32_t at = 40; at < header; at += 8)
            bytes[at] = at + 8 < header ? head[13] : 44;
        if (options)
            bytes[41] = head[14];
        bytes[header] = head[1];
    }
    if (length > 0)
        memcpy(bytes + skip, payload, length);
    return bytes;
}

static void check_whole(const uint8_t *bytes, uint32_t length)
{
    if (bytes[0] >> 4 == 4) {
        uint32_t sum = 0;
        for (uint32_t i = 0; i < (bytes[0] & 15u) * 4; i += 2)
            sum += bytes_get16(bytes + i);
        require(sum % 0xffff == 0 && bytes_get16(bytes + 2) == length && (bytes_get16(bytes + 6) & 0x3fff) == 0);
    } else {
        require(bytes[0] >> 4 == 6 && bytes_get16(bytes + 4) + 40u == length);
    }
    volatile uint8_t last = bytes[length - 1];
    (void)last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fragments *fragments = fragments_create();
    require(fragments != NULL);
    struct frame frame = { .number = 0 };
    struct fragments_datagram given_up;
    uint64_t pieces_out = 0;
    while (size >= HEAD) {
        const uint8_t *head = data;
        uint32_t length = head[15] < 0xf0 ? head[15] : (head[15] & 15u) * 512;
        data += HEAD;
        size -= HEAD;
        if (length > size)
            length = (uint32_t)size;
        struct layer layer;
        uint8_t *bytes = build(head, data, length, &layer);
        data += length;
        size -= length;
        frame.number++;
        frame.time_ns += head[3] & 0x80 ? (int64_t)(head[3] & 0x1f) * 2000000000 : 1000;
        const uint8_t *whole;
        uint32_t total, pieces;
        enum fragments_result result = fragments_add(fragments, &frame, &layer, &whole, &total, &pieces);
        free(bytes);
        require((result == FRAGMENTS_COMPLETE) == (whole != NULL));
        if (whole != NULL) {
            check_whole(whole, total);
            pieces_out += pieces;
        }
        if (head[6] & 0x80)
            for (unsigned i = 0; fragments_expire(fragments, frame.time_ns, false, &given_up); i++)
                require(i < 4 * FRAGMENTS_DATAGRAMS);
    }
    while (fragments_expire(fragments, frame.time_ns, true, &given_up))
        require(given_up.pieces <= FRAGMENTS_PIECES && given_up.first_frame <= given_up.last_frame);
    require(pieces_out <= frame.number);
    fragments_destroy(fragments);
    return 0;
}
