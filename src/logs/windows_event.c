/* windows_event: Security events 4960 to 4965 and 5451, System events 4283 to 4286, and what they mean. */
#include "logs/windows_event.h"

#include <string.h>

struct windows_row {
    uint16_t id;
    const char *name;
    uint8_t kind;
    uint16_t windows;    /* by the words of the message: no event names a code */
    uint8_t counter;
    const char *source;  /* part of the name of the log's source: other sources have the same numbers */
    const char *sentence; /* NULL: not known word by word */
};

/* A sentence that begins another comes behind it. 4964 is no event of IPsec (special groups at a logon) and so is not here. */
static const struct windows_row windows_rows[] = {
    { 4960, "4960", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR, "Security", "IPsec dropped an inbound packet that failed an integrity check" },
    { 4962, "4962", DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR, "Security",
      "IPsec dropped an inbound packet that failed a replay check. The inbound packet had too low a sequence number" },
    { 4961, "4961", DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR, "Security", "IPsec dropped an inbound packet that failed a replay check" },
    { 4963, "4963", DROP_PACKET, 13916, COUNTER_IN_TMPL_MISMATCH, "Security", "IPsec dropped an inbound clear text packet" },
    { 4965, "4965", DROP_PACKET, 13910, COUNTER_IN_NO_STATES, "Security",
      "IPsec received a packet from a remote computer with an incorrect Security Parameter Index" },
    { 5451, "5451", DROP_SA_ADDED, 0, COUNTER_NONE, "Security", "An IPsec quick mode security association was established" },
    { 4283, "4283", DROP_PACKET, 13910, COUNTER_IN_NO_STATES, "IPsec", "packet(s) with a bad Security Parameters Index from" },
    { 4284, "4284", DROP_PACKET, 13916, COUNTER_IN_TMPL_MISMATCH, "IPsec", NULL },
    { 4285, "4285", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR, "IPsec", NULL },
    { 4286, "4286", DROP_PACKET, 13914, COUNTER_NONE, "IPsec", NULL },
};

static const struct windows_row *windows_row(uint32_t id)
{
    for (size_t i = 0; i < sizeof windows_rows / sizeof windows_rows[0]; i++)
        if (windows_rows[i].id == id)
            return &windows_rows[i];
    return NULL;
}

uint16_t windows_event_sentence(struct span text)
{
    for (size_t i = 0; i < sizeof windows_rows / sizeof windows_rows[0]; i++)
        if (windows_rows[i].sentence && field_has(text, windows_rows[i].sentence))
            return windows_rows[i].id;
    return 0;
}

void windows_event_start(struct windows_event *event, const struct log_line *line)
{
    size_t length = line->stamp.length < DROP_STAMP_MAX - 1 ? line->stamp.length : DROP_STAMP_MAX - 1;
    *event = (struct windows_event){ .line = line->number, .time = line->time };
    if (length > 0)
        memcpy(event->stamp, line->stamp.at, length);
    windows_event_set(event, WINDOWS_COMPUTER, line->host);
}

void windows_event_set(struct windows_event *event, enum windows_field field, struct span value)
{
    value = span_trim(value);
    if (field == WINDOWS_FIELDS || event->values[field][0] || value.length == 0 || span_is(value, "-"))
        return;
    if (value.length >= WINDOWS_VALUE_MAX) {
        event->broken = true;
        return;
    }
    for (size_t i = 0; i < value.length; i++)
        event->values[field][i] = value.at[i] ? value.at[i] : '?';
}

enum windows_field windows_event_field(struct span name)
{
    static const struct { const char *name; enum windows_field field; } names[] = {
        { "RemoteAddress", WINDOWS_REMOTE }, { "LocalAddress", WINDOWS_LOCAL },
        { "RemoteTunnelEndpoint", WINDOWS_REMOTE_TUNNEL }, { "LocalTunnelEndpoint", WINDOWS_LOCAL_TUNNEL },
        { "SPI", WINDOWS_SPI }, { "InboundSpi", WINDOWS_IN_SPI }, { "OutboundSpi", WINDOWS_OUT_SPI },
        { "LifetimeSeconds", WINDOWS_SECONDS }, { "KeyingModuleName", WINDOWS_KEYMOD }, { "KeyModName", WINDOWS_KEYMOD },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is_nocase(name, names[i].name))
            return names[i].field;
    return WINDOWS_FIELDS;
}

static struct span windows_value(const struct windows_event *event, enum windows_field field)
{
    return (struct span){ event->values[field], strlen(event->values[field]) };
}

