/*
 * live: the filter that a capture begins with, what is said where it cannot begin, and, where this may make a network namespace, packets over a pair of
 * virtual interfaces while the filter is changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <pcap.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/live.h"
#include "capture/live_filter.h"

enum { ETHERNET = 1, RAW = 101, SLL = 113, SLL2 = 276 };

/* Does the default filter of that link take these bytes? */
static bool takes(uint16_t linktype, const char *clear, const uint16_t *ports, size_t port_count, const uint8_t *bytes, uint32_t length)
{
    struct text text = { 0 };
    struct bpf_program program;
    pcap_t *dead = pcap_open_dead(linktype == RAW ? DLT_RAW : linktype, 65535);
    live_filter(&text, linktype, ports, port_count, clear);
    assert_non_null(text.chars);
    if (pcap_compile(dead, &program, text.chars, 1, PCAP_NETMASK_UNKNOWN) != 0)
        fail_msg("link %u: %s: %s", linktype, text.chars, pcap_geterr(dead));
    struct pcap_pkthdr header = { .caplen = length, .len = length };
    bool taken = pcap_offline_filter(&program, &header, bytes) != 0;
    pcap_freecode(&program);
    pcap_close(dead);
    text_free(&text);
    return taken;
}

/* IPv4 from 192.0.2.1 to 192.0.2.2, UDP ports 1234 and `port` where it is UDP. */
static uint32_t packet(uint8_t *to, uint8_t proto, uint16_t port)
{
    const uint8_t head[] = { 0x45, 0, 0, 48, 0, 0, 0, 0, 64, proto, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 4, 210, (uint8_t)(port >> 8), (uint8_t)port, 0, 28 };
    memset(to, 0x5a, 48);
    memcpy(to, head, sizeof head);
    return 48;
}

static void test_filter_takes(void **state)
{
    (void)state;
    static const uint16_t kinds[] = { ETHERNET, RAW, SLL, SLL2 };
    static const uint32_t heads[] = { 14, 0, 16, 20 }, types[] = { 12, 0, 14, 0 };
    const uint16_t ports[] = { 61000 };
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bytes[128] = { 0 };
        uint32_t head = heads[i];
        if (head)
            memcpy(bytes + types[i], (const uint8_t[]){ 0x08, 0x00 }, 2);
        uint32_t length = head + packet(bytes + head, 50, 0);
        assert_true(takes(kinds[i], NULL, NULL, 0, bytes, length));
        packet(bytes + head, 51, 0);
        assert_true(takes(kinds[i], NULL, NULL, 0, bytes, length));
        packet(bytes + head, 17, 4500);
        assert_true(takes(kinds[i], NULL, NULL, 0, bytes, length));
        packet(bytes + head, 17, 53);
        assert_false(takes(kinds[i], NULL, NULL, 0, bytes, length));
        assert_true(takes(kinds[i], "(src net 192.0.2.0/24)", NULL, 0, bytes, length));
        assert_false(takes(kinds[i], "(src net 198.51.100.0/24) or (dst net 198.51.100.0/24)", NULL, 0, bytes, length));
        packet(bytes + head, 17, 61000);
        assert_false(takes(kinds[i], NULL, NULL, 0, bytes, length));
        assert_true(takes(kinds[i], NULL, ports, 1, bytes, length));
    }
}

static void refused(const char *const *names, size_t count, const char *why)
{
    struct error error = { "" };
    struct source *source = live_open(&(struct live_options){ .interfaces = names, .interface_count = count }, &error);
    assert_null(source);
    if (strstr(error.message, why) == NULL)
        fail_msg("'%s' is not in '%s'", why, error.message);
}

static void test_refusals(void **state)
{
    (void)state;
    const char *many[LIVE_INTERFACES_MAX + 1];
    for (size_t i = 0; i <= LIVE_INTERFACES_MAX; i++)
        many[i] = "lo";
    refused(many, LIVE_INTERFACES_MAX + 1, "more than 32 interfaces");
    refused((const char *const[]){ "no-such-if" }, 1, "no-such-if: there is no such interface; there are lo");
    refused((const char *const[]){ "a-name-that-no-interface-can-have" }, 1, "there is no such interface");
    refused((const char *const[]){ "\x1b[2J" }, 1, "\\x1b[2J: there is no such interface");
    refused((const char *const[]){ "" }, 1, "there is no such interface");
}

