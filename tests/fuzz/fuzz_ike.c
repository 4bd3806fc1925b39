/*
 * fuzz_ike: any bytes as an IKE message, as decrypted payloads, or as one payload of any type.
 * Byte 0: bits 0 and 1 how (0 message, 1 to 3 plaintext of version 1, 2 or AuthIP), bits 2 to 7 bytes (times 4) that
 * the wire promised beyond what was captured (messages only). Byte 1: the first payload's type (plaintext only). The
 * rest is the message.
 */
#include <stdlib.h>

#include "decode/ike_auth.h"
#include "decode/ike_authip.h"
#include "decode/ike_cert.h"
#include "decode/ike_check.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(promise) ((promise) ? (void)0 : abort())

/* Every byte that a decoder hands out can be read: the sanitizers judge. */
static volatile uint8_t sink;

static void touch(const uint8_t *bytes, uint32_t length)
{
    HOLDS(bytes != NULL || length == 0);
    for (uint32_t i = 0; i < length; i++)
        sink ^= bytes[i];
}

static void check_answer(const struct ike_payload *payload, enum decode_status status, const struct ike_fault *fault)
{
    HOLDS(status <= DECODE_BAD);
    if (status != DECODE_BAD)
        return;
    HOLDS(fault->damage > IKE_DAMAGE_NONE && fault->damage < IKE_DAMAGE_COUNT);
    HOLDS(fault->payload == payload->type && fault->index == payload->index);
    HOLDS(fault->at >= payload->at && fault->at <= payload->at + IKE_PAYLOAD_HEADER + payload->wire);
    HOLDS(ike_damage_windows(fault) >= 13823 && ike_damage_windows(fault) <= 13893);
}

static void run_lists(const struct ike_payload *payload)
{
    struct ike_fault fault = { 0 };
    struct ike_sa sa;
    struct ike_proposal proposal;
    struct ike_transform transform;
    struct ike_attribute attribute;
    struct ike_suite1 suite;
    check_answer(payload, ike_sa_open(payload, &sa, &fault), &fault);
    while (ike_sa_proposal(&sa, &proposal)) {
        touch(proposal.spi, proposal.spi_size);
        sink ^= (uint8_t)ike_sa_spi(&proposal);
        while (ike_sa_transform(&proposal, &transform)) {
            ike_sa_suite1(&transform, &suite);
            while (ike_sa_attribute(&transform, &attribute))
                touch(attribute.bytes, attribute.length);
        }
    }
    struct ike_ts ts;
    struct ike_selector selector;
    check_answer(payload, ike_ts_open(payload, &ts, &fault), &fault);
    while (ike_ts_next(&ts, &selector))
        touch(selector.label, selector.label_length);
    struct ike_cp cp;
    struct ike_cp_attribute value;
    check_answer(payload, ike_cp_open(payload, &cp, &fault), &fault);
    while (ike_cp_next(&cp, &value)) {
        touch(value.value, value.length);
        ike_cp_attribute_name(payload->version, value.type);
    }
}

static void run_proofs(const struct ike_payload *payload)
{
    struct ike_fault fault = { 0 };
    struct ike_id id;
    check_answer(payload, ike_id_decode(payload, &id, &fault), &fault);
    touch(id.data, id.captured);
    struct ike_cert cert;
    check_answer(payload, ike_cert_decode(payload, &cert, &fault), &fault);
    touch(cert.data, cert.captured);
    touch(cert.url, cert.url_length);
    check_answer(payload, ike_cert_request(payload, &cert, &fault), &fault);
    touch(cert.data, cert.hashes * IKE_CERT_HASH);
    struct ike_auth auth;
    check_answer(payload, ike_auth_decode(payload, &auth, &fault), &fault);
    touch(auth.data, auth.captured);
    touch(auth.algorithm, auth.algorithm_length);
    check_answer(payload, ike_auth_hash(payload, &auth, &fault), &fault);
    check_answer(payload, ike_auth_signature(payload, &auth, &fault), &fault);
    touch(auth.data, auth.captured);
    struct ike_eap eap;
    check_answer(payload, ike_eap_decode(payload, &eap, &fault), &fault);
    touch(eap.data, eap.captured);
    struct ike_authip_gss gss;
    check_answer(payload, ike_authip_gss(payload, &gss, &fault), &fault);
    touch(gss.token, gss.captured);
    struct ike_authip_methods methods;
    check_answer(payload, ike_authip_methods(payload, &methods, &fault), &fault);
    for (uint32_t i = 0; i <= methods.count; i++)
        sink ^= (uint8_t)ike_authip_method(&methods, i);
    struct ike_authip_crypto crypto;
    check_answer(payload, ike_authip_crypto(payload, &crypto, &fault), &fault);
    touch(crypto.iv, crypto.iv != NULL ? 8 : 0);
}

