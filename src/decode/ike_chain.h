/*
 * ike_chain: an IKE message and the chain of its payloads (RFC 7296 3.1 and 3.2; RFC 2408 3.1 and 3.2; [MS-AIPS] 2.2).
 *
 *     struct ike_message message;
 *     if (ike_message_open(&message, bytes, captured, wire) == DECODE_OK) {
 *         struct ike_walk walk;
 *         struct ike_payload payload;
 *         for (ike_walk_message(&walk, &message); ike_walk_next(&walk, &payload);)
 *             ...
 *         then walk.status, walk.fault, walk.sealed
 *     }
 *
 * All structs are values on the stack that point into the caller's bytes and live as long as those. Offsets are from
 * the first byte of the message, that is of its header; a non-ESP marker or a TCP length before it does not count.
 * Lengths come in pairs: `captured` bytes can be read, `wire` bytes were promised. In decrypted plaintext offsets are
 * from its first byte, and captured == wire.
 */
#ifndef DECODE_IKE_CHAIN_H
#define DECODE_IKE_CHAIN_H

#include "decode/ike_damage.h"
#include "decode/ike_header.h"

#define IKE_PAYLOAD_HEADER 4
#define IKE_PAYLOADS_MAX 256 /* payloads that one walk yields */

/*
 * AuthIP says version 1 in its header and is told by its exchange types. The numbers are those that catalogue/ike_names
 * takes.
 */
enum ike_version { IKE_VERSION_1 = 1, IKE_VERSION_2 = 2, IKE_VERSION_AUTHIP = 3 };

enum ike_payload_type {
    IKE1_SA = 1, IKE1_PROPOSAL, IKE1_TRANSFORM, IKE1_KE, IKE1_ID, IKE1_CERT, IKE1_CERTREQ, IKE1_HASH, IKE1_SIG,
    IKE1_NONCE, IKE1_NOTIFY, IKE1_DELETE, IKE1_VENDOR, IKE1_ATTRIBUTES, /* config mode */
    IKE1_NATD = 20, IKE1_NATOA = 21,
    IKE2_SA = 33, IKE2_KE, IKE2_IDI, IKE2_IDR, IKE2_CERT, IKE2_CERTREQ, IKE2_AUTH, IKE2_NONCE, IKE2_NOTIFY,
    IKE2_DELETE, IKE2_VENDOR, IKE2_TSI, IKE2_TSR, IKE2_SK, IKE2_CP, IKE2_EAP,
    IKE2_SKF = 53,
    AUTHIP_GSS = 0x81,
    IKE1_NATD_DRAFT = 130, IKE1_NATOA_DRAFT = 131, IKE1_FRAGMENT = 132,
    AUTHIP_CRYPTO = 0x85, AUTHIP_GSS_ID = 0x86, AUTHIP_AUTH = 0x87,
};

struct ike_message {
    const uint8_t *bytes;     /* of the header */
    uint32_t captured, wire;  /* of the message: the header's length, or the datagram's where that is shorter */
    uint8_t version;          /* enum ike_version */
    struct ike_header header;
    struct ike_fault fault;   /* the first thing wrong with the header, or IKE_DAMAGE_NONE */
};

/*
 * `bytes` begin with the header; `wire` bytes are the whole datagram's. DECODE_OK: the header was read and the payloads
 * can be walked; fault says what is wrong with it all the same (SPI, exchange, length). DECODE_CUT: no fault.
 * DECODE_BAD: too short, or no known version.
 */
enum decode_status ike_message_open(struct ike_message *message, const uint8_t *bytes, uint32_t captured,
                                    uint32_t wire);

struct ike_payload {
    uint8_t type;             /* enum ike_payload_type, or any other */
    uint8_t next;             /* type of the payload behind it */
    uint8_t version;          /* enum ike_version */
    uint8_t status;           /* enum decode_status: CUT: bytes of its body are missing; BAD: impossible length */
    bool critical;            /* IKEv2 only */
    uint8_t reserved;         /* the reserved byte, without IKEv2's critical bit; receivers ignore it */
    uint16_t index;           /* in its chain, from 0 */
    uint16_t length;          /* the field: generic header and body */
    uint32_t at;              /* offset of the generic header */
    const uint8_t *body;      /* behind the generic header */
    uint32_t captured, wire;  /* of the body; never beyond the message */
};

