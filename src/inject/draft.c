/* draft: payloads of IKE one behind the other, and the header around them. */
#include "inject/draft.h"

#include <string.h>

#include "base/bytes.h"
#include "decode/ike_ke.h"
#include "decode/ike_id.h"

enum { DOI_IPSEC = 1, SITUATION_IDENTITY = 1, PROTOCOL_ISAKMP = 1, KEY_LENGTH = 0x800e, MORE_TRANSFORMS = 3, METHOD_SHARED = 2,
       TS_IP4_RANGE = 7, TS_SIZE = 16, PROOF_SIZE = 32, NONCE_SIZE = 32, PROTOCOL_ESP = 3, ESP_AES_GCM_16 = 20, GROUP_MODP_2048 = 14 };

/* ---- pieces ---- */

void draft_put(struct draft *draft, const void *bytes, uint32_t length)
{
    if (length > DRAFT_MAX - draft->length) {
        draft->full = true;
        return;
    }
    if (length != 0)
        memcpy(draft->bytes + draft->length, bytes, length);
    draft->length += length;
    if (draft->first != 0 && draft->length >= draft->last_at + IKE_PAYLOAD_HEADER)
        bytes_put16(draft->bytes + draft->last_at + 2, (uint16_t)(draft->length - draft->last_at));
}

void draft_put8(struct draft *draft, uint8_t value)
{
    draft_put(draft, &value, 1);
}

void draft_put16(struct draft *draft, uint16_t value)
{
    uint8_t bytes[2];
    bytes_put16(bytes, value);
    draft_put(draft, bytes, sizeof bytes);
}

void draft_put32(struct draft *draft, uint32_t value)
{
    uint8_t bytes[4];
    bytes_put32(bytes, value);
    draft_put(draft, bytes, sizeof bytes);
}

static uint8_t draft_noise(uint32_t at, uint8_t seed)
{
    uint32_t mixed = (at + 1) * 2654435761u ^ (seed + 1u) * 2246822519u;
    mixed = (mixed ^ mixed >> 15) * 3266489917u;
    return (uint8_t)(mixed >> 24);
}

void draft_fill(struct draft *draft, uint32_t length, uint8_t seed)
{
    for (uint32_t i = 0; i < length; i++)
        draft_put8(draft, draft_noise(i, seed));
}

void draft_begin(struct draft *draft, uint8_t type)
{
    static const uint8_t generic[IKE_PAYLOAD_HEADER] = { 0, 0, 0, IKE_PAYLOAD_HEADER };
    if (draft->first == 0)
        draft->first = type;
    else
        draft->bytes[draft->last_at] = type;
    draft->last_at = draft->length;
    draft_put(draft, generic, sizeof generic);
}

void draft_payload(struct draft *draft, uint8_t type, const void *body, uint32_t length)
{
    draft_begin(draft, type);
    draft_put(draft, body, length);
}

/* ---- IKEv2 ---- */

static uint16_t draft_transform_size(const struct draft_choice *choice)
{
    return choice->bits ? 12 : 8;
}

void draft_sa(struct draft *draft, uint8_t protocol, const uint8_t *spi, uint8_t spi_size, const struct draft_choice *choices, unsigned count)
{
    uint16_t size = (uint16_t)(8 + spi_size);
    for (unsigned i = 0; i < count; i++)
        size = (uint16_t)(size + draft_transform_size(&choices[i]));
    draft_begin(draft, IKE2_SA);
    draft_put16(draft, 0); /* the last proposal */
    draft_put16(draft, size);
    draft_put8(draft, 1);
    draft_put8(draft, protocol);
    draft_put8(draft, spi_size);
    draft_put8(draft, (uint8_t)count);
    draft_put(draft, spi, spi_size);
    for (unsigned i = 0; i < count; i++) {
        draft_put16(draft, i + 1 < count ? MORE_TRANSFORMS << 8 : 0);
        draft_put16(draft, draft_transform_size(&choices[i]));
        draft_put16(draft, (uint16_t)(choices[i].type << 8));
        draft_put16(draft, choices[i].id);
        if (choices[i].bits) {
            draft_put16(draft, KEY_LENGTH);
            draft_put16(draft, choices[i].bits);
        }
    }
}

void draft_ke(struct draft *draft, uint16_t group, uint8_t seed)
{
    draft_begin(draft, IKE2_KE);
    draft_put16(draft, group);
    draft_put16(draft, 0);
    draft_fill(draft, ike_ke_size(group, false), seed);
}

void draft_nonce(struct draft *draft, uint8_t seed)
{
    draft_begin(draft, IKE2_NONCE);
    draft_fill(draft, NONCE_SIZE, seed);
}

void draft_notify(struct draft *draft, uint16_t type, const void *data, uint32_t length)
{
    draft_begin(draft, IKE2_NOTIFY);
    draft_put16(draft, 0); /* no protocol, no SPI */
    draft_put16(draft, type);
    draft_put(draft, data, length);
}

