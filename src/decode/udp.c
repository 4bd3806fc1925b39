/* udp: UDP headers, and how ESP, IKE and keepalives share a port. */
#include "decode/udp.h"

#include "decode/checksum.h"
#include "decode/esp.h"
#include "decode/ike_header.h"

enum { MARKER = 4, PROTOCOL_UDP = 17, IP6_FIXED = 40 };

enum decode_status udp_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct udp_header *udp,
                              uint32_t *end, uint8_t *defect)
{
    *udp = (struct udp_header){ 0 };
    *defect = DEFECT_NONE;
    *end = wire;
    if (captured > wire)
        captured = wire;
    if (captured >= 4) {
        udp->sport = bytes_get16(bytes);
        udp->dport = bytes_get16(bytes + 2);
    }
    if (wire < UDP_HEADER) {
        *defect = DEFECT_UDP_LENGTH;
        return DECODE_BAD;
    }
    if (captured < UDP_HEADER)
        return DECODE_CUT;
    udp->length = bytes_get16(bytes + 4);
    udp->checksum = bytes_get16(bytes + 6);
    if (udp->length == 0 && wire > 65535) /* RFC 2675 4: jumbograms */
        return DECODE_OK;
    if (udp->length < UDP_HEADER || udp->length > wire) {
        *defect = DEFECT_UDP_LENGTH;
        return DECODE_BAD;
    }
    *end = udp->length;
    return DECODE_OK;
}

bool udp_checksum_wrong(const struct ip_header *ip, const struct udp_header *udp, const uint8_t *bytes,
                        uint32_t captured, uint32_t end)
{
    if (udp->checksum == 0 || captured < end)
        return false;
    /* A routing header or home address option puts another address into the pseudo-header. */
    if (ip->version == 6 && ip->header != IP6_FIXED)
        return false;
    uint8_t pseudo[8];
    bytes_put32(pseudo, end);
    bytes_put32(pseudo + 4, PROTOCOL_UDP);
    uint64_t sum = checksum_add(0, pseudo, sizeof pseudo);
    uint32_t address = ip->version == 6 ? 16 : 4;
    sum = checksum_add(sum, ip->src.bytes, address);
    sum = checksum_add(sum, ip->dst.bytes, address);
    return !checksum_holds(checksum_add(sum, bytes, end));
}

static void udp_layer(struct layer *layer, enum layer_kind kind, enum decode_status status, enum defect defect)
{
    layer->kind = (uint8_t)kind;
    layer->status = (uint8_t)status;
    layer->defect = (uint8_t)defect;
    layer->encap = ENCAP_UDP;
    layer->marker = 0;
}

static void udp_span(struct layer *layer, const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    layer->bytes = bytes;
    layer->captured = captured;
    layer->wire = wire;
}

/* Bytes that were sent as IKE, whatever they hold. */
static void udp_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, uint8_t marker, struct layer *layer)
{
    struct ike_header ike;
    enum decode_status status = ike_header_decode(bytes, captured, wire, &ike);
    enum defect defect = DEFECT_NONE;
    if (status == DECODE_BAD)
        defect = DEFECT_IKE_SHORT;
    else if (status == DECODE_OK && ike.length != wire)
        defect = DEFECT_IKE_LENGTH;
    udp_layer(layer, LAYER_IKE, status, defect);
    udp_span(layer, bytes, captured, wire);
    layer->marker = marker;
}

/* One byte: a keepalive, or the snap length hides whether it is. */
static bool udp_keepalive(const uint8_t *payload, uint32_t captured, uint32_t wire, struct layer *layer)
{
    if (wire != 1 || (captured == 1 && payload[0] != 0xff))
        return false;
    udp_span(layer, payload, captured, wire);
    if (captured == 1)
        udp_layer(layer, LAYER_KEEPALIVE, DECODE_OK, DEFECT_NONE);
    else
        udp_layer(layer, LAYER_OTHER, DECODE_CUT, DEFECT_NONE);
    return true;
}

void udp_natt(const uint8_t *payload, uint32_t captured, uint32_t wire, struct layer *layer)
{
    if (udp_keepalive(payload, captured, wire, layer))
        return;
    udp_span(layer, payload, captured, wire);
    if (wire <= ESP_HEADER) {
        udp_layer(layer, LAYER_OTHER, DECODE_BAD, DEFECT_UDP_SHORT);
        return;
    }
    if (captured < MARKER) {
        udp_layer(layer, LAYER_OTHER, DECODE_CUT, DEFECT_NONE);
        return;
    }
    if (bytes_get32(payload) == 0) {
        udp_message(payload + MARKER, captured - MARKER, wire - MARKER, 1, layer);
        return;
    }
    struct ike_header ike;
    bool unmarked = ike_header_decode(payload, captured, wire, &ike) == DECODE_OK && ike.length == wire &&
                    ike_header_plausible(&ike);
    enum decode_status status = esp_decode(payload, captured, wire, &layer->spi, &layer->seq);
    udp_layer(layer, unmarked ? LAYER_IKE : LAYER_ESP, status, unmarked ? DEFECT_IKE_NO_MARKER : DEFECT_NONE);
}

/*
 * On port 500 the bytes must say that they are IKE: a plausible header, be it damaged, or a length that fits to the
 * byte.
 */
static bool udp_recognise(const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    struct ike_header ike;
    return ike_header_decode(bytes, captured, wire, &ike) == DECODE_OK &&
           (ike.length == wire || ike_header_plausible(&ike));
}

bool udp_ike(const uint8_t *payload, uint32_t captured, uint32_t wire, struct layer *layer)
{
    if (udp_keepalive(payload, captured, wire, layer)) /* early drafts of NAT traversal stayed on port 500 */
        return true;
    if (wire < IKE_HEADER || captured < IKE_HEADER || udp_recognise(payload, captured, wire)) {
        udp_message(payload, captured, wire, 0, layer);
        return true;
    }
    if (bytes_get32(payload) != 0)
        return false;
    bool cut = captured - MARKER < IKE_HEADER && wire - MARKER >= IKE_HEADER;
    if (cut || udp_recognise(payload + MARKER, captured - MARKER, wire - MARKER)) {
        udp_message(payload + MARKER, captured - MARKER, wire - MARKER, 1, layer);
        if (!cut)
            layer->defect = DEFECT_IKE_MARKER_500;
        return true;
    }
    return false;
}
