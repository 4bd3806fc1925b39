/*
 * replay: a main for fuzz targets that needs no fuzzer. Feeds the target every file named, or in a folder named, in argv; with none, those
 * of tests/fuzz/corpus/NAME for a program fuzz_NAME. Each input stands in an allocation of exactly its size, so that a sanitizer sees any
 * read beyond it, and files below TRUNCATE_MAX bytes are given in every shorter length, too.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRUNCATE_MAX 512
#define FILE_MAX_BYTES (16u << 20)
#define SECONDS_MAX 60 /* for one input; sanitizers are slow */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* There only where a sanitizer is linked. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static struct {
    char name[4096]; /* of the file being replayed, for last words */
    size_t length;   /* and how much of it */
    unsigned long files, inputs;
} replay;

/* Last words: called from signal handlers, so nothing but write. */
static void replay_say_where(void)
{
    char digits[24], *at = digits + sizeof digits;
    *--at = '\n';
    for (size_t left = replay.length; at == digits + sizeof digits - 1 || left > 0; left /= 10)
        *--at = (char)('0' + left % 10);
    const char *words[] = { "replay: died over ", replay.name, ", bytes given: ", at };
    for (unsigned i = 0; i < 4; i++) {
        size_t length = i < 3 ? strlen(words[i]) : (size_t)(digits + sizeof digits - at);
        if (write(STDERR_FILENO, words[i], length) < 0)
            return;
    }
}

static void replay_on_signal(int signal_number)
{
    replay_say_where();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void replay_give(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length);
    if (exact == NULL && length > 0) {
        fprintf(stderr, "replay: no memory\n");
        exit(1);
    }
    if (length > 0)
        memcpy(exact, bytes, length);
    replay.length = length;
    replay.inputs++;
    alarm(SECONDS_MAX);
    LLVMFuzzerTestOneInput(exact, length);
    alarm(0);
    free(exact);
}

static int replay_file(const char *path)
{
    static uint8_t bytes[FILE_MAX_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    size_t length = fread(bytes, 1, sizeof bytes, file);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        fprintf(stderr, "replay: %s: cannot be read\n", path);
        return 1;
    }
    snprintf(replay.name, sizeof replay.name, "%s", path);
    replay.files++;
    for (size_t shorter = 0; length < TRUNCATE_MAX && shorter < length; shorter++)
        replay_give(bytes, shorter);
    replay_give(bytes, length);
    return 0;
}

static int replay_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_path(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    if (!S_ISDIR(about.st_mode))
        return replay_file(path);
    struct dirent **entries;
    int count = scandir(path, &entries, replay_visible, alphasort);
    if (count < 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char name[4096];
        if (snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name) < (int)sizeof name)
            failed |= replay_file(name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(replay_say_where);
        signal(SIGALRM, replay_on_signal);
    } else {
        static const int fatal[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
        for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++)
            signal(fatal[i], replay_on_signal);
    }
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash ? slash + 1 : argv[0];
    int failed = 0;
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            failed |= replay_path(argv[i]);
    } else {
        char path[4096];
        const char *noun = strncmp(program, "fuzz_", 5) == 0 ? program + 5 : program;
        snprintf(path, sizeof path, "tests/fuzz/corpus/%s", noun);
        failed = replay_path(path);
    }
    if (!failed && replay.files == 0) {
        fprintf(stderr, "replay: %s: the corpus is empty\n", program);
        failed = 1;
    }
    printf("%s: %lu files, %lu inputs\n", program, replay.files, replay.inputs);
    return failed;
}
