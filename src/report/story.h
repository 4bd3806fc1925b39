/* story: the timeline of IKE and ESP for each pair of peers: when the tunnel came up, was rekeyed, broke. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/report.h"

/* Appends to report->line. Nothing where the capture has no IKE. */
void story_write(struct report *report);

#endif
