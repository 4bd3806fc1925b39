/* table: what SA files say, gathered in their order. */
#include "sa/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sa/crosscheck.h"
#include "sa/keyfile.h"
#include "sa/shelf.h"
#include "sa/sources/entry.h"

struct sa_file {
    char *name;
    const struct sa_format *format;
    unsigned remarks;
};

struct sa_table {
    struct secrets *secrets;
    struct shelf files, entries, policies, notes;
    size_t merged;
    unsigned cross_remarks;
    bool no_memory, too_many; /* of the add that is under way */
};

struct sa_table *sa_table_create(struct error *error)
{
    struct sa_table *table = calloc(1, sizeof *table);
    struct secrets *secrets = secrets_create();
    if (table == NULL || secrets == NULL) {
        free(table);
        secrets_destroy(secrets);
        error_set(error, "no memory for the table of SAs");
        return NULL;
    }
    table->secrets = secrets;
    table->files.item = sizeof(struct sa_file);
    table->entries.item = sizeof(struct sa_entry);
    table->policies.item = sizeof(struct sa_policy_entry);
    table->notes.item = sizeof(struct sa_note);
    return table;
}

void sa_table_destroy(struct sa_table *table)
{
    if (table == NULL)
        return;
    for (size_t file = 0; file < table->files.count; file++)
        free(((struct sa_file *)shelf_at(&table->files, file))->name);
    shelf_free(&table->files);
    shelf_free(&table->entries);
    shelf_free(&table->policies);
    shelf_free(&table->notes);
    secrets_destroy(table->secrets);
    free(table);
}

static uint16_t current_file(const struct sa_table *table)
{
    return (uint16_t)(table->files.count - 1);
}

static void take_record(void *context, const struct sa_record *record)
{
    struct sa_table *table = context;
    if (table->entries.count >= SA_TABLE_RECORDS_MAX) {
        table->too_many = true;
        return;
    }
    struct sa_entry *entry = shelf_add(&table->entries);
    if (entry == NULL) {
        table->no_memory = true;
        return;
    }
    entry->record = *record;
    entry->file = current_file(table);
}

static void take_policy(void *context, const struct policy_record *record)
{
    struct sa_table *table = context;
    if (table->policies.count >= SA_TABLE_POLICIES_MAX) {
        table->too_many = true;
        return;
    }
    struct sa_policy_entry *entry = shelf_add(&table->policies);
    if (entry == NULL) {
        table->no_memory = true;
        return;
    }
    entry->record = *record;
    entry->file = current_file(table);
}

/* The remark after the last that is kept says that more were left out. */
static void keep_note(struct sa_table *table, const struct sa_remark *remark, uint16_t file, unsigned *count)
{
    if (*count > SA_TABLE_REMARKS_MAX)
        return;
    struct sa_note *note = shelf_add(&table->notes);
    if (note == NULL)
        return;
    note->remark = *remark;
    note->file = file;
    if (++*count <= SA_TABLE_REMARKS_MAX)
        return;
    note->remark.level = REMARK_WARNING;
    note->remark.code = "remarks";
    snprintf(note->remark.text, sizeof note->remark.text, "There are more remarks than %u; the rest is left out.",
             SA_TABLE_REMARKS_MAX);
}

static void take_remark(void *context, const struct sa_remark *remark)
{
    struct sa_table *table = context;
    struct sa_file *file = shelf_at(&table->files, current_file(table));
    keep_note(table, remark, current_file(table), &file->remarks);
}

static bool fail(struct error *error, const char *name, const char *why)
{
    struct text shown = { 0 };
    text_escaped(&shown, name, strlen(name));
    error_set(error, "%s: %s", shown.length > 0 && !shown.failed ? shown.chars : "SA file", why);
    text_free(&shown);
    return false;
}

static bool open_source(struct sa_table *table, const char *name, const struct sa_format *format, struct sa_sink *sink,
                        struct error *error)
{
    if (table->files.count >= SA_TABLE_FILES_MAX)
        return fail(error, name, "too many SA files");
    char *copy = strdup(name);
    struct sa_file *file = copy ? shelf_add(&table->files) : NULL;
    if (file == NULL) {
        free(copy);
        return fail(error, name, "no memory");
    }
    file->name = copy;
    file->format = format;
    table->no_memory = table->too_many = false;
    *sink = (struct sa_sink){ .context = table, .secrets = table->secrets, .record = take_record, .policy = take_policy,
                              .remark = take_remark };
    return true;
}

