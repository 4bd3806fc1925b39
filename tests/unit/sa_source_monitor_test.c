/* monitor: how SAs came and went, as a real ip prints it (tests/data/sa, make_texts.py) and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "sa_source_collect.h"

#define DATA "tests/data/sa/"

/* The records of make_texts.py in their order, and the time stamp (0-based) that each stands under. */
static const struct { uint8_t event; unsigned stamp; } expected[] = {
    { SA_EVENT_UPDATE, 0 }, { SA_EVENT_TOUCH, 1 }, { SA_EVENT_MAPPING, 2 }, { SA_EVENT_EXPIRE_SOFT, 3 },
    { SA_EVENT_EXPIRE_HARD, 4 }, { SA_EVENT_DELETE, 5 }, { SA_EVENT_FLUSH, 10 }, { SA_EVENT_FLUSH, 11 },
};
#define EXPECTED (sizeof expected / sizeof expected[0])

/* The time stamps of the text, read by the C library. */
static unsigned read_stamps(const char *text, int64_t stamps[32])
{
    unsigned count = 0;
    for (const char *at = text; at && *at && count < 32; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        struct tm when = { 0 };
        long usec = 0;
        const char *rest = strptime(at, "Timestamp: %a %b %d %H:%M:%S %Y", &when);
        if (rest == NULL && (rest = strptime(at, "[%Y-%m-%dT%H:%M:%S", &when)) != NULL)
            rest++;
        if (rest && sscanf(rest, "%ld", &usec) == 1)
            stamps[count++] = ((int64_t)timegm(&when) * 1000000 + usec) * 1000;
    }
    return count;
}

static void check_events(const struct collect *got, const int64_t *stamps)
{
    assert_int_equal(got->records, EXPECTED);
    for (unsigned i = 0; i < EXPECTED; i++) {
        const struct sa_record *record = &got->record[i];
        assert_int_equal(record->event, expected[i].event);
        assert_int_equal(record->time_known, stamps != NULL);
        assert_int_equal(record->time_ns, stamps ? stamps[expected[i].stamp] : 0);
        if (record->event == SA_EVENT_FLUSH)
            continue;
        assert_int_equal(record->definition.spi, 0xc0000001);
        assert_int_equal(record->definition.proto, SA_PROTO_ESP);
        assert_int_equal(record->definition.reqid, 7);
        assert_string_equal(collect_prefix(&record->definition.dst), "192.0.2.2");
        assert_string_equal(collect_prefix(&record->definition.src), i == 2 ? "192.0.2.9" : "192.0.2.1");
        assert_int_equal(record->definition.state, SA_STATE_MATURE);
    }
    const struct sa_definition *update = &got->record[0].definition, *expire = &got->record[4].definition;
    assert_int_equal(update->encryption_key.length, 32);
    assert_true(update->encap_known && update->window == 32);
    assert_int_equal(got->record[2].definition.encap_sport, 61000);
    assert_int_equal(got->record[2].definition.encap, ENCAP_UDP);
    assert_false(expire->encap_known || expire->window_known);
    assert_int_equal(got->record[5].definition.integrity_key.length, 32);
    assert_int_equal(got->record[6].definition.proto, SA_PROTO_ESP);
    assert_int_equal(got->record[7].definition.proto, 0);
    assert_int_equal(got->policies, 3);
    assert_int_equal(got->policy[0].event, SA_EVENT_UPDATE);
    assert_int_equal(got->policy[0].policy.direction, POLICY_FWD);
    assert_int_equal(got->policy[1].event, SA_EVENT_DELETE);
    assert_string_equal(collect_prefix(&got->policy[1].policy.selector.src), "10.1.0.0/24");
    assert_int_equal(got->policy[2].event, SA_EVENT_DELETE);
    assert_string_equal(collect_prefix(&got->policy[2].policy.selector.src), "10.3.0.0/24");
    assert_int_equal(got->policy[2].time_ns, stamps ? stamps[9] : 0);
    assert_int_equal(got->remarks, 0);
}

static void test_options_of_ip(void **state)
{
    (void)state;
    static const struct { const char *path; bool stamped; } files[] = {
        { DATA "events.monitor", false }, { DATA "events-t.monitor", true }, { DATA "events-ts.monitor", true },
        { DATA "events-oneline.monitor", true },
    };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t length;
        int64_t stamps[32];
        char *text = collect_load(files[i].path, &length);
        assert_non_null(text);
        assert_string_equal(sa_format_recognise(text, length)->name, "monitor");
        assert_int_equal(read_stamps(text, stamps), files[i].stamped ? 12 : 0);
        struct collect *got = collect_bytes(NULL, text, length);
        check_events(got, files[i].stamped ? stamps : NULL);
        collect_free(got);
        free(text);
    }
}

