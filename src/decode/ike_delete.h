/* ike_delete: the Delete payload (RFC 7296 3.11; RFC 2408 3.15). */
#ifndef DECODE_IKE_DELETE_H
#define DECODE_IKE_DELETE_H

#include "decode/ike_chain.h"

struct ike_delete {
    uint32_t doi;            /* IKEv1; 0 in IKEv2 */
    uint8_t protocol;        /* 1 IKE, 2 AH, 3 ESP */
    uint8_t spi_size;        /* bytes; IKEv2 deletes its own IKE SA with 0 */
    uint16_t count;          /* SPIs, as it says */
    uint16_t held;           /* SPIs that were captured whole, at most `count` */
    const uint8_t *spis;     /* the sender's inbound SPIs, spi_size bytes each */
};

/* A payload of type 12 or 42. */
enum decode_status ike_delete_decode(const struct ike_payload *payload, struct ike_delete *delete,
                                     struct ike_fault *fault);

/* The SPI of that index as a number where SPIs have 4 bytes and the index is below `held`, else 0. */
uint32_t ike_delete_spi(const struct ike_delete *delete, uint16_t index);

#endif
