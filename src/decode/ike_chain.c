/*
 * ike_chain: the header, then payload by payload.
 *
 * Theory of operation. Each payload names the type of the next one, and its own length says where that stands. A walk
 * believes a length only within what the wire promised: a length beyond that is BAD however little was captured, and
 * one within it that was not captured is CUT. After either there is no next payload, because nobody knows where it
 * would begin. Other faults (a type, a critical bit) do not end the walk; the first one is kept.
 */
#include "decode/ike_chain.h"

#define SEALED_MIN 9 /* IKEv2: a pad length and the shortest ICV */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* IANA: ikev2-parameters, isakmp-registry; private numbers are not judged. */
static bool exchange_assigned(unsigned major, uint8_t exchange)
{
    if (major == 2)
        return (exchange >= 34 && exchange <= 44) || exchange >= 240;
    return (exchange >= 1 && exchange <= 6) || exchange == 32 || exchange == 33 || exchange >= 240;
}

static void fault_header(struct ike_message *message, enum ike_damage damage, uint32_t at, uint32_t found,
                         uint32_t wanted)
{
    if (message->fault.damage == IKE_DAMAGE_NONE)
        message->fault = (struct ike_fault){ .damage = (uint8_t)damage, .at = at, .found = found, .wanted = wanted };
}

enum decode_status ike_message_open(struct ike_message *message, const uint8_t *bytes, uint32_t captured, uint32_t wire)
{
    static const uint8_t zero[8];
    *message = (struct ike_message){ .bytes = bytes, .captured = least(captured, wire), .wire = wire };
    struct ike_header *header = &message->header;
    enum decode_status status = ike_header_decode(bytes, message->captured, wire, header);
    if (status == DECODE_BAD)
        fault_header(message, IKE_DAMAGE_HEADER_SHORT, wire, wire, IKE_HEADER);
    if (status != DECODE_OK)
        return status;
    if (header->major != 1 && header->major != 2) {
        fault_header(message, IKE_DAMAGE_HEADER_VERSION, 17, bytes[17], 0x20);
        return DECODE_BAD;
    }
    bool authip = header->major == 1 && header->exchange >= 0xf3 && header->exchange <= 0xf6;
    message->version = authip ? IKE_VERSION_AUTHIP : header->major;
    if (memcmp(header->spi_i, zero, sizeof zero) == 0)
        fault_header(message, IKE_DAMAGE_HEADER_SPI, 0, 0, 0);
    if (!exchange_assigned(header->major, header->exchange))
        fault_header(message, IKE_DAMAGE_HEADER_EXCHANGE, 18, header->exchange, 0);
    if (header->length != wire)
        fault_header(message, IKE_DAMAGE_HEADER_LENGTH, 24, header->length, wire);
    if (header->length >= IKE_HEADER)
        message->wire = least(wire, header->length);
    message->captured = least(message->captured, message->wire);
    return DECODE_OK;
}

void ike_walk_message(struct ike_walk *walk, const struct ike_message *message)
{
    const struct ike_header *header = &message->header;
    *walk = (struct ike_walk){
        .bytes = message->bytes, .captured = message->captured, .wire = message->wire, .at = IKE_HEADER,
        .version = message->version, .next = header->next,
        .encrypted = header->major == 1 && (header->flags & IKE_FLAG_ENCRYPTED) != 0,
    };
}

void ike_walk_plain(struct ike_walk *walk, unsigned version, uint8_t first, const uint8_t *bytes, uint32_t length)
{
    *walk = (struct ike_walk){
        .bytes = bytes, .captured = length, .wire = length, .version = (uint8_t)version, .next = first, .plain = true,
    };
}

static void walk_fault(struct ike_walk *walk, enum ike_damage damage, uint8_t payload, uint32_t at, uint32_t found,
                       uint32_t wanted)
{
    walk->status = DECODE_BAD;
    if (walk->fault.damage != IKE_DAMAGE_NONE)
        return;
    walk->fault = (struct ike_fault){
        .damage = (uint8_t)damage, .payload = payload, .index = walk->count, .at = at, .found = found, .wanted = wanted,
    };
}

static void walk_cut(struct ike_walk *walk)
{
    walk->ended = true;
    if (walk->status == DECODE_OK)
        walk->status = DECODE_CUT;
}

/* What is left behind the last payload may be padding: senders of IKEv1 align messages to 4 bytes. */
static bool is_padding(const struct ike_walk *walk)
{
    if (walk->version == IKE_VERSION_2 || walk->wire - walk->at > 3)
        return false;
    for (uint32_t at = walk->at; at < walk->captured; at++)
        if (walk->bytes[at] != 0)
            return false;
    return true;
}

static void walk_finish(struct ike_walk *walk)
{
    walk->ended = true;
    bool padded = walk->plain && walk->version != IKE_VERSION_2;
    if (walk->at < walk->wire && !padded && !is_padding(walk))
        walk_fault(walk, IKE_DAMAGE_CHAIN_TRAILING, 0, walk->at, walk->wire - walk->at, 0);
}

