/* decode_ike_damage_test: every damage once by hand: its name, payload, offset, values and Windows code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "decode/ike_check.h"
#include "support/iketext.h"

/* A header of that version, with a length that fits; returns the message's length. */
static uint32_t build(uint8_t *bytes, unsigned version, uint8_t flags, uint8_t first, const char *payloads)
{
    static const uint8_t spis[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
    memcpy(bytes, spis, sizeof spis);
    bytes[16] = first;
    bytes[17] = version == IKE_VERSION_2 ? 0x20 : 0x10;
    bytes[18] = version == IKE_VERSION_2 ? 34 : version == IKE_VERSION_1 ? 2 : 0xf3;
    bytes[19] = flags;
    bytes_put32(bytes + 20, 0);
    uint32_t length = IKE_HEADER + (uint32_t)iketext_bytes(payloads, bytes + IKE_HEADER, 4096);
    bytes_put32(bytes + 24, length);
    return length;
}

struct damage_case {
    uint8_t damage, version, flags, first;
    const char *payloads; /* behind the header, whose 28 bytes count in `at` */
    uint8_t payload;
    uint16_t index;
    uint32_t at, found, wanted, windows;
};

static const struct damage_case cases[] = {
    { IKE_DAMAGE_PAYLOAD_SHORT, 2, 8, 43, "00000003", 43, 0, 30, 3, 4, 13843 },
    { IKE_DAMAGE_PAYLOAD_BEYOND, 2, 8, 43, "000000090102", 43, 0, 30, 9, 6, 13843 },
    { IKE_DAMAGE_PAYLOAD_TYPE, 1, 0, 2, "0000000800000000", 2, 0, 28, 2, 0, 13843 },
    { IKE_DAMAGE_PAYLOAD_TYPE, 1, 0, 74, "0000000800000000", 74, 0, 28, 74, 0, 13843 },
    { IKE_DAMAGE_CRITICAL, 2, 8, 60, "00800004", 60, 0, 29, 60, 0, 13823 },
    { IKE_DAMAGE_CHAIN_UNENDED, 2, 8, 43, "2b00000501", 43, 1, 33, 0, 4, 13843 },
    { IKE_DAMAGE_CHAIN_TRAILING, 2, 8, 43, "0000000501ffff", 0, 1, 33, 2, 0, 13843 },
    { IKE_DAMAGE_CHAIN_TRAILING, 2, 8, 0, "00", 0, 0, 28, 1, 0, 13843 },
    { IKE_DAMAGE_CHAIN_TRAILING, 2, 8, 46, "21000014" "00112233445566778899aabbccddeeff" "00", 0, 1, 48, 1, 0, 13843 },
    { IKE_DAMAGE_CHAIN_TRAILING, 1, 0, 13, "0000000501000001", 0, 1, 33, 3, 0, 13843 }, /* padding is of zeros */
    { IKE_DAMAGE_SEALED_LENGTH, 2, 8, 46, "2100000800000000", 46, 0, 30, 4, 9, 13843 },
    { IKE_DAMAGE_SEALED_LENGTH, 1, 1, 5, "000102030405060708090a0b", 0, 0, 28, 12, 8, 13843 },
    { IKE_DAMAGE_FRAGMENT_LENGTH, 2, 8, 53, "210000060001", 53, 0, 30, 6, 8, 13843 },
    { IKE_DAMAGE_FRAGMENT_LENGTH, 1, 0, 132, "000000060001", 132, 0, 30, 6, 8, 13843 },
    { IKE_DAMAGE_FRAGMENT_NUMBER, 2, 8, 53, "21000014" "00030002" "000102030405060708090a0b", 53, 0, 32, 3, 2, 13843 },
    { IKE_DAMAGE_FRAGMENT_NUMBER, 2, 8, 53, "21000014" "00000002" "000102030405060708090a0b", 53, 0, 32, 0, 2, 13843 },
    { IKE_DAMAGE_FRAGMENT_NUMBER, 1, 0, 132, "0000000c" "00010000" "00010203", 132, 0, 34, 0, 0, 13843 },
    { IKE_DAMAGE_SA_LENGTH, 2, 8, 33, "00000004", 33, 0, 32, 0, 8, 13830 },
    { IKE_DAMAGE_SA_LENGTH, 1, 0, 1, "0000000800000001", 1, 0, 36, 4, 8, 13830 },
    { IKE_DAMAGE_SA_LENGTH, 1, 0, 1, "0000000c0000000100000001", 1, 0, 40, 8, 16, 13830 },
    { IKE_DAMAGE_SA_DOI, 1, 0, 1, "0000000c0000000200000001", 1, 0, 32, 2, 1, 13862 },
    { IKE_DAMAGE_SA_SITUATION, 1, 0, 1, "0000000c0000000100000002", 1, 0, 36, 2, 1, 13863 },
    { IKE_DAMAGE_PROPOSAL_LENGTH, 2, 8, 33, "0000000c" "0000000701030401", 33, 0, 34, 7, 8, 13831 },
    { IKE_DAMAGE_PROPOSAL_LENGTH, 2, 8, 33, "0000000c" "0000000901030401", 33, 0, 34, 9, 8, 13831 },
    { IKE_DAMAGE_PROPOSAL_LENGTH, 2, 8, 33, "0000000c" "0000000801030401", 33, 0, 34, 8, 12, 13831 },
    { IKE_DAMAGE_PROPOSAL_LAST, 2, 8, 33, "0000000c" "0200000801010001", 33, 0, 32, 2, 0, 13831 },
    { IKE_DAMAGE_PROPOSAL_LAST, 2, 8, 33, "00000024" "0000001001010001" "0000000801000003" "0000001002010001" "0000000801000003",
      33, 0, 32, 0, 2, 13831 },
    { IKE_DAMAGE_PROPOSAL_NUMBER, 2, 8, 33, "00000024" "0200001001010001" "0000000801000003" "0000001003010001" "0000000801000003",
      33, 0, 52, 3, 2, 13831 },
    { IKE_DAMAGE_PROPOSAL_NUMBER, 2, 8, 33, "00000024" "0200001002010001" "0000000801000003" "0000001003010001" "0000000801000003",
      33, 0, 36, 2, 1, 13831 },
    { IKE_DAMAGE_PROPOSAL_NUMBER, 1, 0, 1,
      "0000002c" "0000000100000001" "0200001002010001" "0000000801010000" "0000001001010001" "0000000801010000",
      1, 0, 60, 1, 3, 13831 },
    { IKE_DAMAGE_PROPOSAL_PROTOCOL, 2, 8, 33, "00000014" "0000001001000001" "0000000801000003", 33, 0, 37, 0, 0, 13831 },
    { IKE_DAMAGE_PROPOSAL_SPI_SIZE, 2, 8, 33, "00000014" "0000001001030001" "0000000801000003", 33, 0, 38, 0, 4, 13831 },
    { IKE_DAMAGE_TRANSFORM_COUNT, 2, 8, 33, "00000014" "0000001001010002" "0000000801000003", 33, 0, 39, 1, 2, 13831 },
    { IKE_DAMAGE_TRANSFORM_COUNT, 2, 8, 33, "0000000c" "0000000801010000", 33, 0, 39, 0, 0, 13831 },
    { IKE_DAMAGE_TRANSFORM_LENGTH, 2, 8, 33, "00000014" "0000001001010001" "0000000701000003", 33, 0, 42, 7, 8, 13832 },
    { IKE_DAMAGE_TRANSFORM_LENGTH, 2, 8, 33, "00000014" "0000001001010001" "0000000901000003", 33, 0, 42, 9, 8, 13832 },
    { IKE_DAMAGE_TRANSFORM_LAST, 2, 8, 33, "00000014" "0000001001010001" "0300000801000003", 33, 0, 40, 3, 0, 13832 },
    { IKE_DAMAGE_ATTRIBUTE_LENGTH, 2, 8, 33, "00000018" "0000001401010001" "0000000c0100000c" "000f0009", 33, 0, 50, 9, 0, 13832 },
    { IKE_DAMAGE_ATTRIBUTE_LENGTH, 2, 8, 33, "00000016" "0000001201010001" "0000000a0100000c" "800e", 33, 0, 48, 2, 4, 13832 },
    { IKE_DAMAGE_ATTRIBUTE_FORMAT, 2, 8, 33, "0000001a" "0000001601010001" "0000000e0100000c" "000e00020080",
      33, 0, 48, 0x000e, 0x800e, 13832 },
    { IKE_DAMAGE_KE_LENGTH, 2, 8, 34, "0000000800130000", 34, 0, 36, 4, 5, 13833 },
    { IKE_DAMAGE_KE_LENGTH, 1, 0, 4, "00000004", 4, 0, 32, 0, 1, 13833 },
    { IKE_DAMAGE_KE_GROUP, 2, 8, 34, "0000000a001300000102", 34, 0, 36, 2, 64, 13833 },
    { IKE_DAMAGE_NONCE_LENGTH, 2, 8, 40, "0000000801020304", 40, 0, 32, 4, 16, 13839 },
    { IKE_DAMAGE_NONCE_LENGTH, 1, 0, 10, "0000000801020304", 10, 0, 32, 4, 8, 13839 },
    { IKE_DAMAGE_ID_LENGTH, 2, 8, 35, "00000009010000000a", 35, 0, 36, 1, 4, 13834 },
    { IKE_DAMAGE_ID_LENGTH, 2, 8, 36, "0000000602ff", 36, 0, 34, 2, 4, 13834 },
    { IKE_DAMAGE_ID_TYPE, 2, 8, 35, "00000009040000000a", 35, 0, 32, 4, 0, 13834 },
    { IKE_DAMAGE_ID_TYPE, 1, 0, 5, "000000090d0000000a", 5, 0, 32, 13, 0, 13834 },
    { IKE_DAMAGE_ID_TEXT, 2, 8, 36, "0000000a020000006100", 36, 0, 37, 0, 0, 13834 },
    { IKE_DAMAGE_ID_RANGE, 1, 0, 5, "00000010" "07000000" "0a0000020a000001", 5, 0, 36, 0, 0, 13834 },
    { IKE_DAMAGE_ID_DER, 2, 8, 35, "0000000b" "09000000" "300201", 35, 0, 36, 3, 0, 13834 },
    { IKE_DAMAGE_CERT_LENGTH, 2, 8, 37, "0000000504", 37, 0, 33, 0, 1, 13835 },
    { IKE_DAMAGE_CERT_LENGTH, 1, 0, 7, "00000004", 7, 0, 32, 0, 1, 13836 },
    { IKE_DAMAGE_CERT_ENCODING, 2, 8, 37, "000000061030", 37, 0, 32, 16, 0, 13835 },
    { IKE_DAMAGE_CERT_DER, 2, 8, 37, "00000007043005", 37, 0, 33, 2, 0, 13835 },
    { IKE_DAMAGE_CERTREQ_HASHES, 2, 8, 38, "0000000804010203", 38, 0, 33, 3, 0, 13836 },
    { IKE_DAMAGE_AUTH_LENGTH, 2, 8, 39, "0000000a020000000102", 39, 0, 36, 2, 20, 13843 },
    { IKE_DAMAGE_AUTH_METHOD, 2, 8, 39, "0000000a040000000102", 39, 0, 32, 4, 0, 13843 },
    { IKE_DAMAGE_AUTH_ALGORITHM, 2, 8, 39, "0000000a0e0000000530", 39, 0, 36, 5, 1, 13843 },
    { IKE_DAMAGE_HASH_LENGTH, 1, 0, 8, "0000000801020304", 8, 0, 32, 4, 20, 13837 },
    { IKE_DAMAGE_SIG_LENGTH, 1, 0, 9, "00000004", 9, 0, 32, 0, 1, 13838 },
    { IKE_DAMAGE_NOTIFY_LENGTH, 2, 8, 41, "000000060000", 41, 0, 34, 2, 4, 13840 },
    { IKE_DAMAGE_NOTIFY_LENGTH, 2, 8, 41, "0000000a" "03044009" "0102", 41, 0, 38, 6, 8, 13840 },
    { IKE_DAMAGE_NOTIFY_SPI_SIZE, 2, 8, 41, "0000000a" "03024009" "0102", 41, 0, 33, 2, 4, 13840 },
    { IKE_DAMAGE_NOTIFY_SPI_SIZE, 2, 8, 41, "00000008" "03004009", 41, 0, 33, 0, 4, 13840 }, /* REKEY_SA of no SA */
    { IKE_DAMAGE_NOTIFY_SPI_SIZE, 1, 0, 11, "00000010" "00000001" "0311000e" "01020304", 11, 0, 37, 17, 4, 13840 },
    { IKE_DAMAGE_NOTIFY_DATA, 2, 8, 41, "00000009" "00000011" "13", 41, 0, 36, 1, 2, 13840 },
    { IKE_DAMAGE_NOTIFY_DATA, 2, 8, 41, "00000009" "0000402f" "02", 41, 0, 36, 1, 2, 13840 },
    { IKE_DAMAGE_NOTIFY_DATA, 2, 8, 41, "0000000e" "00004017" "010501020304", 41, 0, 37, 5, 4, 13840 }, /* REDIRECT */
    { IKE_DAMAGE_DELETE_LENGTH, 2, 8, 42, "000000060304", 42, 0, 34, 2, 4, 13841 },
    { IKE_DAMAGE_DELETE_SPI_SIZE, 2, 8, 42, "00000010" "03080001" "0102030405060708", 42, 0, 33, 8, 4, 13841 },
    { IKE_DAMAGE_DELETE_SPI_SIZE, 1, 0, 12, "00000014" "00000001" "01080001" "0102030405060708", 12, 0, 37, 8, 16, 13841 },
    { IKE_DAMAGE_DELETE_COUNT, 2, 8, 42, "0000000c" "03040002" "01020304", 42, 0, 34, 4, 8, 13841 },
    { IKE_DAMAGE_DELETE_COUNT, 2, 8, 42, "00000008" "01000001", 42, 0, 34, 0, 0, 13841 },
    { IKE_DAMAGE_VENDOR_EMPTY, 2, 8, 43, "00000004", 43, 0, 32, 0, 1, 13842 },
    { IKE_DAMAGE_TS_LENGTH, 2, 8, 44, "00000018" "01000000" "07000018" "0000ffff" "0a0000000a0000ff", 44, 0, 38, 24, 16, 13843 },
    { IKE_DAMAGE_TS_COUNT, 2, 8, 44, "00000018" "02000000" "07000010" "0000ffff" "0a0000000a0000ff", 44, 0, 32, 1, 2, 13843 },
    { IKE_DAMAGE_TS_COUNT, 2, 8, 45, "00000008" "00000000", 45, 0, 32, 0, 0, 13843 },
    { IKE_DAMAGE_TS_TYPE, 2, 8, 44, "00000010" "01000000" "0b000008" "00000000", 44, 0, 36, 11, 0, 13843 },
    { IKE_DAMAGE_TS_RANGE, 2, 8, 44, "00000018" "01000000" "07000010" "0000ffff" "0a0000020a000001", 44, 0, 44, 0, 0, 13843 },
    { IKE_DAMAGE_TS_RANGE, 2, 8, 44, "00000018" "01000000" "07060010" "00500016" "0a0000010a000001", 44, 0, 40, 80, 22, 13843 },
    { IKE_DAMAGE_CP_LENGTH, 2, 8, 47, "0000000c" "01000000" "00010008", 47, 0, 38, 8, 0, 13843 },
    { IKE_DAMAGE_CP_TYPE, 2, 8, 47, "00000008" "05000000", 47, 0, 32, 5, 0, 13843 },
    { IKE_DAMAGE_CP_ATTRIBUTE, 2, 8, 47, "0000000f" "01000000" "000100030a0000", 47, 0, 38, 3, 4, 13843 },
    { IKE_DAMAGE_EAP_LENGTH, 2, 8, 48, "00000009" "0107000601", 48, 0, 34, 6, 5, 13843 },
    { IKE_DAMAGE_EAP_LENGTH, 2, 8, 48, "00000009" "0307000500", 48, 0, 34, 5, 4, 13843 },
    { IKE_DAMAGE_EAP_CODE, 2, 8, 48, "00000008" "07070004", 48, 0, 32, 7, 0, 13843 },
    { IKE_DAMAGE_NATD_LENGTH, 1, 0, 20, "000000060102", 20, 0, 32, 2, 20, 13843 },
    { IKE_DAMAGE_NATOA, 1, 0, 21, "0000000a" "01000000" "0a00", 21, 0, 36, 6, 8, 13893 },
    { IKE_DAMAGE_NATOA, 1, 0, 131, "0000000c" "02000000" "0a000001", 131, 0, 32, 2, 1, 13893 },
    { IKE_DAMAGE_CRYPTO_LENGTH, 3, 0, 0x85, "000000060102", 0x85, 0, 32, 2, 4, 13843 },
    { IKE_DAMAGE_GSS_LENGTH, 3, 0, 0x85, "8100000800000001" "000000060102", 0x81, 1, 42, 2, 5, 13843 },
    { IKE_DAMAGE_METHODS_LENGTH, 3, 0, 0x85, "8700000800000001" "000000060102", 0x87, 1, 40, 2, 0, 13889 },
};

static bool met[IKE_DAMAGE_COUNT];

static void expect(const uint8_t *bytes, uint32_t length, uint32_t wire, const struct damage_case *wanted)
{
    struct ike_fault fault;
    assert_int_equal(ike_check_message(bytes, length, wire, &fault), DECODE_BAD);
    if (fault.damage != wanted->damage)
        print_error("%s in place of %s\n", ike_damage_name(fault.damage), ike_damage_name(wanted->damage));
    assert_int_equal(fault.damage, wanted->damage);
    if (fault.at != wanted->at || fault.found != wanted->found || fault.wanted != wanted->wanted)
        print_error("%s: at %u found %u wanted %u\n", ike_damage_name(fault.damage), (unsigned)fault.at,
                    (unsigned)fault.found, (unsigned)fault.wanted);
    assert_int_equal(fault.payload, wanted->payload);
    assert_int_equal(fault.index, wanted->index);
    assert_int_equal(fault.at, wanted->at);
    assert_int_equal(fault.found, wanted->found);
    assert_int_equal(fault.wanted, wanted->wanted);
    assert_int_equal(ike_damage_windows(&fault), wanted->windows);
    met[fault.damage] = true;
}

static void damage_of_payloads(void **state)
{
    (void)state;
    uint8_t bytes[5000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t length = build(bytes, cases[i].version, cases[i].flags, cases[i].first, cases[i].payloads);
        expect(bytes, length, length, &cases[i]);
    }
}

static void damage_of_headers(void **state)
{
    (void)state;
    uint8_t bytes[5000];
    uint32_t length = build(bytes, 2, 8, 43, "0000000501");
    expect(bytes, 27, 27, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_SHORT, .at = 27, .found = 27, .wanted = 28,
           .windows = 13824 });
    expect(bytes, length, length + 4, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_LENGTH, .at = 24,
           .found = length, .wanted = length + 4, .windows = 13824 });
    expect(bytes, length - 1, length - 1, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_LENGTH, .at = 24,
           .found = length, .wanted = length - 1, .windows = 13824 });
    bytes[18] = 99;
    expect(bytes, length, length, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_EXCHANGE, .at = 18, .found = 99,
           .windows = 13824 });
    bytes[17] = 0x10;
    bytes[18] = 34;
    expect(bytes, length, length, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_EXCHANGE, .at = 18, .found = 34,
           .windows = 13824 });
    memset(bytes, 0, 8);
    expect(bytes, length, length, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_SPI, .windows = 13824 });
    bytes[17] = 0x30;
    expect(bytes, length, length, &(struct damage_case){ .damage = IKE_DAMAGE_HEADER_VERSION, .at = 17, .found = 0x30,
           .wanted = 0x20, .windows = 13880 });
}

