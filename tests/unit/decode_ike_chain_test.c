/*
 * decode_ike_chain_test: how a walk ends: what is sealed, what is padding, what is cut; plaintext; SA payloads as
 * trees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/ike_names.h"
#include "decode/ike_chain.h"
#include "decode/ike_sa.h"
#include "support/iketext.h"
#include "support/ikeparts.h"

static uint8_t room[4096];

/* A message: SPIs, then version, exchange, flags, first payload, then the payloads. */
static struct ike_message open_message(uint8_t version, uint8_t exchange, uint8_t flags, uint8_t first,
                                       const char *payloads, uint32_t captured)
{
    struct ike_message message;
    memset(room, 1, 16);
    room[16] = first;
    room[17] = version;
    room[18] = exchange;
    room[19] = flags;
    bytes_put32(room + 20, 0);
    uint32_t length = IKE_HEADER + (uint32_t)iketext_bytes(payloads, room + IKE_HEADER, sizeof room - IKE_HEADER);
    bytes_put32(room + 24, length);
    assert_int_equal(ike_message_open(&message, room, captured < length ? captured : length, length), DECODE_OK);
    return message;
}

static struct ike_walk walk_all(const struct ike_message *message, unsigned *count)
{
    struct ike_walk walk;
    struct ike_payload payload;
    *count = 0;
    for (ike_walk_message(&walk, message); ike_walk_next(&walk, &payload);)
        (*count)++;
    return walk;
}

/* RFC 7296 3.14: a notification in clear, then SK. What stands before IV is what an AEAD authenticates besides. */
static void encrypted_payload(void **state)
{
    (void)state;
    unsigned count;
    static const char *const hex = "2e000008" "00004000" "23000014" "000102030405060708090a0b0c0d0e0f";
    struct ike_message message = open_message(0x20, 35, 0x08, 41, hex, UINT32_MAX);
    struct ike_walk walk = walk_all(&message, &count);
    assert_int_equal(count, 2);
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_SK);
    assert_int_equal(walk.sealed.first, IKE2_IDI);
    assert_int_equal(walk.sealed.at, 28 + 8 + 4);
    assert_int_equal(walk.sealed.wire, 16);
    assert_ptr_equal(walk.sealed.bytes, room + 40);
    message = open_message(0x20, 35, 0x08, 41, hex, 45);
    walk = walk_all(&message, &count);
    assert_int_equal(count, 2);
    assert_int_equal(walk.status, DECODE_CUT);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_SK);
    assert_int_equal(walk.sealed.captured, 5);
    assert_int_equal(walk.sealed.wire, 16);
}

/* RFC 7383 2.5 */
static void encrypted_fragment(void **state)
{
    (void)state;
    unsigned count;
    struct ike_message message =
        open_message(0x20, 35, 0x08, 53, "23000018" "00010003" "000102030405060708090a0b0c0d0e0f", UINT32_MAX);
    struct ike_walk walk = walk_all(&message, &count);
    assert_int_equal(count, 1);
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_SKF);
    assert_int_equal(walk.sealed.first, IKE2_IDI);
    assert_int_equal(walk.sealed.number, 1);
    assert_int_equal(walk.sealed.total, 3);
    assert_int_equal(walk.sealed.at, 28 + 4 + 4);
    assert_int_equal(walk.sealed.wire, 16);
}

/* [MS-IKEE] 2.2.3.1; also where a sender leaves the encryption flag on */
static void fragments_of_version_1(void **state)
{
    (void)state;
    unsigned count;
    for (uint8_t flags = 0; flags <= 1; flags++) {
        struct ike_message message = open_message(0x10, 2, flags, 132, "0000000b" "00070201" "aabbcc", UINT32_MAX);
        struct ike_walk walk = walk_all(&message, &count);
        assert_int_equal(count, 1);
        assert_int_equal(walk.status, DECODE_OK);
        assert_int_equal(walk.sealed.kind, IKE_SEAL_FRAGMENT);
        assert_int_equal(walk.sealed.id, 7);
        assert_int_equal(walk.sealed.number, 2);
        assert_true(walk.sealed.last);
        assert_int_equal(walk.sealed.total, 2);
        assert_int_equal(walk.sealed.wire, 3);
        assert_int_equal(walk.sealed.bytes[0], 0xaa);
    }
}

