/*
 * tcpdump: the secrets of `tcpdump -E`, as a file of one a line or as its argument: "0xSPI@address algorithm:0xkey".
 * tcpdump knows no integrity algorithm: "-hmac96" behind the cipher says only that an ICV of 96 bits is to be cut off.
 */
#include <string.h>

#include "sa/sources/entry.h"
#include "sa/sources/formats.h"

#define ICV96 "-hmac96"
#define ID_MAX 80 /* SPI@address and the blanks before it: looking no further keeps the work linear */

/* "0x12345678@192.1.2.45": false where the word is nothing of the kind */
static bool parse_id(struct span word, struct sa_definition *definition)
{
    struct span spi;
    uint64_t number;
    if (!memchr(word.at, '@', word.length) || !span_until(&word, '@', &spi) || !span_number(spi, UINT32_MAX, &number) ||
        !prefix_parse(word.at, word.length, &definition->dst) || !prefix_is_host(&definition->dst))
        return false;
    definition->spi = (uint32_t)number;
    return true;
}

static void read_secret(struct span id, struct span secret, const struct sa_sink *sink, uint32_t line)
{
    struct sa_record record = { .event = SA_EVENT_DEFINE, .line = line };
    struct sa_definition *definition = &record.definition;
    struct span name;
    if (!parse_id(id, definition)) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "The line does not begin with SPI@address; it is left out.");
        return;
    }
    definition->proto = SA_PROTO_ESP;
    if (!memchr(secret.at, ':', secret.length) || !span_until(&secret, ':', &name)) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "No algorithm:key follows the address; the line is left out.");
        return;
    }
    size_t suffix = strlen(ICV96);
    if (name.length > suffix && memcmp(name.at + name.length - suffix, ICV96, suffix) == 0) {
        name.length -= suffix;
        definition->icv = 12;
        memcpy(definition->integrity_name, "hmac96", sizeof "hmac96");
    }
    bool damaged = !entry_encryption(definition, DIALECT_TCPDUMP, name, 0, sink, line);
    bool hex = span_begins(secret, "0x");
    if (!(hex ? entry_key_hex(&definition->encryption_key, secret, "encryption", sink, line) :
                entry_key_bytes(&definition->encryption_key, secret.at, secret.length, "encryption", sink, line)))
        damaged = true;
    entry_need_keys(definition, damaged, sink, line);
    entry_give(&record, sink);
}

/* A comma ends a secret only where the next begins behind it: a secret in plain text may hold commas. */
static struct span take_secret(struct span *rest)
{
    struct span whole = *rest;
    for (size_t at = 0; at < whole.length; at++) {
        if (whole.at[at] != ',')
            continue;
        size_t left = whole.length - at - 1;
        struct span ahead = { whole.at + at + 1, left < ID_MAX ? left : ID_MAX }, word;
        struct sa_definition ignored = { 0 };
        if (span_word(&ahead, &word) && parse_id(word, &ignored)) {
            *rest = (struct span){ whole.at + at + 1, whole.length - at - 1 };
            return span_trim((struct span){ whole.at, at });
        }
    }
    *rest = (struct span){ whole.at + whole.length, 0 };
    return span_trim(whole);
}

static void read_line(struct span line, const struct sa_sink *sink, uint32_t number)
{
    struct span word;
    while (span_word(&line, &word)) {
        line = span_trim(line);
        if (span_is_nocase(word, "ikev2")) {
            entry_remark(sink, REMARK_NOTE, number, "ike", "Keys that open IKE define no SA; the line is left out.");
            return;
        }
        if (span_is_nocase(word, "file")) {
            entry_remark(sink, REMARK_WARNING, number, "file", "A line that names another file is not followed.");
            return;
        }
        if (line.length == 0) {
            if (memchr(word.at, ':', word.length))
                entry_remark(sink, REMARK_WARNING, number, "no-spi", "A key without SPI@address cannot name an SA; the line is left out.");
            else
                entry_remark(sink, REMARK_ERROR, number, "damaged", "The line is not SPI@address algorithm:key; it is left out.");
            return;
        }
        struct span secret = take_secret(&line);
        read_secret(word, secret, sink, number);
    }
}

static unsigned recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, false);
    struct span line, word, name;
    unsigned sure = SURE_NO;
    while (lines_next(&lines, &line)) {
        struct sa_definition ignored = { 0 };
        if (!span_word(&line, &word))
            continue;
        if (parse_id(word, &ignored) && memchr(line.at, ':', line.length))
            return SURE_YES;
        if (line.length == 0 && memchr(word.at, ':', word.length) && span_until(&word, ':', &name)) {
            size_t suffix = strlen(ICV96);
            if (name.length > suffix && memcmp(name.at + name.length - suffix, ICV96, suffix) == 0)
                name.length -= suffix;
            if (suite_encryption_find(DIALECT_TCPDUMP, name.at, name.length, 0) && word.length > 0)
                sure = SURE_HARDLY;
        }
    }
    return sure;
}

static void import(const char *text, size_t length, const struct sa_sink *sink)
{
    struct lines lines = lines_over(text, length, false);
    struct span line;
    while (lines_next(&lines, &line)) {
        entry_overlong(&lines, sink);
        if (line.length > 0 && line.at[0] != '#')
            read_line(line, sink, lines.number);
    }
}

const struct sa_format format_tcpdump = { "tcpdump", "tcpdump -E secrets", recognise, import };
