/* The names of numbers against another implementation's: every number, every difference listed with its reason. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/ike_names.h"
#include "catalogue/ip_names.h"

static const char *exchange1(uint16_t v) { return v < 256 ? ike_exchange_name(1, (uint8_t)v) : NULL; }
static const char *exchange2(uint16_t v) { return v < 256 ? ike_exchange_name(2, (uint8_t)v) : NULL; }
static const char *payload1(uint16_t v) { return v < 256 ? ike_payload_name(1, (uint8_t)v) : NULL; }
static const char *payload2(uint16_t v) { return v < 256 ? ike_payload_name(2, (uint8_t)v) : NULL; }
static const char *notify1(uint16_t v) { return ike_notify_name(1, v); }
static const char *notify2(uint16_t v) { return ike_notify_name(2, v); }
static const char *protocol1(uint16_t v) { return v < 256 ? ike_protocol_name(1, (uint8_t)v) : NULL; }
static const char *protocol2(uint16_t v) { return v < 256 ? ike_protocol_name(2, (uint8_t)v) : NULL; }
static const char *id1(uint16_t v) { return v < 256 ? ike_id_name(1, (uint8_t)v) : NULL; }
static const char *id2(uint16_t v) { return v < 256 ? ike_id_name(2, (uint8_t)v) : NULL; }
static const char *auth1(uint16_t v) { return ike1_value_name(1, 3, v); }
static const char *auth2(uint16_t v) { return ike_auth_name(2, v); }
static const char *cert1(uint16_t v) { return v < 256 ? ike_cert_name(1, (uint8_t)v) : NULL; }
static const char *cert2(uint16_t v) { return v < 256 ? ike_cert_name(2, (uint8_t)v) : NULL; }
static const char *selector2(uint16_t v) { return v < 256 ? ike_selector_name((uint8_t)v) : NULL; }
static const char *type2(uint16_t v) { return v < 256 ? ike_transform_type_name((uint8_t)v) : NULL; }
static const char *encr2(uint16_t v) { return ike_transform_name(1, v); }
static const char *prf2(uint16_t v) { return ike_transform_name(2, v); }
static const char *integ2(uint16_t v) { return ike_transform_name(3, v); }
static const char *ke2(uint16_t v) { return ike_transform_name(4, v); }
static const char *esn2(uint16_t v) { return ike_transform_name(5, v); }
static const char *attribute1(uint16_t v) { return ike1_attribute_name(1, v); }
static const char *attribute2(uint16_t v) { return ike1_attribute_name(2, v); }
static const char *cipher1(uint16_t v) { return ike1_value_name(1, 1, v); }
static const char *hash1(uint16_t v) { return ike1_value_name(1, 2, v); }
static const char *group1(uint16_t v) { return ike1_value_name(1, 4, v); }
static const char *pfs1(uint16_t v) { return ike1_value_name(2, 3, v); }
static const char *kind1(uint16_t v) { return ike1_value_name(1, 5, v); }
static const char *life1(uint16_t v) { return ike1_value_name(1, 11, v); }
static const char *life2(uint16_t v) { return ike1_value_name(2, 1, v); }
static const char *mode1(uint16_t v) { return ike1_value_name(2, 4, v); }
static const char *mac1(uint16_t v) { return ike1_value_name(2, 5, v); }
static const char *ecn1(uint16_t v) { return ike1_value_name(2, 10, v); }
static const char *long1(uint16_t v) { return ike1_value_name(2, 11, v); }
static const char *doi1(uint16_t v) { return ike1_doi_name(v); }
static const char *ip(uint16_t v) { return v < 256 ? ip_protocol_name((uint8_t)v) : NULL; }

static const struct {
    const char *name;
    const char *(*ours)(uint16_t value);
} fields[] = {
    { "isakmp.exchangetype.1", exchange1 },
    { "isakmp.exchangetype.2", exchange2 },
    { "isakmp.nextpayload.1", payload1 },
    { "isakmp.nextpayload.2", payload2 },
    { "isakmp.notify.msgtype.1", notify1 },
    { "isakmp.notify.msgtype.2", notify2 },
    { "isakmp.prop.protoid.1", protocol1 },
    { "isakmp.prop.protoid.2", protocol2 },
    { "isakmp.id.type.1", id1 },
    { "isakmp.id.type.2", id2 },
    { "isakmp.ike.attr.authentication_method.1", auth1 },
    { "isakmp.auth.method.2", auth2 },
    { "isakmp.cert.encoding.1", cert1 },
    { "isakmp.cert.encoding.2", cert2 },
    { "isakmp.ts.type.2", selector2 },
    { "isakmp.tf.type.2", type2 },
    { "isakmp.tf.id.encr.2", encr2 },
    { "isakmp.tf.id.prf.2", prf2 },
    { "isakmp.tf.id.integ.2", integ2 },
    { "isakmp.tf.id.dh.2", ke2 },
    { "isakmp.tf.id.esn.2", esn2 },
    { "isakmp.ike.attr.type.1", attribute1 },
    { "isakmp.ipsec.attr.type.1", attribute2 },
    { "isakmp.ike.attr.encryption_algorithm.1", cipher1 },
    { "isakmp.ike.attr.hash_algorithm.1", hash1 },
    { "isakmp.ike.attr.group_description.1", group1 },
    { "isakmp.ike.attr.group_type.1", kind1 },
    { "isakmp.ike.attr.life_type.1", life1 },
    { "isakmp.ipsec.attr.life_type.1", life2 },
    { "isakmp.ipsec.attr.encap_mode.1", mode1 },
    { "isakmp.ipsec.attr.auth_algorithm.1", mac1 },
    { "isakmp.ipsec.attr.ecn_tunnel.1", ecn1 },
    { "isakmp.ipsec.attr.ext_seq_nbr.1", long1 },
    { "isakmp.sa.doi.1", doi1 },
    { "protocols", ip },
};
#define FIELDS (sizeof fields / sizeof fields[0])

struct line {
    size_t field;
    uint16_t value;
    bool used;
    char theirs[80], ours[80];
};

static struct line values[1000], differences[400];
static size_t value_count, difference_count;

static size_t load(const char *path, struct line *lines, size_t room, size_t wanted)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char text[400];
    size_t count = 0;
    while (fgets(text, sizeof text, file)) {
        if (text[0] == '#')
            continue;
        assert_true(count < room);
        text[strcspn(text, "\n")] = '\0';
        char *column[5] = { text };
        size_t columns = 1;
        for (char *at = text; columns < 5 && (at = strchr(at, '\t')); columns++) {
            *at++ = '\0';
            column[columns] = at;
        }
        assert_int_equal(columns, wanted);
        struct line *line = &lines[count++];
        line->field = 0;
        while (line->field < FIELDS && strcmp(fields[line->field].name, column[0]) != 0)
            line->field++;
        if (line->field == FIELDS)
            fail_msg("no field %s", column[0]);
        line->value = (uint16_t)strtoul(column[1], NULL, 10);
        snprintf(line->theirs, sizeof line->theirs, "%s", column[2]);
        if (wanted == 5) {
            snprintf(line->ours, sizeof line->ours, "%s", column[3]);
            assert_true(strlen(column[4]) > 3); /* the reason */
        }
    }
    fclose(file);
    return count;
}

