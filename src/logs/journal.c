/* journal: records of journald. Fields: systemd.journal-fields(7); their JSON: journalctl(1). */
#include "logs/journal.h"

#include <string.h>

bool journal_is(const struct document *record)
{
    return document_member(record, "__REALTIME_TIMESTAMP") || document_member(record, "MESSAGE");
}

/* The sender's own time where journald knows it, else when the message arrived: microseconds since 1970. */
static struct drop_time journal_time(const struct document *record)
{
    uint64_t us, most = INT64_MAX / 1000;
    if (!document_number(document_member(record, "_SOURCE_REALTIME_TIMESTAMP"), most, &us) &&
        !document_number(document_member(record, "__REALTIME_TIMESTAMP"), most, &us))
        return (struct drop_time){ .known = false };
    return (struct drop_time){ .ns = (int64_t)us * 1000, .known = true, .zoned = true, .dated = true };
}

static struct span journal_field(const struct document *record, const char *name, const char *other)
{
    struct span text;
    if (document_text(document_member(record, name), &text) || (other && document_text(document_member(record, other), &text)))
        return text;
    return (struct span){ "", 0 };
}

bool journal_lines(const struct document *record, uint32_t number, char *room, void *context, void (*give)(void *context, struct log_line *line))
{
    const struct document *message = document_member(record, "MESSAGE");
    struct span rest, whole;
    struct drop_time time = journal_time(record);
    if (!document_text(message, &rest)) {
        size_t length;
        if (!document_bytes(message, room, JOURNAL_MESSAGE_MAX, &length))
            return false;
        rest = (struct span){ room, length };
    }
    while (span_until(&rest, '\n', &whole)) {
        struct log_line line = { .whole = whole, .number = number, .time = time };
        if (span_trim(whole).length == 0)
            continue;
        line.indented = whole.at[0] == ' ' || whole.at[0] == '\t';
        line.host = journal_field(record, "_HOSTNAME", NULL);
        line.program = journal_field(record, "SYSLOG_IDENTIFIER", "_COMM");
        give(context, &line);
    }
    return true;
}
