/*
 * xfrm_message: which message this is, and where in it the SA or policy stands.
 *
 * A message opens with the structure of its kind; attributes follow, each of a 4-byte header (length, type) and padded to 4 bytes. DELSA and
 * DELPOLICY open with a key only, and carry the whole SA or policy as an attribute.
 */
#include "kernel/xfrm_message.h"

#include <linux/xfrm.h>
#include <string.h>
#include <sys/socket.h>

#define ALIGNED(size) (((uint32_t)(size) + 3u) & ~3u)

struct addr xfrm_addr(const void *bytes, uint16_t family)
{
    return family == AF_INET ? addr_ip4(bytes) : family == AF_INET6 ? addr_ip6(bytes) : (struct addr){ 0 };
}

struct prefix xfrm_host(const void *bytes, uint16_t family)
{
    struct addr addr = xfrm_addr(bytes, family);
    return (struct prefix){ addr, addr.family == 4 ? 32 : addr.family == 6 ? 128 : 0 };
}

bool xfrm_attribute_next(const uint8_t *bytes, uint32_t length, uint32_t *at, struct xfrm_attribute *attribute, bool *damaged)
{
    uint16_t header[2]; /* length with these 4 bytes, type */
    if (*at >= length)
        return false;
    if (length - *at < sizeof header) {
        *damaged = true;
        return false;
    }
    memcpy(header, bytes + *at, sizeof header);
    if (header[0] < sizeof header || header[0] > length - *at) {
        *damaged = true;
        return false;
    }
    *attribute = (struct xfrm_attribute){ header[1] & 0x3fff, bytes + *at + sizeof header, header[0] - (uint32_t)sizeof header };
    *at += ALIGNED(header[0]);
    return true;
}

/* The first attribute of this type. */
static bool message_find(const uint8_t *bytes, uint32_t length, uint16_t type, struct xfrm_attribute *attribute)
{
    bool damaged = false;
    uint32_t at = 0;
    while (xfrm_attribute_next(bytes, length, &at, attribute, &damaged))
        if (attribute->type == type)
            return true;
    return false;
}

/* A structure of `size` bytes and the attributes behind it; false where the message is too short. */
static bool message_parts(const uint8_t *bytes, uint32_t length, uint32_t size, const uint8_t **attributes, uint32_t *rest)
{
    if (length < size)
        return false;
    uint32_t behind = ALIGNED(size) < length ? ALIGNED(size) : length;
    *attributes = bytes + behind;
    *rest = length - behind;
    return true;
}

static bool message_sa(const uint8_t *bytes, uint32_t length, uint32_t size, enum sa_event event, struct secrets *secrets,
                       struct xfrm_message *message)
{
    const uint8_t *attributes;
    uint32_t rest;
    message->kind = XFRM_MESSAGE_SA;
    message->record.event = (uint8_t)event;
    return message_parts(bytes, length, size, &attributes, &rest) &&
           xfrm_sa_read(bytes, sizeof(struct xfrm_usersa_info), attributes, rest, secrets, message);
}

static bool message_sa_gone(const uint8_t *bytes, uint32_t length, struct secrets *secrets, struct xfrm_message *message)
{
    const uint8_t *attributes;
    uint32_t rest;
    struct xfrm_attribute sa;
    message->kind = XFRM_MESSAGE_SA;
    message->record.event = SA_EVENT_DELETE;
    return message_parts(bytes, length, sizeof(struct xfrm_usersa_id), &attributes, &rest) &&
           message_find(attributes, rest, XFRMA_SA, &sa) && sa.length >= sizeof(struct xfrm_usersa_info) &&
           xfrm_sa_read(sa.bytes, sa.length, attributes, rest, secrets, message);
}

static bool message_policy(const uint8_t *bytes, uint32_t length, uint32_t size, enum sa_event event, struct xfrm_message *message)
{
    const uint8_t *attributes;
    uint32_t rest;
    message->kind = XFRM_MESSAGE_POLICY;
    message->policy.event = (uint8_t)event;
    return message_parts(bytes, length, size, &attributes, &rest) &&
           xfrm_policy_read(bytes, sizeof(struct xfrm_userpolicy_info), attributes, rest, &message->policy.policy);
}

static bool message_policy_gone(const uint8_t *bytes, uint32_t length, struct xfrm_message *message)
{
    const uint8_t *attributes;
    uint32_t rest;
    struct xfrm_attribute policy;
    message->kind = XFRM_MESSAGE_POLICY;
    message->policy.event = SA_EVENT_DELETE;
    return message_parts(bytes, length, sizeof(struct xfrm_userpolicy_id), &attributes, &rest) &&
           message_find(attributes, rest, XFRMA_POLICY, &policy) && policy.length >= sizeof(struct xfrm_userpolicy_info) &&
           xfrm_policy_read(policy.bytes, policy.length, attributes, rest, &message->policy.policy);
}

static void message_id(const struct xfrm_usersa_id *id, const void *src, uint32_t reqid, struct sa_definition *definition)
{
    definition->dst = xfrm_host(&id->daddr, id->family);
    definition->src = xfrm_host(src, id->family);
    definition->spi = __builtin_bswap32(id->spi);
    definition->proto = id->proto;
    definition->reqid = reqid;
}

