/*
 * way: how a packet leaves for an address over one interface: the next hop and its link-layer address, as the kernel's tables of routes and
 * neighbours have them. Linux (rtnetlink).
 *
 * Who hands whole frames to an interface passes by the kernel's own routing and ARP, and must know what they would have said.
 */
#ifndef KERNEL_WAY_H
#define KERNEL_WAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"

enum way_link {
    WAY_ETHERNET, /* frames with addresses: Ethernet, veth, bridges, wireless */
    WAY_LOOPBACK, /* this host itself */
    WAY_BARE,     /* packets without addresses in front: tunnels, PPP */
};

#define WAY_NAME_MAX 64 /* 15 bytes, escaped */

struct way {
    char name[WAY_NAME_MAX]; /* of the interface, escaped */
    enum way_link link;
    uint32_t mtu;        /* bytes of an IP packet */
    struct addr next;    /* the destination itself, or the gateway to it */
    uint8_t hardware[6]; /* the next hop's; WAY_ETHERNET alone */
};

/*
 * One host's address, not this host's own but on the loopback. A next hop that the kernel does not know yet is asked for (which takes CAP_NET_ADMIN), so this
 * may take some seconds. False, with an error that says what is in the way: no such interface, no route, a broadcast address, nobody there.
 */
bool way_find(const char *interface, const struct addr *dst, struct way *way, struct error *error);
/* Whether it is an address of this host; false also where nobody can be asked. */
bool way_is_own(const struct addr *addr);

#endif