bool sa_table_add_source(struct sa_table *table, const char *name, struct sa_sink *sink, struct error *error)
{
    return open_source(table, name, NULL, sink, error);
}

static bool is_empty(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++)
        if (!strchr(" \t\r\n", text[at]) || text[at] == '\0')
            return false;
    return true;
}

bool sa_table_add_text(struct sa_table *table, const char *name, const struct sa_format *format, const char *text, size_t length,
                       struct error *error)
{
    struct sa_sink sink;
    bool empty = is_empty(text, length);
    if (format == NULL && !empty)
        format = sa_format_recognise(text, length);
    if (format == NULL && !empty)
        return fail(error, name, "not recognised as text that defines SAs (ip xfrm state, policy or monitor; setkey -D; Wireshark "
                                 "esp_sa; tcpdump -E secrets)");
    if (!open_source(table, name, format, &sink, error))
        return false;
    if (empty)
        entry_remark(&sink, REMARK_NOTE, 1, "empty", "The file is empty: it defines no SA.");
    else
        format->import(text, length, &sink);
    if (table->no_memory)
        return fail(error, name, "no memory for all SAs");
    if (table->too_many)
        return fail(error, name, "more SAs, events or policies than 2097152 in all");
    return true;
}

bool sa_table_add_file(struct sa_table *table, const char *spec, struct error *error)
{
    const struct sa_format *format = NULL;
    const char *colon = strchr(spec, ':'), *path = spec;
    if (colon) {
        format = sa_format_find(spec, (size_t)(colon - spec));
        if (format)
            path = colon + 1;
    }
    struct keyfile file;
    if (!keyfile_read(&file, path, error))
        return false;
    bool added = sa_table_add_text(table, path, format, file.length > 0 ? file.text : "", file.length, error);
    keyfile_free(&file);
    return added;
}

static const char *report_name(void *context, uint16_t file)
{
    return sa_table_file_name(context, file);
}

static void report_note(void *context, const struct sa_note *note)
{
    struct sa_table *table = context;
    keep_note(table, &note->remark, note->file, &table->cross_remarks);
}

void sa_table_check(struct sa_table *table)
{
    const struct crosscheck_report report = { .context = table, .file_name = report_name, .note = report_note };
    (void)crosscheck_run(&table->entries, &report);
    table->merged = 0;
    for (size_t at = 0; at < table->entries.count; at++)
        table->merged += ((const struct sa_entry *)shelf_at(&table->entries, at))->merged;
}

const struct sa_entry *sa_table_next(const struct sa_table *table, size_t *at)
{
    while (*at < table->entries.count) {
        const struct sa_entry *entry = shelf_at(&table->entries, (*at)++);
        if (!entry->merged)
            return entry;
    }
    return NULL;
}

const struct sa_policy_entry *sa_table_next_policy(const struct sa_table *table, size_t *at)
{
    return *at < table->policies.count ? shelf_at(&table->policies, (*at)++) : NULL;
}

const struct sa_note *sa_table_next_note(const struct sa_table *table, size_t *at)
{
    return *at < table->notes.count ? shelf_at(&table->notes, (*at)++) : NULL;
}

size_t sa_table_count(const struct sa_table *table)
{
    return table->entries.count - table->merged;
}

size_t sa_table_policy_count(const struct sa_table *table)
{
    return table->policies.count;
}

unsigned sa_table_file_count(const struct sa_table *table)
{
    return (unsigned)table->files.count;
}

const char *sa_table_file_name(const struct sa_table *table, unsigned file)
{
    return ((const struct sa_file *)shelf_at(&table->files, file))->name;
}

const struct sa_format *sa_table_file_format(const struct sa_table *table, unsigned file)
{
    return ((const struct sa_file *)shelf_at(&table->files, file))->format;
}

struct secrets *sa_table_secrets(struct sa_table *table)
{
    return table->secrets;
}
