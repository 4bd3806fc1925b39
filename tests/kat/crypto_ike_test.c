/*
 * SK and SKF payloads that python sealed, in every suite: they open, no bit of them can be changed, no byte left off. And those of real
 * sessions: each opens with the keys that strongSwan saved, to the bytes that tshark finds inside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/ike.h"
#include "decode/walk.h"
#include "kat/crypto_ike_lines.h"
#include "sa/ike_keys.h"
#include "support/pcapfile.h"

struct sealed {
    struct ike_params params;
    struct hex keys[4], message, inside;
    unsigned first, fragment, fragments;
};

static void sealed_read(const struct vectors *vectors, struct sealed *sealed)
{
    sealed->params = (struct ike_params){ .encryption = vectors_encryption(vectors, 0), .integrity = vectors_integrity(vectors, 1) };
    for (unsigned i = 0; i < 4; i++)
        vectors_hex(vectors, 2 + i, &sealed->keys[i]);
    for (unsigned side = 0; side < 2; side++) {
        sealed->params.encryption_key[side] = hex_secret(&sealed->keys[side]);
        sealed->params.integrity_key[side] = hex_secret(&sealed->keys[2 + side]);
    }
    sealed->first = (unsigned)atol(vectors->words[6]);
    assert_int_equal(sscanf(vectors->words[7], "%u/%u", &sealed->fragment, &sealed->fragments), 2);
    vectors_hex(vectors, 8, &sealed->message);
    vectors_hex(vectors, 9, &sealed->inside);
}

static struct ike *make(const struct ike_params *params)
{
    struct error error = { "" };
    struct ike *ike = ike_create(params, &error);
    if (ike == NULL)
        print_message("%s\n", error.message);
    assert_non_null(ike);
    return ike;
}

/* Both buffers are exactly as long as promised, so that a sanitizer sees any step beyond them. */
static enum ike_open_result open_exact(struct ike *ike, const uint8_t *message, uint32_t length, struct ike_opened *opened,
                                       const struct hex *inside)
{
    uint8_t *copy = malloc(length + 1), *plain = malloc(length + 1);
    assert_true(copy != NULL && plain != NULL);
    uint8_t *exact = copy + 1, *room = plain + 1; /* unaligned, and ending where the allocation ends */
    memcpy(exact, message, length);
    enum ike_open_result result = ike_open(ike, exact, length, room, opened);
    if (result == IKE_OPENED && inside != NULL) {
        assert_int_equal(opened->length, inside->length);
        assert_memory_equal(room, inside->bytes, inside->length);
    }
    free(copy);
    free(plain);
    return result;
}

static void opens(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct sealed sealed;
    unsigned count = 0;
    vectors_open(&vectors, "sk.txt");
    for (; vectors_next(&vectors); count++) {
        struct ike_opened opened;
        sealed_read(&vectors, &sealed);
        struct ike *ike = make(&sealed.params);
        assert_int_equal(open_exact(ike, sealed.message.bytes, sealed.message.length, &opened, &sealed.inside), IKE_OPENED);
        assert_int_equal(opened.first, sealed.first);
        assert_int_equal(opened.fragment, sealed.fragment);
        assert_int_equal(opened.fragments, sealed.fragments);
        assert_int_equal(opened.side, sealed.message.bytes[19] & 8 ? IKE_INITIATOR : IKE_RESPONDER);
        assert_true(opened.checked && ike_checks(ike, opened.side));
        /* Bytes behind the message are no part of it. */
        static uint8_t longer[HEX_MAX + 9];
        memcpy(longer, sealed.message.bytes, sealed.message.length);
        assert_int_equal(open_exact(ike, longer, sealed.message.length + 9, &opened, &sealed.inside), IKE_OPENED);
        ike_destroy(ike);
    }
    assert_int_equal(count, 4 * (3 + 1 + 1 + 1 + 1 + 3 + 3 + 3 + 1 + 1 + 9 + 9 + 9 + 9));
}

