/* secret: keys stay where they are, the kernel is told to keep them out of core files and children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

static void test_keeps_and_never_moves(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct secrets *secrets = secrets_create();
    assert_non_null(secrets);
    struct secret *kept = calloc(COUNT, sizeof *kept);
    assert_non_null(kept);
    for (unsigned i = 0; i < COUNT; i++) {
        uint8_t bytes[SECRET_MAX];
        memset(bytes, (int)(i % 251), sizeof bytes);
        kept[i] = secrets_keep(secrets, bytes, 1 + i % SECRET_MAX);
        assert_int_equal(kept[i].length, 1 + i % SECRET_MAX);
    }
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned at = 0; at < kept[i].length; at++)
            assert_int_equal(kept[i].bytes[at], i % 251);
    free(kept);
    secrets_destroy(secrets);
    secrets_destroy(NULL);
}

static void test_lengths(void **state)
{
    (void)state;
    struct secrets *secrets = secrets_create();
    uint8_t bytes[SECRET_MAX + 1] = { 0 };
    struct secret none = secrets_keep(secrets, bytes, 0), most = secrets_keep(secrets, bytes, SECRET_MAX);
    assert_null(none.bytes);
    assert_int_equal(none.length, 0);
    assert_int_equal(most.length, SECRET_MAX);
    assert_null(secrets_keep(secrets, bytes, SECRET_MAX + 1).bytes);
    secrets_destroy(secrets);
}

static void test_equal(void **state)
{
    (void)state;
    struct secrets *secrets = secrets_create();
    struct secret a = secrets_keep(secrets, "0123456789abcdef", 16), b = secrets_keep(secrets, "0123456789abcdef", 16);
    struct secret shorter = secrets_keep(secrets, "0123456789abcdef", 15), other = secrets_keep(secrets, "0123456789abcdeF", 16);
    struct secret none = { 0 };
    assert_true(secret_equal(&a, &b));
    assert_false(secret_equal(&a, &shorter));
    assert_false(secret_equal(&a, &other));
    assert_true(secret_equal(&none, &none));
    assert_false(secret_equal(&a, &none));
    secrets_destroy(secrets);
}

static void test_wipe(void **state)
{
    (void)state;
    uint8_t bytes[32], zero[32] = { 0 };
    memset(bytes, 0xa5, sizeof bytes);
    secret_wipe(bytes, sizeof bytes);
    assert_memory_equal(bytes, zero, sizeof zero);
    secret_wipe(NULL, 0);
}

/* VmFlags of the mapping that holds `address`: dd is MADV_DONTDUMP, wf MADV_WIPEONFORK (proc(5)). */
static bool mapping_flags(const void *address, char *flags, size_t room)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool inside = false, found = false;
    if (maps == NULL)
        return false;
    while (!found && fgets(line, sizeof line, maps)) {
        unsigned long low, high;
        if (sscanf(line, "%lx-%lx ", &low, &high) == 2)
            inside = (uintptr_t)address >= low && (uintptr_t)address < high;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            snprintf(flags, room, "%s", line + 8);
            found = true;
        }
    }
    fclose(maps);
    return found;
}

static void test_kept_from_core_files(void **state)
{
    (void)state;
    struct secrets *secrets = secrets_create();
    struct secret key = secrets_keep(secrets, "0123456789abcdef", 16);
    char flags[512];
    if (!mapping_flags(key.bytes, flags, sizeof flags)) {
        print_message("SKIP: /proc/self/smaps does not show flags here\n");
        secrets_destroy(secrets);
        skip();
    }
    assert_non_null(strstr(flags, " dd"));
    secrets_destroy(secrets);
}

static void test_children_see_nothing(void **state)
{
    (void)state;
    struct secrets *secrets = secrets_create();
    struct secret key = secrets_keep(secrets, "0123456789abcdef", 16);
    char flags[512];
    if (!mapping_flags(key.bytes, flags, sizeof flags) || !strstr(flags, " wf")) {
        print_message("SKIP: this kernel does not wipe on fork\n");
        secrets_destroy(secrets);
        skip();
    }
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(memcmp(key.bytes, "0123456789abcdef", 16) == 0 ? 1 : 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_memory_equal(key.bytes, "0123456789abcdef", 16);
    secrets_destroy(secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_and_never_moves),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_kept_from_core_files),
        cmocka_unit_test(test_children_see_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
