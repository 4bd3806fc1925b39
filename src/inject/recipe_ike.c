/* recipe_ike: IKE that breaks off: requests without an answer, answers without a request, and refusals that are encrypted. */
#include <string.h>

#include "base/bytes.h"
#include "decode/ike_notify.h"
#include "inject/talk1.h"

enum { NOTIFY1_MALFORMED = 16, NOTIFY1_ID = 18, NOTIFY1_HASH = 23 }; /* RFC 2408 3.14.1 */

#define IKE_LARGE 2000u          /* bytes of payload that make IKE_AUTH too large for a packet */

static const char ike_still[] = "the same again";

/* Sent again after 1, 2 and 4 seconds, as daemons do. */
static void ike_insist(struct plan *plan)
{
    for (unsigned i = 0; i < 3; i++) {
        plan_wait(plan, (int64_t)(1u << i) * PLAN_SECOND);
        plan_again(plan, 1, ike_still);
    }
}

/* An INFORMATIONAL request of IKEv2 with one empty notify, behind the marker of port 4500. */
static void marker_on_500(struct plan *plan)
{
    static const uint8_t ike[] = { 0, 0, 0, 0, 0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x20, 0x22, 0x08,
                                   0, 0, 0, 0, 0, 0, 0, 0x24, 0, 0, 0, 8, 0, 0, 0x40, 0x16 };
    plan_udp(plan, &plan->src, &plan->dst, 500, 500, ike, sizeof ike);
    plan_put(plan, "IKE on port 500 behind the marker of port 4500");
}

/* ---- silence ---- */

static void no_answer(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_put_init(&talk, talk_group(&talk), 1);
    talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT, which nobody answers");
    ike_insist(plan);
    talk_end(&talk);
}

static void no_answer_auth(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    talk_auth(&talk, plan->spi);
    ike_insist(plan);
    talk_end(&talk);
}

static void no_answer_piece(struct plan *plan)
{
    static const char what[] = "a fragment of IKE_AUTH; the second of three never passes";
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    talk_put_identity(&talk, IKE_INITIATOR);
    talk_put_child(&talk, plan->spi);
    talk_ask_pieces(&talk, IKE_INITIATOR, TALK_AUTH, 3, 2, what);
    for (unsigned i = 0; i < 3; i++) {
        plan_wait(plan, (int64_t)(1u << i) * PLAN_SECOND);
        plan_again(plan, 2, what);
        plan_again(plan, 2, what);
    }
    talk_end(&talk);
}

static void no_answer_main(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    draft_sa1(&talk.draft);
    talk1_say(&talk, IKE_INITIATOR, TALK1_MAIN, 0, "main mode, message 1, which nobody answers");
    ike_insist(plan);
    talk_end(&talk);
}

/* Main mode with another pre-shared key at the far end, which cannot read message 5 and says nothing. */
static void no_answer_secret(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk1_main(&talk);
    talk1_identity(&talk, IKE_INITIATOR, "main mode, message 5, encrypted, which nobody answers");
    ike_insist(plan);
    talk_end(&talk);
}

static void dead_peer(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    plan_wait(plan, 10 * PLAN_SECOND);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "is the peer there? (dead peer detection)");
    ike_insist(plan);
    talk_end(&talk);
}

/* R-U-THERE (RFC 3706) without any R-U-THERE-ACK; without keys only the size and the rhythm show. */
static void dead_peer1_asks(struct plan *plan, bool hidden)
{
    struct talk talk;
    uint8_t cookies[16], number[4];
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = hidden;
    memcpy(cookies, talk.spi[IKE_INITIATOR], 8);
    memcpy(cookies + 8, talk.spi[IKE_RESPONDER], 8);
    talk1_up(&talk);
    for (unsigned i = 0; i < 5; i++) {
        plan_wait(plan, 10 * PLAN_SECOND);
        bytes_put32(number, 7000 + i);
        draft_hash1(&talk.draft, (uint8_t)i);
        draft_notify1_spi(&talk.draft, IKE1_N_R_U_THERE, 1, cookies, sizeof cookies, number, sizeof number);
        talk1_seal(&talk, IKE_INITIATOR, TALK1_INFORM, 1000 + i, "R-U-THERE, encrypted, without any reaction");
    }
    talk_end(&talk);
}

