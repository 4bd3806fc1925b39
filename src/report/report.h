/*
 * report: records out, as text for a person or JSON for a program. No protocol knowledge: names and sentences come from the rows.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "detect/condition.h"
#include "dosp/boundary.h"
#include "esplain/esplain.h"

struct summary {
    uint64_t frames, bytes;
    uint64_t esp, ah, ike, keepalives, other;
    uint64_t verdicts[VERDICT_COUNT];
    uint64_t capture_dropped;
    const char *damaged;    /* NULL, or what is damaged and where */
    int64_t first_ns, last_ns;
    bool interim;           /* of a live run that goes on */
};

/* What came out of a packet that was opened. */
struct inner {
    bool known;
    struct addr src, dst;
    uint8_t proto;
};

struct report {
    const struct esplain_options *options;
    const struct detect *detect;
    struct sadb *db;
    const char *const *files; /* names of captures by frame.file */
    struct boundary *boundary; /* the simulated DoS protection; NULL without */
    const struct boundary_judgement *dosp; /* what it says of the packet that is judged now; NULL: nothing */
    bool told;                /* a verdict record was written since `dosp` was set */
    struct text line;         /* built here, then handed out whole */
    bool failed;              /* the output is gone */
};

void report_start(struct report *report, const struct esplain_options *options);
void report_stop(struct report *report);
bool report_flush(struct report *report); /* hands out report->line and clears it */

/* One function for each record; each goes to the format that the options name. */
void report_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                    const struct judgement *judgement, const struct inner *inner);
/* A finding while the run goes on. `more`: how often it came since it was told last; 0: it is new. */
void report_alert(struct report *report, const struct finding *finding, uint64_t more);
/* Says, before everything else, that a box is simulated. */
void report_begin_dosp(struct report *report);
void report_end(struct report *report, const struct summary *summary);

/* json.c */
void json_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner *inner);
void json_finding(struct report *report, const struct finding *finding, uint32_t number); /* number 0: it has none yet */
void json_alert(struct report *report, const struct finding *finding, uint64_t more);
void json_sa(struct report *report, uint32_t index);
void json_summary(struct report *report, const struct summary *summary);

/* text.c */
void text_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner *inner);
void text_alert(struct report *report, const struct finding *finding, uint64_t more);
void text_older(struct report *report); /* findings that left the ledger of a long run, by condition */
void json_older(struct report *report); /* the field of a summary */
/* How many of them there are of each severity. */
void report_older(const struct report *report, uint64_t findings[SEVERITY_ERROR + 1]);
void text_dosp_begin(struct report *report);
void text_dosp_end(struct report *report);
void json_dosp_verdict(struct report *report); /* the field of a verdict record */
void json_dosp_summary(struct report *report);
void text_report(struct report *report, const struct summary *summary);

/*
 * Findings in the order in which a person wants them: worst first, surest first, then by first meeting. Fills `order`, ledger_count() long.
 * A finding's number in text and records is its place here, counted from 1.
 */
void report_order(const struct report *report, uint32_t *order);

#endif
