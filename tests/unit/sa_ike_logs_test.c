/* IKE keys in the logs of libreswan and strongSwan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/sa_ike_texts.h"

static void libreswan_lines(void **state)
{
    (void)state;
    struct ike_keys *keys = keys_of(
        "Aug 19 10:00:00 host pluto[1234]: | calculating skeyseed using prf=sha2_256\n"
        "Aug 19 10:00:00 host pluto[1234]: | " PLUTO_I "sha256:0x" A32 " aes256:0x" B32 "\n"
        "Aug 19 10:00:00 host pluto[1234]: \"west\" #1: something about ikev2 in between\n"
        "Aug 19 10:00:00 host pluto[1234]: | " PLUTO_R "sha256:0x" B32 " aes256:0x" A32 "\n");
    assert_int_equal(ike_keys_count(keys), 1);
    assert_int_equal(notes_of(keys, NULL, 0), 0);
    const struct ike_key *key = find_first(keys, 2, "ba1143d176e1557b", "b62a3c712fd1f26a");
    assert_non_null(key);
    assert_int_equal(key->line, 2);
    assert_string_equal(key->params.encryption->name, "AES-CBC");
    assert_string_equal(key->params.integrity->name, "HMAC-SHA2-256-128");
    assert_true(key_is(&key->params.integrity_key[0], A32) && key_is(&key->params.encryption_key[0], B32));
    assert_true(key_is(&key->params.integrity_key[1], B32) && key_is(&key->params.encryption_key[1], A32));
    ike_keys_destroy(keys);
}

static void libreswan_algorithms(void **state)
{
    (void)state;
    static const struct {
        const char *words, *encryption, *integrity, *code; /* encryption NULL: left out */
    } cases[] = {
        { "sha1:0x" A20 " aes128:0x" A16, "AES-CBC", "HMAC-SHA1-96", NULL },
        { "md5:0x" A16 " 3des192:0x" A16 "f0f1f2f3f4f5f6f7", "3DES-CBC", "HMAC-MD5-96", NULL },
        { "sha1:0x" A20 " 3des:0x" A16 "f0f1f2f3f4f5f6f7", "3DES-CBC", "HMAC-SHA1-96", NULL },
        { "aes_xcbc:0x" A16 " camellia256:0x" A32, "CAMELLIA-CBC", "AES-XCBC-96", NULL },
        { "aes_cmac:0x" A16 " aes-256-cbc:0x" A32, "AES-CBC", "AES-CMAC-96", NULL },
        { "hmac_sha2_256_truncbug:0x" A32 " aes256:0x" A32, "AES-CBC", "HMAC-SHA2-256-96", NULL },
        { "sha512:0x" A32 " aes256:0x" A32, "AES-CBC", "HMAC-SHA2-512-256", "key-length" }, /* cut to 256 bits */
        { "none: aes_gcm_16256:0x" A32, NULL, NULL, "salt-missing" },
        { "none:0x aes_gcm_16256:0x" A32 "01020304", "AES-GCM-16", NULL, NULL },
        { "sha1:0x" A20 " aes_ctr128:0x" A16, NULL, NULL, "salt-missing" },
        { "none: chacha20_poly1305256:0x" A32, NULL, NULL, "salt-missing" },
        { "sha1 aes128", NULL, NULL, "key-missing" }, /* versions that leave the keys out */
        { "sha9:0x" A20 " aes128:0x" A16, NULL, NULL, "algorithm" },
        { "sha1:0x" A20 " rot13:0x" A16, NULL, NULL, "algorithm" },
        { "sha1:0x" A20, NULL, NULL, "damaged" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[400];
        snprintf(text, sizeof text, "| " PLUTO_I "%s\n", cases[i].words);
        struct ike_keys *keys = keys_of(text);
        assert_int_equal(ike_keys_count(keys), cases[i].encryption != NULL);
        assert_int_equal(notes_of(keys, cases[i].code, 1), cases[i].code != NULL);
        if (cases[i].encryption != NULL) {
            const struct ike_params *params = &key_at(keys, 0)->params;
            assert_string_equal(params->encryption->name, cases[i].encryption);
            assert_string_equal(params->integrity ? params->integrity->name : "", cases[i].integrity ? cases[i].integrity : "");
            struct ike *ike = ike_create(params, NULL);
            assert_non_null(ike);
            ike_destroy(ike);
        }
        ike_keys_destroy(keys);
    }
}

