/*
 * choice_way: which of several ways (RECIPE_WAY) a telling means: IKE conditions have one for each notify, damage, exchange or version.
 *
 * Theory of operation. A way fits by its code, and then by its name, which is that of what tells it apart: the notify's, the damage's, the exchange's, the ICMP message's; a way of IKEv1
 * has a name that says so. The one that fits best is meant, the first of several.
 */
#include <stdio.h>
#include <string.h>

#include "detect/condition.h"
#include "engine/choice.h"

enum { WAY_VERSION = 1, WAY_EXCHANGE = 2, WAY_NAME = 4, WAY_CHILD = 8, WAY_CODE = 16 };

static const struct { uint8_t version, type, code; const char *way; } way_icmp[] = {
    { 4, 3, 1, "host-unreachable" }, { 4, 3, 2, "protocol-unreachable" }, { 4, 3, 3, "port-unreachable" }, { 4, 3, 4, "mtu" }, { 4, 3, 13, "prohibited" },
    { 6, 1, 3, "host-unreachable" }, { 6, 4, 1, "protocol-unreachable" }, { 6, 1, 4, "port-unreachable" }, { 6, 2, 0, "mtu" },  { 6, 1, 1, "prohibited" },
    { 4, 40, 0, "bad-spi" }, { 4, 40, 1, "authentication-failed" }, { 4, 40, 4, "need-authentication" },
};

bool choice_is_icmp(const struct telling *telling, const struct recipe *way)
{
    for (size_t i = 0; way != NULL && i < sizeof way_icmp / sizeof way_icmp[0]; i++)
        if (way_icmp[i].version == telling->icmp_version && way_icmp[i].type == telling->icmp_type && way_icmp[i].code == telling->icmp_code &&
            strcmp(way_icmp[i].way, way->cause) == 0)
            return true;
    return false;
}

uint16_t choice_code(const struct recipe *recipe)
{
    uint16_t code = recipe_code(recipe);
    return code ? code : condition_find(recipe->condition, strlen(recipe->condition))->windows;
}

/* The way is called "TS_UNACCEPTABLE", "Main Mode" as ways are spelt, with a word in front and one behind. */
static bool way_is(const struct recipe *recipe, const char *front, const char *name, const char *behind)
{
    char way[DROP_EXTRA_MAX + 16];
    if (name[0] == '\0')
        return false;
    snprintf(way, sizeof way, "%s%s%s", front, name, behind);
    for (char *at = way; *at; at++)
        *at = *at == '_' || *at == ' ' ? '-' : *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    return strcmp(recipe->cause, way) == 0;
}

static uint32_t way_version(const struct recipe *recipe)
{
    static const char *const old[] = { "ikev1", "main-mode", "aggressive-mode", "quick-mode" };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (strstr(recipe->cause, old[i]))
            return 1;
    return 2;
}

static unsigned way_fit(const struct telling *telling, const struct recipe *recipe)
{
    const char *notify = telling->kind == TELLING_FINDING ? telling->notify : telling->event;
    uint32_t version = telling->ike_version ? telling->ike_version : 2; /* a report does not tell it, and IKEv1 is rare */
    unsigned fit = choice_code(recipe) == telling->windows ? WAY_CODE : 0;
    if (telling->of_child && (way_is(recipe, "", notify, "-child") || way_is(recipe, "ikev1-", notify, "-child")))
        fit |= WAY_CHILD;
    if (way_is(recipe, "", notify, "") || way_is(recipe, "ikev1-", notify, "") || way_is(recipe, "", telling->damage, "") || choice_is_icmp(telling, recipe))
        fit |= WAY_NAME;
    if (way_is(recipe, "", telling->exchange, ""))
        fit |= WAY_EXCHANGE;
    return way_version(recipe) == version ? fit | WAY_VERSION : fit;
}

const struct recipe *choice_way(const struct telling *telling, const char *condition)
{
    const struct recipe *best = NULL;
    unsigned most = 0;
    size_t at = 0;
    for (const struct recipe *recipe; (recipe = recipe_next(&at)) != NULL;) {
        if (!(recipe->flags & RECIPE_WAY) || (condition != NULL && strcmp(recipe->condition, condition) != 0))
            continue;
        unsigned fit = way_fit(telling, recipe);
        if (fit > most && (condition != NULL || (telling->windows && fit & WAY_CODE))) {
            best = recipe;
            most = fit;
        }
    }
    return best;
}
