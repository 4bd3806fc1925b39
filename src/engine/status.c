/* status: esplain_status: what a run has come to, in bounded arrays. */
#include <stdio.h>
#include <string.h>

#include "engine/kernel.h"
#include "kernel/counters.h"
#include "track/flow.h"

_Static_assert(COUNTER_COUNT <= ESPLAIN_STATUS_COUNTERS, "every counter has a place");
_Static_assert(VERDICT_COUNT <= ESPLAIN_STATUS_VERDICTS, "every verdict has a place");

/* What stays when not all fit: SAs that are known and exist, then by their latest packet. */
static int64_t status_rank(struct sadb *db, uint32_t index, int64_t now_ns)
{
    const struct sa *sa = sadb_sa(db, index);
    bool alive = sa->origin != SA_ORIGIN_SEEN && (!sa->ended_known || sa->ended_ns > now_ns);
    return alive ? INT64_MAX : sadb_hot(db, index)->last_ns;
}

static void status_sa(struct sadb *db, uint32_t index, int64_t now_ns, struct esplain_status_sa *out)
{
    const struct sa *sa = sadb_sa(db, index);
    *out = (struct esplain_status_sa){
        .id = index, .spi = sa->spi, .proto = sa_proto_name(sa->proto), .origin = sa_origin_name(sa->origin),
        .encryption = sa->definition && sa->definition->encryption ? sa->definition->encryption->name : NULL,
        .packets = sa_packets(db, index), .bytes = sa_bytes(db, index), .lost = flow_lost(sa->flow),
        .ended = sa->ended_known && sa->ended_ns <= now_ns,
    };
    if (out->packets)
        out->last_ns = sadb_hot(db, index)->last_ns;
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        if (verdict_row(i)->refused)
            out->refused += sa->verdicts[i];
    char chars[ADDR_TEXT_MAX];
    if (sa->src.family) {
        addr_print(&sa->src, chars);
        snprintf(out->src, sizeof out->src, "%s", chars);
    }
    if (sa->dst.family) {
        addr_print(&sa->dst, chars);
        snprintf(out->dst, sizeof out->dst, "%s", chars);
    }
}

/* Indices of the SAs that are shown; *total: how many exist. From the newest down, because there what replaces others is rare. */
static uint32_t status_choose(struct sadb *db, int64_t now_ns, uint32_t chosen[ESPLAIN_STATUS_SAS], uint32_t *total)
{
    uint32_t count = 0, least = 0;
    for (uint32_t i = sadb_count(db); i-- > 0;) {
        const struct sa *sa = sadb_sa(db, i);
        if (sadb_hot(db, i)->flags & SA_HOT_FREE || (sa->ended_known && sa->ended_ns <= now_ns && sa_packets(db, i) == 0))
            continue;
        ++*total;
        if (count < ESPLAIN_STATUS_SAS)
            chosen[count++] = i;
        else if (status_rank(db, i, now_ns) > status_rank(db, chosen[least], now_ns))
            chosen[least] = i;
        else
            continue;
        for (uint32_t j = 0; count == ESPLAIN_STATUS_SAS && j < count; j++)
            if (status_rank(db, chosen[j], now_ns) < status_rank(db, chosen[least], now_ns))
                least = j;
    }
    return count;
}

/* How bad and how sure it would be if the run ended now. */
static void status_concluded(const struct esplain *esplain, const struct finding *finding, struct esplain_status_finding *out)
{
    struct finding now;
    finding_copy(&now, finding->settled ? finding->settled : finding);
    if (finding->settled == NULL && finding->condition->conclude)
        finding->condition->conclude(&esplain->detect, &now);
    out->severity = (enum esplain_severity)now.severity;
    out->certainty = certainty_name(now.certainty);
    finding_clear(&now);
}

