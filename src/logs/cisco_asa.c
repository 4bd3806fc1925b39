/*
 * cisco_asa: what Cisco ASA, PIX 7 and FTD say of IPsec packets (402114 to 402121) and SAs (602303, 602304). Each message of the first kind is written
 * at most once in five seconds, so their number is no count of packets. Formats: Cisco's syslog guide.
 */
#include "logs/format.h"

struct asa_row {
    const char *number, *words; /* the words tell that the line is the one that the number promises */
    uint8_t kind;
    uint16_t windows;
    uint8_t counter;
};

static const struct asa_row rows[] = {
    { "402114", "with an invalid SPI", DROP_PACKET, 13910, COUNTER_IN_NO_STATES },
    { "402115", "data instead of", DROP_PACKET, 13912, COUNTER_NONE },
    { "402116", "decapsulated inner packet", DROP_PACKET, 13912, COUNTER_NONE },
    { "402117", "Received a non-IPSec packet", DROP_PACKET, 13916, COUNTER_IN_TMPL_MISMATCH },
    { "402118", "illegal IP fragment", DROP_PACKET, 13914, COUNTER_NONE },
    { "402119", "failed anti-replay", DROP_PACKET, 13913, COUNTER_IN_STATE_SEQ_ERROR },
    { "402120", "failed authentication", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR },
    { "402121", "was dropped by IPSec", DROP_PACKET, 0, COUNTER_NONE },
    { "602303", "has been created", DROP_SA_ADDED, 0, COUNTER_NONE },
    { "602304", "has been deleted", DROP_SA_DELETED, 0, COUNTER_NONE },
};

/* "%ASA-4-402114:", "%ASA-vpn-4-402114:", "%FTD-6-602303:": the row, and what stands behind the colon. */
static const struct asa_row *asa_find(struct span text, struct span *behind)
{
    if (!field_after(text, "%ASA-", behind) && !field_after(text, "%PIX-", behind) && !field_after(text, "%FTD-", behind))
        return NULL;
    struct span rest = *behind, name;
    if (!span_until(&rest, ':', &name) || name.length < 8)
        return NULL;
    struct span number = { name.at + name.length - 6, 6 };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(number, rows[i].number)) {
            *behind = rest;
            return &rows[i];
        }
    return NULL;
}

/* A number in "(SPI= 0x76F99C4C, sequence number= 0x2D)": what follows it must be there, or it may be cut. */
static bool asa_number(struct span text, const char *label, const char *follows, uint32_t *number)
{
    struct span token;
    return field_labelled(text, label, ",)", &token) && field_follows(text, token, follows) &&
           (span_begins(token, "0x") || span_begins(token, "0X")) && field_hex(token, number);
}

static bool asa_history(const struct asa_row *row, struct span text, struct drop_report *report)
{
    struct span local, remote, user;
    uint32_t spi;
    bool out = field_has(text, "An outbound "), in = field_has(text, "An inbound ");
    if (in == out || !asa_number(text, "SPI=", ") between ", &spi) || !field_labelled(text, " between ", ",", &local) || !field_labelled(text, " and ", ",", &remote))
        return false;
    report->kind = row->kind;
    drop_spi(report, spi);
    if (field_labelled(text, "(user=", ")", &user))
        drop_extra(report, "user", user);
    return out ? drop_src(report, local) && drop_dst(report, remote) : drop_src(report, remote) && drop_dst(report, local);
}

static bool asa_packet(const struct asa_row *row, struct span text, struct drop_report *report)
{
    struct span token, behind;
    uint32_t number;
    bool clear = row->windows == 13916, numbered = field_has(text, "(SPI=");
    if (!field_has(text, row->words) || !field_labelled(text, " from ", ",", &token) || !drop_src(report, token) ||
        !field_labelled(text, " to ", ",", &token))
        return false;
    if (token.length > 0 && token.at[token.length - 1] == '.')
        token.length--;
    if (!drop_dst(report, token))
        return false;
    if (field_labelled(text, "Received an ", ",", &token))
        drop_proto_text(report, token);
    if (numbered) {
        if (!asa_number(text, "SPI=", ", sequence number=", &number))
            return false;
        drop_spi(report, number);
        if (!asa_number(text, "sequence number=", ")", &number))
            return false;
        drop_seq(report, number);
    } else if (!clear && !span_is((struct span){ row->number, 6 }, "402115")) {
        return false;
    }
    if (field_labelled(text, "(user=", ")", &token))
        drop_extra(report, "user", token);
    if (clear && field_labelled(text, "(protocol=", ")", &token))
        drop_extra(report, "inner-protocol", token);
    if (field_after(text, "dropped by IPSec (", &behind) && span_until(&behind, ')', &token))
        drop_extra(report, "reason", token);
    if (field_labelled(text, "destination as ", ",", &token))
        drop_extra(report, "inner-dst", token);
    if (field_labelled(text, "its source as ", ",", &token))
        drop_extra(report, "inner-src", token);
    return true;
}

static enum log_answer asa_line(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    struct span text;
    const struct asa_row *row = asa_find(line->whole, &text);
    if (row == NULL)
        return LOG_FOREIGN;
    struct drop_report report = format_report(&format_cisco_asa, row->number, line);
    report.windows = row->windows;
    report.counter = row->counter;
    if (row->kind == DROP_PACKET ? !asa_packet(row, text, &report) : !asa_history(row, text, &report))
        return LOG_BROKEN;
    intake_give(intake, &format_cisco_asa, &report);
    return LOG_TAKEN;
}

const struct log_format format_cisco_asa = { .name = "cisco-asa", .title = "Cisco ASA", .limited = "an ASA writes at most one such line in 5 s", .line = asa_line };
