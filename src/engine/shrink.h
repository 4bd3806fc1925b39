/*
 * shrink: the fewest of many that still pass a test: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input").
 *
 * Theory of operation. Chunks of half, a quarter, ... at last of one member are left out; where the rest passes the test, they stay out. What is left
 * when a whole round of single members brought nothing is 1-minimal: it passes, and no single member can be left out of it.
 */
#ifndef ENGINE_SHRINK_H
#define ENGINE_SHRINK_H

#include <stdbool.h>
#include <stdint.h>

enum shrink_answer { SHRINK_PASSES, SHRINK_FAILS, SHRINK_STOP };

/*
 * members[0..*count-1] pass the test, which is not asked again; `spare` has as much room. On return the first *count of `members` pass it, in their order.
 * True: they are 1-minimal. False: the test said SHRINK_STOP before that was known.
 */
bool shrink(uint32_t *members, uint32_t *count, uint32_t *spare,
            enum shrink_answer (*test)(void *context, const uint32_t *members, uint32_t count), void *context);

#endif
