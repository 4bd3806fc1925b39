/* engine: the public functions of an analysis: create, add SAs, read, finish. */
#include "engine/engine.h"
#include "engine/chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/kernel.h"
#include "engine/log.h"
#include "engine/refresh.h"
#include "engine/write.h"
#include "kernel/counters.h"
#include "report/metrics.h"
#include "sa/keyfile.h"
#include "sa/pairs.h"
#include "track/stall.h"

static void engine_copy_error(struct esplain_error *out, const struct error *error)
{
    if (out != NULL)
        snprintf(out->message, sizeof out->message, "%s", error->message);
}

void engine_message(const struct esplain *esplain, const char *format, ...)
{
    if (esplain->options.message == NULL)
        return;
    struct text line = { 0 };
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&line, format, arguments);
    va_end(arguments);
    if (line.chars)
        esplain->options.message(esplain->options.context, line.chars);
    text_free(&line);
}

static bool engine_receivers(struct esplain *esplain, struct error *error)
{
    for (size_t i = 0; i < esplain->options.receiver_count; i++) {
        const char *text = esplain->options.receivers[i];
        struct prefix prefix;
        if (!prefix_parse(text, strlen(text), &prefix)) {
            struct text shown = { 0 };
            text_escaped(&shown, text, strlen(text));
            error_set(error, "--receiver %s: not an address or prefix", shown.chars ? shown.chars : "");
            text_free(&shown);
            return false;
        }
        if (!known_add_receiver(esplain->known, &prefix, error))
            return false;
    }
    if (esplain->options.no_receiver)
        known_refuse_all(esplain->known);
    return true;
}

static bool engine_mutes(struct esplain *esplain, struct error *error)
{
    for (size_t i = 0; i < esplain->options.mute_count; i++)
        if (!detect_mute(&esplain->detect, esplain->options.mutes[i])) {
            struct text shown = { 0 };
            text_escaped(&shown, esplain->options.mutes[i], strlen(esplain->options.mutes[i]));
            error_set(error, "--mute %s: no such condition (esplain explain lists them)", shown.chars ? shown.chars : "");
            text_free(&shown);
            return false;
        }
    return true;
}

static bool engine_build(struct esplain *esplain, struct error *error)
{
    esplain->table = sa_table_create(error);
    esplain->db = esplain->table ? sadb_create(error) : NULL;
    esplain->known = esplain->db ? known_create(error) : NULL;
    if (esplain->known == NULL)
        return false;
    if ((esplain->spd = spd_create()) == NULL)
        return error_set(error, "out of memory for policies");
    esplain->receiver = (struct receiver){ .db = esplain->db, .known = esplain->known };
    if (!detect_start(&esplain->detect, &esplain->receiver))
        return error_set(error, "out of memory for findings");
    esplain->detect.table = esplain->table;
    esplain->sink = (struct event_sink){ &esplain->detect, detect_raise };
    esplain->sessions = ike_sessions_create(esplain->db, &esplain->sink, esplain->options.window);
    if (esplain->sessions == NULL)
        return error_set(error, "out of memory for IKE sessions");
    esplain->detect.sessions = esplain->sessions;
    esplain->report = (struct report){ .detect = &esplain->detect, .db = esplain->db, .files = esplain->files };
    report_start(&esplain->report, &esplain->options);
    return engine_receivers(esplain, error) && engine_mutes(esplain, error) && write_start(esplain, error);
}

struct esplain *esplain_create(const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "out of memory" };
    struct esplain *esplain = calloc(1, sizeof *esplain);
    if (esplain != NULL) {
        esplain->options = *options;
        if (esplain->options.window == 0)
            esplain->options.window = 64;
        if (engine_build(esplain, &error))
            return esplain;
    }
    engine_copy_error(out, &error);
    esplain_destroy(esplain);
    return NULL;
}

void esplain_destroy(struct esplain *esplain)
{
    if (esplain == NULL)
        return;
    write_stop(esplain);
    log_destroy(esplain->log);
    metrics_destroy(esplain->metrics);
    free(esplain->interfaces);
    counters_close(esplain->counters);
    report_stop(&esplain->report);
    detect_stop(&esplain->detect);
    engine_kernel_stop(esplain);
    fragments_destroy(esplain->fragments);
    streams_destroy(esplain->streams);
    spd_destroy(esplain->spd);
    engine_dosp_end(esplain);
    for (unsigned i = 0; i < ENGINE_NESTING; i++) {
        if (esplain->buffers[i]) /* what came out of tunnels */
            secret_wipe(esplain->buffers[i], esplain->buffer_room[i]);
        free(esplain->buffers[i]);
    }
    known_destroy(esplain->known);
    sadb_destroy(esplain->db);
    ike_sessions_destroy(esplain->sessions);
    ike_keys_destroy(esplain->ike_keys);
    refresh_destroy(esplain->refresh);
    sa_table_destroy(esplain->table);
    for (uint32_t i = 0; i < esplain->file_count; i++)
        free((void *)(uintptr_t)esplain->files[i]);
    text_free(&esplain->damage);
    free(esplain);
}