/* A network namespace of this process with in0 and out0; false, after a line, where there can be none. */
static bool enter(void)
{
    static bool inside;
    if (!inside && (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)) {
        print_message("SKIP: a network namespace needs root\n");
        return false;
    }
    if (!inside && system("ip link add in0 type veth peer name out0 && ip link set in0 arp off up && ip link set out0 arp off up") != 0) {
        print_message("SKIP: there can be no virtual interfaces here\n");
        return false;
    }
    return inside = true;
}

static int sender(void)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("out0") };
    int link = socket(AF_PACKET, SOCK_RAW, 0);
    assert_true(link >= 0);
    assert_int_equal(bind(link, (const struct sockaddr *)(const void *)&to, sizeof to), 0);
    return link;
}

static struct source *listener(const char *clear)
{
    struct error error = { "" };
    struct source *source = live_open(&(struct live_options){ .interfaces = (const char *const[]){ "in0" }, .interface_count = 1, .clear = clear }, &error);
    if (source == NULL)
        fail_msg("%s", error.message);
    return source;
}

static void send_one(int link, uint8_t proto, uint16_t port)
{
    uint8_t frame[14 + 48] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00 };
    packet(frame + 14, proto, port);
    assert_int_equal(send(link, frame, sizeof frame, 0), sizeof frame);
}

/* Reads until nothing has come for a quarter of a second. */
static uint64_t drain(struct source *source)
{
    static struct frame frames[CAPTURE_BATCH];
    uint64_t count = 0;
    for (;;) {
        struct pollfd fds[LIVE_INTERFACES_MAX];
        size_t got = source_read(source, frames);
        count += got;
        if (got == 0 && !live_holds(source) && poll(fds, (nfds_t)live_descriptors(source, fds), 250) == 0)
            return count;
    }
}

/* Another process sends all the while; each change is of a filter that takes its packets before and after. */
static void test_changing_loses_nothing(void **state)
{
    (void)state;
    enum { SENT = 40000, CHANGES = 200 };
    if (!enter())
        return;
    struct source *source = listener(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int link = sender();
        for (unsigned i = 0; i < SENT; i++) {
            send_one(link, 50, 0);
            if (i % 20 == 0)
                usleep(100);
        }
        _exit(0);
    }
    static struct frame frames[CAPTURE_BATCH];
    uint64_t count = 0;
    int status;
    for (unsigned i = 0; waitpid(child, &status, WNOHANG) == 0; i++) {
        if (i < CHANGES * 8 && i % 8 == 0)
            live_clear_packets(source, i % 16 ? "(src net 198.51.100.0/24)" : NULL);
        struct pollfd fds[LIVE_INTERFACES_MAX];
        count += source_read(source, frames);
        poll(fds, (nfds_t)live_descriptors(source, fds), 1);
    }
    count += drain(source);
    struct live_counts counts = live_counts(source);
    assert_int_equal(count + counts.dropped + counts.interface_dropped, SENT);
    source_close(source);
}

static void test_clear_packets_follow(void **state)
{
    (void)state;
    if (!enter())
        return;
    struct source *source = listener(NULL);
    int link = sender();
    send_one(link, 17, 53);
    send_one(link, 50, 0);
    assert_int_equal(drain(source), 1);
    live_clear_packets(source, "(src net 192.0.2.1/32)");
    send_one(link, 17, 53);
    send_one(link, 50, 0);
    assert_int_equal(drain(source), 2);
    live_ports(source, (const uint16_t[]){ 61000 }, 1);
    send_one(link, 17, 61000);
    live_clear_packets(source, NULL);
    send_one(link, 17, 53);
    send_one(link, 17, 61000);
    assert_int_equal(drain(source), 2);
    close(link);
    source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter_takes), cmocka_unit_test(test_refusals), cmocka_unit_test(test_clear_packets_follow),
        cmocka_unit_test(test_changing_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
