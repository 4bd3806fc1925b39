/* capture_pcapng: sections, interfaces and their clocks, the three kinds of packets, statistics, damage. */
#include "capture_maker.h"

#include "capture/interface.h"

/*
 * Two sections of different byte order, interfaces of different link types and clocks, blocks and options that nobody
 * knows.
 */
static void test_everything(void **state)
{
    (void)state;
    struct text bytes = { 0 }, options = { 0 }, body = { 0 };
    maker_section(&bytes, false);
    maker_option(&options, false, 3, "the first", 9);
    maker_option(&options, false, 2, "eth0", 4);
    maker_option(&options, false, 3, "after its name", 14);
    maker_option(&options, false, 4711, "what", 4);
    maker_option(&options, false, 9, "\x09", 1);
    maker_option(&options, false, 0, "", 0);
    maker_interface(&bytes, false, 1, 262144, &options);
    text_clear(&options);
    maker_option(&options, false, 3, "tunnel", 6);
    maker_option(&options, false, 9, "\x8a", 1); /* 1/1024 s */
    maker_option_64(&options, false, 14, (uint64_t)-3600);
    maker_interface(&bytes, false, 101, 96, &options);
    maker_fill(&body, 77, 1);
    maker_block(&bytes, false, 0x80000815, &body);
    maker_packet(&bytes, false, 0, 1700000000123456789, 61, 61, 1, NULL);
    maker_packet(&bytes, false, 1, ((uint64_t)1700000000 << 10) + 512, 20, 1500, 2, NULL);
    text_clear(&body);
    maker_32(&body, false, 50);
    maker_fill(&body, 50, 3);
    maker_block(&bytes, false, 3, &body); /* a simple packet: of interface 0, without a time */
    text_clear(&body);
    maker_16(&body, false, 1);
    maker_16(&body, false, 5); /* 5 were lost before it */
    maker_32(&body, false, (uint32_t)(((uint64_t)1700000001 << 10) >> 32));
    maker_32(&body, false, (uint32_t)((uint64_t)1700000001 << 10));
    maker_32(&body, false, 9);
    maker_32(&body, false, 8); /* less than was captured */
    maker_fill(&body, 9, 4);
    maker_block(&bytes, false, 2, &body); /* the packet block of before 2009 */

    maker_section(&bytes, true);
    maker_interface(&bytes, true, 113, 0, NULL);
    text_clear(&options);
    maker_option(&options, true, 2, "flags", 4);
    maker_option_64(&options, true, 4, 7); /* 7 were lost before it */
    maker_packet(&bytes, true, 0, 1700000002000001, 33, 34, 5, &options);
    text_clear(&body);
    maker_block(&bytes, true, 0xbad, &body); /* a custom block: Wireshark numbers it */
    maker_packet(&bytes, true, 0, 1700000003000001, 0, 0, 6, NULL);

    static const struct { uint64_t number; int64_t time_ns; uint32_t captured, wire, interface; uint16_t linktype; } expected[] = {
        { 1, 1700000000123456789, 61, 61, 0, 1 },
        { 2, 1699996400500000000, 20, 1500, 1, 101 },
        { 3, 1699996400500000000, 50, 50, 0, 1 },
        { 4, 1699996401000000000, 9, 9, 1, 101 },
        { 5, 1700000002000001000, 33, 34, 2, 113 },
        { 7, 1700000003000001000, 0, 0, 2, 113 },
    };
    struct source *source = maker_open(&bytes);
    assert_string_equal(source_interface(source, 0), "eth0"); /* known before the first packet is asked for */
    assert_string_equal(source_interface(source, 1), "tunnel");
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(frames[i].number, expected[i].number);
        assert_int_equal(frames[i].time_ns, expected[i].time_ns);
        assert_int_equal(frames[i].captured, expected[i].captured);
        assert_int_equal(frames[i].wire, expected[i].wire);
        assert_int_equal(frames[i].interface, expected[i].interface);
        assert_int_equal(frames[i].linktype, expected[i].linktype);
        assert_int_equal(frames[i].file, 3);
        assert_true(maker_filled(&frames[i], i + 1));
    }
    assert_int_equal(source_read(source, frames), 0);
    assert_null(source_damage(source));
    assert_null(source_interface(source, 2));
    assert_null(source_interface(source, 3));
    assert_int_equal(source_snaplen(source), 96);
    assert_int_equal(source_dropped(source), 12);
    source_close(source);

    /* What the statistics say at last replaces what the packets said, an interface at a time. */
    for (uint64_t drops = 100; drops <= 101; drops++) {
        text_clear(&body);
        maker_32(&body, true, 0);
        maker_64(&body, true, 0);
        maker_option_64(&body, true, 4, 999999);
        maker_option_64(&body, true, 5, drops);
        maker_block(&bytes, true, 5, &body);
    }
    source = maker_open(&bytes);
    assert_int_equal(maker_read(source, NULL, 0), 6);
    assert_int_equal(source_dropped(source), 101 + 5);
    source_close(source);
    text_free(&bytes);
    text_free(&options);
    text_free(&body);
}