static void test_plain_additions(void **state)
{
    (void)state;
    static const char text[] =
        "Timestamp: Sat Nov 21 09:06:47 2026 162512 usec\n"
        "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\treplay-window 32 \n"
        "\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0fa0a1a2a3 128\n"
        "Timestamp: Sat Nov  7 09:06:48 2026 5 usec\n"
        "src 10.1.0.0/24 dst 10.2.0.0/24 \n\tdir in priority 0 \n";
    struct collect *got = collect_text(NULL, text);
    assert_int_equal(got->records, 1);
    assert_int_equal(got->record[0].event, SA_EVENT_ADD);
    assert_int_equal(got->record[0].line, 2);
    assert_int_equal(got->record[0].time_ns, INT64_C(1795252007162512000)); /* date -u -d '2026-11-21 09:06:47' +%s */
    assert_int_equal(got->policies, 1);
    assert_int_equal(got->policy[0].event, SA_EVENT_ADD);
    assert_int_equal(got->policy[0].time_ns, INT64_C(1794042408000005000));
    collect_free(got);
}

/* A table and the history of what came after it, in one file. */
static void test_dump_before_history(void **state)
{
    (void)state;
    struct collect *got = collect_text(NULL,
        "src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n\treplay-window 32 \n"
        "\taead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0fa0a1a2a3 128\n"
        "Timestamp: Sat Nov 21 09:06:47 2026 162512 usec\n"
        "Deleted src 10.77.0.1 dst 10.77.0.2\n\tproto esp spi 0x00001001 reqid 1 mode tunnel\n");
    assert_int_equal(got->records, 2);
    assert_int_equal(got->record[0].event, SA_EVENT_DEFINE);
    assert_false(got->record[0].time_known);
    assert_int_equal(got->record[1].event, SA_EVENT_DELETE);
    assert_true(got->record[1].time_known);
    assert_false(got->record[1].definition.encap_known);
    assert_int_equal(got->remarks, 0);
    collect_free(got);
}

static void test_ip6_mapping(void **state)
{
    (void)state;
    struct collect *got = collect_text(NULL,
        "[nsid 0]Mapping change 2001:db8::1:4500 -> 2001:db8::9:1024\n\tdst 2001:db8::2  reqid 0x1 protocol esp  SPI 0xc0000001\n"
        "Mapping change 192.0.2.1:4500 -> nowhere\n\tdst 192.0.2.2  reqid 0x1 protocol esp  SPI 0x1\n"
        "Async event  (0x10)  replay update \n\tsrc 192.0.2.1 dst 192.0.2.2  reqid 0x1 protocol esp\n"
        "Flushed state proto nonsense\n"
        "Flushed policy ptype main \n"
        "Timestamp: Sat Foo 21 09:06:47 2026 162512 usec\n"
        "src 192.0.2.1 dst 192.0.2.2\n\tproto ah spi 0x00001001 reqid 1 mode tunnel\n");
    assert_int_equal(got->records, 2);
    assert_string_equal(collect_prefix(&got->record[0].definition.src), "2001:db8::9");
    assert_int_equal(got->record[0].definition.encap_sport, 1024);
    assert_int_equal(got->record[1].event, SA_EVENT_ADD); /* its time stamp is damaged: an addition at some time */
    assert_false(got->record[1].time_known);
    assert_non_null(collect_find(got, "damaged", 3));
    assert_non_null(collect_find(got, "damaged", 6));
    assert_non_null(collect_find(got, "damaged", 7));
    assert_non_null(collect_find(got, "damaged", 9));
    assert_int_equal(got->remarks, 4);
    collect_free(got);
}

static void test_soft_policy_expiry_stays(void **state)
{
    (void)state;
    struct collect *got = collect_text("monitor", "Expired src 10.3.0.0/24 dst 10.2.0.0/24 \n\tdir in priority 0 \n\thard 0\n");
    assert_int_equal(got->policies, 0);
    collect_free(got);
}

static void test_truncations(void **state)
{
    (void)state;
    static const char *const files[] = { DATA "events-t.monitor", DATA "events-ts.monitor", DATA "events-oneline.monitor" };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t length;
        char *text = collect_load(files[i], &length);
        assert_non_null(text);
        collect_truncate("monitor", text, length);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_of_ip),
        cmocka_unit_test(test_plain_additions),
        cmocka_unit_test(test_dump_before_history),
        cmocka_unit_test(test_ip6_mapping),
        cmocka_unit_test(test_soft_policy_expiry_stays),
        cmocka_unit_test(test_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
