/*
 * overhead: sizes computed by hand from the RFCs' layouts, the numbers that products document for a path of 1500 bytes, and the inverse held
 * against trying every size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sa/overhead.h"

static struct sa_definition esp(const char *encryption, const char *integrity, enum sa_mode mode)
{
    struct sa_definition definition = { .proto = SA_PROTO_ESP, .mode = (uint8_t)mode };
    definition.encryption = suite_encryption_find(DIALECT_ESPLAIN, encryption, strlen(encryption), 0);
    assert_non_null(definition.encryption);
    if (integrity != NULL) {
        definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, integrity, strlen(integrity), 0);
        assert_non_null(definition.integrity);
    }
    return definition;
}

/* Each: an inner packet of `inner` bytes makes an outer one of `total`, and `fits` is the largest for a path of `mtu`. */
static void test_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *encryption, *integrity;
        enum sa_mode mode;
        uint8_t version;
        enum encap encap;
        uint32_t inner, total, mtu, fits;
    } cases[] = {
        /* 20 + 8 + 8 + (100 + 2 -> 104) + 16 = 156; 1500 - 52 = 1448, a whole number of 4: 1446 */
        { "AES-GCM-16", NULL, SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 156, 1500, 1446 },
        { "AES-GCM-8", NULL, SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 148, 1500, 1454 },
        { "AES-GCM-16", NULL, SA_MODE_TUNNEL, 4, ENCAP_UDP, 100, 164, 1500, 1438 },
        { "AES-GCM-16", NULL, SA_MODE_TUNNEL, 6, ENCAP_NONE, 100, 176, 1500, 1426 },
        { "AES-GCM-16", NULL, SA_MODE_TUNNEL, 4, ENCAP_UDP, 100, 164, 1492, 1430 },
        /* implicit IV (RFC 8750): 8 less, 1500 - 44 = 1456 */
        { "AES-GCM-16-IIV", NULL, SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 148, 1500, 1454 },
        { "CHACHA20-POLY1305", NULL, SA_MODE_TUNNEL, 6, ENCAP_NONE, 1426, 1500, 1500, 1426 },
        /* 20 + 8 + 16 + (100 + 2 -> 112) + 12 = 168; 1500 - 56 = 1444 -> 1440 -> 1438, as every text on IPsec MTU has it */
        { "AES-CBC", "HMAC-SHA1-96", SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 168, 1500, 1438 },
        { "AES-CBC", "HMAC-SHA1-96", SA_MODE_TUNNEL, 4, ENCAP_UDP, 100, 176, 1500, 1422 },
        /* 1500 - 60 = 1440, all of it whole blocks: 1438; 1500 - 68 = 1432 -> 1424 -> 1422 */
        { "AES-CBC", "HMAC-SHA2-256-128", SA_MODE_TUNNEL, 4, ENCAP_NONE, 1438, 1500, 1500, 1438 },
        { "AES-CBC", "HMAC-SHA2-256-128", SA_MODE_TUNNEL, 4, ENCAP_UDP, 1423, 1508, 1500, 1422 },
        /* 1500 - 20 - 8 - 16 - 32 = 1424 -> 1422 */
        { "AES-CBC", "HMAC-SHA2-512-256", SA_MODE_TUNNEL, 4, ENCAP_NONE, 1422, 1500, 1500, 1422 },
        /* blocks of 8: 1500 - 20 - 8 - 8 - 12 = 1452 -> 1448 -> 1446 */
        { "3DES-CBC", "HMAC-MD5-96", SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 152, 1500, 1446 },
        /* NULL: no IV, aligned to 4: 1500 - 20 - 8 - 12 = 1460 -> 1458 */
        { "NULL", "HMAC-SHA1-96", SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 144, 1500, 1458 },
        /* CTR: IV 8, aligned to 4: 1500 - 20 - 8 - 8 - 12 = 1452 -> 1450 */
        { "AES-CTR", "HMAC-SHA1-96", SA_MODE_TUNNEL, 4, ENCAP_NONE, 100, 152, 1500, 1450 },
        /* transport: the header of the packet itself is the outer one: 20 + 8 + 8 + (80 + 2 -> 84) + 16 = 136; 1446 + 20 */
        { "AES-GCM-16", NULL, SA_MODE_TRANSPORT, 4, ENCAP_NONE, 100, 136, 1500, 1466 },
        { "AES-GCM-16", NULL, SA_MODE_TRANSPORT, 6, ENCAP_NONE, 100, 136, 1500, 1466 },
        { "AES-CBC", "HMAC-SHA2-256-128", SA_MODE_TRANSPORT, 4, ENCAP_NONE, 84, 140, 1500, 1458 },
        { "AES-GCM-16", NULL, SA_MODE_BEET, 4, ENCAP_NONE, 100, 136, 1500, 1466 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sa_definition definition = esp(cases[i].encryption, cases[i].integrity, cases[i].mode);
        struct overhead overhead;
        assert_true(overhead_make(&definition, cases[i].version, cases[i].encap, &overhead));
        uint32_t total = overhead_total(&overhead, cases[i].inner), fits = overhead_inner(&overhead, cases[i].mtu);
        if (total != cases[i].total || fits != cases[i].fits)
            fail_msg("case %zu, %s: %u bytes become %u, and %u fit %u", i, cases[i].encryption, cases[i].inner, total, fits,
                     cases[i].mtu);
    }
}

