/*
 * live_filter: what a live capture takes unless it is told otherwise, and putting a filter on a handle.
 *
 * Behind "vlan" an expression reads at offsets moved by four, so that it stands there once more for each tag. A socket's filter runs before a tag that
 * the kernel took off is put back; libpcap minds that on Ethernet. Cooked headers have no offset to move: frames whose tag is still in them
 * (the inner one of two) are taken whatever they carry.
 */
#include "capture/live_filter.h"

#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_SLL 113
#define LINKTYPE_SLL2 276

static void filter_ports(struct text *text, const uint16_t *ports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_printf(text, " or udp port %u", ports[i]);
}

/* IKE behind a non-ESP marker: version 1 or 2 stands at byte 17 of its header (RFC 7296 3.1). ICMP errors quote what they speak of. */
static void filter_ipsec(struct text *text, const uint16_t *ports, size_t count, const char *clear)
{
    text_put(text, "ip proto 50 or ip proto 51 or ip6 proto 50 or ip6 proto 51 or udp port 500 or udp port 4500 or tcp port 4500");
    filter_ports(text, ports, count);
    text_put(text, " or (ip[6:2] & 0x3fff != 0 and (ip proto 17 or ip proto 50 or ip proto 51))"
                   " or ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 60 or ip6[6] = 135"
                   " or icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 11 or icmp[0] = 12 or (ip6[6] = 58 and ip6[40] < 128)"
                   " or (udp[8:4] = 0 and (udp[29] = 0x20 or udp[29] = 0x10))"
                   " or (ip6[6] = 17 and ip6[48:4] = 0 and (ip6[69] = 0x20 or ip6[69] = 0x10))");
    if (clear != NULL)
        text_printf(text, " or (%s)", clear);
}

void live_filter(struct text *text, uint16_t linktype, const uint16_t *ports, size_t port_count, const char *clear)
{
    text_char(text, '(');
    filter_ipsec(text, ports, port_count, clear);
    text_char(text, ')');
    for (unsigned tag = 0; tag < 2 && linktype == LINKTYPE_ETHERNET; tag++) {
        text_put(text, " or (vlan and (");
        filter_ipsec(text, ports, port_count, clear);
        text_put(text, "))");
    }
    if (linktype == LINKTYPE_SLL || linktype == LINKTYPE_SLL2)
        text_put(text, " or ether proto 0x8100 or ether proto 0x88a8");
}

static bool filter_attach(int socket, struct sock_filter *instructions, unsigned count)
{
    struct sock_fprog filter = { (unsigned short)count, instructions };
    return count <= BPF_MAXINSNS && setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

/*
 * libpcap takes nothing while it changes a filter, and what comes then is lost; the kernel itself changes them at once. In between all is taken,
 * because a socket has no room for two large filters (net.core.optmem_max). Programs for cooked headers are libpcap's to fit.
 */
static bool filter_swap(int socket, uint16_t linktype, uint32_t snaplen, struct bpf_program *program)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, snaplen);
    return linktype != LINKTYPE_SLL && linktype != LINKTYPE_SLL2 && filter_attach(socket, &all, 1) &&
           filter_attach(socket, (struct sock_filter *)(void *)program->bf_insns, program->bf_len);
}

bool live_filter_use(pcap_t *pcap, uint16_t linktype, uint32_t snaplen, const char *expression, bool first, struct error *error)
{
    struct bpf_program program;
    struct text reason = { 0 };
    bool good = pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (good) {
        good = (!first && filter_swap(pcap_fileno(pcap), linktype, snaplen, &program)) || pcap_setfilter(pcap, &program) == 0;
        pcap_freecode(&program);
    }
    if (!good) {
        const char *detail = pcap_geterr(pcap);
        text_escaped(&reason, detail, strlen(detail));
        error_set(error, "the filter does not compile: %.300s", reason.chars ? reason.chars : "");
    }
    text_free(&reason);
    return good;
}
