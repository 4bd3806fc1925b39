/*
 * decode_ike_vendor_test: vendor IDs made again from the texts that they are the MD5 of, and those that captures show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "decode/ike_vendor.h"
#include "support/ikeparts.h"

static struct ike_vendor decode(const uint8_t *bytes, uint32_t length)
{
    struct ike_vendor vendor;
    struct ike_fault fault;
    struct ike_payload payload = { .type = IKE1_VENDOR, .version = 1, .at = IKE_HEADER, .body = bytes, .captured = length, .wire = length };
    assert_int_equal(ike_vendor_decode(&payload, &vendor, &fault), DECODE_OK);
    return vendor;
}

static struct ike_vendor decode_hex(const char *hex)
{
    static uint8_t room[4096];
    return decode(room, ikeparts_payload(1, IKE1_VENDOR, hex, room, UINT32_MAX).wire);
}

/* The text, how much of its MD5 is sent, how much follows, and how it is to be understood. */
static const struct {
    const char *text;
    uint8_t length;
    uint8_t tail; /* bytes that follow, of any value */
    uint8_t maker;
    uint16_t abilities;
} hashed[] = {
    { "MS NT5 ISAKMPOAKLEY", 16, 0, IKE_MAKER_MICROSOFT, 0 },
    { "MS NT5 ISAKMPOAKLEY", 16, 4, IKE_MAKER_MICROSOFT, 0 },
    { "MS-MamieExists", 16, 0, IKE_MAKER_MICROSOFT, IKE_CAN_AUTHIP },
    { "MS-Negotiation Discovery Capable", 16, 0, IKE_MAKER_MICROSOFT, IKE_CAN_DISCOVERY },
    { "Vid-Initial-Contact", 16, 0, IKE_MAKER_MICROSOFT, IKE_CAN_INITIAL_CONTACT },
    { "IKE CGA version 1", 16, 0, IKE_MAKER_MICROSOFT, IKE_CAN_CGA },
    { "GSSAPI", 16, 0, IKE_MAKER_MICROSOFT, IKE_CAN_GSSAPI },
    { "A GSS-API Authentication Method for IKE", 16, 0, IKE_MAKER_NONE, IKE_CAN_GSSAPI },
    { "A GSS-API Authentication Method for IKE\n", 16, 0, IKE_MAKER_NONE, IKE_CAN_GSSAPI },
    { "strongSwan", 16, 0, IKE_MAKER_STRONGSWAN, 0 },
    { "KAME/racoon", 16, 0, IKE_MAKER_RACOON, 0 },
    { "RFC 3947", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT },
    { "draft-ietf-ipsec-nat-t-ike", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-00", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-01", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-02", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-02\n", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-03", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-04", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-05", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-06", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-07", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsec-nat-t-ike-08", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-stenberg-ipsec-nat-traversal-01", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-stenberg-ipsec-nat-traversal-02", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-huttunen-ipsec-esp-in-udp-00.txt", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "ESPThruNAT", 16, 0, IKE_MAKER_NONE, IKE_CAN_NATT_DRAFT },
    { "draft-ietf-ipsra-isakmp-xauth-06.txt", 8, 0, IKE_MAKER_NONE, IKE_CAN_XAUTH },
    { "FRAGMENTATION", 16, 0, IKE_MAKER_NONE, IKE_CAN_FRAGMENT },
    { "FRAGMENTATION", 16, 4, IKE_MAKER_NONE, IKE_CAN_FRAGMENT },
    { "CISCO-UNITY", 14, 2, IKE_MAKER_CISCO, IKE_CAN_UNITY },
    { "SSH Communications Security IPSEC Express version 2.0.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 2.1.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 3.0.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 4.0.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 4.1.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 4.1.1", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Communications Security IPSEC Express version 4.2.0", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Sentinel", 16, 0, IKE_MAKER_SSH, 0 },
    { "SSH Sentinel 1.1", 16, 0, IKE_MAKER_SSH, 0 },
};

static void hashes_of_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hashed / sizeof hashed[0]; i++) {
        uint8_t bytes[EVP_MAX_MD_SIZE + 4];
        unsigned size;
        assert_int_equal(EVP_Digest(hashed[i].text, strlen(hashed[i].text), bytes, &size, EVP_md5(), NULL), 1);
        memset(bytes + hashed[i].length, 1, hashed[i].tail);
        struct ike_vendor vendor = decode(bytes, hashed[i].length + hashed[i].tail);
        if (vendor.name == NULL)
            print_error("%s\n", hashed[i].text);
        assert_non_null(vendor.name);
        assert_int_equal(vendor.maker, hashed[i].maker);
        assert_int_equal(vendor.abilities, hashed[i].abilities);
        bytes[0] ^= 1;
        assert_null(decode(bytes, hashed[i].length).name);
    }
}

