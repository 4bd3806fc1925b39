/*
 * sandbox: the system calls that are left to a process that runs on for weeks over strangers' bytes. The only door to libseccomp.
 *
 * Theory of operation. The filter is a list of what the loop needs: reading, waiting, memory, its files (they are reopened, replaced and
 * rotated), its sockets. Whatever else is called, by a newer C library or by a forgotten path of ours, answers EPERM and the program goes on:
 * a monitor that dies of an update is worse than one call that fails. What nobody but an intruder asks for (starting a program,
 * tracing, becoming somebody, connecting somewhere, loading code into the kernel) ends the process at once: who asks is not esplain any more.
 */
#ifndef SYSTEM_SANDBOX_H
#define SYSTEM_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

enum sandbox_answer {
    SANDBOX_ON,
    SANDBOX_OFF,    /* not in this build (a sanitizer's runtime needs other calls) or not in this kernel; the error says which */
    SANDBOX_FAILED, /* the error says why */
};

/*
 * For the whole process and for good. no_new_privs must be set. Other threads that exist are taken in as well. `caught`: what ends the process is a
 * SIGSYS that it may have a handler for, instead of the kernel's own hand.
 */
enum sandbox_answer sandbox_enter(bool caught, struct error *error);

#endif
