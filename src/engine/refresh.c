/* refresh: files looked at, read again, and held against the SA table. */
#include "engine/refresh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/step.h"

struct refresh_file {
    char *spec;            /* as -s takes it */
    uint16_t number;       /* in the engine's table */
    struct stat read, seen; /* as it was when it was read, and when it was last looked at */
    int64_t read_ns;
};

struct refresh {
    struct esplain *esplain;
    struct refresh_file files[REFRESH_FILES_MAX];
    unsigned count;
};

static bool refresh_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Moved into its place after the last byte was written: whole, and nobody writes on it. */
static bool refresh_was_moved(const struct stat *now, const struct stat *before)
{
    return now->st_ino != before->st_ino && (now->st_ctim.tv_sec > now->st_mtim.tv_sec ||
                                             (now->st_ctim.tv_sec == now->st_mtim.tv_sec && now->st_ctim.tv_nsec > now->st_mtim.tv_nsec));
}

struct refresh *refresh_create(struct esplain *esplain, int64_t now_ns)
{
    struct refresh *refresh = calloc(1, sizeof *refresh);
    for (unsigned i = 0; refresh != NULL && i < sa_table_file_count(esplain->table) && refresh->count < REFRESH_FILES_MAX; i++) {
        const struct sa_format *format = sa_table_file_format(esplain->table, i);
        const char *path = sa_table_file_name(esplain->table, i);
        struct refresh_file *file = &refresh->files[refresh->count];
        struct text spec = { 0 };
        if (stat(path, &file->read) != 0 || !S_ISREG(file->read.st_mode))
            continue;
        text_printf(&spec, "%s%s%s", format ? format->name : "", format ? ":" : "", path);
        *file = (struct refresh_file){ .spec = spec.chars, .number = (uint16_t)i, .read = file->read, .seen = file->read, .read_ns = now_ns };
        refresh->count += spec.chars != NULL;
    }
    if (refresh != NULL)
        refresh->esplain = esplain;
    return refresh;
}

void refresh_set_clock(struct refresh *refresh, int64_t step_ns)
{
    for (unsigned i = 0; refresh != NULL && i < refresh->count; i++)
        step_move(&refresh->files[i].read_ns, step_ns);
}

void refresh_destroy(struct refresh *refresh)
{
    if (refresh == NULL)
        return;
    for (unsigned i = 0; i < refresh->count; i++)
        free(refresh->files[i].spec);
    free(refresh);
}

static uint32_t refresh_alive(struct esplain *esplain, const struct sa_definition *definition, int64_t time_ns)
{
    uint32_t other;
    return sadb_find(esplain->db, sadb_hash(esplain->db, &definition->dst.addr, definition->spi, definition->proto), &definition->src.addr,
                     &definition->dst.addr, definition->spi, definition->proto, time_ns, &other);
}

static bool refresh_is_same_sa(const struct sa_definition *a, const struct sa_definition *b)
{
    return a != NULL && a->encryption == b->encryption && a->integrity == b->integrity && a->state == b->state &&
           secret_equal(&a->encryption_key, &b->encryption_key) && secret_equal(&a->integrity_key, &b->integrity_key);
}

/* The entry's keys go with the reading; the SA has copies. */
static bool refresh_add(struct esplain *esplain, const struct refresh_file *file, const struct sa_record *entry, int64_t born_ns)
{
    const struct sa_definition *definition = &entry->definition;
    const struct secret *keys[] = { &definition->encryption_key, &definition->integrity_key };
    struct secrets *secrets = sa_table_secrets(esplain->table);
    struct addr none = { 0 };
    struct sa_record record = *entry;
    record.event = SA_EVENT_ADD;
    record.time_known = true;
    record.time_ns = born_ns;
    record.definition.encryption_key = secrets_keep(secrets, keys[0]->bytes, keys[0]->length);
    record.definition.integrity_key = secrets_keep(secrets, keys[1]->bytes, keys[1]->length);
    if (sadb_keep(esplain->db, &record, secrets, file->number, esplain->options.window) == SADB_NONE) {
        secrets_release(secrets, &record.definition.encryption_key);
        secrets_release(secrets, &record.definition.integrity_key);
        return false;
    }
    known_add_pair(esplain->known, prefix_is_host(&definition->src) ? &definition->src.addr : &none, &definition->dst.addr, true, born_ns,
                   false, false);
    if (definition->encap == ENCAP_UDP && definition->encap_dport && !walk_ports_has(&esplain->ports, definition->encap_dport)) {
        walk_ports_add(&esplain->ports, definition->encap_dport);
        esplain->ports_learned++;
    }
    return true;
}

