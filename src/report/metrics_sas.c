/* metrics_sas: which SAs have series of their own, and what all others count together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/metrics.h"
#include "track/flow.h"

#define SLOT_NONE UINT32_MAX

struct metrics_counts {
    uint64_t packets, bytes, refused;
};

/* An SA as it was when it was last looked at. Its index may be another SA's by then, in a run that forgets SAs. */
struct metrics_sa {
    uint32_t spi, slot;
    struct addr dst;
    bool seen;              /* holds its slot as one of origin seen */
    struct metrics_counts counted;
    struct metrics_counts base; /* of these, what was counted before it had its slot */
};

struct metrics_sas {
    struct metrics_sa *sas; /* by index */
    uint32_t room;
    uint32_t used, seen;    /* slots that are taken, and by SAs of origin seen */
    uint32_t slots[METRICS_SAS]; /* index of the SA, or SADB_NONE */
    struct metrics_counts rest;
};

struct metrics_sas *metrics_sas_create(void)
{
    struct metrics_sas *all = calloc(1, sizeof *all);
    for (uint32_t i = 0; all != NULL && i < METRICS_SAS; i++)
        all->slots[i] = SADB_NONE;
    return all;
}

void metrics_sas_destroy(struct metrics_sas *all)
{
    if (all != NULL)
        free(all->sas);
    free(all);
}

static bool metrics_sas_room(struct metrics_sas *all, uint32_t count)
{
    if (count <= all->room)
        return true;
    uint32_t room = count + count / 4 + 64;
    struct metrics_sa *sas = realloc(all->sas, room * sizeof *sas);
    if (sas == NULL)
        return false;
    memset(sas + all->room, 0, (room - all->room) * sizeof *sas);
    for (uint32_t i = all->room; i < room; i++)
        sas[i].slot = SLOT_NONE;
    all->sas = sas;
    all->room = room;
    return true;
}

static struct metrics_counts metrics_sa_counts(struct sadb *db, uint32_t index)
{
    const struct sa *sa = sadb_sa(db, index);
    struct metrics_counts counts = { sa_packets(db, index), sa_bytes(db, index), 0 };
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        if (verdict_row(i)->refused)
            counts.refused += sa->verdicts[i];
    return counts;
}

static bool metrics_sa_wants(struct sadb *db, uint32_t index, int64_t now_ns)
{
    const struct sa *sa = sadb_sa(db, index);
    bool idle = now_ns - sadb_hot(db, index)->last_ns > METRICS_IDLE_NS;
    if (sa->origin == SA_ORIGIN_SEEN)
        return !idle;
    return !idle || !sa->ended_known || now_ns - sa->ended_ns < METRICS_IDLE_NS;
}

static void metrics_sa_leave(struct metrics_sas *all, struct metrics_sa *mine)
{
    all->slots[mine->slot] = SADB_NONE;
    mine->slot = SLOT_NONE;
    all->used--;
    all->seen -= mine->seen;
}

static void metrics_sa_enter(struct metrics_sas *all, uint32_t index, bool seen)
{
    uint32_t slot = 0;
    if (all->used == METRICS_SAS || (seen && all->seen >= METRICS_SAS / 2))
        return;
    while (all->slots[slot] != SADB_NONE)
        slot++;
    all->slots[slot] = index;
    all->sas[index].slot = slot;
    all->sas[index].base = all->sas[index].counted;
    all->sas[index].seen = seen;
    all->used++;
    all->seen += seen;
}

static void metrics_counts_add(struct metrics_counts *sum, const struct metrics_counts *now, const struct metrics_counts *before)
{
    sum->packets += now->packets - before->packets;
    sum->bytes += now->bytes - before->bytes;
    sum->refused += now->refused - before->refused;
}

/* What an SA counted since the last time, to its slot or to the rest; and whether it has the right to a slot. */
static void metrics_sa_look(struct metrics_sas *all, struct sadb *db, uint32_t index, int64_t now_ns)
{
    const struct sa *sa = sadb_sa(db, index);
    struct metrics_sa *mine = &all->sas[index];
    struct metrics_counts now = metrics_sa_counts(db, index);
    bool seen = sa->origin == SA_ORIGIN_SEEN, wants = metrics_sa_wants(db, index, now_ns);
    if (mine->spi != sa->spi || !addr_equal(&mine->dst, &sa->dst) || now.packets < mine->counted.packets) {
        if (mine->slot != SLOT_NONE)
            metrics_sa_leave(all, mine);
        *mine = (struct metrics_sa){ .spi = sa->spi, .dst = sa->dst, .slot = SLOT_NONE };
    }
    if (mine->slot != SLOT_NONE && !wants)
        metrics_sa_leave(all, mine);
    if (mine->slot == SLOT_NONE && wants)
        metrics_sa_enter(all, index, seen);
    if (mine->slot == SLOT_NONE)
        metrics_counts_add(&all->rest, &now, &mine->counted);
    mine->counted = now;
}

