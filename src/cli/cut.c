/* cut: the part of `esplain reproduce` that takes frames out of a capture: --from. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

bool cli_cut_option(struct cli_cut *cut, int option, int *status)
{
    uint64_t number;
    *status = EXIT_CLEAN;
    cut->others |= option != CUT_FROM;
    switch (option) {
    case CUT_FROM: cut->what.capture = optarg; break;
    case 'k': cli_list_add(&cut->keys, optarg); break;
    case CUT_POLICY: cli_list_add(&cut->policies, optarg); break;
    case CUT_RECEIVER: cli_list_add(&cut->receivers, optarg); break;
    case CUT_MUTE: cli_list_add(&cut->mutes, optarg); break;
    case CUT_NO_RECEIVER: cut->no_receiver = true; break;
    case CUT_WINDOW:
        if (!cli_number(optarg, 1u << 20, &number) || number == 0)
            *status = cli_fail("--window takes a number from 1 to 1048576");
        else
            cut->window = (uint32_t)number;
        break;
    case CUT_FILTER: cut->filter = optarg; break;
    case CUT_ANONYMISE: cut->what.anonymise = true; break;
    case CUT_KEEP_KEYS: cut->what.keep_keys = true; break;
    default: return false;
    }
    return true;
}

int cli_cut_check(const struct cli_cut *cut, const char *write_path)
{
    if (cut->what.capture == NULL && cut->others)
        return cli_fail("-k, --policy, --receiver, --no-receiver, --window, --mute, --filter, --anonymise and --keep-keys go with --from CAPTURE");
    if (cut->what.capture == NULL)
        return EXIT_CLEAN;
    if (strcmp(cut->what.capture, "-") == 0)
        return cli_fail("--from takes a file: it is read several times");
    if (cut->what.finding == 0)
        return cli_fail("--from wants --finding N: which one? (`esplain read` numbers them)");
    if (cut->what.keep_keys && !cut->what.anonymise)
        return cli_fail("--keep-keys goes with --anonymise: without it SA files are not copied");
    if (write_path == NULL || strcmp(write_path, "-") == 0)
        return cli_fail("reproduce wants -w FILE, the capture to write");
    return EXIT_CLEAN;
}

int cli_cut_run(struct cli_cut *cut, const struct cli_list *sas, const char *write_path, const struct esplain_options *common)
{
    struct esplain_options options = *common;
    struct esplain_cut *what = &cut->what;
    struct esplain_error error = { "" };
    struct cli_list spares = { 0 };
    const struct cli_list *lists[] = { sas, &cut->policies, &cut->keys };
    cli_list_add(&spares, what->capture);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < lists[i]->count; k++) {
            const char *colon = strchr(lists[i]->words[k], ':'); /* FORMAT:FILE, or a colon of the name's own */
            cli_list_add(&spares, lists[i]->words[k]);
            if (colon != NULL)
                cli_list_add(&spares, colon + 1);
        }
    what->sas = sas->words;
    what->sa_count = sas->count;
    what->policies = cut->policies.words;
    what->policy_count = cut->policies.count;
    what->ike_keys = cut->keys.words;
    what->ike_key_count = cut->keys.count;
    what->write_path = write_path;
    options.receivers = cut->receivers.words;
    options.receiver_count = cut->receivers.count;
    options.no_receiver = cut->no_receiver;
    options.window = cut->window;
    options.mutes = cut->mutes.words;
    options.mute_count = cut->mutes.count;
    options.filter = cut->filter;
    options.write_spares = spares.words;
    options.write_spare_count = spares.count;
    int status = esplain_cut(what, &options, &error) ? EXIT_CLEAN : cli_fail("%s", error.message);
    free(spares.words);
    return status;
}

void cli_cut_free(struct cli_cut *cut)
{
    free(cut->keys.words);
    free(cut->policies.words);
    free(cut->receivers.words);
    free(cut->mutes.words);
}
