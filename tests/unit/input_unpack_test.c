/* input_unpack: gzip and zstd, whole, joined, cut and damaged. */
#include "capture_maker.h"

#include <zlib.h>
#include <zstd.h>

#define MICRO 0xa1b2c3d4u

static void pack_gzip(struct text *to, const struct text *plain)
{
    z_stream gzip = { 0 };
    assert_int_equal(deflateInit2(&gzip, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&gzip, plain->length) + 64;
    unsigned char *packed = malloc(room);
    assert_non_null(packed);
    gzip.next_in = (unsigned char *)plain->chars;
    gzip.avail_in = (unsigned)plain->length;
    gzip.next_out = packed;
    gzip.avail_out = (unsigned)room;
    assert_int_equal(deflate(&gzip, Z_FINISH), Z_STREAM_END);
    text_add(to, (char *)packed, room - gzip.avail_out);
    deflateEnd(&gzip);
    free(packed);
}

static void pack_zstd(struct text *to, const struct text *plain)
{
    size_t room = ZSTD_compressBound(plain->length);
    char *packed = malloc(room);
    assert_non_null(packed);
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    assert_non_null(zstd);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1); /* as the zstd command does */
    size_t length = ZSTD_compress2(zstd, packed, room, plain->chars, plain->length);
    assert_false(ZSTD_isError(length));
    text_add(to, packed, length);
    ZSTD_freeCCtx(zstd);
    free(packed);
}

static void make_pcap(struct text *to, unsigned from, unsigned count, bool header)
{
    if (header)
        maker_pcap(to, false, MICRO, 0, 1);
    for (unsigned i = from; i < from + count; i++)
        maker_record(to, false, i, 0, 100 + i % 900, 100 + i % 900, i * 7);
}

/* Reads all frames and returns how many; each must be the one that make_pcap made. */
static unsigned check(struct source *source)
{
    struct frame frames[CAPTURE_BATCH];
    unsigned total = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;) {
        for (size_t i = 0; i < count; i++, total++) {
            assert_int_equal(frames[i].number, total + 1);
            assert_int_equal(frames[i].captured, 100 + total % 900);
            assert_true(maker_filled(&frames[i], total * 7));
        }
    }
    return total;
}

static void (*const packs[])(struct text *, const struct text *) = { pack_gzip, pack_zstd };

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text plain = { 0 }, packed = { 0 };
        make_pcap(&plain, 0, 3000, true); /* 1.6 MB: many buffers */
        packs[i](&packed, &plain);
        char path[128];
        snprintf(path, sizeof path, "%s", maker_file("packed", packed.chars, packed.length));
        struct error error = { "" };
        struct source *source = source_open(path, &(struct source_options){ 0 }, &error);
        assert_non_null(source);
        assert_int_equal(check(source), 3000);
        assert_null(source_damage(source));
        assert_int_equal(source_consumed(source), packed.length);
        assert_int_equal(source_size(source), packed.length);
        source_close(source);
        unlink(path);
        text_free(&plain);
        text_free(&packed);
    }
}

/*
 * Members and frames one behind the other are one capture, as gzip -d and zstd -d have it; zeros at the end are
 * padding.
 */
static void test_joined(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text packed = { 0 };
        for (unsigned part = 0; part < 5; part++) {
            struct text plain = { 0 };
            make_pcap(&plain, part * 10, 10, part == 0);
            if (part == 3 && i == 1)
                text_add(&packed, "\x53\x2a\x4d\x18\5\0\0\0hello", 13); /* a frame to be skipped, RFC 8878 3.1.2 */
            packs[i](&packed, &plain);
            text_free(&plain);
        }
        if (i == 0)
            text_add(&packed, "\0\0\0\0", 4);
        struct source *source = maker_open(&packed);
        assert_int_equal(check(source), 50);
        assert_null(source_damage(source));
        source_close(source);
        text_add(&packed, "rubbish", 7);
        source = maker_open(&packed);
        assert_int_equal(check(source), 50);
        assert_non_null(source_damage(source));
        if (i == 0)
            assert_string_equal(source_damage(source),
                "the capture ends behind record 50 at byte 7049: what follows the gzip data is none");
        source_close(source);
        text_free(&packed);
    }
}

/*
 * Whatever is cut off, the frames handed out are the first ones, whole, and the damage is told: also where only the
 * checksum is lacking.
 */
