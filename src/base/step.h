/* step: what becomes of a time when somebody sets the clock that it was read from. */
#ifndef BASE_STEP_H
#define BASE_STEP_H

#include <stdbool.h>
#include <stdint.h>

/* The ends of the range mean always and never, and stay; so does what would leave it. */
static inline void step_move(int64_t *time_ns, int64_t step_ns)
{
    int64_t moved;
    if (*time_ns != INT64_MIN && *time_ns != INT64_MAX && !__builtin_add_overflow(*time_ns, step_ns, &moved))
        *time_ns = moved;
}

/* The same where 0 means that nothing happened. */
static inline void step_move_any(int64_t *time_ns, int64_t step_ns)
{
    if (*time_ns != 0)
        step_move(time_ns, step_ns);
}

#endif
