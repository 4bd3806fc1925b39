/* receiver_known: where an SPI without an SA means something. */
#include "sa_maker.h"

#include "base/bytes.h"
#include "receiver/known.h"

static enum known_how how(const struct known *known, const char *src, const char *dst, uint8_t proto, const struct known_pair **pair)
{
    struct addr from = maker_addr(src), to = maker_addr(dst);
    const struct known_pair *spare;
    return known_how(known, &from, &to, proto, pair ? pair : &spare);
}

static void add(struct known *known, const char *src, const char *dst, bool dated, int64_t add_ns, bool history, bool esp_only)
{
    struct addr none = { 0 }, from = src ? maker_addr(src) : none, to = dst ? maker_addr(dst) : none;
    known_add_pair(known, &from, &to, dated, add_ns, history, esp_only);
}

static void test_receivers(void **state)
{
    (void)state;
    struct known *known = known_create(NULL);
    struct prefix four = maker_prefix("10.77.0.0/24"), six = maker_prefix("fd77::/64");
    assert_int_equal(how(known, "10.0.0.1", "10.77.0.2", 50, NULL), KNOWN_NOT);
    assert_true(known_add_receiver(known, &four, NULL));
    assert_true(known_add_receiver(known, &six, NULL));
    assert_int_equal(how(known, "203.0.113.1", "10.77.0.2", 50, NULL), KNOWN_RECEIVER); /* from whatever peer */
    assert_int_equal(how(known, "10.77.0.2", "203.0.113.1", 50, NULL), KNOWN_NOT);      /* the other way is the peer's table */
    assert_int_equal(how(known, "::1", "fd77::ffff", 51, NULL), KNOWN_RECEIVER);
    assert_int_equal(how(known, "::1", "fd77:0:0:1::1", 51, NULL), KNOWN_NOT);
    known_refuse_all(known);
    assert_int_equal(how(known, "203.0.113.1", "10.77.0.2", 50, NULL), KNOWN_NOT);
    known_destroy(known);
}

static void test_pairs(void **state)
{
    (void)state;
    struct known *known = known_create(NULL);
    const struct known_pair *pair;
    add(known, "192.0.2.1", "192.0.2.2", true, 100 * SECOND, false, false);
    add(known, "192.0.2.1", "192.0.2.2", true, 50 * SECOND, false, false);
    assert_int_equal(how(known, "192.0.2.1", "192.0.2.2", 50, &pair), KNOWN_PAIR);
    assert_true(pair->dated && !pair->history && !pair->timeless && pair->newest_add_ns == 100 * SECOND);
    assert_int_equal(how(known, "192.0.2.2", "192.0.2.1", 50, &pair), KNOWN_NOT); /* that direction was not named */
    assert_null(pair);
    assert_int_equal(how(known, "192.0.2.3", "192.0.2.2", 50, NULL), KNOWN_NOT);  /* another tunnel of the same gateway */
    add(known, "192.0.2.5", "192.0.2.6", false, 0, false, true);
    assert_int_equal(how(known, "192.0.2.5", "192.0.2.6", 50, NULL), KNOWN_PAIR);
    assert_int_equal(how(known, "192.0.2.5", "192.0.2.6", 51, NULL), KNOWN_NOT);  /* a format without AH says nothing of AH */
    add(known, NULL, "192.0.2.7", false, 0, false, false);
    assert_int_equal(how(known, "203.0.113.9", "192.0.2.7", 50, NULL), KNOWN_PAIR);
    assert_int_equal(known_table(known)->sas, 4);
    known_destroy(known);
}

/* Lines of logs tell of single SAs; a table that names the pair as well tells of all of them. */
static void test_told(void **state)
{
    (void)state;
    struct known *known = known_create(NULL);
    const struct known_pair *pair;
    struct addr src = maker_addr("192.0.2.1"), dst = maker_addr("192.0.2.2");
    known_add_told(known, &src, &dst);
    known_add_told(known, &src, &dst);
    assert_int_equal(how(known, "192.0.2.1", "192.0.2.2", 50, &pair), KNOWN_PAIR);
    assert_true(pair->told && pair->sas == 2);
    assert_int_equal(known_table(known)->sas, 0);
    add(known, "192.0.2.1", "192.0.2.2", true, 100 * SECOND, false, true);
    assert_int_equal(how(known, "192.0.2.1", "192.0.2.2", 50, &pair), KNOWN_PAIR);
    assert_true(!pair->told && pair->dated && pair->esp_only);
    known_add_told(known, &src, &dst);
    assert_int_equal(how(known, "192.0.2.1", "192.0.2.2", 50, &pair), KNOWN_PAIR);
    assert_false(pair->told);
    known_destroy(known);
}

static void test_many(void **state)
{
    (void)state;
    struct known *known = known_create(NULL);
    struct addr src = maker_addr("10.0.0.0"), dst = maker_addr("192.0.2.2"), other = maker_addr("192.0.2.3");
    const struct known_pair *pair;
    for (unsigned i = 0; i < 50000; i++) {
        bytes_put32(src.bytes, 0x0a000000 + i);
        known_add_pair(known, &src, &dst, true, i, false, false);
    }
    for (unsigned i = 0; i < 50000; i++) {
        bytes_put32(src.bytes, 0x0a000000 + i);
        assert_int_equal(known_how(known, &src, &dst, 50, &pair), KNOWN_PAIR);
        assert_true(pair->newest_add_ns == i);
        assert_int_equal(known_how(known, &src, &other, 50, &pair), KNOWN_NOT);
    }
    known_destroy(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receivers),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
