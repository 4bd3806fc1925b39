/*
 * udp: the UDP header (RFC 768), and what of IPsec its datagram carries (RFC 3948, RFC 7296 3.1).
 *
 * Theory of operation. A receiver's NAT-T socket sorts by length and first word (RFC 3948 2, as Linux does it): one
 * byte 0xff is a keepalive; more than 8 bytes with a first word that is not zero are ESP; the rest goes to the IKE
 * daemon. Here the port decides whether there is such a socket, and bytes that are without doubt an IKE message but
 * lack the marker are told apart, because that receiver takes their initiator SPI for an ESP SPI.
 */
#ifndef DECODE_UDP_H
#define DECODE_UDP_H

#include "decode/walk.h"

#define UDP_HEADER 8
#define UDP_PORT_IKE 500
#define UDP_PORT_NATT 4500

struct udp_header {
    uint16_t sport, dport;
    uint16_t length;   /* as the field says; 0 in jumbograms */
    uint16_t checksum; /* as the field says */
};

/*
 * DECODE_OK: the header fits, and *end is what the datagram, header included, has of `wire` bytes (a shorter length
 * field ends it). DECODE_BAD: DEFECT_UDP_LENGTH. DECODE_CUT: no defect. The ports are set wherever their bytes were
 * captured, else 0.
 */
enum decode_status udp_decode(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct udp_header *udp,
                              uint32_t *end, uint8_t *defect);

/*
 * Whether the checksum is wrong: false also where it cannot be told (0, bytes missing, IPv6 extension headers that
 * move addresses).
 */
bool udp_checksum_wrong(const struct ip_header *ip, const struct udp_header *udp, const uint8_t *bytes,
                        uint32_t captured, uint32_t end);

/*
 * Whether one of the two ports carries ESP: 4500, or one of `ports` (NULL for none). What goes to port 500 meets an
 * IKE socket without encapsulation, wherever it came from.
 */
static inline bool udp_is_natt(uint16_t sport, uint16_t dport, const struct walk_ports *ports)
{
    if (dport == UDP_PORT_IKE)
        return false;
    return sport == UDP_PORT_NATT || dport == UDP_PORT_NATT ||
           (ports != NULL && (walk_ports_has(ports, sport) || walk_ports_has(ports, dport)));
}

/*
 * The payload of a datagram on a NAT-T port: sets kind, status, defect, encap, bytes, captured, wire, spi, seq and
 * marker of `layer`, which is one of ESP, IKE, KEEPALIVE or (too short, or cut before it could be told) OTHER.
 */
void udp_natt(const uint8_t *payload, uint32_t captured, uint32_t wire, struct layer *layer);
/* The same on port 500: false, and nothing set, where the payload is no IKE message. */
bool udp_ike(const uint8_t *payload, uint32_t captured, uint32_t wire, struct layer *layer);

#endif
