/*
 * talk: the messages of every row of IKE. Those that are not damaged on purpose are well formed, outside and, with the keys that stand beside
 * them, inside; no IV is used twice under a key; the same request gives the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/ike_check.h"
#include "inject/plan.h"
#include "sa/ike_keys.h"

enum { PROTO_UDP = 17, PORT_IKE = 500, PORT_NATT = 4500, SK = 46, SKF = 53, SEEN_MAX = 256, IV_SIZE = 8 };

/* IVs of sealed messages, with the IKE SA and the side that they belong to. */
struct seen {
    uint8_t nonce[8 + 1 + IV_SIZE];
    const struct plan_packet *packet;
    uint32_t at; /* of the message in its packet */
};

struct scene {
    const struct recipe *recipe;
    struct ike_keys *keys;
    struct seen seen[SEEN_MAX];
    unsigned seen_count, opened, closed;
};

static struct plan *plan_of(const struct recipe *recipe, const struct plan_request *request)
{
    struct error error = { "" };
    struct plan *plan = plan_make(recipe, request, &error);
    if (plan == NULL)
        print_message("%s %s: %s\n", recipe->condition, recipe->cause ? recipe->cause : "", error.message);
    assert_non_null(plan);
    return plan;
}

/* Where a packet's IKE message begins, and its length; 0: it carries none that is whole. */
static uint32_t message_of(const struct plan_packet *packet, uint32_t *length)
{
    const uint8_t *ip = packet->bytes;
    bool six = ip[0] >> 4 == 6;
    uint32_t header = six ? 40 : 20;
    uint8_t proto = ip[six ? 6 : 9];
    bool piece = !six && (bytes_get16(ip + 6) & 0x3fff) != 0;
    if (proto != PROTO_UDP || piece || packet->length < header + 8)
        return 0;
    uint16_t port = bytes_get16(ip + header + 2);
    uint32_t at = header + 8;
    if (port == PORT_NATT && packet->length >= at + 4 && bytes_get32(ip + at) == 0)
        at += 4;
    else if (port != PORT_IKE)
        return 0;
    *length = packet->length - at;
    return at;
}

static bool is_first_time(struct scene *scene, const struct plan_packet *packet, uint32_t at, const uint8_t *iv)
{
    struct seen seen = { .packet = packet, .at = at };
    memcpy(seen.nonce, packet->bytes + at, 8);
    seen.nonce[8] = packet->bytes[at + 19] & 8;
    memcpy(seen.nonce + 9, iv, IV_SIZE);
    for (unsigned i = 0; i < scene->seen_count; i++) {
        const struct seen *before = &scene->seen[i];
        if (memcmp(before->nonce, seen.nonce, sizeof seen.nonce) != 0)
            continue;
        assert_int_equal(before->packet->length - before->at, packet->length - at); /* the very same message, sent again */
        assert_memory_equal(before->packet->bytes + before->at, packet->bytes + at, packet->length - at);
        return false;
    }
    assert_true(scene->seen_count < SEEN_MAX);
    scene->seen[scene->seen_count++] = seen;
    return true;
}

static void inside_is_well_formed(struct scene *scene, const uint8_t *message, uint32_t length)
{
    struct ike_keys_query query = { .version = 2 };
    struct error error;
    struct ike_opened opened;
    struct ike_walk walk;
    struct ike_fault fault;
    size_t at = 0;
    memcpy(query.spi_i, message, 8);
    memcpy(query.spi_r, message + 8, 8);
    const struct ike_key *key = ike_keys_find(scene->keys, &query, &at);
    if (key == NULL) {
        scene->closed++;
        return;
    }
    struct ike *ike = ike_create(&key->params, &error);
    uint8_t *plain = malloc(length);
    assert_true(ike != NULL && plain != NULL);
    assert_int_equal(ike_open(ike, message, length, plain, &opened), IKE_OPENED);
    scene->opened++;
    if (opened.fragments == 0 && !(scene->recipe->flags & RECIPE_MALFORMED) && strcmp(scene->recipe->condition, "ike-getspi") != 0) {
        ike_walk_plain(&walk, IKE_VERSION_2, opened.first, plain, opened.length);
        assert_int_equal(ike_check_walk(&walk, &fault), DECODE_OK);
    }
    free(plain);
    ike_destroy(ike);
}

