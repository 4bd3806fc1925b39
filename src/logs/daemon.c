/* daemon: error notifies by name, and what was said before, in rings. */
#include "logs/daemon.h"

const char daemon_missing_entry[] = "The kernel no longer has an SA that the daemon still keeps: it expired, or was deleted without the daemon. Packets of "
                                    "this SPI find no SA.";

const char daemon_peer_spi[] = "The peer says so of a packet that it received. In IKEv1 the same notify can speak of the SPI of a proposal instead.";

static const struct daemon_notify notifies[] = {
    { "NO_PROPOSAL_CHOSEN", 13868, false },
    { "AUTHENTICATION_FAILED", 13801, false },
    { "TS_UNACCEPTABLE", 13858, false },
    { "INVALID_SPI", 13910, false },
    { "INVALID_IKE_SPI", 13846, false },
    { "INVALID_COOKIE", 13846, false },
    { "INVALID_KE_PAYLOAD", 13865, true },
    { "INVALID_SYNTAX", 13843, false },
    { "PAYLOAD_MALFORMED", 13843, false },
    { "INVALID_PAYLOAD_TYPE", 13843, false },
    { "INVALID_MAJOR_VERSION", 13880, false },
    { "UNSUPPORTED_CRITICAL_PAYLOAD", 13823, false },
    { "INVALID_MESSAGE_ID", 13888, false },
    { "INVALID_SELECTORS", 13912, false },
    { "SINGLE_PAIR_REQUIRED", 13868, false },
    { "NO_ADDITIONAL_SAS", 13884, false },
    { "INTERNAL_ADDRESS_FAILURE", 13899, false },
    { "FAILED_CP_REQUIRED", 13900, false },
    { "TEMPORARY_FAILURE", 13821, true },
    { "CHILD_SA_NOT_FOUND", 0, true },
    { "ATTRIBUTES_NOT_SUPPORTED", 13802, false },
    { "INVALID_ID_INFORMATION", 13834, false },
    { "INVALID_KEY_INFORMATION", 13833, false },
    { "INVALID_HASH_INFORMATION", 13870, false },
    { "INVALID_SIGNATURE", 13826, false },
    { "UNSUPPORTED_EXCHANGE_TYPE", 13824, false },
};

static bool notify_is(const char *name, struct span text)
{
    size_t at = 0;
    for (; at < text.length && name[at]; at++)
        if (name[at] != (text.at[at] == '-' ? '_' : text.at[at]))
            return false;
    return at == text.length && name[at] == '\0';
}

const struct daemon_notify *daemon_notify_find(struct span name)
{
    for (size_t i = 0; i < sizeof notifies / sizeof notifies[0]; i++)
        if (notify_is(notifies[i].name, name))
            return &notifies[i];
    return NULL;
}

static uint64_t key_add(uint64_t key, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < length; i++)
        key = (key ^ at[i]) * 0x100000001b3u;
    return (key ^ 0xff) * 0x100000001b3u; /* an end, so that "a","bc" is not "ab","c" */
}

uint64_t daemon_key(struct span host, struct span name, unsigned number)
{
    uint64_t key = key_add(0xcbf29ce484222325u, host.at, host.length);
    key = key_add(key, name.at, name.length);
    key = key_add(key, &number, sizeof number);
    return key ? key : 1;
}

struct daemon_talk *daemon_talk_find(struct daemon_memory *memory, uint64_t key)
{
    for (unsigned i = 0; i < DAEMON_TALKS; i++)
        if (memory->talks[i].key == key)
            return &memory->talks[i];
    return NULL;
}

struct daemon_talk *daemon_talk_keep(struct daemon_memory *memory, uint64_t key)
{
    struct daemon_talk *talk = daemon_talk_find(memory, key);
    if (talk)
        return talk;
    talk = &memory->talks[memory->talk_at];
    memory->talk_at = (memory->talk_at + 1) % DAEMON_TALKS;
    *talk = (struct daemon_talk){ .key = key };
    return talk;
}

void daemon_child_keep(struct daemon_memory *memory, const struct daemon_child *child)
{
    for (unsigned i = 0; i < DAEMON_CHILDREN; i++) {
        struct daemon_child *before = &memory->children[i];
        if (before->name == child->name && addr_equal(&before->local, &child->local) && addr_equal(&before->peer, &child->peer))
            before->replaced = true;
    }
    memory->children[memory->child_at] = *child;
    memory->child_at = (memory->child_at + 1) % DAEMON_CHILDREN;
}

struct daemon_child *daemon_child_find(struct daemon_memory *memory, uint32_t in, uint32_t out)
{
    for (unsigned i = 0; i < DAEMON_CHILDREN; i++)
        if (memory->children[i].name && memory->children[i].in == in && memory->children[i].out == out)
            return &memory->children[i];
    return NULL;
}