static struct line *find(struct line *lines, size_t count, size_t field, uint16_t value)
{
    for (size_t i = 0; i < count; i++)
        if (lines[i].field == field && lines[i].value == value)
            return &lines[i];
    return NULL;
}

/* Letters and digits, small, without the words that only decorate. */
static void fold(const char *name, char folded[80])
{
    static const char *const words[] = { "group", "default", "alternate" };
    size_t length = 0;
    while (*name) {
        size_t skip = 0;
        for (size_t i = 0; i < 3; i++)
            if (strncasecmp(name, words[i], strlen(words[i])) == 0)
                skip = strlen(words[i]);
        if (skip > 0)
            name += skip;
        else if (isalnum((unsigned char)*name) && length < 79)
            folded[length++] = (char)tolower((unsigned char)*name++);
        else
            name++;
    }
    folded[length] = '\0';
}

static bool same(const char *a, const char *b)
{
    char left[80], right[80];
    fold(a, left);
    fold(b, right);
    return strcmp(left, right) == 0;
}

static void every_number(void **state)
{
    (void)state;
    value_count = load("tests/data/catalogue/ike-values.tsv", values, 1000, 3);
    difference_count = load("tests/data/catalogue/ike-differences.tsv", differences, 400, 5);
    assert_true(value_count > 400);
    for (size_t field = 0; field < FIELDS; field++)
        for (uint32_t value = 0; value <= UINT16_MAX; value++) {
            const char *ours = fields[field].ours((uint16_t)value);
            struct line *line = find(values, value_count, field, (uint16_t)value);
            if (!ours && !line)
                continue;
            const char *theirs = line ? line->theirs : "-";
            if (ours && line && same(ours, theirs))
                continue;
            struct line *difference = find(differences, difference_count, field, (uint16_t)value);
            if (!difference)
                fail_msg("%s %u: theirs %s, ours %s", fields[field].name, value, theirs, ours ? ours : "-");
            assert_string_equal(difference->theirs, theirs);
            assert_string_equal(difference->ours, ours ? ours : "-");
            difference->used = true;
        }
    for (size_t i = 0; i < difference_count; i++)
        if (!differences[i].used)
            fail_msg("%s %u is listed as a difference and is none", fields[differences[i].field].name,
                     differences[i].value);
}

