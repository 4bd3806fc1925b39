/*
 * libnet: packets built and sent through libnet 1.1.
 *
 * What libnet cannot do rightly is not left to it: its ESP header has an IV of 4 bytes and its AH an ICV of 4 (inject/seal.c makes both); it has
 * no builder for the MTU in an ICMP error (RFC 1191, RFC 4443 3.2), so all ICMP is made with the one for echo, whose header has the same
 * shape; it replaces an IPv4 identification of 0 by chance, so 0 is refused; it mixes up the bytes of an IPv6 flow label; and it
 * sends the UDP checksum 0, which means "none", where the sum is 0 (RFC 768 wants 0xffff).
 */
#include "inject/libnet.h"

#include <libnet.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/checksum.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58, IP4_HEADER = 20, IP6_HEADER = 40, ETHERNET_HEADER = 14 };

struct net {
    libnet_t *context;
    uint8_t version; /* of what the kernel sends; 0: frames */
    uint8_t frame[ETHERNET_HEADER + WIRE_MAX]; /* its beginning stays */
};

static struct net *net_start(int kind, const char *interface, struct error *error)
{
    char why[LIBNET_ERRBUF_SIZE] = "no memory";
    struct net *net = calloc(1, sizeof *net);
    if (net != NULL && (net->context = libnet_init(kind, interface, why)) != NULL)
        return net;
    free(net);
    error_set(error, "libnet: %s", why);
    return NULL;
}

struct net *net_create(struct error *error)
{
    return net_start(LIBNET_NONE, NULL, error);
}

void net_destroy(struct net *net)
{
    if (net == NULL)
        return;
    libnet_destroy(net->context);
    free(net);
}

static bool net_fail(struct net *net, struct error *error)
{
    error_set(error, "libnet: %s", libnet_geterror(net->context));
    libnet_clear_packet(net->context);
    return false;
}

/* The IP header in front of `above` bytes that are built already, or of a payload; then all of it as bytes. */
static bool net_finish(struct net *net, const struct net_ip *ip, uint32_t above, const uint8_t *payload, uint32_t length, struct wire *out,
                       struct error *error)
{
    libnet_ptag_t tag;
    const uint8_t *carried = length > 0 ? payload : NULL;
    if (ip->dst.family == 4) {
        uint32_t src, dst;
        memcpy(&src, ip->src.bytes, sizeof src);
        memcpy(&dst, ip->dst.bytes, sizeof dst);
        tag = libnet_build_ipv4((uint16_t)(IP4_HEADER + above + length), ip->tos, ip->id, ip->fragment, ip->ttl, ip->proto, 0, src, dst,
                                carried, length, net->context, 0);
    } else {
        struct libnet_in6_addr src, dst;
        memcpy(&src, ip->src.bytes, sizeof src);
        memcpy(&dst, ip->dst.bytes, sizeof dst);
        tag = libnet_build_ipv6(ip->tos, ip->flow, (uint16_t)(above + length), ip->proto, ip->ttl, src, dst, carried, length, net->context, 0);
    }
    uint8_t *packet = NULL;
    uint32_t size = 0;
    if (tag == -1 || libnet_pblock_coalesce(net->context, &packet, &size) == -1)
        return net_fail(net, error);
    libnet_clear_packet(net->context);
    bool fits = size <= WIRE_MAX;
    if (fits) {
        memcpy(out->bytes, packet, size);
        out->length = size;
        if (ip->dst.family == 6)
            bytes_put32(out->bytes, 6u << 28 | (uint32_t)ip->tos << 20 | (ip->flow & 0xfffff));
    }
    free(packet);
    return fits || error_set(error, "a packet of %u bytes is longer than IP allows", size);
}

static bool net_takes(const struct net_ip *ip, uint32_t header, uint32_t length, struct error *error)
{
    if (ip->src.family != ip->dst.family || (ip->dst.family != 4 && ip->dst.family != 6))
        return error_set(error, "source and destination are not of one IP version");
    if (ip->dst.family == 4 && ip->id == 0)
        return error_set(error, "an IPv4 identification of 0 cannot be built");
    uint32_t room = WIRE_MAX - header - (ip->dst.family == 4 ? IP4_HEADER : IP6_HEADER);
    return length <= room || error_set(error, "%u bytes do not fit into an IP packet", length);
}

bool net_build_ip(struct net *net, const struct net_ip *ip, const uint8_t *payload, uint32_t length, struct wire *out, struct error *error)
{
    return net_takes(ip, 0, length, error) && net_finish(net, ip, 0, payload, length, out, error);
}

bool net_build_udp(struct net *net, const struct net_ip *ip, uint16_t sport, uint16_t dport, const uint8_t *payload, uint32_t length,
                   struct wire *out, struct error *error)
{
    struct net_ip head = *ip;
    head.proto = PROTO_UDP;
    uint32_t total = 8 + length;
    if (!net_takes(&head, 8, length, error))
        return false;
    if (libnet_build_udp(sport, dport, (uint16_t)total, 0, length > 0 ? payload : NULL, length, net->context, 0) == -1)
        return net_fail(net, error);
    if (!net_finish(net, &head, total, NULL, 0, out, error))
        return false;
    uint8_t *sum = out->bytes + out->length - total + 6;
    if (bytes_get16(sum) == 0)
        bytes_put16(sum, 0xffff);
    return true;
}

