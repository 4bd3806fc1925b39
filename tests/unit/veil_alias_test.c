/* alias: the tree of prefixes stays a tree of the same form; ranges; what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "veil/alias.h"

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix;
    assert_true(prefix_parse(text, strlen(text), &prefix));
    return prefix;
}

static struct addr addr_of(const char *text)
{
    return prefix_of(text).addr;
}

static bool inside(const char *range, const struct addr *addr)
{
    struct prefix prefix = prefix_of(range);
    return prefix_holds(&prefix, addr);
}

/* xorshift: the same everywhere */
static uint64_t noise(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct addr noise_addr(uint64_t *state, uint8_t family)
{
    struct addr addr = { .family = family };
    for (unsigned i = 0; i < (family == 4 ? 4 : 16); i++) /* few values, so that much is shared */
        addr.bytes[i] = (uint8_t)(noise(state) % (i < 3 ? 3 : 256));
    addr.bytes[0] = family == 4 ? (uint8_t)(20 + noise(state) % 3) : 0x20;
    return addr;
}

#define HOSTS 300
#define PREFIXES 60

/* What held what holds it, and what did not does not; hosts and prefixes stay different. */
static void same_form(uint64_t seed, uint8_t family)
{
    static struct addr hosts[HOSTS];
    static struct prefix prefixes[PREFIXES];
    uint64_t state = seed;
    struct alias *alias = alias_create();
    assert_non_null(alias);
    for (unsigned i = 0; i < HOSTS; i++) {
        hosts[i] = noise_addr(&state, family);
        struct addr same = alias_addr(alias, &hosts[i]);
        assert_true(addr_equal(&same, &hosts[i]));
    }
    for (unsigned i = 0; i < PREFIXES; i++) {
        struct addr addr = i % 2 ? hosts[i] : noise_addr(&state, family);
        char text[PREFIX_TEXT_MAX + 8];
        size_t length = addr_print(&addr, text);
        snprintf(text + length, 8, "/%u", (unsigned)(1 + noise(&state) % (family == 4 ? 32 : 128)));
        prefixes[i] = prefix_of(text);
        alias_note_prefix(alias, &prefixes[i]);
    }
    assert_true(alias_settle(alias));
    for (unsigned i = 0; i < HOSTS; i++) {
        struct addr host = alias_addr(alias, &hosts[i]);
        assert_int_equal(host.family, family);
        for (unsigned k = 0; k < PREFIXES; k++) {
            struct prefix prefix = alias_prefix(alias, &prefixes[k]);
            assert_int_equal(prefix_holds(&prefix, &host), prefix_holds(&prefixes[k], &hosts[i]));
        }
        for (unsigned k = 0; k < i; k++) {
            struct addr other = alias_addr(alias, &hosts[k]);
            assert_int_equal(addr_equal(&other, &host), addr_equal(&hosts[k], &hosts[i]));
        }
    }
    for (unsigned i = 0; i < PREFIXES; i++)
        for (unsigned k = 0; k < PREFIXES; k++) {
            struct prefix one = alias_prefix(alias, &prefixes[i]), other = alias_prefix(alias, &prefixes[k]);
            bool before = prefix_holds(&prefixes[i], &prefixes[k].addr) && prefixes[i].bits <= prefixes[k].bits;
            bool after = prefix_holds(&one, &other.addr) && one.bits <= other.bits;
            if (before)
                assert_true(after);
            else if (one.bits != other.bits) /* a prefix that needs less room than it had may become as small as one inside */
                assert_false(after);
        }
    alias_destroy(alias);
}

static void test_the_form_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        same_form(seed * 0x9e3779b97f4a7c15u, 4);
        same_form(seed * 0x9e3779b97f4a7c15u, 6);
    }
}

