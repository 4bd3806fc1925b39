/*
 * meter: runs a command with its output thrown away and prints what it took: wall nanoseconds, processor nanoseconds, peak resident
 * KiB, exit status. A small program of its own, because a child's peak begins with that of the process that forked it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static long long nanoseconds(struct timeval span)
{
    return span.tv_sec * 1000000000LL + span.tv_usec * 1000LL;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: meter COMMAND...\n");
        return 2;
    }
    long long begin = now();
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_RDWR);
        if (nowhere >= 0) {
            dup2(nowhere, STDIN_FILENO);
            dup2(nowhere, STDOUT_FILENO);
        }
        execvp(argv[1], argv + 1);
        fprintf(stderr, "meter: %s: %s\n", argv[1], strerror(errno));
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        fprintf(stderr, "meter: %s\n", strerror(errno));
        return 2;
    }
    printf("%lld %lld %ld %d\n", now() - begin, nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime), usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
