/*
 * xfrm_stat: /proc/net/xfrm_stat, also as nstat prints it. Lines "XfrmName number" form a reading, which ends at another line, at the end of the file, or
 * where a name comes again.
 */
#include <string.h>

#include "logs/readings.h"

_Static_assert(COUNTER_COUNT <= READINGS_MAX, "each counter has its place");

static bool stat_describe(unsigned index, struct drop_report *report)
{
    if (index == COUNTER_NONE || index >= COUNTER_COUNT)
        return false;
    report->event = counter_name((enum counter)index);
    report->counter = (uint8_t)index;
    report->windows = counter_rows[index].windows;
    report->stated = true;
    return true;
}

static const struct readings_kind stat_kind = { &format_xfrm_stat, stat_describe };

static bool stat_parse(const struct log_line *line, enum counter *counter, uint64_t *value)
{
    struct span rest = line->text, name, number, rate;
    if (!span_begins(rest, "Xfrm") || !span_word(&rest, &name) || !span_word(&rest, &number) || !span_number(number, UINT64_MAX, value))
        return false;
    if (span_word(&rest, &rate) && (!memchr(rate.at, '.', rate.length) || span_word(&rest, &number)))
        return false; /* nstat's rate, and nothing behind it */
    *counter = counter_find(name.at, name.length);
    return true;
}

static enum log_answer stat_line(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct readings *readings = opaque;
    enum counter counter;
    uint64_t value;
    if (!stat_parse(line, &counter, &value))
        return LOG_FOREIGN;
    if (counter != COUNTER_NONE) /* else: of a kernel that is newer than the table */
        readings_put(readings, intake, &stat_kind, counter, value, line);
    return LOG_OPEN;
}

static enum log_answer stat_close(struct intake *intake, void *opaque)
{
    readings_end(opaque, intake, &stat_kind);
    return LOG_TAKEN;
}

static void stat_finish(struct intake *intake, void *opaque)
{
    readings_finish(opaque, intake, &stat_kind);
}

const struct log_format format_xfrm_stat = {
    .name = "xfrm-stat", .title = "/proc/net/xfrm_stat", .never = DROP_ALL, .memory = sizeof(struct readings),
    .line = stat_line, .more = stat_line, .close = stat_close, .finish = stat_finish,
};
