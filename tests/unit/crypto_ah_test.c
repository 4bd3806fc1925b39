/* ah: packets signed by scapy, as they left, on their way and changed; options that contradict themselves; every truncation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/ah.h"
#include "kat/crypto_hex.h"

static void test_vectors(void **state)
{
    (void)state;
    static char line[8000], key_text[200], packet_text[4000];
    FILE *file = fopen("tests/data/crypto/ah-vectors.txt", "r");
    assert_non_null(file);
    unsigned good = 0, bad = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char name[64], verdict[8], algorithm[40], high[16];
        unsigned at, icv;
        if (line[0] == '#')
            continue;
        struct hex key, packet;
        assert_int_equal(sscanf(line, "%63s %7s %39s %199s %15s %u %u %3999s", name, verdict, algorithm, key_text, high, &at, &icv,
                                packet_text), 8);
        assert_true(hex_read(key_text, &key) && hex_read(packet_text, &packet));
        struct crypt_params params = {
            .integrity = suite_integrity_find(DIALECT_ESPLAIN, algorithm, strlen(algorithm), 0),
            .integrity_key = hex_secret(&key),
            .icv = (uint8_t)icv,
            .esn = high[0] != '-',
        };
        struct crypt_key *made = crypt_key_create(&params, NULL);
        assert_non_null(made);
        uint8_t *out = malloc(packet.length); /* exactly: a sanitizer sees what goes beyond */
        assert_true(ah_prepare(packet.bytes, packet.length, at, (uint8_t)icv, out));
        enum crypt_result result = crypt_ah_verify(made, out, packet.length, params.esn ? (uint32_t)strtoul(high, NULL, 16) : 0,
                                                   packet.bytes + at + 12, (uint8_t)icv);
        bool expected = strcmp(verdict, "ok") == 0;
        if ((result == CRYPT_OK) != expected)
            print_message("%s\n", name);
        assert_int_equal(result, expected ? CRYPT_OK : CRYPT_BAD_ICV);
        *(expected ? &good : &bad) += 1;
        free(out);
        crypt_key_destroy(made);

        for (uint32_t length = 0; length < packet.length; length++) { /* every truncation: refused, or a copy of what is there */
            uint8_t *cut = malloc(length + 1), *to = malloc(length + 1);
            memcpy(cut, packet.bytes, length);
            assert_int_equal(ah_prepare(cut, length, at, (uint8_t)icv, to), length >= at + 12 + icv);
            free(cut);
            free(to);
        }
        for (uint32_t wrong = 0; wrong < packet.length; wrong++) /* AH begins at one place only */
            if (wrong != at) {
                out = malloc(packet.length);
                assert_false(ah_prepare(packet.bytes, packet.length, wrong, (uint8_t)icv, out));
                free(out);
            }
    }
    fclose(file);
    assert_true(good >= 25 && bad >= 15);
}

/* An IPv4 header with 8 bytes of options, then an AH with 12 bytes of ICV. */
static bool prepare4(const uint8_t options[8], uint8_t out[52])
{
    uint8_t packet[52] = { 0x47, 0xff, 0, 52, 0, 1, 0xff, 0xff, 9, 51, 1, 2, 192, 0, 2, 1, 192, 0, 2, 2 };
    memcpy(packet + 20, options, 8);
    memset(packet + 40, 0xcc, 12);
    return ah_prepare(packet, sizeof packet, 28, 12, out);
}

static void test_ip4_options(void **state)
{
    (void)state;
    uint8_t out[52];
    static const struct { uint8_t options[8]; bool good; uint8_t after[8]; uint8_t last; } cases[] = {
        { { 1, 1, 1, 1, 1, 1, 1, 1 }, true, { 1, 1, 1, 1, 1, 1, 1, 1 }, 2 },
        { { 0, 9, 9, 9, 9, 9, 9, 9 }, true, { 0 }, 2 },                               /* the end: Linux clears what follows (ip_options_compile) */
        { { 148, 4, 0, 0, 0, 0, 0, 0 }, true, { 148, 4, 0, 0, 0, 0, 0, 0 }, 2 },       /* router alert stays */
        { { 7, 7, 4, 1, 2, 3, 4, 0 }, true, { 0 }, 2 },                                /* record route goes */
        { { 222, 4, 5, 6, 1, 0, 0, 0 }, true, { 0, 0, 0, 0, 1, 0, 0, 0 }, 2 },         /* an unknown one goes */
        { { 131, 7, 4, 192, 0, 2, 99, 0 }, true, { 0 }, 99 },                          /* one stop left: it is the destination */
        { { 131, 7, 8, 192, 0, 2, 99, 0 }, true, { 0 }, 2 },                           /* none left */
        { { 137, 7, 4, 192, 0, 2, 98, 0 }, true, { 0 }, 98 },
        { { 131, 3, 4, 0, 0, 0, 0, 0 }, false, { 0 }, 0 },                             /* a route without addresses */
        { { 148, 0, 0, 0, 0, 0, 0, 0 }, false, { 0 }, 0 },                             /* length 0 */
        { { 148, 1, 0, 0, 0, 0, 0, 0 }, false, { 0 }, 0 },
        { { 148, 9, 0, 0, 0, 0, 0, 0 }, false, { 0 }, 0 },                             /* longer than the header */
        { { 1, 1, 1, 1, 1, 1, 1, 148 }, false, { 0 }, 0 },                             /* no room for its length */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(prepare4(cases[i].options, out), cases[i].good);
        if (!cases[i].good)
            continue;
        static const uint8_t head[16] = { 0x47, 0, 0, 52, 0, 1, 0, 0, 0, 51, 0, 0, 192, 0, 2, 1 }, zero[12];
        assert_memory_equal(out, head, 16);
        assert_int_equal(out[19], cases[i].last);
        assert_memory_equal(out + 20, cases[i].after, 8);
        assert_memory_equal(out + 40, zero, 12);
    }
}