/* Expected values: exact rational arithmetic, rounded down. */
static void test_clocks(void **state)
{
    (void)state;
    static const struct { uint8_t resolution; uint64_t ticks; int64_t offset, time_ns; } cases[] = {
        { 6, 1700000000123456, 0, 1700000000123456000 },
        { 0, 1700000000, 0, 1700000000000000000 },
        { 3, 1700000000123, -1, 1699999999123000000 },
        { 9, 1700000000123456789, 0, 1700000000123456789 },
        { 12, 1700000000123456789, 0, 1700000000123456 },
        { 12, UINT64_MAX, 1700000000, 1700000000000000000 + 18446744073709551 },
        { 18, UINT64_MAX, 0, 18446744073 },
        { 28, UINT64_MAX, 0, 1 },
        { 29, UINT64_MAX, 0, 0 },
        { 127, UINT64_MAX, 0, 0 },
        { 0x80, 1700000000, 0, 1700000000000000000 },
        { 0x80 | 20, 1048577, 0, 1000000953 },
        { 0x80 | 32, 0xffffffffffffffff, 0, 4294967295999999999 },
        { 0x80 | 63, 0xc000000000000000, 0, 1500000000 },
        { 0x80 | 64, 0xc000000000000000, 0, 750000000 },
        { 0x80 | 127, UINT64_MAX, 0, 0 },
        { 6, 0, -1, -1000000000 },
        { 0, UINT64_MAX, INT64_MAX, INT64_MAX },
        { 0, 0, INT64_MIN, INT64_MIN },
        { 6, UINT64_MAX, 0, INT64_MAX },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct interface interface = { .offset = cases[i].offset };
        interface_resolution(&interface, cases[i].resolution);
        assert_int_equal(interface_time(&interface, cases[i].ticks), cases[i].time_ns);
    }
}

/* A simple packet is as long as it was on the wire, or as the snap length allows. */
static void test_simple_packet_cut(void **state)
{
    (void)state;
    struct text bytes = { 0 }, body = { 0 };
    maker_section(&bytes, false);
    maker_interface(&bytes, false, 1, 30, NULL);
    maker_32(&body, false, 1500);
    maker_fill(&body, 30, 3);
    maker_block(&bytes, false, 3, &body);
    struct source *source = maker_open(&bytes);
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 1);
    assert_int_equal(frames[0].captured, 30);
    assert_int_equal(frames[0].wire, 1500);
    assert_int_equal(frames[0].time_ns, 0);
    source_close(source);
    text_free(&bytes);
    text_free(&body);
}

/* A capture with one good frame, then `body` as a block of `type`: what is said of it. */
static void damaged(uint32_t type, const struct text *body, const char *damage)
{
    struct text bytes = { 0 };
    maker_section(&bytes, false);
    maker_interface(&bytes, false, 1, 0, NULL);
    maker_packet(&bytes, false, 0, 1, 10, 10, 0, NULL);
    assert_int_equal(bytes.length, 92);
    maker_block(&bytes, false, type, body);
    maker_packet(&bytes, false, 0, 1, 10, 10, 0, NULL);
    struct source *source = maker_open(&bytes);
    assert_null(source_damage(source));
    size_t good = damage != NULL ? 1 : type == 6 || type == 3 ? 3 : 2;
    assert_int_equal(maker_read(source, NULL, 0), good);
    if (damage != NULL)
        assert_string_equal(source_damage(source), damage);
    else
        assert_null(source_damage(source));
    source_close(source);
    text_free(&bytes);
}

