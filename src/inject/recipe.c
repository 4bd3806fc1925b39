/* recipe: the families of rows, in the order of `reproduce --list`. */
#include "inject/recipe.h"

#include <string.h>

static const struct recipe *const recipe_families[] = {
    recipes_spi, recipes_ike_spi, recipes_sequence, recipes_malformed, recipes_integrity, recipes_opened, recipes_policy, recipes_path,
    recipes_ike_refused, recipes_ike, recipes_ike_steps, recipes_ike_damaged, recipes_dosp,
};

const struct recipe *recipe_next(size_t *at)
{
    size_t left = (*at)++;
    for (size_t family = 0; family < sizeof recipe_families / sizeof recipe_families[0]; family++)
        for (const struct recipe *row = recipe_families[family]; row->condition != NULL; row++)
            if (left-- == 0)
                return row;
    return NULL;
}

const struct recipe *recipe_find(const char *condition, const char *cause)
{
    size_t at = 0;
    for (const struct recipe *row; (row = recipe_next(&at)) != NULL;)
        if (strcmp(row->condition, condition) == 0 && (cause == NULL || (row->cause != NULL && strcmp(row->cause, cause) == 0)))
            return row;
    return NULL;
}
