/* plan: every row in both IP versions: the same bytes twice, whole packets, right sums, pieces that come together again; limits; and how a plan is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/checksum.h"
#include "inject/sending.h"

static struct plan *plan_of(const struct recipe *recipe, const struct plan_request *request, struct error *error)
{
    *error = (struct error){ "" };
    return plan_make(recipe, request, error);
}

static struct plan_request request_of(unsigned version)
{
    static const uint8_t here6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, there6[16] = { 0x20, 0x01, 0x0d, 0xb8, 0xff, [15] = 2 };
    struct plan_request request = { 0 };
    if (version == 6) {
        request.src = addr_ip6(here6);
        request.dst = addr_ip6(there6);
    }
    return request;
}

/* A row of the test's own. */
static struct recipe row_of(void (*make)(struct plan *plan))
{
    return (struct recipe){ "own", NULL, "what the test makes", make, NULL, 0, NULL };
}

/* ---- rows ---- */

static void packet_is_whole(const struct plan_packet *packet)
{
    assert_true(packet->length > 0 && packet->what[0] != '\0');
    if (packet->bytes[0] >> 4 == 4) {
        uint32_t header = (packet->bytes[0] & 15u) * 4;
        assert_true(header >= 20 && header <= packet->length);
        assert_int_equal(bytes_get16(packet->bytes + 2), packet->length);
        assert_true(checksum_holds(checksum_add(0, packet->bytes, header)));
    } else {
        assert_int_equal(packet->bytes[0] >> 4, 6);
        assert_int_equal(bytes_get16(packet->bytes + 4), packet->length - 40);
    }
}

static void same(const struct plan *one, const struct plan *other)
{
    assert_int_equal(one->packet_count, other->packet_count);
    for (size_t i = 0; i < one->packet_count; i++) {
        assert_int_equal(one->packets[i].time_ns, other->packets[i].time_ns);
        assert_int_equal(one->packets[i].length, other->packets[i].length);
        assert_memory_equal(one->packets[i].bytes, other->packets[i].bytes, one->packets[i].length);
    }
}

static void test_rows(void **state)
{
    (void)state;
    struct error error;
    size_t at = 0;
    for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;) {
        unsigned made = 0;
        for (unsigned version = 4; version <= 6; version += 2) {
            struct plan_request request = request_of(version);
            struct plan *plan = plan_of(recipe, &request, &error), *again = plan_of(recipe, &request, &error);
            assert_true((plan == NULL) == (error.message[0] != '\0'));
            assert_true((plan == NULL) == (again == NULL));
            if (plan == NULL)
                continue;
            made++;
            same(plan, again);
            assert_true(plan->packet_count > 0);
            assert_true(plan->packets[0].time_ns >= PLAN_START);
            for (size_t i = 0; i < plan->packet_count; i++) {
                if (i > 0)
                    assert_true(plan->packets[i].time_ns >= plan->packets[i - 1].time_ns);
                if (!(recipe->flags & RECIPE_MALFORMED))
                    packet_is_whole(&plan->packets[i]);
            }
            plan_destroy(plan);
            plan_destroy(again);
        }
        if ((made == 0) != (recipe->make == NULL))
            print_message("%s %s: %s\n", recipe->condition, recipe->cause ? recipe->cause : "", error.message);
        assert_true((made == 0) == (recipe->make == NULL));
    }
}

