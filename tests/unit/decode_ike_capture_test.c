/*
 * decode_ike_capture_test: every IKE message of the scenarios, in clear and decrypted, of a capture made by hand, and
 * of public captures, against what tshark 4.0 says of it; and every truncation of each.
 *
 * tests/data/ike/scenarios.tsv and crafted.tsv hold the messages and tshark's facts (how: make.py beside them). For the
 * public captures make.py asks tshark while the test runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/ike_check.h"
#include "decode/walk.h"
#include "support/iketext.h"
#include "support/pcapfile.h"

#define ROWS "tests/data/ike/scenarios.tsv"
#define CRAFTED "tests/data/ike/crafted.tsv"
#define MAKE "tests/data/ike/make.py"
#define MESSAGE_MAX 65536

/* Lines of one message or plaintext; the text is what the decoders say, compared line by line with what tshark says. */
struct comparison {
    char *text, *rest;
    size_t size;
    unsigned wrong, messages, plains;
    char where[300];
};

static void comparison_end(struct comparison *comparison)
{
    if (comparison->rest != NULL && comparison->rest[0] != '\0') {
        print_error("%s: tshark does not say: %.100s\n", comparison->where, comparison->rest);
        comparison->wrong++;
    }
    free(comparison->text);
    comparison->text = comparison->rest = NULL;
}

static void compare_line(struct comparison *comparison, const char *line)
{
    const char *ours = comparison->rest != NULL ? strsep(&comparison->rest, "\n") : NULL;
    if (ours != NULL && strcmp(ours, line) == 0)
        return;
    print_error("%s: tshark: %s\n%s: ours:   %s\n", comparison->where, line, comparison->where, ours ? ours
                : "(nothing)");
    comparison->wrong++;
}

