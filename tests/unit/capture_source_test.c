/* capture_source: pcap files in all their variants, whole and damaged, and what is refused. */
#include "capture_maker.h"

#include <errno.h>
#include <inttypes.h>

#define MICRO 0xa1b2c3d4u
#define NANO 0xa1b23c4du
#define PATCHED 0xa1b2cd34u

static void test_variants(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        bool big = variant & 1, nano = variant & 2;
        struct text bytes = { 0 };
        maker_pcap(&bytes, big, nano ? NANO : MICRO, 65535, 1);
        maker_record(&bytes, big, 1700000000, nano ? 123456789 : 123456, 60, 60, 5);
        maker_record(&bytes, big, 4000000000u, 1, 40, 1500, 9);  /* the year 2096; cut by a snap length */
        maker_record(&bytes, big, 1700000002, 0, 61, 30, 77);    /* claims to have more than there was */
        struct source *source = maker_open(&bytes);
        struct frame frames[CAPTURE_BATCH];
        assert_int_equal(source_read(source, frames), 3);
        assert_int_equal(frames[0].time_ns, nano ? 1700000000123456789 : 1700000000123456000);
        assert_int_equal(frames[0].captured, 60);
        assert_int_equal(frames[0].wire, 60);
        assert_int_equal(frames[0].number, 1);
        assert_int_equal(frames[0].linktype, 1);
        assert_int_equal(frames[0].file, 3);
        assert_int_equal(frames[0].interface, 0);
        assert_true(maker_filled(&frames[0], 5));
        assert_int_equal(frames[1].time_ns, nano ? 4000000000000000001 : 4000000000000001000);
        assert_int_equal(frames[1].captured, 40);
        assert_int_equal(frames[1].wire, 1500);
        assert_true(maker_filled(&frames[1], 9));
        assert_int_equal(frames[2].captured, 61);
        assert_int_equal(frames[2].wire, 61);
        assert_int_equal(frames[2].number, 3);
        assert_int_equal(source_read(source, frames), 0);
        assert_null(source_damage(source));
        assert_int_equal(source_dropped(source), 0);
        assert_int_equal(source_snaplen(source), 65535);
        assert_null(source_interface(source, 0));
        assert_int_equal(source_consumed(source), bytes.length);
        assert_int_equal(source_size(source), bytes.length);
        source_close(source);
        text_free(&bytes);
    }
}

/* A. Kuznetzov's records have 8 bytes more in front. */
static void test_patched(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct text bytes = { 0 };
        maker_pcap(&bytes, big, PATCHED, 1500, 1);
        for (unsigned i = 0; i < 2; i++) {
            maker_head(&bytes, big, 1000 + i, 7, 20, 20);
            maker_64(&bytes, big, 0x1122334455667788);
            maker_fill(&bytes, 20, i);
        }
        maker_head(&bytes, big, 1003, 7, 20, 20);
        struct source *source = maker_open(&bytes);
        struct frame frames[CAPTURE_BATCH];
        assert_int_equal(source_read(source, frames), 2);
        assert_int_equal(frames[1].time_ns, 1001000007000);
        assert_true(maker_filled(&frames[0], 0));
        assert_true(maker_filled(&frames[1], 1));
        assert_int_equal(source_read(source, frames), 0);
        assert_string_equal(source_damage(source), "record 3 at byte 112 is cut off after 16 of 24 header bytes");
        source_close(source);
        text_free(&bytes);
    }
}