/* One entry; true where it is a new SA. */
static bool refresh_entry(struct esplain *esplain, const struct refresh_file *file, const struct sa_entry *entry, int64_t now_ns)
{
    const struct sa_record *record = &entry->record;
    const struct sa_definition *definition = &record->definition;
    bool history = record->event != SA_EVENT_DEFINE && record->time_known;
    int64_t when_ns = history ? record->time_ns : now_ns;
    if (!prefix_is_host(&definition->dst) || record->event == SA_EVENT_FLUSH)
        return false;
    uint32_t alive = refresh_alive(esplain, definition, when_ns);
    if (record->event == SA_EVENT_DELETE || record->event == SA_EVENT_EXPIRE_HARD) {
        if (history && alive != SADB_NONE)
            sadb_end(esplain->db, definition, when_ns, record->event == SA_EVENT_DELETE ? SA_END_DELETED : SA_END_EXPIRED);
        return false;
    }
    if (record->event != SA_EVENT_DEFINE && record->event != SA_EVENT_ADD && record->event != SA_EVENT_UPDATE)
        return false;
    if (alive != SADB_NONE && refresh_is_same_sa(sadb_sa(esplain->db, alive)->definition, definition))
        return false;
    if (alive != SADB_NONE)
        sadb_end(esplain->db, definition, when_ns, SA_END_REPLACED);
    return refresh_add(esplain, file, record, history ? when_ns : alive != SADB_NONE ? now_ns : file->read_ns);
}

static bool refresh_shows(const struct sa_table *table, const struct sa *sa)
{
    size_t at = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &at)) != NULL;)
        if (entry->record.definition.spi == sa->spi && entry->record.definition.proto == sa->proto &&
            addr_equal(&entry->record.definition.dst.addr, &sa->dst))
            return true;
    return false;
}

/* What a file shows no more, unless it is a history, which shows ends. */
static unsigned refresh_gone(struct esplain *esplain, const struct refresh_file *file, const struct sa_table *table, int64_t now_ns)
{
    const struct sa_format *format = sa_table_file_format(table, 0);
    unsigned gone = 0;
    if (format != NULL && strcmp(format->name, "monitor") == 0)
        return 0;
    for (uint32_t i = 0; i < sadb_count(esplain->db); i++) {
        const struct sa *sa = sadb_sa(esplain->db, i);
        if (sa->origin != SA_ORIGIN_FILE || sa->definition == NULL || sa->file != file->number || sa->ended_known || refresh_shows(table, sa))
            continue;
        gone += sadb_end(esplain->db, sa->definition, now_ns, SA_END_DELETED) != SADB_NONE;
    }
    return gone;
}

/* A file that shows no SA may be an empty table, or no table any more: a message of the command that failed to write one. */
static bool refresh_is_table(const struct esplain *esplain, const struct refresh_file *file, const struct sa_table *table, struct error *error)
{
    if (sa_table_count(table) + sa_table_policy_count(table) > 0)
        return true;
    struct sa_table *probe = sa_table_create(error);
    bool known = probe != NULL && sa_table_add_file(probe, sa_table_file_name(esplain->table, file->number), error);
    sa_table_destroy(probe);
    return known;
}

static void refresh_read(struct refresh *refresh, struct refresh_file *file, int64_t now_ns)
{
    struct esplain *esplain = refresh->esplain;
    struct error error = { "" };
    struct sa_table *table = sa_table_create(&error);
    unsigned came = 0, gone = 0;
    size_t at = 0;
    file->read = file->seen;
    if (table == NULL || !sa_table_add_file(table, file->spec, &error) || !refresh_is_table(esplain, file, table, &error)) {
        engine_message(esplain, "%s; what was read before stays", error.message);
        sa_table_destroy(table);
        return;
    }
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &at)) != NULL;)
        came += refresh_entry(esplain, file, entry, now_ns);
    gone = refresh_gone(esplain, file, table, now_ns);
    file->read_ns = now_ns;
    sa_table_destroy(table);
    struct text name = { 0 };
    const char *path = sa_table_file_name(esplain->table, file->number);
    text_escaped(&name, path, strlen(path));
    engine_message(esplain, "%s: read again: %u SA%s new, %u gone", name.chars ? name.chars : "", came, came == 1 ? "" : "s", gone);
    text_free(&name);
}

void refresh_warn(const struct refresh *refresh)
{
    for (unsigned i = 0; i < refresh->count; i++) {
        const char *path = sa_table_file_name(refresh->esplain->table, refresh->files[i].number);
        if (access(path, R_OK) == 0)
            continue;
        int why = errno;
        struct text name = { 0 };
        text_escaped(&name, path, strlen(path));
        engine_message(refresh->esplain, "%s: cannot be read again when it changes: %s for the user that esplain runs as now; let that user read the file "
                                         "and its folder, or name another with --user", name.chars ? name.chars : "", strerror(why));
        text_free(&name);
    }
}

void refresh_look(struct refresh *refresh, int64_t now_ns)
{
    for (unsigned i = 0; i < refresh->count; i++) {
        struct refresh_file *file = &refresh->files[i];
        struct stat now;
        if (stat(sa_table_file_name(refresh->esplain->table, file->number), &now) != 0 || refresh_same(&now, &file->read))
            continue;
        bool settled = refresh_same(&now, &file->seen) || refresh_was_moved(&now, &file->read);
        file->seen = now;
        if (settled)
            refresh_read(refresh, file, now_ns);
    }
}
