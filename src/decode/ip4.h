/* ip4: the IPv4 header (RFC 791). */
#ifndef DECODE_IP4_H
#define DECODE_IP4_H

#include "decode/packet.h"

#define IP4_HEADER_MIN 20

/*
 * Reads the header at bytes[0]; `captured` bytes can be read, `wire` are promised by what is below. `ip` is filled
 * but for `at`. DECODE_OK: *defect is DEFECT_NONE, DEFECT_IP_CHECKSUM or, for a fragment, DEFECT_FRAGMENT (a piece
 * that does not end on a multiple of 8 although more follow: Linux shortens it). A total length of 0, as segmentation
 * offload leaves it, is taken for `wire`. DECODE_BAD: DEFECT_IP_HEADER or DEFECT_FRAGMENT; DECODE_CUT: no defect.
 * ip->version is 4 where the fixed header could be read, else 0.
 */
enum decode_status ip4_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                              uint8_t *defect);

#endif
