/*
 * load: SA files into the SA table and into what is known of the receiver.
 *
 * Theory of operation. History (ip -t xfrm monitor) is replayed first, in the order of its times: an addition begins a version of an SA, a deletion or hard
 * expiry ends one, anything else proves that one existed; an SA that is first met when it ends was there since before the history. Then
 * the tables (dumps, key files): an entry whose SA the history knows tells more about that version; any other is an SA that
 * is simply there. A history that was given covers every pair: it would have shown what came and went. What lines of logs tell of SAs is no such
 * history; it counts where there is none.
 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "sa/pairs.h"

struct load {
    struct esplain *esplain;
    const struct sa_entry **history;
    size_t history_count;
    bool complete;         /* some of it is a history, not lines of a log */
    uint32_t flushed[256]; /* by protocol (0: all): SAs below this index have ended, so that many flushes stay linear */
};

static bool load_is_ipsec(const struct sa_definition *definition)
{
    return definition->proto == SA_PROTO_ESP || definition->proto == SA_PROTO_AH || definition->proto == SA_PROTO_IPCOMP;
}

static int load_compare(const void *left, const void *right)
{
    const struct sa_entry *const *a = left, *const *b = right;
    int64_t x = (*a)->record.time_ns, y = (*b)->record.time_ns;
    if (x != y)
        return x < y ? -1 : 1;
    if ((*a)->file != (*b)->file)
        return (*a)->file < (*b)->file ? -1 : 1;
    return ((*a)->record.line > (*b)->record.line) - ((*a)->record.line < (*b)->record.line);
}

static bool load_is_history(const struct sa_entry *entry)
{
    return entry->record.event != SA_EVENT_DEFINE && entry->record.time_known;
}

/* Does this definition tell algorithms, which bare events do not? */
static bool load_is_full(const struct sa_definition *definition)
{
    return definition->encryption_name[0] || definition->integrity_name[0];
}

static uint32_t load_alive(const struct load *load, const struct sa_definition *definition, int64_t time_ns)
{
    struct sadb *db = load->esplain->db;
    uint32_t other;
    return sadb_find(db, sadb_hash(db, &definition->dst.addr, definition->spi, definition->proto), &definition->src.addr,
                     &definition->dst.addr, definition->spi, definition->proto, time_ns, &other);
}

static uint32_t load_newest(const struct load *load, const struct sa_definition *definition)
{
    struct sadb *db = load->esplain->db;
    return sadb_probe(db, sadb_hash(db, &definition->dst.addr, definition->spi, definition->proto), &definition->dst.addr,
                      definition->spi, definition->proto);
}

static void load_flush(struct load *load, const struct sa_record *record)
{
    struct sadb *db = load->esplain->db;
    uint8_t proto = record->definition.proto;
    uint32_t from = load->flushed[proto] > load->flushed[0] ? load->flushed[proto] : load->flushed[0];
    load->flushed[proto] = sadb_count(db);
    for (uint32_t i = from; i < sadb_count(db); i++) {
        const struct sa *sa = sadb_sa(db, i);
        if (sa->ended_known || (proto && proto != sa->proto))
            continue;
        sadb_end(db, sa->definition, record->time_ns, SA_END_FLUSHED);
    }
}

static void load_event(struct load *load, const struct sa_entry *entry)
{
    struct esplain *esplain = load->esplain;
    const struct sa_record *record = &entry->record;
    const struct sa_definition *definition = &record->definition;
    uint32_t window = esplain->options.window;
    if (record->event == SA_EVENT_FLUSH) {
        load_flush(load, record);
        return;
    }
    if (!load_is_ipsec(definition) || !prefix_is_host(&definition->dst))
        return;
    uint32_t alive = load_alive(load, definition, record->time_ns);
    switch ((enum sa_event)record->event) {
    case SA_EVENT_ADD:
    case SA_EVENT_UPDATE:
        if (alive != SADB_NONE && !(sadb_hot(esplain->db, alive)->flags & SA_HOT_LARVAL) && record->event == SA_EVENT_UPDATE) {
            sadb_redefine(esplain->db, alive, record, entry->file, window);
            return;
        }
        if (alive != SADB_NONE)
            sadb_end(esplain->db, definition, record->time_ns, SA_END_REPLACED);
        else if (record->event == SA_EVENT_UPDATE && load_newest(load, definition) == SADB_NONE)
            sadb_add_reserved(esplain->db, record, entry->file, window);
        sadb_add(esplain->db, record, entry->file, window);
        return;
    case SA_EVENT_DELETE:
    case SA_EVENT_EXPIRE_HARD:
        if (alive == SADB_NONE) /* it was there since before the history began */
            alive = sadb_add(esplain->db, record, entry->file, window);
        else if (load_is_full(definition) && !load_is_full(sadb_sa(esplain->db, alive)->definition))
            sadb_redefine(esplain->db, alive, record, entry->file, window);
        sadb_end(esplain->db, definition, record->time_ns,
                 record->event == SA_EVENT_DELETE ? SA_END_DELETED : SA_END_EXPIRED);
        return;
    case SA_EVENT_EXPIRE_SOFT:
    case SA_EVENT_MAPPING:
    case SA_EVENT_TOUCH:
        if (alive == SADB_NONE)
            sadb_add(esplain->db, record, entry->file, window);
        return;
    case SA_EVENT_DEFINE:
    case SA_EVENT_FLUSH:
        return;
    }
}

