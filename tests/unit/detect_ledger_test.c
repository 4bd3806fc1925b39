/* ledger: bounded under floods, every hit counted, the order of first meeting kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "detect/rows.h"

#define FLOOD 100000u

/* xorshift: the same flood in each run */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static struct addr host(uint32_t number)
{
    uint8_t bytes[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };
    return addr_ip4(bytes);
}

static struct subject esp(uint32_t src, uint32_t dst, uint32_t spi)
{
    return (struct subject){ .src = host(src), .dst = host(dst), .proto = SA_PROTO_ESP, .has_spi = true, .spi = spi };
}

static struct finding *hit(struct ledger *ledger, const struct subject *subject, enum cause cause, uint64_t frame,
                           bool *is_new)
{
    struct place place = { 0, frame, (int64_t)frame * 1000 };
    return ledger_hit(ledger, &condition_unknown_spi, cause, subject, &place, is_new);
}

static uint64_t all_hits(struct ledger *ledger)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ledger_count(ledger); i++)
        sum += ledger_at(ledger, i)->count;
    return sum;
}

static void assert_ordered(struct ledger *ledger)
{
    for (uint32_t i = 1; i < ledger_count(ledger); i++)
        assert_true(ledger_at(ledger, i - 1)->first.frame < ledger_at(ledger, i)->first.frame);
}

static void test_repeats_are_counted(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_create();
    struct subject subject = esp(1, 2, 0x1001);
    bool is_new;
    struct finding *first = hit(ledger, &subject, CAUSE_UNEXPLAINED, 7, &is_new);
    assert_true(is_new);
    assert_int_equal(first->sa, SADB_NONE);
    for (uint64_t frame = 8; frame < 1007; frame++) {
        assert_ptr_equal(hit(ledger, &subject, CAUSE_UNEXPLAINED, frame, &is_new), first);
        assert_false(is_new);
    }
    assert_int_equal(ledger_count(ledger), 1);
    assert_int_equal(first->count, 1000);
    assert_int_equal(first->first.frame, 7);
    assert_int_equal(first->last.frame, 1006);
    assert_int_equal(first->merged, 0);
    ledger_destroy(ledger);
}

static void test_key_is_condition_cause_and_subject(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_create();
    struct place place = { 0, 1, 1 };
    bool is_new;
    struct subject base = esp(1, 2, 3), others[6];
    for (unsigned i = 0; i < 6; i++)
        others[i] = base;
    others[0].spi = 4;
    others[1].src = host(9);
    others[2].dst = host(9);
    others[3].proto = SA_PROTO_AH;
    others[4].has_spi = false;
    others[5].src = (struct addr){ .family = 6 };
    ledger_hit(ledger, &condition_replayed, CAUSE_NONE, &base, &place, &is_new);
    for (unsigned i = 0; i < 6; i++) {
        ledger_hit(ledger, &condition_replayed, CAUSE_NONE, &others[i], &place, &is_new);
        assert_true(is_new);
    }
    ledger_hit(ledger, &condition_replayed, CAUSE_SEQUENCE_ZERO, &base, &place, &is_new);
    assert_true(is_new);
    ledger_hit(ledger, &condition_too_old, CAUSE_NONE, &base, &place, &is_new);
    assert_true(is_new);
    assert_int_equal(ledger_count(ledger), 9);
    /* an SPI that is not there is not a part of the key */
    struct subject again = others[4];
    again.spi = 77;
    ledger_hit(ledger, &condition_replayed, CAUSE_NONE, &again, &place, &is_new);
    assert_false(is_new);
    ledger_destroy(ledger);
}

