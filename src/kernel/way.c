/* way: the interface by ioctl, the route and the neighbour by rtnetlink. */
#include "kernel/way.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "kernel/netlink.h"
#include "kernel/xfrm_message.h"

#define WAY_TURN_MS 100
#define WAY_ANSWER_TURNS 20u   /* that the kernel's answer is waited for */
#define WAY_NEIGHBOUR_TURNS 35u /* the kernel asks three times, a second apart */
#define WAY_VALID (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)

/* A question about an address: the fixed part, which is a struct rtmsg or ndmsg, and two attributes. */
struct way_question {
    uint32_t length;
    _Alignas(4) uint8_t bytes[64];
};

struct way_search {
    struct netlink *netlink;
    const char *name;          /* of the interface, escaped */
    int index;
    uint8_t family;
    struct addr dst;
    uint8_t type;              /* RTN_* of the route */
    int out;                   /* the interface that the route names */
    struct addr next;
    bool neighbour;            /* the next hop's address is known: */
    uint8_t hardware[6];
};

static uint32_t way_size(const struct addr *addr)
{
    return addr->family == 4 ? 4 : 16;
}

static void way_begin(struct way_question *question, const void *head, uint32_t length)
{
    *question = (struct way_question){ .length = length };
    memcpy(question->bytes, head, length);
}

static void way_attribute(struct way_question *question, uint16_t type, const void *value, uint32_t length)
{
    struct rtattr head = { (uint16_t)(sizeof head + length), type };
    memcpy(question->bytes + question->length, &head, sizeof head);
    memcpy(question->bytes + question->length + sizeof head, value, length);
    question->length += (uint32_t)sizeof head + (length + 3) / 4 * 4;
}

/* 0, or the errno that refused. */
static int way_ask(struct way_search *search, uint16_t type, uint16_t flags, const struct way_question *question,
                   void (*message)(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump))
{
    const struct netlink_sink sink = { search, message };
    struct error error;
    if (!netlink_ask(search->netlink, type, flags, question->bytes, question->length, &error))
        return errno ? errno : EIO;
    for (unsigned turn = 0; turn < WAY_ANSWER_TURNS; turn++) {
        unsigned state = netlink_receive(search->netlink, &sink);
        if (state & NETLINK_DUMPED)
            return 0;
        if (state & NETLINK_REFUSED)
            return netlink_error(search->netlink);
        struct pollfd wait = { netlink_descriptor(search->netlink), POLLIN, 0 };
        (void)poll(&wait, 1, WAY_TURN_MS);
    }
    return ETIMEDOUT;
}

static struct addr way_addr(const uint8_t *bytes, uint16_t family)
{
    return family == AF_INET ? addr_ip4(bytes) : addr_ip6(bytes);
}

static void way_route(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump)
{
    struct way_search *search = context;
    struct xfrm_attribute attribute;
    bool damaged = false;
    if (!dump || type != RTM_NEWROUTE || length < sizeof(struct rtmsg))
        return;
    search->type = bytes[offsetof(struct rtmsg, rtm_type)];
    search->next = search->dst;
    for (uint32_t at = sizeof(struct rtmsg); xfrm_attribute_next(bytes, length, &at, &attribute, &damaged);) {
        uint16_t family;
        if (attribute.type == RTA_GATEWAY && attribute.length >= way_size(&search->dst)) {
            search->next = way_addr(attribute.bytes, search->family);
        } else if (attribute.type == RTA_VIA && attribute.length >= sizeof family) { /* a gateway of the other IP version */
            memcpy(&family, attribute.bytes, sizeof family);
            if (attribute.length >= sizeof family + (family == AF_INET ? 4u : 16u))
                search->next = way_addr(attribute.bytes + sizeof family, family);
        } else if (attribute.type == RTA_OIF && attribute.length >= sizeof search->out) {
            memcpy(&search->out, attribute.bytes, sizeof search->out);
        }
    }
}

