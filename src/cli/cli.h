/* cli: what the commands share. Sees only include/esplain. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "esplain/esplain.h"

/* Exit statuses, as diff and grep use them. */
enum { EXIT_CLEAN = 0, EXIT_FOUND = 1, EXIT_BROKEN = 2 };

struct cli_command {
    const char *name;
    const char *arguments;   /* of the usage line */
    const char *summary;
    const char *options;     /* help text, a line an option */
    int (*run)(int count, char **words); /* words[0] is the command's name */
};

extern const struct cli_command cli_commands[]; /* ends with a NULL name */

int command_read(int count, char **words);
int command_live(int count, char **words);
int command_explain(int count, char **words);
int command_sa(int count, char **words);
int command_reproduce(int count, char **words);
int command_log(int count, char **words);

int cli_usage(const char *name);                     /* to standard error; returns EXIT_BROKEN */
int cli_help(const char *name);                      /* to standard output; returns EXIT_CLEAN */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2))); /* "esplain: ..."; returns EXIT_BROKEN */
void cli_message(void *context, const char *line);   /* an esplain_options message function */

struct cli_list;

/* Standard output or -o FILE. */
struct cli_output {
    FILE *file;
    const char *path;        /* NULL: standard output */
    bool broken;             /* the reader went away: not worth a message */
};
/* `inputs`, or NULL: the files that the run reads, over which nothing is written. False after a message. */
bool cli_output_open(struct cli_output *output, const char *path, const struct cli_list *inputs);
bool cli_output_write(void *context, const char *bytes, size_t length);
/* -o FILE opened anew, by its name; where that fails, after a message, the old one stays. Standard output stays as it is. */
void cli_output_reopen(struct cli_output *output);
/* Has the reader of standard output gone away? */
bool cli_output_gone(const struct cli_output *output);
/* EXIT_CLEAN, or EXIT_BROKEN after a message. */
int cli_output_close(struct cli_output *output);

/* "auto", "always", "never"; false for another word. */
bool cli_when(const char *word, FILE *stream, bool *on);
bool cli_format(const char *word, enum esplain_format *format);
bool cli_severity(const char *word, enum esplain_severity *severity);
bool cli_number(const char *word, uint64_t limit, uint64_t *number);

/* A growing list of words that point into argv. */
struct cli_list {
    const char **words;
    size_t count;
};
bool cli_list_add(struct cli_list *list, const char *word);

/* What read and live have in common: an analysis, what it knows, and where its results go. Zeroed but for `command`, `color` and `fail_on`. */
struct cli_run {
    const char *command;
    struct esplain_options options;
    struct cli_output output;
    struct cli_list keys, policies, sas, receivers, mutes, spares;
    const char *output_path, *color;
    enum esplain_severity fail_on;
};

enum { CLI_RECEIVER = 512, CLI_POLICY, CLI_NO_RECEIVER, CLI_WINDOW, CLI_VERDICTS, CLI_FAIL_ON, CLI_MUTE, CLI_COLOR };

#define CLI_RUN_SHORT "s:k:f:o:w:c:qvh"
#define CLI_RUN_LONG \
    { "sa", required_argument, NULL, 's' }, \
    { "ike-keys", required_argument, NULL, 'k' }, \
    { "policy", required_argument, NULL, CLI_POLICY }, \
    { "receiver", required_argument, NULL, CLI_RECEIVER }, \
    { "no-receiver", no_argument, NULL, CLI_NO_RECEIVER }, \
    { "window", required_argument, NULL, CLI_WINDOW }, \
    { "format", required_argument, NULL, 'f' }, \
    { "output", required_argument, NULL, 'o' }, \
    { "verdicts", no_argument, NULL, CLI_VERDICTS }, \
    { "write", required_argument, NULL, 'w' }, \
    { "fail-on", required_argument, NULL, CLI_FAIL_ON }, \
    { "mute", required_argument, NULL, CLI_MUTE }, \
    { "count", required_argument, NULL, 'c' }, \
    { "quiet", no_argument, NULL, 'q' }, \
    { "verbose", no_argument, NULL, 'v' }, \
    { "color", required_argument, NULL, CLI_COLOR }, \
    { "help", no_argument, NULL, 'h' }

/* An option of CLI_RUN_LONG, with getopt's optarg. EXIT_CLEAN: go on, unless *done: it asked for help. Else the exit status. */
int cli_run_option(struct cli_run *run, int option, bool *done);
/* -w FILE against the other options: standard output is for one thing only. EXIT_CLEAN, or EXIT_BROKEN after a message. */
int cli_run_check_write(const struct cli_run *run);
/* The engine, with its SAs, policies and keys, and the output open; NULL after a message. `words` end the list of what -w spares. */
struct esplain *cli_run_create(struct cli_run *run, int count, char **words);
/* Frees and closes; the exit status, of which `status` is the engine's part. */
int cli_run_end(struct cli_run *run, struct esplain *esplain, int status);
void cli_run_free(struct cli_run *run);

/* The options of `reproduce` that take frames out of a capture. Zeroed before. */
struct cli_cut {
    struct esplain_cut what;
    struct cli_list keys, policies, receivers, mutes;
    bool others;             /* options were given that mean something with --from only */
    bool no_receiver;
    uint32_t window;
    const char *filter;
};

enum { CUT_FROM = 768, CUT_POLICY, CUT_RECEIVER, CUT_NO_RECEIVER, CUT_WINDOW, CUT_MUTE, CUT_FILTER, CUT_ANONYMISE, CUT_KEEP_KEYS };

#define CUT_SHORT "k:"
#define CUT_LONG \
    { "from", required_argument, NULL, CUT_FROM }, \
    { "ike-keys", required_argument, NULL, 'k' }, \
    { "policy", required_argument, NULL, CUT_POLICY }, \
    { "receiver", required_argument, NULL, CUT_RECEIVER }, \
    { "no-receiver", no_argument, NULL, CUT_NO_RECEIVER }, \
    { "window", required_argument, NULL, CUT_WINDOW }, \
    { "mute", required_argument, NULL, CUT_MUTE }, \
    { "filter", required_argument, NULL, CUT_FILTER }, \
    { "anonymise", no_argument, NULL, CUT_ANONYMISE }, \
    { "keep-keys", no_argument, NULL, CUT_KEEP_KEYS }

/* False: none of these. *status: EXIT_CLEAN, or EXIT_BROKEN after a message. */
bool cli_cut_option(struct cli_cut *cut, int option, int *status);
/* EXIT_CLEAN: these options make sense; --from was given where cut->what.capture is set. */
int cli_cut_check(const struct cli_cut *cut, const char *write_path);
int cli_cut_run(struct cli_cut *cut, const struct cli_list *sas, const char *write_path, const struct esplain_options *common);
void cli_cut_free(struct cli_cut *cut);

#endif