static void run_rest(const struct ike_payload *payload)
{
    struct ike_fault fault = { 0 };
    struct ike_ke ke;
    check_answer(payload, ike_ke_decode(payload, &ke, &fault), &fault);
    touch(ke.data, ke.captured);
    struct ike_nonce nonce;
    check_answer(payload, ike_ke_nonce(payload, &nonce, &fault), &fault);
    touch(nonce.data, nonce.captured);
    struct ike_notify notify;
    check_answer(payload, ike_notify_decode(payload, &notify, &fault), &fault);
    touch(notify.spi, notify.spi_size);
    touch(notify.data, notify.captured);
    touch(notify.text, notify.text_length);
    sink ^= (uint8_t)ike_notify_spi(&notify);
    struct ike_delete delete;
    check_answer(payload, ike_delete_decode(payload, &delete, &fault), &fault);
    HOLDS(delete.held <= delete.count);
    touch(delete.spis, (uint32_t)delete.held * delete.spi_size);
    sink ^= (uint8_t)ike_delete_spi(&delete, delete.count);
    struct ike_vendor vendor;
    check_answer(payload, ike_vendor_decode(payload, &vendor, &fault), &fault);
    HOLDS(vendor.maker < IKE_MAKER_COUNT);
    const uint8_t *hash;
    struct addr address;
    enum decode_status status = ike_nat_discovery(payload, &hash, &fault);
    check_answer(payload, status, &fault);
    touch(hash, status == DECODE_OK ? payload->wire : 0);
    check_answer(payload, ike_nat_original(payload, &address, &fault), &fault);
}

static void run_walk(struct ike_walk walk, const uint8_t *bytes, uint32_t captured)
{
    struct ike_walk again = walk;
    struct ike_payload payload;
    struct ike_fault fault;
    unsigned count = 0;
    while (ike_walk_next(&walk, &payload)) {
        HOLDS(payload.index == count++);
        HOLDS(payload.captured <= payload.wire && payload.body >= bytes &&
              payload.body + payload.captured <= bytes + captured);
        HOLDS((payload.status == DECODE_CUT) <= (payload.captured < payload.wire));
        touch(payload.body, payload.captured);
        if (payload.status == DECODE_BAD)
            continue;
        run_lists(&payload);
        run_proofs(&payload);
        run_rest(&payload);
    }
    HOLDS(count <= IKE_PAYLOADS_MAX && !ike_walk_next(&walk, &payload));
    HOLDS((walk.status == DECODE_BAD) == (walk.fault.damage != IKE_DAMAGE_NONE) && walk.at <= walk.wire);
    touch(walk.sealed.bytes, walk.sealed.captured);
    HOLDS(walk.sealed.captured <= walk.sealed.wire);
    enum decode_status status = ike_check_walk(&again, &fault);
    HOLDS((status == DECODE_BAD) == (fault.damage != IKE_DAMAGE_NONE));
    HOLDS(walk.status != DECODE_BAD || status == DECODE_BAD);
    HOLDS(status != DECODE_BAD || fault.at <= walk.wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1u << 16)
        return 0;
    unsigned how = data[0] & 3;
    const uint8_t *bytes = data + 2;
    uint32_t captured = (uint32_t)size - 2, wire = captured + (uint32_t)(data[0] >> 2) * 4;
    struct ike_walk walk;
    if (how != 0) {
        ike_walk_plain(&walk, how, data[1], bytes, captured);
        run_walk(walk, bytes, captured);
        return 0;
    }
    struct ike_message message;
    struct ike_fault fault;
    enum decode_status status = ike_message_open(&message, bytes, captured, wire);
    HOLDS(status != DECODE_BAD || message.fault.damage != IKE_DAMAGE_NONE);
    HOLDS(message.captured <= captured && message.wire <= wire && message.captured <= message.wire);
    status = ike_check_message(bytes, captured, wire, &fault);
    HOLDS((status == DECODE_BAD) == (fault.damage != IKE_DAMAGE_NONE));
    if (message.version == 0)
        return 0;
    ike_walk_message(&walk, &message);
    run_walk(walk, bytes, captured);
    return 0;
}
