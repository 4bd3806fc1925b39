/*
 * talk: two hosts of a plan that speak IKE, one IKE SA at a time.
 *
 * Theory of operation. A row starts a talk, and then says the messages in their order: it puts payloads into talk->draft, and sends them as a
 * request or an answer of one side, which empties the draft. Steps that every session has (IKE_SA_INIT, IKE_AUTH, ...) are functions of their
 * own; payloads that are in the draft already stand before theirs. What fails fails the plan. Messages are sealed with keys that are made up for
 * each talk, and stand in plan->ike_keys as Wireshark's table has them once it has ended; public values, nonces and proofs are noise, so the keys
 * do not follow from them. This is IKEv2; talk1.h has IKEv1.
 */
#ifndef INJECT_TALK_H
#define INJECT_TALK_H

#include "inject/draft.h"
#include "inject/plan.h"

/* What turns the plan's SPI, of the packets, into others of the two: of the SA the other way, and of the next SA of each. */
#define TALK_SPI_BACK 0x3c66a5a5u
#define TALK_SPI_NEXT 0x59a3c35au

enum talk_exchange { TALK_SA_INIT = 34, TALK_AUTH, TALK_CHILD, TALK_INFORM }; /* RFC 7296 3.1 */

struct talk {
    struct plan *plan;
    struct addr host[IKE_SIDES];
    uint8_t spi[IKE_SIDES][8];
    uint8_t version;                /* enum ike_version */
    unsigned number;
    uint16_t port;                  /* of both */
    uint32_t next_id[IKE_SIDES];    /* of the next request of each side */
    uint64_t sealed;                /* messages so far, and so the next IV */
    struct ike_params keys;
    struct ike_sealer *sealer;      /* IKEv2 */
    struct ike1_sealer *sealer1;    /* IKEv1, with the IVs of phase 1 and of the exchange that is under way */
    struct ike1_iv phase1, exchange;
    uint32_t exchange_id;
    bool hidden;                    /* its keys stay out of plan->ike_keys: that nobody can open it is the point */
    bool hold;                      /* messages stay in plan->packet, for the row to send in its own way */
    struct draft draft;             /* payloads of the next message */
};

enum talk_who { TALK_SRC_BEGINS, TALK_DST_BEGINS }; /* who is the initiator: the plan's source or its destination */

/* Talks of one plan have different numbers. With --encap udp they go to port 4500 after IKE_SA_INIT. Ended by talk_end() in any case. */
void talk_start(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number);
void talk_end(struct talk *talk);

/* ---- messages, of what is in the draft ---- */

/* IKEv2; IKE_SA_INIT in clear, all others sealed. An answer has the ID of the asker's last request. */
void talk_ask(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what);
void talk_answer(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what);
/* The answer in clear, whatever the exchange. */
void talk_answer_clear(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what);
/* A request in parts (RFC 7383), without part `missing` (0: all are sent). */
void talk_ask_pieces(struct talk *talk, enum ike_side by, enum talk_exchange exchange, uint16_t total, uint16_t missing, const char *what);
/* The draft with a header of the caller's, in clear. */
void talk_head(struct talk *talk, enum ike_side by, const struct draft_head *head, const char *what);

/* ---- payloads of the usual steps, into the draft ---- */

void talk_put_offer(struct talk *talk);                              /* SA of IKE_SA_INIT */
void talk_put_init(struct talk *talk, uint16_t group, uint8_t seed); /* SA, KE, Ni or Nr */
void talk_put_identity(struct talk *talk, enum ike_side by);         /* IDi or IDr, AUTH */
void talk_put_child(struct talk *talk, uint32_t spi);                /* SA, TSi, TSr */
void talk_put_rekey(struct talk *talk, uint32_t old, uint32_t spi, uint8_t seed); /* REKEY_SA unless old is 0, SA, nonce, TSi, TSr */
void talk_put_ike_rekey(struct talk *talk, uint8_t seed);             /* SA with a new SPI of the IKE SA, nonce, KE */
uint16_t talk_group(const struct talk *talk);                        /* of its IKE SA */

/* ---- usual steps ---- */

void talk_init(struct talk *talk);                     /* IKE_SA_INIT: request and answer */
void talk_up(struct talk *talk, uint32_t spi_i, uint32_t spi_r); /* and IKE_AUTH with a Child SA of these inbound SPIs */
void talk_auth(struct talk *talk, uint32_t spi_i);     /* the request of IKE_AUTH */
void talk_auth_answer(struct talk *talk, uint32_t spi_r);
void talk_rekey(struct talk *talk, uint32_t old, uint32_t spi_i, uint32_t spi_r); /* CREATE_CHILD_SA of the initiator */
/* INFORMATIONAL with a Delete of these inbound SPIs of the ESP SAs, or of the IKE SA where both are 0; and its answer. */
void talk_delete(struct talk *talk, enum ike_side by, uint32_t own, uint32_t other);

/* The SA of a Child SA for sending with: from the other side to `to`. Its keys are made up. */
struct plan_sa *talk_esp(struct talk *talk, enum ike_side to, uint32_t spi);

/* ---- for talk1.c ---- */

struct secret talk_key(struct talk *talk, unsigned length, unsigned number); /* made up; another number, another key */
uint32_t talk_before(const struct talk *talk);         /* writes the marker of port 4500 into plan->content; its length, 0 for other ports */
/* plan->content, unless it could not be made, from that side; the draft is emptied. */
void talk_made(struct talk *talk, enum ike_side by, bool made, const char *what);
void talk_hosts(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number); /* all but the keys */

#endif
