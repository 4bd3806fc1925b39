/*
 * libreswan: pluto's log, from syslog, journald, its own file or `ipsec up`: Child SAs that came, refusals of either side, silence, the kernel's answers.
 *
 * Theory of operation. A line is `"conn"[instance] peer #serial: text` or `packet from peer:port: text`. Only instances name the peer in every line; of
 * others it is remembered by the serial, from the lines of the exchange, and a Child SA's line names its IKE SA's serial ("using #1"). No line names the
 * local address: SAs are told with both SPIs, and find no place in the SA history. Formats: libreswan 3 to 5.
 */
#include <string.h>

#include "logs/daemon.h"

struct pluto_line {
    struct span connection;   /* with its quotes */
    uint32_t serial;          /* 0: none */
    struct addr peer;         /* family 0: not told */
    struct span text;
    struct daemon_talk *talk; /* of the serial; NULL: none */
};

/* A notify's name stands behind `before`. */
struct pluto_notify {
    const char *before;
    bool sent;                /* this side refuses */
};

static const struct pluto_notify notifies[] = {
    { "response rejected Child SA with ", false },
    { "authentication request rejected by peer: ", false },
    { "CREATE_CHILD_SA failed with error notification ", false },
    { "CHILD SA failed: ", false },
    { " was rejected with ", false },
    { "response containing ", false },
    { "ignoring informational payload ", false },
    { "ignoring secured informational payload ", false },
    { "ignoring unsecured informational payload ", false },
    { "sending notification ", true },
    { "sending encrypted notification ", true },
    { "encrypted notification ", true }, /* also "unencrypted": "responding to ... with ..." */
};

/* Serials begin anew with each pluto: another connection's is another's. */
static uint64_t pluto_key(const struct log_line *whole, const struct pluto_line *line, uint32_t serial)
{
    return daemon_key(whole->host, line->connection, serial);
}

/* "...192.0.2.1===10.0.0.0/8", "[1] 192.0.2.1", "10.0.10.1/32=== ...192.0.2.1": the last word that is an address. */
static struct addr pluto_instance(struct span rest)
{
    struct addr found = { .family = 0 }, addr;
    struct span word;
    while (span_word(&rest, &word)) {
        while (word.length > 0 && word.at[0] == '.')
            word = (struct span){ word.at + 1, word.length - 1 };
        const char *equals = memchr(word.at, '=', word.length);
        if (equals)
            word.length = (size_t)(equals - word.at);
        if (addr_parse(word.at, word.length, &addr))
            found = addr;
    }
    return found;
}

/* "192.0.2.1:500: ", "[2001:db8::1]:500: ", "2001:db8::1:500: " */
static bool pluto_from(struct span text, struct pluto_line *line)
{
    struct span rest, end;
    if (!field_after(text, "packet from ", &rest) || rest.at != text.at + 12 || !field_after(rest, ": ", &end))
        return false;
    struct span address = { rest.at, (size_t)(end.at - rest.at) - 2 };
    while (address.length > 0 && address.at[address.length - 1] != ':')
        address.length--;
    if (address.length > 0)
        address.length--;
    if (address.length > 2 && address.at[0] == '[' && address.at[address.length - 1] == ']')
        address = (struct span){ address.at + 1, address.length - 2 };
    line->text = end;
    line->connection = (struct span){ text.at, 0 };
    return addr_parse(address.at, address.length, &line->peer);
}

/* Takes `"conn"... #2: ` off. */
static bool pluto_connection(struct span text, struct pluto_line *line)
{
    const char *quote = text.length > 1 && text.at[0] == '"' ? memchr(text.at + 1, '"', text.length - 1) : NULL;
    struct span rest, digits, between;
    if (quote == NULL)
        return false;
    line->connection = (struct span){ text.at, (size_t)(quote - text.at) + 1 };
    rest = (struct span){ quote + 1, (size_t)(text.at + text.length - quote - 1) };
    between = rest;
    if (!field_after(rest, " #", &rest) || !field_token(&rest, ":", &digits) || !field_number(digits, &line->serial) || line->serial == 0 ||
        !span_begins(rest, ": "))
        return false;
    between.length = (size_t)(digits.at - between.at) - 2;
    line->peer = pluto_instance(between);
    line->text = (struct span){ rest.at + 2, rest.length - 2 };
    return true;
}

