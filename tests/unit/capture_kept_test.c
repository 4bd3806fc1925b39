/* kept: frames come back as they were, with names and comments; room is bounded; what is chosen is read in order and numbered anew. */
#include "capture_maker.h"

#include "capture/kept.h"
#include "capture/writer.h"

#define FRAMES 200u

static char path[] = "/tmp/capture_kept_test.XXXXXX";

/* Frames of lengths 0 to 199 on two interfaces, every third with comments. */
static void write_frames(void)
{
    struct text bytes = { 0 };
    struct error error = { "" };
    const char *comments[] = { "first", "", "third \xc3\xa4" };
    struct writer *writer = writer_open(path, &(struct writer_options){ .application = "app" }, &error);
    assert_non_null(writer);
    maker_fill(&bytes, FRAMES, 9);
    for (uint32_t i = 0; i < FRAMES; i++)
        assert_true(writer_packet(writer, &(struct writer_packet){ .bytes = (const uint8_t *)bytes.chars, .captured = i, .wire = i + 5, .time_ns = i * 1000,
                                                                   .linktype = i % 5 ? 1 : 101, .interface = i % 2 ? "eth0" : i % 4 ? "wan" : NULL,
                                                                   .comments = comments, .comment_count = i % 3 ? 0 : 3 }));
    assert_int_equal(writer_close(writer), 0);
    text_free(&bytes);
}

static struct kept *keep(uint64_t room, uint32_t *stored)
{
    struct error error = { "" };
    struct frame frames[CAPTURE_BATCH];
    struct kept *kept = kept_create(room);
    struct source *source = source_open(path, &(struct source_options){ .comments = true }, &error);
    assert_non_null(kept);
    assert_non_null(source);
    *stored = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;)
        for (size_t i = 0; i < count; i++)
            *stored += kept_add(kept, source, &frames[i], i);
    source_close(source);
    return kept;
}

static void test_all_comes_back(void **state)
{
    (void)state;
    uint32_t stored;
    struct kept *kept = keep(1u << 20, &stored);
    assert_int_equal(stored, FRAMES);
    assert_int_equal(kept_count(kept), FRAMES);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const struct kept_frame *row = kept_at(kept, i);
        assert_int_equal(row->frame.number, i + 1);
        assert_int_equal(row->frame.captured, i);
        assert_int_equal(row->frame.wire, i + 5);
        assert_int_equal(row->frame.linktype, i % 5 ? 1 : 101);
        assert_true(row->frame.time_ns == (int64_t)i * 1000);
        assert_true(maker_filled(&row->frame, 9));
        assert_int_equal(row->comment_count, i % 3 ? 0 : 3);
        if (i % 3 == 0)
            assert_memory_equal(row->comments, "first\0\0third \xc3\xa4", sizeof "first\0\0third \xc3\xa4");
        if (i % 4 == 0)
            assert_null(row->interface);
        else
            assert_string_equal(row->interface, i % 2 ? "eth0" : "wan");
    }
    kept_destroy(kept);
}

static void test_room_is_bounded(void **state)
{
    (void)state;
    uint32_t stored;
    struct kept *kept = keep(4096, &stored);
    assert_in_range(stored, 5, 60);
    assert_int_equal(kept_count(kept), stored);
    kept_destroy(kept);
}

static void test_chosen_ones_are_read(void **state)
{
    (void)state;
    uint32_t stored, chosen[100];
    struct frame frames[CAPTURE_BATCH];
    struct kept *kept = keep(1u << 20, &stored);
    for (uint32_t i = 0; i < 100; i++)
        chosen[i] = i * 2 + 1;
    struct source *source = kept_open(kept, chosen, 100, 4);
    assert_non_null(source);
    uint32_t at = 0;
    for (size_t count; (count = source_read(source, frames)) > 0;)
        for (size_t i = 0; i < count; i++, at++) {
            assert_int_equal(frames[i].captured, at * 2 + 1);
            assert_int_equal(frames[i].number, at + 1);
            assert_int_equal(frames[i].file, 4);
            assert_true(maker_filled(&frames[i], 9));
        }
    assert_int_equal(at, 100);
    assert_null(source_damage(source));
    source_close(source);
    kept_destroy(kept);
}

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return -1;
    close(descriptor);
    write_frames();
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_comes_back),
        cmocka_unit_test(test_room_is_bounded),
        cmocka_unit_test(test_chosen_ones_are_read),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