/* What is asked for is refused or done; never more packets than there may be. */
static void test_requests(void **state)
{
    (void)state;
    struct error error;
    static const struct plan_request requests[] = {
        { .count = 1 }, { .count = 200 }, { .spi_given = true, .spi = 0 }, { .spi_given = true, .spi = 255, .count = 3 },
        { .spi_given = true, .spi = UINT32_MAX }, { .seq_given = true, .seq = UINT32_MAX }, { .seq_given = true, .seq = 0, .count = 2 },
        { .proto = SA_PROTO_AH }, { .proto = SA_PROTO_ESP, .encap = ENCAP_UDP }, { .encap = ENCAP_TCP },
    };
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        size_t at = 0;
        for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;) {
            struct plan *plan = plan_of(recipe, &requests[i], &error);
            assert_true((plan == NULL) == (error.message[0] != '\0'));
            if (plan != NULL)
                assert_true(plan->packet_count > 0 && plan->packet_count <= PLAN_PACKETS_MAX);
            plan_destroy(plan);
        }
    }
    static const uint8_t there4[4] = { 198, 51, 100, 2 };
    struct plan_request mixed = request_of(6);
    mixed.dst = addr_ip4(there4);
    assert_null(plan_of(recipe_find("replayed", NULL), &mixed, &error));
    assert_non_null(strstr(error.message, "not of one IP version"));
    plan_destroy(NULL);
}

/* An SA of a file with a window and limits that no packets reach: refused, and not after hours of making some. */
static void test_given_without_end(void **state)
{
    (void)state;
    static const uint8_t key[36];
    struct error error;
    size_t at = 0, refused = 0;
    struct plan_request request = request_of(6);
    struct sa_definition sa = {
        .src = { request.src, 128 }, .dst = { request.dst, 128 }, .spi = 0x1001, .proto = SA_PROTO_ESP, .mode = SA_MODE_TUNNEL, .window_known = true,
        .window = UINT32_MAX, .hard = { .packets = UINT64_MAX, .bytes = UINT64_MAX }, .encryption = suite_encryption_by_iana(20), .encryption_key = { key, 20 },
    };
    request.sa = &sa;
    for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;) {
        struct plan *plan = plan_of(recipe, &request, &error);
        refused += strstr(error.message, "0x00001001") != NULL;
        plan_destroy(plan);
    }
    assert_true(refused >= 5); /* too-old, sequence-restart, window-too-small, expired by packets and by bytes */
}

/* ---- limits ---- */

static void make_too_many_sas(struct plan *plan)
{
    for (unsigned i = 0; i <= PLAN_SAS_MAX; i++)
        plan_sa(plan, PLAN_GCM);
    plan_send(plan, &plan->sas[0], "that is not made any more");
}

static void make_too_many_events(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM);
    for (unsigned i = 0; i <= PLAN_EVENTS_MAX; i++)
        plan_history(plan, SA_EVENT_ADD, &definition, PLAN_START);
}

static void make_too_many_policies(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM);
    struct policy policy = plan_protecting(plan, &definition);
    for (unsigned i = 0; i <= PLAN_POLICIES_MAX; i++)
        plan_policy(plan, &policy);
}

static void make_too_many_packets(struct plan *plan)
{
    plan_udp(plan, &plan->src, &plan->dst, 1, 2, "", 0);
    for (unsigned i = 0; i <= PLAN_PACKETS_MAX; i++)
        plan_put(plan, "one");
}

static void make_too_long(struct plan *plan)
{
    static const uint8_t much[WIRE_MAX];
    plan_udp(plan, &plan->src, &plan->dst, 1, 2, much, sizeof much);
    plan_put(plan, "too long");
}

static void make_tcp_encapsulation(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM);
    definition.encap = ENCAP_TCP;
    plan_send(plan, plan_install(plan, &definition), "in TCP");
}

static void make_fail(struct plan *plan)
{
    plan_fail(plan, "the first %s", "reason");
    plan_fail(plan, "the second");
    plan_icmp(plan, &plan->src, &plan->dst, 8, 0, 0, "", 0);
    plan_put(plan, "nothing");
}