static void test_ah(void **state)
{
    (void)state;
    struct sa_definition definition = { .proto = SA_PROTO_AH, .mode = SA_MODE_TUNNEL };
    struct overhead overhead;
    assert_false(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA1-96", 12, 0);
    assert_true(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 100), 20 + 24 + 100); /* RFC 4302: 12 + 12 */
    assert_int_equal(overhead_inner(&overhead, 1500), 1456);
    definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-128", 17, 0);
    assert_true(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 100), 20 + 32 + 100); /* 12 + 16 in whole 8 bytes, as Linux has it */
    definition.align4 = true;
    assert_true(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 100), 20 + 28 + 100); /* as the RFC has it */
    assert_true(overhead_make(&definition, 6, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 100), 40 + 32 + 100); /* RFC 4302 3.3.3.2.1: IPv6 headers are whole 8 bytes */
    definition.mode = SA_MODE_TRANSPORT;
    assert_true(overhead_make(&definition, 6, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 100), 132);
}

/* overhead_inner is the largest that fits, for every suite, mode and path. */
static void test_inverse(void **state)
{
    (void)state;
    static const char *const integrities[] = { NULL, "HMAC-MD5-96", "HMAC-SHA2-256-128", "HMAC-SHA2-384-192", "HMAC-SHA2-512-256" };
    static const enum sa_mode modes[] = { SA_MODE_TUNNEL, SA_MODE_TRANSPORT, SA_MODE_BEET, SA_MODE_UNKNOWN };
    for (size_t i = 0; i < suite_encryption_count; i++) {
        for (size_t k = 0; k < sizeof integrities / sizeof integrities[0] * sizeof modes / sizeof modes[0]; k++) {
            struct sa_definition definition = esp("NULL", integrities[k % 5], modes[k / 5]);
            definition.encryption = &suite_encryptions[i];
            struct overhead overhead;
            assert_true(overhead_make(&definition, k % 2 ? 4 : 6, k % 3 ? ENCAP_NONE : ENCAP_UDP, &overhead));
            for (uint32_t mtu = 68; mtu < 1700; mtu += 7) {
                uint32_t most = 0;
                for (uint32_t inner = overhead.stripped + 1u; inner <= mtu; inner++)
                    if (overhead_total(&overhead, inner) <= mtu)
                        most = inner;
                if (most <= 20)
                    most = 0;
                if (overhead_inner(&overhead, mtu) != most)
                    fail_msg("%s, mtu %u: %u, tried %u", definition.encryption->name, mtu, overhead_inner(&overhead, mtu), most);
            }
        }
    }
}

static void test_edges(void **state)
{
    (void)state;
    struct sa_definition definition = esp("AES-CBC", "HMAC-SHA2-512-256", SA_MODE_TUNNEL);
    struct overhead overhead;
    assert_true(overhead_make(&definition, 6, ENCAP_UDP, &overhead));
    assert_int_equal(overhead_inner(&overhead, 0), 0);
    assert_int_equal(overhead_inner(&overhead, 104), 0);
    assert_int_equal(overhead_inner(&overhead, UINT32_MAX) > 0, 1);
    assert_false(overhead_make(&definition, 4, ENCAP_TCP, &overhead));
    definition.encryption = NULL;
    assert_false(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    definition = esp("AES-GCM-16", NULL, SA_MODE_BEET); /* IPv6 inside IPv4: 40 bytes do not travel */
    definition.has_selector = true;
    definition.selector.dst.addr.family = 6;
    assert_true(overhead_make(&definition, 4, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, 140), 20 + 8 + 8 + 104 + 16);
    definition.icv = 12; /* the file tells another ICV than the name */
    assert_int_equal(overhead_icv(&definition), 12);
}

static void test_mss(void **state)
{
    (void)state;
    assert_int_equal(overhead_mss(1500, 4), 1460);
    assert_int_equal(overhead_mss(1500, 6), 1440);
    assert_int_equal(overhead_mss(1446, 4), 1406);
    assert_int_equal(overhead_mss(40, 4), 0);
    assert_int_equal(overhead_mss(0, 6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand), cmocka_unit_test(test_ah),  cmocka_unit_test(test_inverse),
        cmocka_unit_test(test_edges),   cmocka_unit_test(test_mss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
