/*
 * log_text: drop reports for a person, answer first: what was dropped, whose, how often, since when; then what a capture shows of it.
 * Entries that differ only in sequence number and SPI stand together, a paragraph for each code and pair of addresses.
 */
#include <stdlib.h>
#include <string.h>

#include "catalogue/windows.h"
#include "report/log.h"
#include "report/page.h"

#define LOG_CLOCK_NS (3 * 1000000000LL)
#define LOG_SHOWN 8 /* SPIs and files that a paragraph names */


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

static bool log_together(const struct book_entry *a, const struct book_entry *b)
{
    return a->report.windows == b->report.windows && a->report.kind == b->report.kind && a->report.counter == b->report.counter &&
           (a->report.windows || a->report.event == b->report.event) && addr_equal(&a->report.src, &b->report.src);
}

static bool log_is_first(const struct book *book, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++)
        if (log_together(book_at(book, i), book_at(book, index)))
            return false;
    return true;
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
        text_put(text, "a time that the log does not tell");
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

static void log_where(const struct book_entry *entry, struct text *text)
{
    const struct drop_report *report = &entry->report;
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
    if (report->known & DROP_SEQ)
        text_printf(text, ", sequence number %u", report->seq);
}

static void log_match(struct report *out, const struct book_entry *entry, struct text *text)
{
    const struct book_match *match = entry->match;
    const struct place *first = &match->frames[0];
    const char *file = out->files[first->file], *cause = words_cause(match->cause);
    text_escaped(text, file, strlen(file));
    if (match->packets == 1)
        text_printf(text, ": frame %llu", (unsigned long long)first->frame);
    else
        text_printf(text, ": %llu packets, frames %llu to %llu", (unsigned long long)match->packets, (unsigned long long)first->frame,
                    (unsigned long long)match->last.frame);
    text_printf(text, ": %s, %s", verdict_row(match->verdict)->name, certainty_name(match->certainty));
    if (!match->agrees)
        text_put(text, "; what esplain knows of the receiver does not lead to the reported drop (no SAs given for it, or none that fits)");
    if (cause)
        text_printf(text, ". Why: %s", cause);
    text_char(text, '.');
}

static void log_entry(struct report *out, const struct log_view *view, const struct book_entry *entry, const char *lead)
{
    struct text line = { 0 };
    const struct drop_report *report = &entry->report;
    log_where(entry, &line);
    text_printf(&line, "; %s %s", report->source, report->event);
    if (entry->packets > 1 || entry->lines > 1)
        text_printf(&line, ", %llu packet%s in %llu line%s", (unsigned long long)entry->packets, entry->packets == 1 ? "" : "s",
                    (unsigned long long)entry->lines, entry->lines == 1 ? "" : "s");
    text_put(&line, "; ");
    text_escaped(&line, view->logs[report->file], strlen(view->logs[report->file]));
    text_printf(&line, ":%u, ", report->line);
    log_stamp(&line, view, &report->time, report->stamp);
    if (entry->lines > 1) {
        text_put(&line, " to ");
        log_stamp(&line, view, &entry->last_time, entry->last_stamp);
    }
    for (unsigned i = 0; i < report->extra_count; i++) {
        text_printf(&line, "; %s ", report->extras[i].name);
        text_escaped(&line, report->extras[i].value, strlen(report->extras[i].value));
    }
    if (report->out_spi_known)
        text_printf(&line, "; other direction 0x%08x", report->out_spi);
    page_wrap(&out->line, lead, line.chars ? line.chars : "");
    text_clear(&line);
    if (entry->match) {
        log_match(out, entry, &line);
        page_wrap(&out->line, "           in ", line.chars ? line.chars : "");
    } else if (log_absence(entry)) {
        page_wrap(&out->line, "           not found: ", log_absence(entry));
    }
    for (unsigned i = 0; i < report->doubt_count; i++)
        page_wrap(&out->line, "           doubt: ", report->doubts[i]);
    text_free(&line);
}

static void log_lacks(struct report *out, const struct drop_report *report)
{
    struct text line = { 0 };
    for (unsigned field = 1; field < DROP_ALL; field <<= 1)
        if (report->missing & field)
            text_printf(&line, "%s%s", line.length ? ", " : "", drop_field_name((enum drop_field)field));
    if (line.length) {
        struct text whole = { 0 };
        text_printf(&whole, "%s never tells: %s", report->source, line.chars);
        page_wrap(&out->line, "  Lacks:   ", whole.chars ? whole.chars : "");
        text_free(&whole);
    }
    text_free(&line);
}

