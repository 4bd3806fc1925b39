/* draft: payloads byte by byte as the figures of RFC 7296 3 and RFC 2408 3 have them, whole messages by this project's decoders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/ike_check.h"
#include "inject/draft.h"

static const uint8_t spi_i[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, spi_r[8] = { 9, 10, 11, 12, 13, 14, 15, 16 };

/* The draft, from offset `from` on, is these bytes. */
static void draft_is(const struct draft *draft, uint32_t from, const char *hex)
{
    uint8_t bytes[DRAFT_MAX];
    uint32_t length = 0;
    for (unsigned value; sscanf(hex, " %2x", &value) == 1; hex += strspn(hex, " ") + 2)
        bytes[length++] = (uint8_t)value;
    assert_false(draft->full);
    assert_int_equal(draft->length - from, length);
    assert_memory_equal(draft->bytes + from, bytes, length);
}

static void payloads_of_version_2(void **state)
{
    (void)state;
    static const uint8_t spi[4] = { 0xc1, 0xa5, 0x5e, 0x01 }, first4[4] = { 10, 1, 0, 0 }, last4[4] = { 10, 1, 0, 255 };
    static const struct draft_choice choices[] = { { 1, 20, 128 }, { 5, 0, 0 } };
    struct addr first = addr_ip4(first4), last = addr_ip4(last4);
    struct draft draft = { .first = 0 };
    draft_sa(&draft, 3, spi, sizeof spi, choices, 2); /* figures 6 to 9 */
    draft_is(&draft, 0, "00000024 00000020 01030402 c1a55e01 0300000c 01000014 800e0080 00000008 05000000");
    assert_int_equal(draft.first, 33);
    uint32_t at = draft.length;
    draft_notify(&draft, 14, NULL, 0); /* figure 16 */
    draft_is(&draft, at, "00000008 0000000e");
    assert_int_equal(draft.bytes[0], 41); /* the SA payload tells what comes next */
    at = draft.length;
    draft_notify_spi(&draft, 16393, 3, 0x01020304, "ab", 2);
    draft_is(&draft, at, "0000000e 03044009 01020304 6162");
    at = draft.length;
    draft_id(&draft, 35, "a.example"); /* figure 11 */
    draft_is(&draft, at, "00000011 02000000 612e6578616d706c65");
    at = draft.length;
    draft_selector(&draft, 44, &first, &last); /* figures 19 and 20 */
    draft_is(&draft, at, "00000018 01000000 07000010 0000ffff 0a010000 0a0100ff");
    at = draft.length;
    draft_delete(&draft, 3, 0x01020304); /* figure 17 */
    draft_is(&draft, at, "0000000c 03040001 01020304");
    at = draft.length;
    draft_delete(&draft, 1, 0);
    draft_is(&draft, at, "00000008 01000000");
    at = draft.length;
    draft_ke(&draft, 19, 1); /* figure 10; RFC 5903: 64 bytes */
    assert_int_equal(draft.length - at, 8 + 64);
    assert_memory_equal(draft.bytes + at, "\0\0\0\x48\0\x13\0\0", 8);
    at = draft.length;
    draft_ke(&draft, 14, 1); /* RFC 3526: 256 bytes */
    assert_int_equal(draft.length - at, 8 + 256);
    at = draft.length;
    draft_auth(&draft); /* figure 14: shared key */
    assert_memory_equal(draft.bytes + at, "\0\0\0\x28\2\0\0\0", 8);
    at = draft.length;
    draft_nonce(&draft, 1); /* 3.9: 16 to 256 bytes */
    assert_in_range(draft.length - at - 4, 16, 256);
}

static void payloads_of_version_1(void **state)
{
    (void)state;
    struct draft draft = { .first = 0 };
    draft_sa1(&draft); /* RFC 2408 3.4 to 3.6, RFC 2407 4.6.1; attributes of RFC 2409 appendix A */
    draft_is(&draft, 0, "00000030 00000001 00000001 00000024 01010001 0000001c 01010000 80010007 800e0100 80020004 8004000e 80030001");
    uint32_t at = draft.length;
    draft_notify1(&draft, 14, NULL, 0); /* RFC 2408 3.14 */
    draft_is(&draft, at, "0000000c 00000001 0100000e");
    at = draft.length;
    draft_id1(&draft, "a.example"); /* RFC 2407 4.6.2 */
    draft_is(&draft, at, "00000011 02000000 612e6578616d706c65");
}

