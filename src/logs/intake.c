/*
 * intake: logs in, reports out.
 *
 * Theory of operation. A file is a feed of text. Each line loses its prefix and is offered to the formats, in the order of their table; one that answers
 * LOG_OPEN gets the next lines first. So files may mix formats line by line, and what nobody knows is counted and passed over. What carries lines of others
 * (journald's records) is opened, and its lines go the same way. XML elements and JSON objects may take several lines or stand side by side on one.
 */
#include "logs/intake.h"

#include <stdlib.h>
#include <string.h>

#include "logs/document.h"
#include "logs/feed.h"
#include "logs/format.h"
#include "logs/journal.h"
#include "logs/prefix.h"
#include "logs/xml.h"

#define INTAKE_ELEMENT_MAX 16384u /* bytes of an XML element that is read */

struct intake {
    struct intake_sink sink;
    struct intake_counts counts;
    struct feed *feed;       /* while a file is read */
    uint16_t file;
    char damage[160];
    int open;                /* index of the format whose record goes on, or -1 */
    uint32_t open_line;      /* where it began */
    void *memory[LOG_FORMATS_MAX];
    char message[JOURNAL_MESSAGE_MAX];
};

struct intake *intake_create(const struct intake_sink *sink, struct error *error)
{
    struct intake *intake = calloc(1, sizeof *intake);
    bool good = intake != NULL;
    for (unsigned i = 0; good && log_formats[i]; i++)
        if (log_formats[i]->memory && (intake->memory[i] = calloc(1, log_formats[i]->memory)) == NULL)
            good = false;
    if (!good) {
        intake_destroy(intake);
        error_set(error, "out of memory");
        return NULL;
    }
    intake->sink = *sink;
    intake->open = -1;
    return intake;
}

void intake_destroy(struct intake *intake)
{
    if (intake == NULL)
        return;
    for (unsigned i = 0; i < LOG_FORMATS_MAX; i++)
        free(intake->memory[i]);
    free(intake);
}

void intake_give(struct intake *intake, const struct log_format *format, struct drop_report *report)
{
    if (report->kind == DROP_REMARK && !intake->sink.remarks)
        return;
    report->file = intake->file;
    report->missing = format->never & ~report->known;
    report->limited = report->kind == DROP_PACKET ? format->limited : NULL;
    drop_doubts(report);
    intake->counts.reports++;
    intake->sink.report(intake->sink.context, report);
}

static void intake_broken(struct intake *intake, uint32_t line)
{
    if (intake->counts.broken++ == 0) {
        intake->counts.first_broken_line = line;
        intake->counts.first_broken_file = intake->file;
    }
}

static void intake_close(struct intake *intake)
{
    if (intake->open < 0)
        return;
    unsigned index = (unsigned)intake->open;
    intake->open = -1;
    if (log_formats[index]->close && log_formats[index]->close(intake, intake->memory[index]) == LOG_BROKEN)
        intake_broken(intake, intake->open_line);
}

/* What a format answered; true: the line is dealt with. */
static bool intake_answer(struct intake *intake, unsigned index, const struct log_line *line, enum log_answer answer)
{
    if (answer == LOG_FOREIGN)
        return false;
    if (answer == LOG_OPEN) {
        intake->open = (int)index;
        intake->open_line = line->number;
    }
    if (answer == LOG_BROKEN)
        intake_broken(intake, line->number);
    return true;
}

static void intake_line(struct intake *intake, const struct log_line *line)
{
    intake->counts.lines++;
    if (intake->open >= 0) {
        unsigned index = (unsigned)intake->open;
        enum log_answer answer = log_formats[index]->more(intake, intake->memory[index], line);
        if (answer == LOG_OPEN)
            return;
        intake_close(intake);
        if (intake_answer(intake, index, line, answer))
            return;
    }
    for (unsigned i = 0; log_formats[i]; i++)
        if (log_formats[i]->line && intake_answer(intake, i, line, log_formats[i]->line(intake, intake->memory[i], line)))
            return;
    intake->counts.unknown++;
}

/* A line that a record carried. Of two times the record's stays, unless the line's own tells as much. */
static void intake_carried(void *context, struct log_line *line)
{
    struct drop_time around = line->time;
    prefix_strip(line);
    if (around.known && !(line->time.zoned && line->time.dated)) {
        line->time = around;
        line->stamp = (struct span){ line->whole.at, 0 };
    }
    intake_line(context, line);
}

/* A JSON object that carries no lines. */
static void intake_object(struct intake *intake, const struct log_line *line, const struct document *document)
{
    intake->counts.lines++;
    intake_close(intake);
    for (unsigned i = 0; log_formats[i]; i++)
        if (log_formats[i]->json && intake_answer(intake, i, line, log_formats[i]->json(intake, intake->memory[i], line, document)))
            return;
    intake->counts.unknown++;
}

/* What stands between objects: blanks, commas, the brackets of an array around them, the mark of RFC 7464. */
static size_t intake_between(struct span text, const char *marks)
{
    size_t at = 0;
    while (at < text.length && text.at[at] != '\0' && strchr(marks, text.at[at]))
        at++;
    return at;
}

