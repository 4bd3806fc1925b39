/* calendar: dates as ip, setkey, asctime and logs print them. Those without a zone are taken as UTC; nanoseconds since 1970. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/lines.h"

/* Each takes its date off the front of `rest`; false, and *time_ns untouched, where there is none. */
bool calendar_iso(struct span *rest, int64_t *time_ns);     /* "2026-11-21 09:06:09", also with T between and a fraction */
bool calendar_asctime(struct span *rest, int64_t *time_ns); /* "Sat Nov 21 09:06:47 2026" or without the day of the week */

#endif
