/* ike_childkeys: nonces out of messages, and keys of Child SAs out of them and SK_d. */
#include "track/ike_childkeys.h"

#include <stdlib.h>
#include <string.h>

#include "decode/ike_ke.h"
#include "sa/ike_keys.h"

enum { EXCHANGE_INIT = 34, EXCHANGE_AUTH = 35, EXCHANGE_CHILD = 36 };

void childkeys_nonce(struct ike_context *context, const struct ike_payload *payload)
{
    struct ike_session *session = context->session;
    struct ike_nonce nonce;
    struct ike_fault fault = { 0 };
    if (context->sessions->keys == NULL || ike_ke_nonce(payload, &nonce, &fault) != DECODE_OK || nonce.wire > IKE_NONCE_MAX)
        return;
    if (session->childkeys == NULL && (session->childkeys = calloc(1, sizeof *session->childkeys)) == NULL)
        return;
    struct childkeys *keys = session->childkeys;
    if (context->message->header.exchange == EXCHANGE_INIT) {
        unsigned side = context->response ? 1 : 0;
        memcpy(keys->init[side], nonce.data, nonce.wire);
        keys->init_length[side] = (uint16_t)nonce.wire;
    } else if (context->response) {
        context->answer_nonce = nonce.data;
        context->answer_nonce_length = nonce.wire;
    } else {
        unsigned side = context->from_initiator ? 0 : 1;
        memcpy(keys->asked[side], nonce.data, nonce.wire);
        keys->asked_length[side] = (uint16_t)nonce.wire;
        keys->asked_id[side] = context->message->header.message_id;
    }
}

void childkeys_query(const struct ike_session *session, struct ike_keys_query *query)
{
    const struct childkeys *keys = session->childkeys;
    *query = (struct ike_keys_query){ .version = 2 };
    memcpy(query->spi_i, session->spi_i, 8);
    memcpy(query->spi_r, session->spi_r, 8);
    if (keys != NULL) {
        query->ni = (struct ike_bytes){ keys->init[0], keys->init_length[0] };
        query->nr = (struct ike_bytes){ keys->init[1], keys->init_length[1] };
    }
}

/* The entry that opened the session may be of a file without SK_d: another one that has the same keys may tell it. */
static const struct ike_key *childkeys_parent(const struct ike_context *context)
{
    const struct ike_session *session = context->session;
    const struct ike_key *key = session->key;
    size_t at = 0;
    if (key == NULL || key->sk_d.length)
        return key;
    struct ike_keys_query query;
    childkeys_query(session, &query);
    for (const struct ike_key *other; (other = ike_keys_find(context->sessions->keys, &query, &at));)
        if (other->sk_d.length && secret_equal(&other->params.encryption_key[0], &key->params.encryption_key[0]) &&
            secret_equal(&other->params.encryption_key[1], &key->params.encryption_key[1]))
            return other;
    return NULL;
}

/* Ni and Nr of the exchange that made this Child SA. */
static bool childkeys_nonces(const struct ike_context *context, struct ike_bytes nonces[2])
{
    const struct childkeys *keys = context->session->childkeys;
    unsigned asker = context->from_initiator ? 1 : 0;
    if (keys == NULL)
        return false;
    if (context->message->header.exchange == EXCHANGE_AUTH) {
        for (unsigned side = 0; side < 2; side++)
            nonces[side] = (struct ike_bytes){ keys->init[side], keys->init_length[side] };
    } else {
        if (context->message->header.exchange != EXCHANGE_CHILD || keys->asked_id[asker] != context->message->header.message_id)
            return false;
        nonces[0] = (struct ike_bytes){ keys->asked[asker], keys->asked_length[asker] };
        nonces[1] = (struct ike_bytes){ context->answer_nonce, context->answer_nonce_length };
    }
    return nonces[0].length > 0 && nonces[1].length > 0;
}

static bool childkeys_proven(const struct ike_keymat *keymat, const struct ike_exchange_secret *exchange)
{
    bool integrity = exchange->of_integrity;
    struct secret made = { integrity ? keymat->integrity[0] : keymat->encryption[0],
                           integrity ? keymat->integrity_length : keymat->encryption_length };
    return made.length > 0 && secret_equal(&made, &exchange->key);
}

/*
 * Without a key exchange of its own there is one answer. With one, the files' secrets are tried; that a file tells the initiator's key
 * beside each shows which is right.
 */
static bool childkeys_make(const struct ike_context *context, const struct ike_key *parent, struct ike_keymat *keymat)
{
    static const struct ike_bytes none;
    const struct ike_agreed *agreed = &context->agreed;
    struct ike_bytes sk_d = { parent->sk_d.bytes, parent->sk_d.length }, nonces[2];
    size_t at = 0;
    if (!childkeys_nonces(context, nonces))
        return false;
    bool exchange_of_its_own = context->message->header.exchange == EXCHANGE_CHILD && (context->held >> (IKE2_KE - IKE2_SA) & 1);
    if (!exchange_of_its_own)
        return ike_keymat_child(parent->prf, sk_d, none, nonces[0], nonces[1], none, agreed->encryption, agreed->key_bits,
                                agreed->integrity, keymat);
    for (const struct ike_exchange_secret *exchange; (exchange = ike_keys_next_exchange(context->sessions->keys, &at));) {
        struct ike_bytes secret = { exchange->secret.bytes, exchange->secret.length };
        if (ike_keymat_child(parent->prf, sk_d, secret, nonces[0], nonces[1], none, agreed->encryption, agreed->key_bits,
                             agreed->integrity, keymat) &&
            childkeys_proven(keymat, exchange))
            return true;
    }
    return false;
}

void childkeys_derive(struct ike_context *context)
{
    struct ike_sessions *sessions = context->sessions;
    const struct ike_agreed *agreed = &context->agreed;
    struct ike_keymat keymat;
    const struct ike_key *parent = agreed->child != NULL && context->decrypted && !agreed->additional ? childkeys_parent(context) : NULL;
    if (parent == NULL || parent->sk_d.length == 0 || parent->prf == NULL)
        return;
    bool made = childkeys_make(context, parent, &keymat);
    unsigned asker = context->from_initiator ? 1 : 0;
    /* Side 0 of the material protects what the asker sends: the SA towards who answers. */
    for (unsigned side = 0; made && side < 2; side++) {
        struct sa_record *record = agreed->record[side == 0 ? asker ^ 1 : asker];
        if (record == NULL) /* a file has defined that SA */
            continue;
        struct secrets *store = ike_keys_secrets(sessions->keys);
        record->definition.encryption_key = secrets_keep(store, keymat.encryption[side], keymat.encryption_length);
        record->definition.integrity_key = secrets_keep(store, keymat.integrity[side], keymat.integrity_length);
        record->definition.keys_hidden = false;
        record->definition.keys_derived = true;
        sadb_redefine(sessions->db, agreed->child->sa[side == 0 ? asker ^ 1 : asker], record, UINT16_MAX, sessions->window);
    }
    secret_wipe(&keymat, sizeof keymat);
}
