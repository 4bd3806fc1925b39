/*
 * rebuild: the IP packet that an ESP or AH packet carried, as the receiver's IP layer gets it (RFC 4303 3.1, RFC 4301 5.1.2;
 * draft-nikander-esp-beet-mode 5).
 *
 * Tunnel mode: what came out, without traffic flow padding behind it. Transport mode: the outer header, with protocol, length and (IPv4)
 * checksum as if there had been no IPsec. BEET: a new header between the addresses of the SA's selector.
 */
#ifndef RECEIVER_REBUILD_H
#define RECEIVER_REBUILD_H

#include "receiver/inner.h"

/* Bytes that rebuild_packet may write. */
uint32_t rebuild_room(const struct layer *outer, const struct inner_packet *inner);
/*
 * Writes the packet and returns its length; 0 where there is none: too short for IP, longer than IP can say, or a BEET SA without the
 * addresses. `inner` is inner_look's answer for this SA and this outer layer. Pure.
 */
uint32_t rebuild_packet(const struct layer *outer, const struct sa_definition *definition, const struct inner_packet *inner,
                        uint8_t *packet);

#endif