static void strongswan_log(void **state)
{
    (void)state;
    struct log log = { .prefix = "Jan  2 12:00:00 host charon: 05[IKE] <t|1> " };
    text_put(&log.text, "Jan  2 12:00:00 host charon: 05[CFG] <1> selected proposal: "
                        "IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048\n");
    log_keys(&log, A32 B32, B32, A16, B16, A32, B32);
    log.prefix = "2026-01-02T12:00:00 12[IKE4] ";
    text_put(&log.text, "2026-01-02T12:00:00 12[CFG2] selected proposal: ESP:AES_GCM_16_256/NO_EXT_SEQ\n");
    text_put(&log.text, "2026-01-02T12:00:00 12[CFG1] selected proposal: IKE:AES_GCM_16_256/PRF_HMAC_SHA2_384/ECP_384/KE1_ML_KEM_768\n");
    log_keys(&log, NULL, A32 A16, A32 "01020304", B32 "05060708", NULL, NULL);
    struct ike_keys *keys = keys_of(log.text.chars);
    assert_int_equal(ike_keys_count(keys), 2);
    assert_int_equal(notes_of(keys, NULL, 0), 0);
    const struct ike_key *key = key_at(keys, 0);
    assert_false(key->spi_i_known || key->spi_r_known);
    assert_string_equal(key->params.encryption->name, "AES-CBC");
    assert_string_equal(key->params.integrity->name, "HMAC-SHA2-256-128");
    assert_string_equal(key->prf->name, "HMAC-SHA2-256");
    assert_true(key_is(&key->sk_d, B32) && key_is(&key->nonces, A32 B32));
    assert_true(key_is(&key->params.encryption_key[0], A16) && key_is(&key->params.encryption_key[1], B16));
    assert_true(key_is(&key->params.integrity_key[0], A32) && key_is(&key->params.integrity_key[1], B32));
    key = key_at(keys, 1);
    assert_string_equal(key->params.encryption->name, "AES-GCM-16");
    assert_null(key->params.integrity);
    assert_string_equal(key->prf->name, "HMAC-SHA2-384");
    assert_true(key_is(&key->sk_d, A32 A16) && key->nonces.length == 0);

    /* Any IKE SA may be theirs, unless its nonces are known to be others. */
    struct ike_keys_query query = { .version = 2, .spi_i = { 9 }, .spi_r = { 9 } };
    size_t at = 0;
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 0));
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 1));
    assert_null(ike_keys_find(keys, &query, &at));
    const struct secret *nonces = &key_at(keys, 0)->nonces;
    query.ni = (struct ike_bytes){ nonces->bytes, 32 };
    query.nr = (struct ike_bytes){ nonces->bytes + 32, 32 };
    at = 0;
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 0));
    query.nr = (struct ike_bytes){ nonces->bytes + 31, 32 };
    at = 0;
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 1));
    ike_keys_destroy(keys);
    text_free(&log.text);
}

