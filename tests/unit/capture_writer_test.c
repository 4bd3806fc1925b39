/*
 * writer: the blocks byte by byte as draft-ietf-opsawg-pcapng 4.1 to 4.3 draws them, everything back through the reader, and what must not
 * happen to files.
 */
#include "capture_maker.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "capture/writer.h"

static char folder[] = "/tmp/capture_writer_test.XXXXXX";

static const char *place(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static struct writer *open_new(const char *path)
{
    struct error error = { "" };
    struct writer *writer = writer_open(path, &(struct writer_options){ .application = "app 1" }, &error);
    if (writer == NULL)
        fail_msg("%s", error.message);
    return writer;
}

static size_t slurp(const char *path, uint8_t *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, room, file);
    fclose(file);
    return length;
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        0x0a, 0x0d, 0x0d, 0x0a, 44, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,      /* section, little-endian, 1.0 */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,                               /* length not told */
        4, 0, 5, 0, 'a', 'p', 'p', ' ', '1', 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0,        /* shb_userappl */
        1, 0, 0, 0, 32, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0,                            /* interface: raw IP */
        9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,                              /* if_tsresol 9 */
        6, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,                  /* packet, time 2^32 + 2 ns */
        5, 0, 0, 0, 9, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0,                     /* 5 of 9 bytes */
        1, 0, 6, 0, 'w', 'h', 'y', ' ', 'n', 't', 0, 0, 0, 0, 0, 0, 56, 0, 0, 0,      /* opt_comment */
    };
    const char *path = place("bytes"), *comment = "why nt";
    uint8_t bytes[512];
    struct writer *writer = open_new(path);
    assert_true(writer_packet(writer, &(struct writer_packet){ (const uint8_t *)"hello", 5, 9, 0x100000002, 101, &comment, 1, NULL }));
    assert_int_equal(writer_close(writer), 0);
    assert_int_equal(slurp(path, bytes, sizeof bytes), sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

/* Lengths, times, link types and comments of packets, and the same read again. */
static void test_back(void **state)
{
    (void)state;
    static const int64_t times[] = { 0, 1, -1, 1700000000123456789, INT64_MAX, INT64_MIN, -5000000000 };
    static const uint16_t linktypes[] = { 1, 101, 113, 276, 65535 };
    const char *path = place("back"), *comments[] = { "", "one", "\xc3\xa4 two" };
    struct text bytes = { 0 };
    struct error error = { "" };
    struct writer *writer = open_new(path);
    maker_fill(&bytes, CAPTURE_FRAME_MAX, 7);
    const uint8_t *from = (const uint8_t *)bytes.chars;
    for (unsigned i = 0; i < 400; i++) {
        uint32_t length = i == 13 ? CAPTURE_FRAME_MAX : i * 37 % 3001;
        assert_true(writer_packet(writer, &(struct writer_packet){ from, length, length + i % 3, times[i % 7], linktypes[i % 5],
                                                                   comments, i % 4, NULL }));
    }
    assert_int_equal(writer_close(writer), 0);
    struct source *source = source_open(path, &(struct source_options){ .file = 3 }, &error);
    assert_non_null(source);
    struct frame frames[CAPTURE_BATCH];
    unsigned at = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;)
        for (size_t k = 0; k < count; k++, at++) {
            uint32_t length = at == 13 ? CAPTURE_FRAME_MAX : at * 37 % 3001;
            assert_int_equal(frames[k].captured, length);
            assert_int_equal(frames[k].wire, length + at % 3);
            assert_true(frames[k].time_ns == times[at % 7]);
            assert_int_equal(frames[k].linktype, linktypes[at % 5]);
            assert_true(maker_filled(&frames[k], 7));
        }
    assert_int_equal(at, 400);
    assert_null(source_damage(source));
    source_close(source);
    text_free(&bytes);
}

static void test_without_packets_it_is_a_capture(void **state)
{
    (void)state;
    const char *path = place("none");
    struct error error = { "" };
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(writer_close(open_new(path)), 0);
    struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
    assert_non_null(source);
    assert_int_equal(source_read(source, frames), 0);
    assert_null(source_damage(source));
    source_close(source);
}

