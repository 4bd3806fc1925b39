/*
 * tcp: the TCP header (RFC 9293 3.1), and what one message of an IKE and ESP stream is (RFC 9329 3; RFC 8229 before it).
 *
 * The checksum is not looked at: network cards fill it in behind the capture, and a segment that was damaged on the way comes again.
 */
#ifndef DECODE_TCP_H
#define DECODE_TCP_H

#include "decode/packet.h"

#define TCP_PROTOCOL 6
#define TCP_HEADER 20 /* without options */
#define TCP_PORT_NATT 4500
#define TCP_PORT_HTTPS 443 /* what gets through firewalls: RFC 9329 2 leaves the port to the configuration */
#define TCP_PREFIX "IKETCP" /* the first bytes of whoever opened the connection (RFC 9329 4) */
#define TCP_PREFIX_LENGTH 6u
#define TCP_LENGTH 2u /* before each message: its length, these two bytes included (RFC 9329 3) */

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

struct tcp_header {
    uint16_t sport, dport;
    uint32_t seq, ack;   /* ack means something with TCP_ACK only */
    uint8_t flags;       /* set of enum tcp_flag, and those that are not named there */
    uint8_t header;      /* bytes with options, 20 to 60: where the payload begins, which may be beyond `captured` */
};

/*
 * `wire` bytes are the IP payload. DECODE_BAD: fewer than 20 bytes, or a data offset below 5 or behind the end. DECODE_CUT: fewer than 20
 * captured. `tcp` is filled on DECODE_OK only.
 */
enum decode_status tcp_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct tcp_header *tcp);

/*
 * One message behind its length: sets kind, status, defect, encap, bytes, captured, wire, spi, seq and marker of `layer`. ESP, IKE behind
 * its non-ESP marker, a keepalive of one byte 0xff, or OTHER where too little of it was captured to tell.
 */
void tcp_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct layer *layer);

#endif