/* Two threads write in turn; a third derives keys of a proposal that another chose; one dump breaks off. */
static void strongswan_threads(void **state)
{
    (void)state;
    struct log one = { .prefix = "05[IKE] " }, two = { .prefix = "137[IKE] <2> " }, three = { .prefix = "09[IKE] " };
    struct text mixed = { 0 };
    text_put(&one.text, "05[CFG] selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048\n");
    log_keys(&one, A32, A20, A16, B16, A20, B20);
    text_put(&two.text, "137[CFG] selected proposal: IKE:CHACHA20_POLY1305/PRF_HMAC_SHA2_256/CURVE_25519\n");
    log_keys(&two, B32, B32, A32 "01020304", B32 "05060708", NULL, NULL);
    char *a = one.text.chars, *b = two.text.chars;
    while (*a != 0 || *b != 0) { /* a line of each in turn */
        size_t length = strcspn(a, "\n") + (*a != 0);
        text_add(&mixed, a, length);
        a += length;
        length = strcspn(b, "\n") + (*b != 0);
        text_add(&mixed, b, length);
        b += length;
    }
    text_put(&mixed, "09[IKE] Sk_ei secret => 32 bytes @ 0x7f0a1c003a10\n09[IKE]    0: 00 11 22 what is this\n");
    text_put(&mixed, "04[CFG] selected proposal: IKE:AES_GCM_16_128/PRF_AES128_XCBC/ECP_256\n");
    log_keys(&three, NULL, A16, A20, B20, NULL, NULL);
    text_add(&mixed, three.text.chars, three.text.length);
    struct ike_keys *keys = keys_of(mixed.chars);
    assert_int_equal(notes_of(keys, NULL, 0), 0);
    assert_int_equal(ike_keys_count(keys), 3);
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = { "CHACHA20-POLY1305", "AES-CBC", "AES-GCM-16" };
        assert_string_equal(key_at(keys, i)->params.encryption->name, names[i]);
    }
    assert_true(key_is(&key_at(keys, 1)->params.integrity_key[1], B20));
    assert_true(key_is(&key_at(keys, 0)->params.encryption_key[1], B32 "05060708"));
    ike_keys_destroy(keys);

    /* No proposal that fits: left out, with a remark. */
    struct log four = { .prefix = "05[IKE] " };
    log_keys(&four, NULL, A20, A16, B16, A20, B20);
    keys = keys_of(four.text.chars);
    assert_int_equal(ike_keys_count(keys), 0);
    assert_int_equal(notes_of(keys, "algorithm", 0), 1);
    ike_keys_destroy(keys);
    text_free(&one.text);
    text_free(&two.text);
    text_free(&three.text);
    text_free(&four.text);
    text_free(&mixed);
}

/* The secrets of Child SAs' own key exchanges, each with the initiator's key that was made with it; without such a key there is no proof. */
static void strongswan_exchanges(void **state)
{
    (void)state;
    static const char text[] = "05[CFG] selected proposal: IKE:AES_GCM_16_128/PRF_HMAC_SHA2_256/ECP_256\n"
                               "05[IKE] Sk_ei secret => 4 bytes @ 0x1\n"
                               "07[CHD] DH secret => 18 bytes @ 0x7f0a1c003a10\n"
                               "07[CHD]    0: 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F  ................\n"
                               "07[CHD]   16: 10 11                                            ..\n"
                               "07[CHD] encryption initiator key => 2 bytes @ 0x1\n"
                               "07[CHD]    0: AA BB  ..\n"
                               "07[CHD] encryption responder key => 2 bytes @ 0x1\n"
                               "07[CHD]    0: CC DD  ..\n"
                               "07[CHD] integrity initiator key => 1 bytes @ 0x1\n"
                               "07[CHD]    0: EE  .\n"
                               "08[CHD] encryption initiator key => 1 bytes @ 0x1\n"
                               "08[CHD]    0: 77  .\n"
                               "08[CHD] DH secret => 1 bytes @ 0x1\n"
                               "08[CHD]    0: 55  .\n"
                               "08[CHD] integrity initiator key => 1 bytes @ 0x1\n"
                               "08[CHD]    0: 66  .\n";
    struct ike_keys *keys = keys_of(text);
    size_t at = 0;
    const struct ike_exchange_secret *exchange = ike_keys_next_exchange(keys, &at);
    assert_non_null(exchange);
    assert_true(key_is(&exchange->secret, "000102030405060708090a0b0c0d0e0f1011") && key_is(&exchange->key, "aabb"));
    assert_false(exchange->of_integrity);
    exchange = ike_keys_next_exchange(keys, &at);
    assert_non_null(exchange);
    assert_true(key_is(&exchange->secret, "55") && key_is(&exchange->key, "66") && exchange->of_integrity);
    assert_null(ike_keys_next_exchange(keys, &at));
    ike_keys_destroy(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libreswan_lines), cmocka_unit_test(libreswan_algorithms), cmocka_unit_test(strongswan_log),
        cmocka_unit_test(strongswan_threads), cmocka_unit_test(strongswan_exchanges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
