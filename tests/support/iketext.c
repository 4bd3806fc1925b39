/* iketext: what the decoders of IKE say, written down. */
#include "support/iketext.h"

#include <stdlib.h>

#include "decode/ike_auth.h"
#include "decode/ike_cert.h"
#include "decode/ike_cp.h"
#include "decode/ike_delete.h"
#include "decode/ike_id.h"
#include "decode/ike_ke.h"
#include "decode/ike_nat.h"
#include "decode/ike_notify.h"
#include "decode/ike_sa.h"
#include "decode/ike_ts.h"
#include "decode/ike_vendor.h"

#define SHOWN 32 /* bytes of a value */

size_t iketext_bytes(const char *hex, uint8_t *bytes, size_t room)
{
    size_t count = 0;
    unsigned value;
    int used = 0;
    for (; count < room && sscanf(hex, "%2x%n", &value, &used) == 1 && used == 2; hex += 2)
        bytes[count++] = (uint8_t)value;
    return count;
}

static void put_hex(FILE *out, const char *key, const uint8_t *bytes, size_t length)
{
    fprintf(out, " %s=", key);
    for (size_t i = 0; i < length && i < SHOWN; i++)
        fprintf(out, "%02x", bytes[i]);
}

static void put_data(FILE *out, const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    fprintf(out, " length=%u", (unsigned)wire);
    put_hex(out, "data", bytes, captured);
}

static void put_sa(FILE *out, const struct ike_payload *payload)
{
    struct ike_sa sa;
    struct ike_proposal proposal;
    struct ike_transform transform;
    struct ike_attribute attribute;
    struct ike_fault fault;
    ike_sa_open(payload, &sa, &fault);
    if (payload->version != IKE_VERSION_2)
        fprintf(out, "sa doi=%u situation=%u\n", (unsigned)sa.doi, (unsigned)sa.situation);
    while (ike_sa_proposal(&sa, &proposal)) {
        fprintf(out, "proposal number=%u protocol=%u", proposal.number, proposal.protocol);
        put_hex(out, "spi", proposal.spi, proposal.spi_size);
        fprintf(out, " transforms=%u\n", proposal.transforms);
        while (ike_sa_transform(&proposal, &transform)) {
            fprintf(out, "transform type=%u number=%u id=%u\n", transform.type, transform.number, transform.id);
            while (ike_sa_attribute(&transform, &attribute)) {
                fprintf(out, "attribute class=%u basic=%d length=%u", attribute.class, attribute.basic,
                        attribute.length);
                put_hex(out, "value", attribute.bytes, attribute.length);
                fputc('\n', out);
            }
        }
    }
}

static void put_ts(FILE *out, const struct ike_payload *payload)
{
    struct ike_ts ts;
    struct ike_selector selector;
    struct ike_fault fault;
    ike_ts_open(payload, &ts, &fault);
    fprintf(out, "ts count=%u\n", ts.count);
    while (ike_ts_next(&ts, &selector)) {
        size_t size = selector.type == IKE_TS_IP4 ? 4 : 16;
        fprintf(out, "selector type=%u protocol=%u ports=%u-%u", selector.type, selector.protocol, selector.first_port,
                selector.last_port);
        put_hex(out, "first", selector.first.bytes, size);
        put_hex(out, "last", selector.last.bytes, size);
        fputc('\n', out);
    }
}

static void put_cp(FILE *out, const struct ike_payload *payload)
{
    struct ike_cp cp;
    struct ike_cp_attribute attribute;
    struct ike_fault fault;
    ike_cp_open(payload, &cp, &fault);
    fprintf(out, "cp type=%u\n", cp.type);
    while (ike_cp_next(&cp, &attribute))
        fprintf(out, "cfg type=%u length=%u\n", attribute.type, attribute.length);
}

static void put_notify(FILE *out, const struct ike_payload *payload)
{
    struct ike_notify notify;
    struct ike_fault fault;
    ike_notify_decode(payload, &notify, &fault);
    fprintf(out, "notify protocol=%u", notify.protocol);
    put_hex(out, "spi", notify.spi, notify.spi_size);
    fprintf(out, " type=%u", notify.type);
    put_data(out, notify.data, notify.captured, notify.wire);
    fputc('\n', out);
}

static void put_delete(FILE *out, const struct ike_payload *payload)
{
    struct ike_delete delete;
    struct ike_fault fault;
    ike_delete_decode(payload, &delete, &fault);
    fprintf(out, "delete protocol=%u spi_size=%u count=%u", delete.protocol, delete.spi_size, delete.count);
    put_hex(out, "spis", delete.spis, (size_t)delete.held * delete.spi_size);
    fputc('\n', out);
}

static void put_id(FILE *out, const struct ike_payload *payload)
{
    struct ike_id id;
    struct ike_fault fault;
    ike_id_decode(payload, &id, &fault);
    fprintf(out, "id type=%u protocol=%u port=%u", id.type, id.protocol, id.port);
    put_data(out, id.data, id.captured, id.wire);
    fputc('\n', out);
}