static void damaged_packet(uint32_t interface, uint32_t captured, const char *damage)
{
    struct text body = { 0 };
    maker_32(&body, false, interface);
    maker_64(&body, false, 0);
    maker_32(&body, false, captured);
    maker_32(&body, false, captured);
    maker_fill(&body, 50, 0);
    damaged(6, &body, damage);
    text_free(&body);
}

static void test_damaged_blocks(void **state)
{
    (void)state;
    damaged_packet(0, 50, NULL);
    damaged_packet(0, 3221225472u, "record 2 at byte 92 claims 3221225472 bytes");
    damaged_packet(0, CAPTURE_FRAME_MAX + 1, "record 2 at byte 92 claims 262145 bytes");
    damaged_packet(0, 53, "record 2 at byte 92 claims 53 bytes in a block that has room for 52");
    damaged_packet(1, 50, "record 2 at byte 92 is from interface 1, which no block describes");
    damaged_packet(UINT32_MAX, 50, "record 2 at byte 92 is from interface 4294967295, which no block describes");
    struct text body = { 0 };
    maker_32(&body, false, 0);
    damaged(6, &body, "record 2 at byte 92 is a packet block of 16 bytes");
    damaged(3, &body, NULL); /* a simple packet of no bytes */
    text_clear(&body);
    damaged(3, &body, "record 2 at byte 92 is a packet block of 12 bytes");
    damaged(1, &body, "the block at byte 92 is an interface description of 12 bytes");
    damaged(5, &body, NULL);
    damaged(77, &body, NULL);
    maker_32(&body, false, 0x1a2b3c4d);
    damaged(0x0a0d0d0a, &body, "the block at byte 92 is a section header of 16 bytes");
    maker_16(&body, false, 2);
    maker_16(&body, false, 1);
    maker_64(&body, false, 0);
    damaged(0x0a0d0d0a, &body, "the block at byte 92 is a section of version 2.1 of the format, which is unknown");
    text_free(&body);
}

/* Options that run out of their block hide nothing but themselves. */
static void test_damaged_options(void **state)
{
    (void)state;
    struct text bytes = { 0 }, options = { 0 };
    maker_section(&bytes, false);
    maker_option(&options, false, 2, "eth0", 4);
    maker_16(&options, false, 9);
    maker_16(&options, false, 60000);
    maker_interface(&bytes, false, 1, 0, &options);
    text_clear(&options);
    maker_16(&options, false, 2);
    maker_16(&options, false, 0xffff);
    maker_packet(&bytes, false, 0, 5, 10, 10, 0, &options);
    struct source *source = maker_open(&bytes);
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 1);
    assert_int_equal(frames[0].time_ns, 5000);
    assert_string_equal(source_interface(source, 0), "eth0");
    assert_int_equal(source_read(source, frames), 0);
    assert_null(source_damage(source));
    source_close(source);
    text_free(&bytes);
    text_free(&options);
}