/* A copy of exactly that many bytes, so that the sanitizers see every byte that is read beyond them. */
static uint8_t *exactly(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

/* Captured bytes missing: never BAD, for the message is good. Wire bytes missing: always BAD, and named. */
static void truncate_message(const uint8_t *bytes, uint32_t length)
{
    struct ike_fault fault;
    for (uint32_t cut = 0; cut < length; cut++) {
        uint8_t *copy = exactly(bytes, cut);
        assert_int_equal(ike_check_message(copy, cut, length, &fault), DECODE_CUT);
        assert_int_equal(fault.damage, IKE_DAMAGE_NONE);
        assert_int_equal(ike_check_message(copy, cut, cut, &fault), DECODE_BAD);
        assert_int_not_equal(fault.damage, IKE_DAMAGE_NONE);
        assert_int_equal(ike_damage_windows(&fault), 13824); /* the header's length is the first thing wrong */
        assert_true(fault.at <= cut);
        /* The payloads alone: the wire's end makes the chain BAD, wherever it falls. */
        struct ike_message message;
        if (ike_message_open(&message, copy, cut, cut) == DECODE_OK) {
            struct ike_walk walk;
            ike_walk_message(&walk, &message);
            enum decode_status status = ike_check_walk(&walk, &fault);
            bool whole = walk.sealed.kind == IKE_SEAL_IKE1 || message.header.next == 0; /* any length may be ciphertext */
            assert_true(whole || status == DECODE_BAD);
            assert_true(status != DECODE_BAD || (fault.damage != IKE_DAMAGE_NONE && fault.at <= cut));
        }
        free(copy);
    }
}

static void truncate_plain(unsigned version, uint8_t first, const uint8_t *bytes, uint32_t length)
{
    struct ike_walk walk;
    struct ike_fault fault;
    ike_walk_plain(&walk, version, first, bytes, length);
    assert_int_equal(ike_check_walk(&walk, &fault), DECODE_OK);
    uint32_t end = walk.at; /* IKEv1: padding follows */
    for (uint32_t cut = 0; cut < end; cut++) {
        uint8_t *copy = exactly(bytes, cut);
        ike_walk_plain(&walk, version, first, copy, cut);
        assert_int_equal(ike_check_walk(&walk, &fault), DECODE_BAD);
        assert_int_equal(ike_damage_windows(&fault), 13843);
        assert_true(fault.at <= cut);
        free(copy);
    }
}

/* A good message has no damage at all. */
static void start(struct comparison *comparison, const char *line, bool good)
{
    static uint8_t bytes[MESSAGE_MAX];
    unsigned version, first;
    int skip = 0;
    comparison_end(comparison);
    FILE *out = open_memstream(&comparison->text, &comparison->size);
    assert_non_null(out);
    if (sscanf(line, "plain %u %u %n", &version, &first, &skip) == 2) {
        uint32_t length = (uint32_t)iketext_bytes(line + skip, bytes, sizeof bytes);
        struct ike_walk walk;
        ike_walk_plain(&walk, version, (uint8_t)first, bytes, length);
        iketext_walk(out, &walk);
        assert_int_equal(walk.status, DECODE_OK);
        truncate_plain(version, (uint8_t)first, bytes, length);
        comparison->plains++;
    } else {
        uint32_t length = (uint32_t)iketext_bytes(line + strlen("message "), bytes, sizeof bytes);
        struct ike_message message;
        struct ike_fault fault;
        assert_int_equal(ike_message_open(&message, bytes, length, length), DECODE_OK);
        iketext_message(out, &message);
        if (good) {
            if (ike_check_message(bytes, length, length, &fault) != DECODE_OK) {
                print_error("%s: damage %s at %u\n", comparison->where, ike_damage_name(fault.damage),
                            (unsigned)fault.at);
                comparison->wrong++;
            } else {
                truncate_message(bytes, length);
            }
        }
        comparison->messages++;
    }
    fclose(out);
    comparison->rest = comparison->text;
}

static void compare(struct comparison *comparison, FILE *rows, const char *name, bool good)
{
    char *line = NULL;
    size_t room = 0;
    char scenario[256];
    snprintf(scenario, sizeof scenario, "%.200s", name);
    snprintf(comparison->where, sizeof comparison->where, "%s", scenario);
    while (getline(&line, &room, rows) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#') {
            comparison_end(comparison);
            snprintf(scenario, sizeof scenario, "%.200s", line + 2);
        } else if (line[0] == '=') {
            comparison_end(comparison);
            snprintf(comparison->where, sizeof comparison->where, "%s frame %.20s", scenario, line + 2);
        } else if (strncmp(line, "message ", 8) == 0 || strncmp(line, "plain ", 6) == 0) {
            start(comparison, line, good);
        } else if (line[0] != '\0') {
            compare_line(comparison, line);
        }
    }
    comparison_end(comparison);
    free(line);
}

static void scenarios_agree_with_tshark(void **state)
{
    (void)state;
    struct comparison comparison = { 0 };
    FILE *rows = fopen(ROWS, "r");
    assert_non_null(rows);
    compare(&comparison, rows, "", true);
    fclose(rows);
    assert_int_equal(comparison.wrong, 0);
    assert_int_equal(comparison.messages, 140); /* tshark -Y isakmp */
    assert_int_equal(comparison.plains, 83);
}

static void crafted_messages_agree_with_tshark(void **state)
{
    (void)state;
    struct comparison comparison = { 0 };
    FILE *rows = fopen(CRAFTED, "r");
    assert_non_null(rows);
    compare(&comparison, rows, "crafted", true);
    fclose(rows);
    assert_int_equal(comparison.wrong, 0);
    assert_int_equal(comparison.messages, 33); /* MESSAGES of craft.py */
}

static const struct {
    const char *name;
    unsigned messages;
    bool good;
} corpora[] = {
    { "arkime-IKEv1.pcap", 13, true },
    { "arkime-IKEv2.pcap", 35, true },
    { "corelight-ikev1-aggressive.pcap", 6, true },
    { "corelight-ikev1-certs.pcap", 10, true },
    { "corelight-ikev1-payload-bad-length.pcap", 1, false },
    { "suricata-verify-ikev2-weak-dh.pcap", 1, true },
    { "tcpdump-ikev2four.pcap", 21, true },
    { "tcpdump-isakmp-identification-segfault.pcap", 1, false },
};

