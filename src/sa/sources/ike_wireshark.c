/*
 * ike_wireshark: rows of Wireshark's tables for IKE, also what strongSwan's save-keys plugin writes.
 *
 * ikev1_decryption_table: initiator's cookie,key
 * ikev2_decryption_table: SPIi,SPIr,SK_ei,SK_er,"AES-CBC-128 [RFC3602]",SK_ai,SK_ar,"HMAC_SHA2_256_128 [RFC4868]"
 * Both may stand in one file; the number of columns tells them apart.
 */
#include <string.h>

#include "sa/sources/entry.h"
#include "sa/sources/formats.h"
#include "sa/sources/ike_source.h"

enum column { COLUMN_SPI_I, COLUMN_SPI_R, COLUMN_SK_EI, COLUMN_SK_ER, COLUMN_CIPHER, COLUMN_SK_AI, COLUMN_SK_AR, COLUMN_AUTH,
              COLUMN_COUNT };
#define COLUMN_KEY COLUMN_SPI_R /* of version 1 */
#define COLUMNS_IKEV1 2

struct row {
    struct span columns[COLUMN_COUNT];
    unsigned count; /* also those beyond COLUMN_COUNT */
    bool open;      /* a quote is not closed */
};

static struct row split_row(struct span line)
{
    struct row row = { 0 };
    for (bool more = line.length > 0; more; row.count++) {
        struct span column, behind;
        line = span_trim(line);
        bool quoted = line.length > 0 && line.at[0] == '"';
        if (quoted) {
            line.at++;
            line.length--;
            row.open = row.open || !memchr(line.at, '"', line.length);
            (void)span_until(&line, '"', &column);
        }
        more = memchr(line.at, ',', line.length) != NULL;
        (void)span_until(&line, ',', &behind);
        if (row.count < COLUMN_COUNT)
            row.columns[row.count] = span_trim(quoted ? column : behind);
    }
    return row;
}

/* "AES-GCM-256 with 16 octet ICV [RFC5282]" without the reference to its RFC. */
static struct span without_reference(struct span name)
{
    const char *bracket = memchr(name.at, '[', name.length);
    if (bracket != NULL)
        name.length = (size_t)(bracket - name.at);
    return span_trim(name);
}

static bool take(struct span *name, const char *literal)
{
    size_t length = strlen(literal);
    if (!span_begins(*name, literal))
        return false;
    name->at += length;
    name->length -= length;
    return true;
}

/* *bits: the key's, where the name tells them. */
static const struct encryption *find_encryption(struct span name, unsigned *bits)
{
    static const struct {
        const char *family, *with, *row;
    } names[] = {
        { "AES-CBC-", "", "AES-CBC" },
        { "AES-CTR-", "", "AES-CTR" },
        { "AES-GCM-", " with 8 octet ICV", "AES-GCM-8" },
        { "AES-GCM-", " with 12 octet ICV", "AES-GCM-12" },
        { "AES-GCM-", " with 16 octet ICV", "AES-GCM-16" },
        { "AES-CCM-", " with 8 octet ICV", "AES-CCM-8" },
        { "AES-CCM-", " with 12 octet ICV", "AES-CCM-12" },
        { "AES-CCM-", " with 16 octet ICV", "AES-CCM-16" },
        { "CAMELLIA-CBC-", "", "CAMELLIA-CBC" },
        { "CAMELLIA-CTR-", "", "CAMELLIA-CTR" },
    };
    *bits = 0;
    name = without_reference(name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct span rest = name;
        uint64_t number;
        if (take(&rest, names[i].family) && span_take_number(&rest, &number) && number <= 512 && span_is(rest, names[i].with)) {
            *bits = (unsigned)number;
            return suite_encryption_find(DIALECT_ESPLAIN, names[i].row, strlen(names[i].row), 0);
        }
    }
    if (span_is_nocase(name, "3DES"))
        return suite_encryption_find(DIALECT_ESPLAIN, "3DES-CBC", 8, 0);
    return suite_encryption_find(DIALECT_ESPLAIN, name.at, name.length, 0);
}

/* "NONE [RFC4306]", "HMAC_SHA1_96 [RFC2404]", "ANY 96-bits of Authentication [No Checking]". False: no such algorithm. */
static bool find_integrity(struct span name, struct ike_params *params)
{
    uint64_t bits;
    name = without_reference(name);
    if (name.length == 0)
        return true;
    struct span any = name;
    if (take(&any, "ANY ") && span_take_number(&any, &bits) && bits <= 512 && bits % 8 == 0) {
        params->unchecked = (uint8_t)(bits / 8);
        return true;
    }
    params->integrity = suite_integrity_find(DIALECT_STRONGSWAN, name.at, name.length, 0);
    if (params->integrity == NULL)
        params->integrity = suite_integrity_find(DIALECT_ESPLAIN, name.at, name.length, 0);
    return params->integrity != NULL;
}