/* The two lengths of a block: impossible, or at odds. */
static void test_block_lengths(void **state)
{
    (void)state;
    static const struct { uint32_t type, first, last; const char *damage; } cases[] = {
        { 6, 44, 48, "record 1 at byte 48 has a length of 44 bytes at its beginning and of 48 at its end" },
        { 6, 0, 44, "record 1 at byte 48 has an impossible block length: 0 bytes" },
        { 6, 8, 44, "record 1 at byte 48 has an impossible block length: 8 bytes" },
        { 6, 43, 44, "record 1 at byte 48 has an impossible block length: 43 bytes" },
        { 6, 48, 48, "record 1 at byte 48 is cut off after 44 of 48 bytes" },
        { 6, 3221225472u, 0, "record 1 at byte 48 claims 3221225472 bytes" },
        { 99, 3221225472u, 0, "the block before byte 92 lacks its last 3221225428 bytes" },
        { 99, 48, 48, "the block at byte 48 is cut off after 44 of 48 bytes" },
        { 99, 44, 40, "the block at byte 48 has a length of 44 bytes at its beginning and of 40 at its end" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text bytes = { 0 };
        maker_section(&bytes, false);
        maker_interface(&bytes, false, 1, 0, NULL);
        maker_32(&bytes, false, cases[i].type);
        maker_32(&bytes, false, cases[i].first);
        maker_32(&bytes, false, 0);
        maker_64(&bytes, false, 0);
        maker_32(&bytes, false, 12);
        maker_32(&bytes, false, 12);
        maker_fill(&bytes, 12, 0);
        maker_32(&bytes, false, cases[i].last);
        struct source *source = maker_open(&bytes);
        assert_int_equal(maker_read(source, NULL, 0), 0);
        assert_string_equal(source_damage(source), cases[i].damage);
        source_close(source);
        text_free(&bytes);
    }
}

/*
 * Blocks that are larger than the window: known ones are read, unknown ones passed over, and frames around them are
 * right.
 */
static void test_large_blocks(void **state)
{
    (void)state;
    struct text bytes = { 0 }, body = { 0 }, options = { 0 };
    maker_section(&bytes, false);
    for (int i = 0; i < 20; i++) {
        char comment[60000];
        memset(comment, 'c', sizeof comment);
        maker_option(&options, false, 1, comment, sizeof comment);
    }
    maker_option(&options, false, 2, "last", 4);
    maker_interface(&bytes, false, 1, 0, &options);
    maker_fill(&body, 3000000, 0);
    for (unsigned i = 0; i < 8; i++) {
        maker_packet(&bytes, false, 0, i, i % 2 ? CAPTURE_FRAME_MAX : 9, 9, i, NULL);
        if (i % 4 == 1)
            maker_block(&bytes, false, i % 8 == 1 ? 9 : 10, &body); /* journal entries have numbers, secrets none */
    }
    struct source *source = maker_open(&bytes);
    assert_string_equal(source_interface(source, 0), "last");
    struct frame frames[CAPTURE_BATCH];
    unsigned total = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;) {
        for (size_t i = 0; i < count; i++, total++) {
            assert_int_equal(frames[i].number, total + (total > 1 ? 2 : 1));
            assert_int_equal(frames[i].captured, total % 2 ? CAPTURE_FRAME_MAX : 9);
            assert_true(maker_filled(&frames[i], total));
        }
    }
    assert_int_equal(total, 8);
    assert_null(source_damage(source));
    source_close(source);
    text_free(&bytes);
    text_free(&body);
    text_free(&options);
}

static void test_many_frames(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_section(&bytes, true);
    maker_interface(&bytes, true, 1, 0, NULL);
    for (unsigned i = 0; i < 5000; i++)
        maker_packet(&bytes, true, 0, i, i % 300, i % 300, i, NULL);
    struct source *source = maker_open(&bytes);
    struct frame frames[CAPTURE_BATCH];
    unsigned total = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;) {
        for (size_t i = 0; i < count; i++, total++) {
            assert_int_equal(frames[i].number, total + 1);
            assert_int_equal(frames[i].time_ns, total * 1000);
            assert_int_equal(frames[i].captured, total % 300);
            assert_true(maker_filled(&frames[i], total));
        }
    }
    assert_int_equal(total, 5000);
    source_close(source);
    text_free(&bytes);
}

/* No file makes us keep more interfaces than INTERFACES_MAX. */
static void test_many_interfaces(void **state)
{
    (void)state;
    struct text bytes = { 0 }, options = { 0 };
    maker_option(&options, false, 2, "if", 2);
    maker_section(&bytes, false);
    for (unsigned i = 0; i <= INTERFACES_MAX; i++)
        maker_interface(&bytes, false, (uint16_t)i, 0, &options);
    struct source *source = maker_open(&bytes);
    assert_int_equal(maker_read(source, NULL, 0), 0);
    assert_string_equal(source_damage(source), "the block at byte 1835036 describes one interface too many (65536 are read)");
    source_close(source);
    text_free(&bytes);
    text_free(&options);
}

