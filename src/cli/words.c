/* words: option values, messages, and where results go. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("esplain: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return EXIT_BROKEN;
}

void cli_message(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "esplain: %s\n", line);
}

static bool output_is_read(const struct stat *about, const struct cli_list *inputs)
{
    struct stat other;
    for (size_t i = 0; inputs != NULL && i < inputs->count; i++) {
        int found = strcmp(inputs->words[i], "-") == 0 ? fstat(STDIN_FILENO, &other) : stat(inputs->words[i], &other);
        if (found == 0 && other.st_dev == about->st_dev && other.st_ino == about->st_ino)
            return true;
    }
    return false;
}

/* The file is emptied only once it is known to be none of those that are read. */
bool cli_output_open(struct cli_output *output, const char *path, const struct cli_list *inputs)
{
    struct stat about;
    *output = (struct cli_output){ .file = path ? NULL : stdout, .path = path };
    if (path == NULL)
        return true;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    bool good = descriptor >= 0 && fstat(descriptor, &about) == 0, regular = good && S_ISREG(about.st_mode);
    if (regular && output_is_read(&about, inputs)) {
        close(descriptor);
        cli_fail("%s: this file is read in this run, and is not written over", path);
        return false;
    }
    good = good && (!regular || ftruncate(descriptor, 0) == 0);
    output->file = good ? fdopen(descriptor, "w") : NULL;
    if (output->file == NULL) {
        cli_fail("%s: %s", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
    }
    return output->file != NULL;
}

bool cli_output_write(void *context, const char *bytes, size_t length)
{
    struct cli_output *output = context;
    if (fwrite(bytes, 1, length, output->file) == length)
        return true;
    output->broken = errno == EPIPE;
    return false;
}

void cli_output_reopen(struct cli_output *output)
{
    FILE *file = output->path ? fopen(output->path, "ae") : NULL;
    if (file == NULL) {
        if (output->path)
            cli_fail("%s: %s: the results go on into the file that was open", output->path, strerror(errno));
        return;
    }
    fclose(output->file);
    output->file = file;
}

bool cli_output_gone(const struct cli_output *output)
{
    struct pollfd fd = { .fd = fileno(output->file) };
    return output->path == NULL && poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR) != 0;
}

int cli_output_close(struct cli_output *output)
{
    bool failed = fflush(output->file) != 0 || ferror(output->file);
    output->broken |= failed && errno == EPIPE;
    int why = errno;
    if (output->path && fclose(output->file) != 0)
        failed = true;
    if (!failed)
        return EXIT_CLEAN;
    return output->broken ? EXIT_BROKEN : cli_fail("%s: %s", output->path ? output->path : "standard output", strerror(why));
}

bool cli_when(const char *word, FILE *stream, bool *on)
{
    if (strcmp(word, "auto") == 0)
        *on = isatty(fileno(stream)) && getenv("NO_COLOR") == NULL;
    else if (strcmp(word, "always") == 0)
        *on = true;
    else if (strcmp(word, "never") == 0)
        *on = false;
    else
        return false;
    return true;
}

bool cli_format(const char *word, enum esplain_format *format)
{
    if (strcmp(word, "text") != 0 && strcmp(word, "json") != 0)
        return false;
    *format = strcmp(word, "json") == 0 ? ESPLAIN_JSON : ESPLAIN_TEXT;
    return true;
}

bool cli_severity(const char *word, enum esplain_severity *severity)
{
    static const char *const names[] = { "note", "warning", "error" };
    for (int i = 0; i < 3; i++)
        if (strcmp(word, names[i]) == 0) {
            *severity = (enum esplain_severity)i;
            return true;
        }
    return false;
}

bool cli_number(const char *word, uint64_t limit, uint64_t *number)
{
    if (*word < '0' || *word > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    if (errno || *end || value > limit)
        return false;
    *number = value;
    return true;
}

bool cli_list_add(struct cli_list *list, const char *word)
{
    const char **words = realloc(list->words, (list->count + 1) * sizeof(const char *));
    if (words == NULL)
        return false;
    words[list->count++] = word;
    list->words = words;
    return true;
}
