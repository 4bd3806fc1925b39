/* operate: the order in which a live run gives up what it may do, and what it does beside the analysis. */
#include "cli/operate.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPERATE_SECOND 1000000000ll
#define OPERATE_INTERVAL_DEFAULT 15u

int operate_option(struct operate *operate, int option)
{
    uint64_t number;
    switch (option) {
    case OPERATE_USER:
        operate->user = optarg;
        break;
    case OPERATE_NO_SANDBOX:
        operate->unfiltered = true;
        break;
    case OPERATE_METRICS:
        operate->metrics_path = optarg;
        break;
    case OPERATE_INTERVAL:
        if (!cli_number(optarg, 86400, &number) || number == 0)
            return cli_fail("--metrics-interval takes a number of seconds from 1 to 86400");
        operate->metrics_seconds = (uint32_t)number;
        break;
    case OPERATE_TOP:
        operate->view = true;
        break;
    default:
        break;
    }
    return EXIT_CLEAN;
}

void operate_message(struct operate *operate, const char *line)
{
    if (operate->top != NULL)
        top_message(operate->top, line);
    else
        cli_message(NULL, line);
}

static int64_t operate_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * OPERATE_SECOND + now.tv_nsec;
}

/* A failure is told once until it works again. */
static bool operate_metrics(struct operate *operate, struct esplain *esplain)
{
    struct esplain_error error;
    char line[640];
    if (esplain_write_metrics(esplain, operate->metrics_path, &error)) {
        operate->metrics_failing = false;
        return true;
    }
    if (!operate->metrics_failing) {
        snprintf(line, sizeof line, "--metrics: %s", error.message);
        operate_message(operate, line);
    }
    operate->metrics_failing = true;
    return false;
}

/* May this user make files where that one stands? 0, or why not. */
static int operate_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}

static void operate_reopened(struct operate *operate, const char *option, const char *path)
{
    char line[256];
    int why = path != NULL && strcmp(path, "-") != 0 ? operate_folder(path) : 0;
    if (why == 0)
        return;
    snprintf(line, sizeof line, "%s: SIGHUP could not make the file anew: %s in its folder for the user that esplain runs as now; give it the folder, or name "
                                "another user with --user", option, strerror(why));
    operate_message(operate, line);
}

/* As the user that it is now: what fails now would fail in the night. */
static bool operate_files(struct operate *operate, struct esplain *esplain)
{
    int why = operate->rotates ? operate_folder(operate->captured) : 0;
    if (why != 0)
        return cli_fail("-w: the files that follow the first one cannot be made in its folder: %s for this user; "
                        "give it the folder, or name another with --user", strerror(why)) == EXIT_CLEAN;
    if (!operate->rotates)
        operate_reopened(operate, "-w", operate->captured);
    operate_reopened(operate, "-o", operate->results);
    return operate->metrics_path == NULL || operate_metrics(operate, esplain);
}

bool operate_prepare(struct operate *operate, struct esplain *esplain, const char *title, bool color)
{
    const struct esplain_confine confine = { .user = operate->user, .keep_kernel = operate->kernel, .unfiltered = operate->unfiltered, .caught = operate->view };
    struct esplain_error error;
    char done[256];
    operate->prepared = true;
    if (operate->view && (operate->top = top_open(title, color, &error)) == NULL)
        return cli_fail("%s", error.message) == EXIT_CLEAN;
    if (!esplain_confine(&confine, done, &error)) {
        operate_end(operate);
        return cli_fail("%s", error.message) == EXIT_CLEAN;
    }
    if (operate->verbose)
        operate_message(operate, done);
    if (operate->metrics_seconds == 0)
        operate->metrics_seconds = OPERATE_INTERVAL_DEFAULT;
    operate->metrics_due_ns = operate_clock() + operate->metrics_seconds * OPERATE_SECOND;
    bool good = operate_files(operate, esplain);
    if (!good)
        operate_end(operate);
    return good;
}

bool operate_tick(struct operate *operate, struct esplain *esplain)
{
    if (operate->metrics_path != NULL && operate_clock() >= operate->metrics_due_ns) {
        operate->metrics_due_ns = operate_clock() + operate->metrics_seconds * OPERATE_SECOND;
        operate_metrics(operate, esplain);
    }
    return operate->top == NULL || top_tick(operate->top, esplain);
}

void operate_end(struct operate *operate)
{
    top_close(operate->top);
    operate->top = NULL;
}

bool operate_finish(struct operate *operate, struct esplain *esplain)
{
    operate_end(operate);
    return operate->metrics_path == NULL || operate_metrics(operate, esplain);
}
