/*
 * kernel_xfrm_message_test: messages of a real kernel (tests/interop/messages.py) against what ip printed of the same SAs and policies, read by the
 * importer of that text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "kernel/xfrm_message.h"
#include "unit/sa_source_collect.h"

#define LINES_MAX 64

struct line {
    char tag[32];
    uint16_t type;
    uint8_t *bytes; /* behind the struct nlmsghdr, in an allocation of exactly that length */
    uint32_t length;
};

static struct line lines[LINES_MAX];
static unsigned line_count;
static struct secrets *secrets;

static int load(void **state)
{
    (void)state;
    FILE *file = fopen("tests/data/kernel/messages.txt", "r");
    assert_non_null(file);
    static char text[16384], hex[16384];
    while (fgets(text, sizeof text, file)) {
        struct line *line = &lines[line_count++];
        assert_true(line_count <= LINES_MAX);
        assert_int_equal(sscanf(text, "%31s %16383s", line->tag, hex), 2);
        size_t length = strlen(hex) / 2;
        uint8_t *all = malloc(length);
        for (size_t at = 0; at < length; at++) {
            unsigned byte;
            assert_int_equal(sscanf(hex + 2 * at, "%2x", &byte), 1);
            all[at] = (uint8_t)byte;
        }
        struct nlmsghdr header;
        memcpy(&header, all, sizeof header);
        line->type = header.nlmsg_type;
        line->length = (uint32_t)(length - sizeof header);
        line->bytes = malloc(line->length ? line->length : 1);
        memcpy(line->bytes, all + sizeof header, line->length);
        free(all);
    }
    fclose(file);
    secrets = secrets_create();
    return secrets == NULL;
}

static int unload(void **state)
{
    (void)state;
    for (unsigned i = 0; i < line_count; i++)
        free(lines[i].bytes);
    secrets_destroy(secrets);
    return 0;
}

/* The nth message of this tag. */
static struct xfrm_message *read_nth(const char *tag, unsigned nth, bool dump)
{
    static struct xfrm_message message;
    for (unsigned i = 0; i < line_count; i++)
        if (strcmp(lines[i].tag, tag) == 0 && nth-- == 0) {
            xfrm_message_read(lines[i].type, lines[i].bytes, lines[i].length, dump, secrets, &message);
            return &message;
        }
    return NULL;
}

static void same_selector(const struct selector *a, const struct selector *b)
{
    assert_string_equal(collect_prefix(&a->src), collect_prefix(&b->src));
    assert_string_equal(collect_prefix(&a->dst), collect_prefix(&b->dst));
    assert_int_equal(a->proto, b->proto);
    assert_int_equal(a->sport_low, b->sport_low);
    assert_int_equal(a->sport_high, b->sport_high);
    assert_int_equal(a->dport_low, b->dport_low);
    assert_int_equal(a->dport_high, b->dport_high);
}

static void same_definition(const struct sa_definition *a, const struct sa_definition *b)
{
    assert_string_equal(collect_prefix(&a->src), collect_prefix(&b->src));
    assert_string_equal(collect_prefix(&a->dst), collect_prefix(&b->dst));
    assert_int_equal(a->spi, b->spi);
    assert_int_equal(a->proto, b->proto);
    assert_int_equal(a->mode, b->mode);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->encap_known, b->encap_known);
    assert_int_equal(a->encap, b->encap);
    assert_int_equal(a->encap_sport, b->encap_sport);
    assert_int_equal(a->encap_dport, b->encap_dport);
    assert_ptr_equal(a->encryption, b->encryption);
    assert_ptr_equal(a->integrity, b->integrity);
    assert_string_equal(a->encryption_name, b->encryption_name);
    assert_string_equal(a->integrity_name, b->integrity_name);
    assert_true(secret_equal(&a->encryption_key, &b->encryption_key));
    assert_true(secret_equal(&a->integrity_key, &b->integrity_key));
    assert_int_equal(a->icv, b->icv);
    assert_int_equal(a->esn, b->esn);
    assert_int_equal(a->window_known, b->window_known);
    assert_int_equal(a->window, b->window);
    assert_int_equal(a->outbound, b->outbound);
    assert_memory_equal(&a->hard, &b->hard, sizeof a->hard);
    assert_memory_equal(&a->soft, &b->soft, sizeof a->soft);
    assert_int_equal(a->added_ns, b->added_ns);
    assert_int_equal(a->used_ns, b->used_ns);
    assert_int_equal(a->has_selector, b->has_selector);
    same_selector(&a->selector, &b->selector);
    assert_int_equal(a->reqid, b->reqid);
    assert_int_equal(a->mark, b->mark);
    assert_int_equal(a->mark_mask, b->mark_mask);
    assert_int_equal(a->if_id, b->if_id);
    assert_int_equal(a->align4, b->align4);
    assert_int_equal(a->af_unspec, b->af_unspec);
    assert_int_equal(a->keys_hidden, b->keys_hidden);
}