static void payloads_of_phase_2(void **state)
{
    (void)state;
    static const uint8_t ip[4] = { 10, 1, 0, 0 }, mask[4] = { 255, 255, 255, 0 }, cookies[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    struct addr network = addr_ip4(ip), bits = addr_ip4(mask);
    struct draft draft = { .first = 0 };
    draft_esp1(&draft, 0xc1a55e01); /* RFC 2407 4.4.4, 4.5: tunnel mode, a key of 128 bits; RFC 4106 8.4: transform 20 */
    draft_is(&draft, 0, "00000028 00000001 00000001 0000001c 01030401 c1a55e01 00000010 01140000 80040001 80060080");
    uint32_t at = draft.length;
    draft_network1(&draft, &network, &bits); /* RFC 2407 4.6.2.7 */
    draft_is(&draft, at, "00000010 04000000 0a010000 ffffff00");
    at = draft.length;
    draft_delete1(&draft, 0x01020304); /* RFC 2408 3.15 */
    draft_is(&draft, at, "00000010 00000001 03040001 01020304");
    at = draft.length;
    draft_notify1_spi(&draft, 36136, 1, cookies, sizeof cookies, "\0\0\0\7", 4); /* RFC 3706 5.4 */
    draft_is(&draft, at, "00000020 00000001 01108d28 0102030405060708090a0b0c0d0e0f10 00000007");
    at = draft.length;
    draft_ke1(&draft, 1); /* RFC 3526: 256 bytes of group 14 */
    assert_int_equal(draft.length - at, 4 + 256);
    at = draft.length;
    draft_hash1(&draft, 1); /* of SHA2-256 */
    assert_int_equal(draft.length - at, 4 + 32);
}

static void a_message(void **state)
{
    (void)state;
    static struct wire out;
    struct draft draft = { .first = 0 };
    struct draft_head head = { spi_i, spi_r, 2, 34, 0x08, 5, 0 };
    struct ike_fault fault;
    draft_notify(&draft, 16390, "cookie", 6);
    draft_nonce(&draft, 3);
    memset(out.bytes, 0x55, sizeof out.bytes);
    assert_true(draft_clear(&draft, &head, 4, &out));
    assert_int_equal(out.length, 4 + 28 + draft.length);
    assert_memory_equal(out.bytes, "\x55\x55\x55\x55", 4); /* what stood before it */
    assert_memory_equal(out.bytes + 4, spi_i, 8);
    assert_memory_equal(out.bytes + 12, spi_r, 8);
    assert_memory_equal(out.bytes + 20, "\x29\x20\x22\x08\0\0\0\5", 8); /* N, version 2.0, IKE_SA_INIT, initiator, ID 5 */
    assert_int_equal(bytes_get32(out.bytes + 28), 28 + draft.length);
    assert_int_equal(ike_check_message(out.bytes + 4, out.length - 4, out.length - 4, &fault), DECODE_OK);
    head.beyond = 3;
    assert_true(draft_clear(&draft, &head, 0, &out));
    assert_int_equal(bytes_get32(out.bytes + 24), out.length + 3);
    assert_int_equal(ike_check_message(out.bytes, out.length, out.length, &fault), DECODE_BAD);
    assert_int_equal(fault.damage, IKE_DAMAGE_HEADER_LENGTH);
    struct draft empty = { .first = 0 };
    assert_true(draft_clear(&empty, &head, 0, &out));
    assert_int_equal(out.length, 28);
    assert_false(draft_clear(&draft, &head, WIRE_MAX, &out));
}

static void no_more_than_there_is_room_for(void **state)
{
    (void)state;
    static struct wire out;
    static uint8_t body[DRAFT_MAX];
    struct draft draft = { .first = 0 };
    struct draft_head head = { spi_i, spi_r, 2, 37, 0, 0, 0 };
    draft_payload(&draft, 43, body, DRAFT_MAX - 4);
    assert_false(draft.full);
    assert_true(draft_clear(&draft, &head, 0, &out));
    draft_put8(&draft, 1);
    assert_true(draft.full);
    assert_int_equal(draft.length, DRAFT_MAX);
    assert_false(draft_clear(&draft, &head, 0, &out));
    draft_begin(&draft, 41); /* nor a payload behind it */
    assert_int_equal(draft.length, DRAFT_MAX);
}

static void sealed_and_in_pieces(void **state)
{
    (void)state;
    static const uint8_t key[36] = { 1, 2, 3 };
    static struct wire out;
    static uint8_t plain[WIRE_MAX], joined[DRAFT_MAX];
    struct error error;
    struct ike_params params = { .encryption = suite_encryption_by_iana(20) };
    params.encryption_key[0] = params.encryption_key[1] = (struct secret){ key, sizeof key };
    struct ike_sealer *sealer = ike_sealer_create(&params, &error);
    struct ike *ike = ike_create(&params, &error);
    struct draft_head head = { spi_i, spi_r, 2, 35, 0x08, 1, 0 };
    struct ike_opened opened;
    struct draft draft = { .first = 0 };
    draft_id(&draft, 35, "a.example");
    draft_auth(&draft);
    assert_true(draft_sealed(&draft, &head, sealer, 1, 4, &out));
    assert_int_equal(ike_open(ike, out.bytes + 4, out.length - 4, plain, &opened), IKE_OPENED);
    assert_int_equal(opened.first, 35);
    assert_int_equal(opened.length, draft.length);
    assert_memory_equal(plain, draft.bytes, draft.length);
    for (uint16_t total = 1; total <= 5; total++) { /* RFC 7383 2.5: the first one names the first payload, the others none */
        uint32_t length = 0;
        for (uint16_t number = 1; number <= total; number++) {
            assert_true(draft_piece(&draft, &head, sealer, 10u * total + number, number, total, 0, &out));
            assert_int_equal(out.bytes[16], 53);
            assert_int_equal(ike_open(ike, out.bytes, out.length, plain, &opened), IKE_OPENED);
            assert_int_equal(opened.fragment, number);
            assert_int_equal(opened.fragments, total);
            assert_int_equal(opened.first, number == 1 ? 35 : 0);
            memcpy(joined + length, plain, opened.length);
            length += opened.length;
        }
        assert_int_equal(length, draft.length);
        assert_memory_equal(joined, draft.bytes, length);
    }
    assert_false(draft_piece(&draft, &head, sealer, 99, 0, 3, 0, &out));
    assert_false(draft_piece(&draft, &head, sealer, 99, 4, 3, 0, &out));
    assert_false(draft_sealed(&draft, &head, sealer, 99, WIRE_MAX, &out));
    ike_destroy(ike);
    ike_sealer_destroy(sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_of_version_2), cmocka_unit_test(payloads_of_version_1), cmocka_unit_test(payloads_of_phase_2), cmocka_unit_test(a_message),
        cmocka_unit_test(no_more_than_there_is_room_for), cmocka_unit_test(sealed_and_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
