/* live: `esplain live`: interfaces in, findings as they happen, a report at the end. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/operate.h"

static volatile int live_stop;   /* SIGINT, SIGTERM: finish with what came */
static volatile int live_report; /* SIGUSR1: counted */
static volatile int live_reopen; /* SIGHUP: counted */

struct live_run {
    struct cli_run run;
    struct esplain_live live;
    struct operate operate;
    struct esplain *esplain;   /* while it runs */
    struct cli_list interfaces;
    char *names;               /* what the interfaces point into */
    char *filter;
    int reopened;              /* of live_reopen */
};

enum { OPT_BUFFER = 256, OPT_SNAPLEN, OPT_PROMISC, OPT_FOR, OPT_ROTATE_SIZE, OPT_ROTATE_TIME, OPT_ROTATE_KEEP };

static const struct option live_options[] = {
    CLI_RUN_LONG,
    OPERATE_LONG,
    { "buffer", required_argument, NULL, OPT_BUFFER },
    { "snaplen", required_argument, NULL, OPT_SNAPLEN },
    { "promisc", no_argument, NULL, OPT_PROMISC },
    { "for", required_argument, NULL, OPT_FOR },
    { "rotate-size", required_argument, NULL, OPT_ROTATE_SIZE },
    { "rotate-time", required_argument, NULL, OPT_ROTATE_TIME },
    { "rotate-keep", required_argument, NULL, OPT_ROTATE_KEEP },
    { NULL, 0, NULL, 0 },
};

static void live_signal(int number)
{
    if (number == SIGUSR1)
        live_report++;
    else if (number == SIGHUP)
        live_reopen++;
    else
        live_stop = 1;
}

/* Writing is begun again after a signal, waiting for packets is not. A second SIGINT or SIGTERM ends the process at once; the others come as often as they like. */
static void live_signals(void)
{
    struct sigaction last = { .sa_handler = live_signal, .sa_flags = SA_RESETHAND | SA_RESTART };
    struct sigaction again = { .sa_handler = live_signal, .sa_flags = SA_RESTART };
    sigaction(SIGINT, &last, NULL);
    sigaction(SIGTERM, &last, NULL);
    sigaction(SIGUSR1, &again, NULL);
    sigaction(SIGHUP, &again, NULL);
}

/* What comes is handed on at once: somebody waits for it. */
static bool live_write(void *context, const char *bytes, size_t length)
{
    struct live_run *live = context;
    if (live->operate.top != NULL && live->run.output.path == NULL)
        return true; /* the terminal is the view's; it shows what this would say */
    bool written = cli_output_write(&live->run.output, bytes, length);
    if (fflush(live->run.output.file) != 0) /* the errno of it is told at the end */
        written = false;
    return written;
}

static void live_message(void *context, const char *line)
{
    struct live_run *live = context;
    operate_message(&live->operate, line);
}

/* Everything is open; what is asked of root comes no more. */
static bool live_prepare(void *context)
{
    struct live_run *live = context;
    const struct esplain_options *options = &live->run.options;
    live->operate.verbose = options->verbose > 0;
    live->operate.captured = options->write_path;
    live->operate.results = live->run.output_path;
    live->operate.rotates = live->live.rotate_bytes || live->live.rotate_seconds;
    return operate_prepare(&live->operate, live->esplain, live->interfaces.words[0], options->color);
}

static bool live_tick(void *context)
{
    struct live_run *live = context;
    if (live->reopened != live_reopen) {
        live->reopened = live_reopen;
        cli_output_reopen(&live->run.output);
    }
    return operate_tick(&live->operate, live->esplain) && (live->operate.top != NULL || !cli_output_gone(&live->run.output));
}