static bool is_ipsec(uint8_t proto)
{
    return proto == SA_PROTO_ESP || proto == SA_PROTO_AH || proto == SA_PROTO_IPCOMP;
}

static void test_dump_is_what_ip_prints(void **state)
{
    (void)state;
    struct collect *collect = collect_file("xfrm", "tests/data/kernel/state.txt");
    unsigned met = 0;
    const struct xfrm_message *message;
    for (unsigned nth = 0; (message = read_nth("states", nth, true)) != NULL; nth++) {
        if (message->kind == XFRM_MESSAGE_OTHER) /* the end of the dump */
            continue;
        assert_int_equal(message->kind, XFRM_MESSAGE_SA);
        assert_int_equal(message->record.event, SA_EVENT_DEFINE);
        if (!is_ipsec(message->record.definition.proto))
            continue;
        assert_true(met < collect->records);
        same_definition(&message->record.definition, &collect->record[met++].definition);
    }
    assert_int_equal(met, collect->records);
    assert_int_equal(met, 12);
    collect_free(collect);
}

static void test_policies_are_what_ip_prints(void **state)
{
    (void)state;
    struct collect *collect = collect_file("xfrm", "tests/data/kernel/policy.txt");
    unsigned met = 0;
    const struct xfrm_message *message;
    for (unsigned nth = 0; (message = read_nth("policies", nth, true)) != NULL; nth++) {
        if (message->kind == XFRM_MESSAGE_OTHER)
            continue;
        assert_int_equal(message->kind, XFRM_MESSAGE_POLICY);
        const struct policy *a = &message->policy.policy, *b = &collect->policy[met++].policy;
        same_selector(&a->selector, &b->selector);
        assert_int_equal(a->direction, b->direction);
        assert_int_equal(a->block, b->block);
        assert_int_equal(a->socket, b->socket);
        assert_int_equal(a->priority, b->priority);
        assert_int_equal(a->index, b->index);
        assert_int_equal(a->mark, b->mark);
        assert_int_equal(a->mark_mask, b->mark_mask);
        assert_int_equal(a->if_id, b->if_id);
        assert_int_equal(a->templates, b->templates);
        for (unsigned i = 0; i < a->templates; i++) {
            const struct policy_template *x = &a->template[i], *y = &b->template[i];
            assert_memory_equal(&x->src.bytes, &y->src.bytes, 16);
            assert_memory_equal(&x->dst.bytes, &y->dst.bytes, 16);
            assert_int_equal(x->proto, y->proto);
            assert_int_equal(x->mode, y->mode);
            assert_int_equal(x->reqid, y->reqid);
            assert_int_equal(x->spi, y->spi);
            assert_int_equal(x->optional, y->optional);
        }
    }
    assert_int_equal(met, collect->policies);
    assert_int_equal(met, 5);
    collect_free(collect);
}

/*
 * 9 datagrams from number 1; on another SA 301 to 305, then 352 to 354, with a window of 100. Its ring is marked as the kernel does it: the place of the
 * first number is reckoned from 0 - 1 = 2^32 - 1, which is place 95 of 100, so that 301 is marked where 297 belongs.
 */
static void test_windows(void **state)
{
    (void)state;
    unsigned met = 0;
    const struct xfrm_message *message;
    for (unsigned nth = 0; (message = read_nth("states", nth, true)) != NULL; nth++) {
        const struct sa_moment *moment = &message->moment;
        if (message->record.definition.spi == 0x1001) {
            met++;
            assert_int_equal(moment->top, 9);
            assert_int_equal(moment->width, 128);
            assert_int_equal(moment->bits[0], 0x1ff);
            assert_int_equal(moment->bits[1] | moment->bits[2] | moment->bits[3], 0);
            assert_int_equal(moment->packets, 9);
        } else if (message->record.definition.spi == 0x1009) {
            met++;
            assert_int_equal(moment->top, 354);
            assert_int_equal(moment->width, 100);
            for (unsigned behind = 0; behind < 100; behind++) {
                unsigned number = 354 - behind;
                bool seen = number >= 352 || (number >= 302 && number <= 305) || number == 297;
                assert_int_equal(moment->bits[behind / 32] >> behind % 32 & 1, seen);
            }
            assert_int_equal(moment->packets, 8);
        } else if (message->record.definition.spi == 0x1002) {
            met++;
            assert_true(moment->window_known);
            assert_int_equal(moment->top, 0);
        }
    }
    assert_int_equal(met, 3);
}

