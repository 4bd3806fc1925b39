/* DoS Protection: settings that end anywhere, defaults as New-NetIPsecDospSetting documents them, and packets cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "decode/walk.h"
#include "dosp/boundary.h"

#define SECOND ((int64_t)1000000000)

static const char text[] = "Name                               : edge\r\n"
                           "StateIdleTimeoutSeconds            : 480\r\n"
                           "EnabledKeyingModules               : IkeV2, AuthIP\r\n"
                           "MaxStateEntries                    : 100000\r\n"
                           "InternalPrefix : 2001:db8:2::/48\r\n";

static struct settings *settings_of(const char *chars, size_t length)
{
    struct settings *settings = calloc(1, sizeof *settings);
    struct error error;
    assert_non_null(settings);
    if (settings_add(settings, "box", chars, length, NULL, NULL, &error) && settings_ready(settings, &error))
        return settings;
    free(settings);
    return NULL;
}

static void test_defaults(void **state)
{
    (void)state;
    static const char sides[] = "Name : edge\nInternalPrefix : 2001:db8:2::/48\n";
    struct settings *settings = settings_of(sides, strlen(sides));
    assert_non_null(settings);
    const uint32_t *numbers = settings->list[0].numbers;
    assert_int_equal(numbers[SETTING_STATE_IDLE], 360);
    assert_int_equal(numbers[SETTING_QUEUE_IDLE], 360);
    assert_int_equal(numbers[SETTING_MAX_ENTRIES], 75000);
    assert_int_equal(numbers[SETTING_MAX_QUEUES], 50000);
    assert_int_equal(numbers[SETTING_UNAUTH_PER_IP_RATE], 10240);
    assert_int_equal(numbers[SETTING_AUTH_RATE], 0);
    assert_int_equal(numbers[SETTING_EXEMPT_RATE], 102400);
    assert_int_equal(numbers[SETTING_KEYING_MODULES], KEYING_AUTHIP);
    free(settings);
    settings = settings_of(text, strlen(text));
    assert_non_null(settings);
    numbers = settings->list[0].numbers;
    assert_int_equal(numbers[SETTING_STATE_IDLE], 480);
    assert_int_equal(numbers[SETTING_MAX_ENTRIES], 100000);
    assert_int_equal(numbers[SETTING_KEYING_MODULES], KEYING_IKEV2 | KEYING_AUTHIP);
    free(settings);
}

/* Wherever the text ends, and whichever byte of it is another, there is an answer. */
static void test_every_truncation(void **state)
{
    (void)state;
    for (size_t length = 0; length <= strlen(text); length++) {
        char *cut = malloc(length + 1); /* of that length, so that a read beyond it shows */
        memcpy(cut, text, length);
        free(settings_of(cut, length));
        for (unsigned bit = 0; length > 0 && bit < 8; bit++) {
            cut[length - 1] = (char)(text[length - 1] ^ (1 << bit));
            free(settings_of(cut, length));
        }
        free(cut);
    }
}

/* ESP from outside to inside, or back: 40 bytes of IPv6, then SPI, number and 12 bytes. */
static void esp(uint8_t packet[60], bool inbound)
{
    memset(packet, 0, 60);
    packet[0] = 0x60;
    bytes_put16(packet + 4, 20);
    packet[6] = 50;
    packet[7] = 64;
    for (unsigned side = 0; side < 2; side++) {
        uint8_t *addr = packet + 8 + 16 * side;
        memcpy(addr, "\x20\x01\x0d\xb8\x00", 5);
        addr[5] = (side == 1) == inbound ? 2 : 1;
        addr[15] = 1;
    }
    bytes_put32(packet + 40, 0x1001);
    bytes_put32(packet + 44, 1);
}

static bool judge(struct boundary *boundary, const uint8_t *packet, uint32_t length, int64_t time_ns, struct boundary_judgement *said)
{
    struct walk walk;
    struct layer layer;
    walk_ip(&walk, packet, length, length, NULL);
    if (!walk_next(&walk, &layer))
        return false;
    boundary_judge(boundary, &layer, time_ns, said);
    return true;
}

/* The entry lives for StateIdleTimeoutSeconds since its last packet, and no longer. */
static void test_idle(void **state)
{
    (void)state;
    struct settings *settings = settings_of(text, strlen(text));
    struct boundary *boundary = boundary_create(settings);
    struct boundary_judgement said;
    uint8_t in[60], out[60];
    esp(in, true);
    esp(out, false);
    assert_true(judge(boundary, out, 60, 1000 * SECOND, &said));
    assert_int_equal(said.action, BOUNDARY_PASS);
    assert_true(judge(boundary, in, 60, 1480 * SECOND, &said));
    assert_int_equal(said.action, BOUNDARY_PASS);
    assert_int_equal(said.sort, CLASS_AUTH);
    assert_true(judge(boundary, in, 60, 1961 * SECOND, &said));
    assert_int_equal(said.action, BOUNDARY_DROP);
    assert_int_equal(said.error, 13928);
    assert_int_equal(said.lack, LACK_IDLE);
    uint64_t counters[STATISTIC_COUNT];
    boundary_statistics(boundary, counters);
    assert_int_equal(counters[STATISTIC_ENTRIES_CREATED], 1);
    assert_int_equal(counters[STATISTIC_ENTRIES], 0);
    assert_int_equal(counters[STATISTIC_AUTH_ALLOWED], 1);
    boundary_destroy(boundary);
    free(settings);
}

/* A packet that ends early is malformed, or nothing that can be judged; never is it let through as IPsec with an SPI that is not there. */
static void test_cut_packets(void **state)
{
    (void)state;
    struct settings *settings = settings_of(text, strlen(text));
    uint8_t whole[60];
    esp(whole, true);
    for (uint32_t length = 1; length < 48; length++) {
        struct boundary *boundary = boundary_create(settings);
        struct boundary_judgement said = { 0 };
        uint8_t *packet = malloc(length);
        memcpy(packet, whole, length);
        if (length >= 40)
            bytes_put16(packet + 4, (uint16_t)(length - 40));
        if (judge(boundary, packet, length, SECOND, &said)) {
            assert_int_not_equal(said.action, BOUNDARY_PASS);
            if (length >= 40)
                assert_int_equal(said.error, 13927);
        }
        free(packet);
        boundary_destroy(boundary);
    }
    free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_every_truncation), cmocka_unit_test(test_idle),
        cmocka_unit_test(test_cut_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
