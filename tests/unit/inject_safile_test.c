/* safile: what is written beside a capture, read again, is what the plan had: every algorithm, mode, limit, selector, history, policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inject/safile.h"
#include "sa_source_collect.h"

/* What the next plan has: rows are handed nothing but the plan. */
static struct {
    struct sa_definition definitions[4];
    uint8_t events[4];
    int64_t times[4];
    unsigned count;
    struct policy policies[PLAN_POLICIES_MAX];
    unsigned policy_count;
} given;

static void make_given(struct plan *plan)
{
    for (unsigned i = 0; i < given.count; i++) {
        plan_keys(plan, &given.definitions[i], i);
        plan_history(plan, (enum sa_event)given.events[i], &given.definitions[i], given.times[i]);
    }
    for (unsigned i = 0; i < given.policy_count; i++)
        plan_policy(plan, &given.policies[i]);
}

static const struct recipe given_row = { "given", NULL, "what the test gives", make_given, NULL, 0, NULL };

/* The plan, whose keys the definitions hold, and its file read again. */
static struct collect *written(struct plan **plan)
{
    static const struct plan_request request = { 0 };
    struct error error = { "" };
    struct text text = { 0 };
    *plan = plan_make(&given_row, &request, &error);
    if (*plan == NULL)
        print_message("%s\n", error.message);
    assert_non_null(*plan);
    safile_write(*plan, &text);
    struct collect *collect = collect_bytes(NULL, text.chars, text.length);
    for (unsigned i = 0; i < collect->remarks; i++)
        if (collect->remark[i].level == REMARK_ERROR)
            print_message("%s\n%s\n", collect->remark[i].text, text.chars);
    assert_null(collect_find(collect, "syntax", 0));
    text_free(&text);
    return collect;
}

static void done(struct plan *plan, struct collect *collect)
{
    collect_free(collect);
    plan_destroy(plan);
}

static struct sa_definition definition_of(unsigned version, uint8_t proto)
{
    static const uint8_t here4[4] = { 192, 0, 2, 1 }, there4[4] = { 198, 51, 100, 2 };
    static const uint8_t here6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, there6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };
    bool six = version == 6;
    return (struct sa_definition){
        .src = { six ? addr_ip6(here6) : addr_ip4(here4), six ? 128 : 32 }, .dst = { six ? addr_ip6(there6) : addr_ip4(there4), six ? 128 : 32 },
        .spi = 0xc1a55e01, .proto = proto, .mode = SA_MODE_TUNNEL, .reqid = 77, .window_known = true, .window = 64, .esn_known = true,
        .encap_known = true, .added_known = true, .added_ns = PLAN_START - 3600 * PLAN_SECOND,
    };
}

static void prefix_same(const struct prefix *got, const struct prefix *wanted)
{
    assert_true(addr_equal(&got->addr, &wanted->addr));
    assert_int_equal(got->bits, wanted->bits);
}

static void selector_same(const struct selector *got, const struct selector *wanted)
{
    prefix_same(&got->src, &wanted->src);
    prefix_same(&got->dst, &wanted->dst);
    assert_int_equal(got->proto, wanted->proto);
}

/* dump: what only a dump shows, and no line of a history. */
static void definition_same(const struct sa_definition *got, const struct sa_definition *wanted, bool dump)
{
    prefix_same(&got->src, &wanted->src);
    prefix_same(&got->dst, &wanted->dst);
    assert_int_equal(got->spi, wanted->spi);
    assert_int_equal(got->proto, wanted->proto);
    assert_int_equal(got->mode, wanted->mode);
    assert_int_equal(got->reqid, wanted->reqid);
    assert_int_equal(got->state, wanted->state);
    assert_true(got->encap_known && got->encap == wanted->encap);
    assert_true(got->encap_sport == wanted->encap_sport && got->encap_dport == wanted->encap_dport);
    if (wanted->state == SA_STATE_LARVAL)
        return;
    assert_ptr_equal(got->encryption, wanted->encryption);
    assert_ptr_equal(got->integrity, wanted->integrity);
    assert_true(secret_equal(&got->encryption_key, &wanted->encryption_key));
    assert_true(secret_equal(&got->integrity_key, &wanted->integrity_key));
    if (wanted->icv)
        assert_int_equal(got->icv, wanted->icv);
    assert_true(got->window_known && got->window == wanted->window);
    assert_int_equal(got->esn, wanted->esn);
    assert_int_equal(got->align4, wanted->align4);
    assert_int_equal(got->has_selector, wanted->has_selector);
    if (wanted->has_selector)
        selector_same(&got->selector, &wanted->selector);
    if (!dump)
        return;
    assert_true(got->hard.bytes == wanted->hard.bytes && got->hard.packets == wanted->hard.packets && got->hard.add_s == wanted->hard.add_s);
    assert_true(got->added_known && got->added_ns == wanted->added_ns);
}

