/*
 * recipe: one row for each way in which packets show a condition. `reproduce` makes what the row makes; the closed loop of
 * tests/scenario/reproduce_test.py reads it again and wants that condition, with that cause, and nothing else of warning or above.
 *
 * A new condition is a row in the file of its family (a new family: a line in recipe.c). A condition that no packets can show has a row too,
 * with the reason in place of the function.
 */
#ifndef INJECT_RECIPE_H
#define INJECT_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;

enum recipe_flag {
    RECIPE_MALFORMED = 1 << 0, /* that the packets are malformed is the point: other readers may say so */
    RECIPE_OWN_SAS = 1 << 1,   /* the SA files of the row itself show it: -s is refused */
    RECIPE_RECEIVER = 1 << 2,  /* `read` needs --receiver DESTINATION */
    RECIPE_NO_KERNEL = 1 << 3, /* a kernel that gets the packets counts nothing, although the condition has a counter: `why` */
    RECIPE_ESP = 1 << 4,       /* shown with ESP alone */
    RECIPE_AH = 1 << 5,        /* with AH alone */
    RECIPE_WAY = 1 << 6,       /* `cause` is the name of one way among several, for --cause, and no cause of the finding */
};

struct recipe {
    const char *condition;     /* the row of src/detect that it shows */
    const char *cause;         /* the cause that the finding names (but RECIPE_WAY), or NULL: none, or whatever the packets give */
    const char *what;          /* what is sent, a clause for a person */
    void (*make)(struct plan *plan); /* plan_* calls; NULL: no packets show it */
    const char *why;           /* with make NULL, or RECIPE_NO_KERNEL: the reason */
    unsigned flags;            /* enum recipe_flag */
    const char *also;          /* names of conditions of warning or above that come with it by nature, with commas between; NULL: none */
};

/* Walks all rows: start with *at = 0; NULL at the end. */
const struct recipe *recipe_next(size_t *at);
/* The first row of a condition, with that cause (or way) unless it is NULL; NULL: none. */
const struct recipe *recipe_find(const char *condition, const char *cause);
/* The Windows code of the row's finding where it is another than its condition's, else 0. */
uint16_t recipe_code(const struct recipe *recipe);

/* The families, one a file; each ends with a row without a condition. */
extern const struct recipe recipes_spi[], recipes_sequence[], recipes_malformed[], recipes_integrity[], recipes_opened[], recipes_policy[],
    recipes_path[], recipes_ike[], recipes_ike_refused[], recipes_ike_steps[], recipes_ike_damaged[], recipes_ike_spi[], recipes_dosp[];

#endif