static void log_group(struct report *out, const struct log_view *view, uint32_t index)
{
    static const char *const words[] = { "NOTE", "WARNING", "ERROR" };
    static const enum page_style styles[] = { STYLE_CYAN, STYLE_YELLOW, STYLE_RED };
    const struct book_entry *first = book_at(view->book, index);
    const struct drop_report *report = &first->report;
    const struct condition *condition = log_condition(first);
    const struct windows_error *error = report->windows ? windows_error_find(report->windows) : NULL;
    int severity = log_severity(first);
    uint64_t packets = 0, lines = 0;
    unsigned shown = 0, left = 0;
    char peer[ADDR_TEXT_MAX];
    struct text line = { 0 };
    for (uint32_t i = index; i < book_count(view->book); i++)
        if (log_together(book_at(view->book, i), first)) {
            packets += book_at(view->book, i)->packets;
            lines += book_at(view->book, i)->lines;
        }
    addr_print(&report->src, peer);
    if (severity < 0)
        text_printf(&line, "%s  [%s]", report->kind == DROP_SA_ADDED ? "SAs that came" : "SAs that went", report->event);
    else
        text_printf(&line, "%s%s%s, %llu packet%s in %llu line%s", condition ? condition->title : error ? error->name : report->event,
                    report->known & DROP_SRC ? ": from " : "", report->known & DROP_SRC ? peer : "", (unsigned long long)packets,
                    packets == 1 ? "" : "s", (unsigned long long)lines, lines == 1 ? "" : "s");
    log_head(out, severity < 0 ? STYLE_GREEN : styles[severity], severity < 0 ? "HISTORY" : words[severity], line.chars ? line.chars : "");
    text_clear(&line);
    if (severity >= 0) {
        log_code(first, &line);
        page_wrap(&out->line, "  Code:    ", line.chars ? line.chars : "");
    }
    text_free(&line);
    for (uint32_t i = index; i < book_count(view->book); i++)
        if (log_together(book_at(view->book, i), first)) {
            if (shown < LOG_SHOWN || out->options->verbose)
                log_entry(out, view, book_at(view->book, i), shown++ == 0 ? "  Told:    - " : "           - ");
            else
                left++;
        }
    if (left)
        text_printf(&out->line, "           and %u more that differ in SPI, sequence number or source (-v lists them)\n", left);
    log_lacks(out, report);
    if (error && severity >= 0)
        page_wrap(&out->line, "  Means:   ", error->meaning);
    for (unsigned i = 0; condition && severity >= 0 && condition->remedies[i]; i++)
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
    text_printf(&out->line, " (%u time%s of reports agree%s%s)", clock->votes, clock->votes == 1 ? "" : "s", clock->votes == 1 ? "s" : "",
                clock->firm ? "" : "; other packets would fit as well, so this is not sure");
    if (zone != 0 && llabs(offset - zone) < 60 * 1000000000LL)
        text_printf(&out->line, "; that is UTC%c%02lld:%02lld, and %s off", offset < 0 ? '-' : '+', (long long)(llabs(zone) / (4 * quarter)),
                    (long long)(llabs(zone) / quarter % 4 * 15), rest);
    text_put(&out->line, "\n");
}

void log_text(struct report *report, const struct log_view *view)
{
    const struct intake_counts *counts = view->counts;
    text_printf(&report->line, "%llu report%s in %llu line%s", (unsigned long long)counts->reports, counts->reports == 1 ? "" : "s",
                (unsigned long long)counts->lines, counts->lines == 1 ? "" : "s");
    if (counts->unknown)
        text_printf(&report->line, "; %llu line%s no format knows", (unsigned long long)counts->unknown, counts->unknown == 1 ? "" : "s");
    if (counts->broken) {
        text_printf(&report->line, "; %llu broken, the first at ", (unsigned long long)counts->broken);
        text_escaped(&report->line, view->logs[counts->first_broken_file], strlen(view->logs[counts->first_broken_file]));
        text_printf(&report->line, ":%u", counts->first_broken_line);
    }
    text_put(&report->line, ".\n");
    for (int severity = SEVERITY_ERROR; severity >= -1 && !report->options->quiet; severity--)
        for (uint32_t i = 0; i < book_count(view->book) && !report->failed; i++)
            if (log_severity(book_at(view->book, i)) == severity && log_is_first(view->book, i)) {
                log_group(report, view, i);
                report_flush(report);
            }
    for (uint32_t file = 0; file < book_logs(view->book); file++)
        log_clock(report, view, (uint16_t)file);
}