/* Before version 2.3 the length on the wire came first. */
static void test_old_versions(void **state)
{
    (void)state;
    static const struct { uint8_t minor; uint32_t first, second; } cases[] = { { 2, 100, 30 }, { 3, 100, 30 }, { 3, 30, 100 }, { 4, 30, 100 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text bytes = { 0 };
        maker_pcap(&bytes, false, MICRO, 65535, 1);
        bytes.chars[6] = (char)cases[i].minor;
        for (int record = 0; record < 2; record++) {
            maker_head(&bytes, false, 1, 2, cases[i].first, cases[i].second);
            maker_fill(&bytes, record == 0 ? 30 : 29, 1);
        }
        struct source *source = maker_open(&bytes);
        struct frame frames[CAPTURE_BATCH];
        assert_int_equal(source_read(source, frames), 1);
        assert_int_equal(frames[0].captured, 30);
        assert_int_equal(frames[0].wire, 100);
        assert_int_equal(source_read(source, frames), 0);
        assert_string_equal(source_damage(source), "record 2 at byte 70 is cut off after 29 of 30 bytes");
        source_close(source);
        text_free(&bytes);
    }
}

/*
 * What the file header says of the snap length is not what records are held to; what follows the link type in it is not
 * part of it.
 */
static void test_header_fields(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_pcap(&bytes, true, MICRO, 68, 0x54000000 | 228);
    maker_record(&bytes, true, 1, 2, 200, 300, 9);
    struct source *source = maker_open(&bytes);
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 1);
    assert_int_equal(frames[0].captured, 200);
    assert_int_equal(frames[0].linktype, 228);
    assert_true(maker_filled(&frames[0], 9));
    assert_int_equal(source_snaplen(source), 68);
    source_close(source);
    text_free(&bytes);

    maker_pcap(&bytes, true, MICRO, UINT32_MAX, 1);
    source = maker_open(&bytes);
    assert_int_equal(source_snaplen(source), 0);
    assert_int_equal(source_read(source, frames), 0); /* a capture without packets is whole */
    assert_null(source_damage(source));
    source_close(source);
    text_free(&bytes);
}

static void test_claims(void **state)
{
    (void)state;
    static const struct { uint32_t claim, linktype; const char *damage; } cases[] = {
        { 3221225472u, 1, "record 3 at byte 144 claims 3221225472 bytes" },
        { UINT32_MAX, 1, "record 3 at byte 144 claims 4294967295 bytes" },
        { CAPTURE_FRAME_MAX + 1, 1, "record 3 at byte 144 claims 262145 bytes" },
        { CAPTURE_FRAME_MAX, 1, "record 3 at byte 144 is cut off after 7 of 262144 bytes" },
        { CAPTURE_FRAME_MAX + 1, 231, "record 3 at byte 144 claims 262145 bytes" }, /* D-Bus may have 128 MiB elsewhere */
        { 100000000, 231, "record 3 at byte 144 claims 100000000 bytes" },
        { 8, 1, "record 3 at byte 144 is cut off after 7 of 8 bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text bytes = { 0 };
        maker_pcap(&bytes, false, MICRO, 65535, cases[i].linktype);
        maker_record(&bytes, false, 1, 2, 50, 50, 1);
        maker_record(&bytes, false, 1, 3, 38, 50, 1);
        maker_head(&bytes, false, 1, 4, cases[i].claim, cases[i].claim);
        maker_fill(&bytes, 7, 0);
        struct source *source = maker_open(&bytes);
        assert_null(source_damage(source));
        assert_int_equal(maker_read(source, NULL, 0), 2);
        assert_string_equal(source_damage(source), cases[i].damage);
        source_close(source);
        text_free(&bytes);
    }
}

/* The header of a bad record is found wherever the borders of buffers cut it. */
static void test_claim_on_borders(void **state)
{
    (void)state;
    static const size_t borders[] = { UNPACK_FRONT, UNPACK_FRONT + 256 * 1024, UNPACK_FRONT + 512 * 1024 };
    for (size_t border = 0; border < 3; border++) {
        for (size_t before = 0; before <= 20; before++) {
            struct text bytes = { 0 };
            char expected[128];
            unsigned count = 0;
            size_t at = borders[border] - before;
            maker_pcap(&bytes, false, NANO, 0, 1);
            for (; at - bytes.length > 2000; count++)
                maker_record(&bytes, false, 1, 2, 1000, 1000, count);
            maker_record(&bytes, false, 1, 2, (uint32_t)(at - bytes.length - 16), 1, count++);
            maker_head(&bytes, false, 1, 2, before % 2 ? 3221225472u : 9000, 9000);
            maker_fill(&bytes, 8000, 0);
            if (before % 2)
                snprintf(expected, sizeof expected, "record %u at byte %zu claims 3221225472 bytes", count + 1, at);
            else
                snprintf(expected, sizeof expected, "record %u at byte %zu is cut off after 8000 of 9000 bytes", count + 1, at);
            struct source *source = maker_open(&bytes);
            assert_int_equal(maker_read(source, NULL, 0), count);
            assert_string_equal(source_damage(source), expected);
            source_close(source);
            text_free(&bytes);
        }
    }
}

/* All bytes of a batch live until the next call, large frames too. */
static void test_batches(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 134, 9000, 65535, 200000, CAPTURE_FRAME_MAX };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct text bytes = { 0 };
        maker_pcap(&bytes, false, MICRO, 0, 1);
        unsigned many = sizes[i] > 100000 ? 12 : 150;
        for (unsigned number = 0; number < many; number++)
            maker_record(&bytes, false, number, 0, sizes[i], sizes[i], number);
        struct source *source = maker_open(&bytes);
        struct frame frames[CAPTURE_BATCH];
        uint64_t number = 0;
        size_t count, batches = 0;
        while ((count = source_read(source, frames)) > 0) {
            batches++;
            for (size_t frame = 0; frame < count; frame++) {
                assert_true(maker_filled(&frames[frame], (unsigned)number));
                assert_int_equal(frames[frame].number, ++number);
            }
        }
        assert_int_equal(number, many);
        assert_true(sizes[i] > 1000 || batches <= 5); /* full ones but where the window ends */
        assert_null(source_damage(source));
        source_close(source);
        text_free(&bytes);
    }
}

