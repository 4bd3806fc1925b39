/*
 * icmp: ICMP errors, and what they quote of IPsec (RFC 792, 4443; "Bad SPI" and its kin RFC 2521).
 * A quote is never traffic: it is what a router or the peer says of a packet that it did not deliver.
 */
#ifndef DECODE_ICMP_H
#define DECODE_ICMP_H

#include "decode/walk.h"

#define ICMP_PROTOCOL_4 1
#define ICMP_PROTOCOL_6 58

/*
 * An ICMP message below an IP header of this version. True and `quote` filled where it is an error that quotes ESP,
 * AH, or UDP with a port that carries IKE or ESP (500, 4500, those of `ports`). *status is DECODE_CUT where the snap
 * length hides whether it is, else DECODE_OK: a quote as short as an IP header and 8 bytes is whole.
 */
bool icmp_quote(uint8_t version, const uint8_t *bytes, uint32_t captured, uint32_t wire, const struct walk_ports *ports,
                struct quote *quote, enum decode_status *status);

#endif
