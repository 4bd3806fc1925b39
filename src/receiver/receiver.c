/* receiver: the checks that need no key, in the order that Linux and RFC 4301 5.2 do them. */
#include "receiver/receiver.h"

#include "sa/replay.h"

/*
 * A hard byte or packet limit ends an SA through a timer that the refused packet itself starts, so the history shows the end
 * just after that packet: 0.3 ms on an idle kernel, a few where it is busy.
 */
#define RECEIVER_EXPIRY_LAG_NS (10 * (int64_t)1000000)

static void receiver_refuse(struct judgement *judgement, enum verdict verdict, enum certainty certainty)
{
    judgement->verdict = (uint8_t)verdict;
    judgement->certainty = (uint8_t)certainty;
    judgement->counter = verdict_row(verdict)->counter;
}

/*
 * A wrong checksum is believed where most packets of the same SA have a right one: a capturing host that leaves checksums to its network card
 * shows all of its own as wrong.
 */
static bool receiver_checksum(struct sa_hot *hot, const struct layer *layer, struct judgement *judgement)
{
    bool ip = layer->defect == DEFECT_IP_CHECKSUM;
    if (!ip && layer->defect != DEFECT_UDP_CHECKSUM) {
        hot->sums_right += hot->sums_right < UINT8_MAX;
        return true;
    }
    bool believed = hot->sums_right > hot->sums_wrong;
    hot->sums_wrong += hot->sums_wrong < UINT8_MAX;
    if (!believed)
        return true;
    judgement->cause = ip ? CAUSE_IP_CHECKSUM : CAUSE_UDP_CHECKSUM;
    receiver_refuse(judgement, VERDICT_UNJUDGED, CERTAINTY_LIKELY);
    return false;
}

bool receiver_find(struct receiver *receiver, const struct frame *frame, const struct layer *layer, uint64_t hash,
                   struct judgement *judgement)
{
    *judgement = (struct judgement){ .verdict = VERDICT_ACCEPTED, .certainty = CERTAINTY_LIKELY, .defect = layer->defect,
                                     .sa = SADB_NONE, .near = SADB_NONE };
    uint8_t proto = layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP;
    if (layer->status != DECODE_OK && layer->defect != DEFECT_AH_LENGTH) {
        receiver_refuse(judgement, layer->status == DECODE_CUT ? VERDICT_CUT : VERDICT_HEADER_INVALID,
                        CERTAINTY_CERTAIN);
        return false;
    }
    uint32_t other;
    judgement->sa = sadb_find(receiver->db, hash, &layer->ip.src, &layer->ip.dst, layer->spi, proto, frame->time_ns,
                              &other);
    if (judgement->sa != SADB_NONE)
        return receiver_checksum(sadb_hot(receiver->db, judgement->sa), layer, judgement);
    receiver_unknown(receiver, frame, layer, other, judgement);
    return false;
}

static bool receiver_sequence(const struct sa_hot *hot, const struct layer *layer, struct judgement *judgement)
{
    if (!(hot->flags & (SA_HOT_STARTED | SA_HOT_TAKEN)) && (hot->flags & SA_HOT_ESN)) {
        judgement->full = layer->seq; /* no telling yet which high half the sender is in */
        return true;
    }
    enum replay_result result = replay_check(hot, layer->seq, &judgement->full);
    if (result == REPLAY_OK) {
        /*
         * ESN takes a number left of the window for the next high half. Without the ICV that stands unproved, and a late packet is as
         * likely, so the window is not moved by it.
         */
        if ((hot->flags & SA_HOT_ESN) && judgement->full > hot->top && judgement->full - hot->top > UINT32_MAX / 2)
            judgement->certainty = CERTAINTY_POSSIBLE;
        return true;
    }
    /* without keys nobody knows whether what moved the window, or filled it, had passed its ICV */
    receiver_refuse(judgement, result == REPLAY_DUPLICATE ? VERDICT_REPLAYED : VERDICT_TOO_OLD,
                    hot->flags & SA_HOT_KEYED || result == REPLAY_ZERO ? CERTAINTY_CERTAIN : CERTAINTY_LIKELY);
    if (result == REPLAY_ZERO) {
        judgement->verdict = VERDICT_REPLAYED;
        judgement->cause = CAUSE_SEQUENCE_ZERO;
    }
    return false;
}

