/* packet: the packets of a plan: built, sealed, changed by the row, kept with their times. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

enum { PROTO_UDP = 17, PROTO_IP4 = 4, PROTO_IP6 = 41, PROTO_FRAGMENT = 44, PORT_NATT = 4500, PACKET_SMALL = 24 };

static void packet_check(struct plan *plan, bool good, const struct error *error)
{
    if (!good)
        plan_fail(plan, "%s", error->message);
}

static uint16_t packet_id(struct plan *plan)
{
    uint16_t id = plan->id;
    plan->id = (uint16_t)(id == UINT16_MAX ? 1 : id + 1);
    return id;
}

static struct net_ip packet_head(struct plan *plan, const struct addr *src, const struct addr *dst, uint8_t proto)
{
    return (struct net_ip){ .src = *src, .dst = *dst, .proto = proto, .ttl = 64, .id = packet_id(plan), .fragment = NET_DF };
}

void plan_ip(struct plan *plan, const struct addr *src, const struct addr *dst, uint8_t proto, const void *payload, uint32_t length)
{
    struct error error;
    struct net_ip ip = packet_head(plan, src, dst, proto);
    if (!plan->failed)
        packet_check(plan, net_build_ip(plan->net, &ip, payload, length, &plan->packet, &error), &error);
}

void plan_udp(struct plan *plan, const struct addr *src, const struct addr *dst, uint16_t sport, uint16_t dport, const void *payload,
              uint32_t length)
{
    struct error error;
    struct net_ip ip = packet_head(plan, src, dst, PROTO_UDP);
    if (!plan->failed)
        packet_check(plan, net_build_udp(plan->net, &ip, sport, dport, payload, length, &plan->packet, &error), &error);
}

void plan_icmp(struct plan *plan, const struct addr *src, const struct addr *dst, uint8_t type, uint8_t code, uint32_t rest,
               const void *payload, uint32_t length)
{
    struct error error;
    struct net_ip ip = packet_head(plan, src, dst, 0);
    if (!plan->failed)
        packet_check(plan, net_build_icmp(plan->net, &ip, type, code, rest, payload, length, &plan->packet, &error), &error);
}

void plan_tcp(struct plan *plan, const struct addr *src, const struct addr *dst, const struct net_tcp *tcp, const void *payload,
              uint32_t length)
{
    struct error error;
    struct net_ip ip = packet_head(plan, src, dst, 0);
    if (!plan->failed)
        packet_check(plan, net_build_tcp(plan->net, &ip, tcp, payload, length, &plan->packet, &error), &error);
}

/* ---- what travels inside ---- */

struct addr plan_inner(const struct plan *plan, bool source)
{
    const struct sa_definition *given = plan->request->sa;
    if (given != NULL && given->has_selector) { /* inside what it may carry */
        const struct prefix *prefix = source ? &given->selector.src : &given->selector.dst;
        struct addr addr = prefix->addr;
        if (addr.family != 0 && prefix->bits != 0) {
            if (!prefix_is_host(prefix))
                addr.bytes[addr.family == 4 ? 3 : 15] |= 1;
            return addr;
        }
    }
    static const uint8_t here[4] = { 10, 1, 0, 1 }, there[4] = { 10, 2, 0, 1 };
    return addr_ip4(source ? here : there);
}

uint64_t plan_lead(const struct plan *plan, struct plan_sa *sa, uint64_t healthy)
{
    const struct plan_request *request = plan->request;
    uint64_t shown = request->seq_given ? request->seq : sa->seq + healthy;
    sa->seq = shown > healthy ? shown - healthy : shown + plan_count(plan, 1);
    return shown;
}

