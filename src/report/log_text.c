/*
 * log_text: drop reports for a person, answer first: what was dropped, whose, how often, since when; what a capture shows of it and why; then the lines.
 * A paragraph for each code and peer (log_groups.h). What a code means and what to do is said once.
 */
#include <stdlib.h>
#include <string.h>

#include "catalogue/windows.h"
#include "report/log.h"
#include "report/log_groups.h"
#include "report/page.h"

#define LOG_SOURCES 8 /* formats whose limits a paragraph names */
#define LOG_CLOCK_NS (3 * 1000000000LL) /* clocks that differ by less are the same */
#define LOG_SHOWN 8   /* entries that a paragraph names; -v all */
#define LOG_GROUPS 16 /* paragraphs of one severity; -v all */

static void log_head(struct report *out, enum page_style style, const char *word, const char *words)
{
    bool color = out->options->color;
    text_char(&out->line, '\n');
    page_style(&out->line, color, style);
    text_put(&out->line, word);
    page_style(&out->line, color, STYLE_PLAIN);
    text_put(&out->line, "  ");
    page_style(&out->line, color, STYLE_BOLD);
    text_put(&out->line, words);
    page_style(&out->line, color, STYLE_PLAIN);
    text_char(&out->line, '\n');
}

static void log_stamp(struct text *text, const struct log_view *view, const struct drop_time *time, const char *stamp)
{
    char chars[STAMP_TEXT_MAX];
    int64_t ns;
    if (book_time(view->book, time, &ns)) {
        stamp_print(ns, chars);
        if (!time->zoned)
            chars[strlen(chars) - 1] = '\0'; /* the Z: nobody said that it is UTC */
        text_put(text, chars);
        if (!time->zoned)
            text_put(text, " (the log tells no zone)");
    } else if (stamp[0]) {
        text_escaped(text, stamp, strlen(stamp));
    } else {
        text_put(text, "no time told");
    }
}

static void log_code(const struct book_entry *entry, struct text *text)
{
    const struct drop_report *report = &entry->report;
    const struct windows_error *error = report->windows ? windows_error_find(report->windows) : NULL;
    if (error) {
        text_printf(text, "%u %s (0x%04X, HRESULT 0x%08X", error->code, error->name, error->code, windows_error_hresult(error->code));
        if (error->ntstatus)
            text_printf(text, ", %s 0x%08X = %d", error->ntstatus_name, error->ntstatus, (int32_t)error->ntstatus);
        text_put(text, ")");
    }
    if (report->counter)
        text_printf(text, "%sLinux %s", error ? "; " : "", counter_name((enum counter)report->counter));
    if (!error && !report->counter)
        text_put(text, "none that fits");
    else
        text_put(text, report->stated ? "; the log states it (certain)" : "; by the words of the message (likely)");
}

static void log_where(const struct log_run *run, struct text *text)
{
    const struct drop_report *report = &run->first->report;
    char chars[ADDR_TEXT_MAX];
    if (report->known & DROP_PROTO)
        text_put(text, report->proto == 51 ? "AH " : "ESP ");
    if (report->known & DROP_SRC) {
        addr_print(&report->src, chars);
        text_put(text, chars);
    } else {
        text_put(text, "an unnamed peer");
    }
    if (report->known & DROP_DST) {
        addr_print(&report->dst, chars);
        text_printf(text, " > %s", chars);
    }
    if (report->known & DROP_SPI)
        text_printf(text, ", SPI 0x%08x", report->spi);
    if (run->entries > 1)
        text_printf(text, ", %u sequence numbers from %u to %u", run->entries, run->low, run->high);
    else if (report->known & DROP_SEQ)
        text_printf(text, ", sequence number %u", report->seq);
}

static void log_match(struct report *out, const struct log_run *run, struct text *text)
{
    const struct book_match *match = run->first->match;
    const struct place *first = &match->frames[0];
    const char *file = out->files[first->file];
    text_escaped(text, file, strlen(file));
    if (run->matched == 1)
        text_printf(text, ": frame %llu", (unsigned long long)first->frame);
    else
        text_printf(text, ": %llu packets, frames %llu to %llu", (unsigned long long)run->matched, (unsigned long long)first->frame,
                    (unsigned long long)run->last->match->last.frame);
    text_printf(text, ": %s, %s", verdict_row(match->verdict)->name, certainty_name(match->certainty));
    if (!match->agrees)
        text_put(text, "; what esplain knows of the receiver does not lead to the reported drop (no SAs were given for it with -s or --receiver, or none that fits)");
    text_char(text, '.');
}

