/* seal: what is sealed opens again, for every pair of algorithms, sizes, ESN and IP versions; and the bytes are those of RFC 4303, 4302, 4106 and 3602. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ah.h"
#include "inject/seal.h"
#include "sa/overhead.h"

#define SIZES 1501u /* of what travels inside: 0 to 1500 bytes */

static const uint8_t some_key[SECRET_MAX] = { 0x5a, 0xa5, 0x17, 0x99, 0x42, 0x01, 0x80, 0xff, 0x3c };
static struct wire wire;
static uint8_t content[SIZES], plain[WIRE_MAX];

static struct sa_definition definition_of(const struct encryption *encryption, const struct integrity *integrity, bool esn)
{
    struct sa_definition definition = { .spi = 0xc1a55e01, .proto = encryption ? SA_PROTO_ESP : SA_PROTO_AH, .mode = SA_MODE_TUNNEL,
                                        .encryption = encryption, .integrity = integrity, .esn_known = true, .esn = esn };
    if (encryption != NULL)
        definition.encryption_key = (struct secret){ some_key, (uint16_t)(encryption->key_bytes[0] + encryption->salt) };
    if (integrity != NULL)
        definition.integrity_key = (struct secret){ some_key, integrity->key };
    return definition;
}

static struct crypt_key *key_of(const struct sa_definition *definition)
{
    struct error error = { "" };
    struct crypt_key *key = seal_key(definition, &error);
    if (key == NULL)
        print_message("%s\n", error.message);
    assert_non_null(key);
    return key;
}

static struct seal_shape shape_of(uint64_t seq, uint32_t length)
{
    return (struct seal_shape){ .spi = 0xc1a55e01, .seq = seq, .content = content, .length = length, .next = 4 };
}

/* RFC 4303 2.4 and 2.5: what a receiver finds behind the content. */
static void trailer_is(const struct encryption *encryption, uint32_t content_length, uint32_t plain_length)
{
    uint32_t align = encryption->block > 4 ? encryption->block : 4, padding = plain_length - content_length - 2;
    assert_int_equal(plain_length % align, 0);
    assert_true(padding < align);
    for (uint32_t i = 0; i < padding; i++)
        assert_int_equal(plain[content_length + i], i + 1);
    assert_int_equal(plain[plain_length - 2], padding);
    assert_int_equal(plain[plain_length - 1], 4);
}

static void esp_opens(struct crypt_key *key, const struct sa_definition *definition, uint64_t seq, uint32_t length)
{
    struct error error;
    struct seal_shape shape = shape_of(seq, length);
    struct overhead overhead;
    uint32_t got;
    assert_true(seal_esp(key, definition, &shape, &wire, &error));
    assert_int_equal(bytes_get32(wire.bytes), shape.spi);
    assert_int_equal(bytes_get32(wire.bytes + 4), (uint32_t)seq);
    assert_int_equal(crypt_esp_open(key, wire.bytes, wire.length, (uint32_t)(seq >> 32), plain, &got), CRYPT_OK);
    assert_memory_equal(plain, content, length);
    trailer_is(definition->encryption, length, got);
    assert_true(overhead_make(definition, 4, ENCAP_NONE, &overhead));
    assert_int_equal(overhead_total(&overhead, length), 20 + wire.length);
}

/* Not for every size with every pair: that is a matter of minutes under sanitizers, and sizes do not know of HMACs. */
static bool size_counts(uint32_t size, bool all)
{
    return all || size <= 33 || size % 97 == 0 || size >= SIZES - 3;
}

static void test_esp(void **state)
{
    (void)state;
    unsigned pairs = 0;
    for (size_t i = 0; i < suite_encryption_count; i++)
        for (size_t j = 0; j < suite_integrity_count; j++)
            for (unsigned esn = 0; esn < 2; esn++) {
                const struct encryption *encryption = &suite_encryptions[i];
                const struct integrity *integrity = encryption->icv != 0 ? NULL : &suite_integrities[j];
                bool lacks = encryption->base == BASE_TWOFISH || encryption->base == BASE_SERPENT;
                if (lacks || (encryption->icv != 0 && j > 0) || (integrity != NULL && integrity->kind == INTEGRITY_GMAC))
                    continue;
                struct sa_definition definition = definition_of(encryption, integrity, esn);
                struct crypt_key *key = key_of(&definition);
                for (uint32_t size = 0; size < SIZES; size++)
                    if (size_counts(size, j == 0 && esn == 0))
                        esp_opens(key, &definition, esn ? UINT64_C(0x1fffffff0) + size : size + 1, size);
                crypt_key_destroy(key);
                pairs++;
            }
    assert_int_equal(pairs, 2 * 14 + 2 * 9 * 12); /* AEADs; the other ciphers with each integrity algorithm */
}

