/*
 * espnull: is an SA without keys encrypted at all? (RFC 5879)
 *
 * Theory of operation. ESP does not say how long its ICV is, nor whether anything is encrypted. But if nothing is, every packet ends, before an
 * ICV of one and the same length, in padding 1, 2, 3, ..., its length, and a next header, and what is in front of that is such a
 * packet: an IP header with a right checksum, a UDP length that fits. One packet may look so by chance; sixteen do not. Only the first packets
 * of an SA are looked at.
 */
#ifndef TRACK_ESPNULL_H
#define TRACK_ESPNULL_H

#include "decode/packet.h"
#include "sa/sadb.h"

#define ESPNULL_PACKETS 64u /* looked at */
#define ESPNULL_LEAST 16u   /* that must look so for a claim */

/* A packet of an SA of which no cipher is known; wholly captured or not looked at. */
void espnull_look(struct sa *sa, const struct layer *layer);
/* Bytes of ICV with which all of them look as if nothing were encrypted; 0: no claim. */
uint8_t espnull_icv(const struct sa *sa);

#endif
