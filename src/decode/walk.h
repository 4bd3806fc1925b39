/*
 * walk: from a frame's first byte to every IPsec header in it.
 *
 * An iterator: walk_frame() or walk_ip() starts it on the stack, walk_next() fills one layer a call until it answers false. No recursion, no
 * allocation, no state beyond the struct; at most WALK_DEPTH_MAX encapsulations, after which the layer says DEFECT_DEPTH.
 * Every frame yields at least one layer. A frame that carries AH over ESP yields LAYER_AH, then LAYER_ESP.
 */
#ifndef DECODE_WALK_H
#define DECODE_WALK_H

#include "decode/packet.h"

#define WALK_DEPTH_MAX 16

/*
 * UDP ports that carry ESP (RFC 3948) besides 4500, as a bit set of all 65536: ports that NAT moved, learned from IKE with its marker or
 * named by an SA. Owned by the caller; NULL for none.
 */
struct walk_ports {
    uint64_t bits[1024];
};

static inline void walk_ports_add(struct walk_ports *ports, uint16_t port)
{
    ports->bits[port / 64] |= (uint64_t)1 << port % 64;
}

static inline bool walk_ports_has(const struct walk_ports *ports, uint16_t port)
{
    return ports != NULL && (ports->bits[port / 64] >> port % 64 & 1);
}

struct walk {
    const uint8_t *bytes;
    uint32_t captured, wire;
    uint32_t at;            /* next unread byte */
    uint16_t next;          /* what stands there: private to walk.c */
    uint8_t state;          /* private to walk.c */
    uint8_t depth;
    uint16_t tunnels;
    uint16_t vlan;
    uint8_t steps;          /* encapsulations so far */
    uint8_t defect;         /* of a header below, which every layer above inherits: private to walk.c */
    bool offloaded;         /* ip has a checksum of 0: private to walk.c */
    bool detached;          /* `bytes` are no part of ip's packet (walk_payload): private to walk.c */
    const struct walk_ports *ports;
    struct ip_header ip;    /* the innermost so far */
};

void walk_frame(struct walk *walk, const struct frame *frame, const struct walk_ports *ports);
/* Bytes that begin with an IP header: reassembled datagrams, opened tunnel packets. */
void walk_ip(struct walk *walk, const uint8_t *bytes, uint32_t captured, uint32_t wire, const struct walk_ports *ports);
/*
 * A payload of the given IP protocol below an IP header that the caller already has (what a transport-mode SA carried). `ip` is copied; its
 * protocol is replaced.
 */
void walk_payload(struct walk *walk, const struct ip_header *ip, uint8_t protocol, const uint8_t *bytes,
                  uint32_t captured, uint32_t wire, const struct walk_ports *ports);

/*
 * Fills every field of `layer` but `quote`, which is written for an ICMP error only and means something for LAYER_QUOTE only.
 *
 * ip       the innermost IP header that could be read; all zero (version 0) where there was none, which only LAYER_OTHER has
 * bytes    native ESP and AH, fragments, clear packets, quotes (the ICMP message): where the IP payload begins, ip.header bytes behind
 *          ip.bytes; an AH header counts as part of ip.header for what follows it. ESP, IKE and keepalives in UDP: behind the UDP header
 *          and the marker. LAYER_OTHER: where the reading stopped
 * spi, seq ESP and AH that are DECODE_OK, AH with DEFECT_AH_LENGTH, and IKE with DEFECT_IKE_NO_MARKER (its first two words, as a
 *          receiver reads them); else 0
 * defect   the lowest header's: a wrong IPv4 checksum of an outer packet is told in every layer inside. A checksum of 0, as the network
 *          card of the sending host finds it, is told as DEFECT_IP_CHECKSUM of its own packet only where nothing else is wrong
 * status   DECODE_OK with DEFECT_LINK: a link type that the walk does not know
 *
 * A clear packet that is DECODE_CUT may carry more than can be seen: ports or an encapsulation that the snap length hides. An encapsulation
 * by IP protocol whose header is damaged is LAYER_CLEAR, DECODE_BAD, DEFECT_TUNNEL.
 */
bool walk_next(struct walk *walk, struct layer *layer);

#endif
