/*
 * inner: what came out of an IPsec packet, and whether its SA's mode may carry that (RFC 4303 3.4.4.1, RFC 4301 5.2; xfrm_inner_mode_input).
 */
#ifndef RECEIVER_INNER_H
#define RECEIVER_INNER_H

#include "receiver/opening.h"
#include "receiver/spd.h"

struct inner_packet {
    bool known;             /* flow is valid */
    bool tunnel;            /* a whole IP packet came out, else the payload of the outer one */
    bool damaged;           /* the IP layer drops it without an IPsec counter: version, header length, total length, checksum */
    bool nested;            /* ESP, AH or IPComp for this receiver again: what is inside decides */
    bool fragment;
    uint8_t next;           /* next header of the ESP or AH header */
    struct spd_flow flow;
    const uint8_t *bytes;   /* of the IP packet, or of the payload */
    uint32_t length;
    uint32_t id;            /* IPv4 identification */
    uint32_t total;         /* of the IP packet that enters the stack once more (tunnel, BEET); 0: the payload goes straight up */
    uint32_t tfc;           /* bytes behind the inner IP packet (RFC 4303 2.7) */
};

/* Fills `inner`; makes the judgement inner-invalid where the mode does not carry this. */
void inner_look(struct receiver *receiver, const struct layer *outer, const struct sa_definition *definition,
                const struct opened *opened, struct inner_packet *inner, struct judgement *judgement);

/* The flow of an IP payload: ports for TCP, UDP, UDP-Lite, DCCP, SCTP; type and code for ICMP. */
void inner_flow(struct spd_flow *flow, uint8_t proto, const uint8_t *bytes, uint32_t length);

#endif
