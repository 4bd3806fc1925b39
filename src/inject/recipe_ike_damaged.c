/* recipe_ike_damaged: IKE messages whose form is wrong in one place. */
#include <string.h>

#include "inject/talk1.h"

enum damaged_in { IN_SA_INIT, IN_AUTH, IN_INFORM, IN_AGGRESSIVE, IN_AUTHIP };

enum { CRITICAL = 0x80, TYPE_UNASSIGNED = 200, EXCHANGE_UNASSIGNED = 77 };

/* One payload that is wrong among others that are right. */
struct damaged_way {
    const char *name;
    uint8_t in;            /* enum damaged_in */
    uint8_t type;          /* of the payload */
    uint8_t length;
    uint8_t body[24];
};

static const struct damaged_way damaged_ways[] = {
    { "sa", IN_SA_INIT, IKE2_SA, 3, { 0 } },
    { "proposal", IN_SA_INIT, IKE2_SA, 16, { 9, 0, 0, 16, 1, 1, 0, 1, 0, 0, 0, 8, 1, 0, 0, 20 } }, /* more-follows of 9 */
    { "transform", IN_SA_INIT, IKE2_SA, 16, { 0, 0, 0, 16, 1, 1, 0, 1, 0, 0, 0, 4, 1, 0, 0, 20 } }, /* 4 bytes long */
    { "key-exchange", IN_SA_INIT, IKE2_KE, 12, { 0, 19, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 } },
    { "nonce", IN_SA_INIT, IKE2_NONCE, 8, { 1, 2, 3, 4, 5, 6, 7, 8 } },
    { "notify", IN_SA_INIT, IKE2_NOTIFY, 6, { 3, 4, 0x40, 0, 1, 2 } }, /* an SPI of 4 bytes, of which 2 are there */
    { "vendor-id", IN_SA_INIT, IKE2_VENDOR, 0, { 0 } },
    { "certificate-request", IN_SA_INIT, IKE2_CERTREQ, 11, { 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } }, /* no hash of 20 bytes */
    { "id", IN_AUTH, IKE2_IDI, 6, { 1, 0, 0, 0, 10, 1 } }, /* an IPv4 address of 2 bytes */
    { "certificate", IN_AUTH, IKE2_CERT, 1, { 4 } },
    { "traffic-selector", IN_AUTH, IKE2_TSI, 20, { 2, 0, 0, 0, 7, 0, 0, 16, 0, 0, 255, 255, 10, 1, 0, 0, 10, 1, 0, 255 } }, /* one of two */
    { "delete", IN_INFORM, IKE2_DELETE, 8, { 3, 4, 0, 5, 1, 2, 3, 4 } }, /* one SPI of five */
    { "doi", IN_AGGRESSIVE, IKE1_SA, 8, { 0, 0, 0, 7, 0, 0, 0, 1 } },
    { "situation", IN_AGGRESSIVE, IKE1_SA, 8, { 0, 0, 0, 1, 0, 0, 0, 9 } },
    { "hash", IN_AGGRESSIVE, IKE1_HASH, 5, { 1, 2, 3, 4, 5 } },
    { "signature", IN_AGGRESSIVE, IKE1_SIG, 0, { 0 } },
    { "nat-original-address", IN_AGGRESSIVE, IKE1_NATOA, 6, { 1, 0, 0, 0, 10, 1 } },
    { "authip-methods", IN_AUTHIP, AUTHIP_AUTH, 3, { 0, 0, 1 } },
};

static const struct damaged_way *damaged_way(const struct plan *plan)
{
    size_t at = 0, last = sizeof damaged_ways / sizeof damaged_ways[0] - 1;
    while (at < last && strcmp(damaged_ways[at].name, plan->recipe->cause) != 0)
        at++;
    return &damaged_ways[at];
}

static void damaged_put(struct talk *talk, const struct damaged_way *way)
{
    draft_payload(&talk->draft, way->type, way->body, way->length);
}