static void test_every_truncation(void **state)
{
    (void)state;
    struct text bytes = { 0 }, body = { 0 };
    size_t ends[8], blocks = 0, packets[8] = { 0 };
    maker_fill(&body, 23, 0);
    for (int section = 0; section < 2; section++) {
        maker_section(&bytes, section);
        ends[blocks++] = bytes.length;
        maker_interface(&bytes, section, 1, 0, NULL);
        ends[blocks++] = bytes.length;
        maker_packet(&bytes, section, 0, 1, 11, 11, 7, NULL);
        packets[blocks] = 1;
        ends[blocks++] = bytes.length;
        maker_block(&bytes, section, 1234, &body);
        ends[blocks++] = bytes.length;
    }
    for (size_t length = bytes.length;; length--) {
        struct error error = { "" };
        struct source *source = source_open_memory(bytes.chars, length, &(struct source_options){ 0 }, &error);
        if (length < ends[0]) {
            assert_null(source);
            assert_true(strlen(error.message) > 0);
            if (length == 0)
                break;
            continue;
        }
        assert_non_null(source);
        size_t whole = 0;
        bool border = false;
        for (size_t i = 0; i < blocks && ends[i] <= length; i++) {
            whole += packets[i];
            border = ends[i] == length;
        }
        struct frame frames[CAPTURE_BATCH];
        size_t count = source_read(source, frames);
        assert_int_equal(count, whole);
        for (size_t i = 0; i < count; i++)
            assert_true(frames[i].captured == 11 && maker_filled(&frames[i], 7));
        assert_int_equal(maker_read(source, NULL, 0), 0);
        assert_int_equal(source_damage(source) == NULL, border);
        source_close(source);
    }
    text_free(&bytes);
    text_free(&body);
}

/* Each byte of a capture, set to each of some values: nothing but an end, sooner or later. */
static void test_every_byte(void **state)
{
    (void)state;
    static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
    struct text bytes = { 0 }, options = { 0 };
    maker_section(&bytes, false);
    maker_option(&options, false, 2, "eth0", 4);
    maker_option(&options, false, 9, "\x09", 1);
    maker_interface(&bytes, false, 1, 0, &options);
    maker_packet(&bytes, false, 0, 1, 11, 11, 7, &options);
    for (size_t at = 0; at < bytes.length; at++) {
        char before = bytes.chars[at];
        for (size_t i = 0; i < sizeof values; i++) {
            bytes.chars[at] = (char)values[i];
            struct error error;
            struct source *source = source_open_memory(bytes.chars, bytes.length, &(struct source_options){ 0 }, &error);
            if (source != NULL)
                assert_true(maker_read(source, NULL, 0) <= 1);
            source_close(source);
        }
        bytes.chars[at] = before;
    }
    text_free(&bytes);
    text_free(&options);
}

/* On a pipe, what has arrived is handed out without waiting for more. */
static void test_pipe(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_section(&bytes, false);
    maker_interface(&bytes, false, 1, 0, NULL);
    maker_packet(&bytes, false, 0, 1, 11, 11, 7, NULL);
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes.chars, bytes.length), bytes.length);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct error error = { "" };
    struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
    assert_non_null(source);
    struct frame frames[CAPTURE_BATCH];
    assert_int_equal(source_read(source, frames), 1); /* the pipe is still open for writing */
    assert_int_equal(write(ends[1], bytes.chars + 48, bytes.length - 48), bytes.length - 48);
    assert_int_equal(source_read(source, frames), 1);
    assert_int_equal(frames[0].number, 2);
    close(ends[1]);
    assert_int_equal(source_read(source, frames), 0);
    assert_null(source_damage(source));
    source_close(source);
    close(ends[0]);
    text_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_simple_packet_cut),
        cmocka_unit_test(test_damaged_blocks),
        cmocka_unit_test(test_damaged_options),
        cmocka_unit_test(test_block_lengths),
        cmocka_unit_test(test_large_blocks),
        cmocka_unit_test(test_many_frames),
        cmocka_unit_test(test_many_interfaces),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
