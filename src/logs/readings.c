/* readings: totals, and differences between them. */
#include "logs/readings.h"

#include <string.h>

bool readings_added(struct drop_report *report, uint64_t earlier, uint64_t now)
{
    report->kind = DROP_TOTAL;
    report->count = now < earlier ? now : now - earlier;
    if (now < earlier)
        drop_doubt(report, "The counter is smaller than in the reading before: the host was started anew between them, or they are of two hosts. "
                           "The whole of it is given.");
    return report->count > 0;
}

static void readings_give(const struct reading *reading, const struct reading *before, struct intake *intake, const struct readings_kind *kind)
{
    for (unsigned i = 0; i < READINGS_MAX; i++) {
        struct drop_report report = reading->first;
        report.line = reading->line[i];
        if (reading->seen[i] && kind->describe(i, &report) && readings_added(&report, before && before->seen[i] ? before->value[i] : 0, reading->value[i]))
            intake_give(intake, kind->format, &report);
    }
}

void readings_put(struct readings *readings, struct intake *intake, const struct readings_kind *kind, unsigned index, uint64_t value,
                  const struct log_line *line)
{
    if (index >= READINGS_MAX)
        return;
    if (readings->open && readings->now.seen[index])
        readings_end(readings, intake, kind);
    if (!readings->open)
        readings->now.first = format_report(kind->format, kind->format->name, line);
    readings->open = true;
    readings->now.seen[index] = true;
    readings->now.value[index] = value;
    readings->now.line[index] = line->number;
}

void readings_end(struct readings *readings, struct intake *intake, const struct readings_kind *kind)
{
    if (!readings->open)
        return;
    readings->open = false;
    if (readings->has_before) {
        readings_give(&readings->now, &readings->before, intake, kind);
        readings->compared = true;
    }
    readings->before = readings->now;
    readings->has_before = true;
    memset(&readings->now, 0, sizeof readings->now);
}

void readings_finish(struct readings *readings, struct intake *intake, const struct readings_kind *kind)
{
    readings_end(readings, intake, kind);
    if (readings->has_before && !readings->compared)
        readings_give(&readings->before, NULL, intake, kind);
}
