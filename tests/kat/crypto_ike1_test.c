/*
 * IKEv1 messages: of python's making in every cipher and hash, of a strongSwan session with the key that it saved, and of a public capture
 * whose key Wireshark's own tests publish.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/ike1_seal.h"
#include "decode/walk.h"
#include "kat/crypto_ike_lines.h"
#include "sa/ike_keys.h"
#include "support/pcapfile.h"

static struct ike1 *make(const struct encryption *encryption, unsigned bits, struct secret key)
{
    struct error error = { "" };
    struct ike1 *ike1 = ike1_create(encryption, bits, key, &error);
    if (ike1 == NULL)
        print_message("%s\n", error.message);
    assert_non_null(ike1);
    return ike1;
}

static enum ike_open_result open_exact(struct ike1 *ike1, struct ike1_iv *iv, const uint8_t *message, uint32_t length,
                                       struct ike_opened *opened, const struct hex *wanted)
{
    uint8_t *copy = malloc(length + 1), *plain = malloc(length + 1);
    assert_true(copy != NULL && plain != NULL);
    memcpy(copy + 1, message, length);
    enum ike_open_result result = ike1_open(ike1, iv, copy + 1, length, plain + 1, opened);
    if (result == IKE_OPENED && wanted != NULL) {
        assert_int_equal(opened->length, wanted->length);
        assert_memory_equal(plain + 1, wanted->bytes, wanted->length);
        assert_true(ike1_plausible(opened->first == 5 ? 8 : opened->first, plain + 1, opened->length));
    }
    free(copy);
    free(plain);
    return result;
}

/* The way back: the same bytes, into exactly the room that they take. */
static void seal_exact(const struct encryption *encryption, const struct hex *key, struct ike1_iv *iv, const struct hex *message,
                       const struct hex *plain)
{
    struct error error;
    struct ike1_sealer *sealer = ike1_sealer_create(encryption, hex_secret(key), &error);
    uint8_t *made = malloc(message->length);
    struct ike1_iv none = { .length = 0 };
    assert_true(sealer != NULL && made != NULL);
    memcpy(made, message->bytes, 28);
    memset(made + 24, 0, 4);
    assert_int_equal(ike1_seal(sealer, iv, plain->bytes, plain->length, made, message->length - 1), 0);
    assert_int_equal(ike1_seal(sealer, &none, plain->bytes, plain->length, made, message->length), 0);
    assert_int_equal(ike1_seal(sealer, iv, plain->bytes, plain->length, made, message->length), message->length);
    assert_memory_equal(made, message->bytes, message->length);
    free(made);
    ike1_sealer_destroy(sealer);
}

/* Reads the word "message=plaintext". */
static void split(char *word, struct hex *message, struct hex *plain)
{
    char *middle = strchr(word, '=');
    assert_non_null(middle);
    *middle = 0;
    assert_true(hex_read(word, message) && hex_read(middle + 1, plain));
}

static void exchanges(void **state)
{
    (void)state;
    static struct vectors vectors;
    static struct hex key, ke_i, ke_r, message, plain;
    unsigned count = 0;
    vectors_open(&vectors, "ike1.txt");
    for (; vectors_next(&vectors); count++) {
        const struct encryption *encryption = ike1_encryption((uint16_t)atol(vectors.words[0]));
        enum digest digest = ike1_digest((uint16_t)atol(vectors.words[1]));
        struct ike1_iv phase1, quick = { .length = 0 }, other, before;
        struct ike_opened opened;
        assert_non_null(encryption);
        vectors_hex(&vectors, 2, &key);
        vectors_hex(&vectors, 3, &ke_i);
        vectors_hex(&vectors, 4, &ke_r);
        struct ike1 *ike1 = make(encryption, key.length * 8, hex_secret(&key));
        assert_true(ike1_iv_phase1(digest, ike1_block(ike1), ke_i.bytes, ke_i.length, ke_r.bytes, ke_r.length, &phase1));
        assert_int_equal(vectors.count, 10);
        for (unsigned word = 5; word < vectors.count; word++) {
            split(vectors.words[word], &message, &plain);
            uint32_t id = bytes_get32(message.bytes + 20);
            if (id == 0x1234abcd && quick.length == 0)
                assert_true(ike1_iv_phase2(digest, &phase1, id, &quick));
            if (id == 0xfeedbeef)
                assert_true(ike1_iv_phase2(digest, &phase1, id, &other));
            struct ike1_iv *iv = id == 0 ? &phase1 : id == 0xfeedbeef ? &other : &quick;
            before = *iv;
            for (uint32_t cut = 0; cut < message.length; cut++)
                assert_int_equal(open_exact(ike1, iv, message.bytes, cut, &opened, NULL), IKE_OPEN_BROKEN);
            assert_memory_equal(iv, &before, sizeof before); /* what does not open moves no IV */
            assert_int_equal(open_exact(ike1, iv, message.bytes, message.length, &opened, &plain), IKE_OPENED);
            assert_memory_equal(iv->bytes, message.bytes + message.length - iv->length, iv->length);
            assert_false(opened.checked);
            seal_exact(encryption, &key, &before, &message, &plain);
            assert_memory_equal(before.bytes, iv->bytes, iv->length);
        }
        ike1_destroy(ike1);
    }
    assert_int_equal(count, 5 * (1 + 2 + 1 + 1 + 3 + 3));
}

