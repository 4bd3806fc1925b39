/* open: what keys are refused and how that is said, lengths, odd ICVs, AES-GMAC in AH, and that no packet costs an allocation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/ah.h"
#include "kat/crypto_hex.h"

/* Every allocation of the program, libcrypto's too, passes here; a sanitizer has its own. */
#if defined(__SANITIZE_ADDRESS__)
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif
static unsigned long allocations;
#if COUNTED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}
#endif

static const uint8_t some_key[SECRET_MAX] = { 0x5a, 0xa5, 0x17, 0x99, 0x42 };

static struct crypt_params params_of(const char *encryption, unsigned key, const char *integrity, unsigned integrity_key)
{
    return (struct crypt_params){
        .encryption = encryption ? suite_encryption_find(DIALECT_ESPLAIN, encryption, strlen(encryption), 0) : NULL,
        .encryption_key = { .bytes = some_key, .length = (uint16_t)key },
        .integrity = integrity ? suite_integrity_find(DIALECT_ESPLAIN, integrity, strlen(integrity), 0) : NULL,
        .integrity_key = { .bytes = some_key, .length = (uint16_t)integrity_key },
    };
}

static void refused(struct crypt_params params, const char *name, const char *why)
{
    struct error error = { "" };
    assert_null(crypt_key_create(&params, &error));
    if (strstr(error.message, name) == NULL || strstr(error.message, why) == NULL)
        print_message("%s\n", error.message);
    assert_non_null(strstr(error.message, name));
    assert_non_null(strstr(error.message, why));
    assert_null(strstr(error.message, "5aa5"));
    assert_null(crypt_key_create(&params, NULL));
}

static void accepted(struct crypt_params params)
{
    struct error error = { "" };
    struct crypt_key *key = crypt_key_create(&params, &error);
    if (key == NULL)
        print_message("%s\n", error.message);
    assert_non_null(key);
    crypt_key_destroy(key);
}

static void test_keys(void **state)
{
    (void)state;
    refused(params_of("AES-GCM-16", 16, NULL, 0), "AES-GCM-16", "16 bytes");
    refused(params_of("AES-GCM-16", 0, NULL, 0), "AES-GCM-16", "0 bytes");
    refused(params_of("3DES-CBC", 16, NULL, 0), "3DES-CBC", "16 bytes");
    refused(params_of("AES-CBC", 16, "HMAC-SHA1-96", 0), "HMAC-SHA1-96", "0 bytes");
    refused(params_of("AES-CBC", 16, "AES-XCBC-96", 20), "AES-XCBC-96", "20 bytes");
    refused(params_of("AES-GCM-16", 20, "HMAC-SHA1-96", 20), "AES-GCM-16", "HMAC-SHA1-96");
    refused(params_of("NULL", 0, "AES-128-GMAC", 20), "AES-128-GMAC", "AH");
    refused(params_of("TWOFISH-CBC", 16, NULL, 0), "TWOFISH-CBC", "libcrypto");
    refused(params_of("SERPENT-CBC", 32, "HMAC-SHA1-96", 20), "SERPENT-CBC", "libcrypto");
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        if (row->base != BASE_TWOFISH && row->base != BASE_SERPENT)
            accepted(params_of(row->name, row->key_bytes[0] + (unsigned)row->salt, NULL, 0));
    }
    for (size_t i = 0; i < suite_integrity_count; i++) /* AH */
        accepted(params_of(NULL, 0, suite_integrities[i].name, suite_integrities[i].key));
    accepted(params_of(NULL, 0, "HMAC-SHA2-512-256", 512));
    accepted(params_of("NULL", 0, NULL, 0));
    accepted(params_of("NULL", 9, NULL, 0)); /* a key that NULL has no use for */
    crypt_key_destroy(NULL);
}