/* An object at the feed's next byte that is no blank. False: none begins there. One that cannot be read is counted, and its first line passed over. */
static bool intake_json(struct intake *intake)
{
    struct span text = feed_peek(intake->feed, 1024), whole;
    size_t at = intake_between(text, " \t\r\n[,\x1e");
    bool cut;
    if (at == text.length || text.at[at] != '{')
        return false;
    size_t inside = at + 1 + intake_between((struct span){ text.at + at + 1, text.length - at - 1 }, " \t\r\n");
    if (inside >= text.length || text.at[inside] != '"')
        return false;
    feed_skip(intake->feed, at);
    text = feed_peek(intake->feed, DOCUMENT_MAX);
    struct log_line line = { .number = feed_number(intake->feed) };
    line.whole = line.text = (struct span){ text.at, document_extent(text) };
    struct document *document = document_parse(line.whole);
    bool journal = document && journal_is(document);
    if (document && (!journal || !journal_lines(document, line.number, intake->message, intake, intake_carried)))
        intake_object(intake, &line, document);
    document_free(document);
    if (document == NULL) {
        intake->counts.lines++;
        intake_broken(intake, line.number);
        feed_line(intake->feed, &whole, &cut);
        return true;
    }
    feed_skip(intake->feed, line.whole.length);
    feed_skip(intake->feed, intake_between(feed_peek(intake->feed, 1024), " \t\r,]"));
    return true;
}

/* An element that a format wants, at the feed's next byte; false: none does. */
static bool intake_element(struct intake *intake)
{
    struct span text = feed_peek(intake->feed, INTAKE_ELEMENT_MAX), name = xml_name(text);
    if (text.length > INTAKE_ELEMENT_MAX)
        text.length = INTAKE_ELEMENT_MAX;
    for (unsigned i = 0; log_formats[i]; i++)
        for (unsigned k = 0; log_formats[i]->elements && log_formats[i]->elements[k]; k++) {
            if (!span_is(name, log_formats[i]->elements[k]))
                continue;
            size_t length = xml_extent(text);
            struct log_line line = { .whole = { text.at, length }, .text = { text.at, length }, .number = feed_number(intake->feed) };
            enum log_answer answer = length > 0 ? log_formats[i]->xml(intake, intake->memory[i], &line) : LOG_BROKEN;
            if (!intake_answer(intake, i, &line, answer))
                continue;
            intake->counts.lines++;
            feed_skip(intake->feed, length > 0 ? length : text.length); /* one that never ends is passed over as far as was looked */
            return true;
        }
    return false;
}

/* A tag that nobody wants, with what follows it up to the next tag or the end of the line. */
static void intake_pass_tag(struct intake *intake)
{
    struct span text = feed_peek(intake->feed, INTAKE_ELEMENT_MAX);
    const char *end = memchr(text.at, '>', text.length);
    size_t at = end ? (size_t)(end - text.at) + 1 : 1;
    while (at < text.length && text.at[at] != '<' && text.at[at] != '\n')
        at++;
    feed_skip(intake->feed, at);
}

/* Elements that formats want, and tags around them, at the feed's next bytes that are no blanks. False: a line begins. */
static bool intake_markup(struct intake *intake)
{
    struct span text = feed_peek(intake->feed, 1024);
    size_t at = 0;
    while (at < text.length && (text.at[at] == ' ' || text.at[at] == '\t' || text.at[at] == '\r' || text.at[at] == '\n'))
        at++;
    struct span tag = { text.at + at, text.length - at };
    bool other = tag.length > 1 && tag.at[0] == '<' && (tag.at[1] == '/' || tag.at[1] == '?' || tag.at[1] == '!');
    if (xml_name(tag).length == 0 && !other)
        return false;
    feed_skip(intake->feed, at);
    intake_close(intake);
    if (other || !intake_element(intake))
        intake_pass_tag(intake);
    return true;
}

static void intake_lines(struct intake *intake)
{
    struct span whole;
    bool cut;
    for (;;) {
        if (intake_markup(intake) || intake_json(intake))
            continue;
        uint32_t number = feed_number(intake->feed);
        if (!feed_line(intake->feed, &whole, &cut))
            break;
        struct log_line line = { .whole = whole, .number = number };
        line.indented = whole.length > 0 && (whole.at[0] == ' ' || whole.at[0] == '\t');
        if (span_trim(whole).length == 0)
            continue;
        if (cut) { /* nobody guesses at what was left out */
            intake->counts.lines++;
            intake->counts.unknown++;
            continue;
        }
        prefix_strip(&line);
        intake_line(intake, &line);
    }
}

bool intake_feed(struct intake *intake, struct feed *feed, uint16_t file)
{
    if (feed == NULL)
        return false;
    intake->feed = feed;
    intake->file = file;
    intake->damage[0] = '\0';
    intake_lines(intake);
    intake_close(intake);
    if (feed_damage(feed)) {
        size_t length = strlen(feed_damage(feed));
        length = length < sizeof intake->damage - 1 ? length : sizeof intake->damage - 1;
        memcpy(intake->damage, feed_damage(feed), length);
        intake->damage[length] = '\0';
    }
    feed_close(feed);
    intake->feed = NULL;
    return true;
}

bool intake_file(struct intake *intake, const char *path, uint16_t file, struct error *error)
{
    return intake_feed(intake, feed_open(path, error), file);
}

bool intake_memory(struct intake *intake, const void *bytes, size_t length, uint16_t file, struct error *error)
{
    return intake_feed(intake, feed_open_memory(bytes, length, error), file);
}

const char *intake_damage(const struct intake *intake)
{
    return intake->damage[0] ? intake->damage : NULL;
}

void intake_finish(struct intake *intake)
{
    for (unsigned i = 0; log_formats[i]; i++)
        if (log_formats[i]->finish)
            log_formats[i]->finish(intake, intake->memory[i]);
}

const struct intake_counts *intake_counts(const struct intake *intake)
{
    return &intake->counts;
}
