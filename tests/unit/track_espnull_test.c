/* espnull: NULL-encrypted packets of every ICV length are recognised over many, noise and one-offs never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "track/espnull.h"

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void noise(uint8_t *bytes, uint32_t length, uint32_t *seed)
{
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(next_random(seed) >> 11);
}

/* RFC 1071 */
static uint16_t checksum(const uint8_t *bytes, uint32_t length)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i + 1 < length; i += 2)
        sum += bytes_get16(bytes + i);
    if (length & 1)
        sum += (uint32_t)bytes[length - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* A UDP datagram of random content; returns its length. */
static uint32_t make_udp(uint8_t *at, uint32_t *seed)
{
    uint32_t length = 8 + next_random(seed) % 40;
    noise(at, length, seed);
    bytes_put16(at + 4, (uint16_t)length);
    return length;
}

static uint32_t make_ip4(uint8_t *at, uint32_t *seed)
{
    static const uint8_t header[20] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 2, 0, 1 };
    memcpy(at, header, 20);
    uint32_t length = 20 + make_udp(at + 20, seed);
    bytes_put16(at + 2, (uint16_t)length);
    bytes_put16(at + 10, checksum(at, 20));
    return length;
}

static uint32_t make_ip6(uint8_t *at, uint32_t *seed)
{
    memset(at, 0, 40);
    at[0] = 0x60;
    at[6] = 17;
    at[7] = 64;
    at[8] = at[24] = 0xfd;
    at[23] = 1;
    at[39] = 2;
    uint32_t length = make_udp(at + 40, seed);
    bytes_put16(at + 4, (uint16_t)length);
    return 40 + length;
}

static uint32_t make_icmp(uint8_t *at, uint32_t *seed)
{
    uint32_t length = 8 + next_random(seed) % 56;
    noise(at, length, seed);
    at[0] = 8;
    at[1] = at[2] = at[3] = 0;
    bytes_put16(at + 2, checksum(at, length));
    return length;
}

static uint32_t make_tcp(uint8_t *at, uint32_t *seed)
{
    uint32_t length = 20 + next_random(seed) % 60;
    noise(at, length, seed);
    at[12] = 0x50;
    return length;
}

/* An ESP packet with the NULL cipher (RFC 2410), its trailer (RFC 4303 2.4), and a random ICV. */
static uint32_t make_esp(uint8_t *esp, uint8_t next, uint32_t icv, uint32_t *seed)
{
    uint8_t *text = esp + 8;
    uint32_t length = next == 4 ? make_ip4(text, seed) : next == 41 ? make_ip6(text, seed) : next == 1 ? make_icmp(text, seed)
                      : next == 6 ? make_tcp(text, seed) : make_udp(text, seed);
    uint8_t padding = (uint8_t)((2 - length % 4 + 4) % 4);
    bytes_put32(esp, 0x1001);
    for (uint8_t i = 0; i < padding; i++)
        text[length + i] = (uint8_t)(i + 1);
    text[length + padding] = padding;
    text[length + padding + 1] = next;
    noise(text + length + padding + 2, icv, seed);
    return 8 + length + padding + 2 + icv;
}

static void look(struct sa *sa, const uint8_t *esp, uint32_t length)
{
    uint8_t *copy = malloc(length + 1); /* the sanitizer sees a read beyond */
    assert_non_null(copy);
    memcpy(copy, esp, length);
    struct layer layer = { .kind = LAYER_ESP, .status = DECODE_OK, .bytes = copy, .captured = length, .wire = length };
    espnull_look(sa, &layer);
    free(copy);
}

static void test_each_icv_and_content(void **state)
{
    (void)state;
    static const uint8_t lengths[] = { 12, 16, 20, 24, 32 }, nexts[] = { 4, 41, 17, 6, 1 };
    uint32_t seed = 20260101;
    for (size_t l = 0; l < sizeof lengths; l++)
        for (size_t n = 0; n < sizeof nexts; n++) {
            struct sa sa = { 0 };
            uint8_t esp[512];
            for (unsigned i = 0; i < 20; i++) {
                look(&sa, esp, make_esp(esp, nexts[n], lengths[l], &seed));
                assert_int_equal(espnull_icv(&sa), i + 1 < ESPNULL_LEAST ? 0 : lengths[l]);
            }
        }
}

static void test_noise_is_not_readable(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (unsigned run = 0; run < 2000; run++) {
        struct sa sa = { 0 };
        uint8_t esp[200];
        for (unsigned i = 0; i < 40; i++) {
            uint32_t length = 40 + next_random(&seed) % 160;
            noise(esp, length, &seed);
            look(&sa, esp, length);
            assert_int_equal(espnull_icv(&sa), 0);
        }
    }
}

static void test_one_that_does_not_fit_ends_it(void **state)
{
    (void)state;
    uint32_t seed = 99;
    struct sa sa = { 0 };
    uint8_t esp[512];
    for (unsigned i = 0; i < 18; i++)
        look(&sa, esp, make_esp(esp, 17, 16, &seed));
    assert_int_equal(espnull_icv(&sa), 16);
    look(&sa, esp, make_esp(esp, 17, 12, &seed)); /* another ICV length is not one consistent length */
    assert_int_equal(espnull_icv(&sa), 0);
}

static void test_only_the_first_are_looked_at(void **state)
{
    (void)state;
    uint32_t seed = 3;
    struct sa sa = { 0 };
    uint8_t esp[512];
    for (unsigned i = 0; i < 1000; i++)
        look(&sa, esp, make_esp(esp, 4, 12, &seed));
    assert_int_equal(sa.null.looked, ESPNULL_PACKETS);
    assert_int_equal(espnull_icv(&sa), 12);
}

static void test_cut_and_short_ones(void **state)
{
    (void)state;
    uint32_t seed = 5;
    struct sa sa = { 0 };
    uint8_t esp[512];
    uint32_t length = make_esp(esp, 4, 16, &seed);
    struct layer cut = { .kind = LAYER_ESP, .status = DECODE_OK, .bytes = esp, .captured = length - 1, .wire = length };
    espnull_look(&sa, &cut);
    assert_int_equal(sa.null.looked, 0);
    for (uint32_t shorter = 0; shorter < length; shorter++) {
        struct sa fresh = { 0 };
        look(&fresh, esp, shorter);
        assert_int_equal(espnull_icv(&fresh), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_icv_and_content),          cmocka_unit_test(test_noise_is_not_readable),
        cmocka_unit_test(test_one_that_does_not_fit_ends_it), cmocka_unit_test(test_only_the_first_are_looked_at),
        cmocka_unit_test(test_cut_and_short_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