void engine_progress(const struct esplain *esplain, const struct source *source, const char *path)
{
    struct esplain_progress progress = { path, source_consumed(source), source_size(source), esplain->summary.frames };
    esplain->options.progress(esplain->options.context, &progress);
}

static void engine_damaged(struct esplain *esplain, const struct source *source, const char *path)
{
    const char *damage = source_damage(source);
    if (damage == NULL)
        return;
    struct text name = { 0 };
    text_escaped(&name, path, strlen(path));
    engine_message(esplain, "%s: damaged: %s; what came before was analysed", name.chars ? name.chars : "", damage);
    if (esplain->damage.length)
        text_put(&esplain->damage, "; ");
    text_printf(&esplain->damage, "%s: %s", name.chars ? name.chars : "", damage);
    text_free(&name);
}

void engine_check_stop(struct esplain *esplain)
{
    const struct esplain_options *options = &esplain->options;
    esplain->stopped = esplain->report.failed || write_refused(esplain) || (options->stop && *options->stop) ||
                       (options->count && esplain->summary.frames >= options->count);
}

/* Threads pay where packets are opened; otherwise one is faster than the copying. */
static unsigned engine_threads(struct esplain *esplain)
{
    bool keyed = false;
    for (uint32_t i = 0; i < sadb_count(esplain->db) && !keyed; i++)
        keyed = sadb_hot(esplain->db, i)->flags & SA_HOT_KEYED;
    if (!keyed)
        return 1;
    if (esplain->options.workers)
        return esplain->options.workers;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > 4 ? 4 : (unsigned)processors;
}

static void engine_loop(struct esplain *esplain, struct source *source, const char *path)
{
    const struct esplain_options *options = &esplain->options;
    uint64_t batches = 0;
    size_t count;
    unsigned threads = engine_threads(esplain);
    if (threads > 1) {
        chunk_loop(esplain, source, path, threads);
        return;
    }
    while (!esplain->stopped && (count = source_read(source, esplain->frames)) > 0) {
        if (options->count && count > options->count - esplain->summary.frames)
            count = (size_t)(options->count - esplain->summary.frames);
        engine_walk(esplain, esplain->frames, esplain->slots, count);
        engine_judge(esplain, esplain->frames, esplain->slots, NULL, count);
        if (options->progress && ++batches % 64 == 0)
            engine_progress(esplain, source, path);
        engine_check_stop(esplain);
    }
}

/* What comes before the first packet of a capture. */
static bool engine_ready(struct esplain *esplain, struct error *error)
{
    if (!esplain->loaded && (!log_load(esplain, error) || !engine_load(esplain, error)))
        return false;
    esplain->loaded = true;
    if (esplain->file_count == ENGINE_FILES_MAX)
        return error_set(error, "more than %u captures in one run", ENGINE_FILES_MAX);
    return true;
}

bool engine_read_source(struct esplain *esplain, struct source *source, const char *name, struct esplain_error *out)
{
    struct error error = { "no memory" };
    char *copy = strdup(name);
    if (copy == NULL || !engine_ready(esplain, &error)) {
        free(copy);
        source_close(source);
        engine_copy_error(out, &error);
        return false;
    }
    esplain->files[esplain->file_count++] = copy;
    uint64_t before = esplain->summary.frames;
    engine_loop(esplain, source, name);
    esplain->summary.capture_dropped += source_dropped(source);
    engine_damaged(esplain, source, name);
    bool nothing = source_damage(source) != NULL && esplain->summary.frames == before;
    if (nothing && out)
        snprintf(out->message, sizeof out->message, "%s", esplain->damage.chars ? esplain->damage.chars : "nothing could be read");
    source_close(source);
    return !nothing;
}

bool esplain_read(struct esplain *esplain, const char *path, struct esplain_error *out)
{
    struct error error = { "" };
    if (esplain->stopped)
        return true;
    struct source_options options = { .filter = esplain->options.filter, .file = (uint16_t)esplain->file_count };
    log_scan(esplain, path);
    struct source *source = engine_ready(esplain, &error) ? source_open(path, &options, &error) : NULL;
    if (source != NULL)
        return engine_read_source(esplain, source, path, out);
    engine_copy_error(out, &error);
    return false;
}

