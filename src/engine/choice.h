/* choice: which row of `reproduce` a report or a finding stands for. */
#ifndef ENGINE_CHOICE_H
#define ENGINE_CHOICE_H

#include "base/error.h"
#include "inject/recipe.h"
#include "engine/telling.h"

struct choice {
    const char *condition, *cause; /* static, names of recipes; cause NULL: any */
    bool shared;                   /* the report says no more than a code that other conditions have as well */
    bool other;                    /* no row names the finding's own cause, code or ICMP message: this one may show its condition by another */
};

/* The way of icmp-error is the one with the telling's type and code. */
bool choice_is_icmp(const struct telling *telling, const struct recipe *way);
/* The Windows code of what the row shows; 0: none. */
uint16_t choice_code(const struct recipe *recipe);
/* The way of a condition that the telling means; NULL: none fits. Without a condition, of all that have the telling's code. */
const struct recipe *choice_way(const struct telling *telling, const char *condition);
/* False, with the reason, where no packets that esplain makes show it. */
bool choice_make(const struct telling *telling, struct choice *choice, struct error *error);

#endif
