/* history: SAs that logs tell of. */
#include "engine/history.h"

#include <stdlib.h>

struct history_line {
    struct addr src, dst;
    uint32_t spi, out_spi, line;
    uint16_t file;
    uint8_t proto;      /* 0: not told */
    bool added, out_spi_known;
    struct drop_time time;
};

void history_free(struct history *history)
{
    free(history->lines);
    *history = (struct history){ 0 };
}

void history_keep(struct history *history, const struct drop_report *report)
{
    uint32_t needed = DROP_SRC | DROP_DST | DROP_SPI;
    if ((report->kind != DROP_SA_ADDED && report->kind != DROP_SA_DELETED) || (report->known & needed) != needed)
        return;
    if (!(report->known & DROP_TIME)) {
        history->timeless++;
        return;
    }
    if (history->count == history->room && history->count < HISTORY_MAX) {
        uint32_t room = history->room ? history->room * 2 : 64;
        struct history_line *lines = realloc(history->lines, room * sizeof *lines);
        if (lines != NULL) {
            history->lines = lines;
            history->room = room;
        }
    }
    if (history->count == history->room) {
        history->refused++;
        return;
    }
    history->lines[history->count++] = (struct history_line){
        .src = report->src, .dst = report->dst, .spi = report->spi, .out_spi = report->out_spi, .line = report->line, .file = report->file,
        .proto = report->known & DROP_PROTO ? report->proto : 0, .added = report->kind == DROP_SA_ADDED, .out_spi_known = report->out_spi_known,
        .time = report->time,
    };
}

/* One direction. Where the log does not tell ESP from AH the SA may be either, and neither packet is without one. */
static void history_record(const struct sa_sink *sink, struct sa_record *record, uint8_t proto, uint32_t spi, const struct addr *src,
                           const struct addr *dst)
{
    uint8_t bits = src->family == 4 ? 32 : 128;
    record->definition.src = (struct prefix){ *src, bits };
    record->definition.dst = (struct prefix){ *dst, bits };
    record->definition.spi = spi;
    record->definition.proto = proto ? proto : SA_PROTO_ESP;
    sink->record(sink->context, record);
    record->definition.proto = SA_PROTO_AH;
    if (proto == 0)
        sink->record(sink->context, record);
}

bool history_enter(const struct history *history, const struct book *book, struct sa_table *table, const char *name, uint32_t *left_out, struct error *error)
{
    struct sa_sink sink;
    *left_out = history->timeless;
    if (history->count == 0)
        return true;
    if (!sa_table_add_source(table, name, &sink, error))
        return false;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct history_line *line = &history->lines[i];
        struct sa_record record = { .event = line->added ? SA_EVENT_ADD : SA_EVENT_DELETE, .time_known = true, .line = line->line };
        const struct book_clock *clock = book_clock(book, line->file);
        int64_t ns;
        if (clock != NULL && clock->firm && book_time(book, &line->time, &ns)) {
            record.logged = SA_LOGGED_TIED;
            record.time_ns = ns - clock->offset_ns;
        } else if (line->time.dated && line->time.zoned) {
            record.logged = SA_LOGGED_LOOSE;
            record.time_ns = line->time.ns;
        } else {
            ++*left_out;
            continue;
        }
        history_record(&sink, &record, line->proto, line->spi, &line->src, &line->dst);
        if (line->out_spi_known)
            history_record(&sink, &record, line->proto, line->out_spi, &line->dst, &line->src);
    }
    return true;
}
