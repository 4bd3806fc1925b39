/* seal: ESP and AH with the SA's own algorithms, through src/crypto. */
#include "inject/seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ah.h"
#include "sa/overhead.h"

enum { ESP_HEADER = 8, TRAILER = 2, AH_FIXED = 12, SEAL_ROOM = 1024 }; /* SEAL_ROOM: headers and everything around the content */

struct crypt_key *seal_key(const struct sa_definition *definition, struct error *error)
{
    bool ah = definition->proto == SA_PROTO_AH;
    if ((!ah && definition->encryption == NULL) || (ah && definition->integrity == NULL)) {
        error_set(error, "the SA 0x%08x has no algorithms and keys to seal with", definition->spi);
        return NULL;
    }
    struct crypt_params params = { .encryption = ah ? NULL : definition->encryption, .encryption_key = definition->encryption_key,
                                   .integrity = definition->integrity, .integrity_key = definition->integrity_key,
                                   .icv = definition->icv, .esn = definition->esn };
    return crypt_key_create(&params, error);
}

static void seal_iv(uint8_t *at, uint32_t length, uint64_t number)
{
    for (uint32_t i = 0; i < length; i++)
        at[i] = (uint8_t)(number >> 8 * ((length - 1 - i) % 8));
}

bool seal_esp(struct crypt_key *key, const struct sa_definition *definition, const struct seal_shape *shape, struct wire *out,
              struct error *error)
{
    const struct encryption *encryption = definition->encryption;
    if (encryption == NULL || (uint64_t)shape->length + shape->tfc > WIRE_MAX - SEAL_ROOM)
        return error_set(error, "a packet of %u bytes cannot be sealed", shape->length);
    uint32_t align = encryption->block > 4 ? encryption->block : 4, at = ESP_HEADER, iv = encryption->implicit_iv ? 0 : encryption->iv;
    bytes_put32(out->bytes, shape->spi);
    bytes_put32(out->bytes + 4, (uint32_t)shape->seq);
    seal_iv(out->bytes + at, iv, shape->iv_set ? shape->iv : shape->seq);
    at += iv;
    memcpy(out->bytes + at, shape->content, shape->length);
    memset(out->bytes + at + shape->length, 0, shape->tfc);
    uint32_t text = shape->length + shape->tfc;
    at += text;
    uint32_t padding = (align - (text + TRAILER) % align) % align;
    if (shape->pad_zero && padding == 0)
        padding = align;
    for (uint32_t i = 0; i < padding; i++)
        out->bytes[at++] = shape->pad_zero ? 0 : (uint8_t)(i + 1);
    out->bytes[at++] = shape->pad_claimed ? shape->pad_claim : (uint8_t)padding;
    out->bytes[at++] = shape->next;
    uint8_t icv = overhead_icv(definition);
    memset(out->bytes + at, 0, icv);
    out->length = at + icv;
    return crypt_esp_seal(key, out->bytes, out->length, (uint32_t)(shape->seq >> 32)) ||
           error_set(error, "the packet could not be sealed with the SA 0x%08x", definition->spi);
}

/* Linux pads the ICV to 8 bytes on IPv4 too, unless the SA says align4 (XFRM_ALIGN4). */
uint32_t seal_ah_length(struct crypt_key *key, const struct sa_definition *definition, uint8_t version)
{
    uint32_t align = version == 4 && definition->align4 ? 4 : 8, bare = AH_FIXED + (uint32_t)crypt_ah_icv(key);
    return (bare + align - 1) / align * align;
}

bool seal_ah_again(struct crypt_key *key, uint8_t *packet, uint32_t length, uint32_t ah_at, uint32_t seq_high, struct error *error)
{
    uint8_t *copy = malloc(length + 1u);
    if (copy == NULL)
        return error_set(error, "no memory");
    bool sealed = ah_prepare(packet, length, ah_at, crypt_ah_icv(key), copy) &&
                  crypt_ah_seal(key, copy, length, seq_high, packet + ah_at + AH_FIXED);
    free(copy);
    return sealed || error_set(error, "the AH packet could not be sealed");
}

bool seal_ah(struct net *net, struct crypt_key *key, const struct sa_definition *definition, const struct seal_shape *shape,
             const struct net_ip *ip, struct wire *out, struct error *error)
{
    uint32_t header = seal_ah_length(key, definition, ip->dst.family);
    if (shape->length > WIRE_MAX - SEAL_ROOM)
        return error_set(error, "a packet of %u bytes cannot be sealed", shape->length);
    uint8_t *payload = calloc(1, (size_t)header + shape->length);
    if (payload == NULL)
        return error_set(error, "no memory");
    payload[0] = shape->next;
    payload[1] = (uint8_t)(header / 4 - 2);
    bytes_put32(payload + 4, shape->spi);
    bytes_put32(payload + 8, (uint32_t)shape->seq);
    if (definition->integrity->kind == INTEGRITY_GMAC) /* the IV stands before the ICV (RFC 4543 4) */
        bytes_put64(payload + AH_FIXED, shape->seq);
    memcpy(payload + header, shape->content, shape->length);
    struct net_ip head = *ip;
    head.proto = SA_PROTO_AH;
    bool built = net_build_ip(net, &head, payload, header + shape->length, out, error);
    uint32_t ah_at = out->length - header - shape->length;
    free(payload);
    return built && seal_ah_again(key, out->bytes, out->length, ah_at, (uint32_t)(shape->seq >> 32), error);
}