static void test_limits(void **state)
{
    (void)state;
    static const struct { void (*make)(struct plan *plan); const char *why; } cases[] = {
        { make_too_many_sas, "more than 8 SAs" }, { make_too_many_events, "more than 32 events" }, { make_too_many_policies, "more than 4 policies" },
        { make_too_many_packets, "more than 65536 packets" }, { make_too_long, "do not fit" }, { make_tcp_encapsulation, "ESP in TCP" },
        { make_fail, "the first reason" },
    };
    struct error error;
    struct plan_request request = request_of(4);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe recipe = row_of(cases[i].make);
        assert_null(plan_of(&recipe, &request, &error));
        if (strstr(error.message, cases[i].why) == NULL)
            print_message("%s\n", error.message);
        assert_non_null(strstr(error.message, cases[i].why));
    }
}

/* ---- pieces ---- */

#define PIECE 256u

static uint8_t whole[3000];
static uint32_t whole_length;

static void make_pieces(struct plan *plan)
{
    for (uint32_t i = 0; i < whole_length; i++)
        whole[i] = (uint8_t)(i * 7 + i / 256);
    plan_ip(plan, &plan->src, &plan->dst, 50, whole, whole_length);
    plan_put_pieces(plan, PIECE, 100, "a piece");
}

/* RFC 791 3.2, RFC 8200 4.5. */
static void test_pieces(void **state)
{
    (void)state;
    struct error error;
    struct recipe recipe = row_of(make_pieces);
    for (unsigned version = 4; version <= 6; version += 2)
        for (whole_length = 8; whole_length <= sizeof whole; whole_length += 61) {
            struct plan_request request = request_of(version);
            struct plan *plan = plan_of(&recipe, &request, &error);
            assert_non_null(plan);
            assert_int_equal(plan->packet_count, (whole_length + PIECE - 1) / PIECE);
            uint32_t at = 0, name = 0;
            for (size_t i = 0; i < plan->packet_count; i++) {
                const struct plan_packet *packet = &plan->packets[i];
                bool last = i + 1 == plan->packet_count;
                uint32_t header = version == 4 ? 20 : 48, id = version == 4 ? bytes_get16(packet->bytes + 4) : bytes_get32(packet->bytes + 44);
                packet_is_whole(packet);
                assert_int_equal(packet->bytes[version == 4 ? 9 : 40], 50);
                if (version == 4) {
                    assert_int_equal(bytes_get16(packet->bytes + 6), at / 8 | (last ? 0 : NET_MF));
                } else {
                    assert_int_equal(packet->bytes[6], 44);
                    assert_int_equal(bytes_get16(packet->bytes + 42), at | (last ? 0 : 1));
                }
                assert_true(i == 0 || id == name);
                name = id;
                assert_memory_equal(packet->bytes + header, whole + at, packet->length - header);
                at += packet->length - header;
            }
            assert_int_equal(at, whole_length);
            plan_destroy(plan);
        }
}

/* ---- sending ---- */

static int64_t gaps[PLAN_PACKETS_MAX];
static size_t gap_count;

/* Packets with these times between them, one more than there are. */
static void make_gaps(struct plan *plan)
{
    for (size_t i = 0; i <= gap_count; i++) {
        plan_udp(plan, &plan->src, &plan->dst, 1, 2, "", 0);
        plan_put(plan, "one");
        plan_wait(plan, i < gap_count ? gaps[i] - PLAN_STEP : 0);
    }
}

static void times_are(unsigned rate, const int64_t *wanted_ms)
{
    struct error error;
    struct recipe recipe = row_of(make_gaps);
    struct plan_request request = request_of(4);
    struct plan *plan = plan_of(&recipe, &request, &error);
    int64_t due[SENDING_PACKETS_MAX];
    assert_non_null(plan);
    int64_t last = sending_times(plan, rate, due);
    for (size_t i = 0; i <= gap_count; i++)
        assert_int_equal(due[i], wanted_ms[i] * PLAN_MS);
    assert_int_equal(last, due[gap_count]);
    plan_destroy(plan);
}

