/*
 * link: what stands before the packet, by link type.
 *
 * Everything that can follow a header below IP is named by one 16-bit number: an Ethernet type, or one of the values
 * below 0x0600, which no Ethernet type has. All functions move the cursor behind what they read; its status says
 * whether that was there.
 */
#ifndef DECODE_LINK_H
#define DECODE_LINK_H

#include "base/cursor.h"

enum link_type {
    LINK_NOTHING = 0,  /* nothing that the walk reads */
    LINK_ETHERNET = 1, /* an Ethernet header */
    LINK_UNKNOWN = 2,  /* the link type is none that link_decode knows */
    LINK_IP = 4,       /* an IP header, of the version that its first nibble says */
    LINK_IP4 = 0x0800,
    LINK_BRIDGED = 0x6558, /* an Ethernet header, as GRE and Geneve say it */
    LINK_VLAN = 0x8100,
    LINK_IP6 = 0x86dd,
    LINK_MPLS = 0x8847,
    LINK_MPLS_UPSTREAM = 0x8848,
    LINK_PPPOE = 0x8864,
    LINK_SERVICE_VLAN = 0x88a8,
    LINK_VLAN_9100 = 0x9100,
    LINK_VLAN_9200 = 0x9200,
};

/* The header of a frame of this LINKTYPE_; returns what follows it. */
uint16_t link_decode(uint16_t linktype, struct cursor *cursor);
/* An Ethernet header: addresses and type, or length with LLC and SNAP (IEEE 802.3). */
uint16_t link_ethernet(struct cursor *cursor);
/* What a type or length field that was just read says; reads LLC and SNAP where it is a length. */
uint16_t link_typed(struct cursor *cursor, uint16_t type);
/*
 * A PPP header (RFC 1661, RFC 1662), with or without address and control and with a protocol field of one or two
 * bytes.
 */
uint16_t link_ppp(struct cursor *cursor);

#endif
