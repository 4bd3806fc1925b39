/* sources: every text of the shared data that defines SAs, against what made them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sa_source_collect.h"
#include "sa_source_truth.h"

static void sibling(const char *path, const char *name, char out[512])
{
    const char *slash = strrchr(path, '/');
    snprintf(out, 512, "%.*s/%s", (int)(slash - path), path, name);
}

static const struct sa_definition *by_id(const struct collect *got, unsigned long spi, const char *proto, const char *dst)
{
    for (unsigned i = 0; i < got->records; i++)
        if (got->record[i].definition.spi == spi && strcmp(sa_proto_name(got->record[i].definition.proto), proto) == 0 &&
            strcmp(collect_prefix(&got->record[i].definition.dst), dst) == 0)
            return &got->record[i].definition;
    return NULL;
}

/* kernel-traffic: both ends' dumps and the Wireshark table against sas.json. */
static void test_kernel_traffic(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("kernel-traffic/*/sas.json", &found))
        skip();
    for (size_t at = 0; at < found.gl_pathc; at++) {
        size_t length;
        char path[512];
        struct truth truths[TRUTH_MAX];
        char *json = collect_load(found.gl_pathv[at], &length);
        unsigned count = truth_sas(json, truths);
        assert_true(count >= 2);
        for (const char *end = "AB"; *end; end++) {
            char name[] = "xfrm?.txt";
            name[4] = *end;
            sibling(found.gl_pathv[at], name, path);
            struct collect *got = collect_file(NULL, path);
            assert_int_equal(got->records, count);
            for (unsigned i = 0; i < count; i++) {
                const struct sa_definition *sa = by_id(got, truths[i].spi, truths[i].proto, truths[i].dst);
                assert_non_null(sa);
                truth_check(&truths[i], sa, true);
                /* A is 10.77.0.1 or fd77::1; what goes to the other host is outbound here. */
                bool to_a = strcmp(truths[i].dst + strlen(truths[i].dst) - 1, "1") == 0;
                assert_int_equal(sa->outbound, to_a != (*end == 'A'));
            }
            assert_int_equal(got->remarks, 0);
            collect_free(got);
            char policies[] = "policy?.txt";
            policies[6] = *end;
            sibling(found.gl_pathv[at], policies, path);
            got = collect_file(NULL, path);
            assert_int_equal(got->policies, 2);
            assert_int_equal(got->policy[0].policy.direction, POLICY_IN);
            assert_int_equal(got->policy[1].policy.direction, POLICY_OUT);
            assert_int_equal(got->policy[0].policy.templates, strstr(path, "nest4") ? 2 : 1);
            assert_int_equal(got->remarks + got->records, 0);
            collect_free(got);
        }
        sibling(found.gl_pathv[at], "esp_sa", path);
        char *rows = collect_load(path, &length);
        if (rows) {
            struct collect *got = collect_bytes(NULL, rows, length);
            unsigned esp = 0;
            for (unsigned i = 0; i < count; i++) {
                if (strcmp(truths[i].proto, "esp") != 0)
                    continue;
                esp++;
                const struct sa_definition *sa = by_id(got, truths[i].spi, "esp", truths[i].dst);
                assert_non_null(sa);
                truth_check(&truths[i], sa, false);
            }
            assert_int_equal(got->records, esp);
            assert_int_equal(got->remarks, 0);
            collect_free(got);
            free(rows);
        }
        free(json);
    }
    globfree(&found);
}

/* oracle: the kernel's state after the run against the commands that set it up. */
static void test_oracle_states(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("oracle/*.setup.txt", &found))
        skip();
    unsigned compared = 0;
    for (size_t at = 0; at < found.gl_pathc; at++) {
        char path[512];
        size_t length;
        struct truth truths[TRUTH_MAX];
        char *commands = collect_load(found.gl_pathv[at], &length);
        unsigned count = truth_commands(commands, truths);
        snprintf(path, sizeof path, "%.*s.state.txt", (int)(strlen(found.gl_pathv[at]) - strlen(".setup.txt")), found.gl_pathv[at]);
        struct collect *got = collect_file(NULL, path);
        assert_int_equal(got->policies, 1);
        assert_int_equal(got->policy[0].policy.direction, POLICY_IN);
        assert_int_equal(got->policy[0].policy.block, strstr(path, "policy-block") != NULL);
        bool expired = strstr(path, "expire") != NULL;
        assert_int_equal(got->records, expired ? 0 : count);
        for (unsigned i = 0; i < count && !expired; i++, compared++) {
            const struct sa_definition *sa = by_id(got, truths[i].spi, truths[i].proto, truths[i].dst);
            assert_non_null(sa);
            truth_check(&truths[i], sa, true);
            assert_int_equal(sa->reqid, truths[i].reqid);
            assert_false(sa->outbound);
        }
        assert_int_equal(got->remarks, 0);
        collect_free(got);
        free(commands);
    }
    assert_true(compared > 0);
    globfree(&found);
}

