/* read: `esplain read`: captures in, a report out. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static volatile int read_stop; /* set by SIGINT and SIGTERM: finish with what was read */

struct read_run {
    struct cli_run run;
    bool decrypted, extract;
    const char *progress;
    bool progress_on, progress_shown;
    struct timespec started, shown, reading; /* reading: when the first packets had come; loading SAs is no rate */
    uint64_t frames_then;
};

enum { OPT_FILTER = 256, OPT_PROGRESS, OPT_WORKERS, OPT_DECRYPTED, OPT_EXTRACT };

static const struct option read_options[] = {
    CLI_RUN_LONG,
    { "decrypted", no_argument, NULL, OPT_DECRYPTED },
    { "extract", no_argument, NULL, OPT_EXTRACT },
    { "filter", required_argument, NULL, OPT_FILTER },
    { "progress", required_argument, NULL, OPT_PROGRESS },
    { "workers", required_argument, NULL, OPT_WORKERS },
    { NULL, 0, NULL, 0 },
};

static void read_signal(int number)
{
    (void)number;
    read_stop = 1;
}

static double read_seconds(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

/* One line on the terminal, from the second second on, five times a second. */
static void read_progress(void *context, const struct esplain_progress *progress)
{
    struct read_run *read = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (read->reading.tv_sec == 0) {
        read->reading = now;
        read->frames_then = progress->frames;
    }
    if (!read->progress_on || read_seconds(&read->started, &now) < 1.0 || read_seconds(&read->shown, &now) < 0.2)
        return;
    read->shown = now;
    read->progress_shown = true;
    double since = read_seconds(&read->reading, &now);
    double rate = since > 0 ? (double)(progress->frames - read->frames_then) / since / 1e6 : 0;
    if (progress->size)
        fprintf(stderr, "\r%3d %%  %llu packets, %.1f M/s\033[K",
                (int)(100.0 * (double)progress->consumed / (double)progress->size), (unsigned long long)progress->frames, rate);
    else
        fprintf(stderr, "\r%llu packets, %.1f M/s\033[K", (unsigned long long)progress->frames, rate);
    fflush(stderr);
}

static void read_message(void *context, const char *line)
{
    struct read_run *read = context;
    if (read->progress_shown)
        fputs("\r\033[K", stderr);
    cli_message(NULL, line);
}

static bool read_write(void *context, const char *bytes, size_t length)
{
    struct read_run *read = context;
    return cli_output_write(&read->run.output, bytes, length);
}

/* -w FILE and what goes there; EXIT_CLEAN where it makes sense. */
static int read_parse_write(struct read_run *read)
{
    const char *path = read->run.options.write_path;
    if (path == NULL && (read->decrypted || read->extract))
        return cli_fail("--%s wants -w FILE, the capture to write", read->decrypted ? "decrypted" : "extract");
    if (path != NULL && read->decrypted == read->extract)
        return cli_fail("-w %s wants one of --decrypted (what came out of the tunnels) and --extract (the frames behind each finding)", path);
    read->run.options.write = read->extract ? ESPLAIN_EXTRACT : ESPLAIN_DECRYPTED;
    return cli_run_check_write(&read->run);
}

/* EXIT_CLEAN: go on; anything else: the exit status, with *done. */
static int read_parse(struct read_run *read, int count, char **words, bool *done)
{
    struct cli_run *run = &read->run;
    uint64_t number;
    int status = EXIT_CLEAN;
    *done = false;
    for (int option; !*done && status == EXIT_CLEAN && (option = getopt_long(count, words, CLI_RUN_SHORT, read_options, NULL)) != -1;) {
        switch (option) {
        case OPT_WORKERS:
            if (!cli_number(optarg, 16, &number) || number == 0)
                status = cli_fail("--workers takes a number from 1 to 16");
            else
                run->options.workers = (unsigned)number;
            break;
        case OPT_DECRYPTED:
            read->decrypted = true;
            break;
        case OPT_EXTRACT:
            read->extract = true;
            break;
        case OPT_FILTER:
            run->options.filter = optarg;
            break;
        case OPT_PROGRESS:
            read->progress = optarg;
            break;
        default:
            status = cli_run_option(run, option, done);
        }
    }
    if (*done || status != EXIT_CLEAN) {
        *done = true;
        return status;
    }
    *done = true;
    if (!cli_when(run->color, stdout, &run->options.color) || !cli_when(read->progress, stderr, &read->progress_on))
        return cli_fail("--color and --progress take auto, always or never");
    if (optind == count)
        return cli_fail("read: which capture? (esplain read FILE..., '-' for standard input)");
    status = read_parse_write(read);
    *done = status != EXIT_CLEAN;
    return status;
}

static int read_files(struct read_run *read, struct esplain *esplain, int count, char **words)
{
    struct esplain_error error;
    int readable = 0;
    for (int i = optind; i < count; i++) {
        if (esplain_read(esplain, words[i], &error)) {
            readable++;
            continue;
        }
        read_message(read, error.message);
    }
    if (read->progress_shown)
        fputs("\r\033[K", stderr);
    if (readable == 0)
        return EXIT_BROKEN;
    if (!esplain_finish(esplain, &error))
        return EXIT_BROKEN;
    if (readable < count - optind)
        return EXIT_BROKEN;
    return esplain_worst(esplain) >= read->run.fail_on ? EXIT_FOUND : EXIT_CLEAN;
}

int command_read(int count, char **words)
{
    struct read_run read = { .run = { .command = "read", .color = "auto", .fail_on = ESPLAIN_WARNING }, .progress = "auto" };
    struct esplain_options *options = &read.run.options;
    bool done;
    options->output = read_write;
    options->message = read_message;
    options->progress = read_progress;
    options->context = &read;
    options->stop = &read_stop;
    clock_gettime(CLOCK_MONOTONIC, &read.started);
    int status = read_parse(&read, count, words, &done);
    if (!done) {
        struct sigaction action = { .sa_handler = read_signal, .sa_flags = SA_RESETHAND };
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        struct esplain *esplain = cli_run_create(&read.run, count - optind, words + optind);
        status = cli_run_end(&read.run, esplain, esplain ? read_files(&read, esplain, count, words) : EXIT_BROKEN);
    }
    cli_run_free(&read.run);
    return status;
}