/* May packets or bytes end it? A limit of time alone refuses nothing while the SA is there. */
static bool receiver_counts(const struct sa_definition *definition)
{
    const struct sa_limits *hard = &definition->hard;
    return hard->packets || hard->bytes || !(hard->add_s || hard->use_s);
}

/* Limits count what was accepted before this packet (xfrm_state_check_expire): packet N+1 of a limit of N is refused. */
static bool receiver_lifetime(const struct sa_hot *hot, const struct sa *sa, int64_t now, struct judgement *judgement)
{
    if (hot->flags & SA_HOT_LIMITS) {
        const struct sa_definition *definition = sa->definition;
        const struct sa_limits *hard = &definition->hard;
        judgement->cause = CAUSE_NONE;
        if (hard->packets && hot->packets + sa->before_packets >= hard->packets)
            judgement->cause = CAUSE_PACKET_LIMIT;
        else if (hard->bytes && hot->bytes + sa->before_bytes >= hard->bytes)
            judgement->cause = CAUSE_BYTE_LIMIT;
        else if (hard->add_s && definition->added_known && hot->flags & SA_HOT_STARTED &&
                 /* the dump gives whole seconds; and only an SA that was seen alive before can be seen to expire */
                 hot->last_ns < definition->added_ns + (int64_t)hard->add_s * 1000000000 &&
                 now > definition->added_ns + (int64_t)(hard->add_s + 1) * 1000000000)
            judgement->cause = CAUSE_TIME_LIMIT;
        if (judgement->cause != CAUSE_NONE) {
            bool first = sa->verdicts[VERDICT_EXPIRED] == 0;
            receiver_refuse(judgement, VERDICT_EXPIRED,
                            judgement->cause == CAUSE_TIME_LIMIT ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN);
            /* the first one finds the SA at its limit; after it, or after the timer, there is no SA any more */
            if (!first || judgement->cause == CAUSE_TIME_LIMIT)
                judgement->counter = COUNTER_IN_NO_STATES;
            return false;
        }
    }
    if (sa->ended_known && sa->ended_by == SA_END_EXPIRED && sa->ended_ns - now < RECEIVER_EXPIRY_LAG_NS && receiver_counts(sa->definition)) {
        receiver_refuse(judgement, VERDICT_EXPIRED, CERTAINTY_LIKELY);
        judgement->span_ns = now - sa->ended_ns;
        return false;
    }
    return true;
}

static bool receiver_sizes(const struct sa_hot *hot, const struct sa *sa, const struct layer *layer,
                           struct judgement *judgement)
{
    if (layer->kind == LAYER_AH) {
        if (layer->defect == DEFECT_AH_LENGTH) {
            receiver_refuse(judgement, VERDICT_HEADER_INVALID, CERTAINTY_CERTAIN);
            judgement->counter = COUNTER_IN_STATE_PROTO_ERROR; /* the kernel finds out after the lookup */
            return false;
        }
        if (!(hot->flags & SA_HOT_SIZES))
            return true;
        /* Linux takes both the full digest and the truncated ICV, each padded to 8 bytes, or to 4 on IPv4 with align4. */
        bool align4 = sa->definition->align4 && layer->ip.version == 4;
        uint32_t mask = align4 ? 3 : 7;
        if (layer->ah_length == ((hot->minimum + mask) & ~mask))
            return true;
        if (sa->definition->align_unknown && layer->ip.version == 4 && layer->ah_length == ((hot->minimum + 3u) & ~3u))
            return true;
        const struct integrity *integrity = sa->definition->integrity;
        if (integrity != NULL && /* a digest and a MAC are as long as the key here */
            layer->ah_length == ((12u + integrity->key + mask) & ~mask))
            return true;
        receiver_refuse(judgement, VERDICT_TOO_SHORT, CERTAINTY_CERTAIN);
        return false;
    }
    if (!(hot->flags & SA_HOT_SIZES))
        return true;
    if (layer->wire < hot->minimum) {
        receiver_refuse(judgement, VERDICT_TOO_SHORT, CERTAINTY_CERTAIN);
        return false;
    }
    if (hot->block > 1 && (layer->wire - hot->overhead) % hot->block != 0) {
        receiver_refuse(judgement, VERDICT_MISALIGNED, CERTAINTY_CERTAIN);
        return false;
    }
    return true;
}

