/*
 * packet: one batch through the staircase.
 *
 * The first two passes over a batch only look: walk each frame to its first layer, hash and prefetch its slot of the SA index, then
 * prefetch the SA's cache line. The third judges, in the order of the capture. With a million SAs the misses of 64 packets overlap.
 */
#include "engine/write.h"

#define PACKET_DATAGRAMS 8u /* reassembled datagrams inside reassembled datagrams */

void engine_event(struct esplain *esplain, enum event_kind kind, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement)
{
    struct event event = { .kind = (uint8_t)kind, .frame = frame, .layer = layer, .judgement = judgement,
                           .sa = judgement ? judgement->sa : SADB_NONE };
    esplain->sink.raise(esplain->sink.context, &event);
}

static void packet_fragments_expire(struct esplain *esplain, int64_t now_ns, bool end)
{
    struct fragments_datagram datagram;
    while (fragments_expire(esplain->fragments, now_ns, end, &datagram)) {
        struct event event = { .kind = EVENT_FRAGMENTS, .datagram = &datagram, .sa = SADB_NONE };
        esplain->sink.raise(esplain->sink.context, &event);
    }
}

/*
 * The length of the largest piece, as an IP packet. Whoever cuts a datagram makes all pieces but the last of one size, the largest that fits,
 * so the offset of the last one tells it; 0 where another piece came last, or the sizes differ.
 */
static uint32_t packet_piece(const struct layer *last, uint32_t pieces)
{
    if (last->ip.mf || pieces < 2 || last->ip.fragment_at % (pieces - 1) != 0)
        return 0;
    return last->ip.header + last->ip.fragment_at / (pieces - 1);
}

static void packet_fragment(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                            const struct engine_path *path)
{
    const uint8_t *bytes;
    uint32_t length, pieces;
    if (path->datagrams >= PACKET_DATAGRAMS || (path->datagrams == 0 && engine_is_copy(esplain, frame, layer)))
        return;
    if (esplain->fragments == NULL && (esplain->fragments = fragments_create()) == NULL)
        return;
    packet_fragments_expire(esplain, frame->time_ns, false);
    if (fragments_add(esplain->fragments, frame, layer, &bytes, &length, &pieces) != FRAGMENTS_COMPLETE)
        return;
    struct walk walk;
    struct layer inner;
    struct frame whole = *frame;
    struct engine_path deeper = *path;
    deeper.datagrams++;
    deeper.pieces = pieces;
    deeper.piece = packet_piece(layer, pieces);
    whole.bytes = bytes;
    whole.captured = whole.wire = length;
    whole.linktype = LINKTYPE_RAW;
    walk_ip(&walk, bytes, length, length, &esplain->ports);
    if (walk_next(&walk, &inner))
        engine_walked(esplain, &whole, &walk, &inner, &deeper);
}

static void packet_ike(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                       const struct engine_path *path)
{
    esplain->summary.ike++;
    detect_saw_source(&esplain->detect, &layer->ip.src);
    if (layer->defect != DEFECT_IKE_NO_MARKER)
        ike_sessions_message(esplain->sessions, frame, layer);
    bool moved = layer->encap == ENCAP_UDP && layer->sport != 4500 && layer->dport != 4500;
    if (moved && layer->marker) { /* NAT moved both: ESP will follow there */
        if (!walk_ports_has(&esplain->ports, layer->sport) || !walk_ports_has(&esplain->ports, layer->dport))
            esplain->ports_learned++;
        walk_ports_add(&esplain->ports, layer->sport);
        walk_ports_add(&esplain->ports, layer->dport);
    }
    uint64_t unknown = esplain->summary.verdicts[VERDICT_UNKNOWN_SPI];
    if (layer->defect == DEFECT_IKE_NO_MARKER) { /* a receiver reads it as ESP */
        struct layer esp = *layer;
        esp.kind = LAYER_ESP;
        esp.status = DECODE_OK;
        engine_ipsec(esplain, frame, &esp, engine_hash(esplain, &esp), path);
    }
    /* where the receiver's verdict has told of it, that is enough */
    if (layer->defect != DEFECT_NONE && unknown == esplain->summary.verdicts[VERDICT_UNKNOWN_SPI])
        engine_event(esplain, EVENT_DEFECT, frame, layer, NULL);
}

/* A packet of another protocol, or a segment of a TCP stream that may be IKE's; true: it was. */
static bool packet_clear(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                         const struct engine_path *path)
{
    enum stream_answer answer = stream_may_be(layer) ? engine_stream(esplain, frame, layer, path) : STREAM_FOREIGN;
    if (layer->depth == 0) {
        detect_saw_source(&esplain->detect, &layer->ip.src);
        if (answer == STREAM_FOREIGN)
            engine_clear(esplain, frame, layer);
    }
    return answer == STREAM_TAKEN;
}

