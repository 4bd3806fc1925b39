/* recipe_ike_refused: negotiations that end with an error notify, Windows' own status, and Child SAs without an inbound SPI. */
#include <string.h>

#include "decode/ike_notify.h"
#include "inject/talk1.h"

/* Which notify a way of ike-refused or ike-windows-status has, and its data. */
struct refused_way {
    const char *name;
    uint16_t notify;
    uint8_t exchange;        /* enum talk_exchange or talk1_exchange: what is refused */
    uint8_t data_length;
    uint8_t data[4];
};

static const struct refused_way refused_ways[] = {
    { "no-proposal-chosen", IKE_N_NO_PROPOSAL_CHOSEN, TALK_SA_INIT, 0, { 0 } },
    { "invalid-major-version", IKE_N_INVALID_MAJOR_VERSION, TALK_SA_INIT, 0, { 0 } },
    { "invalid-syntax", IKE_N_INVALID_SYNTAX, TALK_AUTH, 0, { 0 } },
    { "unsupported-critical-payload", IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, TALK_AUTH, 1, { 0x30 } },
    { "authentication-failed", IKE_N_AUTHENTICATION_FAILED, TALK_AUTH, 0, { 0 } },
    { "no-proposal-chosen-child", IKE_N_NO_PROPOSAL_CHOSEN, TALK_AUTH, 0, { 0 } },
    { "single-pair-required", IKE_N_SINGLE_PAIR_REQUIRED, TALK_AUTH, 0, { 0 } },
    { "internal-address-failure", IKE_N_INTERNAL_ADDRESS_FAILURE, TALK_AUTH, 0, { 0 } },
    { "failed-cp-required", IKE_N_FAILED_CP_REQUIRED, TALK_AUTH, 0, { 0 } },
    { "ts-unacceptable", IKE_N_TS_UNACCEPTABLE, TALK_AUTH, 0, { 0 } },
    { "no-additional-sas", IKE_N_NO_ADDITIONAL_SAS, TALK_CHILD, 0, { 0 } },
    { "status-13801", IKE_N_MS_STATUS, TALK_SA_INIT, 4, { 0x00, 0x00, 0x35, 0xe9 } },
    { "status-13857", IKE_N_MS_STATUS, TALK_SA_INIT, 4, { 0x00, 0x00, 0x36, 0x21 } },
    { "status-13857-hresult", IKE_N_MS_STATUS, TALK_SA_INIT, 4, { 0x80, 0x07, 0x36, 0x21 } },
    { "status-13868-swapped", IKE_N_MS_STATUS, TALK_SA_INIT, 4, { 0x2c, 0x36, 0x00, 0x00 } },
    { "status-13868-ikev1", IKE1_N_STATUS, TALK1_MAIN, 4, { 0x00, 0x00, 0x36, 0x2c } },
    { "status-unknown", IKE1_N_STATUS, TALK1_MAIN, 4, { 0x12, 0x34, 0x56, 0x78 } },
    { "ikev1-no-proposal-chosen-child", 14, TALK1_QUICK, 0, { 0 } },
    { "ikev1-invalid-id-information-child", 18, TALK1_QUICK, 0, { 0 } },
    { "ikev1-invalid-payload-type", 1, TALK1_MAIN, 0, { 0 } },
    { "ikev1-doi-not-supported", 2, TALK1_MAIN, 0, { 0 } },
    { "ikev1-situation-not-supported", 3, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-cookie", 4, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-major-version", 5, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-exchange-type", 7, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-message-id", 9, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-protocol-id", 10, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-transform-id", 12, TALK1_MAIN, 0, { 0 } },
    { "ikev1-attributes-not-supported", 13, TALK1_MAIN, 0, { 0 } },
    { "ikev1-no-proposal-chosen", 14, TALK1_MAIN, 0, { 0 } },
    { "ikev1-bad-proposal-syntax", 15, TALK1_MAIN, 0, { 0 } },
    { "ikev1-payload-malformed", 16, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-key-information", 17, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-id-information", 18, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-cert-encoding", 19, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-certificate", 20, TALK1_MAIN, 0, { 0 } },
    { "ikev1-cert-type-unsupported", 21, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-cert-authority", 22, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-hash-information", 23, TALK1_MAIN, 0, { 0 } },
    { "ikev1-authentication-failed", 24, TALK1_MAIN, 0, { 0 } },
    { "ikev1-invalid-signature", 25, TALK1_MAIN, 0, { 0 } },
    { "ikev1-unsupported-exchange-type", 29, TALK1_MAIN, 0, { 0 } },
    { "ikev1-unequal-payload-lengths", 30, TALK1_MAIN, 0, { 0 } },
};

