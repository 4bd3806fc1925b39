/* older: findings that left the ledger of a run that goes on, counted by condition. */
#include <inttypes.h>

#include "report/json.h"
#include "report/page.h"
#include "report/report.h"

void report_older(const struct report *report, uint64_t findings[SEVERITY_ERROR + 1])
{
    for (uint32_t i = 0; i < ledger_older_count(report->detect->ledger); i++) {
        const struct ledger_older *older = ledger_older_at(report->detect->ledger, i);
        findings[older->severity] += older->findings;
    }
}

static void text_older_row(struct text *text, const struct ledger_older *older)
{
    char stamp[STAMP_TEXT_MAX];
    text_printf(text, "  %s %s: %u finding%s, %" PRIu64 " in all", severity_name((enum severity)older->severity), older->condition->name,
                older->findings, older->findings == 1 ? "" : "s", older->count);
    stamp_print(older->first_ns, stamp);
    text_printf(text, ", from %s", stamp);
    stamp_print(older->last_ns, stamp);
    text_printf(text, " to %s\n", stamp);
}

void text_older(struct report *report)
{
    struct ledger *ledger = report->detect->ledger;
    if (ledger_older_count(ledger) == 0)
        return;
    text_put(&report->line, "\nOlder findings, each told when it came and quiet since:\n");
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
        for (uint32_t i = 0; i < ledger_older_count(ledger); i++)
            if (ledger_older_at(ledger, i)->severity == severity)
                text_older_row(&report->line, ledger_older_at(ledger, i));
}

void json_older(struct report *report)
{
    struct text *text = &report->line;
    json_key(text, "older");
    text_char(text, '[');
    for (uint32_t i = 0; i < ledger_older_count(report->detect->ledger); i++) {
        const struct ledger_older *older = ledger_older_at(report->detect->ledger, i);
        text_printf(text, "%s{\"condition\":\"%s\"", i ? "," : "", older->condition->name);
        json_string(text, "severity", severity_name((enum severity)older->severity));
        json_number(text, "findings", older->findings);
        json_number(text, "count", older->count);
        json_time(text, "first", older->first_ns);
        json_time(text, "last", older->last_ns);
        text_char(text, '}');
    }
    text_char(text, ']');
}
