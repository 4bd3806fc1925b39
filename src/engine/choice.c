/*
 * choice: from what a report says, or a finding is, to the row that shows it.
 *
 * Theory of operation. A finding names its condition and cause; of several ways of one condition its code tells which. A report has a code of
 * Windows or a counter of Linux, which is what conditions and ways have too: the first row that has both, else the code, else the counter. Before
 * that stands a table for messages that say more than their code, and for codes that several conditions share. The cause of an unknown SPI is what
 * the SPI itself shows.
 */
#include "engine/choice.h"

#include <string.h>

#include "base/bytes.h"
#include "catalogue/windows.h"
#include "detect/condition.h"

enum { SPI_RESERVED_MAX = 255 };

struct choice_row {
    const char *source, *event; /* of the report; NULL: any */
    bool negotiation;           /* where no source stands: what the report is, its code and its counter, all of them */
    uint16_t windows;
    uint8_t counter;
    const char *condition, *cause;
};

static const struct choice_row rows[] = {
    { "windows-event", "4962", false, 0, 0, "too-old", NULL },
    { "cisco-asa", "402116", false, 0, 0, "selector-mismatch", "sa-selector" },
    { "cisco-asa", "402118", false, 0, 0, "inner-invalid", NULL },
    { NULL, NULL, false, 0, COUNTER_IN_STATE_PROTO_ERROR, "integrity-failed", NULL },
    { NULL, NULL, false, 13912, COUNTER_IN_NO_POLS, "selector-mismatch", "no-policy" },
    { NULL, NULL, true, 13910, COUNTER_NONE, "ike-invalid-spi-notify", NULL }, /* the peer's word on packets that went to it */
    { NULL, NULL, true, 13912, COUNTER_NONE, "ike-invalid-selectors", NULL },
    { NULL, NULL, true, 13846, COUNTER_NONE, "ike-invalid-ike-spi", NULL },
    { NULL, NULL, true, 13888, COUNTER_NONE, "ike-invalid-message-id", NULL },
};

static const struct choice_row *choice_row(const struct telling *telling)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].source ? strcmp(rows[i].source, telling->source) == 0 && strcmp(rows[i].event, telling->event) == 0
                           : rows[i].negotiation == telling->negotiation && rows[i].windows == telling->windows && rows[i].counter == telling->counter)
            return &rows[i];
    return NULL;
}

static bool choice_fits(const struct telling *telling, const struct recipe *recipe, bool windows, bool counter)
{
    const struct condition *condition = condition_find(recipe->condition, strlen(recipe->condition));
    return (!windows || (telling->windows && choice_code(recipe) == telling->windows)) &&
           (!counter || (telling->counter && condition->counter == telling->counter));
}

/* Rows that can be made come before those that say why they cannot. */
static const struct recipe *choice_by_code(const struct telling *telling)
{
    static const struct { bool windows, counter, made; } passes[] = {
        { true, true, true }, { true, false, true }, { false, true, true }, { true, false, false }, { false, true, false },
    };
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        size_t at = 0;
        for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;)
            if ((recipe->make != NULL || !passes[i].made) && choice_fits(telling, recipe, passes[i].windows, passes[i].counter))
                return recipe;
    }
    return NULL;
}

/* The codes of wrong SAs and of damage say little, and so does a counter without a code; the other codes say what the row shows. */
static bool choice_is_shared(const struct telling *telling, const char *chosen)
{
    size_t at = 0;
    if (telling->windows != 0 && telling->windows != 13912 && telling->windows != 13914)
        return false;
    for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;)
        if (recipe->make != NULL && strcmp(recipe->condition, chosen) != 0 && choice_fits(telling, recipe, telling->windows != 0, telling->counter != 0))
            return true;
    return false;
}

static bool choice_is_text(uint32_t word)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        if ((uint8_t)(word >> shift) < 0x20 || (uint8_t)(word >> shift) > 0x7e)
            return false;
    return true;
}

