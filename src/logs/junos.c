/*
 * junos: Juniper's reports of dropped packets, of Junos (RT_IPSEC_*, KMD_PM_SA_ESTABLISHED) and of ScreenOS, whose words are the same but for the names.
 * ScreenOS writes one line in ten seconds for each tunnel.
 */
#include "logs/format.h"

struct junos_row {
    const char *words, *event;
    uint16_t windows;
    uint8_t counter;
};

static const struct junos_row rows[] = {
    { "received a packet with a bad SPI", "bad SPI", 13910, COUNTER_IN_NO_STATES },
    { "Replay packet detected on IPSec tunnel", "replay", 13913, COUNTER_IN_STATE_SEQ_ERROR },
};

/* "192.0.2.1->198.51.100.2/96, ESP" or "From 192.0.2.1 to 198.51.100.2/128, ESP"; masked addresses are no damage. */
static bool junos_addresses(struct span text, struct drop_report *report)
{
    struct span behind, src, dst;
    if (field_after(text, "! From ", &behind)) {
        if (!field_token(&behind, ",", &src) || !field_labelled(behind, " to ", ",/", &dst))
            return false;
    } else {
        struct span arrow;
        if (!field_after(text, "with a bad SPI. ", &behind) || !field_after(behind, "->", &arrow) || !field_token(&arrow, ",/", &dst))
            return false;
        src = (struct span){ behind.at, (size_t)(dst.at - behind.at) };
        struct span rest = src;
        if (!field_token(&rest, "-", &src))
            return false;
    }
    bool read = drop_src(report, src);
    read = drop_dst(report, dst) && read;
    if (!read)
        drop_doubt(report, "An address in the line was masked before it came here.");
    return read || field_has(src, "x") || field_has(dst, "x");
}

/* A number with what follows it, without which it may be cut. */
static bool junos_number(struct span text, const char *label, const char *follows, uint32_t *number)
{
    struct span token;
    return field_labelled(text, label, ",.", &token) && field_follows(text, token, follows) && span_begins(token, "0x") && field_hex(token, number);
}

static enum log_answer junos_packet(struct intake *intake, const struct log_format *format, const struct log_line *line)
{
    struct span behind, token;
    const struct junos_row *row = NULL;
    for (size_t i = 0; row == NULL && i < sizeof rows / sizeof rows[0]; i++)
        if (field_has(line->whole, rows[i].words))
            row = &rows[i];
    if (row == NULL || !field_after(line->whole, "with tunnel ID ", &behind))
        return LOG_FOREIGN;
    struct drop_report report = format_report(format, row->event, line);
    uint32_t number;
    report.windows = row->windows;
    report.counter = row->counter;
    if (!junos_addresses(line->whole, &report) || !junos_number(behind, ", SPI ", ", SEQ ", &number))
        return LOG_BROKEN;
    drop_spi(&report, number);
    if (!junos_number(behind, ", SEQ ", ".", &number))
        return LOG_BROKEN;
    drop_seq(&report, number);
    drop_proto(&report, field_has(behind, ", AH,") ? 51 : 50);
    if (field_token(&behind, "! ,", &token))
        drop_extra(&report, "tunnel", token);
    if (format == &format_junos && row->windows == 13910)
        drop_doubt(&report, "The form of this Junos message is not verified by a published line.");
    intake_give(intake, format, &report);
    return LOG_TAKEN;
}

static enum log_answer junos_established(struct intake *intake, const struct log_line *line)
{
    struct span local, remote, token;
    uint32_t number;
    bool in = field_has(line->whole, "Direction: inbound,"), out = field_has(line->whole, "Direction: outbound,");
    struct drop_report report = format_report(&format_junos, "KMD_PM_SA_ESTABLISHED", line);
    report.kind = DROP_SA_ADDED;
    if (in == out || !field_labelled(line->whole, "Local gateway:", ",", &local) || !field_labelled(line->whole, "Remote gateway:", ",", &remote) ||
        !junos_number(line->whole, ", SPI:", ", AUX-SPI:", &number) || !drop_src(&report, in ? remote : local) || !drop_dst(&report, in ? local : remote))
        return LOG_BROKEN;
    drop_spi(&report, number);
    if (field_labelled(line->whole, "Mode:", ",", &token))
        drop_extra(&report, "mode", token);
    intake_give(intake, &format_junos, &report);
    return LOG_TAKEN;
}

static enum log_answer junos_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    if (field_has(line->whole, "KMD_PM_SA_ESTABLISHED:"))
        return junos_established(intake, line);
    return field_has(line->whole, "RT_IPSEC_") ? junos_packet(intake, &format_junos, line) : LOG_FOREIGN;
}

static enum log_answer screenos_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    return field_has(line->whole, "RT_IPSEC_") ? LOG_FOREIGN : junos_packet(intake, &format_screenos, line);
}

const struct log_format format_junos = { .name = "junos", .title = "Junos", .line = junos_line };
const struct log_format format_screenos = { .name = "screenos", .title = "ScreenOS", .limited = "ScreenOS writes one such line in 10 s for each tunnel", .line = screenos_line };
