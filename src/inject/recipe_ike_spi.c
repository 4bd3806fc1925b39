/* recipe_ike_spi: packets on unknown SPIs where the two hosts tell why: rekeyed, deleted, the peer restarted, reported by the peer itself. */
#include <string.h>

#include "base/bytes.h"
#include "decode/ike_notify.h"
#include "inject/talk1.h"

static const char spi_while[] = "while the Child SA is there";

static void spi_several(struct plan *plan, struct plan_sa *sa, uint32_t count, const char *what)
{
    while (count-- > 0)
        plan_send(plan, sa, what);
}

/* Those that show it, behind others of the same SA. */
static void spi_shown(struct plan *plan, struct plan_sa *sa, const char *what)
{
    if (plan->request->seq_given)
        sa->seq = plan->request->seq;
    spi_several(plan, sa, plan_count(plan, 3), what);
}

/* An IKE SA of the two, and packets to the destination on its Child SA. */
static struct plan_sa *spi_session(struct talk *talk, struct plan *plan, uint8_t number)
{
    talk_start(talk, plan, TALK_SRC_BEGINS, number);
    talk_up(talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    struct plan_sa *sa = talk_esp(talk, IKE_RESPONDER, plan->spi);
    plan_lead(plan, sa, 3);
    spi_several(plan, sa, 3, spi_while);
    return sa;
}

static void spi_rekeyed(struct plan *plan)
{
    struct talk talk;
    struct plan_sa *old = spi_session(&talk, plan, 1), *next = talk_esp(&talk, IKE_RESPONDER, plan->spi ^ TALK_SPI_NEXT);
    plan_wait(plan, PLAN_SECOND);
    talk_rekey(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK, plan->spi ^ TALK_SPI_NEXT);
    talk_delete(&talk, IKE_INITIATOR, plan->spi ^ TALK_SPI_BACK, plan->spi);
    talk_end(&talk);
    plan_wait(plan, 20 * PLAN_SECOND);
    spi_shown(plan, old, "on the old SA, 20 seconds after its Delete");
    spi_several(plan, next, 2, "on the new SA");
}

static void spi_ike_deleted(struct plan *plan)
{
    struct talk talk;
    struct plan_sa *sa = spi_session(&talk, plan, 1);
    plan_wait(plan, PLAN_SECOND);
    talk_delete(&talk, IKE_RESPONDER, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_end(&talk);
    plan_wait(plan, 9 * PLAN_SECOND);
    spi_shown(plan, sa, "nine seconds after the receiver deleted the SA");
}

static void spi_orphaned(struct plan *plan)
{
    struct talk talk;
    struct plan_sa *sa = spi_session(&talk, plan, 1);
    plan_wait(plan, PLAN_SECOND);
    talk_delete(&talk, IKE_RESPONDER, 0, 0);
    talk_end(&talk);
    plan_wait(plan, 9 * PLAN_SECOND);
    spi_shown(plan, sa, "nine seconds after the IKE SA went, and the Child SA with it");
}

static void spi_deleted1(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk1_up(&talk);
    talk1_quick(&talk, 99, plan->spi ^ TALK_SPI_BACK, plan->spi);
    struct plan_sa *sa = talk_esp(&talk, IKE_RESPONDER, plan->spi);
    spi_several(plan, sa, 3, spi_while);
    plan_wait(plan, PLAN_SECOND);
    draft_hash1(&talk.draft, 6);
    draft_delete1(&talk.draft, plan->spi);
    talk1_seal(&talk, IKE_RESPONDER, TALK1_INFORM, 100, "the SA is deleted");
    talk_end(&talk);
    plan_wait(plan, 9 * PLAN_SECOND);
    spi_several(plan, sa, plan_count(plan, 3), "nine seconds after the receiver deleted the SA");
}

/* The receiver was restarted: it begins anew, and says that it has no other IKE SA. */
static void spi_initial_contact(struct plan *plan)
{
    struct talk talk;
    struct plan_sa *sa = spi_session(&talk, plan, 1);
    talk_end(&talk);
    plan_wait(plan, 3 * PLAN_SECOND);
    talk_start(&talk, plan, TALK_DST_BEGINS, 2);
    talk_init(&talk);
    draft_notify(&talk.draft, IKE_N_INITIAL_CONTACT, NULL, 0);
    talk_auth(&talk, plan->spi ^ TALK_SPI_NEXT);
    talk_auth_answer(&talk, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK);
    talk_end(&talk);
    plan_wait(plan, 5 * PLAN_SECOND);
    spi_shown(plan, sa, "on the SA from before the restart");
}

/* The same without the notify, on an SA from before the capture. */
static void spi_began_anew(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_DST_BEGINS, 2);
    spi_several(plan, talk_esp(&talk, IKE_INITIATOR, plan->spi), plan_count(plan, 3), "on an SA that the restarted receiver has no more");
    plan_wait(plan, PLAN_SECOND);
    talk_up(&talk, plan->spi ^ TALK_SPI_NEXT, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK);
    talk_end(&talk);
}

static void spi_unanswered(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK, plan->spi ^ TALK_SPI_NEXT);
    spi_several(plan, talk_esp(&talk, IKE_RESPONDER, plan->spi), plan_count(plan, 3), "on an SA that the receiver has no more");
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "is the peer there? (dead peer detection)");
    for (unsigned i = 0; i < 3; i++) {
        plan_wait(plan, (int64_t)(1u << i) * PLAN_SECOND);
        plan_again(plan, 1, "the same again, without an answer");
    }
    talk_end(&talk);
}

