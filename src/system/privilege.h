/*
 * privilege: what this process may do, and giving it up for good. The only door to libcap-ng.
 *
 * Theory of operation. Capturing needs CAP_NET_RAW and the kernel's SA table CAP_NET_ADMIN, both at the moment of opening. Once everything
 * is open nothing else is needed, and what strangers' packets can then reach is a process that can do nothing: it becomes another user
 * without groups, its capability sets and the bounding set are emptied (but for what the caller names), no program that it starts can gain
 * anything (no_new_privs), and nobody of its user may trace it or find its memory in a core file, because keys are in there.
 *
 * All of it belongs to the process, so it is called once, by whoever owns the process, before other threads exist: capabilities are a thread's own.
 */
#ifndef SYSTEM_PRIVILEGE_H
#define SYSTEM_PRIVILEGE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

enum privilege {
    PRIVILEGE_CAPTURE = 1 << 0, /* CAP_NET_RAW: open an interface */
    PRIVILEGE_KERNEL = 1 << 1,  /* CAP_NET_ADMIN: ask the kernel for its SAs and policies, keys included */
    PRIVILEGE_SEND = 1 << 2,    /* CAP_NET_RAW: send packets that no protocol of the kernel made */
};

struct privilege_drop {
    const char *user;   /* to become; NULL: `esplain` where there is such a user, else `nobody`. Only root becomes another */
    unsigned keep;      /* set of enum privilege that stays, in the permitted and effective sets */
};

/* Of `needs`, those that this process does not have. */
unsigned privilege_missing(unsigned needs);
/*
 * Appends what is missing of `needs` and how to get it, as sentences for a person, with a command line that names this program; nothing where
 * nothing is missing.
 */
void privilege_hint(unsigned needs, struct text *text);
/*
 * Gives everything up. False where anything of it failed: the process must then end, it may be half way. `done` receives what it is now
 * ("user nobody, no capabilities").
 */
bool privilege_drop(const struct privilege_drop *drop, struct text *done, struct error *error);

#endif
