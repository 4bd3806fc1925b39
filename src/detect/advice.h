/* advice: exact sizes for an SA on a path: what fits, and what to set. */
#ifndef DETECT_ADVICE_H
#define DETECT_ADVICE_H

#include "detect/condition.h"

/* The SA that a finding speaks of, by its index or by its subject; SADB_NONE where there is none. */
uint32_t advice_sa(const struct detect *detect, const struct finding *finding);
/*
 * Sets the facts inner_mtu, mss_ipv4 and mss_ipv6 (those that apply) for a path that takes packets of `mtu` bytes. False, and no facts, where the
 * SA's algorithms are not known or nothing fits.
 */
bool advice_set(const struct detect *detect, struct finding *finding, uint32_t mtu);
/*
 * The sentence about these facts, with a blank before it. Where they are not set, one that holds for any usual algorithm; `mtu` is then what
 * the path takes, 0: not known, and nothing is said.
 */
void advice_words(const struct detect *detect, const struct finding *finding, uint32_t mtu, struct text *text);

#endif
