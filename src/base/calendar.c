/* calendar: proleptic Gregorian arithmetic; strptime would follow the locale. */
#include "base/calendar.h"

#include <string.h>

/* Days since 1970-01-01 of a valid date; years are counted from March so that the leap day is the last. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2) {
        year--;
        month += 12;
    }
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469;
}

bool calendar_digits(struct span *rest, size_t least, size_t most, int64_t *value)
{
    int64_t total = 0;
    size_t at = 0;
    while (at < most && at < rest->length && rest->at[at] >= '0' && rest->at[at] <= '9')
        total = total * 10 + (rest->at[at++] - '0');
    if (at < least)
        return false;
    rest->at += at;
    rest->length -= at;
    *value = total;
    return true;
}

static bool one_of(struct span *rest, const char *marks)
{
    if (rest->length == 0 || rest->at[0] == '\0' || strchr(marks, rest->at[0]) == NULL)
        return false;
    rest->at++;
    rest->length--;
    return true;
}

bool calendar_clock(struct span *rest, int64_t *seconds)
{
    int64_t hour, minute, second;
    if (!calendar_digits(rest, 1, 2, &hour) || !one_of(rest, ":") || !calendar_digits(rest, 2, 2, &minute) || !one_of(rest, ":") ||
        !calendar_digits(rest, 2, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

bool calendar_moment(int64_t year, int64_t month, int64_t day, int64_t seconds, int64_t *time_ns)
{
    static const uint8_t days[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > days[month - 1] || (month == 2 && day == 29 && !leap))
        return false;
    *time_ns = (days_since_1970(year, month, day) * 86400 + seconds) * 1000000000;
    return true;
}

void calendar_fraction(struct span *rest, int64_t *ns)
{
    *ns = 0;
    if (rest->length < 2 || rest->at[1] < '0' || rest->at[1] > '9' || !one_of(rest, ".,"))
        return;
    int64_t weight = 100000000;
    for (int64_t digit; calendar_digits(rest, 1, 1, &digit); weight /= 10)
        *ns += digit * weight;
}

bool calendar_iso(struct span *rest, int64_t *time_ns)
{
    struct span left = span_trim(*rest);
    int64_t year, month, day, seconds, whole, fraction = 0;
    if (!calendar_digits(&left, 4, 4, &year) || !one_of(&left, "-") || !calendar_digits(&left, 2, 2, &month) || !one_of(&left, "-") ||
        !calendar_digits(&left, 2, 2, &day) || !one_of(&left, " T") || !calendar_clock(&left, &seconds) ||
        !calendar_moment(year, month, day, seconds, &whole))
        return false;
    calendar_fraction(&left, &fraction);
    *time_ns = whole + fraction;
    *rest = left;
    return true;
}

int64_t calendar_month(struct span word)
{
    static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    for (int64_t month = 0; month < 12; month++)
        if (span_is(word, names[month]))
            return month + 1;
    return 0;
}

bool calendar_asctime(struct span *rest, int64_t *time_ns)
{
    struct span left = *rest, word;
    if (!span_word(&left, &word))
        return false;
    int64_t month = calendar_month(word), day, seconds, year;
    if (month == 0 && (!span_word(&left, &word) || (month = calendar_month(word)) == 0))
        return false;
    if (!span_word(&left, &word) || !calendar_digits(&word, 1, 2, &day) || word.length != 0)
        return false;
    if (!span_word(&left, &word) || !calendar_clock(&word, &seconds) || word.length != 0)
        return false;
    if (!span_word(&left, &word) || !calendar_digits(&word, 4, 4, &year) || word.length != 0)
        return false;
    if (!calendar_moment(year, month, day, seconds, time_ns))
        return false;
    *rest = left;
    return true;
}
