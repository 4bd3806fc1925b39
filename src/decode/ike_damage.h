/*
 * ike_damage: what can be wrong with the form of an IKE message, and where it is.
 *
 * One enumerator a rule. A fault names the first rule that was broken: the payload, the offset of the field, the value
 * found and the value that the rule wants. Rules are those that hold for the bytes alone: what a negotiation may
 * contain at its place is for track/.
 */
#ifndef DECODE_IKE_DAMAGE_H
#define DECODE_IKE_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

enum ike_damage {
    IKE_DAMAGE_NONE,
    /* the fixed header: RFC 7296 3.1, RFC 2408 3.1 */
    IKE_DAMAGE_HEADER_SHORT,      /* fewer than 28 bytes */
    IKE_DAMAGE_HEADER_VERSION,    /* major version neither 1 nor 2; found: the version byte */
    IKE_DAMAGE_HEADER_SPI,        /* the initiator's SPI (cookie) is zero */
    IKE_DAMAGE_HEADER_EXCHANGE,   /* exchange type that nobody assigned in that version */
    IKE_DAMAGE_HEADER_LENGTH,     /* found: the length field; wanted: bytes of the datagram */
    /* the chain of payloads: RFC 7296 3.2, RFC 2408 3.2 */
    IKE_DAMAGE_PAYLOAD_SHORT,     /* payload length below the 4 bytes of its own header */
    IKE_DAMAGE_PAYLOAD_BEYOND,    /* payload length beyond the message; wanted: what is left, at most */
    IKE_DAMAGE_PAYLOAD_TYPE,      /* IKEv1: a type that nobody assigned, or that stands inside an SA payload only */
    IKE_DAMAGE_CRITICAL,          /* IKEv2: critical bit on a type that nobody assigned */
    IKE_DAMAGE_CHAIN_UNENDED,     /* a next payload is announced where the message has ended */
    IKE_DAMAGE_CHAIN_TRAILING,    /* bytes behind the last payload; found: how many */
    IKE_DAMAGE_CHAIN_LIMIT,       /* more than IKE_PAYLOADS_MAX payloads */
    IKE_DAMAGE_SEALED_LENGTH,     /* IKEv1: ciphertext not a multiple of 8; IKEv2: no room for an ICV */
    IKE_DAMAGE_FRAGMENT_LENGTH,   /* fragment payload without its 4 bytes of numbers */
    IKE_DAMAGE_FRAGMENT_NUMBER,   /* fragment 0, fragment n of fewer than n; found: the number, wanted: the total */
    /* SA: RFC 7296 3.3, RFC 2408 3.4 to 3.6 */
    IKE_DAMAGE_SA_LENGTH,         /* no room for DOI and situation, or for one proposal */
    IKE_DAMAGE_SA_DOI,            /* IKEv1: neither 0 nor 1 (IPsec) */
    IKE_DAMAGE_SA_SITUATION,      /* IKEv1: not identity only */
    IKE_DAMAGE_PROPOSAL_LENGTH,   /* below 8 bytes with its SPI, or beyond the payload */
    IKE_DAMAGE_PROPOSAL_LAST,     /* the more-follows byte is neither 0 nor 2, or belies what follows */
    IKE_DAMAGE_PROPOSAL_NUMBER,   /* IKEv2: not 1, 2, 3, ...; IKEv1: descending */
    IKE_DAMAGE_PROPOSAL_PROTOCOL, /* protocol 0 */
    IKE_DAMAGE_PROPOSAL_SPI_SIZE, /* not the size of that protocol's SPIs */
    IKE_DAMAGE_TRANSFORM_COUNT,   /* found: transforms that are there; wanted: the count that the proposal gives */
    IKE_DAMAGE_TRANSFORM_LENGTH,  /* below 8 bytes, or beyond the proposal */
    IKE_DAMAGE_TRANSFORM_LAST,    /* the more-follows byte is neither 0 nor 3, or belies what follows */
    IKE_DAMAGE_ATTRIBUTE_LENGTH,  /* an attribute reaches beyond its transform */
    IKE_DAMAGE_ATTRIBUTE_FORMAT,  /* an attribute that is basic by definition comes with a length */
    /* KE and nonce: RFC 7296 3.4 and 3.9, RFC 2409 5 */
    IKE_DAMAGE_KE_LENGTH,         /* no group, or no key exchange data */
    IKE_DAMAGE_KE_GROUP,          /* not as long as the group's public values; wanted: that length */
    IKE_DAMAGE_NONCE_LENGTH,      /* IKEv2: not 16 to 256 bytes; IKEv1: not 8 to 256 */
    /* ID: RFC 7296 3.5, RFC 2407 4.6.2 */
    IKE_DAMAGE_ID_LENGTH,         /* no room for the type, or not as long as the type wants */
    IKE_DAMAGE_ID_TYPE,           /* a type that nobody assigned */
    IKE_DAMAGE_ID_TEXT,           /* a name with control characters or NULs in it */
    IKE_DAMAGE_ID_RANGE,          /* the range ends before it begins */
    IKE_DAMAGE_ID_DER,            /* a DN or general name that is not DER of its length */
    /* CERT, CERTREQ: RFC 7296 3.6 and 3.7, RFC 2408 3.9 and 3.10 */
    IKE_DAMAGE_CERT_LENGTH,       /* no encoding, no data, or shorter than the encoding's fixed part */
    IKE_DAMAGE_CERT_ENCODING,     /* an encoding that nobody assigned */
    IKE_DAMAGE_CERT_DER,          /* an X.509 certificate that is not DER of its length */
    IKE_DAMAGE_CERTREQ_HASHES,    /* IKEv2: not a multiple of 20 bytes */
    /* AUTH; HASH and SIG of IKEv1: RFC 7296 3.8, RFC 7427, RFC 2408 3.11 and 3.12 */
    IKE_DAMAGE_AUTH_LENGTH,       /* no room for the method, or data not as long as the method's */
    IKE_DAMAGE_AUTH_METHOD,       /* a method that nobody assigned */
    IKE_DAMAGE_AUTH_ALGORITHM,    /* method 14: the algorithm identifier does not fit */
    IKE_DAMAGE_HASH_LENGTH,       /* not as long as any PRF's output */
    IKE_DAMAGE_SIG_LENGTH,        /* no signature */
    /* N, D: RFC 7296 3.10 and 3.11, RFC 2408 3.14 and 3.15 */
    IKE_DAMAGE_NOTIFY_LENGTH,     /* no room for its fixed part or for the SPI that it announces */
    IKE_DAMAGE_NOTIFY_SPI_SIZE,   /* not the size of that protocol's SPIs */
    IKE_DAMAGE_NOTIFY_DATA,       /* data not as long as the type wants; found and wanted: bytes */
    IKE_DAMAGE_DELETE_LENGTH,     /* no room for its fixed part */
    IKE_DAMAGE_DELETE_SPI_SIZE,   /* not the size of that protocol's SPIs */
    IKE_DAMAGE_DELETE_COUNT,      /* found: bytes of SPIs that are there; wanted: SPI size times count */
    /* the rest */
    IKE_DAMAGE_VENDOR_EMPTY,      /* a vendor ID of no bytes */
    IKE_DAMAGE_TS_LENGTH,         /* no room for a selector, or one not as long as its type wants */
    IKE_DAMAGE_TS_COUNT,          /* found: selectors that are there; wanted: the count that the payload gives, not 0 */
    IKE_DAMAGE_TS_TYPE,           /* a type that nobody assigned */
    IKE_DAMAGE_TS_RANGE,          /* addresses or ports end before they begin */
    IKE_DAMAGE_CP_LENGTH,         /* no room for the fixed part, or an attribute reaches beyond the payload */
    IKE_DAMAGE_CP_TYPE,           /* a message type that nobody assigned */
    IKE_DAMAGE_CP_ATTRIBUTE,      /* an attribute not as long as its type wants */
    IKE_DAMAGE_EAP_LENGTH,        /* EAP's own length is not the payload's, or too short for its code */
    IKE_DAMAGE_EAP_CODE,          /* neither request, response, success, failure, initiate nor finish */
    IKE_DAMAGE_NATD_LENGTH,       /* NAT-D of IKEv1: not as long as any hash */
    IKE_DAMAGE_NATOA,             /* NAT-OA of IKEv1: not one address of its type */
    IKE_DAMAGE_CRYPTO_LENGTH,     /* AuthIP's Crypto payload: no sequence number */
    IKE_DAMAGE_GSS_LENGTH,        /* AuthIP's GSS-API payload: no status and flags */
    IKE_DAMAGE_METHODS_LENGTH,    /* AuthIP's Auth payload: not a multiple of 4 bytes, or none */
    IKE_DAMAGE_COUNT
};

struct ike_fault {
    uint8_t damage;         /* enum ike_damage */
    uint8_t payload;        /* type of the payload that it is in; 0: the header, or behind the last payload */
    uint16_t index;         /* of that payload in its chain, from 0 */
    uint32_t at;            /* offset of the field that is wrong, in the message; of inner payloads: in the plaintext */
    uint32_t found, wanted; /* what the rule compares; both 0 where it compares nothing */
};

const char *ike_damage_name(enum ike_damage damage); /* "payload-beyond" */
const char *ike_damage_text(enum ike_damage damage); /* a clause for a person */

/*
 * The Windows error whose name or message fits best: 13880 for the version, 13824 for the rest of the header, 13823 for
 * a critical payload, 13862 and 13863 for DOI and situation, 13831 and 13832 inside proposals and transforms, 13830 to
 * 13842 and 13893 for what is wrong inside a payload of that type, 13843 for the chain and for payload types without a
 * code of their own. 0 for IKE_DAMAGE_NONE.
 */
uint32_t ike_damage_windows(const struct ike_fault *fault);

#endif