static bool pluto_split(struct daemon_memory *memory, const struct log_line *whole, struct pluto_line *line)
{
    struct span text = whole->text;
    uint32_t code;
    *line = (struct pluto_line){ 0 };
    if (text.length > 4 && text.at[3] == ' ' && field_number((struct span){ text.at, 3 }, &code)) /* as `ipsec up` numbers its lines */
        text = span_trim((struct span){ text.at + 3, text.length - 3 });
    if (span_begins(text, "ERROR: "))
        text = (struct span){ text.at + 7, text.length - 7 };
    if (!pluto_from(text, line) && !pluto_connection(text, line))
        return false;
    if (line->serial == 0)
        return true;
    line->talk = daemon_talk_keep(memory, pluto_key(whole, line, line->serial));
    if (line->peer.family)
        line->talk->peer = line->peer;
    else
        line->peer = line->talk->peer;
    return true;
}

/* "sent IKE_SA_INIT request to 192.0.2.1:UDP/500", "processed IKE_SA_INIT response from [2001:db8::1]:UDP/500 {...": who a serial talks with. */
static void pluto_learn(struct pluto_line *line)
{
    static const char *const before[] = { " request to ", " response from ", " request from ", " connection to ", "from unknown peer ", "responding to Main Mode from " };
    struct span behind, token;
    for (size_t i = 0; line->talk && i < sizeof before / sizeof before[0]; i++) {
        if (!field_after(line->text, before[i], &behind))
            continue;
        bool bracket = span_begins(behind, "[");
        if (bracket)
            behind = (struct span){ behind.at + 1, behind.length - 1 };
        struct addr addr;
        field_token(&behind, "]", &token);
        const char *colon = memchr(token.at, '.', token.length) ? memchr(token.at, ':', token.length) : NULL; /* before an IPv4 address's port */
        if (colon)
            token.length = (size_t)(colon - token.at);
        if (addr_parse(token.at, token.length, &addr))
            line->talk->peer = addr;
    }
}

static struct drop_report pluto_report(const struct pluto_line *line, const struct log_line *whole, const char *event, enum drop_kind kind)
{
    struct drop_report report = format_report(&format_libreswan, event, whole);
    report.kind = (uint8_t)kind;
    drop_extra(&report, "connection", line->connection);
    return report;
}

static void pluto_src(struct drop_report *report, const struct addr *peer)
{
    report->src = *peer;
    report->known |= peer->family ? DROP_SRC : 0u;
}

static void pluto_dst(struct drop_report *report, const struct addr *peer)
{
    report->dst = *peer;
    report->known |= peer->family ? DROP_DST : 0u;
}