/* facts of [MS-IKEE] and [MS-AIPS], as the project's notes list them */
static void windows_tells_its_generation(void **state)
{
    (void)state;
    static const char *const releases[] = {
        NULL, NULL, "Windows 2000", "Windows XP", "Windows Server 2003", "Windows Vista", "Windows Server 2008", "Windows 7",
        "Windows Server 2008 R2", "Windows 8, Windows Server 2012 or later", NULL,
    };
    for (unsigned version = 0; version <= 10; version++) {
        char hex[64];
        snprintf(hex, sizeof hex, "1e2b516905991c7d7c96fcbfb587e461%08x", version);
        struct ike_vendor vendor = decode_hex(hex);
        assert_string_equal(vendor.name, "MS NT5 ISAKMPOAKLEY");
        assert_true(vendor.versioned);
        assert_int_equal(vendor.version, version);
        if (releases[version] == NULL)
            assert_null(vendor.release);
        else
            assert_string_equal(vendor.release, releases[version]);
    }
    assert_string_equal(decode_hex("01528bbbc00696121849ab9a1c5b2a5100000001").release, "AuthIP");
    assert_null(decode_hex("01528bbbc00696121849ab9a1c5b2a51").name);
}

static void others(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *name;
        uint8_t maker;
        uint16_t abilities;
    } cases[] = {
        { "afcad71368a1f1c96b8696fc77570100", "RFC 3706 dead peer detection", IKE_MAKER_NONE, IKE_CAN_DPD }, /* RFC 3706 5.1 */
        { "09002689dfd6b712", "XAUTH", IKE_MAKER_NONE, IKE_CAN_XAUTH },
        { "12f5f28c457168a9702d9fe274cc0100", "Cisco Unity", IKE_MAKER_CISCO, IKE_CAN_UNITY },
        { "4048b7d56ebce88525e7de7f00d6c2d3c0000000", "FRAGMENTATION", IKE_MAKER_NONE, IKE_CAN_FRAGMENT },
        { "434953434f2d44454c4554452d524541534f4e", "CISCO-DELETE-REASON", IKE_MAKER_CISCO, IKE_CAN_DELETE_REASON },
        { "434953434f28434f505952494748542926436f7079726967687420286329203230303920436973636f2053797374656d732c20496e632e",
          "Cisco", IKE_MAKER_CISCO, 0 },
        { "464c455856504e2d535550504f52544544", "FLEXVPN-SUPPORTED", IKE_MAKER_CISCO, 0 },
        { "4865617274426561745f4e6f74696679386b0100", "HeartBeat_Notify", IKE_MAKER_JUNIPER, 0 },
        { "8299031757a36082c6a621de00000000", "FortiGate", IKE_MAKER_FORTINET, 0 },
        { "699369228741c6d4ca094c93e242c9de19e7b7c60000000500000500", "NetScreen", IKE_MAKER_JUNIPER, 0 },
        { "f4ed19e0c114eb516faaac0ee37daf2807b4381f00000001", "Check Point", IKE_MAKER_CHECKPOINT, 0 },
        { "4f452d4c69627265737761" "6e2d342e39", "Libreswan", IKE_MAKER_LIBRESWAN, 0 }, /* "OE-Libreswan-4.9" */
        { "434953434f00", NULL, IKE_MAKER_NONE, 0 },                                    /* not a text */
        { "00112233445566778899aabbccddeeff", NULL, IKE_MAKER_NONE, 0 },
        { "1e2b516905991c7d7c96fcbfb587e46100", NULL, IKE_MAKER_NONE, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ike_vendor vendor = decode_hex(cases[i].hex);
        if (cases[i].name == NULL)
            assert_null(vendor.name);
        else
            assert_string_equal(vendor.name, cases[i].name);
        assert_int_equal(vendor.maker, cases[i].maker);
        assert_int_equal(vendor.abilities, cases[i].abilities);
    }
    assert_true(decode_hex("4f70706f7274756e6973746963204950736563").printable);
    assert_false(decode_hex("4f7070ff").printable);
    assert_string_equal(ike_vendor_maker(IKE_MAKER_FORTINET), "Fortinet");
    assert_string_equal(ike_vendor_maker(IKE_MAKER_COUNT), "");
}

static void every_truncation(void **state)
{
    (void)state;
    static uint8_t room[4096];
    struct ike_vendor vendor;
    struct ike_fault fault;
    for (uint32_t cut = 0; cut < 20; cut++) {
        struct ike_payload payload =
            ikeparts_payload(1, IKE1_VENDOR, "1e2b516905991c7d7c96fcbfb587e46100000009", room, cut);
        assert_int_equal(ike_vendor_decode(&payload, &vendor, &fault), DECODE_CUT);
        assert_null(vendor.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_texts),
        cmocka_unit_test(windows_tells_its_generation),
        cmocka_unit_test(others),
        cmocka_unit_test(every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
