/* kernel: what the kernel dumps and announces, into the SA table, the policies and the addresses. See kernel.h for how it works. */
#include "engine/kernel.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/step.h"
#include "engine/live.h"
#include "kernel/netlink.h"
#include "kernel/xfrm_message.h"
#include "sa/replay.h"

#define KERNEL_TURNS 1024u /* what they take is more than a socket holds */
#define KERNEL_DUMP_NS (10 * (int64_t)1000000000) /* no table takes as long */

struct engine_kernel {
    struct netlink *xfrm, *route;
    struct esplain *esplain;
    uint16_t file;
    struct kernel_policies policies;
    struct prefix *addresses;
    size_t address_count, address_room;
    int64_t empty_ns, now_ns; /* what is read now happened between these */
    uint32_t dump;            /* counts dumps of SAs */
    bool stale, addresses_stale; /* something was lost: the tables are asked for again */
    bool refused_told, redacted_told;
    struct xfrm_message message;
};

static uint32_t kernel_alive(struct engine_kernel *kernel, const struct sa_definition *definition)
{
    struct sadb *db = kernel->esplain->db;
    uint32_t other;
    return sadb_find(db, sadb_hash(db, &definition->dst.addr, definition->spi, definition->proto), &definition->src.addr,
                     &definition->dst.addr, definition->spi, definition->proto, kernel->now_ns, &other);
}

static void kernel_release(struct engine_kernel *kernel, struct sa_record *record)
{
    struct secrets *secrets = sa_table_secrets(kernel->esplain->table);
    secrets_release(secrets, &record->definition.encryption_key);
    secrets_release(secrets, &record->definition.integrity_key);
}

static bool kernel_has(const struct engine_kernel *kernel, uint32_t index)
{
    return index != SADB_NONE && sadb_sa(kernel->esplain->db, index)->origin == SA_ORIGIN_KERNEL;
}

/* Its keys become the SA's. */
static uint32_t kernel_keep(struct engine_kernel *kernel, struct sa_record *record)
{
    struct esplain *esplain = kernel->esplain;
    uint32_t index = sadb_keep(esplain->db, record, sa_table_secrets(esplain->table), kernel->file, esplain->options.window);
    if (index == SADB_NONE) {
        kernel_release(kernel, record); /* memory is at its end, or the table full */
        return SADB_NONE;
    }
    struct sa *sa = sadb_sa(esplain->db, index);
    sa->origin = SA_ORIGIN_KERNEL;
    sa->dump = kernel->dump;
    if (record->definition.encap == ENCAP_UDP && record->definition.encap_dport)
        walk_ports_add(&esplain->ports, record->definition.encap_dport);
    return index;
}

/* A dumped SA: its window and what it carried go on from there. */
static void kernel_define(struct engine_kernel *kernel, struct xfrm_message *message)
{
    struct sa_record *record = &message->record;
    uint32_t alive = kernel_alive(kernel, &record->definition);
    if (kernel_has(kernel, alive)) {
        sadb_sa(kernel->esplain->db, alive)->dump = kernel->dump;
        kernel_release(kernel, record);
        return;
    }
    if (kernel->dump > 1) { /* came while announcements were lost */
        record->event = SA_EVENT_ADD;
        record->time_known = true;
        record->time_ns = kernel->empty_ns - KERNEL_LAG_NS;
    }
    uint32_t index = kernel_keep(kernel, record);
    if (index != SADB_NONE)
        sadb_take(kernel->esplain->db, index, &message->moment);
}

/* The kernel takes over limits, encapsulation and selector from an update, and keeps keys and window. */
static void kernel_amend(struct engine_kernel *kernel, uint32_t index, const struct sa_definition *definition)
{
    struct sa_definition *kept = &sadb_sa(kernel->esplain->db, index)->own->definition;
    kept->hard = definition->hard;
    kept->soft = definition->soft;
    kept->encap = definition->encap;
    kept->encap_sport = definition->encap_sport;
    kept->encap_dport = definition->encap_dport;
    kept->has_selector = definition->has_selector;
    kept->selector = definition->selector;
    sadb_refresh(kernel->esplain->db, index);
}