/* An interface block for each name: if_name is option 2. */
static void test_interfaces_keep_their_names(void **state)
{
    (void)state;
    static const char *const names[] = { "eth0", NULL, "wan", "eth0", "eth" };
    static const uint8_t byte;
    char length[300];
    const char *path = place("names");
    struct error error = { "" };
    struct frame frames[CAPTURE_BATCH];
    struct writer *writer = open_new(path);
    for (unsigned i = 0; i < 5; i++)
        writer_packet(writer, &(struct writer_packet){ .bytes = &byte, .captured = 1, .wire = 1, .linktype = 1, .interface = names[i] });
    memset(length, 'x', sizeof length);
    length[sizeof length - 1] = '\0';
    writer_packet(writer, &(struct writer_packet){ .bytes = &byte, .captured = 1, .wire = 1, .linktype = 1, .interface = length });
    assert_int_equal(writer_close(writer), 0);
    struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
    assert_non_null(source);
    assert_int_equal(source_read(source, frames), 6);
    for (unsigned i = 0; i < 5; i++) {
        const char *name = source_interface(source, frames[i].interface);
        assert_true(names[i] ? name != NULL && strcmp(name, names[i]) == 0 : name == NULL);
    }
    assert_int_equal(frames[0].interface, frames[3].interface);
    assert_int_equal(strlen(source_interface(source, frames[5].interface)), 255);
    source_close(source);
}

static void test_long_comment_is_cut_at_a_character(void **state)
{
    (void)state;
    static uint8_t bytes[70000];
    struct text comment = { 0 };
    text_char(&comment, 'x');
    for (unsigned i = 0; i < 40000; i++)
        text_put(&comment, "\xc3\xa4");
    const char *path = place("long"), *chars = comment.chars;
    struct writer *writer = open_new(path);
    assert_true(writer_packet(writer, &(struct writer_packet){ NULL, 0, 0, 0, 1, &chars, 1, NULL }));
    assert_int_equal(writer_close(writer), 0);
    size_t length = slurp(path, bytes, sizeof bytes);
    /* 44 of the section, 32 of the interface, 28 of the packet's header; 65535 is odd, so all of its characters fit */
    assert_int_equal(bytes[44 + 32 + 28] | bytes[44 + 32 + 29] << 8, 1);
    assert_int_equal(bytes[44 + 32 + 30] | bytes[44 + 32 + 31] << 8, 65535);
    assert_int_equal(length, 44 + 32 + 28 + 4 + 65536 + 4 + 4);
    text_clear(&comment);
    for (unsigned i = 0; i < 40000; i++)
        text_put(&comment, "\xc3\xa4");
    chars = comment.chars;
    writer = open_new(path);
    assert_true(writer_packet(writer, &(struct writer_packet){ NULL, 0, 0, 0, 1, &chars, 1, NULL }));
    assert_int_equal(writer_close(writer), 0);
    slurp(path, bytes, sizeof bytes);
    assert_int_equal(bytes[44 + 32 + 30] | bytes[44 + 32 + 31] << 8, 65534);
    text_free(&comment);
}

static void test_spares_are_spared(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct error error = { "" };
    const char *input = place("input"), *soft = place("soft"), *hard = place("hard"), *spares[] = { "/nowhere/at/all", input };
    put(input, "precious");
    assert_int_equal(symlink(input, soft), 0);
    assert_int_equal(link(input, hard), 0);
    const char *same[] = { input, soft, hard };
    struct writer_options options = { .application = "app", .spares = spares, .spare_count = 2 };
    for (unsigned i = 0; i < 3; i++) {
        assert_null(writer_open(same[i], &options, &error));
        assert_non_null(strstr(error.message, "not written over"));
        assert_int_equal(slurp(input, bytes, sizeof bytes), 8);
        assert_memory_equal(bytes, "precious", 8);
    }
    const char *device[] = { "/dev/null" }; /* nothing is lost there */
    options.spares = device;
    options.spare_count = 1;
    struct writer *writer = writer_open("/dev/null", &options, &error);
    assert_non_null(writer);
    assert_int_equal(writer_close(writer), 0);
}

