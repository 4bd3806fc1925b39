/* crypto_hex: hexadecimal text and the vector files of tests/data/crypto, for the crypto tests. */
#ifndef KAT_CRYPTO_HEX_H
#define KAT_CRYPTO_HEX_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/open.h"

#define HEX_MAX 2048

struct hex {
    uint8_t bytes[HEX_MAX];
    uint32_t length;
};

/* "-" and "" are no bytes. False where the text is no hexadecimal or too long. */
static inline bool hex_read(const char *text, struct hex *hex)
{
    hex->length = 0;
    if (strcmp(text, "-") == 0)
        return true;
    for (; text[0] != 0; text += 2) {
        unsigned byte;
        if (hex->length == HEX_MAX || text[1] == 0 || sscanf(text, "%2x", &byte) != 1)
            return false;
        hex->bytes[hex->length++] = (uint8_t)byte;
    }
    return true;
}

static inline struct secret hex_secret(const struct hex *hex)
{
    return (struct secret){ .bytes = hex->bytes, .length = (uint16_t)hex->length };
}

/* One line of a vector file; its fields are told in the file's first comment. */
struct vector {
    char source[40];
    struct crypt_params params; /* secrets point into the keys below */
    uint32_t seq_high;
    struct hex encryption_key, integrity_key, packet, plain;
    bool plain_known;
};

static inline bool vector_read(const char *line, struct vector *vector)
{
    static char fields[9][2 * HEX_MAX + 1];
    if (sscanf(line, "%39s %4096s %4096s %4096s %4096s %4096s %4096s %4096s %4096s", fields[0], fields[1], fields[2], fields[3], fields[4],
               fields[5], fields[6], fields[7], fields[8]) != 9)
        return false;
    memset(vector, 0, sizeof *vector);
    memcpy(vector->source, fields[0], strlen(fields[0]) + 1);
    vector->params.encryption = suite_encryption_find(DIALECT_ESPLAIN, fields[1], strlen(fields[1]), 0);
    if (vector->params.encryption == NULL)
        return false;
    if (strcmp(fields[2], "-") != 0) {
        vector->params.integrity = suite_integrity_find(DIALECT_ESPLAIN, fields[2], strlen(fields[2]), 0);
        if (vector->params.integrity == NULL)
            return false;
    }
    vector->params.icv = (uint8_t)strtoul(fields[3], NULL, 10);
    vector->params.esn = strcmp(fields[4], "-") != 0;
    vector->seq_high = vector->params.esn ? (uint32_t)strtoul(fields[4], NULL, 16) : 0;
    vector->plain_known = strcmp(fields[8], "-") != 0;
    if (!hex_read(fields[5], &vector->encryption_key) || !hex_read(fields[6], &vector->integrity_key) ||
        !hex_read(fields[7], &vector->packet) || !hex_read(fields[8], &vector->plain))
        return false;
    vector->params.encryption_key = hex_secret(&vector->encryption_key);
    vector->params.integrity_key = hex_secret(&vector->integrity_key);
    return true;
}

#endif