static void encrypted_message_of_version_1(void **state)
{
    (void)state;
    unsigned count;
    static const char *const hex = "000102030405060708090a0b0c0d0e0f";
    struct ike_message message = open_message(0x10, 32, 1, 8, hex, UINT32_MAX);
    struct ike_walk walk = walk_all(&message, &count);
    assert_int_equal(count, 0);
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_IKE1);
    assert_int_equal(walk.sealed.first, IKE1_HASH);
    assert_int_equal(walk.sealed.at, IKE_HEADER);
    assert_int_equal(walk.sealed.wire, 16);
    message = open_message(0x10, 32, 1, 8, hex, 30);
    walk = walk_all(&message, &count);
    assert_int_equal(walk.status, DECODE_CUT);
    assert_int_equal(walk.sealed.captured, 2);
}

/* [MS-AIPS] 2.2.3.2: an empty Crypto payload and the others behind it, or all of them inside it. */
static void authip(void **state)
{
    (void)state;
    unsigned count;
    static const char *const hex = "0b000008" "00000001" "00000010" "00000001" "01019c54" "00003621";
    struct ike_message message = open_message(0x10, 0xf3, 0, 0x85, hex, UINT32_MAX);
    assert_int_equal(message.version, IKE_VERSION_AUTHIP);
    struct ike_walk walk = walk_all(&message, &count);
    assert_int_equal(count, 2);
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_NONE);
    message = open_message(0x10, 0xf4, 1, 0x85, "01000014" "00000001" "000102030405060708090a0b", UINT32_MAX);
    walk = walk_all(&message, &count);
    assert_int_equal(count, 1);
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.sealed.kind, IKE_SEAL_AUTHIP);
    assert_int_equal(walk.sealed.first, 1);
    assert_int_equal(walk.sealed.wire, 16);
}

static void plaintext(void **state)
{
    (void)state;
    struct ike_walk walk;
    struct ike_payload payload;
    uint8_t bytes[64];
    /* IKEv1: hash of 16 bytes, then padding up to the cipher's block */
    uint32_t length = (uint32_t)iketext_bytes("00000014" "000102030405060708090a0b0c0d0e0f" "5a5a5a5a5a5a5a5a5a5a5a0b",
                                              bytes, sizeof bytes);
    ike_walk_plain(&walk, IKE_VERSION_1, IKE1_HASH, bytes, length);
    assert_true(ike_walk_next(&walk, &payload));
    assert_int_equal(payload.at, 0);
    assert_false(ike_walk_next(&walk, &payload));
    assert_int_equal(walk.status, DECODE_OK);
    assert_int_equal(walk.at, 20);
    /* IKEv2's padding is gone: what is left over is damage */
    ike_walk_plain(&walk, IKE_VERSION_2, IKE2_VENDOR, bytes, length);
    assert_true(ike_walk_next(&walk, &payload));
    assert_false(ike_walk_next(&walk, &payload));
    assert_int_equal(walk.fault.damage, IKE_DAMAGE_CHAIN_TRAILING);
    ike_walk_plain(&walk, IKE_VERSION_2, 0, bytes, 0);
    assert_false(ike_walk_next(&walk, &payload));
    assert_int_equal(walk.status, DECODE_OK);
}

/*
 * A snap length within the chain: the payloads before it are whole, the one it falls into is CUT, and there is no
 * other.
 */
