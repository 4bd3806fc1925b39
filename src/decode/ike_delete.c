/* ike_delete: the Delete payload. */
#include "decode/ike_delete.h"

/*
 * RFC 7296 3.11: IKE 0, AH and ESP 4. RFC 2408 3.15: ISAKMP 16 (the cookies), AH and ESP 4; IPCOMP's CPI 2 or 4 (RFC
 * 2407 4.5).
 */
static bool spi_fits(unsigned version, const struct ike_delete *delete, uint32_t *wanted)
{
    bool two = version == IKE_VERSION_2;
    switch (delete->protocol) {
    case 1: *wanted = two ? 0 : 16; return delete->spi_size == *wanted;
    case 2: case 3: *wanted = 4; return delete->spi_size == 4;
    case 4: *wanted = 2; return two || delete->spi_size == 2 || delete->spi_size == 4;
    default: return true;
    }
}

enum decode_status ike_delete_decode(const struct ike_payload *payload, struct ike_delete *delete,
                                     struct ike_fault *fault)
{
    uint32_t head = payload->version == IKE_VERSION_2 ? 0 : 4, from = head + 4, wanted = 0;
    *delete = (struct ike_delete){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, from, IKE_DAMAGE_DELETE_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    const uint8_t *fixed = payload->body + head;
    delete->doi = head > 0 ? bytes_get32(payload->body) : 0;
    delete->protocol = fixed[0];
    delete->spi_size = fixed[1];
    delete->count = bytes_get16(fixed + 2);
    delete->spis = payload->body + from;
    if (!spi_fits(payload->version, delete, &wanted))
        return ike_payload_tell(payload, IKE_DAMAGE_DELETE_SPI_SIZE, head + 1, delete->spi_size, wanted, fault);

    uint32_t left = payload->wire - from, all = (uint32_t)delete->spi_size * delete->count;
    bool none = delete->spi_size > 0 && delete->count == 0;
    bool counted = delete->spi_size == 0 && delete->count != 0; /* SPIs of no bytes */
    if (left != all || none || counted)
        return ike_payload_tell(payload, IKE_DAMAGE_DELETE_COUNT, head + 2, left, all, fault);
    if (delete->spi_size > 0)
        delete->held = (uint16_t)((payload->captured - from) / delete->spi_size);
    return payload->captured < payload->wire ? DECODE_CUT : DECODE_OK;
}

uint32_t ike_delete_spi(const struct ike_delete *delete, uint16_t index)
{
    return delete->spi_size == 4 && index < delete->held ? bytes_get32(delete->spis + 4 * (size_t)index) : 0;
}