/* The version that an entry of a table speaks of: the one that lived when the table says that it was added, else the newest that lives. */
static uint32_t load_version(const struct load *load, const struct sa_definition *definition)
{
    struct sadb *db = load->esplain->db;
    uint32_t index = sadb_probe(db, sadb_hash(db, &definition->dst.addr, definition->spi, definition->proto),
                                &definition->dst.addr, definition->spi, definition->proto);
    uint32_t oldest = SADB_NONE;
    for (; index != SADB_NONE; index = sadb_sa(db, index)->older) {
        const struct sa *sa = sadb_sa(db, index);
        int64_t second = 1000000000; /* tables show whole seconds */
        bool reserved = sadb_hot(db, index)->flags & SA_HOT_LARVAL && !sa->born_known;
        if (reserved && oldest != SADB_NONE && definition->state != SA_STATE_LARVAL)
            return oldest; /* what it was replaced by, see load_join */
        if (definition->added_known && definition->added_ns + second > sa->born_ns && definition->added_ns < sa->ended_ns)
            return index;
        if (!definition->added_known && !sa->ended_known)
            return index;
        oldest = index;
    }
    return definition->added_known ? SADB_NONE : oldest;
}

/* A table that shows an SA older than the update that its history begins with: it was no reserved one, but that SA. */
static uint32_t load_join(const struct load *load, const struct sa_definition *definition, uint32_t version)
{
    struct sadb *db = load->esplain->db;
    const struct sa *sa = sadb_sa(db, version);
    int64_t second = 1000000000;
    if (sa->older == SADB_NONE || !definition->added_known || definition->state == SA_STATE_LARVAL)
        return version;
    uint32_t reserved = sa->older;
    const struct sa_hot *hot = sadb_hot(db, reserved);
    if (!(hot->flags & SA_HOT_LARVAL) || sadb_sa(db, reserved)->born_known || sadb_sa(db, reserved)->older != SADB_NONE ||
        definition->added_ns / second >= sa->born_ns / second)
        return version;
    sadb_join(db, reserved, version);
    return reserved;
}

static void load_table(const struct load *load, const struct sa_entry *entry)
{
    struct esplain *esplain = load->esplain;
    const struct sa_definition *definition = &entry->record.definition;
    if (!load_is_ipsec(definition))
        return;
    uint32_t version = load->history_count && prefix_is_host(&definition->dst) ? load_version(load, definition) : SADB_NONE;
    if (version != SADB_NONE)
        version = load_join(load, definition, version);
    if (definition->state == SA_STATE_LARVAL && version != SADB_NONE && load_is_full(sadb_sa(esplain->db, version)->definition) &&
        sadb_sa(esplain->db, version)->ended_known) { /* reserved anew, once the SA that the history knows had gone */
        int64_t free_ns = sadb_sa(esplain->db, version)->ended_ns;
        version = sadb_add(esplain->db, &entry->record, entry->file, esplain->options.window);
        if (version != SADB_NONE) {
            sadb_sa(esplain->db, version)->born_ns = free_ns;
            sadb_hot(esplain->db, version)->flags |= SA_HOT_TIMED;
        }
        return;
    }
    if (version != SADB_NONE)
        sadb_redefine(esplain->db, version, &entry->record, entry->file, esplain->options.window);
    else
        sadb_add(esplain->db, &entry->record, entry->file, esplain->options.window);
}

static void load_pair(const struct load *load, const struct sa_entry *entry)
{
    const struct sa_definition *definition = &entry->record.definition;
    const struct sa_format *format = sa_table_file_format(load->esplain->table, entry->file);
    bool esp_only = format != NULL && (strcmp(format->name, "wireshark") == 0 || strcmp(format->name, "tcpdump") == 0);
    struct esplain *esplain = load->esplain;
    struct addr none = { 0 };
    if (definition->encap == ENCAP_UDP && definition->encap_dport)
        walk_ports_add(&esplain->ports, definition->encap_dport);
    if (!load_is_ipsec(definition) || (!prefix_is_host(&definition->src) && !prefix_is_host(&definition->dst)))
        return;
    if (entry->record.logged != SA_LOGGED_NOT) {
        if (!load->complete)
            known_add_told(esplain->known, &definition->src.addr, &definition->dst.addr);
        return;
    }
    known_add_pair(esplain->known, prefix_is_host(&definition->src) ? &definition->src.addr : &none,
                   prefix_is_host(&definition->dst) ? &definition->dst.addr : &none, definition->added_known,
                   definition->added_ns, load->complete, esp_only);
}

