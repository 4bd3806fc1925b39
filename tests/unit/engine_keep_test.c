/* keep: -w of a live run: names and sizes of the files, when the next one begins, and what becomes of frames that cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/live.h"
#include "engine_run.h"

static char folder[32], path[64];
static struct text said;
static struct esplain *esplain;

static void message(void *context, const char *line)
{
    (void)context;
    text_put(&said, line);
    text_char(&said, '\n');
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/esplain-keep-XXXXXX");
    assert_non_null(mkdtemp(folder));
    esplain = run_start(NULL, ESPLAIN_JSON);
    esplain->options.message = message;
    esplain->options.write_path = path;
    text_clear(&said);
    return 0;
}

/* Matches of a pattern below the folder, in the order of their names. */
static size_t find(const char *pattern, glob_t *found)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%s/%s", folder, pattern);
    memset(found, 0, sizeof *found);
    assert_int_not_equal(glob(whole, GLOB_PERIOD, NULL, found), GLOB_NOSPACE);
    return found->gl_pathc;
}

static int end(void **state)
{
    (void)state;
    glob_t found;
    for (size_t i = find("*", &found); i-- > 0;)
        unlink(found.gl_pathv[i]);
    globfree(&found);
    rmdir(folder);
    esplain_destroy(esplain);
    text_free(&said);
    return 0;
}

static struct keep *open_at(const char *name, const struct esplain_live *live)
{
    struct error error = { "" };
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct keep *keep = keep_create(esplain, live, &error);
    if (keep == NULL)
        fail_msg("%s", error.message);
    return keep;
}

/* `count` frames of 60 bytes, numbered in their first four from `first` on. */
static void frames(struct keep *keep, uint32_t first, uint32_t count, int64_t now_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[60] = { 0 };
        bytes_put32(bytes, first + i);
        const struct frame frame = { .bytes = bytes, .captured = sizeof bytes, .wire = sizeof bytes, .linktype = 1, .time_ns = now_ns };
        keep_frames(keep, &frame, 1, now_ns);
    }
}

/* The numbers of the frames of a file; all must follow each other. Returns how many, *first the first. */
static uint32_t numbers(const char *name, uint32_t *first)
{
    struct error error;
    struct frame batch[CAPTURE_BATCH];
    struct source *source = source_open(name, &(struct source_options){ 0 }, &error);
    uint32_t count = 0;
    if (source == NULL)
        fail_msg("%s: %s", name, error.message);
    for (size_t got; (got = source_read(source, batch)) > 0;)
        for (size_t i = 0; i < got; i++, count++) {
            if (count == 0)
                *first = bytes_get32(batch[i].bytes);
            assert_int_equal(bytes_get32(batch[i].bytes), *first + count);
        }
    assert_null(source_damage(source));
    source_close(source);
    return count;
}

static void names(void **state)
{
    (void)state;
    static const char digits[] = "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z";
    static const struct { const char *name, *stem, *end; } rows[] = {
        { "trace.pcapng", "trace", ".pcapng" }, { "trace", "trace", "" }, { "a.b.c", "a.b", ".c" }, { ".hidden", ".hidden", "" },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct esplain_live live = { .rotate_bytes = 1000000 };
        char pattern[128];
        glob_t found;
        assert_true(keep_close(open_at(rows[i].name, &live)));
        snprintf(pattern, sizeof pattern, "%s_00001_%s%s", rows[i].stem, digits, rows[i].end);
        assert_int_equal(find(pattern, &found), 1);
        globfree(&found);
        assert_true(keep_close(open_at(rows[i].name, &(const struct esplain_live){ 0 })));
        assert_int_equal(access(path, F_OK), 0);
    }
}

static void sizes(void **state)
{
    (void)state;
    enum { LIMIT = 4096, SENT = 500 };
    struct keep *keep = open_at("s.pcapng", &(const struct esplain_live){ .rotate_bytes = LIMIT });
    glob_t found;
    uint32_t next = 0;
    frames(keep, 0, SENT, LIVE_SECOND_NS);
    assert_true(keep_close(keep));
    size_t count = find("s_*", &found);
    assert_true(count > 5);
    for (size_t i = 0; i < count; i++) {
        struct stat about;
        uint32_t first = 0, got = numbers(found.gl_pathv[i], &first);
        assert_int_equal(first, next);
        assert_true(got > 0);
        next += got;
        assert_int_equal(stat(found.gl_pathv[i], &about), 0);
        assert_true(about.st_size < LIMIT + 256 && (i + 1 == count || about.st_size >= LIMIT));
    }
    assert_int_equal(next, SENT);
    globfree(&found);
}

static void only_so_many_stay(void **state)
{
    (void)state;
    struct keep *keep = open_at("k.pcapng", &(const struct esplain_live){ .rotate_bytes = 4096, .rotate_keep = 3 });
    glob_t found;
    uint32_t first = 0, got;
    frames(keep, 0, 500, LIVE_SECOND_NS);
    assert_int_equal(find("k_*", &found), 3);
    globfree(&found);
    assert_true(keep_close(keep));
    assert_int_equal(find("k_*", &found), 3);
    got = numbers(found.gl_pathv[2], &first);
    assert_int_equal(first + got, 500);
    globfree(&found);
}

