/* lines: walking text without copying it. */
#include "base/lines.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char one)
{
    return one == ' ' || one == '\t' || one == '\r' || one == '\f' || one == '\v';
}

struct lines lines_over(const char *text, size_t length, bool split)
{
    if (length == 0)
        text = ""; /* no arithmetic on NULL */
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    return (struct lines){ .at = text, .end = text + length, .split = split };
}

bool lines_next(struct lines *lines, struct span *line)
{
    if (lines->at == lines->end)
        return false;
    const char *begin = lines->at;
    if (!lines->inside) {
        const char *newline = memchr(begin, '\n', (size_t)(lines->end - begin));
        lines->stop = newline ? newline : lines->end;
        lines->number++;
    }
    const char *stop = lines->stop;
    lines->inside = false;
    if (lines->split) {
        const char *backslash = memchr(begin, '\\', (size_t)(stop - begin));
        if (backslash) {
            stop = backslash;
            lines->inside = true;
        }
    }
    lines->at = stop < lines->end ? stop + 1 : stop;
    /* A backslash right before the end of the line ends both. */
    if (lines->inside && lines->at == lines->stop) {
        lines->at += lines->stop < lines->end;
        lines->inside = false;
    }
    size_t length = (size_t)(stop - begin);
    lines->overlong = length > LINE_MAX_BYTES;
    *line = span_trim((struct span){ begin, lines->overlong ? LINE_MAX_BYTES : length });
    return true;
}

struct span span_trim(struct span span)
{
    while (span.length > 0 && is_blank(span.at[0])) {
        span.at++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.at[span.length - 1]))
        span.length--;
    return span;
}

bool span_word(struct span *rest, struct span *word)
{
    struct span left = *rest;
    while (left.length > 0 && is_blank(left.at[0])) {
        left.at++;
        left.length--;
    }
    size_t length = 0;
    while (length < left.length && !is_blank(left.at[length]))
        length++;
    *word = (struct span){ left.at, length };
    *rest = (struct span){ left.at + length, left.length - length };
    return length > 0;
}

bool span_until(struct span *rest, char mark, struct span *part)
{
    if (rest->length == 0) {
        *part = *rest;
        return false;
    }
    const char *at = memchr(rest->at, mark, rest->length);
    size_t length = at ? (size_t)(at - rest->at) : rest->length;
    size_t taken = at ? length + 1 : length;
    *part = (struct span){ rest->at, length };
    *rest = (struct span){ rest->at + taken, rest->length - taken };
    return true;
}

bool span_is(struct span span, const char *literal)
{
    return span.length == strlen(literal) && (span.length == 0 || memcmp(span.at, literal, span.length) == 0);
}

bool span_begins(struct span span, const char *literal)
{
    size_t length = strlen(literal);
    return span.length >= length && memcmp(span.at, literal, length) == 0;
}

bool span_is_nocase(struct span span, const char *literal)
{
    return span.length == strlen(literal) && strncasecmp(span.at, literal, span.length) == 0;
}

static int hex_digit(char one)
{
    if (one >= '0' && one <= '9')
        return one - '0';
    if (one >= 'a' && one <= 'f')
        return one - 'a' + 10;
    if (one >= 'A' && one <= 'F')
        return one - 'A' + 10;
    return -1;
}

static bool hex_prefixed(struct span span)
{
    return span.length >= 2 && span.at[0] == '0' && (span.at[1] == 'x' || span.at[1] == 'X');
}

bool span_take_number(struct span *span, uint64_t *value)
{
    bool hex = hex_prefixed(*span);
    size_t at = hex ? 2 : 0, first = at;
    uint64_t base = hex ? 16 : 10, total = 0;
    for (; at < span->length; at++) {
        int digit = hex_digit(span->at[at]);
        if (digit < 0 || (uint64_t)digit >= base)
            break;
        if (total > (UINT64_MAX - (uint64_t)digit) / base)
            return false;
        total = total * base + (uint64_t)digit;
    }
    if (at == first)
        return false;
    *value = total;
    span->at += at;
    span->length -= at;
    return true;
}

bool span_number(struct span span, uint64_t most, uint64_t *value)
{
    uint64_t number;
    if (!span_take_number(&span, &number) || span.length != 0 || number > most)
        return false;
    *value = number;
    return true;
}

bool span_counted(struct span span, uint64_t most, uint64_t *value)
{
    uint64_t number;
    if (!span_take_number(&span, &number) || number > most)
        return false;
    if (span.length > 0 && span.at[0] != '(' && span.at[0] != ',')
        return false;
    *value = number;
    return true;
}

enum hex_status span_hex(struct span span, uint8_t *bytes, size_t room, size_t *length)
{
    *length = 0;
    if (hex_prefixed(span)) {
        span.at += 2;
        span.length -= 2;
    }
    for (size_t at = 0; at < span.length; at++)
        if (hex_digit(span.at[at]) < 0)
            return HEX_BAD;
    if (span.length % 2 != 0)
        return HEX_ODD;
    if (span.length / 2 > room)
        return HEX_LONG;
    for (size_t at = 0; at < span.length; at += 2)
        bytes[at / 2] = (uint8_t)(hex_digit(span.at[at]) << 4 | hex_digit(span.at[at + 1]));
    *length = span.length / 2;
    return HEX_OK;
}
