/* calendar: dates as ip, setkey, asctime and logs print them. Those without a zone are taken as UTC; nanoseconds since 1970. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/lines.h"

/* Each takes its date off the front of `rest`; false, and *time_ns untouched, where there is none. */
bool calendar_iso(struct span *rest, int64_t *time_ns);     /* "2026-11-21 09:06:09", also with T between and a fraction */
bool calendar_asctime(struct span *rest, int64_t *time_ns); /* "Sat Nov 21 09:06:47 2026" or without the day of the week */


/* The parts of dates, for formats of their own. */
bool calendar_digits(struct span *rest, size_t least, size_t most, int64_t *value); /* so many decimal digits; takes no more than `most` */
bool calendar_clock(struct span *rest, int64_t *seconds);                           /* "9:06:47", "09:06:47" */
void calendar_fraction(struct span *rest, int64_t *ns);                             /* ".25", ",250"; 0 where there is none */
int64_t calendar_month(struct span word);                                           /* "Nov": 11; 0 for another word */
/* False outside of the years 1970 to 2261, which is the range of the nanoseconds, and for days that no month has. */
bool calendar_moment(int64_t year, int64_t month, int64_t day, int64_t seconds, int64_t *time_ns);

#endif
