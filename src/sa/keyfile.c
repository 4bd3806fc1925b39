/* keyfile: reading into pages of our own, which move without leaving a copy behind. */
#include "sa/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"

#define FIRST_MAP (256u << 10)

static bool fail(struct error *error, const char *path, const char *why)
{
    struct text name = { 0 };
    text_escaped(&name, path, strlen(path));
    error_set(error, "%s: %s", name.length > 0 && !name.failed ? name.chars : "SA file", why);
    text_free(&name);
    return false;
}

static bool grow(struct keyfile *file, size_t room)
{
    void *pages = file->mapped == 0 ? mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) :
                                      mremap(file->text, file->mapped, room, MREMAP_MAYMOVE);
    if (pages == MAP_FAILED)
        return false;
    (void)madvise(pages, room, MADV_DONTDUMP);
    file->text = pages;
    file->mapped = room;
    return true;
}

/* 0 when all was read, else an errno; EFBIG beyond KEYFILE_MAX. */
static int read_all(struct keyfile *file, int handle)
{
    struct stat status;
    size_t room = FIRST_MAP;
    if (fstat(handle, &status) == 0 && S_ISREG(status.st_mode)) {
        if (status.st_size > (off_t)KEYFILE_MAX)
            return EFBIG;
        if ((size_t)status.st_size >= room)
            room = (size_t)status.st_size + 1; /* one more shows the end without growing */
    }
    for (;;) {
        if (file->length == file->mapped && !grow(file, file->mapped == 0 ? room : file->mapped * 2))
            return ENOMEM;
        ssize_t got = read(handle, file->text + file->length, file->mapped - file->length);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got > 0)
            file->length += (size_t)got;
        if (file->length > KEYFILE_MAX)
            return EFBIG;
    }
}

bool keyfile_read(struct keyfile *file, const char *path, struct error *error)
{
    *file = (struct keyfile){ 0 };
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (handle < 0)
        return fail(error, path, strerror(errno));
    int problem = read_all(file, handle);
    close(handle);
    if (problem == 0)
        return true;
    keyfile_free(file);
    return fail(error, path, problem == EFBIG ? "longer than 256 MiB; an SA file is not that long" : strerror(problem));
}

void keyfile_free(struct keyfile *file)
{
    if (file->mapped > 0) {
        secret_wipe(file->text, file->length);
        munmap(file->text, file->mapped);
    }
    *file = (struct keyfile){ 0 };
}
