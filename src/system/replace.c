/* replace: PATH.esplain-new, then rename(2). */
#include "system/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static bool replace_fill(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

/* 0 or an errno. What an earlier run left of the temporary file is removed; a link that stands there is not followed. */
static int replace_by(const char *path, const char *temporary, const char *bytes, size_t length)
{
    struct stat about;
    if (lstat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return EEXIST;
    unlink(temporary);
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0)
        return errno;
    int why = replace_fill(file, bytes, length) ? 0 : errno;
    if (close(file) != 0 && why == 0)
        why = errno;
    if (why == 0 && rename(temporary, path) != 0)
        why = errno;
    if (why != 0)
        unlink(temporary);
    return why;
}

bool replace_write(const char *path, const char *bytes, size_t length, struct error *error)
{
    struct text temporary = { 0 }, shown = { 0 };
    text_printf(&temporary, "%s.esplain-new", path);
    int why = temporary.failed ? ENOMEM : replace_by(path, temporary.chars, bytes, length);
    if (why != 0) {
        text_escaped(&shown, path, strlen(path));
        error_set(error, "%s: %s", shown.chars ? shown.chars : "", why == EEXIST ? "it is there and no regular file" : strerror(why));
    }
    text_free(&temporary);
    text_free(&shown);
    return why == 0;
}
