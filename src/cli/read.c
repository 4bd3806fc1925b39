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
    struct esplain_options options;
    struct cli_output output;
    struct cli_list keys, policies, sas, receivers, mutes, spares;
    bool decrypted, extract;
    const char *output_path, *color, *progress;
    enum esplain_severity fail_on;
    bool progress_on, progress_shown;
    struct timespec started, shown, reading; /* reading: when the first packets had come; loading SAs is no rate */
    uint64_t frames_then;
};

enum { OPT_RECEIVER = 256, OPT_POLICY, OPT_NO_RECEIVER, OPT_WINDOW, OPT_VERDICTS, OPT_FILTER, OPT_FAIL_ON, OPT_MUTE, OPT_COLOR, OPT_PROGRESS, OPT_WORKERS,
       OPT_DECRYPTED, OPT_EXTRACT };

static const struct option read_options[] = {
    { "sa", required_argument, NULL, 's' },
    { "ike-keys", required_argument, NULL, 'k' },
    { "policy", required_argument, NULL, OPT_POLICY },
    { "receiver", required_argument, NULL, OPT_RECEIVER },
    { "no-receiver", no_argument, NULL, OPT_NO_RECEIVER },
    { "window", required_argument, NULL, OPT_WINDOW },
    { "format", required_argument, NULL, 'f' },
    { "output", required_argument, NULL, 'o' },
    { "verdicts", no_argument, NULL, OPT_VERDICTS },
    { "write", required_argument, NULL, 'w' },
    { "decrypted", no_argument, NULL, OPT_DECRYPTED },
    { "extract", no_argument, NULL, OPT_EXTRACT },
    { "filter", required_argument, NULL, OPT_FILTER },
    { "fail-on", required_argument, NULL, OPT_FAIL_ON },
    { "mute", required_argument, NULL, OPT_MUTE },
    { "count", required_argument, NULL, 'c' },
    { "quiet", no_argument, NULL, 'q' },
    { "verbose", no_argument, NULL, 'v' },
    { "color", required_argument, NULL, OPT_COLOR },
    { "progress", required_argument, NULL, OPT_PROGRESS },
    { "workers", required_argument, NULL, OPT_WORKERS },
    { "help", no_argument, NULL, 'h' },
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
    struct read_run *run = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (run->reading.tv_sec == 0) {
        run->reading = now;
        run->frames_then = progress->frames;
    }
    if (!run->progress_on || read_seconds(&run->started, &now) < 1.0 || read_seconds(&run->shown, &now) < 0.2)
        return;
    run->shown = now;
    run->progress_shown = true;
    double since = read_seconds(&run->reading, &now);
    double rate = since > 0 ? (double)(progress->frames - run->frames_then) / since / 1e6 : 0;
    if (progress->size)
        fprintf(stderr, "\r%3d %%  %llu packets, %.1f M/s\033[K",
                (int)(100.0 * (double)progress->consumed / (double)progress->size), (unsigned long long)progress->frames, rate);
    else
        fprintf(stderr, "\r%llu packets, %.1f M/s\033[K", (unsigned long long)progress->frames, rate);
    fflush(stderr);
}

static void read_message(void *context, const char *line)
{
    struct read_run *run = context;
    if (run->progress_shown)
        fputs("\r\033[K", stderr);
    cli_message(NULL, line);
}

static bool read_write(void *context, const char *bytes, size_t length)
{
    struct read_run *run = context;
    return cli_output_write(&run->output, bytes, length);
}

/* -w FILE and what goes there; EXIT_CLEAN where it makes sense. */
static int read_parse_write(struct read_run *run)
{
    const char *path = run->options.write_path;
    if (path == NULL && (run->decrypted || run->extract))
        return cli_fail("--%s wants -w FILE, the capture to write", run->decrypted ? "decrypted" : "extract");
    if (path != NULL && run->decrypted == run->extract)
        return cli_fail("-w %s wants one of --decrypted (what came out of the tunnels) and --extract (the frames behind each finding)", path);
    run->options.write = run->extract ? ESPLAIN_EXTRACT : ESPLAIN_DECRYPTED;
    if (path == NULL || strcmp(path, "-") != 0)
        return EXIT_CLEAN;
    if (run->output_path == NULL && !run->options.quiet)
        return cli_fail("-w - puts the capture on standard output: say with -o FILE where the results go, or leave them out with -q");
    if (isatty(STDOUT_FILENO))
        return cli_fail("-w -: a capture is not written to a terminal");
    return EXIT_CLEAN;
}

/* What -w must not write over: captures, SA and key files, the results. */
static void read_spare(struct read_run *run, int count, char **words)
{
    for (int i = optind; i < count; i++)
        cli_list_add(&run->spares, words[i]);
    for (size_t i = 0; i < run->sas.count; i++) {
        const char *colon = strchr(run->sas.words[i], ':'); /* FORMAT:FILE, or a colon of the name's own */
        cli_list_add(&run->spares, run->sas.words[i]);
        if (colon != NULL)
            cli_list_add(&run->spares, colon + 1);
    }
    for (size_t i = 0; i < run->policies.count; i++)
        cli_list_add(&run->spares, run->policies.words[i]);
    for (size_t i = 0; i < run->keys.count; i++)
        cli_list_add(&run->spares, run->keys.words[i]);
    if (run->output_path)
        cli_list_add(&run->spares, run->output_path);
    run->options.write_spares = run->spares.words;
    run->options.write_spare_count = run->spares.count;
}

