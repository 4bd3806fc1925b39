/* sa: `esplain sa`: SA definitions listed, checked, converted. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { OPT_TO = 256, OPT_FAIL_ON, OPT_COLOR };

static const struct option sa_options[] = {
    { "to", required_argument, NULL, OPT_TO },
    { "format", required_argument, NULL, 'f' },
    { "output", required_argument, NULL, 'o' },
    { "fail-on", required_argument, NULL, OPT_FAIL_ON },
    { "color", required_argument, NULL, OPT_COLOR },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static bool sa_target(const char *word, enum esplain_convert *to)
{
    static const char *const names[] = { "wireshark", "tcpdump", "xfrm" };
    static const enum esplain_convert targets[] = { ESPLAIN_TO_WIRESHARK, ESPLAIN_TO_TCPDUMP, ESPLAIN_TO_XFRM };
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0) {
            *to = targets[i];
            return true;
        }
    return false;
}

int command_sa(int count, char **words)
{
    struct cli_output output;
    struct esplain_options options = { .output = cli_output_write, .message = cli_message, .context = &output };
    struct esplain_error error;
    enum esplain_convert to = ESPLAIN_LIST;
    enum esplain_severity fail_on = ESPLAIN_WARNING, worst = ESPLAIN_NOTHING;
    const char *color = "auto", *path = NULL;
    struct cli_list inputs = { 0 };
    for (int option; (option = getopt_long(count, words, "f:o:h", sa_options, NULL)) != -1;) {
        switch (option) {
        case OPT_TO:
            if (!sa_target(optarg, &to))
                return cli_fail("--to takes wireshark, tcpdump or xfrm");
            break;
        case 'f':
            if (!cli_format(optarg, &options.format))
                return cli_fail("--format takes text or json");
            break;
        case 'o':
            path = optarg;
            break;
        case OPT_FAIL_ON:
            if (!cli_severity(optarg, &fail_on))
                return cli_fail("--fail-on takes note, warning or error");
            break;
        case OPT_COLOR:
            color = optarg;
            break;
        case 'h':
            return cli_help("sa");
        default:
            return cli_usage("sa");
        }
    }
    if (!cli_when(color, stdout, &options.color))
        return cli_fail("--color takes auto, always or never");
    if (optind == count)
        return cli_fail("sa: which file? (esplain sa FILE...)");
    for (int i = optind; i < count; i++)
        cli_list_add(&inputs, words[i]);
    bool open = cli_output_open(&output, path, &inputs);
    free(inputs.words);
    if (!open)
        return EXIT_BROKEN;
    bool good = esplain_sas((const char *const *)&words[optind], (size_t)(count - optind), to, &options, &worst, &error);
    int closed = cli_output_close(&output);
    if (!good)
        return cli_fail("%s", error.message);
    if (closed != EXIT_CLEAN)
        return closed;
    return worst >= fail_on ? EXIT_FOUND : EXIT_CLEAN;
}
