/*
 * send: `esplain reproduce --send`: the only place that puts packets onto a wire.
 *
 * Theory of operation. The bytes on the wire are those of the plan, so on interfaces with Ethernet addresses whole frames go past the kernel's IP layer: that
 * one would make wrong checksums right, put fragments together, and protect packets that this host's own IPsec policy speaks of. What it would have
 * added, the next hop's address, is asked of it (kernel/way.h). On the loopback, where a frame from below with a source of this host is thrown away,
 * and on interfaces without such addresses the kernel sends the packets, and a plan with one that it would change is refused.
 */
#include "engine/send.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue/ip_names.h"
#include "kernel/way.h"
#include "system/privilege.h"

#define SEND_NAP (100 * PLAN_MS) /* how soon a stop is seen */

struct send {
    const struct plan *plan;
    const char *interface;
    struct addr to;
    uint32_t rate;
    struct way way;
    struct net *net;
    bool foreign;          /* the source is no address of this host */
    int64_t last;          /* of the times: */
    int64_t due[SENDING_PACKETS_MAX];
};

static bool send_permitted(struct error *error)
{
    struct text hint = { 0 };
    privilege_hint(PRIVILEGE_SEND, &hint);
    bool permitted = hint.length == 0;
    if (!permitted)
        error_set(error, "%s", hint.chars);
    text_free(&hint);
    return permitted;
}

/* The kernel sends it, so it must leave all packets as they are. */
static bool send_kept(const struct send *send, struct error *error)
{
    const struct plan *plan = send->plan;
    for (size_t i = 0; i < plan->packet_count; i++)
        if (!net_is_kept(plan->packets[i].bytes, plan->packets[i].length))
            return error_set(error, "packet %zu of %zu (%s) has an IP header that the kernel would put right on its way to %s, which has no link-layer "
                             "addresses; an Ethernet or veth interface carries it as it is; nothing was sent", i + 1, plan->packet_count,
                             plan->packets[i].what, send->way.name);
    return true;
}

static bool send_open(struct send *send, const struct esplain_reproduction *what, struct error *error)
{
    const struct plan *plan = send->plan;
    if (what->send_to == NULL || !addr_parse(what->send_to, strlen(what->send_to), &send->to))
        return error_set(error, "--to takes an address");
    if (send->rate == 0 || send->rate > SENDING_RATE_MAX)
        return error_set(error, "--rate takes a number of packets a second from 1 to %u", SENDING_RATE_MAX);
    if (!sending_allows(plan, &send->to, error) || !send_permitted(error) || !way_find(send->interface, &send->to, &send->way, error) ||
        !sending_fits(plan, send->way.mtu, error))
        return false;
    bool frames = send->way.link == WAY_ETHERNET;
    if (!frames && !send_kept(send, error))
        return false;
    struct addr source = plan->packet_count ? sending_source(&plan->packets[0]) : (struct addr){ 0 };
    send->foreign = source.family != 0 && !way_is_own(&source);
    send->last = sending_times(plan, send->rate, send->due);
    /* to an address of this host there is one way; a socket that is bound to the loopback would not find it */
    send->net = net_open(send->way.link == WAY_LOOPBACK ? NULL : send->interface, send->to.family, frames ? send->way.hardware : NULL, error);
    return send->net != NULL;
}

struct send *send_prepare(const struct plan *plan, const struct esplain_reproduction *what, struct error *error)
{
    struct send *send = calloc(1, sizeof *send);
    if (send == NULL) {
        error_set(error, "no memory");
        return NULL;
    }
    send->plan = plan;
    send->interface = what->send_interface;
    send->rate = what->send_rate ? what->send_rate : SENDING_RATE;
    if (send_open(send, what, error))
        return send;
    send_destroy(send);
    return NULL;
}

void send_destroy(struct send *send)
{
    if (send == NULL)
        return;
    net_destroy(send->net);
    free(send);
}

/* ---- what will be sent ---- */

static void send_describe_way(const struct send *send, struct text *text)
{
    char next[ADDR_TEXT_MAX];
    const uint8_t *to = send->way.hardware;
    if (send->way.link != WAY_ETHERNET) {
        text_put(text, ", by the kernel");
        return;
    }
    addr_print(&send->way.next, next);
    if (!addr_equal(&send->way.next, &send->to))
        text_printf(text, ", by the gateway %s", next);
    text_printf(text, " at %02x:%02x:%02x:%02x:%02x:%02x", to[0], to[1], to[2], to[3], to[4], to[5]);
}

static void send_describe(const struct send *send, const char *missing, struct text *text)
{
    const struct plan *plan = send->plan;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&send->to, dst);
    text_printf(text, "Sending %zu packet%s on %s to %s", plan->packet_count, plan->packet_count == 1 ? "" : "s", send->way.name, dst);
    send_describe_way(send, text);
    if (plan->packet_count > 1) {
        span_print(send->last, span);
        text_printf(text, ", at most %u a second, in %s", send->rate, span);
    }
    text_put(text, ":\n");
    for (size_t i = 0; i < plan->packet_count; i++) {
        const struct plan_packet *packet = &plan->packets[i];
        struct addr source = sending_source(packet);
        uint8_t protocol = packet->bytes[source.family == 4 ? 9 : 6];
        const char *name = ip_protocol_name(protocol);
        addr_print(&source, src);
        text_printf(text, "%5zu  +%.3f s  %s > %s  ", i + 1, (double)send->due[i] / PLAN_SECOND, src, dst);
        if (name)
            text_put(text, name);
        else
            text_printf(text, "protocol %u", protocol);
        text_printf(text, ", %u bytes: %s\n", packet->length, packet->what);
    }
    if (send->foreign)
        text_put(text, "Their source is no address of this host: whatever answers them answers whoever has it.\n");
    if (missing)
        text_put(text, missing);
}

/* ---- and is ---- */

static int64_t send_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * PLAN_SECOND + now.tv_nsec;
}

static bool send_stopped(const struct esplain_options *options)
{
    return options->stop != NULL && *options->stop;
}

/* False where a stop came first. */
static bool send_wait(const struct esplain_options *options, int64_t until_ns)
{
    for (int64_t left; !send_stopped(options); ) {
        if ((left = until_ns - send_clock()) <= 0)
            return true;
        if (left > SEND_NAP)
            left = SEND_NAP;
        struct timespec nap = { left / PLAN_SECOND, left % PLAN_SECOND };
        (void)nanosleep(&nap, NULL);
    }
    return false;
}

static bool send_say(const struct esplain_options *options, struct text *text, struct error *error)
{
    bool said = text->chars != NULL && options->output(options->context, text->chars, text->length);
    text_free(text);
    return said || error_set(error, "the output could not be written");
}

bool send_run(struct send *send, const struct esplain_options *options, const char *missing, struct error *error)
{
    const struct plan *plan = send->plan;
    struct text text = { 0 };
    struct error why;
    size_t sent = 0;
    bool good = true;
    send_describe(send, missing, &text);
    if (!send_say(options, &text, error))
        return false;
    for (int64_t start = send_clock(); good && sent < plan->packet_count && send_wait(options, start + send->due[sent]); sent += good)
        good = net_send(send->net, plan->packets[sent].bytes, plan->packets[sent].length, &why);
    if (!good)
        return error_set(error, "%zu of %zu packets were sent, then the interface took no more: %s", sent, plan->packet_count, why.message);
    text_printf(&text, "%s%zu of %zu packets sent.\n", sent < plan->packet_count ? "Stopped: " : "", sent, plan->packet_count);
    return send_say(options, &text, error);
}
