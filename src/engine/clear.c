/*
 * clear: packets outside IPsec, against the policies: what must be protected and is not (RFC 4301 5.2 step 3).
 *
 * A capture shows clear packets in places where no policy applies: on the inner side of the gateway, and the opened copies that Linux
 * shows on the outer interface. So a clear packet is judged only where it is addressed, on the link, to the host whose policies these are,
 * and when it is not the copy of a packet that was opened.
 */
#include <string.h>

#include "engine/kernel.h"

/* Does the frame go to the host that IPsec packets of this receiver go to? Where the link tells nothing, the user's --receiver does. */
static bool clear_reaches(const struct esplain *esplain, const struct frame *frame)
{
    if (frame->linktype == LINKTYPE_ETHERNET && esplain->receiver_link_known && frame->captured >= 6)
        return memcmp(frame->bytes, esplain->receiver_link, 6) == 0;
    return esplain->options.receiver_count > 0 || esplain->receiver_seen;
}

bool engine_is_copy(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    struct spd_flow flow = { .src = layer->ip.src, .dst = layer->ip.dst, .proto = layer->ip.protocol };
    struct addr outer_src = { 0 }, outer_dst = { 0 };
    if (!spd_empty(esplain->spd))
        spd_tunnel(esplain->spd, &flow, &outer_src, &outer_dst);
    uint32_t index = copies_take(&esplain->copies, frame, layer, &outer_src, &outer_dst);
    if (index == SADB_NONE)
        index = recent_copied(&esplain->recent, frame, layer);
    if (index == SADB_NONE)
        return false;
    struct sa *sa = sadb_sa(esplain->db, index);
    sa->copied++;
    sa->copied_until = sa_packets(esplain->db, index);
    sa->copied_frame = frame->number;
    sa->copied_ns = frame->time_ns;
    return true;
}

void engine_clear(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    bool copy = esplain->recent.next != 0 && layer->status == DECODE_OK && engine_is_copy(esplain, frame, layer);
    if (spd_empty(esplain->spd) || layer->status != DECODE_OK || layer->tunnels & ~(1u << TUNNEL_VLAN) || !clear_reaches(esplain, frame))
        return;
    struct spd_flow flow = { .src = layer->ip.src, .dst = layer->ip.dst };
    struct spd_path none = { .count = 0 };
    struct judgement judgement = { .verdict = VERDICT_ACCEPTED, .sa = SADB_NONE, .near = SADB_NONE };
    inner_flow(&flow, layer->ip.protocol, layer->bytes, layer->captured);
    if (engine_kernel_check(esplain, frame->time_ns, &flow, &none, true, &judgement))
        return;
    if (copy) {
        judgement.verdict = VERDICT_UNJUDGED;
        judgement.counter = COUNTER_NONE;
        judgement.cause = CAUSE_OPENED_COPY;
        engine_event(esplain, EVENT_VERDICT, frame, layer, &judgement);
        return;
    }
    engine_confirm(esplain, frame, layer, &judgement);
    if (judgement.verdict == VERDICT_UNJUDGED) /* it went up another way, or was opened where the capture does not see it */
        return;
    struct inner_packet shown = { .known = true, .flow = flow };
    engine_conclude(esplain, frame, layer, &judgement, &shown);
}
