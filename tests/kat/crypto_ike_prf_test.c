/* PRFs, prf+ and key material of IKEv2 against python's, and against the vectors of RFC 4434 and RFC 4615. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kat/crypto_ike_lines.h"

static const struct ike_prf *prf_named(const char *name)
{
    const struct ike_prf *prf = ike_prf_by_name(name, strlen(name));
    assert_non_null(prf);
    assert_ptr_equal(ike_prf_by_iana(prf->iana), prf);
    assert_ptr_equal(ike_prf_by_name(prf->strongswan, strlen(prf->strongswan)), prf);
    return prf;
}

static void rfc_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *prf, *key, *value;
    } known[] = { /* RFC 4434 2.1, RFC 4615 4; the message is 00 to 13 */
        { "AES128-XCBC", "000102030405060708090a0b0c0d0e0f", "47f51b4564966215b8985c63055ed308" },
        { "AES128-XCBC", "00010203040506070809", "0fa087af7d866e7653434e602fdde835" },
        { "AES128-XCBC", "000102030405060708090a0b0c0d0e0fedcb", "8cd3c93ae598a9803006ffb67c40e9e4" },
        { "AES128-CMAC", "000102030405060708090a0b0c0d0e0f", "980ae87b5f4c9c5214f5b6a8455e4c2d" },
        { "AES128-CMAC", "00010203040506070809", "290d9e112edb09ee141fcf64c0b72f3d" },
        { "AES128-CMAC", "000102030405060708090a0b0c0d0e0fedcb", "84a348a4a45d235babfffc0d2b4da09a" },
    };
    uint8_t message[20], out[IKE_PRF_MAX];
    for (unsigned i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct hex key, value;
        assert_true(hex_read(known[i].key, &key) && hex_read(known[i].value, &value));
        /* In two pieces, with an empty one between: pieces are one text. */
        const struct ike_bytes pieces[] = { { message, 7 }, { NULL, 0 }, { message + 7, 13 } };
        assert_true(ike_prf_run(prf_named(known[i].prf), hex_bytes(&key), pieces, 3, out));
        assert_memory_equal(out, value.bytes, 16);
    }
}

static void functions(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct hex key, data, once, plus;
    uint8_t out[IKE_PRF_MAX], stream[HEX_MAX];
    unsigned count = 0;
    vectors_open(&vectors, "prf.txt");
    for (; vectors_next(&vectors); count++) {
        const struct ike_prf *prf = prf_named(vectors.words[0]);
        vectors_hex(&vectors, 1, &key);
        vectors_hex(&vectors, 2, &data);
        vectors_hex(&vectors, 3, &once);
        vectors_hex(&vectors, 4, &plus);
        assert_int_equal(once.length, prf->size);
        const struct ike_bytes piece = hex_bytes(&data);
        assert_true(ike_prf_run(prf, hex_bytes(&key), &piece, 1, out));
        assert_memory_equal(out, once.bytes, once.length);
        assert_true(ike_prf_plus(prf, hex_bytes(&key), &piece, 1, stream, plus.length));
        assert_memory_equal(stream, plus.bytes, plus.length);
    }
    assert_int_equal(count, 42);
}

static void bounds(void **state)
{
    (void)state;
    static uint8_t stream[256 * IKE_PRF_MAX];
    static const uint8_t key[16];
    const struct ike_bytes pieces[7] = { { key, 16 } };
    const struct ike_prf *prf = prf_named("HMAC-SHA1");
    assert_true(ike_prf_plus(prf, pieces[0], pieces, 1, stream, 255 * 20));
    assert_false(ike_prf_plus(prf, pieces[0], pieces, 1, stream, 255 * 20 + 1));
    assert_false(ike_prf_plus(prf, pieces[0], pieces, 7, stream, 20));
    assert_null(ike_prf_by_iana(0));
    assert_null(ike_prf_by_iana(9));
    assert_null(ike_prf_by_name("HMAC-SHA", 8));
    /* No nonce is empty, and none is longer than RFC 7296 3.9 allows. */
    static uint8_t nonce[IKE_NONCE_MAX + 1];
    uint8_t out[IKE_PRF_MAX];
    assert_false(ike_skeyseed(prf, (struct ike_bytes){ nonce, sizeof nonce }, pieces[0], pieces[0], out));
    assert_false(ike_skeyseed(prf, pieces[0], (struct ike_bytes){ nonce, 0 }, pieces[0], out));
}

static void same(const struct vectors *vectors, unsigned word, const uint8_t *bytes, size_t length)
{
    static struct hex wanted;
    vectors_hex(vectors, word, &wanted);
    assert_int_equal(wanted.length, length);
    assert_memory_equal(bytes, wanted.bytes, length);
}

static void child(const struct vectors *vectors)
{
    static struct hex sk_d, secret, ni, nr, additional;
    struct ike_keymat keymat;
    vectors_hex(vectors, 2, &sk_d);
    vectors_hex(vectors, 3, &secret);
    vectors_hex(vectors, 4, &ni);
    vectors_hex(vectors, 5, &nr);
    vectors_hex(vectors, 6, &additional);
    assert_true(ike_keymat_child(prf_named(vectors->words[1]), hex_bytes(&sk_d), hex_bytes(&secret), hex_bytes(&ni), hex_bytes(&nr),
                                 hex_bytes(&additional), vectors_encryption(vectors, 7), (unsigned)atol(vectors->words[8]),
                                 vectors_integrity(vectors, 9), &keymat));
    for (unsigned side = 0; side < 2; side++) {
        same(vectors, 10 + 2 * side, keymat.encryption[side], keymat.encryption_length);
        same(vectors, 11 + 2 * side, keymat.integrity[side], keymat.integrity_length);
    }
    /* What comes out is what the ESP and AH side takes. */
    struct error error;
    struct crypt_params params = {
        .encryption = vectors_encryption(vectors, 7), .integrity = vectors_integrity(vectors, 9),
        .encryption_key = { keymat.encryption[1], keymat.encryption_length },
        .integrity_key = { keymat.integrity[1], keymat.integrity_length },
    };
    struct crypt_key *key = crypt_key_create(&params, &error);
    assert_non_null(key);
    crypt_key_destroy(key);
}

