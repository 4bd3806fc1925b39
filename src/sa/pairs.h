/*
 * pairs: which SA is the other direction of which. SAs come in pairs (RFC 7296 2.9), but only IKE says which; here it is concluded from reversed
 * addresses, the same protocol, the same reqid where files tell it, and the nearest time.
 */
#ifndef SA_PAIRS_H
#define SA_PAIRS_H

#include "sa/sadb.h"

/* Sets sa->pair of all SAs. SAs without a partner keep SADB_NONE. Work is n log n. */
void pairs_make(struct sadb *db);

#endif