/* "... established Child SA using #1; IPsec tunnel [10.1.0.0/24===10.2.0.0/24] {ESPinUDP/ESN=>0xc0000201 <0xc0000202 xfrm=...": out, then in. */
static enum log_answer pluto_established(struct intake *intake, struct daemon_memory *memory, const struct pluto_line *line, const struct log_line *whole)
{
    struct drop_report report = pluto_report(line, whole, "Child SA established", DROP_SA_ADDED);
    struct span proto, out, in, rest, using, selectors;
    uint32_t number, in_spi, serial;
    bool esp = field_after(line->text, "{ESP", &proto);
    if ((!esp && !field_after(line->text, "{AH", &proto)) || !field_after(proto, "=>0x", &rest) || !field_token(&rest, "", &out) || out.length != 8 ||
        !field_hex(out, &number) || !span_begins(rest, " <0x"))
        return LOG_BROKEN;
    rest = (struct span){ rest.at + 4, rest.length - 4 };
    if (!field_token(&rest, "", &in) || in.length != 8 || !field_hex(in, &in_spi) || !span_begins(rest, " xfrm="))
        return LOG_BROKEN;
    struct addr peer = line->peer;
    if (peer.family == 0 && field_labelled(line->text, " using #", ";", &using) && field_number(using, &serial)) {
        const struct daemon_talk *talk = daemon_talk_find(memory, pluto_key(whole, line, serial));
        if (talk)
            peer = talk->peer;
    }
    drop_spi(&report, in_spi);
    drop_proto(&report, esp ? 50 : 51);
    pluto_src(&report, &peer);
    report.out_spi = number;
    report.out_spi_known = true;
    if (field_after(line->text, " [", &rest) && field_token(&rest, "]", &selectors))
        drop_extra(&report, "selectors", selectors);
    intake_give(intake, &format_libreswan, &report);
    return LOG_TAKEN;
}

/* "IKE_SA_INIT_I: 10 second timeout exceeded after 5 retransmits.  No response ..." */
static enum log_answer pluto_silence(struct intake *intake, const struct pluto_line *line, const struct log_line *whole)
{
    struct drop_report report = pluto_report(line, whole, "timeout exceeded", DROP_NEGOTIATION);
    struct span behind, token;
    uint32_t number;
    if (!field_after(line->text, " second timeout exceeded after ", &behind) || !field_token(&behind, "", &token) || !field_number(token, &number) ||
        !span_begins(behind, " retransmits"))
        return LOG_BROKEN;
    pluto_dst(&report, &line->peer);
    drop_extra(&report, "retransmits", token);
    drop_extra(&report, "said", line->text);
    report.windows = 13805;
    intake_give(intake, &format_libreswan, &report);
    return LOG_TAKEN;
}

/* "netlink response for Add SA esp.c0000201@192.0.2.1: Function not implemented (errno 38)" */
static enum log_answer pluto_kernel(struct intake *intake, const struct pluto_line *line, const struct log_line *whole)
{
    struct span behind, rest, proto, spi, dst, error;
    uint32_t number;
    if (!field_after(line->text, "netlink response for ", &behind))
        return LOG_BROKEN;
    bool add = span_begins(behind, "Add SA ") || span_begins(behind, "XFRM_MSG_NEWSA ") || span_begins(behind, "XFRM_MSG_UPDSA ");
    bool get = span_begins(behind, "Get SPI ") || span_begins(behind, "XFRM_MSG_ALLOCSPI ");
    bool query = span_begins(behind, "Get SA ") || span_begins(behind, "XFRM_MSG_GETSA ");
    if (!add && !get && !query)
        return LOG_TAKEN;
    struct drop_report report = pluto_report(line, whole, get ? "SPI allocation failed" : add ? "SAD entry refused" : "SAD entry missing", DROP_NEGOTIATION);
    report.windows = get ? 13857 : add ? 13860 : 0;
    if (!field_after(behind, "SA ", &rest) && !field_after(behind, "SPI ", &rest))
        return LOG_BROKEN;
    if (!get) {
        if (!field_token(&rest, ".", &proto) || !drop_proto_text(&report, proto) || !span_begins(rest, "."))
            return LOG_BROKEN;
        rest = (struct span){ rest.at + 1, rest.length - 1 };
        if (!field_token(&rest, "@", &spi) || spi.length != 8 || !field_hex(spi, &number) || !span_begins(rest, "@"))
            return LOG_BROKEN;
        rest = (struct span){ rest.at + 1, rest.length - 1 };
        if (!field_after(rest, ": ", &error))
            return LOG_BROKEN;
        dst = (struct span){ rest.at, (size_t)(error.at - rest.at) - 2 };
        if (!drop_dst(&report, dst))
            return LOG_BROKEN;
        if (query && !span_begins(error, "No such process"))
            return LOG_TAKEN;
        drop_spi(&report, number);
        drop_extra(&report, "said", error);
    }
    if (query)
        drop_doubt(&report, daemon_missing_entry);
    intake_give(intake, &format_libreswan, &report);
    return LOG_TAKEN;
}

