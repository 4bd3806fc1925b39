/*
 * Makes IP fragments and the layers that decode/ would find in them, so that reassembly/ is tested alone. A test includes this after
 * <cmocka.h>.
 */
#ifndef REASSEMBLY_MAKER_H
#define REASSEMBLY_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reassembly/fragments.h"

enum { PACKET_MAX = 66000 };

struct packet {
    uint8_t *bytes; /* an allocation of exactly that length, so that ASan sees a read beyond it */
    uint32_t length;
};

static inline struct packet packet_from(const void *bytes, size_t length)
{
    struct packet packet = { malloc(length ? length : 1), (uint32_t)length };
    assert_non_null(packet.bytes);
    memcpy(packet.bytes, bytes, length);
    return packet;
}

static inline struct packet packet_hex(const char *hex)
{
    uint8_t bytes[512];
    size_t length = strlen(hex) / 2;
    assert_true(length <= sizeof bytes);
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    return packet_from(bytes, length);
}

/* What decode/ says of an IP fragment, of which `captured` bytes can be read; written by hand to test this folder alone. */
static inline struct layer layer_of(const struct packet *packet, uint32_t captured)
{
    const uint8_t *at = packet->bytes;
    struct layer layer = { .kind = LAYER_FRAGMENT };
    struct ip_header *ip = &layer.ip;
    *ip = (struct ip_header){ .version = at[0] >> 4, .fragment = true, .bytes = at, .captured = captured };
    if (ip->version == 4) {
        ip->src = addr_ip4(at + 12);
        ip->dst = addr_ip4(at + 16);
        ip->tos = at[1];
        ip->total = bytes_get16(at + 2);
        ip->id = bytes_get16(at + 4);
        ip->df = at[6] & 0x40;
        ip->mf = at[6] & 0x20;
        ip->fragment_at = (uint16_t)((bytes_get16(at + 6) & 0x1fff) * 8);
        ip->protocol = at[9];
        ip->header = (at[0] & 15u) * 4;
    } else {
        ip->src = addr_ip6(at + 8);
        ip->dst = addr_ip6(at + 24);
        ip->tos = (uint8_t)(at[0] << 4 | at[1] >> 4);
        ip->total = 40u + bytes_get16(at + 4);
        uint8_t next = at[6];
        uint32_t header = 40;
        for (; next != 44; header += (at[header + 1] + 1u) * 8)
            next = at[header];
        ip->unfragmentable = header;
        ip->header = header + 8;
        ip->protocol = at[header];
        ip->mf = at[header + 3] & 1;
        ip->fragment_at = bytes_get16(at + header + 2) & 0xfff8;
        ip->id = bytes_get32(at + header + 4);
    }
    layer.bytes = at + ip->header;
    layer.captured = captured > ip->header ? captured - ip->header : 0;
    layer.wire = ip->total - ip->header;
    return layer;
}

struct answer {
    enum fragments_result result;
    const uint8_t *bytes;
    uint32_t length, pieces;
};

static inline struct answer give_cut(struct fragments *fragments, const struct packet *packet, uint32_t captured, int64_t time_ns,
                              uint64_t number)
{
    struct packet readable = packet_from(packet->bytes, captured);
    struct layer layer = layer_of(packet, captured);
    layer.ip.bytes = readable.bytes;
    layer.bytes = captured > layer.ip.header ? readable.bytes + layer.ip.header : NULL;
    struct frame frame = { .bytes = readable.bytes, .captured = captured, .wire = packet->length,
                           .time_ns = time_ns, .number = number };
    struct answer answer;
    answer.result = fragments_add(fragments, &frame, &layer, &answer.bytes, &answer.length, &answer.pieces);
    free(readable.bytes); /* nothing may be kept by pointer */
    return answer;
}

static inline struct answer give(struct fragments *fragments, const struct packet *packet, int64_t time_ns, uint64_t number)
{
    return give_cut(fragments, packet, packet->length, time_ns, number);
}

/* An IPv4 piece whose bytes show which copy they are from. */
static inline struct packet piece4(uint16_t id, uint32_t at, uint32_t length, bool more, uint8_t fill)
{
    static uint8_t bytes[PACKET_MAX];
    memset(bytes, 0, 20);
    bytes[0] = 0x45;
    bytes_put16(bytes + 2, (uint16_t)(20 + length));
    bytes_put16(bytes + 4, id);
    bytes_put16(bytes + 6, (uint16_t)((more ? 0x2000u : 0u) | at / 8));
    bytes[8] = 64;
    bytes[9] = 50;
    memcpy(bytes + 12, (const uint8_t[]){ 192, 0, 2, 1, 192, 0, 2, 2 }, 8);
    for (uint32_t i = 0; i < length; i++)
        bytes[20 + i] = (uint8_t)(fill + (at + i) / 8);
    return packet_from(bytes, 20 + length);
}

static inline struct packet piece6(uint32_t id, uint32_t at, uint32_t length, bool more, uint8_t next)
{
    static uint8_t bytes[PACKET_MAX];
    memset(bytes, 0, 48 + length);
    bytes[0] = 0x60;
    bytes_put16(bytes + 4, (uint16_t)(8 + length));
    bytes[6] = 44;
    bytes[7] = 64;
    bytes[8] = bytes[24] = 0xfd;
    bytes[39] = 2;
    bytes[40] = next;
    bytes_put16(bytes + 42, (uint16_t)(at | more));
    bytes_put32(bytes + 44, id);
    return packet_from(bytes, 48 + length);
}

#endif
