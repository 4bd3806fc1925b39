/*
 * bsd_netstat: `netstat -s` of FreeBSD (also --libxo json), NetBSD, OpenBSD and macOS: the counters of IPsec, ESP and AH.
 *
 * Theory of operation. A heading ("esp:", "IPsec esp:") begins a section, and indented lines "12 words" belong to it. Sections form a reading, which ends
 * where one of them, or a counter in it, comes again. Words say what was counted, none a code. Formats: netstat's sources; FreeBSD misspells two names.
 */
#include <string.h>

#include "logs/document.h"
#include "logs/readings.h"

enum bsd_section { BSD_NONE, BSD_ESP, BSD_AH, BSD_IPSEC, BSD_IPSEC6, BSD_SECTIONS };

struct bsd_row {
    uint8_t sections;     /* 1 << enum bsd_section */
    const char *event;
    const char *words;    /* '%': an s or none, for the plural */
    const char *json;     /* FreeBSD's name, or NULL */
    uint16_t windows;
    uint8_t counter, proto;
};

#define EACH (1 << BSD_ESP | 1 << BSD_AH)
#define ESP (1 << BSD_ESP)
#define WHOLE (1 << BSD_IPSEC | 1 << BSD_IPSEC6)

static const struct bsd_row rows[] = {
    /* FreeBSD; some also OpenBSD */
    { EACH, "no TDB", "packet% dropped; no TDB", "dropped-no-tdb", 13910, COUNTER_IN_NO_STATES, 0 },
    { EACH, "short header", "packet% shorter than header shows", "dropped-short-header", 13914, COUNTER_IN_HDR_ERROR, 0 },
    { EACH, "replay", "possible replay packet% detected", "possible-replay-detected", 13913, COUNTER_IN_STATE_SEQ_ERROR, 0 },
    { EACH, "bad authentication", "packet% dropped; bad authentication detected", "dropped-bad-auth", 13915, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "bad authentication length", "packet% dropped; bad authentication length", "dropped-bad-auth-level", 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { ESP, "bad encryption", "packet% dropped; bad encryption detected", "dropped-bad-crypto", 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { ESP, "bad length", "packet% dropped; bad ilen", "dropped-bad-length", 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "invalid TDB", "packet% dropped; invalid TDB", "dropped-bad-tdb", 0, COUNTER_IN_STATE_INVALID, 0 },
    { EACH, "counter wrapped", "replay counter wrap%", "replay-counter-wraps", 0, COUNTER_NONE, 0 },
    { EACH, "blocked due to policy", "packet% blocked due to policy", "dropped-policy-violation", 0, COUNTER_NONE, 0 },
    { EACH, "tunnel check", "tunnel sanity check failure%", "tunnel-failures", 13914, COUNTER_IN_STATE_MODE_ERROR, 0 },
    /* OpenBSD */
    { EACH, "no TDB", "packet% for which no TDB was found", NULL, 13910, COUNTER_IN_NO_STATES, 0 },
    { EACH, "failed verification", "packet% that failed verification received", NULL, 13915, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "replay", "possibly replayed packet% received", NULL, 13913, COUNTER_IN_STATE_SEQ_ERROR, 0 },
    { EACH, "counter wrapped", "packet% where counter wrapping was detected", NULL, 0, COUNTER_NONE, 0 },
    { EACH, "invalid TDB", "packet% attempted to use an invalid TDB", NULL, 0, COUNTER_IN_STATE_INVALID, 0 },
    { EACH, "bad authentication length", "packet% with bad authenticator length received", NULL, 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { ESP, "bad size or padding", "packet% with bad payload size or padding received", NULL, 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "dropped due to policy", "packet% dropped due to policy", NULL, 0, COUNTER_NONE, 0 },
    { EACH, "failed to be processed", "input packet% that failed to be processed", NULL, 0, COUNTER_NONE, 0 },
    /* NetBSD, behind "esp " or "ah " */
    { EACH, "no SA", "packets with no SA", NULL, 13910, COUNTER_IN_NO_STATES, 0 },
    { EACH, "short header", "headers too short", NULL, 13914, COUNTER_IN_HDR_ERROR, 0 },
    { EACH, "replay", "packets dropped for possible replay", NULL, 13913, COUNTER_IN_STATE_SEQ_ERROR, 0 },
    { EACH, "bad authentication", "packets with bad authentication", NULL, 13915, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "bad authentication length", "packets dropped for bad authenticator length", NULL, 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { ESP, "bad encryption", "packets with bad encryption", NULL, 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { ESP, "bad length", "packets with bad ilen", NULL, 13914, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { EACH, "invalid SA", "packets with an invalid SA", NULL, 0, COUNTER_IN_STATE_INVALID, 0 },
    { EACH, "counter wrapped", "packets dropped for replay counter wrap", NULL, 0, COUNTER_NONE, 0 },
    /* macOS, and others that come from KAME; the first ones of each kind also FreeBSD */
    { WHOLE, "policy violated", "inbound packet% violated process security policy", "dropped-policy-violation", 13916, COUNTER_IN_TMPL_MISMATCH, 0 },
    { WHOLE, "invalid", "invalid inbound packet%", "dropped-invalid", 13914, COUNTER_NONE, 0 },
    { WHOLE, "no SA outbound", "outbound packet% with no SA available", "discarded-no-sa", 0, COUNTER_OUT_NO_STATES, 0 },
    { WHOLE, "no SA", "inbound packet% with no SA available", NULL, 13910, COUNTER_IN_NO_STATES, 0 },
    { WHOLE, "failed getting SPI", "inbound packet% failed getting SPI", NULL, 13910, COUNTER_NONE, 0 },
    { WHOLE, "ESP replay", "inbound packet% failed on ESP replay check", NULL, 13913, COUNTER_IN_STATE_SEQ_ERROR, 50 },
    { WHOLE, "AH replay", "inbound packet% failed on AH replay check", NULL, 13913, COUNTER_IN_STATE_SEQ_ERROR, 51 },
    { WHOLE, "failed authentication", "inbound packet% failed on authentication", NULL, 13915, COUNTER_IN_STATE_PROTO_ERROR, 0 },
    { WHOLE, "no SA outbound", "no SA found (output)", NULL, 0, COUNTER_OUT_NO_STATES, 0 },
};

#define BSD_ROWS (sizeof rows / sizeof rows[0])
_Static_assert(BSD_ROWS * (BSD_SECTIONS - 1) <= READINGS_MAX, "each counter of each section has its place");

struct bsd_memory {
    struct readings readings;
    uint8_t section;      /* of the lines that come */
    uint8_t begun;        /* sections of this reading: 1 << enum bsd_section */
};

static unsigned bsd_index(enum bsd_section section, size_t row)
{
    return (unsigned)((section - 1) * BSD_ROWS + row);
}

static bool bsd_describe(unsigned index, struct drop_report *report)
{
    enum bsd_section section = (enum bsd_section)(index / BSD_ROWS + 1);
    const struct bsd_row *row = &rows[index % BSD_ROWS];
    report->event = row->event;
    report->windows = row->windows;
    report->counter = row->counter;
    if (row->proto || section == BSD_ESP || section == BSD_AH)
        drop_proto(report, row->proto ? row->proto : section == BSD_ESP ? 50 : 51);
    return true;
}

static const struct readings_kind bsd_kind = { &format_bsd_netstat, bsd_describe };

/* Without case, '%' an s or none. */
static bool bsd_words(struct span text, const char *words)
{
    size_t at = 0;
    for (; *words; words++) {
        bool plural = *words == '%';
        if (at < text.length && (text.at[at] | 0x20) == ((plural ? 's' : *words) | 0x20))
            at++;
        else if (!plural)
            return false;
    }
    return at == text.length;
}

static enum bsd_section bsd_heading(struct span text)
{
    static const struct { const char *text; enum bsd_section section; } headings[] = {
        { "esp:", BSD_ESP }, { "IPsec esp:", BSD_ESP }, { "% esp:", BSD_ESP }, { "ah:", BSD_AH }, { "IPsec ah:", BSD_AH }, { "% ah:", BSD_AH },
        { "ipsec:", BSD_IPSEC }, { "ipsec6:", BSD_IPSEC6 }, { "(Fast) IPsec:", BSD_IPSEC },
    };
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (span_is(text, headings[i].text))
            return headings[i].section;
    return BSD_NONE;
}

/* A section that comes again belongs to the next reading. */
static void bsd_begin(struct bsd_memory *memory, struct intake *intake, enum bsd_section section)
{
    if (memory->begun >> section & 1) {
        readings_end(&memory->readings, intake, &bsd_kind);
        memory->begun = 0;
    }
    memory->begun |= (uint8_t)(1 << section);
}

/* "12 packets dropped; no TDB" */
static enum log_answer bsd_count(struct bsd_memory *memory, struct intake *intake, const struct log_line *line)
{
    struct span rest = line->text, number;
    uint64_t value;
    if (!field_token(&rest, "", &number))
        return LOG_FOREIGN;
    rest = span_trim(rest);
    if (!(WHOLE >> memory->section & 1) && (span_begins(rest, "esp ") || span_begins(rest, "ah ")))
        rest = span_trim((struct span){ rest.at + 3, rest.length - 3 });
    for (size_t i = 0; i < BSD_ROWS; i++)
        if ((rows[i].sections >> memory->section & 1) && bsd_words(rest, rows[i].words)) {
            if (!span_number(number, UINT64_MAX, &value))
                return LOG_BROKEN;
            readings_put(&memory->readings, intake, &bsd_kind, bsd_index((enum bsd_section)memory->section, i), value, line);
            return LOG_OPEN;
        }
    return LOG_OPEN; /* what is counted there besides errors */
}

static enum log_answer bsd_line(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct bsd_memory *memory = opaque;
    enum bsd_section section = bsd_heading(span_trim(line->whole));
    if (section != BSD_NONE) {
        bsd_begin(memory, intake, section);
        memory->section = (uint8_t)section;
        return LOG_OPEN;
    }
    if (memory->section != BSD_NONE && line->indented)
        return bsd_count(memory, intake, line);
    memory->section = BSD_NONE;
    return LOG_FOREIGN;
}

static enum log_answer bsd_section(struct bsd_memory *memory, struct intake *intake, enum bsd_section section, const struct document *values,
                                   const struct log_line *line)
{
    bsd_begin(memory, intake, section);
    for (size_t i = 0; i < BSD_ROWS; i++) {
        uint64_t value;
        if (rows[i].json == NULL || !(rows[i].sections >> section & 1))
            continue;
        const struct document *member = document_member(values, rows[i].json);
        if (member == NULL && section == BSD_AH && rows[i].windows == 13913)
            member = document_member(values, "possile-replay-detected");
        if (member == NULL)
            continue;
        if (!document_number(member, UINT64_MAX, &value))
            return LOG_BROKEN;
        readings_put(&memory->readings, intake, &bsd_kind, bsd_index(section, i), value, line);
    }
    return LOG_TAKEN;
}

/* --libxo json: {"statistics":{"esp-statictics":{...}}} */
static enum log_answer bsd_json(struct intake *intake, void *opaque, const struct log_line *line, const struct document *document)
{
    static const struct { const char *name; enum bsd_section section; } containers[] = {
        { "esp-statictics", BSD_ESP }, { "esp-statistics", BSD_ESP }, { "ah-statictics", BSD_AH }, { "ah-statistics", BSD_AH },
        { "ipsec-statistics", BSD_IPSEC },
    };
    enum log_answer answer = LOG_FOREIGN;
    const struct document *statistics = document_member(document, "statistics");
    for (size_t i = 0; i < sizeof containers / sizeof containers[0] && answer != LOG_BROKEN; i++) {
        const struct document *values = document_member(statistics ? statistics : document, containers[i].name);
        if (document_is_object(values))
            answer = bsd_section(opaque, intake, containers[i].section, values, line);
    }
    return answer;
}

static void bsd_finish(struct intake *intake, void *opaque)
{
    struct bsd_memory *memory = opaque;
    readings_finish(&memory->readings, intake, &bsd_kind);
}

const struct log_format format_bsd_netstat = {
    .name = "bsd-netstat", .title = "netstat -s of BSD and macOS", .never = DROP_ALL & ~(unsigned)DROP_PROTO, .memory = sizeof(struct bsd_memory),
    .line = bsd_line, .more = bsd_line, .json = bsd_json, .finish = bsd_finish,
};
