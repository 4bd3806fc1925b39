/*
 * packet: what the decoders say of a frame. Facts only: no state, no verdicts.
 *
 * A frame (bytes with a link type) is walked (decode/walk.h) and yields layers. Pointers in a layer point into the frame's bytes and live as
 * long as those. Lengths come in pairs: `captured` bytes can be read, `wire` bytes were promised by the header below. Offsets are
 * from frame->bytes.
 */
#ifndef DECODE_PACKET_H
#define DECODE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

/* LINKTYPE_ values of the pcap formats; capture/ hands them out, decode/link.c reads them. */
struct frame {
    const uint8_t *bytes;
    uint32_t captured;
    uint32_t wire;     /* length on the wire as the capture says; at least captured */
    int64_t time_ns;   /* since 1970, UTC */
    uint64_t number;   /* 1-based within its file, as Wireshark counts */
    uint16_t linktype; /* LINKTYPE_ETHERNET 1, LINKTYPE_RAW 101, ... */
    uint16_t file;     /* index of the capture among those read */
    uint32_t interface; /* pcapng interface within the file, else 0 */
};

enum layer_kind {
    LAYER_NONE,
    LAYER_ESP,       /* RFC 4303; what follows is opaque */
    LAYER_AH,        /* RFC 4302; the walk goes on behind it */
    LAYER_IKE,       /* an ISAKMP header was recognised (RFC 7296 3.1, RFC 2408 3.1) */
    LAYER_KEEPALIVE, /* NAT keepalive, one byte 0xff on UDP (RFC 3948 2.3) */
    LAYER_FRAGMENT,  /* an IP fragment: what is above IP is not looked at before reassembly */
    LAYER_QUOTE,     /* an ICMP error that quotes ESP, AH or IKE; never traffic */
    LAYER_CLEAR,     /* an IP packet that carries something else */
    LAYER_OTHER,     /* no IP packet (ARP, ...) or one that cannot be read: see status and defect */
};

/* Encapsulation of ESP or IKE. */
enum encap { ENCAP_NONE, ENCAP_UDP, ENCAP_TCP };

/* What is wrong with, or remarkable about, a layer. One at a time, the first met. */
enum defect {
    DEFECT_NONE,
    DEFECT_LINK,            /* link header damaged or of an unknown kind */
    DEFECT_IP_HEADER,       /* version, header length or total length impossible */
    DEFECT_IP_CHECKSUM,     /* IPv4 header checksum wrong: a receiver drops it before IPsec */
    DEFECT_IP6_CHAIN,       /* extension header chain damaged or too long */
    DEFECT_FRAGMENT,        /* fragment offset or length impossible */
    DEFECT_UDP_LENGTH,      /* UDP length impossible or longer than the IP payload */
    DEFECT_UDP_CHECKSUM,    /* UDP checksum wrong: a receiver drops it before IPsec */
    DEFECT_UDP_SHORT,       /* UDP 4500, 8 bytes or fewer, no keepalive: goes to the IKE socket (RFC 3948) */
    DEFECT_ESP_SHORT,       /* fewer than the 8 bytes of SPI and sequence number */
    DEFECT_AH_SHORT,        /* fewer than the 12 bytes of the fixed AH header */
    DEFECT_AH_LENGTH,       /* AH length field impossible: below 12 bytes or beyond the packet */
    DEFECT_IKE_SHORT,       /* non-ESP marker or IKE port, but no whole IKE header */
    DEFECT_IKE_LENGTH,      /* ISAKMP length differs from the datagram's */
    DEFECT_IKE_NO_MARKER,   /* IKE on a NAT-T port without its non-ESP marker: read as ESP by a receiver (RFC 3948 2.2) */
    DEFECT_IKE_MARKER_500,  /* non-ESP marker on port 500 */
    DEFECT_DEPTH,           /* more encapsulations than WALK_DEPTH_MAX */
    DEFECT_TUNNEL,          /* a header of an encapsulation (GRE, VXLAN, ...) is damaged */
    DEFECT_COUNT
};

/* Which encapsulations the walk went through, as a set: 1u << enum tunnel. */
enum tunnel {
    TUNNEL_VLAN, TUNNEL_MPLS, TUNNEL_PPPOE, TUNNEL_IPIP, TUNNEL_GRE, TUNNEL_VXLAN, TUNNEL_GENEVE, TUNNEL_GTPU,
    TUNNEL_TEREDO, TUNNEL_COUNT
};

/* The IP header that carries a layer. */
struct ip_header {
    struct addr src, dst;
    uint8_t version;       /* 4 or 6 */
    uint8_t protocol;      /* of the payload: 50, 51, 17, ...; IPv6: the last next header of the chain */
    uint8_t ttl;           /* or hop limit */
    uint8_t tos;           /* or traffic class */
    bool df, mf;
    bool fragment;         /* offset or MF: a piece of a datagram */
    uint16_t fragment_at;  /* offset of this piece, bytes */
    uint32_t id;           /* IPv4 identification, or that of the IPv6 fragment header */
    uint32_t flow;         /* IPv6 flow label */
    uint32_t at;           /* offset of the header in the frame */
    uint32_t header;       /* bytes of the header with options or extension headers up to the payload */
    uint32_t total;        /* wire bytes of the whole packet as its length field says (jumbograms: as found) */
    uint32_t captured;     /* readable bytes of it */
    const uint8_t *bytes;  /* where it begins; valid as long as the frame */
    uint32_t unfragmentable; /* IPv6 fragments: header bytes before the fragment header */
};

/* What an ICMP error says of the packet that it quotes (RFC 792, 4443). */
struct quote {
    uint8_t type, code;   /* of the ICMP error, in the family of the layer's ip */
    uint8_t protocol;     /* 50, 51 or 17 (IKE and NAT-T) of the quoted packet */
    bool has_spi, has_seq;
    uint8_t encap;        /* enum encap of the quoted packet */
    struct addr src, dst; /* of the quoted packet */
    uint16_t sport, dport;
    uint32_t spi, seq;
    uint32_t mtu;         /* fragmentation needed / packet too big: next hop's, else 0 */
    uint32_t length;      /* total length that the quoted header claims */
};

struct layer {
    uint8_t kind;      /* enum layer_kind */
    uint8_t status;    /* enum decode_status of this layer's own header */
    uint8_t defect;    /* enum defect */
    uint8_t encap;     /* enum encap */
    uint8_t depth;     /* IP headers below the one in `ip` */
    uint16_t tunnels;  /* set of enum tunnel */
    uint16_t vlan;     /* outermost VLAN id, 0 for none */
    uint16_t sport, dport; /* UDP or TCP ports where the layer is encapsulated or clear, else 0 */
    struct ip_header ip;
    const uint8_t *bytes;  /* first byte of the ESP, AH or IKE header, or of a clear IP payload */
    uint32_t captured, wire; /* from there to the end of the datagram */
    uint32_t spi, seq;     /* ESP, AH; valid when status is DECODE_OK */
    uint8_t next;          /* AH: next header */
    uint16_t ah_length;    /* AH: bytes of the whole AH header as its length field says */
    uint8_t marker;        /* IKE: 1 when a non-ESP marker preceded it */
    struct quote quote;    /* LAYER_QUOTE only */
};

const char *defect_name(enum defect defect);       /* "ip-header", ... for records */
const char *defect_text(enum defect defect);       /* a clause for a person */
const char *tunnel_name(enum tunnel tunnel);       /* "VXLAN", ... */

#endif
