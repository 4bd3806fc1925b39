/* suspect: packets that scapy sealed with each mistake: what is found is the mistake; and work has an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/walk.h"
#include "receiver/opening.h"
#include "receiver/suspect.h"

#define WORDS 16
#define PACKET_MAX 512

struct bench {
    struct secrets *secrets;
    struct sadb *db;
    struct known *known;
    struct receiver receiver;
    struct sa_record records[3];
};

static void bench_start(struct bench *bench)
{
    struct error error;
    memset(bench, 0, sizeof *bench);
    bench->secrets = secrets_create();
    bench->db = sadb_create(&error);
    bench->known = known_create(&error);
    assert_non_null(bench->secrets);
    assert_non_null(bench->db);
    assert_non_null(bench->known);
    bench->receiver = (struct receiver){ .db = bench->db, .known = bench->known };
}

static void bench_stop(struct bench *bench)
{
    sadb_destroy(bench->db);
    known_destroy(bench->known);
    secrets_destroy(bench->secrets);
}

static uint32_t unhex(const char *hex, uint8_t *bytes, uint32_t room)
{
    uint32_t length = 0;
    for (; hex[0] && hex[1] && length < room; hex += 2) {
        unsigned byte;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        bytes[length++] = (uint8_t)byte;
    }
    assert_int_equal(hex[0], '\0');
    return length;
}

static struct secret secret_of(struct bench *bench, const char *hex)
{
    uint8_t bytes[SECRET_MAX];
    if (strcmp(hex, "-") == 0)
        return (struct secret){ 0 };
    uint32_t length = unhex(hex, bytes, sizeof bytes);
    return secrets_keep(bench->secrets, bytes, length);
}

static struct prefix host(const char *text)
{
    struct prefix prefix;
    assert_true(prefix_parse(text, strlen(text), &prefix));
    return prefix;
}

/* The SA of a line of the file, between the hosts of both families' test addresses. */
static struct sa_definition *bench_define(struct bench *bench, unsigned index, char *const *word, bool six)
{
    struct sa_definition *definition = &bench->records[index].definition;
    definition->src = host(six ? "fd77::1" : "10.77.0.1");
    definition->dst = host(six ? "fd77::2" : "10.77.0.2");
    definition->spi = 0x1001;
    definition->proto = strcmp(word[3], "ah") == 0 ? SA_PROTO_AH : SA_PROTO_ESP;
    definition->encryption = suite_encryption_find(DIALECT_ESPLAIN, word[4], strlen(word[4]), 0);
    definition->encryption_key = secret_of(bench, word[5]);
    definition->integrity = strcmp(word[6], "-") == 0 ? NULL : suite_integrity_find(DIALECT_ESPLAIN, word[6], strlen(word[6]), 0);
    definition->integrity_key = secret_of(bench, word[7]);
    definition->icv = (uint8_t)atol(word[8]);
    definition->esn_known = true;
    definition->esn = word[9][0] == '1';
    definition->window_known = true;
    definition->window = 64;
    return definition;
}

