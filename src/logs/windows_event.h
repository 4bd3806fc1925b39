/*
 * windows_event: one event of a Windows log as text, XML or CSV told it, field by field, until it is whole; and what it means.
 */
#ifndef LOGS_WINDOWS_EVENT_H
#define LOGS_WINDOWS_EVENT_H

#include "logs/format.h"

#define WINDOWS_VALUE_MAX 64

enum windows_field {
    WINDOWS_ID, WINDOWS_TIME, WINDOWS_COMPUTER, WINDOWS_PROVIDER,
    WINDOWS_REMOTE, WINDOWS_LOCAL, WINDOWS_REMOTE_TUNNEL, WINDOWS_LOCAL_TUNNEL,
    WINDOWS_SPI, WINDOWS_IN_SPI, WINDOWS_OUT_SPI, WINDOWS_SECONDS, WINDOWS_KEYMOD, WINDOWS_COUNT,
    WINDOWS_FIELDS
};

struct windows_event {
    uint32_t line;             /* 0: no event has begun */
    struct drop_time time;     /* of the lines around it, for events that tell none themselves */
    char stamp[DROP_STAMP_MAX];
    char values[WINDOWS_FIELDS][WINDOWS_VALUE_MAX]; /* "" where not told */
    uint16_t sentence;         /* the event whose text was met, 0 for none */
    bool message;              /* its message has begun */
    bool broken;               /* a value was too long to be one */
};

struct windows_message {
    bool local, remote;        /* 5451: which end the labels speak of */
};

void windows_event_start(struct windows_event *event, const struct log_line *line);
/* The first value of a field stays. */
void windows_event_set(struct windows_event *event, enum windows_field field, struct span value);
/* The field that an XML or property name stands for ("RemoteAddress", "SPI"); WINDOWS_FIELDS: none that matters. */
enum windows_field windows_event_field(struct span name);
/* The event whose message begins so; 0: none that esplain knows. */
uint16_t windows_event_sentence(struct span text);
/* A line of its header or message, without blanks at its ends. False: it is neither a sentence nor a label with something behind it. */
bool windows_message_line(struct windows_event *event, struct windows_message *message, struct span line);
/* Gives the report that the event amounts to, forgets it, and says what it was. */
enum log_answer windows_event_give(struct intake *intake, struct windows_event *event);
/* windows_xml.c: line->whole is an <Event>. */
enum log_answer windows_xml(struct intake *intake, const struct log_line *line);

#endif
