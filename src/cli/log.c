/* log: `esplain log`: drop reports out of logs, and the packets that they speak of. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct option log_options[] = {
    { "read", required_argument, NULL, 'r' },
    { "sa", required_argument, NULL, 's' },
    { "ike-keys", required_argument, NULL, 'k' },
    { "policy", required_argument, NULL, CLI_POLICY },
    { "receiver", required_argument, NULL, CLI_RECEIVER },
    { "no-receiver", no_argument, NULL, CLI_NO_RECEIVER },
    { "window", required_argument, NULL, CLI_WINDOW },
    { "format", required_argument, NULL, 'f' },
    { "output", required_argument, NULL, 'o' },
    { "fail-on", required_argument, NULL, CLI_FAIL_ON },
    { "quiet", no_argument, NULL, 'q' },
    { "verbose", no_argument, NULL, 'v' },
    { "color", required_argument, NULL, CLI_COLOR },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

/* Reads all; the exit status. What cannot be read is told, and the rest is still answered. */
static int log_run(struct cli_run *run, struct esplain *esplain, const struct cli_list *captures, int count, char **words)
{
    struct esplain_error error;
    int readable = 0;
    bool missing = false;
    for (int i = 0; i < count; i++) {
        bool good = esplain_add_log(esplain, words[i], &error);
        readable += good;
        missing |= !good;
        if (!good)
            cli_fail("%s", error.message);
    }
    if (readable == 0)
        return EXIT_BROKEN;
    for (size_t i = 0; i < captures->count; i++)
        if (!esplain_read(esplain, captures->words[i], &error)) {
            cli_fail("%s", error.message);
            missing = true;
        }
    if (!esplain_finish(esplain, &error))
        return run->output.broken ? EXIT_BROKEN : cli_fail("%s", error.message);
    if (missing)
        return EXIT_BROKEN;
    return esplain_worst(esplain) >= run->fail_on ? EXIT_FOUND : EXIT_CLEAN;
}

int command_log(int count, char **words)
{
    struct cli_run run = { .command = "log", .color = "auto", .fail_on = ESPLAIN_WARNING };
    struct cli_list captures = { NULL, 0 };
    int status = EXIT_CLEAN;
    bool done = false;
    run.options.output = cli_output_write;
    run.options.message = cli_message;
    run.options.context = &run.output;
    for (int option; !done && status == EXIT_CLEAN && (option = getopt_long(count, words, "r:s:k:f:o:qvh", log_options, NULL)) != -1;) {
        if (option == 'r')
            cli_list_add(&captures, optarg);
        else
            status = cli_run_option(&run, option, &done);
    }
    if (!done && status == EXIT_CLEAN && !cli_when(run.color, stdout, &run.options.color))
        status = cli_fail("--color takes auto, always or never");
    if (!done && status == EXIT_CLEAN && optind == count)
        status = cli_fail("log: which file? (esplain log FILE..., '-' for standard input)");
    if (!done && status == EXIT_CLEAN) {
        for (size_t i = 0; i < captures.count; i++)
            cli_list_add(&run.spares, captures.words[i]);
        struct esplain *esplain = cli_run_create(&run, count - optind, words + optind);
        status = cli_run_end(&run, esplain, esplain ? log_run(&run, esplain, &captures, count - optind, words + optind) : EXIT_BROKEN);
    }
    free(captures.words);
    cli_run_free(&run);
    return status;
}