static void way_neighbour(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump)
{
    struct way_search *search = context;
    struct xfrm_attribute attribute;
    struct ndmsg head;
    bool damaged = false, same = false, known = false;
    uint8_t hardware[6];
    if (!dump || type != RTM_NEWNEIGH || length < sizeof head)
        return;
    memcpy(&head, bytes, sizeof head);
    if (head.ndm_ifindex != search->index || !(head.ndm_state & WAY_VALID))
        return;
    for (uint32_t at = sizeof head; xfrm_attribute_next(bytes, length, &at, &attribute, &damaged);) {
        if (attribute.type == NDA_DST && attribute.length == way_size(&search->next))
            same = memcmp(attribute.bytes, search->next.bytes, attribute.length) == 0;
        if (attribute.type == NDA_LLADDR && attribute.length == sizeof hardware) {
            memcpy(hardware, attribute.bytes, sizeof hardware);
            known = true;
        }
    }
    if (!same || !known)
        return;
    memcpy(search->hardware, hardware, sizeof hardware);
    search->neighbour = true;
}

/* ---- the interface ---- */

static void way_name(struct way *way, const char *name)
{
    struct text shown = { 0 };
    text_escaped(&shown, name, strnlen(name, IFNAMSIZ - 1));
    snprintf(way->name, sizeof way->name, "%s", shown.chars ? shown.chars : "");
    text_free(&shown);
}

static bool way_interface(struct way_search *search, const char *name, struct way *way, struct error *error)
{
    struct ifreq request = { 0 }, hardware, mtu;
    size_t length = strlen(name);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = length > 0 && length < sizeof request.ifr_name;
    way_name(way, name);
    search->name = way->name;
    memcpy(request.ifr_name, name, good ? length : 0);
    mtu = hardware = request;
    if (descriptor < 0 || !good || ioctl(descriptor, SIOCGIFINDEX, &request) != 0) {
        good = error_set(error, "%s: there is no such interface; ip link lists them", search->name);
    } else {
        search->index = request.ifr_ifindex;
        good = ioctl(descriptor, SIOCGIFHWADDR, &hardware) == 0 && ioctl(descriptor, SIOCGIFMTU, &mtu) == 0 &&
               ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
        if (!good)
            error_set(error, "%s: %s", search->name, strerror(errno));
        else if (!(request.ifr_flags & IFF_UP))
            good = error_set(error, "%s is down; ip link set %s up", search->name, search->name);
    }
    if (good) {
        unsigned short kind = hardware.ifr_hwaddr.sa_family;
        way->link = kind == ARPHRD_ETHER ? WAY_ETHERNET : kind == ARPHRD_LOOPBACK ? WAY_LOOPBACK : WAY_BARE;
        way->mtu = (uint32_t)mtu.ifr_mtu;
        search->neighbour = way->link == WAY_ETHERNET && request.ifr_flags & IFF_NOARP; /* as the kernel then does it: its own address */
        memcpy(search->hardware, hardware.ifr_hwaddr.sa_data, sizeof search->hardware);
    }
    if (descriptor >= 0)
        close(descriptor);
    return good;
}

/* ---- the route ---- */

/* Over the interface with this index, or over any with 0. */
static int way_route_find(struct way_search *search, int index)
{
    struct way_question question;
    const struct rtmsg head = { .rtm_family = search->family, .rtm_dst_len = (uint8_t)(8 * way_size(&search->dst)) };
    search->type = RTN_UNSPEC;
    way_begin(&question, &head, sizeof head);
    way_attribute(&question, RTA_DST, search->dst.bytes, way_size(&search->dst));
    if (index != 0)
        way_attribute(&question, RTA_OIF, &index, sizeof index);
    return way_ask(search, RTM_GETROUTE, NLM_F_ACK, &question, way_route);
}

