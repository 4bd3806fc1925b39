/*
 * cisco_ios: what Cisco IOS, IOS-XE and PIX up to 6 say of IPsec packets. IOS limits the rate of these lines (one a minute or half a minute for each
 * peer), so their number is no count of packets.
 *
 * Theory of operation. Some messages go on in the next lines (connection, SPI, sequence number). A line that lacks what its message ends with stays open,
 * and the following lines are joined to it, until it is whole or another message comes.
 */
#include <string.h>

#include "logs/format.h"

#define IOS_JOINED 512 /* bytes of a message that are read */

struct ios_row {
    const char *mark, *name;
    const char *last;     /* the label of what the message ends with, or NULL: one line always */
    uint8_t kind;
    uint16_t windows;
    uint8_t counter;
};

static const struct ios_row rows[] = {
    { "-RECVD_PKT_INV_SPI:", "RECVD_PKT_INV_SPI", NULL, DROP_PACKET, 13910, COUNTER_IN_NO_STATES },
    { "PIX-4-402101:", "402101", NULL, DROP_PACKET, 13910, COUNTER_IN_NO_STATES },
    { "-PKT_REPLAY_ERR:", "PKT_REPLAY_ERR", "sequence number=", DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { "-RECVD_PKT_MAC_ERR:", "RECVD_PKT_MAC_ERR", "seqno=", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR },
    { "-RECVD_PKT_NOT_IPSEC:", "RECVD_PKT_NOT_IPSEC", NULL, DROP_PACKET, 13916, COUNTER_IN_TMPL_MISMATCH },
    { "-IKMP_NO_SA:", "IKMP_NO_SA", NULL, DROP_NEGOTIATION, 13846, COUNTER_NONE },
    { "IPSEC-3-REPLAY_ERROR:", "REPLAY_ERROR", NULL, DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { "IPSEC-3-HMAC_ERROR:", "HMAC_ERROR", NULL, DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR },
    { "anti-replay drop on sa=", "anti-replay drop", NULL, DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR },
};

struct ios_memory {
    const struct ios_row *row; /* of the open message */
    struct drop_report report;
    char text[IOS_JOINED];
    size_t length;
};

/* An address, or one that somebody masked, which is no damage. */
static bool ios_address(struct span text, const char *label, bool (*put)(struct drop_report *, struct span), struct drop_report *report)
{
    struct span token;
    if (!field_labelled(text, label, ",", &token))
        return false;
    if (token.at[0] == '/') /* "vrf/address", without a vrf */
        token = (struct span){ token.at + 1, token.length - 1 };
    if (token.length > 1 && token.at[token.length - 1] == '.') /* of the sentence */
        token.length--;
    if (put(report, token))
        return true;
    drop_doubt(report, "An address in the line was masked before it came here.");
    return field_has(token, "x.x") || field_has(token, "*");
}

/*
 * "0x3EA71AED(1051138797)" or, of the PIX, one of the two; the parenthesis must be closed, or the line was cut;
 * a number alone ends the line.
 */
static bool ios_spi(struct span text, const struct ios_row *row, struct drop_report *report)
{
    struct span token, rest, hex;
    uint32_t number, decimal;
    if (!field_labelled(text, " spi=", ",", &token))
        return false;
    rest = token;
    if (!memchr(token.at, '(', token.length)) {
        if (span_is((struct span){ row->name, strlen(row->name) }, "RECVD_PKT_INV_SPI") ||
            token.at + token.length != text.at + text.length || !field_number(token, &number))
            return false;
        drop_spi(report, number);
        return true;
    }
    if (token.at[token.length - 1] != ')' || !span_until(&rest, '(', &hex) || !field_hex(hex, &number))
        return false;
    rest.length--;
    if (!field_number(rest, &decimal))
        return false;
    drop_spi_twice(report, number, decimal);
    return true;
}

static bool ios_invalid_spi(struct span text, const struct ios_row *row, struct drop_report *report)
{
    struct span token;
    if (!ios_address(text, "destaddr=", drop_dst, report) || !ios_spi(text, row, report))
        return false;
    if (field_has(text, "srcaddr=") && !ios_address(text, "srcaddr=", drop_src, report))
        return false;
    if (field_labelled(text, "prot=", ",", &token))
        drop_proto_text(report, token);
    if (field_labelled(text, "input interface=", ",", &token))
        drop_extra(report, "interface", token);
    return true;
}

static bool ios_replay(struct span text, struct drop_report *report)
{
    struct span token;
    uint32_t number;
    if (field_labelled(text, "sequence number=", ",", &token)) {
        if (!field_number(token, &number))
            return false;
        drop_seq(report, number);
    }
    if (field_labelled(text, "connection id=", ",", &token))
        drop_extra(report, "connection", token);
    return true;
}

/* Eight hexadecimal digits each; fewer were cut. */
static bool ios_mac(struct span text, struct drop_report *report)
{
    struct span token;
    uint32_t number;
    if (field_labelled(text, " remote=", ",", &token) && !drop_src(report, token))
        return false;
    if (field_labelled(text, " local=", ",", &token) && !drop_dst(report, token))
        return false;
    if (field_labelled(text, " spi=", ",", &token)) {
        if (token.length != 8 || !field_hex(token, &number))
            return false;
        drop_spi(report, number);
    }
    if (field_labelled(text, " seqno=", ",", &token)) {
        if (token.length != 8 || !field_hex(token, &number))
            return false;
        drop_seq(report, number);
    }
    if (field_labelled(text, " id=", ",", &token))
        drop_extra(report, "connection", token);
    return true;
}

static bool ios_clear(struct span text, struct drop_report *report)
{
    struct span token;
    if (!ios_address(text, "dest_addr=", drop_dst, report) || !ios_address(text, "src_addr=", drop_src, report))
        return false;
    if (field_labelled(text, "prot=", ",", &token))
        drop_extra(report, "inner-protocol", token);
    return true;
}

static bool ios_ike(struct span text, struct drop_report *report)
{
    struct span token;
    return field_has(text, "has no SA") && field_labelled(text, "IKE message from ", "", &token) && drop_src(report, token);
}

static bool ios_xe(struct span text, struct drop_report *report)
{
    struct span token;
    uint32_t number;
    if (!ios_address(text, "src_addr ", drop_src, report) || !ios_address(text, "dest_addr ", drop_dst, report) ||
        !field_labelled(text, ", SPI ", ",", &token) || token.at + token.length != text.at + text.length ||
        !span_begins(token, "0x") || !field_hex(token, &number))
        return false;
    drop_spi(report, number);
    if (field_labelled(text, "DP Handle ", ",", &token))
        drop_extra(report, "handle", token);
    return true;
}

/* "src A dst B , spi 3855/(0xf0f), ip_id 43798, sns_idx 0, seq_no=5, ar_highest=2554" */
static bool ios_xe_window(struct span text, struct drop_report *report)
{
    struct span token, decimal;
    uint32_t number, hex;
    if (!ios_address(text, ", src ", drop_src, report) || !ios_address(text, " dst ", drop_dst, report) ||
        !field_labelled(text, " spi ", ",", &token) || !span_until(&token, '/', &decimal) || !field_number(decimal, &number) || token.length < 3 ||
        token.at[0] != '(' || token.at[token.length - 1] != ')' || !field_hex((struct span){ token.at + 1, token.length - 2 }, &hex))
        return false;
    drop_spi_twice(report, hex, number);
    if (field_labelled(text, "seq_no=", ",", &token) && field_number(token, &number))
        drop_seq(report, number);
    if (field_labelled(text, "ar_highest=", ",", &token))
        drop_extra(report, "highest", token);
    return true;
}

static bool ios_read(const struct ios_row *row, struct span text, struct drop_report *report)
{
    switch (row->windows) {
    case 13910:
        return ios_invalid_spi(text, row, report);
    case 13916:
        return ios_clear(text, report);
    case 13846:
        return ios_ike(text, report);
    default:
        break;
    }
    if (span_begins((struct span){ row->mark, strlen(row->mark) }, "IPSEC-3"))
        return ios_xe(text, report);
    if (row->mark[0] == 'a')
        return ios_xe_window(text, report);
    return row->windows == 13915 ? ios_mac(text, report) : ios_replay(text, report);
}

static void ios_join(struct ios_memory *memory, struct span text)
{
    size_t room = sizeof memory->text - memory->length;
    if (room < 2)
        return;
    memory->text[memory->length++] = ' ';
    size_t length = text.length < room - 1 ? text.length : room - 1;
    memcpy(memory->text + memory->length, text.at, length);
    memory->length += length;
}

static struct span ios_joined(const struct ios_memory *memory)
{
    return (struct span){ memory->text, memory->length };
}

/* Gives what was joined; a field that never came stays unknown, one that cannot be read makes the message broken. */
static enum log_answer ios_close(struct intake *intake, void *opaque)
{
    struct ios_memory *memory = opaque;
    struct drop_report report = memory->report;
    const struct ios_row *row = memory->row;
    if (row == NULL)
        return LOG_TAKEN;
    memory->row = NULL;
    if (!ios_read(row, ios_joined(memory), &report))
        return LOG_BROKEN;
    intake_give(intake, &format_cisco_ios, &report);
    return LOG_TAKEN;
}

static enum log_answer ios_more(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct ios_memory *memory = opaque;
    (void)intake;
    if (memory->row == NULL || memchr(line->text.at, '%', line->text.length) ||
        !(line->indented || span_begins(line->text, "decrypt:") || span_begins(line->text, "connection id=") || span_begins(line->text, "id=") ||
          span_begins(line->text, "seqno=")))
        return LOG_FOREIGN;
    ios_join(memory, line->text);
    return field_has(ios_joined(memory), memory->row->last) ? LOG_TAKEN : LOG_OPEN;
}

static enum log_answer ios_line(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct ios_memory *memory = opaque;
    struct span behind;
    const struct ios_row *row = NULL;
    for (size_t i = 0; row == NULL && i < sizeof rows / sizeof rows[0]; i++)
        if (field_after(line->whole, rows[i].mark, &behind) && (rows[i].mark[0] == 'a' || memchr(line->whole.at, '%', line->whole.length)))
            row = &rows[i];
    if (row == NULL)
        return LOG_FOREIGN;
    struct drop_report report = format_report(&format_cisco_ios, row->name, line);
    report.kind = row->kind;
    report.windows = row->windows;
    report.counter = row->counter;
    if (row->last && !field_has(behind, row->last)) {
        *memory = (struct ios_memory){ .row = row, .report = report };
        ios_join(memory, behind);
        return LOG_OPEN;
    }
    if (!ios_read(row, behind, &report))
        return LOG_BROKEN;
    intake_give(intake, &format_cisco_ios, &report);
    return LOG_TAKEN;
}

const struct log_format format_cisco_ios = {
    .name = "cisco-ios", .title = "Cisco IOS", .limited = "IOS is reported to write about one such line a minute for each peer",
    .memory = sizeof(struct ios_memory), .line = ios_line, .more = ios_more, .close = ios_close,
};
