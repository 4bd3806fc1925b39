/* stamp: the times that logs write, in all their shapes. What is not told (zone, year) stays untold. */
#include "logs/stamp.h"

#include <string.h>

#include "base/calendar.h"
#include "logs/fields.h"

#define SECOND 1000000000LL

static bool stamp_char(struct span *rest, char one)
{
    if (rest->length == 0 || rest->at[0] != one)
        return false;
    rest->at++;
    rest->length--;
    return true;
}

static bool stamp_word(struct span *rest, const char *word)
{
    struct span left = *rest, token;
    if (!field_token(&left, ":,", &token) || !span_is(token, word))
        return false;
    *rest = left;
    return true;
}

/* "Z", "+01:00", "-0700", "+02", "UTC", "GMT", right behind or behind a blank. */
static void stamp_zone(struct span *rest, struct drop_time *time)
{
    struct span left = *rest;
    if (stamp_char(&left, 'Z')) {
        time->zoned = true;
        *rest = left;
        return;
    }
    if (stamp_word(rest, "UTC") || stamp_word(rest, "GMT")) {
        time->zoned = true;
        return;
    }
    stamp_char(&left, ' ');
    int64_t sign = stamp_char(&left, '+') ? 1 : stamp_char(&left, '-') ? -1 : 0, hours, minutes = 0;
    if (sign == 0 || !calendar_digits(&left, 2, 2, &hours) || hours > 14)
        return;
    struct span before = left;
    stamp_char(&left, ':');
    if (!calendar_digits(&left, 2, 2, &minutes) || minutes > 59) {
        left = before;
        minutes = 0;
    }
    if (left.length > 0 && !strchr(" \t:,]", left.at[0]))
        return;
    time->ns -= sign * (hours * 3600 + minutes * 60) * SECOND;
    time->zoned = true;
    *rest = left;
}

static bool stamp_iso(struct span *rest, struct drop_time *time)
{
    struct span left = *rest;
    if (left.length < 19 || left.at[4] != '-' || !calendar_iso(&left, &time->ns))
        return false;
    time->dated = true;
    stamp_zone(&left, time);
    *rest = left;
    return true;
}

struct stamp_parts {
    int64_t year, month, day, seconds, fraction;
};

static bool stamp_part(struct span *rest, char part, struct stamp_parts *parts)
{
    struct span word;
    while (rest->length > 0 && (rest->at[0] == ' ' || rest->at[0] == ','))
        stamp_char(rest, rest->at[0]);
    switch (part) {
    case 'M':
        return field_token(rest, ",", &word) && (parts->month = calendar_month(word)) != 0;
    case 'D':
        return calendar_digits(rest, 1, 2, &parts->day) && rest->length > 0 && strchr(" ,", rest->at[0]);
    case 'Y':
        return calendar_digits(rest, 4, 4, &parts->year) && (rest->length == 0 || strchr(" ,:", rest->at[0]));
    default:
        if (!calendar_clock(rest, &parts->seconds))
            return false;
        calendar_fraction(rest, &parts->fraction);
        return true;
    }
}

/* "Nov 21 09:02:26", "Nov 21 2026 09:02:26", "21 Nov 2026 09:02:26", "2026 Nov 21 09:02:26"; only asctime, which begins with the day, ends with the year. */
static bool stamp_named(struct span *rest, struct drop_time *time)
{
    static const char *const orders[] = { "MDTY", "MDYT", "DMYT", "YMDT", "MDT" };
    struct span start = *rest, word;
    bool week = field_token(&start, ",", &word) && word.length == 3 && word.at[0] >= 'A' && word.at[0] <= 'Z' && !calendar_month(word);
    if (!week)
        start = *rest;
    for (unsigned i = week ? 0 : 1; i < sizeof orders / sizeof orders[0]; i++) {
        struct span left = start;
        struct stamp_parts parts = { .year = 0 };
        const char *part = orders[i];
        while (*part && stamp_part(&left, *part, &parts))
            part++;
        if (*part || !calendar_moment(parts.year ? parts.year : DROP_YEAR, parts.month, parts.day, parts.seconds, &time->ns))
            continue;
        time->ns += parts.fraction;
        time->dated = parts.year != 0;
        stamp_zone(&left, time);
        *rest = left;
        return true;
    }
    return false;
}

/*
 * "11/21/2026 9:02:26 AM", "21.11.2026 09:02:26", "2026/11/21 09:02:26". Which of two numbers up to 12 is the month nobody tells: with AM or PM
 * it is the first, as the United States write, with points the second; else such a date is no time that can be told.
 */
static bool stamp_numbers(struct span *rest, struct drop_time *time)
{
    struct span left = *rest;
    int64_t parts[3], seconds, fraction;
    char mark = '\0';
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0 && !stamp_char(&left, mark))
            return false;
        if (!calendar_digits(&left, 1, 4, &parts[i]) || left.length == 0)
            return false;
        if (i == 0)
            mark = left.at[0];
    }
    if (mark != '/' && mark != '.')
        return false;
    stamp_char(&left, ',');
    while (stamp_char(&left, ' '))
        continue;
    if (!calendar_clock(&left, &seconds))
        return false;
    calendar_fraction(&left, &fraction);
    bool am = stamp_word(&left, "AM"), pm = !am && stamp_word(&left, "PM");
    if (am || pm)
        seconds = seconds % (12 * 3600) + (pm ? 12 * 3600 : 0);
    int64_t year = parts[2], month = parts[0], day = parts[1];
    if (parts[0] >= 1970) {
        year = parts[0], month = parts[1], day = parts[2];
    } else if (mark == '.' || parts[0] > 12) {
        month = parts[1], day = parts[0];
    } else if (!am && !pm && parts[1] <= 12 && parts[0] != parts[1]) {
        return false;
    }
    if (month > 12 || !calendar_moment(year, month, day, seconds, &time->ns))
        return false;
    time->ns += fraction;
    time->dated = true;
    stamp_zone(&left, time);
    *rest = left;
    return true;
}

bool stamp_take(struct span *rest, struct drop_time *time)
{
    struct drop_time found = { 0 };
    struct span left = span_trim(*rest);
    if (!stamp_iso(&left, &found) && !stamp_numbers(&left, &found) && !stamp_named(&left, &found))
        return false;
    found.known = true;
    *time = found;
    *rest = left;
    return true;
}