static void spi_reported(struct plan *plan)
{
    struct talk talk;
    uint8_t spi[4];
    bytes_put32(spi, plan->spi);
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    spi_several(plan, talk_esp(&talk, IKE_RESPONDER, plan->spi), plan_count(plan, 3), "on an SPI that the receiver does not have");
    struct draft_head head = { .spi_i = talk.spi[IKE_INITIATOR], .spi_r = talk.spi[IKE_RESPONDER], .version = IKE_VERSION_2,
                               .exchange = TALK_INFORM, .flags = IKE_FLAG_INITIATOR };
    draft_notify(&talk.draft, IKE_N_INVALID_SPI, spi, sizeof spi);
    talk_head(&talk, IKE_RESPONDER, &head, "INVALID_SPI, outside of any IKE SA (RFC 7296 1.5)");
    talk_end(&talk);
}

static void spi_reported_icmp(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (plan->dst.family == 6)
        plan_fail(plan, "RFC 2521 has the message Bad SPI for IPv4 alone");
    spi_several(plan, plan_sender(plan, &definition), plan_count(plan, 3), "on an SPI that the receiver does not have");
    if (plan->failed)
        return;
    uint8_t quote[64];
    memcpy(quote, plan->packet.bytes, sizeof quote);
    plan_icmp(plan, &plan->dst, &plan->src, 40, 0, 0, quote, sizeof quote);
    plan_put(plan, "the ICMP message Bad SPI that quotes the last one");
}

/* The responder sends before its answer of IKE_AUTH has come: the initiator has no keys yet. */
static void spi_before_answer(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_init(&talk);
    talk_auth(&talk, plan->spi);
    struct plan_sa *sa = talk_esp(&talk, IKE_INITIATOR, plan->spi);
    spi_several(plan, sa, plan_count(plan, 3), "before the answer of IKE_AUTH has passed");
    plan_wait(plan, PLAN_SECOND);
    talk_auth_answer(&talk, plan->spi ^ TALK_SPI_BACK);
    spi_several(plan, sa, 2, spi_while);
    talk_end(&talk);
}

#define OWN (RECIPE_OWN_SAS | RECIPE_ESP | RECIPE_RECEIVER)
#define WAY (OWN | RECIPE_WAY)

const struct recipe recipes_ike_spi[] = {
    { "unknown-spi", "rekeyed", "packets on the old SA, 20 seconds after a rekey replaced it", spi_rekeyed, NULL, OWN, NULL },
    { "unknown-spi", "peer-restarted", "packets on an SA from before the receiver's INITIAL_CONTACT", spi_initial_contact, NULL, OWN, NULL },
    { "unknown-spi", "peer-began-anew", "packets on an unknown SPI, and a new IKE SA that the receiver begins", spi_began_anew, NULL, WAY, NULL },
    { "unknown-spi", "peer-silent", "packets on an unknown SPI, and dead peer detection without an answer", spi_unanswered, NULL, WAY,
      "ike-dead-peer" },
    { "unknown-spi", "reported-by-peer", "packets on an unknown SPI, and the receiver's INVALID_SPI in clear", spi_reported, NULL, OWN,
      "ike-invalid-spi-notify" },
    { "unknown-spi", "reported-with-icmp", "packets on an unknown SPI, and the receiver's ICMP message Bad SPI (RFC 2521)", spi_reported_icmp, NULL,
      RECIPE_OWN_SAS | RECIPE_RECEIVER | RECIPE_WAY, "icmp-error" },
    { "unknown-spi", "deleted-by-ike", "packets nine seconds after the receiver's Delete of the Child SA", spi_ike_deleted, NULL, WAY, NULL },
    { "unknown-spi", "deleted-by-ikev1", "packets nine seconds after the receiver's Delete in IKEv1", spi_deleted1, NULL, WAY, NULL },
    { "unknown-spi", "ike-sa-deleted", "packets nine seconds after the receiver's Delete of the IKE SA", spi_orphaned, NULL, WAY, NULL },
    { "unknown-spi", "before-ike-auth-ends", "packets to an initiator that has not got the answer of IKE_AUTH", spi_before_answer, NULL, WAY, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
