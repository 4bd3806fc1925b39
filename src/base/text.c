/* text: a growing string, escaping, and the text of times. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *text)
{
    free(text->chars);
    *text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->chars)
        text->chars[0] = '\0';
}

static bool text_reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more < text->room - text->length && text->room != 0)
        return true;
    size_t room = text->room ? text->room : 128;
    while (room - text->length <= more) {
        if (room > SIZE_MAX / 2) {
            text->failed = true;
            return false;
        }
        room *= 2;
    }
    char *chars = realloc(text->chars, room);
    if (chars == NULL) {
        text->failed = true;
        return false;
    }
    text->chars = chars;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *chars, size_t length)
{
    if (!text_reserve(text, length))
        return;
    if (length > 0)
        memcpy(text->chars + text->length, chars, length);
    text->length += length;
    text->chars[text->length] = '\0';
}

void text_put(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_char(struct text *text, char one)
{
    text_add(text, &one, 1);
}

void text_vprintf(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && text_reserve(text, (size_t)length)) {
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

/* Shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629). */
size_t text_utf8(const char *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    if (length == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || length < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return size;
}

/* C0, DEL, and C1 (which terminals obey as escape sequences) are never passed through. */
static bool text_is_control(const uint8_t *at, size_t size)
{
    return (size == 1 && (at[0] < 0x20 || at[0] == 0x7f)) || (size == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

void text_escaped(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        const uint8_t *at = (const uint8_t *)bytes + i;
        size_t size = text_utf8(bytes + i, length - i);
        if (size == 0 || text_is_control(at, size)) {
            for (size_t k = 0; k < (size ? size : 1); k++)
                text_printf(text, "\\x%02x", at[k]);
            i += size ? size : 1;
        } else {
            text_add(text, bytes + i, size);
            i += size;
        }
    }
}

void text_json(struct text *text, const char *bytes, size_t length)
{
    text_char(text, '"');
    for (size_t i = 0; i < length;) {
        const uint8_t *at = (const uint8_t *)bytes + i;
        size_t size = text_utf8(bytes + i, length - i);
        if (size == 0) {
            text_put(text, "\xef\xbf\xbd");
            i++;
            continue;
        }
        if (*at == '"' || *at == '\\')
            text_printf(text, "\\%c", *at);
        else if (*at == '\n')
            text_put(text, "\\n");
        else if (size == 1 && (*at < 0x20 || *at == 0x7f))
            text_printf(text, "\\u%04x", *at);
        else if (size == 2 && text_is_control(at, size))
            text_printf(text, "\\u%04x", (unsigned)(at[0] & 0x1f) << 6 | (at[1] & 0x3f));
        else
            text_add(text, bytes + i, size);
        i += size;
    }
    text_char(text, '"');
}

/* Days since 1970 to a civil date, by the 400-year cycle of the Gregorian calendar: no libc, no zone, no range. */
static void stamp_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

size_t stamp_print(int64_t time_ns, char text[STAMP_TEXT_MAX])
{
    int64_t seconds = time_ns / 1000000000, rest = time_ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    int64_t days = seconds / 86400, of_day = seconds % 86400, year;
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    unsigned month, day;
    stamp_civil(days, &year, &month, &day);
    int length = snprintf(text, STAMP_TEXT_MAX, "%04lld-%02u-%02uT%02u:%02u:%02u.%09uZ", (long long)year, month, day,
                          (unsigned)(of_day / 3600), (unsigned)(of_day / 60 % 60), (unsigned)(of_day % 60),
                          (unsigned)rest);
    return (size_t)length;
}

size_t span_print(int64_t span_ns, char text[SPAN_TEXT_MAX])
{
    const char *sign = span_ns < 0 ? "-" : "";
    uint64_t ns = span_ns < 0 ? 0 - (uint64_t)span_ns : (uint64_t)span_ns;
    uint64_t s = ns / 1000000000;
    int length;
    if (ns < 1000000)
        length = snprintf(text, SPAN_TEXT_MAX, "%s%llu us", sign, (unsigned long long)(ns / 1000));
    else if (ns < 1000000000)
        length = snprintf(text, SPAN_TEXT_MAX, "%s%.1f ms", sign, (double)ns / 1e6);
    else if (s < 100)
        length = snprintf(text, SPAN_TEXT_MAX, "%s%.1f s", sign, (double)ns / 1e9);
    else if (s < 3600)
        length = snprintf(text, SPAN_TEXT_MAX, "%s%llu min %llu s", sign, (unsigned long long)(s / 60),
                          (unsigned long long)(s % 60));
    else if (s < 86400)
        length = snprintf(text, SPAN_TEXT_MAX, "%s%llu h %llu min", sign, (unsigned long long)(s / 3600),
                          (unsigned long long)(s / 60 % 60));
    else
        length = snprintf(text, SPAN_TEXT_MAX, "%s%llu d %llu h", sign, (unsigned long long)(s / 86400),
                          (unsigned long long)(s / 3600 % 24));
    return (size_t)length;
}
