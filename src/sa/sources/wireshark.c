/*
 * wireshark: rows of Wireshark's esp_sa table ("ESP SAs", also what strongSwan's save-keys plugin writes).
 *
 * "IPv4","10.77.0.1","10.77.0.2","0xc5c4ce17","AES-CBC [RFC3602]","0x...","HMAC-SHA-256-128 [RFC4868]","0x..."[,"64-bit"]
 * The last column, whether sequence numbers are extended, is there since Wireshark 4.2.
 */
#include <string.h>

#include "sa/sources/entry.h"
#include "sa/sources/formats.h"

enum column { COLUMN_FAMILY, COLUMN_SRC, COLUMN_DST, COLUMN_SPI, COLUMN_CIPHER, COLUMN_CIPHER_KEY, COLUMN_AUTH, COLUMN_AUTH_KEY,
              COLUMN_ESN, COLUMN_COUNT };

struct row {
    struct span columns[COLUMN_COUNT];
    unsigned count; /* also those beyond COLUMN_COUNT */
    bool open;      /* a quote is not closed */
};

/* A comma opens a column even where nothing follows it. */
static struct row split_row(struct span line)
{
    struct row row = { 0 };
    for (bool more = line.length > 0; more; row.count++) {
        struct span column, between;
        line = span_trim(line);
        if (line.length > 0 && line.at[0] == '"') {
            line.at++;
            line.length--;
            row.open = !memchr(line.at, '"', line.length);
            (void)span_until(&line, '"', &column);
            more = memchr(line.at, ',', line.length) != NULL;
            (void)span_until(&line, ',', &between);
        } else {
            more = memchr(line.at, ',', line.length) != NULL;
            (void)span_until(&line, ',', &column);
            column = span_trim(column);
        }
        if (row.count < COLUMN_COUNT)
            row.columns[row.count] = column;
    }
    return row;
}

static bool is_family(struct span column, uint8_t *family)
{
    *family = span_is_nocase(column, "IPv4") ? 4 : span_is_nocase(column, "IPv6") ? 6 : 0;
    return *family != 0;
}

/* "10.*.*.*" and "fe80::*": whole parts at the end may be wild, and make a prefix. */
static bool parse_wild(struct span text, uint8_t family, struct prefix *prefix)
{
    char separator = family == 4 ? '.' : ':';
    char plain[ADDR_TEXT_MAX];
    unsigned wild = 0, part = family == 4 ? 8 : 16;
    size_t length = 0;
    if (text.length >= sizeof plain)
        return false;
    for (size_t at = 0; at < text.length; at++) {
        bool alone = (at == 0 || text.at[at - 1] == separator) && (at + 1 == text.length || text.at[at + 1] == separator);
        if (text.at[at] == '*') {
            if (!alone)
                return false;
            wild++;
            plain[length++] = '0';
        } else {
            if (wild > 0 && text.at[at] != separator)
                return false;
            plain[length++] = text.at[at];
        }
    }
    if (!addr_parse(plain, length, &prefix->addr) || prefix->addr.family != family)
        return false;
    prefix->bits = (uint8_t)((family == 4 ? 32 : 128) - wild * part);
    return true;
}

static bool parse_address(struct span text, uint8_t family, struct prefix *prefix)
{
    *prefix = (struct prefix){ 0 };
    if (span_is(text, "*"))
        return true;
    if (memchr(text.at, '*', text.length))
        return parse_wild(text, family, prefix);
    return prefix_parse(text.at, text.length, prefix) && prefix->addr.family == family;
}

static int hex_value(char one)
{
    return one >= '0' && one <= '9' ? one - '0' : (one | 0x20) >= 'a' && (one | 0x20) <= 'f' ? (one | 0x20) - 'a' + 10 : -1;
}

/* A key as text stands for its characters; \xNN is how the table writes those that it cannot. */
static bool keep_text_key(struct secret *key, struct span text, const char *whose, const struct sa_sink *sink, uint32_t line)
{
    uint8_t bytes[SECRET_MAX + 1];
    size_t length = 0;
    for (size_t at = 0; at < text.length && length < sizeof bytes; length++) {
        int high, low;
        if (text.length - at >= 4 && text.at[at] == '\\' && text.at[at + 1] == 'x' && (high = hex_value(text.at[at + 2])) >= 0 &&
            (low = hex_value(text.at[at + 3])) >= 0) {
            bytes[length] = (uint8_t)(high << 4 | low);
            at += 4;
        } else {
            bytes[length] = (uint8_t)text.at[at++];
        }
    }
    bool kept = entry_key_bytes(key, bytes, length, whose, sink, line);
    secret_wipe(bytes, sizeof bytes);
    return kept;
}