static void test_every_truncation(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 10, 0, 33, 4 };
    struct text bytes = { 0 };
    size_t ends[4];
    maker_pcap(&bytes, false, MICRO, 0, 1);
    for (unsigned i = 0; i < 4; i++) {
        maker_record(&bytes, false, i, 0, sizes[i], sizes[i], i);
        ends[i] = bytes.length;
    }
    char path[128];
    snprintf(path, sizeof path, "%s", maker_file("cut.pcap", bytes.chars, bytes.length));
    for (size_t length = bytes.length;; length--) {
        struct error error = { "" };
        assert_int_equal(truncate(path, (off_t)length), 0);
        struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
        if (length < 24) {
            assert_null(source);
            assert_non_null(strstr(error.message, path));
            if (length == 0)
                break;
            continue;
        }
        assert_non_null(source);
        size_t whole = 0;
        bool border = length == 24;
        for (; whole < 4 && ends[whole] <= length; whole++)
            border = ends[whole] == length;
        struct frame frames[CAPTURE_BATCH];
        size_t count = source_read(source, frames);
        assert_int_equal(count, whole);
        for (size_t i = 0; i < count; i++)
            assert_true(frames[i].captured == sizes[i] && maker_filled(&frames[i], (unsigned)i));
        assert_int_equal(source_read(source, frames), 0);
        assert_int_equal(source_damage(source) == NULL, border);
        source_close(source);
    }
    unlink(path);
    text_free(&bytes);
}

static void refused(const char *path, const char *reason)
{
    struct error error = { "" };
    struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
    assert_null(source);
    assert_string_equal(error.message, reason);
}

/* `bytes` in a file called x are refused with "x: reason". */
static void refused_bytes(const void *bytes, size_t length, const char *reason)
{
    char expected[512];
    const char *path = maker_file("x", bytes, length);
    snprintf(expected, sizeof expected, "%s: %s", path, reason);
    refused(path, expected);
    unlink(path);
}

static void refused_text(const char *text, const char *reason)
{
    refused_bytes(text, strlen(text), reason);
}

