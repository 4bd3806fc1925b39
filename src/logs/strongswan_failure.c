/*
 * strongswan_failure: what charon's log says of refusals, failures and drops. Many are told by two lines; the one that says more is counted.
 * Formats: strongSwan 5.9 and 6.0, libcharon, libipsec and kernel-wfp.
 */
#include <string.h>

#include "catalogue/lookup.h"
#include "logs/strongswan.h"

struct swan_row {
    const char *begins, *has; /* `has` may be NULL */
    const char *event;
    uint8_t kind;
    uint16_t windows;
    uint8_t counter;
    bool handling;            /* it is written while a message is handled */
};

static const struct swan_row rows[] = {
    { "no acceptable proposal found", NULL, "no acceptable proposal", DROP_NEGOTIATION, 13868, COUNTER_NONE, true },
    { "received proposals unacceptable", NULL, "proposals unacceptable", DROP_NEGOTIATION, 13868, COUNTER_NONE, true },
    { "traffic selectors ", " unacceptable", "traffic selectors unacceptable", DROP_NEGOTIATION, 13858, COUNTER_NONE, true },
    { "no matching CHILD_SA config found for ", NULL, "traffic selectors unacceptable", DROP_NEGOTIATION, 13858, COUNTER_NONE, true },
    { "no matching peer config found", NULL, "no matching peer config", DROP_NEGOTIATION, 13825, COUNTER_NONE, true },
    { "no peer config found", NULL, "no matching peer config", DROP_NEGOTIATION, 13825, COUNTER_NONE, true },
    { "no IKE config found for ", NULL, "no IKE config", DROP_NEGOTIATION, 13825, COUNTER_NONE, true },
    { "tried ", "but MAC mismatched", "MAC mismatched", DROP_NEGOTIATION, 13801, COUNTER_NONE, true },
    { "no shared key found for ", NULL, "no shared key", DROP_NEGOTIATION, 13801, COUNTER_NONE, true },
    { "no trusted ", " public key found for ", "no trusted public key", DROP_NEGOTIATION, 13801, COUNTER_NONE, true },
    { "EAP_", " method failed", "EAP method failed", DROP_NEGOTIATION, 13801, COUNTER_NONE, true },
    { "inbound ESP packet does not belong to an installed SA", NULL, "no installed SA", DROP_PACKET, 13910, COUNTER_IN_NO_STATES, false },
    { "ESP decryption or ICV verification failed", NULL, "ICV verification failed", DROP_PACKET, 13915, COUNTER_IN_STATE_PROTO_ERROR, false },
    { "failed to parse ESP header: ", NULL, "ESP header invalid", DROP_PACKET, 13914, COUNTER_IN_HDR_ERROR, false },
    { "ESP decryption failed: invalid length", NULL, "ESP length invalid", DROP_PACKET, 13914, COUNTER_IN_STATE_PROTO_ERROR, false },
    { "parsing ESP payload failed: ", NULL, "ESP payload invalid", DROP_PACKET, 13914, COUNTER_IN_STATE_PROTO_ERROR, false },
};

static void swan_ends(struct drop_report *report, const struct daemon_talk *talk, bool from_peer)
{
    if (talk == NULL)
        return;
    report->src = from_peer ? talk->peer : talk->local;
    report->dst = from_peer ? talk->local : talk->peer;
    report->known |= DROP_SRC | DROP_DST;
}

static enum log_answer swan_give(struct intake *intake, struct drop_report *report, uint16_t windows)
{
    report->windows = windows;
    intake_give(intake, &format_strongswan, report);
    return LOG_TAKEN;
}

static struct drop_report swan_begin(const struct swan_line *line, const char *event, enum drop_kind kind, const struct log_line *whole)
{
    struct drop_report report = swan_report(line, event, whole);
    report.kind = (uint8_t)kind;
    return report;
}

static enum log_answer swan_simple(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct swan_row *row = &rows[i];
        if (!span_begins(line->text, row->begins) || (row->has && !field_has(line->text, row->has)))
            continue;
        struct drop_report report = swan_begin(line, row->event, row->kind, whole);
        report.counter = row->counter;
        if (row->kind == DROP_PACKET)
            drop_proto(&report, 50);
        else
            swan_ends(&report, swan_talk(line, row->handling), true);
        drop_extra(&report, "said", line->text);
        return swan_give(intake, &report, row->windows);
    }
    return LOG_FOREIGN;
}

