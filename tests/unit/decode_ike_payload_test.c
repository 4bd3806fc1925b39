/*
 * decode_ike_payload_test: what single payloads mean beyond their fields: addresses, ranges, lengths of groups, names.
 * Bytes are laid out by the figures of the RFCs named; that tshark reads the same fields is decode_ike_capture_test's
 * matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/ike_names.h"
#include "decode/ike_auth.h"
#include "decode/ike_authip.h"
#include "decode/ike_cert.h"
#include "decode/ike_check.h"
#include "decode/ike_cp.h"
#include "decode/ike_eap.h"
#include "decode/ike_id.h"
#include "decode/ike_ke.h"
#include "decode/ike_nat.h"
#include "decode/ike_ts.h"
#include "support/ikeparts.h"

static uint8_t room[4096];
static struct ike_fault fault;

static void assert_addr(const struct addr *addr, const char *wanted)
{
    char text[ADDR_TEXT_MAX];
    addr_print(addr, text);
    assert_string_equal(text, wanted);
}

/* RFC 7296 3.5, RFC 2407 4.6.2 */
static void identities(void **state)
{
    (void)state;
    static const struct {
        unsigned version;
        const char *hex, *first, *last;
        uint8_t bits;
        bool masked;
    } cases[] = {
        { 2, "01000000" "0a4d0001", "10.77.0.1", "10.77.0.1", 0, false },
        { 2, "05000000" "fd770000000000000000000000000001", "fd77::1", "fd77::1", 0, false },
        { 1, "04000000" "0a010000" "ffffff00", "10.1.0.0", "10.1.0.255", 24, true },
        { 1, "04000000" "0a010005" "ffffffff", "10.1.0.5", "10.1.0.5", 32, true },
        { 1, "04000000" "00000000" "00000000", "0.0.0.0", "255.255.255.255", 0, true },
        { 1, "04000000" "0a010000" "ff00ff00", "10.0.0.0", "10.255.0.255", 0, false }, /* a mask with gaps */
        { 1, "06000000" "20010db8000000000000000000000001" "ffffffffffffffff0000000000000000", "2001:db8::",
          "2001:db8::ffff:ffff:ffff:ffff", 64, true },
        { 1, "07060016" "0a020001" "0a020007", "10.2.0.1", "10.2.0.7", 0, false },
        { 2, "02000000" "7065657231", "*", "*", 0, false },
    };
    struct ike_id id;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ike_payload payload = ikeparts_payload(cases[i].version, 5, cases[i].hex, room, UINT32_MAX);
        assert_int_equal(ike_id_decode(&payload, &id, &fault), DECODE_OK);
        assert_addr(&id.first, cases[i].first);
        assert_addr(&id.last, cases[i].last);
        assert_int_equal(id.bits, cases[i].bits);
        assert_int_equal(id.masked, cases[i].masked);
        for (uint32_t cut = 0; cut < payload.wire; cut++) {
            payload.captured = cut;
            assert_int_equal(ike_id_decode(&payload, &id, &fault), DECODE_CUT);
            assert_int_equal(id.first.family, 0);
        }
    }
    struct ike_payload payload = ikeparts_payload(1, 5, "07060016" "0a020001" "0a020007", room, UINT32_MAX);
    assert_int_equal(ike_id_decode(&payload, &id, &fault), DECODE_OK);
    assert_int_equal(id.protocol, 6);
    assert_int_equal(id.port, 22);
}

/* X.690 8.1: the definite forms of a length. */
static void der(void **state)
{
    (void)state;
    static const uint8_t shorter[] = { 0x30, 2, 1, 2 }, longer[] = { 0x30, 0x82, 0, 3, 1, 2, 3 }, endless[] = { 0x30, 0x80, 0, 0 };
    assert_true(ike_id_is_der(shorter, 4, 4));
    assert_false(ike_id_is_der(shorter, 4, 5));
    assert_true(ike_id_is_der(longer, 7, 7));
    assert_false(ike_id_is_der(longer, 6, 6));
    assert_true(ike_id_is_der(longer, 3, 7)); /* cut within the length: not shown to be wrong */
    assert_false(ike_id_is_der(longer, 3, 3));
    assert_false(ike_id_is_der(endless, 4, 4)); /* BER, not DER */
    assert_false(ike_id_is_der((const uint8_t[]){ 0x31, 0 }, 2, 2));
    assert_false(ike_id_is_der(shorter, 1, 1));
}

