/* recipe_ike_steps: steps of IKE that look like failures, peers that move or begin anew, what a peer complains of, and weak algorithms. */
#include "base/bytes.h"
#include "decode/ike_notify.h"
#include "inject/talk1.h"

#define STEPS_CROSS_SPI 0xa6c35a3cu /* of a third */
#define STEPS_GROUP 14              /* 2048-bit MODP, where group 19 is wanted */

enum { PROTOCOL_ESP = 3 };

static void steps_up(struct talk *talk, struct plan *plan, enum talk_who who)
{
    talk_start(talk, plan, who, 1);
    bool src = who == TALK_SRC_BEGINS; /* the plan's SPI is one of its destination */
    talk_up(talk, src ? plan->spi ^ TALK_SPI_BACK : plan->spi, src ? plan->spi : plan->spi ^ TALK_SPI_BACK);
}

/* A minute later another host comes up: this one had time to go on, and did not. */
static void steps_stranger(struct plan *plan)
{
    struct talk talk;
    plan_wait(plan, 30 * PLAN_SECOND);
    talk_start(&talk, plan, TALK_SRC_BEGINS, 3);
    talk.host[IKE_INITIATOR] = talk.host[IKE_RESPONDER] = plan->other;
    talk.host[IKE_RESPONDER].bytes[plan->other.family == 4 ? 3 : 15] ^= 0x20;
    talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_end(&talk);
}

/* ---- another group, a cookie ---- */

static void steps_group(struct talk *talk, struct plan *plan)
{
    static const uint8_t wanted[2] = { 0, 19 };
    talk_start(talk, plan, TALK_DST_BEGINS, 1);
    talk_put_init(talk, STEPS_GROUP, 1);
    talk_ask(talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT with group 14");
    draft_notify(&talk->draft, IKE_N_INVALID_KE_PAYLOAD, wanted, sizeof wanted);
    talk_answer(talk, IKE_RESPONDER, TALK_SA_INIT, "INVALID_KE_PAYLOAD: group 19 is wanted");
}

static void invalid_ke(struct plan *plan)
{
    struct talk talk;
    steps_group(&talk, plan);
    talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_end(&talk);
}

static void invalid_ke_ends(struct plan *plan)
{
    struct talk talk;
    steps_group(&talk, plan);
    talk_end(&talk);
    steps_stranger(plan);
}

static const uint8_t steps_cookie[20] = { 0x5e, 0x11, 0xc0, 0x0c, 0x1e, 0x42 };

static void steps_asks_cookie(struct talk *talk, struct plan *plan)
{
    talk_start(talk, plan, TALK_DST_BEGINS, 1);
    talk_put_init(talk, talk_group(talk), 1);
    talk_ask(talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT");
    draft_notify(&talk->draft, IKE_N_COOKIE, steps_cookie, sizeof steps_cookie);
    talk_answer(talk, IKE_RESPONDER, TALK_SA_INIT, "a cookie is asked for");
}

static void cookie(struct plan *plan)
{
    struct talk talk;
    steps_asks_cookie(&talk, plan);
    draft_notify(&talk.draft, IKE_N_COOKIE, steps_cookie, sizeof steps_cookie);
    talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_end(&talk);
}

static void cookie_ends(struct plan *plan)
{
    struct talk talk;
    steps_asks_cookie(&talk, plan);
    talk_end(&talk);
    steps_stranger(plan);
}

/* ---- two rekeys at once ---- */

static void temporary_failure(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    talk_put_rekey(&talk, plan->spi, plan->spi ^ TALK_SPI_NEXT, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: a rekey");
    draft_notify(&talk.draft, IKE_N_TEMPORARY_FAILURE, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "TEMPORARY_FAILURE");
    talk_end(&talk);
}

static void child_not_found(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    talk_put_rekey(&talk, plan->spi, plan->spi ^ TALK_SPI_NEXT, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: a rekey");
    draft_notify_spi(&talk.draft, IKE_N_CHILD_SA_NOT_FOUND, PROTOCOL_ESP, plan->spi, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "CHILD_SA_NOT_FOUND");
    talk_end(&talk);
}

static void crossing(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    talk_put_rekey(&talk, plan->spi, plan->spi ^ TALK_SPI_NEXT, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: a rekey of the one");
    talk_put_rekey(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi ^ STEPS_CROSS_SPI, 5);
    talk_ask(&talk, IKE_RESPONDER, TALK_CHILD, "CREATE_CHILD_SA: a rekey of the other, before the answer");
    talk_put_rekey(&talk, 0, plan->spi ^ STEPS_CROSS_SPI ^ TALK_SPI_BACK, 6);
    talk_answer(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA, answered by the one");
    talk_put_rekey(&talk, 0, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK, 4);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "CREATE_CHILD_SA, answered by the other");
    talk_end(&talk);
}

static void answered_twice(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "INFORMATIONAL");
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "its answer");
    draft_notify(&talk.draft, IKE_N_SET_WINDOW_SIZE, "\0\0\0\1", 4);
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "another answer to the same request");
    talk_end(&talk);
}

/* ---- peers that move ---- */

static void mobike(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_SRC_BEGINS);
    draft_notify(&talk.draft, IKE_N_UPDATE_SA_ADDRESSES, NULL, 0);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "UPDATE_SA_ADDRESSES");
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "its answer");
    talk_end(&talk);
}