/*
 * How a chain goes on where nobody without keys, or without the other fragments, can follow.
 * Pieces of IKEv1 fragments together are a message with a header of its own, as Cisco, strongSwan and Wireshark have
 * it; [MS-IKEE] 3.3.5.3 can be read as if they began behind the header. The first 28 bytes of the first piece tell.
 */
enum ike_seal {
    IKE_SEAL_NONE,
    IKE_SEAL_IKE1,     /* encryption flag: all behind the header is ciphertext */
    IKE_SEAL_AUTHIP,   /* encryption flag: all behind the Crypto payload's header is AuthIP's */
    IKE_SEAL_SK,       /* Encrypted payload: IV, ciphertext, ICV */
    IKE_SEAL_SKF,      /* Encrypted Fragment payload (RFC 7383): the same, of one fragment */
    IKE_SEAL_FRAGMENT, /* IKEv1 Fragment payload ([MS-IKEE] 2.2.3.1, Cisco): a piece of a message */
};

struct ike_sealed {
    uint8_t kind;             /* enum ike_seal */
    uint8_t first;            /* type of the first inner payload; SKF: 0 but in the first fragment; FRAGMENT: 0 */
    bool last;                /* FRAGMENT: the last one */
    uint16_t id;              /* FRAGMENT: which message */
    uint16_t number, total;   /* SKF: n of m; FRAGMENT: n, and n as the total in the last one, else 0 */
    uint32_t at;              /* offset of the bytes; SK, SKF: an AEAD authenticates all before it, too */
    const uint8_t *bytes;
    uint32_t captured, wire;
};

struct ike_walk {
    const uint8_t *bytes;
    uint32_t captured, wire;
    uint32_t at;              /* next unread byte; at the end of IKEv1 plaintext: where the padding begins */
    uint8_t version;          /* enum ike_version */
    uint8_t next;             /* type of what stands there */
    uint8_t status;           /* enum decode_status, so far */
    bool plain, encrypted, ended;
    uint16_t count;           /* payloads so far */
    struct ike_sealed sealed; /* kind is IKE_SEAL_NONE until the walk meets one; never more than one */
    struct ike_fault fault;   /* the first thing wrong with the chain, or IKE_DAMAGE_NONE */
};

void ike_walk_message(struct ike_walk *walk, const struct ike_message *message);
/*
 * Decrypted payloads, or those of a reassembled message behind its header: `first` is the type of the first. IKEv2's
 * padding and pad length are removed by who decrypts; IKEv1's padding is left behind the last payload.
 */
void ike_walk_plain(struct ike_walk *walk, unsigned version, uint8_t first, const uint8_t *bytes, uint32_t length);

/*
 * The next payload, whatever its type; false at the end, after which `status`, `fault` and `sealed` are final. SK, SKF,
 * Crypto and Fragment are yielded as payloads, too; a message that is IKE_SEAL_IKE1 has none. A payload that is BAD or
 * CUT is the last. Padding of IKEv1 messages (up to 3 zero bytes behind the chain) is no damage.
 */
bool ike_walk_next(struct ike_walk *walk, struct ike_payload *payload);

/* For the payload decoders: `from` is an offset in the payload's body. */

/* Fills the fault and returns DECODE_BAD. */
enum decode_status ike_payload_tell(const struct ike_payload *payload, enum ike_damage damage, uint32_t from,
                                    uint32_t found, uint32_t wanted, struct ike_fault *fault);
/*
 * The same in two steps, for lists inside a payload: the fault with its offset in the message, then (where the status
 * is BAD) the payload that it is in.
 */
enum decode_status ike_payload_blame(struct ike_fault *fault, enum ike_damage damage, uint32_t at, uint32_t found,
                                     uint32_t wanted);
enum decode_status ike_payload_claim(const struct ike_payload *payload, enum decode_status status,
                                     struct ike_fault *fault);
/*
 * Whether `count` bytes from `from` on are there; where the wire has none, the damage is told of the payload's length.
 */
enum decode_status ike_payload_room(const struct ike_payload *payload, uint32_t from, uint32_t count,
                                    enum ike_damage damage, struct ike_fault *fault);

#endif
