/* suspicion: what the search for the reason of a wrong ICV found, as facts and in words; for the conditions that it concerns. */
#ifndef DETECT_SUSPICION_H
#define DETECT_SUSPICION_H

#include "detect/condition.h"

/* Does the finding's cause say what makes the ICV right? */
bool suspicion_fits(const struct finding *finding);
/* Adds the facts of the finding's cause, from its SA. */
void suspicion_note(const struct detect *detect, struct finding *finding);
/* What makes it right, and what to change where. */
void suspicion_explain(const struct detect *detect, const struct finding *finding, struct text *text);
/* "line 3 of b.txt" */
void suspicion_place(const struct detect *detect, uint32_t sa, struct text *text);

#endif