static void shapes(void **state)
{
    (void)state;
    static const uint8_t key[16];
    uint8_t message[28 + 32] = { [16] = 5, [17] = 0x10, [18] = 2, [19] = 1, [27] = 28 + 32 };
    struct ike1_iv iv = { .length = 16 }, none = { .length = 0 }, short_iv = { .length = 8 };
    struct ike_opened opened;
    struct ike1 *ike1 = make(ike1_encryption(7), 0, (struct secret){ key, 16 });
    assert_int_equal(open_exact(ike1, &iv, message, sizeof message, &opened, NULL), IKE_OPENED);
    assert_int_equal(opened.at, 28);
    assert_int_equal(open_exact(ike1, &none, message, sizeof message, &opened, NULL), IKE_OPEN_NO_KEY);
    assert_int_equal(open_exact(ike1, &short_iv, message, sizeof message, &opened, NULL), IKE_OPEN_NO_KEY);
    message[27] = 28 + 31;
    assert_int_equal(open_exact(ike1, &iv, message, sizeof message, &opened, NULL), IKE_OPEN_MISALIGNED);
    message[27] = 28;
    assert_int_equal(open_exact(ike1, &iv, message, sizeof message, &opened, NULL), IKE_OPEN_SHORT);
    message[27] = 27;
    assert_int_equal(open_exact(ike1, &iv, message, sizeof message, &opened, NULL), IKE_OPEN_BROKEN);
    message[27] = 28 + 32;
    message[19] = 0;
    assert_int_equal(open_exact(ike1, &iv, message, sizeof message, &opened, NULL), IKE_OPEN_CLEAR);
    ike1_destroy(ike1);

    struct error error;
    assert_null(ike1_create(ike1_encryption(7), 256, (struct secret){ key, 16 }, &error));
    assert_null(ike1_create(ike1_encryption(7), 0, (struct secret){ key, 15 }, &error));
    assert_null(ike1_create(ike1_encryption(5), 0, (struct secret){ key, 16 }, &error));
    assert_null(ike1_create(ike1_encryption(2), 0, (struct secret){ key, 16 }, &error)); /* IDEA */
    assert_null(ike1_create(suite_encryption_by_iana(20), 0, (struct secret){ key, 16 }, &error));
    assert_null(ike1_encryption(0));
    assert_null(ike1_encryption(9));
    assert_null(ike1_encryption(65535));
    assert_int_equal(ike1_digest(0), DIGEST_NONE);
    assert_int_equal(ike1_digest(3), DIGEST_NONE); /* Tiger */
    assert_false(ike1_iv_phase1(DIGEST_NONE, 16, key, 16, key, 16, &iv));
    assert_false(ike1_iv_phase1(DIGEST_SHA1, 0, key, 16, key, 16, &iv));
    assert_false(ike1_iv_phase1(DIGEST_SHA1, 17, key, 16, key, 16, &iv));
    assert_false(ike1_iv_phase2(DIGEST_SHA1, &none, 1, &iv));
}

