/* ike_offer: two offers of algorithms side by side. */
#ifndef DETECT_IKE_OFFER_H
#define DETECT_IKE_OFFER_H

#include "detect/condition.h"

/*
 * Offers are texts as the tracker writes them: proposals apart by ", ", transforms by "/". Writes what `one` has and
 * `other` lacks, with commas, each once, and cut where it does not fit; "" where there is nothing.
 */
void ike_offer_lacks(const char *one, const char *other, char *text, size_t room);

/*
 * Where another negotiation in the capture shows what the refuser itself offers or takes: the facts refuser_offer (or
 * refuser_took, where it is a choice of its), refuser_offer_frame, only_asker and only_refuser.
 */
void ike_offer_compare(const struct detect *detect, struct finding *finding, const struct addr *asker,
                       const struct addr *refuser, bool of_child);
/* The sentences about these facts. */
void ike_offer_words(const struct finding *finding, struct text *text);

#endif