static const char *choice_spi_cause(const struct telling *telling)
{
    if (!(telling->known & DROP_SPI))
        return NULL;
    if ((telling->known & DROP_SEQ) && choice_is_text(telling->spi) && choice_is_text(telling->seq))
        return "not-ipsec";
    return telling->spi == 0 ? "zero-spi" : telling->spi <= SPI_RESERVED_MAX ? "reserved-spi" : NULL;
}

/* Linux looks an IP-in-IP packet up with its source address in the place of the SPI. */
static bool choice_is_ipip(const struct telling *telling)
{
    return strcmp(telling->source, "linux-audit") == 0 && telling->windows == 13910 && telling->src.family == 4 && (telling->known & DROP_SPI) &&
           (telling->known & DROP_SEQ) && telling->seq == 0 && telling->spi == bytes_get32(telling->src.bytes);
}

static bool choice_none(const struct telling *telling, struct error *error)
{
    const struct windows_error *windows = telling->windows ? windows_error_find(telling->windows) : NULL;
    const char *counter = counter_name((enum counter)telling->counter);
    if (counter != NULL && strncmp(counter, "XfrmOut", strlen("XfrmOut")) == 0)
        return error_set(error, "%s counts packets that a host could not send; no packet that it gets makes that", counter);
    if (windows != NULL)
        return error_set(error, "nothing in packets that esplain makes shows %u %s", windows->code, windows->name);
    if (counter != NULL)
        return error_set(error, "nothing in packets that esplain makes raises %s", counter);
    return error_set(error, "it names no cause that packets could show");
}

static bool choice_of_report(const struct telling *telling, struct choice *choice, struct error *error)
{
    const struct choice_row *row = choice_row(telling);
    const struct recipe *way = row == NULL && telling->negotiation ? choice_way(telling, NULL) : NULL;
    const struct recipe *recipe = row ? recipe_find(row->condition, row->cause) : way ? way : choice_by_code(telling);
    if (choice_is_ipip(telling))
        return error_set(error, "its SPI is the source address as a number: Linux says so of an IP-in-IP packet without a tunnel, which is neither ESP nor AH");
    if (recipe == NULL)
        return choice_none(telling, error);
    choice->condition = recipe->condition;
    choice->cause = row ? row->cause : recipe->flags & RECIPE_WAY ? recipe->cause : NULL;
    if (strcmp(choice->condition, "unknown-spi") == 0)
        choice->cause = choice_spi_cause(telling);
    else if (strcmp(choice->condition, "replayed") == 0 && (telling->known & DROP_SEQ) && telling->seq == 0)
        choice->cause = "sequence-zero";
    else if (strcmp(choice->condition, "header-invalid") == 0 && telling->counter == COUNTER_NONE && (telling->known & (DROP_SPI | DROP_SEQ)))
        choice->condition = "too-short"; /* the header was whole: it is told */
    choice->shared = (row == NULL || row->source == NULL) && choice_is_shared(telling, choice->condition);
    return true;
}

static bool choice_of_finding(const struct telling *telling, struct choice *choice, struct error *error)
{
    const char *cause = telling->cause[0] ? telling->cause : NULL;
    const struct recipe *exact = recipe_find(telling->condition, cause), *recipe = exact ? exact : recipe_find(telling->condition, NULL);
    const struct recipe *way = cause ? NULL : choice_way(telling, telling->condition);
    if (recipe == NULL)
        return error_set(error, "it tells of no condition that this esplain knows");
    choice->condition = recipe->condition;
    choice->cause = cause ? recipe->cause : way ? way->cause : NULL;
    choice->other = (cause != NULL && exact == NULL) || (telling->windows && choice_code(way ? way : recipe) != telling->windows) ||
                    (telling->icmp_version != 0 && !choice_is_icmp(telling, way));
    return true;
}

bool choice_make(const struct telling *telling, struct choice *choice, struct error *error)
{
    *choice = (struct choice){ .condition = NULL };
    return telling->kind == TELLING_REPORT ? choice_of_report(telling, choice, error) : choice_of_finding(telling, choice, error);
}
