/* ike: what is no message, what keys cannot be, and which answer each deserves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ike.h"

#define HEADER 28

static const uint8_t key_bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct secret key_of(unsigned length)
{
    return (struct secret){ key_bytes, (uint16_t)length };
}

static const struct encryption *encryption(const char *name)
{
    const struct encryption *row = suite_encryption_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_non_null(row);
    return row;
}

static const struct integrity *integrity(const char *name)
{
    const struct integrity *row = suite_integrity_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_non_null(row);
    return row;
}

static struct ike_params params_of(const char *cipher, unsigned key, const char *auth, unsigned auth_key)
{
    struct ike_params params = { .encryption = encryption(cipher), .integrity = auth ? integrity(auth) : NULL };
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        params.encryption_key[side] = key_of(key);
        params.integrity_key[side] = key_of(auth_key);
    }
    return params;
}

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *cipher;
        unsigned key;
        const char *auth;
        unsigned auth_key;
        const char *refused; /* a part of the reason, NULL: taken */
    } cases[] = {
        { "AES-CBC", 16, "HMAC-SHA1-96", 20, NULL },
        { "AES-CBC", 16, "NONE", 0, NULL },
        { "AES-CBC", 16, NULL, 0, NULL },
        { "AES-CBC", 16, "HMAC-SHA1-96", 0, NULL },
        { "AES-CBC", 17, "HMAC-SHA1-96", 20, "17 bytes" },
        { "AES-CBC", 16, "HMAC-SHA1-96", 16, "16 bytes" },
        { "AES-CBC", 0, "HMAC-SHA1-96", 20, "no key of either side" },
        { "AES-CBC", 16, "AES-128-GMAC", 20, "not for IKE" },
        { "AES-GCM-16", 20, NULL, 0, NULL },
        { "AES-GCM-16", 20, "NONE", 0, NULL },
        { "AES-GCM-16", 16, NULL, 0, "16 bytes" },
        { "AES-GCM-16", 20, "HMAC-SHA1-96", 20, "cannot stand beside it" },
        { "AES-GCM-16-IIV", 20, NULL, 0, "for ESP" },
        { "NULL-AES-GMAC", 20, NULL, 0, "for ESP" },
        { "NULL", 0, NULL, 0, NULL },
        { "NULL", 1, NULL, 0, "takes no key" },
        { "SERPENT-CBC", 16, NULL, 0, "SERPENT-CBC" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ike_params params = params_of(cases[i].cipher, cases[i].key, cases[i].auth, cases[i].auth_key);
        struct error error = { "" };
        struct ike *ike = ike_create(&params, &error);
        if (cases[i].refused == NULL) {
            assert_non_null(ike);
            assert_int_equal(ike_checks(ike, IKE_INITIATOR), params.encryption->icv != 0 || cases[i].auth_key != 0);
        } else {
            assert_null(ike);
            assert_non_null(strstr(error.message, cases[i].refused));
        }
        ike_destroy(ike);
    }
    struct ike_params none = { .encryption = NULL };
    assert_null(ike_create(&none, NULL));
    ike_destroy(NULL);
}

/* Bytes and its header's fields: first payload, whole length, flags of an initiator's request. */
static void header(uint8_t *message, uint8_t next, uint32_t length)
{
    memset(message, 0, HEADER);
    message[16] = next;
    message[17] = 0x20;
    message[18] = 35;
    message[19] = 0x08;
    bytes_put32(message + 24, length);
}

static enum ike_open_result answer(struct ike *ike, const uint8_t *message, uint32_t length, struct ike_opened *opened)
{
    uint8_t *exact = malloc(length ? length : 1), *plain = malloc(length ? length : 1);
    assert_true(exact != NULL && plain != NULL);
    memcpy(exact, message, length);
    enum ike_open_result result = ike_open(ike, exact, length, plain, opened);
    free(exact);
    free(plain);
    return result;
}

static void payload(uint8_t *at, uint8_t next, uint16_t length)
{
    at[0] = next;
    at[1] = 0;
    bytes_put16(at + 2, length);
}

