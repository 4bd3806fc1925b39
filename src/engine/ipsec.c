/*
 * ipsec: one ESP or AH header: found, checked, opened, counted; then what came out of it.
 *
 * The kernel judges in this order too: the checks before the ICV, the ICV and the trailer, the window and the counters, the mode, and
 * last the policies, which see the packet and all SAs that it came through. What is nested (AH over ESP, ESP in ESP) is judged after its
 * envelope, with that envelope's SA on its path.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/kernel.h"
#include "engine/log.h"
#include "engine/write.h"
#include "receiver/rebuild.h"

enum { PROTOCOL_AH = 51 };

void engine_conclude(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                     const struct judgement *judgement, const struct inner_packet *inner)
{
    esplain->summary.verdicts[judgement->verdict]++;
    if (esplain->log)
        log_packet(esplain->log, frame, layer, judgement);
    bool told = verdict_row(judgement->verdict)->refused || judgement->verdict == VERDICT_DUMMY ||
                (judgement->verdict == VERDICT_UNJUDGED && judgement->cause != CAUSE_LATE_CAPTURE);
    if (told) {
        struct event event = { .kind = EVENT_VERDICT, .frame = frame, .layer = layer, .judgement = judgement,
                               .inner = inner, .sa = judgement->sa };
        esplain->sink.raise(esplain->sink.context, &event);
    }
    if (esplain->options.verdicts) {
        struct inner shown = { 0 };
        if (inner != NULL && layer->kind != LAYER_CLEAR)
            shown = (struct inner){ inner->known, inner->flow.src, inner->flow.dst, inner->flow.proto };
        report_verdict(&esplain->report, frame, layer, judgement, &shown);
    }
}

/* A duplicate that was captured at another point of its path reached the receiver once. */
static void ipsec_duplicate(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                            struct judgement *judgement)
{
    if (judgement->sa == SADB_NONE || recent_find(&esplain->recent, frame, layer, judgement->sa) != RECENT_ELSEWHERE)
        return;
    judgement->verdict = VERDICT_UNJUDGED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_LIKELY;
    judgement->cause = CAUSE_CAPTURED_TWICE;
}

/* A tunnel inside a tunnel shows once more when the outer one is opened, and was judged there. */
static void ipsec_copy(struct esplain *esplain, const struct frame *frame, const struct layer *layer, struct judgement *judgement)
{
    judgement->verdict = VERDICT_ACCEPTED;
    judgement->counter = COUNTER_NONE;
    judgement->certainty = CERTAINTY_CERTAIN;
    judgement->cause = CAUSE_OPENED_COPY;
    engine_conclude(esplain, frame, layer, judgement, NULL);
}

static uint8_t *ipsec_buffer(struct esplain *esplain, unsigned depth, uint32_t length)
{
    if (esplain->buffer_room[depth] < length) {
        uint32_t room = length < 16384 ? 16384 : length + length / 2;
        uint8_t *buffer = realloc(esplain->buffers[depth], room);
        if (buffer == NULL)
            return NULL;
        esplain->buffers[depth] = buffer;
        esplain->buffer_room[depth] = room;
    }
    return esplain->buffers[depth];
}

/* AH hides nothing: what it carries can be looked at whether or not its key is known. */
static void ipsec_plain_ah(const struct layer *layer, struct opened *opened)
{
    *opened = (struct opened){ .done = layer->wire >= layer->ah_length && layer->captured >= layer->ah_length,
                               .next = layer->next };
    if (opened->done) {
        opened->plain = layer->bytes + layer->ah_length;
        opened->length = layer->captured - layer->ah_length;
        opened->done = layer->captured == layer->wire;
    }
}

static void ipsec_open(struct esplain *esplain, const struct layer *layer, unsigned depth, struct judgement *judgement,
                       struct opened *opened)
{
    struct error error;
    *opened = (struct opened){ 0 };
    if (opening_key(esplain->db, judgement->sa, &error)) {
        uint8_t *buffer = ipsec_buffer(esplain, depth, layer->kind == LAYER_AH ? layer->ip.total : layer->wire);
        if (buffer != NULL)
            opening_open(&esplain->receiver, layer, buffer, judgement, depth == 0 ? esplain->ahead : NULL, opened);
        return;
    }
    if (error.message[0])
        engine_message(esplain, "SPI 0x%08x: its packets cannot be opened: %s", layer->spi, error.message);
    if (layer->kind == LAYER_AH)
        ipsec_plain_ah(layer, opened);
}

