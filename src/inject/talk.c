/* talk: messages of IKE sessions, in the order that a row says them. */
#include "inject/talk.h"

#include <string.h>

#include "decode/ike_notify.h"

enum { PORT_IKE = 500, PORT_NATT = 4500, MARKER = 4, PROTOCOL_IKE = 1, PROTOCOL_ESP = 3, GROUP_ECP = 19, GROUP_MODP = 14 };
enum { ENCR = 1, PRF, INTEG, KE, ESN };

/* Odd numbers have AES-GCM, even ones AES-CBC and HMAC (RFC 7296 3.3.2; numbers of the IANA registry). */
static const struct draft_choice talk_gcm[] = { { ENCR, 20, 256 }, { PRF, 5, 0 }, { KE, GROUP_ECP, 0 } };
static const struct draft_choice talk_cbc[] = { { ENCR, 12, 256 }, { PRF, 5, 0 }, { INTEG, 12, 0 }, { KE, GROUP_MODP, 0 } };
static const struct draft_choice talk_esp_offer[] = { { ENCR, 20, 128 }, { ESN, 0, 0 } };

static bool talk_is_gcm(const struct talk *talk)
{
    return talk->number % 2 == 1;
}

/* ---- keys ---- */

struct secret talk_key(struct talk *talk, unsigned length, unsigned number)
{
    uint8_t bytes[SECRET_MAX];
    for (unsigned i = 0; i < length && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(29 + i * 11 + number * 53 + talk->number * 97 + i * number);
    struct secret kept = secrets_keep(talk->plan->secrets, bytes, length);
    if (kept.length != length)
        plan_fail(talk->plan, "no memory for keys");
    return kept;
}

static void talk_hex(struct text *out, const uint8_t *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        text_printf(out, "%02x", bytes[i]);
}

static void talk_row2(struct talk *talk, struct text *out)
{
    const struct ike_params *params = &talk->keys;
    bool gcm = talk_is_gcm(talk);
    text_char(out, ',');
    talk_hex(out, talk->spi[IKE_RESPONDER], 8);
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        text_char(out, ',');
        talk_hex(out, params->encryption_key[side].bytes, params->encryption_key[side].length);
    }
    text_put(out, gcm ? ",\"AES-GCM-256 with 16 octet ICV [RFC5282]\"" : ",\"AES-CBC-256 [RFC3602]\"");
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        text_char(out, ',');
        talk_hex(out, params->integrity_key[side].bytes, params->integrity_key[side].length);
    }
    text_put(out, gcm ? ",\"NONE [RFC4306]\"" : ",\"HMAC_SHA2_256_128 [RFC4868]\"");
}

/* As Wireshark's tables have them: of IKEv1 the initiator's cookie and the key. */
static void talk_row(struct talk *talk)
{
    struct text *out = &talk->plan->ike_keys;
    bool two = talk->version == IKE_VERSION_2;
    if (out->length == 0)
        text_printf(out, "# Keys of the IKE SAs in the capture beside this file: for `esplain read -k`, and Wireshark as ikev%u_decryption_table. Made by\n"
                         "# esplain reproduce; they are made up and must open nothing else.\n", two ? 2u : 1u);
    talk_hex(out, talk->spi[IKE_INITIATOR], 8);
    if (two) {
        talk_row2(talk, out);
    } else {
        text_char(out, ',');
        talk_hex(out, talk->keys.encryption_key[IKE_INITIATOR].bytes, talk->keys.encryption_key[IKE_INITIATOR].length);
    }
    text_char(out, '\n');
}

