/*
 * What ike_seal makes: of the payloads that python sealed it makes the same bytes, where an AEAD leaves no choice, and in every suite
 * something that opens to the same payloads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/ike_seal.h"
#include "kat/crypto_ike_lines.h"

enum { HEADER = 28, TYPE_SKF = 53, ROOM = 4096 };

struct sealed {
    struct ike_params params;
    struct hex keys[4], message, inside;
    uint32_t head; /* bytes before the IV */
};

static bool sealed_next(struct vectors *vectors, struct sealed *sealed)
{
    if (!vectors_next(vectors))
        return false;
    sealed->params = (struct ike_params){ .encryption = vectors_encryption(vectors, 0), .integrity = vectors_integrity(vectors, 1) };
    for (unsigned i = 0; i < 4; i++)
        vectors_hex(vectors, 2 + i, &sealed->keys[i]);
    for (unsigned side = 0; side < 2; side++) {
        sealed->params.encryption_key[side] = hex_secret(&sealed->keys[side]);
        sealed->params.integrity_key[side] = hex_secret(&sealed->keys[2 + side]);
    }
    vectors_hex(vectors, 8, &sealed->message);
    vectors_hex(vectors, 9, &sealed->inside);
    return true;
}

/* Where SK or SKF begins, and behind its fixed part the IV. */
static void sealed_find(struct sealed *sealed, struct ike *ike)
{
    static uint8_t plain[HEX_MAX];
    struct ike_opened opened;
    assert_int_equal(ike_open(ike, sealed->message.bytes, sealed->message.length, plain, &opened), IKE_OPENED);
    sealed->head = opened.at + (opened.fragments ? 8 : 4);
}

static bool is_sealed(const struct ike_params *params)
{
    uint8_t kind = params->encryption->kind;
    return kind == CIPHER_GCM || kind == CIPHER_CHACHAPOLY ||
           ((kind == CIPHER_CBC || kind == CIPHER_NULL) && params->integrity != NULL && params->integrity->kind != INTEGRITY_NONE);
}

static void seals(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct sealed sealed;
    static uint8_t made[ROOM], plain[ROOM];
    unsigned count = 0, same = 0, refused = 0;
    vectors_open(&vectors, "sk.txt");
    while (sealed_next(&vectors, &sealed)) {
        struct error error;
        struct ike_opened opened;
        struct ike *ike = ike_create(&sealed.params, &error);
        assert_non_null(ike);
        sealed_find(&sealed, ike);
        struct ike_sealer *sealer = ike_sealer_create(&sealed.params, &error);
        assert_int_equal(sealer != NULL, is_sealed(&sealed.params));
        if (sealer == NULL) {
            refused++;
            ike_destroy(ike);
            continue;
        }
        const struct hex *message = &sealed.message;
        uint64_t iv = bytes_get64(message->bytes + sealed.head);
        memset(made, 0xee, sizeof made);
        memcpy(made, message->bytes, sealed.head);
        bytes_put32(made + 24, 0); /* lengths are its own to say */
        if (message->bytes[16] != TYPE_SKF && sealed.head == HEADER + 4)
            bytes_put16(made + HEADER + 2, 0);
        uint32_t length = ike_seal(sealer, iv, sealed.inside.bytes, sealed.inside.length, made, sealed.head, sizeof made);
        assert_int_equal(ike_open(ike, made, length, plain, &opened), IKE_OPENED);
        assert_true(opened.checked);
        assert_int_equal(opened.length, sealed.inside.length);
        assert_memory_equal(plain, sealed.inside.bytes, sealed.inside.length);
        assert_int_equal(made[length], 0xee);
        if (sealed.params.encryption->icv != 0 && length == message->length) { /* an AEAD, without padding */
            assert_memory_equal(made, message->bytes, length);
            same++;
        }
        /* Not a byte beyond the room that it has. */
        memset(made + sealed.head, 0xee, sizeof made - sealed.head);
        assert_int_equal(ike_seal(sealer, iv, sealed.inside.bytes, sealed.inside.length, made, sealed.head, length - 1), 0);
        assert_int_equal(made[length - 1], 0xee);
        assert_int_equal(ike_seal(sealer, iv, sealed.inside.bytes, sealed.inside.length, made, sealed.head, length), length);
        ike_sealer_destroy(sealer);
        ike_destroy(ike);
        count++;
    }
    print_message("%u sealed, %u of them the same bytes; %u suites are not sealed\n", count, same, refused);
    assert_true(count > 100 && same > 15 && refused > 0);
}

static void keys_are_checked(void **state)
{
    (void)state;
    static const uint8_t bytes[64] = { 3, 1, 4, 1, 5 };
    struct error error;
    struct ike_params params = { .encryption = suite_encryption_by_iana(20) };
    for (unsigned length = 0; length <= sizeof bytes; length++) {
        params.encryption_key[0] = params.encryption_key[1] = (struct secret){ bytes, (uint16_t)length };
        struct ike_sealer *sealer = ike_sealer_create(&params, &error);
        assert_int_equal(sealer != NULL, length == 20 || length == 28 || length == 36); /* RFC 5282 7.1: key and 4 bytes of salt */
        ike_sealer_destroy(sealer);
    }
    params = (struct ike_params){ .encryption = suite_encryption_by_iana(12) };
    params.encryption_key[0] = params.encryption_key[1] = (struct secret){ bytes, 16 };
    assert_null(ike_sealer_create(&params, &error)); /* no integrity */
    params.integrity = suite_integrity_by_iana(12);
    params.integrity_key[0] = (struct secret){ bytes, 32 };
    assert_null(ike_sealer_create(&params, &error)); /* one side has no key */
    params.integrity_key[1] = (struct secret){ bytes, 32 };
    struct ike_sealer *sealer = ike_sealer_create(&params, &error);
    assert_non_null(sealer);
    ike_sealer_destroy(sealer);
    ike_sealer_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(seals), cmocka_unit_test(keys_are_checked) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
