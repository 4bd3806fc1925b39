/* log_json: one record for each drop report; identical ones carry their count. */
#include <string.h>

#include "report/json.h"
#include "report/log.h"

static void log_json_strings(struct text *text, const char *name, const char *const *items, unsigned count)
{
    json_key(text, name);
    text_char(text, '[');
    for (unsigned i = 0; i < count; i++) {
        if (i)
            text_char(text, ',');
        text_json(text, items[i], strlen(items[i]));
    }
    text_char(text, ']');
}

static void log_json_time(struct text *text, const struct log_view *view, const char *name, const struct drop_time *time)
{
    int64_t ns;
    if (book_time(view->book, time, &ns))
        json_time(text, name, ns);
    else
        json_null(text, name);
}

static void log_json_fields(struct text *text, const struct drop_report *report)
{
    json_key(text, "fields");
    text_char(text, '{');
    for (unsigned i = 0; i < report->extra_count; i++) {
        if (i)
            text_char(text, ',');
        json_first(text, report->extras[i].name);
        text_json(text, report->extras[i].value, strlen(report->extras[i].value));
    }
    text_char(text, '}');
}

static void log_json_missing(struct text *text, const struct drop_report *report)
{
    bool first = true;
    json_key(text, "missing");
    text_char(text, '[');
    for (unsigned field = 1; field < DROP_ALL; field <<= 1)
        if (report->missing & field) {
            text_printf(text, "%s\"%s\"", first ? "" : ",", drop_field_name((enum drop_field)field));
            first = false;
        }
    text_char(text, ']');
}

static void log_json_matched(struct report *out, const struct log_view *view, const struct book_entry *entry)
{
    struct text *text = &out->line;
    const struct book_match *match = entry->match;
    const struct finding *finding = log_finding(out, entry);
    struct text why = { 0 };
    const struct book_clock *clock = book_clock(view->book, entry->report.file);
    if (match == NULL) {
        json_null(text, "matched");
        return;
    }
    json_key(text, "matched");
    text_put(text, "{\"frames\":[");
    for (unsigned i = 0; i < match->kept; i++) {
        text_put(text, i ? ",{\"file\":" : "{\"file\":");
        text_json(text, out->files[match->frames[i].file], strlen(out->files[match->frames[i].file]));
        json_number(text, "frame", match->frames[i].frame);
        json_time(text, "time", match->frames[i].time_ns);
        text_char(text, '}');
    }
    text_char(text, ']');
    json_number(text, "packets", match->packets);
    json_string(text, "verdict", verdict_row(match->verdict)->name);
    json_bool(text, "agrees", match->agrees);
    json_string(text, "certainty", certainty_name(match->certainty));
    json_string(text, "cause", cause_name(finding ? finding->cause : match->cause));
    json_string(text, "condition", finding ? finding->condition->name : NULL);
    if (finding)
        detect_explain(out->detect, finding, &why);
    json_string(text, "why", why.chars);
    text_free(&why);
    if (clock != NULL && entry->time_count > 0) {
        json_key(text, "clock_offset");
        text_printf(text, "%.3f", (double)clock->offset_ns / 1e9);
    } else {
        json_null(text, "clock_offset");
    }
    text_char(text, '}');
}

static void log_json_entry(struct report *out, const struct log_view *view, const struct book_entry *entry)
{
    struct text *text = &out->line;
    const struct drop_report *report = &entry->report;
    const struct condition *condition = log_condition(entry);
    unsigned remedies = 0;
    text_put(text, "{\"type\":\"report\"");
    json_string(text, "source", report->source);
    json_string(text, "event", report->event);
    json_string(text, "kind", log_kind(entry));
    json_string(text, "file", view->logs[report->file]);
    json_number(text, "line", report->line);
    log_json_time(text, view, "time", &report->time);
    json_string(text, "stamp", report->stamp[0] ? report->stamp : NULL);
    json_addr(text, "src", &report->src);
    json_addr(text, "dst", &report->dst);
    json_string(text, "proto", report->known & DROP_PROTO ? json_proto(report->proto) : NULL);
    if (report->known & DROP_SPI)
        json_spi(text, "spi", report->spi);
    else
        json_null(text, "spi");
    if (report->known & DROP_SEQ)
        json_number(text, "seq", report->seq);
    else
        json_null(text, "seq");
    if (report->out_spi_known)
        json_spi(text, "out_spi", report->out_spi);
    else
        json_null(text, "out_spi");
    if (report->other_spi_known)
        json_spi(text, "other_spi", report->other_spi);
    else
        json_null(text, "other_spi");
    json_bool(text, "contradiction", report->contradiction);
    json_number(text, "count", entry->packets);
    json_bool(text, "at_least", report->limited != NULL);
    json_number(text, "lines", entry->lines);
    log_json_time(text, view, "last", &entry->last_time);
    json_error(text, "error", report->windows);
    json_string(text, "linux", counter_name((enum counter)report->counter));
    json_string(text, "certainty", report->windows || report->counter ? (report->stated ? "certain" : "likely") : NULL);
    log_json_missing(text, report);
    log_json_strings(text, "doubts", report->doubts, report->doubt_count);
    log_json_fields(text, report);
    log_json_matched(out, view, entry);
    json_string(text, "unmatched", log_absence(entry));
    json_string(text, "explanation", log_meaning(entry));
    for (; condition && condition->remedies[remedies]; remedies++)
        continue;
    log_json_strings(text, "remedy", condition ? condition->remedies : NULL, remedies);
    text_put(text, "}\n");
}

void log_json(struct report *report, const struct log_view *view)
{
    for (uint32_t i = 0; i < book_count(view->book) && !report->failed; i++) {
        log_json_entry(report, view, book_at(view->book, i));
        report_flush(report);
    }
    text_put(&report->line, "{\"type\":\"logsummary\"");
    json_number(&report->line, "lines", view->counts->lines);
    json_number(&report->line, "reports", view->counts->reports);
    json_number(&report->line, "unknown", view->counts->unknown);
    json_number(&report->line, "broken", view->counts->broken);
    text_put(&report->line, "}\n");
}
