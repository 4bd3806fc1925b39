/* ike_header: the 28 bytes that begin every IKE message (RFC 7296 3.1; RFC 2408 3.1). */
#ifndef DECODE_IKE_HEADER_H
#define DECODE_IKE_HEADER_H

#include <stdbool.h>

#include "base/cursor.h"

#define IKE_HEADER 28

enum ike_flag { /* RFC 7296 3.1 for version 2, RFC 2408 3.1 for version 1 */
    IKE_FLAG_ENCRYPTED = 0x01,
    IKE_FLAG_COMMIT = 0x02,
    IKE_FLAG_AUTHENTICATION = 0x04,
    IKE_FLAG_INITIATOR = 0x08,
    IKE_FLAG_VERSION = 0x10,
    IKE_FLAG_RESPONSE = 0x20,
};

struct ike_header {
    uint8_t spi_i[8], spi_r[8]; /* IKE SPIs, or the cookies of version 1 */
    uint8_t next;               /* first payload's type */
    uint8_t major, minor;
    uint8_t exchange;
    uint8_t flags;              /* set of enum ike_flag */
    uint32_t message_id;
    uint32_t length;            /* of the message, header included */
};

/* DECODE_BAD where fewer than 28 bytes were promised; `ike` is filled on DECODE_OK only. Any values are taken. */
enum decode_status ike_header_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ike_header *ike);

/*
 * Whether the numbers are those of an IKE message: major version 1 or 2, an exchange type, a first payload and flags
 * of that version (AuthIP's 243 to 246 count as version 1's). SPIs and length are not looked at. Random bytes pass
 * about once in 10^5.
 */
bool ike_header_plausible(const struct ike_header *ike);

#endif