static void test_icvs(void **state)
{
    (void)state;
    struct crypt_params gcm = params_of("AES-GCM-16", 20, NULL, 0), ccm = params_of("AES-CCM-16", 19, NULL, 0);
    struct crypt_params chacha = params_of("CHACHA20-POLY1305", 36, NULL, 0), sha = params_of("AES-CBC", 16, "HMAC-SHA2-256-128", 32);
    struct crypt_params open = params_of("AES-CBC", 16, NULL, 0), md5 = params_of("NULL", 0, "HMAC-MD5-96", 16);
    for (unsigned icv = 1; icv < 256; icv++) {
        gcm.icv = ccm.icv = chacha.icv = sha.icv = open.icv = md5.icv = (uint8_t)icv;
        (icv >= 4 && icv <= 16 ? accepted(gcm) : refused(gcm, "AES-GCM-16", "ICV"));
        (icv >= 4 && icv <= 16 && icv % 2 == 0 ? accepted(ccm) : refused(ccm, "AES-CCM-16", "ICV"));
        (icv == 16 ? accepted(chacha) : refused(chacha, "CHACHA20-POLY1305", "ICV"));
        (icv <= 32 ? accepted(sha) : refused(sha, "HMAC-SHA2-256-128", "ICV"));
        (icv <= 16 ? accepted(md5) : refused(md5, "HMAC-MD5-96", "ICV"));
        (icv <= 64 ? accepted(open) : refused(open, "AES-CBC", "ICV"));
    }
}

static void test_minimum(void **state)
{
    (void)state;
    assert_int_equal(crypt_esp_minimum(suite_encryption_by_iana(20), 16), 8 + 8 + 2 + 16);
    assert_int_equal(crypt_esp_minimum(suite_encryption_by_iana(12), 16), 8 + 16 + 16 + 16);
    assert_int_equal(crypt_esp_minimum(suite_encryption_by_iana(3), 12), 8 + 8 + 8 + 12);
    assert_int_equal(crypt_esp_minimum(suite_encryption_by_iana(30), 16), 8 + 2 + 16);
    assert_int_equal(crypt_esp_minimum(suite_encryption_by_iana(11), 0), 8 + 2);
    assert_int_equal(crypt_esp_minimum(NULL, 12), 8 + 2 + 12);
}

/* An ICV that is there and cannot be checked ("ANY 96 bit authentication" of an esp_sa table) is cut off all the same. */
static void test_unchecked_icv(void **state)
{
    (void)state;
    struct crypt_params params = params_of("AES-CBC", 16, "HMAC-SHA1-96", 20);
    struct crypt_key *sealer = crypt_key_create(&params, NULL);
    uint8_t packet[8 + 16 + 32 + 12] = { 0, 0, 1, 0, 0, 0, 0, 9 }, plain[sizeof packet];
    memset(packet + 24, 0x33, 32);
    assert_true(crypt_esp_seal(sealer, packet, sizeof packet, 0));
    packet[sizeof packet - 1] ^= 1;
    params.integrity = NULL;
    params.icv = 12;
    struct crypt_key *opener = crypt_key_create(&params, NULL);
    uint32_t length;
    assert_int_equal(crypt_esp_open(sealer, packet, sizeof packet, 0, plain, &length), CRYPT_BAD_ICV);
    assert_int_equal(crypt_esp_open(opener, packet, sizeof packet, 0, plain, &length), CRYPT_OK);
    assert_int_equal(length, 32);
    assert_int_equal(plain[0], 0x33);
    assert_int_equal(plain[31], 0x33);
    crypt_key_destroy(sealer);
    crypt_key_destroy(opener);
}

