/* text: the report for a person: what is broken, how sure, the code, why, what to do; then the SAs; then the counts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/windows.h"
#include "report/page.h"
#include "report/report.h"
#include "report/story.h"
#include "track/flow.h"

static void text_addresses(struct text *text, const struct addr *src, const struct addr *dst)
{
    char chars[ADDR_TEXT_MAX];
    addr_print(src, chars);
    text_put(text, chars);
    text_put(text, " > ");
    addr_print(dst, chars);
    text_put(text, chars);
}

/* "09:06:36.615579" of an RFC 3339 stamp: the date stands once, above. */
static void text_clock(struct text *text, int64_t time_ns)
{
    char stamp[STAMP_TEXT_MAX];
    size_t length = stamp_print(time_ns, stamp);
    text_add(text, stamp + length - 19, 15);
}

void text_verdict(struct report *report, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement, const struct inner *inner)
{
    struct text *text = &report->line;
    const struct verdict_row *row = verdict_row(judgement->verdict);
    text_printf(text, "%" PRIu64 " ", frame->number);
    text_clock(text, frame->time_ns);
    text_char(text, ' ');
    text_addresses(text, &layer->ip.src, &layer->ip.dst);
    if (layer->kind != LAYER_ESP && layer->kind != LAYER_AH)
        text_printf(text, " protocol %u", layer->ip.protocol);
    else if (layer->status == DECODE_OK || layer->defect == DEFECT_AH_LENGTH)
        text_printf(text, " %s%s 0x%08x seq %u", layer->kind == LAYER_AH ? "AH" : "ESP",
                    layer->encap == ENCAP_UDP ? "/UDP" : layer->encap == ENCAP_TCP ? "/TCP" : "", layer->spi, layer->seq);
    else
        text_put(text, layer->kind == LAYER_AH ? " AH" : " ESP");
    page_style(text, report->options->color, row->refused ? STYLE_RED : STYLE_GREEN);
    text_printf(text, " %s", row->name);
    page_style(text, report->options->color, STYLE_PLAIN);
    if (row->windows)
        text_printf(text, " %u", row->windows);
    if (counter_name(judgement->counter))
        text_printf(text, " %s", counter_name(judgement->counter));
    if (judgement->certainty != CERTAINTY_CERTAIN && row->refused)
        text_printf(text, " (%s)", certainty_name(judgement->certainty));
    if (cause_name(judgement->cause))
        text_printf(text, " %s", cause_name(judgement->cause));
    if (inner != NULL && inner->known) {
        text_put(text, " inner ");
        text_addresses(text, &inner->src, &inner->dst);
        text_printf(text, " protocol %u", inner->proto);
    }
    if (report->dosp && boundary_action_name(report->dosp->action)) {
        text_printf(text, "; box: %s %s", boundary_action_name(report->dosp->action), boundary_class_name(report->dosp->sort));
        if (report->dosp->error)
            text_printf(text, " %u", report->dosp->error);
    }
    text_char(text, '\n');
}

static void text_place(struct report *report, struct text *text, const struct finding *finding)
{
    char stamp[STAMP_TEXT_MAX], span[SPAN_TEXT_MAX];
    if (finding->first.frame == 0)
        return;
    stamp_print(finding->first.time_ns, stamp);
    if (finding->count == 1 && finding->first.frame == finding->last.frame && finding->first.file == finding->last.file) {
        text_printf(text, "frame %" PRIu64 ", %s", finding->first.frame, stamp);
    } else if (finding->last.frame == 0) {
        span_print(finding->last.time_ns - finding->first.time_ns, span);
        text_printf(text, "from frame %" PRIu64 ", %s, for %s", finding->first.frame, stamp, span);
    } else {
        span_print(finding->last.time_ns - finding->first.time_ns, span);
        text_printf(text, "frames %" PRIu64 " to %" PRIu64 ", from %s for %s", finding->first.frame, finding->last.frame, stamp, span);
    }
    if (finding->first.file != 0 && report->files) {
        text_put(text, " in ");
        text_escaped(text, report->files[finding->first.file], strlen(report->files[finding->first.file]));
    }
}

