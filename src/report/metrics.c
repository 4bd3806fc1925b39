/* metrics: the families of a run; those of SAs are in metrics_sas.c. */
#include "report/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "track/tally.h"

struct metrics {
    uint64_t findings[CONDITIONS_MAX][SEVERITY_ERROR + 1]; /* what was counted of findings, by condition and severity */
    struct metrics_sas *sas;
};

struct metrics *metrics_create(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL || (metrics->sas = metrics_sas_create()) == NULL) {
        free(metrics);
        return NULL;
    }
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    metrics_sas_destroy(metrics->sas);
    free(metrics);
}

void metrics_family(struct text *text, const char *name, const char *type, const char *help)
{
    text_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Labels are UTF-8; control bytes and what is no UTF-8 become U+FFFD. */
void metrics_label(struct text *text, const char *name, const char *value, bool first)
{
    text_printf(text, "%s%s=\"", first ? "{" : ",", name);
    for (size_t length = strlen(value), at = 0, step; at < length; at += step) {
        step = text_utf8(value + at, length - at);
        unsigned char byte = (unsigned char)value[at];
        if (step == 0 || (step == 1 && (byte < ' ' || byte == 127))) {
            step = 1;
            text_put(text, "\xef\xbf\xbd");
        } else if (byte == '"' || byte == '\\') {
            text_printf(text, "\\%c", byte);
        } else {
            text_add(text, value + at, step);
        }
    }
    text_char(text, '"');
}

static void metrics_one(struct text *text, const char *name, const char *type, const char *help, uint64_t value)
{
    metrics_family(text, name, type, help);
    text_printf(text, "%s %" PRIu64 "\n", name, value);
}

static void metrics_time(struct text *text, const char *name, const char *help, int64_t time_ns)
{
    metrics_family(text, name, "gauge", help);
    text_printf(text, "%s %" PRId64 ".%09" PRId64 "\n", name, time_ns / 1000000000, time_ns % 1000000000);
}

static void metrics_row(struct text *text, const char *name, const char *label, const char *value, uint64_t count)
{
    text_put(text, name);
    metrics_label(text, label, value, true);
    text_printf(text, "} %" PRIu64 "\n", count);
}

static void metrics_packets(struct text *text, const struct summary *summary)
{
    const struct { const char *name; uint64_t count; } kinds[] = {
        { "esp", summary->esp }, { "ah", summary->ah }, { "ike", summary->ike },
        { "keepalive", summary->keepalives }, { "other", summary->other },
    };
    metrics_one(text, "esplain_captured_frames_total", "counter", "Frames that were captured and read.", summary->frames);
    metrics_one(text, "esplain_captured_bytes_total", "counter", "Bytes of these frames as they were on the wire.", summary->bytes);
    metrics_family(text, "esplain_protocol_packets_total", "counter", "Packets by what they are.");
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        metrics_row(text, "esplain_protocol_packets_total", "protocol", kinds[i].name, kinds[i].count);
    metrics_family(text, "esplain_packets_total", "counter", "Packets that were judged, by what the receiver concludes.");
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        metrics_row(text, "esplain_packets_total", "verdict", verdict_row(i)->name, summary->verdicts[i]);
}

static void metrics_drops(struct text *text, const struct metrics_state *state)
{
    static const char name[] = "esplain_capture_dropped_packets_total";
    metrics_family(text, name, "counter", "Packets that the capture lost, so that esplain never saw them, by who lost them.");
    if (state->interface_count == 0)
        metrics_row(text, name, "by", "capture", state->summary->capture_dropped);
    for (uint32_t i = 0; i < state->interface_count; i++) {
        const struct metrics_interface *interface = &state->interfaces[i];
        for (unsigned by = 0; by < 2; by++) {
            text_put(text, name);
            metrics_label(text, "by", by ? "interface" : "kernel", true);
            metrics_label(text, "interface", interface->name, false);
            text_printf(text, "} %" PRIu64 "\n", by ? interface->dropped_interface : interface->dropped_kernel);
        }
    }
}

static unsigned metrics_index(const struct condition *condition)
{
    unsigned index = 0;
    while (condition_registry[index] != condition)
        index++;
    return index;
}

/* Only the difference to the last time is added, wherever it is found now. */
static void metrics_count(struct metrics *metrics, const struct detect *detect)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        struct finding *finding = ledger_at(detect->ledger, i);
        metrics->findings[metrics_index(finding->condition)][finding->severity] += finding->count - finding->told.metered;
        finding->told.metered = finding->count;
    }
    for (uint32_t i = 0; i < ledger_older_count(detect->ledger); i++) {
        struct ledger_older *older = ledger_older_at(detect->ledger, i);
        metrics->findings[metrics_index(older->condition)][older->severity] += older->count - older->metered;
        older->metered = older->count;
    }
}