/* The sizes follow from IANA's names: bits of a modulus, two coordinates of a curve's field. */
static void groups(void **state)
{
    (void)state;
    for (uint16_t group = 1; group <= 40; group++) {
        const char *name = ike_group_name(2, group);
        uint32_t wanted = 0;
        if (name == NULL)
            wanted = 0;
        else if (strstr(name, "MODP"))
            wanted = (uint32_t)strtoul(name, NULL, 10) / 8;
        else if (strstr(name, "ECP"))
            wanted = 2 * (((uint32_t)strtoul(name, NULL, 10) + 7) / 8);
        else if (strncmp(name, "brainpoolP", 10) == 0)
            wanted = 2 * (uint32_t)strtoul(name + 10, NULL, 10) / 8;
        else if (strncmp(name, "GOST3410_2012_", 14) == 0)
            wanted = 2 * (uint32_t)strtoul(name + 14, NULL, 10) / 8;
        else if (strcmp(name, "Curve25519") == 0)
            wanted = 32; /* RFC 7748 */
        else if (strcmp(name, "Curve448") == 0)
            wanted = 56;
        else
            continue;
        assert_int_equal(ike_ke_size(group, false), wanted);
        assert_int_equal(ike_ke_size(group, true), wanted);
    }
    /* FIPS 203 table 3: encapsulation keys and ciphertexts of ML-KEM-512, -768, -1024 */
    assert_int_equal(ike_ke_size(35, false), 800);
    assert_int_equal(ike_ke_size(35, true), 768);
    assert_int_equal(ike_ke_size(36, false), 1184);
    assert_int_equal(ike_ke_size(36, true), 1088);
    assert_int_equal(ike_ke_size(37, false), 1568);
    assert_int_equal(ike_ke_size(37, true), 1568);
    assert_true(ike_ke_fits(36, 1088));
    assert_true(ike_ke_fits(36, 1184));
    assert_false(ike_ke_fits(36, 1185));
    assert_true(ike_ke_fits(999, 3));
}

/* RFC 7296 3.13.1, RFC 9478 */
static void selectors(void **state)
{
    (void)state;
    static const char *const hex = "03000000"
                                   "07060010" "00160050" "0a000000" "0a0000ff"
                                   "08000028" "ffff0000" "20010db8000000000000000000000001" "20010db80000000000000000000000ff"
                                   "0a000008" "73797331";
    struct ike_ts ts;
    struct ike_selector selector;
    struct ike_payload payload = ikeparts_payload(2, IKE2_TSI, hex, room, UINT32_MAX);
    assert_int_equal(ike_ts_open(&payload, &ts, &fault), DECODE_OK);
    assert_int_equal(ts.count, 3);
    assert_true(ike_ts_next(&ts, &selector));
    assert_int_equal(selector.at, IKE_HEADER + 4 + 4);
    assert_int_equal(selector.protocol, 6);
    assert_int_equal(selector.first_port, 22);
    assert_int_equal(selector.last_port, 80);
    assert_false(selector.opaque);
    assert_addr(&selector.last, "10.0.0.255");
    assert_true(ike_ts_next(&ts, &selector));
    assert_true(selector.opaque);
    assert_addr(&selector.first, "2001:db8::1");
    assert_true(ike_ts_next(&ts, &selector));
    assert_int_equal(selector.label_length, 4);
    assert_memory_equal(selector.label, "sys1", 4);
    assert_false(ike_ts_next(&ts, &selector));

    for (uint32_t cut = 0; cut < payload.wire; cut++) {
        unsigned count = 0;
        payload.captured = cut;
        assert_int_equal(ike_ts_open(&payload, &ts, &fault), DECODE_CUT);
        while (ike_ts_next(&ts, &selector))
            count++;
        assert_int_equal(count, cut < 20 ? 0 : cut < 60 ? 1 : 2);
    }
}