static void kernel_come(struct engine_kernel *kernel, struct sa_record *record)
{
    struct sadb *db = kernel->esplain->db;
    uint32_t alive = kernel_alive(kernel, &record->definition);
    bool own = kernel_has(kernel, alive), update = record->event == SA_EVENT_UPDATE;
    if (own && (!(sadb_hot(db, alive)->flags & SA_HOT_LARVAL) || record->definition.state == SA_STATE_LARVAL)) {
        if (update)
            kernel_amend(kernel, alive, &record->definition);
        kernel_release(kernel, record); /* or a dump had shown it before it was announced */
        return;
    }
    record->time_known = true;
    record->time_ns = kernel->empty_ns - KERNEL_LAG_NS;
    if (own)
        sadb_end(db, &record->definition, record->time_ns, SA_END_REPLACED);
    (void)kernel_keep(kernel, record);
}

static void kernel_flush(struct engine_kernel *kernel, uint8_t proto)
{
    struct sadb *db = kernel->esplain->db;
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        if (kernel_has(kernel, i) && !sa->ended_known && (proto == 0 || proto == sa->proto))
            sadb_end(db, sa->definition, kernel->now_ns, SA_END_FLUSHED);
    }
}

static void kernel_sa(struct engine_kernel *kernel, struct xfrm_message *message)
{
    struct sa_record *record = &message->record;
    uint8_t proto = record->definition.proto;
    if (message->redacted && !kernel->redacted_told) {
        kernel->redacted_told = true;
        engine_message(kernel->esplain, "the kernel is locked down and shows no keys: nothing can be opened, and no ICV checked");
    }
    if (record->event == SA_EVENT_FLUSH) {
        kernel_flush(kernel, proto);
        return;
    }
    if (proto != SA_PROTO_ESP && proto != SA_PROTO_AH && proto != SA_PROTO_IPCOMP) {
        kernel_release(kernel, record);
        return;
    }
    switch ((enum sa_event)record->event) {
    case SA_EVENT_DEFINE:
        kernel_define(kernel, message);
        return;
    case SA_EVENT_ADD:
    case SA_EVENT_UPDATE:
        kernel_come(kernel, record);
        return;
    case SA_EVENT_DELETE:
    case SA_EVENT_EXPIRE_HARD:
        sadb_end(kernel->esplain->db, &record->definition, kernel->now_ns, record->event == SA_EVENT_DELETE ? SA_END_DELETED : SA_END_EXPIRED);
        break;
    case SA_EVENT_EXPIRE_SOFT:
    case SA_EVENT_MAPPING:
    case SA_EVENT_TOUCH:
    case SA_EVENT_FLUSH:
        break;
    }
    kernel_release(kernel, record);
}

static void kernel_xfrm(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump)
{
    struct engine_kernel *kernel = context;
    struct xfrm_message *message = &kernel->message;
    kernel->now_ns = live_clock(kernel->esplain);
    xfrm_message_read(type, bytes, length, dump, sa_table_secrets(kernel->esplain->table), message);
    if (message->kind == XFRM_MESSAGE_SA)
        kernel_sa(kernel, message);
    else if (message->kind == XFRM_MESSAGE_POLICY)
        kernel_policies_take(&kernel->policies, &message->policy);
    else if (message->kind == XFRM_MESSAGE_MIGRATED)
        kernel->stale = true;
    else
        kernel_release(kernel, &message->record); /* what of a damaged one could be read */
}

/* This host's addresses; an announcement only says that they are to be asked for again. */
static void kernel_route(void *context, uint16_t type, const uint8_t *bytes, uint32_t length, bool dump)
{
    struct engine_kernel *kernel = context;
    struct xfrm_attribute attribute;
    struct prefix own = { 0 };
    bool damaged = false;
    if (!dump) {
        kernel->addresses_stale |= type == RTM_NEWADDR || type == RTM_DELADDR;
        return;
    }
    if (type != RTM_NEWADDR || length < sizeof(struct ifaddrmsg))
        return;
    uint8_t family = bytes[offsetof(struct ifaddrmsg, ifa_family)], size = family == AF_INET ? 4 : 16;
    for (uint32_t at = sizeof(struct ifaddrmsg); xfrm_attribute_next(bytes, length, &at, &attribute, &damaged);)
        if ((attribute.type == IFA_LOCAL || (attribute.type == IFA_ADDRESS && own.addr.family == 0)) && attribute.length >= size)
            own = xfrm_host(attribute.bytes, family);
    if (own.addr.family == 0)
        return;
    if (kernel->address_count == kernel->address_room) {
        size_t room = kernel->address_room ? kernel->address_room * 2 : 16;
        struct prefix *addresses = realloc(kernel->addresses, room * sizeof *addresses);
        if (addresses == NULL)
            return;
        kernel->addresses = addresses;
        kernel->address_room = room;
    }
    kernel->addresses[kernel->address_count++] = own;
}