/* 300 vendor IDs of a byte each. */
static void too_many_payloads(void **state)
{
    (void)state;
    uint8_t bytes[IKE_HEADER + 300 * 5];
    build(bytes, 2, 8, 43, "");
    for (size_t i = 0; i < 300; i++)
        memcpy(bytes + IKE_HEADER + 5 * i, (const uint8_t[]){ i < 299 ? 43 : 0, 0, 0, 5, 1 }, 5);
    bytes_put32(bytes + 24, sizeof bytes);
    expect(bytes, sizeof bytes, sizeof bytes, &(struct damage_case){ .damage = IKE_DAMAGE_CHAIN_LIMIT, .payload = 43,
           .index = 256, .at = IKE_HEADER + 256 * 5, .found = 256, .wanted = 256, .windows = 13843 });
}

static void every_damage_was_met(void **state)
{
    (void)state;
    for (unsigned damage = IKE_DAMAGE_NONE + 1; damage < IKE_DAMAGE_COUNT; damage++) {
        if (!met[damage])
            print_error("no case of %s\n", ike_damage_name(damage));
        assert_true(met[damage]);
        assert_non_null(ike_damage_text(damage));
        for (unsigned other = 0; other < damage; other++)
            assert_string_not_equal(ike_damage_name(damage), ike_damage_name(other));
    }
    assert_string_equal(ike_damage_name(IKE_DAMAGE_COUNT), "unknown");
    assert_int_equal(ike_damage_windows(&(struct ike_fault){ 0 }), 0);
}

