/* ip_names: IANA's names of IP protocol numbers, the common ones. */
#include "catalogue/ip_names.h"
#include "catalogue/names.h"

static const struct names_row protocols[] = {
    { 0, "HOPOPT" },
    { 1, "ICMP" },
    { 2, "IGMP" },
    { 4, "IPv4" },
    { 5, "ST" },
    { 6, "TCP" },
    { 8, "EGP" },
    { 9, "IGP" },
    { 17, "UDP" },
    { 27, "RDP" },
    { 33, "DCCP" },
    { 41, "IPv6" },
    { 43, "IPv6-Route" },
    { 44, "IPv6-Frag" },
    { 46, "RSVP" },
    { 47, "GRE" },
    { 50, "ESP" },
    { 51, "AH" },
    { 58, "IPv6-ICMP" },
    { 59, "IPv6-NoNxt" },
    { 60, "IPv6-Opts" },
    { 88, "EIGRP" },
    { 89, "OSPF" },
    { 94, "IPIP" },
    { 97, "ETHERIP" },
    { 98, "ENCAP" },
    { 103, "PIM" },
    { 108, "IPComp" },
    { 112, "VRRP" },
    { 115, "L2TP" },
    { 124, "ISIS" },
    { 132, "SCTP" },
    { 133, "FC" },
    { 135, "Mobility" },
    { 136, "UDPLite" },
    { 137, "MPLS-in-IP" },
    { 138, "manet" },
    { 139, "HIP" },
    { 140, "Shim6" },
    { 141, "WESP" },
    { 142, "ROHC" },
    { 143, "Ethernet" },
    { 144, "AGGFRAG" },
    { 145, "NSH" },
};

const char *ip_protocol_name(uint8_t protocol)
{
    return NAMES_FIND(protocols, protocol);
}
