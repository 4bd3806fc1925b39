/* espnull: one packet read as if it were not encrypted, with each ICV length. */
#include "track/espnull.h"

#include "base/bytes.h"
#include "decode/checksum.h"
#include "decode/ip4.h"
#include "decode/ip6.h"

#define ESP_HEADER 8u

static const uint8_t espnull_lengths[] = { 12, 16, 20, 24, 32 };
#define ESPNULL_LENGTHS (sizeof espnull_lengths / sizeof espnull_lengths[0])
#define ESPNULL_ALL ((1u << ESPNULL_LENGTHS) - 1)

static bool espnull_ip(bool six, const uint8_t *bytes, uint32_t length)
{
    struct ip_header ip = { 0 };
    uint8_t defect;
    enum decode_status status = six ? ip6_decode(bytes, length, length, &ip, &defect) : ip4_decode(bytes, length, length, &ip, &defect);
    return status == DECODE_OK && defect == DEFECT_NONE;
}

static bool espnull_payload(uint8_t next, const uint8_t *bytes, uint32_t length)
{
    switch (next) {
    case 4: return espnull_ip(false, bytes, length);
    case 41: return espnull_ip(true, bytes, length);
    case 6: return length >= 20 && bytes[12] >> 4 >= 5 && (bytes[12] >> 4) * 4u <= length && (bytes[12] & 14) == 0;
    case 17: return length >= 8 && bytes_get16(bytes + 4) == length;
    case 1: return length >= 8 && checksum_holds(checksum_add(0, bytes, length));
    case 58: return length >= 8;
    case 2: case 47: case 50: case 51: case 59: case 89: case 94: case 103: case 108: case 112: case 115: case 132: return true;
    default: return false;
    }
}

static bool espnull_packet(const struct layer *layer, uint8_t icv)
{
    if (layer->wire < ESP_HEADER + 4u + icv)
        return false;
    const uint8_t *text = layer->bytes + ESP_HEADER;
    uint32_t length = layer->wire - ESP_HEADER - icv, padding = text[length - 2];
    if (length % 4 != 0 || padding + 2 >= length)
        return false;
    uint32_t left = length - 2 - padding;
    for (uint32_t i = 0; i < padding; i++)
        if (text[left + i] != (uint8_t)(i + 1))
            return false;
    return espnull_payload(text[length - 1], text, left);
}

void espnull_look(struct sa *sa, const struct layer *layer)
{
    struct espnull_marks *marks = &sa->null;
    if (layer->kind != LAYER_ESP || layer->status != DECODE_OK || layer->captured < layer->wire || marks->unfit == ESPNULL_ALL ||
        marks->looked >= ESPNULL_PACKETS)
        return;
    marks->looked++;
    for (uint32_t i = 0; i < ESPNULL_LENGTHS; i++) {
        if (!(marks->unfit >> i & 1) && !espnull_packet(layer, espnull_lengths[i]))
            marks->unfit |= (uint8_t)(1u << i);
    }
}

uint8_t espnull_icv(const struct sa *sa)
{
    const struct espnull_marks *marks = &sa->null;
    if (marks->looked < ESPNULL_LEAST)
        return 0;
    for (uint32_t i = 0; i < ESPNULL_LENGTHS; i++)
        if (!(marks->unfit >> i & 1))
            return espnull_lengths[i];
    return 0;
}
