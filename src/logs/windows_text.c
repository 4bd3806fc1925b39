/*
 * windows_text: events as text: Event Viewer's copy, wevtutil /f:text, Format-List, or a message on one line as agents send it.
 *
 * An event begins with a line of its header ("Log Name:", "Event[0]:", "TimeCreated :") or with a sentence that esplain knows; it goes on until the next one begins,
 * or a line comes that has neither a label nor belongs to a message.
 */
#include "logs/windows_event.h"

struct windows_memory {
    struct windows_event event;
    bool local;          /* 5451: which end the labels speak of */
    bool remote;
};

static bool windows_begins(const struct log_line *line)
{
    return span_begins(line->text, "Log Name:") || span_begins(line->text, "Event[") ||
           (span_begins(line->text, "TimeCreated") && field_has(line->text, ":")) ||
           (span_begins(line->text, "ProviderName") && field_has(line->text, ":"));
}

static enum windows_field windows_label(const struct windows_memory *memory, struct span label)
{
    static const struct { const char *label; enum windows_field field; } labels[] = {
        { "Event ID", WINDOWS_ID }, { "Id", WINDOWS_ID }, { "Date", WINDOWS_TIME }, { "TimeCreated", WINDOWS_TIME },
        { "Computer", WINDOWS_COMPUTER }, { "MachineName", WINDOWS_COMPUTER },
        { "Remote Network Address", WINDOWS_REMOTE }, { "Inbound SA SPI", WINDOWS_SPI },
        { "Inbound SPI", WINDOWS_IN_SPI }, { "Outbound SPI", WINDOWS_OUT_SPI }, { "Lifetime - seconds", WINDOWS_SECONDS },
        { "Keying Module Name", WINDOWS_KEYMOD },
    };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (span_is_nocase(label, labels[i].label))
            return labels[i].field;
    if (span_is_nocase(label, "Network Address"))
        return memory->local ? WINDOWS_LOCAL : memory->remote ? WINDOWS_REMOTE : WINDOWS_FIELDS;
    if (span_is_nocase(label, "Tunnel Endpoint"))
        return memory->local ? WINDOWS_LOCAL_TUNNEL : memory->remote ? WINDOWS_REMOTE_TUNNEL : WINDOWS_FIELDS;
    return WINDOWS_FIELDS;
}

/* A message with all its fields on one line: what agents make of an event. */
static void windows_one_line(struct windows_memory *memory, struct span text)
{
    struct span value;
    if (field_labelled(text, "Remote Network Address", "", &value))
        windows_event_set(&memory->event, WINDOWS_REMOTE, value);
    if (field_labelled(text, "Inbound SA SPI", "", &value))
        windows_event_set(&memory->event, WINDOWS_SPI, value);
}

static bool windows_fields(struct windows_memory *memory, const struct log_line *line)
{
    struct span rest = line->text, label;
    uint16_t sentence = windows_event_sentence(line->text);
    if (sentence && !memory->event.sentence) {
        memory->event.sentence = sentence;
        windows_one_line(memory, line->text);
        return true;
    }
    if (!span_until(&rest, ':', &label))
        return false;
    label = span_trim(label);
    if (span_is_nocase(label, "Local Endpoint") || span_is_nocase(label, "Remote Endpoint")) {
        memory->local = span_is_nocase(label, "Local Endpoint");
        memory->remote = !memory->local;
    } else {
        windows_event_set(&memory->event, windows_label(memory, label), rest);
    }
    return label.length < line->text.length;
}

static enum log_answer windows_line(struct intake *intake, void *state, const struct log_line *line)
{
    struct windows_memory *memory = state;
    (void)intake;
    if (!windows_begins(line) && !windows_event_sentence(line->text))
        return LOG_FOREIGN;
    *memory = (struct windows_memory){ .local = false };
    windows_event_start(&memory->event, line);
    windows_fields(memory, line);
    return LOG_OPEN;
}

static enum log_answer windows_more(struct intake *intake, void *state, const struct log_line *line)
{
    struct windows_memory *memory = state;
    (void)intake;
    if (windows_begins(line) || (memory->event.sentence && windows_event_sentence(line->text)))
        return LOG_FOREIGN;
    return windows_fields(memory, line) || line->indented ? LOG_OPEN : LOG_FOREIGN;
}

static enum log_answer windows_close(struct intake *intake, void *state)
{
    struct windows_memory *memory = state;
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
    .memory = sizeof(struct windows_memory),
    .line = windows_line,
    .more = windows_more,
    .close = windows_close,
    .elements = windows_elements,
    .xml = windows_element,
};
