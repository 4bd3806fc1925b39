/* ike_header: the fixed header of IKE messages. */
#include "decode/ike_header.h"

enum decode_status ike_header_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ike_header *ike)
{
    if (wire < IKE_HEADER)
        return DECODE_BAD;
    if (captured < IKE_HEADER)
        return DECODE_CUT;
    memcpy(ike->spi_i, bytes, 8);
    memcpy(ike->spi_r, bytes + 8, 8);
    ike->next = bytes[16];
    ike->major = bytes[17] >> 4;
    ike->minor = bytes[17] & 15;
    ike->exchange = bytes[18];
    ike->flags = bytes[19];
    ike->message_id = bytes_get32(bytes + 20);
    ike->length = bytes_get32(bytes + 24);
    return DECODE_OK;
}

static bool plausible_1(const struct ike_header *ike)
{
    uint8_t exchange = ike->exchange, next = ike->next;
    /* ISAKMP's five, config mode, quick and new group mode, AuthIP's four */
    bool known = (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33 ||
                 (exchange >= 243 && exchange <= 246);
    /* 128 and above: private payloads, among them NAT-D and NAT-OA of the drafts, fragments, AuthIP's own */
    return known && ike->minor == 0 && (next <= 21 || next >= 128) && (ike->flags & 0xf8) == 0;
}

static bool plausible_2(const struct ike_header *ike)
{
    bool known = ike->exchange >= 34 && ike->exchange <= 44; /* IKE_SA_INIT to IKE_FOLLOWUP_KE */
    return known && (ike->next == 0 || (ike->next >= 33 && ike->next <= 60)) && (ike->flags & 0xc7) == 0;
}

bool ike_header_plausible(const struct ike_header *ike)
{
    return ike->major == 1 ? plausible_1(ike) : ike->major == 2 && plausible_2(ike);
}