static void versions(void **state)
{
    (void)state;
    for (uint32_t value = 0; value <= UINT16_MAX; value++) {
        uint16_t number = (uint16_t)value;
        for (unsigned version = 4; version < 18; version += 13) {
            assert_null(ike_notify_name(version, number));
            assert_null(ike_auth_name(version, number));
            assert_null(ike_group_name(version, number));
            assert_false(ike_notify_is_error(version, number));
        }
        assert_null(ike_notify_name(0, number));
        assert_null(ike1_attribute_name(0, number));
        assert_null(ike1_attribute_name(3, number));
        assert_null(ike1_value_name(3, 1, number));
        assert_ptr_equal(pfs1(number), group1(number));
        assert_ptr_equal(ike_auth_name(1, number), auth1(number));
    }
    for (unsigned type = 0; type < 256; type++) {
        assert_null(ike_exchange_name(0, (uint8_t)type));
        assert_null(ike_payload_name(4, (uint8_t)type));
        assert_null(ike_protocol_name(4, (uint8_t)type));
        assert_null(ike_id_name(0, (uint8_t)type));
        assert_null(ike_cert_name(IKE_AUTHIP, (uint8_t)type)); /* AuthIP sends certificates inside GSS-API only */
        assert_int_equal(ike_is_authip((uint8_t)type), ike_exchange_name(IKE_AUTHIP, (uint8_t)type) != NULL);
        for (unsigned other = 0; other < 65536; other += 251)
            assert_true(type <= 12 || !ike_transform_name((uint8_t)type, (uint16_t)other));
    }
}

/* [MS-AIPS] 2.2.1, 2.2.3 and 2.2.3.4. */
static void authip(void **state)
{
    (void)state;
    assert_string_equal(ike_exchange_name(IKE_AUTHIP, 243), "AuthIP Main Mode");
    assert_string_equal(ike_exchange_name(IKE_AUTHIP, 244), "AuthIP Quick Mode");
    assert_string_equal(ike_exchange_name(IKE_AUTHIP, 245), "AuthIP Extended Mode");
    assert_string_equal(ike_exchange_name(IKE_AUTHIP, 246), "AuthIP Notify");
    assert_null(ike_exchange_name(1, 243));
    assert_string_equal(ike_payload_name(IKE_AUTHIP, 0x81), "GSS-API");
    assert_string_equal(ike_payload_name(IKE_AUTHIP, 0x85), "Crypto");
    assert_string_equal(ike_payload_name(IKE_AUTHIP, 0x86), "GSS-ID");
    assert_string_equal(ike_payload_name(IKE_AUTHIP, 0x87), "Auth");
    assert_null(ike_payload_name(IKE_AUTHIP, 6)); /* no certificate, signature or delete payload */
    assert_null(ike_payload_name(IKE_AUTHIP, 9));
    assert_null(ike_payload_name(IKE_AUTHIP, 12));
    assert_string_equal(ike_auth_name(IKE_AUTHIP, 2), "Kerberos");
    assert_string_equal(ike_auth_name(IKE_AUTHIP, 5), "NTLM");
    assert_string_equal(ike_notify_name(IKE_AUTHIP, 0x9c54), "NOTIFY_STATUS");
    assert_string_equal(ike_notify_name(1, 0x9c43), "NOTIFY_STATUS");
    assert_string_equal(ike_notify_name(2, 0x3039), "NOTIFY_STATUS");
    assert_null(ike_notify_name(1, 0x9c54));
    assert_null(ike_notify_name(IKE_AUTHIP, 0x9c43));
}