static void message_is_right(struct scene *scene, const struct plan_packet *packet)
{
    uint32_t length, at = message_of(packet, &length);
    struct ike_fault fault;
    if (at == 0)
        return;
    const uint8_t *message = packet->bytes + at;
    if (!(scene->recipe->flags & RECIPE_MALFORMED) && strcmp(scene->recipe->condition, "unknown-spi") != 0)
        assert_int_equal(ike_check_message(message, length, length, &fault), DECODE_OK);
    if (length < 44 || message[17] != 0x20 || (message[16] != SK && message[16] != SKF))
        return;
    if (is_first_time(scene, packet, at, message + 28 + (message[16] == SK ? 4 : 8)) && message[16] == SK)
        inside_is_well_formed(scene, message, length);
}

static void same_bytes(const struct plan *one, const struct plan *other)
{
    assert_int_equal(one->packet_count, other->packet_count);
    for (size_t i = 0; i < one->packet_count; i++) {
        assert_int_equal(one->packets[i].length, other->packets[i].length);
        assert_memory_equal(one->packets[i].bytes, other->packets[i].bytes, one->packets[i].length);
        assert_true(one->packets[i].time_ns == other->packets[i].time_ns);
    }
}

static void row_is_right(const struct recipe *recipe, const struct plan_request *request, unsigned *opened)
{
    static struct scene scene;
    struct error error;
    scene = (struct scene){ .recipe = recipe, .keys = ike_keys_create(&error) };
    struct plan *plan = plan_of(recipe, request), *again = plan_of(recipe, request);
    same_bytes(plan, again);
    if (plan->ike_keys.length)
        assert_true(ike_keys_add_text(scene.keys, "keys", plan->ike_keys.chars, plan->ike_keys.length, &error));
    size_t at = 0;
    assert_null(ike_keys_next_note(scene.keys, &at)); /* nothing is remarked on the table */
    for (size_t i = 0; i < plan->packet_count; i++)
        message_is_right(&scene, &plan->packets[i]);
    assert_true(scene.opened == 0 || scene.closed == 0);
    *opened += scene.opened;
    ike_keys_destroy(scene.keys);
    plan_destroy(plan);
    plan_destroy(again);
}

static void every_row(void **state)
{
    (void)state;
    static const uint8_t a[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 }, b[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 2 };
    const struct plan_request requests[] = {
        { .proto = SA_PROTO_ESP }, { .proto = SA_PROTO_ESP, .encap = ENCAP_UDP, .spi_given = true, .spi = 0xdeadbeef },
        { .proto = SA_PROTO_ESP, .src = addr_ip6(a), .dst = addr_ip6(b) }, { .proto = SA_PROTO_ESP, .count = 20 },
    };
    const struct recipe *const families[] = { recipes_ike, recipes_ike_refused, recipes_ike_steps, recipes_ike_damaged, recipes_ike_spi };
    unsigned rows = 0, opened = 0;
    for (size_t family = 0; family < sizeof families / sizeof families[0]; family++)
        for (const struct recipe *recipe = families[family]; recipe->condition != NULL; recipe++) {
            bool four_only = recipe->cause != NULL && strcmp(recipe->cause, "reported-with-icmp") == 0;
            rows++;
            for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
                if (!(four_only && requests[i].src.family == 6))
                    row_is_right(recipe, &requests[i], &opened);
        }
    print_message("%u rows, %u sealed messages opened\n", rows, opened);
    assert_true(rows > 100 && opened > 500);
}

static void many_attempts(void **state)
{
    (void)state;
    struct error error;
    const struct plan_request request = { .proto = SA_PROTO_ESP, .count = 700 };
    struct plan *plan = plan_of(recipe_find("ike-refused", "authentication-failed"), &request);
    struct ike_keys *keys = ike_keys_create(&error);
    assert_true(ike_keys_add_text(keys, "keys", plan->ike_keys.chars, plan->ike_keys.length, &error));
    assert_int_equal(ike_keys_count(keys), 700); /* as many IKE SAs, each with SPIs and keys of its own */
    assert_int_equal(plan->packet_count, 4 * 700);
    ike_keys_destroy(keys);
    plan_destroy(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_row), cmocka_unit_test(many_attempts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