/* Each record of `ip -t xfrm monitor` stands behind one time stamp. */
static void test_oracle_monitors(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("oracle/*.monitor.txt", &found))
        skip();
    for (size_t at = 0; at < found.gl_pathc; at++) {
        size_t length;
        char *text = collect_load(found.gl_pathv[at], &length);
        unsigned stamps = 0;
        for (const char *next = strstr(text, "Timestamp: "); next; next = strstr(next + 1, "Timestamp: "))
            stamps++;
        struct collect *got = collect_bytes(NULL, text, length);
        assert_int_equal(got->records, stamps);
        for (unsigned i = 0; i < got->records; i++) {
            assert_true(got->record[i].time_known);
            assert_true(i == 0 || got->record[i].time_ns > got->record[i - 1].time_ns);
            assert_int_equal(got->record[i].definition.reqid, 1);
        }
        assert_int_equal(got->remarks, 0);
        collect_free(got);
        free(text);
    }
    globfree(&found);
}

/* scenarios: what strongSwan saved and what the kernels show are the same keys. */
static void test_scenarios(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("scenarios/*/keysA/esp_sa", &found))
        skip();
    unsigned compared = 0;
    for (size_t at = 0; at < found.gl_pathc; at++) {
        char path[512];
        glob_t dumps;
        struct collect *saved = collect_file(NULL, found.gl_pathv[at]);
        assert_int_equal(saved->remarks, 0);
        assert_true(saved->records > 0);
        sibling(found.gl_pathv[at], "../xfrm[AB]-*.txt", path);
        size_t dump_count = glob(path, 0, NULL, &dumps) == 0 ? dumps.gl_pathc : 0;
        for (size_t dump = 0; dump < dump_count; dump++) {
            struct collect *got = collect_file(NULL, dumps.gl_pathv[dump]);
            assert_true(got->records > 0);
            for (unsigned i = 0; i < got->records; i++, compared++) {
                const struct sa_definition *sa = &got->record[i].definition;
                const struct sa_definition *same = by_id(saved, sa->spi, "esp", collect_prefix(&sa->dst));
                assert_non_null(same);
                assert_ptr_equal(sa->encryption, same->encryption);
                assert_int_equal(sa->icv, same->icv);
                assert_true(secret_equal(&sa->encryption_key, &same->encryption_key));
                assert_true(secret_equal(&sa->integrity_key, &same->integrity_key));
                if (sa->integrity)
                    assert_ptr_equal(sa->integrity, same->integrity);
            }
            collect_free(got);
        }
        if (dump_count > 0)
            globfree(&dumps);
        collect_free(saved);
    }
    assert_true(compared > 0);
    globfree(&found);
}

static void test_setkey_dumps(void **state)
{
    (void)state;
    static const struct { const char *path, *cipher, *integrity; } dumps[] = {
        { "corpora/ipdecap-3des-cbc_hmac-sha1.setkey", "3DES-CBC", "HMAC-SHA1-96" },
        { "corpora/ipdecap-aes-cbc_hmac-sha1.setkey", "AES-CBC", "HMAC-SHA1-96" },
        { "corpora/ipdecap-null_hmac-md5.setkey", "NULL", "HMAC-MD5-96" },
    };
    for (unsigned at = 0; at < 3; at++) {
        glob_t found;
        if (!truth_glob(dumps[at].path, &found))
            skip();
        struct collect *got = collect_file(NULL, found.gl_pathv[0]);
        assert_int_equal(got->records, 2);
        for (unsigned i = 0; i < 2; i++) {
            const struct sa_definition *sa = &got->record[i].definition;
            assert_string_equal(sa->encryption->name, dumps[at].cipher);
            assert_string_equal(sa->integrity->name, dumps[at].integrity);
            assert_true(suite_encryption_takes(sa->encryption, sa->encryption_key.length));
            assert_int_equal(sa->integrity_key.length, sa->integrity->key);
            assert_int_equal(sa->mode, SA_MODE_TUNNEL);
            assert_int_equal(sa->hard.add_s, 36000);
            assert_int_equal(sa->soft.add_s, 28800);
        }
        assert_string_equal(collect_prefix(&got->record[0].definition.src), "192.168.2.101");
        assert_string_equal(collect_prefix(&got->record[1].definition.src), "192.168.2.100");
        collect_free(got);
        globfree(&found);
    }
}

static void test_truncations(void **state)
{
    (void)state;
    glob_t found;
    if (!truth_glob("oracle/udpencap.state.txt", &found))
        skip();
    size_t length;
    char *text = collect_load(found.gl_pathv[0], &length);
    collect_truncate("xfrm", text, length);
    free(text);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_traffic),
        cmocka_unit_test(test_oracle_states),
        cmocka_unit_test(test_oracle_monitors),
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_setkey_dumps),
        cmocka_unit_test(test_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