static const struct refused_way *refused_way(const struct plan *plan)
{
    size_t at = 0, last = sizeof refused_ways / sizeof refused_ways[0] - 1;
    while (at < last && strcmp(refused_ways[at].name, plan->recipe->cause) != 0)
        at++;
    return &refused_ways[at];
}

/* IKEv2: the source refuses what the destination asks for, each attempt with IKE SPIs of its own. */
static void refused(struct plan *plan)
{
    const struct refused_way *way = refused_way(plan);
    uint32_t count = plan_count(plan, 1);
    for (uint32_t i = 0; i < count && !plan->failed; i++) {
        struct talk talk;
        talk_start(&talk, plan, TALK_DST_BEGINS, 2 * i + 1);
        if (way->exchange == TALK_SA_INIT) {
            talk_put_init(&talk, talk_group(&talk), 1);
            talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT");
        } else if (way->exchange == TALK_AUTH) {
            talk_init(&talk);
            talk_auth(&talk, plan->spi);
        } else {
            talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
            talk_put_rekey(&talk, 0, plan->spi ^ TALK_SPI_NEXT, 3);
            talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: one more Child SA");
        }
        draft_notify(&talk.draft, way->notify, way->data, way->data_length);
        talk_answer(&talk, IKE_RESPONDER, way->exchange, "answered with the notify");
        talk_end(&talk);
        plan_wait(plan, 30 * PLAN_SECOND);
    }
}

static void refused1(struct plan *plan)
{
    const struct refused_way *way = refused_way(plan);
    struct talk talk;
    talk1_start(&talk, plan, TALK_DST_BEGINS, 1);
    draft_sa1(&talk.draft);
    talk1_say(&talk, IKE_INITIATOR, TALK1_MAIN, 0, "main mode, message 1");
    draft_notify1(&talk.draft, way->notify, way->data, way->data_length);
    talk1_say(&talk, IKE_RESPONDER, TALK1_INFORM, 0, "an informational message with the notify, in clear");
    talk_end(&talk);
}

/* Message 5 cannot be read by a side that has another pre-shared key. */
static void refused_secret1(struct plan *plan)
{
    struct talk talk;
    talk1_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk1_main(&talk);
    talk1_identity(&talk, IKE_INITIATOR, "main mode, message 5, encrypted");
    draft_notify1(&talk.draft, 16, NULL, 0);
    talk1_say(&talk, IKE_RESPONDER, TALK1_INFORM, 0, "PAYLOAD-MALFORMED, in clear");
    talk_end(&talk);
}

/* Phase 2: the notify is encrypted. */
static void refused_quick1(struct plan *plan)
{
    const struct refused_way *way = refused_way(plan);
    struct talk talk;
    talk1_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk1_up(&talk);
    talk1_put_quick(&talk, plan->spi, 3);
    talk1_seal(&talk, IKE_INITIATOR, TALK1_QUICK, 99, "quick mode, message 1, encrypted");
    talk1_notify(&talk, IKE_RESPONDER, 100, way->notify, "an informational message with the notify, encrypted");
    talk_end(&talk);
}