static void dead_peer1(struct plan *plan)
{
    dead_peer1_asks(plan, true);
}

static void dead_peer1_keys(struct plan *plan)
{
    dead_peer1_asks(plan, false);
}

static void answer_lost(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    for (unsigned i = 0; i < 3; i++) {
        plan_wait(plan, (int64_t)(1u << i) * PLAN_SECOND);
        plan_again(plan, 2, "IKE_AUTH again, as if no answer had come");
        plan_again(plan, 2, "its answer again");
    }
    talk_end(&talk);
}

/* ---- stopped half-way ---- */

/* A second host far from the first: time goes on in the capture while the first stays silent. */
static void ike_stranger(struct plan *plan, struct talk *talk)
{
    talk_end(talk);
    plan_wait(plan, 30 * PLAN_SECOND);
    talk_start(talk, plan, TALK_SRC_BEGINS, 3);
    talk->host[IKE_INITIATOR] = plan->other;
    talk_up(talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
}

static void half_open(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    ike_stranger(plan, &talk);
    talk_end(&talk);
}

/* IKE_AUTH that is too large for a packet: IP cuts it, and the second piece is lost each time. */
static void half_open_fragment(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    talk.hold = true;
    for (unsigned i = 0; i < 3; i++) {
        talk.next_id[IKE_INITIATOR] = 1;
        talk.sealed = 0; /* the same message again */
        draft_begin(&talk.draft, IKE2_VENDOR);
        draft_fill(&talk.draft, IKE_LARGE, 5);
        talk_auth(&talk, plan->spi);
        plan_put_pieces(plan, 1480, 1, "the first IP fragment of IKE_AUTH, and never the second");
        plan_wait(plan, (int64_t)(1u << i) * PLAN_SECOND);
    }
    talk.hold = false;
    plan_wait(plan, 5 * PLAN_SECOND);
    ike_stranger(plan, &talk);
    talk_end(&talk);
}

static void half_open1(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    draft_sa1(&talk.draft);
    talk1_say(&talk, IKE_INITIATOR, TALK1_MAIN, 0, "main mode, message 1");
    draft_sa1(&talk.draft);
    talk1_say(&talk, IKE_RESPONDER, TALK1_MAIN, 0, "main mode, message 2, after which the initiator is silent");
    ike_insist(plan);
    talk_end(&talk);
}

/* ---- refusals that are encrypted ---- */

static void auth_suspect(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk_init(&talk);
    talk_auth(&talk, plan->spi);
    draft_notify(&talk.draft, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_AUTH, "IKE_AUTH, answered with room for a notify only");
    talk_end(&talk);
}

static void auth_suspect_turned_down(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    draft_notify(&talk.draft, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "at once an informational message with room for a notify only");
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "and its answer, the last word");
    talk_end(&talk);
}

static void auth_suspect_main(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk1_main(&talk);
    talk1_identity(&talk, IKE_INITIATOR, "main mode, message 5, encrypted");
    for (unsigned i = 0; i < 3; i++) {
        talk1_notify(&talk, IKE_RESPONDER, 77 + i, NOTIFY1_MALFORMED, "an informational message instead of message 6, encrypted");
        plan_wait(plan, 4 * PLAN_SECOND);
        plan_again(plan, 2, "message 5 again");
    }
    talk_end(&talk);
}

static void auth_suspect_aggressive(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk.hidden = true;
    talk1_aggressive(&talk);
    talk1_notify(&talk, IKE_INITIATOR, 78, NOTIFY1_HASH, "an informational message instead of message 3, encrypted");
    talk_end(&talk);
}