/* A number with a unit: `units` are letters, `sizes` what they stand for. */
static bool live_amount(const char *word, const char *units, const uint64_t *sizes, uint64_t limit, uint64_t *amount)
{
    size_t length = strlen(word);
    char digits[24];
    const char *unit = length > 1 ? strchr(units, word[length - 1]) : NULL;
    size_t count = unit ? length - 1 : length;
    if (count >= sizeof digits)
        return false;
    memcpy(digits, word, count);
    digits[count] = '\0';
    uint64_t size = unit ? sizes[unit - units] : 1;
    if (!cli_number(digits, limit / size, amount) || *amount == 0)
        return false;
    *amount *= size;
    return true;
}

static bool live_span(const char *word, uint32_t *seconds)
{
    static const uint64_t sizes[] = { 1, 60, 3600, 86400 };
    uint64_t amount;
    bool good = live_amount(word, "smhd", sizes, 10 * 366 * 86400u, &amount);
    *seconds = good ? (uint32_t)amount : 0;
    return good;
}

static int live_option(struct live_run *live, int option, bool *done)
{
    static const uint64_t bytes[] = { 1u << 10, 1u << 20, 1u << 30 };
    uint64_t number;
    switch (option) {
    case OPT_BUFFER:
        if (!cli_number(optarg, 1u << 20, &number) || number == 0)
            return cli_fail("--buffer takes a number of KiB, up to 1048576");
        live->live.buffer_kib = (uint32_t)number;
        break;
    case OPT_SNAPLEN:
        if (!cli_number(optarg, 262144, &number) || number < 64)
            return cli_fail("--snaplen takes a number of bytes from 64 to 262144");
        live->live.snaplen = (uint32_t)number;
        break;
    case OPT_PROMISC:
        live->live.promiscuous = true;
        break;
    case OPT_FOR:
        if (!live_span(optarg, &live->live.seconds))
            return cli_fail("--for takes a number of seconds, or as 10m, 12h, 1d");
        break;
    case OPT_ROTATE_SIZE:
        if (!live_amount(optarg, "KMG", bytes, UINT64_C(1) << 50, &number) || number < 4096)
            return cli_fail("--rotate-size takes a number of bytes from 4096 on, or as 500K, 100M, 2G");
        live->live.rotate_bytes = number;
        break;
    case OPT_ROTATE_TIME:
        if (!live_span(optarg, &live->live.rotate_seconds))
            return cli_fail("--rotate-time takes a number of seconds, or as 10m, 12h, 1d");
        break;
    case OPT_ROTATE_KEEP:
        if (!cli_number(optarg, 1000000, &number) || number == 0)
            return cli_fail("--rotate-keep takes a number of files");
        live->live.rotate_keep = (uint32_t)number;
        break;
    case OPERATE_USER:
    case OPERATE_NO_SANDBOX:
    case OPERATE_METRICS:
    case OPERATE_INTERVAL:
    case OPERATE_TOP:
        return operate_option(&live->operate, option);
    default:
        return cli_run_option(&live->run, option, done);
    }
    return EXIT_CLEAN;
}

/* IFACE[,IFACE...], then the words of a filter. */
static int live_words(struct live_run *live, int count, char **words)
{
    size_t length = 0;
    if (count == 0 || words[0][0] == '\0')
        return cli_fail("live: which interface? (esplain live eth0, or any; ip link lists them)");
    live->names = strdup(words[0]);
    for (int i = 1; i < count; i++)
        length += strlen(words[i]) + 1;
    live->filter = length ? malloc(length) : NULL;
    if (live->names == NULL || (length && live->filter == NULL))
        return cli_fail("no memory");
    for (char *name = live->names, *comma; name != NULL; name = comma) {
        comma = strchr(name, ',');
        if (comma != NULL)
            *comma++ = '\0';
        if (*name == '\0')
            return cli_fail("live: an interface without a name");
        cli_list_add(&live->interfaces, name);
    }
    char *at = live->filter;
    for (int i = 1; i < count; i++) {
        size_t word = strlen(words[i]);
        memcpy(at, words[i], word);
        at += word;
        *at++ = i + 1 < count ? ' ' : '\0';
    }
    live->run.options.filter = live->filter;
    live->live.interfaces = live->interfaces.words;
    live->live.interface_count = live->interfaces.count;
    return EXIT_CLEAN;
}