static bool way_route_good(struct way_search *search, const struct way *way, struct error *error)
{
    const char *name = search->name;
    char dst[ADDR_TEXT_MAX];
    int refused = way_route_find(search, way->link == WAY_LOOPBACK ? 0 : search->index); /* an address of another interface is local too */
    addr_print(&search->dst, dst);
    bool local = search->type == RTN_LOCAL, loopback = way->link == WAY_LOOPBACK;
    if (refused == 0 && local && loopback)
        return true;
    if (refused == 0 && local)
        return error_set(error, "%s is an address of this host itself, so %s does not lead to it; --send lo does", dst, name);
    if (loopback)
        return error_set(error, "%s is no address of this host, and %s leads nowhere else", dst, name);
    if (refused == 0 && (search->type == RTN_BROADCAST || search->type == RTN_MULTICAST || search->type == RTN_ANYCAST))
        return error_set(error, "%s is an address of more than one host (%s), and nothing is sent to those", dst,
                         search->type == RTN_BROADCAST ? "broadcast" : search->type == RTN_MULTICAST ? "multicast" : "anycast");
    if (refused == 0 && search->type == RTN_UNICAST && search->out == search->index)
        return true;
    return error_set(error, "there is no route to %s over %s%s%s", dst, name, refused ? ": " : "", refused ? strerror(refused) : "");
}

/* ---- the neighbour ---- */

static int way_neighbour_look(struct way_search *search)
{
    struct way_question question;
    const struct ndmsg head = { .ndm_family = search->next.family == 4 ? AF_INET : AF_INET6 };
    way_begin(&question, &head, sizeof head);
    return way_ask(search, RTM_GETNEIGH, NLM_F_DUMP, &question, way_neighbour);
}

/* Makes the kernel ask, by ARP or neighbour discovery. */
static int way_neighbour_stir(struct way_search *search)
{
    struct way_question question;
    const struct ndmsg head = { .ndm_family = search->next.family == 4 ? AF_INET : AF_INET6, .ndm_ifindex = search->index, .ndm_flags = NTF_USE };
    way_begin(&question, &head, sizeof head);
    way_attribute(&question, NDA_DST, search->next.bytes, way_size(&search->next));
    return way_ask(search, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, &question, way_neighbour);
}

static bool way_neighbour_good(struct way_search *search, struct error *error)
{
    const char *name = search->name;
    char next[ADDR_TEXT_MAX];
    if (search->neighbour)
        return true;
    addr_print(&search->next, next);
    int refused = way_neighbour_look(search);
    if (refused == 0 && !search->neighbour)
        refused = way_neighbour_stir(search);
    if (refused == EPERM || refused == EACCES)
        return error_set(error, "the link-layer address of %s on %s is not known yet, and to have it looked for takes CAP_NET_ADMIN: "
                         "ping it once, or run this as root", next, name);
    for (unsigned turn = 0; refused == 0 && !search->neighbour && turn < WAY_NEIGHBOUR_TURNS; turn++) {
        (void)poll(NULL, 0, WAY_TURN_MS);
        refused = way_neighbour_look(search);
    }
    if (refused != 0)
        return error_set(error, "the kernel does not tell its neighbours on %s: %s", name, strerror(refused));
    return search->neighbour || error_set(error, "nobody on %s answers for %s, so there is no link-layer address to send to", name, next);
}

static bool way_open(struct way_search *search, const struct addr *dst, struct error *error)
{
    search->dst = *dst;
    search->family = dst->family == 4 ? AF_INET : AF_INET6;
    search->netlink = netlink_open(NETLINK_TO_ROUTE, error);
    return search->netlink != NULL;
}

bool way_find(const char *interface, const struct addr *dst, struct way *way, struct error *error)
{
    struct way_search search = { 0 };
    bool good = way_interface(&search, interface, way, error) && way_open(&search, dst, error) &&
                way_route_good(&search, way, error) &&
                (way->link != WAY_ETHERNET || way_neighbour_good(&search, error));
    netlink_close(search.netlink);
    way->next = search.next;
    memcpy(way->hardware, search.hardware, sizeof way->hardware);
    return good;
}

bool way_is_own(const struct addr *addr)
{
    struct way_search search = { 0 };
    struct error error;
    bool own = way_open(&search, addr, &error) && way_route_find(&search, 0) == 0 && search.type == RTN_LOCAL;
    netlink_close(search.netlink);
    return own;
}
