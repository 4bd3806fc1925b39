/*
 * alias: other addresses for those of a capture, the same for the same, and in the same networks together.
 *
 * Theory of operation. First everything is noted: hosts, and the prefixes of policies and selectors. Each host also belongs to a network of 24 (IPv4) or
 * 64 (IPv6) bits. All of these are a tree, by what holds what. Aliases are the same tree drawn anew: each prefix gets as little room as its contents need,
 * though networks up to a /24 (or /64) keep their size, and what an old prefix held, its alias holds, and nothing else. So a policy
 * speaks of the same packets as before.
 * The roots go to the documentation's ranges (RFC 5737: 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24; RFC 3849: 2001:db8::/32), further IPv4 networks to
 * 198.18.0.0/15 (RFC 2544), then to 10.0.0.0/8. Addresses that identify nobody stay: unspecified, loopback, IPv4 link-local, multicast,
 * broadcast; the host part of an IPv6 link-local address is one of the host, and does not stay.
 *
 * The result depends on what was noted, not on its order, and on no secret: whoever knows all original addresses can find the pairs.
 */
#ifndef VEIL_ALIAS_H
#define VEIL_ALIAS_H

#include "base/addr.h"

struct alias;

struct alias *alias_create(void); /* NULL: no memory */
void alias_destroy(struct alias *alias);
void alias_note_prefix(struct alias *alias, const struct prefix *prefix);
/* Everything was noted. False: no memory, or no room for so many networks. */
bool alias_settle(struct alias *alias);

/* Before alias_settle: notes it and gives it back. After it: its alias; one that was not noted becomes 0.0.0.0 or ::. */
struct addr alias_addr(struct alias *alias, const struct addr *addr);
/* The same, bits and all. A prefix of 0 bits stays. */
struct prefix alias_prefix(struct alias *alias, const struct prefix *prefix);
/* The same of an Ethernet address, in place; aliases are locally administered: 02:00:00:00:00:01 and on. */
void alias_link(struct alias *alias, uint8_t mac[6]);

#endif