static void test_times(void **state)
{
    (void)state;
    gap_count = 0;
    times_are(10, (const int64_t[]){ 0 });
    gap_count = 3;
    gaps[0] = gaps[1] = gaps[2] = PLAN_STEP;
    times_are(10, (const int64_t[]){ 0, 100, 200, 300 });
    times_are(100, (const int64_t[]){ 0, 10, 20, 30 });
    gaps[1] = 5 * PLAN_SECOND; /* kept; the rate counts on from there */
    times_are(10, (const int64_t[]){ 0, 100, 5100, 5200 });
    gaps[1] = 50 * PLAN_MS;    /* less than the rate allows */
    times_are(10, (const int64_t[]){ 0, 100, 200, 300 });
    gaps[1] = PLAN_MS;         /* a pair, kept together; the next waits for both */
    times_are(10, (const int64_t[]){ 0, 100, 101, 300 });
    gaps[0] = gaps[2] = 0;
    times_are(10, (const int64_t[]){ 0, 0, 1, 1 });
    gap_count = 4;
    gaps[3] = PLAN_STEP;
    times_are(10, (const int64_t[]){ 0, 0, 1, 1, 400 });
}

static void test_allowed(void **state)
{
    (void)state;
    static const uint8_t multicast[4] = { 224, 0, 0, 5 }, broadcast[4] = { 255, 255, 255, 255 }, group[16] = { 0xff, 2, [15] = 1 };
    struct error error;
    struct recipe recipe = row_of(make_gaps);
    for (unsigned version = 4; version <= 6; version += 2) {
        struct plan_request request = request_of(version);
        gap_count = SENDING_PACKETS_MAX - 1;
        for (size_t i = 0; i < gap_count; i++)
            gaps[i] = PLAN_STEP;
        struct plan *plan = plan_of(&recipe, &request, &error);
        assert_non_null(plan);
        struct addr src = sending_source(&plan->packets[0]), dst = sending_destination(&plan->packets[0]);
        assert_true(addr_equal(&src, &plan->src) && addr_equal(&dst, &plan->dst));
        assert_true(sending_allows(plan, &plan->dst, &error));
        assert_false(sending_allows(plan, &plan->src, &error));
        assert_false(sending_allows(plan, &plan->other, &error));
        assert_non_null(strstr(error.message, "packet 1 of 1000"));
        assert_true(sending_fits(plan, version == 4 ? 28 : 48, &error));
        assert_false(sending_fits(plan, version == 4 ? 27 : 47, &error));
        plan->packets[SENDING_PACKETS_MAX - 1].bytes[version == 4 ? 19 : 39] ^= 1; /* the last goes astray */
        assert_false(sending_allows(plan, &plan->dst, &error));
        assert_non_null(strstr(error.message, "packet 1000 of 1000"));
        uint32_t kept = plan->packets[0].length;
        for (plan->packets[0].length = 0; plan->packets[0].length < (version == 4 ? 20 : 40); plan->packets[0].length++)
            assert_false(sending_allows(plan, &plan->dst, &error));
        plan->packets[0].length = kept;
        plan_destroy(plan);
        gap_count++;
        plan = plan_of(&recipe, &request, &error);
        assert_false(sending_allows(plan, &plan->dst, &error));
        assert_non_null(strstr(error.message, "at most 1000"));
        plan_destroy(plan);
    }
    /* addresses of more than one host, even where the packets go to them */
    static const uint8_t zero[16];
    const struct addr none = { .family = 0 }, refused[] = { addr_ip4(multicast), addr_ip4(broadcast), addr_ip4(zero), addr_ip6(group), addr_ip6(zero), none };
    gap_count = 0;
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct plan_request request = request_of(refused[i].family == 6 ? 6 : 4);
        request.dst = refused[i];
        struct plan *plan = plan_of(&recipe, &request, &error);
        assert_true(plan == NULL || !sending_allows(plan, &refused[i], &error));
        plan_destroy(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_requests), cmocka_unit_test(test_given_without_end), cmocka_unit_test(test_limits), cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_times), cmocka_unit_test(test_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
