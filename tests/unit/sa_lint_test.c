/* lint: one definition by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sa_source_collect.h"

static const uint8_t zeros[SECRET_MAX];

struct fixture {
    struct collect collect;
    struct sa_sink sink;
    struct sa_definition sa;
};

/* An SA that nothing is wrong with: AES-128-CBC and HMAC-SHA1-96, window 32. */
static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->collect.secrets = secrets_create();
    assert_non_null(f->collect.secrets);
    f->sink = collect_sink(&f->collect);
    assert_true(prefix_parse("192.0.2.1", 9, &f->sa.src));
    assert_true(prefix_parse("192.0.2.2", 9, &f->sa.dst));
    f->sa.spi = 0xc0000001;
    f->sa.proto = SA_PROTO_ESP;
    f->sa.encryption = suite_encryption_find(DIALECT_XFRM, "cbc(aes)", 8, 0);
    f->sa.integrity = suite_integrity_find(DIALECT_XFRM, "hmac(sha1)", 10, 96);
    f->sa.icv = 12;
    f->sa.encryption_key = secrets_keep(f->collect.secrets, zeros, 16);
    f->sa.integrity_key = secrets_keep(f->collect.secrets, zeros, 20);
    f->sa.window_known = true;
    f->sa.window = 32;
    return f;
}

/* Exactly one remark of this code and level; NULL: none at all. */
static void end(struct fixture *f, const char *code, enum remark_level level)
{
    sa_lint(&f->sa, 7, &f->sink);
    if (code == NULL) {
        if (f->collect.remarks != 0)
            print_error("%s\n", f->collect.remark[0].text);
        assert_int_equal(f->collect.remarks, 0);
    } else {
        assert_int_equal(f->collect.remarks, 1);
        assert_string_equal(f->collect.remark[0].code, code);
        assert_int_equal(f->collect.remark[0].level, level);
        assert_int_equal(f->collect.remark[0].line, 7);
        assert_true(f->collect.remark[0].text[0] != '\0');
    }
    secrets_destroy(f->collect.secrets);
    free(f);
}

static void use_aead(struct fixture *f, const char *name, unsigned icv_bits, size_t key)
{
    f->sa.encryption = suite_encryption_find(DIALECT_XFRM, name, strlen(name), icv_bits);
    assert_non_null(f->sa.encryption);
    f->sa.integrity = NULL;
    f->sa.integrity_key = (struct secret){ 0 };
    f->sa.icv = (uint8_t)(icv_bits / 8);
    f->sa.encryption_key = secrets_keep(f->collect.secrets, zeros, key);
}

static void test_clean(void **state)
{
    (void)state;
    end(begin(), NULL, 0);
    /* RFC 4106 section 8.1: 20, 28 or 36 bytes with the salt; RFC 4309 section 7.1: 19, 27, 35; RFC 7634: 36 */
    static const struct { const char *name; size_t keys[4]; } aeads[] = {
        { "rfc4106(gcm(aes))", { 20, 28, 36 } }, { "rfc4309(ccm(aes))", { 19, 27, 35 } },
        { "rfc7539esp(chacha20,poly1305)", { 36 } }, { "rfc4543(gcm(aes))", { 20, 28, 36 } },
    };
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; aeads[i].keys[k]; k++) {
            struct fixture *f = begin();
            use_aead(f, aeads[i].name, 128, aeads[i].keys[k]);
            end(f, NULL, 0);
        }
}

static void test_encryption_keys(void **state)
{
    (void)state;
    static const struct { const char *name; unsigned icv; size_t length; const char *code; } cases[] = {
        { "rfc4106(gcm(aes))", 128, 16, "salt-missing" }, { "rfc4106(gcm(aes))", 128, 24, "salt-missing" },
        { "rfc4106(gcm(aes))", 128, 32, "salt-missing" }, { "rfc4106(gcm(aes))", 128, 19, "leading-zeros" },
        { "rfc4106(gcm(aes))", 128, 35, "leading-zeros" }, { "rfc4106(gcm(aes))", 128, 21, "key-length" },
        { "rfc4106(gcm(aes))", 128, 40, "key-length" }, { "rfc4309(ccm(aes))", 128, 16, "salt-missing" },
        { "rfc4309(ccm(aes))", 128, 17, "leading-zeros" }, { "rfc7539esp(chacha20,poly1305)", 128, 32, "salt-missing" },
        { "rfc7539esp(chacha20,poly1305)", 128, 16, "key-length" },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = begin();
        use_aead(f, cases[i].name, cases[i].icv, cases[i].length);
        end(f, cases[i].code, REMARK_ERROR);
    }
    static const struct { size_t length; const char *code; } cbc[] = {
        { 15, "leading-zeros" }, { 12, "leading-zeros" }, { 11, "key-length" }, { 17, "key-length" }, { 22, "leading-zeros" },
        { 28, "leading-zeros" }, { 31, "leading-zeros" }, { 33, "key-length" },
    };
    for (unsigned i = 0; i < sizeof cbc / sizeof cbc[0]; i++) {
        struct fixture *f = begin();
        f->sa.encryption_key = secrets_keep(f->collect.secrets, zeros, cbc[i].length);
        end(f, cbc[i].code, REMARK_ERROR);
    }
}

