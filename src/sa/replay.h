/*
 * replay: the anti-replay window of one SA, for any window size, with and without ESN (RFC 4303 3.4.3 and appendix A, RFC 6479).
 *
 * As Linux does it: window 0 checks nothing; without ESN sequence number 0 is refused; with window W and top T, T-W+1 to T are acceptable. With
 * ESN a number left of the window is taken for the next high half. The window moves only by replay_advance().
 */
#ifndef SA_REPLAY_H
#define SA_REPLAY_H

#include "sa/sadb.h"

enum replay_result { REPLAY_OK, REPLAY_DUPLICATE, REPLAY_OLD, REPLAY_ZERO };

/* *full receives the sequence number with its high half (ESN inferred, RFC 4303 appendix A2); it may be wrong only with ESN. */
enum replay_result replay_check(const struct sa_hot *hot, uint32_t seq, uint64_t *full);
/* As replay_check, for a number whose high half is known. */
enum replay_result replay_check_full(const struct sa_hot *hot, uint64_t full);
/* Marks it as accepted. */
void replay_advance(struct sa_hot *hot, uint64_t full);
/* The high half that a receiver with this state takes for `seq`. */
uint32_t replay_high(const struct sa_hot *hot, uint32_t seq);

#endif