static void test_flood_of_spis_between_two_hosts(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_create();
    uint32_t seed = 1;
    bool is_new;
    for (uint32_t i = 0; i < FLOOD; i++) {
        struct subject subject = esp(1, 2, next_random(&seed));
        hit(ledger, &subject, CAUSE_UNEXPLAINED, i + 1, &is_new);
    }
    /* the first 32 by themselves, the others on one finding without an SPI */
    assert_int_equal(ledger_count(ledger), LEDGER_PER_PAIR + 1);
    struct finding *rest = ledger_at(ledger, LEDGER_PER_PAIR);
    assert_false(rest->subject.has_spi);
    assert_int_equal(rest->count, FLOOD - LEDGER_PER_PAIR);
    assert_int_equal(rest->merged, FLOOD - LEDGER_PER_PAIR);
    assert_int_equal(all_hits(ledger), FLOOD);
    assert_ordered(ledger);
    /* another pair is not crowded out */
    struct subject other = esp(3, 2, 5);
    struct finding *finding = hit(ledger, &other, CAUSE_UNEXPLAINED, FLOOD + 1, &is_new);
    assert_true(is_new);
    assert_int_equal(finding->subject.spi, 5);
    ledger_destroy(ledger);
}

static void test_flood_of_sources(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_create();
    uint32_t seed = 1;
    bool is_new;
    struct subject early = esp(0x0a000001, 2, 0x1001);
    struct finding *known = hit(ledger, &early, CAUSE_UNEXPLAINED, 1, &is_new);
    for (uint32_t i = 0; i < FLOOD; i++) {
        uint32_t src = next_random(&seed);
        struct subject subject = esp(src, 2, next_random(&seed));
        assert_non_null(hit(ledger, &subject, CAUSE_UNEXPLAINED, i + 2, &is_new));
    }
    assert_in_range(ledger_count(ledger), LEDGER_MAX, LEDGER_MAX + 1);
    assert_int_equal(all_hits(ledger), FLOOD + 1);
    assert_ordered(ledger);
    struct finding *overflow = ledger_at(ledger, ledger_count(ledger) - 1);
    assert_int_equal(overflow->subject.src.family, 0);
    assert_int_equal(overflow->merged, overflow->count);
    /* what was there before the flood goes on being counted by itself */
    assert_ptr_equal(hit(ledger, &early, CAUSE_UNEXPLAINED, FLOOD + 2, &is_new), known);
    assert_int_equal(known->count, 2);
    ledger_destroy(ledger);
}

static void test_each_condition_has_room_when_the_ledger_is_full(void **state)
{
    (void)state;
    struct ledger *ledger = ledger_create();
    uint32_t seed = 5;
    bool is_new;
    for (uint32_t i = 0; i < LEDGER_MAX; i++) {
        struct subject subject = esp(next_random(&seed), i, i);
        hit(ledger, &subject, CAUSE_UNEXPLAINED, i + 1, &is_new);
    }
    for (unsigned row = 0; condition_registry[row] != NULL; row++) {
        uint64_t before = ledger_count(ledger);
        struct place place = { 0, LEDGER_MAX + row + 1, 0 };
        for (unsigned i = 0; i < 100; i++) {
            struct subject subject = esp(next_random(&seed), 0xffff0000 + i, i);
            struct finding *finding =
                ledger_hit(ledger, condition_registry[row], CAUSE_NONE, &subject, &place, &is_new);
            assert_ptr_equal(finding->condition, condition_registry[row]);
            assert_int_equal(finding->count, i + 1);
            assert_int_equal(is_new, i == 0);
        }
        assert_int_equal(ledger_count(ledger), before + 1);
    }
    ledger_destroy(ledger);
}

