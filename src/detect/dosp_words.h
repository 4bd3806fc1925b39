/* dosp_words: what findings of the simulated DoS protection have in common. */
#ifndef DETECT_DOSP_WORDS_H
#define DETECT_DOSP_WORDS_H

#include "detect/condition.h"
#include "dosp/boundary.h"

#define DOSP_PAIRS 32u /* findings of one code by address pair; further pairs are counted on one */

/* The event's finding, with the setting that held the packet as its facts where it is new. */
struct finding *dosp_hit(struct detect *detect, const struct condition *condition, const struct event *event, enum cause cause,
                         enum certainty certainty, bool *is_new);
/* The same for those that say all they have to say at the first packet: the finding where it is new, else NULL. */
struct finding *dosp_begin(struct detect *detect, const struct condition *condition, const struct event *event, enum certainty certainty);
/* "12 packets from 2001:db8::1 to 2001:db8::2 ", and the verb, for one and for several; NULL: none. */
void dosp_subject(const struct finding *finding, const char *what, const char *does, const char *doing, struct text *text);

#endif