/* "received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built", "... notify error", "... error notify" */
static enum log_answer swan_notify(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    struct span rest, name;
    if (!span_begins(line->text, "received ") || !field_after(line->text, "received ", &rest) || !field_token(&rest, ",", &name) ||
        !(span_begins(rest, " notify error") || span_begins(rest, " error notify") || span_begins(rest, " notify, no CHILD_SA built")))
        return LOG_FOREIGN;
    const struct daemon_notify *notify = daemon_notify_find(name);
    if (notify == NULL || notify->passing)
        return LOG_TAKEN;
    bool spi = notify->windows == 13910;
    struct drop_report report = swan_begin(line, notify->name, spi ? DROP_PACKET : DROP_NEGOTIATION, whole);
    swan_ends(&report, swan_talk(line, true), !spi); /* of INVALID_SPI: the packet that the peer dropped */
    if (spi) {
        report.counter = COUNTER_IN_NO_STATES;
        drop_doubt(&report, daemon_peer_spi);
    }
    return swan_give(intake, &report, notify->windows);
}

/* A number of the peer's own Windows, in "[ N(MS_STATUS(13801)) ]" of a message that was parsed. */
static enum log_answer swan_status(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    struct span behind, token;
    struct lookup found;
    if (!span_begins(line->text, "parsed ") || !field_after(line->text, "N(MS_STATUS(", &behind))
        return LOG_FOREIGN;
    if (!field_token(&behind, ")", &token) || !field_follows(behind, token, "))") || !lookup_find(token.at, token.length, &found) ||
        found.error == NULL || found.spelling == SPELLING_INVENTED)
        return LOG_BROKEN;
    struct drop_report report = swan_begin(line, "MS_STATUS", DROP_NEGOTIATION, whole);
    swan_ends(&report, swan_talk(line, true), true);
    report.stated = true;
    return swan_give(intake, &report, found.error->code);
}

/* "giving up after 5 retransmits", then perhaps "establishing IKE_SA failed, peer not responding". */
static enum log_answer swan_silence(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    struct span behind, token = { line->text.at, 0 };
    uint32_t number;
    bool gives_up = field_after(line->text, "giving up after ", &behind) && behind.at == line->text.at + 16;
    if (!gives_up && !field_has(line->text, " failed, peer not responding") && !span_begins(line->text, "peer not responding, trying again"))
        return LOG_FOREIGN;
    if (gives_up && (!field_token(&behind, "", &token) || !field_number(token, &number)))
        return LOG_BROKEN;
    if (gives_up && !span_begins(behind, " retransmits"))
        return span_begins(behind, " path probings") || span_begins(behind, " retries") ? LOG_TAKEN : LOG_BROKEN;
    bool told = !gives_up && line->talk->gave_up;
    line->talk->gave_up = gives_up;
    if (told)
        return LOG_TAKEN;
    struct drop_report report = swan_begin(line, "peer not responding", DROP_NEGOTIATION, whole);
    swan_ends(&report, swan_talk(line, false), false);
    drop_extra(&report, "retransmits", token);
    return swan_give(intake, &report, 13805);
}

/* "allocating SPI failed: ..." of the kernel's plugin, then "unable to allocate SPI from kernel" of the negotiation. */
static enum log_answer swan_no_spi(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    bool first = span_begins(line->text, "allocating SPI failed");
    if (!first && !span_begins(line->text, "unable to allocate SPI from kernel") && !span_begins(line->text, "allocating SPI from kernel failed"))
        return LOG_FOREIGN;
    bool told = !first && line->talk->no_spi;
    line->talk->no_spi = first;
    if (told)
        return LOG_TAKEN;
    struct drop_report report = swan_begin(line, "SPI allocation failed", DROP_NEGOTIATION, whole);
    swan_ends(&report, swan_talk(line, false), true);
    drop_extra(&report, "said", line->text);
    return swan_give(intake, &report, 13857);
}