/* Two ledgers hash with different keys, and must tell the same story. */
static void test_order_does_not_depend_on_the_hash(void **state)
{
    (void)state;
    struct ledger *one = ledger_create(), *two = ledger_create();
    bool is_new;
    for (unsigned run = 0; run < 2; run++) {
        uint32_t seed = 9;
        for (uint32_t i = 0; i < FLOOD; i++) {
            uint32_t src = next_random(&seed) % 300;
            struct subject subject = esp(src, 2, next_random(&seed) % 5000);
            hit(run ? two : one, &subject, (enum cause)(i % 3), i + 1, &is_new);
        }
    }
    assert_int_equal(ledger_count(one), ledger_count(two));
    assert_int_equal(all_hits(one), FLOOD);
    for (uint32_t i = 0; i < ledger_count(one); i++) {
        const struct finding *a = ledger_at(one, i), *b = ledger_at(two, i);
        assert_int_equal(a->first.frame, b->first.frame);
        assert_int_equal(a->last.frame, b->last.frame);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->merged, b->merged);
        assert_int_equal(a->cause, b->cause);
        assert_true(addr_equal(&a->subject.src, &b->subject.src));
        assert_int_equal(a->subject.spi, b->subject.spi);
    }
    ledger_destroy(one);
    ledger_destroy(two);
}

static void test_facts(void **state)
{
    (void)state;
    struct finding finding = { 0 };
    finding_number(&finding, "a", 5);
    finding_number(&finding, "a", 6);
    finding_text(&finding, "b", "0123456789012345678901234567890123456789012345678901234567890");
    assert_int_equal(finding.fact_count, 2);
    assert_int_equal(finding_get(&finding, "a", 0), 6);
    assert_int_equal(finding_get(&finding, "absent", -3), -3);
    assert_int_equal(strlen(finding_fact(&finding, "b")->text), sizeof finding.facts[0].text - 1);
    assert_string_equal(finding_words(&finding, "b"), "0123456789012345678901234567890123456789012345678901234567890");
    assert_string_equal(finding_words(&finding, "a"), "");
    static const char *const names[] = { "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n",  "o",
                                         "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "aa" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        finding_number(&finding, names[i], (int64_t)i);
    assert_int_equal(finding.fact_count, FINDING_FACTS);
    assert_null(finding_fact(&finding, "y"));
    assert_int_equal(finding_get(&finding, "t", 0), 17);
    finding_text(&finding, "b", "short again");
    assert_string_equal(finding_words(&finding, "b"), "short again");
    finding_text(&finding, "z", "past the last place, which nobody sees, and longer than a fact holds by itself");
    free(finding.rest.whole);
}

static void test_heard_is_bounded_and_keeps_the_first(void **state)
{
    (void)state;
    struct heard *heard = heard_create(1000);
    for (uint32_t i = 0; i < 1000; i++) {
        heard_add(heard, &(struct heard_key){ .src = host(i), .dst = host(i + 1), .group = i % 3 });
        heard_add(heard, &(struct heard_key){ .src = host(i), .dst = host(i + 1), .group = i % 3 });
    }
    assert_false(heard_full(heard));
    for (uint32_t i = 1000; i < FLOOD; i++)
        heard_add(heard, &(struct heard_key){ .src = host(i) });
    assert_true(heard_full(heard));
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(heard_has(heard, &(struct heard_key){ host(i), host(i + 1), i % 3 }));
        assert_false(heard_has(heard, &(struct heard_key){ host(i), host(i + 1), 3 }));
        assert_false(heard_has(heard, &(struct heard_key){ host(i + 1), host(i), i % 3 }));
    }
    assert_false(heard_has(heard, &(struct heard_key){ .src = host(1000) }));
    heard_destroy(heard);
    heard = heard_create(0);
    heard_add(heard, &(struct heard_key){ .src = host(1) });
    assert_false(heard_has(heard, &(struct heard_key){ .src = host(1) }));
    heard_destroy(heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats_are_counted),
        cmocka_unit_test(test_key_is_condition_cause_and_subject),
        cmocka_unit_test(test_flood_of_spis_between_two_hosts),
        cmocka_unit_test(test_flood_of_sources),
        cmocka_unit_test(test_each_condition_has_room_when_the_ledger_is_full),
        cmocka_unit_test(test_order_does_not_depend_on_the_hash),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_heard_is_bounded_and_keeps_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
