/* xfrm_sa: an SA as the kernel writes it: its fixed part, its algorithms and keys, its window. */
#include <linux/xfrm.h>
#include <stddef.h>
#include <string.h>

#include "kernel/xfrm_message.h"

enum { /* attributes that are younger than the headers this may be built with */
    ATTRIBUTE_SA_DIR = 33,
    DIRECTION_OUT = 2,
    ENCAP_TYPE_UDP_OLD = 1, ENCAP_TYPE_UDP = 2, ENCAP_TYPE_TCP = 7, /* linux/udp.h */
};

/* An algorithm's name, key and numbers, whichever of the kernel's three structures they stand in. */
struct sa_algorithm {
    const uint8_t *name, *key;
    uint32_t name_length, key_length;
    uint32_t icv_bits; /* 0: not told */
};

static bool sa_algorithm(const struct xfrm_attribute *attribute, bool with_icv, struct sa_algorithm *algorithm)
{
    uint32_t bits[2] = { 0, 0 }, header = 64 + 4 + (with_icv ? 4u : 0u);
    if (attribute->length < header)
        return false;
    memcpy(bits, attribute->bytes + 64, header - 64);
    uint32_t length = bits[0] / 8 + (bits[0] % 8 != 0);
    if (length > attribute->length - header)
        return false;
    const uint8_t *end = memchr(attribute->bytes, 0, 64);
    *algorithm = (struct sa_algorithm){ .name = attribute->bytes, .name_length = end ? (uint32_t)(end - attribute->bytes) : 64,
                                        .key = attribute->bytes + header, .key_length = length };
    algorithm->icv_bits = bits[1]; /* behind the key's in both structures */
    return true;
}

static void sa_name(const struct sa_algorithm *algorithm, char kept[SA_NAME_MAX])
{
    uint32_t length = algorithm->name_length < SA_NAME_MAX - 1 ? algorithm->name_length : SA_NAME_MAX - 1;
    memset(kept, 0, SA_NAME_MAX);
    memcpy(kept, algorithm->name, length);
}

static void sa_key(const struct sa_algorithm *algorithm, struct secret *key, struct secrets *secrets, struct xfrm_message *message)
{
    uint8_t some = 0;
    for (uint32_t at = 0; at < algorithm->key_length; at++)
        some |= algorithm->key[at];
    if (algorithm->key_length > 0 && some == 0) { /* lockdown's confidentiality mode shows zeros in place of keys */
        message->redacted = message->record.definition.keys_hidden = true;
        return;
    }
    if (key->length > 0) /* an attribute twice: the later one is what counts */
        secrets_release(secrets, key);
    *key = secrets_keep(secrets, algorithm->key, algorithm->key_length);
}

static bool sa_cipher(const struct xfrm_attribute *attribute, bool aead, struct secrets *secrets, struct xfrm_message *message)
{
    struct sa_definition *definition = &message->record.definition;
    struct sa_algorithm algorithm;
    if (!sa_algorithm(attribute, aead, &algorithm))
        return false;
    sa_name(&algorithm, definition->encryption_name);
    definition->encryption = suite_encryption_find(DIALECT_XFRM, definition->encryption_name, strlen(definition->encryption_name),
                                                   aead ? algorithm.icv_bits : 0);
    if (aead && algorithm.icv_bits / 8 <= UINT8_MAX)
        definition->icv = (uint8_t)(algorithm.icv_bits / 8);
    sa_key(&algorithm, &definition->encryption_key, secrets, message);
    return true;
}

/* AUTH beside AUTH_TRUNC is the same algorithm, told to old tools without its ICV length. */
static bool sa_mac(const struct xfrm_attribute *attribute, bool with_icv, struct secrets *secrets, struct xfrm_message *message)
{
    struct sa_definition *definition = &message->record.definition;
    struct sa_algorithm algorithm;
    if (!sa_algorithm(attribute, with_icv, &algorithm))
        return false;
    if (!with_icv && definition->integrity_name[0] != '\0')
        return true;
    sa_name(&algorithm, definition->integrity_name);
    definition->integrity = suite_integrity_find(DIALECT_XFRM, definition->integrity_name, strlen(definition->integrity_name),
                                                 with_icv ? algorithm.icv_bits : 0);
    if (definition->integrity && definition->integrity->icv != 0)
        definition->icv = definition->integrity->icv;
    if (with_icv && algorithm.icv_bits / 8 <= UINT8_MAX)
        definition->icv = (uint8_t)(algorithm.icv_bits / 8);
    sa_key(&algorithm, &definition->integrity_key, secrets, message);
    return true;
}

