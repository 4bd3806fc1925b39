/* logs_collect: reads text as the intake does and keeps its reports. */
#ifndef TESTS_LOGS_COLLECT_H
#define TESTS_LOGS_COLLECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "logs/intake.h"

#define COLLECT_MAX 64

struct collect {
    unsigned count;
    struct drop_report reports[COLLECT_MAX];
    struct intake_counts counts;
};

static void collect_report(void *context, const struct drop_report *report)
{
    struct collect *collect = context;
    if (collect->count < COLLECT_MAX)
        collect->reports[collect->count] = *report;
    collect->count++;
}

/* Reads `length` bytes as one file. */
static void collect_bytes(struct collect *collect, const void *bytes, size_t length)
{
    struct error error = { "" };
    struct intake_sink sink = { .context = collect, .report = collect_report };
    *collect = (struct collect){ 0 };
    struct intake *intake = intake_create(&sink, &error);
    assert_non_null(intake);
    assert_true(intake_memory(intake, bytes, length, 0, &error));
    intake_finish(intake);
    collect->counts = *intake_counts(intake);
    intake_destroy(intake);
}

static inline void collect_text(struct collect *collect, const char *text)
{
    collect_bytes(collect, text, strlen(text));
}

/* Every beginning of the text: no crash, and never more reports than the whole has. */
static inline void collect_truncations(const char *text)
{
    struct collect whole, part;
    collect_text(&whole, text);
    for (size_t length = 0; length < strlen(text); length++) {
        collect_bytes(&part, text, length);
        assert_true(part.count <= whole.count);
    }
}

/* "2026-11-21T09:02:26.612000000Z" or "" */
static inline const char *collect_time(const struct drop_report *report, char text[STAMP_TEXT_MAX])
{
    text[0] = '\0';
    if (report->time.known)
        stamp_print(report->time.ns, text);
    return text;
}

static inline const char *collect_addr(const struct addr *addr, char text[ADDR_TEXT_MAX])
{
    addr_print(addr, text);
    return text;
}

#endif