/* `absence`: why the run before was not found, which is not said again. */
static void log_told(struct report *out, const struct log_view *view, const struct log_run *run, const char *lead, const char *absence)
{
    const struct drop_report *report = &run->first->report;
    struct text line = { 0 };
    log_where(run, &line);
    text_printf(&line, "; %s %s", report->source, report->event);
    if (run->packets > 1 || run->lines > 1)
        text_printf(&line, ", %llu packet%s in %llu line%s", (unsigned long long)run->packets, run->packets == 1 ? "" : "s",
                    (unsigned long long)run->lines, run->lines == 1 ? "" : "s");
    text_put(&line, "; ");
    text_escaped(&line, view->logs[report->file], strlen(view->logs[report->file]));
    text_printf(&line, ":%u, ", report->line);
    log_stamp(&line, view, &report->time, report->stamp);
    if (run->lines > 1 && (run->last->last_time.known || run->last->last_stamp[0])) {
        text_put(&line, " to ");
        log_stamp(&line, view, &run->last->last_time, run->last->last_stamp);
    }
    for (unsigned i = 0; i < report->extra_count; i++) {
        text_printf(&line, "; %s ", report->extras[i].name);
        text_escaped(&line, report->extras[i].value, strlen(report->extras[i].value));
    }
    if (report->out_spi_known)
        text_printf(&line, "; other direction 0x%08x", report->out_spi);
    page_wrap(&out->line, lead, line.chars ? line.chars : "");
    text_clear(&line);
    if (run->matched) {
        log_match(out, run, &line);
        page_wrap(&out->line, "           in ", line.chars ? line.chars : "");
    } else if (log_absence(run->first) && log_absence(run->first) != absence) {
        page_wrap(&out->line, "           not found: ", log_absence(run->first));
    }
    for (unsigned i = 0; i < report->doubt_count; i++)
        page_wrap(&out->line, "           doubt: ", report->doubts[i]);
    text_free(&line);
}

/* What the formats of a paragraph cannot tell, and where they leave packets out; each format once. */
static void log_limits(struct report *out, const struct log_view *view, const struct log_groups *groups, const struct log_group *group)
{
    const char *said[LOG_SOURCES];
    unsigned count = 0, named = 0, k;
    for (uint32_t i = group->first; i != LOG_GROUPS_END && count < LOG_SOURCES; i = groups->next[i]) {
        const struct drop_report *report = &book_at(view->book, i)->report;
        struct text line = { 0 };
        for (k = 0; k < count && strcmp(said[k], report->source) != 0; k++)
            continue;
        if (k < count)
            continue;
        said[count++] = report->source;
        for (unsigned field = 1; field < DROP_ALL; field <<= 1)
            if (report->missing & field)
                text_printf(&line, "%s%s", line.length ? ", " : " never tells: ", drop_field_name((enum drop_field)field));
        if (report->limited)
            text_printf(&line, "%s%s, so there may have been more", line.length ? "; " : ": ", report->limited);
        if (line.length) {
            struct text whole = { 0 };
            text_printf(&whole, "%s%s", report->source, line.chars);
            page_wrap(&out->line, named++ == 0 ? "  Lacks:   " : "           ", whole.chars ? whole.chars : "");
            text_free(&whole);
        }
        text_free(&line);
    }
}

static void log_title(struct report *out, const struct log_view *view, const struct log_group *group)
{
    static const char *const words[] = { "NOTE", "WARNING", "ERROR" };
    static const enum page_style styles[] = { STYLE_CYAN, STYLE_YELLOW, STYLE_RED };
    const struct book_entry *first = book_at(view->book, group->first);
    const struct drop_report *report = &first->report;
    const struct condition *condition = log_condition(first);
    const struct windows_error *error = report->windows ? windows_error_find(report->windows) : NULL;
    char peer[ADDR_TEXT_MAX];
    struct text line = { 0 };
    addr_print(&report->src, peer);
    if (group->severity < 0)
        text_printf(&line, "%s  [%s]", report->kind == DROP_SA_ADDED ? "SAs that came" : "SAs that went", report->event);
    else
        text_printf(&line, "%s%s%s, %s%llu packet%s in %llu line%s", condition ? condition->title : error ? error->name : report->event,
                    report->known & DROP_SRC ? ": from " : "", report->known & DROP_SRC ? peer : "", group->at_least ? "at least " : "",
                    (unsigned long long)group->packets, group->packets == 1 ? "" : "s", (unsigned long long)group->lines, group->lines == 1 ? "" : "s");
    log_head(out, group->severity < 0 ? STYLE_GREEN : styles[group->severity], group->severity < 0 ? "HISTORY" : words[group->severity],
             line.chars ? line.chars : "");
    text_free(&line);
}

