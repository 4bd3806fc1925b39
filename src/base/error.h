/*
 * error: our own failures (no file, no memory, no permission), never the network's defects.
 * Functions that can fail take a struct error * last and return false or NULL after filling it.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

struct error {
    char message[512]; /* UTF-8, no newline, already escaped; says what, where and why */
};

/* Always returns false, so that `return error_set(...)` reads well. A NULL error is allowed. */
_Bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
