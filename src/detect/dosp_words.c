/* dosp_words: the hit and the beginning of a sentence. */
#include "detect/dosp_words.h"

struct finding *dosp_hit(struct detect *detect, const struct condition *condition, const struct event *event, enum cause cause,
                         enum certainty certainty, bool *is_new)
{
    const struct boundary_judgement *said = event->dosp;
    uint32_t *pairs = &detect->dosp_pairs[condition->windows ? condition->windows - DOSP_CODE_FIRST : DOSP_CODES];
    struct subject subject = { .src = event->layer->ip.src, .dst = event->layer->ip.dst };
    struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
    bool many = *pairs >= DOSP_PAIRS; /* a flood is one finding */
    if (many)
        subject = (struct subject){ 0 };
    if (event->layer->kind == LAYER_ESP && !many)
        subject.proto = SA_PROTO_ESP;
    struct finding *finding = ledger_hit(detect->ledger, condition, cause, &subject, &place, is_new);
    if (!*is_new)
        return finding;
    if (!many) {
        ++*pairs;
        finding->share = pairs;
    }
    finding->severity = condition->severity;
    finding->certainty = (uint8_t)certainty;
    finding->windows = condition->windows;
    finding->counter = condition->counter;
    finding_bool(finding, "inbound", said->inbound);
    if (said->setting->name[0])
        finding_text(finding, "setting", said->setting->name);
    if (many)
        finding_bool(finding, "many", true);
    return finding;
}

struct finding *dosp_begin(struct detect *detect, const struct condition *condition, const struct event *event, enum certainty certainty)
{
    bool is_new;
    struct finding *finding = dosp_hit(detect, condition, event, CAUSE_NONE, certainty, &is_new);
    return is_new ? finding : NULL;
}

void dosp_subject(const struct finding *finding, const char *what, const char *does, const char *doing, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    words_packets(finding->count, what, text);
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    if (finding->subject.src.family)
        text_printf(text, " from %s to %s ", src, dst);
    else
        text_put(text, " between many more pairs of addresses ");
    if (does)
        text_put(text, finding->count == 1 ? does : doing);
}
