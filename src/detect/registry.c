/* registry: every condition, in the order in which they are listed; events are handed to those that subscribe. */
#include <stdlib.h>
#include <string.h>

#include "detect/condition.h"
#include "detect/rows.h"

const struct condition *const condition_registry[] = {
#define ROW(name) &name,
    CONDITION_ROWS(ROW)
#undef ROW
    NULL,
};

_Static_assert(sizeof condition_registry / sizeof condition_registry[0] <= CONDITIONS_MAX, "by_event has a place for each");

const struct condition *condition_find(const char *name, size_t length)
{
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        if (strlen(condition_registry[i]->name) == length && strncmp(condition_registry[i]->name, name, length) == 0)
            return condition_registry[i];
    return NULL;
}

static void detect_subscribe(struct detect *detect)
{
    unsigned count[EVENT_COUNT] = { 0 };
    memset(detect->by_event, 0, sizeof detect->by_event);
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        for (unsigned kind = 0; kind < EVENT_COUNT; kind++)
            if (!detect->muted[i] && condition_registry[i]->events >> kind & 1)
                detect->by_event[kind][count[kind]++] = condition_registry[i];
}

bool detect_start(struct detect *detect, struct receiver *receiver)
{
    *detect = (struct detect){ .receiver = receiver, .db = receiver->db, .ledger = ledger_create(),
                               .sources = heard_create(HEARD_SOURCES_MAX) };
    detect_subscribe(detect);
    return detect->ledger != NULL && detect->sources != NULL;
}

void detect_stop(struct detect *detect)
{
    ledger_destroy(detect->ledger);
    heard_destroy(detect->sources);
    detect->ledger = NULL;
    detect->sources = NULL;
}

void detect_saw_source(struct detect *detect, const struct addr *src)
{
    heard_add(detect->sources, &(struct heard_key){ .src = *src });
}

bool detect_mute(struct detect *detect, const char *name)
{
    for (unsigned i = 0; condition_registry[i] != NULL; i++) {
        if (strcmp(condition_registry[i]->name, name) != 0)
            continue;
        detect->muted[i] = true;
        detect_subscribe(detect);
        return true;
    }
    return false;
}

void detect_raise(void *context, const struct event *event)
{
    struct detect *detect = context;
    for (unsigned i = 0; detect->by_event[event->kind][i] != NULL; i++) {
        const struct condition *condition = detect->by_event[event->kind][i];
        if (event->kind == EVENT_VERDICT && condition->verdicts &&
            !(condition->verdicts >> event->judgement->verdict & 1))
            continue;
        condition->decide(detect, condition, event);
    }
}

void detect_conclude(struct detect *detect)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        struct finding *finding = ledger_at(detect->ledger, i);
        if (finding->settled)
            finding_take_settled(finding);
        else if (finding->condition->conclude)
            finding->condition->conclude(detect, finding);
    }
}

void detect_settle(const struct detect *detect, struct finding *finding)
{
    struct finding *settled = malloc(sizeof *settled);
    struct text explanation = { 0 };
    if (settled == NULL)
        return;
    finding_copy(settled, finding);
    if (finding->condition->conclude)
        finding->condition->conclude(detect, settled);
    detect_explain(detect, settled, &explanation);
    settled->explained = explanation.chars;
    finding_settle(finding, settled);
}

struct finding *detect_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                           enum cause cause, bool *is_new)
{
    struct subject subject = { 0 };
    struct place place = { 0 };
    if (event->layer) {
        const struct layer *layer = event->layer;
        subject.src = layer->ip.src;
        subject.dst = layer->ip.dst;
        bool ipsec = layer->kind == LAYER_ESP || layer->kind == LAYER_AH;
        subject.proto = layer->kind == LAYER_AH ? SA_PROTO_AH : layer->kind == LAYER_ESP ? SA_PROTO_ESP : layer->ip.protocol;
        subject.has_spi = ipsec && (layer->status == DECODE_OK || layer->defect == DEFECT_AH_LENGTH);
        subject.spi = subject.has_spi ? layer->spi : 0;
    }
    if (event->frame)
        place = (struct place){ event->frame->file, event->frame->number, event->frame->time_ns };
    struct finding *finding = ledger_hit(detect->ledger, condition, cause, &subject, &place, is_new);
    if (*is_new) {
        finding->severity = condition->severity;
        finding->windows = condition->windows;
        finding->counter = condition->counter;
        finding->certainty = CERTAINTY_CERTAIN;
        if (event->judgement) {
            finding->certainty = event->judgement->certainty;
            finding->sa = event->judgement->sa;
            finding->near = event->judgement->near;
            finding->counter = event->judgement->counter;
        }
    }
    return finding;
}

struct finding *detect_hit_sa(struct detect *detect, const struct condition *condition, uint32_t index, bool *is_new)
{
    const struct sa *sa = sadb_sa(detect->db, index);
    const struct sa_hot *hot = sadb_hot(detect->db, index);
    struct subject subject = { .src = sa->src, .dst = sa->dst, .proto = sa->proto, .has_spi = true, .spi = sa->spi };
    struct place place = { sa->first_file, sa->first_frame, sa->first_ns };
    struct finding *finding = ledger_hit(detect->ledger, condition, CAUSE_NONE, &subject, &place, is_new);
    if (place.file < finding->first.file || (place.file == finding->first.file && place.frame < finding->first.frame))
        finding->first = place;
    finding->last = (struct place){ sa->first_file, 0, hot->last_ns }; /* the frame of an SA's last packet is not kept */
    if (*is_new) {
        finding->severity = condition->severity;
        finding->windows = condition->windows;
        finding->counter = condition->counter;
        finding->sa = index;
    }
    return finding;
}

struct finding *detect_hit_subject(struct detect *detect, const struct condition *condition, const struct subject *subject,
                                   const struct place *place, bool *is_new)
{
    struct finding *finding = ledger_hit(detect->ledger, condition, CAUSE_NONE, subject, place, is_new);
    if (*is_new) {
        finding->severity = condition->severity;
        finding->windows = condition->windows;
        finding->counter = condition->counter;
    }
    return finding;
}

bool detect_window_known(const struct detect *detect, uint32_t index)
{
    const struct sa_definition *definition = index != SADB_NONE ? sadb_sa(detect->db, index)->definition : NULL;
    return definition != NULL && definition->window_known && !(definition->outbound && definition->window == 0);
}

const char *const *detect_remedies(const struct finding *finding)
{
    const struct condition *condition = finding->condition;
    const char *const *own = condition->remedy ? condition->remedy(finding) : NULL;
    return own ? own : condition->remedies;
}

void detect_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    if (finding->explained) {
        text_put(text, finding->explained);
        return;
    }
    if (finding->condition->explain)
        finding->condition->explain(detect, finding, text);
    else
        text_put(text, finding->condition->meaning);
    while (text->length > 0 && text->chars[text->length - 1] == ' ') /* sentences end with a blank for the next one */
        text->chars[--text->length] = '\0';
    if (finding->merged)
        text_printf(text, " %u more SPIs or subjects of the same kind are counted here.", finding->merged);
}