/* RFC 7296 3.15 */
static void configuration(void **state)
{
    (void)state;
    static const char *const hex = "02000000" "00010004" "0a000005" "00080011" "20010db8000000000000000000000001" "40" "00190003" "6f7267";
    struct ike_cp cp;
    struct ike_cp_attribute attribute;
    struct ike_payload payload = ikeparts_payload(2, IKE2_CP, hex, room, UINT32_MAX);
    assert_int_equal(ike_cp_open(&payload, &cp, &fault), DECODE_OK);
    assert_string_equal(ike_cp_type_name(cp.type), "CFG_REPLY");
    assert_true(ike_cp_next(&cp, &attribute));
    assert_string_equal(ike_cp_attribute_name(2, attribute.type), "INTERNAL_IP4_ADDRESS");
    assert_addr(&attribute.address, "10.0.0.5");
    assert_true(ike_cp_next(&cp, &attribute));
    assert_string_equal(ike_cp_attribute_name(2, attribute.type), "INTERNAL_IP6_ADDRESS");
    assert_addr(&attribute.address, "2001:db8::1");
    assert_int_equal(attribute.bits, 64);
    assert_true(ike_cp_next(&cp, &attribute));
    assert_string_equal(ike_cp_attribute_name(2, attribute.type), "INTERNAL_DNS_DOMAIN");
    assert_int_equal(attribute.address.family, 0);
    assert_false(ike_cp_next(&cp, &attribute));
    for (uint32_t cut = 0; cut < payload.wire; cut++) {
        payload.captured = cut;
        assert_int_equal(ike_cp_open(&payload, &cp, &fault), DECODE_CUT);
    }
    /* config mode: basic values, XAUTH */
    payload = ikeparts_payload(1, IKE1_ATTRIBUTES, "01000007" "c0880000" "40890005" "616c696365", room, UINT32_MAX);
    assert_int_equal(ike_cp_open(&payload, &cp, &fault), DECODE_OK);
    assert_int_equal(cp.identifier, 7);
    assert_true(ike_cp_next(&cp, &attribute));
    assert_true(attribute.basic);
    assert_string_equal(ike_cp_attribute_name(1, attribute.type), "XAUTH-TYPE");
    assert_true(ike_cp_next(&cp, &attribute));
    assert_string_equal(ike_cp_attribute_name(1, attribute.type), "XAUTH-USER-NAME");
    assert_int_equal(attribute.length, 5);
    assert_null(ike_cp_attribute_name(2, 16521));
    assert_null(ike_cp_attribute_name(2, 9));
    assert_string_equal(ike_cp_attribute_name(1, 9), "INTERNAL_IP6_NETMASK");
    assert_null(ike_cp_type_name(0));
    assert_null(ike_cp_type_name(5));
}

/* RFC 3748 4 and 5.7 */
static void eap(void **state)
{
    (void)state;
    struct ike_eap eap;
    struct ike_payload payload = ikeparts_payload(2, IKE2_EAP, "0207000a" "01" "616c696365", room, UINT32_MAX);
    assert_int_equal(ike_eap_decode(&payload, &eap, &fault), DECODE_OK);
    assert_int_equal(eap.code, IKE_EAP_RESPONSE);
    assert_int_equal(eap.identifier, 7);
    assert_string_equal(ike_eap_name(eap.type), "Identity");
    assert_int_equal(eap.wire, 5);
    assert_memory_equal(eap.data, "alice", 5);
    payload = ikeparts_payload(2, IKE2_EAP, "0108000e" "fe" "000137" "00000001" "aabb", room, UINT32_MAX);
    assert_int_equal(ike_eap_decode(&payload, &eap, &fault), DECODE_OK);
    assert_int_equal(eap.vendor, 311); /* Microsoft's private enterprise number */
    assert_int_equal(eap.vendor_type, 1);
    assert_int_equal(eap.wire, 2);
    for (uint32_t cut = 0; cut < payload.wire; cut++) {
        payload.captured = cut;
        assert_int_equal(ike_eap_decode(&payload, &eap, &fault), DECODE_CUT);
    }
    payload = ikeparts_payload(2, IKE2_EAP, "04090004", room, UINT32_MAX);
    assert_int_equal(ike_eap_decode(&payload, &eap, &fault), DECODE_OK);
    assert_int_equal(eap.code, IKE_EAP_FAILURE);
    assert_null(ike_eap_name(200));
}

/* RFC 7427 3, RFC 7296 3.6 and 3.7, RFC 3947 5.2 */
static void proofs(void **state)
{
    (void)state;
    struct ike_auth auth;
    struct ike_payload payload = ikeparts_payload(2, IKE2_AUTH, "0e000000" "04" "30020500" "a1a2a3", room, UINT32_MAX);
    assert_int_equal(ike_auth_decode(&payload, &auth, &fault), DECODE_OK);
    assert_int_equal(auth.algorithm_length, 4);
    assert_int_equal(auth.algorithm[0], 0x30);
    assert_int_equal(auth.wire, 3);
    assert_int_equal(auth.data[0], 0xa1);
    for (uint32_t cut = 0; cut < payload.wire; cut++) {
        payload.captured = cut;
        assert_int_equal(ike_auth_decode(&payload, &auth, &fault), DECODE_CUT);
    }
    struct ike_cert cert;
    payload = ikeparts_payload(2, IKE2_CERT, "0c" "000102030405060708090a0b0c0d0e0f10111213" "687474703a2f2f61", room,
                               UINT32_MAX);
    assert_int_equal(ike_cert_decode(&payload, &cert, &fault), DECODE_OK);
    assert_int_equal(cert.url_length, 8);
    assert_memory_equal(cert.url, "http://a", 8);
    payload = ikeparts_payload(2, IKE2_CERTREQ, "04" "000102030405060708090a0b0c0d0e0f10111213" "000102030405060708090a0b0c0d0e0f10111213",
                               room, 30);
    assert_int_equal(ike_cert_request(&payload, &cert, &fault), DECODE_CUT);
    assert_int_equal(cert.hashes, 1);
    struct addr address;
    payload = ikeparts_payload(1, IKE1_NATOA, "01000000" "0a4d0001", room, UINT32_MAX);
    assert_int_equal(ike_nat_original(&payload, &address, &fault), DECODE_OK);
    assert_addr(&address, "10.77.0.1");
    payload = ikeparts_payload(1, IKE1_NATOA, "05000000" "fd770000000000000000000000000001", room, UINT32_MAX);
    assert_int_equal(ike_nat_original(&payload, &address, &fault), DECODE_OK);
    assert_addr(&address, "fd77::1");
}