static void test_integrity_keys(void **state)
{
    (void)state;
    static const struct { size_t length; const char *code; } lengths[] = {
        { 19, "leading-zeros" }, { 16, "leading-zeros" }, { 15, "key-length" }, { 21, "key-length" },
    };
    for (unsigned i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct fixture *f = begin();
        f->sa.integrity_key = secrets_keep(f->collect.secrets, zeros, lengths[i].length);
        end(f, lengths[i].code, REMARK_WARNING); /* HMAC computes with any length */
    }
    struct fixture *f = begin();
    f->sa.integrity = suite_integrity_find(DIALECT_XFRM, "xcbc(aes)", 9, 96);
    end(f, "key-length", REMARK_ERROR); /* XCBC does not */
}

static void test_spi(void **state)
{
    (void)state;
    static const struct { uint32_t spi; const char *code; enum remark_level level; } spis[] = {
        { 0, "reserved-spi", REMARK_ERROR }, { 1, "reserved-spi", REMARK_WARNING }, { 255, "reserved-spi", REMARK_WARNING },
        { 256, NULL, 0 }, { UINT32_MAX, NULL, 0 },
    };
    for (unsigned i = 0; i < sizeof spis / sizeof spis[0]; i++) {
        struct fixture *f = begin();
        f->sa.spi = spis[i].spi;
        end(f, spis[i].code, spis[i].level);
    }
    struct fixture *f = begin();
    f->sa.spi = 0;
    f->sa.state = SA_STATE_LARVAL;
    end(f, NULL, 0);
    f = begin();
    f->sa.spi = 3; /* a well-known compression parameter index */
    f->sa.proto = SA_PROTO_IPCOMP;
    end(f, NULL, 0);
}

static void test_algorithms(void **state)
{
    (void)state;
    struct fixture *f = begin();
    f->sa.encryption = NULL;
    snprintf(f->sa.encryption_name, sizeof f->sa.encryption_name, "%s", "cbc(\x1b[31mrot13)");
    sa_lint(&f->sa, 7, &f->sink);
    assert_int_equal(f->collect.remarks, 1);
    assert_string_equal(f->collect.remark[0].code, "unknown-algorithm");
    assert_null(strchr(f->collect.remark[0].text, '\x1b'));
    secrets_destroy(f->collect.secrets);
    free(f);
    f = begin();
    f->sa.integrity = NULL;
    snprintf(f->sa.integrity_name, sizeof f->sa.integrity_name, "%s", "hmac(rot13)");
    end(f, "unknown-algorithm", REMARK_WARNING);
    f = begin();
    f->sa.integrity = NULL;
    f->sa.icv = 0;
    end(f, "no-integrity", REMARK_WARNING);
    f = begin();
    f->sa.integrity = suite_integrity_find(DIALECT_XFRM, "digest_null", 11, 0);
    f->sa.integrity_key = (struct secret){ 0 };
    f->sa.icv = 0;
    end(f, "no-integrity", REMARK_WARNING);
    f = begin();
    f->sa.integrity = NULL;
    f->sa.integrity_key = (struct secret){ 0 };
    snprintf(f->sa.integrity_name, sizeof f->sa.integrity_name, "%s", "ANY 96 bit authentication [no checking]");
    end(f, NULL, 0);
    f = begin();
    f->sa.proto = SA_PROTO_AH;
    f->sa.encryption = NULL;
    f->sa.encryption_key = (struct secret){ 0 };
    end(f, NULL, 0);
    f = begin();
    f->sa.keys_hidden = true;
    f->sa.encryption_key = f->sa.integrity_key = (struct secret){ 0 };
    end(f, "keys-hidden", REMARK_NOTE);
}

static void test_addresses(void **state)
{
    (void)state;
    struct fixture *f = begin();
    assert_true(prefix_parse("2001:db8::1", 11, &f->sa.src));
    end(f, "address", REMARK_ERROR);
    f = begin();
    assert_true(prefix_parse("0.0.0.0", 7, &f->sa.dst));
    end(f, "address", REMARK_WARNING);
    f = begin();
    f->sa.src = (struct prefix){ 0 };
    end(f, NULL, 0);
}

static void test_windows(void **state)
{
    (void)state;
    static const struct { bool known, outbound, esn; uint32_t window; const char *code; } cases[] = {
        { true, false, false, 0, "window" }, { true, true, false, 0, NULL }, { false, false, false, 0, NULL },
        { true, false, true, 31, "esn-window" }, { true, false, true, 32, NULL }, { true, true, true, 1, NULL },
        { true, false, false, 1, NULL },
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = begin();
        f->sa.window_known = cases[i].known;
        f->sa.outbound = cases[i].outbound;
        f->sa.esn_known = true;
        f->sa.esn = cases[i].esn;
        f->sa.window = cases[i].window;
        end(f, cases[i].code, REMARK_NOTE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_encryption_keys),
        cmocka_unit_test(test_integrity_keys),
        cmocka_unit_test(test_spi),
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
