/* classify: what a forwarded packet is to the boundary. Pure: from a walked layer to a sort of traffic. */
#ifndef DOSP_CLASSIFY_H
#define DOSP_CLASSIFY_H

#include "decode/packet.h"

enum traffic_kind {
    TRAFFIC_ESP,         /* UDP-encapsulated ESP as well */
    TRAFFIC_NEGOTIATION, /* IKEv1, IKEv2 or AuthIP, on UDP 500 or 4500 */
    TRAFFIC_ICMP6,
    TRAFFIC_OTHER,       /* IPv4, or IPv6 that is none of these; AH too, which the documentation does not list */
    TRAFFIC_MALFORMED,
    TRAFFIC_HIDDEN,      /* the snap length hides what would tell */
};

struct traffic {
    uint8_t kind;    /* enum traffic_kind */
    uint8_t module;  /* enum keying_module of a negotiation; 0: a keepalive */
    bool starts;     /* a negotiation's first message: no responder SPI yet */
    bool ipsec;      /* ESP, AH or a negotiation, be it malformed */
};

struct traffic classify_packet(const struct layer *layer);

#endif
