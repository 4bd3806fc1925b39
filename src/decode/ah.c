/* ah: the Authentication Header. */
#include "decode/ah.h"

enum decode_status ah_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ah_header *ah,
                             uint8_t *defect)
{
    *ah = (struct ah_header){ 0 };
    *defect = DEFECT_NONE;
    if (wire < AH_FIXED) {
        *defect = DEFECT_AH_SHORT;
        return DECODE_BAD;
    }
    if (captured < AH_FIXED)
        return DECODE_CUT;
    ah->next = bytes[0];
    ah->length = (uint16_t)((bytes[1] + 2) * 4);
    ah->spi = bytes_get32(bytes + 4);
    ah->seq = bytes_get32(bytes + 8);
    if (ah->length < AH_FIXED || ah->length > wire) {
        *defect = DEFECT_AH_LENGTH;
        return DECODE_BAD;
    }
    return DECODE_OK;
}
