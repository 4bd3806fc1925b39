/* record: esplain's own JSON, as someone kept it: verdicts, findings and reports of dropped packets. docs/schema.json has their members. */
#include <string.h>

#include "catalogue/windows.h"
#include "logs/document.h"
#include "logs/format.h"

enum { RECORD_FIRST_DROP = 13910 }; /* the codes below are those of IKE */

static struct span record_text(const struct document *object, const char *name)
{
    struct span text = { "", 0 };
    document_text(document_member(object, name), &text);
    return text;
}

static bool record_is_null(const struct document *object, const char *name)
{
    struct span text;
    uint64_t number;
    const struct document *value = document_member(object, name);
    return !document_text(value, &text) && !document_number(value, UINT64_MAX, &number) && !document_is_object(value);
}

static void record_extra(struct drop_report *report, const struct document *object, const char *name)
{
    struct text digits = { 0 };
    uint64_t number;
    struct span text = record_text(object, name);
    if (document_is_true(document_member(object, name)))
        text = (struct span){ "true", 4 };
    else if (text.length == 0 && document_number(document_member(object, name), UINT64_MAX, &number)) {
        text_printf(&digits, "%llu", (unsigned long long)number);
        text = (struct span){ digits.chars, digits.length };
    }
    drop_extra(report, name, text);
    text_free(&digits);
}

/* The packet's ends; false where one is there and cannot be read. */
static bool record_packet(const struct document *subject, struct drop_report *report)
{
    struct span src = record_text(subject, "src"), dst = record_text(subject, "dst"), proto = record_text(subject, "proto");
    uint64_t number;
    if ((src.length > 0 && !drop_src(report, src)) || (dst.length > 0 && !drop_dst(report, dst)) ||
        (proto.length > 0 && !drop_proto_text(report, proto)))
        return false;
    if (document_number(document_member(subject, "spi"), UINT32_MAX, &number))
        drop_spi(report, (uint32_t)number);
    else if (!record_is_null(subject, "spi"))
        return false;
    return true;
}

static bool record_error(const struct document *record, struct drop_report *report)
{
    const struct document *error = document_member(record, "error");
    struct span counter = record_text(record, "linux");
    uint64_t code;
    if (error && document_is_object(error)) {
        if (!document_number(document_member(error, "code"), UINT16_MAX, &code) || windows_error_find((uint16_t)code) == NULL)
            return false;
        report->windows = (uint16_t)code;
    }
    report->counter = counter_find(counter.at, counter.length);
    report->stated = span_is(record_text(record, "certainty"), "certain");
    return counter.length == 0 || report->counter != COUNTER_NONE;
}

static void record_time(struct span text, struct drop_report *report)
{
    if (!stamp_take(&text, &report->time))
        return;
    report->known |= DROP_TIME;
}

static bool record_kind(struct span name, struct drop_report *report)
{
    static const struct { const char *name; enum drop_kind kind; } kinds[] = {
        { "drop", DROP_PACKET }, { "total", DROP_TOTAL }, { "negotiation", DROP_NEGOTIATION }, { "sa-added", DROP_SA_ADDED }, { "sa-deleted", DROP_SA_DELETED },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (span_is(name, kinds[i].name)) {
            report->kind = (uint8_t)kinds[i].kind;
            return true;
        }
    return false;
}

/* Facts that tell more of the packets, as the finding has them. */
static void record_facts(const struct document *finding, struct drop_report *report)
{
    static const char *const names[] = { "first_seq", "sa_encap", "ike_version", "exchange", "notify", "of_child", "damage",
                                         "icmp_version", "icmp_type", "icmp_code" };
    const struct document *facts = document_member(finding, "facts");
    record_extra(report, finding, "number");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        record_extra(report, facts, names[i]);
}

/* What the three have in common is read from where each has it. */
static bool record_fill(const struct document *record, bool finding, struct drop_report *report)
{
    const struct document *place = finding ? document_member(record, "first") : record;
    uint64_t number;
    if (!record_packet(finding ? document_member(record, "subject") : record, report) || !record_error(record, report))
        return false;
    record_time(record_text(place, "time"), report);
    if (document_number(document_member(record, "count"), UINT64_MAX / 2, &number) && number > 0)
        report->count = number;
    if (document_number(document_member(record, "seq"), UINT32_MAX, &number))
        drop_seq(report, (uint32_t)number);
    report->out_spi_known = document_number(document_member(record, "out_spi"), UINT32_MAX, &number);
    report->out_spi = report->out_spi_known ? (uint32_t)number : 0;
    report->other_spi_known = document_number(document_member(record, "other_spi"), UINT32_MAX, &number);
    report->other_spi = report->other_spi_known ? (uint32_t)number : 0;
    report->contradiction = report->other_spi_known && document_is_true(document_member(record, "contradiction"));
    if (report->windows && report->windows < RECORD_FIRST_DROP)
        report->kind = DROP_NEGOTIATION;
    return true;
}

static enum log_answer record_json(struct intake *intake, void *memory, const struct log_line *line, const struct document *document)
{
    (void)memory;
    if (span_is(record_text(document, "type"), "alert"))
        document = document_member(document, "finding");
    struct span type = record_text(document, "type"), verdict = record_text(document, "verdict"), condition = record_text(document, "condition"),
                source = record_text(document, "source"), cause = record_text(document, "cause");
    if (span_is(type, "sa") || span_is(type, "summary") || span_is(type, "logsummary"))
        return LOG_TAKEN;
    bool finding = span_is(type, "finding") && condition.length > 0, told = span_is(type, "report") && source.length > 0;
    if (!finding && !told && !(span_is(type, "verdict") && verdict.length > 0))
        return LOG_FOREIGN;
    struct drop_report report = format_report(&format_record, finding ? "finding" : told ? "report" : "verdict", line);
    if (!record_fill(document, finding, &report) || (told && !record_kind(record_text(document, "kind"), &report)))
        return LOG_BROKEN;
    if (!told && !report.windows && !report.counter) {
        if (!finding)
            return LOG_TAKEN; /* accepted or unjudged */
        report.kind = DROP_REMARK;
    }
    drop_extra(&report, "condition", condition);
    drop_extra(&report, "verdict", verdict);
    drop_extra(&report, "source", source);
    drop_extra(&report, "event", record_text(document, "event"));
    drop_extra(&report, "cause", cause.length > 0 ? cause : record_text(document_member(document, "cause"), "name"));
    if (finding)
        record_facts(document, &report);
    else if (!told)
        record_extra(&report, document, "encap");
    intake_give(intake, &format_record, &report);
    return LOG_TAKEN;
}

const struct log_format format_record = {
    .name = "esplain", .title = "esplain's own records", .json = record_json,
};
