/*
 * packet: one batch through the staircase.
 *
 * The first two passes over a batch only look: walk each frame to its first layer, hash and prefetch its slot of the SA index, then
 * prefetch the SA's cache line. The third judges, in the order of the capture. With a million SAs the misses of 64 packets overlap.
 */
#include "engine/engine.h"

#define PACKET_NESTING 8 /* reassembled datagrams inside reassembled datagrams */

static void packet_walked(struct esplain *esplain, const struct frame *frame, struct walk *walk, struct layer *layer,
                          uint64_t hash, unsigned nesting);

static void packet_event(struct esplain *esplain, enum event_kind kind, const struct frame *frame, const struct layer *layer,
                         const struct judgement *judgement)
{
    struct event event = { .kind = (uint8_t)kind, .frame = frame, .layer = layer, .judgement = judgement,
                           .sa = judgement ? judgement->sa : SADB_NONE };
    esplain->sink.raise(esplain->sink.context, &event);
}

/* A duplicate that was captured at another point of its path reached the receiver once. */
static void packet_duplicate(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                             struct judgement *judgement)
{
    if (judgement->sa == SADB_NONE)
        return;
    enum recent_result result = recent_find(&esplain->recent, frame, layer, judgement->sa);
    if (result != RECENT_ELSEWHERE)
        return;
    judgement->verdict = VERDICT_UNJUDGED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_LIKELY;
    judgement->cause = CAUSE_CAPTURED_TWICE;
}

/* True where the receiver would go on to what the packet carries. */
static bool packet_ipsec(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash)
{
    struct judgement judgement;
    struct receiver *receiver = &esplain->receiver;
    bool found = receiver_find(receiver, frame, layer, hash, &judgement);
    if (found) {
        receiver_before(receiver, frame, layer, &judgement);
        if (judgement.verdict == VERDICT_REPLAYED || judgement.verdict == VERDICT_TOO_OLD)
            packet_duplicate(esplain, frame, layer, &judgement);
    } else if (judgement.sa != SADB_NONE && judgement.full <= sadb_hot(esplain->db, judgement.sa)->top) {
        packet_duplicate(esplain, frame, layer, &judgement);
    }
    receiver_after(receiver, frame, layer, &judgement, UINT32_MAX);
    if (judgement.sa != SADB_NONE) {
        if (flow_wants(&judgement))
            flow_update(esplain->db, &esplain->flows, frame, layer, &judgement, &esplain->sink);
        recent_add(&esplain->recent, frame, layer, judgement.sa);
    }
    esplain->summary.verdicts[judgement.verdict]++;
    bool refused = verdict_row(judgement.verdict)->refused;
    if (refused || (judgement.verdict == VERDICT_UNJUDGED && judgement.cause != CAUSE_LATE_CAPTURE))
        packet_event(esplain, EVENT_VERDICT, frame, layer, &judgement);
    if (esplain->options.verdicts)
        report_verdict(&esplain->report, frame, layer, &judgement, NULL);
    return judgement.verdict == VERDICT_ACCEPTED || judgement.verdict == VERDICT_UNJUDGED;
}

static void packet_fragments_expire(struct esplain *esplain, int64_t now_ns, bool end)
{
    struct fragments_datagram datagram;
    while (fragments_expire(esplain->fragments, now_ns, end, &datagram)) {
        struct event event = { .kind = EVENT_FRAGMENTS, .datagram = &datagram, .sa = SADB_NONE };
        esplain->sink.raise(esplain->sink.context, &event);
    }
}

static void packet_fragment(struct esplain *esplain, const struct frame *frame, const struct layer *layer, unsigned nesting)
{
    const uint8_t *bytes;
    uint32_t length, pieces;
    if (esplain->fragments == NULL && (esplain->fragments = fragments_create()) == NULL)
        return;
    packet_fragments_expire(esplain, frame->time_ns, false);
    if (fragments_add(esplain->fragments, frame, layer, &bytes, &length, &pieces) != FRAGMENTS_COMPLETE)
        return;
    struct walk walk;
    struct layer inner;
    struct frame whole = *frame;
    whole.bytes = bytes;
    whole.captured = whole.wire = length;
    whole.linktype = 101; /* raw IP */
    walk_ip(&walk, bytes, length, length, &esplain->ports);
    if (!walk_next(&walk, &inner))
        return;
    uint64_t hash = inner.kind == LAYER_ESP || inner.kind == LAYER_AH
                        ? sadb_hash(esplain->db, &inner.ip.dst, inner.spi, inner.kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP)
                        : 0;
    packet_walked(esplain, &whole, &walk, &inner, hash, nesting + 1);
}