static void one_same(const struct sa_definition *definition)
{
    struct plan *plan;
    given.count = 1;
    given.policy_count = 0;
    given.events[0] = SA_EVENT_DEFINE;
    given.definitions[0] = *definition;
    struct collect *collect = written(&plan);
    assert_int_equal(collect->records, 1);
    definition_same(&collect->record[0].definition, &given.definitions[0], true);
    done(plan, collect);
}

static void test_algorithms(void **state)
{
    (void)state;
    unsigned told = 0;
    for (size_t i = 0; i < suite_encryption_count; i++)
        for (size_t j = 0; j < suite_integrity_count; j++) {
            const struct encryption *encryption = &suite_encryptions[i];
            const struct integrity *integrity = &suite_integrities[j];
            if (encryption->xfrm == NULL || integrity->xfrm == NULL || (encryption->icv != 0 && j > 0))
                continue;
            struct sa_definition definition = definition_of(i % 2 ? 4 : 6, SA_PROTO_ESP);
            definition.encryption = encryption;
            definition.integrity = encryption->icv != 0 ? NULL : integrity;
            one_same(&definition);
            told++;
        }
    assert_int_equal(told, 11 + 11 * 12); /* the AEADs but for those with an implicit IV; the others with each integrity algorithm */
    for (size_t j = 1; j < suite_integrity_count; j++) {
        struct sa_definition definition = definition_of(j % 2 ? 4 : 6, SA_PROTO_AH);
        definition.integrity = &suite_integrities[j];
        definition.mode = SA_MODE_TRANSPORT;
        definition.align4 = j % 3 == 0;
        if (definition.integrity->xfrm != NULL)
            one_same(&definition);
    }
}

static void test_fields(void **state)
{
    (void)state;
    struct sa_definition definition = definition_of(4, SA_PROTO_ESP), plain;
    definition.encryption = suite_encryption_by_iana(12);
    definition.integrity = suite_integrity_by_iana(12);
    plain = definition;
    definition.encap = ENCAP_UDP;
    definition.encap_sport = 4500;
    definition.encap_dport = 61000;
    one_same(&definition);
    definition = plain;
    definition.mode = SA_MODE_BEET;
    one_same(&definition);
    definition = plain;
    definition.window = 0;
    one_same(&definition);
    for (uint32_t window = 32; window <= 4096; window *= 2) {
        definition = plain;
        definition.esn = true;
        definition.window = window;
        one_same(&definition);
    }
    definition = plain;
    definition.hard = (struct sa_limits){ .bytes = UINT64_C(5000000000), .packets = 3, .add_s = 28800 };
    one_same(&definition);
    definition = plain;
    definition.icv = 12; /* hmac(sha256) cut to 96 bits by the SA, not by its row */
    definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-96", strlen("HMAC-SHA2-256-96"), 0);
    one_same(&definition);
    definition = plain;
    definition.has_selector = true;
    prefix_parse("10.1.0.0/16", 11, &definition.selector.src);
    prefix_parse("10.2.0.1", 8, &definition.selector.dst);
    one_same(&definition);
    definition = plain;
    definition.spi = 7;
    definition.state = SA_STATE_LARVAL;
    one_same(&definition);
}