static bool keep_key(struct secret *key, struct span column, const char *whose, const struct sa_sink *sink, uint32_t line)
{
    if (span_begins(column, "0x") || span_begins(column, "0X"))
        return entry_key_hex(key, column, whose, sink, line);
    return keep_text_key(key, column, whose, sink, line);
}

/* "ANY 128 bit authentication [no checking]": only the length of the ICV is known. */
static unsigned any_bits(struct span name)
{
    uint64_t bits;
    if (!span_begins(name, "ANY "))
        return 0;
    name.at += 4;
    name.length -= 4;
    return span_take_number(&name, &bits) && bits <= 512 && bits % 8 == 0 ? (unsigned)bits : 0;
}

/* Rows of save-keys tell the ICV of an AEAD in the column of the other algorithm; Wireshark itself refuses to read them. */
static bool read_algorithms(const struct row *row, struct sa_definition *definition, const struct sa_sink *sink, uint32_t line)
{
    struct span cipher = row->columns[COLUMN_CIPHER], auth = row->columns[COLUMN_AUTH];
    unsigned bits = any_bits(auth);
    if (!entry_encryption(definition, DIALECT_WIRESHARK, cipher, bits, sink, line))
        return false;
    if (definition->encryption && definition->encryption->icv != 0)
        return true;
    if (!entry_integrity(definition, DIALECT_WIRESHARK, auth, 0, sink, line))
        return false;
    if (bits != 0)
        definition->icv = (uint8_t)(bits / 8);
    return true;
}

static void read_row(const struct row *row, const struct sa_sink *sink, uint32_t line)
{
    struct sa_record record = { .event = SA_EVENT_DEFINE, .line = line };
    struct sa_definition *definition = &record.definition;
    char quote[QUOTE_MAX];
    uint8_t family;
    uint64_t spi;
    if (row->open || row->count < COLUMN_ESN || row->count > COLUMN_COUNT) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "The row has %u columns%s; 8 or 9 are right. It is left out.", row->count,
                     row->open ? ", the last without its closing quote" : "");
        return;
    }
    if (!is_family(row->columns[COLUMN_FAMILY], &family)) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "The row begins neither with IPv4 nor with IPv6; it is left out.");
        return;
    }
    for (enum column column = COLUMN_SRC; column <= COLUMN_DST; column++)
        if (!parse_address(row->columns[column], family, column == COLUMN_SRC ? &definition->src : &definition->dst)) {
            entry_remark(sink, REMARK_ERROR, line, "address", "The %s %s is no IPv%u address and no prefix of them; the row is left out.",
                         column == COLUMN_SRC ? "source" : "destination", entry_quote(quote, row->columns[column]), family);
            return;
        }
    if (memchr(row->columns[COLUMN_SPI].at, '*', row->columns[COLUMN_SPI].length)) {
        entry_remark(sink, REMARK_ERROR, line, "spi-wildcard", "An SPI with a wildcard names no SA; the row is left out.");
        return;
    }
    if (!span_number(row->columns[COLUMN_SPI], UINT32_MAX, &spi)) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "The SPI %s cannot be read; the row is left out.",
                     entry_quote(quote, row->columns[COLUMN_SPI]));
        return;
    }
    definition->proto = SA_PROTO_ESP;
    definition->spi = (uint32_t)spi;
    bool damaged = !read_algorithms(row, definition, sink, line);
    damaged = !keep_key(&definition->encryption_key, row->columns[COLUMN_CIPHER_KEY], "encryption", sink, line) || damaged;
    if (definition->encryption == NULL || definition->encryption->icv == 0)
        damaged = !keep_key(&definition->integrity_key, row->columns[COLUMN_AUTH_KEY], "integrity", sink, line) || damaged;
    if (row->count == COLUMN_COUNT) {
        definition->esn = span_is(row->columns[COLUMN_ESN], "64-bit");
        definition->esn_known = definition->esn || span_is(row->columns[COLUMN_ESN], "32-bit");
    }
    entry_need_keys(definition, damaged, sink, line);
    entry_give(&record, sink);
}

static unsigned recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, false);
    struct span line;
    uint8_t family;
    while (lines_next(&lines, &line)) {
        struct row row = split_row(line);
        if (row.count > COLUMN_SPI && is_family(row.columns[COLUMN_FAMILY], &family))
            return SURE_YES;
    }
    return SURE_NO;
}

static void import(const char *text, size_t length, const struct sa_sink *sink)
{
    struct lines lines = lines_over(text, length, false);
    struct span line;
    while (lines_next(&lines, &line)) {
        entry_overlong(&lines, sink);
        if (line.length == 0 || line.at[0] == '#')
            continue;
        struct row row = split_row(line);
        read_row(&row, sink, lines.number);
    }
}

const struct sa_format format_wireshark = { "wireshark", "Wireshark esp_sa", recognise, import };
