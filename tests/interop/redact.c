/*
 * redact: what a kernel in lockdown does with keys (net/xfrm/xfrm_user.c, xfrm_redact), done to the netlink messages that a process receives: the bytes of
 * each key are zero. Loaded with LD_PRELOAD into esplain in the guest, whose own kernel has no lockdown.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Where a key begins in an attribute of this type, 0 for others. */
static uint32_t redact_key_at(uint16_t type)
{
    switch (type) {
    case XFRMA_ALG_CRYPT:
    case XFRMA_ALG_AUTH:
        return sizeof(struct xfrm_algo);
    case XFRMA_ALG_AUTH_TRUNC:
        return sizeof(struct xfrm_algo_auth);
    case XFRMA_ALG_AEAD:
        return sizeof(struct xfrm_algo_aead);
    default:
        return 0;
    }
}

static void redact_attributes(uint8_t *bytes, uint32_t length)
{
    for (uint32_t at = 0; length - at >= sizeof(struct nlattr) && at < length;) {
        struct nlattr head;
        memcpy(&head, bytes + at, sizeof head);
        if (head.nla_len < sizeof head || head.nla_len > length - at)
            return;
        uint32_t key = redact_key_at(head.nla_type & NLA_TYPE_MASK);
        if (key && head.nla_len > sizeof head + key)
            memset(bytes + at + sizeof head + key, 0, head.nla_len - sizeof head - key);
        at += NLMSG_ALIGN(head.nla_len);
    }
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    static ssize_t (*real)(int, struct msghdr *, int);
    int protocol = 0;
    socklen_t size = sizeof protocol;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "recvmsg");
    ssize_t got = real(fd, message, flags);
    if (got <= 0 || getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0 || protocol != NETLINK_XFRM || message->msg_iovlen != 1)
        return got;
    uint8_t *bytes = message->msg_iov[0].iov_base;
    for (ssize_t at = 0; got - at >= (ssize_t)sizeof(struct nlmsghdr);) {
        struct nlmsghdr head;
        memcpy(&head, bytes + at, sizeof head);
        if (head.nlmsg_len < sizeof head || head.nlmsg_len > got - at)
            break;
        uint32_t info = NLMSG_ALIGN(sizeof(struct xfrm_usersa_info)), rest = head.nlmsg_len - sizeof head;
        if ((head.nlmsg_type == XFRM_MSG_NEWSA || head.nlmsg_type == XFRM_MSG_UPDSA) && rest > info)
            redact_attributes(bytes + at + sizeof head + info, rest - info);
        at += NLMSG_ALIGN(head.nlmsg_len);
    }
    return got;
}