static void packet_ike(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    esplain->summary.ike++;
    detect_saw_source(&esplain->detect, &layer->ip.src);
    if (layer->marker && layer->sport != 4500 && layer->dport != 4500) { /* NAT moved both: ESP will follow there */
        walk_ports_add(&esplain->ports, layer->sport);
        walk_ports_add(&esplain->ports, layer->dport);
    }
    if (layer->defect == DEFECT_IKE_NO_MARKER) { /* a receiver reads it as ESP */
        struct layer esp = *layer;
        esp.kind = LAYER_ESP;
        esp.status = DECODE_OK;
        packet_ipsec(esplain, frame, &esp, sadb_hash(esplain->db, &esp.ip.dst, esp.spi, SA_PROTO_ESP));
    }
    if (layer->defect != DEFECT_NONE)
        packet_event(esplain, EVENT_DEFECT, frame, layer, NULL);
}

/* One layer; true where the walk may go on. */
static bool packet_layer(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash,
                         unsigned nesting, bool *relevant)
{
    struct summary *summary = &esplain->summary;
    *relevant = true;
    switch ((enum layer_kind)layer->kind) {
    case LAYER_ESP:
        summary->esp++;
        packet_ipsec(esplain, frame, layer, hash);
        return false;
    case LAYER_AH:
        summary->ah++;
        return packet_ipsec(esplain, frame, layer, hash);
    case LAYER_IKE:
        packet_ike(esplain, frame, layer);
        return true;
    case LAYER_KEEPALIVE:
        summary->keepalives++;
        detect_saw_source(&esplain->detect, &layer->ip.src);
        return true;
    case LAYER_FRAGMENT:
        if (nesting < PACKET_NESTING)
            packet_fragment(esplain, frame, layer, nesting);
        *relevant = nesting > 0;
        return true;
    case LAYER_QUOTE:
        packet_event(esplain, EVENT_QUOTE, frame, layer, NULL);
        *relevant = false;
        return true;
    case LAYER_NONE:
    case LAYER_CLEAR:
    case LAYER_OTHER:
        if (layer->defect != DEFECT_NONE && layer->status == DECODE_BAD)
            packet_event(esplain, EVENT_DEFECT, frame, layer, NULL);
        if (layer->kind == LAYER_CLEAR && layer->depth == 0)
            detect_saw_source(&esplain->detect, &layer->ip.src);
        *relevant = false;
        return true;
    }
    return true;
}

static void packet_walked(struct esplain *esplain, const struct frame *frame, struct walk *walk, struct layer *layer,
                          uint64_t hash, unsigned nesting)
{
    bool relevant = false, any = false;
    bool after_ah = false;
    for (;;) {
        if (!(after_ah && layer->kind == LAYER_CLEAR)) {
            bool go_on = packet_layer(esplain, frame, layer, hash, nesting, &relevant);
            any |= relevant;
            if (!go_on)
                break;
        }
        after_ah |= layer->kind == LAYER_AH;
        if (!walk_next(walk, layer))
            break;
        if (layer->kind == LAYER_ESP || layer->kind == LAYER_AH)
            hash = sadb_hash(esplain->db, &layer->ip.dst, layer->spi, layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
    }
    if (!any && nesting == 0)
        esplain->summary.other++;
}

void engine_packet(struct esplain *esplain, const struct frame *frame, struct engine_slot *slot)
{
    struct summary *summary = &esplain->summary;
    if (summary->frames++ == 0)
        summary->first_ns = summary->last_ns = esplain->detect.first_ns = esplain->detect.last_ns = frame->time_ns;
    summary->bytes += frame->wire;
    if (frame->time_ns > summary->last_ns)
        summary->last_ns = esplain->detect.last_ns = frame->time_ns;
    else if (frame->time_ns < summary->first_ns)
        summary->first_ns = esplain->detect.first_ns = frame->time_ns;
    packet_walked(esplain, frame, &slot->walk, &slot->layer, slot->hash, 0);
}

void engine_batch(struct esplain *esplain, size_t count)
{
    struct sadb *db = esplain->db;
    for (size_t i = 0; i < count; i++) {
        struct engine_slot *slot = &esplain->slots[i];
        walk_frame(&slot->walk, &esplain->frames[i], &esplain->ports);
        if (!walk_next(&slot->walk, &slot->layer))
            slot->layer.kind = LAYER_OTHER;
        if (slot->layer.kind == LAYER_ESP || slot->layer.kind == LAYER_AH) {
            slot->hash = sadb_hash(db, &slot->layer.ip.dst, slot->layer.spi,
                                   slot->layer.kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
            sadb_prefetch(db, slot->hash);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct layer *layer = &esplain->slots[i].layer;
        if (layer->kind != LAYER_ESP && layer->kind != LAYER_AH)
            continue;
        uint32_t index = sadb_probe(db, esplain->slots[i].hash, &layer->ip.dst, layer->spi,
                                    layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
        if (index != SADB_NONE)
            __builtin_prefetch(sadb_hot(db, index), 1);
    }
    for (size_t i = 0; i < count; i++)
        engine_packet(esplain, &esplain->frames[i], &esplain->slots[i]);
    if (esplain->fragments && count)
        packet_fragments_expire(esplain, esplain->frames[count - 1].time_ns, false);
}

void engine_end_fragments(struct esplain *esplain)
{
    if (esplain->fragments)
        packet_fragments_expire(esplain, esplain->summary.last_ns, true);
}
