/*
 * cut: the least set of a capture's frames that shows a finding.
 *
 * Theory of operation. A first analysis finds the finding, and which frames it names. Then the capture is read again for candidates: at first those named
 * frames alone, then more and more around them, at last all. The first lot that an analysis finds the same in is shrunk until no single frame can be left
 * out. Only the frames of one lot are in memory. Times stay as they are: they belong to what is shown.
 */
#include "engine/cut.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CUT_FAR UINT64_MAX

/* The lots of candidates: up to which kind, and how many frames from a named one. */
static const struct {
    enum candidate kind;
    uint64_t distance;
} cut_lots[] = {
    { CANDIDATE_NAMED, CUT_FAR }, { CANDIDATE_SPI, 64 }, { CANDIDATE_PAIR, 64 }, { CANDIDATE_SPI, 4096 }, { CANDIDATE_PAIR, 4096 },
    { CANDIDATE_SPI, CUT_FAR }, { CANDIDATE_PAIR, CUT_FAR }, { CANDIDATE_ADDRESS, CUT_FAR }, { CANDIDATE_OTHER, CUT_FAR },
};

struct esplain *cut_engine(const struct esplain_cut *what, const struct esplain_options *options, struct esplain_error *error)
{
    struct esplain *esplain = esplain_create(options, error);
    bool good = esplain != NULL;
    for (size_t i = 0; i < what->sa_count && good; i++)
        good = esplain_add_sas(esplain, what->sas[i], error);
    for (size_t i = 0; i < what->policy_count && good; i++)
        good = esplain_add_policy(esplain, what->policies[i], error);
    for (size_t i = 0; i < what->ike_key_count && good; i++)
        good = esplain_add_ike_keys(esplain, what->ike_keys[i], error);
    if (good)
        return esplain;
    esplain_destroy(esplain);
    return NULL;
}

/* Two of one condition between the same ends are told apart by more than these: by the words that they have as facts. */
static bool cut_same_words(const struct finding *finding, const struct finding *wanted)
{
    if (wanted->subject.kind == 0 || wanted->subject.kind == finding->subject.kind)
        return wanted->subject.kind == finding->subject.kind;
    for (uint32_t i = 0; i < wanted->fact_count; i++)
        if (wanted->facts[i].kind == FACT_TEXT && strcmp(finding_words(finding, wanted->facts[i].name), fact_words(&wanted->facts[i])) != 0)
            return false;
    return true;
}

static bool cut_same(const struct finding *finding, const struct finding *wanted)
{
    const struct subject *one = &finding->subject, *other = &wanted->subject;
    return finding->condition == wanted->condition && finding->cause == wanted->cause && finding->severity == wanted->severity &&
           finding->certainty == wanted->certainty && addr_equal(&one->src, &other->src) && addr_equal(&one->dst, &other->dst) &&
           one->proto == other->proto && one->has_spi == other->has_spi && (!one->has_spi || one->spi == other->spi) &&
           cut_same_words(finding, wanted);
}

const struct finding *cut_find(const struct esplain *esplain, const struct finding *wanted)
{
    for (uint32_t i = 0; i < ledger_count(esplain->detect.ledger); i++) {
        const struct finding *finding = ledger_at(esplain->detect.ledger, i);
        if (cut_same(finding, wanted))
            return finding;
    }
    return NULL;
}

enum shrink_answer cut_test(void *context, const uint32_t *chosen, uint32_t count)
{
    struct cut *cut = context;
    bool stopped = cut->options.stop && *cut->options.stop;
    if (cut->runs == CUT_RUNS_MAX || cut->judged > CUT_JUDGED_MAX || stopped)
        return SHRINK_STOP;
    cut->runs++;
    cut->judged += count;
    struct esplain *esplain = cut_engine(cut->what, &cut->options, &cut->failed);
    struct source *source = esplain ? kept_open(cut->kept, chosen, count, 0) : NULL;
    bool done = source != NULL && engine_read_source(esplain, source, cut->what->capture, &cut->failed) && esplain_finish(esplain, &cut->failed);
    bool shown = done && cut_find(esplain, &cut->wanted) != NULL;
    esplain_destroy(esplain);
    return !done ? SHRINK_STOP : shown ? SHRINK_PASSES : SHRINK_FAILS;
}

/* Frames that findings count while the first analysis runs; by index in the ledger. */
struct cut_watch {
    struct {
        uint64_t frames[CANDIDATES_NAMED];
        uint32_t count;
    } *rows;
    uint32_t room;
};

static void cut_watch(void *context, const struct finding *finding, const struct place *place)
{
    struct cut_watch *watch = context;
    if (finding->index >= watch->room) {
        uint32_t room = finding->index * 2 + 16;
        void *rows = realloc(watch->rows, room * sizeof *watch->rows);
        if (rows == NULL)
            return;
        watch->rows = rows;
        memset(watch->rows + watch->room, 0, (room - watch->room) * sizeof *watch->rows);
        watch->room = room;
    }
    uint32_t *count = &watch->rows[finding->index].count;
    if (*count < CANDIDATES_NAMED - 2) /* there is room for the first and the last in any case */
        watch->rows[finding->index].frames[(*count)++] = place->frame;
}