/* By the age of the first frame, not of the file: silence makes no empty files. */
static void times(void **state)
{
    (void)state;
    struct keep *keep = open_at("t.pcapng", &(const struct esplain_live){ .rotate_seconds = 10 });
    glob_t found;
    const int64_t at_s[] = { 100, 109, 110, 119, 500 }; /* two, two, one */
    for (uint32_t i = 0; i < 5; i++)
        frames(keep, i, 1, at_s[i] * LIVE_SECOND_NS);
    assert_true(keep_close(keep));
    assert_int_equal(find("t_*", &found), 3);
    static const uint32_t counts[] = { 2, 2, 1 };
    for (unsigned i = 0; i < 3; i++) {
        uint32_t first;
        assert_int_equal(numbers(found.gl_pathv[i], &first), counts[i]);
    }
    globfree(&found);
}

static void made_anew(void **state)
{
    (void)state;
    struct keep *keep = open_at("r.pcapng", &(const struct esplain_live){ 0 });
    char moved[80];
    uint32_t first = 0;
    frames(keep, 0, 3, LIVE_SECOND_NS);
    keep_reopen(keep); /* nobody moved it away: it is not emptied */
    frames(keep, 3, 2, LIVE_SECOND_NS);
    snprintf(moved, sizeof moved, "%s.1", path);
    assert_int_equal(rename(path, moved), 0);
    keep_reopen(keep);
    frames(keep, 5, 1, LIVE_SECOND_NS);
    keep_flush(keep);
    assert_int_equal(numbers(moved, &first), 5);
    assert_true(keep_close(keep));
    assert_int_equal(numbers(path, &first), 1);
    assert_int_equal(first, 5);
    assert_int_equal(said.length, 0);
}

static void a_full_disk(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        print_message("SKIP: there is no /dev/full\n");
        return;
    }
    struct error error = { "" };
    snprintf(path, sizeof path, "/dev/full");
    struct keep *keep = keep_create(esplain, &(const struct esplain_live){ 0 }, &error);
    if (keep != NULL) { /* else it is refused at once, which is as good */
        frames(keep, 0, 20000, LIVE_SECOND_NS);
        keep_flush(keep);
        frames(keep, 20000, 7, LIVE_SECOND_NS);
        assert_false(keep_close(keep));
        assert_non_null(strstr(said.chars, "No space left on device: it ends here; the analysis goes on (SIGHUP tries again)"));
        assert_non_null(strstr(said.chars, "frames are in no file"));
        assert_ptr_equal(strstr(said.chars, "No space"), strstr(strstr(said.chars, "No space"), "No space"));
    } else {
        assert_non_null(strstr(error.message, "No space left"));
    }
}

/* The next file cannot be made: said, its frames counted, and the one after it is tried in its turn; by size alone, a minute later. */
static void a_folder_that_goes(void **state)
{
    (void)state;
    const struct esplain_live kinds[] = { { .rotate_seconds = 10 }, { .rotate_bytes = 4096 } };
    char other[48], line[64];
    snprintf(other, sizeof other, "%s.gone", folder);
    for (unsigned i = 0; i < 2; i++) {
        struct keep *keep = open_at(i ? "size.pcapng" : "time.pcapng", &kinds[i]);
        glob_t found;
        uint32_t first = 0;
        text_clear(&said);
        frames(keep, 0, 40, 100 * LIVE_SECOND_NS);
        assert_int_equal(rename(folder, other), 0);
        frames(keep, 40, 23, 200 * LIVE_SECOND_NS);
        assert_non_null(strstr(said.chars, "No such file or directory"));
        frames(keep, 63, 4, (i ? 259 : 209) * LIVE_SECOND_NS);
        assert_int_equal(rename(other, folder), 0);
        frames(keep, 67, 5, (i ? 260 : 210) * LIVE_SECOND_NS);
        assert_false(keep_close(keep));
        size_t count = find(i ? "size_*" : "time_*", &found);
        assert_int_equal(count, 2);
        assert_int_equal(numbers(found.gl_pathv[1], &first), 5);
        assert_int_equal(first, 67);
        snprintf(line, sizeof line, "-w: %u frames are in no file", 67 - numbers(found.gl_pathv[0], &first));
        assert_non_null(strstr(said.chars, line));
        globfree(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names, begin, end), cmocka_unit_test_setup_teardown(sizes, begin, end),
        cmocka_unit_test_setup_teardown(only_so_many_stay, begin, end), cmocka_unit_test_setup_teardown(times, begin, end),
        cmocka_unit_test_setup_teardown(made_anew, begin, end), cmocka_unit_test_setup_teardown(a_full_disk, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_that_goes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