static void load_remarks(struct esplain *esplain)
{
    static const char *const levels[] = { "note", "warning", "error" };
    size_t at = 0;
    for (const struct sa_note *note; (note = sa_table_next_note(esplain->table, &at)) != NULL;) {
        esplain->remarks[note->remark.level]++;
        if (note->remark.level == REMARK_NOTE && esplain->options.verbose == 0)
            continue;
        struct text name = { 0 };
        const char *file = sa_table_file_name(esplain->table, note->file);
        text_escaped(&name, file, strlen(file));
        engine_message(esplain, "%s:%u: %s: %s [%s]", name.chars ? name.chars : "", note->remark.line,
                       levels[note->remark.level], note->remark.text, note->remark.code);
        text_free(&name);
    }
}

/* Policies as the last word of the files has them; history of policies is not followed. */
static bool load_policies(struct esplain *esplain)
{
    size_t at = 0;
    for (const struct sa_policy_entry *entry; (entry = sa_table_next_policy(esplain->table, &at)) != NULL;)
        if (entry->record.event == SA_EVENT_DEFINE && !spd_add(esplain->spd, &entry->record.policy))
            return false;
    spd_ready(esplain->spd);
    return true;
}

static void load_key_notes(struct esplain *esplain)
{
    static const char *const levels[] = { "note", "warning", "error" };
    size_t at = 0;
    for (const struct ike_keys_note *note;
         esplain->ike_keys != NULL && (note = ike_keys_next_note(esplain->ike_keys, &at)) != NULL;) {
        if (note->remark.level == REMARK_NOTE && esplain->options.verbose == 0)
            continue;
        struct text name = { 0 };
        const char *file = ike_keys_file_name(esplain->ike_keys, note->file);
        text_escaped(&name, file, strlen(file));
        engine_message(esplain, "%s:%u: %s: %s [%s]", name.chars ? name.chars : "", note->remark.line,
                       levels[note->remark.level], note->remark.text, note->remark.code);
        text_free(&name);
    }
}

/*
 * Dumps show an SA that this host sends on with window 0. Where a dump's counters do not tell (a history, a fresh SA), the other direction does: it
 * has a window, so this host is that one's receiver.
 */
static void load_outbound(struct esplain *esplain)
{
    pairs_make(esplain->db);
    for (uint32_t i = 0; i < sadb_count(esplain->db); i++) {
        const struct sa *sa = sadb_sa(esplain->db, i);
        if (sa->pair == SADB_NONE || sadb_hot(esplain->db, i)->window != 0 || sadb_hot(esplain->db, sa->pair)->window == 0)
            continue;
        const struct sa_definition *other = sadb_sa(esplain->db, sa->pair)->definition;
        if (other->window_known && !other->outbound && sa->file == sadb_sa(esplain->db, sa->pair)->file)
            sadb_take_for_outbound(esplain->db, i, esplain->options.window);
    }
}

bool engine_load(struct esplain *esplain, struct error *error)
{
    struct load load = { .esplain = esplain };
    sa_table_check(esplain->table);
    load_remarks(esplain);
    load_key_notes(esplain);
    size_t count = sa_table_count(esplain->table), at = 0;
    load.history = calloc(count + 1, sizeof *load.history);
    if (load.history == NULL)
        return error_set(error, "out of memory for the SA history");
    for (const struct sa_entry *entry; (entry = sa_table_next(esplain->table, &at)) != NULL;)
        load.complete |= load_is_history(entry) && entry->record.logged == SA_LOGGED_NOT;
    at = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(esplain->table, &at)) != NULL;)
        if (load_is_history(entry) && (entry->record.logged == SA_LOGGED_NOT || !load.complete))
            load.history[load.history_count++] = entry;
    qsort(load.history, load.history_count, sizeof *load.history, load_compare);
    for (size_t i = 0; i < load.history_count; i++)
        load_event(&load, load.history[i]);
    free(load.history);
    if (!load_policies(esplain))
        return error_set(error, "out of memory for policies");
    at = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(esplain->table, &at)) != NULL;) {
        if (entry->record.event != SA_EVENT_FLUSH)
            load_pair(&load, entry);
        if (!load_is_history(entry) && (entry->record.event == SA_EVENT_DEFINE || entry->record.event == SA_EVENT_ADD ||
                                        entry->record.event == SA_EVENT_UPDATE))
            load_table(&load, entry);
    }
    load_outbound(esplain);
    return engine_dosp_begin(esplain, error);
}
