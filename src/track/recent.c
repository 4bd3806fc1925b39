/* recent: a ring of fingerprints. */
#include "track/recent.h"

#include <string.h>

static struct recent_packet recent_of(const struct frame *frame, const struct layer *layer, uint32_t sa)
{
    struct recent_packet packet = { .sa = sa, .seq = layer->seq, .time_ns = frame->time_ns,
                                    .interface = frame->interface, .vlan = layer->vlan, .file = frame->file,
                                    .wire = layer->wire, .total = layer->ip.total, .frame = frame->number,
                                    .ttl = layer->ip.ttl, .df = layer->ip.df || layer->ip.version == 6 };
    if (layer->captured >= 8)
        memcpy(&packet.tail, layer->bytes + layer->captured - 8, 8);
    if (frame->linktype == 1 && frame->captured >= 12) /* Ethernet: 4 bytes of each address tell hosts apart */
        memcpy(&packet.link, frame->bytes + 2, 8);
    return packet;
}

void recent_add(struct recent *recent, const struct frame *frame, const struct layer *layer, uint32_t sa)
{
    recent->ring[recent->next++ % RECENT_PACKETS] = recent_of(frame, layer, sa);
}

enum recent_result recent_find(const struct recent *recent, const struct frame *frame, const struct layer *layer,
                               uint32_t sa)
{
    struct recent_packet packet = recent_of(frame, layer, sa);
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
    struct recent_packet packet = recent_of(frame, clear, 0);
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
