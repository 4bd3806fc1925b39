/*
 * ike_version1: the chain of IVs. Phase 1 begins with a hash over both public values, each exchange after it with a hash over the last block of phase 1
 * and its message ID; every encrypted message moves its chain on, a retransmission does not.
 */
#include "track/ike_version1.h"

#include <stdlib.h>
#include <string.h>

#include "sa/ike_keys.h"

static struct version1 *version1_of(struct ike_session *session)
{
    if (session->version1 == NULL)
        session->version1 = calloc(1, sizeof *session->version1);
    return session->version1;
}

void version1_destroy(struct version1 *version1)
{
    if (version1 == NULL)
        return;
    ike1_destroy(version1->ike);
    secret_wipe(version1, sizeof *version1);
    free(version1);
}

void version1_chosen(struct ike_context *context, const struct ike_payload *payload)
{
    struct version1 *version1 = version1_of(context->session);
    struct ike_sa sa;
    struct ike_fault fault = { 0 };
    struct ike_proposal proposal;
    struct ike_transform transform;
    struct ike_suite1 suite;
    ike_sa_open(payload, &sa, &fault);
    if (version1 == NULL || !ike_sa_proposal(&sa, &proposal) || !ike_sa_transform(&proposal, &transform))
        return;
    ike_sa_suite1(&transform, &suite);
    version1->cipher = suite.cipher;
    version1->hash = suite.hash;
    version1->key_bits = suite.key_length;
}

void version1_public(struct ike_context *context, const struct ike_payload *ke)
{
    struct version1 *version1 = version1_of(context->session);
    unsigned side = context->from_initiator ? IKE_INITIATOR : IKE_RESPONDER;
    if (version1 == NULL || ke->captured != ke->wire || ke->wire > VERSION1_KE_MAX || version1->begun)
        return;
    memcpy(version1->ke[side], ke->body, ke->wire);
    version1->ke_length[side] = ke->wire;
}

static bool version1_seen(struct version1 *version1, uint64_t hash)
{
    for (uint32_t i = 0; i < VERSION1_SEEN; i++)
        if (version1->seen[i] == hash)
            return true;
    version1->seen[version1->seen_next++ % VERSION1_SEEN] = hash;
    return false;
}

static bool version1_begin(struct ike_context *context, struct version1 *version1)
{
    size_t at = 0;
    struct error error;
    struct ike_keys_query query = { .version = 1 };
    if (version1->begun || version1->failed)
        return version1->begun;
    memcpy(query.spi_i, context->session->spi_i, 8);
    memcpy(query.spi_r, context->session->spi_r, 8);
    const struct encryption *encryption = ike1_encryption(version1->cipher);
    const struct ike_key *key = ike_keys_find(context->sessions->keys, &query, &at);
    version1->failed = true;
    if (key == NULL || encryption == NULL || version1->ke_length[0] == 0 || version1->ke_length[1] == 0)
        return false; /* no key, or the capture began after the exchange that the IVs come from */
    version1->ike = ike1_create(encryption, version1->key_bits, key->params.encryption_key[IKE_INITIATOR], &error);
    if (version1->ike == NULL ||
        !ike1_iv_phase1(ike1_digest(version1->hash), ike1_block(version1->ike), version1->ke[0], version1->ke_length[0],
                        version1->ke[1], version1->ke_length[1], &version1->phase1))
        return false;
    version1->begun = true;
    version1->failed = false;
    return true;
}

static struct ike1_iv *version1_iv(struct version1 *version1, uint32_t message_id)
{
    if (message_id == 0)
        return &version1->phase1;
    for (uint32_t i = 0; i < VERSION1_EXCHANGES; i++)
        if (version1->exchanges[i].message_id == message_id)
            return &version1->exchanges[i].iv;
    struct version1_exchange *exchange = &version1->exchanges[version1->next++ % VERSION1_EXCHANGES];
    exchange->message_id = message_id;
    if (!ike1_iv_phase2(ike1_digest(version1->hash), &version1->phase1, message_id, &exchange->iv))
        return NULL;
    return &exchange->iv;
}

bool version1_open(struct ike_context *context, uint8_t *plain, struct ike_opened *opened)
{
    struct version1 *version1 = version1_of(context->session);
    const struct ike_message *message = context->message;
    if (version1 == NULL || !version1_begin(context, version1) ||
        version1_seen(version1, hash_bytes(&context->sessions->hash, message->bytes, message->wire)))
        return false;
    struct ike1_iv *iv = version1_iv(version1, message->header.message_id);
    if (iv == NULL)
        return false;
    struct ike1_iv before = *iv;
    if (ike1_open(version1->ike, iv, message->bytes, message->wire, plain, opened) != IKE_OPENED)
        return false;
    if (ike1_plausible(opened->first, plain, opened->length))
        return true;
    *iv = before;
    return false;
}
