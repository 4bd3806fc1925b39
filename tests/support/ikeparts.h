/* ikeparts: IKE payloads out of hex digits, for tests of their decoders. */
#ifndef SUPPORT_IKEPARTS_H
#define SUPPORT_IKEPARTS_H

#include <stdio.h>

#include "decode/ike_chain.h"

/*
 * A payload whose body is `hex`, as if it stood behind the header of a message. `room` holds the body and lives as long
 * as the payload. Bytes behind the first `captured` ones are promised but missing; UINT32_MAX: all are there.
 */
static inline struct ike_payload ikeparts_payload(unsigned version, uint8_t type, const char *hex, uint8_t room[4096],
                                                  uint32_t captured)
{
    uint32_t length = 0;
    for (unsigned value; length < 4096 && sscanf(hex + 2 * length, "%2x", &value) == 1; length++)
        room[length] = (uint8_t)value;
    return (struct ike_payload){
        .type = type, .version = (uint8_t)version, .at = IKE_HEADER, .length = (uint16_t)(IKE_PAYLOAD_HEADER + length), .body = room,
        .captured = captured < length ? captured : length, .wire = length,
    };
}

#endif