static void log_since(struct report *out, const struct log_group *group)
{
    char since[STAMP_TEXT_MAX], until[STAMP_TEXT_MAX], span[SPAN_TEXT_MAX];
    struct text line = { 0 };
    if (!group->timed || group->since_ns == group->until_ns)
        return;
    stamp_print(group->since_ns, since);
    stamp_print(group->until_ns, until);
    span_print(group->until_ns - group->since_ns, span);
    if (!group->zoned)
        since[strlen(since) - 1] = until[strlen(until) - 1] = '\0'; /* the Z: nobody said that it is UTC */
    text_printf(&line, "%s to %s: %s, by the log's clock%s", since, until, span, group->zoned ? "" : ", which tells no zone");
    page_wrap(&out->line, "  When:    ", line.chars ? line.chars : "");
    text_free(&line);
}

/* What the capture shows of the paragraph's reports, and why, as `read` says it: of the first that it explains. */
static void log_found(struct report *out, const struct log_view *view, const struct log_groups *groups, const struct log_group *group)
{
    const struct finding *finding = NULL;
    const struct book_match *match = NULL;
    struct text line = { 0 };
    for (uint32_t i = group->first; i != LOG_GROUPS_END && finding == NULL; i = groups->next[i]) {
        finding = log_finding(out, book_at(view->book, i));
        match = match ? match : book_at(view->book, i)->match;
    }
    if (group->looked == 0)
        return;
    if (group->looked > 1)
        text_printf(&line, "%u of %u different reports are found in the capture. ", group->found, group->looked);
    if (finding)
        detect_explain(out->detect, finding, &line);
    else if (match && words_cause(match->cause))
        text_printf(&line, "Why: %s.", words_cause(match->cause));
    if (line.length)
        page_wrap(&out->line, "  Capture: ", line.chars);
    text_free(&line);
}

static void log_group(struct report *out, const struct log_view *view, const struct log_groups *groups, const struct log_group *group, bool again)
{
    const struct book_entry *first = book_at(view->book, group->first);
    const struct condition *condition = log_condition(first);
    const char *meaning = log_meaning(first);
    const char *absence = NULL;
    uint32_t shown = 0, told = 0;
    struct text line = { 0 };
    log_title(out, view, group);
    if (group->severity >= 0) {
        log_code(first, &line);
        page_wrap(&out->line, "  Code:    ", line.chars ? line.chars : "");
    }
    text_free(&line);
    log_since(out, group);
    log_found(out, view, groups, group);
    for (uint32_t i = group->first; i != LOG_GROUPS_END && (shown < LOG_SHOWN || out->options->verbose); shown++) {
        struct log_run run;
        i = log_groups_run(groups, view->book, i, &run);
        log_told(out, view, &run, shown == 0 ? "  Told:    - " : "           - ", absence);
        absence = log_absence(run.first);
        told += run.entries;
    }
    if (told < group->entries)
        text_printf(&out->line, "           and %u more that differ in SPI, sequence number, destination or log (-v lists them)\n", group->entries - told);
    log_limits(out, view, groups, group);
    if (group->severity < 0)
        return;
    if (again && (meaning || condition)) {
        text_put(&out->line, "  Means and what to do: as above\n");
        return;
    }
    if (meaning)
        page_wrap(&out->line, "  Means:   ", meaning);
    for (unsigned i = 0; condition && condition->remedies[i]; i++)
        page_wrap(&out->line, i == 0 ? "  Do:      - " : "           - ", condition->remedies[i]);
}

