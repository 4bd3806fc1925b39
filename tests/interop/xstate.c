/*
 * xstate: an LD_PRELOAD library for user-mode Linux on processors with registers that it does not know.
 *
 * A user-mode kernel keeps the extended registers of its processes in a struct of the size it was built with (x87, SSE, AVX) and reads and
 * writes them by ptrace. Where the processor has more (AVX-512, AMX), writing that few bytes back is refused and the kernel stops. Here the
 * bytes beyond those it knows are read and dropped, and on writing the area is filled up to full size with the unknown features marked unused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PEEK_FIRST = 1, PEEK_LAST = 3, GET_SET = 0x4204, PUT_SET = 0x4205, SET_XSTATE = 0x202, FEATURES_AT = 512, AREA = 32768 };

static unsigned char area[AREA];
static size_t whole; /* bytes of the processor's area, once seen */

static long xstate_get(int pid, struct iovec *kernel)
{
    struct iovec full = { area, sizeof area };
    long result = syscall(SYS_ptrace, GET_SET, pid, (void *)(uintptr_t)SET_XSTATE, &full);
    if (result < 0)
        return result;
    whole = full.iov_len;
    if (kernel->iov_len > whole)
        kernel->iov_len = whole;
    memcpy(kernel->iov_base, area, kernel->iov_len);
    return 0;
}

static long xstate_put(int pid, const struct iovec *kernel)
{
    struct iovec full = { area, whole > kernel->iov_len ? whole : kernel->iov_len };
    memset(area, 0, full.iov_len);
    memcpy(area, kernel->iov_base, kernel->iov_len);
    if (kernel->iov_len >= FEATURES_AT + 8) {
        area[FEATURES_AT] &= 7;
        memset(area + FEATURES_AT + 1, 0, 7);
    }
    return syscall(SYS_ptrace, PUT_SET, pid, (void *)(uintptr_t)SET_XSTATE, &full);
}

long ptrace(int request, ...);

long ptrace(int request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    int pid = va_arg(arguments, int);
    void *address = va_arg(arguments, void *), *data = va_arg(arguments, void *);
    va_end(arguments);
    if (request == GET_SET && (uintptr_t)address == SET_XSTATE)
        return xstate_get(pid, data);
    if (request == PUT_SET && (uintptr_t)address == SET_XSTATE)
        return xstate_put(pid, data);
    if (request < PEEK_FIRST || request > PEEK_LAST)
        return syscall(SYS_ptrace, request, pid, address, data);
    long word, result = syscall(SYS_ptrace, request, pid, address, &word); /* these answer with the word itself */
    if (result < 0)
        return -1;
    errno = 0;
    return word;
}