/* Also each byte of the message left off at its end, and once more with the header's and the payload's length made to fit. */
static void nothing_can_be_changed(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct sealed sealed;
    vectors_open(&vectors, "sk.txt");
    while (vectors_next(&vectors)) {
        struct ike_opened opened, whole;
        sealed_read(&vectors, &sealed);
        struct ike *ike = make(&sealed.params);
        uint8_t *bytes = sealed.message.bytes;
        uint32_t length = sealed.message.length;
        assert_int_equal(open_exact(ike, bytes, length, &whole, NULL), IKE_OPENED);
        for (uint32_t bit = 0; bit < length * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_not_equal(open_exact(ike, bytes, length, &opened, NULL), IKE_OPENED);
            assert_int_equal(opened.length, 0);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (uint32_t cut = 0; cut < length; cut++)
            assert_int_equal(open_exact(ike, bytes, cut, &opened, NULL), IKE_OPEN_BROKEN);
        for (uint32_t cut = whole.at + 4; cut < length; cut++) {
            bytes_put32(bytes + 24, cut);
            bytes_put16(bytes + whole.at + 2, (uint16_t)(cut - whole.at));
            enum ike_open_result result = open_exact(ike, bytes, cut, &opened, NULL);
            assert_true(result == IKE_OPEN_SHORT || result == IKE_OPEN_MISALIGNED || result == IKE_OPEN_BAD_ICV ||
                        (result == IKE_OPEN_BROKEN && whole.fragments > 0));
        }
        ike_destroy(ike);
    }
}

/* The other side's keys, and those of another message. */
static void other_keys(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct sealed sealed;
    vectors_open(&vectors, "sk.txt");
    while (vectors_next(&vectors)) {
        struct ike_opened opened;
        sealed_read(&vectors, &sealed);
        struct ike_params params = sealed.params;
        for (unsigned side = 0; side < 2; side++) {
            params.encryption_key[side] = sealed.params.encryption_key[1 - side];
            params.integrity_key[side] = sealed.params.integrity_key[1 - side];
        }
        struct ike *ike = make(&params);
        assert_int_equal(open_exact(ike, sealed.message.bytes, sealed.message.length, &opened, NULL), IKE_OPEN_BAD_ICV);
        ike_destroy(ike);
        if (sealed.params.encryption->kind == CIPHER_NULL)
            continue;
        unsigned sender = sealed.message.bytes[19] & 8 ? IKE_INITIATOR : IKE_RESPONDER;
        params = sealed.params;
        params.encryption_key[sender] = (struct secret){ 0 };
        ike = make(&params);
        assert_int_equal(open_exact(ike, sealed.message.bytes, sealed.message.length, &opened, NULL), IKE_OPEN_NO_KEY);
        assert_int_equal(opened.side, sender);
        ike_destroy(ike);
    }
}

/* Without integrity keys the same text comes out, and it is said that nothing was checked. */
static void unchecked(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct sealed sealed;
    vectors_open(&vectors, "sk.txt");
    while (vectors_next(&vectors)) {
        struct ike_opened opened;
        sealed_read(&vectors, &sealed);
        if (sealed.params.integrity == NULL)
            continue;
        for (unsigned told = 0; told < 2; told++) { /* the algorithm, or no more than its length */
            struct ike_params params = sealed.params;
            params.integrity_key[0] = params.integrity_key[1] = (struct secret){ 0 };
            params.unchecked = params.integrity->icv;
            params.integrity = told ? params.integrity : NULL;
            struct ike *ike = make(&params);
            assert_int_equal(open_exact(ike, sealed.message.bytes, sealed.message.length, &opened, &sealed.inside), IKE_OPENED);
            assert_false(opened.checked || ike_checks(ike, opened.side));
            ike_destroy(ike);
        }
    }
}

/* ---- real sessions ---- */

static bool frame_ike(const struct frame *frame, struct layer *ike)
{
    struct walk walk;
    walk_frame(&walk, frame, NULL);
    while (walk_next(&walk, ike))
        if (ike->kind == LAYER_IKE && ike->status == DECODE_OK)
            return true;
    return false;
}

struct expected {
    unsigned first;
    struct hex text; /* with padding and pad length */
};

/* What stands in the file for this frame; false where tshark found nothing encrypted in it. */
static bool expect(const char *scenario, uint64_t frame, struct expected *expected)
{
    static struct vectors vectors;
    bool found = false;
    vectors_open(&vectors, "sessions.txt");
    while (vectors_next(&vectors)) {
        if (found || strcmp(vectors.words[0], scenario) != 0 || strcmp(vectors.words[1], "2") != 0 ||
            strtoul(vectors.words[2], NULL, 10) != frame)
            continue;
        expected->first = (unsigned)atol(vectors.words[3]);
        vectors_hex(&vectors, 4, &expected->text);
        found = true;
    }
    return found;
}

/* How many messages were opened. */
static unsigned session(const char *scenario, const char *side)
{
    static struct expected expected;
    static uint8_t plain[65536];
    char name[200], path[400];
    struct error error = { "" };
    struct pcapfile file;
    struct frame frame;
    struct layer layer;
    unsigned opened_count = 0;
    snprintf(name, sizeof name, "scenarios/%s/%s/ikev2_decryption_table", scenario, side);
    assert_true(pcapfile_shared(path, sizeof path, name));
    struct ike_keys *keys = ike_keys_create(&error);
    assert_non_null(keys);
    assert_true(ike_keys_add_file(keys, path, &error));
    snprintf(name, sizeof name, "scenarios/%s/t.pcap", scenario);
    assert_true(pcapfile_shared(path, sizeof path, name));
    assert_true(pcapfile_open(&file, path));
    while (pcapfile_next(&file, &frame)) {
        if (!frame_ike(&frame, &layer))
            continue;
        struct ike_keys_query query = { .version = 2 };
        memcpy(query.spi_i, layer.bytes, 8);
        memcpy(query.spi_r, layer.bytes + 8, 8);
        size_t at = 0;
        const struct ike_key *key = ike_keys_find(keys, &query, &at);
        if (key == NULL) { /* an IKE_SA_INIT that led nowhere */
            assert_int_equal(layer.bytes[18], 34);
            continue;
        }
        struct ike *ike = make(&key->params);
        struct ike_opened opened;
        enum ike_open_result result = ike_open(ike, layer.bytes, layer.captured, plain, &opened);
        if (!expect(scenario, frame.number, &expected)) {
            assert_int_equal(result, IKE_OPEN_CLEAR);
        } else {
            assert_int_equal(result, IKE_OPENED);
            assert_true(opened.checked);
            assert_int_equal(opened.first, expected.first);
            assert_true(opened.length < expected.text.length);
            assert_int_equal(expected.text.bytes[expected.text.length - 1], expected.text.length - opened.length - 1);
            assert_memory_equal(plain, expected.text.bytes, opened.length);
            opened_count++;
        }
        ike_destroy(ike);
    }
    pcapfile_close(&file);
    ike_keys_destroy(keys);
    return opened_count;
}

static void real_sessions(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned encrypted; /* messages that tshark opens */
    } scenarios[] = {
        { "delchild", 10 }, { "expirehard", 12 }, { "invke", 4 }, { "loss", 4 }, { "peerkill", 7 }, { "rekeychild", 24 }, { "ts", 6 },
        { "v2ah", 4 }, { "v2cbc", 6 }, { "v2gcm", 4 }, { "v2gcmencap", 6 }, { "v2ip6", 4 }, { "v2null", 4 }, { "wrongpsk2", 2 },
    };
    char path[400];
    if (!pcapfile_shared(path, sizeof path, "scenarios/v2gcm/t.pcap")) {
        print_message("SKIP real_sessions: the shared scenarios are not there\n");
        skip();
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        unsigned a = session(scenarios[i].name, "keysA"), b = session(scenarios[i].name, "keysB");
        if (a != scenarios[i].encrypted)
            print_message("%s: %u messages were opened\n", scenarios[i].name, a);
        assert_int_equal(a, scenarios[i].encrypted);
        assert_int_equal(a, b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens), cmocka_unit_test(nothing_can_be_changed), cmocka_unit_test(other_keys), cmocka_unit_test(unchecked),
        cmocka_unit_test(real_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
