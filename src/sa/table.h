/*
 * table: everything that SA files say, in their order: records, policies, remarks; and what only shows across files.
 *
 * Entries never move: pointers to them stay good until sa_table_destroy. Not for several threads at once.
 */
#ifndef SA_TABLE_H
#define SA_TABLE_H

#include "base/error.h"
#include "sa/sources/source.h"

#define SA_TABLE_RECORDS_MAX (1u << 21) /* SAs and events of all files; more are an error */
#define SA_TABLE_POLICIES_MAX (1u << 20)
#define SA_TABLE_REMARKS_MAX 1000u      /* a file, and of the checks across files; then one says that more were left out */
#define SA_TABLE_FILES_MAX 65535u

struct sa_entry {
    struct sa_record record;
    uint16_t file;
    bool merged; /* its SA is told by an earlier entry, which took over what this one knows more */
};

struct sa_policy_entry {
    struct policy_record record;
    uint16_t file;
};

struct sa_note {
    struct sa_remark remark;
    uint16_t file;
};

struct sa_table;

struct sa_table *sa_table_create(struct error *error); /* NULL: no memory */
void sa_table_destroy(struct sa_table *table);         /* wipes the keys */

/*
 * "[FORMAT:]PATH" as -s takes it. A FORMAT that is none of sa_formats belongs to the path. False with an error: not readable, too long, of
 * no known format, too many entries. What was read before stays. A file of blanks only is taken as an empty table, with a remark.
 */
bool sa_table_add_file(struct sa_table *table, const char *spec, struct error *error);
/* The same of text in memory; format NULL: recognise it. `name` is copied. */
bool sa_table_add_text(struct sa_table *table, const char *name, const struct sa_format *format, const char *text, size_t length,
                       struct error *error);
/* For sources that are no text (the kernel): what the sink is given is entered under `name`. Use it before the next add. */
bool sa_table_add_source(struct sa_table *table, const char *name, struct sa_sink *sink, struct error *error);

/*
 * Across all files, once all are added: merges the definitions of one SA ("duplicate-sa" where they contradict each other) and finds keys
 * that several SAs share ("same-key"). The two ends' dumps of one SA become the receiver's. History is left as it is.
 */
void sa_table_check(struct sa_table *table);

/* Walks: start with *at = 0; NULL at the end. Merged entries are passed over. */
const struct sa_entry *sa_table_next(const struct sa_table *table, size_t *at);
const struct sa_policy_entry *sa_table_next_policy(const struct sa_table *table, size_t *at);
const struct sa_note *sa_table_next_note(const struct sa_table *table, size_t *at);

size_t sa_table_count(const struct sa_table *table);        /* without merged ones */
size_t sa_table_policy_count(const struct sa_table *table);
unsigned sa_table_file_count(const struct sa_table *table);
const char *sa_table_file_name(const struct sa_table *table, unsigned file);   /* as given, without FORMAT:; escape when shown */
const struct sa_format *sa_table_file_format(const struct sa_table *table, unsigned file); /* NULL for an empty file or no text */
struct secrets *sa_table_secrets(struct sa_table *table);   /* for keys that come from elsewhere and live as long */

#endif