static void moved(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk.host[IKE_INITIATOR].bytes[plan->src.family == 4 ? 3 : 15] ^= 0x20;
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    talk.host[IKE_INITIATOR] = plan->src;
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "INFORMATIONAL from another address");
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "its answer");
    talk_end(&talk);
}

static void redirect(struct plan *plan)
{
    uint8_t gateway[2 + 16] = { plan->other.family == 4 ? 1 : 2, plan->other.family == 4 ? 4 : 16 };
    struct talk talk;
    memcpy(gateway + 2, plan->other.bytes, gateway[1]);
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_put_init(&talk, talk_group(&talk), 1);
    talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT");
    draft_notify(&talk.draft, IKE_N_REDIRECT, gateway, 2u + gateway[1]);
    talk_answer(&talk, IKE_RESPONDER, TALK_SA_INIT, "REDIRECT to another gateway");
    talk_end(&talk);
}

static void initial_contact(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    talk_end(&talk);
    plan_wait(plan, 5 * PLAN_SECOND);
    talk_start(&talk, plan, TALK_SRC_BEGINS, 2);
    talk_init(&talk);
    draft_notify(&talk.draft, IKE_N_INITIAL_CONTACT, NULL, 0);
    talk_auth(&talk, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK);
    talk_auth_answer(&talk, plan->spi ^ TALK_SPI_NEXT);
    talk_end(&talk);
}

/* ---- complaints, each of them the source's ---- */

static void invalid_ike_spi(struct plan *plan)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    plan_wait(plan, 10 * PLAN_SECOND);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "is the peer there? (dead peer detection)");
    draft_notify(&talk.draft, IKE_N_INVALID_IKE_SPI, NULL, 0);
    talk_answer_clear(&talk, IKE_RESPONDER, TALK_INFORM, "INVALID_IKE_SPI, in clear");
    talk_end(&talk);
}

static void steps_complains(struct plan *plan, uint16_t notify, uint32_t spi, const void *data, uint32_t length, const char *what)
{
    struct talk talk;
    steps_up(&talk, plan, TALK_DST_BEGINS);
    if (notify == IKE_N_INVALID_SELECTORS) {
        struct plan_sa *sa = talk_esp(&talk, IKE_RESPONDER, spi);
        plan_send(plan, sa, "on the Child SA");
    }
    if (spi != 0)
        draft_notify_spi(&talk.draft, notify, PROTOCOL_ESP, spi, data, length);
    else
        draft_notify(&talk.draft, notify, data, length);
    talk_ask(&talk, IKE_RESPONDER, TALK_INFORM, what);
    talk_answer(&talk, IKE_INITIATOR, TALK_INFORM, "its answer");
    talk_end(&talk);
}

static void invalid_message_id(struct plan *plan)
{
    steps_complains(plan, IKE_N_INVALID_MESSAGE_ID, 0, "\0\0\0\7", 4, "INVALID_MESSAGE_ID");
}

static void invalid_selectors(struct plan *plan)
{
    static const uint8_t start[40] = { 0x45, 0, 0, 40, 0, 1, 0, 0, 64, 17, 0x66, 0xc0, 192, 168, 9, 1, 10, 2, 0, 1 };
    steps_complains(plan, IKE_N_INVALID_SELECTORS, plan->spi ^ TALK_SPI_BACK, start, sizeof start, "INVALID_SELECTORS");
}

static void invalid_spi_packets(struct plan *plan, struct talk *talk, uint32_t spi)
{
    struct plan_sa *sa = talk_esp(talk, IKE_RESPONDER, spi);
    for (uint32_t left = plan_count(plan, 3); left > 0; left--)
        plan_send(plan, sa, "on an SPI that the other side does not have");
}

/* The reporter is the source: the packets come to it. */
static void invalid_spi_clear(struct plan *plan)
{
    struct talk talk;
    uint8_t spi[4];
    bytes_put32(spi, plan->spi);
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_NEXT, plan->spi ^ TALK_SPI_BACK);
    invalid_spi_packets(plan, &talk, plan->spi);
    struct draft_head head = { .spi_i = talk.spi[IKE_INITIATOR], .spi_r = talk.spi[IKE_RESPONDER], .version = IKE_VERSION_2,
                               .exchange = TALK_INFORM };
    draft_notify(&talk.draft, IKE_N_INVALID_SPI, spi, sizeof spi);
    talk_head(&talk, IKE_RESPONDER, &head, "INVALID_SPI, in clear");
    talk_end(&talk);
}

static void invalid_spi_sealed(struct plan *plan)
{
    struct talk talk;
    uint8_t spi[4];
    bytes_put32(spi, plan->spi);
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_NEXT, plan->spi ^ TALK_SPI_BACK);
    invalid_spi_packets(plan, &talk, plan->spi);
    draft_notify(&talk.draft, IKE_N_INVALID_SPI, spi, sizeof spi);
    talk_ask(&talk, IKE_RESPONDER, TALK_INFORM, "INVALID_SPI, inside the IKE SA");
    talk_answer(&talk, IKE_INITIATOR, TALK_INFORM, "its answer");
    talk_end(&talk);
}