static void cut_chain(void **state)
{
    (void)state;
    struct ike_walk walk;
    struct ike_payload payload;
    static const char *const hex = "2b000008" "01020304" "2b000008" "05060708" "00000008" "090a0b0c";
    for (uint32_t captured = IKE_HEADER; captured < 52; captured++) {
        struct ike_message message = open_message(0x20, 34, 8, 43, hex, captured);
        unsigned whole = 0, cut = 0;
        for (ike_walk_message(&walk, &message); ike_walk_next(&walk, &payload);) {
            whole += payload.status == DECODE_OK;
            cut += payload.status == DECODE_CUT;
        }
        assert_int_equal(walk.status, DECODE_CUT);
        assert_int_equal(walk.fault.damage, IKE_DAMAGE_NONE);
        assert_int_equal(whole, (captured - IKE_HEADER) / 8);
        assert_int_equal(cut, (captured - IKE_HEADER) % 8 >= 4);
    }
}

/* The end of a chain can be wrong although its bytes are missing. */
static void lengths_tell_more_than_bytes(void **state)
{
    (void)state;
    unsigned count;
    struct ike_message message = open_message(0x20, 34, 8, 43, "00000008" "01020304" "ffff", 33);
    struct ike_walk walk = walk_all(&message, &count);
    assert_int_equal(walk.status, DECODE_BAD);
    assert_int_equal(walk.fault.damage, IKE_DAMAGE_CHAIN_TRAILING);
    message = open_message(0x20, 34, 8, 43, "2b000008" "01020304" "ffff", 33);
    walk = walk_all(&message, &count);
    assert_int_equal(walk.status, DECODE_BAD);
    assert_int_equal(walk.fault.damage, IKE_DAMAGE_CHAIN_UNENDED);
}

/*
 * The first proposal of scenario v1main, whose strongSwan said aes128-sha1-modp2048 and 14400 s with 10 % over; and
 * quick mode lifetimes.
 */
static void suites_of_version_1(void **state)
{
    (void)state;
    struct ike_sa sa;
    struct ike_proposal proposal;
    struct ike_transform transform;
    struct ike_suite1 suite;
    struct ike_fault fault;
    struct ike_payload payload = ikeparts_payload(1, IKE1_SA,
        "0000000100000001" "0000002c01010001" "0000002401010000" "80010007" "800e0080" "80020002" "8004000e" "80030001" "800b0001"
        "800c3de0", room, UINT32_MAX);
    assert_int_equal(ike_sa_open(&payload, &sa, &fault), DECODE_OK);
    assert_int_equal(sa.doi, 1);
    assert_int_equal(sa.proposals, 1);
    assert_true(ike_sa_proposal(&sa, &proposal));
    assert_true(ike_sa_transform(&proposal, &transform));
    assert_int_equal(transform.key_length, 128);
    ike_sa_suite1(&transform, &suite);
    assert_int_equal(suite.phase, 1);
    assert_string_equal(ike1_value_name(1, 1, suite.cipher), "AES-CBC");
    assert_string_equal(ike1_value_name(1, 2, suite.hash), "SHA");
    assert_string_equal(ike1_value_name(1, 3, suite.method), "pre-shared key");
    assert_string_equal(ike1_value_name(1, 4, suite.group), "2048-bit MODP");
    assert_int_equal(suite.key_length, 128);
    assert_int_equal(suite.seconds, 15840);
    assert_int_equal(suite.kilobytes, 0);
    /* ESP with both kinds of lifetime, one of them of 4 bytes, and 64-bit sequence numbers (RFC 4304) */
    payload = ikeparts_payload(1, IKE1_SA,
        "0000000100000001" "0000003c01030401" "c0ffee01" "00000030010c0000" "80060100" "80050005" "80040003" "8003000e" "80010001"
        "80020e10" "80010002" "00020004" "00465000" "800b0001", room, UINT32_MAX);
    assert_int_equal(ike_sa_open(&payload, &sa, &fault), DECODE_OK);
    assert_true(ike_sa_proposal(&sa, &proposal));
    assert_int_equal(ike_sa_spi(&proposal), 0xc0ffee01);
    assert_true(ike_sa_transform(&proposal, &transform));
    ike_sa_suite1(&transform, &suite);
    assert_int_equal(suite.phase, 2);
    assert_string_equal(ike1_transform_name(3, (uint8_t)suite.cipher), "ESP_AES-CBC");
    assert_string_equal(ike1_value_name(2, 5, suite.hash), "HMAC-SHA2-256");
    assert_string_equal(ike1_value_name(2, 4, suite.mode), "UDP-Encapsulated-Tunnel");
    assert_int_equal(suite.group, 14);
    assert_int_equal(suite.key_length, 256);
    assert_int_equal(suite.seconds, 3600);
    assert_int_equal(suite.kilobytes, 4608000);
    assert_true(suite.esn);
}

