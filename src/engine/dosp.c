/* dosp: the simulated DoS protection: its settings read, packets handed to it, its refusals told. */
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "dosp/queue.h"
#include "engine/engine.h"

static void dosp_remark(void *context, const char *line)
{
    engine_message(context, "%s", line);
}

bool engine_dosp_add(struct esplain *esplain, const char *path, const char *bytes, size_t length, bool *taken, struct error *error)
{
    struct text text = { 0 }, name = { 0 };
    *taken = false;
    if (length > SETTINGS_TEXT_MAX)
        return true;
    utf16_read(&text, bytes, length);
    if (text.chars == NULL || !settings_recognise(text.chars, text.length)) {
        text_free(&text);
        return true;
    }
    *taken = true;
    if (esplain->dosp == NULL)
        esplain->dosp = calloc(1, sizeof *esplain->dosp);
    text_escaped(&name, path, strlen(path));
    bool good = esplain->dosp != NULL && name.chars != NULL
                    ? settings_add(esplain->dosp, name.chars, text.chars, text.length, dosp_remark, esplain, error)
                    : error_set(error, "out of memory for DoS protection settings");
    text_free(&text);
    text_free(&name);
    return good;
}

/* Where the settings allow more than is simulated: what the real box still has room for would be refused here. */
static void dosp_bounds(struct esplain *esplain)
{
    static const struct {
        enum setting_number number;
        uint32_t most;
    } bounds[] = { { SETTING_MAX_ENTRIES, BOUNDARY_ENTRIES_MAX }, { SETTING_MAX_QUEUES, QUEUES_MAX } };
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++)
        for (uint32_t i = 0; i < esplain->dosp->count; i++)
            if (esplain->dosp->list[i].numbers[bounds[b].number] > bounds[b].most) {
                engine_message(esplain, "%s is %u: the simulation holds %u at once, and refuses what comes beyond, as the box would not",
                               settings_number_name(bounds[b].number), esplain->dosp->list[i].numbers[bounds[b].number], bounds[b].most);
                break;
            }
}

bool engine_dosp_begin(struct esplain *esplain, struct error *error)
{
    if (esplain->dosp == NULL)
        return true;
    if (!settings_ready(esplain->dosp, error))
        return false;
    dosp_bounds(esplain);
    esplain->boundary = boundary_create(esplain->dosp);
    if (esplain->boundary == NULL)
        return error_set(error, "out of memory for the DoS protection's tables");
    esplain->report.boundary = esplain->boundary;
    esplain->detect.dosp = esplain->dosp;
    report_begin_dosp(&esplain->report);
    return true;
}

void engine_dosp_end(struct esplain *esplain)
{
    boundary_destroy(esplain->boundary);
    free(esplain->dosp);
}

void engine_dosp_judge(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    struct boundary_judgement *said = &esplain->dosp_said;
    esplain->report.dosp = NULL;
    if (layer->kind == LAYER_FRAGMENT)
        return; /* forwarded fragments are grouped before the check */
    boundary_judge(esplain->boundary, layer, frame->time_ns, said);
    esplain->report.dosp = said;
    esplain->report.told = false;
    if (said->action == BOUNDARY_NONE || (said->action == BOUNDARY_PASS && said->lack == LACK_NONE))
        return;
    struct event event = { .kind = EVENT_DOSP, .frame = frame, .layer = layer, .dosp = said, .sa = SADB_NONE };
    esplain->sink.raise(esplain->sink.context, &event);
}

void engine_dosp_close(struct esplain *esplain, const struct frame *frame, const struct layer *layer)
{
    const struct boundary_judgement *said = &esplain->dosp_said;
    bool ipsec = layer->kind == LAYER_ESP || layer->kind == LAYER_AH; /* has its record */
    bool refused = esplain->report.dosp != NULL && (said->action == BOUNDARY_DROP || said->action == BOUNDARY_RATE_LIMIT);
    if (refused && !ipsec && !esplain->report.told && esplain->options.verdicts) {
        struct judgement judgement = { .verdict = VERDICT_UNJUDGED, .certainty = CERTAINTY_POSSIBLE, .sa = SADB_NONE, .near = SADB_NONE };
        report_verdict(&esplain->report, frame, layer, &judgement, NULL);
    }
    esplain->report.dosp = NULL;
}