static bool sa_encap(const struct xfrm_attribute *attribute, struct sa_definition *definition)
{
    struct xfrm_encap_tmpl encap;
    if (attribute->length < sizeof encap)
        return false;
    memcpy(&encap, attribute->bytes, sizeof encap);
    if (encap.encap_type == ENCAP_TYPE_UDP || encap.encap_type == ENCAP_TYPE_UDP_OLD)
        definition->encap = ENCAP_UDP;
    else if (encap.encap_type == ENCAP_TYPE_TCP)
        definition->encap = ENCAP_TCP;
    definition->encap_sport = __builtin_bswap16(encap.encap_sport);
    definition->encap_dport = __builtin_bswap16(encap.encap_dport);
    return true;
}

/* The context of small windows without ESN: bit n stands for seq - n, as here. */
static bool sa_replay(const struct xfrm_attribute *attribute, struct xfrm_message *message)
{
    struct xfrm_replay_state replay;
    if (attribute->length < sizeof replay)
        return false;
    memcpy(&replay, attribute->bytes, sizeof replay);
    message->record.definition.outbound |= replay.oseq != 0;
    if (message->moment.window_known) /* the wide one stands beside it */
        return true;
    message->moment.window_known = true;
    message->moment.top = replay.seq;
    message->moment.width = 32;
    message->moment.bits[0] = replay.bitmap;
    return true;
}

/* The kernel keeps wide windows as a ring: number N stands at bit (N - 1) mod window (xfrm_replay_advance_bmp and _esn). */
static bool sa_replay_esn(const struct xfrm_attribute *attribute, struct xfrm_message *message)
{
    struct xfrm_replay_state_esn replay;
    struct sa_moment *moment = &message->moment;
    struct sa_definition *definition = &message->record.definition;
    if (attribute->length < sizeof replay)
        return false;
    memcpy(&replay, attribute->bytes, sizeof replay);
    const uint8_t *ring = attribute->bytes + sizeof replay;
    uint32_t words = (attribute->length - (uint32_t)sizeof replay) / 4;
    if (replay.bmp_len > words || replay.replay_window > (uint64_t)words * 32)
        return false;
    definition->window_known = true;
    definition->window = replay.replay_window;
    definition->outbound |= replay.oseq != 0 || replay.oseq_hi != 0;
    moment->window_known = true;
    moment->top = (uint64_t)replay.seq_hi << 32 | replay.seq;
    moment->width = replay.replay_window < SA_MOMENT_WINDOW ? replay.replay_window : SA_MOMENT_WINDOW;
    memset(moment->bits, 0, sizeof moment->bits);
    if (moment->top == 0 || moment->width == 0)
        return true;
    uint32_t place = (replay.seq - 1) % replay.replay_window;
    for (uint32_t behind = 0; behind < moment->width; behind++) {
        uint32_t bit = place >= behind ? place - behind : replay.replay_window - (behind - place), word;
        memcpy(&word, ring + bit / 32 * 4, sizeof word);
        moment->bits[behind / 32] |= (word >> bit % 32 & 1) << behind % 32;
    }
    return true;
}

static bool sa_attribute(const struct xfrm_attribute *attribute, struct secrets *secrets, struct xfrm_message *message)
{
    struct sa_definition *definition = &message->record.definition;
    switch (attribute->type) {
    case XFRMA_ALG_AEAD:
        return sa_cipher(attribute, true, secrets, message);
    case XFRMA_ALG_CRYPT:
    case XFRMA_ALG_COMP:
        return sa_cipher(attribute, false, secrets, message);
    case XFRMA_ALG_AUTH_TRUNC:
        return sa_mac(attribute, true, secrets, message);
    case XFRMA_ALG_AUTH:
        return sa_mac(attribute, false, secrets, message);
    case XFRMA_ENCAP:
        return sa_encap(attribute, definition);
    case XFRMA_REPLAY_VAL:
        return sa_replay(attribute, message);
    case XFRMA_REPLAY_ESN_VAL:
        return sa_replay_esn(attribute, message);
    case XFRMA_MARK:
        if (attribute->length < sizeof(struct xfrm_mark))
            return false;
        memcpy(&definition->mark, attribute->bytes, sizeof definition->mark);
        memcpy(&definition->mark_mask, attribute->bytes + sizeof definition->mark, sizeof definition->mark_mask);
        return true;
    case XFRMA_IF_ID:
        if (attribute->length < sizeof definition->if_id)
            return false;
        memcpy(&definition->if_id, attribute->bytes, sizeof definition->if_id);
        return true;
    case XFRMA_OFFLOAD_DEV:
        definition->offloaded = true;
        return attribute->length >= sizeof(struct xfrm_user_offload);
    default:
        return true;
    }
}