/* `number` 0: it has none yet. */
static void text_finding(struct report *report, const struct finding *finding, uint32_t number)
{
    static const enum page_style styles[] = { STYLE_CYAN, STYLE_YELLOW, STYLE_RED };
    static const char *const heads[] = { "NOTE", "WARNING", "ERROR" };
    struct text *text = &report->line;
    bool color = report->options->color;
    const struct condition *condition = finding->condition;
    struct text part = { 0 };

    text_char(text, '\n');
    if (number)
        text_printf(text, "%u. ", number);
    page_style(text, color, styles[finding->severity]);
    text_put(text, heads[finding->severity]);
    page_style(text, color, STYLE_PLAIN);
    page_style(text, color, STYLE_BOLD);
    text_printf(text, "  %s", condition->title);
    page_style(text, color, STYLE_PLAIN);
    text_printf(text, "  [%s, %s]\n", condition->name, certainty_name(finding->certainty));

    const struct windows_error *error = finding->windows ? windows_error_find(finding->windows) : NULL;
    if (error) {
        text_printf(&part, "%u %s (0x%04X", error->code, error->name, error->code);
        if (error->ntstatus)
            text_printf(&part, ", %s 0x%08X", error->ntstatus_name, error->ntstatus);
        text_put(&part, ")");
    }
    if (counter_name(finding->counter))
        text_printf(&part, "%sLinux %s", part.length ? "; " : "", counter_name(finding->counter));
    if (condition->rfc)
        text_printf(&part, "%s%s", part.length ? "; " : "", condition->rfc);
    if (part.length)
        page_wrap(text, "  Code:  ", part.chars);
    text_clear(&part);

    if (finding->subject.dst.family || finding->subject.src.family) {
        text_printf(&part, "%s", finding->subject.proto == SA_PROTO_AH ? "AH " : finding->subject.proto == SA_PROTO_ESP ? "ESP " : "");
        text_addresses(&part, &finding->subject.src, &finding->subject.dst);
        if (finding->subject.has_spi)
            text_printf(&part, ", SPI 0x%08x", finding->subject.spi);
        text_put(&part, "; ");
    }
    if (finding->count > 1)
        text_printf(&part, "%" PRIu64 " times%s", finding->count, finding->first.frame ? ", " : "");
    text_place(report, &part, finding);
    if (part.length)
        page_wrap(text, "  Where: ", part.chars);
    text_clear(&part);

    detect_explain(report->detect, finding, &part);
    if (part.length)
        page_wrap(text, "  Why:   ", part.chars);
    text_free(&part);
    if (finding->severity == SEVERITY_NOTE && report->options->verbose == 0)
        return;
    const char *const *remedies = detect_remedies(finding);
    for (unsigned i = 0; remedies[i] != NULL; i++)
        page_wrap(text, i == 0 ? "  Do:    - " : "         - ", remedies[i]);
}

/* The first time as in the report, later a line. */
void text_alert(struct report *report, const struct finding *finding, uint64_t more)
{
    struct text *text = &report->line;
    if (more == 0) {
        text_finding(report, finding, 0);
        return;
    }
    char stamp[STAMP_TEXT_MAX];
    stamp_print(finding->last.time_ns, stamp);
    text_printf(text, "\n%s  %s", stamp, finding->condition->name);
    if (finding->subject.dst.family || finding->subject.src.family) {
        text_char(text, ' ');
        text_addresses(text, &finding->subject.src, &finding->subject.dst);
    } else if (counter_name(finding->counter)) {
        text_printf(text, " %s", counter_name(finding->counter));
    }
    if (finding->subject.has_spi)
        text_printf(text, ", SPI 0x%08x", finding->subject.spi);
    text_printf(text, ": %" PRIu64 " time%s more, %" PRIu64 " in all\n", more, more == 1 ? "" : "s", finding->count);
}

