/* defect: the names of defects and of encapsulations. */
#include "decode/packet.h"

struct defect_row {
    const char *name, *text;
};

static const struct defect_row rows[DEFECT_COUNT] = {
    [DEFECT_NONE] = { "none", "nothing is wrong with it" },
    [DEFECT_LINK] = { "link", "the link-layer header is damaged or of an unknown kind" },
    [DEFECT_IP_HEADER] = { "ip-header", "the IP version, header length or total length is impossible" },
    [DEFECT_IP_CHECKSUM] = { "ip-checksum", "the IPv4 header checksum is wrong" },
    [DEFECT_IP6_CHAIN] = { "ip6-chain", "the chain of IPv6 extension headers is damaged or too long" },
    [DEFECT_FRAGMENT] = { "fragment", "the offset or length of this fragment is impossible" },
    [DEFECT_UDP_LENGTH] = { "udp-length", "the UDP length is impossible or longer than the IP payload" },
    [DEFECT_UDP_CHECKSUM] = { "udp-checksum", "the UDP checksum is wrong" },
    [DEFECT_UDP_SHORT] = { "udp-short", "the datagram on a NAT-T port is too short for ESP and is no keepalive" },
    [DEFECT_ESP_SHORT] = { "esp-short", "the IP payload is shorter than the 8 bytes of SPI and sequence number" },
    [DEFECT_AH_SHORT] = { "ah-short", "the IP payload is shorter than the 12 bytes of the fixed AH header" },
    [DEFECT_AH_LENGTH] = { "ah-length", "the AH length field is below 12 bytes or reaches beyond the packet" },
    [DEFECT_IKE_SHORT] = { "ike-short", "the datagram is shorter than the 28 bytes of an IKE header" },
    [DEFECT_IKE_LENGTH] = { "ike-length", "the length in the IKE header differs from the datagram's" },
    [DEFECT_IKE_NO_MARKER] = { "ike-no-marker", "the IKE message on a NAT-T port lacks its non-ESP marker" },
    [DEFECT_IKE_MARKER_500] = { "ike-marker-500", "the IKE message on port 500 has a non-ESP marker before it" },
    [DEFECT_DEPTH] = { "depth", "there are more encapsulations than are looked into" },
    [DEFECT_TUNNEL] = { "tunnel", "the header of an encapsulation is damaged" },
};

static const char *const tunnels[TUNNEL_COUNT] = {
    [TUNNEL_VLAN] = "VLAN",     [TUNNEL_MPLS] = "MPLS",     [TUNNEL_PPPOE] = "PPPoE",
    [TUNNEL_IPIP] = "IP-in-IP", [TUNNEL_GRE] = "GRE",       [TUNNEL_VXLAN] = "VXLAN",
    [TUNNEL_GENEVE] = "Geneve", [TUNNEL_GTPU] = "GTP-U",    [TUNNEL_TEREDO] = "Teredo",
};

const char *defect_name(enum defect defect)
{
    return (unsigned)defect < DEFECT_COUNT ? rows[defect].name : "unknown";
}

const char *defect_text(enum defect defect)
{
    return (unsigned)defect < DEFECT_COUNT ? rows[defect].text : "of an unknown kind";
}

const char *tunnel_name(enum tunnel tunnel)
{
    return (unsigned)tunnel < TUNNEL_COUNT ? tunnels[tunnel] : "unknown";
}
