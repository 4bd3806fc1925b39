/*
 * strongswan: charon's log, as its file, syslog, journald or `swanctl --log` show it: Child SAs that come and go, refusals, failures, drops of libipsec
 * and of kernel-wfp.
 *
 * Theory of operation. A line is "NN[GRP] <conn|id> text", NN a thread, the name only where the logger is told to write it. Texts name no addresses, so
 * those of the message that the thread handles are remembered, and those of each named IKE SA: a line that tells of a Child SA is always written while a
 * message is handled, a retransmission is not. Lines that close a Child SA are written by any thread; their SPIs find what was said when it came.
 * The inbound SA of a Child SA that was replaced stays for some seconds after the line (delete_rekeyed_delay), and no line tells its end: only the
 * outbound one is told as deleted then. Child SAs that end with their IKE SA are told by no line at all.
 */
#include "logs/strongswan.h"

#include <string.h>

#include "logs/document.h"

#define SWAN_PREFIX_MAX 200 /* where the mark must stand */

static bool swan_upper(char one)
{
    return one >= 'A' && one <= 'Z';
}

static bool swan_digit(char one)
{
    return one >= '0' && one <= '9';
}

/* "07[IKE] " or "07[IKE1] ", at the front or behind a blank. */
static bool swan_mark(struct span whole, struct swan_line *line)
{
    size_t most = whole.length < SWAN_PREFIX_MAX ? whole.length : SWAN_PREFIX_MAX;
    for (size_t at = 2; at + 5 < most; at++) {
        if (whole.at[at] != '[' || !swan_digit(whole.at[at - 1]) || !swan_digit(whole.at[at - 2]))
            continue;
        size_t first = at - 2, close = at + 4;
        while (first > 0 && at - first < 5 && swan_digit(whole.at[first - 1]))
            first--;
        if (close < whole.length && swan_digit(whole.at[close]))
            close++;
        if ((first > 0 && whole.at[first - 1] != ' ') || !swan_upper(whole.at[at + 1]) || !swan_upper(whole.at[at + 2]) ||
            !swan_upper(whole.at[at + 3]) || close + 1 >= whole.length || whole.at[close] != ']' || whole.at[close + 1] != ' ')
            continue;
        line->thread = 0;
        for (size_t i = first; i < at; i++)
            line->thread = line->thread * 10 + (unsigned)(whole.at[i] - '0');
        line->mark = whole.at + first;
        line->group = (struct span){ whole.at + at + 1, 3 };
        line->text = (struct span){ whole.at + close + 2, whole.length - close - 2 };
        return true;
    }
    return false;
}

static bool swan_group_known(struct span group)
{
    static const char *const groups[] = { "DMN", "MGR", "IKE", "CHD", "JOB", "CFG", "KNL", "NET", "ASN", "ENC", "TNC", "IMC", "IMV", "PTS", "TLS",
                                          "APP", "ESP", "LIB" };
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (span_is(group, groups[i]))
            return true;
    return false;
}

/* "<t|1> " in front of the text. */
static void swan_name(struct swan_line *line)
{
    const char *end = line->text.length > 0 && line->text.at[0] == '<' ? memchr(line->text.at, '>', line->text.length) : NULL;
    line->name = (struct span){ line->text.at, 0 };
    if (end == NULL)
        return;
    line->name = (struct span){ line->text.at + 1, (size_t)(end - line->text.at) - 1 };
    line->text = (struct span){ end + 1, (size_t)(line->text.at + line->text.length - end - 1) };
}

/* Who the line's thread and IKE SA talk with. */
static void swan_find(struct swan_memory *memory, const struct log_line *whole, struct swan_line *line)
{
    if (line->name.length > 0) { /* the number of the IKE SA alone: it has no name yet while it begins */
        struct span number = line->name;
        size_t at = number.length;
        while (at > 0 && number.at[at - 1] != '|')
            at--;
        number = (struct span){ number.at + at, number.length - at };
        line->sa = daemon_talk_keep(&memory->daemon, daemon_key(whole->host, number, UINT32_MAX));
    }
    uint64_t key = line->sa ? line->sa->key : 0;
    line->talk = daemon_talk_keep(&memory->daemon, daemon_key(whole->host, (struct span){ "thread", 6 }, line->thread));
    if (line->sa && line->sa->key != key) /* the thread took its place */
        line->sa = NULL;
}

