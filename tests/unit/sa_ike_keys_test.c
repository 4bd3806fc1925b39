/* ike_keys: the table of IKE keys: what is told twice, its limits, files that are none, and real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/sa_ike_texts.h"

static void told_twice(void **state)
{
    (void)state;
    static const char row[] = SPIS "," A16 "," B16 ",\"AES-CBC-128 [RFC3602]\"," A32 "," B32 ",\"HMAC_SHA2_256_128 [RFC4868]\"\n";
    struct ike_keys *keys = keys_of(row);
    assert_true(add(keys, row, sizeof row - 1, NULL));
    assert_int_equal(ike_keys_count(keys), 1);
    /* Other keys for the same IKE SA: both are kept, and it is said. */
    static const char other[] = "\n" SPIS "," B16 "," A16 ",\"AES-CBC-128 [RFC3602]\"," A32 "," B32 ",\"HMAC_SHA2_256_128 [RFC4868]\"\n";
    assert_true(add(keys, other, sizeof other - 1, NULL));
    assert_int_equal(ike_keys_count(keys), 2);
    assert_int_equal(notes_of(keys, "duplicate-sa", 2), 1);
    struct ike_keys_query query = { .version = 2 };
    memcpy(query.spi_i, key_at(keys, 0)->spi_i, 8);
    size_t at = 0;
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 0));
    assert_ptr_equal(ike_keys_find(keys, &query, &at), key_at(keys, 1));
    assert_int_equal(key_at(keys, 1)->file, 2);
    assert_null(ike_keys_find(keys, &query, &at));
    ike_keys_destroy(keys);
}

static void limits(void **state)
{
    (void)state;
    struct text text = { 0 };
    for (unsigned i = 0; i < IKE_KEYS_ALIKE_MAX + 5; i++)
        text_printf(&text, "d629c3517b41c133,%032x\n", i + 1);
    struct ike_keys *keys = keys_of(text.chars);
    assert_int_equal(ike_keys_count(keys), IKE_KEYS_ALIKE_MAX);
    assert_int_equal(notes_of(keys, "too-many", 0), 1);
    ike_keys_destroy(keys);
    text_clear(&text);
    for (unsigned i = 0; i < IKE_KEYS_MAX + 5; i++)
        text_printf(&text, "%016x,%032x\n", i, i);
    keys = keys_of(text.chars);
    assert_int_equal(ike_keys_count(keys), IKE_KEYS_MAX);
    assert_int_equal(notes_of(keys, "too-many", 0), 1);
    assert_ptr_equal(find_first(keys, 1, "000000000000abcd", "0000000000000000"), key_at(keys, 0xabcd));
    ike_keys_destroy(keys);
    text_clear(&text);
    text_put(&text, "d629c3517b41c133," A16 "\n");
    for (unsigned i = 0; i < 1000; i++)
        text_put(&text, "no row\n");
    keys = keys_of(text.chars);
    assert_int_equal(notes_of(keys, "damaged", 0), IKE_KEYS_NOTES_MAX);
    assert_int_equal(notes_of(keys, "remarks", 0), 1);
    ike_keys_destroy(keys);
    text_free(&text);
}

static void refused_files(void **state)
{
    (void)state;
    struct error error;
    struct ike_keys *keys = keys_new();
    static const char esp[] = "\"IPv4\",\"10.0.0.1\",\"10.0.0.2\",\"0xc779b792\",\"NULL\",\"\",\"NULL\",\"\"\n";
    assert_false(add(keys, esp, sizeof esp - 1, &error));
    assert_non_null(strstr(error.message, "--sa"));
    assert_false(add(keys, "what is this?\n", 14, &error));
    assert_non_null(strstr(error.message, "no IKE keys"));
    assert_false(ike_keys_add_file(keys, "tests/data/no such file", &error));
    assert_non_null(strstr(error.message, "no such file"));
    assert_int_equal(notes_of(keys, NULL, 0), 0);
    assert_true(add(keys, "", 0, &error));
    assert_true(add(keys, "# only\n\n # this\n", 16, &error));
    assert_int_equal(notes_of(keys, "empty", 0), 2);
    assert_int_equal(ike_keys_count(keys), 0);
    ike_keys_destroy(keys);
}

static void truncation(void **state)
{
    (void)state;
    struct log log = { .prefix = "05[IKE] <t|1> " };
    text_put(&log.text, "05[CFG] selected proposal: IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048\n");
    log_keys(&log, A32 B32, B32, A16, B16, A32, B32);
    const char *const texts[] = {
        SPIS "," A16 "," B16 ",\"AES-CBC-128 [RFC3602]\"," A32 "," B32 ",\"HMAC_SHA2_256_128 [RFC4868]\"\nd629c3517b41c133,\"" A16 "\"",
        "x | " PLUTO_I "sha256:0x" A32 " aes256:0x" B32 "\n" PLUTO_R "sha256:0x" A32 " aes256:0x" B32,
        log.text.chars,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t cut = 0; cut <= strlen(texts[i]); cut++) {
            struct ike_keys *keys = keys_new();
            (void)add(keys, texts[i], cut, NULL);
            (void)notes_of(keys, NULL, 0);
            ike_keys_destroy(keys);
        }
    text_free(&log.text);
}

/* What strongSwan's save-keys wrote on both hosts of each shared scenario: the same keys. */
static void real_files(void **state)
{
    (void)state;
    static const char *const scenarios[] = {
        "delchild", "expirehard", "invke", "loss", "peerkill", "rekeychild", "ts", "v2ah", "v2cbc", "v2gcm", "v2gcmencap", "v2ip6",
        "v2null", "wrongpsk2", "v1main",
    };
    char name[200], path[400];
    if (!pcapfile_shared(path, sizeof path, "scenarios/v2gcm/t.pcap")) {
        print_message("SKIP real_files: the shared scenarios are not there\n");
        skip();
    }
    struct ike_keys *keys = keys_new();
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        for (unsigned side = 0; side < 2; side++) {
            struct error error = { "" };
            snprintf(name, sizeof name, "scenarios/%s/keys%c/ikev%c_decryption_table", scenarios[i], "AB"[side],
                     strcmp(scenarios[i], "v1main") == 0 ? '1' : '2');
            assert_true(pcapfile_shared(path, sizeof path, name));
            if (!ike_keys_add_file(keys, path, &error))
                fail_msg("%s", error.message);
        }
        assert_int_equal(ike_keys_count(keys), i + 1);
    }
    assert_int_equal(notes_of(keys, NULL, 0), 0);
    ike_keys_destroy(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_twice), cmocka_unit_test(limits), cmocka_unit_test(refused_files),
        cmocka_unit_test(truncation), cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
