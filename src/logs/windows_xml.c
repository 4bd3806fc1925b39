/* windows_xml: one <Event> of a Windows log, as wevtutil and Event Viewer export it. */
#include "logs/windows_event.h"
#include "logs/xml.h"

/* Events of old have values without names: of those of the IPsec driver one is a number, one an address. */
static void windows_xml_bare(struct windows_event *event, struct span text)
{
    struct addr address;
    uint32_t number;
    text = span_trim(text);
    if (field_number(text, &number))
        windows_event_set(event, WINDOWS_COUNT, text);
    else if (addr_parse(text.at, text.length, &address))
        windows_event_set(event, WINDOWS_REMOTE, text);
}

static void windows_xml_value(void *context, const struct xml_value *value)
{
    struct windows_event *event = context;
    bool attribute = value->attribute.length > 0;
    if (!attribute && span_is(value->element, "EventID"))
        windows_event_set(event, WINDOWS_ID, value->text);
    else if (!attribute && span_is(value->element, "Computer"))
        windows_event_set(event, WINDOWS_COMPUTER, value->text);
    else if (attribute && span_is(value->element, "TimeCreated") && span_is(value->attribute, "SystemTime"))
        windows_event_set(event, WINDOWS_TIME, value->text);
    else if (attribute && span_is(value->element, "Provider") && span_is(value->attribute, "Name"))
        windows_event_set(event, WINDOWS_PROVIDER, value->text);
    else if (!attribute && span_is(value->element, "Data") && value->name.length == 0)
        windows_xml_bare(event, value->text);
    else if (!attribute && span_is(value->element, "Data"))
        windows_event_set(event, windows_event_field(value->name), value->text);
}

enum log_answer windows_xml(struct intake *intake, const struct log_line *line)
{
    struct windows_event event;
    windows_event_start(&event, line);
    if (!xml_walk(line->whole, &event, windows_xml_value))
        return LOG_BROKEN;
    return windows_event_give(intake, &event);
}
