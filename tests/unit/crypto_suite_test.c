/* suite: numbers against the IKEv2 registry and the RFCs, names against what each tool prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "crypto/suite.h"

static const char *encryption_named(enum dialect dialect, const char *name, unsigned icv_bits)
{
    const struct encryption *row = suite_encryption_find(dialect, name, strlen(name), icv_bits);
    return row ? row->name : "(none)";
}

static const char *integrity_named(enum dialect dialect, const char *name, unsigned icv_bits)
{
    const struct integrity *row = suite_integrity_find(dialect, name, strlen(name), icv_bits);
    return row ? row->name : "(none)";
}

static void test_registry_numbers(void **state)
{
    (void)state;
    /* IANA, IKEv2 parameters, transform types 1 and 3 */
    static const struct { uint16_t iana; const char *name; } encryptions[] = {
        { 2, "DES-CBC" }, { 3, "3DES-CBC" }, { 6, "CAST-CBC" }, { 7, "BLOWFISH-CBC" }, { 11, "NULL" }, { 12, "AES-CBC" },
        { 13, "AES-CTR" }, { 14, "AES-CCM-8" }, { 15, "AES-CCM-12" }, { 16, "AES-CCM-16" }, { 18, "AES-GCM-8" },
        { 19, "AES-GCM-12" }, { 20, "AES-GCM-16" }, { 21, "NULL-AES-GMAC" }, { 23, "CAMELLIA-CBC" }, { 24, "CAMELLIA-CTR" },
        { 25, "CAMELLIA-CCM-8" }, { 26, "CAMELLIA-CCM-12" }, { 27, "CAMELLIA-CCM-16" }, { 28, "CHACHA20-POLY1305" },
        { 29, "AES-CCM-8-IIV" }, { 30, "AES-GCM-16-IIV" }, { 31, "CHACHA20-POLY1305-IIV" },
    };
    static const struct { uint16_t iana; const char *name; } integrities[] = {
        { 0, "NONE" }, { 1, "HMAC-MD5-96" }, { 2, "HMAC-SHA1-96" }, { 5, "AES-XCBC-96" }, { 6, "HMAC-MD5-128" },
        { 7, "HMAC-SHA1-160" }, { 8, "AES-CMAC-96" }, { 9, "AES-128-GMAC" }, { 10, "AES-192-GMAC" }, { 11, "AES-256-GMAC" },
        { 12, "HMAC-SHA2-256-128" }, { 13, "HMAC-SHA2-384-192" }, { 14, "HMAC-SHA2-512-256" },
    };
    for (size_t i = 0; i < sizeof encryptions / sizeof encryptions[0]; i++)
        assert_string_equal(suite_encryption_by_iana(encryptions[i].iana)->name, encryptions[i].name);
    for (size_t i = 0; i < sizeof integrities / sizeof integrities[0]; i++)
        assert_string_equal(suite_integrity_by_iana(integrities[i].iana)->name, integrities[i].name);
    assert_null(suite_encryption_by_iana(0));
    assert_null(suite_encryption_by_iana(9));
    assert_null(suite_encryption_by_iana(65535));
    assert_null(suite_integrity_by_iana(3));
    assert_null(suite_integrity_by_iana(65535));
}

static void test_rows_agree_with_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        const char *names[] = { row->name, row->xfrm, row->setkey, row->wireshark, row->strongswan, row->tcpdump };
        for (enum dialect dialect = DIALECT_ESPLAIN; dialect <= DIALECT_TCPDUMP; dialect++)
            if (names[dialect] != NULL)
                assert_ptr_equal(suite_encryption_find(dialect, names[dialect], strlen(names[dialect]), row->icv * 8u), row);
        assert_true(row->block >= 1);
        assert_true(row->implicit_iv ? row->iv == 0 : (row->kind == CIPHER_NULL) == (row->iv == 0));
        bool aead = row->kind == CIPHER_GCM || row->kind == CIPHER_CCM || row->kind == CIPHER_GMAC || row->kind == CIPHER_CHACHAPOLY;
        assert_int_equal(aead, row->icv != 0);
        assert_false(suite_encryption_takes(row, 1));
        assert_false(suite_encryption_takes(row, 200));
    }
    for (size_t i = 0; i < suite_integrity_count; i++) {
        const struct integrity *row = &suite_integrities[i];
        const char *names[] = { row->name, row->xfrm, row->setkey, row->wireshark, row->strongswan, row->tcpdump };
        for (enum dialect dialect = DIALECT_ESPLAIN; dialect <= DIALECT_TCPDUMP; dialect++)
            if (names[dialect] != NULL)
                assert_ptr_equal(suite_integrity_find(dialect, names[dialect], strlen(names[dialect]), row->icv * 8u), row);
        assert_true(suite_integrity_takes(row, row->key));
    }
}

