/*
 * seal: a capture of real ESP tunnel packets, sealed with known keys, and their SAs as `ip xfrm state` shows them: for measuring what
 * verifying and decrypting costs. The same options give the same bytes.
 *
 *   seal [-n PACKETS] [-s SAS] [-b ESP-BYTES] gcm|cbc CAPTURE SA-FILE
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/open.h"

enum { ETHERNET = 14, IP4 = 20, SAS_MAX = 1000, ESP_MAX = 1460 };

struct sa {
    uint8_t cipher_key[20], mac_key[32];
    struct crypt_key *key;
    uint32_t seq;
};

static uint16_t ip_sum(const uint8_t *header)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < IP4; i += 2)
        sum += bytes_get16(header + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void ip_header(uint8_t *at, uint16_t total, uint8_t protocol, uint8_t network)
{
    memset(at, 0, IP4);
    at[0] = 0x45;
    bytes_put16(at + 2, total);
    at[8] = 64;
    at[9] = protocol;
    bytes_put32(at + 12, 0x0a000001u | (uint32_t)network << 16);
    bytes_put32(at + 16, 0x0a000002u | (uint32_t)network << 16);
    bytes_put16(at + 10, ip_sum(at));
}

static void hex(FILE *out, const uint8_t *bytes, size_t length)
{
    fputs("0x", out);
    for (size_t i = 0; i < length; i++)
        fprintf(out, "%02x", bytes[i]);
}

static int make_sas(struct sa *sas, unsigned count, bool gcm, FILE *out)
{
    static struct secrets *secrets;
    secrets = secrets_create();
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < sizeof sas[i].cipher_key; k++)
            sas[i].cipher_key[k] = (uint8_t)(i * 7 + k * 13 + 1);
        for (unsigned k = 0; k < sizeof sas[i].mac_key; k++)
            sas[i].mac_key[k] = (uint8_t)(i * 11 + k * 5 + 3);
        struct crypt_params params = {
            .encryption = suite_encryption_find(DIALECT_XFRM, gcm ? "rfc4106(gcm(aes))" : "cbc(aes)", gcm ? 17 : 8, gcm ? 128 : 0),
            .encryption_key = secrets_keep(secrets, sas[i].cipher_key, gcm ? 20 : 16),
            .integrity = gcm ? NULL : suite_integrity_find(DIALECT_XFRM, "hmac(sha256)", 12, 128),
            .integrity_key = secrets_keep(secrets, sas[i].mac_key, 32),
        };
        struct error error;
        sas[i].key = crypt_key_create(&params, &error);
        if (sas[i].key == NULL) {
            fprintf(stderr, "seal: %s\n", error.message);
            return 1;
        }
        fprintf(out, "src 10.9.0.1 dst 10.9.0.2\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32 \n\t", 0x10000 + i);
        if (gcm) {
            fputs("aead rfc4106(gcm(aes)) ", out);
            hex(out, sas[i].cipher_key, 20);
            fputs(" 128\n", out);
        } else {
            fputs("auth-trunc hmac(sha256) ", out);
            hex(out, sas[i].mac_key, 32);
            fputs(" 128\n\tenc cbc(aes) ", out);
            hex(out, sas[i].cipher_key, 16);
            fputc('\n', out);
        }
        fputs("\tsel src 0.0.0.0/0 dst 0.0.0.0/0 \n", out);
    }
    return 0;
}

int main(int count, char **words)
{
    unsigned long packets = 200000, sa_count = 10, esp_bytes = 1400;
    for (int option; (option = getopt(count, words, "n:s:b:")) != -1;) {
        unsigned long number = option == '?' ? 0 : strtoul(optarg, NULL, 10);
        *(option == 'n' ? &packets : option == 's' ? &sa_count : &esp_bytes) = number;
    }
    if (count - optind != 3 || sa_count < 1 || sa_count > SAS_MAX || esp_bytes < 100 || esp_bytes > ESP_MAX) {
        fprintf(stderr, "usage: seal [-n PACKETS] [-s SAS] [-b ESP-BYTES] gcm|cbc CAPTURE SA-FILE\n");
        return 2;
    }
    bool gcm = strcmp(words[optind], "gcm") == 0;
    unsigned iv = gcm ? 8 : 16;
    if (!gcm) /* whole blocks of ciphertext */
        esp_bytes -= (esp_bytes - 8 - 16 - 16) % 16;
    FILE *capture = fopen(words[optind + 1], "wb"), *file = fopen(words[optind + 2], "w");
    struct sa *sas = calloc(sa_count, sizeof *sas);
    if (capture == NULL || file == NULL || sas == NULL || make_sas(sas, (unsigned)sa_count, gcm, file) != 0)
        return 1;
    static const uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1 };
    fwrite(head, sizeof head, 1, capture);
    uint8_t frame[ETHERNET + IP4 + ESP_MAX] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0 };
    uint32_t length = (uint32_t)(ETHERNET + IP4 + esp_bytes), inner = (uint32_t)(esp_bytes - 8 - iv - 16 - 2);
    for (unsigned long i = 0; i < packets; i++) {
        struct sa *sa = &sas[i % sa_count];
        uint8_t *esp = frame + ETHERNET + IP4, *plain = esp + 8 + iv;
        ip_header(frame + ETHERNET, (uint16_t)(IP4 + esp_bytes), 50, 9);
        bytes_put32(esp, (uint32_t)(0x10000 + i % sa_count));
        bytes_put32(esp + 4, ++sa->seq);
        memset(esp + 8, (int)(sa->seq % 251), iv);
        bytes_put64(esp + 8 + iv - 8, sa->seq);
        memset(plain, 0x55, inner);
        ip_header(plain, (uint16_t)inner, 17, 1);
        plain[inner] = 0;
        plain[inner + 1] = 4;
        if (!crypt_esp_seal(sa->key, esp, (uint32_t)esp_bytes, 0))
            return 1;
        uint32_t record[4] = { 1700000000u + (uint32_t)(i / 100000), (uint32_t)(i % 100000 * 10), length, length };
        fwrite(record, sizeof record, 1, capture);
        fwrite(frame, length, 1, capture);
    }
    return fclose(capture) != 0 || fclose(file) != 0;
}