static void test_an_older_file_is_replaced(void **state)
{
    (void)state;
    static uint8_t bytes[100000];
    const char *path = place("older");
    struct text old = { 0 };
    maker_fill(&old, 90000, 1);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(old.chars, 1, old.length, file), 90000);
    fclose(file);
    text_free(&old);
    assert_int_equal(writer_close(open_new(path)), 0);
    assert_int_equal(slurp(path, bytes, sizeof bytes), 44 + 32);
}

static void test_secrets_are_the_owners(void **state)
{
    (void)state;
    struct error error = { "" };
    struct stat about;
    const char *path = place("secret");
    mode_t mask = umask(0);
    struct writer *writer = writer_open(path, &(struct writer_options){ .application = "app", .secret = true }, &error);
    umask(mask);
    assert_non_null(writer);
    assert_int_equal(writer_close(writer), 0);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void test_failures_stick(void **state)
{
    (void)state;
    static const uint8_t bytes[1500];
    struct error error = { "" };
    struct writer_options options = { .application = "app" };
    assert_null(writer_open("/nowhere/at/all", &options, &error));
    assert_non_null(strstr(error.message, "/nowhere/at/all: No such file or directory"));
    assert_null(writer_open(folder, &options, &error));
    assert_non_null(strstr(error.message, "Is a directory"));
    assert_null(writer_open("/nowhere/\033[2J", &options, &error));
    assert_null(strchr(error.message, '\033'));
    if (access("/dev/full", W_OK) != 0)
        return;
    struct writer *writer = open_new("/dev/full");
    struct writer_packet packet = { bytes, sizeof bytes, sizeof bytes, 0, 1, NULL, 0, NULL };
    unsigned good = 0;
    while (good < 1000 && writer_packet(writer, &packet))
        good++;
    assert_in_range(good, 1, 999); /* buffered, then refused */
    assert_int_equal(writer_failed(writer), ENOSPC);
    assert_false(writer_packet(writer, &packet));
    assert_false(writer_flush(writer));
    assert_int_equal(writer_close(writer), ENOSPC);
    writer = open_new("/dev/full"); /* and where all of it was still buffered */
    assert_true(writer_packet(writer, &packet));
    assert_int_equal(writer_close(writer), ENOSPC);
    assert_int_equal(writer_close(NULL), 0);
}

/* The disk is full in the middle: what is there ends with a whole block. */
static void test_whole_blocks_stay(void **state)
{
    (void)state;
    static const uint8_t bytes[1499];
    const char *path = place("full");
    struct rlimit before, limit;
    struct error error = { "" };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){ 1000000, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct writer *writer = open_new(path);
    for (unsigned i = 0; i < 2000; i++)
        writer_packet(writer, &(struct writer_packet){ bytes, sizeof bytes, sizeof bytes, i, 1, NULL, 0, NULL });
    assert_int_equal(writer_close(writer), EFBIG);
    setrlimit(RLIMIT_FSIZE, &before);
    struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
    assert_non_null(source);
    struct frame frames[CAPTURE_BATCH];
    size_t total = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;)
        total += count;
    assert_in_range(total, 100, 700);
    assert_null(source_damage(source));
    source_close(source);
}

static int start(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int stop(void **state)
{
    (void)state;
    static const char *const names[] = { "bytes", "back", "none", "long", "input", "soft", "hard", "older", "secret", "full", "names" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(place(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_back),
        cmocka_unit_test(test_without_packets_it_is_a_capture),
        cmocka_unit_test(test_interfaces_keep_their_names),
        cmocka_unit_test(test_long_comment_is_cut_at_a_character),
        cmocka_unit_test(test_spares_are_spared),
        cmocka_unit_test(test_an_older_file_is_replaced),
        cmocka_unit_test(test_secrets_are_the_owners),
        cmocka_unit_test(test_failures_stick),
        cmocka_unit_test(test_whole_blocks_stay),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
