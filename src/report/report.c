/* report: which format, in what order, and handing out whole lines. */
#include "report/report.h"

#include <stdlib.h>

void report_start(struct report *report, const struct esplain_options *options)
{
    report->options = options;
}

void report_stop(struct report *report)
{
    text_free(&report->line);
}

bool report_flush(struct report *report)
{
    if (report->line.failed)
        report->failed = true;
    if (!report->failed && report->line.length &&
        !report->options->output(report->options->context, report->line.chars, report->line.length))
        report->failed = true;
    text_clear(&report->line);
    return !report->failed;
}

void report_alert(struct report *report, const struct finding *finding, uint64_t more)
{
    if (report->options->format == ESPLAIN_JSON)
        json_alert(report, finding, more);
    else
        text_alert(report, finding, more);
    report_flush(report);
}

#define REPORT_CHUNK 32768u /* verdict lines are handed out together */

void report_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                    const struct judgement *judgement, const struct inner *inner)
{
    report->told = true;
    if (report->options->format == ESPLAIN_JSON)
        json_verdict(report, frame, layer, judgement, inner);
    else
        text_verdict(report, frame, layer, judgement, inner);
    if (report->line.length > REPORT_CHUNK)
        report_flush(report);
}

void report_begin_dosp(struct report *report)
{
    if (report->options->format == ESPLAIN_TEXT)
        text_dosp_begin(report);
    report_flush(report);
}

void report_order(const struct report *report, uint32_t *order)
{
    uint32_t at = 0, count = ledger_count(report->detect->ledger);
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
        for (int certainty = CERTAINTY_CERTAIN; certainty >= CERTAINTY_POSSIBLE; certainty--)
            for (uint32_t i = 0; i < count; i++) {
                const struct finding *finding = ledger_at(report->detect->ledger, i);
                if (finding->severity == severity && finding->certainty == certainty)
                    order[at++] = i;
            }
}

static void report_json(struct report *report, const struct summary *summary)
{
    uint32_t count = ledger_count(report->detect->ledger);
    uint32_t *order = calloc(count + 1, sizeof *order);
    if (order == NULL) {
        report->failed = true;
        return;
    }
    report_order(report, order);
    for (uint32_t i = 0; i < count && !report->failed; i++) {
        json_finding(report, ledger_at(report->detect->ledger, order[i]), i + 1);
        report_flush(report);
    }
    free(order);
    for (uint32_t i = 0; !report->options->quiet && i < sadb_count(report->db) && !report->failed; i++) {
        if (!(sadb_hot(report->db, i)->flags & SA_HOT_FREE))
            json_sa(report, i);
        if (report->line.length > REPORT_CHUNK)
            report_flush(report);
    }
    json_summary(report, summary);
}

void report_end(struct report *report, const struct summary *summary)
{
    if (report->options->format == ESPLAIN_JSON)
        report_json(report, summary);
    else
        text_report(report, summary);
    report_flush(report);
}
