/*
 * nonce: the same explicit IV under one key for two packets, which breaks GCM, CCM, CTR, GMAC and ChaCha20-Poly1305 (RFC 4106 3.1, RFC 3686 2.1,
 * RFC 4309 3.1, RFC 4543 3.2, RFC 7634 2).
 *
 * Theory of operation. Senders make the IV from the sequence number: by adding a constant, or, as Linux does, by XOR with one. While every
 * packet of an SA keeps to one of these rules, no IV can come twice, and the SA needs a few words of memory. The first packet that breaks
 * the rule is asked whose IV it has: the rule tells the sequence number that had it before. From then on the SA's last IVs are kept in a table.
 */
#ifndef TRACK_NONCE_H
#define TRACK_NONCE_H

#include "sa/sadb.h"

#define NONCE_SEEN 256u        /* IVs that are kept of an SA whose IVs follow no rule */
#define NONCE_TABLES_MAX 4096u /* such SAs; further ones are only asked by the rule */

struct nonce_seen {
    uint64_t iv, full;
    bool used;
};

struct nonce {
    uint64_t add, mix;    /* iv = full + add; iv = full ^ mix */
    uint64_t first, last; /* sequence numbers, with their high half, between which the rules held */
    bool by_add, by_mix;  /* which of the rules held */
    bool broken;
    bool table;           /* `seen` has NONCE_SEEN entries */
    struct nonce_seen seen[];
};

/* Does this cipher fail where a nonce repeats, and does the packet carry the IV? */
bool nonce_matters(const struct sa_definition *definition);
/*
 * A verified packet of such an SA, with its IV and its sequence number. True where a packet with another number had the same IV: *other. `tables`
 * counts those of the analysis.
 */
bool nonce_look(struct sa *sa, uint64_t iv, uint64_t full, uint32_t *tables, uint64_t *other);
/* Do the IVs follow the sequence numbers, so that a sender who counts anew repeats them? */
bool nonce_follows(const struct nonce *nonce);

#endif
