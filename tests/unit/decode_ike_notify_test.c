/*
 * decode_ike_notify_test: notifications and what their data mean. Bytes are laid out by the figures of RFC 7296 3.10,
 * RFC 2408 3.14, [MS-IKEE] 2.2.6 and 2.2.7, [MS-AIPS] 2.2.3.5; that tshark reads the same fields is
 * decode_ike_capture_test's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "catalogue/ike_names.h"
#include "decode/ike_delete.h"
#include "decode/ike_notify.h"
#include "support/ikeparts.h"

static uint8_t room[4096];

static struct ike_notify decode(unsigned version, const char *hex)
{
    struct ike_notify notify;
    struct ike_fault fault;
    uint8_t type = version == IKE_VERSION_2 ? IKE2_NOTIFY : IKE1_NOTIFY;
    struct ike_payload payload = ikeparts_payload(version, type, hex, room, UINT32_MAX);
    assert_int_equal(ike_notify_decode(&payload, &notify, &fault), DECODE_OK);
    return notify;
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        const char *hex, *name;
        uint8_t form;
        uint32_t number;
    } cases[] = {
        { 2, "00000011" "0013", "INVALID_KE_PAYLOAD", IKE_FORM_NUMBER, 19 },
        { 2, "00000001" "3c", "UNSUPPORTED_CRITICAL_PAYLOAD", IKE_FORM_NUMBER, 60 },
        { 2, "00000005" "20", "INVALID_MAJOR_VERSION", IKE_FORM_NUMBER, 0x20 },
        { 2, "00000005", "INVALID_MAJOR_VERSION", IKE_FORM_NUMBER, 0 },
        { 2, "00000009" "00000007", "INVALID_MESSAGE_ID", IKE_FORM_NUMBER, 7 },
        { 2, "0000000b" "c0ffee01", "INVALID_SPI", IKE_FORM_SPI, 0xc0ffee01 },
        { 2, "00004001" "00000005", "SET_WINDOW_SIZE", IKE_FORM_NUMBER, 5 },
        { 2, "00004003" "123402", "IPCOMP_SUPPORTED", IKE_FORM_NUMBER, 0x1234 },
        { 2, "00004013" "00000e10", "AUTH_LIFETIME", IKE_FORM_NUMBER, 3600 },
        { 2, "00004019" "00015180" "aabbcc", "TICKET_LT_OPAQUE", IKE_FORM_NUMBER, 86400 },
        { 2, "0000402f" "0002000300040005", "SIGNATURE_HASH_ALGORITHMS", IKE_FORM_HASHES, 4 },
        { 2, "0000000e", "NO_PROPOSAL_CHOSEN", IKE_FORM_OPAQUE, 0 },
        { 2, "00004036", "INTERMEDIATE_EXCHANGE_SUPPORTED", IKE_FORM_OPAQUE, 0 },
        { 2, "00004039" "0011", "ADDITIONAL_KEY_EXCHANGE", IKE_FORM_OPAQUE, 0 },
        { 2, "0000402e", "IKEV2_FRAGMENTATION_SUPPORTED", IKE_FORM_OPAQUE, 0 },
        { 2, "00003039" "00003621", "NOTIFY_STATUS", IKE_FORM_STATUS, 13857 },
        { 1, "00000001" "01108d28" "0102030405060708090a0b0c0d0e0f10" "0000002a", "R-U-THERE", IKE_FORM_NUMBER, 42 },
        { 1, "00000001" "03046001" "01020304" "00000001", "REPLAY-STATUS", IKE_FORM_NUMBER, 1 },
        { 1, "00000001" "01009c45" "00000002", "EXCHANGE_INFO", IKE_FORM_NUMBER, 2 },
        { 1, "00000001" "01009c44" "0102030405060708", "NOTIFY_DOS_COOKIE", IKE_FORM_COOKIE, 0 },
        { 1, "00000001" "0304000b" "01020304", "INVALID-SPI", IKE_FORM_SPI, 0x01020304 }, /* in the SPI field */
        { 1, "00000001" "0300000b" "01020304", "INVALID-SPI", IKE_FORM_SPI, 0x01020304 }, /* in the data */
        { 1, "00000001" "0100000b", "INVALID-SPI", IKE_FORM_OPAQUE, 0 },                  /* about a proposal */
        { IKE_AUTHIP, "00000001" "02019c54" "00003621", "NOTIFY_STATUS", IKE_FORM_STATUS, 13857 },
        { IKE_AUTHIP, "00000001" "01009c55" "0102030405060708", "NOTIFY_DOS_COOKIE", IKE_FORM_COOKIE, 0 },
        { IKE_AUTHIP, "00000001" "01009c56" "00000009", "NOTIFY_ACK", IKE_FORM_NUMBER, 9 },
        { IKE_AUTHIP, "00000001" "02009c58" "00000002" "00000002", "NOTIFY_ACQUIRE", IKE_FORM_NUMBER, 2 },
        { IKE_AUTHIP, "00000001" "02009c57" "aabb", "QM_SYNCHRONIZE", IKE_FORM_OPAQUE, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ike_notify notify = decode(cases[i].version, cases[i].hex);
        assert_string_equal(ike_notify_name(cases[i].version, notify.type), cases[i].name);
        assert_int_equal(notify.form, cases[i].form);
        assert_int_equal(notify.number, cases[i].number);
        assert_false(notify.has_message_id);
        assert_int_equal(notify.doi, cases[i].version == 2 ? 0 : 1);
    }
}