static void talk_keys(struct talk *talk)
{
    bool gcm = talk_is_gcm(talk);
    struct error error;
    struct ike_params params = { .encryption = suite_encryption_by_iana(gcm ? 20 : 12),
                                 .integrity = gcm ? NULL : suite_integrity_by_iana(12) };
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        params.encryption_key[side] = talk_key(talk, gcm ? 36 : 32, side);
        if (!gcm)
            params.integrity_key[side] = talk_key(talk, 32, 2 + side);
    }
    if (talk->plan->failed)
        return;
    talk->keys = params;
    talk->sealer = ike_sealer_create(&params, &error);
    if (talk->sealer == NULL)
        plan_fail(talk->plan, "%s", error.message);
}

/* ---- the whole ---- */

void talk_hosts(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number)
{
    *talk = (struct talk){ .plan = plan, .version = IKE_VERSION_2, .number = number, .port = PORT_IKE };
    talk->host[IKE_INITIATOR] = who == TALK_SRC_BEGINS ? plan->src : plan->dst;
    talk->host[IKE_RESPONDER] = who == TALK_SRC_BEGINS ? plan->dst : plan->src;
    for (unsigned side = 0; side < IKE_SIDES; side++)
        for (unsigned i = 0; i < 8; i++)
            talk->spi[side][i] = (uint8_t)(0x1b + number * 37 + side * 101 + i * (23 + 2 * number) + (number >> 8) * (i + 1) * 29);
}

void talk_start(struct talk *talk, struct plan *plan, enum talk_who who, unsigned number)
{
    talk_hosts(talk, plan, who, number);
    talk_keys(talk);
}

void talk_end(struct talk *talk)
{
    if (talk->sealed != 0 && !talk->plan->failed && !talk->hidden)
        talk_row(talk);
    ike_sealer_destroy(talk->sealer);
    ike1_sealer_destroy(talk->sealer1);
    talk->sealer = NULL;
    talk->sealer1 = NULL;
}

/* ---- messages ---- */

uint32_t talk_before(const struct talk *talk)
{
    memset(talk->plan->content.bytes, 0, MARKER);
    return talk->port == PORT_NATT ? MARKER : 0;
}

static void talk_put_packet(struct talk *talk, enum ike_side by, bool made, const char *what)
{
    struct plan *plan = talk->plan;
    if (!made)
        plan_fail(plan, "an IKE message could not be made");
    if (plan->failed)
        return;
    plan_udp(plan, &talk->host[by], &talk->host[by ^ 1], talk->port, talk->port, plan->content.bytes, plan->content.length);
    if (!talk->hold)
        plan_put(plan, what);
}

static void talk_empty(struct talk *talk)
{
    talk->draft.first = 0;
    talk->draft.length = 0;
    talk->draft.full = false;
}

void talk_made(struct talk *talk, enum ike_side by, bool made, const char *what)
{
    talk_put_packet(talk, by, made, what);
    talk_empty(talk);
}

void talk_head(struct talk *talk, enum ike_side by, const struct draft_head *head, const char *what)
{
    bool made = draft_clear(&talk->draft, head, talk_before(talk), &talk->plan->content);
    talk_made(talk, by, made, what);
}

static struct draft_head talk_header(const struct talk *talk, enum ike_side by, enum talk_exchange exchange, uint32_t message_id, bool answer)
{
    static const uint8_t unknown[8];
    bool first = exchange == TALK_SA_INIT && !answer;
    return (struct draft_head){ .spi_i = talk->spi[IKE_INITIATOR], .spi_r = first ? unknown : talk->spi[IKE_RESPONDER],
                                .version = IKE_VERSION_2, .exchange = (uint8_t)exchange, .message_id = message_id,
                                .flags = (uint8_t)((by == IKE_INITIATOR ? IKE_FLAG_INITIATOR : 0) | (answer ? IKE_FLAG_RESPONSE : 0)) };
}

static void talk_say(struct talk *talk, enum ike_side by, const struct draft_head *head, const char *what)
{
    if (head->exchange == TALK_SA_INIT) {
        talk_head(talk, by, head, what);
        return;
    }
    if (talk->sealer == NULL)
        return; /* the plan has failed */
    bool made = draft_sealed(&talk->draft, head, talk->sealer, ++talk->sealed, talk_before(talk), &talk->plan->content);
    talk_made(talk, by, made, what);
}