static void test_events(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        unsigned nth;
        uint8_t kind, event, proto;
        uint32_t spi;
    } expected[] = {
        { "esn", 0, XFRM_MESSAGE_SA, SA_EVENT_ADD, 50, 0x1001 },       { "update", 0, XFRM_MESSAGE_SA, SA_EVENT_UPDATE, 50, 0x1002 },
        { "instead", 0, XFRM_MESSAGE_SA, SA_EVENT_UPDATE, 50, 0x3000 }, { "ah", 0, XFRM_MESSAGE_SA, SA_EVENT_ADD, 51, 0x1004 },
        { "expiry", 1, XFRM_MESSAGE_SA, SA_EVENT_EXPIRE_HARD, 50, 0x1007 }, { "delete", 0, XFRM_MESSAGE_SA, SA_EVENT_DELETE, 50, 0x1001 },
        { "flush-ah", 0, XFRM_MESSAGE_SA, SA_EVENT_FLUSH, 51, 0 },     { "flush", 0, XFRM_MESSAGE_SA, SA_EVENT_FLUSH, 0, 0 },
        { "in", 0, XFRM_MESSAGE_POLICY, SA_EVENT_ADD, 0, 0 },          { "renewed", 0, XFRM_MESSAGE_POLICY, SA_EVENT_UPDATE, 0, 0 },
        { "policy-delete", 0, XFRM_MESSAGE_POLICY, SA_EVENT_DELETE, 0, 0 }, { "policy-flush", 0, XFRM_MESSAGE_POLICY, SA_EVENT_FLUSH, 0, 0 },
        { "nothing", 0, XFRM_MESSAGE_OTHER, 0, 0, 0 },
    };
    for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct xfrm_message *message = read_nth(expected[i].tag, expected[i].nth, false);
        assert_non_null(message);
        assert_int_equal(message->kind, expected[i].kind);
        assert_int_equal(message->kind == XFRM_MESSAGE_POLICY ? message->policy.event : message->record.event, expected[i].event);
        assert_int_equal(message->record.definition.proto, expected[i].proto);
        assert_int_equal(message->record.definition.spi, expected[i].spi);
    }
    assert_int_equal(read_nth("policy-delete", 0, false)->policy.policy.index, 18);
    assert_int_equal(read_nth("delete", 0, false)->record.definition.encryption_key.length, 20);
}

/* The port that NAT changed: from 4500 to 4600, as the sender's SA has it. */
static void test_traffic(void **state)
{
    (void)state;
    unsigned mappings = 0, soft = 0;
    const struct xfrm_message *message;
    for (unsigned nth = 0; (message = read_nth("traffic", nth, false)) != NULL; nth++) {
        const struct sa_definition *definition = &message->record.definition;
        assert_int_equal(message->kind, XFRM_MESSAGE_SA);
        if (message->record.event == SA_EVENT_MAPPING) {
            mappings++;
            assert_int_equal(definition->spi, 0x1008);
            assert_int_equal(definition->encap_sport, 4600);
            assert_string_equal(collect_prefix(&definition->src), "10.77.0.1");
        } else if (message->record.event == SA_EVENT_EXPIRE_SOFT) {
            soft++;
            assert_int_equal(definition->spi, 0x1007);
            assert_false(definition->window_known);
        } else {
            assert_int_equal(message->record.event, SA_EVENT_TOUCH);
        }
    }
    assert_true(mappings > 0);
    assert_int_equal(soft, 1);
}

/* A key of nothing but zeros is one that a locked-down kernel does not show. */
static void test_redacted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < line_count; i++) {
        if (strcmp(lines[i].tag, "esn") != 0)
            continue;
        uint8_t *bytes = malloc(lines[i].length);
        memcpy(bytes, lines[i].bytes, lines[i].length);
        for (uint32_t at = 0; at < lines[i].length; at++)
            if (bytes[at] == 0x91)
                bytes[at] = 0;
        struct xfrm_message message;
        xfrm_message_read(lines[i].type, bytes, lines[i].length, false, secrets, &message);
        assert_int_equal(message.kind, XFRM_MESSAGE_SA);
        assert_true(message.redacted);
        assert_true(message.record.definition.keys_hidden);
        assert_int_equal(message.record.definition.encryption_key.length, 0);
        free(bytes);
    }
}

static void test_truncated(void **state)
{
    (void)state;
    static struct xfrm_message message;
    for (unsigned i = 0; i < line_count; i++)
        for (uint32_t length = 0; length < lines[i].length; length++) {
            uint8_t *exact = malloc(length ? length : 1);
            memcpy(exact, lines[i].bytes, length);
            xfrm_message_read(lines[i].type, exact, length, i & 1, secrets, &message);
            bool fixed = lines[i].type == XFRM_MSG_NEWSA && length < sizeof(struct xfrm_usersa_info);
            if (fixed)
                assert_int_equal(message.kind, XFRM_MESSAGE_DAMAGED);
            secrets_release(secrets, &message.record.definition.encryption_key);
            secrets_release(secrets, &message.record.definition.integrity_key);
            free(exact);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump_is_what_ip_prints), cmocka_unit_test(test_policies_are_what_ip_prints), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_events), cmocka_unit_test(test_traffic), cmocka_unit_test(test_redacted), cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
