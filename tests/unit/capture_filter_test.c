/*
 * capture_filter: pcap-filter expressions over one and several link types. Expected: what tcpdump selects with the same
 * expression.
 */
#include "capture_maker.h"

/* Ethernet, IPv4, UDP or ESP; or the same without Ethernet. */
static void packet(struct text *to, bool ethernet, uint8_t protocol, uint8_t host)
{
    if (ethernet)
        text_add(to, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
    text_add(to, "\x45\0\0\x28\0\0\0\0\x40", 9);
    text_char(to, (char)protocol);
    text_add(to, "\0\0\x0a\0\0\1\x0a\0\0", 9);
    text_char(to, (char)host);
    text_add(to, "\x11\x94\x11\x94\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
}

static void record(struct text *to, bool ethernet, uint8_t protocol, uint8_t host)
{
    maker_head(to, false, 1, 0, ethernet ? 54 : 40, ethernet ? 54 : 40);
    packet(to, ethernet, protocol, host);
}

static void block(struct text *to, uint32_t interface, bool ethernet, uint8_t protocol, uint8_t host)
{
    struct text body = { 0 };
    maker_32(&body, false, interface);
    maker_64(&body, false, 0);
    maker_32(&body, false, ethernet ? 54 : 40);
    maker_32(&body, false, ethernet ? 54 : 40);
    packet(&body, ethernet, protocol, host);
    maker_block(to, false, 6, &body);
    text_free(&body);
}

/* The numbers of the frames that pass, as "1 4 ", or the error. */
static void passes(const struct text *bytes, const char *expression, const char *expected)
{
    struct error error = { "" };
    struct text got = { 0 };
    struct source *source = source_open_memory(bytes->chars, bytes->length, &(struct source_options){ .filter = expression }, &error);
    text_put(&got, error.message);
    struct frame frames[CAPTURE_BATCH];
    for (size_t count; source != NULL && (count = source_read(source, frames)) > 0;) {
        for (size_t i = 0; i < count; i++)
            text_printf(&got, "%u ", (unsigned)frames[i].number);
    }
    assert_string_equal(got.chars != NULL ? got.chars : "", expected);
    if (source != NULL)
        assert_null(source_damage(source));
    source_close(source);
    text_free(&got);
}

static void test_one_linktype(void **state)
{
    (void)state;
    for (int ethernet = 0; ethernet < 2; ethernet++) {
        struct text bytes = { 0 };
        maker_pcap(&bytes, false, 0xa1b2c3d4, 0, ethernet ? 1 : 101);
        record(&bytes, ethernet, 50, 2);
        record(&bytes, ethernet, 17, 2);
        record(&bytes, ethernet, 50, 3);
        record(&bytes, ethernet, 51, 4);
        passes(&bytes, NULL, "1 2 3 4 ");
        passes(&bytes, "", "1 2 3 4 ");
        passes(&bytes, "esp", "1 3 ");
        passes(&bytes, "esp or ah", "1 3 4 ");
        passes(&bytes, "host 10.0.0.3", "3 ");
        passes(&bytes, "udp port 4500 or udp port 500", "2 ");
        passes(&bytes, "ip6", "");
        passes(&bytes, "greater 5000", "");
        passes(&bytes, "esp and", "the filter does not compile: can't parse filter expression: syntax error");
        passes(&bytes, "udp port 99999", "the filter does not compile: illegal port number 99999 > 65535");
        text_free(&bytes);
    }
}

static void test_two_linktypes(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_section(&bytes, false);
    maker_interface(&bytes, false, 101, 0, NULL);
    maker_interface(&bytes, false, 1, 0, NULL);
    block(&bytes, 0, false, 50, 2);
    block(&bytes, 1, true, 50, 2);
    block(&bytes, 1, true, 17, 2);
    block(&bytes, 0, false, 17, 3);
    maker_interface(&bytes, false, 108, 0, NULL); /* comes late */
    passes(&bytes, "esp", "1 2 ");
    passes(&bytes, "host 10.0.0.3", "4 ");
    passes(&bytes, "ether src 02:00:00:00:00:02", "2 3 "); /* means nothing on raw IP, so it selects nothing there */
    passes(&bytes, "esp esp", "the filter does not compile: can't parse filter expression: syntax error");
    text_free(&bytes);
}

/* The expression is read even where there is nothing to select from. */
static void test_no_packets(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_section(&bytes, false);
    passes(&bytes, "esp", "");
    passes(&bytes, "esp esp", "the filter does not compile: can't parse filter expression: syntax error");
    text_free(&bytes);
}

/* More link types than programs are kept: theirs are not selected, and nothing breaks. */
static void test_many_linktypes(void **state)
{
    (void)state;
    struct text bytes = { 0 };
    maker_section(&bytes, false);
    for (unsigned i = 0; i < 300; i++)
        maker_interface(&bytes, false, (uint16_t)(i + 1), 0, NULL);
    block(&bytes, 0, true, 50, 2);
    block(&bytes, 299, true, 50, 2);
    passes(&bytes, "esp", "1 ");
    text_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_linktype),
        cmocka_unit_test(test_two_linktypes),
        cmocka_unit_test(test_no_packets),
        cmocka_unit_test(test_many_linktypes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