static void child_suspect(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    talk_put_rekey(&talk, 0, ~plan->spi, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA");
    draft_notify(&talk.draft, IKE_N_NO_PROPOSAL_CHOSEN, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "CREATE_CHILD_SA, answered with room for a notify only");
    talk_end(&talk);
}

static void child_suspect_auth(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk_init(&talk);
    draft_notify(&talk.draft, IKE_N_MOBIKE_SUPPORTED, NULL, 0); /* initiators say such things beside */
    draft_begin(&talk.draft, IKE2_VENDOR);
    draft_fill(&talk.draft, 32, 5);
    talk_auth(&talk, plan->spi);
    talk_put_identity(&talk, IKE_RESPONDER);
    draft_notify(&talk.draft, IKE_N_TS_UNACCEPTABLE, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_AUTH, "IKE_AUTH, answered without room for a Child SA");
    talk_end(&talk);
}

static void child_suspect_quick(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.hidden = true;
    talk1_up(&talk);
    talk1_put_quick(&talk, plan->spi, 3);
    talk1_seal(&talk, IKE_INITIATOR, TALK1_QUICK, 99, "quick mode, message 1, encrypted");
    talk1_notify(&talk, IKE_RESPONDER, 100, NOTIFY1_ID, "an informational message instead of message 2, encrypted");
    talk_end(&talk);
}

#define OWN (RECIPE_OWN_SAS | RECIPE_ESP)
#define WAY (OWN | RECIPE_WAY)

const struct recipe recipes_ike[] = {
    { "ike-marker-on-500", NULL, "IKE on UDP port 500 with four zero bytes before it", marker_on_500, NULL, OWN | RECIPE_MALFORMED, NULL },
    { "ike-no-answer", "first", "IKE_SA_INIT four times, without any answer", no_answer, NULL, WAY, NULL },
    { "ike-no-answer", "auth", "IKE_AUTH four times, without an answer, after IKE_SA_INIT went well", no_answer_auth, NULL, WAY, NULL },
    { "ike-no-answer", "ike-fragment-missing", "IKE_AUTH in three IKE fragments, of which the second is missing", no_answer_piece, NULL, WAY, NULL },
    { "ike-no-answer", "main-mode", "the first message of main mode four times, without any answer", no_answer_main, NULL, WAY, NULL },
    { "ike-no-answer", "main-mode-secret", "the first encrypted message of main mode four times, without an answer", no_answer_secret, NULL,
      WAY, NULL },
    { "ike-dead-peer", "ikev2", "INFORMATIONAL four times on a living IKE SA, without an answer", dead_peer, NULL, WAY, NULL },
    { "ike-dead-peer", "ikev1", "five encrypted informational messages of one size, without any reaction", dead_peer1, NULL, WAY, NULL },
    { "ike-dead-peer", "ikev1-keys", "R-U-THERE five times, without any reaction, and the key that opens it", dead_peer1_keys, NULL, WAY, NULL },
    { "ike-answer-lost", NULL, "IKE_AUTH answered each time, and asked again all the same", answer_lost, NULL, OWN, NULL },
    { "ike-half-open", "ikev2", "IKE_SA_INIT, answered, and then silence", half_open, NULL, WAY, NULL },
    { "ike-half-open", "ip-fragment-missing", "IKE_SA_INIT, answered, and IKE_AUTH of which an IP fragment is lost", half_open_fragment, NULL, WAY,
      "fragments-incomplete" },
    { "ike-half-open", "ikev1", "main mode that stops after message 2", half_open1, NULL, WAY, NULL },
    { "ike-auth-suspect", "ike-auth", "IKE_AUTH answered by a message that has room for an error only", auth_suspect, NULL, WAY, NULL },
    { "ike-auth-suspect", "turned-down", "IKE_AUTH answered, and the IKE SA ended by the initiator at once", auth_suspect_turned_down, NULL, WAY,
      NULL },
    { "ike-auth-suspect", "main-mode", "main mode that breaks off with encrypted informational messages", auth_suspect_main, NULL, WAY, NULL },
    { "ike-auth-suspect", "aggressive-mode", "aggressive mode that breaks off with an encrypted informational message",
      auth_suspect_aggressive, NULL, WAY, NULL },
    { "ike-child-suspect", "create-child-sa", "CREATE_CHILD_SA answered by a message that has room for an error only", child_suspect, NULL, WAY,
      NULL },
    { "ike-child-suspect", "ike-auth", "IKE_AUTH answered without room for a Child SA", child_suspect_auth, NULL, WAY, NULL },
    { "ike-child-suspect", "quick-mode", "quick mode answered by an encrypted informational message", child_suspect_quick, NULL, WAY, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