bool net_build_tcp(struct net *net, const struct net_ip *ip, const struct net_tcp *tcp, const uint8_t *payload, uint32_t length,
                   struct wire *out, struct error *error)
{
    struct net_ip head = *ip;
    head.proto = PROTO_TCP;
    if (!net_takes(&head, 20, length, error))
        return false;
    if (libnet_build_tcp(tcp->sport, tcp->dport, tcp->seq, tcp->ack, tcp->flags, 64240, 0, 0, (uint16_t)(20 + length),
                         length > 0 ? payload : NULL, length, net->context, 0) == -1)
        return net_fail(net, error);
    return net_finish(net, &head, 20 + length, NULL, 0, out, error);
}

bool net_build_icmp(struct net *net, const struct net_ip *ip, uint8_t type, uint8_t code, uint32_t rest, const uint8_t *payload,
                    uint32_t length, struct wire *out, struct error *error)
{
    struct net_ip head = *ip;
    head.proto = ip->dst.family == 4 ? PROTO_ICMP : PROTO_ICMP6;
    if (!net_takes(&head, 8, length, error))
        return false;
    const uint8_t *carried = length > 0 ? payload : NULL;
    uint16_t first = (uint16_t)(rest >> 16), second = (uint16_t)rest;
    libnet_ptag_t tag;
    if (ip->dst.family == 4)
        tag = libnet_build_icmpv4_echo(type, code, 0, first, second, carried, length, net->context, 0);
    else /* which reads it, but does not say so in its type */
        tag = libnet_build_icmpv6_echo(type, code, 0, first, second, (uint8_t *)(uintptr_t)carried, length, net->context, 0);
    if (tag == -1)
        return net_fail(net, error);
    return net_finish(net, &head, 8 + length, NULL, 0, out, error);
}

/* The addresses of each frame; the type is the packet's. */
static bool net_frames(struct net *net, const uint8_t *next_hop, struct error *error)
{
    const struct libnet_ether_addr *own = libnet_get_hwaddr(net->context);
    if (own == NULL)
        return error_set(error, "libnet: %s", libnet_geterror(net->context));
    memcpy(net->frame, next_hop, ETHER_ADDR_LEN);
    memcpy(net->frame + ETHER_ADDR_LEN, own->ether_addr_octet, ETHER_ADDR_LEN);
    return true;
}

struct net *net_open(const char *interface, uint8_t version, const uint8_t *next_hop, struct error *error)
{
    struct net *net = net_start(next_hop ? LIBNET_LINK_ADV : version == 4 ? LIBNET_RAW4_ADV : LIBNET_RAW6_ADV, interface, error);
    if (net == NULL)
        return NULL;
    bool good = true;
    if (next_hop)
        good = net_frames(net, next_hop, error);
    else
        net->version = version;
    /* libnet takes the interface for its address alone; the packets must leave through it, whatever the routes say */
    if (!next_hop && interface && setsockopt(libnet_getfd(net->context), SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) != 0)
        good = error_set(error, "the socket cannot be bound to the interface: %s", strerror(errno));
    if (good)
        return net;
    net_destroy(net);
    return NULL;
}

bool net_send(struct net *net, const uint8_t *packet, uint32_t length, struct error *error)
{
    int sent, wanted = (int)length;
    if (length == 0 || length > WIRE_MAX)
        return error_set(error, "a packet of %u bytes cannot be sent", length);
    if (net->version == 0) {
        bytes_put16(net->frame + 2 * ETHER_ADDR_LEN, packet[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
        memcpy(net->frame + ETHERNET_HEADER, packet, length);
        wanted += ETHERNET_HEADER;
        sent = libnet_adv_write_link(net->context, net->frame, (uint32_t)wanted);
    } else {
        sent = net->version == 4 ? libnet_adv_write_raw_ipv4(net->context, packet, length) : libnet_write_raw_ipv6(net->context, packet, length);
    }
    return sent == wanted || error_set(error, "libnet: %s", sent < 0 ? libnet_geterror(net->context) : "only a part was sent");
}

bool net_is_kept(const uint8_t *packet, uint32_t length)
{
    uint32_t header = length > 0 ? (packet[0] & 15u) * 4 : 0;
    if (length >= IP6_HEADER && packet[0] >> 4 == 6)
        return true;
    return length >= IP4_HEADER && packet[0] >> 4 == 4 && header >= IP4_HEADER && header <= length && bytes_get16(packet + 2) == length &&
           bytes_get16(packet + 4) != 0 && bytes_get32(packet + 12) != 0 && checksum_holds(checksum_add(0, packet, header));
}