static void refused_ike_rekey(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_put_ike_rekey(&talk, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: a new IKE SA in place of the old one");
    draft_notify(&talk.draft, IKE_N_NO_PROPOSAL_CHOSEN, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "NO_PROPOSAL_CHOSEN");
    talk_end(&talk);
}

static void refused_eap(struct plan *plan)
{
    static const uint8_t request[] = { 1, 1, 0, 5, 1 }, identity[] = { 2, 1, 0, 6, 1, 'a' }, failure[] = { 4, 2, 0, 4 };
    struct talk talk;
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_init(&talk);
    draft_id(&talk.draft, IKE2_IDI, "a.example"); /* no AUTH: it wants EAP (RFC 7296 2.16) */
    talk_put_child(&talk, plan->spi);
    talk_ask(&talk, IKE_INITIATOR, TALK_AUTH, "IKE_AUTH without a proof: EAP is wanted");
    talk_put_identity(&talk, IKE_RESPONDER);
    draft_payload(&talk.draft, IKE2_EAP, request, sizeof request);
    talk_answer(&talk, IKE_RESPONDER, TALK_AUTH, "EAP: who are you?");
    draft_payload(&talk.draft, IKE2_EAP, identity, sizeof identity);
    talk_ask(&talk, IKE_INITIATOR, TALK_AUTH, "EAP: an identity");
    draft_payload(&talk.draft, IKE2_EAP, failure, sizeof failure);
    talk_answer(&talk, IKE_RESPONDER, TALK_AUTH, "EAP: failure");
    talk_end(&talk);
}

/* The initiator does not believe the responder, and says so in an INFORMATIONAL exchange (RFC 7296 2.21.2). */
static void refused_responder(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    draft_notify(&talk.draft, IKE_N_AUTHENTICATION_FAILED, NULL, 0);
    talk_ask(&talk, IKE_INITIATOR, TALK_INFORM, "AUTHENTICATION_FAILED, of the initiator");
    talk_answer(&talk, IKE_RESPONDER, TALK_INFORM, "its answer");
    talk_end(&talk);
}

/* ---- 13857: no inbound SPI ---- */

static void getspi_spi(struct plan *plan, uint32_t spi)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    talk_auth(&talk, spi);
    talk_auth_answer(&talk, plan->spi);
    talk_end(&talk);
}

static void getspi_zero(struct plan *plan)
{
    getspi_spi(plan, 0);
}

static void getspi_reserved(struct plan *plan)
{
    getspi_spi(plan, 200);
}

static void getspi_same(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_BACK, plan->spi);
    talk_put_rekey(&talk, 0, plan->spi ^ TALK_SPI_BACK, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA with an SPI that its Child SA has already");
    talk_put_rekey(&talk, 0, plan->spi ^ TALK_SPI_NEXT, 4);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "CREATE_CHILD_SA, answered");
    talk_end(&talk);
}