void draft_notify_spi(struct draft *draft, uint16_t type, uint8_t protocol, uint32_t spi, const void *data, uint32_t length)
{
    draft_begin(draft, IKE2_NOTIFY);
    draft_put8(draft, protocol);
    draft_put8(draft, sizeof spi);
    draft_put16(draft, type);
    draft_put32(draft, spi);
    draft_put(draft, data, length);
}

void draft_id(struct draft *draft, uint8_t type, const char *name)
{
    draft_begin(draft, type);
    draft_put32(draft, (uint32_t)IKE_ID_FQDN << 24);
    draft_put(draft, name, (uint32_t)strlen(name));
}

void draft_auth(struct draft *draft)
{
    draft_begin(draft, IKE2_AUTH);
    draft_put32(draft, (uint32_t)METHOD_SHARED << 24);
    draft_fill(draft, PROOF_SIZE, 77);
}

void draft_selector(struct draft *draft, uint8_t type, const struct addr *first, const struct addr *last)
{
    draft_begin(draft, type);
    draft_put32(draft, 1u << 24); /* one selector */
    draft_put8(draft, TS_IP4_RANGE);
    draft_put8(draft, 0); /* any protocol */
    draft_put16(draft, TS_SIZE);
    draft_put16(draft, 0);
    draft_put16(draft, UINT16_MAX);
    draft_put(draft, first->bytes, 4);
    draft_put(draft, last->bytes, 4);
}

void draft_delete(struct draft *draft, uint8_t protocol, uint32_t spi)
{
    draft_begin(draft, IKE2_DELETE);
    draft_put8(draft, protocol);
    draft_put8(draft, spi ? sizeof spi : 0);
    draft_put16(draft, spi ? 1 : 0);
    if (spi)
        draft_put32(draft, spi);
}

/* ---- IKEv1 ---- */

static void draft_attributes1(struct draft *draft, const uint16_t attributes[][2], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        draft_put16(draft, (uint16_t)(0x8000 | attributes[i][0])); /* of 2 bytes each */
        draft_put16(draft, attributes[i][1]);
    }
}

void draft_sa1(struct draft *draft)
{
    static const uint16_t attributes[][2] = { { 1, 7 }, { 14, 256 }, { 2, 4 }, { 4, 14 }, { 3, 1 } };
    const uint16_t count = sizeof attributes / sizeof attributes[0], transform = 8 + 4 * count;
    draft_begin(draft, IKE1_SA);
    draft_put32(draft, DOI_IPSEC);
    draft_put32(draft, SITUATION_IDENTITY);
    draft_put16(draft, 0); /* the last proposal */
    draft_put16(draft, (uint16_t)(8 + transform));
    draft_put8(draft, 1);
    draft_put8(draft, PROTOCOL_ISAKMP);
    draft_put16(draft, 1); /* no SPI, one transform */
    draft_put16(draft, 0); /* the last one */
    draft_put16(draft, transform);
    draft_put32(draft, 0x01010000); /* number 1, KEY_IKE */
    draft_attributes1(draft, attributes, count);
}

void draft_esp1(struct draft *draft, uint32_t spi)
{
    static const uint16_t attributes[][2] = { { 4, 1 }, { 6, 128 } };
    const uint16_t count = sizeof attributes / sizeof attributes[0], transform = 8 + 4 * count;
    draft_begin(draft, IKE1_SA);
    draft_put32(draft, DOI_IPSEC);
    draft_put32(draft, SITUATION_IDENTITY);
    draft_put16(draft, 0); /* the last proposal */
    draft_put16(draft, (uint16_t)(8 + sizeof spi + transform));
    draft_put8(draft, 1);
    draft_put8(draft, PROTOCOL_ESP);
    draft_put8(draft, sizeof spi);
    draft_put8(draft, 1); /* one transform */
    draft_put32(draft, spi);
    draft_put16(draft, 0); /* the last one */
    draft_put16(draft, transform);
    draft_put32(draft, 1u << 24 | ESP_AES_GCM_16 << 16);
    draft_attributes1(draft, attributes, count);
}

void draft_ke1(struct draft *draft, uint8_t seed)
{
    draft_begin(draft, IKE1_KE);
    draft_fill(draft, ike_ke_size(GROUP_MODP_2048, false), seed);
}

void draft_hash1(struct draft *draft, uint8_t seed)
{
    draft_begin(draft, IKE1_HASH);
    draft_fill(draft, PROOF_SIZE, seed);
}

void draft_nonce1(struct draft *draft, uint8_t seed)
{
    draft_begin(draft, IKE1_NONCE);
    draft_fill(draft, NONCE_SIZE, seed);
}

