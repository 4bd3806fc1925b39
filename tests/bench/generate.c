/*
 * generate: a capture of ESP packets spread over many SAs, and the SAs as `ip xfrm state nokeys` shows them.
 * The same options give the same bytes, and a smaller number of packets gives the beginning of the larger capture. Sequence numbers
 * of an SA rise by one; payloads are noise (keys are hidden, nobody opens them).
 *
 *   generate [-n PACKETS] [-s SAS] [-o round-robin|random] [-b FRAME-BYTES] CAPTURE SA-FILE
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { ETHERNET = 14, IP4 = 20, ESP = 8, FRAME_MIN = ETHERNET + IP4 + ESP + 8 + 4 + 16, FRAME_MAX = 1514 };

struct plan {
    unsigned long packets, sas, frame;
    bool random;
};

/* xorshift64*: the same everywhere. */
static uint64_t noise_next(uint64_t *noise)
{
    *noise ^= *noise >> 12;
    *noise ^= *noise << 25;
    *noise ^= *noise >> 27;
    return *noise * 0x2545f4914f6cdd1du;
}

/* Scattered over all of the range, each once: multiplication by an odd number; 1 to 255 are reserved (RFC 4303 2.1). */
static uint32_t sa_spi(unsigned long sa)
{
    uint32_t spi = (uint32_t)(sa + 1) * 2654435761u;
    return spi > 255 ? spi : spi | 0x80000000u;
}

/*
 * Many peers with sixteen SAs each, one gateway. Peers are scattered, as on the Internet: tcpdump's table of
 * names goes by an address's first bytes.
 */
static void sa_addresses(unsigned long sa, uint8_t at[8])
{
    uint32_t peer = (uint32_t)(sa / 16 + 1) * 2246822519u;
    bytes_put32(at, peer);
    at[0] = (uint8_t)(11 + at[0] % 100);
    bytes_put32(at + 4, 0xc0000201u);
}

static bool write_sas(FILE *file, const struct plan *plan)
{
    for (unsigned long sa = 0; sa < plan->sas; sa++) {
        uint8_t at[8];
        sa_addresses(sa, at);
        uint32_t spi = sa_spi(sa);
        if (fprintf(file,
                    "src %u.%u.%u.%u dst %u.%u.%u.%u\n"
                    "\tproto esp spi 0x%08x(%u) reqid %lu(0x%08lx) mode tunnel\n"
                    "\treplay-window 64 seq 0x00000000 flag af-unspec (0x00100000)\n"
                    "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n"
                    "\tsel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0\n",
                    at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7], spi, spi, sa + 1, sa + 1) < 0)
            return false;
    }
    return true;
}

static uint16_t header_checksum(const uint8_t *header)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < IP4; i += 2)
        sum += bytes_get16(header + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~(sum + (sum >> 16));
}

static bool write_capture(FILE *file, const struct plan *plan)
{
    static const uint32_t head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1 };
    uint32_t *counts = calloc(plan->sas, sizeof *counts);
    if (counts == NULL || fwrite(head, sizeof head, 1, file) != 1) {
        free(counts);
        return false;
    }
    uint8_t frame[FRAME_MAX] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45 };
    uint8_t *ip = frame + ETHERNET, *esp = ip + IP4;
    uint64_t noise = 88172645463325252u;
    bool good = true;
    for (unsigned long packet = 0; good && packet < plan->packets; packet++) {
        unsigned long sa = plan->random ? noise_next(&noise) % plan->sas : packet % plan->sas;
        bytes_put16(ip + 2, (uint16_t)(plan->frame - ETHERNET));
        bytes_put16(ip + 4, (uint16_t)packet);
        ip[8] = 64;
        ip[9] = 50;
        bytes_put16(ip + 10, 0);
        sa_addresses(sa, ip + 12);
        bytes_put16(ip + 10, header_checksum(ip));
        bytes_put32(esp, sa_spi(sa));
        bytes_put32(esp + 4, ++counts[sa]);
        for (unsigned long at = ETHERNET + IP4 + ESP; at < plan->frame; at += 8) {
            uint64_t word = noise_next(&noise);
            memcpy(frame + at, &word, plan->frame - at < 8 ? plan->frame - at : 8);
        }
        /* Ten microseconds apart, from 2026-01-01 on. */
        uint64_t microseconds = 1767225600u * (uint64_t)1000000 + packet * 10;
        uint32_t record[4] = { (uint32_t)(microseconds / 1000000), (uint32_t)(microseconds % 1000000), (uint32_t)plan->frame,
                               (uint32_t)plan->frame };
        good = fwrite(record, sizeof record, 1, file) == 1 && fwrite(frame, plan->frame, 1, file) == 1;
    }
    free(counts);
    return good;
}

static int fill(const char *path, const struct plan *plan, bool (*write)(FILE *file, const struct plan *plan))
{
    FILE *file = fopen(path, "wb");
    bool good = file != NULL && write(file, plan);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct plan plan = { .packets = 1000, .sas = 10, .frame = 134 };
    for (int option; (option = getopt(argc, argv, "n:s:o:b:")) != -1;) {
        switch (option) {
        case 'n': plan.packets = strtoul(optarg, NULL, 10); break;
        case 's': plan.sas = strtoul(optarg, NULL, 10); break;
        case 'b': plan.frame = strtoul(optarg, NULL, 10); break;
        case 'o': plan.random = strcmp(optarg, "random") == 0; break;
        default: return 2;
        }
    }
    if (argc - optind != 2 || plan.sas == 0 || plan.sas > 0xffffff || plan.frame < FRAME_MIN || plan.frame > FRAME_MAX) {
        fprintf(stderr, "usage: generate [-n PACKETS] [-s SAS, to %d] [-o round-robin|random] [-b FRAME-BYTES, %d to %d] "
                        "CAPTURE SA-FILE\n", 0xffffff, FRAME_MIN, FRAME_MAX);
        return 2;
    }
    return fill(argv[optind], &plan, write_capture) | fill(argv[optind + 1], &plan, write_sas);
}