/* An IPv6 header, one extension header of 8 bytes, then an AH with 4 bytes of ICV and 4 of padding. */
static bool prepare6(uint8_t kind, const uint8_t header[8], uint8_t out[68])
{
    uint8_t packet[68] = { 0x6a, 0xbc, 0xde, 0xf0, 0, 28, kind, 64 };
    memcpy(packet + 40, header, 8);
    memset(packet + 60, 0xcc, 8);
    return ah_prepare(packet, sizeof packet, 48, 4, out);
}

static void test_ip6_headers(void **state)
{
    (void)state;
    uint8_t out[68];
    static const struct { uint8_t kind, header[8]; bool good; uint8_t after[8]; } cases[] = {
        { 0, { 51, 0, 0x3e, 4, 1, 2, 3, 4 }, true, { 51, 0, 0x3e, 4, 0, 0, 0, 0 } },
        { 60, { 51, 0, 0x1e, 4, 1, 2, 3, 4 }, true, { 51, 0, 0x1e, 4, 1, 2, 3, 4 } },
        { 60, { 51, 0, 0, 0, 0x20, 1, 9, 0 }, true, { 51, 0, 0, 0, 0x20, 1, 0, 0 } },
        { 0, { 51, 0, 0x3e, 5, 1, 2, 3, 4 }, false, { 0 } },   /* option longer than the header */
        { 0, { 51, 0, 0, 0, 0, 0, 0, 0x3e }, false, { 0 } },   /* no room for its length */
        { 0, { 51, 1, 0x3e, 4, 1, 2, 3, 4 }, false, { 0 } },   /* the header reaches into AH */
        { 0, { 17, 0, 1, 4, 0, 0, 0, 0 }, false, { 0 } },      /* leads to UDP */
        { 44, { 51, 0, 0, 0, 0, 0, 0, 1 }, false, { 0 } },     /* a fragment is no whole packet */
        { 43, { 51, 0, 0, 1, 0, 0, 0, 0 }, false, { 0 } },     /* a segment left and no address */
        { 43, { 51, 0, 0, 0, 0, 0, 0, 0 }, true, { 51, 0, 0, 0, 0, 0, 0, 0 } },
        { 43, { 51, 0, 4, 7, 1, 2, 3, 4 }, true, { 51, 0, 4, 7, 1, 2, 3, 4 } }, /* another type stays */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(prepare6(cases[i].kind, cases[i].header, out), cases[i].good);
        if (!cases[i].good)
            continue;
        const uint8_t head[8] = { 0x60, 0, 0, 0, 0, 28, cases[i].kind, 0 }, icv[8] = { 0, 0, 0, 0, 0xcc, 0xcc, 0xcc, 0xcc };
        assert_memory_equal(out, head, 8);
        assert_memory_equal(out + 40, cases[i].after, 8);
        assert_memory_equal(out + 60, icv, 8); /* padding of the ICV is signed as it is */
    }
}

static void test_no_packet(void **state)
{
    (void)state;
    uint8_t out[64], packet[64] = { 0x55 };
    for (unsigned version = 0; version < 16; version++) {
        packet[0] = (uint8_t)(version << 4 | 5);
        assert_false(ah_prepare(packet, sizeof packet, 20, 12, out)); /* protocol 0 */
    }
    packet[0] = 0x45;
    packet[9] = 51;
    assert_true(ah_prepare(packet, sizeof packet, 20, 12, out));
    assert_true(ah_prepare(packet, 44, 20, 12, out));
    assert_false(ah_prepare(packet, 43, 20, 12, out));
    assert_false(ah_prepare(packet, sizeof packet, 0xffffffff, 12, out));
    packet[0] = 0x44;
    assert_false(ah_prepare(packet, sizeof packet, 16, 12, out));
    packet[0] = 0x4f;
    assert_false(ah_prepare(packet, sizeof packet, 20, 12, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_ip4_options),
        cmocka_unit_test(test_ip6_headers),
        cmocka_unit_test(test_no_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
