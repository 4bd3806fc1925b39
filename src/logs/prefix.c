/* prefix: the front of log lines. */
#include "logs/prefix.h"

#include <string.h>

#include "base/calendar.h"

#define PREFIX_RELAYS 3 /* headers inside headers that are looked through */

static bool prefix_char(struct span *rest, char one)
{
    if (rest->length == 0 || rest->at[0] != one)
        return false;
    rest->at++;
    rest->length--;
    return true;
}

static bool prefix_priority(struct span *rest)
{
    struct span left = *rest;
    int64_t priority;
    if (!prefix_char(&left, '<') || !calendar_digits(&left, 1, 3, &priority) || !prefix_char(&left, '>'))
        return false;
    *rest = left;
    return true;
}

/* "91: " and "*", as Cisco counts its messages and marks a clock that nobody set. */
static void prefix_sequence(struct span *rest)
{
    struct span left = span_trim(*rest);
    int64_t number;
    if (calendar_digits(&left, 1, 10, &number) && prefix_char(&left, ':') && left.length > 0 && left.at[0] == ' ')
        *rest = span_trim(left);
    left = *rest;
    if (prefix_char(&left, '*') || prefix_char(&left, '.'))
        *rest = left;
}

static void prefix_time(struct log_line *line, struct span *rest, struct span before, const struct drop_time *time)
{
    line->time = *time;
    line->stamp = span_trim((struct span){ before.at, (size_t)(rest->at - before.at) });
}

/* RFC 5424: "1 TIME HOST APP PROCID MSGID STRUCTURED-DATA MSG" */
static bool prefix_5424(struct log_line *line, struct span *rest)
{
    struct span left = *rest, word, host, program;
    struct drop_time time = { 0 };
    if (!prefix_char(&left, '1') || !prefix_char(&left, ' '))
        return false;
    struct span before = left;
    bool nil = span_begins(left, "- ");
    if (nil)
        field_token(&left, "", &word);
    else if (!stamp_take(&left, &time))
        return false;
    struct span behind = left;
    if (!field_token(&left, "", &host) || !field_token(&left, "", &program) || !field_token(&left, "", &word) ||
        !field_token(&left, "", &word))
        return false;
    left = span_trim(left);
    if (left.length > 0 && left.at[0] == '[') {
        bool quoted = false, inside = true;
        size_t at = 1;
        for (; at < left.length && (inside || left.at[at] == '['); at++) {
            if (left.at[at] == '\\' && quoted)
                at++;
            else if (left.at[at] == '"')
                quoted = !quoted;
            else if (!quoted)
                inside = left.at[at] != ']';
        }
        at = at < left.length ? at : left.length;
        left = (struct span){ left.at + at, left.length - at };
    } else if (!prefix_char(&left, '-')) {
        return false;
    }
    if (!nil)
        prefix_time(line, &behind, before, &time);
    line->host = span_is(host, "-") ? (struct span){ host.at, 0 } : host;
    line->program = span_is(program, "-") ? (struct span){ program.at, 0 } : program;
    left = span_trim(left);
    if (span_begins(left, "\xef\xbb\xbf"))
        left = (struct span){ left.at + 3, left.length - 3 };
    *rest = span_trim(left);
    return true;
}

/* "host program[12]: " behind a time; a message's own name, such as %ASA-4-402114:, is no program, and a quoted word is no host. */
static void prefix_program(struct log_line *line, struct span *rest)
{
    struct span left = *rest, host, program;
    if (!field_token(&left, "", &host) || host.at[0] == '%' || host.at[0] == '"')
        return;
    if (host.at[host.length - 1] == ':') { /* a program alone */
        program = (struct span){ host.at, host.length - 1 };
        host.length = 0;
    } else if (!field_token(&left, "", &program) || program.at[0] == '%' || program.at[program.length - 1] != ':') {
        return;
    } else {
        program.length--;
    }
    const char *bracket = memchr(program.at, '[', program.length);
    struct span digits = program;
    int64_t number;
    if (memchr(program.at, '=', program.length) || program.length == 0 || (calendar_digits(&digits, 1, 10, &number) && digits.length == 0))
        return;
    line->host = host.length > 0 ? host : line->host;
    line->program = (struct span){ program.at, bracket ? (size_t)(bracket - program.at) : program.length };
    *rest = span_trim(left);
}

void prefix_strip(struct log_line *line)
{
    struct span rest = span_trim(line->whole);
    bool priority = prefix_priority(&rest);
    if (priority && prefix_5424(line, &rest)) {
        line->text = rest;
        return;
    }
    for (unsigned i = 0; i < PREFIX_RELAYS; i++) {
        struct span left = rest;
        struct drop_time time;
        prefix_sequence(&left);
        struct span before = left;
        if (!stamp_take(&left, &time))
            break;
        prefix_time(line, &left, before, &time);
        prefix_char(&left, ':');
        rest = span_trim(left);
        prefix_program(line, &rest);
        struct span behind = rest, host; /* a relay's host before the device's own header */
        if (field_token(&behind, "", &host)) {
            struct span inner = behind;
            prefix_sequence(&inner);
            if (host.length > 1 && stamp_take(&inner, &time) && time.known) {
                line->host = host;
                rest = span_trim(behind);
            }
        }
    }
    line->text = rest;
}