static bool read_algorithms(const struct row *row, struct ike_params *params, const struct ike_key_sink *sink, uint32_t line)
{
    char quote[QUOTE_MAX];
    unsigned bits;
    struct span cipher = row->columns[COLUMN_CIPHER], auth = row->columns[COLUMN_AUTH];
    params->encryption = find_encryption(cipher, &bits);
    if (params->encryption == NULL) {
        entry_remark(sink->remarks, REMARK_ERROR, line, "algorithm", "The encryption algorithm %s is not known; the row is left out.",
                     entry_quote(quote, cipher));
        return false;
    }
    /* 8 hexadecimal digits make 32 bits; the salt is not counted in the name. */
    size_t digits = row->columns[COLUMN_SK_EI].length;
    if (take(&(struct span){ row->columns[COLUMN_SK_EI].at, digits }, "0x"))
        digits -= 2;
    if (bits != 0 && digits > 0 && digits * 4 != bits + params->encryption->salt * 8u)
        entry_remark(sink->remarks, REMARK_WARNING, line, "key-length", "The name %s does not fit a key of %u bytes.",
                     entry_quote(quote, cipher), (unsigned)digits / 2);
    if (params->encryption->icv != 0) /* an AEAD: what the other column says is of no use */
        return true;
    if (find_integrity(auth, params))
        return true;
    entry_remark(sink->remarks, REMARK_ERROR, line, "algorithm", "The integrity algorithm %s is not known; the row is left out.",
                 entry_quote(quote, auth));
    return false;
}

static void read_ikev1(const struct row *row, const struct ike_key_sink *sink, uint32_t line)
{
    struct ike_key key = { .version = 1, .spi_i_known = true, .line = line };
    struct secret *secret = &key.params.encryption_key[IKE_INITIATOR];
    if (!ike_source_spi(row->columns[COLUMN_SPI_I], key.spi_i)) {
        entry_remark(sink->remarks, REMARK_ERROR, line, "damaged",
                     "The initiator's cookie is not 16 hexadecimal digits; the row is left out.");
        return;
    }
    if (!entry_key_hex(secret, row->columns[COLUMN_KEY], "encryption", sink->remarks, line))
        return;
    if (secret->length == 0)
        entry_remark(sink->remarks, REMARK_WARNING, line, "key-missing", "The row has no key; it is left out.");
    else
        sink->key(sink->context, &key);
}

static void read_ikev2(const struct row *row, const struct ike_key_sink *sink, uint32_t line)
{
    struct ike_key key = { .version = 2, .spi_i_known = true, .line = line };
    bool given = row->columns[COLUMN_SPI_R].length > 0;
    if (!ike_source_spi(row->columns[COLUMN_SPI_I], key.spi_i) || (given && !ike_source_spi(row->columns[COLUMN_SPI_R], key.spi_r))) {
        entry_remark(sink->remarks, REMARK_ERROR, line, "damaged", "An SPI is not 16 hexadecimal digits; the row is left out.");
        return;
    }
    key.spi_r_known = given;
    if (!read_algorithms(row, &key.params, sink, line))
        return;
    bool initiator = ike_source_keys(&key, IKE_INITIATOR, row->columns[COLUMN_SK_EI], row->columns[COLUMN_SK_AI], sink, line);
    bool responder = ike_source_keys(&key, IKE_RESPONDER, row->columns[COLUMN_SK_ER], row->columns[COLUMN_SK_AR], sink, line);
    if (initiator || responder)
        sink->key(sink->context, &key);
}

static bool recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, false);
    struct span line;
    uint8_t spi[8];
    while (lines_next(&lines, &line)) {
        struct row row = split_row(line);
        if ((row.count == COLUMNS_IKEV1 || row.count == COLUMN_COUNT) && ike_source_spi(row.columns[COLUMN_SPI_I], spi))
            return true;
    }
    return false;
}

static void import(const char *text, size_t length, const struct ike_key_sink *sink)
{
    struct lines lines = lines_over(text, length, false);
    struct span line;
    while (lines_next(&lines, &line)) {
        entry_overlong(&lines, sink->remarks);
        if (line.length == 0 || line.at[0] == '#')
            continue;
        struct row row = split_row(line);
        if (row.open || (row.count != COLUMNS_IKEV1 && row.count != COLUMN_COUNT))
            entry_remark(sink->remarks, REMARK_ERROR, lines.number, "damaged",
                         "The row has %u columns%s; 2 (IKEv1) or 8 (IKEv2) are right. It is left out.", row.count,
                         row.open ? ", one without its closing quote" : "");
        else if (row.count == COLUMNS_IKEV1)
            read_ikev1(&row, sink, lines.number);
        else
            read_ikev2(&row, sink, lines.number);
    }
}

const struct ike_key_format ike_format_wireshark = { "wireshark", "Wireshark ikev1/ikev2_decryption_table", recognise, import };