static bool swan_split(struct swan_memory *memory, const struct log_line *whole, struct swan_line *line)
{
    *line = (struct swan_line){ 0 };
    if (!swan_mark(whole->whole, line) || !swan_group_known(line->group))
        return false;
    swan_name(line);
    line->text = span_trim(line->text);
    swan_find(memory, whole, line);
    return true;
}

const struct daemon_talk *swan_talk(const struct swan_line *line, bool handling)
{
    if (line->sa && line->sa->peer.family)
        return line->sa;
    return handling && line->talk->peer.family ? line->talk : NULL;
}

struct drop_report swan_report(const struct swan_line *line, const char *event, const struct log_line *whole)
{
    struct drop_report report = format_report(&format_strongswan, event, whole);
    struct span before = span_trim((struct span){ whole->whole.at, (size_t)(line->mark - whole->whole.at) });
    if (!whole->time.known && before.length < DROP_STAMP_MAX && before.length > 0 && swan_digit(before.at[0]))
        memcpy(report.stamp, before.at, before.length);
    return report;
}

/* Eight digits at the front. */
static bool swan_spi_here(struct span text, const char *follows, uint32_t *spi)
{
    struct span digits = { text.at, 8 };
    return text.length >= 8 && field_follows(text, digits, follows) && !span_begins(digits, "0x") && field_hex(digits, spi);
}

bool swan_spi(struct span text, const char *label, const char *follows, uint32_t *spi)
{
    struct span behind;
    return field_after(text, label, &behind) && swan_spi_here(behind, follows, spi);
}

/* "from 192.0.2.1[500] to 198.51.100.2[500] (272 bytes)" */
static void swan_packet(struct swan_line *line, bool received)
{
    struct span behind, text;
    struct addr from, to;
    if (!field_after(line->text, "packet: from ", &behind) || !field_token(&behind, "[", &text) || !addr_parse(text.at, text.length, &from) ||
        !field_labelled(behind, "] to ", "[", &text) || !addr_parse(text.at, text.length, &to))
        return;
    struct daemon_talk *both[] = { line->talk, line->sa };
    for (size_t i = 0; i < 2; i++)
        if (both[i]) {
            both[i]->local = received ? to : from;
            both[i]->peer = received ? from : to;
        }
    if (received) {
        line->talk->proto = 0;
        line->talk->gave_up = line->talk->no_spi = line->talk->no_entry = false;
    }
}

static struct drop_report swan_sa_report(const struct swan_line *line, const struct log_line *whole, const char *event, enum drop_kind kind)
{
    struct span selectors;
    struct drop_report report = swan_report(line, event, whole);
    const char *child = memchr(line->text.at, '}', line->text.length);
    struct span rest = { line->text.at, child ? (size_t)(child - line->text.at) + 1 : 0 }, before;
    report.kind = (uint8_t)kind;
    if (field_after(rest, "CHILD_SA ", &before))
        drop_extra(&report, "child", before);
    if (field_after(line->text, " and TS ", &selectors))
        drop_extra(&report, "selectors", selectors);
    return report;
}

static void swan_ends(struct drop_report *report, const struct addr *src, const struct addr *dst, uint8_t proto)
{
    if (src->family && dst->family) {
        report->src = *src;
        report->dst = *dst;
        report->known |= DROP_SRC | DROP_DST;
    }
    if (proto)
        drop_proto(report, proto);
}

/* The name of a Child SA without its number: that of its successors. */
static uint64_t swan_child_name(const struct swan_line *line, const struct log_line *whole)
{
    struct span behind, name;
    if (!field_after(line->text, "CHILD_SA ", &behind) || !span_until(&behind, '{', &name))
        name = (struct span){ line->text.at, 0 };
    return daemon_key(whole->host, name, 0);
}

