/*
 * veil_frame: every frame of real captures before and after: the walk finds the same layers between other addresses, checksums are as right or wrong as they
 * were, no original address is left; and every truncation of every frame, in memory of its own.
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

#include "decode/walk.h"
#include "support/pcapfile.h"
#include "veil/veil.h"

#define FRAMES_MAX 512u   /* of one capture */
#define LONG 600u         /* of frames that are cut at each length */
#define CUT_FRAMES 60u    /* of one capture that are */
#define ADDRS_MAX 256u

struct capture {
    struct pcapfile file;
    struct frame frames[FRAMES_MAX];
    uint8_t *changed[FRAMES_MAX];
    unsigned count;
    struct addr before[ADDRS_MAX], after[ADDRS_MAX];
    unsigned addrs;
};

static void capture_open(struct capture *capture, const char *path)
{
    memset(capture, 0, sizeof *capture);
    if (!pcapfile_open(&capture->file, path))
        return;
    while (capture->count < FRAMES_MAX && pcapfile_next(&capture->file, &capture->frames[capture->count]))
        capture->count++;
}

static void capture_change(struct capture *capture)
{
    struct veil *veil = veil_create(NULL);
    assert_non_null(veil);
    for (unsigned i = 0; i < capture->count; i++)
        veil_look(veil, &capture->frames[i]);
    assert_true(veil_settle(veil));
    for (unsigned i = 0; i < capture->count; i++) {
        const struct frame *frame = &capture->frames[i];
        capture->changed[i] = malloc(frame->captured + 1u);
        memcpy(capture->changed[i], frame->bytes, frame->captured);
        struct frame copy = *frame;
        copy.bytes = capture->changed[i];
        veil_change(veil, &copy, capture->changed[i]);
    }
    veil_destroy(veil);
}

static void capture_close(struct capture *capture)
{
    for (unsigned i = 0; i < capture->count; i++)
        free(capture->changed[i]);
    if (capture->file.bytes != NULL)
        pcapfile_close(&capture->file);
}

/* The same stands for the same, another for another. */
static void pair(struct capture *capture, const struct addr *before, const struct addr *after)
{
    for (unsigned i = 0; i < capture->addrs; i++)
        assert_int_equal(addr_equal(&capture->before[i], before), addr_equal(&capture->after[i], after));
    if (capture->addrs < ADDRS_MAX) {
        capture->before[capture->addrs] = *before;
        capture->after[capture->addrs++] = *after;
    }
}

static void same_layer(struct capture *capture, const struct layer *one, const struct layer *other)
{
    assert_int_equal(one->kind, other->kind);
    assert_int_equal(one->status, other->status);
    assert_int_equal(one->defect, other->defect);
    assert_int_equal(one->spi, other->spi);
    assert_int_equal(one->seq, other->seq);
    assert_int_equal(one->sport, other->sport);
    assert_int_equal(one->dport, other->dport);
    assert_int_equal(one->encap, other->encap);
    assert_int_equal(one->captured, other->captured);
    assert_int_equal(one->wire, other->wire);
    assert_int_equal(one->tunnels, other->tunnels);
    assert_int_equal(one->ip.header, other->ip.header);
    assert_int_equal(one->ip.id, other->ip.id);
    if (one->ip.version != 0) {
        pair(capture, &one->ip.src, &other->ip.src);
        pair(capture, &one->ip.dst, &other->ip.dst);
    }
    if (one->kind == LAYER_QUOTE) {
        assert_int_equal(one->quote.spi, other->quote.spi);
        pair(capture, &one->quote.src, &other->quote.src);
        pair(capture, &one->quote.dst, &other->quote.dst);
    }
}

/* Where ciphertext begins, in which any bytes may stand. */
static uint32_t same_walk(struct capture *capture, unsigned number)
{
    struct frame changed = capture->frames[number];
    struct walk one, other;
    struct layer before, after;
    uint32_t clear = changed.captured;
    changed.bytes = capture->changed[number];
    walk_frame(&one, &capture->frames[number], NULL);
    walk_frame(&other, &changed, NULL);
    while (walk_next(&one, &before)) {
        assert_true(walk_next(&other, &after));
        same_layer(capture, &before, &after);
        if (before.kind == LAYER_ESP || before.kind == LAYER_IKE || before.kind == LAYER_FRAGMENT)
            clear = (uint32_t)(before.bytes - capture->frames[number].bytes);
    }
    assert_false(walk_next(&other, &after));
    return clear;
}

static bool is_alias(const struct capture *capture, const struct addr *addr)
{
    for (unsigned i = 0; i < capture->addrs; i++)
        if (addr_equal(&capture->after[i], addr))
            return true;
    return false;
}

static void check_capture(const char *path)
{
    static struct capture capture;
    static uint32_t clear[FRAMES_MAX];
    capture_open(&capture, path);
    capture_change(&capture);
    for (unsigned i = 0; i < capture.count; i++)
        clear[i] = same_walk(&capture, i);
    for (unsigned i = 0; i < capture.count; i++)
        for (unsigned k = 0; k < capture.addrs; k++) {
            const struct addr *addr = &capture.before[k];
            bool stays = addr_equal(addr, &capture.after[k]) || is_alias(&capture, addr);
            if (!stays && memmem(capture.changed[i], clear[i], addr->bytes, addr->family == 4 ? 4 : 16) != NULL)
                fail_msg("%s: frame %u holds an address that it had", path, i + 1);
        }
    capture_close(&capture);
}

