/* privilege: a child gives everything up and then tries to have it back; sandbox: what stays, what is refused, what is deadly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sockios.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "system/privilege.h"
#include "system/sandbox.h"

/* Runs in a child, because none of it can be undone; its exit status is the first check that did not hold, by line, or 0. */
#define HOLDS(what)                                                                  \
    do {                                                                             \
        if (!(what)) {                                                               \
            printf("line %d does not hold: %s (%s)\n", __LINE__, #what, strerror(errno)); \
            fflush(stdout);                                                          \
            _exit(1);                                                                \
        }                                                                            \
    } while (0)

static int child_status(void (*run)(const void *), const void *argument)
{
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run(argument);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void passes(void (*run)(const void *), const void *argument)
{
    int status = child_status(run, argument);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A line of /proc/self/status, by proc(5). */
static const char *proc_status(const char *name, char value[128])
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    size_t length = strlen(name);
    value[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            sscanf(line + length + 1, " %127[^\n]", value);
    if (file != NULL)
        fclose(file);
    return value;
}

static bool proc_is(const char *name, const char *wanted)
{
    char value[128];
    if (strcmp(proc_status(name, value), wanted) == 0)
        return true;
    printf("%s is %s, not %s\n", name, value, wanted);
    return false;
}

#define NO_CAPABILITY "0000000000000000"
#define NET_RAW       "0000000000002000"
#define NET_ADMIN     "0000000000001000"

static void drop_default(const void *unused)
{
    (void)unused;
    struct text done = { 0 };
    struct error error = { "" };
    gid_t groups[] = { 4, 27 };
    HOLDS(setgroups(2, groups) == 0);
    HOLDS(privilege_missing(PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL) == 0);
    HOLDS(privilege_drop(&(struct privilege_drop){ NULL, 0 }, &done, &error));
    const struct passwd *user = getpwnam("esplain") ? getpwnam("esplain") : getpwnam("nobody");
    char ids[64];
    snprintf(ids, sizeof ids, "%u\t%u\t%u\t%u", user->pw_uid, user->pw_uid, user->pw_uid, user->pw_uid);
    HOLDS(proc_is("Uid", ids));
    snprintf(ids, sizeof ids, "%u\t%u\t%u\t%u", user->pw_gid, user->pw_gid, user->pw_gid, user->pw_gid);
    HOLDS(proc_is("Gid", ids));
    HOLDS(getgroups(0, NULL) == 0);
    HOLDS(proc_is("CapEff", NO_CAPABILITY) && proc_is("CapPrm", NO_CAPABILITY) && proc_is("CapInh", NO_CAPABILITY) &&
          proc_is("CapAmb", NO_CAPABILITY) && proc_is("CapBnd", NO_CAPABILITY));
    HOLDS(proc_is("NoNewPrivs", "1"));
    HOLDS(prctl(PR_GET_DUMPABLE) == 0);
    HOLDS(strstr(done.chars, user->pw_name) != NULL && strstr(done.chars, "no capabilities") != NULL);
    /* and back */
    HOLDS(setuid(0) == -1 && seteuid(0) == -1 && setgid(0) == -1);
    HOLDS(socket(AF_PACKET, SOCK_RAW, 0) == -1 && errno == EPERM);
    HOLDS(open("/etc/shadow", O_RDONLY) == -1 && errno == EACCES);
    HOLDS(privilege_missing(PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL) == (PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL));
    text_free(&done);
}

static void drop_keeps(const void *unused)
{
    (void)unused;
    struct text done = { 0 };
    struct error error = { "" };
    HOLDS(privilege_drop(&(struct privilege_drop){ "nobody", PRIVILEGE_KERNEL }, &done, &error));
    HOLDS(proc_is("CapEff", NET_ADMIN) && proc_is("CapPrm", NET_ADMIN) && proc_is("CapInh", NO_CAPABILITY) &&
          proc_is("CapAmb", NO_CAPABILITY) && proc_is("CapBnd", NO_CAPABILITY));
    HOLDS(getuid() != 0 && privilege_missing(PRIVILEGE_KERNEL) == 0);
    HOLDS(strcmp(done.chars, "user nobody, keeps cap_net_admin") == 0);
    text_free(&done);
}

static void drop_stays_root(const void *unused)
{
    (void)unused;
    struct text done = { 0 };
    struct error error = { "" };
    HOLDS(privilege_drop(&(struct privilege_drop){ "root", 0 }, &done, &error));
    HOLDS(getuid() == 0 && proc_is("CapEff", NO_CAPABILITY) && proc_is("CapPrm", NO_CAPABILITY) && proc_is("CapBnd", NO_CAPABILITY));
    HOLDS(socket(AF_PACKET, SOCK_RAW, 0) == -1 && errno == EPERM);
    text_free(&done);
}

static void drop_unknown_user(const void *unused)
{
    (void)unused;
    struct text done = { 0 };
    struct error error = { "" };
    HOLDS(!privilege_drop(&(struct privilege_drop){ "no\x1bsuch", 0 }, &done, &error));
    HOLDS(strstr(error.message, "no\\x1bsuch") != NULL);
    text_free(&done);
}

/* As file capabilities make it: an ordinary user who has CAP_NET_RAW. */
static void drop_ordinary(const void *unused)
{
    (void)unused;
    struct text done = { 0 };
    struct error error = { "" };
    HOLDS(privilege_drop(&(struct privilege_drop){ "nobody", PRIVILEGE_CAPTURE }, &done, &error));
    HOLDS(proc_is("CapEff", NET_RAW) && privilege_missing(PRIVILEGE_CAPTURE) == 0);
    HOLDS(!privilege_drop(&(struct privilege_drop){ "root", 0 }, &done, &error));
    HOLDS(strstr(error.message, "only root") != NULL);
    HOLDS(privilege_drop(&(struct privilege_drop){ NULL, 0 }, &done, &error));
    HOLDS(proc_is("CapEff", NO_CAPABILITY) && proc_is("CapPrm", NO_CAPABILITY));
    HOLDS(socket(AF_PACKET, SOCK_RAW, 0) == -1 && errno == EPERM);
    text_free(&done);
}

static void hint_names_what_is_missing(const void *unused)
{
    (void)unused;
    struct text done = { 0 }, hint = { 0 };
    struct error error = { "" };
    privilege_hint(PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL, &hint);
    HOLDS(hint.length == 0);
    HOLDS(privilege_drop(&(struct privilege_drop){ "nobody", PRIVILEGE_CAPTURE }, &done, &error));
    privilege_hint(PRIVILEGE_CAPTURE, &hint);
    HOLDS(hint.length == 0);
    privilege_hint(PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL, &hint);
    HOLDS(strstr(hint.chars, "cap_net_admin") != NULL && strstr(hint.chars, "sudo setcap cap_net_raw,cap_net_admin+ep ") != NULL);
    HOLDS(strstr(hint.chars, "capturing") == NULL);
    text_free(&done);
    text_free(&hint);
}

static void test_root_drops(void **state)
{
    (void)state;
    if (geteuid() != 0 || privilege_missing(PRIVILEGE_CAPTURE | PRIVILEGE_KERNEL) != 0 || getpwnam("nobody") == NULL) {
        print_message("SKIP: only root, with its network capabilities, has anything to give up\n");
        skip();
    }
    passes(drop_default, NULL);
    passes(drop_keeps, NULL);
    passes(drop_stays_root, NULL);
    passes(drop_unknown_user, NULL);
    passes(drop_ordinary, NULL);
    passes(hint_names_what_is_missing, NULL);
}

static bool sandbox_here(bool caught)
{
    struct error error = { "" };
    HOLDS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    enum sandbox_answer answer = sandbox_enter(caught, &error);
    HOLDS(answer != SANDBOX_FAILED);
    if (answer == SANDBOX_OFF)
        HOLDS(strstr(error.message, "no system call filter") != NULL);
    return answer == SANDBOX_ON;
}

/* 77 where there is no filter. */
static void sandbox_allows(const void *folder)
{
    char path[4096], other[4096], line[64];
    struct stat about;
    int other_pipe[2];
    HOLDS(pipe(other_pipe) == 0);
    if (!sandbox_here(false))
        _exit(77);
    HOLDS(proc_is("Seccomp", "2"));
    snprintf(path, sizeof path, "%s/new", (const char *)folder);
    snprintf(other, sizeof other, "%s/old", (const char *)folder);
    FILE *file = fopen(path, "we");
    HOLDS(file != NULL && fputs("line\n", file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0 && fclose(file) == 0);
    HOLDS(rename(path, other) == 0 && stat(other, &about) == 0 && about.st_size == 5);
    HOLDS((file = fopen(other, "re")) != NULL && fgets(line, sizeof line, file) != NULL && fclose(file) == 0);
    HOLDS(unlink(other) == 0);
    void *memory = malloc(8u << 20);
    HOLDS(memory != NULL);
    free(memory);
    HOLDS(write(other_pipe[1], "x", 1) == 1 && read(other_pipe[0], line, 1) == 1);
    int local = socket(AF_UNIX, SOCK_DGRAM, 0);
    HOLDS(local >= 0 && (ioctl(local, SIOCGIFMTU, &(char[64]){ "lo" }) == 0 || errno == ENODEV));
}

static void sandbox_refuses(const void *folder)
{
    (void)folder;
    if (!sandbox_here(false))
        _exit(77);
    HOLDS(socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM);
    HOLDS(socket(AF_INET6, SOCK_DGRAM, 0) == -1 && errno == EPERM);
    HOLDS(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EPERM);
    HOLDS(ioctl(0, TIOCSTI, "x") == -1 && errno == EPERM);
    HOLDS(kill(1, 0) == -1 && errno == EPERM);
    HOLDS(kill(getpid(), 0) == 0);
    HOLDS(mkdir("no-folder", 0700) == -1 && errno == EPERM);
}

static void deadly_exec(const void *unused)
{
    (void)unused;
    if (sandbox_here(false))
        execl("/bin/true", "true", (char *)NULL);
    _exit(77);
}

static void deadly_connect(const void *unused)
{
    (void)unused;
    struct sockaddr address = { .sa_family = AF_UNIX };
    if (sandbox_here(false))
        connect(0, &address, sizeof address);
    _exit(77);
}

static void deadly_trace(const void *unused)
{
    (void)unused;
    if (sandbox_here(false))
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    _exit(77);
}

static void deadly_handler(int number)
{
    (void)number;
    _exit(42); /* a terminal was given back */
}

static void deadly_caught(const void *unused)
{
    (void)unused;
    signal(SIGSYS, deadly_handler);
    if (sandbox_here(true))
        execl("/bin/true", "true", (char *)NULL);
    _exit(77);
}

static void deadly_uncaught(const void *unused)
{
    (void)unused;
    signal(SIGSYS, SIG_DFL); /* the test's own handler */
    if (sandbox_here(true))
        execl("/bin/true", "true", (char *)NULL);
    _exit(77);
}

static void test_sandbox(void **state)
{
    (void)state;
    char folder[] = "/tmp/esplain-sandbox-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int status = child_status(sandbox_allows, folder);
    rmdir(folder);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("SKIP: no system call filter in this build or kernel\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    passes(sandbox_refuses, NULL);
    static void (*const deadly[])(const void *) = { deadly_exec, deadly_connect, deadly_trace, deadly_uncaught };
    for (unsigned i = 0; i < 4; i++) {
        status = child_status(deadly[i], NULL);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
    status = child_status(deadly_caught, NULL);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_drops),
        cmocka_unit_test(test_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
