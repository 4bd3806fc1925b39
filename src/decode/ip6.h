/* ip6: the IPv6 header and its chain of extension headers (RFC 8200; jumbograms RFC 2675). */
#ifndef DECODE_IP6_H
#define DECODE_IP6_H

#include "decode/packet.h"

#define IP6_HEADER 40
#define IP6_CHAIN_MAX 32 /* extension headers of one packet; more are DEFECT_IP6_CHAIN */

/*
 * Reads header and chain at bytes[0], up to the first header that is none of hop-by-hop options, routing, fragment,
 * destination options, mobility, HIP and shim6: that one (AH, ESP, UDP, ...) is ip->protocol, and ip->header leads to
 * it. A fragment header ends the chain unless it is atomic (RFC 6946); ip->protocol is then what that header names.
 * `ip` is filled but for `at`. DECODE_OK: no defect. DECODE_BAD: DEFECT_IP_HEADER, DEFECT_IP6_CHAIN or
 * DEFECT_FRAGMENT. DECODE_CUT: no defect. ip->version is 6 where the fixed header could be read, else 0.
 */
enum decode_status ip6_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                              uint8_t *defect);

/*
 * The chain alone: bytes[0] is where ip->header leads and ip->protocol stands; both are moved on, the fragment fields
 * are set where a fragment header is met. What follows an AH header is read so. Answers as above.
 */
enum decode_status ip6_chain(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ip_header *ip,
                             uint8_t *defect);

#endif
