/* records: the JSON records of the contract, one function each (docs/schema.json holds them to it). */
#include <string.h>

#include "report/json.h"
#include "report/report.h"
#include "track/flow.h"

static const char *records_file(const struct report *report, uint16_t file)
{
    return report->files ? report->files[file] : NULL;
}

void json_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner *inner)
{
    struct text *text = &report->line;
    const struct verdict_row *row = verdict_row(judgement->verdict);
    bool ipsec = layer->kind == LAYER_ESP || layer->kind == LAYER_AH;
    text_put(text, "{\"type\":\"verdict\"");
    json_string(text, "file", records_file(report, frame->file));
    json_number(text, "frame", frame->number);
    json_time(text, "time", frame->time_ns);
    json_addr(text, "src", &layer->ip.src);
    json_addr(text, "dst", &layer->ip.dst);
    json_string(text, "proto", layer->kind == LAYER_AH ? "ah" : ipsec ? "esp" : NULL);
    json_string(text, "encap", ipsec ? json_encap(layer->encap) : NULL);
    if (ipsec && (layer->status == DECODE_OK || layer->defect == DEFECT_AH_LENGTH)) {
        json_spi(text, "spi", layer->spi);
        json_number(text, "seq", layer->seq);
    } else {
        json_null(text, "spi");
        json_null(text, "seq");
    }
    json_string(text, "verdict", row->name);
    json_error(text, "error", row->windows);
    json_string(text, "linux", counter_name(judgement->counter));
    json_string(text, "certainty", certainty_name(judgement->certainty));
    json_string(text, "cause", cause_name(judgement->cause));
    if (inner != NULL && inner->known) {
        json_key(text, "inner");
        text_char(text, '{');
        char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
        addr_print(&inner->src, src);
        addr_print(&inner->dst, dst);
        text_printf(text, "\"src\":\"%s\",\"dst\":\"%s\",\"proto\":%u}", src, dst, inner->proto);
    } else {
        json_null(text, "inner");
    }
    if (report->boundary)
        json_dosp_verdict(report);
    text_put(text, "}\n");
}

static void records_place(const struct report *report, struct text *text, const char *name, const struct place *place)
{
    json_key(text, name);
    text_put(text, "{\"file\":");
    const char *file = records_file(report, place->file);
    if (file)
        text_json(text, file, strlen(file));
    else
        text_put(text, "null");
    if (place->frame)
        json_number(text, "frame", place->frame);
    else
        json_null(text, "frame");
    json_time(text, "time", place->time_ns);
    text_char(text, '}');
}

static void records_fact(struct text *text, const struct fact *fact, bool first)
{
    if (!first)
        text_char(text, ',');
    json_first(text, fact->name);
    char chars[STAMP_TEXT_MAX > ADDR_TEXT_MAX ? STAMP_TEXT_MAX : ADDR_TEXT_MAX];
    switch ((enum fact_kind)fact->kind) {
    case FACT_NUMBER:
    case FACT_SPAN:
        text_printf(text, "%lld", (long long)fact->number);
        break;
    case FACT_BOOL:
        text_put(text, fact->number ? "true" : "false");
        break;
    case FACT_SPI:
        text_printf(text, "\"0x%08x\"", (uint32_t)fact->number);
        break;
    case FACT_TIME:
        stamp_print(fact->number, chars);
        text_printf(text, "\"%s\"", chars);
        break;
    case FACT_ADDR:
        addr_print(&fact->addr, chars);
        text_json(text, chars, strlen(chars));
        break;
    case FACT_TEXT:
        text_json(text, fact_words(fact), strlen(fact_words(fact)));
        break;
    }
}

void json_finding(struct report *report, const struct finding *finding, uint32_t number)
{
    struct text *text = &report->line;
    const struct condition *condition = finding->condition;
    text_put(text, "{\"type\":\"finding\"");
    if (number)
        json_number(text, "number", number);
    else
        json_null(text, "number");
    json_string(text, "condition", condition->name);
    json_string(text, "severity", severity_name(finding->severity));
    json_string(text, "certainty", certainty_name(finding->certainty));
    json_error(text, "error", finding->windows);
    json_string(text, "linux", counter_name(finding->counter));
    json_string(text, "rfc", condition->rfc);
    json_key(text, "subject");
    text_put(text, "{\"src\":");
    char chars[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, chars);
    text_printf(text, finding->subject.src.family ? "\"%s\"" : "null", chars);
    json_addr(text, "dst", &finding->subject.dst);
    json_string(text, "proto", json_proto(finding->subject.proto));
    if (finding->subject.has_spi)
        json_spi(text, "spi", finding->subject.spi);
    else
        json_null(text, "spi");
    text_char(text, '}');
    if (cause_name(finding->cause)) {
        json_key(text, "cause");
        text_printf(text, "{\"name\":\"%s\",\"text\":", cause_name(finding->cause));
        text_json(text, words_cause(finding->cause), strlen(words_cause(finding->cause)));
        text_char(text, '}');
    } else {
        json_null(text, "cause");
    }
    json_number(text, "count", finding->count);
    records_place(report, text, "first", &finding->first);
    records_place(report, text, "last", &finding->last);
    json_key(text, "facts");
    text_char(text, '{');
    for (uint32_t i = 0; i < finding->fact_count; i++)
        records_fact(text, &finding->facts[i], i == 0);
    text_char(text, '}');
    struct text explanation = { 0 };
    detect_explain(report->detect, finding, &explanation);
    json_string(text, "explanation", explanation.chars ? explanation.chars : "");
    text_free(&explanation);
    json_key(text, "remedy");
    text_char(text, '[');
    const char *const *remedies = detect_remedies(finding);
    for (unsigned i = 0; remedies[i] != NULL; i++) {
        if (i)
            text_char(text, ',');
        text_json(text, remedies[i], strlen(remedies[i]));
    }
    text_put(text, "]}\n");
}

