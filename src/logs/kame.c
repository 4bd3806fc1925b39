/*
 * kame: what the kernels of macOS, FreeBSD and NetBSD, and others that come from KAME, say of IPsec packets, where their IPsec debugging is on.
 * Formats: bsd/netinet6 of xnu, netipsec of FreeBSD and NetBSD. SPIs are decimal, behind "SA ADDRESS/" hexadecimal without 0x.
 */
#include "logs/format.h"

struct kame_row {
    const char *words, *event;
    uint16_t windows;
    uint8_t counter;
    bool packet;          /* "packet(SPI=1 src=A dst=B) SA(...)" follows; else "spi 1" */
};

static const struct kame_row rows[] = {
    { " input: no key association found for spi ", "no key association", 13910, COUNTER_IN_NO_STATES, false },
    { " input: non-mature/dying SA found for spi ", "SA not mature", 13910, COUNTER_ACQUIRE_ERROR, false },
    { "replay packet in IPv", "replay packet", 13913, COUNTER_IN_STATE_SEQ_ERROR, true },
    { "auth fail in IPv", "auth fail", 13915, COUNTER_IN_STATE_PROTO_ERROR, true },
};

/* ESP or AH, of "IPv4 ESP input". */
static bool kame_proto(struct span text, struct drop_report *report)
{
    if (field_has(text, " ESP input:"))
        drop_proto(report, 50);
    else if (field_has(text, " AH input:"))
        drop_proto(report, 51);
    else
        return false;
    return true;
}

/* "305419896 (0x12345678)", or of older ones "305419896;dropping the packet for simplicity". */
static bool kame_spi(struct span behind, struct drop_report *report)
{
    struct span number, hex;
    const char *begin = behind.at;
    uint32_t decimal, twice;
    if (!field_token(&behind, ";", &number) || number.at != begin || !field_number(number, &decimal))
        return false;
    if (span_begins(behind, ";")) {
        drop_spi(report, decimal);
        return true;
    }
    if (!span_begins(behind, " (") || !field_after(behind, "(", &behind) || !field_token(&behind, ")", &hex) || !span_begins(hex, "0x") ||
        hex.length != 10 || !field_hex(hex, &twice) || !span_begins(behind, ")"))
        return false;
    drop_spi_twice(report, twice, decimal);
    return true;
}

/* "seq(7) idx(0) packet(SPI=305419896 src=192.0.2.1 dst=198.51.100.2) SA(SPI=... src=... dst=...)" */
static bool kame_packet(struct span text, struct drop_report *report)
{
    struct span packet, seq, spi, src, dst;
    uint32_t number;
    if (!field_after(text, "packet(SPI=", &packet))
        return false;
    struct span rest = packet;
    if (!field_token(&rest, ")", &spi) || spi.at != packet.at || !field_number(spi, &number) || !span_begins(rest, " src=") || !field_labelled(packet, " src=", " )", &src) || !drop_src(report, src) ||
        !field_labelled(packet, " dst=", " )", &dst) || !drop_dst(report, dst) || !field_follows(packet, dst, ")"))
        return false;
    drop_spi(report, number);
    if (field_labelled(text, " seq(", ")", &seq)) {
        if (!field_number(seq, &number))
            return false;
        drop_seq(report, number);
    }
    return true;
}

/* "192.0.2.2/c0000201/50", of NetBSD with a port behind it. */
static enum log_answer kame_association(struct intake *intake, const struct log_line *line, struct span behind)
{
    struct drop_report report = format_report(&format_kame, "no key association", line);
    struct span address, spi, proto;
    uint32_t number;
    if (!span_until(&behind, '/', &address) || !drop_dst(&report, address) || !span_until(&behind, '/', &spi) || spi.length != 8 ||
        !field_hex(spi, &number) || !field_token(&behind, "/", &proto) || !drop_proto_text(&report, proto))
        return LOG_BROKEN;
    drop_spi(&report, number);
    report.windows = 13910;
    report.counter = COUNTER_IN_NO_STATES;
    intake_give(intake, &format_kame, &report);
    return LOG_TAKEN;
}

static enum log_answer kame_line(struct intake *intake, void *memory, const struct log_line *line)
{
    struct span behind;
    (void)memory;
    if (field_after(line->whole, "no key association found for SA ", &behind))
        return kame_association(intake, line, behind);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!field_after(line->whole, rows[i].words, &behind))
            continue;
        struct drop_report report = format_report(&format_kame, rows[i].event, line);
        report.windows = rows[i].windows;
        report.counter = rows[i].counter;
        if (!kame_proto(line->whole, &report) || !(rows[i].packet ? kame_packet(line->whole, &report) : kame_spi(behind, &report)))
            return LOG_BROKEN;
        intake_give(intake, &format_kame, &report);
        return LOG_TAKEN;
    }
    return LOG_FOREIGN;
}

const struct log_format format_kame = { .name = "bsd-kernel", .title = "kernels of macOS and BSD", .line = kame_line };
