/* xfrm_read: the reader that finds entries and events in the text of ip xfrm. See xfrm.h for how it works. */
#include <string.h>

#include "base/calendar.h"
#include "sa/sources/entry.h"
#include "sa/sources/xfrm.h"

enum part {
    PART_NONE,    /* between entries */
    PART_HEAD,    /* "src A dst B" was read; the next line says what of */
    PART_STATE,
    PART_POLICY,
    PART_ASYNC,   /* the line behind "Async event" */
    PART_MAPPING, /* the line behind "Mapping change" */
    PART_SKIP,    /* an entry that is not used: acquire, report, a damaged one */
};

struct reader {
    const struct sa_sink *sink;
    bool history, stamped;
    bool stamp_fresh; /* a time stamp stands right before this */
    bool time_fresh;  /* and could be read */
    bool time_known;
    int64_t time_ns;
    enum part part;
    uint8_t event;
    uint32_t line;    /* of the head */
    struct span head; /* "src A dst B ..." */
    struct xfrm_state state;
    struct xfrm_policy policy;
    struct addr mapped_to;
    uint16_t mapped_port;
};

static void end_entry(struct reader *reader)
{
    if (reader->part == PART_STATE)
        xfrm_state_end(&reader->state, reader->sink);
    else if (reader->part == PART_POLICY)
        xfrm_policy_end(&reader->policy, reader->sink);
    reader->part = PART_NONE;
}

/* Where every record has a time stamp, an entry without one is part of a dump that stands in the same file. */
static void open_entry(struct reader *reader, struct span head, uint32_t number, int event, bool prefixed)
{
    end_entry(reader);
    bool dump = !prefixed && (!reader->history || (reader->stamped && !reader->stamp_fresh));
    reader->event = (uint8_t)(dump ? SA_EVENT_DEFINE : event);
    reader->time_known = reader->time_fresh;
    reader->stamp_fresh = reader->time_fresh = false;
    reader->head = head;
    reader->line = number;
}

static bool parse_address(struct span word, struct prefix *prefix)
{
    return prefix_parse(word.at, word.length, prefix) && prefix_is_host(prefix);
}

static bool bad_address(struct reader *reader, struct span word)
{
    char quote[QUOTE_MAX];
    entry_remark(reader->sink, REMARK_ERROR, reader->line, "address", "The address %s of the SA cannot be read; the SA is left out.",
                 entry_quote(quote, word));
    reader->part = PART_SKIP;
    return false;
}

static bool begin_state(struct reader *reader)
{
    struct span rest = reader->head, src, dst;
    reader->state = (struct xfrm_state){ .record = { .event = reader->event, .line = reader->line, .time_known = reader->time_known,
                                                     .time_ns = reader->time_known ? reader->time_ns : 0 } };
    struct sa_definition *definition = &reader->state.record.definition;
    if (!xfrm_head(&rest, &src, &dst))
        return false;
    if (!parse_address(src, &definition->src))
        return bad_address(reader, src);
    if (!parse_address(dst, &definition->dst))
        return bad_address(reader, dst);
    reader->part = PART_STATE;
    return true;
}

static bool begin_policy(struct reader *reader)
{
    reader->policy = (struct xfrm_policy){ .record = { .event = reader->event, .line = reader->line, .time_known = reader->time_known,
                                                       .time_ns = reader->time_known ? reader->time_ns : 0 } };
    if (reader->event == SA_EVENT_EXPIRE_SOFT) {
        reader->policy.expired = true;
        reader->policy.record.event = SA_EVENT_DELETE;
    }
    if (!xfrm_selector(reader->head, &reader->policy.record.policy.selector)) {
        entry_remark(reader->sink, REMARK_ERROR, reader->line, "damaged", "The selector of the policy cannot be read; it is left out.");
        reader->part = PART_SKIP;
        return false;
    }
    reader->part = PART_POLICY;
    return true;
}

