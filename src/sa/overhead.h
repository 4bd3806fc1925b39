/*
 * overhead: what an SA adds to a packet, and the largest packet that still fits a path (RFC 4303 2, RFC 4302 2.2, RFC 3948 2.1, RFC 4301 8.2).
 * Pure arithmetic, in bytes. Traffic flow padding is not foreseen.
 */
#ifndef SA_OVERHEAD_H
#define SA_OVERHEAD_H

#include "sa/sa.h"

struct overhead {
    uint8_t outer;    /* IP header in front: 20 or 40, without options and extension headers */
    uint8_t stripped; /* bytes of the inner packet that do not travel: its IP header in transport and BEET mode, else 0 */
    uint8_t fixed;    /* UDP, the ESP header with its IV; the whole AH header */
    uint8_t trailer;  /* pad length and next header: 2, for AH 0 */
    uint8_t align;    /* payload, padding and trailer are a whole number of these */
    uint8_t icv;      /* behind them */
};

/* Bytes of ICV of an ESP SA: 0 where none is known. */
uint8_t overhead_icv(const struct sa_definition *definition);
/*
 * False where the definition does not tell the algorithms, or ESP is in TCP. An SA whose format tells no mode is taken for a tunnel.
 * outer_version: 4 or 6.
 */
bool overhead_make(const struct sa_definition *definition, uint8_t outer_version, enum encap encap, struct overhead *overhead);
/* The length of the outer IP packet for an inner packet (transport mode: for the packet as it is without IPsec). */
uint32_t overhead_total(const struct overhead *overhead, uint32_t inner);
/* The largest inner packet whose outer packet has at most `mtu` bytes; 0 where not even a header fits. */
uint32_t overhead_inner(const struct overhead *overhead, uint32_t mtu);
/* TCP's maximum segment for packets of that size, without IP and TCP options (RFC 9293 3.7.1); 0 where none fits. */
uint32_t overhead_mss(uint32_t inner, uint8_t version);

#endif