/* "CHILD_SA c{1} established with SPIs cf39a4dd_i c9af0365_o and TS ...", of both directions or of one. */
static enum log_answer swan_established(struct intake *intake, struct swan_memory *memory, const struct swan_line *line, const struct log_line *whole)
{
    bool in_alone = span_begins(line->text, "inbound "), out_alone = span_begins(line->text, "outbound ");
    struct drop_report report = swan_sa_report(line, whole, "CHILD_SA established", DROP_SA_ADDED);
    const struct daemon_talk *talk = swan_talk(line, true);
    struct daemon_child child = { .name = swan_child_name(line, whole), .proto = line->talk->proto };
    if (!swan_spi(line->text, " with SPIs ", "_i ", &child.in) || !swan_spi(line->text, "_i ", "_o", &child.out))
        return LOG_BROKEN;
    if (talk) {
        child.local = talk->local;
        child.peer = talk->peer;
    }
    const struct daemon_child *before = daemon_child_find(&memory->daemon, child.in, child.out);
    if (before) /* its other direction was told */
        child.proto = before->proto;
    else
        daemon_child_keep(&memory->daemon, &child);
    drop_spi(&report, out_alone ? child.out : child.in);
    if (out_alone)
        swan_ends(&report, &child.local, &child.peer, child.proto);
    else
        swan_ends(&report, &child.peer, &child.local, child.proto);
    report.out_spi_known = !in_alone && !out_alone;
    report.out_spi = report.out_spi_known ? child.out : 0;
    intake_give(intake, &format_strongswan, &report);
    return LOG_TAKEN;
}

/* "closing CHILD_SA c{1} with SPIs cf39a4dd_i (840 bytes) c9af0365_o (840 bytes) and TS ...", "closing expired CHILD_SA ..." without counts. */
static enum log_answer swan_closing(struct intake *intake, struct swan_memory *memory, const struct swan_line *line, const struct log_line *whole)
{
    struct drop_report report = swan_sa_report(line, whole, "CHILD_SA closing", DROP_SA_DELETED);
    struct span behind;
    uint32_t in, out;
    if (!swan_spi(line->text, " with SPIs ", "_i ", &in) || !field_after(line->text, "_i ", &behind))
        return LOG_BROKEN;
    if (span_begins(behind, "(") && !field_after(behind, " bytes) ", &behind))
        return LOG_BROKEN;
    if (!swan_spi_here(behind, "_o", &out))
        return LOG_BROKEN;
    const struct daemon_child *child = daemon_child_find(&memory->daemon, in, out);
    bool stays = child == NULL || child->replaced;
    drop_spi(&report, stays ? out : in);
    if (child && stays)
        swan_ends(&report, &child->local, &child->peer, child->proto);
    else if (child)
        swan_ends(&report, &child->peer, &child->local, child->proto);
    if (stays) {
        char spi[12] = "0x";
        for (unsigned i = 0; i < 8; i++)
            spi[2 + i] = "0123456789abcdef"[in >> (28 - 4 * i) & 15];
        drop_extra(&report, "inbound", (struct span){ spi, 10 });
        drop_doubt(&report, "The inbound SA of a Child SA that was replaced stays for some seconds more, and no line tells its end.");
    } else {
        report.out_spi = out;
        report.out_spi_known = true;
    }
    intake_give(intake, &format_strongswan, &report);
    return LOG_TAKEN;
}

static enum log_answer swan_read(struct intake *intake, struct swan_memory *memory, struct swan_line *line, const struct log_line *whole)
{
    if (span_begins(line->text, "received packet: from ") || span_begins(line->text, "sending packet: from ")) {
        swan_packet(line, line->text.at[0] == 'r');
        return LOG_TAKEN;
    }
    if (span_begins(line->text, "selected proposal: "))
        line->talk->proto = field_has(line->text, ": ESP:") ? 50 : field_has(line->text, ": AH:") ? 51 : line->talk->proto;
    bool child = span_begins(line->text, "CHILD_SA ") || span_begins(line->text, "inbound CHILD_SA ") || span_begins(line->text, "outbound CHILD_SA ");
    if (child && field_has(line->text, "} established"))
        return swan_established(intake, memory, line, whole);
    if (span_begins(line->text, "closing CHILD_SA ") || span_begins(line->text, "closing expired CHILD_SA "))
        return swan_closing(intake, memory, line, whole);
    enum log_answer answer = swan_failure(intake, memory, line, whole);
    return answer == LOG_FOREIGN ? LOG_TAKEN : answer;
}