static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text plain = { 0 }, packed = { 0 };
        make_pcap(&plain, 0, 12, true);
        packs[i](&packed, &plain);
        unsigned before = 12;
        for (size_t length = packed.length - 1; length > 0; length--) {
            struct error error = { "" };
            struct source *source = source_open_memory(packed.chars, length, &(struct source_options){ 0 }, &error);
            if (source == NULL) {
                assert_true(strlen(error.message) > 0);
                before = 0;
                continue;
            }
            unsigned count = check(source);
            assert_true(count <= before);
            assert_non_null(source_damage(source));
            assert_non_null(strstr(source_damage(source), i == 0 ? "the gzip data end too early" : "the zstd data end too early"));
            before = count;
            source_close(source);
        }
        text_free(&plain);
        text_free(&packed);
    }
}

/*
 * Damage in the middle: what comes before it is right, and that something is wrong is told. What a damaged block unpacks to
 * may look like a record for a while, or like one that claims too much.
 */
static void test_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text plain = { 0 }, packed = { 0 };
        uint32_t random = 1;
        maker_pcap(&plain, false, MICRO, 0, 1);
        for (unsigned record = 0; record < 2000; record++) {
            maker_head(&plain, false, record, 0, 400, 400);
            for (int byte = 0; byte < 400; byte++) { /* 4 bits a byte: packs into many blocks */
                random = random * 1664525 + 1013904223;
                text_char(&plain, (char)(random >> 28));
            }
        }
        packs[i](&packed, &plain);
        memset(packed.chars + packed.length / 2, 0xff, 2000);
        struct source *source = maker_open(&packed);
        struct frame frames[CAPTURE_BATCH];
        size_t total = 0;
        for (size_t count; (count = source_read(source, frames)) > 0;) {
            for (size_t frame = 0; frame < count; frame++, total++) {
                if (total < 300)
                    assert_memory_equal(frames[frame].bytes, plain.chars + 24 + total * 416 + 16, 400);
            }
        }
        assert_true(total >= 300 && total <= 2000);
        assert_non_null(source_damage(source));
        source_close(source);
        text_free(&plain);
        text_free(&packed);
    }
}

static void refused(const struct text *bytes, const char *reason)
{
    struct error error = { "" };
    assert_null(source_open_memory(bytes->chars, bytes->length, &(struct source_options){ 0 }, &error));
    assert_string_equal(error.message, reason);
}

static void test_no_capture_inside(void **state)
{
    (void)state;
    struct text plain = { 0 }, packed = { 0 };
    text_put(&plain, "src 192.0.2.1 dst 192.0.2.2\n");
    pack_gzip(&packed, &plain);
    refused(&packed, "inside the gzip data: text, not a capture; this looks like SA definitions: give it with -s");
    text_clear(&plain);
    text_clear(&packed);
    text_add(&plain, "", 0);
    pack_zstd(&packed, &plain);
    refused(&packed, "inside the zstd data: empty");
    text_clear(&packed);
    text_add(&packed, "\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff", 13);
    refused(&packed, "nothing could be read: the gzip data are damaged: invalid block type");
    text_clear(&packed);
    text_add(&packed, "\x1f\x8b\x08\0", 4);
    refused(&packed, "nothing could be read: the gzip data end too early");
    text_free(&plain);
    text_free(&packed);
}

static void test_pcapng_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct text plain = { 0 }, packed = { 0 };
        maker_section(&plain, false);
        maker_interface(&plain, false, 1, 0, NULL);
        for (unsigned packet = 0; packet < 1000; packet++)
            maker_packet(&plain, false, 0, packet, 100 + packet % 900, 2000, packet * 7, NULL);
        packs[i](&packed, &plain);
        struct source *source = maker_open(&packed);
        assert_int_equal(check(source), 1000);
        assert_null(source_damage(source));
        source_close(source);
        packed.length -= 3;
        source = maker_open(&packed);
        assert_in_range(check(source), i == 0 ? 1000 : 0, 1000);
        assert_non_null(strstr(source_damage(source), i == 0 ? "the gzip data end too early" : "the zstd data end too early"));
        source_close(source);
        text_free(&plain);
        text_free(&packed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_no_capture_inside),
        cmocka_unit_test(test_pcapng_inside),
    };
    return cmocka_run_group_tests(tests, maker_folder_make, maker_folder_drop);
}