/* What looks like damage and is none. */
static void harmless(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        uint8_t flags, first;
        const char *payloads;
    } good[] = {
        { 2, 0x20, 0, "" },                                             /* an answer without payloads */
        { 2, 8, 60, "00000004" },                                       /* unknown, not critical: ignored (RFC 7296 2.5) */
        { 2, 8, 43, "0080000501" },                                     /* critical, but known */
        { 2, 8, 43, "007f000501" },                                     /* reserved bits: ignored */
        { 1, 0, 13, "0000000501000000" },                               /* padded to 4 bytes */
        { 1, 0, 128, "0000000501" },                                    /* a private payload */
        { 2, 0x20, 33, "00000014" "0000001007010001" "0000000801000003" }, /* an answer chooses proposal 7 */
        { 2, 8, 41, "00000008" "01004000" },                            /* protocol without an SPI: as RFC 4306 had it */
        { 2, 8, 41, "0000000c" "0000ea60" "01020304" },                 /* a private notification with data */
        { 2, 8, 44, "00000018" "01000000" "07060010" "ffff0000" "0a0000010a000001" }, /* OPAQUE */
        { 2, 8, 44, "0000000e" "01000000" "0a000006" "7331" },          /* a security label (RFC 9478) */
        { 2, 8, 35, "00000008" "0d000000" },                            /* ID_NULL */
        { 2, 8, 38, "00000005" "04" },                                  /* any authority will do */
        { 2, 8, 42, "00000008" "01000000" },                            /* the IKE SA itself */
        { 3, 1, 0x85, "0100000c" "0102030405060708" },                  /* encrypted: its parts are not looked at */
        { 1, 0, 11, "0000000c" "00000001" "0000000e" },                 /* NO-PROPOSAL-CHOSEN about nothing in particular */
    };
    uint8_t bytes[5000];
    struct ike_fault fault;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint32_t length = build(bytes, good[i].version, good[i].flags, good[i].first, good[i].payloads);
        enum decode_status status = ike_check_message(bytes, length, length, &fault);
        if (status != DECODE_OK)
            print_error("%u: %s at %u\n", (unsigned)i, ike_damage_name(fault.damage), (unsigned)fault.at);
        assert_int_equal(status, DECODE_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_of_payloads),
        cmocka_unit_test(damage_of_headers),
        cmocka_unit_test(too_many_payloads),
        cmocka_unit_test(every_damage_was_met),
        cmocka_unit_test(harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