static void test_names_of_xfrm(void **state)
{
    (void)state;
    enum dialect x = DIALECT_XFRM;
    assert_string_equal(encryption_named(x, "rfc4106(gcm(aes))", 64), "AES-GCM-8");
    assert_string_equal(encryption_named(x, "rfc4106(gcm(aes))", 96), "AES-GCM-12");
    assert_string_equal(encryption_named(x, "rfc4106(gcm(aes))", 128), "AES-GCM-16");
    assert_string_equal(encryption_named(x, "rfc4106(gcm(aes))", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(x, "rfc4106(gcm(aes))", 120), "(none)");
    assert_string_equal(encryption_named(x, "seqiv(rfc4106(gcm(aes)))", 128), "AES-GCM-16");
    assert_string_equal(encryption_named(x, "rfc4309(ccm(aes))", 64), "AES-CCM-8");
    assert_string_equal(encryption_named(x, "rfc4543(gcm(aes))", 128), "NULL-AES-GMAC");
    assert_string_equal(encryption_named(x, "rfc4543(gcm(aes))", 64), "(none)");
    assert_string_equal(encryption_named(x, "rfc7539esp(chacha20,poly1305)", 128), "CHACHA20-POLY1305");
    assert_string_equal(encryption_named(x, "cbc(aes)", 0), "AES-CBC");
    assert_string_equal(encryption_named(x, "aes", 0), "AES-CBC");
    assert_string_equal(encryption_named(x, "cbc(des3_ede)", 0), "3DES-CBC");
    assert_string_equal(encryption_named(x, "des3_ede", 0), "3DES-CBC");
    assert_string_equal(encryption_named(x, "cbc(des)", 0), "DES-CBC");
    assert_string_equal(encryption_named(x, "cbc(camellia)", 0), "CAMELLIA-CBC");
    assert_string_equal(encryption_named(x, "rfc3686(ctr(aes))", 0), "AES-CTR");
    assert_string_equal(encryption_named(x, "ecb(cipher_null)", 0), "NULL");
    assert_string_equal(encryption_named(x, "cbc(blowfish)", 0), "BLOWFISH-CBC");
    assert_string_equal(encryption_named(x, "aes-cbc", 0), "(none)");
    assert_string_equal(integrity_named(x, "hmac(sha256)", 0), "HMAC-SHA2-256-96"); /* the kernel's default truncation */
    assert_string_equal(integrity_named(x, "hmac(sha256)", 96), "HMAC-SHA2-256-96");
    assert_string_equal(integrity_named(x, "hmac(sha256)", 128), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(x, "hmac(sha256)", 256), "HMAC-SHA2-256-96"); /* no row: the caller keeps 32 bytes */
    assert_string_equal(integrity_named(x, "sha256", 128), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(x, "hmac(sha1)", 0), "HMAC-SHA1-96");
    assert_string_equal(integrity_named(x, "hmac(sha1)", 160), "HMAC-SHA1-160");
    assert_string_equal(integrity_named(x, "hmac(sha384)", 192), "HMAC-SHA2-384-192");
    assert_string_equal(integrity_named(x, "hmac(sha512)", 0), "HMAC-SHA2-512-256");
    assert_string_equal(integrity_named(x, "hmac(rmd160)", 96), "HMAC-RIPEMD160-96");
    assert_string_equal(integrity_named(x, "xcbc(aes)", 96), "AES-XCBC-96");
    assert_string_equal(integrity_named(x, "cmac(aes)", 96), "AES-CMAC-96");
    assert_string_equal(integrity_named(x, "digest_null", 0), "NONE");
}

static void test_names_of_setkey(void **state)
{
    (void)state;
    enum dialect s = DIALECT_SETKEY;
    assert_string_equal(encryption_named(s, "rijndael-cbc", 0), "AES-CBC");
    assert_string_equal(encryption_named(s, "aes-cbc", 0), "AES-CBC");
    assert_string_equal(encryption_named(s, "3des-cbc", 0), "3DES-CBC");
    assert_string_equal(encryption_named(s, "aes-ctr", 0), "AES-CTR");
    assert_string_equal(encryption_named(s, "aes-gcm-16", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(s, "null", 0), "NULL");
    assert_string_equal(integrity_named(s, "hmac-sha1", 0), "HMAC-SHA1-96");
    assert_string_equal(integrity_named(s, "hmac-md5", 0), "HMAC-MD5-96");
    assert_string_equal(integrity_named(s, "hmac-sha256", 0), "HMAC-SHA2-256-96");   /* ipsec-tools: the draft's 96 bits */
    assert_string_equal(integrity_named(s, "hmac-sha2-256", 0), "HMAC-SHA2-256-128"); /* FreeBSD: RFC 4868 */
    assert_string_equal(integrity_named(s, "aes-xcbc-mac", 0), "AES-XCBC-96");
    assert_string_equal(integrity_named(s, "null", 0), "NONE");
}

static void test_names_of_wireshark(void **state)
{
    (void)state;
    enum dialect w = DIALECT_WIRESHARK;
    assert_string_equal(encryption_named(w, "NULL", 0), "NULL");
    assert_string_equal(encryption_named(w, "AES-CBC [RFC3602]", 128), "AES-CBC");
    assert_string_equal(encryption_named(w, "TripleDES-CBC [RFC2451]", 96), "3DES-CBC");
    assert_string_equal(encryption_named(w, "TripleDes-CBC [RFC2451]", 96), "3DES-CBC"); /* as strongSwan's save-keys writes it */
    assert_string_equal(encryption_named(w, "AES-CTR [RFC3686]", 0), "AES-CTR");
    assert_string_equal(encryption_named(w, "DES-CBC [RFC2405]", 0), "DES-CBC");
    assert_string_equal(encryption_named(w, "CAST5-CBC [RFC2144]", 0), "CAST-CBC");
    assert_string_equal(encryption_named(w, "BLOWFISH-CBC [RFC2451]", 0), "BLOWFISH-CBC");
    assert_string_equal(encryption_named(w, "TWOFISH-CBC", 0), "TWOFISH-CBC");
    assert_string_equal(encryption_named(w, "AES-GCM [RFC4106]", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(w, "AES-GCM [RFC4106]", 64), "AES-GCM-8"); /* ICV from "ANY 64 bit authentication" */
    assert_string_equal(encryption_named(w, "AES-GCM with 8 octet ICV [RFC4106]", 0), "AES-GCM-8");
    assert_string_equal(encryption_named(w, "AES-GCM with 8 octet ICV [RFC4106]", 128), "AES-GCM-8");
    assert_string_equal(encryption_named(w, "AES-GCM with 16 octet ICV [RFC4106]", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(w, "ChaCha20 with Poly1305 [RFC7634]", 0), "CHACHA20-POLY1305");
    assert_string_equal(integrity_named(w, "NULL", 0), "NONE");
    assert_string_equal(integrity_named(w, "HMAC-SHA-1-96 [RFC2404]", 0), "HMAC-SHA1-96");
    assert_string_equal(integrity_named(w, "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", 0), "HMAC-SHA2-256-96");
    assert_string_equal(integrity_named(w, "HMAC-SHA-256-128 [RFC4868]", 0), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(w, "HMAC-SHA-384-192 [RFC4868]", 0), "HMAC-SHA2-384-192");
    assert_string_equal(integrity_named(w, "HMAC-SHA-512-256 [RFC4868]", 0), "HMAC-SHA2-512-256");
    assert_string_equal(integrity_named(w, "HMAC-MD5-96 [RFC2403]", 0), "HMAC-MD5-96");
    assert_string_equal(integrity_named(w, "MAC-RIPEMD-160-96 [RFC2857]", 0), "HMAC-RIPEMD160-96");
    assert_string_equal(integrity_named(w, "ANY 96 bit authentication [no checking]", 0), "(none)"); /* the importer's business */
}

static void test_names_of_strongswan(void **state)
{
    (void)state;
    enum dialect s = DIALECT_STRONGSWAN;
    assert_string_equal(encryption_named(s, "aes256gcm16", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(s, "aes128gcm64", 0), "AES-GCM-8");
    assert_string_equal(encryption_named(s, "aes192gcm96", 0), "AES-GCM-12");
    assert_string_equal(encryption_named(s, "aes128gcm128", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(s, "AES_GCM_16", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(s, "AES_GCM_16_256", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(s, "AES_GCM_8-128", 0), "AES-GCM-8");
    assert_string_equal(encryption_named(s, "AES_CBC_128", 0), "AES-CBC");
    assert_string_equal(encryption_named(s, "aes", 0), "AES-CBC");
    assert_string_equal(encryption_named(s, "aes128", 0), "AES-CBC");
    assert_string_equal(encryption_named(s, "aes256ctr", 0), "AES-CTR");
    assert_string_equal(encryption_named(s, "aes128ccm12", 0), "AES-CCM-12");
    assert_string_equal(encryption_named(s, "aes256gmac", 0), "NULL-AES-GMAC");
    assert_string_equal(encryption_named(s, "camellia192ccm8", 0), "CAMELLIA-CCM-8");
    assert_string_equal(encryption_named(s, "camellia256", 0), "CAMELLIA-CBC");
    assert_string_equal(encryption_named(s, "cast128", 0), "CAST-CBC");
    assert_string_equal(encryption_named(s, "chacha20poly1305", 0), "CHACHA20-POLY1305");
    assert_string_equal(encryption_named(s, "3des", 0), "3DES-CBC");
    assert_string_equal(encryption_named(s, "aes512", 0), "(none)");
    assert_string_equal(integrity_named(s, "HMAC_SHA2_256_128", 0), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(s, "sha256", 0), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(s, "sha256_96", 0), "HMAC-SHA2-256-96");
    assert_string_equal(integrity_named(s, "aesxcbc", 0), "AES-XCBC-96");
}

static void test_names_of_tcpdump(void **state)
{
    (void)state;
    enum dialect t = DIALECT_TCPDUMP;
    assert_string_equal(encryption_named(t, "aes128-cbc", 0), "AES-CBC");
    assert_string_equal(encryption_named(t, "aes256-cbc-hmac96", 0), "AES-CBC");
    assert_string_equal(encryption_named(t, "3des-cbc-hmac96", 0), "3DES-CBC");
    assert_string_equal(encryption_named(t, "des-cbc", 0), "DES-CBC");
    assert_string_equal(encryption_named(t, "blowfish-cbc", 0), "BLOWFISH-CBC");
    assert_string_equal(encryption_named(t, "cast128-cbc", 0), "CAST-CBC");
    assert_string_equal(encryption_named(t, "none", 0), "NULL");
    assert_string_equal(encryption_named(t, "-hmac96", 0), "(none)");
}

static void test_names_of_any_tool(void **state)
{
    (void)state;
    assert_string_equal(encryption_named(DIALECT_ESPLAIN, "aes-gcm-16", 0), "AES-GCM-16");
    assert_string_equal(encryption_named(DIALECT_ESPLAIN, "rfc4106(gcm(aes))", 64), "AES-GCM-8");
    assert_string_equal(encryption_named(DIALECT_ESPLAIN, "aes128gcm8", 0), "AES-GCM-8");
    assert_string_equal(integrity_named(DIALECT_ESPLAIN, "hmac-sha2-256-128", 0), "HMAC-SHA2-256-128");
    assert_string_equal(integrity_named(DIALECT_ESPLAIN, "HMAC_SHA1_96", 0), "HMAC-SHA1-96");
}

static void test_odd_names_find_nothing(void **state)
{
    (void)state;
    char noise[300];
    memset(noise, 'a', sizeof noise);
    for (enum dialect dialect = DIALECT_ESPLAIN; dialect <= DIALECT_TCPDUMP; dialect++) {
        assert_null(suite_encryption_find(dialect, "", 0, 0));
        assert_null(suite_integrity_find(dialect, NULL, 0, 0));
        for (size_t length = 1; length <= sizeof noise; length++) {
            assert_null(suite_encryption_find(dialect, noise, length, 0));
            assert_null(suite_integrity_find(dialect, noise, length, 0));
        }
        assert_string_equal(encryption_named(dialect, "seqiv()", 0), "(none)");
        assert_string_equal(encryption_named(dialect, "seqiv(", 0), "(none)");
        assert_string_equal(encryption_named(dialect, "128", 0), "(none)");
    }
}

static void test_key_lengths(void **state)
{
    (void)state;
    const struct encryption *gcm = suite_encryption_by_iana(20), *ccm = suite_encryption_by_iana(16);
    const struct encryption *chacha = suite_encryption_by_iana(28), *blowfish = suite_encryption_by_iana(7);
    for (size_t length = 0; length < 100; length++) {
        assert_int_equal(suite_encryption_takes(gcm, length), length == 20 || length == 28 || length == 36); /* RFC 4106 8.1 */
        assert_int_equal(suite_encryption_takes(ccm, length), length == 19 || length == 27 || length == 35); /* RFC 4309 7.1 */
        assert_int_equal(suite_encryption_takes(chacha, length), length == 36);                              /* RFC 7634 2 */
        assert_int_equal(suite_encryption_takes(blowfish, length), length >= 5 && length <= 56);             /* RFC 2451 2.2 */
        assert_int_equal(suite_encryption_takes(suite_encryption_by_iana(3), length), length == 24);
        assert_int_equal(suite_encryption_takes(suite_encryption_by_iana(11), length), length == 0);
        assert_int_equal(suite_integrity_takes(suite_integrity_by_iana(5), length), length == 16);
        assert_int_equal(suite_integrity_takes(suite_integrity_by_iana(12), length), length > 0);
        assert_int_equal(suite_integrity_takes(suite_integrity_by_iana(9), length), length == 20); /* RFC 4543 5.3 */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_numbers),
        cmocka_unit_test(test_rows_agree_with_themselves),
        cmocka_unit_test(test_names_of_xfrm),
        cmocka_unit_test(test_names_of_setkey),
        cmocka_unit_test(test_names_of_wireshark),
        cmocka_unit_test(test_names_of_strongswan),
        cmocka_unit_test(test_names_of_tcpdump),
        cmocka_unit_test(test_names_of_any_tool),
        cmocka_unit_test(test_odd_names_find_nothing),
        cmocka_unit_test(test_key_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