static enum log_answer pluto_give(struct intake *intake, const struct pluto_line *line, const struct log_line *whole, const char *event, uint16_t windows)
{
    struct drop_report report = pluto_report(line, whole, event, DROP_NEGOTIATION);
    pluto_src(&report, &line->peer);
    drop_extra(&report, "said", line->text);
    report.windows = windows;
    intake_give(intake, &format_libreswan, &report);
    return LOG_TAKEN;
}

static enum log_answer pluto_notified(struct intake *intake, const struct pluto_line *line, const struct log_line *whole, struct span name, bool sent)
{
    const struct daemon_notify *notify = daemon_notify_find(name);
    if (notify == NULL || notify->passing)
        return LOG_TAKEN;
    if (notify->windows != 13910 || sent)
        return pluto_give(intake, line, whole, notify->name, notify->windows);
    struct drop_report report = pluto_report(line, whole, notify->name, DROP_PACKET);
    pluto_dst(&report, &line->peer);
    drop_doubt(&report, daemon_peer_spi);
    report.windows = notify->windows;
    report.counter = COUNTER_IN_NO_STATES;
    intake_give(intake, &format_libreswan, &report);
    return LOG_TAKEN;
}

static enum log_answer pluto_refusal(struct intake *intake, const struct pluto_line *line, const struct log_line *whole)
{
    struct span behind, name;
    for (size_t i = 0; i < sizeof notifies / sizeof notifies[0]; i++)
        if (field_after(line->text, notifies[i].before, &behind))
            return field_token(&behind, ",;", &name) ? pluto_notified(intake, line, whole, name, notifies[i].sent) : LOG_BROKEN;
    if (field_has(line->text, "has no corresponding IKE SA; message dropped"))
        return pluto_give(intake, line, whole, "no corresponding IKE SA", 13846);
    if (field_has(line->text, "connection has been authorized"))
        return pluto_give(intake, line, whole, "no connection authorized", 13825);
    if (field_has(line->text, "cannot respond to IPsec SA request because no connection is known for "))
        return pluto_give(intake, line, whole, "no connection known", 13858);
    return LOG_FOREIGN;
}

static enum log_answer pluto_line(struct intake *intake, void *opaque, const struct log_line *whole)
{
    struct daemon_memory *memory = opaque;
    struct pluto_line line;
    bool pluto = span_is(whole->program, "pluto");
    if (span_begins(whole->text, "Starting Pluto "))
        memset(memory, 0, sizeof *memory);
    if (!pluto_split(memory, whole, &line))
        return pluto ? LOG_TAKEN : LOG_FOREIGN;
    pluto_learn(&line);
    if (field_has(line.text, " established Child SA using #") || field_has(line.text, " rekeyed Child SA #") || span_begins(line.text, "IPsec SA established ") ||
        field_has(line.text, ": IPsec SA established "))
        return pluto_established(intake, memory, &line, whole);
    if (field_has(line.text, " second timeout exceeded after "))
        return pluto_silence(intake, &line, whole);
    if (span_begins(line.text, "netlink response for "))
        return pluto_kernel(intake, &line, whole);
    enum log_answer answer = pluto_refusal(intake, &line, whole);
    return answer == LOG_FOREIGN && pluto ? LOG_TAKEN : answer;
}

const struct log_format format_libreswan = {
    .name = "libreswan", .title = "libreswan", .never = DROP_SEQ, .memory = sizeof(struct daemon_memory), .line = pluto_line,
};
