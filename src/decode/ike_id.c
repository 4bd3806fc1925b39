/* ike_id: who somebody says to be, or in IKEv1's phase 2 which traffic. */
#include "decode/ike_id.h"

#define ID_HEADER 4

static bool type_assigned(unsigned version, uint8_t type)
{
    if (version != IKE_VERSION_2)
        return (type >= 1 && type <= 12) || type >= 249; /* IANA: 249 to 255 are private */
    return (type >= 1 && type <= 3) || type == 5 || (type >= 9 && type <= 13) || type >= 201;
}

/* Bytes of a type whose data have one length; UINT32_MAX for the others. */
static uint32_t fixed_length(uint8_t type)
{
    switch (type) {
    case IKE_ID_IP4: return 4;
    case IKE_ID_IP4_SUBNET: case IKE_ID_IP4_RANGE: return 8;
    case IKE_ID_IP6: return 16;
    case IKE_ID_IP6_SUBNET: case IKE_ID_IP6_RANGE: return 32;
    case IKE_ID_NULL: return 0;
    default: return UINT32_MAX;
    }
}

bool ike_id_is_der(const uint8_t *bytes, uint32_t captured, uint32_t length)
{
    if (length < 2)
        return false;
    if (captured < 1)
        return true;
    if (bytes[0] != 0x30)
        return false;
    if (captured < 2)
        return true;
    uint32_t size = bytes[1], count = 0;
    if (size >= 0x80) {
        count = size & 0x7f;
        if (count == 0 || count > 4)
            return false;
        if (captured < 2 + count)
            return length >= 2 + count;
        size = 0;
        for (uint32_t i = 0; i < count; i++)
            size = size << 8 | bytes[2 + i];
    }
    return length >= 2 + count && size == length - 2 - count;
}

/* Names carry no terminators (RFC 7296 3.5, RFC 2407 4.6.2.3); international ones are UTF-8. */
static bool is_text(const struct ike_id *id, uint32_t *where)
{
    for (uint32_t i = 0; i < id->captured; i++) {
        if (id->data[i] < 0x20 || id->data[i] == 0x7f) {
            *where = i;
            return false;
        }
    }
    return true;
}

static struct addr addr_at(const uint8_t *bytes, uint32_t size)
{
    return size == 4 ? addr_ip4(bytes) : addr_ip6(bytes);
}

static void subnet_ends(struct ike_id *id, const uint8_t *mask, uint32_t size)
{
    uint32_t bits = 0;
    while (bits < 8 * size && (mask[bits / 8] >> (7 - bits % 8) & 1))
        bits++;
    id->masked = true;
    for (uint32_t i = bits; i < 8 * size; i++)
        if (mask[i / 8] >> (7 - i % 8) & 1)
            id->masked = false;
    id->bits = (uint8_t)(id->masked ? bits : 0);
    id->last = id->first;
    for (uint32_t i = 0; i < size; i++) {
        id->first.bytes[i] &= mask[i];
        id->last.bytes[i] = (uint8_t)(id->first.bytes[i] | ~mask[i]);
    }
}

static void fill_addresses(struct ike_id *id)
{
    switch (id->type) {
    case IKE_ID_IP4: case IKE_ID_IP6:
        id->first = id->last = addr_at(id->data, id->wire);
        break;
    case IKE_ID_IP4_SUBNET: case IKE_ID_IP6_SUBNET:
        id->first = addr_at(id->data, id->wire / 2);
        subnet_ends(id, id->data + id->wire / 2, id->wire / 2);
        break;
    case IKE_ID_IP4_RANGE: case IKE_ID_IP6_RANGE:
        id->first = addr_at(id->data, id->wire / 2);
        id->last = addr_at(id->data + id->wire / 2, id->wire / 2);
        break;
    default:
        break;
    }
}

static enum decode_status check_data(const struct ike_payload *payload, const struct ike_id *id,
                                     struct ike_fault *fault)
{
    uint32_t where = 0;
    switch (id->type) {
    case IKE_ID_FQDN: case IKE_ID_MAIL:
        if (id->wire == 0)
            return ike_payload_tell(payload, IKE_DAMAGE_ID_LENGTH, ID_HEADER, 0, 1, fault);
        if (!is_text(id, &where))
            return ike_payload_tell(payload, IKE_DAMAGE_ID_TEXT, ID_HEADER + where, id->data[where], 0, fault);
        break;
    case IKE_ID_DN:
        if (!ike_id_is_der(id->data, id->captured, id->wire))
            return ike_payload_tell(payload, IKE_DAMAGE_ID_DER, ID_HEADER, id->wire, 0, fault);
        break;
    default:
        break;
    }
    if (id->captured < id->wire)
        return DECODE_CUT;
    if (addr_compare(&id->first, &id->last) > 0)
        return ike_payload_tell(payload, IKE_DAMAGE_ID_RANGE, ID_HEADER, 0, 0, fault);
    return DECODE_OK;
}

enum decode_status ike_id_decode(const struct ike_payload *payload, struct ike_id *id, struct ike_fault *fault)
{
    *id = (struct ike_id){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, ID_HEADER, IKE_DAMAGE_ID_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    id->type = payload->body[0];
    if (payload->version != IKE_VERSION_2) {
        id->protocol = payload->body[1];
        id->port = bytes_get16(payload->body + 2);
    }
    id->data = payload->body + ID_HEADER;
    id->captured = payload->captured - ID_HEADER;
    id->wire = payload->wire - ID_HEADER;
    if (!type_assigned(payload->version, id->type))
        return ike_payload_tell(payload, IKE_DAMAGE_ID_TYPE, 0, id->type, 0, fault);
    uint32_t wanted = fixed_length(id->type);
    if (wanted != UINT32_MAX && id->wire != wanted)
        return ike_payload_tell(payload, IKE_DAMAGE_ID_LENGTH, ID_HEADER, id->wire, wanted, fault);
    if (id->captured == id->wire)
        fill_addresses(id);
    return check_data(payload, id, fault);
}
