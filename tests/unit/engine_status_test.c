/* status: what a run has come to, of a real capture and of a flood that does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esplain/esplain.h"

static bool swallow(void *context, const char *bytes, size_t length)
{
    (void)context, (void)bytes, (void)length;
    return true;
}

static struct esplain *start(void)
{
    const struct esplain_options options = { .output = swallow };
    struct esplain_error error;
    struct esplain *esplain = esplain_create(&options, &error);
    assert_non_null(esplain);
    return esplain;
}

/* captures/peerkill: what README shows of it. */
static void test_of_a_capture(void **state)
{
    (void)state;
    struct esplain_error error;
    struct esplain_status *status = malloc(sizeof *status);
    struct esplain *esplain = start();
    assert_non_null(status);
    esplain_status(esplain, status);
    assert_int_equal(status->frames + status->sa_count + status->finding_count + status->verdict_count, 0);
    assert_true(esplain_add_sas(esplain, "captures/peerkill.monitor.txt", &error));
    assert_true(esplain_read(esplain, "captures/peerkill.pcap", &error));
    esplain_status(esplain, status);
    assert_int_equal(status->frames, 32);
    assert_int_equal(status->esp, 16);
    assert_int_equal(status->ike, 9);
    assert_int_equal(status->other, 7);
    assert_int_equal(status->verdict_count, 2);
    assert_string_equal(status->verdicts[0].name, "accepted");
    assert_int_equal(status->verdicts[0].count, 6);
    assert_string_equal(status->verdicts[1].name, "unknown-spi");
    assert_true(status->verdicts[1].count == 10 && status->verdicts[1].refused && !status->verdicts[0].refused);
    const struct esplain_status_sa *dead = NULL;
    for (uint32_t i = 0; i < status->sa_count; i++)
        if (status->sas[i].spi == 0xc36f11ab)
            dead = &status->sas[i];
    assert_non_null(dead);
    assert_string_equal(dead->src, "10.77.0.1");
    assert_string_equal(dead->dst, "10.77.0.2");
    assert_string_equal(dead->encryption, "AES-GCM-16");
    assert_true(dead->packets == 13 && dead->refused == 10 && dead->ended);
    const struct esplain_status_finding *finding = NULL;
    for (uint32_t i = 0; i < status->finding_count; i++)
        if (strcmp(status->findings[i].condition, "unknown-spi") == 0)
            finding = &status->findings[i];
    assert_non_null(finding);
    assert_int_equal(finding->count, 10);
    assert_string_equal(finding->where, "ESP 10.77.0.1 > 10.77.0.2 0xc36f11ab");
    esplain_destroy(esplain);
    free(status);
}

#define FLOOD 2000u

/* A pcap of ESP packets over raw IPv4, each with an SPI of its own, a second apart. */
static void flood(const char *path)
{
    FILE *file = fopen(path, "w");
    const uint32_t head[] = { 0xa1b2c3d4, 4u << 16 | 2, 0, 0, 65535, 101 };
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    for (uint32_t i = 0; i < FLOOD; i++) {
        uint8_t packet[60] = { 0x45, 0, 0, 60, 0, 0, 0, 0, 64, 50, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 1, (uint8_t)(i >> 8), (uint8_t)i, 0, 0, 0, 1 };
        uint32_t sum = 0;
        for (unsigned at = 0; at < 20; at += 2)
            sum += (uint32_t)packet[at] << 8 | packet[at + 1];
        sum = (sum & 0xffff) + (sum >> 16);
        packet[10] = (uint8_t)(~sum >> 8);
        packet[11] = (uint8_t)~sum;
        const uint32_t record[] = { 1763716000 + i, 0, sizeof packet, sizeof packet };
        assert_int_equal(fwrite(record, 1, sizeof record, file), sizeof record);
        assert_int_equal(fwrite(packet, 1, sizeof packet, file), sizeof packet);
    }
    assert_int_equal(fclose(file), 0);
}

static void test_of_a_flood(void **state)
{
    (void)state;
    char path[] = "/tmp/esplain-status-XXXXXX";
    struct esplain_error error;
    struct esplain_status *status = malloc(sizeof *status);
    struct esplain *esplain = start();
    bool shown[FLOOD] = { false };
    int made = mkstemp(path);
    assert_true(status != NULL && made >= 0);
    close(made);
    flood(path);
    assert_true(esplain_read(esplain, path, &error));
    unlink(path);
    esplain_status(esplain, status);
    assert_int_equal(status->sa_total, FLOOD);
    assert_int_equal(status->sa_count, ESPLAIN_STATUS_SAS);
    for (uint32_t i = 0; i < status->sa_count; i++) {
        uint32_t number = status->sas[i].spi - 0x10000;
        assert_in_range(number, FLOOD - ESPLAIN_STATUS_SAS, FLOOD - 1); /* the latest, each once */
        assert_false(shown[number]);
        shown[number] = true;
    }
    for (uint32_t i = 1; i < status->finding_count; i++)
        assert_true(status->findings[i - 1].last_ns >= status->findings[i].last_ns);
    esplain_destroy(esplain);
    free(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_a_capture),
        cmocka_unit_test(test_of_a_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