static void log_clock(struct report *out, const struct log_view *view, uint16_t file)
{
    const struct book_clock *clock = book_clock(view->book, file);
    int64_t offset = clock ? clock->offset_ns : 0, quarter = 900 * 1000000000LL;
    char span[SPAN_TEXT_MAX], rest[SPAN_TEXT_MAX];
    if (clock == NULL)
        return;
    int64_t zone = (offset + (offset < 0 ? -quarter / 2 : quarter / 2)) / quarter * quarter;
    span_print(llabs(offset), span);
    span_print(llabs(offset - zone), rest);
    text_put(&out->line, "\nClock of ");
    text_escaped(&out->line, view->logs[file], strlen(view->logs[file]));
    if (llabs(offset) < LOG_CLOCK_NS)
        text_put(&out->line, ": the capture's, to a few seconds");
    else
        text_printf(&out->line, ": %s %s the capture's", span, offset < 0 ? "behind" : "ahead of");
    if (clock->votes == 1)
        text_put(&out->line, " (by one report");
    else
        text_printf(&out->line, " (by %u reports that agree", clock->votes);
    text_put(&out->line, clock->firm ? ")" : "; others of its packets would fit as well, so this is not sure)");
    if (zone != 0 && llabs(offset - zone) < 60 * 1000000000LL)
        text_printf(&out->line, "; that is UTC%c%02lld:%02lld, and %s off", offset < 0 ? '-' : '+', (long long)(llabs(zone) / (4 * quarter)),
                    (long long)(llabs(zone) / quarter % 4 * 15), rest);
    text_put(&out->line, "\n");
}

static void log_paragraphs(struct report *report, const struct log_view *view, const struct log_groups *groups)
{
    uint32_t shown = 0, left = 0;
    uint64_t said[(UINT16_MAX + 1) / 64] = { 0 }; /* codes; of those without one, counters, which are below all codes */
    for (uint32_t i = 0; i < groups->count && !report->failed; i++) {
        const struct drop_report *now = &book_at(view->book, groups->rows[i].first)->report;
        uint16_t code = now->windows ? now->windows : now->counter;
        if (i > 0 && groups->rows[i].severity != groups->rows[i - 1].severity)
            shown = 0;
        if (shown++ >= LOG_GROUPS && report->options->verbose == 0) {
            left++;
            continue;
        }
        log_group(report, view, groups, &groups->rows[i], said[code / 64] >> code % 64 & 1);
        said[code / 64] |= (uint64_t)1 << code % 64;
        report_flush(report);
    }
    if (left)
        text_printf(&report->line, "\n... and %u more of other peers and codes, with fewer packets (-v shows all)\n", left);
}

static void log_headline(struct report *report, const struct log_view *view, const struct log_groups *groups)
{
    const struct intake_counts *counts = view->counts;
    uint32_t severities[SEVERITY_ERROR + 1] = { 0 };
    struct text *line = &report->line;
    for (uint32_t i = 0; i < groups->count; i++)
        if (groups->rows[i].severity >= 0)
            severities[groups->rows[i].severity]++;
    page_style(line, report->options->color, STYLE_BOLD);
    text_printf(line, "%u error%s, %u warning%s", severities[SEVERITY_ERROR], severities[SEVERITY_ERROR] == 1 ? "" : "s", severities[SEVERITY_WARNING],
                severities[SEVERITY_WARNING] == 1 ? "" : "s");
    page_style(line, report->options->color, STYLE_PLAIN);
    text_printf(line, ": %llu report%s in %llu line%s", (unsigned long long)counts->reports, counts->reports == 1 ? "" : "s",
                (unsigned long long)counts->lines, counts->lines == 1 ? "" : "s");
    if (counts->unknown)
        text_printf(line, "; %llu line%s no format knows", (unsigned long long)counts->unknown, counts->unknown == 1 ? "" : "s");
    if (counts->broken) {
        text_printf(line, "; %llu broken, the first at ", (unsigned long long)counts->broken);
        text_escaped(line, view->logs[counts->first_broken_file], strlen(view->logs[counts->first_broken_file]));
        text_printf(line, ":%u", counts->first_broken_line);
    }
    text_put(line, ".\n");
}

void log_text(struct report *report, const struct log_view *view)
{
    struct log_groups groups;
    if (!log_groups_make(&groups, view->book)) {
        report->failed = true;
        return;
    }
    log_headline(report, view, &groups);
    if (!report->options->quiet)
        log_paragraphs(report, view, &groups);
    log_groups_free(&groups);
    for (uint32_t file = 0; file < book_logs(view->book); file++)
        log_clock(report, view, (uint16_t)file);
}
