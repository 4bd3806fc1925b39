/* sa_pairs: the other direction of each SA, over rekeys, several children and what was only seen. */
#include "sa_maker.h"

#include "sa/pairs.h"

static void paired(struct sadb *db, uint32_t one, uint32_t other)
{
    assert_int_equal(sadb_sa(db, one)->pair, other);
    if (other != SADB_NONE)
        assert_int_equal(sadb_sa(db, other)->pair, one);
}

/* Three rekeys of one tunnel, told in any order: the nth of one direction goes with the nth of the other. */
static void test_rekeys(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record records[6];
    static const unsigned order[6] = { 4, 1, 0, 5, 2, 3 }; /* even: A to B; by pairs in time */
    uint32_t index[6];
    for (unsigned k = 0; k < 6; k++) {
        unsigned i = order[k];
        records[i] = maker_record(SA_EVENT_ADD, (100 + 10 * (int64_t)(i / 2)) * SECOND, i % 2 ? "192.0.2.2" : "192.0.2.1", i % 2 ? "192.0.2.1" : "192.0.2.2",
                                  0x1000 + i, SA_PROTO_ESP);
        index[i] = sadb_add(db, &records[i], 0, 64);
    }
    pairs_make(db);
    for (unsigned i = 0; i < 6; i += 2)
        paired(db, index[i], index[i + 1]);
    sadb_destroy(db);
}

static void test_children(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct sa_record records[5];
    static const struct {
        const char *src, *dst;
        uint32_t reqid;
        uint8_t proto;
    } rows[5] = { { "192.0.2.1", "192.0.2.2", 1, SA_PROTO_ESP }, { "192.0.2.1", "192.0.2.2", 2, SA_PROTO_ESP },
                  { "192.0.2.2", "192.0.2.1", 2, SA_PROTO_ESP }, { "192.0.2.2", "192.0.2.1", 1, SA_PROTO_AH },
                  { "192.0.2.3", "192.0.2.1", 1, SA_PROTO_ESP } };
    for (unsigned i = 0; i < 5; i++) {
        records[i] = maker_record(SA_EVENT_DEFINE, 0, rows[i].src, rows[i].dst, 0x1000 + i, rows[i].proto);
        records[i].definition.reqid = rows[i].reqid;
        sadb_add(db, &records[i], 0, 64);
    }
    pairs_make(db);
    paired(db, 1, 2);
    assert_int_equal(sadb_sa(db, 0)->pair, SADB_NONE); /* its reqid has no other direction */
    assert_int_equal(sadb_sa(db, 3)->pair, SADB_NONE); /* another protocol */
    assert_int_equal(sadb_sa(db, 4)->pair, SADB_NONE); /* another host */
    sadb_destroy(db);
}

static void test_seen(void **state)
{
    (void)state;
    struct sadb *db = sadb_create(NULL);
    struct addr a = maker_addr("2001:db8::1"), b = maker_addr("2001:db8::2");
    uint32_t there = sadb_learn(db, &a, &b, 0x1001, SA_PROTO_ESP, ENCAP_NONE), back = sadb_learn(db, &b, &a, 0x2001, SA_PROTO_ESP, ENCAP_NONE);
    uint32_t self = sadb_learn(db, &a, &a, 0x3001, SA_PROTO_ESP, ENCAP_NONE);
    struct sa_record loose = maker_record(SA_EVENT_DEFINE, 0, "*", "*", 0x4001, SA_PROTO_ESP);
    uint32_t wild = sadb_add(db, &loose, 0, 64);
    pairs_make(db);
    paired(db, there, back);
    assert_int_equal(sadb_sa(db, self)->pair, SADB_NONE);
    assert_int_equal(sadb_sa(db, wild)->pair, SADB_NONE);
    pairs_make(db); /* again: the same */
    paired(db, there, back);
    sadb_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rekeys),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
