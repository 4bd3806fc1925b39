/*
 * veil_rewrite: real dumps of every format before and after, read again by the importers: the same SAs and policies between aliases; keys hidden, or the same
 * where they stay. And what may not be left of a text.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sa/keyfile.h"
#include "sa/table.h"
#include "veil/rewrite.h"

static struct sa_table *table_of(const struct sa_format *format, const char *text, size_t length)
{
    struct error error = { "" };
    struct sa_table *table = sa_table_create(&error);
    assert_non_null(table);
    if (!sa_table_add_text(table, "text", format, text, length, &error))
        fail_msg("%s", error.message);
    return table;
}

static void same_prefix(struct alias *alias, const struct prefix *before, const struct prefix *after)
{
    struct prefix wanted = alias_prefix(alias, before);
    assert_true(addr_equal(&wanted.addr, &after->addr));
    assert_int_equal(wanted.bits, after->bits);
}

static void same_sa(struct alias *alias, const struct sa_record *one, const struct sa_record *other, bool keys)
{
    const struct sa_definition *before = &one->definition, *after = &other->definition;
    assert_int_equal(one->event, other->event);
    assert_int_equal(one->time_ns, other->time_ns);
    same_prefix(alias, &before->src, &after->src);
    same_prefix(alias, &before->dst, &after->dst);
    assert_int_equal(before->spi, after->spi);
    assert_int_equal(before->proto, after->proto);
    assert_int_equal(before->mode, after->mode);
    assert_int_equal(before->state, after->state);
    assert_int_equal(before->encap, after->encap);
    assert_int_equal(before->encap_sport, after->encap_sport);
    assert_ptr_equal(before->encryption, after->encryption);
    assert_ptr_equal(before->integrity, after->integrity);
    assert_int_equal(before->icv, after->icv);
    assert_int_equal(before->window, after->window);
    assert_int_equal(before->esn, after->esn);
    assert_memory_equal(&before->hard, &after->hard, sizeof before->hard);
    assert_int_equal(before->added_ns, after->added_ns);
    assert_int_equal(before->has_selector, after->has_selector);
    if (before->has_selector) {
        same_prefix(alias, &before->selector.src, &after->selector.src);
        same_prefix(alias, &before->selector.dst, &after->selector.dst);
        assert_int_equal(before->selector.proto, after->selector.proto);
    }
    if (keys) {
        assert_true(secret_equal(&before->encryption_key, &after->encryption_key));
        assert_true(secret_equal(&before->integrity_key, &after->integrity_key));
    } else {
        assert_int_equal(after->encryption_key.length, 0);
        assert_int_equal(after->integrity_key.length, 0);
    }
}

static void same_policy(struct alias *alias, const struct policy *before, const struct policy *after)
{
    same_prefix(alias, &before->selector.src, &after->selector.src);
    same_prefix(alias, &before->selector.dst, &after->selector.dst);
    assert_int_equal(before->direction, after->direction);
    assert_int_equal(before->block, after->block);
    assert_int_equal(before->templates, after->templates);
    for (unsigned i = 0; i < before->templates; i++) {
        struct addr src = alias_addr(alias, &before->template[i].src), dst = alias_addr(alias, &before->template[i].dst);
        assert_true(addr_equal(&src, &after->template[i].src));
        assert_true(addr_equal(&dst, &after->template[i].dst));
        assert_int_equal(before->template[i].proto, after->template[i].proto);
    }
}

static void same_table(struct alias *alias, const struct sa_table *before, const struct sa_table *after, bool keys)
{
    size_t one = 0, other = 0;
    assert_int_equal(sa_table_count(before), sa_table_count(after));
    for (const struct sa_entry *entry; (entry = sa_table_next(before, &one)) != NULL;)
        same_sa(alias, &entry->record, &sa_table_next(after, &other)->record, keys);
    one = other = 0;
    assert_int_equal(sa_table_policy_count(before), sa_table_policy_count(after));
    for (const struct sa_policy_entry *entry; (entry = sa_table_next_policy(before, &one)) != NULL;)
        same_policy(alias, &entry->record.policy, &sa_table_next_policy(after, &other)->record.policy);
}

static void check_text(const struct sa_format *format, const char *text, size_t length, bool keys)
{
    struct alias *alias = alias_create();
    struct text out = { 0 };
    struct sa_table *before = table_of(format, text, length);
    const struct sa_format *found = sa_table_file_format(before, 0);
    enum rewrite_kind kind = rewrite_kind(found ? found->name : "");
    assert_non_null(alias);
    rewrite_text(alias, kind, keys, text, length, &out);
    assert_true(alias_settle(alias));
    text_clear(&out);
    rewrite_text(alias, kind, keys, text, length, &out);
    struct sa_table *after = table_of(found, out.chars ? out.chars : "", out.length);
    same_table(alias, before, after, keys);
    sa_table_destroy(before);
    sa_table_destroy(after);
    alias_destroy(alias);
    text_free(&out);
}

static void test_real_dumps(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "oracle/*.state.txt", "oracle/*.monitor.txt", "scenarios/*/xfrm*.txt", "scenarios/*/keysA/esp_sa", "kernel-traffic/*/*.txt", "corpora/*.setkey",
    };
    const char *shared = getenv("ESPLAIN_SHARED");
    unsigned met = 0;
    for (unsigned i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        char pattern[512];
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/%s", shared ? shared : "../shared", patterns[i]);
        if (glob(pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++, met++) {
            struct keyfile file = { 0 };
            struct error error;
            if (strstr(found.gl_pathv[k], "xfrmstat") || !keyfile_read(&file, found.gl_pathv[k], &error) || file.length == 0)
                continue;
            check_text(NULL, file.text, file.length, true);
            check_text(NULL, file.text, file.length, false);
            keyfile_free(&file);
        }
        globfree(&found);
    }
    if (met == 0)
        skip();
}

static void rewritten(enum rewrite_kind kind, const char *text, struct text *out)
{
    struct alias *alias = alias_create();
    rewrite_text(alias, kind, false, text, strlen(text), out);
    assert_true(alias_settle(alias));
    text_clear(out);
    rewrite_text(alias, kind, false, text, strlen(text), out);
    alias_destroy(alias);
}

/* Words as the tools print them, with a few that do not belong there. */
static void test_what_goes(void **state)
{
    (void)state;
    static const struct {
        enum rewrite_kind kind;
        const char *text, *wanted;
    } rows[] = {
        { REWRITE_XFRM, "root@gate.example:~# ip xfrm state\n# of gate\nsrc 10.9.8.7/32 dst 10.9.8.6/32 uid 0 dev eth3\n",
          "src 192.0.2.2/32 dst 192.0.2.1/32 uid 0 dev dev0\n" },
        { REWRITE_XFRM, "\tenc cbc(aes) 0x0011223344556677 (64 bits)\n\tsecurity context root:acme\n", "\tenc cbc(aes) <<Keys hidden>> (64 bits)\n" },
        { REWRITE_XFRM, "src 2001:470:1::5 dst ::/0 \\\tproto esp spi 0x00001001(4097)\n", "src 2001:db8:0:1::1 dst ::/0 \\\tproto esp spi 0x00001001(4097)\n" },
        { REWRITE_XFRM, "Mapping change src 10.9.8.7 dst 10.9.8.6 \n\t2001:470:1::5:4500 -> 10.9.8.7:1024\nAcme's own words\n",
          "Mapping change src 192.0.2.2 dst 192.0.2.1\n\t2001:db8:0:1::1:4500 -> 192.0.2.2:1024\n" },
        { REWRITE_TCPDUMP, "0x00001001@10.9.8.7 aes-cbc-hmac96:secret of 10.9.8.7\n", "0x00001001@192.0.2.1 aes-cbc-hmac96:\n" },
        { REWRITE_WIRESHARK, "# acme\n\"IPv4\",\"10.9.8.7\",\"10.9.*\",\"0x1001\",\"NULL\",\"plain\",\"NULL\",\"0x12\"\n",
          "\"IPv4\",\"192.0.2.1\",\"*\",\"0x1001\",\"NULL\",\"\",\"NULL\",\"\"\n" },
        { REWRITE_SETKEY, "10.9.8.7[4500] 10.9.8.6 \n\tE: aes-cbc  00112233 44556677 00112233 44556677\n\tA: hmac-md5  00112233 44556677\n\t00112233\n",
          "192.0.2.2[4500] 192.0.2.1\n\tE: aes-cbc\n\tA: hmac-md5\n" },
        { REWRITE_DOSP, "Name : acme edge\nPSComputerName : acme1\nPublicV6Address : {2001:470:1::5}\nMaxStateEntries : 5\n",
          "Name : setting\nPublicV6Address : {2001:db8:0:1::1}\nMaxStateEntries : 5\n" },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text out = { 0 };
        rewritten(rows[i].kind, rows[i].text, &out);
        assert_string_equal(out.chars, rows[i].wanted);
        text_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_dumps),
        cmocka_unit_test(test_what_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
