/* drop_report: filling a report in, and the doubts that need no format. */
#include "logs/drop_report.h"

#include <string.h>

#include "logs/fields.h"

enum { PROTOCOL_ESP = 50, PROTOCOL_AH = 51, SPI_RESERVED_MAX = 255 };

const char *drop_field_name(enum drop_field field)
{
    switch (field) {
    case DROP_TIME:
        return "time";
    case DROP_SRC:
        return "src";
    case DROP_DST:
        return "dst";
    case DROP_PROTO:
        return "proto";
    case DROP_SPI:
        return "spi";
    case DROP_SEQ:
        return "seq";
    case DROP_ALL:
        break;
    }
    return NULL;
}

void drop_doubt(struct drop_report *report, const char *sentence)
{
    for (unsigned i = 0; i < report->doubt_count; i++)
        if (strcmp(report->doubts[i], sentence) == 0)
            return;
    if (report->doubt_count < DROP_DOUBTS)
        report->doubts[report->doubt_count++] = sentence;
}

void drop_extra(struct drop_report *report, const char *name, struct span value)
{
    if (value.length == 0 || report->extra_count == DROP_EXTRAS || drop_extra_find(report, name))
        return;
    struct drop_extra *extra = &report->extras[report->extra_count++];
    size_t length = value.length < DROP_EXTRA_MAX - 1 ? value.length : DROP_EXTRA_MAX - 1;
    *extra = (struct drop_extra){ .name = name };
    for (size_t i = 0; i < length; i++)
        extra->value[i] = value.at[i] ? value.at[i] : '?';
}

const char *drop_extra_find(const struct drop_report *report, const char *name)
{
    for (unsigned i = 0; i < report->extra_count; i++)
        if (strcmp(report->extras[i].name, name) == 0)
            return report->extras[i].value;
    return NULL;
}

bool drop_src(struct drop_report *report, struct span address)
{
    if (!addr_parse(address.at, address.length, &report->src))
        return false;
    report->known |= DROP_SRC;
    return true;
}

bool drop_dst(struct drop_report *report, struct span address)
{
    if (!addr_parse(address.at, address.length, &report->dst))
        return false;
    report->known |= DROP_DST;
    return true;
}

void drop_proto(struct drop_report *report, uint8_t proto)
{
    report->proto = proto;
    report->known |= DROP_PROTO;
}

void drop_spi(struct drop_report *report, uint32_t spi)
{
    report->spi = spi;
    report->known |= DROP_SPI;
}

void drop_seq(struct drop_report *report, uint32_t seq)
{
    report->seq = seq;
    report->known |= DROP_SEQ;
}

bool drop_proto_text(struct drop_report *report, struct span text)
{
    if (span_is_nocase(text, "esp") || span_is(text, "50"))
        drop_proto(report, PROTOCOL_ESP);
    else if (span_is_nocase(text, "ah") || span_is(text, "51"))
        drop_proto(report, PROTOCOL_AH);
    else
        return false;
    return true;
}

void drop_spi_twice(struct drop_report *report, uint32_t hex, uint32_t decimal)
{
    drop_spi(report, hex);
    if (hex == decimal)
        return;
    report->other_spi = decimal;
    report->other_spi_known = true;
    report->contradiction = true;
    drop_doubt(report, "The SPI is written twice, in hexadecimal and in decimal, and the two differ: the line was edited or damaged on its way.");
}

static bool drop_is_printable(uint32_t word)
{
    for (unsigned shift = 0; shift < 32; shift += 8) {
        uint8_t byte = (uint8_t)(word >> shift);
        if (byte < 0x20 || byte > 0x7e)
            return false;
    }
    return true;
}

void drop_doubts(struct drop_report *report)
{
    bool has_spi = report->known & DROP_SPI, has_seq = report->known & DROP_SEQ;
    if (report->kind == DROP_SA_ADDED || report->kind == DROP_SA_DELETED || !has_spi)
        return;
    if (has_seq && drop_is_printable(report->spi) && drop_is_printable(report->seq))
        drop_doubt(report, "SPI and sequence number are eight printable characters: this is likely no IPsec at all but text that was sent to "
                           "port 4500 (a SIP or HTTP probe, for example), not a lost SA.");
    else if (report->spi != 0 && report->spi <= SPI_RESERVED_MAX)
        drop_doubt(report, "The SPI is one of 1 to 255, which are reserved: no negotiated SA has it.");
}