/* Policies that name no address (block everything, only outbound ones) are those of the receiver that the user names. */
static bool ipsec_policies_of(const struct esplain *esplain, const struct layer *layer)
{
    const struct known_pair *pair;
    if (spd_empty(esplain->spd))
        return false;
    return spd_names_nobody(esplain->spd)
               ? known_how(esplain->known, &layer->ip.src, &layer->ip.dst, SA_PROTO_ESP, &pair) == KNOWN_RECEIVER
               : spd_speaks_for(esplain->spd, &layer->ip.dst);
}

/* Last, the policies: where they are those of the receiver. */
static void ipsec_policy(struct esplain *esplain, const struct frame *frame, const struct layer *layer, const struct inner_packet *inner,
                         const struct engine_path *path, struct judgement *judgement)
{
    if (!inner->known || inner->fragment)
        return;
    struct judgement refused = *judgement;
    bool policies = !path->hidden && ipsec_policies_of(esplain, layer);
    if (engine_kernel_check(esplain, frame->time_ns, &inner->flow, &path->sas, policies, &refused))
        return;
    refused.passed = true;
    *judgement = refused;
}

/* The first IPsec header that the walk comes to, one envelope deeper. */
static void ipsec_deeper(struct esplain *esplain, const struct frame *frame, struct walk *walk, const struct engine_path *path)
{
    struct layer next;
    struct engine_path deeper = *path;
    if (++deeper.depth >= ENGINE_NESTING || !walk_next(walk, &next) || (next.kind != LAYER_ESP && next.kind != LAYER_AH))
        return;
    if (next.kind == LAYER_ESP)
        esplain->summary.esp++;
    else
        esplain->summary.ah++;
    engine_ipsec(esplain, frame, &next, engine_hash(esplain, &next), &deeper);
}

/*
 * AH in AH, both for this receiver: the inner one covers the IP header as it is once the outer one is gone. The packet is made in the buffer
 * of this depth, which the outer AH needs no more. Returns its length; 0: it cannot be made.
 */
static uint32_t ipsec_without(struct esplain *esplain, const struct layer *layer, const struct inner_packet *inner,
                              const struct engine_path *path)
{
    uint8_t *buffer = ipsec_buffer(esplain, path->depth, rebuild_room(layer, inner));
    const struct sa_definition *definition = path->sas.sas[path->sas.count - 1];
    return buffer != NULL ? rebuild_packet(layer, definition, inner, buffer) : 0;
}

static void ipsec_nested(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                         const struct inner_packet *inner, const struct engine_path *path)
{
    struct walk walk;
    uint32_t length;
    esplain->report.dosp = NULL; /* the boundary saw the envelope alone */
    if (inner->tunnel)
        walk_ip(&walk, inner->bytes, inner->length, inner->length, &esplain->ports);
    else if (inner->next == PROTOCOL_AH && layer->kind == LAYER_AH && (length = ipsec_without(esplain, layer, inner, path)) > 0)
        walk_ip(&walk, esplain->buffers[path->depth], length, length, &esplain->ports);
    else
        walk_payload(&walk, &layer->ip, inner->next, inner->bytes, inner->length, inner->length, &esplain->ports);
    ipsec_deeper(esplain, frame, &walk, path);
}

/* AH whose SA is not known hides nothing either: ESP below it is traffic of its own. */
static void ipsec_below_ah(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                           const struct engine_path *path)
{
    struct walk walk;
    struct opened opened;
    ipsec_plain_ah(layer, &opened);
    if (opened.plain == NULL)
        return;
    struct engine_path hidden = *path;
    hidden.hidden = true;
    walk_payload(&walk, &layer->ip, opened.next, opened.plain, opened.length, layer->wire - layer->ah_length, &esplain->ports);
    ipsec_deeper(esplain, frame, &walk, &hidden);
}

/* A packet that passed its ICV, or AH's payload: the mode, then either the nested header or the policies. */
static void ipsec_inside(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                         const struct opened *opened, const struct engine_path *path, struct judgement *judgement,
                         struct inner_packet *inner, struct engine_path *onward)
{
    const struct sa_definition *definition = sadb_sa(esplain->db, judgement->sa)->definition;
    *onward = *path;
    onward->sas.sas[onward->sas.count++] = definition;
    inner_look(&esplain->receiver, layer, definition, opened, inner, judgement);
    if (inner->known && inner->total)
        copies_add(&esplain->copies, inner, judgement->sa, frame->time_ns);
    if (judgement->verdict == VERDICT_ACCEPTED && !inner->nested)
        ipsec_policy(esplain, frame, layer, inner, onward, judgement);
}

