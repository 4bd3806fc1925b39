/* netlink: the socket, its requests, and its messages one by one. */
#include "kernel/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NETLINK_ROOM (8 << 20)  /* bytes that may wait for us: ten thousand SAs announced at once */
#define NETLINK_BUFFER (64 << 10)
#define NETLINK_TURNS 256u      /* buffers taken at a time */
#define NETLINK_QUESTION 256u   /* bytes of the longest one */

struct netlink {
    struct mnl_socket *socket;
    enum netlink_family family;
    uint32_t sequence;   /* of the last request */
    bool dumping;
    int error;
    const struct netlink_sink *sink; /* during netlink_receive */
    unsigned state;
    _Alignas(struct nlmsghdr) uint8_t buffer[NETLINK_BUFFER];
};

static bool netlink_join(struct netlink *netlink)
{
    static const unsigned xfrm[] = { XFRMNLGRP_SA, XFRMNLGRP_EXPIRE, XFRMNLGRP_POLICY, XFRMNLGRP_MIGRATE, XFRMNLGRP_MAPPING, 0 };
    static const unsigned route[] = { RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, 0 };
    for (const unsigned *group = netlink->family == NETLINK_TO_XFRM ? xfrm : route; *group; group++) {
        unsigned number = *group;
        if (mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &number, sizeof number) < 0)
            return false;
    }
    return true;
}

/* More room where it may be had; the administrator's limit (net.core.rmem_max) binds without CAP_NET_ADMIN. */
static void netlink_make_room(const struct netlink *netlink)
{
    int room = NETLINK_ROOM, descriptor = mnl_socket_get_fd(netlink->socket);
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
}

static void netlink_explain(const struct netlink *netlink, struct error *error)
{
    bool xfrm = netlink->family == NETLINK_TO_XFRM;
    if (xfrm && errno == EPROTONOSUPPORT)
        error_set(error, "this kernel has no IPsec to ask (no NETLINK_XFRM: module xfrm_user is missing, or CONFIG_XFRM_USER)");
    else if (errno == EPERM || errno == EACCES)
        error_set(error, "no permission to ask the kernel for its SAs: it takes CAP_NET_ADMIN in this network namespace");
    else
        error_set(error, "the kernel's %s cannot be asked: %s", xfrm ? "SAs" : "addresses and routes", strerror(errno));
}

struct netlink *netlink_open(enum netlink_family family, struct error *error)
{
    struct netlink *netlink = calloc(1, sizeof *netlink);
    if (netlink == NULL) {
        error_set(error, "no memory");
        return NULL;
    }
    netlink->family = family;
    netlink->socket = mnl_socket_open2(family == NETLINK_TO_XFRM ? NETLINK_XFRM : NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (netlink->socket != NULL && mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) == 0) {
        netlink_make_room(netlink);
        if (netlink_join(netlink))
            return netlink;
    }
    netlink_explain(netlink, error);
    netlink_close(netlink);
    return NULL;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink == NULL)
        return;
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    explicit_bzero(netlink->buffer, sizeof netlink->buffer); /* keys went through it */
    free(netlink);
}

int netlink_descriptor(const struct netlink *netlink)
{
    return mnl_socket_get_fd(netlink->socket);
}

int netlink_error(const struct netlink *netlink)
{
    return netlink->error;
}

bool netlink_ask(struct netlink *netlink, uint16_t type, uint16_t flags, const void *bytes, uint32_t length, struct error *error)
{
    _Alignas(struct nlmsghdr) uint8_t request[NETLINK_QUESTION] = { 0 };
    if (length > sizeof request - MNL_ALIGN(sizeof(struct nlmsghdr)))
        return error_set(error, "a question of %u bytes is too long for the kernel", length);
    struct nlmsghdr *header = mnl_nlmsg_put_header(request);
    header->nlmsg_type = type;
    header->nlmsg_flags = NLM_F_REQUEST | flags;
    header->nlmsg_seq = ++netlink->sequence;
    if (length > 0)
        memcpy(mnl_nlmsg_put_extra_header(header, length), bytes, length);
    if (mnl_socket_sendto(netlink->socket, header, header->nlmsg_len) < 0) {
        netlink_explain(netlink, error);
        return false;
    }
    netlink->dumping = true;
    return true;
}

bool netlink_dump(struct netlink *netlink, enum netlink_dump what, struct error *error)
{
    static const uint16_t types[] = { [NETLINK_SAS] = XFRM_MSG_GETSA, [NETLINK_POLICIES] = XFRM_MSG_GETPOLICY, [NETLINK_ADDRESSES] = RTM_GETADDR };
    static const struct ifaddrmsg all = { .ifa_family = AF_UNSPEC };
    return netlink_ask(netlink, types[what], NLM_F_DUMP, &all, what == NETLINK_ADDRESSES ? sizeof all : 0, error);
}

static void netlink_message(struct netlink *netlink, const struct nlmsghdr *header)
{
    bool answer = netlink->dumping && header->nlmsg_seq == netlink->sequence && header->nlmsg_pid == mnl_socket_get_portid(netlink->socket);
    uint32_t length = (uint32_t)mnl_nlmsg_get_payload_len(header);
    const uint8_t *bytes = mnl_nlmsg_get_payload(header);
    int code = 0;
    switch (header->nlmsg_type) {
    case NLMSG_DONE:
    case NLMSG_ERROR: /* the end of a dump carries an errno in the same place */
        if (!answer)
            return;
        if (length >= sizeof code)
            memcpy(&code, bytes, sizeof code);
        netlink->dumping = false;
        netlink->error = code < 0 ? -code : 0;
        netlink->state |= netlink->error ? NETLINK_REFUSED : NETLINK_DUMPED;
        return;
    case NLMSG_NOOP:
        return;
    case NLMSG_OVERRUN:
        netlink->state |= NETLINK_LOST;
        return;
    default:
        if (answer && header->nlmsg_flags & NLM_F_DUMP_INTR) /* the table changed under the dump */
            netlink->state |= NETLINK_LOST;
        netlink->sink->message(netlink->sink->context, header->nlmsg_type, bytes, length, answer);
    }
}

unsigned netlink_receive(struct netlink *netlink, const struct netlink_sink *sink)
{
    netlink->sink = sink;
    netlink->state = 0;
    for (unsigned turn = 0; turn < NETLINK_TURNS; turn++) {
        ssize_t got = mnl_socket_recvfrom(netlink->socket, netlink->buffer, sizeof netlink->buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == ENOBUFS || errno == ENOSPC)) { /* lost, or longer than the buffer */
            netlink->state |= NETLINK_LOST;
            continue;
        }
        if (got <= 0) {
            netlink->state |= NETLINK_EMPTY;
            break;
        }
        int left = (int)got;
        for (const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)netlink->buffer; mnl_nlmsg_ok(header, left);
             header = mnl_nlmsg_next(header, &left))
            netlink_message(netlink, header);
    }
    netlink->sink = NULL;
    return netlink->state;
}
