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
#include "track/tally.h"

#define KERNEL_SETTLE_NS (25 * (int64_t)1000000)
#define KERNEL_LAG_NS (10 * (int64_t)1000000)

struct engine_kernel;

/* Dumps everything; false with an error that says what is missing. */
bool engine_kernel_start(struct esplain *esplain, struct error *error);
void engine_kernel_stop(struct esplain *esplain);
/* What is open by now was captured from here on: the counters are read for the first time. `everywhere`: all interfaces are. */
void engine_kernel_begin(struct esplain *esplain, bool everywhere);
/* The policies as they are now, one by one; NULL at the end, and without `-s kernel`. They stay until the kernel is asked again. */
const struct policy *engine_kernel_policy(const struct esplain *esplain, size_t index);
uint32_t engine_kernel_policy_changes(const struct esplain *esplain); /* another number after each change */
/* spd_check by the policies as they were at that time; where it is not known which they were and it matters: unjudged, CAUSE_POLICY_CHANGED. */
bool engine_kernel_check(const struct esplain *esplain, int64_t time_ns, const struct spd_flow *flow, const struct spd_path *path,
                         bool judge_policies, struct judgement *judgement);
/* Waits until a packet of that time may be judged, and takes in what the kernel announced. Nothing without `-s kernel`. */
void engine_kernel_settle(struct esplain *esplain, int64_t packet_ns);
int engine_kernel_descriptor(const struct esplain *esplain); /* for poll(2): readable where it announces something; -1 without */
/* Takes in what there is, without waiting; at each tick. */
void engine_kernel_poll(struct esplain *esplain);
void engine_kernel_set_clock(struct esplain *esplain, int64_t step_ns); /* as sadb_set_clock */
/* The run is over. `drained`: all packets that came before confirm_sample are judged. */
void engine_kernel_end(struct esplain *esplain, bool drained);

/*
 * confirm.c: holds each judgement against the kernel's counters. A refusal that it did not count becomes unjudged; what it counted and no packet
 * explains becomes an event.
 */
void engine_confirm(struct esplain *esplain, const struct frame *frame, const struct layer *layer, struct judgement *judgement);
struct confirm;
struct confirm *confirm_create(struct esplain *esplain); /* NULL, after a message, where the kernel does not count */
void confirm_destroy(struct confirm *confirm);
void confirm_begin(struct esplain *esplain, bool everywhere);
void confirm_policies_changed(struct esplain *esplain);
/*
 * Once a second or more often. By the clock of the ticks: now, and when a look for packets last began that found none; by that of the packets: the latest
 * one that was judged. By these it knows which readings of the counters are explained as far as they ever will be.
 */
void confirm_look(struct esplain *esplain, int64_t now_ns, int64_t empty_ns, int64_t frame_ns);
void confirm_sample(struct esplain *esplain, int64_t now_ns); /* the last reading that is held against packets */
void confirm_end(struct esplain *esplain, bool drained);
const struct tally *confirm_tally(const struct confirm *confirm); /* NULL without */
void confirm_set_clock(struct confirm *confirm, int64_t step_ns); /* as sadb_set_clock; NULL is fine */

/* kernel_policies.c */
#define KERNEL_PAST_MAX 16u

struct kernel_policy;

/* An SPD that was used until a moment between from_ns and sure_ns. */
struct kernel_past {
    struct spd *spd;
    struct kernel_policy **held; /* those that are in it */
    size_t held_count;
    int64_t from_ns, sure_ns;
};

struct kernel_policies {
    struct kernel_policy **all;  /* as the kernel has them now */
    size_t count, room;
    struct kernel_policy **held; /* those that are in esplain->spd */
    size_t held_count;
    struct kernel_past past[KERNEL_PAST_MAX]; /* the oldest first */
    size_t past_count;
    uint32_t changes;            /* of the SPD */
    bool changed;                /* since it was made */
};
void kernel_policies_take(struct kernel_policies *policies, const struct policy_record *record);
void kernel_policies_clear(struct kernel_policies *policies);
void kernel_policies_set_clock(struct kernel_policies *policies, int64_t step_ns); /* as sadb_set_clock */
void kernel_policies_free(struct kernel_policies *policies);
const struct policy *kernel_policies_at(const struct kernel_policies *policies, size_t index); /* NULL at the end */
/* A new esplain->spd, with the policies of the files; what changed did so between from_ns and sure_ns. False: no memory. */
bool kernel_policies_use(struct kernel_policies *policies, struct esplain *esplain, int64_t from_ns, int64_t sure_ns);
/* As engine_kernel_check; `now`: the SPD in use. */
bool kernel_policies_check(const struct kernel_policies *policies, const struct spd *now, int64_t time_ns, const struct spd_flow *flow,
                           const struct spd_path *path, bool judge_policies, struct judgement *judgement);

#endif
