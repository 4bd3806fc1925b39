/*
 * message: IKE in clear: what a negotiation is about stays, who negotiates does not.
 *
 * All of the message behind its header becomes zeros, and then payload by payload comes back what may stay; so what nobody understands is gone.
 */
#include "crypto/nathash.h"
#include "decode/ike_authip.h"
#include "decode/ike_id.h"
#include "decode/ike_nat.h"
#include "decode/ike_notify.h"
#include "decode/ike_ts.h"
#include "decode/ike_vendor.h"
#include "veil/pass.h"

struct message {
    struct pass *pass;
    const struct ike_message *ike;
    uint16_t ports[2];
};

/* Comes back as it was. */
static void message_keep(const struct message *message, const uint8_t *bytes, uint32_t length)
{
    if (length > 0)
        memcpy(message->pass->new + (bytes - message->pass->old), bytes, length);
}

/* The first bytes of a body: its fixed part. */
static void message_head(const struct message *message, const struct ike_payload *payload, uint32_t length)
{
    message_keep(message, payload->body, length < payload->captured ? length : payload->captured);
}

static void message_addr(const struct message *message, const uint8_t *at, uint8_t family)
{
    struct addr before, after;
    pass_addr(message->pass, (uint32_t)(at - message->pass->old), family, &before, &after);
}

/* Of the packet's own addresses: that of the aliases. Any other hash becomes zeros: addresses are few enough to be tried out. */
static void message_hash(const struct message *message, const uint8_t *bytes, uint32_t length)
{
    struct pass *pass = message->pass;
    uint8_t hash[NATHASH_MAX];
    const uint8_t *spis = message->ike->bytes;
    for (unsigned i = 0; i < 2; i++)
        if (nathash_make(spis, &pass->before[i], message->ports[i], length, hash) && memcmp(hash, bytes, length) == 0 &&
            nathash_make(spis, &pass->after[i], message->ports[i], length, hash)) {
            memcpy(pass->new + (bytes - pass->old), hash, length);
            return;
        }
    pass->veil->counts.hashes++;
}

static void message_notify(const struct message *message, const struct ike_payload *payload)
{
    struct ike_notify notify;
    struct ike_fault fault;
    bool whole = ike_notify_decode(payload, &notify, &fault) == DECODE_OK && notify.data != NULL;
    if (!whole) {
        message_head(message, payload, payload->version == IKE_VERSION_2 ? 8 : 12);
        return;
    }
    message_keep(message, payload->body, (uint32_t)(notify.data - payload->body));
    switch ((enum ike_notify_form)notify.form) {
    case IKE_FORM_HASH:
        message_hash(message, notify.data, notify.captured);
        break;
    case IKE_FORM_ADDRESS:
        message_addr(message, notify.data, notify.address.family);
        break;
    case IKE_FORM_REDIRECT:
        message_keep(message, notify.data, 2);
        if (notify.address.family)
            message_addr(message, notify.data + 2, notify.address.family);
        break;
    case IKE_FORM_NUMBER:
        message_keep(message, notify.data, notify.captured < 8 ? notify.captured : 8);
        break;
    case IKE_FORM_SPI: case IKE_FORM_STATUS: case IKE_FORM_COOKIE: case IKE_FORM_HASHES: case IKE_FORM_ATTRIBUTES:
        message_keep(message, notify.data, notify.captured);
        break;
    case IKE_FORM_OPAQUE:
        break;
    }
}

static void message_vendor(const struct message *message, const struct ike_payload *payload)
{
    struct ike_vendor vendor;
    struct ike_fault fault;
    if (ike_vendor_decode(payload, &vendor, &fault) == DECODE_OK && vendor.name != NULL)
        message_head(message, payload, payload->captured);
}

static void message_identity(const struct message *message, const struct ike_payload *payload)
{
    struct ike_id id;
    struct ike_fault fault;
    message_head(message, payload, 4);
    if (ike_id_decode(payload, &id, &fault) == DECODE_OK && id.first.family != 0 && addr_equal(&id.first, &id.last))
        message_addr(message, id.data, id.first.family);
}

static void message_original(const struct message *message, const struct ike_payload *payload)
{
    struct addr addr;
    struct ike_fault fault;
    message_head(message, payload, 4);
    if (ike_nat_original(payload, &addr, &fault) == DECODE_OK && payload->captured >= 4)
        message_addr(message, payload->body + 4, addr.family);
}