/* A set of enum netlink_state of what was read. */
static unsigned kernel_receive(struct engine_kernel *kernel)
{
    const struct netlink_sink sink = { kernel, kernel_xfrm };
    unsigned state = netlink_receive(kernel->xfrm, &sink);
    if (state & NETLINK_LOST)
        kernel->stale = true;
    return state;
}

/* One dump, whole. */
static bool kernel_dump(struct engine_kernel *kernel, enum netlink_dump what, struct error *error)
{
    const struct netlink_sink routes = { kernel, kernel_route };
    bool route = what == NETLINK_ADDRESSES;
    struct netlink *netlink = route ? kernel->route : kernel->xfrm;
    int64_t until_ns = live_clock(kernel->esplain) + KERNEL_DUMP_NS;
    if (!netlink_dump(netlink, what, error))
        return false;
    for (;;) {
        kernel->now_ns = live_clock(kernel->esplain);
        unsigned state = route ? netlink_receive(netlink, &routes) : kernel_receive(kernel);
        if (state & NETLINK_DUMPED)
            return true;
        if (state & NETLINK_REFUSED)
            return error_set(error, "the kernel does not show its %s: %s%s", route ? "addresses" : what == NETLINK_SAS ? "SAs" : "policies",
                             strerror(netlink_error(netlink)), netlink_error(netlink) == EPERM ? " (CAP_NET_ADMIN is needed)" : "");
        if (kernel->now_ns > until_ns)
            return error_set(error, "the kernel did not finish the dump of its tables");
        struct pollfd wait = { netlink_descriptor(netlink), POLLIN, 0 };
        (void)poll(&wait, 1, 100);
    }
}

/* SAs that the latest dump does not show any more ended while announcements were lost. */
static void kernel_sweep(struct engine_kernel *kernel)
{
    struct sadb *db = kernel->esplain->db;
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        if (kernel_has(kernel, i) && sa->dump != kernel->dump && !sa->ended_known)
            sadb_end(db, sa->definition, kernel->now_ns, SA_END_DELETED);
    }
}

static bool kernel_tables(struct engine_kernel *kernel, struct error *error)
{
    kernel->stale = false;
    kernel->dump++;
    if (!kernel_dump(kernel, NETLINK_SAS, error))
        return false;
    kernel_sweep(kernel);
    kernel_policies_clear(&kernel->policies);
    return kernel_dump(kernel, NETLINK_POLICIES, error);
}

static bool kernel_addresses(struct engine_kernel *kernel, struct error *error)
{
    kernel->addresses_stale = false;
    kernel->address_count = 0;
    if (!kernel_dump(kernel, NETLINK_ADDRESSES, error))
        return false;
    return known_set_own(kernel->esplain->known, kernel->addresses, kernel->address_count, error);
}

/* What changed did so after nothing had been waiting; a packet's time is stamped a little before the kernel looks at it. */
static bool kernel_use_policies(struct engine_kernel *kernel)
{
    return kernel_policies_use(&kernel->policies, kernel->esplain, kernel->empty_ns - KERNEL_LAG_NS, live_clock(kernel->esplain));
}

bool engine_kernel_start(struct esplain *esplain, struct error *error)
{
    struct sa_sink sink;
    struct engine_kernel *kernel = calloc(1, sizeof *kernel);
    if ((esplain->kernel = kernel) == NULL)
        return error_set(error, "no memory");
    kernel->esplain = esplain;
    kernel->empty_ns = live_clock(esplain);
    if (!sa_table_add_source(esplain->table, "kernel", &sink, error))
        return false;
    kernel->file = (uint16_t)(sa_table_file_count(esplain->table) - 1);
    kernel->xfrm = netlink_open(NETLINK_TO_XFRM, error);
    kernel->route = kernel->xfrm ? netlink_open(NETLINK_TO_ROUTE, error) : NULL;
    if (kernel->route == NULL || !kernel_tables(kernel, error) || !kernel_addresses(kernel, error))
        return false;
    esplain->confirm = confirm_create(esplain);
    return kernel_use_policies(kernel) || error_set(error, "out of memory for policies");
}

