/*
 * xfrm_message: one netlink message of the Linux kernel's IPsec (linux/xfrm.h) into an SA, a policy, or an event of theirs.
 *
 * Pure and total: any bytes, no allocation but of keys, no log. Numbers are in this machine's byte order but for what stands in packets. A message is
 * what follows its struct nlmsghdr. Its result is what the importers of `ip xfrm` text give for what ip prints of the same message.
 */
#ifndef KERNEL_XFRM_MESSAGE_H
#define KERNEL_XFRM_MESSAGE_H

#include "sa/moment.h"
#include "sa/sources/source.h"

enum xfrm_message_kind {
    XFRM_MESSAGE_OTHER,   /* nothing of an SA or policy */
    XFRM_MESSAGE_DAMAGED, /* shorter than its kind must be, or lengths inside contradict each other */
    XFRM_MESSAGE_SA,      /* record, and moment where the message shows one; event FLUSH: definition.proto, 0 for all */
    XFRM_MESSAGE_POLICY,  /* policy; event FLUSH: all */
    XFRM_MESSAGE_MIGRATED, /* SAs and policies changed their addresses: which, only a dump tells */
};

struct xfrm_message {
    uint8_t kind;                /* enum xfrm_message_kind */
    bool redacted;               /* keys are there and all zero: a locked-down kernel does not show them */
    struct sa_record record;     /* times are not known */
    struct policy_record policy;
    struct sa_moment moment;
};

/*
 * `dump`: the message stands in an answer to GETSA or GETPOLICY. Keys are kept in `secrets`; who has no use for the record releases them. Always
 * answers; look at message->kind.
 */
void xfrm_message_read(uint16_t type, const uint8_t *bytes, uint32_t length, bool dump, struct secrets *secrets,
                       struct xfrm_message *message);

/* xfrm_sa.c: the attributes of an SA. False: damaged. */
struct xfrm_attribute {
    uint16_t type;
    const uint8_t *bytes;
    uint32_t length;
};
/* The next attribute of those in [*at, length), false at the end or, with *damaged set, where the rest is none. */
bool xfrm_attribute_next(const uint8_t *bytes, uint32_t length, uint32_t *at, struct xfrm_attribute *attribute, bool *damaged);
bool xfrm_sa_read(const uint8_t *bytes, uint32_t length, const uint8_t *attributes, uint32_t attributes_length, struct secrets *secrets,
                  struct xfrm_message *message);
/* xfrm_policies.c: `bytes` is a struct xfrm_userpolicy_info. */
bool xfrm_policy_read(const uint8_t *bytes, uint32_t length, const uint8_t *attributes, uint32_t attributes_length, struct policy *policy);
/* Addresses and selectors as the kernel writes them; family is its AF_INET or AF_INET6. */
struct addr xfrm_addr(const void *bytes, uint16_t family);
struct prefix xfrm_host(const void *bytes, uint16_t family);
void xfrm_selector_read(const void *bytes, uint16_t family, struct selector *selector); /* a struct xfrm_selector */

#endif