/* "dst 10.77.0.2  reqid 0x1 protocol esp  SPI 0x1001", behind "src ..." for async events */
static void read_usersa(struct reader *reader, struct span line, uint32_t number)
{
    struct sa_record record = { .event = reader->event, .line = reader->line, .time_known = reader->time_known,
                                .time_ns = reader->time_known ? reader->time_ns : 0 };
    struct sa_definition *definition = &record.definition;
    struct span word, value;
    uint64_t count;
    bool dst = false, proto = false, spi = false;
    while (span_word(&line, &word) && span_word(&line, &value)) {
        if (span_is(word, "src"))
            (void)parse_address(value, &definition->src);
        else if (span_is(word, "dst"))
            dst = parse_address(value, &definition->dst);
        else if (span_is(word, "protocol"))
            proto = xfrm_proto(value, &definition->proto);
        else if (span_is(word, "reqid") && span_number(value, UINT32_MAX, &count))
            definition->reqid = (uint32_t)count;
        else if (span_is(word, "SPI") && (spi = span_number(value, UINT32_MAX, &count)))
            definition->spi = (uint32_t)count;
    }
    if (reader->part == PART_MAPPING) {
        definition->src = (struct prefix){ reader->mapped_to, reader->mapped_to.family == 4 ? 32 : 128 };
        definition->encap_known = true;
        definition->encap = ENCAP_UDP;
        definition->encap_sport = reader->mapped_port;
    }
    reader->part = PART_NONE;
    if (dst && proto && spi)
        reader->sink->record(reader->sink->context, &record);
    else
        entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The event does not name its SA; it is left out.");
}

/* "10.77.0.1:4500 -> 10.77.0.1:1024"; the port stands behind the last colon in IPv6 too */
static bool read_mapping(struct reader *reader, struct span rest)
{
    struct span word, port;
    uint64_t number;
    if (!span_word(&rest, &word) || !span_word(&rest, &word) || !span_is(word, "->") || !span_word(&rest, &word))
        return false;
    const char *colon = memrchr(word.at, ':', word.length);
    if (colon == NULL)
        return false;
    port = (struct span){ colon + 1, word.length - (size_t)(colon + 1 - word.at) };
    if (!addr_parse(word.at, (size_t)(colon - word.at), &reader->mapped_to) || !span_number(port, UINT16_MAX, &number))
        return false;
    reader->mapped_port = (uint16_t)number;
    return true;
}

/* "proto esp"; "proto 0" and "ipsec-any" are all of them */
static void read_flush(struct reader *reader, struct span rest, uint32_t number)
{
    struct sa_record record = { .event = SA_EVENT_FLUSH, .line = number, .time_known = reader->time_known,
                                .time_ns = reader->time_known ? reader->time_ns : 0 };
    struct span word;
    reader->part = PART_NONE;
    if (!span_word(&rest, &word) || !span_is(word, "proto") || !span_word(&rest, &word) ||
        !xfrm_proto(word, &record.definition.proto)) {
        entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The protocol of the flush cannot be read.");
        return;
    }
    if (record.definition.proto == 255)
        record.definition.proto = 0;
    reader->sink->record(reader->sink->context, &record);
}

bool xfrm_is_event(struct span line)
{
    static const char *const openings[] = {
        "Timestamp: ", "Async event", "Mapping change", "Flushed state", "Flushed policy", "Updated src ", "Deleted src ",
        "Expired src ", "acquire proto ", "report proto ",
    };
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++)
        if (span_begins(line, openings[i]))
            return true;
    return false;
}

/* Lines that only a history has; false where this is none. */
static bool read_event(struct reader *reader, struct span line, uint32_t number)
{
    struct span rest = line, word, second;
    if (!span_word(&rest, &word) || !span_word(&rest, &second))
        return false;
    if (span_is(word, "Async") && span_is(second, "event")) {
        open_entry(reader, line, number, SA_EVENT_TOUCH, true);
        reader->part = PART_ASYNC;
    } else if (span_is(word, "Mapping") && span_is(second, "change")) {
        open_entry(reader, line, number, SA_EVENT_MAPPING, true);
        reader->part = PART_MAPPING;
        if (!read_mapping(reader, rest)) {
            entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The change of mapping cannot be read.");
            reader->part = PART_SKIP;
        }
    } else if (span_is(word, "Flushed")) {
        open_entry(reader, line, number, SA_EVENT_FLUSH, true);
        if (span_is(second, "state"))
            read_flush(reader, rest, number);
    } else if ((span_is(word, "acquire") || span_is(word, "report")) && span_is(second, "proto")) {
        open_entry(reader, line, number, SA_EVENT_TOUCH, true);
        reader->part = PART_SKIP;
    } else {
        return false;
    }
    return true;
}

