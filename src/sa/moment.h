/*
 * moment: what a host's own copy of an SA had come to when somebody asked: its anti-replay window and what it carried. Only `live` takes it over,
 * from the kernel (DESIGN section 1): elsewhere it is the moment of a dump and says nothing of the capture.
 */
#ifndef SA_MOMENT_H
#define SA_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define SA_MOMENT_WINDOW 32768u /* numbers: the widest window of Linux (XFRMA_REPLAY_ESN_MAX) */

struct sa_moment {
    bool window_known;
    uint64_t top;           /* highest sequence number accepted, with its high half where ESN; 0: none yet */
    uint32_t width;         /* numbers that `bits` tells of, at most SA_MOMENT_WINDOW */
    uint32_t bits[SA_MOMENT_WINDOW / 32]; /* bit n % 32 of word n / 32: top - n was accepted */
    uint64_t packets, bytes;
    uint32_t replayed, old, failed; /* what the host counted on the SA itself: duplicates, left of the window, wrong ICVs */
};

#endif