/* RFC 7296 3.10.1 and RFC 2408 3.14.1: errors are below 16384. */
static void errors_and_states(void **state)
{
    (void)state;
    for (unsigned version = 1; version <= 2; version++) {
        assert_false(ike_notify_is_error(version, 0));
        assert_true(ike_notify_is_error(version, 14));
        assert_true(ike_notify_is_error(version, 50)); /* unassigned, and still an error */
        assert_true(ike_notify_is_error(version, 12345));
        assert_true(ike_notify_is_error(version, 16383));
        assert_false(ike_notify_is_error(version, 16384));
        assert_false(ike_notify_is_error(version, 16390));
    }
    assert_true(ike_notify_is_error(1, 40003));
    assert_false(ike_notify_is_error(1, 40004));
    assert_true(ike_notify_is_error(IKE_AUTHIP, 0x9c54));
    assert_false(ike_notify_is_error(IKE_AUTHIP, 0x9c56));
}

/* RFC 2407 4.4.2 to 4.4.5, RFC 3602, 4106, 4309, 4543 and the registry: tshark has no list of these to compare with. */
static void transforms_of_ikev1(void **state)
{
    (void)state;
    assert_string_equal(ike1_transform_name(1, 1), "KEY_IKE");
    assert_string_equal(ike1_transform_name(2, 2), "AH_MD5");
    assert_string_equal(ike1_transform_name(2, 5), "AH_SHA2-256");
    assert_string_equal(ike1_transform_name(3, 3), "ESP_3DES");
    assert_string_equal(ike1_transform_name(3, 11), "ESP_NULL");
    assert_string_equal(ike1_transform_name(3, 12), "ESP_AES-CBC");
    assert_string_equal(ike1_transform_name(3, 20), "ESP_AES-GCM_16");
    assert_string_equal(ike1_transform_name(3, 23), "ESP_NULL_AUTH_AES-GMAC"); /* 21 in IKEv2 */
    assert_string_equal(ike1_transform_name(4, 2), "IPCOMP_DEFLATE");
    assert_null(ike1_transform_name(2, 1));
    assert_null(ike1_transform_name(3, 17));
    assert_null(ike1_transform_name(3, 24));
    assert_null(ike1_transform_name(0, 1));
    assert_null(ike1_transform_name(5, 1));
    assert_null(ike1_value_name(1, 12, 28800)); /* a duration is a plain number */
    assert_null(ike1_value_name(1, 14, 256));
    assert_null(ike1_doi_name(3));
    assert_null(ike1_doi_name(UINT32_MAX));
}

static void additional_key_exchanges(void **state)
{
    (void)state;
    for (uint8_t type = 6; type <= 12; type++) { /* RFC 9370 */
        assert_string_equal(ike_transform_name(type, 0), "NONE");
        assert_string_equal(ike_transform_name(type, 36), "ML-KEM-768");
        assert_null(ike_transform_name(type, 38));
    }
    assert_null(ike_transform_name(0, 1));
    assert_null(ike_transform_name(13, 1));
    assert_null(ike_group_name(1, 36));
    assert_string_equal(ike_group_name(1, 3), "155-bit EC2N");
    assert_null(ike_group_name(2, 3));
    assert_null(ike_group_name(2, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number),
        cmocka_unit_test(versions),
        cmocka_unit_test(authip),
        cmocka_unit_test(errors_and_states),
        cmocka_unit_test(transforms_of_ikev1),
        cmocka_unit_test(additional_key_exchanges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
