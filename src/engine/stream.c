/*
 * stream: TCP segments that carry IKE and ESP (RFC 9329): each message of a stream is judged as the packet that it is.
 *
 * A message goes by the IP header and the frame of the segment that completed it. The segments themselves are no clear packets to the
 * policies: daemons and kernels let the ports of IKE pass.
 */
#include "engine/engine.h"

static void stream_message(struct esplain *esplain, const struct frame *frame, const struct layer *segment,
                           const struct stream_message *message, const struct engine_path *path)
{
    struct layer layer = *segment;
    struct engine_path inside = *path;
    inside.datagrams = inside.pieces = inside.piece = 0;
    tcp_message(message->bytes, message->captured, message->wire, &layer);
    bool ipsec = layer.kind == LAYER_ESP;
    engine_layer(esplain, frame, &layer, ipsec ? engine_hash(esplain, &layer) : 0, &inside);
}

enum stream_answer engine_stream(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                                 const struct engine_path *path)
{
    struct stream_message message;
    if (esplain->streams == NULL && (esplain->streams = streams_create()) == NULL)
        return STREAM_FOREIGN;
    enum stream_answer answer = streams_add(esplain->streams, frame, layer);
    while (streams_next(esplain->streams, &message)) {
        answer = STREAM_TAKEN;
        stream_message(esplain, frame, layer, &message, path);
    }
    return answer;
}

void engine_end_streams(struct esplain *esplain)
{
    if (esplain->streams == NULL)
        return;
    const struct stream_counts *counts = streams_counts(esplain->streams);
    if (counts->streams && (counts->gaps || counts->searches))
        engine_message(esplain, "IKE and ESP in TCP: %llu gap%s in the capture, after which messages were looked for %llu time%s",
                       (unsigned long long)counts->gaps, counts->gaps == 1 ? "" : "s", (unsigned long long)counts->searches,
                       counts->searches == 1 ? "" : "s");
}