struct seal_shape plan_shape_sized(struct plan *plan, struct plan_sa *sa, uint32_t length)
{
    static const char text[] = "Made by esplain reproduce; it says nothing. ";
    uint8_t payload[2048];
    struct seal_shape shape = { .spi = sa->definition.spi, .seq = sa->seq++, .content = plan->content.bytes };
    if (length > sizeof payload)
        plan_fail(plan, "%u bytes are too many for a packet inside", length);
    if (plan->failed)
        return shape;
    for (uint32_t i = 0; i < length; i++)
        payload[i] = (uint8_t)text[i % (sizeof text - 1)];
    bool tunnel = sa->definition.mode != SA_MODE_TRANSPORT;
    struct addr src = tunnel ? plan_inner(plan, true) : sa->definition.src.addr, dst = tunnel ? plan_inner(plan, false) : sa->definition.dst.addr;
    if (src.family == 0)
        src = plan->src;
    plan_udp(plan, &src, &dst, 5000, 9999, payload, length);
    uint32_t header = tunnel ? 0 : src.family == 4 ? 20 : 40;
    shape.next = !tunnel ? PROTO_UDP : src.family == 4 ? PROTO_IP4 : PROTO_IP6;
    shape.length = plan->packet.length - header;
    memcpy(plan->content.bytes, plan->packet.bytes + header, shape.length);
    return shape;
}

struct seal_shape plan_shape(struct plan *plan, struct plan_sa *sa)
{
    return plan_shape_sized(plan, sa, PACKET_SMALL);
}

/* ---- around it ---- */

void plan_seal(struct plan *plan, struct plan_sa *sa, const struct seal_shape *shape)
{
    struct error error;
    if (!sa->definition.esn && shape->seq > UINT32_MAX)
        plan_fail(plan, "the numbers of the SA 0x%08x end at 4294967295 before all packets are made: give a lower --seq", sa->definition.spi);
    if (plan->failed)
        return;
    if (sa->definition.proto == SA_PROTO_ESP) {
        packet_check(plan, seal_esp(sa->key, &sa->definition, shape, &plan->esp, &error), &error);
        return;
    }
    struct addr src = sa->definition.src.addr.family ? sa->definition.src.addr : plan->src;
    struct net_ip ip = packet_head(plan, &src, &sa->definition.dst.addr, SA_PROTO_AH);
    packet_check(plan, seal_ah(plan->net, sa->key, &sa->definition, shape, &ip, &plan->packet, &error), &error);
}

void plan_carry(struct plan *plan, const struct addr *src, const struct addr *dst, enum encap encap, const char *what)
{
    if (encap == ENCAP_UDP)
        plan_udp(plan, src, dst, PORT_NATT, PORT_NATT, plan->esp.bytes, plan->esp.length);
    else if (encap == ENCAP_NONE)
        plan_ip(plan, src, dst, SA_PROTO_ESP, plan->esp.bytes, plan->esp.length);
    else
        plan_fail(plan, "ESP in TCP is not made");
    plan_put(plan, what);
}

void plan_carry_sa(struct plan *plan, const struct plan_sa *sa, const char *what)
{
    if (sa->definition.proto == SA_PROTO_AH)
        plan_put(plan, what);
    else
        plan_carry(plan, sa->definition.src.addr.family ? &sa->definition.src.addr : &plan->src, &sa->definition.dst.addr,
                   (enum encap)sa->definition.encap, what);
}

void plan_send_shape(struct plan *plan, struct plan_sa *sa, const struct seal_shape *shape, const char *what)
{
    plan_seal(plan, sa, shape);
    plan_carry_sa(plan, sa, what);
}

void plan_send(struct plan *plan, struct plan_sa *sa, const char *what)
{
    struct seal_shape shape = plan_shape(plan, sa);
    plan_send_shape(plan, sa, &shape, what);
}

static bool packet_room(struct plan *plan)
{
    if (plan->packet_count < plan->packet_room)
        return true;
    size_t room = plan->packet_room ? plan->packet_room * 2 : 16;
    struct plan_packet *packets = plan->packet_count < PLAN_PACKETS_MAX ? realloc(plan->packets, room * sizeof *packets) : NULL;
    if (packets == NULL) {
        plan_fail(plan, "more than %u packets", PLAN_PACKETS_MAX);
        return false;
    }
    plan->packets = packets;
    plan->packet_room = room;
    return true;
}

