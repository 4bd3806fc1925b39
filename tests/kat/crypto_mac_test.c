/* The integrity algorithms against the vectors of RFC 2202, 2857, 3566, 4231, 4493 and 4868, through crypt_ah_verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kat/crypto_hex.h"

#define LARGE "Test Using Larger Than Block-Size Key - Hash Key First"

struct mac_vector {
    const char *source, *algorithm;
    const char *key;       /* hexadecimal, or NULL: key_bytes times key_byte */
    uint8_t key_byte, key_bytes;
    const char *text;      /* a string, or NULL: count bytes, rising from 0 or all zero */
    uint16_t count;
    bool rising;
    const char *mac;       /* whole */
};

static const struct mac_vector vectors[] = {
    { "RFC 2202 2 case 1", "HMAC-MD5-96", NULL, 0x0b, 16, "Hi There", 0, 0, "9294727a3638bb1c13f48ef8158bfc9d" },
    { "RFC 2202 2 case 2", "HMAC-MD5-96", "4a656665", 0, 0, "what do ya want for nothing?", 0, 0, "750c783e6ab0b503eaa86e310a5db738" },
    { "RFC 2202 2 case 6", "HMAC-MD5-96", NULL, 0xaa, 80, LARGE, 0, 0, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
    { "RFC 2202 3 case 1", "HMAC-SHA1-96", NULL, 0x0b, 20, "Hi There", 0, 0, "b617318655057264e28bc0b6fb378c8ef146be00" },
    { "RFC 2202 3 case 2", "HMAC-SHA1-96", "4a656665", 0, 0, "what do ya want for nothing?", 0, 0,
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
    { "RFC 2202 3 case 6", "HMAC-SHA1-96", NULL, 0xaa, 80, LARGE, 0, 0, "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
    { "RFC 2286 2 case 1", "HMAC-RIPEMD160-96", NULL, 0x0b, 20, "Hi There", 0, 0, "24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668" },
    { "RFC 4231 4.2", "HMAC-SHA2-256-128", NULL, 0x0b, 20, "Hi There", 0, 0,
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "RFC 4231 4.7", "HMAC-SHA2-256-128", NULL, 0xaa, 131, LARGE, 0, 0,
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "RFC 4231 4.7", "HMAC-SHA2-384-192", NULL, 0xaa, 131, LARGE, 0, 0,
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952" },
    { "RFC 4231 4.7", "HMAC-SHA2-512-256", NULL, 0xaa, 131, LARGE, 0, 0,
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
      "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
    { "RFC 4868 2.7.2", "HMAC-SHA2-256-128", NULL, 0x0b, 32, "Hi There", 0, 0,
      "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7" },
    { "RFC 4868 2.7.2", "HMAC-SHA2-384-192", NULL, 0x0b, 48, "Hi There", 0, 0,
      "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee9737a959796489bddbc4c5df61d5b3297b4fb68dab9f1b582c2" },
    { "RFC 4868 2.7.2", "HMAC-SHA2-512-256", NULL, 0x0b, 64, "Hi There", 0, 0,
      "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8"
      "ac2878ebd5803f6f0b61dbce5e251ff8789a4722c1be65aea45fd464e89f8f5b" },
    { "RFC 3566 case 1", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 0, 1, "75f0251d528ac01c4573dfd584d79f29" },
    { "RFC 3566 case 2", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 3, 1, "5b376580ae2f19afe7219ceef172756f" },
    { "RFC 3566 case 3", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 16, 1, "d2a246fa349b68a79998a4394ff7a263" },
    { "RFC 3566 case 4", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 20, 1, "47f51b4564966215b8985c63055ed308" },
    { "RFC 3566 case 5", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 32, 1, "f54f0ec8d2b9f3d36807734bd5283fd4" },
    { "RFC 3566 case 6", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 34, 1, "becbb3bccdb518a30677d5481fb6b4d8" },
    { "RFC 3566 case 7", "AES-XCBC-96", "000102030405060708090a0b0c0d0e0f", 0, 0, NULL, 1000, 0, "f0dafee895db30253761103b5d84528f" },
    { "RFC 4493 4 example 1", "AES-CMAC-96", "2b7e151628aed2a6abf7158809cf4f3c", 0, 0, NULL, 0, 0, "bb1d6929e95937287fa37d129b756746" },
};

static void check(const struct mac_vector *vector, const uint8_t *text, uint32_t length)
{
    struct hex key = { .length = 0 }, mac;
    if (vector->key != NULL) {
        assert_true(hex_read(vector->key, &key));
    } else {
        key.length = vector->key_bytes;
        memset(key.bytes, vector->key_byte, key.length);
    }
    assert_true(hex_read(vector->mac, &mac));
    const struct integrity *row = suite_integrity_find(DIALECT_ESPLAIN, vector->algorithm, strlen(vector->algorithm), 0);
    assert_non_null(row);
    const uint8_t icvs[] = { row->icv, (uint8_t)mac.length };
    for (unsigned i = 0; i < 2; i++) {
        struct crypt_params params = { .integrity = row, .integrity_key = hex_secret(&key), .icv = icvs[i] };
        struct error error = { "" };
        struct crypt_key *made = crypt_key_create(&params, &error);
        assert_non_null(made);
        assert_int_equal(crypt_ah_icv(made), icvs[i]);
        assert_int_equal(crypt_ah_verify(made, text, length, 0, mac.bytes, icvs[i]), CRYPT_OK);
        mac.bytes[icvs[i] - 1] ^= 0x80;
        assert_int_equal(crypt_ah_verify(made, text, length, 0, mac.bytes, icvs[i]), CRYPT_BAD_ICV);
        mac.bytes[icvs[i] - 1] ^= 0x80;
        assert_int_equal(crypt_ah_verify(made, text, length, 9, mac.bytes, icvs[i]), CRYPT_OK); /* no ESN: the high half is nothing */
        assert_int_equal(crypt_ah_verify(made, text, length, 0, mac.bytes, (uint8_t)(icvs[i] - 1)), CRYPT_SHORT);
        crypt_key_destroy(made);
        if (length < 4)
            continue;
        params.esn = true; /* the high half follows the packet (RFC 4302 2.5.1): split the text before its last word */
        made = crypt_key_create(&params, &error);
        uint32_t high = (uint32_t)text[length - 4] << 24 | (uint32_t)text[length - 3] << 16 | (uint32_t)text[length - 2] << 8 | text[length - 1];
        assert_int_equal(crypt_ah_verify(made, text, length - 4, high, mac.bytes, icvs[i]), CRYPT_OK);
        assert_int_equal(crypt_ah_verify(made, text, length - 4, high + 1, mac.bytes, icvs[i]), CRYPT_BAD_ICV);
        crypt_key_destroy(made);
    }
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t text[1024] = { 0 };
        uint32_t length = vectors[i].text != NULL ? (uint32_t)strlen(vectors[i].text) : vectors[i].count;
        for (uint32_t at = 0; at < length; at++)
            text[at] = vectors[i].text != NULL ? (uint8_t)vectors[i].text[at] : vectors[i].rising ? (uint8_t)at : 0;
        check(&vectors[i], text, length);
    }
}

/* RFC 4493 4: examples 2 to 4 are the first 16, 40 and 64 bytes of one text. */
static void test_cmac_examples(void **state)
{
    (void)state;
    static const struct { uint32_t length; const char *mac; } examples[] = {
        { 16, "070a16b46b4d4144f79bdd9dd04a287c" },
        { 40, "dfa66747de9ae63030ca32611497c827" },
        { 64, "51f0bebf7e3b9d92fc49741779363cfe" },
    };
    struct hex text;
    assert_true(hex_read("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                         "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710", &text));
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct mac_vector vector = { .algorithm = "AES-CMAC-96", .key = "2b7e151628aed2a6abf7158809cf4f3c", .mac = examples[i].mac };
        check(&vector, text.bytes, examples[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_cmac_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