static void test_ah(void **state)
{
    (void)state;
    static const uint8_t here4[4] = { 192, 0, 2, 1 }, there4[4] = { 198, 51, 100, 2 };
    static const uint8_t here6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, there6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };
    struct error error;
    struct net *net = net_create(&error);
    assert_non_null(net);
    for (size_t i = 1; i < suite_integrity_count; i++)
        for (unsigned at = 0; at < 8; at++) {
            bool six = at & 1, esn = at & 2, align4 = at & 4;
            struct sa_definition definition = definition_of(NULL, &suite_integrities[i], esn);
            definition.align4 = align4;
            struct crypt_key *key = key_of(&definition);
            struct net_ip ip = { .src = six ? addr_ip6(here6) : addr_ip4(here4), .dst = six ? addr_ip6(there6) : addr_ip4(there4),
                                 .ttl = 64, .id = 7, .fragment = NET_DF };
            uint32_t header = six ? 40 : 20, icv = crypt_ah_icv(key), whole = seal_ah_length(key, &definition, six ? 6 : 4);
            assert_int_equal(whole % (six || !align4 ? 8 : 4), 0);
            assert_true(whole >= 12 + icv && whole < 12 + icv + 8);
            for (uint32_t size = 0; size < SIZES; size++) {
                if (!size_counts(size, false))
                    continue;
                uint64_t seq = esn ? UINT64_C(0x200000005) : 5;
                struct seal_shape shape = shape_of(seq, size);
                assert_true(seal_ah(net, key, &definition, &shape, &ip, &wire, &error));
                assert_int_equal(wire.length, header + whole + size);
                assert_int_equal(wire.bytes[six ? 6 : 9], 51);
                const uint8_t *ah = wire.bytes + header;
                assert_int_equal(ah[0], 4);
                assert_int_equal((ah[1] + 2) * 4u, whole);
                assert_int_equal(bytes_get32(ah + 4), shape.spi);
                assert_int_equal(bytes_get32(ah + 8), 5);
                assert_memory_equal(ah + whole, content, size);
                assert_true(ah_prepare(wire.bytes, wire.length, header, (uint8_t)icv, plain));
                assert_int_equal(crypt_ah_verify(key, plain, wire.length, (uint32_t)(seq >> 32), ah + 12, (uint8_t)icv), CRYPT_OK);
                wire.bytes[wire.length - 1] ^= 1;
                assert_true(ah_prepare(wire.bytes, wire.length, header, (uint8_t)icv, plain));
                assert_int_equal(crypt_ah_verify(key, plain, wire.length, (uint32_t)(seq >> 32), ah + 12, (uint8_t)icv), CRYPT_BAD_ICV);
                assert_true(seal_ah_again(key, wire.bytes, wire.length, header, (uint32_t)(seq >> 32), &error));
                assert_true(ah_prepare(wire.bytes, wire.length, header, (uint8_t)icv, plain));
                assert_int_equal(crypt_ah_verify(key, plain, wire.length, (uint32_t)(seq >> 32), ah + 12, (uint8_t)icv), CRYPT_OK);
            }
            crypt_key_destroy(key);
        }
    net_destroy(net);
}

/* ---- the other implementation: libcrypto itself, as the RFCs say it ---- */

/* RFC 4106: nonce salt and IV, AAD the ESP header, with ESN the high half between. */
static void test_gcm_by_openssl(void **state)
{
    (void)state;
    for (unsigned esn = 0; esn < 2; esn++) {
        struct sa_definition definition = definition_of(suite_encryption_by_iana(20), NULL, esn);
        struct crypt_key *key = key_of(&definition);
        struct error error;
        struct seal_shape shape = shape_of(UINT64_C(0x300000007), 100);
        assert_true(seal_esp(key, &definition, &shape, &wire, &error));
        uint8_t nonce[12], aad[12];
        uint32_t aad_length = esn ? 12 : 8, text = wire.length - 16 - 16;
        memcpy(nonce, some_key + 16, 4);
        memcpy(nonce + 4, wire.bytes + 8, 8);
        bytes_put32(aad, shape.spi);
        bytes_put32(aad + 4, 3);
        bytes_put32(aad + (esn ? 8 : 4), 7);
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int length;
        assert_int_equal(EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), NULL, some_key, nonce), 1);
        assert_int_equal(EVP_DecryptUpdate(context, NULL, &length, aad, (int)aad_length), 1);
        assert_int_equal(EVP_DecryptUpdate(context, plain, &length, wire.bytes + 16, (int)text), 1);
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, wire.bytes + wire.length - 16), 1);
        assert_int_equal(EVP_DecryptFinal_ex(context, plain + length, &length), 1);
        EVP_CIPHER_CTX_free(context);
        assert_memory_equal(plain, content, 100);
        trailer_is(definition.encryption, 100, text);
        crypt_key_destroy(key);
    }
}