static void chains(void **state)
{
    (void)state;
    struct ike_params params = params_of("NULL", 0, NULL, 0);
    struct ike *ike = ike_create(&params, NULL);
    struct ike_opened opened;
    uint8_t message[200] = { 0 };
    assert_non_null(ike);

    header(message, 0, HEADER);
    assert_int_equal(answer(ike, message, HEADER, &opened), IKE_OPEN_CLEAR);
    header(message, 33, HEADER); /* a payload is announced and none is there */
    assert_int_equal(answer(ike, message, HEADER, &opened), IKE_OPEN_BROKEN);
    header(message, 46, HEADER + 3);
    assert_int_equal(answer(ike, message, HEADER + 3, &opened), IKE_OPEN_BROKEN);
    header(message, 33, HEADER + 8);
    payload(message + HEADER, 0, 8);
    assert_int_equal(answer(ike, message, HEADER + 8, &opened), IKE_OPEN_CLEAR);
    payload(message + HEADER, 0, 3); /* shorter than its own header: a chain that would not move on */
    assert_int_equal(answer(ike, message, HEADER + 8, &opened), IKE_OPEN_BROKEN);
    payload(message + HEADER, 0, 9); /* beyond the message */
    assert_int_equal(answer(ike, message, HEADER + 8, &opened), IKE_OPEN_BROKEN);

    header(message, 46, HEADER + 5); /* SK with a pad length alone */
    payload(message + HEADER, 0, 5);
    message[HEADER + 4] = 0;
    assert_int_equal(answer(ike, message, HEADER + 5, &opened), IKE_OPENED);
    assert_int_equal(opened.length, 0);
    assert_int_equal(opened.at, HEADER);
    assert_false(opened.checked);
    message[HEADER + 4] = 1; /* more padding than there is */
    assert_int_equal(answer(ike, message, HEADER + 5, &opened), IKE_OPEN_BAD_PADDING);
    assert_int_equal(opened.length, 0);
    payload(message + HEADER, 0, 4); /* it does not end where the message ends */
    assert_int_equal(answer(ike, message, HEADER + 5, &opened), IKE_OPEN_BROKEN);
    header(message, 46, HEADER + 4);
    assert_int_equal(answer(ike, message, HEADER + 4, &opened), IKE_OPEN_SHORT);

    header(message, 53, HEADER + 9); /* SKF 3 of 7 */
    payload(message + HEADER, 0, 9);
    bytes_put16(message + HEADER + 4, 3);
    bytes_put16(message + HEADER + 6, 7);
    assert_int_equal(answer(ike, message, HEADER + 9, &opened), IKE_OPENED);
    assert_int_equal(opened.fragment, 3);
    assert_int_equal(opened.fragments, 7);
    header(message, 53, HEADER + 7); /* no room for its numbers */
    payload(message + HEADER, 0, 7);
    assert_int_equal(answer(ike, message, HEADER + 7, &opened), IKE_OPEN_BROKEN);

    /* The header's length is believed below what is there, and not above. */
    header(message, 46, HEADER + 5);
    payload(message + HEADER, 0, 5);
    message[HEADER + 4] = 0;
    assert_int_equal(answer(ike, message, HEADER + 50, &opened), IKE_OPENED);
    assert_int_equal(answer(ike, message, HEADER + 4, &opened), IKE_OPEN_BROKEN);
    static const uint32_t lengths[] = { 0, 27, 0x40000000, 0xffffffff };
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bytes_put32(message + 24, lengths[i]);
        assert_int_equal(answer(ike, message, HEADER + 5, &opened), IKE_OPEN_BROKEN);
    }
    for (uint32_t length = 0; length < HEADER; length++)
        assert_int_equal(answer(ike, message, length, &opened), IKE_OPEN_BROKEN);
    ike_destroy(ike);
}

/* Thousands of the smallest payloads before SK: the walk is linear and bounded by the message. */
static void long_chain(void **state)
{
    (void)state;
    static uint8_t message[65535];
    struct ike_params params = params_of("AES-CCM-16", 19, NULL, 0);
    struct ike *ike = ike_create(&params, NULL);
    struct ike_opened opened;
    uint32_t end = 65000, at = HEADER;
    header(message, 43, end + 40);
    for (; at + 8 <= end; at += 4)
        payload(message + at, 43, 4);
    payload(message + at, 46, (uint16_t)(end - at));
    payload(message + end, 0, 40);
    assert_int_equal(answer(ike, message, end + 40, &opened), IKE_OPEN_BAD_ICV);
    assert_int_equal(opened.at, end);
    header(message, 43, 65535);
    payload(message + at, 43, (uint16_t)(end - at));
    payload(message + end, 43, 535); /* and never SK */
    assert_int_equal(answer(ike, message, 65535, &opened), IKE_OPEN_BROKEN);
    ike_destroy(ike);
}

static void blocks(void **state)
{
    (void)state;
    struct ike_params params = params_of("AES-CBC", 16, "HMAC-SHA1-96", 20);
    struct ike *ike = ike_create(&params, NULL);
    struct ike_opened opened;
    uint8_t message[200] = { 0 };
    const uint32_t least = 4 + 16 + 16 + 12; /* generic header, IV, a block, ICV */
    for (uint32_t size = 4; size < 100; size++) {
        header(message, 46, HEADER + size);
        payload(message + HEADER, 0, (uint16_t)size);
        enum ike_open_result wanted = size < least ? IKE_OPEN_SHORT : (size - least) % 16 != 0 ? IKE_OPEN_MISALIGNED : IKE_OPEN_BAD_ICV;
        assert_int_equal(answer(ike, message, HEADER + size, &opened), wanted);
        assert_int_equal(opened.side, IKE_INITIATOR);
    }
    ike_destroy(ike);
    for (enum ike_open_result result = IKE_OPENED; result <= IKE_OPEN_BAD_PADDING; result++)
        assert_true(ike_open_text(result)[0] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys), cmocka_unit_test(chains), cmocka_unit_test(long_chain), cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
