/*
 * segment: TCP segments that carry IKE and ESP (RFC 9329), one after the other.
 *
 * Theory of operation. A connection is followed from its first byte (a SYN, or the prefix IKETCP), or from a segment whose lengths lead exactly to its end.
 * Of each direction the next sequence number is kept and how many bytes of a message are still to come, and whether they are ciphertext. What does not
 * follow becomes zeros: a gap, a repeat, TLS.
 */
#include "decode/tcp.h"
#include "veil/pass.h"

static struct veil_stream *segment_stream(struct pass *pass, uint16_t sport, uint16_t dport, bool make)
{
    struct veil *veil = pass->veil;
    for (uint32_t i = 0; i < veil->stream_count; i++) {
        struct veil_stream *stream = &veil->streams[i];
        if (stream->sport == sport && stream->dport == dport && addr_equal(&stream->src, &pass->before[0]) && addr_equal(&stream->dst, &pass->before[1]))
            return stream;
    }
    if (!make)
        return NULL;
    uint32_t at = veil->stream_count < VEIL_STREAMS_MAX ? veil->stream_count++ : veil->stream_next++ % VEIL_STREAMS_MAX;
    veil->streams[at] = (struct veil_stream){ .src = pass->before[0], .dst = pass->before[1], .sport = sport, .dport = dport };
    return &veil->streams[at];
}

/* Lengths that lead from one message to the next, exactly to the end. */
static bool segment_fits(const struct pass *pass, uint32_t at)
{
    while (at + TCP_LENGTH <= pass->limit) {
        uint32_t length = bytes_get16(pass->old + at);
        if (length <= TCP_LENGTH || length > pass->limit - at)
            return false;
        at += length;
    }
    return at == pass->limit;
}

/* The messages from `at` on; the last may go on in the next segment. */
static void segment_messages(struct pass *pass, struct veil_stream *stream, uint32_t at)
{
    while (at + TCP_LENGTH <= pass->limit) {
        struct layer layer = { 0 };
        struct pass one = *pass;
        uint32_t length = bytes_get16(pass->old + at), body = at + TCP_LENGTH;
        if (length <= TCP_LENGTH)
            break;
        uint32_t here = length < pass->limit - at ? length : pass->limit - at;
        one.end = at + length;
        one.limit = one.captured = at + here;
        one.at = body;
        tcp_message(pass->old + body, here - TCP_LENGTH, length - TCP_LENGTH, &layer);
        stream->left = length - here;
        stream->keep = layer.kind == LAYER_ESP;
        if (layer.kind == LAYER_IKE)
            stream->keep = message_change(&one, (uint32_t)(layer.bytes - pass->old), layer.wire, stream->sport, stream->dport);
        else if (layer.kind == LAYER_ESP && stream->left == 0 && opened_esp(&one))
            pass_wipe(&one, one.at, one.limit);
        else if (layer.kind == LAYER_OTHER)
            pass_wipe(&one, body + 4, one.limit);
        at += here;
    }
    if (at < pass->limit && stream->left == 0)
        pass_wipe(pass, at, pass->limit);
}

void segment_change(struct pass *pass, uint32_t payload, uint32_t seq, uint16_t sport, uint16_t dport, bool syn)
{
    uint32_t length = pass->limit > payload ? pass->limit - payload : 0, at = payload;
    bool whole = pass->limit == pass->end;
    struct veil_stream *stream = segment_stream(pass, sport, dport, syn);
    if (syn) {
        *stream = (struct veil_stream){ stream->src, stream->dst, sport, dport, seq + 1, 0, false, false };
        pass_wipe(pass, payload, pass->captured);
        return;
    }
    if (length == 0)
        return;
    bool prefixed = length >= TCP_PREFIX_LENGTH && memcmp(pass->old + payload, TCP_PREFIX, TCP_PREFIX_LENGTH) == 0;
    bool fits = prefixed || ((sport == TCP_PORT_NATT || dport == TCP_PORT_NATT) && segment_fits(pass, payload));
    if (stream == NULL && fits)
        stream = segment_stream(pass, sport, dport, true);
    bool follows = stream != NULL && stream->next == seq && (stream->followed || stream->sport == TCP_PORT_NATT || stream->dport == TCP_PORT_NATT);
    if (stream == NULL || (!fits && !follows)) {
        pass_wipe(pass, payload, pass->captured);
        return;
    }
    if (!follows)
        stream->left = 0;
    stream->followed = true;
    at += prefixed ? TCP_PREFIX_LENGTH : 0;
    uint32_t rest = stream->left < pass->limit - at ? stream->left : pass->limit - at;
    if (!stream->keep)
        pass_wipe(pass, at, at + rest);
    stream->left -= rest;
    segment_messages(pass, stream, at + rest);
    stream->next = whole ? seq + length : seq + (pass->end - payload);
    stream->left = whole ? stream->left : 0;
}