/* RFC 3602 and 4868; with ESN the high half is behind what the ICV covers (RFC 4303 2.2.1). */
static void test_cbc_by_openssl(void **state)
{
    (void)state;
    for (unsigned esn = 0; esn < 2; esn++) {
        struct sa_definition definition = definition_of(suite_encryption_by_iana(12), suite_integrity_by_iana(12), esn);
        struct crypt_key *key = key_of(&definition);
        struct error error;
        struct seal_shape shape = shape_of(UINT64_C(0x300000007), 100);
        assert_true(seal_esp(key, &definition, &shape, &wire, &error));
        uint32_t covered = wire.length - 16;
        uint8_t mac[EVP_MAX_MD_SIZE], icv[16];
        memcpy(icv, wire.bytes + covered, sizeof icv);
        bytes_put32(wire.bytes + covered, 3);
        assert_non_null(HMAC(EVP_sha256(), some_key, 32, wire.bytes, covered + (esn ? 4 : 0), mac, NULL));
        assert_memory_equal(mac, icv, sizeof icv);
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int length;
        assert_int_equal(EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, some_key, wire.bytes + 8), 1);
        EVP_CIPHER_CTX_set_padding(context, 0);
        assert_int_equal(EVP_DecryptUpdate(context, plain, &length, wire.bytes + 24, (int)(covered - 24)), 1);
        EVP_CIPHER_CTX_free(context);
        assert_memory_equal(plain, content, 100);
        trailer_is(definition.encryption, 100, covered - 24);
        crypt_key_destroy(key);
    }
}

/* ---- what is wrong on purpose ---- */

static void test_shapes(void **state)
{
    (void)state;
    struct error error;
    struct sa_definition definition = definition_of(suite_encryption_by_iana(12), suite_integrity_by_iana(12), false);
    struct crypt_key *key = key_of(&definition);
    uint32_t length;
    struct seal_shape shape = shape_of(9, 30); /* 30 and the trailer are two blocks */
    shape.pad_zero = true;
    assert_true(seal_esp(key, &definition, &shape, &wire, &error));
    assert_int_equal(crypt_esp_open(key, wire.bytes, wire.length, 0, plain, &length), CRYPT_OK);
    assert_int_equal(length, 48);
    assert_int_equal(plain[46], 16);
    for (unsigned i = 30; i < 46; i++)
        assert_int_equal(plain[i], 0);
    shape = shape_of(9, 30);
    shape.tfc = 100;
    assert_true(seal_esp(key, &definition, &shape, &wire, &error));
    assert_int_equal(crypt_esp_open(key, wire.bytes, wire.length, 0, plain, &length), CRYPT_OK);
    assert_int_equal(length, 144);
    for (unsigned i = 30; i < 130; i++)
        assert_int_equal(plain[i], 0);
    assert_int_equal(plain[142], 12);
    shape = shape_of(9, 20);
    shape.pad_claimed = true;
    shape.pad_claim = 200;
    assert_true(seal_esp(key, &definition, &shape, &wire, &error));
    assert_int_equal(crypt_esp_open(key, wire.bytes, wire.length, 0, plain, &length), CRYPT_OK);
    assert_int_equal(length, 32);
    assert_int_equal(plain[30], 200);
    uint8_t iv[16];
    memcpy(iv, wire.bytes + 8, sizeof iv);
    shape.seq = 10;
    assert_true(seal_esp(key, &definition, &shape, &wire, &error));
    assert_memory_not_equal(wire.bytes + 8, iv, sizeof iv);
    shape.iv_set = true;
    shape.iv = 9;
    assert_true(seal_esp(key, &definition, &shape, &wire, &error));
    assert_memory_equal(wire.bytes + 8, iv, sizeof iv);
    crypt_key_destroy(key);
}

static void test_refusals(void **state)
{
    (void)state;
    struct error error = { "" };
    struct sa_definition definition = definition_of(suite_encryption_by_iana(20), NULL, false);
    struct crypt_key *key = key_of(&definition);
    struct net *net = net_create(&error);
    struct seal_shape shape = shape_of(1, WIRE_MAX);
    assert_false(seal_esp(key, &definition, &shape, &wire, &error));
    assert_non_null(strstr(error.message, "cannot be sealed"));
    shape = shape_of(1, 10);
    shape.tfc = UINT32_MAX;
    assert_false(seal_esp(key, &definition, &shape, &wire, &error));
    crypt_key_destroy(key);
    definition.encryption = NULL;
    assert_null(seal_key(&definition, &error));
    assert_non_null(strstr(error.message, "0xc1a55e01"));
    definition = definition_of(NULL, suite_integrity_by_iana(12), false);
    key = key_of(&definition);
    struct net_ip ip = { .src = { .family = 4 }, .dst = { .family = 6 } };
    shape = shape_of(1, 10);
    assert_false(seal_ah(net, key, &definition, &shape, &ip, &wire, &error));
    shape.length = WIRE_MAX;
    assert_false(seal_ah(net, key, &definition, &shape, &ip, &wire, &error));
    definition.integrity = NULL;
    assert_null(seal_key(&definition, &error));
    crypt_key_destroy(key);
    net_destroy(net);
}

int main(void)
{
    for (unsigned i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 131 + 7);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_esp), cmocka_unit_test(test_ah), cmocka_unit_test(test_gcm_by_openssl), cmocka_unit_test(test_cbc_by_openssl),
        cmocka_unit_test(test_shapes), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