static void test_refused(void **state)
{
    (void)state;
    refused("/nonexistent.pcap", "/nonexistent.pcap: No such file or directory");
    refused("/", "/: a directory, not a capture");
    refused("/dev/null", "/dev/null: empty");
    if (access("/proc/self/mem", R_OK) == 0) /* opens, but cannot be read at its beginning */
        refused("/proc/self/mem", "/proc/self/mem: reading failed: Input/output error");
    refused("/no\033[31m\n\xff", "/no\\x1b[31m\\x0a\\xff: No such file or directory");
    refused_text("", "empty");
    refused_text("hello\n", "text, not a capture");
    refused_text("src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0xc5c4ce17\n",
        "text, not a capture; this looks like SA definitions: give it with -s");
    refused_text("# keys\n\n  \"IPv4\",\"10.77.0.1\",\"10.77.0.2\",\"0xc5c4ce17\"\r\n",
        "text, not a capture; this looks like SA definitions: give it with -s");
    refused_text("192.0.2.1 192.0.2.2 \n\tesp mode=tunnel spi=291(0x00000123)\n",
        "text, not a capture; this looks like SA definitions: give it with -s");
    refused_text("add 192.0.2.1 192.0.2.2 esp 0x123 -E null;", "text, not a capture; this looks like SA definitions: give it with -s");
    refused_text("0x12345678@192.1.2.45 3des-cbc-hmac96:0x40", "text, not a capture; this looks like SA definitions: give it with -s");
    refused_text("d629c3517b41c133,6aeb9d1c4dc1c3d3,ff,81,\"AES\"\n", "text, not a capture; this looks like IKE keys: give it with -k");
    refused_text("PK\003\004....", "a zip archive: unpack the captures in it first");
    refused_bytes("snoop\0\0\0\0\0\0\2\0\0\0\4", 16, "a snoop capture: convert it with editcap -F pcapng");
    refused_bytes("\x00\x47\x2f\x00", 4,
        "no capture in the pcap or pcapng format; where Wireshark knows the format, editcap -F pcapng converts it");
    refused_bytes("\xd4\xc3\xb2\xa1\2\0\4\0", 8, "cut off inside the pcap file header (8 of 24 bytes)");
    refused_bytes("\xd4\xc3\xb2\xa1\2\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0", 24, "version 2.5 of the pcap format is unknown");
    refused_bytes("\n\r\r\n\x1c\0\0\0\0\0\0\0", 12,
        "a pcapng file without a readable section header: the block at byte 0 is a section header in no known byte order");
    refused_bytes("\n\r\r\n\x1c\0", 6,
        "a pcapng file without a readable section header: the block at byte 0 is cut off after 6 of at least 12 bytes");
}

static void test_long_path(void **state)
{
    (void)state;
    struct text path = { 0 };
    for (int i = 0; i < 400; i++)
        text_put(&path, "/\xc3\xa4");
    text_put(&path, "/end.pcap");
    struct error error = { "" };
    assert_null(source_open(path.chars, &(struct source_options){ 0 }, &error));
    assert_memory_equal(error.message, "...", 3);
    assert_non_null(strstr(error.message, "/end.pcap: No such file or directory"));
    for (const char *at = error.message; *at != '\0'; at += text_utf8(at, strlen(at)))
        assert_int_not_equal(text_utf8(at, strlen(at)), 0);
    text_free(&path);
}

static void test_no_permission(void **state)
{
    (void)state;
    char expected[256];
    const char *path = maker_file("secret.pcap", "x", 1);
    snprintf(expected, sizeof expected, "%s: Permission denied", path);
    assert_int_equal(chmod(path, 0), 0);
    uid_t uid = geteuid();
    if (uid == 0) /* permissions do not bind root */
        assert_int_equal(seteuid(65534), 0);
    refused(path, expected);
    if (uid == 0)
        assert_int_equal(seteuid(0), 0);
    unlink(path);
}

static void test_standard_input(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_pcap(&bytes, false, MICRO, 0, 1);
    maker_record(&bytes, false, 1, 2, 30, 30, 5);
    maker_record(&bytes, false, 1, 2, 30, 30, 6);
    int ends[2], before = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes.chars, bytes.length), bytes.length);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    struct error error = { "" };
    struct source *source = source_open("-", &(struct source_options){ 0 }, &error);
    assert_non_null(source);
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 2);
    assert_true(maker_filled(&frames[1], 6));
    assert_int_equal(source_size(source), 0);
    assert_int_equal(source_consumed(source), bytes.length);
    source_close(source);
    assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1); /* stays open */
    refused("-", "standard input: empty");
    if (before >= 0) {
        dup2(before, STDIN_FILENO);
        close(before);
    }
    text_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_patched),
        cmocka_unit_test(test_old_versions),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_claim_on_borders),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_path),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_standard_input),
    };
    return cmocka_run_group_tests(tests, maker_folder_make, maker_folder_drop);
}