/* The bytes from `at` to `end` are what `kind` says; the walk ends behind them. */
static void walk_seal(struct ike_walk *walk, enum ike_seal kind, uint8_t first, uint32_t at, uint32_t end)
{
    walk->sealed.kind = (uint8_t)kind;
    walk->sealed.first = first;
    walk->sealed.at = at;
    walk->sealed.bytes = walk->bytes + least(at, walk->captured);
    walk->sealed.wire = end - at;
    walk->sealed.captured = least(end, walk->captured) - least(at, walk->captured);
}

static void seal_all(struct ike_walk *walk)
{
    uint32_t length = walk->wire - walk->at;
    walk->ended = true;
    walk_seal(walk, IKE_SEAL_IKE1, walk->next, walk->at, walk->wire);
    if (length % 8 != 0) /* every cipher of IKEv1 works in blocks of 8 or 16 bytes (RFC 2409 appendix A) */
        walk_fault(walk, IKE_DAMAGE_SEALED_LENGTH, 0, walk->at, length, length - length % 8);
    if (walk->captured < walk->wire)
        walk_cut(walk);
}

/* An Encrypted payload, or one fragment of it. */
static void seal_encrypted(struct ike_walk *walk, const struct ike_payload *payload)
{
    uint32_t begin = payload->at + IKE_PAYLOAD_HEADER, end = begin + payload->wire;
    bool fragment = payload->type == IKE2_SKF;
    walk->next = 0; /* its next payload is inside */
    if (fragment && payload->wire < 4) {
        walk_fault(walk, IKE_DAMAGE_FRAGMENT_LENGTH, payload->type, payload->at + 2, payload->length,
                   IKE_PAYLOAD_HEADER + 4);
        return;
    }
    if (fragment && payload->captured < 4)
        return;
    walk_seal(walk, fragment ? IKE_SEAL_SKF : IKE_SEAL_SK, payload->next, fragment ? begin + 4 : begin, end);
    if (fragment) {
        uint16_t number = bytes_get16(payload->body), total = bytes_get16(payload->body + 2);
        walk->sealed.number = number;
        walk->sealed.total = total;
        if (number == 0 || number > total)
            walk_fault(walk, IKE_DAMAGE_FRAGMENT_NUMBER, payload->type, begin, number, total);
    }
    if (walk->sealed.wire < SEALED_MIN)
        walk_fault(walk, IKE_DAMAGE_SEALED_LENGTH, payload->type, payload->at + 2, walk->sealed.wire, SEALED_MIN);
}

/* A fragment of an IKEv1 message. Fragments are not encrypted as such: their pieces may be. */
static void seal_fragment(struct ike_walk *walk, const struct ike_payload *payload)
{
    uint32_t begin = payload->at + IKE_PAYLOAD_HEADER;
    if (payload->wire < 4) {
        walk_fault(walk, IKE_DAMAGE_FRAGMENT_LENGTH, payload->type, payload->at + 2, payload->length,
                   IKE_PAYLOAD_HEADER + 4);
        return;
    }
    if (payload->captured < 4)
        return;
    walk_seal(walk, IKE_SEAL_FRAGMENT, 0, begin + 4, begin + payload->wire);
    walk->sealed.id = bytes_get16(payload->body);
    walk->sealed.number = payload->body[2];
    walk->sealed.last = payload->body[3] & 1;
    walk->sealed.total = walk->sealed.last ? walk->sealed.number : 0;
    if (walk->sealed.number == 0)
        walk_fault(walk, IKE_DAMAGE_FRAGMENT_NUMBER, payload->type, begin + 2, 0, walk->sealed.total);
}

static void walk_kind(struct ike_walk *walk, const struct ike_payload *payload)
{
    uint8_t type = payload->type;
    if (walk->version == IKE_VERSION_2) {
        if (payload->critical && (type < IKE2_SA || type > 54)) /* 33 to 54 are assigned */
            walk_fault(walk, IKE_DAMAGE_CRITICAL, type, payload->at + 1, type, 0);
        if (type == IKE2_SK || type == IKE2_SKF)
            seal_encrypted(walk, payload);
        return;
    }
    if (type == IKE1_PROPOSAL || type == IKE1_TRANSFORM || (type > 22 && type < 128)) /* 22: group associated policy */
        walk_fault(walk, IKE_DAMAGE_PAYLOAD_TYPE, type, payload->at, type, 0);
    if (walk->version == IKE_VERSION_1 && type == IKE1_FRAGMENT)
        seal_fragment(walk, payload);
    if (walk->version == IKE_VERSION_AUTHIP && type == AUTHIP_CRYPTO && walk->encrypted) {
        uint32_t begin = payload->at + IKE_PAYLOAD_HEADER;
        walk_seal(walk, IKE_SEAL_AUTHIP, payload->next, begin, begin + payload->wire);
        walk->next = 0;
    }
}

