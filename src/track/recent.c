/* recent: a ring of fingerprints. */
#include "track/recent.h"

#include <string.h>

/* Field by field into its place: a copy of the whole right after the stores would wait for them, on every packet. */
static inline void recent_fill(struct recent_packet *packet, const struct frame *frame, const struct layer *layer, uint32_t sa)
{
    uint64_t tail = 0, link = 0;
    if (layer->captured >= 8)
        memcpy(&tail, layer->bytes + layer->captured - 8, 8);
    if (frame->linktype == 1 && frame->captured >= 12) /* Ethernet: 4 bytes of each address tell hosts apart */
        memcpy(&link, frame->bytes + 2, 8);
    packet->sa = sa;
    packet->seq = layer->seq;
    packet->tail = tail;
    packet->link = link;
    packet->time_ns = frame->time_ns;
    packet->interface = frame->interface;
    packet->vlan = layer->vlan;
    packet->file = frame->file;
    packet->wire = layer->wire;
    packet->total = layer->ip.total;
    packet->frame = frame->number;
    packet->ttl = layer->ip.ttl;
    packet->df = layer->ip.df || layer->ip.version == 6;
}

void recent_add(struct recent *recent, const struct frame *frame, const struct layer *layer, uint32_t sa)
{
    recent_fill(&recent->ring[recent->next++ % RECENT_PACKETS], frame, layer, sa);
}

enum recent_result recent_find(const struct recent *recent, const struct frame *frame, const struct layer *layer,
                               uint32_t sa)
{
    struct recent_packet packet;
    recent_fill(&packet, frame, layer, sa);
    for (uint32_t back = 1; back <= RECENT_PACKETS && back <= recent->next; back++) {
        const struct recent_packet *old = &recent->ring[(recent->next - back) % RECENT_PACKETS];
        if (old->sa != sa || old->seq != packet.seq)
            continue;
        if (old->tail != packet.tail || old->wire != packet.wire)
            return RECENT_OTHER;
        bool elsewhere = old->interface != packet.interface || old->vlan != packet.vlan || old->ttl != packet.ttl ||
                         old->link != packet.link || old->file != packet.file;
        return elsewhere && packet.time_ns - old->time_ns < RECENT_SPAN_NS ? RECENT_ELSEWHERE : RECENT_SAME;
    }
    return RECENT_NONE;
}

uint32_t recent_copied(const struct recent *recent, const struct frame *frame, const struct layer *clear)
{
    struct recent_packet packet;
    recent_fill(&packet, frame, clear, 0);
    for (uint32_t back = 1; back <= RECENT_PACKETS && back <= recent->next; back++) {
        const struct recent_packet *old = &recent->ring[(recent->next - back) % RECENT_PACKETS];
        if (old->time_ns < packet.time_ns)
            break;
        if (old->time_ns == packet.time_ns && old->link == packet.link && packet.link != 0 && old->interface == packet.interface &&
            old->file == packet.file && clear->ip.total < old->wire)
            return old->sa;
    }
    return UINT32_MAX;
}