static void spis_belong_to_the_sa(void **state)
{
    (void)state;
    struct ike_notify notify = decode(2, "03044009" "deadbeef");
    assert_int_equal(notify.type, IKE_N_REKEY_SA);
    assert_int_equal(notify.protocol, 3);
    assert_int_equal(ike_notify_spi(&notify), 0xdeadbeef);
    assert_int_equal(notify.wire, 0);
    notify = decode(2, "00000011" "0013");
    assert_int_equal(ike_notify_spi(&notify), 0);
    assert_null(notify.spi);
}

static void addresses(void **state)
{
    (void)state;
    char text[ADDR_TEXT_MAX];
    struct ike_notify notify = decode(2, "0000400d" "0a4d0001");
    assert_int_equal(notify.form, IKE_FORM_ADDRESS);
    addr_print(&notify.address, text);
    assert_string_equal(text, "10.77.0.1");
    notify = decode(2, "0000400e" "fd770000000000000000000000000001"); /* the scenarios' */
    addr_print(&notify.address, text);
    assert_string_equal(text, "fd77::1");
    notify = decode(2, "00004017" "01040a000001" "00112233445566778899aabbccddeeff"); /* RFC 5685 3 */
    assert_int_equal(notify.form, IKE_FORM_REDIRECT);
    addr_print(&notify.address, text);
    assert_string_equal(text, "10.0.0.1");
    notify = decode(2, "00004017" "030b" "6578616d706c652e6f7267");
    assert_int_equal(notify.number, 3);
    assert_int_equal(notify.text_length, 11);
    assert_memory_equal(notify.text, "example.org", 11);
    assert_int_equal(notify.address.family, 0);
}

/* [MS-IKEE] 2.2.6: the status alone, or behind the message ID of the quick mode that failed. */
static void windows_status_of_ike1(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint8_t spi_size;
        bool has_message_id;
        uint32_t message_id;
    } cases[] = {
        { "00000001" "01009c43" "00003621", 0, false, 0 },
        { "00000001" "01109c43" "0102030405060708090a0b0c0d0e0f10" "00003621", 16, false, 0 },
        { "00000001" "03049c43" "deadbeef" "00003621", 4, false, 0 },
        { "00000001" "03089c43" "11223344" "00003621", 0, true, 0x11223344 }, /* size 8, and no room for an SPI besides */
        { "00000001" "03089c43" "0102030405060708" "11223344" "00003621", 8, true, 0x11223344 },
        { "00000001" "03089c43" "0102030405060708" "00003621", 8, false, 0 },
        { "00000001" "01009c43" "11223344" "00003621", 0, true, 0x11223344 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ike_notify notify = decode(1, cases[i].hex);
        assert_int_equal(notify.form, IKE_FORM_STATUS);
        assert_int_equal(notify.number, 13857);
        assert_int_equal(notify.spi_size, cases[i].spi_size);
        assert_int_equal(notify.has_message_id, cases[i].has_message_id);
        assert_int_equal(notify.message_id, cases[i].message_id);
    }
}

static void authip_has_flags_and_no_spi(void **state)
{
    (void)state;
    struct ike_notify notify = decode(IKE_AUTHIP, "00000001" "02019c54" "00003621");
    assert_int_equal(notify.flags, 1);
    assert_int_equal(notify.protocol, 2);
    assert_int_equal(notify.spi_size, 0);
    assert_int_equal(notify.wire, 4);
}

static void every_truncation(void **state)
{
    (void)state;
    static const char *const hex = "00000001" "01109c43" "0102030405060708090a0b0c0d0e0f10" "00003621";
    struct ike_notify notify;
    struct ike_fault fault;
    for (uint32_t cut = 0; cut < 28; cut++) {
        struct ike_payload payload = ikeparts_payload(1, IKE1_NOTIFY, hex, room, cut);
        assert_int_equal(ike_notify_decode(&payload, &notify, &fault), DECODE_CUT);
        assert_int_equal(notify.form, IKE_FORM_OPAQUE);
        payload.wire = cut;
        assert_int_equal(ike_notify_decode(&payload, &notify, &fault), DECODE_BAD);
        assert_int_equal(fault.damage, cut < 24 ? IKE_DAMAGE_NOTIFY_LENGTH : IKE_DAMAGE_NOTIFY_DATA);
    }
}

static void deletes(void **state)
{
    (void)state;
    struct ike_delete delete;
    struct ike_fault fault;
    struct ike_payload payload = ikeparts_payload(2, IKE2_DELETE, "03040002" "01020304" "c0ffee01", room, UINT32_MAX);
    assert_int_equal(ike_delete_decode(&payload, &delete, &fault), DECODE_OK);
    assert_int_equal(delete.held, 2);
    assert_int_equal(ike_delete_spi(&delete, 0), 0x01020304);
    assert_int_equal(ike_delete_spi(&delete, 1), 0xc0ffee01);
    assert_int_equal(ike_delete_spi(&delete, 2), 0);
    payload.captured = 11;
    assert_int_equal(ike_delete_decode(&payload, &delete, &fault), DECODE_CUT);
    assert_int_equal(delete.count, 2);
    assert_int_equal(delete.held, 1);
    payload = ikeparts_payload(2, IKE2_DELETE, "01000000", room, UINT32_MAX);
    assert_int_equal(ike_delete_decode(&payload, &delete, &fault), DECODE_OK);
    assert_int_equal(delete.held, 0);
    assert_int_equal(delete.protocol, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(spis_belong_to_the_sa),
        cmocka_unit_test(addresses),
        cmocka_unit_test(windows_status_of_ike1),
        cmocka_unit_test(authip_has_flags_and_no_spi),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(deletes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
