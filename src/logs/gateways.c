/*
 * gateways: Zyxel, Check Point, Clavister and NSG, of whose messages little more than the words is published. What a line tells besides is read where it
 * stands under its own name; where a manual leaves the order of fields open, fields are known by their form.
 */
#include "logs/format.h"

struct gateway_row {
    const struct log_format *format;
    const char *words, *event;
    const char *beside;   /* must stand in the line as well; NULL: the words are enough */
    uint16_t windows;
    uint8_t counter;
};

static const struct gateway_row rows[] = {
    { &format_zyxel, "Receive IPSec packet, but no corresponding tunnel exists", "no tunnel", NULL, 13910, COUNTER_IN_NO_STATES },
    { &format_zyxel, "!! Cannot find IPSec SA", "no SA", NULL, 13910, COUNTER_IN_NO_STATES },
    { &format_zyxel, "!! Cannot find Phase 2 SA", "no SA", NULL, 13910, COUNTER_IN_NO_STATES },
    { &format_zyxel, "Discard REPLAY packet", "replay", NULL, 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { &format_zyxel, "Inbound packet authentication failed", "authentication failed", NULL, 13915, COUNTER_IN_STATE_PROTO_ERROR },
    { &format_check_point, "Unknown SPI for IPsec packet", "unknown SPI", NULL, 13910, COUNTER_IN_NO_STATES },
    { &format_check_point, "Could not get SAs from packet", "no SAs", NULL, 13910, COUNTER_IN_NO_STATES },
    { &format_clavister, "Anti-replay check failed", "anti-replay", "seqno", 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { &format_clavister, "Bad ciphertext length", "bad ciphertext length", "seqno", 13914, COUNTER_IN_STATE_PROTO_ERROR },
    { &format_clavister, "Bad next header", "bad next header", "seqno", 13914, COUNTER_IN_STATE_PROTO_ERROR },
};

/* src="192.0.2.1:500", src=192.0.2.1, "src: 192.0.2.1;". False: one is there that is no address, masked or damaged. */
static bool gateway_address(struct span text, const char *key, const char *label, bool (*put)(struct drop_report *, struct span), struct drop_report *report)
{
    struct span value;
    if (!field_key(text, key, &value) && !field_labelled(text, label, ";,\"", &value))
        return true;
    if (put(report, value))
        return true;
    for (size_t at = value.length; at > 0; at--) /* a port behind it */
        if (value.at[at - 1] == ':')
            return put(report, (struct span){ value.at, at - 1 });
    return false;
}

static enum log_answer gateway_line(struct intake *intake, const struct log_format *format, const struct log_line *line)
{
    struct span value;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gateway_row *row = &rows[i];
        if (row->format != format || !field_has(line->whole, row->words) || (row->beside && !field_has(line->whole, row->beside)))
            continue;
        struct drop_report report = format_report(format, row->event, line);
        report.windows = row->windows;
        report.counter = row->counter;
        if (!gateway_address(line->whole, "src", " src:", drop_src, &report) || !gateway_address(line->whole, "dst", " dst:", drop_dst, &report))
            return LOG_BROKEN;
        if (row->beside && field_key(line->whole, "seqno", &value)) {
            uint32_t seq;
            if (!field_number(value, &seq))
                return LOG_BROKEN;
            drop_seq(&report, seq);
        }
        intake_give(intake, format, &report);
        return LOG_TAKEN;
    }
    return LOG_FOREIGN;
}

static enum log_answer zyxel_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    return gateway_line(intake, &format_zyxel, line);
}

static enum log_answer check_point_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    return gateway_line(intake, &format_check_point, line);
}

static enum log_answer clavister_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    return gateway_line(intake, &format_clavister, line);
}

/* A number that the manual does not say the base of: decimal if all digits are, and hexadecimal is the other reading. */
static bool nsg_spi(struct span token, struct drop_report *report)
{
    uint32_t decimal, hex;
    if (!field_hex(token, &hex))
        return false;
    bool marked = span_begins(token, "0x");
    drop_spi(report, hex);
    if (!marked && field_number(token, &decimal)) {
        drop_spi(report, decimal);
        report->other_spi = hex;
        report->other_spi_known = true;
        drop_doubt(report, "The line does not say whether the SPI is decimal or hexadecimal: both readings are looked for.");
    }
    return true;
}

/* "(SPI 4097) 192.0.2.1 -> 198.51.100.2 :" or "(SPI 192.0.2.1) 198.51.100.2 -> 4097 :": the manual gives the second order and can mean the first. */
static bool nsg_no_sa(struct span text, struct drop_report *report)
{
    struct span behind, first, second, third, arrow;
    if (!field_after(text, "(SPI ", &behind) || !field_token(&behind, ")", &first) || !span_begins(behind, ")"))
        return false;
    behind = (struct span){ behind.at + 1, behind.length - 1 };
    if (!field_token(&behind, "", &second) || !field_after(behind, "-> ", &behind))
        return false;
    arrow = behind;
    if (!field_token(&behind, "", &third) || third.at != arrow.at || !span_begins(behind, " : disc"))
        return false;
    if (drop_src(report, first))
        return drop_dst(report, second) && nsg_spi(third, report);
    return drop_src(report, second) && drop_dst(report, third) && nsg_spi(first, report);
}

/* ELS messages: "ISEC.001 No ESP SA for pkt (SPI ...", "ISEC.002 Disc ESP / HMAC-MD5 pkt 192.0.2.1 -> 198.51.100.2 : auth sig failed, nt 3" */
static enum log_answer nsg_line(struct intake *intake, void *memory, const struct log_line *line)
{
    struct span behind, proto, src, dst;
    (void)memory;
    bool lost = field_after(line->whole, "ISEC.001 No ", &behind);
    if (!lost && !field_after(line->whole, "ISEC.002 Disc", &behind))
        return LOG_FOREIGN;
    struct drop_report report = format_report(&format_nsg, lost ? "ISEC.001" : "ISEC.002", line);
    report.windows = lost ? 13910 : 13915;
    report.counter = lost ? COUNTER_IN_NO_STATES : COUNTER_IN_STATE_PROTO_ERROR;
    if (span_begins(behind, "arding ")) /* the long form */
        behind = (struct span){ behind.at + 7, behind.length - 7 };
    if (!field_token(&behind, "/", &proto) || !drop_proto_text(&report, proto))
        return LOG_BROKEN;
    if (lost ? !nsg_no_sa(behind, &report)
             : !field_after(behind, " p", &behind) || !field_token(&behind, "", &src) || !field_token(&behind, "", &src) || !drop_src(&report, src) ||
                   !field_after(behind, "-> ", &behind) || !field_token(&behind, "", &dst) || !drop_dst(&report, dst) || !field_has(behind, ": auth"))
        return LOG_BROKEN;
    intake_give(intake, &format_nsg, &report);
    return LOG_TAKEN;
}

const struct log_format format_zyxel = { .name = "zyxel", .title = "Zyxel", .never = DROP_PROTO | DROP_SPI | DROP_SEQ, .line = zyxel_line };
const struct log_format format_check_point = { .name = "check-point", .title = "Check Point", .line = check_point_line };
const struct log_format format_clavister = { .name = "clavister", .title = "Clavister", .never = DROP_SPI, .line = clavister_line };
const struct log_format format_nsg = { .name = "nsg", .title = "NSG", .never = DROP_SEQ, .line = nsg_line };