/* ---- weak algorithms and old versions ---- */

static void weak(struct plan *plan)
{
    static const struct draft_choice old[] = { { 1, 3, 0 }, { 2, 1, 0 }, { 3, 1, 0 }, { 4, 2, 0 } }; /* 3DES, MD5, MD5, 1024-bit MODP */
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    for (unsigned by = 0; by < IKE_SIDES; by++) {
        draft_sa(&talk.draft, 1, NULL, 0, old, sizeof old / sizeof old[0]);
        draft_ke(&talk.draft, 2, (uint8_t)by);
        draft_nonce(&talk.draft, (uint8_t)by);
        if (by == IKE_INITIATOR)
            talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT with 3DES, MD5 and group 2");
        else
            talk_answer(&talk, IKE_RESPONDER, TALK_SA_INIT, "which is accepted");
    }
    talk_end(&talk);
}

static void version1(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk1_up(&talk);
    talk1_quick(&talk, 99, plan->spi ^ TALK_SPI_BACK, plan->spi);
    talk_end(&talk);
}

static void aggressive(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk1_aggressive(&talk);
    draft_hash1(&talk.draft, 8);
    talk1_seal(&talk, IKE_INITIATOR, TALK1_AGGRESSIVE, 0, "aggressive mode, message 3, encrypted");
    talk_end(&talk);
}

#define OWN (RECIPE_OWN_SAS | RECIPE_ESP)
#define WAY (OWN | RECIPE_WAY)
#define STEPS_TO_SRC "the packets that the source reports go to it, and not to the destination"

const struct recipe recipes_ike_steps[] = {
    { "ike-invalid-spi-notify", "in-clear", "packets on an unknown SPI, and INVALID_SPI outside of any IKE SA", invalid_spi_clear, STEPS_TO_SRC,
      WAY | RECIPE_NO_KERNEL, NULL },
    { "ike-invalid-spi-notify", "in-ike-sa", "packets on an unknown SPI, and INVALID_SPI inside the IKE SA", invalid_spi_sealed, STEPS_TO_SRC,
      WAY | RECIPE_NO_KERNEL, NULL },
    { "ike-invalid-ike-spi", NULL, "dead peer detection, answered with INVALID_IKE_SPI in clear", invalid_ike_spi, NULL, OWN, NULL },
    { "ike-invalid-message-id", NULL, "INVALID_MESSAGE_ID inside the IKE SA", invalid_message_id, NULL, OWN, NULL },
    { "ike-invalid-selectors", NULL, "a packet, and INVALID_SELECTORS inside the IKE SA", invalid_selectors,
      "the notify tells what another host's kernel counted; the packet itself is a good one", OWN | RECIPE_NO_KERNEL, NULL },
    { "ike-answered-twice", NULL, "INFORMATIONAL with two different answers", answered_twice, NULL, OWN, NULL },
    { "ike-invalid-ke", "goes-on", "IKE_SA_INIT with another group than is wanted, and again with that one", invalid_ke, NULL, WAY, NULL },
    { "ike-invalid-ke", "ends", "IKE_SA_INIT with another group than is wanted, and nothing more", invalid_ke_ends, NULL, WAY, NULL },
    { "ike-cookie", "goes-on", "IKE_SA_INIT, a cookie, and IKE_SA_INIT with it", cookie, NULL, WAY, NULL },
    { "ike-cookie", "ends", "IKE_SA_INIT, a cookie, and nothing more", cookie_ends, NULL, WAY, NULL },
    { "ike-temporary-failure", NULL, "a rekey, answered with TEMPORARY_FAILURE", temporary_failure, NULL, OWN, NULL },
    { "ike-child-not-found", NULL, "a rekey, answered with CHILD_SA_NOT_FOUND", child_not_found, NULL, OWN, NULL },
    { "ike-crossing", NULL, "two rekeys that cross on the wire", crossing, NULL, OWN, NULL },
    { "ike-redirect", NULL, "IKE_SA_INIT, answered with REDIRECT", redirect, NULL, OWN, NULL },
    { "ike-mobike", "update-sa-addresses", "UPDATE_SA_ADDRESSES inside the IKE SA", mobike, NULL, WAY, NULL },
    { "ike-mobike", "other-address", "a message of the IKE SA from another address", moved, NULL, WAY, NULL },
    { "ike-initial-contact", NULL, "a second IKE SA with INITIAL_CONTACT", initial_contact, NULL, OWN, NULL },
    { "weak-ike", NULL, "IKE_SA_INIT that agrees on 3DES, MD5 and group 2", weak, NULL, OWN, NULL },
    { "ikev1-in-use", NULL, "main mode and quick mode of IKEv1", version1, NULL, OWN, NULL },
    { "ikev1-aggressive-psk", NULL, "aggressive mode with a pre-shared key", aggressive, NULL, OWN, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