/* [MS-AIPS] 2.2.3.1, 2.2.3.2.2, 2.2.3.4 */
static void authip(void **state)
{
    (void)state;
    struct ike_authip_crypto crypto;
    struct ike_payload payload = ikeparts_payload(IKE_VERSION_AUTHIP, AUTHIP_CRYPTO, "00000007", room, UINT32_MAX);
    assert_int_equal(ike_authip_crypto(&payload, &crypto, &fault), DECODE_OK);
    assert_int_equal(crypto.sequence, 7);
    assert_null(crypto.iv);
    payload = ikeparts_payload(IKE_VERSION_AUTHIP, AUTHIP_CRYPTO, "00000008" "1122334455667788", room, UINT32_MAX);
    assert_int_equal(ike_authip_crypto(&payload, &crypto, &fault), DECODE_OK);
    assert_int_equal(crypto.iv[0], 0x11);
    struct ike_authip_gss gss;
    payload = ikeparts_payload(IKE_VERSION_AUTHIP, AUTHIP_GSS, "00003619" "01" "6061", room, UINT32_MAX);
    assert_int_equal(ike_authip_gss(&payload, &gss, &fault), DECODE_OK);
    assert_int_equal(gss.status, 13849);
    assert_int_equal(gss.flags, 1);
    assert_int_equal(gss.wire, 2);
    struct ike_authip_methods methods;
    payload = ikeparts_payload(IKE_VERSION_AUTHIP, AUTHIP_AUTH, "00020000" "00050000", room, UINT32_MAX);
    assert_int_equal(ike_authip_methods(&payload, &methods, &fault), DECODE_OK);
    assert_string_equal(ike_auth_name(IKE_AUTHIP, ike_authip_method(&methods, 0)), "Kerberos");
    assert_string_equal(ike_auth_name(IKE_AUTHIP, ike_authip_method(&methods, 1)), "NTLM");
    assert_int_equal(ike_authip_method(&methods, 2), 0);
}

/* The versions are one number in both folders, and types have names where there is a decoder. */
static void versions_and_types_are_the_catalogues(void **state)
{
    (void)state;
    assert_int_equal(IKE_VERSION_AUTHIP, IKE_AUTHIP);
    assert_string_equal(ike_payload_name(1, IKE1_NOTIFY), "Notification");
    assert_string_equal(ike_payload_name(1, IKE1_VENDOR), "Vendor ID");
    assert_string_equal(ike_payload_name(1, IKE1_ATTRIBUTES), "Attributes");
    assert_string_equal(ike_payload_name(1, IKE1_NATOA), "NAT Original Address");
    assert_string_equal(ike_payload_name(1, IKE1_FRAGMENT), "Fragment");
    assert_string_equal(ike_payload_name(2, IKE2_TSR), "Traffic Selector - Responder");
    assert_string_equal(ike_payload_name(2, IKE2_SK), "Encrypted and Authenticated");
    assert_string_equal(ike_payload_name(2, IKE2_EAP), "Extensible Authentication");
    assert_string_equal(ike_payload_name(2, IKE2_SKF), "Encrypted and Authenticated Fragment");
    assert_string_equal(ike_payload_name(IKE_AUTHIP, AUTHIP_CRYPTO), "Crypto");
    assert_string_equal(ike_payload_name(IKE_AUTHIP, AUTHIP_AUTH), "Auth");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities),
        cmocka_unit_test(der),
        cmocka_unit_test(groups),
        cmocka_unit_test(selectors),
        cmocka_unit_test(configuration),
        cmocka_unit_test(eap),
        cmocka_unit_test(proofs),
        cmocka_unit_test(authip),
        cmocka_unit_test(versions_and_types_are_the_catalogues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
