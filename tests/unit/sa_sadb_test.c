/* sa_sadb: a million SAs, wildcards, versions over time, SAs learned from traffic and their cap. */
#include "sa_maker.h"

#if defined(__SANITIZE_ADDRESS__)
#define MANY 200000u
#else
#define MANY 1000000u
#endif

static void numbered(struct sa_record *record, uint32_t i)
{
    record->definition.dst.addr.bytes[1] = (uint8_t)(i >> 16);
    record->definition.dst.addr.bytes[2] = (uint8_t)(i >> 8);
    record->definition.dst.addr.bytes[3] = (uint8_t)i;
    record->definition.spi = 0x1000 + i % 4096 * 65537;
}

static void test_a_million(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    assert_non_null(db);
    struct sa_record record = maker_record(SA_EVENT_DEFINE, 0, "10.0.0.1", "10.0.0.0", 1, SA_PROTO_ESP);
    const struct sa_definition *definition = &record.definition;
    for (uint32_t i = 0; i < MANY; i++) {
        numbered(&record, i);
        assert_int_equal(sadb_add(db, &record, 0, 64), i); /* indices are stable and in order */
    }
    assert_int_equal(sadb_count(db), MANY);
    assert_int_equal(sadb_known_count(db), MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t other;
        numbered(&record, i);
        uint64_t hash = sadb_hash(db, &definition->dst.addr, definition->spi, SA_PROTO_ESP);
        assert_int_equal(sadb_find(db, hash, &definition->src.addr, &definition->dst.addr, definition->spi, SA_PROTO_ESP, 0, &other), i);
        assert_int_equal(sadb_probe(db, hash, &definition->dst.addr, definition->spi, SA_PROTO_ESP), i);
        /* one bit away in any part of the key: another SA or none, never this one */
        assert_int_not_equal(sadb_probe(db, sadb_hash(db, &definition->dst.addr, definition->spi ^ 1, SA_PROTO_ESP), &definition->dst.addr,
                                        definition->spi ^ 1, SA_PROTO_ESP), i);
        assert_int_equal(sadb_probe(db, sadb_hash(db, &definition->dst.addr, definition->spi, SA_PROTO_AH), &definition->dst.addr, definition->spi,
                                    SA_PROTO_AH), SADB_NONE);
    }
    unsigned chain = 0;
    for (uint32_t index = sadb_by_spi(db, 0x1000); index != SADB_NONE; index = sadb_sa(db, index)->same_spi)
        chain += sadb_sa(db, index)->spi == 0x1000;
    assert_int_equal(chain, (MANY + 4095) / 4096);
    assert_int_equal(sadb_by_spi(db, 0xdeadbeef), SADB_NONE);
    sadb_destroy(db);
}

/* RFC 4301 4.1: the same SPI is another SA for another destination or protocol; the source plays no part. */
static void test_key(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record records[] = {
        maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.3", 0x1001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_AH),
        maker_record(SA_EVENT_DEFINE, 0, "2001:db8::1", "2001:db8::2", 0x1001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "::1", "c000:202::", 0x1001, SA_PROTO_ESP), /* the bytes of 192.0.2.2 */
    };
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(sadb_add(db, &records[i], 0, 64), i);
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP, 0, NULL), 0);
    assert_int_equal(maker_find(db, "203.0.113.7", "192.0.2.2", 0x1001, SA_PROTO_ESP, 0, NULL), 0);
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.3", 0x1001, SA_PROTO_ESP, 0, NULL), 1);
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_AH, 0, NULL), 2);
    assert_int_equal(maker_find(db, "2001:db8::1", "2001:db8::2", 0x1001, SA_PROTO_ESP, 0, NULL), 3);
    assert_int_equal(maker_find(db, "::1", "c000:202::", 0x1001, SA_PROTO_ESP, 0, NULL), 4);
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.4", 0x1001, SA_PROTO_ESP, 0, NULL), SADB_NONE);
    assert_int_equal(maker_find(db, "192.0.2.2", "192.0.2.1", 0x1001, SA_PROTO_ESP, 0, NULL), SADB_NONE);
    sadb_destroy(db);
}

static void test_wildcards(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record records[] = {
        maker_record(SA_EVENT_DEFINE, 0, "*", "*", 0x2001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "*", "192.0.2.0/24", 0x2001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "198.51.100.0/24", "192.0.2.0/24", 0x2001, SA_PROTO_ESP),
        maker_record(SA_EVENT_DEFINE, 0, "*", "192.0.2.9", 0x2001, SA_PROTO_ESP),
    };
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(sadb_add(db, &records[i], 0, 64), i);
    assert_int_equal(maker_find(db, "10.0.0.1", "10.0.0.2", 0x2001, SA_PROTO_ESP, 0, NULL), 0);
    assert_int_equal(maker_find(db, "10.0.0.1", "192.0.2.7", 0x2001, SA_PROTO_ESP, 0, NULL), 1);
    assert_int_equal(maker_find(db, "198.51.100.1", "192.0.2.7", 0x2001, SA_PROTO_ESP, 0, NULL), 2); /* the most specific */
    assert_int_equal(maker_find(db, "198.51.100.1", "192.0.2.9", 0x2001, SA_PROTO_ESP, 0, NULL), 3); /* an exact one before all */
    assert_int_equal(maker_find(db, "2001:db8::1", "2001:db8::2", 0x2001, SA_PROTO_ESP, 0, NULL), 0);
    assert_int_equal(maker_find(db, "10.0.0.1", "10.0.0.2", 0x2002, SA_PROTO_ESP, 0, NULL), SADB_NONE);
    assert_int_equal(maker_find(db, "10.0.0.1", "10.0.0.2", 0x2001, SA_PROTO_AH, 0, NULL), SADB_NONE);
    sadb_destroy(db);
}

