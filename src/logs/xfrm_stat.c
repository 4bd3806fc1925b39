/*
 * xfrm_stat: /proc/net/xfrm_stat, also as nstat prints it. One reading gives each counter's total; further readings give what was added since the one before.
 *
 * Theory of operation. Lines "XfrmName number" form a reading, which ends at another line, at the end of the file, or where a name comes again. The first
 * reading is held back until a second one comes or all files were read.
 */
#include <string.h>

#include "logs/format.h"

struct stat_reading {
    uint64_t value[COUNTER_COUNT];
    struct drop_report report[COUNTER_COUNT]; /* where each stands */
    bool seen[COUNTER_COUNT];
};

struct stat_memory {
    struct stat_reading now, before;
    bool open, has_before, compared;
};

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

static void stat_give(struct intake *intake, struct stat_reading *reading, const struct stat_reading *before)
{
    for (unsigned i = 1; i < COUNTER_COUNT; i++) {
        uint64_t earlier = before && before->seen[i] ? before->value[i] : 0;
        struct drop_report report = reading->report[i];
        if (!reading->seen[i] || reading->value[i] == earlier)
            continue;
        report.count = reading->value[i] - earlier;
        if (reading->value[i] < earlier) {
            report.count = reading->value[i];
            drop_doubt(&report, "The counter is smaller than in the reading before: the host was started anew between them, or they are of two hosts. "
                                "The whole of it is given.");
        }
        if (report.count > 0)
            intake_give(intake, &format_xfrm_stat, &report);
    }
}

static void stat_end(struct intake *intake, struct stat_memory *memory)
{
    if (!memory->open)
        return;
    memory->open = false;
    if (memory->has_before) {
        stat_give(intake, &memory->now, &memory->before);
        memory->compared = true;
    }
    memory->before = memory->now;
    memory->has_before = true;
    memset(&memory->now, 0, sizeof memory->now);
}

static enum log_answer stat_line(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct stat_memory *memory = opaque;
    enum counter counter;
    uint64_t value;
    if (!stat_parse(line, &counter, &value))
        return LOG_FOREIGN;
    if (memory->open && memory->now.seen[counter] && counter != COUNTER_NONE)
        stat_end(intake, memory);
    memory->open = true;
    memory->now.seen[counter] = true;
    memory->now.value[counter] = value;
    if (counter == COUNTER_NONE) /* of a kernel that is newer than the table */
        return LOG_OPEN;
    struct drop_report *report = &memory->now.report[counter];
    *report = format_report(&format_xfrm_stat, counter_name(counter), line);
    report->kind = DROP_TOTAL;
    report->counter = (uint8_t)counter;
    report->windows = counter_rows[counter].windows;
    report->stated = true;
    return LOG_OPEN;
}

static enum log_answer stat_close(struct intake *intake, void *opaque)
{
    stat_end(intake, opaque);
    return LOG_TAKEN;
}

static void stat_finish(struct intake *intake, void *opaque)
{
    struct stat_memory *memory = opaque;
    if (memory->has_before && !memory->compared)
        stat_give(intake, &memory->before, NULL);
}

const struct log_format format_xfrm_stat = {
    .name = "xfrm-stat", .title = "/proc/net/xfrm_stat", .never = DROP_ALL, .memory = sizeof(struct stat_memory),
    .line = stat_line, .more = stat_line, .close = stat_close, .finish = stat_finish,
};
