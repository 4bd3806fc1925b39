/*
 * ageing: what a run that goes on for weeks forgets: SAs learned from traffic that fell silent. What is to be said of them is said first.
 *
 * Theory of operation. Nobody asks a clock: a sweep every AGEING_S looks whether an SA has carried more than at the last one, so that times that
 * jump do no harm. After AGEING_SWEEPS without a packet it has ended, EVENT_SA_END tells the conditions, and it is forgotten once no finding
 * speaks of it. Where a flood of SPIs takes up the room, those that carried a packet or two go after AGEING_SWEEPS_FLOOD.
 */
#ifndef ENGINE_AGEING_H
#define ENGINE_AGEING_H

#include "engine/engine.h"

#define AGEING_S 10
#define AGEING_SWEEPS 60u
#define AGEING_SWEEPS_FLOOD 1u
#define AGEING_FLOOD_PACKETS 2u
#define AGEING_CROWDED (SADB_SEEN_MAX / 4)

/* One sweep; returns how many SAs it forgot. */
uint32_t ageing_sweep(struct esplain *esplain);

#endif
