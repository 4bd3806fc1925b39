/* ike_check: every payload by its decoder. */
#include "decode/ike_check.h"

#include "decode/ike_auth.h"
#include "decode/ike_authip.h"
#include "decode/ike_cert.h"
#include "decode/ike_cp.h"
#include "decode/ike_delete.h"
#include "decode/ike_eap.h"
#include "decode/ike_id.h"
#include "decode/ike_ke.h"
#include "decode/ike_nat.h"
#include "decode/ike_notify.h"
#include "decode/ike_sa.h"
#include "decode/ike_ts.h"
#include "decode/ike_vendor.h"

/* One at a time is enough, and none of them is kept. */
union facts {
    struct ike_sa sa;
    struct ike_ke ke;
    struct ike_nonce nonce;
    struct ike_id id;
    struct ike_cert cert;
    struct ike_auth auth;
    struct ike_notify notify;
    struct ike_delete delete;
    struct ike_ts ts;
    struct ike_vendor vendor;
    struct ike_cp cp;
    struct ike_eap eap;
    struct ike_authip_crypto crypto;
    struct ike_authip_gss gss;
    struct ike_authip_methods methods;
    struct addr address;
    const uint8_t *hash;
};

static enum decode_status check_2(const struct ike_payload *payload, struct ike_fault *fault)
{
    union facts facts;
    switch (payload->type) {
    case IKE2_SA: return ike_sa_open(payload, &facts.sa, fault);
    case IKE2_KE: return ike_ke_decode(payload, &facts.ke, fault);
    case IKE2_IDI: case IKE2_IDR: return ike_id_decode(payload, &facts.id, fault);
    case IKE2_CERT: return ike_cert_decode(payload, &facts.cert, fault);
    case IKE2_CERTREQ: return ike_cert_request(payload, &facts.cert, fault);
    case IKE2_AUTH: return ike_auth_decode(payload, &facts.auth, fault);
    case IKE2_NONCE: return ike_ke_nonce(payload, &facts.nonce, fault);
    case IKE2_NOTIFY: return ike_notify_decode(payload, &facts.notify, fault);
    case IKE2_DELETE: return ike_delete_decode(payload, &facts.delete, fault);
    case IKE2_VENDOR: return ike_vendor_decode(payload, &facts.vendor, fault);
    case IKE2_TSI: case IKE2_TSR: return ike_ts_open(payload, &facts.ts, fault);
    case IKE2_CP: return ike_cp_open(payload, &facts.cp, fault);
    case IKE2_EAP: return ike_eap_decode(payload, &facts.eap, fault);
    default: return payload->status;
    }
}

static enum decode_status check_1(const struct ike_payload *payload, struct ike_fault *fault)
{
    union facts facts;
    switch (payload->type) {
    case IKE1_SA: return ike_sa_open(payload, &facts.sa, fault);
    case IKE1_KE: return ike_ke_decode(payload, &facts.ke, fault);
    case IKE1_ID: return ike_id_decode(payload, &facts.id, fault);
    case IKE1_CERT: return ike_cert_decode(payload, &facts.cert, fault);
    case IKE1_CERTREQ: return ike_cert_request(payload, &facts.cert, fault);
    case IKE1_HASH: return ike_auth_hash(payload, &facts.auth, fault);
    case IKE1_SIG: return ike_auth_signature(payload, &facts.auth, fault);
    case IKE1_NONCE: return ike_ke_nonce(payload, &facts.nonce, fault);
    case IKE1_NOTIFY: return ike_notify_decode(payload, &facts.notify, fault);
    case IKE1_DELETE: return ike_delete_decode(payload, &facts.delete, fault);
    case IKE1_VENDOR: return ike_vendor_decode(payload, &facts.vendor, fault);
    case IKE1_ATTRIBUTES: return ike_cp_open(payload, &facts.cp, fault);
    case IKE1_NATD: case IKE1_NATD_DRAFT: return ike_nat_discovery(payload, &facts.hash, fault);
    case IKE1_NATOA: case IKE1_NATOA_DRAFT: return ike_nat_original(payload, &facts.address, fault);
    default: return payload->status;
    }
}

/* AuthIP's private payloads have numbers that IKEv1's other users have given to their own. */
static enum decode_status check_authip(const struct ike_payload *payload, struct ike_fault *fault)
{
    union facts facts;
    switch (payload->type) {
    case AUTHIP_CRYPTO: return ike_authip_crypto(payload, &facts.crypto, fault);
    case AUTHIP_GSS: return ike_authip_gss(payload, &facts.gss, fault);
    case AUTHIP_AUTH: return ike_authip_methods(payload, &facts.methods, fault);
    default: return check_1(payload, fault);
    }
}

enum decode_status ike_check_payload(const struct ike_payload *payload, struct ike_fault *fault)
{
    *fault = (struct ike_fault){ 0 };
    if (payload->status == DECODE_BAD)
        return DECODE_BAD;
    switch (payload->version) {
    case IKE_VERSION_2: return check_2(payload, fault);
    case IKE_VERSION_AUTHIP: return check_authip(payload, fault);
    default: return check_1(payload, fault);
    }
}

enum decode_status ike_check_walk(struct ike_walk *walk, struct ike_fault *fault)
{
    struct ike_payload payload;
    struct ike_fault inner;
    bool sealed = false;
    *fault = (struct ike_fault){ 0 };
    while (ike_walk_next(walk, &payload)) {
        /* A sealed Crypto payload is ciphertext, not what ike_authip_crypto() reads. */
        sealed = walk->sealed.kind == IKE_SEAL_AUTHIP;
        if (sealed || ike_check_payload(&payload, &inner) != DECODE_BAD || inner.damage == IKE_DAMAGE_NONE)
            continue;
        /* The first in the message wins: the chain's own fault may lie before this one. */
        if (walk->fault.damage != IKE_DAMAGE_NONE && walk->fault.at <= inner.at)
            break;
        *fault = inner;
        return DECODE_BAD;
    }
    *fault = walk->fault;
    return walk->status;
}

enum decode_status ike_check_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ike_fault *fault)
{
    struct ike_message message;
    struct ike_walk walk;
    enum decode_status status = ike_message_open(&message, bytes, captured, wire);
    *fault = message.fault;
    if (fault->damage != IKE_DAMAGE_NONE)
        return DECODE_BAD;
    if (status != DECODE_OK)
        return status;
    ike_walk_message(&walk, &message);
    return ike_check_walk(&walk, fault);
}
