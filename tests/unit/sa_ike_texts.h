/*
 * sa_ike_texts: what the tests of IKE key files share: keys as text, a table read from text, logs as charon writes them. Include it after
 * cmocka.h.
 */
#ifndef TESTS_UNIT_SA_IKE_TEXTS_H
#define TESTS_UNIT_SA_IKE_TEXTS_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sa/ike_keys.h"
#include "support/pcapfile.h"

#define A16 "000102030405060708090a0b0c0d0e0f"
#define B16 "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define A20 A16 "10111213"
#define B20 B16 "e0e1e2e3"
#define A32 A16 "101112131415161718191a1b1c1d1e1f"
#define B32 B16 "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
#define SPIS "d629c3517b41c133,6aeb9d1c4dc1c3d3"

static inline struct ike_keys *keys_new(void)
{
    struct error error;
    struct ike_keys *keys = ike_keys_create(&error);
    assert_non_null(keys);
    return keys;
}

/* From an allocation of exactly the text's length. */
static inline bool add(struct ike_keys *keys, const char *text, size_t length, struct error *error)
{
    char *exact = malloc(length ? length : 1);
    assert_non_null(exact);
    memcpy(exact, text, length);
    bool added = ike_keys_add_text(keys, "keys", exact, length, error);
    free(exact);
    return added;
}

static inline struct ike_keys *keys_of(const char *text)
{
    struct error error = { "" };
    struct ike_keys *keys = keys_new();
    if (!add(keys, text, strlen(text), &error))
        fail_msg("%s", error.message);
    return keys;
}

static inline const struct ike_key *key_at(const struct ike_keys *keys, size_t index)
{
    const struct ike_key *key;
    for (size_t at = 0; (key = ike_keys_next(keys, &at)) != NULL && index > 0; index--)
        ;
    return key;
}

static inline bool key_is(const struct secret *secret, const char *hex)
{
    if (secret->length * 2u != strlen(hex))
        return false;
    for (size_t at = 0; at < secret->length; at++) {
        char pair[3];
        snprintf(pair, sizeof pair, "%02x", secret->bytes[at]);
        if (memcmp(pair, hex + 2 * at, 2) != 0)
            return false;
    }
    return true;
}

/* How many notes have this code; none may show eight or more hexadecimal digits of either key in a row. */
static inline unsigned notes_of(const struct ike_keys *keys, const char *code, uint32_t line)
{
    unsigned count = 0;
    const struct ike_keys_note *note;
    for (size_t at = 0; (note = ike_keys_next_note(keys, &at)) != NULL;) {
        unsigned run = 0;
        for (const char *one = note->remark.text; *one != 0; one++) {
            run = isxdigit((unsigned char)*one) ? run + 1 : 0;
            assert_true(run < 8);
        }
        count += (code == NULL || strcmp(note->remark.code, code) == 0) && (line == 0 || note->remark.line == line);
    }
    return count;
}

static inline const struct ike_key *find_first(const struct ike_keys *keys, uint8_t version, const char *spi_i, const char *spi_r)
{
    struct ike_keys_query query = { .version = version };
    size_t at = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned byte;
        assert_int_equal(sscanf(spi_i + 2 * i, "%2x", &byte), 1);
        query.spi_i[i] = (uint8_t)byte;
        assert_int_equal(sscanf(spi_r + 2 * i, "%2x", &byte), 1);
        query.spi_r[i] = (uint8_t)byte;
    }
    return ike_keys_find(keys, &query, &at);
}

#define PLUTO_I "ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a "
#define PLUTO_R "ikev2 R 0xba1143d176e1557b 0xb62a3c712fd1f26a "

struct log {
    struct text text;
    const char *prefix; /* "Jan  2 12:00:00 host charon: ", the thread, "[IKE] " */
};

/* As charon prints bytes: 16 a line, upper case, the text behind them. */
static inline void log_bytes(struct log *log, const char *name, const char *hex)
{
    size_t length = strlen(hex) / 2;
    text_printf(&log->text, "%s%s => %zu bytes @ 0x7f0a1c003a10\n", log->prefix, name, length);
    for (size_t at = 0; at < length; at += 16) {
        text_printf(&log->text, "%s%4zu: ", log->prefix, at);
        for (size_t i = at; i < at + 16; i++) {
            const char *gap = i == at + 15 ? "" : " ";
            if (i < length)
                text_printf(&log->text, "%c%c%s", toupper((unsigned char)hex[2 * i]), toupper((unsigned char)hex[2 * i + 1]), gap);
            else
                text_printf(&log->text, "   ");
        }
        text_printf(&log->text, "  ..<script>\n");
    }
}

static inline void log_keys(struct log *log, const char *nonces, const char *sk_d, const char *a, const char *b, const char *auth_a,
                     const char *auth_b)
{
    log_bytes(log, "key exchange secret", A32);
    if (nonces != NULL)
        log_bytes(log, "nonces", nonces);
    log_bytes(log, "SKEYSEED", B32);
    log_bytes(log, "Sk_d secret", sk_d);
    if (auth_a != NULL) {
        log_bytes(log, "Sk_ai secret", auth_a);
        log_bytes(log, "Sk_ar secret", auth_b);
    }
    log_bytes(log, "Sk_ei secret", a);
    log_bytes(log, "Sk_er secret", b);
    log_bytes(log, "Sk_pi secret", A32);
    log_bytes(log, "Sk_pr secret", B32);
}

#endif
