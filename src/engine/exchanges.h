/*
 * exchanges: IKE SAs that a run which goes on for weeks forgets. What is to be said of them is said first.
 *
 * Theory of operation. With each sweep of engine/ageing.h, and after it, so that times that jump do no harm: an IKE SA without a message for so many
 * sweeps has ended: a negotiation that came to nothing after EXCHANGES_SWEEPS_OPEN, ten minutes; one that was refused or deleted after
 * EXCHANGES_SWEEPS_ENDED, an hour; one that is up, or of which only the middle was seen, after EXCHANGES_SWEEPS_UP, a day in which no ESP or AH went
 * between its hosts either. What the end of a capture would show is told then; and it is forgotten once every finding of the two is settled
 * (engine/settle.h), because conclusions look at it.
 */
#ifndef ENGINE_EXCHANGES_H
#define ENGINE_EXCHANGES_H

#include "engine/engine.h"

#define EXCHANGES_SWEEPS_OPEN 60u
#define EXCHANGES_SWEEPS_ENDED 360u
#define EXCHANGES_SWEEPS_UP 8640u
#define EXCHANGES_LOOKS 64u /* in one sweep, for traffic of the hosts of an IKE SA; the others have their turn later */

/* One sweep, at that time of the capture's clock; returns how many it forgot. */
uint32_t exchanges_sweep(struct esplain *esplain, int64_t now_ns);

#endif
