/* counters: /proc/net/xfrm_stat read and read again. */
#include "kernel/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNTERS_PATH "/proc/self/net/xfrm_stat"
#define COUNTERS_TEXT 4096 /* the longest so far is 1,100 */

struct counters {
    int descriptor;
};

/* "XfrmInNoStates          \t12" */
static bool counters_line(const char *line, size_t length, struct counter_values *values)
{
    size_t name = 0, at;
    uint64_t number = 0;
    while (name < length && line[name] != ' ' && line[name] != '\t')
        name++;
    for (at = name; at < length && (line[at] == ' ' || line[at] == '\t'); at++)
        continue;
    if (name < 5 || memcmp(line, "Xfrm", 4) != 0 || at == name || at == length)
        return false;
    for (; at < length; at++) {
        if (line[at] < '0' || line[at] > '9' || number > (UINT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (uint64_t)(line[at] - '0');
    }
    enum counter counter = counter_find(line, name);
    if (counter == COUNTER_NONE)
        values->unknown += number;
    else
        values->value[counter] = number;
    return true;
}

bool counters_parse(const char *text, size_t length, struct counter_values *values)
{
    bool any = false;
    memset(values, 0, sizeof *values);
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line = end ? (size_t)(end - text) : length;
        any |= counters_line(text, line, values);
        line += end != NULL;
        text += line;
        length -= line;
    }
    return any;
}

struct counters *counters_open(struct error *error)
{
    struct counter_values values;
    struct counters *counters = calloc(1, sizeof *counters);
    if (counters == NULL) {
        error_set(error, "no memory");
        return NULL;
    }
    counters->descriptor = open(COUNTERS_PATH, O_RDONLY | O_CLOEXEC);
    if (counters->descriptor >= 0 && counters_read(counters, &values))
        return counters;
    if (counters->descriptor >= 0)
        error_set(error, "/proc/net/xfrm_stat cannot be read as counters");
    else if (errno == ENOENT)
        error_set(error, "/proc/net/xfrm_stat is not there: this kernel counts no IPsec errors (CONFIG_XFRM_STATISTICS)");
    else
        error_set(error, "/proc/net/xfrm_stat: %s", strerror(errno));
    counters_close(counters);
    return NULL;
}

void counters_close(struct counters *counters)
{
    if (counters == NULL)
        return;
    if (counters->descriptor >= 0)
        close(counters->descriptor);
    free(counters);
}

int counters_descriptor(const struct counters *counters)
{
    return counters->descriptor;
}

bool counters_read(const struct counters *counters, struct counter_values *values)
{
    char text[COUNTERS_TEXT];
    size_t length = 0;
    while (length < sizeof text) {
        ssize_t got = pread(counters->descriptor, text + length, sizeof text - length, (off_t)length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return counters_parse(text, length, values);
}