/* One key, three lives: a packet meets the version of its time, and between them none, with the one that ended as the nearest. */
static void test_versions(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record lives[3];
    for (unsigned i = 0; i < 3; i++) {
        lives[i] = maker_record(SA_EVENT_ADD, (100 + 100 * (int64_t)i) * SECOND, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP);
        assert_int_equal(sadb_add(db, &lives[i], 0, 64), i);
        if (i < 2)
            assert_int_equal(sadb_end(db, &lives[i].definition, (150 + 100 * (int64_t)i) * SECOND, i ? SA_END_EXPIRED : SA_END_DELETED), i);
    }
    assert_true(sadb_timed(db));
    static const struct {
        int64_t second;
        uint32_t found, other;
    } rows[] = { { 99, SADB_NONE, 0 }, { 100, 0, 0 }, { 149, 0, 0 }, { 150, SADB_NONE, 0 }, { 199, SADB_NONE, 0 }, { 200, 1, 0 },
                 { 250, SADB_NONE, 1 }, { 299, SADB_NONE, 1 }, { 300, 2, 0 }, { 100000, 2, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t other;
        assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP, rows[i].second * SECOND, &other), rows[i].found);
        if (rows[i].found == SADB_NONE && rows[i].second >= 150)
            assert_int_equal(other, rows[i].other);
    }
    assert_int_equal(sadb_sa(db, 1)->ended_by, SA_END_EXPIRED);
    assert_int_equal(sadb_end(db, &lives[0].definition, 120 * SECOND, SA_END_DELETED), 0);
    assert_int_equal(sadb_end(db, &lives[0].definition, 160 * SECOND, SA_END_DELETED), SADB_NONE); /* nothing lives then */
    sadb_destroy(db);
}

static void test_redefine(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record bare = maker_record(SA_EVENT_ADD, 100 * SECOND, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP), full = bare;
    full.event = SA_EVENT_DEFINE;
    full.time_known = false;
    full.definition.window_known = true;
    full.definition.window = 1024;
    full.definition.esn_known = full.definition.esn = true;
    full.definition.hard.packets = 10;
    uint32_t index = sadb_add(db, &bare, 0, 64);
    assert_int_equal(sadb_hot(db, index)->window, 64);
    sadb_redefine(db, index, &full, 1, 64);
    assert_int_equal(sadb_hot(db, index)->window, 1024);
    assert_int_equal(sadb_hot(db, index)->flags, SA_HOT_TIMED | SA_HOT_WIDE | SA_HOT_ESN | SA_HOT_LIMITS);
    assert_ptr_equal(sadb_sa(db, index)->definition, &full.definition);
    assert_true(sadb_sa(db, index)->born_ns == 100 * SECOND); /* the history's time stays */
    sadb_redefine(db, index, &bare, 0, 32);
    assert_int_equal(sadb_hot(db, index)->window, 32);
    sadb_destroy(db);
}

static void test_learned(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct addr src = maker_addr("192.0.2.1"), dst = maker_addr("192.0.2.2");
    struct sa_record record = maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.2", 7, SA_PROTO_ESP);
    for (uint32_t i = 0; i < SADB_SEEN_MAX; i++)
        assert_int_equal(sadb_learn(db, &src, &dst, 0x10000 + i, SA_PROTO_ESP, ENCAP_NONE), i);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(sadb_learn(db, &src, &dst, 0x70000000 + i, SA_PROTO_ESP, ENCAP_NONE), SADB_NONE);
    assert_int_equal(sadb_seen_count(db), SADB_SEEN_MAX);
    assert_int_equal(sadb_unlearned(db), 100);
    uint32_t other;
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.2", 0x10005, SA_PROTO_ESP, 0, &other), SADB_NONE); /* never makes an SPI known */
    assert_int_equal(other, 5);
    assert_int_equal(sadb_by_spi(db, 0x10005), SADB_NONE);
    assert_int_equal(sadb_add(db, &record, 0, 64), SADB_SEEN_MAX); /* a flood does not keep known SAs out */
    assert_int_equal(maker_find(db, "192.0.2.1", "192.0.2.2", 7, SA_PROTO_ESP, 0, NULL), SADB_SEEN_MAX);
    sadb_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_million), cmocka_unit_test(test_key),      cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_versions),  cmocka_unit_test(test_redefine), cmocka_unit_test(test_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
