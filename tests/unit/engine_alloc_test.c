/*
 * engine_alloc: no packet of a healthy capture allocates. The same analysis of 2 and of 200 batches makes exactly as many calls of the
 * allocator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/open.h"
#include "esplain/esplain.h"
#include "allocation_counter.h"

#define SAS 32u
#define FEW (2 * 64u)
#define MANY (200 * 64u)
#define ESP_BYTES (8 + 8 + 48 + 16) /* header, IV, an inner packet with its trailer, ICV */

static const uint8_t key_bytes[20] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 };

static void put_ip4(uint8_t *at, uint16_t length, uint8_t protocol, const uint8_t src[4], const uint8_t dst[4])
{
    memset(at, 0, 20);
    at[0] = 0x45;
    bytes_put16(at + 2, length);
    at[8] = 64;
    at[9] = protocol;
    memcpy(at + 12, src, 4);
    memcpy(at + 16, dst, 4);
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20; i += 2)
        sum += bytes_get16(at + i);
    sum = (sum & 0xffff) + (sum >> 16);
    bytes_put16(at + 10, (uint16_t) ~(sum + (sum >> 16)));
}

static void put_little32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put(FILE *file, const void *bytes, size_t length)
{
    assert_int_equal(fwrite(bytes, 1, length, file), length);
}

/* In order on SAS SAs in turn; sealed with one key. */
static void write_capture(FILE *file, unsigned packets)
{
    uint8_t header[24], record[16 + 20 + ESP_BYTES];
    struct crypt_params params = { .encryption = suite_encryption_find(DIALECT_XFRM, "rfc4106(gcm(aes))", 17, 128),
                                   .encryption_key = { key_bytes, sizeof key_bytes } };
    struct crypt_key *key = crypt_key_create(&params, NULL);
    assert_non_null(key);
    memset(header, 0, sizeof header);
    put_little32(header, 0xa1b2c3d4);
    header[4] = 2;
    header[6] = 4;
    put_little32(header + 16, 65535);
    put_little32(header + 20, 101);
    put(file, header, sizeof header);
    for (unsigned i = 0; i < packets; i++) {
        uint8_t *esp = record + 36;
        memset(record, 0, sizeof record);
        put_little32(record, 1700000000 + i / 1000);
        put_little32(record + 4, i % 1000 * 1000);
        put_little32(record + 8, 20 + ESP_BYTES);
        put_little32(record + 12, 20 + ESP_BYTES);
        uint8_t src[4] = { 192, 0, 2, 1 + i % 2 }, dst[4] = { 192, 0, 2, 2 - i % 2 }; /* both ways, or that would be a finding */
        put_ip4(record + 16, 20 + ESP_BYTES, 50, src, dst);
        bytes_put32(esp, 0x1000 + i % SAS);
        bytes_put32(esp + 4, 1 + i / SAS);
        bytes_put32(esp + 12, i + 1); /* the IV: never twice under one key */
        put_ip4(esp + 16, 44, 17, (const uint8_t[4]){ 10, 1, 0, 1 }, (const uint8_t[4]){ 10, 2, 0, 1 });
        esp[16 + 44] = 1; /* padding 1, 2; pad length; next header: IPv4 */
        esp[16 + 45] = 2;
        esp[16 + 46] = 2;
        esp[16 + 47] = 4;
        assert_true(crypt_esp_seal(key, esp, ESP_BYTES, 0));
        put(file, record, sizeof record);
    }
    crypt_key_destroy(key);
}

static void write_sas(FILE *file)
{
    for (unsigned i = 0; i < SAS; i++) {
        fprintf(file, "src 192.0.2.%u dst 192.0.2.%u\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32\n"
                      "\taead rfc4106(gcm(aes)) 0x", 1 + i % 2, 2 - i % 2, 0x1000 + i);
        for (unsigned k = 0; k < sizeof key_bytes; k++)
            fprintf(file, "%02x", key_bytes[k]);
        fputs(" 128\n", file);
    }
}

/* The report's last bytes: the summary. */
struct tail {
    char chars[2048];
};

static bool swallow(void *context, const char *bytes, size_t length)
{
    struct tail *tail = context;
    size_t kept = length < sizeof tail->chars ? length : sizeof tail->chars - 1;
    memcpy(tail->chars, bytes + length - kept, kept);
    tail->chars[kept] = '\0';
    return true;
}

struct place {
    char path[64];
};

static void place_make(struct place *place, unsigned packets)
{
    snprintf(place->path, sizeof place->path, "%s/esplain-alloc-XXXXXX", P_tmpdir);
    int fd = mkstemp(place->path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    if (packets)
        write_capture(file, packets);
    else
        write_sas(file);
    assert_int_equal(fclose(file), 0);
}

static size_t analyse(const struct place *capture, const struct place *sas)
{
    struct tail tail = { "" };
    size_t before = calls;
    struct esplain_options options = { .format = ESPLAIN_JSON, .output = swallow, .context = &tail, .workers = 1 };
    struct esplain_error error = { "" };
    struct esplain *esplain = esplain_create(&options, &error);
    assert_non_null(esplain);
    if (sas)
        assert_true(esplain_add_sas(esplain, sas->path, &error));
    assert_true(esplain_read(esplain, capture->path, &error));
    assert_true(esplain_finish(esplain, &error));
    assert_int_equal(esplain_worst(esplain), ESPLAIN_NOTHING);
    esplain_destroy(esplain);
    size_t count = calls - before;
    assert_non_null(strstr(tail.chars, sas ? "\"verdicts\":{\"accepted\":" : "\"verdicts\":{\"unjudged\":"));
    return count;
}

static void test_no_allocation(void **state)
{
    (void)state;
    struct place few, many, sas;
    place_make(&few, FEW);
    place_make(&many, MANY);
    place_make(&sas, 0);
    size_t before = calls;
    free(malloc(1));
    assert_true(!COUNTS || calls > before); /* the count counts */
    analyse(&few, &sas); /* what libraries make once in a process */
    size_t keyed[2] = { analyse(&few, &sas), analyse(&many, &sas) };
    size_t keyless[2] = { analyse(&few, NULL), analyse(&many, NULL) };
    unlink(few.path);
    unlink(many.path);
    unlink(sas.path);
    if (!COUNTS) {
        print_message("SKIP: this build has an allocator of its own\n");
        return;
    }
    assert_int_equal(keyed[1], keyed[0]);
    assert_int_equal(keyless[1], keyless[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
