/*
 * live: libpcap's handles on interfaces.
 *
 * Theory of operation. Handles do not block; poll(2) waits for all of them. The kernel fills blocks of packets and hands one over when it is full or
 * LIVE_BLOCK_MS old, which costs less than waking up for each packet and is still soon. A packet's bytes stay good until the kernel gets the
 * block back, so they are copied into the handle's batch.
 *
 * Several interfaces are merged by time. A packet is handed out once every other handle either shows a later one or has shown nothing for
 * LIVE_HOLD_MS, which is longer than a block is filled. A clock that was set back makes packets of the future: those wait for nobody.
 *
 * An interface that goes down leaves the socket as it is. One that goes away takes the socket's binding with it; when an interface of that name is there
 * again, the same socket is bound to it. Binding needs no capability, opening does, and by then they have been given up.
 */
#include "capture/live.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "capture/live_filter.h"
#include "capture/reader.h"

#define LIVE_BLOCK_MS 15
#define LIVE_EARLY_NS ((int64_t)1000000000) /* older than the first filter by more: of a clock that was set */
#define LIVE_ROOM (2 * CAPTURE_FRAME_MAX)
#define ETHERTYPE_ALL 3
#define LINKTYPE_SLL2 276

enum live_state { LIVE_UP, LIVE_DOWN, LIVE_GONE };

struct live_handle {
    const char *name;
    struct text shown;        /* the name, escaped */
    pcap_t *pcap;
    int index;                /* of the interface that the socket is bound to; 0: all of them */
    uint16_t linktype;
    uint8_t state;            /* enum live_state */
    bool micro;               /* times come in microseconds */
    int64_t begin_ns;         /* when its first filter stood; 0: a packet since then was seen */
    struct source *source;
    struct frame frames[CAPTURE_BATCH];
    size_t at, count, used;
    uint8_t *room;            /* LIVE_ROOM */
};

struct live {
    struct live_options options;
    struct live_handle handles[LIVE_INTERFACES_MAX];
    size_t count;
    int asker;                /* a socket to ask about interfaces */
    uint16_t ports[LIVE_PORTS_MAX];
    size_t port_count;
};

static void live_say(const struct live *live, const struct live_handle *handle, const char *what)
{
    struct text line = { 0 };
    text_printf(&line, "%s: %s", handle->shown.chars ? handle->shown.chars : "", what);
    if (live->options.message && line.chars)
        live->options.message(live->options.context, line.chars);
    text_free(&line);
}

/* ioctl about the interface; false: there is none of that name. */
static bool live_ask(const struct live *live, const struct live_handle *handle, unsigned long request, struct ifreq *answer)
{
    memset(answer, 0, sizeof *answer);
    memcpy(answer->ifr_name, handle->name, strnlen(handle->name, sizeof answer->ifr_name - 1));
    return ioctl(live->asker, request, answer) == 0;
}

static void live_names(struct text *text)
{
    struct if_nameindex *all = if_nameindex();
    for (size_t i = 0; all != NULL && all[i].if_index != 0 && i < 16; i++) {
        text_put(text, i ? ", " : "; there are ");
        text_escaped(text, all[i].if_name, strlen(all[i].if_name));
    }
    if (all != NULL) {
        text_put(text, " and any");
        if_freenameindex(all);
    }
}

static bool live_refuse(const struct live_handle *handle, int status, struct error *error)
{
    const char *name = handle->shown.chars ? handle->shown.chars : "";
    struct text help = { 0 };
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
        live_names(&help);
        error_set(error, "%.100s: there is no such interface%.300s", name, help.chars ? help.chars : "");
    } else if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED) {
        error_set(error, "%.100s: no permission to capture", name); /* what would help is said by who knows the process */
    } else if (status == PCAP_ERROR_IFACE_NOT_UP) {
        error_set(error, "%.100s: the interface is down: ip link set %.100s up", name, name);
    } else {
        const char *detail = handle->pcap ? pcap_geterr(handle->pcap) : "";
        text_escaped(&help, detail, strlen(detail));
        error_set(error, "%.100s: %.300s", name, help.length ? help.chars : pcap_statustostr(status));
    }
    text_free(&help);
    return false;
}

