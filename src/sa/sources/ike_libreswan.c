/*
 * ike_libreswan: the lines that libreswan's pluto logs with "plutodebug=private", which are those of `tcpdump -E` for IKEv2:
 *
 * | ikev2 I 0xSPIi 0xSPIr sha256:0xSK_ai aes256:0xSK_ei
 * | ikev2 R 0xSPIi 0xSPIr sha256:0xSK_ar aes256:0xSK_er
 *
 * Whatever stands before "ikev2" (time, host, "pluto[1234]:", "|") is passed over. Two things are lost in these lines: the salt of AEADs
 * and of counter mode, without which nothing can be opened, and what is longer than 256 bits of a key: then the ICV is not checked.
 */
#include <string.h>

#include "sa/sources/entry.h"
#include "sa/sources/ike_source.h"

#define MARK "ikev2 "

/* What follows "ikev2 " in a line that could be one of these: the role, then "0x". */
static bool find_words(struct span line, struct span *words)
{
    const char *at = line.length > 0 ? memmem(line.at, line.length, MARK, strlen(MARK)) : NULL;
    if (at == NULL || (at != line.at && at[-1] != ' ' && at[-1] != '\t' && at[-1] != '|'))
        return false;
    *words = span_trim((struct span){ at + strlen(MARK), line.length - (size_t)(at - line.at) - strlen(MARK) });
    return words->length > 4 && (words->at[0] == 'I' || words->at[0] == 'R') && words->at[1] == ' ' && words->at[2] == '0' &&
           words->at[3] == 'x';
}

/* "aes256", "aes_gcm_16256", "3des192": pluto puts the key's bits behind the name. */
static const struct encryption *find_encryption(struct span name)
{
    static const struct {
        const char *pluto, *row;
    } names[] = {
        { "aes", "AES-CBC" }, { "aes_ctr", "AES-CTR" }, { "3des", "3DES-CBC" }, { "camellia", "CAMELLIA-CBC" },
        { "camellia_ctr", "CAMELLIA-CTR" }, { "aes_gcm", "AES-GCM-8" }, { "aes_gcm_12", "AES-GCM-12" }, { "aes_gcm_16", "AES-GCM-16" },
        { "aes_ccm_8", "AES-CCM-8" }, { "aes_ccm_12", "AES-CCM-12" }, { "aes_ccm_16", "AES-CCM-16" },
        { "chacha20_poly1305", "CHACHA20-POLY1305" },
    };
    struct span bare = name;
    if (bare.length > 3 && (memcmp(bare.at + bare.length - 3, "128", 3) == 0 || memcmp(bare.at + bare.length - 3, "192", 3) == 0 ||
                            memcmp(bare.at + bare.length - 3, "256", 3) == 0))
        bare.length -= 3;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(bare, names[i].pluto))
            return suite_encryption_find(DIALECT_ESPLAIN, names[i].row, strlen(names[i].row), 0);
    return suite_encryption_find(DIALECT_TCPDUMP, name.at, name.length, 0);
}

static const struct integrity *find_integrity(struct span name)
{
    if (span_is(name, "aes_xcbc"))
        return suite_integrity_find(DIALECT_ESPLAIN, "AES-XCBC-96", 11, 0);
    if (span_is(name, "aes_cmac"))
        return suite_integrity_find(DIALECT_ESPLAIN, "AES-CMAC-96", 11, 0);
    if (span_is(name, "hmac_sha2_256_truncbug"))
        return suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-96", 16, 0);
    return suite_integrity_find(DIALECT_STRONGSWAN, name.at, name.length, 0);
}

/* "aes256:0x..."; a name alone, as versions wrote that left the keys out, has no key. */
static bool split_secret(struct span word, struct span *name, struct span *digits)
{
    *digits = (struct span){ word.at + word.length, 0 };
    if (!span_until(&word, ':', name))
        return false;
    if (word.length > 0)
        *digits = word;
    return name->length > 0;
}

static void read_words(struct span words, const struct ike_key_sink *sink, uint32_t line)
{
    struct ike_key key = { .version = 2, .spi_i_known = true, .spi_r_known = true, .line = line };
    struct span role, spi_i, spi_r, auth, cipher, auth_name, auth_key, cipher_name, cipher_key;
    char quote[QUOTE_MAX];
    if (!span_word(&words, &role) || !span_word(&words, &spi_i) || !span_word(&words, &spi_r) || !span_word(&words, &auth) ||
        !span_word(&words, &cipher) || !ike_source_spi(spi_i, key.spi_i) || !ike_source_spi(spi_r, key.spi_r) ||
        !split_secret(auth, &auth_name, &auth_key) || !split_secret(cipher, &cipher_name, &cipher_key)) {
        entry_remark(sink->remarks, REMARK_ERROR, line, "damaged",
                     "The line is not \"ikev2\", role, two SPIs, integrity:key and encryption:key; it is left out.");
        return;
    }
    key.params.encryption = find_encryption(cipher_name);
    if (key.params.encryption == NULL) {
        entry_remark(sink->remarks, REMARK_ERROR, line, "algorithm", "The encryption algorithm %s is not known; the line is left out.",
                     entry_quote(quote, cipher_name));
        return;
    }
    if (key.params.encryption->icv == 0) {
        key.params.integrity = find_integrity(auth_name);
        if (key.params.integrity == NULL) {
            entry_remark(sink->remarks, REMARK_ERROR, line, "algorithm", "The integrity algorithm %s is not known; the line is left out.",
                         entry_quote(quote, auth_name));
            return;
        }
    }
    if (ike_source_keys(&key, role.at[0] == 'I' ? IKE_INITIATOR : IKE_RESPONDER, cipher_key, auth_key, sink, line))
        sink->key(sink->context, &key);
}

/* In all of the text: in a log the keys may come late. */
static bool recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length, false);
    struct span line, words;
    while (lines_next(&lines, &line))
        if (find_words(line, &words))
            return true;
    return false;
}

static void import(const char *text, size_t length, const struct ike_key_sink *sink)
{
    struct lines lines = lines_over(text, length, false);
    struct span line, words;
    while (lines_next(&lines, &line))
        if (find_words(line, &words))
            read_words(words, sink, lines.number);
}

const struct ike_key_format ike_format_libreswan = { "libreswan", "libreswan private debug lines, tcpdump -E ikev2", recognise, import };