enum metrics_sa_series { SERIES_PACKETS, SERIES_BYTES, SERIES_REFUSED, SERIES_LOST, SERIES_LAST, SERIES_COUNT };

static const struct metrics_sa_row {
    const char *name, *type, *help;
} metrics_sa_rows[SERIES_COUNT] = {
    [SERIES_PACKETS] = { "esplain_sa_packets_total", "counter", "Packets of an SA; other is all SAs that have no series of their own." },
    [SERIES_BYTES] = { "esplain_sa_bytes_total", "counter", "Bytes of these packets from the ESP or AH header on." },
    [SERIES_REFUSED] = { "esplain_sa_refused_packets_total", "counter", "Packets of an SA that the receiver drops." },
    [SERIES_LOST] = { "esplain_sa_lost_packets", "gauge", "Sequence numbers that did not come; it falls when they come late." },
    [SERIES_LAST] = { "esplain_sa_last_packet_timestamp_seconds", "gauge", "When the latest packet of an SA came, seconds since 1970; 0: none did." },
};

static void metrics_sa_value(struct text *text, enum metrics_sa_series series, const struct metrics_counts *counts, uint64_t lost,
                             int64_t last_ns)
{
    if (series == SERIES_LAST)
        text_printf(text, "} %" PRId64 ".%09" PRId64 "\n", last_ns / 1000000000, last_ns % 1000000000);
    else
        text_printf(text, "} %" PRIu64 "\n", series == SERIES_PACKETS ? counts->packets : series == SERIES_BYTES ? counts->bytes
                                             : series == SERIES_REFUSED ? counts->refused : lost);
}

static void metrics_sa_print(const struct metrics_sas *all, struct sadb *db, uint32_t index, enum metrics_sa_series series,
                             struct text *text)
{
    const struct sa *sa = sadb_sa(db, index);
    const struct metrics_sa *mine = &all->sas[index];
    struct metrics_counts counts = { 0 };
    char src[ADDR_TEXT_MAX] = "", dst[ADDR_TEXT_MAX] = "", spi[16];
    if (sa->src.family)
        addr_print(&sa->src, src);
    if (sa->dst.family)
        addr_print(&sa->dst, dst);
    snprintf(spi, sizeof spi, "0x%08x", sa->spi);
    metrics_counts_add(&counts, &mine->counted, &mine->base);
    text_put(text, metrics_sa_rows[series].name);
    metrics_label(text, "src", src, true);
    metrics_label(text, "dst", dst, false);
    metrics_label(text, "proto", sa_proto_name(sa->proto), false);
    metrics_label(text, "spi", spi, false);
    metrics_sa_value(text, series, &counts, flow_lost(sa->flow), counts.packets ? sadb_hot(db, index)->last_ns : 0);
}

bool metrics_sas_print(struct metrics_sas *all, struct sadb *db, int64_t now_ns, struct text *text)
{
    uint32_t count = sadb_count(db);
    uint64_t lost = 0;
    int64_t last_ns = 0;
    if (!metrics_sas_room(all, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        metrics_sa_look(all, db, i, now_ns);
        if (all->sas[i].slot == SLOT_NONE && all->sas[i].counted.packets) {
            lost += flow_lost(sadb_sa(db, i)->flow);
            if (sadb_hot(db, i)->last_ns > last_ns)
                last_ns = sadb_hot(db, i)->last_ns;
        }
    }
    for (int series = 0; series < SERIES_COUNT; series++) {
        metrics_family(text, metrics_sa_rows[series].name, metrics_sa_rows[series].type, metrics_sa_rows[series].help);
        for (uint32_t slot = 0; slot < METRICS_SAS; slot++)
            if (all->slots[slot] != SADB_NONE)
                metrics_sa_print(all, db, all->slots[slot], (enum metrics_sa_series)series, text);
        text_printf(text, "%s{src=\"other\",dst=\"other\",proto=\"other\",spi=\"other\"", metrics_sa_rows[series].name);
        metrics_sa_value(text, (enum metrics_sa_series)series, &all->rest, lost, last_ns);
    }
    return true;
}