static uint64_t sa_limit(uint64_t limit)
{
    return limit == XFRM_INF ? 0 : limit;
}

static void sa_fixed(const struct xfrm_usersa_info *info, struct xfrm_message *message)
{
    struct sa_definition *definition = &message->record.definition;
    const struct xfrm_lifetime_cfg *limits = &info->lft;
    definition->src = xfrm_host(&info->saddr, info->family);
    definition->dst = xfrm_host(&info->id.daddr, info->family);
    definition->spi = __builtin_bswap32(info->id.spi);
    definition->proto = info->id.proto;
    definition->mode = info->mode == XFRM_MODE_TRANSPORT ? SA_MODE_TRANSPORT : info->mode == XFRM_MODE_TUNNEL ? SA_MODE_TUNNEL
                                                                           : info->mode == XFRM_MODE_BEET ? SA_MODE_BEET : SA_MODE_UNKNOWN;
    definition->reqid = info->reqid;
    definition->esn_known = true;
    definition->esn = info->flags & XFRM_STATE_ESN;
    definition->align4 = info->flags & XFRM_STATE_ALIGN4;
    definition->af_unspec = info->flags & XFRM_STATE_AF_UNSPEC;
    definition->window = info->replay_window;
    definition->hard = (struct sa_limits){ sa_limit(limits->hard_byte_limit), sa_limit(limits->hard_packet_limit),
                                           limits->hard_add_expires_seconds, limits->hard_use_expires_seconds };
    definition->soft = (struct sa_limits){ sa_limit(limits->soft_byte_limit), sa_limit(limits->soft_packet_limit),
                                           limits->soft_add_expires_seconds, limits->soft_use_expires_seconds };
    definition->added_known = info->curlft.add_time != 0 && info->curlft.add_time < INT64_MAX / 1000000000;
    definition->used_known = info->curlft.use_time != 0 && info->curlft.use_time < INT64_MAX / 1000000000;
    definition->added_ns = definition->added_known ? (int64_t)info->curlft.add_time * 1000000000 : 0;
    definition->used_ns = definition->used_known ? (int64_t)info->curlft.use_time * 1000000000 : 0;
    definition->has_selector = info->sel.family != 0 || !definition->af_unspec;
    if (definition->has_selector)
        xfrm_selector_read(&info->sel, info->family, &definition->selector);
    message->moment.packets = info->curlft.packets;
    message->moment.bytes = info->curlft.bytes;
    message->moment.replayed = info->stats.replay;
    message->moment.old = info->stats.replay_window;
    message->moment.failed = info->stats.integrity_failed;
}

bool xfrm_sa_read(const uint8_t *bytes, uint32_t length, const uint8_t *attributes, uint32_t attributes_length, struct secrets *secrets,
                  struct xfrm_message *message)
{
    struct xfrm_usersa_info info;
    struct sa_definition *definition = &message->record.definition;
    struct xfrm_attribute attribute;
    bool damaged = false;
    uint8_t direction = 0;
    if (length < sizeof info)
        return false;
    memcpy(&info, bytes, sizeof info);
    sa_fixed(&info, message);
    for (uint32_t at = 0; xfrm_attribute_next(attributes, attributes_length, &at, &attribute, &damaged);) {
        if (attribute.type == ATTRIBUTE_SA_DIR && attribute.length > 0)
            direction = attribute.bytes[0];
        if (!sa_attribute(&attribute, secrets, message))
            damaged = true;
    }
    if (direction != 0)
        definition->outbound = direction == DIRECTION_OUT;
    /* An expiry shows no attributes: neither algorithms nor encapsulation nor the wider window are told. */
    bool algorithms = definition->encryption_name[0] || definition->integrity_name[0];
    if (!algorithms && (message->record.event == SA_EVENT_DEFINE || message->record.event == SA_EVENT_ADD))
        definition->state = SA_STATE_LARVAL;
    if (algorithms || definition->state == SA_STATE_LARVAL)
        definition->encap_known = definition->window_known = true;
    else if (!definition->window_known)
        definition->window = 0;
    return !damaged;
}