static void plausible(void **state)
{
    (void)state;
    static const uint8_t good[] = { 0, 0, 0, 8, 1, 2, 3, 4, 0, 0, 0, 0 };
    uint8_t chain[sizeof good];
    assert_true(ike1_plausible(8, good, 8));
    assert_true(ike1_plausible(8, good, 12));
    for (uint32_t cut = 0; cut < 8; cut++)
        assert_false(ike1_plausible(8, good, cut));
    assert_false(ike1_plausible(0, good, 12));
    assert_false(ike1_plausible(99, good, 12));
    for (unsigned at = 0; at < 4; at++) { /* next, reserved, both bytes of the length */
        static const uint8_t wrong[] = { 50, 1, 1, 3 };
        memcpy(chain, good, sizeof good);
        chain[at] = wrong[at];
        assert_false(ike1_plausible(8, chain, sizeof chain));
    }
    /* Random bytes hardly ever pass. */
    uint64_t dice = 2409;
    unsigned passed = 0;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t noise[48];
        for (unsigned i = 0; i < sizeof noise; i += 8) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            bytes_put64(noise + i, dice ^ dice >> 29);
        }
        passed += ike1_plausible(8, noise, sizeof noise);
    }
    assert_true(passed <= 4);
}

/* ---- captures ---- */

#define MESSAGES_MAX 16

struct capture {
    struct pcapfile file;
    struct layer message[MESSAGES_MAX];
    unsigned count;
};

static bool capture_open(struct capture *capture, const char *name)
{
    char path[400];
    struct frame frame;
    struct walk walk;
    struct layer layer;
    *capture = (struct capture){ .count = 0 };
    if (!pcapfile_shared(path, sizeof path, name))
        return false;
    assert_true(pcapfile_open(&capture->file, path));
    while (pcapfile_next(&capture->file, &frame))
        for (walk_frame(&walk, &frame, NULL); walk_next(&walk, &layer);)
            if (layer.kind == LAYER_IKE && layer.status == DECODE_OK && capture->count < MESSAGES_MAX)
                capture->message[capture->count++] = layer;
    return true;
}

/* The body of the KE payload in clear. */
static struct ike_bytes ke_body(const struct layer *layer)
{
    uint8_t type = layer->bytes[16];
    uint32_t at = 28;
    while (type != 4) {
        assert_true(type != 0 && at + 4 <= layer->captured);
        type = layer->bytes[at];
        at += bytes_get16(layer->bytes + at + 2);
    }
    assert_true(at + 4 <= layer->captured);
    return (struct ike_bytes){ layer->bytes + at + 4, bytes_get16(layer->bytes + at + 2) - 4u };
}

static void v1main(void **state)
{
    (void)state;
    static struct capture capture;
    static struct vectors vectors;
    static struct hex plain;
    char path[400];
    struct error error;
    if (!capture_open(&capture, "scenarios/v1main/t.pcap") ||
        !pcapfile_shared(path, sizeof path, "scenarios/v1main/keysA/ikev1_decryption_table")) {
        print_message("SKIP v1main: the shared scenarios are not there\n");
        skip();
    }
    struct ike_keys *keys = ike_keys_create(&error);
    assert_non_null(keys);
    assert_true(ike_keys_add_file(keys, path, &error));
    struct ike_keys_query query = { .version = 1 };
    memcpy(query.spi_i, capture.message[0].bytes, 8);
    size_t at = 0;
    const struct ike_key *key = ike_keys_find(keys, &query, &at);
    assert_non_null(key);
    struct ike1 *ike1 = make(ike1_encryption(7), 128, key->params.encryption_key[IKE_INITIATOR]);

    assert_int_equal(capture.count, 11);
    struct ike_bytes ke_i = ke_body(&capture.message[2]), ke_r = ke_body(&capture.message[3]);
    struct ike1_iv phase1, quick, now;
    assert_true(ike1_iv_phase1(DIGEST_SHA1, 16, ke_i.at, ke_i.length, ke_r.at, ke_r.length, &phase1));
    vectors_open(&vectors, "sessions.txt");
    unsigned opened_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        struct ike_opened opened;
        assert_int_equal(open_exact(ike1, &phase1, capture.message[i].bytes, capture.message[i].captured, &opened, NULL),
                         IKE_OPEN_CLEAR);
    }
    while (vectors_next(&vectors)) {
        if (strcmp(vectors.words[0], "v1main") != 0)
            continue;
        const struct layer *message = &capture.message[4 + opened_count];
        uint32_t id = bytes_get32(message->bytes + 20);
        struct ike1_iv *iv = &phase1;
        vectors_hex(&vectors, 4, &plain);
        if (id != 0) {
            iv = message->bytes[18] == 32 ? &quick : &now;
            if (opened_count == 2 || iv == &now)
                assert_true(ike1_iv_phase2(DIGEST_SHA1, &phase1, id, iv));
        }
        struct ike_opened opened;
        assert_int_equal(open_exact(ike1, iv, message->bytes, message->captured, &opened, &plain), IKE_OPENED);
        assert_int_equal(opened.first, atol(vectors.words[3]));
        opened_count++;
    }
    assert_int_equal(opened_count, 7);
    ike1_destroy(ike1);
    ike_keys_destroy(keys);
    pcapfile_close(&capture.file);
}

