/*
 * crypto_bench: opening packets of 1,400 bytes of text, on one core. Prints lines "name ns MB/s": nanoseconds a packet, the best of several rounds,
 * and the text's megabytes (10^6) a second. tests/bench/crypto.sh puts `openssl speed` beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/open.h"

#define ROUNDS 15
#define PACKETS 64 /* different ones, as a batch has them */

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const char *name, const char *encryption, const char *integrity, uint32_t text, bool verify)
{
    static const uint8_t bytes[64] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    static uint8_t packets[PACKETS][1600], plain[1600];
    struct crypt_params params = { .encryption = suite_encryption_find(DIALECT_ESPLAIN, encryption, strlen(encryption), 0) };
    params.encryption_key = (struct secret){ bytes, (uint16_t)(params.encryption->key_bytes[0] + params.encryption->salt) };
    if (integrity != NULL) {
        params.integrity = suite_integrity_find(DIALECT_ESPLAIN, integrity, strlen(integrity), 0);
        params.integrity_key = (struct secret){ bytes, params.integrity->key };
    }
    struct error error;
    struct crypt_key *key = crypt_key_create(&params, &error);
    if (key == NULL) {
        printf("%s: %s\n", name, error.message);
        return;
    }
    uint32_t size = 8u + params.encryption->iv + text + (integrity ? params.integrity->icv : params.encryption->icv), length;
    unsigned wrong = 0;
    for (unsigned i = 0; i < PACKETS; i++) {
        memset(packets[i], (int)i, size);
        wrong += !crypt_esp_seal(key, packets[i], size, 0);
    }
    double best = 1e18;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (unsigned again = 0; again < 200; again++)
            for (unsigned i = 0; i < PACKETS; i++)
                wrong += CRYPT_OK != (verify ? crypt_esp_verify(key, packets[i], size, 0)
                                             : crypt_esp_open(key, packets[i], size, 0, plain, &length));
        double each = (now_ns() - begin) / (200 * PACKETS);
        best = each < best ? each : best;
    }
    printf("%s %.0f %.0f\n", name, best, text / best * 1e3);
    if (wrong != 0)
        exit(1);
    crypt_key_destroy(key);
}

int main(void)
{
    measure("open-aes-128-gcm", "AES-GCM-16", NULL, 1400, false);
    measure("open-aes-128-cbc-hmac-sha256", "AES-CBC", "HMAC-SHA2-256-128", 1392, false); /* whole blocks */
    measure("verify-aes-128-gcm", "AES-GCM-16", NULL, 1400, true);
    measure("verify-aes-128-cbc-hmac-sha256", "AES-CBC", "HMAC-SHA2-256-128", 1392, true);
    measure("open-chacha20-poly1305", "CHACHA20-POLY1305", NULL, 1400, false);
    measure("open-aes-128-ccm", "AES-CCM-16", NULL, 1400, false);
    measure("open-aes-128-cbc-hmac-sha1", "AES-CBC", "HMAC-SHA1-96", 1392, false);
    measure("open-aes-128-gcm-84", "AES-GCM-16", NULL, 84, false);
    measure("open-aes-128-cbc-hmac-sha256-80", "AES-CBC", "HMAC-SHA2-256-128", 80, false);
    return 0;
}
