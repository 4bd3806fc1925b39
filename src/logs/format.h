/*
 * format: one row a kind of log. docs/adding-a-log-format.md says how to add one.
 *
 * A format is offered lines (also those that journald, CSV or an event carried), JSON documents or XML elements, each with what was learned around it. It gives
 * reports to the intake, and answers what the line was. It never guesses: a line that begins as one of its own and cannot be read is LOG_BROKEN.
 * What it must remember between lines and files is in its `memory`, which begins as zeros. Formats are total: any bytes.
 */
#ifndef LOGS_FORMAT_H
#define LOGS_FORMAT_H

#include "logs/drop_report.h"
#include "logs/fields.h"
#include "logs/stamp.h"

struct document;
struct intake;

struct log_line {
    struct span text;      /* without blanks at its ends and without the prefix of syslog or journald */
    struct span whole;     /* the line as it stands */
    bool indented;         /* it begins with a blank: a line that goes on with the one before, as some print it */
    uint32_t number;
    struct drop_time time; /* of the prefix */
    struct span stamp;     /* its text */
    struct span host, program; /* of the prefix; empty where it tells none */
};

enum log_answer {
    LOG_FOREIGN, /* nothing of this format */
    LOG_TAKEN,   /* read: reports were given, or it is known and tells of no drop */
    LOG_OPEN,    /* read, and the next lines may belong to it: they go to `more` first */
    LOG_BROKEN,  /* of this format, and damaged: counted, no report */
};

struct log_format {
    const char *name;      /* the reports' source: "cisco-ios" */
    const char *title;     /* for a person: "Cisco IOS" */
    uint32_t never;        /* set of enum drop_field that this format never carries */
    const char *limited;   /* why its lines on packets are fewer than the packets; NULL: nothing is known of that */
    size_t memory;         /* bytes */
    /* Any of these may be NULL. */
    enum log_answer (*line)(struct intake *intake, void *memory, const struct log_line *line);
    /* The line behind one that was answered with LOG_OPEN. LOG_FOREIGN: the record is over, and the line is offered to all. */
    enum log_answer (*more)(struct intake *intake, void *memory, const struct log_line *line);
    /* No further line belongs to the record that was open: LOG_TAKEN, or LOG_BROKEN. */
    enum log_answer (*close)(struct intake *intake, void *memory);
    /* A line that is a JSON object, other than journald's. */
    enum log_answer (*json)(struct intake *intake, void *memory, const struct log_line *line, const struct document *document);
    /* One XML element of these names (NULL-terminated); line->whole is all of it. LOG_FOREIGN: what is inside is looked at by itself. */
    const char *const *elements;
    enum log_answer (*xml)(struct intake *intake, void *memory, const struct log_line *line);
    /* All files were read: what was held back (differences between readings) goes out now. */
    void (*finish)(struct intake *intake, void *memory);
};

extern const struct log_format *const log_formats[]; /* NULL-terminated; the surest recogniser first */
extern const struct log_format format_windows_event, format_wfp, format_record;
extern const struct log_format format_linux_audit, format_xfrm_stat;
extern const struct log_format format_cisco_ios, format_cisco_asa, format_fortigate, format_junos, format_screenos;
extern const struct log_format format_strongswan, format_libreswan, format_bsd_netstat, format_xfrm_state, format_kame;
extern const struct log_format format_zyxel, format_check_point, format_clavister, format_nsg;

#define LOG_FORMATS_MAX 32 /* rows of the table */

/* A report of this format, at this line: source, line, missing and the line's time and host filled; a packet, counted once. */
struct drop_report format_report(const struct log_format *format, const char *event, const struct log_line *line);
/* intake.c: takes a report; `missing` becomes what the format never carries and the report does not know. */
void intake_give(struct intake *intake, const struct log_format *format, struct drop_report *report);

#endif
