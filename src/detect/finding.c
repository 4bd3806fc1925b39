/* finding: facts, and what was settled. */
#include "detect/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/step.h"

void finding_clear(struct finding *finding)
{
    for (uint32_t i = 0; i < finding->fact_count; i++)
        free(finding->facts[i].whole);
    free(finding->rest.whole);
    free(finding->explained);
}

void finding_copy(struct finding *to, const struct finding *from)
{
    *to = *from;
    for (uint32_t i = 0; i < to->fact_count; i++)
        to->facts[i].whole = from->facts[i].whole ? strdup(from->facts[i].whole) : NULL;
    to->rest.whole = NULL;
    to->explained = from->explained ? strdup(from->explained) : NULL;
}

void finding_unsettle(struct finding *finding)
{
    if (finding->settled == NULL)
        return;
    finding_clear(finding->settled);
    free(finding->settled);
    finding->settled = NULL;
}

void finding_settle(struct finding *finding, struct finding *settled)
{
    finding_unsettle(finding);
    settled->settled = NULL;
    finding->settled = settled;
}

void finding_take_settled(struct finding *finding)
{
    const struct finding *settled = finding->settled;
    struct finding was = *finding;
    if (settled == NULL)
        return;
    finding_copy(finding, settled);
    finding->index = was.index;
    finding->told = was.told;
    finding->settled = was.settled; /* whosever it is */
    finding_clear(&was);
}

void finding_set_clock(struct finding *finding, int64_t step_ns)
{
    step_move_any(&finding->first.time_ns, step_ns);
    step_move_any(&finding->last.time_ns, step_ns);
    for (uint32_t i = 0; i < finding->fact_count; i++)
        if (finding->facts[i].kind == FACT_TIME)
            step_move_any(&finding->facts[i].number, step_ns);
}

static struct fact *finding_slot(struct finding *finding, const char *name, enum fact_kind kind)
{
    for (uint32_t i = 0; i < finding->fact_count; i++)
        if (strcmp(finding->facts[i].name, name) == 0)
            return &finding->facts[i];
    if (finding->fact_count == FINDING_FACTS)
        return &finding->rest;
    struct fact *fact = &finding->facts[finding->fact_count++];
    *fact = (struct fact){ .name = name, .kind = (uint8_t)kind };
    return fact;
}

void finding_number(struct finding *finding, const char *name, int64_t number)
{
    finding_slot(finding, name, FACT_NUMBER)->number = number;
}

void finding_bool(struct finding *finding, const char *name, bool value)
{
    finding_slot(finding, name, FACT_BOOL)->number = value;
}

void finding_spi(struct finding *finding, const char *name, uint32_t spi)
{
    finding_slot(finding, name, FACT_SPI)->number = spi;
}

void finding_time(struct finding *finding, const char *name, int64_t time_ns)
{
    finding_slot(finding, name, FACT_TIME)->number = time_ns;
}

void finding_span(struct finding *finding, const char *name, int64_t span_ns)
{
    finding_slot(finding, name, FACT_SPAN)->number = span_ns;
}

void finding_text(struct finding *finding, const char *name, const char *text)
{
    struct fact *fact = finding_slot(finding, name, FACT_TEXT);
    snprintf(fact->text, sizeof fact->text, "%s", text);
    free(fact->whole);
    fact->whole = strlen(text) < sizeof fact->text ? NULL : strndup(text, FACT_TEXT_MAX);
}

void finding_addr(struct finding *finding, const char *name, const struct addr *addr)
{
    finding_slot(finding, name, FACT_ADDR)->addr = *addr;
}

const struct fact *finding_fact(const struct finding *finding, const char *name)
{
    for (uint32_t i = 0; i < finding->fact_count; i++)
        if (strcmp(finding->facts[i].name, name) == 0)
            return &finding->facts[i];
    return NULL;
}

int64_t finding_get(const struct finding *finding, const char *name, int64_t otherwise)
{
    const struct fact *fact = finding_fact(finding, name);
    return fact ? fact->number : otherwise;
}

const char *finding_words(const struct finding *finding, const char *name)
{
    const struct fact *fact = finding_fact(finding, name);
    return fact && fact->kind == FACT_TEXT ? fact_words(fact) : "";
}

const char *severity_name(enum severity severity)
{
    static const char *const names[] = { "note", "warning", "error" };
    return names[severity];
}