static void test_networks_keep_their_size(void **state)
{
    (void)state;
    struct alias *alias = alias_create();
    struct addr one = addr_of("172.20.1.5"), two = addr_of("172.20.1.200"), far = addr_of("172.20.2.5"), six = addr_of("2a00:1450::5");
    struct prefix net = prefix_of("172.20.1.0/24"), part = prefix_of("172.20.1.192/26"), wide = prefix_of("172.16.0.0/12"), all = prefix_of("0.0.0.0/0");
    alias_note_prefix(alias, &net);
    alias_note_prefix(alias, &part);
    alias_note_prefix(alias, &wide);
    alias_note_prefix(alias, &all);
    alias_addr(alias, &one);
    alias_addr(alias, &two);
    alias_addr(alias, &far);
    alias_addr(alias, &six);
    assert_true(alias_settle(alias));
    assert_int_equal(alias_prefix(alias, &net).bits, 24);
    assert_int_equal(alias_prefix(alias, &part).bits, 26);
    assert_in_range(alias_prefix(alias, &wide).bits, 13, 23);
    assert_int_equal(alias_prefix(alias, &all).bits, 0);
    six = alias_addr(alias, &six);
    assert_true(inside("2001:db8::/32", &six));
    alias_destroy(alias);
}

/* Three networks of the documentation's, then 512 of RFC 2544's, then 10.0.0.0/8. */
static void test_ranges_in_their_order(void **state)
{
    (void)state;
    static const char *const first[] = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" };
    for (unsigned networks = 1; networks <= 1000; networks += 37) {
        struct alias *alias = alias_create();
        for (unsigned i = 0; i < networks; i++) {
            struct addr addr = { .bytes = { 20, (uint8_t)(i >> 8), (uint8_t)i, 9 }, .family = 4 };
            alias_addr(alias, &addr);
        }
        assert_true(alias_settle(alias));
        for (unsigned i = 0; i < networks; i++) {
            struct addr addr = { .bytes = { 20, (uint8_t)(i >> 8), (uint8_t)i, 9 }, .family = 4 }, now = alias_addr(alias, &addr);
            assert_true(inside(i < 3 ? first[i] : i < 515 ? "198.18.0.0/15" : "10.0.0.0/8", &now));
            assert_int_equal(now.bytes[3], 1);
        }
        alias_destroy(alias);
    }
}

static void test_nobody_stays(void **state)
{
    (void)state;
    static const char *const stay[] = { "0.0.0.0", "127.0.0.1", "224.0.0.22", "255.255.255.255", "169.254.3.4", "::", "::1", "ff02::1", "ff02::16" };
    struct alias *alias = alias_create();
    struct addr local = addr_of("fe80::211:22ff:fe33:4455"), group = addr_of("ff02::1:ff33:4455"), strange = addr_of("8.8.8.8");
    alias_addr(alias, &local);
    assert_true(alias_settle(alias));
    for (unsigned i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        struct addr addr = addr_of(stay[i]), same = alias_addr(alias, &addr);
        assert_true(addr_equal(&addr, &same));
    }
    struct addr now = alias_addr(alias, &local), wanted = addr_of("fe80::1"), gone = alias_addr(alias, &strange);
    assert_true(addr_equal(&now, &wanted));
    now = alias_addr(alias, &group);
    wanted = addr_of("ff02::1:ff00:0");
    assert_true(addr_equal(&now, &wanted));
    assert_true(addr_is_zero(&gone)); /* never noted: not shown either */
    alias_destroy(alias);
}

static void test_links(void **state)
{
    (void)state;
    static const uint8_t made[][6] = { { 0, 1, 2, 3, 4, 5 }, { 0xfe, 0xff, 0, 0, 1, 9 }, { 0, 1, 2, 3, 4, 6 } };
    static const uint8_t wanted[][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 3 }, { 2, 0, 0, 0, 0, 2 } };
    uint8_t all[6] = { 255, 255, 255, 255, 255, 255 }, node[6] = { 0x33, 0x33, 0xff, 7, 8, 9 }, mac[6];
    struct alias *alias = alias_create();
    for (unsigned i = 0; i < 3; i++) {
        memcpy(mac, made[i], 6);
        alias_link(alias, mac);
        assert_memory_equal(mac, made[i], 6);
    }
    assert_true(alias_settle(alias));
    for (unsigned i = 0; i < 3; i++) {
        memcpy(mac, made[i], 6);
        alias_link(alias, mac);
        assert_memory_equal(mac, wanted[i], 6);
    }
    alias_link(alias, all);
    assert_memory_equal(all, "\xff\xff\xff\xff\xff\xff", 6);
    alias_link(alias, node);
    assert_memory_equal(node, "\x33\x33\xff\0\0\0", 6);
    alias_destroy(alias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_stays),
        cmocka_unit_test(test_networks_keep_their_size),
        cmocka_unit_test(test_ranges_in_their_order),
        cmocka_unit_test(test_nobody_stays),
        cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
