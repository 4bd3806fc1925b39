/* explain: `esplain explain`: what a code means. */
#include <getopt.h>

#include "cli/cli.h"

enum { OPT_COLOR = 256, OPT_MARKDOWN };

static const struct option explain_options[] = {
    { "format", required_argument, NULL, 'f' },
    { "color", required_argument, NULL, OPT_COLOR },
    { "markdown", no_argument, NULL, OPT_MARKDOWN },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

/* A code such as -1070202879 looks like an option to getopt: such words are left to the end. */
static bool explain_is_number(const char *word)
{
    return word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

int command_explain(int count, char **words)
{
    struct cli_output output;
    struct esplain_options options = { .output = cli_output_write, .message = cli_message, .context = &output };
    struct esplain_error error;
    const char *color = "auto";
    bool markdown = false;
    int status = EXIT_CLEAN, end = 1;
    opterr = 1;
    while (end < count && !explain_is_number(words[end]))
        end++;
    for (int option; (option = getopt_long(end, words, "f:h", explain_options, NULL)) != -1;) {
        switch (option) {
        case 'f':
            if (!cli_format(optarg, &options.format))
                return cli_fail("--format takes text or json");
            break;
        case OPT_COLOR:
            color = optarg;
            break;
        case OPT_MARKDOWN:
            markdown = true;
            break;
        case 'h':
            return cli_help("explain");
        default:
            return cli_usage("explain");
        }
    }
    if (!cli_when(color, stdout, &options.color))
        return cli_fail("--color takes auto, always or never");
    if (!cli_output_open(&output, NULL, NULL))
        return EXIT_BROKEN;
    if (markdown)
        status = esplain_explain_markdown(&options) ? EXIT_CLEAN : EXIT_BROKEN;
    else if (optind == count && !esplain_explain(NULL, &options, &error))
        status = cli_fail("%s", error.message);
    for (int i = optind; i < count && !markdown; i++) {
        if (i > optind && options.format == ESPLAIN_TEXT)
            cli_output_write(&output, "\n", 1);
        if (!esplain_explain(words[i], &options, &error))
            status = cli_fail("%s", error.message);
    }
    int closed = cli_output_close(&output);
    return closed == EXIT_CLEAN ? status : closed;
}
