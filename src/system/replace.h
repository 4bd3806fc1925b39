/* replace: a file whose readers never see half of it: written beside it, then renamed over it. */
#ifndef SYSTEM_REPLACE_H
#define SYSTEM_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * The folder must be writable; what stands at `path` must be a regular file or nothing. A new file may be read by everybody, as far as the umask
 * allows. On failure what stood there stays.
 */
bool replace_write(const char *path, const char *bytes, size_t length, struct error *error);

#endif