/*
 * All that the header's encryption flag covers is one ciphertext, unless what carries it is named by the first payload.
 */
static bool all_sealed(const struct ike_walk *walk)
{
    if (!walk->encrypted || walk->at > IKE_HEADER || walk->wire <= IKE_HEADER)
        return false;
    return walk->version == IKE_VERSION_AUTHIP ? walk->next != AUTHIP_CRYPTO : walk->next != IKE1_FRAGMENT;
}

/* Reads the generic header at walk->at; false where it cannot be. */
static bool walk_header(struct ike_walk *walk, struct ike_payload *payload)
{
    uint32_t at = walk->at, left = walk->wire - at;
    if (left < IKE_PAYLOAD_HEADER) {
        walk_fault(walk, IKE_DAMAGE_CHAIN_UNENDED, walk->next, at, left, IKE_PAYLOAD_HEADER);
        walk->ended = true;
        return false;
    }
    if (walk->captured < at + IKE_PAYLOAD_HEADER) {
        walk_cut(walk);
        return false;
    }
    const uint8_t *header = walk->bytes + at;
    bool two = walk->version == IKE_VERSION_2;
    *payload = (struct ike_payload){
        .type = walk->next, .next = header[0], .version = walk->version, .critical = two && header[1] & 0x80,
        .reserved = two ? header[1] & 0x7f : header[1], .index = walk->count, .length = bytes_get16(header + 2),
        .at = at, .body = header + IKE_PAYLOAD_HEADER,
    };
    if (payload->length < IKE_PAYLOAD_HEADER) {
        payload->status = DECODE_BAD;
        walk_fault(walk, IKE_DAMAGE_PAYLOAD_SHORT, payload->type, at + 2, payload->length, IKE_PAYLOAD_HEADER);
        return true;
    }
    if (payload->length > left) {
        payload->status = DECODE_BAD;
        walk_fault(walk, IKE_DAMAGE_PAYLOAD_BEYOND, payload->type, at + 2, payload->length, left);
    }
    payload->wire = least(payload->length, left) - IKE_PAYLOAD_HEADER;
    payload->captured = least(payload->wire, walk->captured - at - IKE_PAYLOAD_HEADER);
    if (payload->status == DECODE_OK && payload->captured < payload->wire)
        payload->status = DECODE_CUT;
    return true;
}

bool ike_walk_next(struct ike_walk *walk, struct ike_payload *payload)
{
    if (walk->ended)
        return false;
    if (all_sealed(walk)) {
        seal_all(walk);
        return false;
    }
    if (walk->next == 0) {
        walk_finish(walk);
        return false;
    }
    if (walk->count >= IKE_PAYLOADS_MAX) {
        walk_fault(walk, IKE_DAMAGE_CHAIN_LIMIT, walk->next, walk->at, walk->count, IKE_PAYLOADS_MAX);
        walk->ended = true;
        return false;
    }
    if (!walk_header(walk, payload))
        return false;
    walk->at += IKE_PAYLOAD_HEADER + payload->wire;
    walk->next = payload->next;
    if (payload->status == DECODE_BAD)
        walk->ended = true;
    else
        walk_kind(walk, payload);
    if (payload->status == DECODE_CUT) {
        /* How the chain ends can be told from the lengths alone. */
        if (walk->next == 0)
            walk_finish(walk);
        else if (walk->wire - walk->at < IKE_PAYLOAD_HEADER)
            walk_fault(walk, IKE_DAMAGE_CHAIN_UNENDED, walk->next, walk->at, walk->wire - walk->at, IKE_PAYLOAD_HEADER);
        walk_cut(walk);
    }
    walk->count++;
    return true;
}

enum decode_status ike_payload_tell(const struct ike_payload *payload, enum ike_damage damage, uint32_t from,
                                    uint32_t found, uint32_t wanted, struct ike_fault *fault)
{
    ike_payload_blame(fault, damage, payload->at + IKE_PAYLOAD_HEADER + from, found, wanted);
    return ike_payload_claim(payload, DECODE_BAD, fault);
}

enum decode_status ike_payload_blame(struct ike_fault *fault, enum ike_damage damage, uint32_t at, uint32_t found,
                                     uint32_t wanted)
{
    *fault = (struct ike_fault){ .damage = (uint8_t)damage, .at = at, .found = found, .wanted = wanted };
    return DECODE_BAD;
}

enum decode_status ike_payload_claim(const struct ike_payload *payload, enum decode_status status,
                                     struct ike_fault *fault)
{
    if (status == DECODE_BAD) {
        fault->payload = payload->type;
        fault->index = payload->index;
    }
    return status;
}

enum decode_status ike_payload_room(const struct ike_payload *payload, uint32_t from, uint32_t count,
                                    enum ike_damage damage, struct ike_fault *fault)
{
    if (from > payload->wire || count > payload->wire - from)
        return ike_payload_tell(payload, damage, payload->wire, payload->wire, from + count, fault);
    return from + count > payload->captured ? DECODE_CUT : DECODE_OK;
}