void draft_id1(struct draft *draft, const char *name)
{
    draft_begin(draft, IKE1_ID);
    draft_put32(draft, (uint32_t)IKE_ID_FQDN << 24);
    draft_put(draft, name, (uint32_t)strlen(name));
}

void draft_network1(struct draft *draft, const struct addr *network, const struct addr *mask)
{
    draft_begin(draft, IKE1_ID);
    draft_put32(draft, (uint32_t)IKE_ID_IP4_SUBNET << 24);
    draft_put(draft, network->bytes, 4);
    draft_put(draft, mask->bytes, 4);
}

void draft_notify1_spi(struct draft *draft, uint16_t type, uint8_t protocol, const uint8_t *spi, uint8_t spi_size, const void *data,
                       uint32_t length)
{
    draft_begin(draft, IKE1_NOTIFY);
    draft_put32(draft, DOI_IPSEC);
    draft_put8(draft, protocol);
    draft_put8(draft, spi_size);
    draft_put16(draft, type);
    draft_put(draft, spi, spi_size);
    draft_put(draft, data, length);
}

void draft_notify1(struct draft *draft, uint16_t type, const void *data, uint32_t length)
{
    draft_notify1_spi(draft, type, PROTOCOL_ISAKMP, NULL, 0, data, length);
}

void draft_delete1(struct draft *draft, uint32_t spi)
{
    draft_begin(draft, IKE1_DELETE);
    draft_put32(draft, DOI_IPSEC);
    draft_put8(draft, PROTOCOL_ESP);
    draft_put8(draft, sizeof spi);
    draft_put16(draft, 1);
    draft_put32(draft, spi);
}

/* ---- the whole ---- */

static void draft_header(const struct draft_head *head, uint8_t first, uint32_t length, uint8_t *message)
{
    memcpy(message, head->spi_i, 8);
    memcpy(message + 8, head->spi_r, 8);
    message[16] = first;
    message[17] = (uint8_t)(head->version << 4);
    message[18] = head->exchange;
    message[19] = head->flags;
    bytes_put32(message + 20, head->message_id);
    bytes_put32(message + 24, length);
}

bool draft_clear(const struct draft *draft, const struct draft_head *head, uint32_t before, struct wire *out)
{
    uint32_t length = IKE_HEADER + draft->length;
    if (draft->full || before > WIRE_MAX - length)
        return false;
    draft_header(head, draft->first, length + head->beyond, out->bytes + before);
    memcpy(out->bytes + before + IKE_HEADER, draft->bytes, draft->length);
    out->length = before + length;
    return true;
}

static bool draft_seal(const struct draft_head *head, uint8_t type, const uint8_t *fixed, uint32_t fixed_length, struct ike_sealer *sealer,
                       uint64_t iv, const uint8_t *inside, uint32_t length, uint32_t before, struct wire *out)
{
    if (before > DRAFT_MAX)
        return false;
    uint8_t *message = out->bytes + before;
    draft_header(head, type, 0, message);
    memcpy(message + IKE_HEADER, fixed, fixed_length);
    uint32_t sealed = ike_seal(sealer, iv, inside, length, message, IKE_HEADER + fixed_length, WIRE_MAX - before);
    out->length = before + sealed;
    return sealed != 0;
}

bool draft_sealed(const struct draft *draft, const struct draft_head *head, struct ike_sealer *sealer, uint64_t iv, uint32_t before,
                  struct wire *out)
{
    uint8_t fixed[IKE_PAYLOAD_HEADER] = { draft->first };
    return !draft->full && draft_seal(head, IKE2_SK, fixed, sizeof fixed, sealer, iv, draft->bytes, draft->length, before, out);
}

bool draft_piece(const struct draft *draft, const struct draft_head *head, struct ike_sealer *sealer, uint64_t iv, uint16_t number,
                 uint16_t total, uint32_t before, struct wire *out)
{
    uint8_t fixed[IKE_PAYLOAD_HEADER + 4] = { number == 1 ? draft->first : 0 };
    if (draft->full || number == 0 || number > total)
        return false;
    uint32_t from = draft->length * (number - 1u) / total, to = draft->length * number / total;
    bytes_put16(fixed + 4, number);
    bytes_put16(fixed + 6, total);
    return draft_seal(head, IKE2_SKF, fixed, sizeof fixed, sealer, iv, draft->bytes + from, to - from, before, out);
}

bool draft_sealed1(const struct draft *draft, const struct draft_head *head, struct ike1_sealer *sealer, struct ike1_iv *iv, uint32_t before,
                   struct wire *out)
{
    if (draft->full || before > DRAFT_MAX)
        return false;
    draft_header(head, draft->first, 0, out->bytes + before);
    uint32_t sealed = ike1_seal(sealer, iv, draft->bytes, draft->length, out->bytes + before, WIRE_MAX - before);
    out->length = before + sealed;
    return sealed != 0;
}