void json_alert(struct report *report, const struct finding *finding, uint64_t more)
{
    struct text *text = &report->line;
    text_put(text, "{\"type\":\"alert\"");
    json_bool(text, "new", more == 0);
    json_number(text, "more", more);
    json_key(text, "finding");
    json_finding(report, finding, 0);
    if (text->length > 0)
        text->chars[--text->length] = '\0'; /* the end of the finding's line */
    text_put(text, "}\n");
}

void json_sa(struct report *report, uint32_t index)
{
    struct text *text = &report->line;
    const struct sa *sa = sadb_sa(report->db, index);
    const struct sa_hot *hot = sadb_hot(report->db, index);
    const struct sa_definition *definition = sa->definition;
    uint64_t packets = sa_packets(report->db, index);
    bool known = definition != NULL;
    text_put(text, "{\"type\":\"sa\"");
    json_addr(text, "src", &sa->src);
    json_addr(text, "dst", &sa->dst);
    json_string(text, "proto", json_proto(sa->proto));
    json_spi(text, "spi", sa->spi);
    json_string(text, "encap", json_encap(sa->encap));
    json_string(text, "origin", sa_origin_name(sa->origin));
    json_string(text, "encryption", known && definition->encryption ? definition->encryption->name : NULL);
    json_string(text, "integrity", known && definition->integrity ? definition->integrity->name : NULL);
    if (known && definition->esn_known)
        json_bool(text, "esn", definition->esn);
    else
        json_null(text, "esn");
    if (known)
        json_number(text, "window", hot->window);
    else
        json_null(text, "window");
    json_number(text, "packets", packets);
    json_number(text, "bytes", sa_bytes(report->db, index));
    if (packets) {
        json_time(text, "first", sa->first_ns);
        json_time(text, "last", hot->last_ns);
    } else {
        json_null(text, "first");
        json_null(text, "last");
    }
    json_number(text, "lost", flow_lost(sa->flow));
    json_number(text, "reordered", sa->flow ? sa->flow->reordered : 0);
    json_number(text, "replayed", sa->flow ? sa->flow->duplicates : 0);
    json_key(text, "verdicts");
    text_char(text, '{');
    bool first = true;
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        uint64_t count = sa->verdicts[i];
        if (i == (sa->origin == SA_ORIGIN_SEEN ? VERDICT_UNJUDGED : VERDICT_ACCEPTED))
            count += hot->packets - sa->verdicts[VERDICT_INNER_INVALID] - sa->verdicts[VERDICT_SELECTOR_MISMATCH] -
                     sa->verdicts[VERDICT_BLOCKED];
        if (count == 0)
            continue;
        text_printf(text, "%s\"%s\":%llu", first ? "" : ",", verdict_row(i)->name, (unsigned long long)count);
        first = false;
    }
    text_char(text, '}');
    if (sa->pair != SADB_NONE)
        json_spi(text, "pair", sadb_sa(report->db, sa->pair)->spi);
    else
        json_null(text, "pair");
    text_put(text, "}\n");
}

void json_summary(struct report *report, const struct summary *summary)
{
    struct text *text = &report->line;
    uint64_t findings[3] = { 0 };
    for (uint32_t i = 0; i < ledger_count(report->detect->ledger); i++)
        findings[ledger_at(report->detect->ledger, i)->severity]++;
    text_put(text, "{\"type\":\"summary\"");
    if (summary->interim)
        json_bool(text, "interim", true);
    json_number(text, "frames", summary->frames);
    json_number(text, "bytes", summary->bytes);
    json_number(text, "esp", summary->esp);
    json_number(text, "ah", summary->ah);
    json_number(text, "ike", summary->ike);
    json_number(text, "keepalives", summary->keepalives);
    json_number(text, "other", summary->other);
    json_number(text, "unjudged", summary->verdicts[VERDICT_UNJUDGED]);
    json_key(text, "verdicts");
    text_char(text, '{');
    bool first = true;
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        if (summary->verdicts[i] == 0)
            continue;
        text_printf(text, "%s\"%s\":%llu", first ? "" : ",", verdict_row(i)->name, (unsigned long long)summary->verdicts[i]);
        first = false;
    }
    text_char(text, '}');
    json_key(text, "findings");
    text_printf(text, "{\"note\":%llu,\"warning\":%llu,\"error\":%llu}", (unsigned long long)findings[SEVERITY_NOTE],
                (unsigned long long)findings[SEVERITY_WARNING], (unsigned long long)findings[SEVERITY_ERROR]);
    json_older(report);
    json_number(text, "capture_dropped", summary->capture_dropped);
    json_string(text, "damaged", summary->damaged);
    if (report->boundary)
        json_dosp_summary(report);
    text_put(text, "}\n");
}