/* The value: AES-GCM of nothing with the packet as AAD, by python cryptography. RFC 4543 4: IV and ICV share the field. */
static void test_gmac_in_ah(void **state)
{
    (void)state;
    struct hex packet, icv, key;
    assert_true(hex_read("4500003800010000003300000a0000010a000002330700000000100100000005"
                         "000000000000000000000000000000000000000000000000", &packet));
    static const struct { const char *algorithm, *key, *icv; bool esn; } cases[] = {
        { "AES-128-GMAC", "000102030405060708090a0b0c0d0e0fa0a1a2a3", "01020304050607088c0a1bdefd66feba793af15581aca767", false },
        { "AES-128-GMAC", "000102030405060708090a0b0c0d0e0fa0a1a2a3", "0102030405060708e7e419c5ec5b1dc4591c5ff5b174c7b3", true },
        { "AES-256-GMAC", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3",
          "0102030405060708721295d1396be9f78b1b7bbf805f7596", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(hex_read(cases[i].key, &key) && hex_read(cases[i].icv, &icv));
        struct crypt_params params = params_of(NULL, 0, cases[i].algorithm, 0);
        params.integrity_key = hex_secret(&key);
        params.esn = cases[i].esn;
        struct crypt_key *made = crypt_key_create(&params, NULL);
        assert_non_null(made);
        assert_int_equal(crypt_ah_icv(made), 24);
        assert_int_equal(crypt_ah_verify(made, packet.bytes, packet.length, 9, icv.bytes, 24), CRYPT_OK);
        assert_int_equal(crypt_ah_verify(made, packet.bytes, packet.length, 9, icv.bytes, 16), CRYPT_SHORT);
        for (unsigned bit = 0; bit < 24 * 8; bit++) {
            icv.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(crypt_ah_verify(made, packet.bytes, packet.length, 9, icv.bytes, 24), CRYPT_BAD_ICV);
            icv.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        crypt_key_destroy(made);
    }
}

static void count_packets(struct crypt_params params)
{
    static uint8_t packet[1500], plain[1500];
    unsigned long at_first = allocations;
    struct crypt_key *key = crypt_key_create(&params, NULL);
    assert_non_null(key);
    assert_true(allocations > at_first); /* the counter counts */
    const struct encryption *row = params.encryption;
    uint8_t icv = row->icv ? row->icv : params.integrity ? params.integrity->icv : 0;
    uint32_t size = 8u + row->iv + 1376 + icv, length;
    memset(packet, 7, sizeof packet);
    for (unsigned round = 0; round < 100; round++) {
        unsigned long before = allocations;
        assert_true(crypt_esp_seal(key, packet, size, 1));
        assert_int_equal(crypt_esp_verify(key, packet, size, 1), CRYPT_OK);
        assert_int_equal(crypt_esp_open(key, packet, size, 1, plain, &length), CRYPT_OK);
        crypt_esp_verify(key, packet, round, 1);
        if (params.integrity != NULL) {
            packet[20] ^= 1;
            crypt_esp_open(key, packet, size, 1, plain, &length);
        }
        if (round > 0 && allocations != before)
            print_message("%s: %lu allocations in round %u\n", row->name, allocations - before, round);
        assert_true(round == 0 || allocations == before);
        if (row->icv != 0) { /* an AEAD's refusal: counted apart */
            before = allocations;
            packet[20] ^= 1;
            assert_int_equal(crypt_esp_open(key, packet, size, 1, plain, &length), CRYPT_BAD_ICV);
            assert_int_equal(crypt_esp_verify(key, packet, size, 1), CRYPT_BAD_ICV);
            if (round > 0 && allocations != before)
                print_message("%s: %lu allocations in the bad packets of round %u\n", row->name, allocations - before, round);
            assert_true(round == 0 || allocations == before);
        }
    }
    crypt_key_destroy(key);
}

static void test_packets_allocate_nothing(void **state)
{
    (void)state;
    if (!COUNTED) {
        print_message("SKIP: the sanitizer has the allocator\n");
        skip();
    }
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        if (row->base == BASE_TWOFISH || row->base == BASE_SERPENT)
            continue;
        unsigned key = row->key_bytes[0] + (unsigned)row->salt;
        count_packets(params_of(row->name, key, NULL, 0));
        for (size_t k = 1; row->icv == 0 && k < suite_integrity_count; k++)
            if (suite_integrities[k].kind != INTEGRITY_GMAC)
                count_packets(params_of(row->name, key, suite_integrities[k].name, suite_integrities[k].key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_icvs),
        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_unchecked_icv),
        cmocka_unit_test(test_gmac_in_ah),
        cmocka_unit_test(test_packets_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
