/*
 * netlink: a socket to the kernel's IPsec or routing, and the only door to libmnl.
 *
 * Theory of operation. Dumps and announcements come over one socket, so that they stand in the order in which the kernel made them: an SA that is
 * deleted while the table is dumped is announced behind the part of the dump that shows it. Announcements that find no room are lost, and the
 * kernel says so (ENOBUFS): the caller then asks for the whole table again.
 *
 * Of IPsec's groups SA, EXPIRE, POLICY, MIGRATE and MAPPING are joined. ACQUIRE and AEVENTS are not: a listener there changes what the kernel does (it
 * makes larval SAs and waits for a daemon; it announces every second packet).
 */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum netlink_family { NETLINK_TO_XFRM, NETLINK_TO_ROUTE };
enum netlink_dump { NETLINK_SAS, NETLINK_POLICIES, NETLINK_ADDRESSES };

enum netlink_state {
    NETLINK_EMPTY = 1 << 0,   /* all that had come was taken */
    NETLINK_LOST = 1 << 1,    /* announcements were lost */
    NETLINK_DUMPED = 1 << 2,  /* the dump that was asked for is complete */
    NETLINK_REFUSED = 1 << 3, /* the dump was refused: see netlink_error */
};

struct netlink;

/* `message` is handed each message but those that only end a dump; `dump`: it answers the request. Bytes live during the call. */
struct netlink_sink {
    void *context;
    void (*message)(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump);
};

/* NULL with an error that says what is missing: a kernel without IPsec, or the permission (CAP_NET_ADMIN). */
struct netlink *netlink_open(enum netlink_family family, struct error *error);
void netlink_close(struct netlink *netlink);
int netlink_descriptor(const struct netlink *netlink); /* for poll(2): readable where netlink_receive has something */
/* Asks for all; the answers come through netlink_receive. One at a time. */
bool netlink_dump(struct netlink *netlink, enum netlink_dump what, struct error *error);
/*
 * Asks for one thing, or for something to be done: `type` and `flags` of the message, and what follows its header. What answers comes through
 * netlink_receive as a dump does, with NETLINK_DUMPED or NETLINK_REFUSED behind it.
 */
bool netlink_ask(struct netlink *netlink, uint16_t type, uint16_t flags, const void *bytes, uint32_t length, struct error *error);
/* Takes what has come, at most some hundred buffers; never waits. A set of enum netlink_state. */
unsigned netlink_receive(struct netlink *netlink, const struct netlink_sink *sink);
/* errno of the last refusal. */
int netlink_error(const struct netlink *netlink);

#endif
