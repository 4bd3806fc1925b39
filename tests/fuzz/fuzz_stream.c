/*
 * fuzz_stream: hostile TCP segments of a few connections.
 * Input: records of an 8-byte head and payload: who sends (bits 0 to 2: connection, side), flags, ports, sequence number near a base, how
 * much of the payload was captured, and its length. What comes out must lie within its lengths, and the counts must add up.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "reassembly/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 8 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t *build(const uint8_t head[HEAD], const uint8_t *payload, uint32_t length, struct layer *layer)
{
    static const uint16_t ports[] = { 4500, 443, 4500, 8443 };
    bool back = head[0] & 1;
    uint16_t near = (uint16_t)(40000 + (head[0] >> 1 & 3)), far = ports[head[0] >> 3 & 3];
    uint32_t hidden = head[0] & 0x80 ? head[6] % (length + 1) : 0, all = TCP_HEADER + length - hidden;
    uint8_t *bytes = calloc(1, all);
    require(bytes != NULL);
    bytes_put16(bytes, back ? far : near);
    bytes_put16(bytes + 2, back ? near : far);
    uint32_t jump = head[0] & 0x40 ? (uint32_t)head[5] << 24 : 0;
    bytes_put32(bytes + 4, 0xffffff00u + bytes_get16(head + 2) + jump);
    bytes_put32(bytes + 8, 0xffffff00u + bytes_get16(head + 4));
    bytes[12] = (uint8_t)(head[1] & 0x80 ? head[1] << 4 : 5 << 4);
    bytes[13] = head[1] & 0x1f;
    if (length > hidden)
        memcpy(bytes + TCP_HEADER, payload, length - hidden);
    *layer = (struct layer){ .kind = LAYER_CLEAR, .bytes = bytes, .captured = all, .wire = TCP_HEADER + length };
    layer->sport = bytes_get16(bytes);
    layer->dport = bytes_get16(bytes + 2);
    layer->ip = (struct ip_header){ .protocol = TCP_PROTOCOL, .version = 4 };
    layer->ip.src.family = layer->ip.dst.family = 4;
    layer->ip.src.bytes[0] = back ? 2 : 1;
    layer->ip.dst.bytes[0] = back ? 1 : 2;
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct streams *streams = streams_create();
    require(streams != NULL);
    struct frame frame = { .number = 0 };
    uint64_t messages = 0;
    while (size >= HEAD) {
        const uint8_t *head = data;
        uint32_t length = head[7] < 0xf8 ? head[7] : (head[7] & 7u) * 512;
        data += HEAD;
        size -= HEAD;
        if (length > size)
            length = (uint32_t)size;
        struct layer layer;
        uint8_t *bytes = build(head, data, length, &layer);
        data += length;
        size -= length;
        frame.number++;
        frame.time_ns += head[1] & 0x40 ? 3 * (int64_t)1000000000 : 1000;
        struct stream_message message;
        enum stream_answer answer = stream_may_be(&layer) ? streams_add(streams, &frame, &layer) : STREAM_FOREIGN;
        while (answer != STREAM_FOREIGN && streams_next(streams, &message)) {
            require(message.captured <= message.wire && message.wire > 0 && message.wire <= 65533);
            volatile uint8_t byte = 0;
            for (uint32_t i = 0; i < message.captured; i++)
                byte = (uint8_t)(byte + message.bytes[i]);
            struct layer found = layer;
            tcp_message(message.bytes, message.captured, message.wire, &found);
            require(found.captured <= found.wire && found.encap == ENCAP_TCP);
            messages++;
        }
        while (streams_next(streams, &message))
            messages++;
        free(bytes);
    }
    require(messages == streams_counts(streams)->messages);
    require(messages == 0 || streams_counts(streams)->streams > 0);
    streams_destroy(streams);
    return 0;
}
