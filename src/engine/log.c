/* log: drop reports into an analysis: read, gathered, their SAs entered as history; what a capture then shows of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/history.h"
#include "engine/log.h"
#include "report/log.h"

struct log {
    struct book *book;
    struct intake *intake;
    struct error error;
    uint16_t file_count;
    const char *files[ENGINE_FILES_MAX]; /* copies, ours */
    struct history history;
};

static void log_report(void *context, const struct drop_report *report)
{
    struct log *log = context;
    book_add(log->book, report);
    history_keep(&log->history, report);
}

static struct log *log_create(struct error *error)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    struct intake_sink sink = { .context = log, .report = log_report };
    log->book = book_create(error);
    log->intake = log->book ? intake_create(&sink, error) : NULL;
    if (log->intake == NULL) {
        log_destroy(log);
        return NULL;
    }
    return log;
}

void log_destroy(struct log *log)
{
    if (log == NULL)
        return;
    intake_destroy(log->intake);
    book_destroy(log->book);
    for (uint16_t i = 0; i < log->file_count; i++)
        free((void *)(uintptr_t)log->files[i]);
    history_free(&log->history);
    free(log);
}

bool esplain_add_log(struct esplain *esplain, const char *path, struct esplain_error *out)
{
    struct error error = { "" };
    struct text name = { 0 };
    bool good = esplain->log != NULL || (esplain->log = log_create(&error)) != NULL;
    struct log *log = esplain->log;
    text_escaped(&name, path, strlen(path));
    if (good && log->file_count == ENGINE_FILES_MAX)
        good = error_set(&error, "more than %u logs in one run", ENGINE_FILES_MAX);
    else if (good && (log->files[log->file_count] = strdup(path)) == NULL)
        good = error_set(&error, "out of memory");
    else if (good)
        good = intake_file(log->intake, path, log->file_count++, &error);
    if (good && intake_damage(log->intake))
        engine_message(esplain, "%s: damaged: %s; what came before was read", name.chars ? name.chars : "", intake_damage(log->intake));
    if (!good && out)
        snprintf(out->message, sizeof out->message, "%.200s: %.200s", name.chars ? name.chars : "", error.message);
    text_free(&name);
    return good;
}

/* The ESP and AH packets of a capture, for the times that a log has for them. */
static void log_scan_frame(struct log *log, const struct frame *frame, const struct walk_ports *ports)
{
    struct judgement none = { .verdict = VERDICT_UNJUDGED };
    struct walk walk;
    struct layer layer;
    walk_frame(&walk, frame, ports);
    while (walk_next(&walk, &layer))
        if (layer.kind == LAYER_ESP || layer.kind == LAYER_AH)
            book_packet(log->book, frame, &layer, &none);
}

void log_scan(struct esplain *esplain, const char *path)
{
    struct log *log = esplain->log;
    struct source_options options = { .filter = esplain->options.filter };
    struct error error = { "" };
    struct stat stat_of;
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
    if (log == NULL || log->history.count == 0 || esplain->loaded || stat(path, &stat_of) != 0 || !S_ISREG(stat_of.st_mode))
        return;
    struct source *source = source_open(path, &options, &error);
    if (source == NULL)
        return; /* whoever reads it next says why */
    for (size_t count; (count = source_read(source, esplain->frames)) > 0;)
        for (size_t i = 0; i < count; i++) {
            log_scan_frame(log, &esplain->frames[i], &esplain->ports);
            first_ns = esplain->frames[i].time_ns < first_ns ? esplain->frames[i].time_ns : first_ns;
            last_ns = esplain->frames[i].time_ns > last_ns ? esplain->frames[i].time_ns : last_ns;
        }
    source_close(source);
    if (first_ns <= last_ns)
        book_tie(log->book, first_ns, last_ns);
}

bool log_load(struct esplain *esplain, struct error *error)
{
    struct log *log = esplain->log;
    uint32_t left_out;
    if (log == NULL)
        return true;
    intake_finish(log->intake);
    if (!history_enter(&log->history, log->book, esplain->table, log->files[0], &left_out, error))
        return false;
    if (left_out > 0)
        engine_message(esplain, "%u line%s on SAs that came and went %s not used: they lack the time, its year or its zone, and no report of the same log fits a packet so "
                       "well that its clock could be set against the capture's", left_out, left_out == 1 ? "" : "s", left_out == 1 ? "is" : "are");
    if (log->history.refused > 0)
        engine_message(esplain, "%llu lines on SAs that came and went found no room and are not used", (unsigned long long)log->history.refused);
    return true;
}

void log_packet(struct log *log, const struct frame *frame, const struct layer *layer, const struct judgement *judgement)
{
    book_packet(log->book, frame, layer, judgement);
}

void log_end(struct esplain *esplain)
{
    struct log *log = esplain->log;
    struct log_view view = { log->book, log->files, intake_counts(log->intake) };
    if (!esplain->loaded)
        intake_finish(log->intake);
    book_conclude(log->book, esplain->db, esplain->file_count > 0, esplain->summary.first_ns, esplain->summary.last_ns);
    if (book_refused(log->book))
        engine_message(esplain, "%llu reports that differ from all before them found no room; they are counted only",
                       (unsigned long long)book_refused(log->book));
    log_write(&esplain->report, &view);
}

int log_worst(const struct log *log)
{
    int worst = ESPLAIN_NOTHING;
    for (uint32_t i = 0; i < book_count(log->book); i++) {
        int severity = log_severity(book_at(log->book, i));
        worst = severity > worst ? severity : worst;
    }
    return worst;
}