static void getspi_accepted(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_up(&talk, plan->spi, plan->spi ^ TALK_SPI_BACK);
    talk_put_rekey(&talk, 0, plan->spi ^ TALK_SPI_NEXT, 3);
    talk_ask(&talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA with the proposal that was taken before");
    draft_notify(&talk.draft, IKE_N_NO_PROPOSAL_CHOSEN, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_CHILD, "NO_PROPOSAL_CHOSEN");
    talk_end(&talk);
}

static void getspi_no_child(struct plan *plan)
{
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_init(&talk);
    talk_auth(&talk, plan->spi);
    talk_put_identity(&talk, IKE_RESPONDER);
    draft_notify(&talk.draft, IKE_N_MOBIKE_SUPPORTED, NULL, 0);
    talk_answer(&talk, IKE_RESPONDER, TALK_AUTH, "IKE_AUTH, answered with neither a Child SA nor an error");
    talk_end(&talk);
}

#define WAY (RECIPE_OWN_SAS | RECIPE_ESP | RECIPE_WAY)
#define REFUSED(name, what) { "ike-refused", name, what, refused, NULL, WAY, NULL }
#define REFUSED1(name) { "ike-refused", "ikev1-" name, "the first message of main mode, refused with that notify", refused1, NULL, WAY, NULL }
#define STATUS(name, make) { "ike-windows-status", name, "a first message, answered with that status", make, NULL, WAY, NULL }

const struct recipe recipes_ike_refused[] = {
    REFUSED("no-proposal-chosen", "IKE_SA_INIT, refused with NO_PROPOSAL_CHOSEN"),
    REFUSED("invalid-major-version", "IKE_SA_INIT, refused with INVALID_MAJOR_VERSION"),
    REFUSED("authentication-failed", "IKE_AUTH, refused with AUTHENTICATION_FAILED"),
    REFUSED("ts-unacceptable", "IKE_AUTH, refused with TS_UNACCEPTABLE"),
    REFUSED("no-proposal-chosen-child", "IKE_AUTH, its Child SA refused with NO_PROPOSAL_CHOSEN"),
    REFUSED("single-pair-required", "IKE_AUTH, refused with SINGLE_PAIR_REQUIRED"),
    REFUSED("internal-address-failure", "IKE_AUTH, refused with INTERNAL_ADDRESS_FAILURE"),
    REFUSED("failed-cp-required", "IKE_AUTH, refused with FAILED_CP_REQUIRED"),
    REFUSED("invalid-syntax", "IKE_AUTH, refused with INVALID_SYNTAX"),
    REFUSED("unsupported-critical-payload", "IKE_AUTH, refused with UNSUPPORTED_CRITICAL_PAYLOAD"),
    REFUSED("no-additional-sas", "CREATE_CHILD_SA, refused with NO_ADDITIONAL_SAS"),
    { "ike-refused", "ike-rekey", "a rekey of the IKE SA, refused with NO_PROPOSAL_CHOSEN", refused_ike_rekey, NULL, WAY, NULL },
    { "ike-refused", "eap-failure", "IKE_AUTH with EAP, which ends with EAP Failure", refused_eap, NULL, WAY, NULL },
    { "ike-refused", "by-initiator", "IKE_AUTH answered, and AUTHENTICATION_FAILED from the initiator", refused_responder, NULL, WAY, NULL },
    { "ike-refused", "ikev1-wrong-secret", "the first encrypted message of main mode, refused with PAYLOAD-MALFORMED", refused_secret1, NULL,
      WAY, NULL },
    { "ike-refused", "ikev1-no-proposal-chosen-child", "quick mode, refused with NO-PROPOSAL-CHOSEN", refused_quick1, NULL, WAY, NULL },
    { "ike-refused", "ikev1-invalid-id-information-child", "quick mode, refused with INVALID-ID-INFORMATION: the networks", refused_quick1, NULL, WAY, NULL },
    REFUSED1("no-proposal-chosen"), REFUSED1("authentication-failed"), REFUSED1("invalid-id-information"), REFUSED1("invalid-payload-type"),
    REFUSED1("doi-not-supported"), REFUSED1("situation-not-supported"), REFUSED1("invalid-cookie"), REFUSED1("invalid-major-version"),
    REFUSED1("invalid-exchange-type"), REFUSED1("invalid-message-id"), REFUSED1("invalid-protocol-id"), REFUSED1("invalid-transform-id"),
    REFUSED1("attributes-not-supported"), REFUSED1("bad-proposal-syntax"), REFUSED1("payload-malformed"),
    REFUSED1("invalid-key-information"), REFUSED1("invalid-cert-encoding"), REFUSED1("invalid-certificate"),
    REFUSED1("cert-type-unsupported"), REFUSED1("invalid-cert-authority"), REFUSED1("invalid-hash-information"),
    REFUSED1("invalid-signature"), REFUSED1("unsupported-exchange-type"), REFUSED1("unequal-payload-lengths"),
    STATUS("status-13801", refused), STATUS("status-13857", refused), STATUS("status-13857-hresult", refused),
    STATUS("status-13868-swapped", refused), STATUS("status-13868-ikev1", refused1), STATUS("status-unknown", refused1),
    { "ike-getspi", "zero-spi", "IKE_AUTH with SPI 0 in its proposal", getspi_zero, NULL, WAY, NULL },
    { "ike-getspi", "reserved-spi", "IKE_AUTH with a reserved SPI in its proposal", getspi_reserved, NULL, WAY, NULL },
    { "ike-getspi", "same-spi", "CREATE_CHILD_SA with the SPI of a Child SA that lives", getspi_same, NULL, WAY, NULL },
    { "ike-getspi", "accepted-before", "a proposal refused that was taken before, word for word", getspi_accepted, NULL, WAY, "ike-refused" },
    { "ike-getspi", "no-child", "IKE_AUTH answered with neither a Child SA nor an error", getspi_no_child, NULL, WAY, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