/* Two proposals of two transforms each: what stands before the cut is yielded, in order. */
static void cut_sa(void **state)
{
    (void)state;
    static const char *const hex = "0200001c01030402" "11111111" "0300000801000014" "0000000805000000"
                                   "0000002002030402" "22222222" "0300000c0100000c" "800e0100" "000000080300000c";
    struct ike_fault fault;
    struct ike_payload whole = ikeparts_payload(2, IKE2_SA, hex, room, UINT32_MAX);
    for (uint32_t cut = 0; cut <= whole.wire; cut++) {
        struct ike_payload payload = whole;
        struct ike_sa sa;
        struct ike_proposal proposal;
        struct ike_transform transform;
        unsigned proposals = 0, transforms = 0;
        payload.captured = cut;
        assert_int_equal(ike_sa_open(&payload, &sa, &fault), cut < whole.wire ? DECODE_CUT : DECODE_OK);
        while (ike_sa_proposal(&sa, &proposal)) {
            assert_int_equal(ike_sa_spi(&proposal), proposals == 0 ? 0x11111111 : 0x22222222);
            proposals++;
            while (ike_sa_transform(&proposal, &transform))
                transforms++;
        }
        assert_int_equal(proposals, (cut >= 12) + (cut >= 28 + 12));
        assert_int_equal(transforms, (cut >= 20) + (cut >= 28) + (cut >= 52) + (cut >= 60));
    }
}

/* A number that does not fit 64 bits is the largest. */
static void long_attribute(void **state)
{
    (void)state;
    struct ike_sa sa;
    struct ike_proposal proposal;
    struct ike_transform transform;
    struct ike_attribute attribute;
    struct ike_fault fault;
    struct ike_payload payload = ikeparts_payload(1, IKE1_SA,
        "0000000100000001" "0000002901010001" "0000002101010000" "000c0008" "0000000100000000" "000c0009" "010000000000000000", room,
        UINT32_MAX);
    assert_int_equal(ike_sa_open(&payload, &sa, &fault), DECODE_OK);
    assert_true(ike_sa_proposal(&sa, &proposal));
    assert_true(ike_sa_transform(&proposal, &transform));
    assert_true(ike_sa_attribute(&transform, &attribute));
    assert_true(attribute.value == 0x100000000u);
    assert_true(ike_sa_attribute(&transform, &attribute));
    assert_true(attribute.value == UINT64_MAX);
    assert_false(ike_sa_attribute(&transform, &attribute));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encrypted_payload),
        cmocka_unit_test(encrypted_fragment),
        cmocka_unit_test(fragments_of_version_1),
        cmocka_unit_test(encrypted_message_of_version_1),
        cmocka_unit_test(authip),
        cmocka_unit_test(plaintext),
        cmocka_unit_test(cut_chain),
        cmocka_unit_test(lengths_tell_more_than_bytes),
        cmocka_unit_test(suites_of_version_1),
        cmocka_unit_test(cut_sa),
        cmocka_unit_test(long_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
