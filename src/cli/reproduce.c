/* reproduce: `esplain reproduce`: packets that show a condition, into a capture or onto an interface. */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { OPT_REPORT = 256, OPT_REPORT_NUMBER, OPT_FINDING, OPT_CONDITION, OPT_CAUSE, OPT_SRC, OPT_DST, OPT_SPI, OPT_SEQ, OPT_PROTO, OPT_ENCAP, OPT_LIST,
       OPT_SEND, OPT_TO, OPT_RATE };

static volatile int reproduce_stop; /* SIGINT, SIGTERM: send no more */

static const struct option reproduce_options[] = {
    CUT_LONG,
    { "report", required_argument, NULL, OPT_REPORT },
    { "report-number", required_argument, NULL, OPT_REPORT_NUMBER },
    { "finding", required_argument, NULL, OPT_FINDING },
    { "condition", required_argument, NULL, OPT_CONDITION },
    { "cause", required_argument, NULL, OPT_CAUSE },
    { "src", required_argument, NULL, OPT_SRC },
    { "dst", required_argument, NULL, OPT_DST },
    { "spi", required_argument, NULL, OPT_SPI },
    { "seq", required_argument, NULL, OPT_SEQ },
    { "proto", required_argument, NULL, OPT_PROTO },
    { "encap", required_argument, NULL, OPT_ENCAP },
    { "sa", required_argument, NULL, 's' },
    { "write", required_argument, NULL, 'w' },
    { "count", required_argument, NULL, 'c' },
    { "send", required_argument, NULL, OPT_SEND },
    { "to", required_argument, NULL, OPT_TO },
    { "rate", required_argument, NULL, OPT_RATE },
    { "list", no_argument, NULL, OPT_LIST },
    { "format", required_argument, NULL, 'f' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

/* Decimal, or hexadecimal behind 0x. */
static bool reproduce_number(const char *word, uint32_t *number)
{
    char *end;
    unsigned long long value = strtoull(word, &end, word[0] == '0' && word[1] == 'x' ? 16 : 10);
    *number = (uint32_t)value;
    return *word >= '0' && *word <= '9' && *end == '\0' && value <= UINT32_MAX;
}

static bool reproduce_is(const char *word, const char *one, const char *other)
{
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

struct reproduce_run {
    struct esplain_reproduction what;
    struct esplain_options options;
    struct cli_list sas;
    struct cli_cut cut;
    bool list;
};

static void reproduce_signal(int number)
{
    (void)number;
    reproduce_stop = 1;
}

/* A second one ends the process at once. */
static void reproduce_signals(void)
{
    struct sigaction last = { .sa_handler = reproduce_signal, .sa_flags = SA_RESETHAND };
    sigaction(SIGINT, &last, NULL);
    sigaction(SIGTERM, &last, NULL);
}

/* At once: what will be sent is read before it is. */
static bool reproduce_output(void *context, const char *bytes, size_t length)
{
    struct cli_output *output = context;
    return cli_output_write(output, bytes, length) && fflush(output->file) == 0;
}

/* What --send wants of the other options. */
static int reproduce_check_send(const struct esplain_reproduction *what)
{
    if (what->send_interface == NULL && (what->send_to != NULL || what->send_rate != 0))
        return cli_fail("--to and --rate are for --send IFACE");
    if (what->send_interface != NULL && what->send_to == NULL)
        return cli_fail("--send wants --to ADDRESS: the destination of the packets once more, so that none goes elsewhere");
    return EXIT_CLEAN;
}

/* EXIT_CLEAN: go on; anything else, or *done: that is the exit status. */
static int reproduce_parse(struct reproduce_run *run, int count, char **words, bool *done)
{
    struct esplain_reproduction *what = &run->what;
    uint64_t number;
    int status;
    *done = true;
    for (int option; (option = getopt_long(count, words, CUT_SHORT "s:w:c:f:h", reproduce_options, NULL)) != -1;) {
        switch (option) {
        case OPT_REPORT: what->report = optarg; break;
        case OPT_REPORT_NUMBER:
        case OPT_FINDING:
            if (!cli_number(optarg, UINT32_MAX, &number) || number == 0)
                return cli_fail("--%s takes a number from 1 on", option == OPT_FINDING ? "finding" : "report-number");
            *(option == OPT_FINDING ? &what->finding : &what->report_number) = (uint32_t)number;
            break;
        case OPT_CONDITION: what->condition = optarg; break;
        case OPT_CAUSE: what->cause = optarg; break;
        case OPT_SRC: what->src = optarg; break;
        case OPT_DST: what->dst = optarg; break;
        case OPT_SPI:
            if (!(what->spi_given = reproduce_number(optarg, &what->spi)))
                return cli_fail("--spi takes a number of 32 bits, as 0x1001 or 4097");
            break;
        case OPT_SEQ:
            if (!(what->seq_given = reproduce_number(optarg, &what->seq)))
                return cli_fail("--seq takes a number of 32 bits");
            break;
        case OPT_PROTO:
            if (!reproduce_is(what->proto = optarg, "esp", "ah"))
                return cli_fail("--proto takes esp or ah");
            break;
        case OPT_ENCAP:
            if (!reproduce_is(what->encap = optarg, "none", "udp"))
                return cli_fail("--encap takes none or udp");
            break;
        case 's': cli_list_add(&run->sas, optarg); break;
        case 'w': what->write_path = optarg; break;
        case 'c':
            if (!cli_number(optarg, 10000, &number) || number == 0)
                return cli_fail("--count takes a number of packets from 1 to 10000");
            what->count = (uint32_t)number;
            break;
        case OPT_SEND: what->send_interface = optarg; break;
        case OPT_TO: what->send_to = optarg; break;
        case OPT_RATE:
            if (!cli_number(optarg, 100, &number) || number == 0)
                return cli_fail("--rate takes a number of packets a second from 1 to 100");
            what->send_rate = (uint32_t)number;
            break;
        case OPT_LIST: run->list = true; break;
        case 'f':
            if (!cli_format(optarg, &run->options.format))
                return cli_fail("--format takes text or json");
            break;
        case 'h': return cli_help("reproduce");
        default:
            if (!cli_cut_option(&run->cut, option, &status))
                return cli_usage("reproduce");
            if (status != EXIT_CLEAN)
                return status;
        }
    }
    if (optind + 1 < count || (optind < count && what->report))
        return cli_fail("reproduce takes one report: --report LINE, or a file of reports or findings");
    if (optind < count)
        what->told_path = words[optind];
    run->cut.what.finding = what->finding;
    if ((status = cli_cut_check(&run->cut, what->write_path)) != EXIT_CLEAN)
        return status;
    bool cut = run->cut.what.capture != NULL;
    if (cut && (run->list || what->condition != NULL || what->report != NULL || what->told_path != NULL))
        return cli_fail("--from takes frames out of a capture, the others make packets: one of them");
    if (cut && what->send_interface != NULL)
        return cli_fail("--send sends packets that were made, and no frames of --from");
    if (!cut && !run->list && what->condition == NULL && what->report == NULL && what->told_path == NULL)
        return cli_fail("reproduce: what? (--condition NAME, --list shows them; --report LINE; or a log)");
    if (!run->list && (what->write_path ? strcmp(what->write_path, "-") == 0 : what->send_interface == NULL))
        return cli_fail("reproduce wants -w FILE, the capture to write");
    if (reproduce_check_send(what) != EXIT_CLEAN)
        return EXIT_BROKEN;
    *done = false;
    return EXIT_CLEAN;
}

int command_reproduce(int count, char **words)
{
    struct cli_output output;
    struct esplain_error error;
    struct reproduce_run run = { .options = { .output = reproduce_output, .message = cli_message, .context = &output, .stop = &reproduce_stop } };
    bool done;
    int status = reproduce_parse(&run, count, words, &done);
    if (!done && cli_output_open(&output, NULL, NULL)) {
        if (run.what.send_interface != NULL)
            reproduce_signals();
        run.what.sas = run.sas.words;
        run.what.sa_count = run.sas.count;
        if (run.cut.what.capture != NULL)
            status = cli_cut_run(&run.cut, &run.sas, run.what.write_path, &run.options);
        else if (run.list ? !esplain_reproducible(&run.options) : !esplain_reproduce(&run.what, &run.options, &error))
            status = run.list ? EXIT_BROKEN : cli_fail("%s", error.message);
        int closed = cli_output_close(&output);
        status = closed == EXIT_CLEAN ? status : closed;
    }
    free(run.sas.words);
    cli_cut_free(&run.cut);
    return status;
}
