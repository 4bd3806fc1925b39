/* capture_allocation: once the largest frame was met, reading allocates nothing. */
#include "capture_maker.h"
#include "allocation_counter.h"

static void read_all(const struct text *bytes, const char *filter, unsigned expected)
{
    struct error error = { "" };
    struct source *source = source_open_memory(bytes->chars, bytes->length, &(struct source_options){ .filter = filter }, &error);
    assert_non_null(source);
    struct frame frames[CAPTURE_BATCH];
    size_t total = source_read(source, frames);
    size_t before = calls;
    for (size_t count; (count = source_read(source, frames)) > 0;)
        total += count;
    assert_int_equal(calls, before);
    assert_int_equal(total, expected);
    assert_null(source_damage(source));
    source_close(source);
}

static void test_no_allocation(void **state)
{
    (void)state;
    if (!COUNTS) {
        print_message("SKIP: this build has an allocator of its own\n");
        return;
    }
    struct text pcap = { 0 }, pcapng = { 0 };
    maker_pcap(&pcap, false, 0xa1b2c3d4, 0, 1);
    maker_section(&pcapng, false);
    maker_interface(&pcapng, false, 1, 0, NULL);
    for (unsigned i = 0; i < 5000; i++) {
        uint32_t length = i == 0 ? 9000 : i * 37 % 9000;
        maker_record(&pcap, false, i, 0, length, length, i);
        maker_packet(&pcapng, false, 0, i, length, length, i, NULL);
    }
    size_t before = calls;
    free(malloc(1));
    assert_true(calls > before); /* the count counts */
    read_all(&pcap, NULL, 5000);
    read_all(&pcap, "greater 0", 5000);
    read_all(&pcapng, NULL, 5000);
    read_all(&pcapng, "greater 0", 5000);
    text_free(&pcap);
    text_free(&pcapng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