/* One SA comes, is deleted; another comes and expires. */
static void test_history(void **state)
{
    (void)state;
    static const uint8_t events[4] = { SA_EVENT_ADD, SA_EVENT_DELETE, SA_EVENT_ADD, SA_EVENT_EXPIRE_HARD };
    struct plan *plan;
    given.count = 4;
    given.policy_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        given.events[i] = events[i];
        given.times[i] = PLAN_START + (int64_t)i * PLAN_SECOND + 123456000;
        given.definitions[i] = definition_of(4, SA_PROTO_ESP);
        given.definitions[i].encryption = suite_encryption_by_iana(20);
        given.definitions[i].spi += i / 2;
    }
    struct collect *collect = written(&plan);
    assert_int_equal(collect->records, 4);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(collect->record[i].event, events[i]);
        assert_true(collect->record[i].time_known && collect->record[i].time_ns == given.times[i]);
        definition_same(&collect->record[i].definition, &given.definitions[i], false);
    }
    done(plan, collect);
}

static void test_policies(void **state)
{
    (void)state;
    struct plan *plan;
    given.count = 1;
    given.events[0] = SA_EVENT_DEFINE;
    given.definitions[0] = definition_of(4, SA_PROTO_ESP);
    given.definitions[0].encryption = suite_encryption_by_iana(20);
    given.policy_count = 4;
    memset(given.policies, 0, sizeof given.policies);
    for (unsigned i = 0; i < 4; i++) {
        struct policy *policy = &given.policies[i];
        const char *src = i == 3 ? "2001:db8:1::/48" : "10.1.0.0/16", *dst = i == 3 ? "2001:db8:2::1" : "10.2.0.1";
        prefix_parse(src, strlen(src), &policy->selector.src);
        prefix_parse(dst, strlen(dst), &policy->selector.dst);
        policy->selector.sport_high = policy->selector.dport_high = UINT16_MAX;
        policy->direction = POLICY_IN;
        policy->priority = 10 + i;
        policy->block = i == 1;
        policy->templates = i == 1 ? 0 : 1;
        policy->template[0] = (struct policy_template){ .proto = SA_PROTO_ESP, .mode = i == 2 ? SA_MODE_TRANSPORT : SA_MODE_TUNNEL, .reqid = 77 };
        if (i == 0) {
            policy->template[0].src = given.definitions[0].src.addr;
            policy->template[0].dst = given.definitions[0].dst.addr;
        }
    }
    struct collect *collect = written(&plan);
    assert_int_equal(collect->records, 1);
    assert_int_equal(collect->policies, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct policy *got = &collect->policy[i].policy, *wanted = &given.policies[i];
        selector_same(&got->selector, &wanted->selector);
        assert_int_equal(got->direction, POLICY_IN);
        assert_int_equal(got->priority, wanted->priority);
        assert_int_equal(got->block, wanted->block);
        assert_int_equal(got->templates, wanted->templates);
        if (wanted->templates == 0)
            continue;
        assert_int_equal(got->template[0].proto, SA_PROTO_ESP);
        assert_int_equal(got->template[0].mode, wanted->template[0].mode);
        assert_int_equal(got->template[0].reqid, 77);
        assert_true(addr_equal(&got->template[0].src, &wanted->template[0].src) || (addr_is_zero(&got->template[0].src) && i > 0));
        assert_true(addr_equal(&got->template[0].dst, &wanted->template[0].dst) || (addr_is_zero(&got->template[0].dst) && i > 0));
    }
    done(plan, collect);
}

static void test_nothing(void **state)
{
    (void)state;
    static const struct plan_request request = { 0 };
    struct text text = { 0 };
    given.count = given.policy_count = 0;
    struct plan *plan = plan_make(&given_row, &request, NULL);
    assert_non_null(plan);
    safile_write(plan, &text);
    assert_int_equal(text.length, 0);
    plan_destroy(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_algorithms), cmocka_unit_test(test_fields), cmocka_unit_test(test_history), cmocka_unit_test(test_policies),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