bool engine_layer(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash,
                  const struct engine_path *path)
{
    struct summary *summary = &esplain->summary;
    switch ((enum layer_kind)layer->kind) {
    case LAYER_ESP:
        summary->esp++;
        engine_ipsec(esplain, frame, layer, hash, path);
        return true;
    case LAYER_AH:
        summary->ah++;
        engine_ipsec(esplain, frame, layer, hash, path);
        return true;
    case LAYER_IKE:
        packet_ike(esplain, frame, layer, path);
        return true;
    case LAYER_KEEPALIVE:
        summary->keepalives++;
        detect_saw_source(&esplain->detect, &layer->ip.src);
        engine_event(esplain, EVENT_KEEPALIVE, frame, layer, NULL);
        return true;
    case LAYER_FRAGMENT:
        packet_fragment(esplain, frame, layer, path);
        return false;
    case LAYER_QUOTE:
        engine_event(esplain, EVENT_QUOTE, frame, layer, NULL);
        return false;
    case LAYER_NONE:
    case LAYER_CLEAR:
    case LAYER_OTHER:
        if (layer->defect != DEFECT_NONE && layer->status == DECODE_BAD)
            engine_event(esplain, EVENT_DEFECT, frame, layer, NULL);
        return layer->kind == LAYER_CLEAR && packet_clear(esplain, frame, layer, path);
    }
    return false;
}

void engine_walked(struct esplain *esplain, const struct frame *frame, struct walk *walk, struct layer *layer,
                   const struct engine_path *path)
{
    bool outer = esplain->boundary != NULL && path->depth == 0;
    if (outer)
        engine_dosp_judge(esplain, frame, layer);
    do {
        bool ipsec = layer->kind == LAYER_ESP || layer->kind == LAYER_AH;
        engine_layer(esplain, frame, layer, ipsec ? engine_hash(esplain, layer) : 0, path);
        if (ipsec) /* what is inside was dealt with there */
            break;
    } while (walk_next(walk, layer));
    if (outer)
        engine_dosp_close(esplain, frame, layer);
}

static void packet_frame(struct esplain *esplain, const struct frame *frame, struct engine_slot *slot)
{
    static const struct engine_path outside;
    struct summary *summary = &esplain->summary;
    if (summary->frames++ == 0)
        summary->first_ns = summary->last_ns = esplain->detect.first_ns = esplain->detect.last_ns = frame->time_ns;
    summary->bytes += frame->wire;
    if (frame->time_ns > summary->last_ns)
        summary->last_ns = esplain->detect.last_ns = frame->time_ns;
    else if (frame->time_ns < summary->first_ns)
        summary->first_ns = esplain->detect.first_ns = frame->time_ns;
    if (esplain->boundary)
        engine_dosp_judge(esplain, frame, &slot->layer);
    bool relevant = engine_layer(esplain, frame, &slot->layer, slot->hash, &outside);
    if (slot->layer.kind != LAYER_ESP && slot->layer.kind != LAYER_AH)
        while (walk_next(&slot->walk, &slot->layer)) {
            bool ipsec = slot->layer.kind == LAYER_ESP || slot->layer.kind == LAYER_AH;
            relevant |= engine_layer(esplain, frame, &slot->layer, ipsec ? engine_hash(esplain, &slot->layer) : 0, &outside);
            if (ipsec)
                break;
        }
    if (esplain->boundary)
        engine_dosp_close(esplain, frame, &slot->layer);
    if (!relevant)
        summary->other++;
}

/* To the first layer, and the slot of the SA index on its way into the cache. */
static void packet_walk(const struct esplain *esplain, const struct frame *frame, struct engine_slot *slot)
{
    walk_frame(&slot->walk, frame, &esplain->ports);
    if (!walk_next(&slot->walk, &slot->layer))
        slot->layer.kind = LAYER_OTHER;
    slot->ports = esplain->ports_learned;
    if (slot->layer.kind == LAYER_ESP || slot->layer.kind == LAYER_AH) {
        slot->hash = engine_hash(esplain, &slot->layer);
        sadb_prefetch(esplain->db, slot->hash);
    }
}

void engine_walk(const struct esplain *esplain, const struct frame *frames, struct engine_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        packet_walk(esplain, &frames[i], &slots[i]);
}

void engine_judge(struct esplain *esplain, const struct frame *frames, struct engine_slot *slots,
                  const struct opened_ahead *ahead, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct layer *layer = &slots[i].layer;
        if (layer->kind != LAYER_ESP && layer->kind != LAYER_AH)
            continue;
        uint32_t index = sadb_probe(esplain->db, slots[i].hash, &layer->ip.dst, layer->spi,
                                    layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
        if (index != SADB_NONE)
            __builtin_prefetch(sadb_hot(esplain->db, index), 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (slots[i].ports != esplain->ports_learned) /* a port was learned since: ESP may be where none was known */
            packet_walk(esplain, &frames[i], &slots[i]);
        esplain->ahead = ahead ? &ahead[i] : NULL;
        if (esplain->write)
            write_look(esplain, &frames[i]);
        packet_frame(esplain, &frames[i], &slots[i]);
    }
    esplain->ahead = NULL;
    if (esplain->write)
        write_look(esplain, NULL);
    if (esplain->fragments && count)
        packet_fragments_expire(esplain, frames[count - 1].time_ns, false);
}

void engine_expire(struct esplain *esplain, int64_t now_ns)
{
    if (esplain->fragments)
        packet_fragments_expire(esplain, now_ns, false);
}

void engine_end_fragments(struct esplain *esplain)
{
    if (esplain->fragments)
        packet_fragments_expire(esplain, esplain->summary.last_ns, true);
}