static void put_cert(FILE *out, const struct ike_payload *payload, bool request)
{
    struct ike_cert cert;
    struct ike_fault fault;
    if (request) {
        ike_cert_request(payload, &cert, &fault);
        fprintf(out, "certreq encoding=%u\n", cert.encoding);
    } else {
        ike_cert_decode(payload, &cert, &fault);
        fprintf(out, "cert encoding=%u length=%u\n", cert.encoding, (unsigned)cert.wire);
    }
}

static void put_auth(FILE *out, const struct ike_payload *payload)
{
    struct ike_auth auth;
    struct ike_fault fault;
    bool two = payload->type == IKE2_AUTH;
    if (two)
        ike_auth_decode(payload, &auth, &fault);
    else if (payload->type == IKE1_HASH)
        ike_auth_hash(payload, &auth, &fault);
    else
        ike_auth_signature(payload, &auth, &fault);
    fputs(two ? "auth" : payload->type == IKE1_HASH ? "hash" : "signature", out);
    if (two)
        fprintf(out, " method=%u", auth.method);
    put_data(out, auth.data, auth.captured, auth.wire);
    fputc('\n', out);
}

static void put_keys(FILE *out, const struct ike_payload *payload)
{
    struct ike_ke ke;
    struct ike_nonce nonce;
    struct ike_fault fault;
    if (payload->type == IKE1_NONCE || payload->type == IKE2_NONCE) {
        ike_ke_nonce(payload, &nonce, &fault);
        fputs("nonce", out);
        put_data(out, nonce.data, nonce.captured, nonce.wire);
    } else {
        ike_ke_decode(payload, &ke, &fault);
        fprintf(out, "ke group=%u", ke.group);
        put_data(out, ke.data, ke.captured, ke.wire);
    }
    fputc('\n', out);
}

static void put_bytes(FILE *out, const struct ike_payload *payload, const char *name)
{
    fputs(name, out);
    put_data(out, payload->body, payload->captured, payload->wire);
    fputc('\n', out);
}

static void put_payload(FILE *out, const struct ike_payload *payload)
{
    fprintf(out, "payload type=%u next=%u at=%u length=%u critical=%d\n", payload->type, payload->next,
            (unsigned)payload->at, payload->length, payload->critical);
    if (payload->status == DECODE_BAD)
        return;
    switch (payload->type) {
    case IKE1_SA: case IKE2_SA: put_sa(out, payload); break;
    case IKE1_KE: case IKE2_KE: case IKE1_NONCE: case IKE2_NONCE: put_keys(out, payload); break;
    case IKE1_ID: case IKE2_IDI: case IKE2_IDR: put_id(out, payload); break;
    case IKE1_CERT: case IKE2_CERT: put_cert(out, payload, false); break;
    case IKE1_CERTREQ: case IKE2_CERTREQ: put_cert(out, payload, true); break;
    case IKE1_HASH: case IKE1_SIG: case IKE2_AUTH: put_auth(out, payload); break;
    case IKE1_NOTIFY: case IKE2_NOTIFY: put_notify(out, payload); break;
    case IKE1_DELETE: case IKE2_DELETE: put_delete(out, payload); break;
    case IKE1_VENDOR: case IKE2_VENDOR: put_bytes(out, payload, "vendor"); break;
    case IKE1_NATD: case IKE1_NATD_DRAFT: put_bytes(out, payload, "natd"); break;
    case IKE2_TSI: case IKE2_TSR: put_ts(out, payload); break;
    case IKE1_ATTRIBUTES: case IKE2_CP: put_cp(out, payload); break;
    default: break;
    }
}

static void put_sealed(FILE *out, const struct ike_sealed *sealed)
{
    if (sealed->kind == IKE_SEAL_FRAGMENT) {
        fprintf(out, "fragment id=%u number=%u last=%d\n", sealed->id, sealed->number, sealed->last);
        return;
    }
    if (sealed->kind == IKE_SEAL_SKF) {
        fprintf(out, "fragment number=%u total=%u\n", sealed->number, sealed->total);
        return;
    }
    fprintf(out, "sealed kind=%u first=%u at=%u length=%u\n", sealed->kind, sealed->first, (unsigned)sealed->at,
            (unsigned)sealed->wire);
}

void iketext_walk(FILE *out, struct ike_walk *walk)
{
    struct ike_payload payload;
    bool told = false;
    while (ike_walk_next(walk, &payload)) {
        put_payload(out, &payload);
        if (walk->sealed.kind != IKE_SEAL_NONE && !told) {
            put_sealed(out, &walk->sealed);
            told = true;
        }
    }
    if (walk->sealed.kind != IKE_SEAL_NONE && !told)
        put_sealed(out, &walk->sealed);
}

void iketext_message(FILE *out, const struct ike_message *message)
{
    const struct ike_header *header = &message->header;
    fputs("header", out);
    put_hex(out, "ispi", header->spi_i, 8);
    put_hex(out, "rspi", header->spi_r, 8);
    fprintf(out, " next=%u version=%u.%u exchange=%u flags=%02x id=%08x length=%u\n", header->next, header->major,
            header->minor, header->exchange, header->flags, (unsigned)header->message_id, (unsigned)header->length);
    struct ike_walk walk;
    ike_walk_message(&walk, message);
    iketext_walk(out, &walk);
}
