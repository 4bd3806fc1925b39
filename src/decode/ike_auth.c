/* ike_auth: proofs of identity, their lengths; whether they hold is for who has the keys. */
#include "decode/ike_auth.h"

#define AUTH_HEADER 4

bool ike_auth_is_hash(uint32_t length)
{
    return length == 16 || length == 20 || length == 24 || length == 32 || length == 48 || length == 64;
}

/* RFC 4754: r and s of ECDSA; the other methods' lengths depend on keys. */
static bool data_fit(const struct ike_auth *auth, uint32_t *wanted)
{
    switch (auth->method) {
    case IKE_AUTH_SHARED_KEY: case IKE_AUTH_NULL: *wanted = 20; return ike_auth_is_hash(auth->wire);
    case 9: *wanted = 64; return auth->wire == 64;
    case 10: *wanted = 96; return auth->wire == 96;
    case 11: *wanted = 132; return auth->wire == 132;
    default: *wanted = 1; return auth->wire >= 1;
    }
}

/* RFC 7427 3: one byte of length, that much AlgorithmIdentifier, the signature. */
static enum decode_status split_algorithm(const struct ike_payload *payload, struct ike_auth *auth,
                                          struct ike_fault *fault)
{
    if (auth->wire < 1)
        return ike_payload_tell(payload, IKE_DAMAGE_AUTH_LENGTH, AUTH_HEADER, auth->wire, 1, fault);
    if (auth->captured < 1)
        return DECODE_CUT;
    uint32_t length = auth->data[0];
    if (length == 0 || 1 + length >= auth->wire)
        return ike_payload_tell(payload, IKE_DAMAGE_AUTH_ALGORITHM, AUTH_HEADER, length, auth->wire - 1, fault);
    if (auth->captured < 1 + length)
        return DECODE_CUT;
    auth->algorithm = auth->data + 1;
    auth->algorithm_length = (uint8_t)length;
    auth->data += 1 + length;
    auth->captured -= 1 + length;
    auth->wire -= 1 + length;
    return DECODE_OK;
}

enum decode_status ike_auth_decode(const struct ike_payload *payload, struct ike_auth *auth, struct ike_fault *fault)
{
    *auth = (struct ike_auth){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, AUTH_HEADER, IKE_DAMAGE_AUTH_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    auth->method = payload->body[0];
    auth->data = payload->body + AUTH_HEADER;
    auth->captured = payload->captured - AUTH_HEADER;
    auth->wire = payload->wire - AUTH_HEADER;
    if (auth->method == 0 || (auth->method >= 4 && auth->method <= 8) || (auth->method >= 15 && auth->method <= 200))
        return ike_payload_tell(payload, IKE_DAMAGE_AUTH_METHOD, 0, auth->method, 0, fault);
    if (auth->method == IKE_AUTH_SIGNATURE) {
        status = split_algorithm(payload, auth, fault);
        if (status != DECODE_OK)
            return status;
    }
    uint32_t wanted;
    if (!data_fit(auth, &wanted))
        return ike_payload_tell(payload, IKE_DAMAGE_AUTH_LENGTH, AUTH_HEADER, auth->wire, wanted, fault);
    return auth->captured < auth->wire ? DECODE_CUT : DECODE_OK;
}

static void whole_body(const struct ike_payload *payload, struct ike_auth *auth)
{
    *auth = (struct ike_auth){ .data = payload->body, .captured = payload->captured, .wire = payload->wire };
}

enum decode_status ike_auth_hash(const struct ike_payload *payload, struct ike_auth *auth, struct ike_fault *fault)
{
    whole_body(payload, auth);
    if (!ike_auth_is_hash(auth->wire))
        return ike_payload_tell(payload, IKE_DAMAGE_HASH_LENGTH, 0, auth->wire, 20, fault);
    return auth->captured < auth->wire ? DECODE_CUT : DECODE_OK;
}

enum decode_status ike_auth_signature(const struct ike_payload *payload, struct ike_auth *auth, struct ike_fault *fault)
{
    whole_body(payload, auth);
    if (auth->wire == 0)
        return ike_payload_tell(payload, IKE_DAMAGE_SIG_LENGTH, 0, 0, 1, fault);
    return auth->captured < auth->wire ? DECODE_CUT : DECODE_OK;
}
