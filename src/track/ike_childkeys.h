/*
 * ike_childkeys: keys of Child SAs that are made from SK_d and the nonces of the capture (RFC 7296 2.17), so that their ESP opens although
 * nobody exported its keys.
 *
 * Only IKEv2, and only where the key file tells SK_d (sa/ike_keys.h). The Child SA of IKE_AUTH takes the nonces of IKE_SA_INIT, any other
 * those of its own CREATE_CHILD_SA. A key exchange of its own (PFS) has a secret that no capture shows: then a file must tell it.
 */
#ifndef TRACK_IKE_CHILDKEYS_H
#define TRACK_IKE_CHILDKEYS_H

#include "sa/ike_keys.h"
#include "track/ike_table.h"

/* What the next derivation of one IKE SA needs. */
struct childkeys {
    uint8_t init[2][IKE_NONCE_MAX];  /* of IKE_SA_INIT: Ni, Nr */
    uint16_t init_length[2];         /* 0: not seen */
    uint8_t asked[2][IKE_NONCE_MAX]; /* of the latest CREATE_CHILD_SA request, by who asked: 0 the original initiator */
    uint16_t asked_length[2];
    uint32_t asked_id[2];
};

/* A Nonce payload. Nothing where no keys were given. */
void childkeys_nonce(struct ike_context *context, const struct ike_payload *payload);
/* The question for the keys of this IKE SA, version 2, with the nonces of IKE_SA_INIT where they were seen. */
void childkeys_query(const struct ike_session *session, struct ike_keys_query *query);
/* The whole message was read: the Child SA that it agreed on (context->agreed) gets its keys, where they can be made. */
void childkeys_derive(struct ike_context *context);

#endif