static void corpora_agree_with_tshark(void **state)
{
    (void)state;
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        print_message("SKIP: tshark is not installed\n");
        skip();
    }
    struct comparison comparison = { 0 };
    unsigned absent = 0;
    for (size_t i = 0; i < sizeof corpora / sizeof corpora[0]; i++) {
        char name[256], path[1024], command[1200];
        snprintf(name, sizeof name, "corpora/%s", corpora[i].name);
        if (!pcapfile_shared(path, sizeof path, name)) {
            absent++;
            continue;
        }
        snprintf(command, sizeof command, "python3 %s '%s'", MAKE, path);
        FILE *rows = popen(command, "r");
        assert_non_null(rows);
        comparison.messages = 0;
        compare(&comparison, rows, corpora[i].name, corpora[i].good);
        assert_int_equal(pclose(rows), 0);
        assert_int_equal(comparison.messages, corpora[i].messages);
    }
    assert_int_equal(comparison.wrong, 0);
    if (absent > 0)
        print_message("SKIP: %u captures are not in ESPLAIN_SHARED/corpora\n", absent);
    if (absent == sizeof corpora / sizeof corpora[0])
        skip();
}

/* What the damaged ones are damaged by. */
static const struct {
    const char *name;
    uint8_t damage, payload;
    uint16_t index;
    uint32_t at, found, windows;
} damaged[] = {
    /* tshark: "Payload (bogus, length is 3, must be at least 4)" of the Vendor ID behind the SA payload */
    { "corelight-ikev1-payload-bad-length.pcap", IKE_DAMAGE_PAYLOAD_SHORT, IKE1_VENDOR, 1, 28 + 60 + 2, 3, 13843 },
    /* tcpdump prints the FQDN as 248 times ^@ */
    { "tcpdump-isakmp-identification-segfault.pcap", IKE_DAMAGE_ID_TEXT, IKE1_ID, 0, 28 + 8, 0, 13834 },
    /* SPIs of zeros, a length of 2560 in a datagram of 30 bytes: tshark does not take it for IKE */
    { "tcpdump-isakmp-pointer-loop.pcap", IKE_DAMAGE_HEADER_SPI, 0, 0, 0, 0, 13824 },
};

static void damaged_corpora_are_named(void **state)
{
    (void)state;
    unsigned absent = 0;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        char name[256], path[1024];
        struct pcapfile file;
        struct frame frame;
        struct walk walk;
        struct layer layer;
        struct ike_fault fault;
        snprintf(name, sizeof name, "corpora/%s", damaged[i].name);
        if (!pcapfile_shared(path, sizeof path, name)) {
            absent++;
            continue;
        }
        assert_true(pcapfile_open(&file, path));
        assert_true(pcapfile_next(&file, &frame));
        walk_frame(&walk, &frame, NULL);
        assert_true(walk_next(&walk, &layer));
        assert_int_equal(layer.kind, LAYER_IKE);
        assert_int_equal(ike_check_message(layer.bytes, layer.captured, layer.wire, &fault), DECODE_BAD);
        assert_string_equal(ike_damage_name(fault.damage), ike_damage_name(damaged[i].damage));
        assert_int_equal(fault.payload, damaged[i].payload);
        assert_int_equal(fault.index, damaged[i].index);
        assert_int_equal(fault.at, damaged[i].at);
        assert_int_equal(fault.found, damaged[i].found);
        assert_int_equal(ike_damage_windows(&fault), damaged[i].windows);
        pcapfile_close(&file);
    }
    if (absent > 0) {
        print_message("SKIP: %u captures are not in ESPLAIN_SHARED/corpora\n", absent);
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenarios_agree_with_tshark),
        cmocka_unit_test(crafted_messages_agree_with_tshark),
        cmocka_unit_test(corpora_agree_with_tshark),
        cmocka_unit_test(damaged_corpora_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