/* The values in files, where they differ from those on this system. */
static uint16_t live_linktype(int dlt)
{
    return dlt == DLT_RAW ? 101 : dlt < 0 || dlt > UINT16_MAX ? UINT16_MAX : (uint16_t)dlt;
}

static uint32_t live_snap(const struct live *live)
{
    return live->options.snaplen ? live->options.snaplen : CAPTURE_FRAME_MAX;
}

static bool live_set_filter(const struct live *live, struct live_handle *handle, bool first, struct error *error)
{
    const struct live_options *options = &live->options;
    struct text expression = { 0 };
    if (options->filter != NULL)
        text_put(&expression, options->filter);
    else
        live_filter(&expression, handle->linktype, live->ports, live->port_count, options->clear);
    bool good = expression.chars != NULL ? live_filter_use(handle->pcap, handle->linktype, live_snap(live), expression.chars, first, error)
                                         : error_set(error, "no memory");
    text_free(&expression);
    return good;
}

static int64_t live_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool live_start(struct live *live, struct live_handle *handle, struct error *error)
{
    const struct live_options *options = &live->options;
    char reason[PCAP_ERRBUF_SIZE] = "";
    bool any = strcmp(handle->name, "any") == 0;
    struct ifreq answer;
    handle->room = malloc(LIVE_ROOM);
    if (handle->room == NULL)
        return error_set(error, "no memory");
    if (!any && (strlen(handle->name) >= IFNAMSIZ || !live_ask(live, handle, SIOCGIFINDEX, &answer)))
        return live_refuse(handle, PCAP_ERROR_NO_SUCH_DEVICE, error);
    handle->index = any ? 0 : answer.ifr_ifindex;
    handle->pcap = pcap_create(handle->name, reason);
    if (handle->pcap == NULL)
        return error_set(error, "%.100s: %.300s", handle->shown.chars ? handle->shown.chars : "", reason);
    pcap_set_snaplen(handle->pcap, (int)live_snap(live));
    pcap_set_promisc(handle->pcap, options->promiscuous);
    pcap_set_timeout(handle->pcap, LIVE_BLOCK_MS);
    pcap_set_buffer_size(handle->pcap, (int)((options->buffer_kib ? options->buffer_kib : LIVE_BUFFER_KIB) * 1024));
    handle->micro = pcap_set_tstamp_precision(handle->pcap, PCAP_TSTAMP_PRECISION_NANO) != 0;
    int status = pcap_activate(handle->pcap);
    if (status < 0)
        return live_refuse(handle, status, error);
    if (status == PCAP_WARNING_PROMISC_NOTSUP)
        live_say(live, handle, "cannot be set to promiscuous mode: only this host's packets are seen");
    if (any)
        pcap_set_datalink(handle->pcap, LINKTYPE_SLL2); /* which tells the interface; older ones keep what they have */
    handle->linktype = live_linktype(pcap_datalink(handle->pcap));
    if (pcap_setnonblock(handle->pcap, 1, reason) != 0)
        return error_set(error, "%.300s", reason);
    if (!live_set_filter(live, handle, true, error))
        return false;
    handle->begin_ns = live_now();
    return true;
}

static void live_close(struct source *source)
{
    struct live *live = source->state;
    for (size_t i = 0; live != NULL && i < live->count; i++) {
        if (live->handles[i].pcap != NULL)
            pcap_close(live->handles[i].pcap);
        free(live->handles[i].room);
        text_free(&live->handles[i].shown);
    }
    if (live != NULL && live->asker >= 0)
        close(live->asker);
    free(live);
}

/*
 * Before the first filter stood the socket took everything, lost some of it to the change, and kept the rest: a gap that is ours. What is older than that
 * moment is left out, until a packet is not; a clock that was set meanwhile leaves nothing out for long.
 */
static bool live_is_early(struct live_handle *handle, int64_t time_ns)
{
    if (handle->begin_ns != 0 && time_ns < handle->begin_ns && handle->begin_ns - time_ns < LIVE_EARLY_NS)
        return true;
    handle->begin_ns = 0;
    return false;
}