static void cut_frame(const struct frame *frame)
{
    for (uint32_t length = 0; length <= frame->captured; length++) {
        struct veil *veil = veil_create(NULL);
        uint8_t *bytes = malloc(length ? length : 1);
        assert_non_null(veil);
        assert_non_null(bytes);
        memcpy(bytes, frame->bytes, length);
        struct frame cut = *frame;
        cut.bytes = bytes;
        cut.captured = length;
        veil_look(veil, &cut);
        assert_true(veil_settle(veil));
        veil_change(veil, &cut, bytes);
        free(bytes);
        veil_destroy(veil);
    }
}

static void cut_capture(const char *path)
{
    static struct capture capture;
    capture_open(&capture, path);
    for (unsigned i = 0; i < capture.count && i < CUT_FRAMES; i++)
        if (capture.frames[i].captured <= LONG)
            cut_frame(&capture.frames[i]);
    capture_close(&capture);
}

static void each(const char *pattern, void (*check)(const char *path), unsigned *met)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++, (*met)++)
            check(found.gl_pathv[i]);
        globfree(&found);
    }
}

static unsigned each_named(void (*check)(const char *path), const char *name)
{
    char pattern[512];
    const char *shared = getenv("ESPLAIN_SHARED");
    unsigned met = 0;
    snprintf(pattern, sizeof pattern, "%s/%s", shared ? shared : "../shared", name);
    each(pattern, check, &met);
    return met;
}

static unsigned each_shared(void (*check)(const char *path))
{
    static const char *const folders[] = { "oracle/*.pcap", "scenarios/*/t.pcap", "kernel-traffic/*/*.pcap", "corpora/*cap" };
    unsigned met = 0;
    for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; i++)
        met += each_named(check, folders[i]);
    return met;
}

/* Where nothing is encrypted, none of it is ciphertext. */
static void check_whole(const char *path)
{
    static struct capture capture;
    capture_open(&capture, path);
    capture_change(&capture);
    for (unsigned i = 0; i < capture.count; i++)
        same_walk(&capture, i);
    static const uint8_t inner[][2] = { { 10, 1 }, { 10, 2 }, { 10, 77 }, { 192, 168 } };
    for (unsigned i = 0; i < capture.count; i++)
        for (uint32_t at = 0; at + 4 <= capture.frames[i].captured; at++)
            for (unsigned k = 0; k < sizeof inner / sizeof inner[0]; k++) {
                const uint8_t *one = capture.frames[i].bytes + at, *other = capture.changed[i] + at;
                bool packet = at >= 12 && one[0] == inner[k][0] && one[1] == inner[k][1] && one[-12] == 0x45; /* a source address */
                if (packet && memcmp(one, other, 4) == 0)
                    fail_msg("%s: frame %u: an address at %u is what it was", path, i + 1, at);
            }
    capture_close(&capture);
}

/* Runs of printable characters, which names and certificates have and keys do not. */
static unsigned longest_text(const uint8_t *bytes, uint32_t length)
{
    unsigned longest = 0, run = 0;
    for (uint32_t i = 0; i < length; i++) {
        run = bytes[i] >= ' ' && bytes[i] < 0x7f ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void check_identities(const char *path)
{
    static struct capture capture;
    unsigned before = 0, after = 0;
    capture_open(&capture, path);
    capture_change(&capture);
    for (unsigned i = 0; i < capture.count; i++) {
        unsigned one = longest_text(capture.frames[i].bytes, capture.frames[i].captured);
        unsigned other = longest_text(capture.changed[i], capture.frames[i].captured);
        before = one > before ? one : before;
        after = other > after ? other : after;
    }
    if (before < 12 || after >= 12)
        fail_msg("%s: text of %u characters, and %u afterwards", path, before, after);
    capture_close(&capture);
}

static void test_without_encryption(void **state)
{
    (void)state;
    if (each_named(check_whole, "oracle/null-sha256-tunnel4.pcap") + each_named(check_whole, "scenarios/v2null/t.pcap") +
            each_named(check_whole, "corpora/ipdecap-null_hmac-md5.cap") + each_named(check_whole, "kernel-traffic/ah*/t.pcap") == 0)
        skip();
}

static void test_identities_go(void **state)
{
    (void)state;
    if (each_named(check_identities, "corpora/corelight-ikev1-certs.pcap") == 0)
        skip();
}

static void test_captures(void **state)
{
    (void)state;
    unsigned met = 0;
    each("captures/*.pcap", check_capture, &met);
    each("tests/data/fragments.pcap", check_capture, &met);
    each("tests/data/sessions/*/t.pcap", check_capture, &met);
    assert_true(met > 40);
}

static void test_shared_captures(void **state)
{
    (void)state;
    if (each_shared(check_capture) == 0)
        skip();
}

static void test_truncations(void **state)
{
    (void)state;
    unsigned met = 0;
    each("captures/*.pcap", cut_capture, &met);
    each("tests/data/fragments.pcap", cut_capture, &met);
    assert_true(met > 10);
}

static void test_shared_truncations(void **state)
{
    (void)state;
    if (each_shared(cut_capture) == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_encryption),
        cmocka_unit_test(test_identities_go),
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_shared_captures),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_shared_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
