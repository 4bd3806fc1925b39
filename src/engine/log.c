/* log: drop reports into an analysis: read, gathered, their SAs entered as history; what a capture then shows of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "report/log.h"

struct log {
    struct book *book;
    struct intake *intake;
    struct error error;
    uint16_t file_count;
    const char *files[ENGINE_FILES_MAX]; /* copies, ours */
    struct drop_report *sas;             /* those that tell of SAs; NULL until there are any */
    uint32_t sa_count, sa_room;
};

#define LOG_SAS_MAX 65536u

static void log_keep_sa(struct log *log, const struct drop_report *report)
{
    if (log->sa_count == LOG_SAS_MAX)
        return;
    if (log->sa_count == log->sa_room) {
        uint32_t room = log->sa_room ? log->sa_room * 2 : 16;
        struct drop_report *sas = realloc(log->sas, room * sizeof *sas);
        if (sas == NULL)
            return;
        log->sas = sas;
        log->sa_room = room;
    }
    log->sas[log->sa_count++] = *report;
}

static void log_report(void *context, const struct drop_report *report)
{
    struct log *log = context;
    uint32_t needed = DROP_SRC | DROP_DST | DROP_SPI | DROP_TIME;
    book_add(log->book, report);
    if ((report->kind == DROP_SA_ADDED || report->kind == DROP_SA_DELETED) && (report->known & needed) == needed && report->time.dated)
        log_keep_sa(log, report);
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
    free(log->sas);
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

/* One direction of an SA that a log tells of. Where it does not tell ESP from AH the SA may be either, and neither packet is without one. */
static void log_enter(const struct sa_sink *sink, const struct drop_report *report, uint32_t spi, const struct addr *src, const struct addr *dst)
{
    bool told = report->known & DROP_PROTO;
    struct sa_record record = { .event = report->kind == DROP_SA_ADDED ? SA_EVENT_ADD : SA_EVENT_DELETE, .time_known = true,
                                .time_ns = report->time.ns, .line = report->line };
    uint8_t bits = src->family == 4 ? 32 : 128;
    record.definition.src = (struct prefix){ *src, bits };
    record.definition.dst = (struct prefix){ *dst, bits };
    record.definition.spi = spi;
    record.definition.proto = told ? report->proto : SA_PROTO_ESP;
    sink->record(sink->context, &record);
    record.definition.proto = SA_PROTO_AH;
    if (!told)
        sink->record(sink->context, &record);
}

bool log_load(struct esplain *esplain, struct error *error)
{
    struct log *log = esplain->log;
    struct sa_sink sink;
    if (log == NULL)
        return true;
    intake_finish(log->intake);
    if (log->sa_count == 0)
        return true;
    if (!sa_table_add_source(esplain->table, log->files[log->sas[0].file], &sink, error))
        return false;
    for (uint32_t i = 0; i < log->sa_count; i++) {
        const struct drop_report *report = &log->sas[i];
        log_enter(&sink, report, report->spi, &report->src, &report->dst);
        if (report->out_spi_known)
            log_enter(&sink, report, report->out_spi, &report->dst, &report->src);
    }
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
