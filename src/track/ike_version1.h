/* ike_version1: opening IKEv1, whose IVs chain through the messages of an exchange (RFC 2409 appendix B). Private to track/ike_*. */
#ifndef TRACK_IKE_VERSION1_H
#define TRACK_IKE_VERSION1_H

#include "crypto/ike1.h"
#include "decode/ike_sa.h"
#include "track/ike_table.h"

#define VERSION1_KE_MAX 1152u    /* bytes of a public value: group 18 has 1024 */
#define VERSION1_EXCHANGES 8u    /* exchanges after phase 1 that are followed at once */
#define VERSION1_SEEN 16u        /* messages remembered, to tell retransmissions */

struct version1_exchange {
    uint32_t message_id;
    struct ike1_iv iv;
};

struct version1 {
    struct ike1 *ike;
    bool failed;
    uint16_t cipher, hash, key_bits;        /* attributes of the chosen phase 1 transform */
    uint8_t ke[IKE_SIDES][VERSION1_KE_MAX]; /* public values: no secrets */
    uint32_t ke_length[IKE_SIDES];
    bool begun;                             /* phase1 is valid */
    struct ike1_iv phase1;
    struct version1_exchange exchanges[VERSION1_EXCHANGES];
    uint32_t next;
    uint64_t seen[VERSION1_SEEN];
    uint32_t seen_next;
};

void version1_destroy(struct version1 *version1);
/* What clear messages tell: the choice of algorithms, the public values. */
void version1_chosen(struct ike_context *context, const struct ike_payload *sa);
void version1_public(struct ike_context *context, const struct ike_payload *ke);
/* Opens an encrypted message into `plain`; false without keys, for retransmissions, and where the key does not fit. */
bool version1_open(struct ike_context *context, uint8_t *plain, struct ike_opened *opened);

#endif
