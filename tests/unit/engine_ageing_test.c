/* ageing: SAs that have ended stay for an hour and as long as something speaks of them, and their keys for a minute. */
#include "engine_run.h"

#include "engine/ageing.h"
#include "receiver/suspect.h"

#define START (1700000000 * SECOND)
#define NOW (START + 100 * SECOND)

static const uint8_t key_bytes[20] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };

/* An SA that came at START, with a key, from 192.0.2.1 to 192.0.2.2. */
static uint32_t come(struct esplain *esplain, uint32_t spi)
{
    struct secrets *secrets = sa_table_secrets(esplain->table);
    struct sa_record record = maker_record(SA_EVENT_ADD, START, "192.0.2.1", "192.0.2.2", spi, SA_PROTO_ESP);
    record.definition.encryption = suite_encryption_find(DIALECT_XFRM, "rfc4106(gcm(aes))", 17, 128);
    record.definition.encryption_key = secrets_keep(secrets, key_bytes, sizeof key_bytes);
    uint32_t index = sadb_keep(esplain->db, &record, secrets, 0, 64);
    assert_int_not_equal(index, SADB_NONE);
    return index;
}

static void end(struct esplain *esplain, uint32_t index, int64_t time_ns)
{
    struct sa_definition definition = *sadb_sa(esplain->db, index)->definition;
    assert_int_equal(sadb_end(esplain->db, &definition, time_ns, SA_END_DELETED), index);
}

static uint32_t sweeps(struct esplain *esplain, uint32_t count)
{
    uint32_t forgotten = 0;
    while (count-- > 0)
        forgotten += ageing_sweep(esplain);
    return forgotten;
}

static bool is_free(struct esplain *esplain, uint32_t index)
{
    return sadb_hot(esplain->db, index)->flags & SA_HOT_FREE;
}

static void an_hour_after_the_end(void **state)
{
    (void)state;
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    uint32_t alive = come(esplain, 0x1001), gone = come(esplain, 0x1002), missed = come(esplain, 0x1003);
    assert_int_equal(sweeps(esplain, 2 * AGEING_SWEEPS_ENDED), 0); /* silence alone ends no SA that somebody defined */
    end(esplain, gone, NOW);
    end(esplain, missed, NOW);
    run_esp(esplain, 1, 2, 0x1003, 1, NOW + SECOND); /* late: the finding speaks of the SA that it was */
    assert_int_equal(run_finding(esplain, "unknown-spi")->near, missed);
    assert_int_equal(sweeps(esplain, AGEING_SWEEPS_KEYS), 0);
    assert_int_equal(sadb_sa(esplain->db, gone)->definition->encryption_key.length, sizeof key_bytes);
    assert_int_equal(sweeps(esplain, 1), 0);
    assert_int_equal(sadb_sa(esplain->db, gone)->definition->encryption_key.length, 0);
    assert_false(sadb_hot(esplain->db, gone)->flags & SA_HOT_KEYED);
    assert_true(sadb_hot(esplain->db, alive)->flags & SA_HOT_KEYED);
    assert_int_equal(sweeps(esplain, AGEING_SWEEPS_ENDED - AGEING_SWEEPS_KEYS - 1), 0);
    assert_int_equal(sweeps(esplain, 1), 1);
    assert_true(is_free(esplain, gone) && !is_free(esplain, missed) && !is_free(esplain, alive));
    assert_int_equal(sadb_known_count(esplain->db), 2);
    assert_int_equal(come(esplain, 0x1004), gone); /* its place is another's now */
    run_esp(esplain, 1, 2, 0x1001, 1, NOW + 2 * SECOND);
    run_esp(esplain, 1, 2, 0x1002, 1, NOW + 2 * SECOND);
    assert_int_equal(sadb_sa(esplain->db, alive)->verdicts[VERDICT_INTEGRITY_FAILED], 1); /* its key is still asked */
    assert_int_equal(run_finding(esplain, "unknown-spi")->cause, CAUSE_UNEXPLAINED);       /* that 0x1002 was deleted nobody knows any more */
    esplain_destroy(esplain);
}

/* Packets that still come for it keep it, and so does an SPI that is explained by it. */
static void as_long_as_packets_need_it(void **state)
{
    (void)state;
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    uint32_t gone = come(esplain, 0x1001);
    end(esplain, gone, NOW);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(sweeps(esplain, AGEING_SWEEPS_ENDED), 0);
        run_esp(esplain, 1, 2, 0x1001, i + 1, NOW + (i + 1) * 3600 * SECOND);
        assert_int_equal(run_finding(esplain, "unknown-spi")->cause, CAUSE_SA_DELETED);
        assert_int_equal(run_finding(esplain, "unknown-spi")->count, i + 1);
    }
    run_esp(esplain, 2, 1, 0x1001, 1, NOW);
    assert_int_equal(run_finding(esplain, "unknown-spi")->cause, CAUSE_OPPOSITE_DIRECTION);
    esplain_destroy(esplain);
}

/* However fast they come and go; and of what has ended the latest stays. */
static void no_more_than_so_many(void **state)
{
    (void)state;
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    uint32_t most = 0;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < 4000; i++) {
            uint32_t number = round * 4000 + i;
            end(esplain, come(esplain, 0x10000 + number), START + (1 + number) * (SECOND / 1000));
        }
        sweeps(esplain, 1);
        assert_true(sadb_known_count(esplain->db) <= AGEING_ENDED_MAX);
        most = sadb_count(esplain->db);
    }
    assert_true(most <= AGEING_ENDED_MAX + 4000);
    for (uint32_t number = 0; number < 80000; number++) {
        uint32_t other;
        maker_find(esplain->db, "192.0.2.1", "192.0.2.2", 0x10000 + number, SA_PROTO_ESP, START + 1000 * SECOND, &other);
        assert_int_equal(other != SADB_NONE, number >= 80000 - AGEING_ENDED_MAX);
    }
    esplain_destroy(esplain);
}

/* What IKE told of and nobody ended; and what one analysis may cost. */
static void a_week(void **state)
{
    (void)state;
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    uint32_t told = come(esplain, 0x1001), file = come(esplain, 0x1002);
    sadb_sa(esplain->db, told)->origin = SA_ORIGIN_IKE;
    esplain->receiver.suspect_work = SUSPECT_WORK_MAX;
    for (uint32_t i = 0; i <= HEARD_SOURCES_MAX; i++)
        detect_saw_source(&esplain->detect, &(struct addr){ .family = 4, .bytes = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i } });
    assert_true(heard_full(esplain->detect.sources));
    assert_int_equal(sweeps(esplain, 1), 0);
    assert_false(heard_full(esplain->detect.sources));
    assert_true(esplain->receiver.suspect_work < SUSPECT_WORK_MAX);
    assert_int_equal(sweeps(esplain, AGEING_SWEEPS_IKE - 2), 0);
    assert_int_equal(esplain->receiver.suspect_work, 0);
    assert_int_equal(sweeps(esplain, 1), 1);
    assert_true(is_free(esplain, told) && !is_free(esplain, file));
    esplain_destroy(esplain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_after_the_end), cmocka_unit_test(as_long_as_packets_need_it), cmocka_unit_test(no_more_than_so_many),
        cmocka_unit_test(a_week),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
