/*
 * talk1: the same in IKEv1 (RFC 2408, RFC 2409): struct talk, talk_end() and talk_esp() of talk.h, and these messages. What is encrypted is so with a
 * key that is made up, and IVs chained as they must be: with it all opens, here and in Wireshark. Hashes are noise.
 */
#ifndef INJECT_TALK1_H
#define INJECT_TALK1_H

#include "inject/talk.h"

enum talk1_exchange { /* RFC 2408 3.1, RFC 2409, [MS-AIPS] 2.2.2 */
    TALK1_MAIN = 2, TALK1_AGGRESSIVE = 4, TALK1_INFORM = 5, TALK1_QUICK = 32, TALK1_AUTHIP_MAIN = 243,
};

void talk1_start(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number);

/* ---- messages, of what is in the draft; message ID 0 is phase 1 ---- */

void talk1_say(struct talk *talk, enum ike_side by, enum talk1_exchange exchange, uint32_t message_id, const char *what); /* in clear */
/* Encrypted. Messages of phase 1 come in its order, and those of one other exchange one after the other. */
void talk1_seal(struct talk *talk, enum ike_side by, enum talk1_exchange exchange, uint32_t message_id, const char *what);
/* An informational message with one notify, encrypted. */
void talk1_notify(struct talk *talk, enum ike_side by, uint32_t message_id, uint16_t type, const char *what);

/* ---- usual steps ---- */

void talk1_main(struct talk *talk);                           /* main mode, messages 1 to 4 */
void talk1_identity(struct talk *talk, enum ike_side by, const char *what); /* 5 or 6 */
void talk1_up(struct talk *talk);                             /* 1 to 6 */
void talk1_aggressive(struct talk *talk);                     /* aggressive mode, messages 1 and 2 */
void talk1_put_quick(struct talk *talk, uint32_t spi, uint8_t seed); /* HASH, SA, nonce and the networks, as quick mode begins */
/* Quick mode of the initiator: an ESP SA each way, with these inbound SPIs. */
void talk1_quick(struct talk *talk, uint32_t message_id, uint32_t spi_i, uint32_t spi_r);

#endif
