/* talk1: main, aggressive and quick mode, and informational messages. */
#include "inject/talk1.h"

#include <string.h>

enum { CIPHER_AES_CBC = 7, HASH_SHA2_256 = 4, KEY_SIZE = 32, BLOCK = 16 }; /* as draft_sa1() offers */

/* The IV of phase 1 is a hash over both public values. */
static void talk1_begin(struct talk *talk)
{
    struct error error;
    struct draft *draft = &talk->draft;
    uint32_t at[IKE_SIDES];
    talk->keys.encryption_key[IKE_INITIATOR] = talk_key(talk, KEY_SIZE, 0);
    for (unsigned by = 0; by < IKE_SIDES; by++) {
        at[by] = draft->length + IKE_PAYLOAD_HEADER;
        draft_ke1(draft, (uint8_t)by);
    }
    bool made = ike1_iv_phase1(ike1_digest(HASH_SHA2_256), BLOCK, draft->bytes + at[0], at[1] - IKE_PAYLOAD_HEADER - at[0],
                               draft->bytes + at[1], draft->length - at[1], &talk->phase1);
    *draft = (struct draft){ .first = 0 };
    if (talk->plan->failed)
        return;
    talk->sealer1 = ike1_sealer_create(ike1_encryption(CIPHER_AES_CBC), talk->keys.encryption_key[IKE_INITIATOR], &error);
    if (talk->sealer1 == NULL || !made)
        plan_fail(talk->plan, "%s", made ? error.message : "libcrypto lacks SHA2-256");
}

void talk1_start(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number)
{
    talk_hosts(talk, plan, who, number);
    talk->version = IKE_VERSION_1;
    talk1_begin(talk);
}

/* ---- messages ---- */

static struct draft_head talk1_head(const struct talk *talk, enum talk1_exchange exchange, uint32_t message_id, uint8_t flags)
{
    return (struct draft_head){ .spi_i = talk->spi[IKE_INITIATOR], .spi_r = talk->spi[IKE_RESPONDER], .version = IKE_VERSION_1,
                                .exchange = (uint8_t)exchange, .message_id = message_id, .flags = flags };
}

void talk1_say(struct talk *talk, enum ike_side by, enum talk1_exchange exchange, uint32_t message_id, const char *what)
{
    static const uint8_t unknown[8];
    struct draft_head head = talk1_head(talk, exchange, message_id, 0);
    if (by == IKE_INITIATOR && message_id == 0 && talk->draft.first == IKE1_SA)
        head.spi_r = unknown;
    talk_head(talk, by, &head, what);
}

void talk1_seal(struct talk *talk, enum ike_side by, enum talk1_exchange exchange, uint32_t message_id, const char *what)
{
    struct draft_head head = talk1_head(talk, exchange, message_id, IKE_FLAG_ENCRYPTED);
    struct ike1_iv *iv = message_id == 0 ? &talk->phase1 : &talk->exchange;
    if (talk->sealer1 == NULL)
        return; /* the plan has failed */
    bool made = true;
    if (message_id != 0 && message_id != talk->exchange_id) {
        made = ike1_iv_phase2(ike1_digest(HASH_SHA2_256), &talk->phase1, message_id, iv);
        talk->exchange_id = message_id;
    }
    made = made && draft_sealed1(&talk->draft, &head, talk->sealer1, iv, talk_before(talk), &talk->plan->content);
    talk->sealed++;
    talk_made(talk, by, made, what);
}

void talk1_notify(struct talk *talk, enum ike_side by, uint32_t message_id, uint16_t type, const char *what)
{
    draft_hash1(&talk->draft, (uint8_t)message_id);
    draft_notify1(&talk->draft, type, NULL, 0);
    talk1_seal(talk, by, TALK1_INFORM, message_id, what);
}

/* ---- steps ---- */

void talk1_main(struct talk *talk)
{
    for (unsigned by = 0; by < IKE_SIDES; by++) {
        draft_sa1(&talk->draft);
        talk1_say(talk, by, TALK1_MAIN, 0, by == IKE_INITIATOR ? "main mode, message 1" : "main mode, message 2");
    }
    for (unsigned by = 0; by < IKE_SIDES; by++) {
        draft_ke1(&talk->draft, (uint8_t)by);
        draft_nonce1(&talk->draft, (uint8_t)by);
        talk1_say(talk, by, TALK1_MAIN, 0, by == IKE_INITIATOR ? "main mode, message 3" : "main mode, message 4");
    }
}

static const char *talk1_name(enum ike_side by)
{
    return by == IKE_INITIATOR ? "a.example" : "b.example";
}

void talk1_identity(struct talk *talk, enum ike_side by, const char *what)
{
    draft_id1(&talk->draft, talk1_name(by));
    draft_hash1(&talk->draft, (uint8_t)by);
    talk1_seal(talk, by, TALK1_MAIN, 0, what);
}

void talk1_up(struct talk *talk)
{
    talk1_main(talk);
    talk1_identity(talk, IKE_INITIATOR, "main mode, message 5, encrypted");
    talk1_identity(talk, IKE_RESPONDER, "main mode, message 6, encrypted");
}

void talk1_aggressive(struct talk *talk)
{
    for (unsigned by = 0; by < IKE_SIDES; by++) {
        draft_sa1(&talk->draft);
        draft_ke1(&talk->draft, (uint8_t)by);
        draft_nonce1(&talk->draft, (uint8_t)by);
        draft_id1(&talk->draft, talk1_name(by));
        if (by == IKE_RESPONDER)
            draft_hash1(&talk->draft, 9);
        talk1_say(talk, by, TALK1_AGGRESSIVE, 0, by == IKE_INITIATOR ? "aggressive mode, message 1" : "aggressive mode, message 2");
    }
}

void talk1_put_quick(struct talk *talk, uint32_t spi, uint8_t seed)
{
    static const uint8_t here[4] = { 10, 1, 0, 0 }, there[4] = { 10, 2, 0, 0 }, mask[4] = { 255, 255, 255, 0 };
    struct addr own = addr_ip4(here), other = addr_ip4(there), bits = addr_ip4(mask);
    draft_hash1(&talk->draft, seed);
    draft_esp1(&talk->draft, spi);
    draft_nonce1(&talk->draft, seed);
    draft_network1(&talk->draft, &own, &bits);
    draft_network1(&talk->draft, &other, &bits);
}

void talk1_quick(struct talk *talk, uint32_t message_id, uint32_t spi_i, uint32_t spi_r)
{
    talk1_put_quick(talk, spi_i, 3);
    talk1_seal(talk, IKE_INITIATOR, TALK1_QUICK, message_id, "quick mode, message 1, encrypted");
    talk1_put_quick(talk, spi_r, 4);
    talk1_seal(talk, IKE_RESPONDER, TALK1_QUICK, message_id, "quick mode, message 2, encrypted");
    draft_hash1(&talk->draft, 5);
    talk1_seal(talk, IKE_INITIATOR, TALK1_QUICK, message_id, "quick mode, message 3, encrypted");
}
