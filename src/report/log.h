/* log: drop reports out, as text for a person or JSON for a program. */
#ifndef REPORT_LOG_H
#define REPORT_LOG_H

#include "logs/intake.h"
#include "report/book.h"
#include "report/report.h"

struct log_view {
    const struct book *book;
    const char *const *logs;   /* names of log files by drop_report.file */
    const struct intake_counts *counts;
};

void log_write(struct report *report, const struct log_view *view);
/* SEVERITY of what the entry tells, or -1 where it tells of no drop. */
int log_severity(const struct book_entry *entry);
/* The condition that explains the code of an entry; NULL: none. */
const struct condition *log_condition(const struct book_entry *entry);
/* What its code, or else its counter, means; NULL: it has neither. */
const char *log_meaning(const struct book_entry *entry);
const char *log_kind(const struct book_entry *entry);                  /* "drop", "total", "negotiation", "sa-added", "sa-deleted" */
/* A sentence; NULL where the packets were found or none were looked for. */
const char *log_absence(const struct book_entry *entry);
/* What the analysis of the capture found of an entry's packets, where their verdict is the reported drop; NULL: nothing. */
const struct finding *log_finding(const struct report *report, const struct book_entry *entry);

void log_json(struct report *report, const struct log_view *view);
void log_text(struct report *report, const struct log_view *view);

#endif
