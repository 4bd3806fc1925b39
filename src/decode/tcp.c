/* tcp: the TCP header, and the messages of IKE and ESP in it. */
#include "decode/tcp.h"

#include "base/bytes.h"
#include "decode/esp.h"
#include "decode/udp.h"

enum { MARKER = 4 };

enum decode_status tcp_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct tcp_header *tcp)
{
    if (wire < TCP_HEADER)
        return DECODE_BAD;
    if (captured < TCP_HEADER)
        return DECODE_CUT;
    uint8_t header = (uint8_t)((bytes[12] >> 4) * 4);
    if (header < TCP_HEADER || header > wire)
        return DECODE_BAD;
    *tcp = (struct tcp_header){
        .sport = bytes_get16(bytes),
        .dport = bytes_get16(bytes + 2),
        .seq = bytes_get32(bytes + 4),
        .ack = bytes_get32(bytes + 8),
        .flags = bytes[13],
        .header = header,
    };
    return DECODE_OK;
}

/*
 * A stream's messages are sorted as datagrams on UDP port 4500 are, but for short ones: there they go to the IKE daemon, here the kernel
 * takes all without a marker for ESP.
 */
void tcp_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct layer *layer)
{
    bool marked = captured >= MARKER && bytes_get32(bytes) == 0;
    udp_natt(bytes, captured, wire, layer);
    layer->encap = ENCAP_TCP;
    if (layer->defect != DEFECT_UDP_SHORT)
        return;
    if (captured < MARKER && wire >= MARKER) {
        layer->status = DECODE_CUT;
        layer->defect = DEFECT_NONE;
        return;
    }
    layer->kind = (uint8_t)(marked ? LAYER_IKE : LAYER_ESP);
    layer->defect = (uint8_t)(marked ? DEFECT_IKE_SHORT : DEFECT_ESP_SHORT);
    layer->marker = marked;
    if (marked) {
        layer->bytes += MARKER;
        layer->captured -= MARKER;
        layer->wire -= MARKER;
    } else if (wire == ESP_HEADER) {
        layer->status = (uint8_t)esp_decode(bytes, captured, wire, &layer->spi, &layer->seq);
        layer->defect = DEFECT_NONE;
    }
}
