/*
 * blast: sends ESP as fast as asked onto an interface, for measuring a live capture.
 *   blast IFACE PACKETS PER_SECOND LENGTH MODE
 * MODE: steady (one SA, numbers in order), random (an SPI of its own each), churn (a new SPI every 1,000 packets, one number missing in each).
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BURST 50u

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void put32(uint8_t *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, sizeof value);
}

static void header(uint8_t *frame, unsigned length)
{
    static const uint8_t start[34] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };
    uint32_t sum = 0;
    memcpy(frame, start, sizeof start);
    frame[16] = (uint8_t)((length - 14) >> 8);
    frame[17] = (uint8_t)(length - 14);
    for (unsigned i = 14; i < 34; i += 2)
        sum += (uint32_t)frame[i] << 8 | frame[i + 1];
    sum = ~((sum & 0xffff) + (sum >> 16));
    frame[24] = (uint8_t)(sum >> 8);
    frame[25] = (uint8_t)sum;
}

int main(int count, char **words)
{
    static uint8_t frames[BURST][2048];
    static struct mmsghdr messages[BURST];
    static struct iovec pieces[BURST];
    if (count != 6)
        return fprintf(stderr, "blast IFACE PACKETS PER_SECOND LENGTH steady|random|churn\n"), 2;
    uint64_t packets = strtoull(words[2], NULL, 10), rate = strtoull(words[3], NULL, 10), sent = 0;
    unsigned length = (unsigned)strtoul(words[4], NULL, 10);
    bool random = strcmp(words[5], "random") == 0, churn = strcmp(words[5], "churn") == 0;
    struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(words[1]) };
    int link = socket(AF_PACKET, SOCK_RAW, 0);
    if (link < 0 || bind(link, (struct sockaddr *)(void *)&to, sizeof to) != 0 || length < 60 || length > 2048 || rate == 0)
        return perror("blast"), 2;
    for (unsigned i = 0; i < BURST; i++) {
        header(frames[i], length);
        pieces[i] = (struct iovec){ frames[i], length };
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &pieces[i], .msg_iovlen = 1 };
    }
    int64_t began = now();
    uint32_t state = 1;
    while (sent < packets) {
        unsigned burst = packets - sent < BURST ? (unsigned)(packets - sent) : BURST;
        for (unsigned i = 0; i < burst; i++) {
            uint64_t number = sent + i;
            state = state * 1664525 + 1013904223;
            uint32_t within = (uint32_t)(number % 1000);
            put32(frames[i] + 34, random ? state | 0x100 : churn ? 0x10000 + (uint32_t)(number / 1000) : 0x1001);
            put32(frames[i] + 38, random ? 1 : churn ? within + 1 + (within >= 500) : (uint32_t)number + 1);
        }
        for (unsigned done = 0; done < burst;) {
            int result = sendmmsg(link, messages + done, burst - done, 0);
            if (result < 0)
                return perror("blast"), 1;
            done += (unsigned)result;
        }
        sent += burst;
        int64_t due = began + (int64_t)(sent * 1000000000ull / rate), wait = due - now();
        if (wait > 0)
            nanosleep(&(struct timespec){ wait / 1000000000, wait % 1000000000 }, NULL);
    }
    double seconds = (double)(now() - began) / 1e9;
    printf("%llu packets in %.3f s: %.0f a second\n", (unsigned long long)sent, seconds, (double)sent / seconds);
    return 0;
}