/* Selectors keep their form, without their addresses. */
static void message_selectors(const struct message *message, const struct ike_payload *payload)
{
    struct ike_ts ts;
    struct ike_selector selector;
    struct ike_fault fault;
    message_head(message, payload, 4);
    ike_ts_open(payload, &ts, &fault);
    while (ike_ts_next(&ts, &selector)) {
        const uint8_t *at = message->ike->bytes + selector.at;
        uint32_t left = (uint32_t)(payload->body + payload->captured - at);
        message_keep(message, at, left < 8 ? left : 8);
    }
}

/* A piece of a message (IKEv1): ciphertext where the header of the whole, in the first piece, says so. The others are found by that. */
static void message_fragment(const struct message *message, const struct ike_payload *payload)
{
    enum { FIXED = 4, FLAGS = 19 };
    struct pass pass = *message->pass;
    if (payload->captured < FIXED) {
        message_head(message, payload, FIXED);
        return;
    }
    pass.protocol = 0; /* no IP datagram's */
    bool first = payload->body[2] == 1;
    struct veil_piece *piece = veil_piece(message->pass->veil, &pass, bytes_get16(payload->body) | bytes_get32(message->ike->bytes) << 16, true);
    bool sealed = first && payload->captured >= FIXED + IKE_HEADER && (payload->body[FIXED + FLAGS] & IKE_FLAG_ENCRYPTED) != 0;
    if (first && piece != NULL) {
        piece->known = true;
        piece->keep = sealed;
    }
    bool keep = sealed || (!first && piece != NULL && piece->known && piece->keep);
    message_head(message, payload, keep ? payload->captured : first ? FIXED + IKE_HEADER : FIXED);
}

static void message_payload(const struct message *message, const struct ike_payload *payload)
{
    struct ike_authip_gss gss;
    struct ike_fault fault;
    message_keep(message, message->ike->bytes + payload->at, (uint32_t)(payload->body - message->ike->bytes) - payload->at);
    switch (payload->type) {
    case IKE1_SA: case IKE1_KE: case IKE1_NONCE: case IKE1_DELETE: case IKE2_SA: case IKE2_KE: case IKE2_NONCE: case IKE2_DELETE:
    case IKE2_SK: case IKE2_SKF: case AUTHIP_CRYPTO: case AUTHIP_AUTH:
        message_head(message, payload, payload->captured);
        break;
    case IKE1_NOTIFY: case IKE2_NOTIFY: message_notify(message, payload); break;
    case IKE1_VENDOR: case IKE2_VENDOR: message_vendor(message, payload); break;
    case IKE1_ID: case IKE2_IDI: case IKE2_IDR: message_identity(message, payload); break;
    case IKE1_NATD: case IKE1_NATD_DRAFT: message_hash(message, payload->body, payload->captured); break;
    case IKE1_NATOA: case IKE1_NATOA_DRAFT: message_original(message, payload); break;
    case IKE2_TSI: case IKE2_TSR: message_selectors(message, payload); break;
    case IKE1_FRAGMENT: message_fragment(message, payload); break;
    case IKE1_CERT: case IKE1_CERTREQ: case IKE2_CERT: case IKE2_CERTREQ: message_head(message, payload, 1); break;
    case IKE1_ATTRIBUTES: case IKE2_AUTH: case IKE2_CP: message_head(message, payload, 4); break;
    case IKE2_EAP: message_head(message, payload, 5); break;
    case AUTHIP_GSS:
        if (ike_authip_gss(payload, &gss, &fault) == DECODE_OK && gss.token != NULL)
            message_keep(message, payload->body, (uint32_t)(gss.token - payload->body));
        break;
    default: break; /* of hashes, signatures and all that is not known, the length alone */
    }
}

bool message_change(struct pass *pass, uint32_t from, uint32_t wire, uint16_t sport, uint16_t dport)
{
    struct ike_message ike;
    struct ike_walk walk;
    struct ike_payload payload;
    uint32_t captured = from < pass->limit ? pass->limit - from : 0;
    captured = captured < wire ? captured : wire;
    struct message message = { pass, &ike, { sport, dport } };
    pass_wipe(pass, from + IKE_HEADER, pass->captured);
    if (ike_message_open(&ike, pass->old + from, captured, wire) != DECODE_OK)
        return false;
    for (ike_walk_message(&walk, &ike); ike_walk_next(&walk, &payload);)
        message_payload(&message, &payload);
    if (walk.sealed.kind == IKE_SEAL_NONE || walk.sealed.kind == IKE_SEAL_FRAGMENT)
        return false;
    message_keep(&message, walk.sealed.bytes, walk.sealed.captured);
    return true;
}