/* EXIT_CLEAN: go on; anything else: the exit status, with *done. */
static int read_parse(struct read_run *run, int count, char **words, bool *done)
{
    uint64_t number;
    *done = true;
    for (int option; (option = getopt_long(count, words, "s:k:f:o:w:c:qvh", read_options, NULL)) != -1;) {
        switch (option) {
        case 's':
            cli_list_add(&run->sas, optarg);
            break;
        case 'k':
            cli_list_add(&run->keys, optarg);
            break;
        case OPT_POLICY:
            cli_list_add(&run->policies, optarg);
            break;
        case OPT_RECEIVER:
            cli_list_add(&run->receivers, optarg);
            break;
        case OPT_NO_RECEIVER:
            run->options.no_receiver = true;
            break;
        case OPT_WINDOW:
            if (!cli_number(optarg, 1u << 20, &number) || number == 0)
                return cli_fail("--window takes a number from 1 to 1048576");
            run->options.window = (uint32_t)number;
            break;
        case 'f':
            if (!cli_format(optarg, &run->options.format))
                return cli_fail("--format takes text or json");
            break;
        case 'o':
            run->output_path = optarg;
            break;
        case OPT_WORKERS:
            if (!cli_number(optarg, 16, &number) || number == 0)
                return cli_fail("--workers takes a number from 1 to 16");
            run->options.workers = (unsigned)number;
            break;
        case 'w':
            run->options.write_path = optarg;
            break;
        case OPT_DECRYPTED:
            run->decrypted = true;
            break;
        case OPT_EXTRACT:
            run->extract = true;
            break;
        case OPT_VERDICTS:
            run->options.verdicts = true;
            break;
        case OPT_FILTER:
            run->options.filter = optarg;
            break;
        case OPT_FAIL_ON:
            if (!cli_severity(optarg, &run->fail_on))
                return cli_fail("--fail-on takes note, warning or error");
            break;
        case OPT_MUTE:
            cli_list_add(&run->mutes, optarg);
            break;
        case 'c':
            if (!cli_number(optarg, UINT64_MAX, &number) || number == 0)
                return cli_fail("--count takes a number of packets");
            run->options.count = number;
            break;
        case 'q':
            run->options.quiet = true;
            break;
        case 'v':
            run->options.verbose++;
            break;
        case OPT_COLOR:
            run->color = optarg;
            break;
        case OPT_PROGRESS:
            run->progress = optarg;
            break;
        case 'h':
            return cli_help("read");
        default:
            return cli_usage("read");
        }
    }
    if (!cli_when(run->color, stdout, &run->options.color) || !cli_when(run->progress, stderr, &run->progress_on))
        return cli_fail("--color and --progress take auto, always or never");
    if (optind == count)
        return cli_fail("read: which capture? (esplain read FILE..., '-' for standard input)");
    int status = read_parse_write(run);
    *done = status != EXIT_CLEAN;
    return status;
}

static int read_files(struct read_run *run, struct esplain *esplain, int count, char **words)
{
    struct esplain_error error;
    int readable = 0;
    for (int i = optind; i < count; i++) {
        if (esplain_read(esplain, words[i], &error)) {
            readable++;
            continue;
        }
        read_message(run, error.message);
    }
    if (run->progress_shown)
        fputs("\r\033[K", stderr);
    if (readable == 0)
        return EXIT_BROKEN;
    if (!esplain_finish(esplain, &error))
        return EXIT_BROKEN;
    if (readable < count - optind)
        return EXIT_BROKEN;
    return esplain_worst(esplain) >= run->fail_on ? EXIT_FOUND : EXIT_CLEAN;
}

static int read_run(struct read_run *run, int count, char **words)
{
    struct esplain_error error;
    if (!cli_output_open(&run->output, run->output_path))
        return EXIT_BROKEN;
    if (run->options.write_path != NULL && strcmp(run->options.write_path, "-") == 0 && run->output_path == NULL)
        run->output.file = stderr; /* what -q leaves of the results */
    read_spare(run, count, words);
    run->options.receivers = run->receivers.words;
    run->options.receiver_count = run->receivers.count;
    run->options.mutes = run->mutes.words;
    run->options.mute_count = run->mutes.count;
    struct esplain *esplain = esplain_create(&run->options, &error);
    if (esplain == NULL)
        return cli_fail("%s", error.message);
    int status = EXIT_CLEAN;
    for (size_t i = 0; i < run->sas.count && status == EXIT_CLEAN; i++)
        if (!esplain_add_sas(esplain, run->sas.words[i], &error))
            status = cli_fail("%s", error.message);
    for (size_t i = 0; i < run->policies.count && status == EXIT_CLEAN; i++)
        if (!esplain_add_policy(esplain, run->policies.words[i], &error))
            status = cli_fail("%s", error.message);
    for (size_t i = 0; i < run->keys.count && status == EXIT_CLEAN; i++)
        if (!esplain_add_ike_keys(esplain, run->keys.words[i], &error))
            status = cli_fail("%s", error.message);
    if (status == EXIT_CLEAN)
        status = read_files(run, esplain, count, words);
    esplain_destroy(esplain);
    int closed = cli_output_close(&run->output);
    return closed == EXIT_CLEAN ? status : closed;
}

int command_read(int count, char **words)
{
    struct read_run run = { .color = "auto", .progress = "auto", .fail_on = ESPLAIN_WARNING };
    bool done;
    run.options.output = read_write;
    run.options.message = read_message;
    run.options.progress = read_progress;
    run.options.context = &run;
    run.options.stop = &read_stop;
    clock_gettime(CLOCK_MONOTONIC, &run.started);
    int status = read_parse(&run, count, words, &done);
    if (!done) {
        struct sigaction action = { .sa_handler = read_signal, .sa_flags = SA_RESETHAND };
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        status = read_run(&run, count, words);
    }
    free(run.sas.words);
    free(run.keys.words);
    free(run.policies.words);
    free(run.receivers.words);
    free(run.mutes.words);
    free(run.spares.words);
    return status;
}
