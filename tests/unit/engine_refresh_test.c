/* refresh: SA files that change under a run: what comes, what goes, what is left alone, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/live.h"
#include "engine/refresh.h"
#include "engine_run.h"

#define STATE "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32\n" \
              "\tauth-trunc hmac(sha1) 0x%040x 96\n\tenc cbc(aes) 0x%032x\n"

static char path[40], moved[48];
static struct text said;
static struct esplain *esplain;
static struct refresh *refresh;

static void message(void *context, const char *line)
{
    (void)context;
    text_put(&said, line);
    text_char(&said, '\n');
}

/* The times of files are coarse: each writing gets another. */
static void close_at(FILE *file, const char *name)
{
    static time_t age = 1000000;
    const struct timespec times[2] = { { age, 0 }, { age, 0 } };
    age += 10;
    assert_int_equal(fclose(file), 0);
    assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
}

/* The file as `ip xfrm state` shows SAs: pairs of an SPI and a key, up to an SPI of 0. */
static void write_to(const char *name, const unsigned *sas)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    for (; *sas; sas += 2)
        fprintf(file, STATE, sas[0], sas[1], sas[1]);
    close_at(file, name);
}

static void written(const unsigned *sas)
{
    write_to(path, sas);
}

static int begin(void **state)
{
    (void)state;
    struct esplain_error why;
    struct error error;
    snprintf(path, sizeof path, "/tmp/esplain-refresh-XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    snprintf(moved, sizeof moved, "%s.new", path);
    written((const unsigned[]){ 0x1001, 1, 0x1002, 2, 0 });
    const struct esplain_options options = { .output = run_swallow, .message = message };
    esplain = esplain_create(&options, &why);
    assert_non_null(esplain);
    assert_true(esplain_add_sas(esplain, path, &why));
    assert_true(engine_load(esplain, &error));
    refresh = refresh_create(esplain, 100 * LIVE_SECOND_NS);
    assert_non_null(refresh);
    text_clear(&said);
    return 0;
}

static int end(void **state)
{
    (void)state;
    refresh_destroy(refresh);
    esplain_destroy(esplain);
    unlink(path);
    unlink(moved);
    text_free(&said);
    return 0;
}

/* Is there an SA of that SPI for a packet of that second? */
static bool alive(uint32_t spi, int64_t time_s)
{
    uint32_t other;
    return maker_find(esplain->db, "192.0.2.1", "192.0.2.2", spi, SA_PROTO_ESP, time_s * LIVE_SECOND_NS, &other) != SADB_NONE;
}

static bool says(const char *part)
{
    bool found = said.chars != NULL && strstr(said.chars, part) != NULL;
    text_clear(&said);
    return found;
}

static void look(int64_t now_s)
{
    refresh_look(refresh, now_s * LIVE_SECOND_NS);
}

static void what_stays_as_it_is(void **state)
{
    (void)state;
    for (int64_t now_s = 101; now_s < 110; now_s++)
        look(now_s);
    assert_int_equal(said.length, 0);
    assert_true(alive(0x1001, 105) && alive(0x1002, 105) && !alive(0x1003, 105));
}

static void what_comes_and_goes(void **state)
{
    (void)state;
    look(109);
    written((const unsigned[]){ 0x1001, 1, 0x1003, 3, 0 });
    look(110);
    assert_int_equal(said.length, 0); /* somebody may still be writing */
    look(111);
    assert_true(says("read again: 1 SA new, 1 gone"));
    /* a new one may have come at any time since the file was read before; the one that went was there until now */
    assert_true(alive(0x1003, 112) && alive(0x1003, 105));
    assert_true(alive(0x1002, 105) && !alive(0x1002, 112));
    assert_true(alive(0x1001, 105) && alive(0x1001, 112));
    look(112);
    assert_int_equal(said.length, 0);
}

static void another_key(void **state)
{
    (void)state;
    written((const unsigned[]){ 0x1001, 9, 0x1002, 2, 0 });
    look(110);
    look(111);
    assert_true(says("read again: 1 SA new, 0 gone"));
    uint32_t other, now = maker_find(esplain->db, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP, 112 * LIVE_SECOND_NS, &other);
    uint32_t then = maker_find(esplain->db, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP, 105 * LIVE_SECOND_NS, &other);
    assert_int_not_equal(now, then);
    assert_int_equal(sadb_sa(esplain->db, now)->definition->integrity_key.bytes[19], 9);
    assert_int_equal(sadb_sa(esplain->db, then)->definition->integrity_key.bytes[19], 1);
}

/* Moved into its place it is whole: no need to wait. */
static void moved_into_place(void **state)
{
    (void)state;
    write_to(moved, (const unsigned[]){ 0x1001, 1, 0x1002, 2, 0x1003, 3, 0 });
    assert_int_equal(rename(moved, path), 0);
    look(110);
    assert_true(says("read again: 1 SA new, 0 gone"));
    assert_true(alive(0x1003, 111));
}

/* What is no SA file any more leaves the table as it was, until it is one again. */
static void nonsense(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("404 not found\n", file);
    close_at(file, path);
    look(110);
    look(111);
    assert_true(says("what was read before stays"));
    assert_true(alive(0x1001, 112) && alive(0x1002, 112));
    unlink(path);
    look(112);
    look(113);
    assert_int_equal(said.length, 0);
    written((const unsigned[]){ 0x1001, 1, 0 });
    look(114);
    look(115);
    assert_true(says("read again: 0 SAs new, 1 gone"));
    assert_true(alive(0x1001, 116) && !alive(0x1002, 116));
}

/* An empty dump is a table without SAs, which is another thing than no table. */
static void no_sas(void **state)
{
    (void)state;
    written((const unsigned[]){ 0 });
    look(110);
    look(111);
    assert_true(says("read again: 0 SAs new, 2 gone"));
    assert_true(alive(0x1001, 105) && !alive(0x1001, 112));
}

/* A file that this user may not read again; root may read all. */
static void unreadable(void **state)
{
    (void)state;
    refresh_warn(refresh);
    assert_int_equal(said.length, 0);
    unlink(path);
    refresh_warn(refresh);
    assert_true(says("cannot be read again when it changes: No such file or directory"));
    if (geteuid() == 0) {
        written((const unsigned[]){ 0x1001, 1, 0 });
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(setreuid(65534, 0), 0); /* access(2) asks for the real one */
        refresh_warn(refresh);
        assert_int_equal(setreuid(0, 0), 0);
        assert_true(says("cannot be read again when it changes: Permission denied"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_stays_as_it_is, begin, end), cmocka_unit_test_setup_teardown(what_comes_and_goes, begin, end),
        cmocka_unit_test_setup_teardown(another_key, begin, end), cmocka_unit_test_setup_teardown(moved_into_place, begin, end),
        cmocka_unit_test_setup_teardown(nonsense, begin, end), cmocka_unit_test_setup_teardown(no_sas, begin, end),
        cmocka_unit_test_setup_teardown(unreadable, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