void talk_ask(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what)
{
    bool again = exchange == TALK_SA_INIT; /* with a cookie, or another group: the ID stays (RFC 7296 2.2) */
    struct draft_head head = talk_header(talk, by, exchange, again ? 0 : talk->next_id[by], false);
    talk->next_id[by] = head.message_id + 1;
    talk_say(talk, by, &head, what);
}

void talk_answer(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what)
{
    struct draft_head head = talk_header(talk, by, exchange, talk->next_id[by ^ 1] - 1, true);
    talk_say(talk, by, &head, what);
    if (exchange == TALK_SA_INIT && talk->plan->request->encap == ENCAP_UDP)
        talk->port = PORT_NATT;
}

void talk_answer_clear(struct talk *talk, enum ike_side by, enum talk_exchange exchange, const char *what)
{
    struct draft_head head = talk_header(talk, by, exchange, talk->next_id[by ^ 1] - 1, true);
    talk_head(talk, by, &head, what);
}

void talk_ask_pieces(struct talk *talk, enum ike_side by, enum talk_exchange exchange, uint16_t total, uint16_t missing, const char *what)
{
    struct draft_head head = talk_header(talk, by, exchange, talk->next_id[by], false);
    for (uint16_t number = 1; number <= total && talk->sealer != NULL; number++) {
        bool made = draft_piece(&talk->draft, &head, talk->sealer, ++talk->sealed, number, total, talk_before(talk), &talk->plan->content);
        if (number != missing)
            talk_put_packet(talk, by, made, what);
    }
    talk->next_id[by]++;
    talk_empty(talk);
}

/* ---- payloads ---- */

uint16_t talk_group(const struct talk *talk)
{
    return talk_is_gcm(talk) ? GROUP_ECP : GROUP_MODP;
}

static void talk_put_ike(struct talk *talk, const uint8_t *spi, uint8_t spi_size)
{
    if (talk_is_gcm(talk))
        draft_sa(&talk->draft, PROTOCOL_IKE, spi, spi_size, talk_gcm, sizeof talk_gcm / sizeof talk_gcm[0]);
    else
        draft_sa(&talk->draft, PROTOCOL_IKE, spi, spi_size, talk_cbc, sizeof talk_cbc / sizeof talk_cbc[0]);
}

void talk_put_ike_rekey(struct talk *talk, uint8_t seed)
{
    static const uint8_t spi[8] = { 0x77, 0x20, 0x3d, 0x91, 0xe4, 0x05, 0x68, 0xbc };
    talk_put_ike(talk, spi, sizeof spi);
    draft_nonce(&talk->draft, seed);
    draft_ke(&talk->draft, talk_group(talk), seed);
}

void talk_put_offer(struct talk *talk)
{
    talk_put_ike(talk, NULL, 0);
}

void talk_put_init(struct talk *talk, uint16_t group, uint8_t seed)
{
    talk_put_offer(talk);
    draft_ke(&talk->draft, group, seed);
    draft_nonce(&talk->draft, seed);
}

void talk_put_identity(struct talk *talk, enum ike_side by)
{
    draft_id(&talk->draft, by == IKE_INITIATOR ? IKE2_IDI : IKE2_IDR, by == IKE_INITIATOR ? "a.example" : "b.example");
    draft_auth(&talk->draft);
}

static void talk_put_esp(struct talk *talk, uint32_t spi)
{
    uint8_t bytes[4];
    bytes_put32(bytes, spi);
    draft_sa(&talk->draft, PROTOCOL_ESP, bytes, sizeof bytes, talk_esp_offer, sizeof talk_esp_offer / sizeof talk_esp_offer[0]);
}

