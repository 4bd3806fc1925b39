/*
 * live: packets from interfaces, as a source: one handle an interface, merged by time.
 *
 * source_read hands out what is there and returns 0 where nothing is (yet): live_descriptors and poll(2) wait for more. A live source has no end of
 * its own: an interface that goes down or away is waited for, and whoever gave `message` is told. Times are the host's, in nanoseconds.
 *
 * After live_open nothing needs a capability: an interface that comes back is bound to the socket that is open already.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <poll.h>

#include "base/text.h"
#include "capture/source.h"

#define LIVE_INTERFACES_MAX 32u
#define LIVE_BUFFER_KIB 16384u  /* for each interface, unless another size is asked for */
#define LIVE_HOLD_MS 40         /* several interfaces: how long a packet waits for an earlier one of another */
#define LIVE_PORTS_MAX 16u

struct live_options {
    const char *const *interfaces; /* names, or "any" */
    size_t interface_count;
    const char *filter;            /* pcap-filter(7), or NULL: what live_filter says */
    const char *clear;             /* an expression for the clear packets that policies speak of, or NULL: none */
    uint32_t buffer_kib;           /* 0: LIVE_BUFFER_KIB */
    uint32_t snaplen;              /* 0: CAPTURE_FRAME_MAX */
    bool promiscuous;
    void (*message)(void *context, const char *line); /* a line about an interface */
    void *context;
};

struct live_counts {
    uint64_t received;             /* by the sockets, as far as the filters let them through */
    uint64_t dropped;              /* for want of room in a buffer */
    uint64_t interface_dropped;    /* by the interfaces themselves, before any filter */
};

/* NULL and an error that says what would help: no such interface, no permission, a filter that does not compile. Frame.file is the interface. */
struct source *live_open(const struct live_options *options, struct error *error);

/* Fills fds with what poll(2) has to wait on and returns how many, at most LIVE_INTERFACES_MAX. */
size_t live_descriptors(const struct source *source, struct pollfd *fds);
bool live_holds(const struct source *source); /* packets wait for their turn: ask again soon, whatever poll says */
/* Once a second or so: looks after interfaces that went down, away or came back. */
void live_look(struct source *source);
struct live_counts live_counts(const struct source *source);
/* The same of one interface, by frame.file less the first one's; NULL: no more, else its name. */
const char *live_counts_of(const struct source *source, size_t index, struct live_counts *counts);
/* ESP may be on these UDP ports as well: the default filter is made anew. Never more than LIVE_PORTS_MAX. */
void live_ports(struct source *source, const uint16_t *ports, size_t count);
/* Other clear packets than those of live_options.clear, likewise; the text stays the caller's until the next call. */
void live_clear_packets(struct source *source, const char *clear);

#endif