/* As the engine does it, from the packet's first byte. */
static void judge(struct bench *bench, const uint8_t *packet, uint32_t length, struct judgement *judgement)
{
    static uint8_t buffer[65536];
    struct frame frame = { .bytes = packet, .captured = length, .wire = length, .number = 1, .linktype = 101 };
    struct walk walk;
    struct walk_ports ports = { 0 };
    struct layer layer;
    struct opened opened;
    struct error error;
    walk_ip(&walk, packet, length, length, &ports);
    assert_true(walk_next(&walk, &layer));
    assert_true(layer.kind == LAYER_ESP || layer.kind == LAYER_AH);
    uint64_t hash = sadb_hash(bench->db, &layer.ip.dst, layer.spi, layer.kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
    assert_true(receiver_find(&bench->receiver, &frame, &layer, hash, judgement));
    if (receiver_before(&bench->receiver, &frame, &layer, judgement)) {
        assert_true(opening_key(bench->db, judgement->sa, &error));
        opening_open(&bench->receiver, &layer, buffer, judgement, NULL, &opened);
    }
    if (judgement->verdict != VERDICT_ACCEPTED)
        suspect_look(&bench->receiver, &layer, buffer, judgement);
    receiver_after(&bench->receiver, &frame, &layer, judgement, UINT32_MAX);
}

static void check_detail(const char *name, const char *detail, const struct suspicion *found, enum cause cause)
{
    static const char *const salts[] = { "first", "zero", "reversed" };
    char text[ADDR_TEXT_MAX];
    if (cause == CAUSE_ICV_LENGTH) {
        assert_int_equal(found->icv, atol(detail));
    } else if (cause == CAUSE_OTHER_ALGORITHM) {
        assert_string_equal(found->encryption ? found->encryption->name : found->integrity->name, detail);
    } else if (cause == CAUSE_SALT) {
        assert_string_equal(salts[found->salt], detail);
    } else if (cause == CAUSE_ESN_USED) {
        assert_int_equal(found->sender_high, atol(detail));
    } else if (cause == CAUSE_ESN_HIGH) {
        assert_int_equal(found->high_off, atol(detail));
    } else if (cause == CAUSE_ADDRESS_TRANSLATED) {
        addr_print(&found->src, text);
        assert_string_equal(text, detail);
    } else if (cause == CAUSE_FIELD_CHANGED) {
        assert_string_equal(found->field, detail);
    } else if (cause == CAUSE_MUTABLE_FIELD) {
        unsigned wanted = strcmp(detail, "TOS") == 0 ? MUTABLE_TOS : strcmp(detail, "flags") == 0 ? MUTABLE_FRAGMENT : MUTABLE_FLOW;
        if (found->covered != wanted)
            fail_msg("%s: %u is covered, %u wanted", name, found->covered, wanted);
    }
}

static void run_case(char *const *word, unsigned words)
{
    struct bench bench;
    struct judgement judgement;
    uint8_t packet[PACKET_MAX];
    bench_start(&bench);
    uint32_t length = unhex(word[10], packet, sizeof packet);
    bench_define(&bench, 0, word, packet[0] >> 4 == 6);
    uint32_t index = sadb_add(bench.db, &bench.records[0], 0, 64);
    for (unsigned i = 10; i + 1 < words; i++) {
        length = unhex(word[i], packet, sizeof packet);
        judge(&bench, packet, length, &judgement);
        if (judgement.verdict != VERDICT_ACCEPTED || !judgement.verified)
            fail_msg("%s: packet %u is %s", word[0], i - 10, verdict_row(judgement.verdict)->name);
    }
    length = unhex(word[words - 1], packet, sizeof packet);
    judge(&bench, packet, length, &judgement);
    const struct sa *sa = sadb_sa(bench.db, index);
    if (strcmp(word[1], "accepted") == 0) {
        assert_int_equal(judgement.verdict, VERDICT_ACCEPTED);
        assert_null(sa->suspicion);
    } else if (strcmp(word[1], "-") == 0) {
        assert_int_equal(judgement.verdict, VERDICT_INTEGRITY_FAILED);
        assert_int_equal(judgement.cause, CAUSE_NONE);
        assert_false(sa->suspicion->gave_up);
    } else {
        const char *cause = cause_name(judgement.cause);
        if (cause == NULL || strcmp(cause, word[1]) != 0)
            fail_msg("%s: %s, cause %s, %s wanted", word[0], verdict_row(judgement.verdict)->name, cause ? cause : "none", word[1]);
        check_detail(word[0], word[2], sa->suspicion, judgement.cause);
        judge(&bench, packet, length, &judgement); /* what was found is only asked again */
        assert_string_equal(cause_name(judgement.cause), word[1]);
    }
    bench_stop(&bench);
}

static FILE *open_cases(void)
{
    FILE *file = fopen("tests/data/receiver/suspect.txt", "r");
    assert_non_null(file);
    return file;
}

/* The next case's words in `line`; 0 at the end. */
static unsigned read_case(FILE *file, char line[4096], char **word)
{
    while (fgets(line, 4096, file)) {
        unsigned words = 0;
        char *rest = line, *one;
        while (words < WORDS && (one = strtok_r(rest, " \n", &rest)) != NULL)
            word[words++] = one;
        if (words > 10 && word[0][0] != '#')
            return words;
    }
    return 0;
}

static void test_each_mistake_is_found(void **state)
{
    (void)state;
    FILE *file = open_cases();
    char line[4096], *word[WORDS];
    unsigned cases = 0, words;
    while ((words = read_case(file, line, word)) > 0) {
        run_case(word, words);
        cases++;
    }
    fclose(file);
    assert_true(cases >= 35);
}

/* A packet of the file, and the SA that it was made for. */
static uint32_t load_case(struct bench *bench, const char *name, uint8_t packet[PACKET_MAX], uint32_t *length)
{
    FILE *file = open_cases();
    char line[4096], *word[WORDS];
    unsigned words;
    while ((words = read_case(file, line, word)) > 0 && strcmp(word[0], name) != 0)
        continue;
    fclose(file);
    assert_true(words > 0);
    *length = unhex(word[words - 1], packet, PACKET_MAX);
    bench_define(bench, 0, word, packet[0] >> 4 == 6);
    return sadb_add(bench->db, &bench->records[0], 0, 64);
}

static void test_keys_of_other_sas(void **state)
{
    (void)state;
    static const char *const names[] = { "gcm-wrong-key", "cbc-wrong-key", "ah-wrong-key" };
    for (unsigned i = 0; i < 3; i++) {
        for (int opposite = 0; opposite < 2; opposite++) {
            struct bench bench;
            uint8_t packet[PACKET_MAX], key[64];
            uint32_t length;
            struct judgement judgement;
            bench_start(&bench);
            load_case(&bench, names[i], packet, &length);
            struct sa_definition *own = &bench.records[0].definition, *other = &bench.records[1].definition;
            *other = *own;
            other->spi = 0x2002;
            if (opposite) {
                other->src = own->dst;
                other->dst = own->src;
            }
            /* the wrong keys of the file are the right ones backwards, the salt apart */
            struct secret *secret = own->encryption && own->encryption->icv ? &other->encryption_key : &other->integrity_key;
            unsigned salt = own->encryption ? own->encryption->icv ? 4 : 0 : 0, count = secret->length - salt;
            for (unsigned k = 0; k < count; k++)
                key[k] = secret->bytes[count - 1 - k];
            memcpy(key + count, secret->bytes + count, salt);
            *secret = secrets_keep(bench.secrets, key, secret->length);
            uint32_t second = sadb_add(bench.db, &bench.records[1], 0, 64);
            judge(&bench, packet, length, &judgement);
            assert_int_equal(judgement.verdict, VERDICT_INTEGRITY_FAILED);
            assert_int_equal(judgement.cause, opposite ? CAUSE_DIRECTIONS_SWAPPED : CAUSE_OTHER_SA_KEY);
            assert_int_equal(judgement.near, second);
            bench_stop(&bench);
        }
    }
}

/* Everything is tried on two packets of an SA, nothing on the third. */
static void test_searches_end(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t packet[PACKET_MAX];
    uint32_t length;
    struct judgement judgement;
    bench_start(&bench);
    uint32_t index = load_case(&bench, "ah-wrong-key", packet, &length);
    uint64_t work[4];
    for (unsigned i = 0; i < 4; i++) {
        judge(&bench, packet, length, &judgement);
        assert_int_equal(judgement.verdict, VERDICT_INTEGRITY_FAILED);
        assert_int_equal(judgement.cause, CAUSE_NONE);
        work[i] = bench.receiver.suspect_work;
    }
    assert_true(work[1] > work[0]);
    assert_int_equal(work[2], work[1]);
    assert_int_equal(work[3], work[1]);
    assert_int_equal(sadb_sa(bench.db, index)->suspicion->searches, SUSPECT_SEARCHES);
    bench_stop(&bench);
}

static void test_work_is_bounded(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t packet[PACKET_MAX];
    uint32_t length;
    struct judgement judgement;
    bench_start(&bench);
    uint32_t index = load_case(&bench, "gcm-12", packet, &length);
    bench.receiver.suspect_work = SUSPECT_WORK_MAX;
    judge(&bench, packet, length, &judgement);
    assert_int_equal(judgement.verdict, VERDICT_INTEGRITY_FAILED);
    assert_int_equal(judgement.cause, CAUSE_NONE);
    assert_true(sadb_sa(bench.db, index)->suspicion->gave_up);
    bench_stop(&bench);
}

/* A packet that is damaged as well is not explained by what explains its neighbours. */
static void test_a_damaged_one_among_them(void **state)
{
    (void)state;
    struct bench bench;
    uint8_t packet[PACKET_MAX];
    uint32_t length;
    struct judgement judgement;
    bench_start(&bench);
    uint32_t index = load_case(&bench, "gcm-salt-first", packet, &length);
    judge(&bench, packet, length, &judgement);
    assert_int_equal(judgement.cause, CAUSE_SALT);
    packet[length - 20] ^= 1;
    judge(&bench, packet, length, &judgement);
    assert_int_equal(judgement.verdict, VERDICT_INTEGRITY_FAILED);
    assert_int_equal(judgement.cause, CAUSE_NONE);
    assert_int_equal(sadb_sa(bench.db, index)->suspicion->explained, 1);
    bench_stop(&bench);
}

/* Old packets of an ESN SA are known for such however many come, also when no work is left. */
static void test_old_packets_without_end(void **state)
{
    (void)state;
    FILE *file = open_cases();
    char line[4096], *word[WORDS];
    uint8_t packet[PACKET_MAX];
    struct bench bench;
    struct judgement judgement;
    unsigned words;
    while ((words = read_case(file, line, word)) > 0 && strcmp(word[0], "gcm-high-1") != 0)
        continue;
    fclose(file);
    assert_int_equal(words, 12);
    bench_start(&bench);
    bench_define(&bench, 0, word, false);
    sadb_add(bench.db, &bench.records[0], 0, 64);
    uint32_t length = unhex(word[10], packet, sizeof packet);
    judge(&bench, packet, length, &judgement);
    assert_int_equal(judgement.verdict, VERDICT_ACCEPTED);
    bench.receiver.suspect_work = SUSPECT_WORK_MAX;
    length = unhex(word[11], packet, sizeof packet);
    for (unsigned i = 0; i < 500; i++) {
        judge(&bench, packet, length, &judgement);
        assert_int_equal(judgement.cause, CAUSE_ESN_HIGH);
    }
    bench_stop(&bench);
}

/* Any length, any damage: an answer, and never a false one. */
static void test_every_truncation(void **state)
{
    (void)state;
    FILE *file = open_cases();
    char line[4096], *word[WORDS];
    unsigned words;
    while ((words = read_case(file, line, word)) > 0) {
        uint8_t packet[PACKET_MAX];
        uint32_t whole = unhex(word[words - 1], packet, sizeof packet);
        bool six = packet[0] >> 4 == 6;
        for (uint32_t length = (six ? 40 : 20) + 24; length < whole; length++) {
            struct bench bench;
            struct judgement judgement;
            bench_start(&bench);
            bench.receiver.suspect_work = SUSPECT_WORK_MAX - 400; /* enough for all but the search for bytes */
            bench_define(&bench, 0, word, six);
            sadb_add(bench.db, &bench.records[0], 0, 64);
            uint8_t *copy = malloc(length); /* a read beyond it is seen by the sanitizer */
            assert_non_null(copy);
            memcpy(copy, packet, length);
            uint32_t total = six ? length - 40 : length;
            copy[six ? 4 : 2] = (uint8_t)(total >> 8);
            copy[six ? 5 : 3] = (uint8_t)total;
            judge(&bench, copy, length, &judgement);
            /* the first bytes of an ICV are a shorter ICV of the same packet: that is right */
            bool shorter = whole - length <= 20 && (whole - length) % 4 == 0;
            if (!shorter || (judgement.cause != CAUSE_ICV_LENGTH && judgement.cause != CAUSE_OTHER_ALGORITHM)) {
                if (!shorter)
                    assert_int_not_equal(judgement.verdict, VERDICT_ACCEPTED);
                assert_int_equal(judgement.cause, CAUSE_NONE);
            }
            free(copy);
            bench_stop(&bench);
        }
    }
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_mistake_is_found), cmocka_unit_test(test_keys_of_other_sas), cmocka_unit_test(test_searches_end),
        cmocka_unit_test(test_work_is_bounded),       cmocka_unit_test(test_a_damaged_one_among_them),
        cmocka_unit_test(test_old_packets_without_end), cmocka_unit_test(test_every_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
