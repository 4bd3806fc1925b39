/* run: what read and live have in common: options, the engine with all that it is given, the end. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

int cli_run_option(struct cli_run *run, int option, bool *done)
{
    uint64_t number;
    switch (option) {
    case 's':
        cli_list_add(&run->sas, optarg);
        break;
    case 'k':
        cli_list_add(&run->keys, optarg);
        break;
    case CLI_POLICY:
        cli_list_add(&run->policies, optarg);
        break;
    case CLI_RECEIVER:
        cli_list_add(&run->receivers, optarg);
        break;
    case CLI_NO_RECEIVER:
        run->options.no_receiver = true;
        break;
    case CLI_WINDOW:
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
    case 'w':
        run->options.write_path = optarg;
        break;
    case CLI_VERDICTS:
        run->options.verdicts = true;
        break;
    case CLI_FAIL_ON:
        if (!cli_severity(optarg, &run->fail_on))
            return cli_fail("--fail-on takes note, warning or error");
        break;
    case CLI_MUTE:
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
    case CLI_COLOR:
        run->color = optarg;
        break;
    case 'h':
        *done = true;
        return cli_help(run->command);
    default:
        return cli_usage(run->command);
    }
    return EXIT_CLEAN;
}

int cli_run_check_write(const struct cli_run *run)
{
    const char *path = run->options.write_path;
    if (path == NULL || strcmp(path, "-") != 0)
        return EXIT_CLEAN;
    if (run->output_path == NULL && !run->options.quiet)
        return cli_fail("-w - puts the capture on standard output: say with -o FILE where the results go, or leave them out with -q");
    if (isatty(STDOUT_FILENO))
        return cli_fail("-w -: a capture is not written to a terminal");
    return EXIT_CLEAN;
}

/* What is read, and nothing is written over: SA and key files, and the words of the command. */
static void run_spare(struct cli_run *run, int count, char **words)
{
    for (int i = 0; i < count; i++)
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
}

static bool run_load(const struct cli_run *run, struct esplain *esplain, struct esplain_error *error)
{
    bool good = true;
    for (size_t i = 0; i < run->sas.count && good; i++)
        good = esplain_add_sas(esplain, run->sas.words[i], error);
    for (size_t i = 0; i < run->policies.count && good; i++)
        good = esplain_add_policy(esplain, run->policies.words[i], error);
    for (size_t i = 0; i < run->keys.count && good; i++)
        good = esplain_add_ike_keys(esplain, run->keys.words[i], error);
    return good;
}

struct esplain *cli_run_create(struct cli_run *run, int count, char **words)
{
    struct esplain_error error;
    run_spare(run, count, words);
    if (!cli_output_open(&run->output, run->output_path, &run->spares))
        return NULL;
    if (run->output_path)
        cli_list_add(&run->spares, run->output_path); /* -w goes elsewhere */
    run->options.write_spares = run->spares.words;
    run->options.write_spare_count = run->spares.count;
    if (run->options.write_path != NULL && strcmp(run->options.write_path, "-") == 0 && run->output_path == NULL)
        run->output.file = stderr; /* what -q leaves of the results */
    run->options.receivers = run->receivers.words;
    run->options.receiver_count = run->receivers.count;
    run->options.mutes = run->mutes.words;
    run->options.mute_count = run->mutes.count;
    struct esplain *esplain = esplain_create(&run->options, &error);
    if (esplain != NULL && run_load(run, esplain, &error))
        return esplain;
    cli_fail("%s", error.message);
    esplain_destroy(esplain);
    return NULL;
}

int cli_run_end(struct cli_run *run, struct esplain *esplain, int status)
{
    esplain_destroy(esplain);
    int closed = run->output.file != NULL ? cli_output_close(&run->output) : EXIT_CLEAN;
    return closed == EXIT_CLEAN ? status : closed;
}

void cli_run_free(struct cli_run *run)
{
    free(run->sas.words);
    free(run->keys.words);
    free(run->policies.words);
    free(run->receivers.words);
    free(run->mutes.words);
    free(run->spares.words);
}
