/*
 * ageing: what a run that goes on for weeks forgets: SAs learned from traffic that fell silent, and SAs that ended long ago. What is to be said of them
 * is said first.
 *
 * Theory of operation. Nobody asks a clock: a sweep every AGEING_S looks whether an SA has carried more than at the last one, so that times that
 * jump do no harm. After AGEING_SWEEPS without a packet a seen SA has ended, EVENT_SA_END tells the conditions, and it is forgotten once no finding
 * speaks of it. Where a flood of SPIs takes up the room, those that carried a packet or two go after AGEING_SWEEPS_FLOOD.
 *
 * An SA that the kernel, a file or IKE ended stays for an hour after the latest packet that still came for it (AGEING_SWEEPS_ENDED): so long the causes
 * "deleted N seconds ago" and "one bit away" may need it. Of more than AGEING_ENDED_MAX the longest gone go first. Its keys are wiped after
 * AGEING_SWEEPS_KEYS: nothing is opened with them any more, but the sender may have mixed them up with those of the next SA. One that IKE told of, and
 * whose end nobody saw, is forgotten after AGEING_SWEEPS_IKE, a week of silence: no lifetime is as long.
 *
 * With each sweep the work that looking for the causes of wrong ICVs may cost comes back by a little (SUSPECT_WORK_MAX in an hour), and a set of who was
 * heard that is full begins anew: it claims less for a while, never more.
 */
#ifndef ENGINE_AGEING_H
#define ENGINE_AGEING_H

#include "engine/engine.h"

#define AGEING_S 10
#define AGEING_SWEEPS 60u
#define AGEING_SWEEPS_FLOOD 1u
#define AGEING_FLOOD_PACKETS 2u
#define AGEING_CROWDED (SADB_SEEN_MAX / 4)
#define AGEING_SWEEPS_ENDED 360u
#define AGEING_SWEEPS_KEYS 6u
#define AGEING_SWEEPS_IKE 60480u
#define AGEING_ENDED_MAX 16384u

/* One sweep; returns how many SAs it forgot. */
uint32_t ageing_sweep(struct esplain *esplain);

#endif