static void parent(const struct vectors *vectors)
{
    static struct hex secret, ni, nr, spi_i, spi_r;
    const struct ike_prf *prf = prf_named(vectors->words[1]);
    struct ike_keymat keymat;
    uint8_t seed[IKE_PRF_MAX];
    vectors_hex(vectors, 2, &secret);
    vectors_hex(vectors, 3, &ni);
    vectors_hex(vectors, 4, &nr);
    vectors_hex(vectors, 5, &spi_i);
    vectors_hex(vectors, 6, &spi_r);
    assert_true(ike_skeyseed(prf, hex_bytes(&ni), hex_bytes(&nr), hex_bytes(&secret), seed));
    same(vectors, 10, seed, prf->size);
    assert_true(ike_keymat_parent(prf, (struct ike_bytes){ seed, prf->size }, hex_bytes(&ni), hex_bytes(&nr), spi_i.bytes, spi_r.bytes,
                                  vectors_encryption(vectors, 7), (unsigned)atol(vectors->words[8]), vectors_integrity(vectors, 9),
                                  &keymat));
    same(vectors, 11, keymat.sk_d, keymat.prf_length);
    for (unsigned side = 0; side < 2; side++) {
        same(vectors, 12 + side, keymat.integrity[side], keymat.integrity_length);
        same(vectors, 14 + side, keymat.encryption[side], keymat.encryption_length);
        same(vectors, 16 + side, keymat.sk_p[side], keymat.prf_length);
    }
}

static void rekey(const struct vectors *vectors)
{
    static struct hex sk_d, secret, ni, nr, additional;
    uint8_t seed[IKE_PRF_MAX];
    const struct ike_prf *prf = prf_named(vectors->words[1]);
    vectors_hex(vectors, 2, &sk_d);
    vectors_hex(vectors, 3, &secret);
    vectors_hex(vectors, 4, &ni);
    vectors_hex(vectors, 5, &nr);
    vectors_hex(vectors, 6, &additional);
    assert_true(ike_skeyseed_rekey(prf, hex_bytes(&sk_d), hex_bytes(&secret), hex_bytes(&ni), hex_bytes(&nr), hex_bytes(&additional),
                                   seed));
    same(vectors, 7, seed, prf->size);
}

static void key_material(void **state)
{
    (void)state;
    static struct vectors vectors;
    unsigned counts[3] = { 0 };
    vectors_open(&vectors, "keymat.txt");
    while (vectors_next(&vectors)) {
        if (strcmp(vectors.words[0], "child") == 0 && ++counts[0])
            child(&vectors);
        else if (strcmp(vectors.words[0], "parent") == 0 && ++counts[1])
            parent(&vectors);
        else if (strcmp(vectors.words[0], "rekey") == 0 && ++counts[2])
            rekey(&vectors);
    }
    assert_int_equal(counts[0], 7 * 12);
    assert_int_equal(counts[1], 7 * 7);
    assert_int_equal(counts[2], 7);
}

/* A cipher of several key lengths needs the attribute; an impossible one is refused. */
static void key_lengths(void **state)
{
    (void)state;
    static const uint8_t some[32];
    const struct ike_bytes bytes = { some, 32 }, none = { NULL, 0 };
    const struct ike_prf *prf = prf_named("HMAC-SHA2-256");
    struct ike_keymat keymat;
    const struct encryption *aes = suite_encryption_by_iana(12), *triple = suite_encryption_by_iana(3), *gcm = suite_encryption_by_iana(20);
    const struct integrity *sha1 = suite_integrity_by_iana(2);
    assert_false(ike_keymat_child(prf, bytes, none, bytes, bytes, none, aes, 0, sha1, &keymat));
    assert_false(ike_keymat_child(prf, bytes, none, bytes, bytes, none, aes, 160, sha1, &keymat));
    assert_false(ike_keymat_child(prf, bytes, none, bytes, bytes, none, aes, 129, sha1, &keymat));
    assert_false(ike_keymat_child(prf, bytes, none, bytes, bytes, none, aes, 65535, sha1, &keymat));
    assert_true(ike_keymat_child(prf, bytes, none, bytes, bytes, none, triple, 0, sha1, &keymat));
    assert_int_equal(keymat.encryption_length, 24);
    assert_int_equal(keymat.integrity_length, 20);
    assert_true(ike_keymat_child(prf, bytes, none, bytes, bytes, none, triple, 192, sha1, &keymat));
    assert_false(ike_keymat_child(prf, bytes, none, bytes, bytes, none, triple, 128, sha1, &keymat));
    assert_true(ike_keymat_child(prf, bytes, none, bytes, bytes, none, gcm, 256, sha1, &keymat)); /* an AEAD needs no other */
    assert_int_equal(keymat.encryption_length, 36);
    assert_int_equal(keymat.integrity_length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_vectors), cmocka_unit_test(functions), cmocka_unit_test(bounds),
        cmocka_unit_test(key_material), cmocka_unit_test(key_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