static void talk_put_selectors(struct talk *talk)
{
    static const uint8_t here[2][4] = { { 10, 1, 0, 0 }, { 10, 1, 0, 255 } }, there[2][4] = { { 10, 2, 0, 0 }, { 10, 2, 0, 255 } };
    struct addr first = addr_ip4(here[0]), last = addr_ip4(here[1]);
    draft_selector(&talk->draft, IKE2_TSI, &first, &last);
    first = addr_ip4(there[0]);
    last = addr_ip4(there[1]);
    draft_selector(&talk->draft, IKE2_TSR, &first, &last);
}

void talk_put_child(struct talk *talk, uint32_t spi)
{
    talk_put_esp(talk, spi);
    talk_put_selectors(talk);
}

void talk_put_rekey(struct talk *talk, uint32_t old, uint32_t spi, uint8_t seed)
{
    if (old != 0)
        draft_notify_spi(&talk->draft, IKE_N_REKEY_SA, PROTOCOL_ESP, old, NULL, 0);
    talk_put_esp(talk, spi);
    draft_nonce(&talk->draft, seed);
    talk_put_selectors(talk);
}

/* ---- steps ---- */

void talk_init(struct talk *talk)
{
    talk_put_init(talk, talk_group(talk), 1);
    talk_ask(talk, IKE_INITIATOR, TALK_SA_INIT, "IKE_SA_INIT");
    talk_put_init(talk, talk_group(talk), 2);
    talk_answer(talk, IKE_RESPONDER, TALK_SA_INIT, "IKE_SA_INIT, answered");
}

void talk_auth(struct talk *talk, uint32_t spi_i)
{
    talk_put_identity(talk, IKE_INITIATOR);
    talk_put_child(talk, spi_i);
    talk_ask(talk, IKE_INITIATOR, TALK_AUTH, "IKE_AUTH");
}

void talk_auth_answer(struct talk *talk, uint32_t spi_r)
{
    talk_put_identity(talk, IKE_RESPONDER);
    talk_put_child(talk, spi_r);
    talk_answer(talk, IKE_RESPONDER, TALK_AUTH, "IKE_AUTH, answered: the IKE SA and a Child SA are up");
}

void talk_up(struct talk *talk, uint32_t spi_i, uint32_t spi_r)
{
    talk_init(talk);
    talk_auth(talk, spi_i);
    talk_auth_answer(talk, spi_r);
}

void talk_rekey(struct talk *talk, uint32_t old, uint32_t spi_i, uint32_t spi_r)
{
    talk_put_rekey(talk, old, spi_i, 3);
    talk_ask(talk, IKE_INITIATOR, TALK_CHILD, "CREATE_CHILD_SA: a new Child SA in place of the old one");
    talk_put_rekey(talk, 0, spi_r, 4);
    talk_answer(talk, IKE_RESPONDER, TALK_CHILD, "CREATE_CHILD_SA, answered");
}

void talk_delete(struct talk *talk, enum ike_side by, uint32_t own, uint32_t other)
{
    draft_delete(&talk->draft, own ? PROTOCOL_ESP : PROTOCOL_IKE, own);
    talk_ask(talk, by, TALK_INFORM, own ? "the Child SA is deleted" : "the IKE SA is deleted, and its Child SAs with it");
    if (other)
        draft_delete(&talk->draft, PROTOCOL_ESP, other);
    talk_answer(talk, by ^ 1, TALK_INFORM, "the Delete, answered");
}

struct plan_sa *talk_esp(struct talk *talk, enum ike_side to, uint32_t spi)
{
    struct sa_definition definition = plan_define(talk->plan, PLAN_GCM);
    struct addr src = talk->host[to ^ 1], dst = talk->host[to];
    uint8_t bits = dst.family == 4 ? 32 : 128;
    definition.src = (struct prefix){ src, bits };
    definition.dst = (struct prefix){ dst, bits };
    definition.spi = spi;
    return plan_sender(talk->plan, &definition);
}
