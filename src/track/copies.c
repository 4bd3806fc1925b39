/* copies: a ring of opened packets. */
#include "track/copies.h"

void copies_add(struct copies *copies, const struct inner_packet *inner, uint32_t sa, int64_t time_ns)
{
    copies->ring[copies->next++ % COPIES] = (struct copy){ .sa = sa, .src = inner->flow.src, .dst = inner->flow.dst, .length = inner->total,
                                                           .id = inner->id, .time_ns = time_ns, .proto = inner->flow.proto };
}

void copies_add_unopened(struct copies *copies, const struct layer *outer, uint32_t sa, int64_t time_ns)
{
    copies->ring[copies->next++ % COPIES] = (struct copy){ .sa = sa, .src = outer->ip.src, .dst = outer->ip.dst, .length = outer->wire,
                                                           .time_ns = time_ns, .unopened = true };
}

uint32_t copies_take(struct copies *copies, const struct frame *frame, const struct layer *clear, const struct addr *outer_src,
                     const struct addr *outer_dst)
{
    int64_t time_ns = frame->time_ns;
    for (uint32_t back = 1; back <= COPIES && back <= copies->next; back++) {
        struct copy *copy = &copies->ring[(copies->next - back) % COPIES];
        int64_t age = time_ns - copy->time_ns;
        if (age >= COPIES_SPAN_NS)
            break; /* older ones are older still */
        if (copy->used || age < 0)
            continue;
        bool same = copy->unopened ? clear->ip.total < copy->length && outer_dst->family != 0 &&
                                         addr_equal(&copy->dst, outer_dst) &&
                                         (outer_src->family == 0 || addr_equal(&copy->src, outer_src))
                                   : copy->proto == clear->ip.protocol && copy->id == clear->ip.id &&
                                         copy->length == clear->ip.total && addr_equal(&copy->src, &clear->ip.src) &&
                                         addr_equal(&copy->dst, &clear->ip.dst);
        if (same) {
            copy->used = true;
            copies->explained++;
            return copy->sa;
        }
    }
    return SADB_NONE;
}
