/*
 * recent: the last packets, to tell a replay from one packet captured twice on its way.
 *
 * A mirror port, two interfaces in one file, or a router that is captured on both sides shows a packet twice; the receiver got it once. The copies carry
 * the same IPsec bytes but another interface, VLAN, link address or TTL. A true duplicate carries the same of these as well.
 */
#ifndef TRACK_RECENT_H
#define TRACK_RECENT_H

#include "decode/packet.h"

#define RECENT_PACKETS 256u                        /* looked back */
#define RECENT_SPAN_NS (1000 * (int64_t)1000000)   /* copies come within a second */

struct recent_packet {
    uint32_t sa, seq;
    uint64_t tail;      /* the last bytes: an ICV is as good as a hash */
    uint64_t link;      /* of the link addresses */
    int64_t time_ns;
    uint32_t interface;
    uint16_t vlan, file;
    uint32_t wire;      /* from the IPsec header on */
    uint32_t total;     /* of the outer IP packet */
    uint64_t frame;
    uint8_t ttl;
    bool df;            /* no router may cut it: DF, or IPv6 */
};

struct recent {
    struct recent_packet ring[RECENT_PACKETS];
    uint32_t next;
};

enum recent_result {
    RECENT_NONE,       /* no earlier packet of this SA and number among the last */
    RECENT_OTHER,      /* one with other contents */
    RECENT_SAME,       /* the same bytes at the same point: a duplicate or replay on the wire */
    RECENT_ELSEWHERE,  /* the same bytes at another point of the path */
};

void recent_add(struct recent *recent, const struct frame *frame, const struct layer *layer, uint32_t sa);
enum recent_result recent_find(const struct recent *recent, const struct frame *frame, const struct layer *layer,
                               uint32_t sa);
/*
 * Without keys: the SA of the packet that this clear one is the opened form of, or SADB_NONE (UINT32_MAX). Linux keeps the time stamp and the link
 * header of a tunnel packet when it shows it once more, opened: to the nanosecond the same, and shorter.
 */
uint32_t recent_copied(const struct recent *recent, const struct frame *frame, const struct layer *clear);

#endif
