/* keyfile: the whole of a file that may hold keys, in memory that stays out of core files and is wiped when freed. */
#ifndef SA_KEYFILE_H
#define SA_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define KEYFILE_MAX (256u << 20) /* bytes; a longer file is an error */

struct keyfile {
    char *text; /* not NUL-terminated; NULL when nothing was read */
    size_t length;
    size_t mapped;
};

/* Reads a file, pipe or device to its end. False with an error (no file, no permission, too long, no memory). */
bool keyfile_read(struct keyfile *file, const char *path, struct error *error);
void keyfile_free(struct keyfile *file);

#endif
