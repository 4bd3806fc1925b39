/* nonce: senders that make IVs by a rule are trusted while they keep to it; an IV that comes twice is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "track/nonce.h"

#define MIX UINT64_C(0x5bd1e995a3c2f017)

struct ask {
    struct sa sa;
    uint32_t tables;
    uint64_t other;
};

static bool look(struct ask *ask, uint64_t iv, uint64_t full)
{
    return nonce_look(&ask->sa, iv, full, &ask->tables, &ask->other);
}

static void done(struct ask *ask)
{
    free(ask->sa.nonce);
}

/* As Linux (seqiv) makes it: the number XOR a constant. */
static void test_numbers_mixed_with_a_constant(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    for (uint64_t seq = 1; seq < 5000; seq++)
        assert_false(look(&ask, seq ^ MIX, seq));
    assert_false(look(&ask, 5001 ^ MIX, 5001));
    assert_false(look(&ask, 5000 ^ MIX, 5000)); /* late */
    assert_true(nonce_follows(ask.sa.nonce));
    assert_int_equal(ask.tables, 0);
    done(&ask);
}

static void test_counters_from_a_random_start(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    for (uint64_t seq = 1; seq < 5000; seq++)
        assert_false(look(&ask, UINT64_MAX - 2000 + seq, seq)); /* wraps */
    assert_int_equal(ask.tables, 0);
    done(&ask);
}

static void test_with_the_high_half(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    for (uint64_t seq = UINT32_MAX - 100; seq < (uint64_t)UINT32_MAX + 100; seq++)
        assert_false(look(&ask, seq ^ MIX, seq));
    assert_int_equal(ask.tables, 0);
    done(&ask);
}

static void test_a_number_again(void **state)
{
    (void)state;
    for (int mixed = 0; mixed < 2; mixed++) {
        struct ask ask = { 0 };
        for (uint64_t seq = 1; seq < 1000; seq++)
            assert_false(look(&ask, mixed ? seq ^ MIX : seq + MIX, seq));
        assert_true(look(&ask, mixed ? 77 ^ MIX : 77 + MIX, 1000));
        assert_int_equal(ask.other, 77);
        assert_false(nonce_follows(ask.sa.nonce));
        assert_int_equal(ask.tables, 1);
        done(&ask);
    }
}

static void test_the_second_packet_already(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    assert_false(look(&ask, 42, 1));
    assert_true(look(&ask, 42, 2));
    assert_int_equal(ask.other, 1);
    assert_true(look(&ask, 42, 3));
    done(&ask);
}

/* The same packet again, as without a replay check. */
static void test_a_duplicate_is_none(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    for (unsigned i = 0; i < 3; i++)
        assert_false(look(&ask, 42, 1));
    assert_false(look(&ask, 99, 2));
    for (unsigned i = 0; i < 3; i++)
        assert_false(look(&ask, 1234567, 3));
    assert_false(look(&ask, 42, 1));
    done(&ask);
}

/* IVs without a rule: the last ones are known. */
static void test_random_ivs(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    uint64_t iv[2000], seed = 88172645463325252u;
    unsigned found = 0;
    for (unsigned i = 0; i < 2000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        iv[i] = seed;
        assert_false(look(&ask, iv[i], i + 1));
    }
    assert_int_equal(ask.tables, 1);
    for (unsigned i = 1980; i < 2000; i++)
        found += look(&ask, iv[i], 3000 + i);
    assert_in_range(found, 15, 20); /* one that shares its place with a later one is forgotten */
    done(&ask);
}

/* After the rule is broken once, one that keeps to it is compared as well. */
static void test_a_repeat_that_keeps_to_the_rule(void **state)
{
    (void)state;
    struct ask ask = { 0 };
    for (uint64_t seq = 1; seq < 100; seq++)
        assert_false(look(&ask, seq, seq));
    assert_false(look(&ask, 120, 100)); /* ahead of its number */
    for (uint64_t seq = 101; seq < 120; seq++)
        assert_false(look(&ask, seq, seq));
    assert_true(look(&ask, 120, 120));
    assert_int_equal(ask.other, 100);
    done(&ask);
}

static void test_tables_are_counted(void **state)
{
    (void)state;
    struct ask ask = { .tables = NONCE_TABLES_MAX };
    for (uint64_t seq = 1; seq < 100; seq++)
        assert_false(look(&ask, seq, seq));
    assert_true(look(&ask, 50, 100));
    assert_int_equal(ask.tables, NONCE_TABLES_MAX);
    assert_false(look(&ask, 123456, 101));
    assert_false(look(&ask, 123456, 102)); /* nothing remembers it */
    assert_true(look(&ask, 51, 103));
    done(&ask);
}

static void test_which_ciphers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool matters;
    } rows[] = { { "AES-GCM-16", true }, { "AES-GCM-8", true }, { "AES-CCM-16", true }, { "AES-CTR", true }, { "NULL-AES-GMAC", true },
                 { "CHACHA20-POLY1305", true }, { "AES-CBC", false }, { "3DES-CBC", false }, { "NULL", false },
                 { "AES-GCM-16-IIV", false } /* the number is the IV */ };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sa_definition definition = { .proto = SA_PROTO_ESP };
        definition.encryption = suite_encryption_find(DIALECT_ESPLAIN, rows[i].name, strlen(rows[i].name), 0);
        assert_non_null(definition.encryption);
        assert_int_equal(nonce_matters(&definition), rows[i].matters);
    }
    assert_false(nonce_matters(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_mixed_with_a_constant), cmocka_unit_test(test_counters_from_a_random_start),
        cmocka_unit_test(test_with_the_high_half),            cmocka_unit_test(test_a_number_again),
        cmocka_unit_test(test_the_second_packet_already),     cmocka_unit_test(test_a_duplicate_is_none),
        cmocka_unit_test(test_random_ivs),                    cmocka_unit_test(test_a_repeat_that_keeps_to_the_rule),
        cmocka_unit_test(test_tables_are_counted),            cmocka_unit_test(test_which_ciphers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
