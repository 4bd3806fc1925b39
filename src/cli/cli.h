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
int command_explain(int count, char **words);
int command_sa(int count, char **words);

int cli_usage(const char *name);                     /* to standard error; returns EXIT_BROKEN */
int cli_help(const char *name);                      /* to standard output; returns EXIT_CLEAN */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2))); /* "esplain: ..."; returns EXIT_BROKEN */
void cli_message(void *context, const char *line);   /* an esplain_options message function */

/* Standard output or -o FILE. */
struct cli_output {
    FILE *file;
    const char *path;        /* NULL: standard output */
    bool broken;             /* the reader went away: not worth a message */
};
bool cli_output_open(struct cli_output *output, const char *path);
bool cli_output_write(void *context, const char *bytes, size_t length);
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

#endif
