/* stamp: the times that logs write. */
#ifndef LOGS_STAMP_H
#define LOGS_STAMP_H

#include "logs/drop_report.h"

/*
 * Takes a time off the front: ISO 8601 with or without zone, "Nov 21 09:02:26" with or without year, fraction and zone, "21 Nov 2026 ...",
 * asctime, "11/21/2026 9:02:26 AM". False, and nothing taken, where there is none.
 */
bool stamp_take(struct span *rest, struct drop_time *time);

#endif