static void text_sa(struct report *report, uint32_t index)
{
    struct text *text = &report->line;
    const struct sa *sa = sadb_sa(report->db, index);
    const struct sa_definition *definition = sa->definition;
    text_printf(text, "  0x%08x %s%s ", sa->spi, sa->proto == SA_PROTO_AH ? "AH " : "ESP", sa->encap == ENCAP_UDP ? "/UDP" : "");
    text_addresses(text, &sa->src, &sa->dst);
    uint64_t packets = sa_packets(report->db, index);
    text_printf(text, "  %" PRIu64 " packet%s", packets, packets == 1 ? "" : "s");
    if (definition && definition->encryption)
        text_printf(text, ", %s", definition->encryption->name);
    if (definition && definition->integrity && definition->integrity->kind != INTEGRITY_NONE)
        text_printf(text, "%s%s", definition->encryption ? "/" : ", ", definition->integrity->name);
    if (sa->origin == SA_ORIGIN_SEEN)
        text_put(text, ", not in any SA file");
    if (flow_lost(sa->flow))
        text_printf(text, ", %" PRIu64 " lost", flow_lost(sa->flow));
    if (sa->flow && sa->flow->reordered)
        text_printf(text, ", %" PRIu64 " late", sa->flow->reordered);
    if (sa->flow && sa->flow->duplicates && sa->verdicts[VERDICT_REPLAYED] + sa->verdicts[VERDICT_TOO_OLD] == 0)
        text_printf(text, ", %" PRIu64 " twice", sa->flow->duplicates);
    for (unsigned i = 1; i < VERDICT_COUNT; i++)
        if (sa->verdicts[i])
            text_printf(text, ", %u %s", sa->verdicts[i], verdict_row(i)->name);
    if (sa->pair != SADB_NONE)
        text_printf(text, "; other direction 0x%08x", sadb_sa(report->db, sa->pair)->spi);
    text_char(text, '\n');
}

#define TEXT_SAS_MAX 40u /* more are counted; -v lists all */

static void text_sas(struct report *report)
{
    struct text *text = &report->line;
    uint32_t active = 0, silent = 0, shown = 0;
    for (uint32_t i = 0; i < sadb_count(report->db); i++)
        if (!(sadb_hot(report->db, i)->flags & SA_HOT_FREE))
            (sa_packets(report->db, i) ? active++ : silent++);
    if (active + silent == 0)
        return;
    text_printf(text, "\nSAs: %u with packets", active);
    if (silent)
        text_printf(text, ", %u without", silent);
    text_char(text, '\n');
    for (uint32_t i = 0; i < sadb_count(report->db) && (shown < TEXT_SAS_MAX || report->options->verbose); i++) {
        if (sadb_hot(report->db, i)->flags & SA_HOT_FREE || (sa_packets(report->db, i) == 0 && active > 0 && report->options->verbose == 0))
            continue;
        text_sa(report, i);
        shown++;
        if (text->length > 65536)
            report_flush(report);
    }
    if (shown < active)
        text_printf(text, "  ... and %u more (-v lists them)\n", active - shown);
}

static void text_severities(struct text *text, const uint64_t findings[3], const char *age)
{
    text_printf(text, "%" PRIu64 "%s error%s, %" PRIu64 "%s warning%s", findings[SEVERITY_ERROR], age, findings[SEVERITY_ERROR] == 1 ? "" : "s",
                findings[SEVERITY_WARNING], age, findings[SEVERITY_WARNING] == 1 ? "" : "s");
    if (findings[SEVERITY_NOTE])
        text_printf(text, ", %" PRIu64 "%s note%s", findings[SEVERITY_NOTE], age, findings[SEVERITY_NOTE] == 1 ? "" : "s");
}