void engine_kernel_stop(struct esplain *esplain)
{
    struct engine_kernel *kernel = esplain->kernel;
    confirm_destroy(esplain->confirm);
    esplain->confirm = NULL;
    if (kernel == NULL)
        return;
    netlink_close(kernel->xfrm);
    netlink_close(kernel->route);
    kernel_policies_free(&kernel->policies);
    free(kernel->addresses);
    free(kernel);
    esplain->kernel = NULL;
}

void engine_kernel_begin(struct esplain *esplain, bool everywhere)
{
    if (esplain->kernel != NULL)
        confirm_begin(esplain, everywhere);
}

const struct policy *engine_kernel_policy(const struct esplain *esplain, size_t index)
{
    return esplain->kernel ? kernel_policies_at(&esplain->kernel->policies, index) : NULL;
}

uint32_t engine_kernel_policy_changes(const struct esplain *esplain)
{
    return esplain->kernel ? esplain->kernel->policies.changes : 0;
}

bool engine_kernel_check(const struct esplain *esplain, int64_t time_ns, const struct spd_flow *flow, const struct spd_path *path,
                         bool judge_policies, struct judgement *judgement)
{
    if (esplain->kernel == NULL)
        return spd_check(esplain->spd, flow, path, judge_policies, judgement);
    return kernel_policies_check(&esplain->kernel->policies, esplain->spd, time_ns, flow, path, judge_policies, judgement);
}

static void kernel_again(struct engine_kernel *kernel)
{
    struct error error = { "" };
    if ((kernel->stale && !kernel_tables(kernel, &error)) || (kernel->addresses_stale && !kernel_addresses(kernel, &error))) {
        if (!kernel->refused_told)
            engine_message(kernel->esplain, "the kernel's announcements were lost and its tables could not be read again: %s; what came or went since is not known",
                           error.message);
        kernel->refused_told = true;
    }
}

int engine_kernel_descriptor(const struct esplain *esplain)
{
    return esplain->kernel ? netlink_descriptor(esplain->kernel->xfrm) : -1;
}

/* A hundred buffers or so; false: there is more. */
static bool kernel_poll(struct engine_kernel *kernel)
{
    const struct netlink_sink routes = { kernel, kernel_route };
    int64_t before_ns = kernel->now_ns = live_clock(kernel->esplain);
    unsigned state = kernel_receive(kernel);
    (void)netlink_receive(kernel->route, &routes);
    if (kernel->stale || kernel->addresses_stale)
        kernel_again(kernel);
    if (kernel->policies.changed) {
        confirm_policies_changed(kernel->esplain);
        if (!kernel_use_policies(kernel))
            engine_message(kernel->esplain, "out of memory for the kernel's policies");
    }
    if (state & NETLINK_EMPTY)
        kernel->empty_ns = before_ns;
    return state & NETLINK_EMPTY;
}

void engine_kernel_poll(struct esplain *esplain)
{
    if (esplain->kernel != NULL)
        kernel_poll(esplain->kernel);
}

void engine_kernel_settle(struct esplain *esplain, int64_t packet_ns)
{
    struct engine_kernel *kernel = esplain->kernel;
    if (kernel == NULL)
        return;
    int64_t until_ns = live_clock(esplain) + KERNEL_SETTLE_NS, left_ns; /* never longer than from now on, whatever time the packet has */
    while ((left_ns = packet_ns + KERNEL_SETTLE_NS - live_clock(esplain)) > 0 && live_clock(esplain) <= until_ns) {
        struct pollfd wait = { netlink_descriptor(kernel->xfrm), POLLIN, 0 };
        int ready = poll(&wait, 1, left_ns < KERNEL_SETTLE_NS ? (int)(left_ns / 1000000 + 1) : (int)(KERNEL_SETTLE_NS / 1000000));
        if (ready < 0 && errno != EINTR)
            break;
        kernel_poll(kernel);
    }
    for (unsigned turn = 0; !kernel_poll(kernel) && turn < KERNEL_TURNS; turn++)
        continue;
}

void engine_kernel_set_clock(struct esplain *esplain, int64_t step_ns)
{
    struct engine_kernel *kernel = esplain->kernel;
    confirm_set_clock(esplain->confirm, step_ns);
    if (kernel == NULL)
        return;
    step_move(&kernel->empty_ns, step_ns);
    step_move(&kernel->now_ns, step_ns);
    kernel_policies_set_clock(&kernel->policies, step_ns);
}

void engine_kernel_end(struct esplain *esplain, bool drained)
{
    engine_kernel_poll(esplain);
    confirm_end(esplain, drained);
}
