/* write: opened packets as they come, evidence at the end. */
#include "engine/write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/writer.h"
#include "engine/evidence.h"
#include "receiver/rebuild.h"

#define WRITE_COMMENTS_MAX 64u /* findings that one frame's comments tell */

struct write {
    struct writer *writer;
    struct evidence *evidence; /* NULL: opened packets are written */
    uint64_t packets;
    uint8_t *packet;           /* rebuilt here */
    uint32_t room;
    struct text comment;
    bool told;                 /* that writing failed */
};

bool write_start(struct esplain *esplain, struct error *error)
{
    const struct esplain_options *options = &esplain->options;
    if (options->write_path == NULL || options->write == ESPLAIN_CAPTURED)
        return true;
    struct write *write = calloc(1, sizeof *write);
    if ((esplain->write = write) == NULL)
        return error_set(error, "no memory to write a capture");
    bool extract = options->write == ESPLAIN_EXTRACT;
    if (extract && (write->evidence = evidence_create()) == NULL)
        return error_set(error, "no memory to keep frames");
    write->writer = writer_open(options->write_path,
                                &(struct writer_options){ .application = "esplain " ESPLAIN_VERSION, .secret = !extract,
                                                          .spares = options->write_spares,
                                                          .spare_count = options->write_spare_count },
                                error);
    if (write->writer == NULL)
        return false;
    if (extract)
        ledger_watch(esplain->detect.ledger, evidence_hit, write->evidence);
    return true;
}

void write_stop(struct esplain *esplain)
{
    struct write *write = esplain->write;
    if (write == NULL)
        return;
    writer_close(write->writer);
    evidence_destroy(write->evidence);
    if (write->packet) /* what came out of tunnels */
        secret_wipe(write->packet, write->room);
    free(write->packet);
    text_free(&write->comment);
    free(write);
    esplain->write = NULL;
}

void write_look(struct esplain *esplain, const struct frame *frame)
{
    if (esplain->write->evidence != NULL)
        evidence_look(esplain->write->evidence, frame);
}

uint64_t write_count(const struct esplain *esplain)
{
    return esplain->write != NULL ? esplain->write->packets : 0;
}

bool write_refused(const struct esplain *esplain)
{
    return esplain->write != NULL && esplain->write->writer != NULL && writer_failed(esplain->write->writer) == EPIPE;
}

/* Once, and not where the reader simply went away. */
static void write_tell(struct esplain *esplain, int why)
{
    struct write *write = esplain->write;
    if (write->told || why == 0 || why == EPIPE)
        return;
    write->told = true;
    struct text name = { 0 };
    const char *path = esplain->options.write_path;
    text_escaped(&name, path, strlen(path));
    engine_message(esplain, "%s: %s: the capture that -w names is not complete",
                   strcmp(path, "-") == 0 ? "standard output" : name.chars ? name.chars : "", strerror(why));
    text_free(&name);
}

static void write_packet(struct esplain *esplain, const struct writer_packet *packet)
{
    struct write *write = esplain->write;
    write->packets++;
    if (!writer_packet(write->writer, packet))
        write_tell(esplain, writer_failed(write->writer));
}

static bool write_room(struct write *write, uint32_t needed)
{
    if (needed <= write->room)
        return true;
    uint32_t room = needed < 65536 ? 65536 : needed + needed / 2;
    uint8_t *packet = realloc(write->packet, room);
    if (packet == NULL)
        return false;
    write->packet = packet;
    write->room = room;
    return true;
}

/* "ESP SPI 0x00001001 seq 5, frame 12", and what there is to add. */
static const char *write_origin(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                                const struct judgement *judgement, const struct engine_path *path)
{
    struct text *text = &esplain->write->comment;
    text_clear(text);
    text_printf(text, "%s%s SPI 0x%08x seq %llu", layer->kind == LAYER_AH ? "AH" : "ESP",
                layer->encap == ENCAP_UDP ? " in UDP" : layer->encap == ENCAP_TCP ? " in TCP" : "", layer->spi,
                (unsigned long long)judgement->full);
    for (uint32_t i = path->sas.count; i-- > 0;)
        text_printf(text, " inside %s SPI 0x%08x", path->sas.sas[i]->proto == SA_PROTO_AH ? "AH" : "ESP", path->sas.sas[i]->spi);
    text_printf(text, ", frame %llu", (unsigned long long)frame->number);
    if (frame->file != 0) { /* as reports say it: nothing of the first capture */
        text_put(text, " of ");
        text_escaped(text, esplain->files[frame->file], strlen(esplain->files[frame->file]));
    }
    if (judgement->verdict != VERDICT_ACCEPTED)
        text_printf(text, ": %s", verdict_row(judgement->verdict)->name);
    if (!judgement->verified)
        text_put(text, ", ICV not checked");
    return text->chars ? text->chars : "";
}