/* Opens a message and tells the chain of payload types inside: "5 6 9 0". */
static void chain_of(struct ike1 *ike1, struct ike1_iv *iv, const struct layer *message, char text[64])
{
    static uint8_t plain[4096];
    struct ike_opened opened;
    text[0] = 0;
    assert_true(message->captured <= sizeof plain);
    assert_int_equal(ike1_open(ike1, iv, message->bytes, message->captured, plain, &opened), IKE_OPENED);
    if (!ike1_plausible(opened.first, plain, opened.length))
        return;
    size_t used = (size_t)snprintf(text, 64, "%u", opened.first);
    uint8_t type = opened.first;
    for (uint32_t at = 0; type != 0; at += bytes_get16(plain + at + 2)) {
        type = plain[at];
        used += (size_t)snprintf(text + used, 64 - used, " %u", type);
    }
}

/* 3DES and MD5. Chains as tshark shows them; but the second Quick Mode message is the first once more, which tshark does not see. */
static void certificates(void **state)
{
    (void)state;
    static const char *const chains[] = { "5 6 7 9 0", "5 6 9 0", "8 1 10 4 5 5 0", "8 1 10 4 5 5 0", "8 1 10 4 5 5 0", "8 0" };
    static struct capture capture;
    struct error error;
    if (!capture_open(&capture, "corpora/corelight-ikev1-certs.pcap")) {
        print_message("SKIP certificates: the shared corpora are not there\n");
        skip();
    }
    static const char table[] = "fafaeb49382a763c,735be0cb62f82675c4f7bf8fbab9b56834ba76d6ab4fa240\n";
    struct ike_keys *keys = ike_keys_create(&error);
    assert_non_null(keys);
    assert_true(ike_keys_add_text(keys, "table", table, sizeof table - 1, &error));
    assert_int_equal(capture.count, 10);
    struct ike_keys_query query = { .version = 1 };
    memcpy(query.spi_i, capture.message[0].bytes, 8);
    size_t at = 0;
    const struct ike_key *key = ike_keys_find(keys, &query, &at);
    assert_non_null(key);
    struct ike1 *ike1 = make(ike1_encryption(5), 0, key->params.encryption_key[IKE_INITIATOR]);
    struct ike_bytes ke_i = ke_body(&capture.message[2]), ke_r = ke_body(&capture.message[3]);
    struct ike1_iv phase1, quick, again;
    char text[64];
    assert_true(ike1_iv_phase1(DIGEST_MD5, 8, ke_i.at, ke_i.length, ke_r.at, ke_r.length, &phase1));
    for (unsigned i = 0; i < 6; i++) {
        if (i == 2)
            assert_true(ike1_iv_phase2(DIGEST_MD5, &phase1, bytes_get32(capture.message[6].bytes + 20), &quick));
        if (i == 2)
            again = quick;
        struct ike1_iv *iv = i < 2 ? &phase1 : i == 3 ? &again : &quick;
        chain_of(ike1, iv, &capture.message[4 + i], text);
        assert_string_equal(text, chains[i]);
    }
    /* With an IV that is not its own, a message is not plausible. */
    chain_of(ike1, &phase1, &capture.message[9], text);
    assert_string_equal(text, "");
    ike1_destroy(ike1);
    ike_keys_destroy(keys);
    pcapfile_close(&capture.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges), cmocka_unit_test(shapes), cmocka_unit_test(plausible),
        cmocka_unit_test(v1main), cmocka_unit_test(certificates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
