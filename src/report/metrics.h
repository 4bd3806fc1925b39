/*
 * metrics: the state of a run in Prometheus' text format (version 0.0.4), for a file that a collector reads.
 *
 * Theory of operation. Counters must never fall, and the number of series must not follow what strangers send. So an SA has series of its own
 * only while it holds one of METRICS_SAS slots: known SAs that are alive, and SAs seen in traffic, up to half of the slots, while they
 * carry something. What SAs without a slot count is added up in one series whose labels are all "other", from the difference to the last time they were
 * looked at; an SA that gets or loses a slot moves nothing that was counted before. Findings are added up the same way, because a finding may change its
 * severity, or leave the ledger in a long run: each, and the count of those that left, remembers what was taken in (so one run has one struct metrics).
 */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include "report/report.h"

#define METRICS_SAS 200u                        /* SAs with series of their own */
#define METRICS_IDLE_NS (15 * 60 * 1000000000ll) /* a seen SA that carries nothing for so long loses its slot, and an ended one after it */

/* What is captured on, in live runs. */
struct metrics_interface {
    const char *name;
    uint64_t dropped_kernel, dropped_interface; /* since the run began */
};

struct metrics_state {
    const struct summary *summary;
    const struct detect *detect;
    struct sadb *db;
    const struct metrics_interface *interfaces;
    uint32_t interface_count;
    const uint64_t *kernel; /* /proc/net/xfrm_stat by enum counter, COUNTER_COUNT of them; NULL where it is not watched */
    const struct tally *tally; /* what of these rises no captured packet explains; NULL where nobody looks */
    int64_t started_ns;     /* of the wall clock; 0: not told */
};

struct metrics; /* what was counted so far */

struct metrics *metrics_create(void); /* NULL: no memory */
void metrics_destroy(struct metrics *metrics);
/* Appends all of it; call it again and again with the same run's state. False where memory is short: then nothing is lost for the next time. */
bool metrics_print(struct metrics *metrics, const struct metrics_state *state, struct text *text);

/* metrics_sas.c: the series of SAs. */
struct metrics_sas;
struct metrics_sas *metrics_sas_create(void);
void metrics_sas_destroy(struct metrics_sas *sas);
bool metrics_sas_print(struct metrics_sas *sas, struct sadb *db, int64_t now_ns, struct text *text);

/* Pieces of the format: the two lines before a family, and ` name="value"` in braces with what the format wants escaped. */
void metrics_family(struct text *text, const char *name, const char *type, const char *help);
void metrics_label(struct text *text, const char *name, const char *value, bool first);

#endif
