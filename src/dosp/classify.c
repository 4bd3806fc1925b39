/* classify: by IP protocol and UDP port; the ISAKMP header tells the keying modules apart ([MS-AIPS] 2.2.1). */
#include "dosp/classify.h"

#include "decode/ike_header.h"
#include "decode/udp.h"
#include "dosp/settings.h"

enum { PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PROTOCOL_AH = 51, PROTOCOL_ICMP6 = 58 };
enum { EXCHANGE_AUTHIP_FIRST = 243, EXCHANGE_AUTHIP_LAST = 246 };

static uint8_t classify_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct traffic *traffic)
{
    static const uint8_t none[8];
    struct ike_header ike;
    enum decode_status status = ike_header_decode(bytes, captured, wire, &ike);
    if (status != DECODE_OK)
        return status == DECODE_CUT ? TRAFFIC_HIDDEN : TRAFFIC_MALFORMED;
    if (ike.major == 2)
        traffic->module = KEYING_IKEV2;
    else if (ike.major == 1)
        traffic->module = ike.exchange >= EXCHANGE_AUTHIP_FIRST && ike.exchange <= EXCHANGE_AUTHIP_LAST ? KEYING_AUTHIP : KEYING_IKEV1;
    else
        return TRAFFIC_MALFORMED;
    traffic->starts = memcmp(ike.spi_r, none, sizeof none) == 0;
    return TRAFFIC_NEGOTIATION;
}

/* UDP on a port of IKE that the walk did not take for IKE: its header is what the boundary reads all the same. */
static uint8_t classify_port(const struct layer *layer, struct traffic *traffic)
{
    if (layer->captured < UDP_HEADER)
        return layer->wire < UDP_HEADER ? TRAFFIC_MALFORMED : TRAFFIC_HIDDEN;
    return classify_message(layer->bytes + UDP_HEADER, layer->captured - UDP_HEADER, layer->wire - UDP_HEADER, traffic);
}

static bool classify_is_bad(const struct layer *layer)
{
    return layer->status == DECODE_BAD && layer->defect != DEFECT_TUNNEL && layer->defect != DEFECT_DEPTH && layer->defect != DEFECT_LINK;
}

struct traffic classify_packet(const struct layer *layer)
{
    struct traffic traffic = { .kind = TRAFFIC_OTHER };
    uint8_t protocol = layer->ip.protocol;
    bool ike_port = layer->sport == UDP_PORT_IKE || layer->dport == UDP_PORT_IKE || layer->sport == UDP_PORT_NATT ||
                    layer->dport == UDP_PORT_NATT;
    bool negotiation = protocol == PROTOCOL_UDP && (ike_port || layer->kind == LAYER_IKE || layer->kind == LAYER_KEEPALIVE);
    if (layer->ip.version != 6)
        return traffic;
    traffic.ipsec = protocol == PROTOCOL_ESP || protocol == PROTOCOL_AH || negotiation || layer->kind == LAYER_ESP;
    if (classify_is_bad(layer))
        traffic.kind = TRAFFIC_MALFORMED;
    else if (layer->kind == LAYER_ESP)
        traffic.kind = TRAFFIC_ESP;
    else if (layer->kind == LAYER_KEEPALIVE)
        traffic.kind = TRAFFIC_NEGOTIATION;
    else if (layer->kind == LAYER_IKE)
        traffic.kind = classify_message(layer->bytes, layer->captured, layer->wire, &traffic);
    else if (negotiation && layer->kind == LAYER_CLEAR)
        traffic.kind = classify_port(layer, &traffic);
    else if (protocol == PROTOCOL_ICMP6)
        traffic.kind = TRAFFIC_ICMP6;
    else if (layer->status == DECODE_CUT)
        traffic.kind = TRAFFIC_HIDDEN;
    return traffic;
}
