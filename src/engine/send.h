/* send: a plan's packets onto an interface. */
#ifndef ENGINE_SEND_H
#define ENGINE_SEND_H

#include "esplain/esplain.h"
#include "inject/sending.h"

struct send;

/*
 * Everything that may refuse is looked at here, before anything is written or sent: the destination, the permission, the way there, sizes. The plan and
 * `what` must outlive it. NULL: see error.
 */
struct send *send_prepare(const struct plan *plan, const struct esplain_reproduction *what, struct error *error);
/*
 * Says what will be sent, then sends it, as long as options->stop does not end it, and says how many went out. `missing`: what the receiver needs for
 * it and no file holds, or NULL. False: output or interface failed.
 */
bool send_run(struct send *send, const struct esplain_options *options, const char *missing, struct error *error);
void send_destroy(struct send *send); /* NULL is allowed */

#endif
