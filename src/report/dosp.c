/* dosp: what the simulated DoS protection adds to records and to the report. */
#include "report/json.h"
#include "report/page.h"
#include "report/report.h"

void json_dosp_verdict(struct report *report)
{
    struct text *text = &report->line;
    const struct boundary_judgement *said = report->dosp;
    if (said == NULL || said->action == BOUNDARY_NONE) {
        json_null(text, "dosp");
        return;
    }
    json_key(text, "dosp");
    text_printf(text, "{\"action\":\"%s\"", boundary_action_name(said->action));
    json_string(text, "class", boundary_class_name(said->sort));
    json_error(text, "error", said->error);
    text_char(text, '}');
}

void json_dosp_summary(struct report *report)
{
    uint64_t counters[STATISTIC_COUNT];
    struct text *text = &report->line;
    boundary_statistics(report->boundary, counters);
    json_key(text, "dosp");
    text_char(text, '{');
    for (unsigned i = 0; i < STATISTIC_COUNT; i++)
        text_printf(text, "%s\"%s\":%llu", i ? "," : "", statistic_name(i), (unsigned long long)counters[i]);
    text_char(text, '}');
}

void text_dosp_begin(struct report *report)
{
    page_wrap(&report->line, "", "Simulation of IPsec DoS Protection on the box that the settings describe: what it would do with these "
                                 "packets. It is no evidence that such a box stands there.");
}

void text_dosp_end(struct report *report)
{
    uint64_t counters[STATISTIC_COUNT];
    boundary_statistics(report->boundary, counters);
    text_put(&report->line, "\nDoS protection, simulated (names as the system's statistics have them)\n");
    for (unsigned i = 0; i < STATISTIC_COUNT; i++)
        text_printf(&report->line, "  %-54s %llu\n", statistic_name(i), (unsigned long long)counters[i]);
}