bool receiver_before(struct receiver *receiver, const struct frame *frame, const struct layer *layer,
                     struct judgement *judgement)
{
    const struct sa_hot *hot = sadb_hot(receiver->db, judgement->sa);
    if (hot->flags & SA_HOT_LARVAL) {
        receiver_refuse(judgement, VERDICT_NOT_READY, CERTAINTY_CERTAIN);
        return false;
    }
    if (hot->flags & SA_HOT_ENCAP && hot->encap != layer->encap) {
        receiver_refuse(judgement, VERDICT_WRONG_ENCAPSULATION, CERTAINTY_CERTAIN);
        return false;
    }
    if (!receiver_sequence(hot, layer, judgement))
        return false;
    const struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    if (hot->flags & (SA_HOT_LIMITS | SA_HOT_TIMED) && !receiver_lifetime(hot, sa, frame->time_ns, judgement))
        return false;
    return receiver_sizes(hot, sa, layer, judgement);
}

/* What a packet gives to the byte count of its SA, from below: the padding is not known without the key. */
static uint32_t receiver_bytes(const struct sa_hot *hot, const struct layer *layer)
{
    if (layer->kind == LAYER_AH)
        return layer->wire - layer->ah_length;
    uint32_t around = hot->overhead + 2u + (hot->block > 4 ? hot->block : 4u) - 1;
    return hot->flags & SA_HOT_SIZES && layer->wire > around ? layer->wire - around : 0;
}

void receiver_after(struct receiver *receiver, const struct frame *frame, const struct layer *layer,
                    struct judgement *judgement, uint32_t bytes)
{
    if (judgement->sa == SADB_NONE)
        return;
    struct sa_hot *hot = sadb_hot(receiver->db, judgement->sa);
    judgement->top = hot->flags & SA_HOT_STARTED ? hot->top : 0; /* of this capture: a window taken over says nothing of what it lacks */
    if (judgement->verified)
        sadb_sa(receiver->db, judgement->sa)->verified++;
    if (judgement->verdict == VERDICT_ACCEPTED)
        judgement->passed = true;
    else if (judgement->passed) /* refused, but only after the window had moved */
        sadb_sa(receiver->db, judgement->sa)->verdicts[judgement->verdict]++;
    bool counted = judgement->passed || (hot->flags & SA_HOT_SEEN && judgement->verdict == VERDICT_UNJUDGED);
    if (!counted) {
        struct sa *sa = sadb_sa(receiver->db, judgement->sa);
        sa->verdicts[judgement->verdict]++;
        sa->wire_packets++;
        sa->wire_bytes += layer->wire;
        if (sa->first_frame == 0) {
            sa->first_frame = frame->number;
            sa->first_file = frame->file;
            sa->first_ns = frame->time_ns;
            sa->first_seq = layer->seq;
        }
        sa->last_frame = frame->number;
        hot->last_ns = frame->time_ns;
        return;
    }
    hot->last_ns = frame->time_ns;
    hot->packets++;
    hot->wire_bytes += layer->wire;
    hot->bytes += bytes != UINT32_MAX ? bytes : hot->flags & SA_HOT_SEEN ? layer->wire : receiver_bytes(hot, layer);
    if (hot->flags & SA_HOT_STARTED) {
        judgement->in_order = judgement->full == hot->top + 1;
        if (judgement->certainty != CERTAINTY_POSSIBLE || judgement->full <= hot->top)
            replay_advance(hot, judgement->full);
        return;
    }
    struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    hot->flags |= SA_HOT_STARTED;
    sa->first_ns = sa->first_frame ? sa->first_ns : frame->time_ns;
    sa->first_file = sa->first_frame ? sa->first_file : frame->file;
    sa->first_frame = sa->first_frame ? sa->first_frame : frame->number;
    sa->first_seq = judgement->full;
    /* packets before the capture may have been anything: the window starts at this one, below it nothing is marked */
    replay_advance(hot, judgement->full);
}