/* `-s kernel` is no file. */
static void live_kernel(struct live_run *live)
{
    struct cli_list *sas = &live->run.sas;
    size_t kept = 0;
    for (size_t i = 0; i < sas->count; i++)
        if (strcmp(sas->words[i], "kernel") == 0)
            live->live.kernel = true;
        else
            sas->words[kept++] = sas->words[i];
    sas->count = kept;
}

/* As read_parse. Options may stand behind the interface too; words of a filter that begin with '-' go behind "--". */
static int live_parse(struct live_run *live, int count, char **words, bool *done)
{
    int status = EXIT_CLEAN;
    bool rotates;
    *done = false;
    for (int option; !*done && status == EXIT_CLEAN && (option = getopt_long(count, words, CLI_RUN_SHORT, live_options, NULL)) != -1;)
        status = live_option(live, option, done);
    if (*done || status != EXIT_CLEAN) {
        *done = true;
        return status;
    }
    *done = true;
    rotates = live->live.rotate_bytes || live->live.rotate_seconds;
    if (!cli_when(live->run.color, stdout, &live->run.options.color))
        return cli_fail("--color takes auto, always or never");
    if ((rotates || live->live.rotate_keep) && live->run.options.write_path == NULL)
        return cli_fail("--rotate-size, --rotate-time and --rotate-keep want -w FILE, the capture to write");
    if (live->live.rotate_keep && !rotates)
        return cli_fail("--rotate-keep wants --rotate-size or --rotate-time");
    if (rotates && strcmp(live->run.options.write_path, "-") == 0)
        return cli_fail("-w -: standard output has no other files to go on with");
    live_kernel(live);
    live->run.options.write = ESPLAIN_CAPTURED;
    status = cli_run_check_write(&live->run);
    if (status == EXIT_CLEAN)
        status = live_words(live, count - optind, words + optind);
    *done = status != EXIT_CLEAN;
    return status;
}

/* What is missing, where that is why. */
static int live_failed(struct live_run *live, const char *why)
{
    char hint[1024];
    cli_fail("%s", why);
    if (live->operate.prepared)
        return EXIT_BROKEN;
    esplain_permission_hint(live->operate.kernel, hint);
    return hint[0] ? cli_fail("%s", hint) : EXIT_BROKEN;
}

static int live_capture(struct live_run *live, struct esplain *esplain)
{
    struct esplain_error error;
    live->esplain = esplain;
    live->operate.kernel = live->live.kernel;
    bool good = esplain_live(esplain, &live->live, &error);
    operate_end(&live->operate);
    if (!good)
        return live_failed(live, error.message);
    good = esplain_finish(esplain, &error);
    if (!operate_finish(&live->operate, esplain) || !good)
        return EXIT_BROKEN;
    return esplain_worst(esplain) >= live->run.fail_on ? EXIT_FOUND : EXIT_CLEAN;
}

int command_live(int count, char **words)
{
    struct live_run live = { .run = { .command = "live", .color = "auto", .fail_on = ESPLAIN_WARNING } };
    struct esplain_options *options = &live.run.options;
    bool done;
    options->output = live_write;
    options->message = live_message;
    options->context = &live;
    options->stop = &live_stop;
    live.live.report = &live_report;
    live.live.reopen = &live_reopen;
    live.live.tick = live_tick;
    live.live.prepare = live_prepare;
    int status = live_parse(&live, count, words, &done);
    if (!done) {
        live_signals();
        struct esplain *esplain = cli_run_create(&live.run, 0, NULL);
        status = cli_run_end(&live.run, esplain, esplain ? live_capture(&live, esplain) : EXIT_BROKEN);
    }
    cli_run_free(&live.run);
    free(live.interfaces.words);
    free(live.names);
    free(live.filter);
    return status;
}
