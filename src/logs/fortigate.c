/*
 * fortigate: FortiGate's VPN events, key=value with or without quotes, and what `diagnose debug application ike` says of packets. SPIs and sequence numbers are hexadecimal without 0x. The local port is printed as 500
 * whatever the packet's was, and the log's rate is limited.
 */
#include "logs/format.h"

struct forti_row {
    const char *words;
    uint16_t windows;
    uint8_t counter;
};

static const struct forti_row rows[] = {
    { "unknown SPI", 13910, COUNTER_IN_NO_STATES },
    { "replayed packet", 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { "HMAC validation failed", 13915, COUNTER_IN_STATE_PROTO_ERROR },
};

/* The new name of a key, else the one of FortiOS 4. */
static bool forti_key(struct span text, const char *key, const char *old, struct span *value)
{
    return field_key(text, key, value) || field_key(text, old, value);
}

static bool forti_address(struct span text, const char *key, const char *old, bool (*put)(struct drop_report *, struct span), struct drop_report *report)
{
    struct span value;
    if (!forti_key(text, key, old, &value))
        return false;
    if (put(report, value))
        return true;
    drop_doubt(report, "An address in the line was masked before it came here.");
    return field_has(value, "x") || field_has(value, "*") || value.length == 0;
}

/* eventtime is in nanoseconds, in older versions in seconds or 0; date and time are local, tz their zone where it is told. */
static void forti_time(struct span text, struct drop_report *report)
{
    struct span value, date, time;
    uint64_t since;
    if (field_key(text, "eventtime", &value) && span_number(value, INT64_MAX, &since) && since > 0) {
        if (since < 100000000000u)
            since *= 1000000000u;
        report->time = (struct drop_time){ .ns = (int64_t)since, .known = true, .zoned = true, .dated = true };
        report->known |= DROP_TIME;
        return;
    }
    char stamp[40];
    if (!field_key(text, "date", &date) || !field_key(text, "time", &time) || date.length != 10 || time.length != 8)
        return;
    size_t length = 0;
    for (size_t i = 0; i < date.length; i++)
        stamp[length++] = date.at[i];
    stamp[length++] = ' ';
    for (size_t i = 0; i < time.length; i++)
        stamp[length++] = time.at[i];
    if (field_key(text, "tz", &value) && value.length <= 6)
        for (size_t i = 0; i < value.length; i++)
            stamp[length++] = value.at[i];
    struct span rest = { stamp, length };
    if (stamp_take(&rest, &report->time))
        report->known |= DROP_TIME;
}

/* "ike 1:My_VPN: invalid ESP 1 (HMAC) SPI fe2c9989 seq 0000c10f 9 192.0.2.1->198.51.100.2" */
static enum log_answer forti_debug(struct intake *intake, const struct log_line *line)
{
    struct span behind, reason, spi, seq, addresses, token;
    struct drop_report report = format_report(&format_fortigate, "invalid ESP", line);
    uint32_t number;
    if (!field_after(line->whole, ": invalid ESP ", &behind) || !field_after(behind, "(", &reason) || !field_token(&reason, ")", &token) ||
        !field_labelled(behind, ") SPI ", "", &spi) || spi.length != 8 || !field_hex(spi, &number) || !field_follows(behind, spi, " seq "))
        return LOG_BROKEN;
    drop_spi(&report, number);
    if (!field_labelled(behind, " seq ", "", &seq) || seq.length != 8 || !field_hex(seq, &number) || !field_after(behind, "->", &addresses))
        return LOG_BROKEN;
    drop_seq(&report, number);
    drop_proto(&report, 50);
    drop_extra(&report, "reason", token);
    bool integrity = span_is(token, "HMAC"); /* other reasons are not published */
    report.windows = integrity ? 13915 : 0;
    report.counter = integrity ? COUNTER_IN_STATE_PROTO_ERROR : COUNTER_NONE;
    size_t at = (size_t)(addresses.at - behind.at) - 2, begin = at;
    while (begin > 0 && behind.at[begin - 1] != ' ')
        begin--;
    if (!drop_src(&report, (struct span){ behind.at + begin, at - begin }) || !field_token(&addresses, "", &token) || !drop_dst(&report, token))
        return LOG_BROKEN;
    intake_give(intake, &format_fortigate, &report);
    return LOG_TAKEN;
}

/* An SA pair that was made: in_spi and out_spi of locip and remip. */
static enum log_answer forti_installed(struct intake *intake, const struct log_line *line)
{
    struct drop_report report = format_report(&format_fortigate, "install_sa", line);
    struct span value;
    uint32_t in, out;
    forti_time(line->whole, &report);
    if (!forti_address(line->whole, "remip", "rem_ip", drop_src, &report) || !forti_address(line->whole, "locip", "loc_ip", drop_dst, &report) ||
        !field_key(line->whole, "in_spi", &value) || value.length != 8 || !field_hex(value, &in) || !field_key(line->whole, "out_spi", &value) ||
        value.length != 8 || !field_hex(value, &out))
        return LOG_BROKEN;
    report.kind = DROP_SA_ADDED;
    drop_spi(&report, in);
    report.out_spi = out;
    report.out_spi_known = true;
    if (forti_key(line->whole, "vpntunnel", "vpn_tunnel", &value) && !span_is(value, "N/A"))
        drop_extra(&report, "tunnel", value);
    if (field_key(line->whole, "devname", &value))
        drop_extra(&report, "host", value);
    intake_give(intake, &format_fortigate, &report);
    return LOG_TAKEN;
}

static enum log_answer forti_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    struct span text = line->whole, value, error;
    if (field_has(text, ": invalid ESP ") && field_has(text, "ike "))
        return forti_debug(intake, line);
    if (field_key(text, "action", &value) && span_is(value, "install_sa"))
        return forti_installed(intake, line);
    if (!field_key(text, "status", &value) || !span_is(value, "esp_error") || !field_after(text, "error_num=", &error))
        return LOG_FOREIGN;
    const struct forti_row *row = NULL;
    for (size_t i = 0; row == NULL && i < sizeof rows / sizeof rows[0]; i++)
        if (field_has(error, rows[i].words))
            row = &rows[i];
    struct drop_report report = format_report(&format_fortigate, "IPsec ESP", line);
    report.windows = row ? row->windows : field_has(error, "Invalid ESP packet") ? 13914 : 0;
    report.counter = row ? row->counter : COUNTER_NONE;
    drop_proto(&report, 50);
    forti_time(text, &report);
    uint32_t number;
    if (!forti_address(text, "remip", "rem_ip", drop_src, &report) || !forti_address(text, "locip", "loc_ip", drop_dst, &report) ||
        !field_key(text, "spi", &value) || value.length != 8 || !field_hex(value, &number))
        return LOG_BROKEN;
    drop_spi(&report, number);
    if (field_key(text, "seq", &value)) {
        if (value.length != 8 || !field_hex(value, &number))
            return LOG_BROKEN;
        drop_seq(&report, number);
    }
    if (forti_key(text, "outintf", "out_intf", &value))
        drop_extra(&report, "interface", value);
    if (forti_key(text, "vpntunnel", "vpn_tunnel", &value) && !span_is(value, "N/A"))
        drop_extra(&report, "tunnel", value);
    if (field_key(text, "devname", &value))
        drop_extra(&report, "host", value);
    intake_give(intake, &format_fortigate, &report);
    return LOG_TAKEN;
}

const struct log_format format_fortigate = { .name = "fortigate", .title = "FortiGate", .limited = "FortiGate limits the rate of these lines", .line = forti_line };