/* Where the host of the policies is on the link: needed to know which clear packets reach it. */
static void ipsec_receiver(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    if (esplain->receiver_seen || !ipsec_policies_of(esplain, layer))
        return;
    esplain->receiver_seen = true;
    if (frame->linktype == LINKTYPE_ETHERNET && frame->captured >= 6) {
        memcpy(esplain->receiver_link, frame->bytes, 6);
        esplain->receiver_link_known = true;
    }
}

/* It was cut behind IPsec and put together again before the checks (RFC 4301 7). */
static void ipsec_pieces(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                         const struct judgement *judgement, const struct engine_path *path)
{
    struct event event = { .kind = EVENT_PIECES, .frame = frame, .layer = layer, .judgement = judgement, .pieces = path->pieces,
                           .piece = path->piece, .sa = judgement->sa };
    esplain->sink.raise(esplain->sink.context, &event);
}

void engine_ipsec(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash,
                  const struct engine_path *path)
{
    struct judgement judgement;
    struct receiver *receiver = &esplain->receiver;
    struct opened opened = { 0 };
    struct inner_packet inner = { 0 };
    struct engine_path onward;
    bool pass = receiver_find(receiver, frame, layer, hash, &judgement);
    if (pass) {
        ipsec_receiver(esplain, frame, layer);
        pass = receiver_before(receiver, frame, layer, &judgement);
        if (judgement.verdict == VERDICT_REPLAYED && path->depth == 0 && path->datagrams == 0 && engine_is_copy(esplain, frame, layer)) {
            ipsec_copy(esplain, frame, layer, &judgement);
            return;
        }
        if (judgement.verdict == VERDICT_REPLAYED || judgement.verdict == VERDICT_TOO_OLD)
            ipsec_duplicate(esplain, frame, layer, &judgement);
        if (pass && path->depth < ENGINE_NESTING && path->sas.count < SPD_PATH_MAX) {
            const struct sa_hot *hot = sadb_hot(esplain->db, judgement.sa);
            if (hot->flags & SA_HOT_KEYED || layer->kind == LAYER_AH)
                ipsec_open(esplain, layer, path->depth, &judgement, &opened);
            if (opened.done)
                ipsec_inside(esplain, frame, layer, &opened, path, &judgement, &inner, &onward);
        }
    } else if (judgement.sa != SADB_NONE && judgement.full <= sadb_hot(esplain->db, judgement.sa)->top) {
        ipsec_duplicate(esplain, frame, layer, &judgement);
    }
    /* no key for it here, but the host may have had one: the opened form may follow */
    if (!opened.done && layer->kind == LAYER_ESP && !spd_empty(esplain->spd) &&
        (judgement.verdict == VERDICT_ACCEPTED || judgement.verdict == VERDICT_UNJUDGED || judgement.verdict == VERDICT_UNKNOWN_SPI))
        copies_add_unopened(&esplain->copies, layer, judgement.sa, frame->time_ns);
    if (judgement.sa != SADB_NONE && (judgement.verdict == VERDICT_INTEGRITY_FAILED || judgement.verdict == VERDICT_TOO_SHORT ||
                                      judgement.verdict == VERDICT_MISALIGNED))
        engine_suspect(esplain, layer, layer->kind == LAYER_AH ? ipsec_buffer(esplain, path->depth, layer->ip.total) : NULL, &judgement);
    engine_confirm(esplain, frame, layer, &judgement);
    receiver_after(receiver, frame, layer, &judgement, opened.done ? opened.length : UINT32_MAX);
    if (judgement.sa != SADB_NONE) {
        if (flow_wants(&judgement))
            flow_update(esplain->db, &esplain->flows, frame, layer, &judgement, &esplain->sink);
        recent_add(&esplain->recent, frame, layer, judgement.sa);
    }
    engine_remark(esplain, frame, layer, &judgement, &opened, &inner);
    if (path->datagrams > 0 && path->depth == 0)
        ipsec_pieces(esplain, frame, layer, &judgement, path);
    engine_conclude(esplain, frame, layer, &judgement, &inner);
    uint64_t written = write_count(esplain);
    if (judgement.verdict == VERDICT_ACCEPTED && inner.nested)
        ipsec_nested(esplain, frame, layer, &inner, &onward);
    else if (judgement.verdict == VERDICT_UNJUDGED && layer->kind == LAYER_AH && layer->status == DECODE_OK)
        ipsec_below_ah(esplain, frame, layer, path);
    if (esplain->write && opened.done)
        write_opened(esplain, written, frame, layer, &judgement, &inner, path);
}