/* Whether the SPI of 4960 to 4965 is printed in decimal or hexadecimal is documented nowhere. */
static bool windows_spi(const struct windows_event *event, struct drop_report *report)
{
    struct span value = windows_value(event, WINDOWS_SPI);
    uint32_t spi, other;
    if (value.length == 0)
        return true;
    if (field_number(value, &spi)) {
        drop_spi(report, spi);
        if (!span_begins(value, "0x") && field_hex(value, &other) && other != spi) {
            report->other_spi = other;
            report->other_spi_known = true;
            drop_doubt(report, "Whether Windows writes this SPI in decimal or in hexadecimal is not documented; it is taken as decimal, and packets of "
                               "either are looked for.");
        }
        return true;
    }
    if (!field_hex(value, &spi))
        return false;
    drop_spi(report, spi);
    return true;
}

/* The outer addresses of an SA: those of the tunnel where there is one. */
static struct span windows_end(const struct windows_event *event, enum windows_field tunnel, enum windows_field host)
{
    struct span value = windows_value(event, tunnel);
    return value.length == 0 || span_is(value, "0.0.0.0") || span_is(value, "::") ? windows_value(event, host) : value;
}

static bool windows_sa(const struct windows_event *event, struct drop_report *report)
{
    uint32_t in = 0, out = 0;
    struct span out_spi = windows_value(event, WINDOWS_OUT_SPI);
    if (!drop_src(report, windows_end(event, WINDOWS_REMOTE_TUNNEL, WINDOWS_REMOTE)) ||
        !drop_dst(report, windows_end(event, WINDOWS_LOCAL_TUNNEL, WINDOWS_LOCAL)) ||
        !field_number(windows_value(event, WINDOWS_IN_SPI), &in) || (out_spi.length > 0 && !field_number(out_spi, &out)))
        return false;
    drop_spi(report, in);
    report->out_spi = out;
    report->out_spi_known = out_spi.length > 0;
    drop_extra(report, "lifetime_seconds", windows_value(event, WINDOWS_SECONDS));
    return true;
}

static bool windows_count(const struct windows_event *event, struct drop_report *report)
{
    struct span count = windows_value(event, WINDOWS_COUNT);
    uint32_t number;
    if (count.length == 0)
        return true;
    if (!field_number(count, &number) || number == 0)
        return false;
    report->count = number;
    return true;
}

static bool windows_fill(const struct windows_event *event, const struct windows_row *row, struct drop_report *report)
{
    struct span stamp = windows_value(event, WINDOWS_TIME), remote = windows_value(event, WINDOWS_REMOTE), rest = stamp;
    struct drop_time time;
    if (stamp.length > 0) {
        memset(report->stamp, 0, sizeof report->stamp);
        memcpy(report->stamp, stamp.at, stamp.length < DROP_STAMP_MAX - 1 ? stamp.length : DROP_STAMP_MAX - 1);
        report->time = stamp_take(&rest, &time) ? time : (struct drop_time){ 0 };
        report->known = (report->known & ~(uint32_t)DROP_TIME) | (report->time.known ? DROP_TIME : 0);
    }
    report->kind = row->kind;
    report->windows = row->windows;
    report->counter = row->counter;
    drop_extra(report, "host", windows_value(event, WINDOWS_COMPUTER));
    if (row->kind == DROP_SA_ADDED)
        return windows_sa(event, report);
    return (remote.length == 0 || drop_src(report, remote)) && windows_spi(event, report) && windows_count(event, report);
}

enum log_answer windows_event_give(struct intake *intake, struct windows_event *event)
{
    struct windows_event whole = *event;
    struct log_line line = { .number = whole.line, .time = whole.time, .stamp = { whole.stamp, strlen(whole.stamp) } };
    struct span id = windows_value(&whole, WINDOWS_ID), source = windows_value(&whole, WINDOWS_PROVIDER);
    uint32_t number = whole.sentence;
    *event = (struct windows_event){ .line = 0 };
    if (whole.line == 0)
        return LOG_FOREIGN;
    if (id.length > 0 && (!field_number(id, &number) || (whole.sentence && number != whole.sentence)))
        return LOG_BROKEN;
    const struct windows_row *row = windows_row(number);
    if (row == NULL || (source.length > 0 && !field_has(source, row->source)) || (source.length == 0 && row->sentence == NULL))
        return LOG_TAKEN; /* an event of another kind, or of another source */
    struct drop_report report = format_report(&format_windows_event, row->name, &line);
    if (whole.broken || !windows_fill(&whole, row, &report))
        return LOG_BROKEN;
    intake_give(intake, &format_windows_event, &report);
    return LOG_TAKEN;
}
