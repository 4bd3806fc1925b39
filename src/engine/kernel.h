/*
 * kernel: `live -s kernel`: the SAs, policies and addresses of this host as the kernel has them, and its counters beside the verdicts.
 *
 * Theory of operation. The table is dumped before the capture begins; from then on the kernel announces what changes. Announcements bear no time, so each
 * one happened between the last moment at which nothing was waiting (`empty`) and the moment when it was read (`now`). A packet is judged only once it
 * is KERNEL_SETTLE_NS old and the announcements up to then are read. An SA counts as there from KERNEL_LAG_NS before the earliest moment (the kernel
 * stamps a packet before it looks for its SA) and as gone from the latest on: whatever is in doubt raises no alarm.
 *
 * The kernel's counters have the last word: a drop at this host that /proc/net/xfrm_stat did not count was none. What it counted, and no captured
 * packet explains, is told.
 */
#ifndef ENGINE_KERNEL_H
#define ENGINE_KERNEL_H

#include "engine/engine.h"

#define KERNEL_SETTLE_NS (25 * (int64_t)1000000)
#define KERNEL_LAG_NS (10 * (int64_t)1000000)

struct engine_kernel;

/* Dumps everything; false with an error that says what is missing. */
bool engine_kernel_start(struct esplain *esplain, struct error *error);
void engine_kernel_stop(struct esplain *esplain);
/* The policies as they are now; NULL and 0 without `-s kernel`. They stay until the kernel is asked again. */
const struct policy *const *engine_kernel_policies(const struct esplain *esplain, size_t *count);
/* Waits until a packet of that time may be judged, and takes in what the kernel announced. Nothing without `-s kernel`. */
void engine_kernel_settle(struct esplain *esplain, int64_t packet_ns);
/* Takes in what there is, without waiting; at each tick. */
void engine_kernel_poll(struct esplain *esplain);
/* The run is over: what the counters say that no packet explains. */
void engine_kernel_end(struct esplain *esplain);

/* confirm.c: holds a refusal against the kernel's counters; what it did not count becomes unjudged. */
void engine_confirm(struct esplain *esplain, const struct frame *frame, const struct layer *layer, struct judgement *judgement);
struct confirm;
struct confirm *confirm_create(struct esplain *esplain); /* NULL, after a message, where the kernel does not count */
void confirm_destroy(struct confirm *confirm);
void confirm_end(struct esplain *esplain);

/* kernel_policies.c */
struct kernel_policies {
    struct policy **all;
    size_t count, room;
    bool changed;
};
void kernel_policies_take(struct kernel_policies *policies, const struct policy_record *record);
void kernel_policies_clear(struct kernel_policies *policies);
bool kernel_policies_use(struct kernel_policies *policies, struct esplain *esplain); /* into the SPD; false: no memory */

#endif
