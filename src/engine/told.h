/*
 * told: what `reproduce` makes, told by a report or a finding instead of options: each option that nobody gave is filled in with what they tell. What neither tells
 * is chosen, and said to be.
 */
#ifndef ENGINE_TOLD_H
#define ENGINE_TOLD_H

#include "engine/choice.h"
#include "esplain/esplain.h"
#include "inject/plan.h"

struct told;

/* Whether there is anything to read, or to pick from. */
bool told_is_asked(const struct esplain_reproduction *what);
/*
 * Reads, picks and fills in. NULL, with the reason, where there is nothing to pick, or what was picked contradicts itself or is shown by no packets. `what`
 * points into the answer from then on.
 */
struct told *told_fill(struct esplain_reproduction *what, struct error *error);
void told_destroy(struct told *told); /* NULL is allowed */
/* Lines for a person: what was told, what was chosen because nobody told it, what else there was to pick. */
void told_tell(const struct told *told, const struct recipe *recipe, const struct plan *plan, struct text *text);

#endif