void write_opened(struct esplain *esplain, uint64_t before, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner_packet *inner, const struct engine_path *path)
{
    struct write *write = esplain->write;
    const struct sa_definition *definition = sadb_sa(esplain->db, judgement->sa)->definition;
    if (write->evidence != NULL || write->packets != before || definition == NULL || !write_room(write, rebuild_room(layer, inner)))
        return;
    uint32_t length = rebuild_packet(layer, definition, inner, write->packet);
    if (length == 0)
        return;
    const char *comment = write_origin(esplain, frame, layer, judgement, path);
    write_packet(esplain, &(struct writer_packet){ .bytes = write->packet, .captured = length, .wire = length,
                                                   .time_ns = frame->time_ns, .linktype = LINKTYPE_RAW,
                                                   .comments = &comment, .comment_count = 1 });
}

/* Reads a capture again, for frames that findings named only after they had gone by. Returns how many of the wants it met. */
static uint32_t write_read_again(struct esplain *esplain, const char *path, const struct evidence_pair *wants, uint32_t count)
{
    struct evidence *evidence = esplain->write->evidence;
    struct error error;
    struct stat about;
    uint32_t at = 0, met = 0;
    bool interrupted = esplain->options.stop && *esplain->options.stop;
    if (interrupted || strcmp(path, "-") == 0 || stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return 0;
    struct source *source = source_open(path, &(struct source_options){ .file = wants->file }, &error);
    for (size_t frames; at < count && source != NULL && (frames = source_read(source, esplain->frames)) > 0;)
        for (size_t i = 0; i < frames && at < count; i++) {
            const struct frame *frame = &esplain->frames[i];
            evidence_look(evidence, frame);
            for (; at < count && wants[at].number <= frame->number; at++)
                met += wants[at].number == frame->number && wants[at].time_ns == frame->time_ns &&
                       evidence_give(evidence, wants[at].finding);
        }
    evidence_look(evidence, NULL);
    source_close(source);
    return met;
}

/* Places that findings name and that are not kept; those that cannot be had are counted. */
static uint64_t write_fetch(struct esplain *esplain)
{
    struct evidence_pair *wants;
    uint32_t count = evidence_wants(esplain->write->evidence, esplain->detect.ledger, &wants), met = 0, end;
    for (uint32_t from = 0; from < count; from = end) {
        for (end = from; end < count && wants[end].file == wants[from].file; end++)
            ;
        if (wants[from].file < esplain->file_count)
            met += write_read_again(esplain, esplain->files[wants[from].file], wants + from, end - from);
    }
    free(wants);
    return count - met;
}

static void write_finding(struct esplain *esplain, uint32_t index, struct text *text)
{
    const struct finding *finding = ledger_at(esplain->detect.ledger, index);
    text_printf(text, "%s %s %s: ", finding->condition->name, severity_name(finding->severity),
                certainty_name(finding->certainty));
    detect_explain(&esplain->detect, finding, text);
}

/* One frame with the findings that name it, pairs[0..count-1]. */
static void write_frame(struct esplain *esplain, const struct evidence_pair *pairs, uint32_t count)
{
    struct text *text = &esplain->write->comment;
    size_t at[WRITE_COMMENTS_MAX + 1];
    const char *comments[WRITE_COMMENTS_MAX + 1];
    uint32_t told = count < WRITE_COMMENTS_MAX ? count : WRITE_COMMENTS_MAX, rows = told;
    text_clear(text);
    for (uint32_t i = 0; i < told; i++) {
        at[i] = text->length;
        write_finding(esplain, pairs[i].finding, text);
        text_char(text, '\0');
    }
    if (told < count) {
        at[rows++] = text->length;
        text_printf(text, "and %u more findings", count - told);
    }
    for (uint32_t i = 0; i < rows; i++)
        comments[i] = text->chars ? text->chars + at[i] : "";
    const struct frame *frame = pairs->frame;
    write_packet(esplain, &(struct writer_packet){ .bytes = frame->bytes, .captured = frame->captured, .wire = frame->wire,
                                                   .time_ns = frame->time_ns, .linktype = frame->linktype,
                                                   .comments = comments, .comment_count = text->failed ? 0 : rows });
}

static void write_evidence(struct esplain *esplain)
{
    struct write *write = esplain->write;
    uint64_t missing = write_fetch(esplain) + evidence_refused(write->evidence);
    struct evidence_pair *pairs;
    uint32_t count = evidence_pairs(write->evidence, &pairs), end;
    for (uint32_t from = 0; from < count && !writer_failed(write->writer); from = end) {
        for (end = from; end < count && pairs[end].frame == pairs[from].frame; end++)
            ;
        write_frame(esplain, pairs + from, end - from);
    }
    free(pairs);
    if (missing)
        engine_message(esplain, "--extract: %llu frames that findings name are left out: they had gone by unkept, or there was no room",
                       (unsigned long long)missing);
}

bool write_finish(struct esplain *esplain)
{
    struct write *write = esplain->write;
    if (write == NULL)
        return true;
    if (write->evidence != NULL)
        write_evidence(esplain);
    int failed = writer_close(write->writer);
    write->writer = NULL;
    write_tell(esplain, failed);
    write_stop(esplain);
    return failed == 0;
}