/* "Timestamp: Sat Nov 21 09:06:47 2026 6806 usec" on its own, or "[2026-11-21T09:06:47.006806] " before the record. */
static void read_stamp(struct reader *reader, struct span *line, uint32_t number)
{
    struct span rest = *line, word;
    uint64_t usec = 0;
    int64_t time_ns;
    if (span_begins(rest, "Timestamp:")) {
        rest.at += strlen("Timestamp:");
        rest.length -= strlen("Timestamp:");
        *line = (struct span){ 0 };
        end_entry(reader);
        reader->stamp_fresh = true;
        reader->time_fresh = calendar_asctime(&rest, &time_ns);
        if (reader->time_fresh && span_word(&rest, &word))
            reader->time_fresh = span_number(word, 999999, &usec);
        if (!reader->time_fresh) {
            entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The time stamp cannot be read.");
            return;
        }
        reader->time_ns = time_ns + (int64_t)usec * 1000;
        return;
    }
    while (rest.length > 0 && rest.at[0] == '[') {
        struct span mark, inside;
        if (!span_until(&rest, ']', &mark) || mark.length < 2)
            return;
        inside = (struct span){ mark.at + 1, mark.length - 1 };
        if (calendar_iso(&inside, &time_ns)) {
            end_entry(reader);
            reader->stamp_fresh = reader->time_fresh = true;
            reader->time_ns = time_ns;
        } else if (!span_begins(inside, "nsid ")) {
            return;
        }
        rest = span_trim(rest);
        *line = rest;
    }
}

static void read_head(struct reader *reader, struct span line, uint32_t number)
{
    struct span rest = line, word, after;
    uint8_t event = SA_EVENT_ADD;
    bool prefixed = true;
    (void)span_word(&rest, &word);
    if (span_is(word, "Updated")) {
        event = SA_EVENT_UPDATE;
    } else if (span_is(word, "Deleted")) {
        event = SA_EVENT_DELETE;
    } else if (span_is(word, "Expired")) {
        event = SA_EVENT_EXPIRE_SOFT;
    } else {
        rest = line;
        prefixed = false;
    }
    after = rest;
    struct span src, dst;
    if (!xfrm_head(&after, &src, &dst))
        return;
    open_entry(reader, rest, number, event, prefixed);
    reader->part = PART_HEAD;
}

static bool is_head(struct span line)
{
    static const char *const openings[] = { "src ", "Updated src ", "Deleted src ", "Expired src " };
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++)
        if (span_begins(line, openings[i]))
            return true;
    return false;
}

static void read_line(struct reader *reader, struct span line, uint32_t number)
{
    read_stamp(reader, &line, number);
    if (line.length == 0)
        return;
    if (reader->part == PART_ASYNC || reader->part == PART_MAPPING) {
        read_usersa(reader, line, number);
        return;
    }
    if (is_head(line)) {
        read_head(reader, line, number);
        return;
    }
    if (line.at[0] >= 'A' && line.at[0] <= 'Z' && span_begins(line, "Xfrm")) {
        end_entry(reader);
        return;
    }
    if (read_event(reader, line, number))
        return;
    if (reader->part == PART_HEAD) {
        bool state = span_begins(line, "proto "), policy = span_begins(line, "dir ") || span_begins(line, "socket ");
        if (!state && !policy)
            return; /* a security context may stand between */
        if (!(state ? begin_state(reader) : begin_policy(reader)))
            return;
    }
    if (reader->part == PART_STATE && !xfrm_state_line(&reader->state, line, number, reader->sink))
        reader->part = PART_SKIP;
    else if (reader->part == PART_POLICY && !xfrm_policy_line(&reader->policy, line, number, reader->sink))
        reader->part = PART_SKIP;
}

void xfrm_read(const char *text, size_t length, const struct sa_sink *sink, bool history)
{
    struct reader reader = { .sink = sink, .history = history };
    struct lines lines = lines_over(text, length, true);
    struct span line;
    if (history) {
        /* Whether any record has a time stamp decides what an entry without one is. */
        while (!reader.stamped && lines_next(&lines, &line))
            reader.stamped = span_begins(line, "Timestamp:") || span_begins(line, "[20") || span_begins(line, "[19");
        lines = lines_over(text, length, true);
    }
    while (lines_next(&lines, &line)) {
        entry_overlong(&lines, sink);
        read_line(&reader, line, lines.number);
    }
    end_entry(&reader);
}
