/* esp: the part of an ESP packet that is in clear (RFC 4303 2.1, 2.2). */
#ifndef DECODE_ESP_H
#define DECODE_ESP_H

#include "base/cursor.h"

#define ESP_HEADER 8

/* DECODE_BAD where fewer than 8 bytes were promised; spi and seq are 0 unless DECODE_OK. */
static inline enum decode_status esp_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, uint32_t *spi,
                                            uint32_t *seq)
{
    *spi = *seq = 0;
    if (wire < ESP_HEADER)
        return DECODE_BAD;
    if (captured < ESP_HEADER)
        return DECODE_CUT;
    *spi = bytes_get32(bytes);
    *seq = bytes_get32(bytes + 4);
    return DECODE_OK;
}

#endif
