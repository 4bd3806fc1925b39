/*
 * windows_text: events as text: Event Viewer's copy, wevtutil /f:text, Format-List, CSV, or a message on one line as agents send it.
 *
 * An event begins with a line of its header ("Log Name:", "Event[0]:"), with a property of Format-List ("TimeCreated :") that the event before has already, with a
 * sentence that esplain knows, or with a row of a table; it goes on until the next one begins, or a line comes that has neither a label nor belongs to a message.
 */
#include "logs/windows_csv.h"

struct windows_memory {
    struct windows_event event;
    struct windows_message message;
    struct windows_table table;
    bool cut;            /* the event is a row of the table that is not whole yet */
};

/* Properties in the order that Format-List has them differ by what was asked for: any of these can be the first. */
static bool windows_property(const struct windows_event *event, const struct log_line *line)
{
    static const struct { const char *name; enum windows_field field; } names[] = {
        { "TimeCreated", WINDOWS_TIME }, { "ProviderName", WINDOWS_PROVIDER }, { "Id", WINDOWS_ID }, { "Message", WINDOWS_FIELDS },
    };
    struct span rest = line->text, label;
    if (line->indented || !span_until(&rest, ':', &label) || label.length == line->text.length || label.length == 0 || label.at[label.length - 1] != ' ')
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(span_trim(label), names[i].name))
            return event == NULL || (names[i].field == WINDOWS_FIELDS ? event->message : event->values[names[i].field][0] != '\0');
    return false;
}

/* `event`: the one that goes on, or NULL. */
static bool windows_begins(const struct windows_event *event, const struct log_line *line)
{
    bool begun = event == NULL || event->message || event->values[WINDOWS_ID][0]; /* wevtutil has both lines */
    return (begun && span_begins(line->text, "Log Name:")) || span_begins(line->text, "Event[") || windows_property(event, line) ||
           (windows_event_sentence(line->text) && (event == NULL || event->sentence));
}

static enum log_answer windows_row(struct windows_memory *memory, const struct log_line *line)
{
    enum windows_row_answer answer = windows_csv_row(&memory->table, line->whole, &memory->event);
    memory->cut = answer != WINDOWS_ROW_WHOLE;
    return answer == WINDOWS_ROW_NONE ? LOG_FOREIGN : answer == WINDOWS_ROW_OPEN ? LOG_OPEN : LOG_TAKEN;
}

static enum log_answer windows_line(struct intake *intake, void *state, const struct log_line *line)
{
    struct windows_memory *memory = state;
    memory->cut = false;
    memory->table.csv.quoted = false;
    if (windows_csv_header(&memory->table, line->whole) || (span_begins(line->text, "#TYPE ") && field_has(line->text, ".EventLogRecord")))
        return LOG_TAKEN;
    windows_event_start(&memory->event, line);
    enum log_answer answer = windows_row(memory, line);
    if (answer == LOG_OPEN)
        return LOG_OPEN;
    if (answer == LOG_TAKEN)
        return windows_event_give(intake, &memory->event);
    memory->cut = false;
    memory->event.line = 0;
    if (!windows_begins(NULL, line))
        return LOG_FOREIGN;
    memory->message = (struct windows_message){ .local = false };
    windows_event_start(&memory->event, line);
    windows_message_line(&memory->event, &memory->message, line->text);
    return LOG_OPEN;
}

static enum log_answer windows_more(struct intake *intake, void *state, const struct log_line *line)
{
    struct windows_memory *memory = state;
    (void)intake;
    if (memory->cut)
        return windows_row(memory, line);
    bool other = line->stamp.length > 0 && memory->event.stamp[0] == '\0'; /* it has a time before it: another log's line */
    if (other || windows_begins(&memory->event, line))
        return LOG_FOREIGN;
    return windows_message_line(&memory->event, &memory->message, line->text) || line->indented ? LOG_OPEN : LOG_FOREIGN;
}

static enum log_answer windows_close(struct intake *intake, void *state)
{
    struct windows_memory *memory = state;
    if (memory->cut && memory->event.line != 0) {
        memory->event.line = 0;
        return LOG_BROKEN;
    }
    return windows_event_give(intake, &memory->event);
}

static enum log_answer windows_element(struct intake *intake, void *state, const struct log_line *line)
{
    (void)state;
    return windows_xml(intake, line);
}

static const char *const windows_elements[] = { "Event", NULL };

const struct log_format format_windows_event = {
    .name = "windows-event",
    .title = "Windows Security and System events",
    .never = DROP_DST | DROP_PROTO | DROP_SEQ,
    .limited = "whether Windows writes an event for every packet is documented nowhere",
    .memory = sizeof(struct windows_memory),
    .line = windows_line,
    .more = windows_more,
    .close = windows_close,
    .elements = windows_elements,
    .xml = windows_element,
};