static enum log_answer swan_line(struct intake *intake, void *opaque, const struct log_line *whole)
{
    struct swan_line line;
    return swan_split(opaque, whole, &line) ? swan_read(intake, opaque, &line, whole) : LOG_FOREIGN;
}

/* Behind a refused sequence number: "src 192.0.2.1, dst 198.51.100.2, SPI c0000201 [seq 7]". */
static enum log_answer swan_refused(struct intake *intake, struct swan_memory *memory, struct span text)
{
    struct drop_report *report = &memory->open;
    struct span src, dst, seq;
    uint32_t spi, number;
    memory->open_thread = 0;
    if (!field_labelled(text, "src ", ",", &src) || !drop_src(report, src) || !field_labelled(text, ", dst ", ",", &dst) || !drop_dst(report, dst) ||
        !swan_spi(text, ", SPI ", " [seq ", &spi) || !field_labelled(text, " [seq ", "]", &seq) || !field_follows(text, seq, "]") ||
        !field_number(seq, &number))
        return LOG_BROKEN;
    drop_spi(report, spi);
    drop_seq(report, number);
    intake_give(intake, &format_strongswan, report);
    return LOG_TAKEN;
}

static enum log_answer swan_more(struct intake *intake, void *opaque, const struct log_line *whole)
{
    struct swan_memory *memory = opaque;
    struct swan_line line;
    if (!swan_split(memory, whole, &line) || line.talk->key != memory->open_thread || !span_begins(line.text, "src "))
        return LOG_FOREIGN;
    return swan_refused(intake, memory, line.text);
}

static enum log_answer swan_close(struct intake *intake, void *opaque)
{
    struct swan_memory *memory = opaque;
    if (memory->open_thread)
        intake_give(intake, &format_strongswan, &memory->open);
    memory->open_thread = 0;
    return LOG_TAKEN;
}

/* {"time":"...","thread":7,"group":"IKE","level":1,"ikesa-uniqueid":"1","ikesa-name":"t","msg":"..."}: a file logger with `json`. */
static enum log_answer swan_json(struct intake *intake, void *opaque, const struct log_line *whole, const struct document *document)
{
    struct swan_memory *memory = opaque;
    struct log_line around = *whole;
    struct swan_line line = { .mark = whole->whole.at };
    struct span message, first, time;
    uint64_t thread;
    if (!document_number(document_member(document, "thread"), UINT32_MAX, &thread) || !document_text(document_member(document, "group"), &line.group) ||
        !document_text(document_member(document, "msg"), &message) || !swan_group_known(line.group))
        return LOG_FOREIGN;
    line.thread = (unsigned)thread;
    if (!document_text(document_member(document, "ikesa-uniqueid"), &line.name))
        line.name = (struct span){ message.at, 0 };
    if (document_text(document_member(document, "time"), &time)) {
        around.stamp = time;
        stamp_take(&time, &around.time);
    }
    if (!span_until(&message, '\n', &first))
        return LOG_TAKEN;
    line.text = span_trim(first);
    swan_find(memory, &around, &line);
    enum log_answer answer = swan_read(intake, memory, &line, &around);
    if (answer != LOG_OPEN)
        return answer;
    message = span_trim(message);
    return message.length > 0 ? swan_refused(intake, memory, message) : swan_close(intake, memory);
}

const struct log_format format_strongswan = {
    .name = "strongswan", .title = "strongSwan", .memory = sizeof(struct swan_memory), .line = swan_line, .more = swan_more, .close = swan_close,
    .json = swan_json,
};
