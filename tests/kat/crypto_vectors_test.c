/* Packets of RFCs and packets sealed by scapy and python cryptography: open, verify, seal, every bit turned, every truncation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "kat/crypto_hex.h"

static void each_vector(const char *path, unsigned at_least, void (*check)(struct vector *vector, struct crypt_key *key))
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char line[20000];
    static struct vector vector;
    unsigned count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        struct error error = { "" };
        assert_true(vector_read(line, &vector));
        struct crypt_key *key = crypt_key_create(&vector.params, &error);
        if (key == NULL)
            print_message("%s: %s\n", vector.params.encryption->name, error.message);
        assert_non_null(key);
        check(&vector, key);
        crypt_key_destroy(key);
        count++;
    }
    fclose(file);
    assert_true(count >= at_least);
}

static void each(void (*check)(struct vector *vector, struct crypt_key *key))
{
    each_vector("tests/data/crypto/rfc-vectors.txt", 29, check);
    each_vector("tests/data/crypto/scapy-vectors.txt", 270, check);
}

static bool is_checked(const struct vector *vector)
{
    return vector->params.encryption->icv != 0 || vector->params.integrity != NULL;
}

/* The copy is exactly as long as the packet, so that a sanitizer sees a read beyond it. */
static uint8_t *copy_of(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length + (length == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

static void check_open(struct vector *vector, struct crypt_key *key)
{
    uint8_t plain[HEX_MAX];
    uint32_t length = 77;
    uint8_t *packet = copy_of(vector->packet.bytes, vector->packet.length);
    for (unsigned round = 0; round < 3; round++) { /* a key is used for many packets, also after one that failed */
        memset(plain, 0xee, sizeof plain);
        assert_int_equal(crypt_esp_open(key, packet, vector->packet.length, vector->seq_high, plain, &length), CRYPT_OK);
        assert_int_equal(crypt_esp_verify(key, packet, vector->packet.length, vector->seq_high), CRYPT_OK);
        if (vector->plain_known) {
            assert_int_equal(length, vector->plain.length);
            assert_memory_equal(plain, vector->plain.bytes, length);
        }
        assert_int_equal(plain[length], 0xee);
        packet[vector->packet.length - 1] ^= 1;
        enum crypt_result result = crypt_esp_open(key, packet, vector->packet.length, vector->seq_high, plain, &length);
        assert_int_equal(result, is_checked(vector) ? CRYPT_BAD_ICV : CRYPT_OK);
        if (is_checked(vector))
            assert_int_equal(length, 0);
        packet[vector->packet.length - 1] ^= 1;
    }
    free(packet);
}

static void test_opens(void **state)
{
    (void)state;
    each(check_open);
}

static void check_seal(struct vector *vector, struct crypt_key *key)
{
    uint8_t plain[HEX_MAX];
    uint32_t length;
    assert_int_equal(crypt_esp_open(key, vector->packet.bytes, vector->packet.length, vector->seq_high, plain, &length), CRYPT_OK);
    uint8_t *packet = copy_of(vector->packet.bytes, vector->packet.length);
    uint32_t text = 8u + vector->params.encryption->iv;
    memcpy(packet + text, plain, length);
    memset(packet + text + length, 0, vector->packet.length - text - length);
    assert_true(crypt_esp_seal(key, packet, vector->packet.length, vector->seq_high));
    assert_memory_equal(packet, vector->packet.bytes, vector->packet.length);
    free(packet);
}

static void test_seal_is_the_inverse(void **state)
{
    (void)state;
    each(check_seal);
}

static void check_bits(struct vector *vector, struct crypt_key *key)
{
    if (!is_checked(vector))
        return;
    uint8_t plain[HEX_MAX];
    uint32_t length, bits = vector->packet.length * 8;
    for (uint32_t bit = 0; bit < bits; bit++) {
        uint8_t *byte = &vector->packet.bytes[bit / 8];
        *byte ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(crypt_esp_verify(key, vector->packet.bytes, vector->packet.length, vector->seq_high), CRYPT_BAD_ICV);
        if (bit % 5 == 0)
            assert_int_equal(crypt_esp_open(key, vector->packet.bytes, vector->packet.length, vector->seq_high, plain, &length),
                             CRYPT_BAD_ICV);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned bit = 0; bit < 32; bit++) /* without ESN the high half is nothing */
        assert_int_equal(crypt_esp_verify(key, vector->packet.bytes, vector->packet.length, vector->seq_high ^ 1u << bit),
                         vector->params.esn ? CRYPT_BAD_ICV : CRYPT_OK);
}

static void test_every_bit_counts(void **state)
{
    (void)state;
    each(check_bits);
}

static void check_truncations(struct vector *vector, struct crypt_key *key)
{
    uint8_t plain[HEX_MAX];
    const struct encryption *encryption = vector->params.encryption;
    uint32_t minimum = crypt_esp_minimum(encryption, vector->params.icv), opened;
    for (uint32_t length = 0; length < vector->packet.length; length++) {
        uint8_t *packet = copy_of(vector->packet.bytes, length);
        enum crypt_result result = crypt_esp_open(key, packet, length, vector->seq_high, plain, &opened);
        assert_int_equal(crypt_esp_verify(key, packet, length, vector->seq_high), result);
        bool whole = (length - 8 - encryption->iv - vector->params.icv) % encryption->block == 0;
        if (length < minimum)
            assert_int_equal(result, CRYPT_SHORT);
        else if (!whole)
            assert_int_equal(result, CRYPT_MISALIGNED);
        else
            assert_int_equal(result, is_checked(vector) ? CRYPT_BAD_ICV : CRYPT_OK);
        assert_int_equal(crypt_esp_seal(key, packet, length, 0), length >= minimum && whole);
        free(packet);
    }
}

static void test_every_truncation(void **state)
{
    (void)state;
    each(check_truncations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens),
        cmocka_unit_test(test_seal_is_the_inverse),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