/* libpcap's callback: one packet into the batch. */
static void live_take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct live_handle *handle = (struct live_handle *)(void *)user;
    int64_t time_ns = (int64_t)header->ts.tv_sec * 1000000000 + (int64_t)header->ts.tv_usec * (handle->micro ? 1000 : 1);
    if (header->caplen > CAPTURE_FRAME_MAX || handle->count == CAPTURE_BATCH || live_is_early(handle, time_ns))
        return;
    struct frame *frame = &handle->frames[handle->count++];
    *frame = (struct frame){
        .bytes = memcpy(handle->room + handle->used, bytes, header->caplen),
        .captured = header->caplen,
        .wire = header->len > header->caplen ? header->len : header->caplen,
        .time_ns = time_ns,
        .linktype = handle->linktype,
    };
    if (handle->linktype == LINKTYPE_SLL2 && header->caplen >= 8)
        frame->interface = bytes_get32(bytes + 4);
    handle->used += header->caplen;
    if (handle->used > LIVE_ROOM - CAPTURE_FRAME_MAX)
        pcap_breakloop(handle->pcap);
}

static void live_fill(struct live_handle *handle)
{
    if (handle->at < handle->count)
        return;
    handle->at = handle->count = handle->used = 0;
    /* what is wrong with an interface is live_look's */
    (void)pcap_dispatch(handle->pcap, CAPTURE_BATCH, live_take, (u_char *)handle);
}

/* May this packet go although some handle shows nothing? */
static bool live_is_ripe(const struct frame *frame, int64_t now_ns)
{
    return frame->time_ns > now_ns || now_ns - frame->time_ns >= LIVE_HOLD_MS * (int64_t)1000000;
}

/* The handle with the earliest packet, or NULL. *dry: some handle shows none. */
static struct live_handle *live_earliest(struct live *live, bool *dry)
{
    struct live_handle *earliest = NULL;
    *dry = false;
    for (size_t i = 0; i < live->count; i++) {
        struct live_handle *handle = &live->handles[i];
        if (handle->at == handle->count)
            *dry = true;
        else if (earliest == NULL || handle->frames[handle->at].time_ns < earliest->frames[earliest->at].time_ns)
            earliest = handle;
    }
    return earliest;
}

static size_t live_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    struct live *live = source->state;
    size_t count = 0;
    bool dry;
    int64_t now_ns = live->count > 1 ? live_now() : 0; /* before the handles are asked: what comes later has waited for nobody */
    for (size_t i = 0; i < live->count; i++)
        live_fill(&live->handles[i]);
    for (struct live_handle *handle; count < CAPTURE_BATCH && (handle = live_earliest(live, &dry)) != NULL;) {
        const struct frame *frame = &handle->frames[handle->at];
        if (dry && live->count > 1 && !live_is_ripe(frame, now_ns))
            break;
        frames[count] = *frame;
        frames[count].number = ++source->number;
        frames[count].file = (uint16_t)(source->file + (handle - live->handles));
        count++;
        if (++handle->at == handle->count)
            break; /* there may be more of it, for which the bytes of this batch would have to go */
    }
    return count;
}

bool live_holds(const struct source *source)
{
    const struct live *live = source->state;
    for (size_t i = 0; i < live->count; i++)
        if (live->handles[i].at < live->handles[i].count)
            return true;
    return false;
}

size_t live_descriptors(const struct source *source, struct pollfd *fds)
{
    const struct live *live = source->state;
    size_t count = 0;
    for (size_t i = 0; i < live->count; i++)
        if (live->handles[i].state == LIVE_UP) /* one that is gone would wake poll for ever */
            fds[count++] = (struct pollfd){ .fd = pcap_get_selectable_fd(live->handles[i].pcap), .events = POLLIN };
    return count;
}

/* The socket to an interface that has come back. */
static bool live_bind(const struct live *live, struct live_handle *handle, int index)
{
    int fd = pcap_fileno(handle->pcap), failed;
    socklen_t length = sizeof failed;
    struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_ALL), .sll_ifindex = index };
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length); /* takes the old failure off */
    if (bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0)
        return false;
    handle->index = index;
    if (live->options.promiscuous) {
        struct packet_mreq membership = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
    }
    return true;
}