/* Each condition has a series from the start, so that its first occurrence is a rise; further ones only where they were met. */
static void metrics_findings(const struct metrics *metrics, struct text *text)
{
    static const char name[] = "esplain_findings_total";
    metrics_family(text, name, "counter", "How often each condition was met, as its finding counts it: packets, messages or exchanges.");
    for (unsigned i = 0; condition_registry[i] != NULL; i++)
        for (int severity = SEVERITY_NOTE; severity <= SEVERITY_ERROR; severity++) {
            if (metrics->findings[i][severity] == 0 && severity != condition_registry[i]->severity)
                continue;
            text_put(text, name);
            metrics_label(text, "condition", condition_registry[i]->name, true);
            metrics_label(text, "severity", severity_name((enum severity)severity), false);
            text_printf(text, "} %" PRIu64 "\n", metrics->findings[i][severity]);
        }
}

static void metrics_kernel(struct text *text, const uint64_t *kernel)
{
    metrics_family(text, "esplain_kernel_xfrm_errors_total", "counter", "The kernel's own counters, /proc/net/xfrm_stat.");
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++)
        metrics_row(text, "esplain_kernel_xfrm_errors_total", "counter", counter_name(i), kernel[i]);
}

static void metrics_tally(struct text *text, const struct tally *tally)
{
    static const char name[] = "esplain_kernel_xfrm_unseen_total";
    metrics_family(text, name, "counter", "Rises of the kernel's counters in this run that no captured packet explains (kernel-drop-unseen).");
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++)
        metrics_row(text, name, "counter", counter_name(i), tally->rows[i].unseen);
}

static void metrics_table(struct text *text, struct sadb *db, int64_t now_ns)
{
    static const enum sa_origin origins[] = { SA_ORIGIN_FILE, SA_ORIGIN_KERNEL, SA_ORIGIN_IKE, SA_ORIGIN_SEEN };
    uint64_t counts[4] = { 0 };
    for (uint32_t i = 0; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        counts[sa->origin] += !(sadb_hot(db, i)->flags & SA_HOT_FREE) && (!sa->ended_known || sa->ended_ns > now_ns);
    }
    metrics_family(text, "esplain_sas", "gauge", "SAs that exist, by where they are known from; seen: from their packets alone.");
    for (unsigned i = 0; i < 4; i++)
        metrics_row(text, "esplain_sas", "origin", sa_origin_name(origins[i]), counts[origins[i]]);
    metrics_one(text, "esplain_unlearned_packets_total", "counter", "Packets of SPIs that found no room in the table of SAs seen.",
                sadb_unlearned(db));
}

bool metrics_print(struct metrics *metrics, const struct metrics_state *state, struct text *text)
{
    int64_t now_ns = state->summary->last_ns;
    metrics_count(metrics, state->detect);
    metrics_family(text, "esplain_build_info", "gauge", "Always 1; the labels say what runs.");
    text_put(text, "esplain_build_info");
    metrics_label(text, "version", ESPLAIN_VERSION, true);
    text_put(text, "} 1\n");
    if (state->started_ns)
        metrics_time(text, "esplain_start_time_seconds", "When this run began, seconds since 1970.", state->started_ns);
    if (state->summary->frames)
        metrics_time(text, "esplain_last_packet_timestamp_seconds", "When the latest frame was captured, seconds since 1970.", now_ns);
    metrics_packets(text, state->summary);
    metrics_drops(text, state);
    metrics_findings(metrics, text);
    metrics_table(text, state->db, now_ns);
    if (state->kernel)
        metrics_kernel(text, state->kernel);
    if (state->tally)
        metrics_tally(text, state->tally);
    return metrics_sas_print(metrics->sas, state->db, now_ns, text) && !text->failed;
}