/* The finding of that number, with what tells its frames. */
static bool cut_wanted(struct cut *cut, struct esplain *esplain, const struct cut_watch *watch, struct error *error)
{
    uint32_t count = ledger_count(esplain->detect.ledger), number = cut->what->finding;
    uint32_t *order = calloc(count + 1u, sizeof *order);
    if (order == NULL)
        return error_set(error, "no memory");
    report_order(&esplain->report, order);
    const struct finding *finding = number > 0 && number <= count ? ledger_at(esplain->detect.ledger, order[number - 1]) : NULL;
    free(order);
    if (finding == NULL)
        return error_set(error, count ? "--finding %u: the capture shows %u, numbered as `esplain read` with the same options has them"
                                      : "--finding %u: nothing is found in the capture (%u findings)", number, count);
    finding_copy(&cut->wanted, finding);
    candidates_of(&cut->candidates, finding);
    candidates_name(&cut->candidates, finding->first.frame);
    candidates_name(&cut->candidates, finding->last.frame);
    for (uint32_t i = 0; finding->index < watch->room && i < watch->rows[finding->index].count; i++)
        candidates_name(&cut->candidates, watch->rows[finding->index].frames[i]);
    cut->ports = esplain->ports;
    cut->frames = esplain->summary.frames;
    return true;
}

/* The first analysis, of the whole capture. */
static bool cut_first(struct cut *cut, const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "" };
    struct cut_watch watch = { 0 };
    struct esplain_options first = cut->options;
    first.filter = options->filter;
    first.workers = options->workers;
    first.message = options->message;
    first.context = options->context;
    struct esplain *esplain = cut_engine(cut->what, &first, out);
    if (esplain != NULL)
        ledger_watch(esplain->detect.ledger, cut_watch, &watch);
    bool good = esplain != NULL && esplain_read(esplain, cut->what->capture, out) && esplain_finish(esplain, out);
    if (good && !cut_wanted(cut, esplain, &watch, &error)) {
        snprintf(out->message, sizeof out->message, "%s", error.message);
        good = false;
    }
    esplain_destroy(esplain);
    free(watch.rows);
    return good;
}

/* Keeps the frames of a lot; false and an error where they cannot be read, or find no room. *sum tells lots apart. */
static bool cut_keep(struct cut *cut, size_t lot, const char *filter, uint64_t *sum, struct error *error)
{
    struct frame frames[CAPTURE_BATCH];
    kept_destroy(cut->kept);
    cut->kept = kept_create(CUT_ROOM);
    struct source *source = source_open(cut->what->capture, &(struct source_options){ .filter = filter, .comments = true }, error);
    bool room = cut->kept != NULL && source != NULL;
    *sum = 0;
    for (size_t count; room && (count = source_read(source, frames)) > 0;)
        for (size_t i = 0; i < count && room; i++) {
            if (cut_lots[lot].distance != CUT_FAR && candidates_distance(&cut->candidates, frames[i].number) > cut_lots[lot].distance)
                continue;
            if (candidates_kind(&cut->candidates, &frames[i], &cut->ports) > cut_lots[lot].kind)
                continue;
            room = kept_add(cut->kept, source, &frames[i], i);
            *sum += frames[i].number;
        }
    bool read = source != NULL;
    source_close(source);
    return room || (read && error_set(error, "the frames that may show it are more than %u MiB", CUT_ROOM >> 20));
}

/* Numbers 0, 1, ... of all kept frames. */
static bool cut_choose(struct cut *cut)
{
    free(cut->chosen);
    free(cut->spare);
    cut->count = kept_count(cut->kept);
    cut->chosen = calloc(cut->count + 1u, sizeof *cut->chosen);
    cut->spare = calloc(cut->count + 1u, sizeof *cut->spare);
    for (uint32_t i = 0; cut->chosen != NULL && i < cut->count; i++)
        cut->chosen[i] = i;
    return cut->chosen != NULL && cut->spare != NULL;
}

/* Lots, from the smallest, until one shows the finding. */
static bool cut_grow(struct cut *cut, const char *filter, struct error *error)
{
    uint64_t before = UINT64_MAX, sum;
    uint32_t tried = 0;
    enum shrink_answer answer = SHRINK_FAILS;
    for (size_t lot = 0; lot < sizeof cut_lots / sizeof cut_lots[0] && answer == SHRINK_FAILS; lot++) {
        if (!cut_keep(cut, lot, filter, &sum, error))
            return false;
        if (kept_count(cut->kept) == 0 || (kept_count(cut->kept) == tried && sum == before))
            continue;
        if (!cut_choose(cut))
            return error_set(error, "no memory");
        answer = cut_test(cut, cut->chosen, cut->count);
        tried = cut->count;
        before = sum;
    }
    if (answer == SHRINK_PASSES)
        return true;
    if (answer == SHRINK_STOP)
        return error_set(error, "%.400s", cut->failed.message[0] ? cut->failed.message : "stopped before anything was found");
    return error_set(error, "%s is not shown by the capture's frames alone: it rests on what the file says besides them (packets that the capturing host "
                            "dropped, damage)", cut->wanted.condition->name);
}

bool cut_frames(struct cut *cut, const struct esplain_options *options, struct esplain_error *out)
{
    struct error error = { "" };
    if (!cut_first(cut, options, out))
        return false;
    if (!cut_grow(cut, options->filter, &error)) {
        snprintf(out->message, sizeof out->message, "%s", error.message);
        return false;
    }
    cut->minimal = shrink(cut->chosen, &cut->count, cut->spare, cut_test, cut);
    return true;
}

static bool cut_silence(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

void cut_start(struct cut *cut, const struct esplain_cut *what, const struct esplain_options *options)
{
    *cut = (struct cut){ .what = what };
    cut->options = (struct esplain_options){
        .quiet = true, .receivers = options->receivers, .receiver_count = options->receiver_count, .no_receiver = options->no_receiver,
        .window = options->window, .workers = 1, .mutes = options->mutes, .mute_count = options->mute_count, .stop = options->stop,
        .output = cut_silence,
    };
}

void cut_stop(struct cut *cut)
{
    finding_clear(&cut->wanted);
    kept_destroy(cut->kept);
    free(cut->chosen);
    free(cut->spare);
}
