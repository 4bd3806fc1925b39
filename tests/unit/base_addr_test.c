/* base_addr: addresses and prefixes as text and back, what a prefix holds, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>

#include "base/addr.h"

static struct addr parsed(const char *text)
{
    struct addr addr;
    assert_true(addr_parse(text, strlen(text), &addr));
    return addr;
}

/* Left: as people write it; right: RFC 5952, sections 4.1 to 4.3 and 5. */
static void test_print(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "192.0.2.1", "192.0.2.1" },
        { "0.0.0.0", "0.0.0.0" },
        { "255.255.255.255", "255.255.255.255" },
        { "2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1" },
        { "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
        { "0:0:0:0:0:0:0:0", "::" },
        { "0:0:0:0:0:0:0:1", "::1" },
        { "fe80:0:0:0:0:0:0:0", "fe80::" },
        { "::ffff:192.0.2.33", "::ffff:192.0.2.33" },
        { "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct addr addr = parsed(rows[i][0]);
        char text[ADDR_TEXT_MAX];
        assert_int_equal(addr_print(&addr, text), strlen(rows[i][1]));
        assert_string_equal(text, rows[i][1]);
    }
    char text[ADDR_TEXT_MAX];
    struct addr none = { 0 };
    addr_print(&none, text);
    assert_string_equal(text, "*");
}

/* Whatever is printed is read back as the same address. */
static void test_round_trip(void **state)
{
    (void)state;
    srandom(5952);
    for (unsigned i = 0; i < 20000; i++) {
        struct addr addr = { .family = i % 2 ? 6 : 4 }, back;
        unsigned length = addr.family == 6 ? 16 : 4;
        for (unsigned at = 0; at < length; at++)
            addr.bytes[at] = random() % 3 ? (uint8_t)random() : 0;
        char text[ADDR_TEXT_MAX];
        size_t printed = addr_print(&addr, text);
        assert_int_equal(printed, strlen(text));
        assert_true(addr_parse(text, printed, &back));
        assert_true(addr_equal(&addr, &back));
        assert_int_equal(addr_compare(&addr, &back), 0);
    }
}

static void test_no_address(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", " ", "*", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/8", "::1%eth0",
                                         ":::", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8:9", "host.example", "[::1]",
                                         "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111" };
    struct addr addr;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(addr_parse(wrong[i], strlen(wrong[i]), &addr));
    assert_false(addr_parse("1.2.3.4\0.5", 10, &addr));
    assert_true(addr_parse("1.2.3.45", 7, &addr)); /* exactly that many characters */
    assert_true(addr.bytes[3] == 4);
}

static void test_prefix_text(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "192.0.2.1", "192.0.2.1" },         { "192.0.2.1/32", "192.0.2.1" },      { "192.0.2.129/25", "192.0.2.128/25" },
        { "10.77.1.2/8", "10.0.0.0/8" },      { "1.2.3.4/0", "0.0.0.0/0" },         { "2001:db8::ffff/32", "2001:db8::/32" },
        { "2001:db8::1/128", "2001:db8::1" }, { "2001:db8:ffff::/33", "2001:db8:8000::/33" },
    };
    struct prefix prefix;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[PREFIX_TEXT_MAX];
        assert_true(prefix_parse(rows[i][0], strlen(rows[i][0]), &prefix));
        assert_int_equal(prefix_print(&prefix, text), strlen(rows[i][1]));
        assert_string_equal(text, rows[i][1]);
    }
    static const char *const wrong[] = { "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/ 8", "1.2.3.4/8x", "1.2.3.4/0008", "::1/129", "/8", "" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(prefix_parse(wrong[i], strlen(wrong[i]), &prefix));
}

/* Bit by bit, against the definition: the first `bits` bits are the same. */
static void test_prefix_holds(void **state)
{
    (void)state;
    srandom(4301);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned limit = i % 2 ? 128 : 32, differs = (unsigned)random() % limit;
        struct addr addr = { .family = i % 2 ? 6 : 4 };
        for (unsigned at = 0; at < limit / 8; at++)
            addr.bytes[at] = (uint8_t)random();
        struct prefix prefix = { .addr = addr, .bits = (uint8_t)((unsigned)random() % (limit + 1)) };
        for (unsigned bit = prefix.bits; bit < limit; bit++)
            prefix.addr.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
        assert_true(prefix_holds(&prefix, &addr));
        addr.bytes[differs / 8] ^= (uint8_t)(0x80u >> differs % 8);
        assert_int_equal(prefix_holds(&prefix, &addr), differs >= prefix.bits);
        assert_int_equal(prefix_is_host(&prefix), prefix.bits == limit);
    }
    struct prefix any = { 0 }, all4;
    struct addr four = parsed("192.0.2.1"), six = parsed("::1");
    assert_true(prefix_holds(&any, &four) && prefix_holds(&any, &six));
    assert_false(prefix_is_host(&any));
    assert_true(prefix_parse("0.0.0.0/0", 9, &all4));
    assert_true(prefix_holds(&all4, &four));
    assert_false(prefix_holds(&all4, &six));
}

static void test_kinds(void **state)
{
    (void)state;
    struct addr multicast4 = parsed("239.1.2.3"), below = parsed("223.255.255.255"), above = parsed("240.0.0.1");
    struct addr multicast6 = parsed("ff02::1"), unicast6 = parsed("fe80::1"), zero4 = parsed("0.0.0.0"), zero6 = parsed("::"), none = { 0 };
    assert_true(addr_is_multicast(&multicast4) && addr_is_multicast(&multicast6));
    assert_false(addr_is_multicast(&below) || addr_is_multicast(&above) || addr_is_multicast(&unicast6) || addr_is_multicast(&none));
    assert_true(addr_is_zero(&zero4) && addr_is_zero(&zero6) && addr_is_zero(&none));
    assert_false(addr_is_zero(&multicast4));
    assert_true(addr_compare(&above, &unicast6) < 0);  /* family first */
    assert_true(addr_compare(&above, &below) > 0);
    assert_false(addr_equal(&zero4, &zero6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),       cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_prefix_text), cmocka_unit_test(test_prefix_holds), cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
