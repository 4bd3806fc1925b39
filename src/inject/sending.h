/* sending: which plans may go onto a wire, and when each of their packets does. Pure: nothing is sent here. */
#ifndef INJECT_SENDING_H
#define INJECT_SENDING_H

#include "inject/plan.h"

#define SENDING_PACKETS_MAX 1000u /* of one run */
#define SENDING_RATE_MAX 100u     /* packets a second */
#define SENDING_RATE 10u          /* where none was asked for */

/*
 * True where each packet goes to `to`, which is one host, and there are no more than SENDING_PACKETS_MAX, none longer than `mtu`. Else false, with the
 * first packet that is in the way.
 */
bool sending_allows(const struct plan *plan, const struct addr *to, struct error *error);
bool sending_fits(const struct plan *plan, uint32_t mtu, struct error *error);
/*
 * When each packet is sent, in ns after the first, into `due`, which has room for all of them. Packets that follow each other by the plan's usual
 * step are sent at `rate` a second; a longer time between two of them is kept, and so is a shorter one, since both are the point of a plan that has
 * them; what a shorter one gains on the rate, the next waits. Returns the last of the times.
 */
int64_t sending_times(const struct plan *plan, uint32_t rate, int64_t *due);
/* Source and destination that stand in a packet's IP header; none where it is too short for them. */
struct addr sending_source(const struct plan_packet *packet);
struct addr sending_destination(const struct plan_packet *packet);

#endif
