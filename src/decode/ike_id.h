/* ike_id: the Identification payloads (RFC 7296 3.5; RFC 2407 4.6.2). */
#ifndef DECODE_IKE_ID_H
#define DECODE_IKE_ID_H

#include "base/addr.h"
#include "decode/ike_chain.h"

/* The numbers are one list; some exist in one version only (RFC 2407 4.6.2.1, IANA ikev2-parameters). */
enum ike_id_type {
    IKE_ID_IP4 = 1, IKE_ID_FQDN, IKE_ID_MAIL, IKE_ID_IP4_SUBNET, IKE_ID_IP6, IKE_ID_IP6_SUBNET, IKE_ID_IP4_RANGE,
    IKE_ID_IP6_RANGE, IKE_ID_DN, IKE_ID_GN, IKE_ID_KEY, IKE_ID_LIST, /* 12: in IKEv2 a Fibre Channel name */
    IKE_ID_NULL, /* RFC 7619 */
};

struct ike_id {
    uint8_t type;              /* enum ike_id_type, or another */
    uint8_t protocol;          /* IKEv1: of the traffic in phase 2; 0 for any */
    uint16_t port;             /* IKEv1: likewise */
    const uint8_t *data;       /* text without a NUL for FQDN and mail, DER for DN and GN */
    uint32_t captured, wire;   /* of the data */
    struct addr first, last;   /* address, subnet or range as its two ends; family 0 for other types and what is cut */
    bool masked;               /* a subnet whose mask has no gaps: `bits` are its length */
    uint8_t bits;
};

/* A payload of type 5, 35 or 36. */
enum decode_status ike_id_decode(const struct ike_payload *payload, struct ike_id *id, struct ike_fault *fault);

/*
 * Whether `length` bytes are one DER SEQUENCE of exactly that length (X.690): what DNs and certificates are. Looks at 6
 * bytes at most.
 */
bool ike_id_is_der(const uint8_t *bytes, uint32_t captured, uint32_t length);

#endif