static void packet_keep(struct plan *plan, const uint8_t *bytes, uint32_t length, const char *what)
{
    if (plan->failed || !packet_room(plan))
        return;
    struct plan_packet packet = { malloc(length + 1u), length, plan->now_ns, strdup(what) };
    if (packet.bytes == NULL || packet.what == NULL) {
        free(packet.bytes);
        free(packet.what);
        plan_fail(plan, "no memory for packets");
        return;
    }
    memcpy(packet.bytes, bytes, length);
    plan->packets[plan->packet_count++] = packet;
}

void plan_put(struct plan *plan, const char *what)
{
    packet_keep(plan, plan->packet.bytes, plan->packet.length, what);
    plan->now_ns += PLAN_STEP;
}

void plan_sum(struct plan *plan)
{
    uint8_t *header = plan->packet.bytes;
    uint32_t sum = 0;
    bytes_put16(header + 10, 0);
    for (uint32_t i = 0; i < (header[0] & 15u) * 4; i += 2)
        sum += bytes_get16(header + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    bytes_put16(header + 10, (uint16_t)~sum);
}

/* The pieces are packets of their own, so libnet makes their headers too. */
void plan_put_pieces(struct plan *plan, uint32_t size, unsigned count, const char *what)
{
    bool six = plan->dst.family == 6;
    uint32_t header = six ? 40 : 20;
    if (plan->failed || plan->packet.length < header)
        return;
    uint32_t length = plan->packet.length - header;
    uint8_t proto = plan->packet.bytes[six ? 6 : 9];
    struct addr src = six ? addr_ip6(plan->packet.bytes + 8) : addr_ip4(plan->packet.bytes + 12);
    struct addr dst = six ? addr_ip6(plan->packet.bytes + 24) : addr_ip4(plan->packet.bytes + 16);
    uint8_t *whole = malloc(length + 8u);
    if (whole == NULL) {
        plan_fail(plan, "no memory for fragments");
        return;
    }
    memcpy(whole + 8, plan->packet.bytes + header, length);
    struct net_ip ip = packet_head(plan, &src, &dst, six ? PROTO_FRAGMENT : proto);
    for (uint32_t at = 0; at < length && count-- > 0 && !plan->failed; at += size) {
        struct error error;
        uint32_t piece = length - at < size ? length - at : size;
        bool last = at + piece == length;
        uint8_t kept[8], *front = whole + at; /* IPv6: its fragment header stands where the bytes before the piece were */
        ip.fragment = (uint16_t)(at / 8 | (last ? 0 : NET_MF));
        memcpy(kept, front, sizeof kept);
        if (six) {
            front[0] = proto;
            front[1] = 0;
            bytes_put16(front + 2, (uint16_t)(at | (last ? 0 : 1)));
            bytes_put32(front + 4, ip.id);
        }
        packet_check(plan, net_build_ip(plan->net, &ip, six ? front : front + 8, six ? piece + 8 : piece, &plan->packet, &error), &error);
        memcpy(front, kept, sizeof kept);
        plan_put(plan, what);
    }
    free(whole);
}

void plan_again(struct plan *plan, unsigned back, const char *what)
{
    if (plan->failed)
        return;
    const struct plan_packet *packet = &plan->packets[plan->packet_count - back];
    memcpy(plan->packet.bytes, packet->bytes, packet->length);
    plan->packet.length = packet->length;
    if (plan->packet.bytes[0] >> 4 == 4) { /* the IP packet is another one */
        bytes_put16(plan->packet.bytes + 4, packet_id(plan));
        plan_sum(plan);
    }
    plan_put(plan, what);
}
