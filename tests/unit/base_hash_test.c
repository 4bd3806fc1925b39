/* base_hash: equal input gives equal hashes, keys matter, and neither counters nor single bits crowd one bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/hash.h"

#define BUCKETS 4096u

static void test_keyed(void **state)
{
    (void)state;
    struct hash_key one, other;
    hash_key_make(&one);
    hash_key_make(&other);
    assert_memory_not_equal(&one, &other, sizeof one);
    assert_true(hash_words(&one, 1, 2, 3) == hash_words(&one, 1, 2, 3));
    unsigned same = 0;
    for (uint64_t i = 0; i < 1000; i++)
        same += hash_words(&one, i, 0, 0) % BUCKETS == hash_words(&other, i, 0, 0) % BUCKETS;
    assert_true(same < 20);
}

static unsigned fullest(const uint32_t counts[BUCKETS])
{
    unsigned most = 0;
    for (unsigned i = 0; i < BUCKETS; i++)
        most = counts[i] > most ? counts[i] : most;
    return most;
}

/* 16 a bucket on average; with a fair hash the chance of 60 in any is below one in a billion. */
static void test_spread(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        static uint32_t counts[BUCKETS];
        struct hash_key key;
        hash_key_make(&key);
        memset(counts, 0, sizeof counts);
        for (uint64_t i = 0; i < 16 * BUCKETS; i++) {
            uint64_t words[3] = { 0 };
            words[round % 3] = round < 3 ? i : i << 32; /* counters low and high, as SPIs come */
            counts[hash_words(&key, words[0], words[1], words[2]) % BUCKETS]++;
        }
        assert_true(fullest(counts) < 60);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    struct hash_key key;
    hash_key_make(&key);
    uint8_t data[66];
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    for (size_t length = 0; length <= 64; length++) {
        uint64_t whole = hash_bytes(&key, data + 1, length);
        uint8_t moved[64];
        memcpy(moved, data + 1, length);
        assert_true(hash_bytes(&key, moved, length) == whole); /* alignment does not matter */
        for (size_t at = 0; at < length; at++) {
            moved[at] ^= 1;
            assert_true(hash_bytes(&key, moved, length) != whole);
            moved[at] ^= 1;
        }
        if (length < 64) {
            uint8_t longer[65] = { 0 };
            memcpy(longer, data + 1, length);
            assert_true(hash_bytes(&key, longer, length + 1) != whole); /* a zero behind is not nothing */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyed),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
