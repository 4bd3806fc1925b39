/* sa_source_collect: what tests of importers share: a sink that keeps everything, files, truncation. Include it after cmocka.h. */
#ifndef TESTS_UNIT_SA_SOURCE_COLLECT_H
#define TESTS_UNIT_SA_SOURCE_COLLECT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sa/sources/source.h"

#define COLLECT_MAX 64

struct collect {
    struct secrets *secrets;
    unsigned records, policies, remarks; /* all that came, also those beyond COLLECT_MAX */
    struct sa_record record[COLLECT_MAX];
    struct policy_record policy[COLLECT_MAX];
    struct sa_remark remark[COLLECT_MAX];
};

static void collect_record(void *context, const struct sa_record *record)
{
    struct collect *collect = context;
    if (collect->records < COLLECT_MAX)
        collect->record[collect->records] = *record;
    collect->records++;
}

static void collect_policy(void *context, const struct policy_record *record)
{
    struct collect *collect = context;
    if (collect->policies < COLLECT_MAX)
        collect->policy[collect->policies] = *record;
    collect->policies++;
}

static void collect_remark(void *context, const struct sa_remark *remark)
{
    struct collect *collect = context;
    if (collect->remarks < COLLECT_MAX)
        collect->remark[collect->remarks] = *remark;
    collect->remarks++;
}

static inline struct sa_sink collect_sink(struct collect *collect)
{
    return (struct sa_sink){ .context = collect, .secrets = collect->secrets, .record = collect_record, .policy = collect_policy,
                             .remark = collect_remark };
}

/* Imports bytes that stand in an allocation of exactly their length. format NULL: the one that recognises them, which must be one. */
static inline struct collect *collect_bytes(const char *format, const char *text, size_t length)
{
    struct collect *collect = calloc(1, sizeof *collect);
    assert_non_null(collect);
    collect->secrets = secrets_create();
    assert_non_null(collect->secrets);
    char *exact = malloc(length ? length : 1);
    assert_non_null(exact);
    memcpy(exact, text, length);
    const struct sa_format *row = format ? sa_format_find(format, strlen(format)) : sa_format_recognise(exact, length);
    assert_non_null(row);
    struct sa_sink sink = collect_sink(collect);
    row->import(exact, length, &sink);
    free(exact);
    return collect;
}

static inline struct collect *collect_text(const char *format, const char *text)
{
    return collect_bytes(format, text, strlen(text));
}

static inline void collect_free(struct collect *collect)
{
    secrets_destroy(collect->secrets);
    free(collect);
}

/* The whole of a file, NUL-terminated; NULL where it is not there. */
static inline char *collect_load(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    *length = 0;
    if (file == NULL)
        return NULL;
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 20) - 1, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

static inline struct collect *collect_file(const char *format, const char *path)
{
    size_t length;
    char *text = collect_load(path, &length);
    assert_non_null(text);
    struct collect *collect = collect_bytes(format, text, length);
    free(text);
    return collect;
}

/* Every shorter length: no crash, no leak and no read beyond it is what is asked. */
static inline void collect_truncate(const char *format, const char *text, size_t length)
{
    for (size_t cut = 0; cut <= length; cut++)
        collect_free(collect_bytes(format, text, cut));
}

static inline bool collect_key_is(const struct secret *key, const char *hex)
{
    if (key->length * 2 != strlen(hex))
        return false;
    for (size_t at = 0; at < key->length; at++) {
        char pair[3];
        snprintf(pair, sizeof pair, "%02x", key->bytes[at]);
        if (memcmp(pair, hex + 2 * at, 2) != 0)
            return false;
    }
    return true;
}

static inline const char *collect_prefix(const struct prefix *prefix)
{
    static char texts[4][PREFIX_TEXT_MAX];
    static unsigned next;
    char *text = texts[next++ % 4];
    prefix_print(prefix, text);
    return text;
}

/* The remark of this code and line (0: any), or NULL. */
static inline const struct sa_remark *collect_find(const struct collect *collect, const char *code, uint32_t line)
{
    for (unsigned i = 0; i < collect->remarks && i < COLLECT_MAX; i++)
        if (strcmp(collect->remark[i].code, code) == 0 && (line == 0 || collect->remark[i].line == line))
            return &collect->remark[i];
    return NULL;
}

#endif