/* "unable to add SAD entry with SPI c0000201 (FAILED)"; "querying SAD entry with SPI c0000201 failed: No such process (3)", then "unable to query ..." */
static enum log_answer swan_entry(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    struct span behind;
    uint32_t spi;
    bool add = span_begins(line->text, "unable to add SAD entry with SPI "), query = span_begins(line->text, "querying SAD entry with SPI ");
    bool again = span_begins(line->text, "unable to query SAD entry with SPI ");
    if (!add && !query && !again)
        return LOG_FOREIGN;
    if (!swan_spi(line->text, " with SPI ", "", &spi) || !field_after(line->text, " with SPI ", &behind))
        return LOG_BROKEN;
    behind = (struct span){ behind.at + 8, behind.length - 8 };
    if (behind.length > 0 && behind.at[0] != ' ' && behind.at[0] != ':')
        return LOG_BROKEN;
    if (!add && !field_has(behind, "No such process"))
        return LOG_TAKEN;
    bool told = again && line->talk->no_entry;
    line->talk->no_entry = query;
    if (told)
        return LOG_TAKEN;
    struct drop_report report = swan_begin(line, add ? "SAD entry refused" : "SAD entry missing", DROP_NEGOTIATION, whole);
    drop_spi(&report, spi);
    if (!add)
        drop_doubt(&report, daemon_missing_entry);
    drop_extra(&report, "said", behind);
    return swan_give(intake, &report, add ? 13860 : 0);
}

/* "192.0.2.1/32[esp] === ...": an address in a selector. */
static bool swan_selector(struct span *rest, struct addr *addr)
{
    struct span token;
    return field_token(rest, "/[", &token) && addr_parse(token.at, token.length, addr);
}

/* kernel-wfp: "IPsec kernel drop: L/32 === R/32, error 0xc0360001, SPI 0xc0000201, in filterId 7"; "WFP MM failure: L/32 === R/32, 0x000035ed, filterId 7" */
static enum log_answer swan_wfp(struct intake *intake, const struct swan_line *line, const struct log_line *whole)
{
    struct addr local, remote;
    struct span rest, token, behind;
    struct lookup found;
    uint32_t spi = 0;
    bool drop = span_begins(line->text, "IPsec kernel drop: ");
    bool mode = span_begins(line->text, "WFP MM failure: ") || span_begins(line->text, "WFP QM failure: ") || span_begins(line->text, "WFP EM failure: ");
    if (!drop && !mode)
        return LOG_FOREIGN;
    if (!field_after(line->text, ": ", &rest) || !swan_selector(&rest, &local) || !field_after(rest, " === ", &rest) || !swan_selector(&rest, &remote) ||
        !field_after(rest, drop ? ", error " : ", ", &rest) || !field_token(&rest, ",", &token) || token.length != 10 ||
        !lookup_find(token.at, token.length, &found) || found.error == NULL || found.spelling == SPELLING_INVENTED)
        return LOG_BROKEN;
    struct drop_report report = swan_begin(line, drop ? "IPsec kernel drop" : "WFP failure", drop ? DROP_PACKET : DROP_NEGOTIATION, whole);
    if (drop && (!field_after(rest, ", SPI ", &behind) || !field_token(&behind, ",", &token) || token.length != 10 || !field_hex(token, &spi) ||
                 !(span_begins(behind, ", in filterId ") || span_begins(behind, ", out filterId "))))
        return LOG_BROKEN;
    bool out = drop && span_begins(behind, ", out");
    report.src = out || mode ? local : remote;
    report.dst = out || mode ? remote : local;
    report.known |= DROP_SRC | DROP_DST;
    report.stated = true;
    if (spi != 0) /* 0: a clear packet */
        drop_spi(&report, spi);
    return swan_give(intake, &report, found.error->code);
}

enum log_answer swan_failure(struct intake *intake, struct swan_memory *memory, const struct swan_line *line, const struct log_line *whole)
{
    struct span from;
    if (span_begins(line->text, "ESP sequence number verification failed:")) {
        memory->open = swan_begin(line, "sequence number refused", DROP_PACKET, whole);
        memory->open.windows = 13913;
        memory->open.counter = COUNTER_IN_STATE_SEQ_ERROR;
        drop_proto(&memory->open, 50);
        memory->open_thread = line->talk->key;
        return LOG_OPEN;
    }
    if (span_begins(line->text, "received invalid IKE header from ")) {
        struct drop_report report = swan_begin(line, "invalid IKE header", DROP_NEGOTIATION, whole);
        if (!field_labelled(line->text, "header from ", "[", &from) || !drop_src(&report, from))
            return LOG_BROKEN;
        return swan_give(intake, &report, 13824);
    }
    static enum log_answer (*const readers[])(struct intake *, const struct swan_line *, const struct log_line *) = {
        swan_notify, swan_status, swan_silence, swan_no_spi, swan_entry, swan_wfp, swan_simple,
    };
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        enum log_answer answer = readers[i](intake, line, whole);
        if (answer != LOG_FOREIGN)
            return answer;
    }
    return LOG_FOREIGN;
}
