/* keep: what a live run captured, as pcapng, and going on to the next file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/writer.h"
#include "engine/live.h"

struct keep {
    struct esplain *esplain;
    const struct esplain_live *live;
    struct writer *writer;      /* NULL once this file failed */
    uint32_t number;            /* of the file, from 1 on */
    int64_t begun_ns;           /* when its first frame came, by the clock of the ticks */
    bool any;                   /* it has frames */
    uint64_t missing;           /* frames that no file has */
    bool failed;                /* some file could not be written */
    char *path;                 /* of the file that is written */
    char **old;                 /* those that --rotate-keep counts, as a ring */
    dev_t device;
    ino_t inode;
};

static bool keep_rotates(const struct keep *keep)
{
    return keep->live->rotate_bytes || keep->live->rotate_seconds;
}

/* trace.pcapng becomes trace_00001_20261121T120000Z.pcapng. */
static char *keep_name(const struct keep *keep)
{
    const char *path = keep->esplain->options.write_path;
    char stamp[STAMP_TEXT_MAX];
    struct text name = { 0 };
    if (!keep_rotates(keep))
        return strdup(path);
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash + 1 : path, '.');
    size_t stem = dot != NULL && dot != path && dot[-1] != '/' ? (size_t)(dot - path) : strlen(path);
    stamp_print(live_clock(keep->esplain), stamp); /* 2026-11-21T12:00:00.000000000Z */
    text_add(&name, path, stem);
    text_printf(&name, "_%05u_%.4s%.2s%.2sT%.2s%.2s%.2sZ%s", keep->number, stamp, stamp + 5, stamp + 8, stamp + 11, stamp + 14,
                stamp + 17, path + stem);
    if (name.failed)
        text_free(&name);
    return name.chars;
}

static void keep_tell(struct keep *keep, int why)
{
    struct text name = { 0 };
    keep->failed = true;
    if (why == EPIPE)
        return;
    text_escaped(&name, keep->path, strlen(keep->path));
    engine_message(keep->esplain, "%s: %s: it ends here; the analysis goes on%s", name.chars ? name.chars : "", strerror(why),
                   keep_rotates(keep) ? ", and the next file is tried in its turn" : " (SIGHUP tries again)");
    text_free(&name);
}

static bool keep_open(struct keep *keep, struct error *error)
{
    const struct esplain_options *options = &keep->esplain->options;
    struct stat about;
    keep->number++;
    char *path = keep_name(keep);
    struct writer *writer = path == NULL ? NULL : writer_open(path, &(struct writer_options){
        .application = "esplain " ESPLAIN_VERSION, .spares = options->write_spares, .spare_count = options->write_spare_count }, error);
    if (writer == NULL) {
        free(path);
        return path != NULL ? false : error_set(error, "no memory to write a capture");
    }
    free(keep->path);
    keep->path = path;
    keep->writer = writer;
    keep->any = false;
    bool found = stat(path, &about) == 0;
    keep->device = found ? about.st_dev : 0;
    keep->inode = found ? about.st_ino : 0;
    if (keep->old != NULL) {
        char **old = &keep->old[keep->number % keep->live->rotate_keep];
        if (*old != NULL)
            unlink(*old);
        free(*old);
        *old = strdup(path);
    }
    return true;
}

struct keep *keep_create(struct esplain *esplain, const struct esplain_live *live, struct error *error)
{
    struct keep *keep = calloc(1, sizeof *keep);
    if (keep == NULL) {
        error_set(error, "no memory to write a capture");
        return NULL;
    }
    keep->esplain = esplain;
    keep->live = live;
    if (live->rotate_keep && (keep->old = calloc(live->rotate_keep, sizeof(char *))) == NULL)
        error_set(error, "no memory to write a capture");
    else if (keep_open(keep, error))
        return keep;
    keep_close(keep);
    return NULL;
}

/* The file has ended, by itself or by a failure. */
static void keep_end(struct keep *keep)
{
    int why = keep->writer != NULL ? writer_close(keep->writer) : 0;
    keep->writer = NULL;
    if (why != 0)
        keep_tell(keep, why);
}

static void keep_next(struct keep *keep)
{
    struct error error;
    keep_end(keep);
    if (!keep_open(keep, &error)) {
        keep->failed = true;
        engine_message(keep->esplain, "%s", error.message);
    }
    keep->any = false;
}

static bool keep_is_full(const struct keep *keep, int64_t now_ns)
{
    const struct esplain_live *live = keep->live;
    if (!keep->any)
        return false;
    return (live->rotate_bytes && keep->writer != NULL && writer_length(keep->writer) >= live->rotate_bytes) ||
           (live->rotate_seconds && now_ns - keep->begun_ns >= live->rotate_seconds * LIVE_SECOND_NS) ||
           (keep->writer == NULL && keep_rotates(keep) && now_ns - keep->begun_ns >= 60 * LIVE_SECOND_NS);
}

void keep_frames(struct keep *keep, const struct frame *frames, size_t count, int64_t now_ns)
{
    for (size_t i = 0; i < count; i++) {
        const struct frame *frame = &frames[i];
        if (keep_is_full(keep, now_ns))
            keep_next(keep);
        if (!keep->any)
            keep->begun_ns = now_ns;
        keep->any = true;
        if (keep->writer == NULL) {
            keep->missing++;
        } else if (!writer_packet(keep->writer, &(struct writer_packet){ .bytes = frame->bytes, .captured = frame->captured, .wire = frame->wire,
                                                                         .time_ns = frame->time_ns, .linktype = frame->linktype })) {
            keep->missing++;
            keep_flush(keep);
        }
    }
}

bool keep_refused(const struct keep *keep)
{
    return keep->writer != NULL && writer_failed(keep->writer) == EPIPE;
}

void keep_flush(struct keep *keep)
{
    if (keep->writer != NULL && !writer_flush(keep->writer) && !keep_refused(keep))
        keep_end(keep);
}

void keep_reopen(struct keep *keep)
{
    struct stat about;
    keep_flush(keep);
    if (strcmp(keep->path, "-") == 0)
        return;
    if (keep->writer != NULL && stat(keep->path, &about) == 0 && about.st_dev == keep->device && about.st_ino == keep->inode)
        return; /* nobody moved it away: it would be emptied */
    keep_next(keep);
}

bool keep_close(struct keep *keep)
{
    if (keep == NULL)
        return true;
    keep_end(keep);
    if (keep->missing)
        engine_message(keep->esplain, "-w: %llu frames are in no file", (unsigned long long)keep->missing);
    for (uint32_t i = 0; keep->old != NULL && i < keep->live->rotate_keep; i++)
        free(keep->old[i]);
    bool good = !keep->failed;
    free(keep->old);
    free(keep->path);
    free(keep);
    return good;
}
