/* ike_rhythm: a request and what becomes of it. Private to track/ike_rhythm*.c. */
#ifndef TRACK_IKE_RHYTHM_H
#define TRACK_IKE_RHYTHM_H

#include "track/ike_table.h"

struct rhythm_piece {
    uint32_t number, total; /* 0: the message is whole */
};

/* The message as a request that waits for an answer. */
void rhythm_begin(const struct ike_context *context, struct ike_request *request, uint64_t hash,
                  struct rhythm_piece piece);
/* The same message once more: counted, unless it is an echo of the capture. */
void rhythm_again(struct ike_context *context, struct ike_request *request);
void rhythm_seen(const struct ike_context *context, struct ike_request *request); /* its latest time and frame */
void rhythm_answered(const struct ike_context *context, struct ike_request *request);

/* ike_rhythm1.c: IKEv1 and AuthIP. */
void rhythm1_message(struct ike_context *context, uint64_t hash);

#endif
