/*
 * tunnel: the headers that can stand between a frame's first header and an IPsec header.
 *
 * One table: each row says how the header is recognised (Ethernet type, IP protocol or UDP port) and holds the
 * function that reads it. A new encapsulation is one row and one function.
 */
#ifndef DECODE_TUNNEL_H
#define DECODE_TUNNEL_H

#include "decode/packet.h"

enum tunnel_space { TUNNEL_BY_TYPE, TUNNEL_BY_PROTOCOL, TUNNEL_BY_PORT };

/* What is inside. */
struct tunnel_inner {
    uint16_t type; /* enum link_type, or an Ethernet type; LINK_NOTHING where it holds nothing that the walk reads */
    uint16_t vlan; /* id, 0 for none */
};

struct tunnel_row {
    uint8_t space;   /* enum tunnel_space */
    uint8_t tunnel;  /* enum tunnel; TUNNEL_COUNT for a header that counts as none */
    uint16_t value;  /* the Ethernet type, protocol or port */
    /*
     * Reads the header: the cursor begins at it, and moves behind it; its captured and wire ends are drawn in where
     * the header has a length of its own. Status CUT or BAD: nothing can be said of what is inside. A header found by
     * its port is a guess: the function answers BAD for all that is not plausible.
     */
    void (*open)(struct cursor *cursor, struct tunnel_inner *inner);
};

/* NULL where there is no such row. */
const struct tunnel_row *tunnel_find(enum tunnel_space space, uint16_t value);

#endif