/* The damaged payload stands where its like would, or at the end. */
static void damaged_init(struct talk *talk, const struct damaged_way *way)
{
    if (way->type == IKE2_SA)
        damaged_put(talk, way);
    else
        talk_put_offer(talk);
    if (way->type == IKE2_KE)
        damaged_put(talk, way);
    else
        draft_ke(&talk->draft, talk_group(talk), 1);
    if (way->type == IKE2_NONCE)
        damaged_put(talk, way);
    else
        draft_nonce(&talk->draft, 1);
    if (way->type > IKE2_NONCE || way->type == IKE2_CERTREQ)
        damaged_put(talk, way);
    talk_ask(talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT with a damaged payload");
}

static void damaged_auth(struct talk *talk, const struct damaged_way *way)
{
    uint32_t spi = talk->plan->spi;
    talk_init(talk);
    damaged_put(talk, way);
    talk_auth(talk, spi);
}

static void damaged_inform(struct talk *talk, const struct damaged_way *way)
{
    uint32_t spi = talk->plan->spi;
    talk_up(talk, ~spi, spi);
    damaged_put(talk, way);
    talk_ask(talk, IKE_INITIATOR, TALK_INFORM, "INFORMATIONAL with a damaged payload");
    talk_answer(talk, IKE_RESPONDER, TALK_INFORM, "its answer");
}

static void damaged(struct plan *plan)
{
    const struct damaged_way *way = damaged_way(plan);
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    if (way->in == IN_SA_INIT)
        damaged_init(&talk, way);
    else if (way->in == IN_AUTH)
        damaged_auth(&talk, way);
    else
        damaged_inform(&talk, way);
    talk_end(&talk);
}

static void damaged1(struct plan *plan)
{
    const struct damaged_way *way = damaged_way(plan);
    struct talk talk;
    talk1_start(&talk, plan, TALK_SRC_BEGINS, 1);
    if (way->type != IKE1_SA)
        draft_sa1(&talk.draft);
    damaged_put(&talk, way);
    talk1_say(&talk, IKE_INITIATOR, way->in == IN_AUTHIP ? TALK1_AUTHIP_MAIN : TALK1_AGGRESSIVE, 0, "a first message with a damaged payload");
    talk_end(&talk);
}

/* ---- the header and the chain ---- */

static void damaged_head(struct plan *plan)
{
    static const uint8_t zero[8];
    const char *way = plan->recipe->cause;
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    struct draft_head head = { .spi_i = talk.spi[IKE_INITIATOR], .spi_r = zero, .version = IKE_VERSION_2, .exchange = TALK_SA_INIT,
                               .flags = IKE_FLAG_INITIATOR };
    if (strcmp(way, "header-spi") == 0)
        head.spi_i = zero;
    else if (strcmp(way, "header-version") == 0)
        head.version = 5;
    else if (strcmp(way, "header-exchange") == 0)
        head.exchange = EXCHANGE_UNASSIGNED;
    else
        head.beyond = 100;
    talk_put_init(&talk, talk_group(&talk), 1);
    talk_head(&talk, IKE_INITIATOR, &head, "IKE_SA_INIT with a damaged header");
    talk_end(&talk);
}

static void damaged_chain(struct plan *plan)
{
    const char *way = plan->recipe->cause;
    struct talk talk;
    talk_start(&talk, plan, TALK_SRC_BEGINS, 1);
    talk_put_init(&talk, talk_group(&talk), 1);
    uint8_t *bytes = talk.draft.bytes, *last = bytes + talk.draft.last_at;
    if (strcmp(way, "payload-short") == 0)
        bytes[3] = 3;
    else if (strcmp(way, "payload-beyond") == 0)
        last[2] = 9;
    else if (strcmp(way, "chain-unended") == 0)
        last[0] = IKE2_NOTIFY;
    else if (strcmp(way, "chain-trailing") == 0)
        last[3] = 20;
    else { /* critical */
        draft_payload(&talk.draft, TYPE_UNASSIGNED, "?", 1);
        bytes[talk.draft.last_at + 1] = CRITICAL;
    }
    talk_ask(&talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT with a damaged chain of payloads");
    talk_end(&talk);
}

#define WAY (RECIPE_OWN_SAS | RECIPE_ESP | RECIPE_WAY | RECIPE_MALFORMED)
#define DAMAGED(name, make, what) { "ike-damaged", name, what, make, NULL, WAY, NULL }

const struct recipe recipes_ike_damaged[] = {
    DAMAGED("header-length", damaged_head, "IKE_SA_INIT whose length field claims 100 bytes too many"),
    DAMAGED("header-spi", damaged_head, "IKE_SA_INIT whose initiator's SPI is zero"),
    DAMAGED("header-exchange", damaged_head, "a first message of an exchange type that nobody assigned"),
    DAMAGED("header-version", damaged_head, "IKE_SA_INIT of version 5"),
    DAMAGED("payload-short", damaged_chain, "IKE_SA_INIT with a payload of 3 bytes"),
    DAMAGED("payload-beyond", damaged_chain, "IKE_SA_INIT with a payload that reaches beyond its end"),
    DAMAGED("chain-unended", damaged_chain, "IKE_SA_INIT that announces one more payload at its end"),
    DAMAGED("chain-trailing", damaged_chain, "IKE_SA_INIT with bytes behind its last payload"),
    DAMAGED("critical-payload", damaged_chain, "IKE_SA_INIT with a critical payload of an unassigned type"),
    DAMAGED("sa", damaged, "IKE_SA_INIT with an SA payload without room for a proposal"),
    DAMAGED("proposal", damaged, "IKE_SA_INIT with an impossible proposal"),
    DAMAGED("transform", damaged, "IKE_SA_INIT with a transform of 4 bytes"),
    DAMAGED("key-exchange", damaged, "IKE_SA_INIT with too short a public value"),
    DAMAGED("nonce", damaged, "IKE_SA_INIT with a nonce of 8 bytes"),
    DAMAGED("notify", damaged, "IKE_SA_INIT with a notify that is shorter than its SPI"),
    DAMAGED("vendor-id", damaged, "IKE_SA_INIT with an empty vendor ID"),
    DAMAGED("certificate-request", damaged, "IKE_SA_INIT with a certificate request without a whole hash"),
    DAMAGED("id", damaged, "IKE_AUTH with an IPv4 address of 2 bytes as identity"),
    DAMAGED("certificate", damaged, "IKE_AUTH with a certificate payload without a certificate"),
    DAMAGED("traffic-selector", damaged, "IKE_AUTH with one traffic selector where two are announced"),
    DAMAGED("delete", damaged, "a Delete of five SPIs that holds one"),
    DAMAGED("doi", damaged1, "aggressive mode with an unknown domain of interpretation"),
    DAMAGED("situation", damaged1, "aggressive mode with a situation that is not identity only"),
    DAMAGED("hash", damaged1, "aggressive mode with a hash of 5 bytes"),
    DAMAGED("signature", damaged1, "aggressive mode with an empty signature"),
    DAMAGED("nat-original-address", damaged1, "aggressive mode with an original address of 2 bytes"),
    DAMAGED("authip-methods", damaged1, "AuthIP main mode with a list of methods of 3 bytes"),
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
