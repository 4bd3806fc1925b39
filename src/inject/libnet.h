/*
 * libnet: the door to libnet: IP packets built, and put onto an interface. Functions begin with net_, because libnet_ is the library's.
 *
 * Lengths and checksums are right; who wants them wrong changes the bytes afterwards. The same arguments give the same bytes.
 */
#ifndef INJECT_LIBNET_H
#define INJECT_LIBNET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"

#define WIRE_MAX 65535u /* bytes of an IP packet */

/* A packet that is being built; large, so not for small stacks. */
struct wire {
    uint32_t length;
    uint8_t bytes[WIRE_MAX];
};

enum { NET_DF = 0x4000, NET_MF = 0x2000 };

struct net_ip {
    struct addr src, dst; /* of one family */
    uint8_t proto, ttl, tos;
    uint16_t id;          /* IPv4, not 0 */
    uint16_t fragment;    /* IPv4: NET_DF, NET_MF and the offset in units of 8 bytes */
    uint32_t flow;        /* IPv6: 20 bits */
};

struct net_tcp {
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint8_t flags;        /* as on the wire: 0x02 SYN, 0x10 ACK, ... */
};

struct net; /* a context that builds; or, once opened on an interface, sends */

struct net *net_create(struct error *error);
void net_destroy(struct net *net); /* NULL is allowed */

/* `out` receives a whole IP packet. False: too long, or libnet's reason. `payload` may be inside `out`. */
bool net_build_ip(struct net *net, const struct net_ip *ip, const uint8_t *payload, uint32_t length, struct wire *out, struct error *error);
bool net_build_udp(struct net *net, const struct net_ip *ip, uint16_t sport, uint16_t dport, const uint8_t *payload, uint32_t length,
                   struct wire *out, struct error *error);
bool net_build_tcp(struct net *net, const struct net_ip *ip, const struct net_tcp *tcp, const uint8_t *payload, uint32_t length,
                   struct wire *out, struct error *error);
/* `rest` is the second word of the header: identifier and sequence number, or an MTU (RFC 792, RFC 1191, RFC 4443). */
bool net_build_icmp(struct net *net, const struct net_ip *ip, uint8_t type, uint8_t code, uint32_t rest, const uint8_t *payload,
                    uint32_t length, struct wire *out, struct error *error);

/*
 * To send. `next_hop`: the 6 bytes of an Ethernet address on that interface, to which frames go that hold the packets as they are. NULL: the kernel sends
 * them, packets of that IP version, to where each of them says, through its routes over that interface (or with NULL for it over any); it changes those
 * that net_is_kept() is false for. NULL and an error: no such interface, no permission.
 */
struct net *net_open(const char *interface, uint8_t version, const uint8_t *next_hop, struct error *error);
/* One whole IP packet. */
bool net_send(struct net *net, const uint8_t *packet, uint32_t length, struct error *error);
/*
 * Whether the kernel would send it as it is, raw(7): in IPv4 it fills in the total length and the checksum always, and an identification or a
 * source of 0, and refuses headers that are none.
 */
bool net_is_kept(const uint8_t *packet, uint32_t length);

#endif