static bool message_aevent(const uint8_t *bytes, uint32_t length, struct xfrm_message *message)
{
    struct xfrm_aevent_id event;
    if (length < sizeof event)
        return false;
    memcpy(&event, bytes, sizeof event);
    message->kind = XFRM_MESSAGE_SA;
    message->record.event = SA_EVENT_TOUCH;
    message_id(&event.sa_id, &event.saddr, event.reqid, &message->record.definition);
    return true;
}

/* As the importer of the text has it: the SA with its new source. */
static bool message_mapping(const uint8_t *bytes, uint32_t length, struct xfrm_message *message)
{
    struct xfrm_user_mapping mapping;
    if (length < sizeof mapping)
        return false;
    memcpy(&mapping, bytes, sizeof mapping);
    struct sa_definition *definition = &message->record.definition;
    message->kind = XFRM_MESSAGE_SA;
    message->record.event = SA_EVENT_MAPPING;
    message_id(&mapping.id, &mapping.new_saddr, mapping.reqid, definition);
    definition->encap_known = true;
    definition->encap = ENCAP_UDP;
    definition->encap_sport = __builtin_bswap16(mapping.new_sport);
    return true;
}

static bool message_expire(const uint8_t *bytes, uint32_t length, struct secrets *secrets, struct xfrm_message *message)
{
    uint32_t size = sizeof(struct xfrm_user_expire);
    if (length < size)
        return false;
    bool hard = bytes[offsetof(struct xfrm_user_expire, hard)] != 0;
    return message_sa(bytes, length, size, hard ? SA_EVENT_EXPIRE_HARD : SA_EVENT_EXPIRE_SOFT, secrets, message);
}

static bool message_policy_expire(const uint8_t *bytes, uint32_t length, struct xfrm_message *message)
{
    uint32_t size = sizeof(struct xfrm_user_polexpire);
    if (length < size)
        return false;
    if (bytes[offsetof(struct xfrm_user_polexpire, hard)] == 0) /* a soft expiry leaves the policy where it is */
        return true;
    return message_policy(bytes, length, size, SA_EVENT_DELETE, message);
}

static bool message_flush(const uint8_t *bytes, uint32_t length, struct xfrm_message *message)
{
    if (length < sizeof(struct xfrm_usersa_flush))
        return false;
    uint8_t proto = bytes[offsetof(struct xfrm_usersa_flush, proto)];
    message->kind = XFRM_MESSAGE_SA;
    message->record.event = SA_EVENT_FLUSH;
    message->record.definition.proto = proto == 255 ? 0 : proto; /* IPSEC_PROTO_ANY */
    return true;
}

static bool message_any(uint16_t type, const uint8_t *bytes, uint32_t length, bool dump, struct secrets *secrets, struct xfrm_message *message)
{
    switch (type) {
    case XFRM_MSG_NEWSA:
        return message_sa(bytes, length, sizeof(struct xfrm_usersa_info), dump ? SA_EVENT_DEFINE : SA_EVENT_ADD, secrets, message);
    case XFRM_MSG_UPDSA:
        return message_sa(bytes, length, sizeof(struct xfrm_usersa_info), SA_EVENT_UPDATE, secrets, message);
    case XFRM_MSG_DELSA:
        return message_sa_gone(bytes, length, secrets, message);
    case XFRM_MSG_EXPIRE:
        return message_expire(bytes, length, secrets, message);
    case XFRM_MSG_FLUSHSA:
        return message_flush(bytes, length, message);
    case XFRM_MSG_NEWAE:
        return message_aevent(bytes, length, message);
    case XFRM_MSG_MAPPING:
        return message_mapping(bytes, length, message);
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_UPDPOLICY:
        return message_policy(bytes, length, sizeof(struct xfrm_userpolicy_info),
                              dump ? SA_EVENT_DEFINE : type == XFRM_MSG_UPDPOLICY ? SA_EVENT_UPDATE : SA_EVENT_ADD, message);
    case XFRM_MSG_DELPOLICY:
        return message_policy_gone(bytes, length, message);
    case XFRM_MSG_POLEXPIRE:
        return message_policy_expire(bytes, length, message);
    case XFRM_MSG_FLUSHPOLICY:
        message->kind = XFRM_MESSAGE_POLICY;
        message->policy.event = SA_EVENT_FLUSH;
        return true;
    case XFRM_MSG_MIGRATE:
        message->kind = XFRM_MESSAGE_MIGRATED;
        return true;
    default:
        return true;
    }
}

void xfrm_message_read(uint16_t type, const uint8_t *bytes, uint32_t length, bool dump, struct secrets *secrets,
                       struct xfrm_message *message)
{
    memset(message, 0, sizeof *message);
    message->kind = XFRM_MESSAGE_OTHER;
    if (!message_any(type, bytes, length, dump, secrets, message))
        message->kind = XFRM_MESSAGE_DAMAGED;
}
