/* forget: what stays is found, what went is not, whatever the order; indices and memory are used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sa/sadb.h"

#define ROUNDS 20u
#define EACH 3000u

static const struct addr dst = { .family = 4, .bytes = { 192, 0, 2, 2 } }, src = { .family = 4, .bytes = { 192, 0, 2, 1 } };

static uint32_t probe(const struct sadb *db, uint32_t spi)
{
    return sadb_probe(db, sadb_hash(db, &dst, spi, SA_PROTO_ESP), &dst, spi, SA_PROTO_ESP);
}

/* Slots collide and move up many thousand times; every entry that stays is asked for after each round. */
static void forgets_and_finds(void **state)
{
    struct error error;
    struct sadb *db = sadb_create(&error);
    uint32_t *index = calloc(ROUNDS * EACH, sizeof *index);
    uint32_t next = 256, most = 0;
    (void)state;
    assert_non_null(db);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < EACH; i++, next++)
            index[next - 256] = sadb_learn(db, &src, &dst, next, SA_PROTO_ESP, ENCAP_NONE);
        for (uint32_t spi = 256; spi < next; spi++)
            if (index[spi - 256] != SADB_NONE && (spi * 2654435761u >> 16) % 3 != 0) {
                sadb_forget(db, index[spi - 256], NULL);
                index[spi - 256] = SADB_NONE;
            }
        uint32_t stay = 0;
        for (uint32_t spi = 256; spi < next; spi++) {
            assert_int_equal(probe(db, spi), index[spi - 256]);
            stay += index[spi - 256] != SADB_NONE;
        }
        assert_int_equal(sadb_seen_count(db), stay);
        if (stay + EACH > most)
            most = stay + EACH;
        assert_true(sadb_count(db) <= most);
    }
    free(index);
    sadb_destroy(db);
}

/* A definition that has not ended stays; a seen entry goes from behind the definition that came for its key. */
static void known_stay(void **state)
{
    struct error error;
    struct sadb *db = sadb_create(&error);
    struct sa_record record = { .definition = { .src = { src, 32 }, .dst = { dst, 32 }, .spi = 4097, .proto = SA_PROTO_ESP } };
    (void)state;
    assert_non_null(db);
    uint32_t seen = sadb_learn(db, &src, &dst, 4097, SA_PROTO_ESP, ENCAP_NONE);
    uint32_t known = sadb_add(db, &record, 0, 64);
    sadb_forget(db, known, NULL);
    assert_int_equal(probe(db, 4097), known);
    assert_int_equal(sadb_sa(db, known)->older, seen);
    sadb_forget(db, seen, NULL);
    sadb_forget(db, seen, NULL);
    assert_int_equal(probe(db, 4097), known);
    assert_int_equal(sadb_sa(db, known)->older, SADB_NONE);
    assert_int_equal(sadb_seen_count(db), 0);
    sadb_destroy(db);
}

/* Ended ones go out of all chains: versions of one key, SPIs that share a bucket, destinations that are prefixes. */
static void ended_go(void **state)
{
    struct error error;
    struct sadb *db = sadb_create(&error);
    struct secrets *secrets = secrets_create();
    uint32_t index[3 * EACH], alive = 0;
    (void)state;
    assert_true(db != NULL && secrets != NULL);
    for (uint32_t i = 0; i < 3 * EACH; i++) { /* three versions of each SPI, the last one alive; every eighth has no single destination */
        struct sa_record record = { .event = SA_EVENT_ADD, .time_known = true, .time_ns = i / EACH * 1000,
                                    .definition = { .src = { src, 32 }, .dst = { dst, i % 8 ? 32 : 24 }, .spi = 256 + i % EACH, .proto = SA_PROTO_ESP } };
        record.definition.encryption_key = secrets_keep(secrets, "0123456789abcdef", 16);
        index[i] = sadb_keep(db, &record, secrets, 0, 128);
        assert_int_not_equal(index[i], SADB_NONE);
        struct sa *sa = sadb_sa(db, index[i]);
        if (i / EACH < 2) {
            sa->ended_known = true;
            sa->ended_ns = record.time_ns + 999;
        }
    }
    for (uint32_t i = 0; i < 3 * EACH; i++)
        sadb_forget(db, index[i * 7 % (3 * EACH)], NULL);
    assert_int_equal(sadb_known_count(db), EACH);
    for (uint32_t i = 0; i < EACH; i++) {
        uint32_t other, found = sadb_find(db, sadb_hash(db, &dst, 256 + i, SA_PROTO_ESP), &src, &dst, 256 + i, SA_PROTO_ESP, 2500, &other);
        assert_int_equal(found, index[2 * EACH + i]);
        assert_int_equal(sadb_by_spi(db, 256 + i), found);
        assert_int_equal(sadb_sa(db, found)->same_spi == SADB_NONE || sadb_sa(db, sadb_sa(db, found)->same_spi)->spi != 256 + i, true);
        assert_int_equal(sadb_sa(db, found)->own->definition.encryption_key.length, 16);
        alive += found != SADB_NONE;
    }
    assert_int_equal(alive, EACH);
    uint32_t count = sadb_count(db);
    for (uint32_t i = 0; i < 2 * EACH; i++)
        assert_int_not_equal(sadb_learn(db, &src, &dst, 100000 + i, SA_PROTO_ESP, ENCAP_NONE), SADB_NONE);
    assert_int_equal(sadb_count(db), count); /* their places were free */
    sadb_destroy(db);
    secrets_destroy(secrets);
}

static void order_of_coming(void **state)
{
    struct error error;
    struct sadb *db = sadb_create(&error);
    (void)state;
    assert_non_null(db);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(sadb_learn(db, &src, &dst, 1000 + i, SA_PROTO_ESP, ENCAP_NONE), i);
    assert_null(sadb_order(db)); /* that of the indices */
    sadb_forget(db, 0, NULL);
    sadb_forget(db, 2, NULL);
    assert_int_equal(sadb_learn(db, &src, &dst, 2000, SA_PROTO_ESP, ENCAP_NONE), 2);
    assert_int_equal(sadb_learn(db, &src, &dst, 2001, SA_PROTO_ESP, ENCAP_NONE), 0);
    assert_int_equal(sadb_learn(db, &src, &dst, 2002, SA_PROTO_ESP, ENCAP_NONE), 4);
    uint32_t *order = sadb_order(db);
    static const uint32_t came[] = { 1, 3, 2, 0, 4 };
    assert_non_null(order);
    assert_memory_equal(order, came, sizeof came);
    free(order);
    sadb_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(forgets_and_finds), cmocka_unit_test(known_stay), cmocka_unit_test(ended_go),
                                        cmocka_unit_test(order_of_coming) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