void engine_end_sas(struct esplain *esplain, const bool *which)
{
    uint32_t count = sadb_count(esplain->db), *order = sadb_order(esplain->db);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = order ? order[i] : i;
        struct sa *sa = sadb_sa(esplain->db, index);
        if ((which != NULL && !which[index]) || sa->ended_told || sa_packets(esplain->db, index) == 0)
            continue;
        sa->ended_told = which != NULL;
        struct event event = { .kind = EVENT_SA_END, .sa = index, .flow = sa->flow };
        esplain->sink.raise(esplain->sink.context, &event);
    }
    free(order);
}

void engine_conclude_all(struct esplain *esplain)
{
    pairs_make(esplain->db);
    engine_end_sas(esplain, NULL);
    stall_find(esplain->db, &esplain->recent, &esplain->sink);
    struct event event = { .kind = EVENT_CAPTURE_END, .sa = SADB_NONE };
    esplain->sink.raise(esplain->sink.context, &event);
    detect_conclude(&esplain->detect);
}

bool esplain_finish(struct esplain *esplain, struct esplain_error *out)
{
    if (!esplain->finished) {
        esplain->finished = true;
        engine_end_fragments(esplain);
        engine_end_streams(esplain);
        ike_sessions_end(esplain->sessions, esplain->summary.last_ns);
        esplain->detect.capture_dropped = esplain->summary.capture_dropped;
        engine_conclude_all(esplain);
        esplain->summary.damaged = esplain->damage.length ? esplain->damage.chars : NULL;
        if (esplain->log)
            log_end(esplain);
        else
            report_end(&esplain->report, &esplain->summary);
        esplain->write_failed |= !write_finish(esplain);
    }
    bool failed = esplain->report.failed || esplain->write_failed;
    if (failed && out)
        snprintf(out->message, sizeof out->message, "the output could not be written");
    return !failed;
}

enum esplain_severity esplain_worst(const struct esplain *esplain)
{
    int worst = ESPLAIN_NOTHING;
    if (esplain->log)
        return log_worst(esplain->log);
    for (uint32_t i = 0; i < ledger_count(esplain->detect.ledger); i++) {
        int severity = ledger_at(esplain->detect.ledger, i)->severity;
        if (severity > worst)
            worst = severity;
    }
    for (uint32_t i = 0; i < ledger_older_count(esplain->detect.ledger); i++) {
        int severity = ledger_older_at(esplain->detect.ledger, i)->severity;
        if (severity > worst)
            worst = severity;
    }
    return worst;
}

bool esplain_add_sas(struct esplain *esplain, const char *spec, struct esplain_error *out)
{
    struct error error = { "" };
    if (sa_table_add_file(esplain->table, spec, &error))
        return true;
    engine_copy_error(out, &error);
    return false;
}

bool esplain_add_ike_keys(struct esplain *esplain, const char *path, struct esplain_error *out)
{
    struct error error = { "" };
    if (esplain->ike_keys == NULL)
        esplain->ike_keys = ike_keys_create(&error);
    if (esplain->ike_keys == NULL || !ike_keys_add_file(esplain->ike_keys, path, &error)) {
        engine_copy_error(out, &error);
        return false;
    }
    ike_sessions_use_keys(esplain->sessions, esplain->ike_keys);
    return true;
}

bool esplain_add_policy(struct esplain *esplain, const char *path, struct esplain_error *out)
{
    struct error error = { "" };
    size_t before = sa_table_policy_count(esplain->table);
    struct keyfile file = { 0 };
    bool taken = false;
    bool good = keyfile_read(&file, path, &error) && /* once: it may be a pipe */
                engine_dosp_add(esplain, path, file.text ? file.text : "", file.length, &taken, &error);
    if (good && !taken)
        good = sa_table_add_text(esplain->table, path, sa_format_find("xfrm", 4), file.length ? file.text : "", file.length, &error);
    if (good && !taken && sa_table_policy_count(esplain->table) == before) {
        struct text shown = { 0 };
        text_escaped(&shown, path, strlen(path));
        good = error_set(&error, "%s: neither a policy, as `ip xfrm policy` prints them, nor DoS protection settings, as "
                                 "`Get-NetIPsecDospSetting` does", shown.chars ? shown.chars : "");
        text_free(&shown);
    }
    keyfile_free(&file);
    if (!good)
        engine_copy_error(out, &error);
    return good;
}
