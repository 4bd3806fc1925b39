/* windows_message: the text of events, line by line: labels and their values, and the sentences that messages begin with. */
#include "logs/windows_event.h"

#include <string.h>

#define WINDOWS_LABEL_MAX 48u

static enum windows_field windows_label(const struct windows_message *message, struct span label)
{
    static const struct { const char *label; enum windows_field field; } labels[] = {
        { "Event ID", WINDOWS_ID }, { "Id", WINDOWS_ID }, { "Date", WINDOWS_TIME }, { "TimeCreated", WINDOWS_TIME },
        { "Source", WINDOWS_PROVIDER }, { "ProviderName", WINDOWS_PROVIDER }, { "Computer", WINDOWS_COMPUTER }, { "MachineName", WINDOWS_COMPUTER },
        { "Remote Network Address", WINDOWS_REMOTE }, { "Inbound SA SPI", WINDOWS_SPI },
        { "Inbound SPI", WINDOWS_IN_SPI }, { "Outbound SPI", WINDOWS_OUT_SPI }, { "Lifetime - seconds", WINDOWS_SECONDS },
        { "Keying Module Name", WINDOWS_KEYMOD },
    };
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (span_is_nocase(label, labels[i].label))
            return labels[i].field;
    if (span_is_nocase(label, "Network Address"))
        return message->local ? WINDOWS_LOCAL : message->remote ? WINDOWS_REMOTE : WINDOWS_FIELDS;
    if (span_is_nocase(label, "Tunnel Endpoint"))
        return message->local ? WINDOWS_LOCAL_TUNNEL : message->remote ? WINDOWS_REMOTE_TUNNEL : WINDOWS_FIELDS;
    return WINDOWS_FIELDS;
}

/* System events: "Received 5 packet(s) with a bad Security Parameters Index from 192.0.2.1. ..." */
static void windows_system_line(struct windows_event *event, struct span text)
{
    struct span behind, address, count;
    if (!field_after(text, " packet(s) ", &behind))
        return;
    size_t end = (size_t)(behind.at - text.at) - strlen(" packet(s) "), begin = end;
    while (begin > 0 && text.at[begin - 1] >= '0' && text.at[begin - 1] <= '9')
        begin--;
    count = (struct span){ text.at + begin, end - begin };
    if (count.length == 0 || !field_labelled(behind, "from ", "", &address))
        return;
    if (address.at[address.length - 1] == '.')
        address.length--;
    windows_event_set(event, WINDOWS_COUNT, count);
    windows_event_set(event, WINDOWS_REMOTE, address);
}

/* A message with all its fields on one line: what agents make of an event. */
static void windows_one_line(struct windows_event *event, struct span text)
{
    struct span value;
    if (field_labelled(text, "Remote Network Address", "", &value))
        windows_event_set(event, WINDOWS_REMOTE, value);
    if (field_labelled(text, "Inbound SA SPI", "", &value))
        windows_event_set(event, WINDOWS_SPI, value);
}

/* Words with blanks between them: what stands before the first colon of other logs' lines is something else. */
static bool windows_is_label(struct span label)
{
    for (size_t i = 0; i < label.length; i++) {
        char one = label.at[i];
        if (!((one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || (one != '\0' && strchr(" -/", one))))
            return false;
    }
    return label.length > 0 && label.length <= WINDOWS_LABEL_MAX;
}

bool windows_message_line(struct windows_event *event, struct windows_message *message, struct span text)
{
    struct span rest = text, label;
    uint16_t sentence = windows_event_sentence(text);
    windows_system_line(event, text);
    if (sentence && !event->sentence) {
        event->sentence = sentence;
        event->message = true;
        windows_one_line(event, text);
        return true;
    }
    if (!span_until(&rest, ':', &label))
        return false;
    label = span_trim(label);
    if (span_is_nocase(label, "Local Endpoint") || span_is_nocase(label, "Remote Endpoint")) {
        message->local = span_is_nocase(label, "Local Endpoint");
        message->remote = !message->local;
    } else if (span_is(label, "Message") || span_is(label, "Description")) {
        event->message = true;
    } else {
        windows_event_set(event, windows_label(message, label), rest);
    }
    return label.length < text.length && windows_is_label(label);
}
