/* ah: the Authentication Header (RFC 4302 2). */
#ifndef DECODE_AH_H
#define DECODE_AH_H

#include "decode/packet.h"

#define AH_FIXED 12

struct ah_header {
    uint8_t next;    /* next header, an IP protocol */
    uint16_t length; /* bytes of the whole header as its length field says */
    uint32_t spi, seq;
};

/*
 * DECODE_OK: the fixed 12 bytes were read and the length fits the promised bytes; the ICV itself may be beyond the
 * captured ones. DECODE_BAD: DEFECT_AH_SHORT (all zero), or DEFECT_AH_LENGTH (all fields as read). DECODE_CUT: all
 * zero.
 */
enum decode_status ah_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ah_header *ah,
                             uint8_t *defect);

#endif
