/* fuzz_sa: a sink that holds what importers give against what they promise. */
#ifndef TESTS_FUZZ_SA_H
#define TESTS_FUZZ_SA_H

#include <stdlib.h>
#include <string.h>

#include "sa/sources/source.h"

struct fuzz_sa {
    uint32_t lines; /* of the text */
};

static inline void fuzz_sa_require(bool right)
{
    if (!right)
        abort();
}

static void fuzz_sa_record(void *context, const struct sa_record *record)
{
    const struct fuzz_sa *fuzz = context;
    const struct sa_definition *sa = &record->definition;
    fuzz_sa_require(record->line >= 1 && record->line <= fuzz->lines);
    fuzz_sa_require(record->time_known || record->time_ns == 0);
    fuzz_sa_require(memchr(sa->encryption_name, 0, SA_NAME_MAX) && memchr(sa->integrity_name, 0, SA_NAME_MAX));
    fuzz_sa_require(sa->encryption_key.length <= SECRET_MAX && sa->integrity_key.length <= SECRET_MAX);
    fuzz_sa_require((sa->encryption_key.bytes == NULL) == (sa->encryption_key.length == 0));
    fuzz_sa_require(sa->src.bits <= 128 && sa->dst.bits <= 128 && sa->mode <= SA_MODE_BEET && sa->state <= SA_STATE_DEAD);
    fuzz_sa_require(!sa->keys_hidden || sa->encryption_key.length == 0 || sa->integrity_key.length == 0);
}

static void fuzz_sa_policy(void *context, const struct policy_record *record)
{
    const struct fuzz_sa *fuzz = context;
    fuzz_sa_require(record->line >= 1 && record->line <= fuzz->lines);
    fuzz_sa_require(record->policy.templates <= POLICY_TEMPLATE_MAX && record->policy.direction <= POLICY_FWD);
}

static void fuzz_sa_remark(void *context, const struct sa_remark *remark)
{
    const struct fuzz_sa *fuzz = context;
    fuzz_sa_require(remark->line >= 1 && remark->line <= fuzz->lines && remark->code != NULL && remark->text[0] != '\0');
    for (const char *at = remark->text; *at; at++)
        fuzz_sa_require((unsigned char)*at >= 0x20 && *at != 0x7f);
}

static inline void fuzz_sa_import(const char *format, const uint8_t *data, size_t size)
{
    struct fuzz_sa fuzz = { .lines = 1 };
    for (size_t at = 0; at < size; at++)
        fuzz.lines += data[at] == '\n';
    struct sa_sink sink = { .context = &fuzz, .secrets = secrets_create(), .record = fuzz_sa_record, .policy = fuzz_sa_policy,
                            .remark = fuzz_sa_remark };
    const struct sa_format *row = sa_format_find(format, strlen(format));
    if (sink.secrets) {
        (void)sa_format_recognise((const char *)data, size);
        row->import((const char *)data, size, &sink);
    }
    secrets_destroy(sink.secrets);
}

#endif
