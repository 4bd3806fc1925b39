/* capture_tshark: frame numbers, times and lengths are those that tshark sees. */
#include "capture_maker.h"

#include <inttypes.h>

#define DATA "tests/data/capture/"

/* "number time len cap_len", separated by tabs, as tshark -T fields prints it. */
static void print_frame(char line[128], const struct frame *frame)
{
    snprintf(line, 128, "%" PRIu64 "\t%" PRId64 ".%09d\t%u\t%u", frame->number, frame->time_ns / 1000000000,
        (int)(frame->time_ns % 1000000000), (unsigned)frame->wire, (unsigned)frame->captured);
}

/* One frame after the other of a source. */
struct walk {
    struct source *source;
    struct frame frames[CAPTURE_BATCH];
    size_t at, count;
};

static const struct frame *walk_next(struct walk *walk)
{
    if (walk->at == walk->count) {
        walk->count = source_read(walk->source, walk->frames);
        walk->at = 0;
    }
    return walk->at < walk->count ? &walk->frames[walk->at++] : NULL;
}

static void walk_open(struct walk *walk, const char *path)
{
    struct error error = { "" };
    *walk = (struct walk){ .source = source_open(path, &(struct source_options){ 0 }, &error) };
    if (walk->source == NULL)
        fail_msg("%s", error.message);
}

static void walk_close(struct walk *walk)
{
    if (walk->source == NULL)
        return;
    assert_null(walk_next(walk));
    assert_null(source_damage(walk->source));
    source_close(walk->source);
    walk->source = NULL;
}

/* What tshark said of the scenarios, and of a pcapng file of ours, is stored. */
static void test_stored(void **state)
{
    (void)state;
    FILE *file = fopen(DATA "frames.tsv", "r");
    assert_non_null(file);
    bool shared = access(maker_shared("scenarios"), R_OK) == 0;
    if (!shared)
        print_message("SKIP: the scenarios are not at %s\n", maker_shared("scenarios"));
    struct walk walk = { 0 };
    char line[256], current[256] = "", got[128];
    size_t compared = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *name_end = strchr(line, '\t');
        assert_non_null(name_end);
        *name_end = '\0';
        char *expected = name_end + 1;
        expected[strcspn(expected, "\n")] = '\0';
        bool ours = strchr(line, '/') == NULL;
        if (!ours && !shared)
            continue;
        if (strcmp(line, current) != 0) {
            char path[300];
            snprintf(current, sizeof current, "%s", line);
            snprintf(path, sizeof path, "%s%s", DATA, line);
            walk_close(&walk);
            walk_open(&walk, ours ? path : maker_shared(line));
        }
        const struct frame *frame = walk_next(&walk);
        assert_non_null(frame);
        print_frame(got, frame);
        assert_string_equal(got, expected);
        compared++;
    }
    walk_close(&walk);
    fclose(file);
    assert_true(compared >= 7);
    assert_true(!shared || compared > 600);
}

static void test_sections(void **state)
{
    (void)state;
    static const char *const names[] = { "eth0", "tun0", "a description", "eth1" };
    static const uint16_t linktypes[] = { 1, 101, 228, 1 };
    struct walk walk;
    walk_open(&walk, DATA "sections.pcapng");
    for (const struct frame *frame; (frame = walk_next(&walk)) != NULL;) {
        assert_string_equal(source_interface(walk.source, frame->interface), names[frame->interface]);
        assert_int_equal(frame->linktype, linktypes[frame->interface]);
    }
    assert_int_equal(source_dropped(walk.source), 7);
    assert_int_equal(source_snaplen(walk.source), 96);
    walk_close(&walk);
}

/* tshark itself, on captures of other projects. */
static void test_live(void **state)
{
    (void)state;
    static const char *const names[] = {
        "libtrace-100_packets-ns.pcap", "libtrace-100_packets.pcapng", "ipdecap-aes-cbc_hmac-sha1.cap", "ndpi-custom_categories.pcapng",
        "suricata-verify-ikev2-weak-dh.pcap", "tcpdump-esp_truncated.pcap", "zeek-ip6_esp.pcap",
    };
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        print_message("SKIP: tshark is not installed\n");
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[128], path[512], command[1024], line[256], got[128];
        snprintf(name, sizeof name, "corpora/%s", names[i]);
        snprintf(path, sizeof path, "%s", maker_shared(name));
        if (access(path, R_OK) != 0 || strchr(path, '\'') != NULL) {
            print_message("SKIP: no %s\n", path);
            continue;
        }
        struct walk walk;
        walk_open(&walk, path);
        snprintf(command, sizeof command, "tshark -n -r '%s' -T fields -e frame.number -e frame.time_epoch -e frame.len "
            "-e frame.cap_len 2>/dev/null", path);
        FILE *tshark = popen(command, "r");
        assert_non_null(tshark);
        while (fgets(line, sizeof line, tshark) != NULL) {
            const struct frame *frame = walk_next(&walk);
            assert_non_null(frame);
            print_frame(got, frame);
            line[strcspn(line, "\n")] = '\0';
            assert_string_equal(got, line);
        }
        assert_int_equal(pclose(tshark), 0);
        walk_close(&walk);
    }
}

/*
 * The same packets in two formats; in the third, which libpcap does not read either, they are refused with a way out.
 */
static void test_three_formats(void **state)
{
    (void)state;
    struct walk pcap, pcapng;
    if (access(maker_shared("corpora/libtrace-100_packets.pcapng"), R_OK) != 0) {
        print_message("SKIP: no %s\n", maker_shared("corpora/libtrace-100_packets.pcapng"));
        return;
    }
    walk_open(&pcap, maker_shared("corpora/libtrace-100_packets-ns.pcap"));
    walk_open(&pcapng, maker_shared("corpora/libtrace-100_packets.pcapng"));
    for (int i = 0; i < 100; i++) {
        const struct frame *one = walk_next(&pcap), *other = walk_next(&pcapng);
        assert_non_null(one);
        assert_non_null(other);
        assert_int_equal(one->time_ns, other->time_ns);
        assert_int_equal(one->captured, other->captured);
        assert_int_equal(one->wire, other->wire);
        assert_memory_equal(one->bytes, other->bytes, one->captured);
    }
    walk_close(&pcap);
    walk_close(&pcapng);
    struct error error = { "" };
    assert_null(source_open(maker_shared("corpora/libtrace-100_packets.erf"), &(struct source_options){ 0 }, &error));
    assert_non_null(strstr(error.message, "no capture in the pcap or pcapng format; where Wireshark knows the format, editcap"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_three_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