static void status_finding(const struct esplain *esplain, const struct finding *finding, struct esplain_status_finding *out)
{
    struct text where = { 0 };
    char chars[ADDR_TEXT_MAX];
    const struct subject *subject = &finding->subject;
    *out = (struct esplain_status_finding){
        .condition = finding->condition->name, .title = finding->condition->title, .count = finding->count,
        .first_ns = finding->first.time_ns, .last_ns = finding->last.time_ns,
    };
    status_concluded(esplain, finding, out);
    text_put(&where, subject->proto == SA_PROTO_AH ? "AH " : subject->proto == SA_PROTO_ESP ? "ESP " : "");
    if (subject->src.family) {
        addr_print(&subject->src, chars);
        text_printf(&where, "%s > ", chars);
    }
    if (subject->dst.family) {
        addr_print(&subject->dst, chars);
        text_put(&where, chars);
    }
    if (subject->has_spi)
        text_printf(&where, " 0x%08x", subject->spi);
    if (where.length == 0 && counter_name(finding->counter))
        text_put(&where, counter_name(finding->counter));
    snprintf(out->where, sizeof out->where, "%s", where.chars ? where.chars : "");
    text_free(&where);
}

/* The latest first; of the same time, the one met last. */
static uint32_t status_latest(struct ledger *ledger, uint32_t latest[ESPLAIN_STATUS_FINDINGS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ledger_count(ledger); i++) {
        int64_t time_ns = ledger_at(ledger, i)->last.time_ns;
        uint32_t at = count;
        while (at > 0 && ledger_at(ledger, latest[at - 1])->last.time_ns <= time_ns)
            at--;
        if (at == ESPLAIN_STATUS_FINDINGS)
            continue;
        if (count < ESPLAIN_STATUS_FINDINGS)
            count++;
        memmove(latest + at + 1, latest + at, (count - 1 - at) * sizeof *latest);
        latest[at] = i;
    }
    return count;
}

static void status_counters(const struct esplain *esplain, struct esplain_status *status)
{
    const struct tally *tally = confirm_tally(esplain->confirm);
    struct counter_values kernel = { 0 };
    if (esplain->counters == NULL || !counters_read(esplain->counters, &kernel))
        return;
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++)
        if (kernel.value[i]) {
            status->counters[status->counter_count].name = counter_name(i);
            status->counters[status->counter_count].unseen = tally ? tally->rows[i].unseen : 0;
            status->counters[status->counter_count++].count = kernel.value[i];
        }
}

void esplain_status(struct esplain *esplain, struct esplain_status *status)
{
    const struct summary *summary = &esplain->summary;
    uint32_t chosen[ESPLAIN_STATUS_SAS], latest[ESPLAIN_STATUS_FINDINGS];
    *status = (struct esplain_status){
        .frames = summary->frames, .bytes = summary->bytes, .esp = summary->esp, .ah = summary->ah, .ike = summary->ike,
        .keepalives = summary->keepalives, .other = summary->other, .capture_dropped = summary->capture_dropped,
        .first_ns = summary->first_ns, .last_ns = summary->last_ns, .finding_total = ledger_count(esplain->detect.ledger),
    };
    for (uint32_t i = 0; i < ledger_older_count(esplain->detect.ledger); i++)
        status->finding_total += ledger_older_at(esplain->detect.ledger, i)->findings;
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        if (summary->verdicts[i]) {
            status->verdicts[status->verdict_count].name = verdict_row(i)->name;
            status->verdicts[status->verdict_count].refused = verdict_row(i)->refused;
            status->verdicts[status->verdict_count++].count = summary->verdicts[i];
        }
    status_counters(esplain, status);
    status->sa_count = status_choose(esplain->db, summary->last_ns, chosen, &status->sa_total);
    for (uint32_t i = 0; i < status->sa_count; i++)
        status_sa(esplain->db, chosen[i], summary->last_ns, &status->sas[i]);
    status->finding_count = status_latest(esplain->detect.ledger, latest);
    for (uint32_t i = 0; i < status->finding_count; i++)
        status_finding(esplain, ledger_at(esplain->detect.ledger, latest[i]), &status->findings[i]);
}