static void live_look_at(const struct live *live, struct live_handle *handle)
{
    static const char *const words[] = { "the interface is up again", "the interface is down: nothing is captured there until it is up",
                                         "the interface is gone: waiting for it to come back" };
    struct ifreq answer;
    uint8_t state = LIVE_GONE;
    int index = handle->index;
    if (live_ask(live, handle, SIOCGIFINDEX, &answer) && (answer.ifr_ifindex == handle->index || live_bind(live, handle, answer.ifr_ifindex)))
        state = live_ask(live, handle, SIOCGIFFLAGS, &answer) && answer.ifr_flags & IFF_UP ? LIVE_UP : LIVE_DOWN;
    if (handle->index != index && handle->state == LIVE_UP)
        live_say(live, handle, words[LIVE_GONE]); /* it went and came between two looks */
    else if (state == handle->state)
        return;
    handle->state = state;
    live_say(live, handle, words[state]);
}

void live_look(struct source *source)
{
    struct live *live = source->state;
    for (size_t i = 0; i < live->count; i++)
        if (live->handles[i].index != 0)
            live_look_at(live, &live->handles[i]);
}

const char *live_counts_of(const struct source *source, size_t index, struct live_counts *counts)
{
    const struct live *live = source->state;
    struct pcap_stat stat;
    *counts = (struct live_counts){ 0 };
    if (index >= live->count)
        return NULL;
    if (pcap_stats(live->handles[index].pcap, &stat) == 0)
        *counts = (struct live_counts){ stat.ps_recv, stat.ps_drop, stat.ps_ifdrop };
    return live->handles[index].name;
}

struct live_counts live_counts(const struct source *source)
{
    struct live_counts sum = { 0 }, one;
    for (size_t i = 0; live_counts_of(source, i, &one) != NULL; i++) {
        sum.received += one.received;
        sum.dropped += one.dropped;
        sum.interface_dropped += one.interface_dropped;
    }
    return sum;
}

/* The default filter anew, where it is used. */
static void live_filter_again(struct live *live)
{
    struct error error;
    for (size_t i = 0; i < live->count && live->options.filter == NULL; i++)
        if (!live_set_filter(live, &live->handles[i], false, &error))
            live_say(live, &live->handles[i], error.message);
}

void live_ports(struct source *source, const uint16_t *ports, size_t count)
{
    struct live *live = source->state;
    live->port_count = count < LIVE_PORTS_MAX ? count : LIVE_PORTS_MAX;
    memcpy(live->ports, ports, live->port_count * sizeof *ports);
    live_filter_again(live);
}

void live_clear_packets(struct source *source, const char *clear)
{
    struct live *live = source->state;
    live->options.clear = clear;
    live_filter_again(live);
}

static uint64_t live_dropped(const struct source *source)
{
    struct live_counts counts = live_counts(source);
    return counts.dropped + counts.interface_dropped;
}

static const char *live_interface(const struct source *source, uint32_t interface)
{
    const struct live *live = source->state;
    return interface < live->count ? live->handles[interface].name : NULL;
}

static uint32_t live_snaplen(const struct source *source)
{
    const struct live *live = source->state;
    return live->options.snaplen;
}

static const struct reader_format live_format = {
    .name = "live",
    .endless = true,
    .close = live_close,
    .read = live_read,
    .dropped = live_dropped,
    .interface = live_interface,
    .snaplen = live_snaplen,
};

struct source *live_open(const struct live_options *options, struct error *error)
{
    struct source *source = calloc(1, sizeof *source);
    struct live *live = calloc(1, sizeof *live);
    if (source == NULL || live == NULL) {
        free(source);
        free(live);
        error_set(error, "no memory");
        return NULL;
    }
    source->format = &live_format;
    source->state = live;
    live->options = *options;
    live->asker = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool good = options->interface_count <= LIVE_INTERFACES_MAX || error_set(error, "more than %u interfaces", LIVE_INTERFACES_MAX);
    for (size_t i = 0; i < options->interface_count && good; i++) {
        struct live_handle *handle = &live->handles[live->count++];
        handle->name = options->interfaces[i];
        handle->source = source;
        text_escaped(&handle->shown, handle->name, strlen(handle->name));
        good = live_start(live, handle, error);
    }
    if (good)
        return source;
    source_close(source);
    return NULL;
}
