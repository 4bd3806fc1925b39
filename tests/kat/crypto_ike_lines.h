/* crypto_ike_lines: the vector files of tests/data/ike-crypto, word by word. Include it after cmocka.h. */
#ifndef KAT_CRYPTO_IKE_LINES_H
#define KAT_CRYPTO_IKE_LINES_H

#include "crypto/ike_prf.h"
#include "kat/crypto_hex.h"

#define LINES_ROOM 32768
#define LINES_WORDS 24

struct vectors {
    FILE *file;
    char line[LINES_ROOM];
    char *words[LINES_WORDS];
    unsigned count;
};

static inline void vectors_open(struct vectors *vectors, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "tests/data/ike-crypto/%s", name);
    vectors->file = fopen(path, "r");
    assert_non_null(vectors->file);
}

/* The next line that is no comment; at the end the file is closed. */
static inline bool vectors_next(struct vectors *vectors)
{
    do {
        if (fgets(vectors->line, sizeof vectors->line, vectors->file) == NULL) {
            fclose(vectors->file);
            return false;
        }
    } while (vectors->line[0] == '#');
    vectors->count = 0;
    for (char *at = vectors->line; *at != 0 && *at != '\n' && vectors->count < LINES_WORDS;) {
        vectors->words[vectors->count++] = at;
        at += strcspn(at, " \n");
        if (*at != 0)
            *at++ = 0;
    }
    return true;
}

static inline void vectors_hex(const struct vectors *vectors, unsigned word, struct hex *hex)
{
    assert_true(word < vectors->count);
    assert_true(hex_read(vectors->words[word], hex));
}

static inline struct ike_bytes hex_bytes(const struct hex *hex)
{
    return (struct ike_bytes){ hex->length > 0 ? hex->bytes : NULL, hex->length };
}

static inline const struct encryption *vectors_encryption(const struct vectors *vectors, unsigned word)
{
    const char *name = vectors->words[word];
    const struct encryption *row = suite_encryption_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_true(row != NULL || strcmp(name, "-") == 0);
    return row;
}

static inline const struct integrity *vectors_integrity(const struct vectors *vectors, unsigned word)
{
    const char *name = vectors->words[word];
    const struct integrity *row = suite_integrity_find(DIALECT_ESPLAIN, name, strlen(name), 0);
    assert_true(row != NULL || strcmp(name, "-") == 0);
    return row;
}

#endif
