/*
 * settle: what becomes of findings in a run that goes on for weeks.
 *
 * Theory of operation. With each sweep of engine/ageing.h, and before it: a finding that has not counted for SETTLE_SWEEPS, an hour, is settled: what is
 * concluded of it stays, so that SAs and exchanges of that time may be forgotten. One that was quiet for SETTLE_SWEEPS_LEAVE, a day, and of which
 * everything was told leaves the ledger, and the report has it in a count by condition. Where there are more than SETTLE_CROWDED, those that are quiet
 * longest leave sooner, but none that counted within SETTLE_SWEEPS_CROWDED: a flood of findings ends, and new ones have room again.
 */
#ifndef ENGINE_SETTLE_H
#define ENGINE_SETTLE_H

#include "engine/news.h"

#define SETTLE_SWEEPS 360u
#define SETTLE_SWEEPS_LEAVE 8640u
#define SETTLE_SWEEPS_CROWDED 60u
#define SETTLE_CROWDED (LEDGER_MAX / 2)

/* One sweep; returns how many findings left. */
uint32_t settle_sweep(struct esplain *esplain, struct news *news);

#endif