static void text_headline(struct report *report, const uint64_t findings[3], const struct summary *summary)
{
    struct text *text = &report->line;
    bool color = report->options->color;
    uint64_t older[3] = { 0 };
    report_older(report, older);
    bool were = older[SEVERITY_ERROR] + older[SEVERITY_WARNING] > 0;
    page_style(text, color, STYLE_BOLD);
    if (were || findings[SEVERITY_ERROR] + findings[SEVERITY_WARNING] > 0) {
        text_severities(text, findings, "");
        if (were) {
            text_put(text, "; ");
            text_severities(text, older, " older");
        }
    } else if (summary->esp + summary->ah + summary->ike == 0) {
        text_put(text, "No IPsec in this capture");
    } else if (report->boundary == NULL && summary->verdicts[VERDICT_UNJUDGED] == summary->esp + summary->ah && summary->esp + summary->ah > 0) {
        text_put(text, "Nothing wrong found, but no SA of this traffic is known: say which with -s, or name the receiver with --receiver");
    } else {
        text_put(text, "Nothing wrong found");
        if (findings[SEVERITY_NOTE])
            text_printf(text, "; %" PRIu64 " note%s", findings[SEVERITY_NOTE], findings[SEVERITY_NOTE] == 1 ? "" : "s");
    }
    page_style(text, color, STYLE_PLAIN);
    text_put(text, ".\n");
}

static void text_counts(struct report *report, const struct summary *summary)
{
    struct text *text = &report->line;
    char stamp[STAMP_TEXT_MAX], span[SPAN_TEXT_MAX];
    text_printf(text, "\nCounts: %" PRIu64 " frames: %" PRIu64 " ESP, %" PRIu64 " AH, %" PRIu64 " IKE, %" PRIu64
                " keepalives, %" PRIu64 " other", summary->frames, summary->esp, summary->ah, summary->ike, summary->keepalives,
                summary->other);
    if (summary->frames) {
        stamp_print(summary->first_ns, stamp);
        span_print(summary->last_ns - summary->first_ns, span);
        text_printf(text, "; from %s for %s", stamp, span);
    }
    text_put(text, "\n");
    bool any = false;
    for (unsigned i = 0; i < VERDICT_COUNT; i++) {
        if (summary->verdicts[i] == 0)
            continue;
        text_printf(text, "%s%" PRIu64 " %s", any ? ", " : "Verdicts: ", summary->verdicts[i], verdict_row(i)->name);
        any = true;
    }
    if (any)
        text_char(text, '\n');
    if (summary->capture_dropped)
        text_printf(text, "The capturing host dropped %" PRIu64 " packets: gaps may be its own.\n", summary->capture_dropped);
    if (summary->damaged) {
        text_put(text, "Damaged: ");
        text_put(text, summary->damaged); /* escaped where it was made */
        text_put(text, "; what came before was analysed.\n");
    }
}

#define TEXT_FINDINGS_MAX 16u /* of one severity; -v shows all */

void text_report(struct report *report, const struct summary *summary)
{
    uint32_t count = ledger_count(report->detect->ledger);
    uint32_t *order = calloc(count + 1, sizeof *order);
    uint64_t findings[3] = { 0 };
    if (order == NULL) {
        report->failed = true;
        return;
    }
    report_order(report, order);
    for (uint32_t i = 0; i < count; i++)
        findings[ledger_at(report->detect->ledger, i)->severity]++;
    if (report->options->verdicts && report->line.length)
        text_char(&report->line, '\n');
    if (summary->interim)
        text_put(&report->line, "\nSo far, and the run goes on: ");
    text_headline(report, findings, summary);
    uint32_t shown[3] = { 0 };
    for (uint32_t i = 0; i < count && !report->options->quiet && !report->failed; i++) {
        const struct finding *finding = ledger_at(report->detect->ledger, order[i]);
        if (shown[finding->severity]++ >= TEXT_FINDINGS_MAX && report->options->verbose == 0)
            continue;
        text_finding(report, finding, i + 1);
        report_flush(report);
    }
    free(order);
    for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
        if (shown[severity] > TEXT_FINDINGS_MAX && report->options->verbose == 0)
            text_printf(&report->line, "\n... and %u more of severity %s (-v shows all)\n", shown[severity] - TEXT_FINDINGS_MAX,
                        severity_name(severity));
    if (report->options->quiet)
        return;
    text_older(report);
    story_write(report);
    text_sas(report);
    if (report->boundary)
        text_dosp_end(report);
    text_counts(report, summary);
}
