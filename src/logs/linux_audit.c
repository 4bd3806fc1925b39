/*
 * linux_audit: the kernel's MAC_IPSEC_EVENT records (type 1415), as auditd, ausearch -i, the kernel log and journald write them.
 * The record tells neither ESP from AH nor UDP encapsulation. Formats: net/xfrm/xfrm_state.c, xfrm_audit_*.
 */
#include "base/bytes.h"
#include "base/calendar.h"
#include "logs/format.h"

struct audit_row {
    const char *op;
    uint8_t kind;     /* enum drop_kind */
    uint16_t windows;
    uint8_t counter;  /* enum counter */
};

static const struct audit_row rows[] = {
    { "SA-notfound", DROP_PACKET, 13910, COUNTER_IN_NO_STATES },
    { "SA-replayed-pkt", DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { "SA-icv-failure", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR },
    { "SA-replay-overflow", DROP_PACKET, 0, COUNTER_OUT_STATE_SEQ_ERROR },
    { "SAD-add", DROP_SA_ADDED, 0, COUNTER_NONE },
    { "SAD-delete", DROP_SA_DELETED, 0, COUNTER_NONE },
};

static const struct audit_row *audit_find(struct span op)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(op, rows[i].op))
            return &rows[i];
    return NULL;
}

/* "4097(0x1001)": the number twice, and nothing else. */
static bool audit_spi(struct span value, struct drop_report *report)
{
    struct span decimal, rest = value;
    uint32_t number, hex;
    if (value.length < 2 || value.at[value.length - 1] != ')' || !span_until(&rest, '(', &decimal))
        return false;
    rest.length--;
    if (!field_number(decimal, &number) || !span_begins(rest, "0x") || !field_hex(rest, &hex))
        return false;
    drop_spi_twice(report, hex, number);
    return true;
}

/* "audit(1651071671.725:2412)" in seconds since 1970, or a date of ausearch -i in the reader's zone. */
static void audit_time(struct span text, struct drop_report *report)
{
    struct span behind, whole;
    uint64_t seconds;
    int64_t fraction = 0;
    if (!field_after(text, "audit(", &behind) || !span_until(&behind, ')', &whole))
        return;
    struct span rest = whole;
    struct drop_time time;
    if (span_take_number(&rest, &seconds) && rest.length > 0 && rest.at[0] == '.' && seconds < INT64_MAX / 1000000000) {
        calendar_fraction(&rest, &fraction);
        time = (struct drop_time){ .ns = (int64_t)seconds * 1000000000 + fraction, .known = true, .zoned = true, .dated = true };
    } else {
        rest = whole;
        if (!stamp_take(&rest, &time))
            return;
    }
    report->time = time;
    report->known |= DROP_TIME;
    report->stamp[0] = '\0';
}

/* Linux looks an IP-in-IP packet up with its source address in the place of the SPI (net/ipv4/xfrm4_tunnel.c). */
static bool audit_is_ipip(const struct drop_report *report)
{
    return report->src.family == 4 && (report->known & DROP_SEQ) && report->seq == 0 && bytes_get32(report->src.bytes) == report->spi;
}

static bool audit_is_record(struct span text)
{
    struct span type;
    if (span_begins(text, "MAC_IPSEC_EVENT") || span_begins(text, "UNKNOWN[1415]"))
        return true;
    return field_key(text, "type", &type) &&
           (span_is(type, "MAC_IPSEC_EVENT") || span_is(type, "UNKNOWN[1415]") || (span_is(type, "1415") && field_has(text, "audit(")));
}

static enum log_answer audit_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    struct span op, value;
    if (!audit_is_record(line->text))
        return LOG_FOREIGN;
    if (!field_key(line->text, "op", &op))
        return LOG_BROKEN;
    if (span_is(op, "SPD-add") || span_is(op, "SPD-delete"))
        return LOG_TAKEN;
    const struct audit_row *row = audit_find(op);
    if (row == NULL)
        return LOG_BROKEN;
    struct drop_report report = format_report(&format_linux_audit, row->op, line);
    report.kind = row->kind;
    report.windows = row->windows;
    report.counter = row->counter;
    audit_time(line->text, &report);
    if (!field_key(line->text, "src", &value) || !drop_src(&report, value) || !field_key(line->text, "dst", &value) || !drop_dst(&report, value))
        return LOG_BROKEN;
    bool history = row->kind != DROP_PACKET;
    if (field_key(line->text, "spi", &value) ? !audit_spi(value, &report) : history)
        return LOG_BROKEN;
    uint32_t seq;
    if (field_key(line->text, "seqno", &value)) {
        if (!field_number(value, &seq))
            return LOG_BROKEN;
        drop_seq(&report, seq);
    }
    if (field_key(line->text, "flowlbl", &value))
        drop_extra(&report, "flow", value);
    if (history && (!field_key(line->text, "res", &value) || span_is(value, "0") || span_is(value, "no") || span_is(value, "failed"))) {
        if (row->kind == DROP_SA_DELETED)
            return LOG_TAKEN;
        report.kind = DROP_NEGOTIATION; /* the kernel refused the SA */
        report.windows = 13860;
    }
    if (row->kind == DROP_PACKET && row->windows == 13910 && (report.known & DROP_SPI) && audit_is_ipip(&report))
        drop_doubt(&report, "The SPI is the source address written as a number: so Linux reports an IP-in-IP packet for which there is no tunnel. "
                            "It is neither ESP nor AH.");
    if (row->kind == DROP_PACKET && !(report.known & DROP_SPI))
        drop_doubt(&report, "The line has no SPI: the kernel leaves it out where the packet's header could not be told apart or was looked up without one.");
    intake_give(intake, &format_linux_audit, &report);
    return LOG_TAKEN;
}

const struct log_format format_linux_audit = {
    .name = "linux-audit", .title = "Linux audit", .never = DROP_PROTO, .line = audit_line,
};
