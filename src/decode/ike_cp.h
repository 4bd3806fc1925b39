/*
 * ike_cp: the Configuration payload of IKEv2 (RFC 7296 3.15), and config mode's Attributes payload with XAUTH in IKEv1
 * (drafts isakmp-mode-cfg, xauth).
 */
#ifndef DECODE_IKE_CP_H
#define DECODE_IKE_CP_H

#include "base/addr.h"
#include "decode/ike_chain.h"

enum ike_cp_type { IKE_CP_REQUEST = 1, IKE_CP_REPLY, IKE_CP_SET, IKE_CP_ACK };

struct ike_cp {
    uint8_t type;              /* enum ike_cp_type */
    uint16_t identifier;       /* IKEv1: of the transaction */
    /* What is left to yield: private to ike_cp.c. */
    const uint8_t *bytes;
    uint32_t at, captured, wire;
    uint8_t version;
};

struct ike_cp_attribute {
    uint16_t type;
    bool basic;                /* IKEv1: a value of 2 bytes in place of a length */
    uint16_t length;           /* of the value; 0 asks for one */
    uint32_t at;               /* offset in the message */
    const uint8_t *value;      /* may be a password (XAUTH): never to be shown */
    struct addr address;       /* of the types that hold one; else family 0 */
    uint8_t bits;              /* prefix length, IPv6 address and subnet */
};

/* A payload of type 14 or 47. All attributes have been checked; `cp` can be iterated on any answer. */
enum decode_status ike_cp_open(const struct ike_payload *payload, struct ike_cp *cp, struct ike_fault *fault);
/* The next attribute; false at the end, or before the first that is cut or reaches beyond the payload. */
bool ike_cp_next(struct ike_cp *cp, struct ike_cp_attribute *attribute);

const char *ike_cp_type_name(uint8_t type);                               /* "CFG_REQUEST"; NULL where unassigned */
const char *ike_cp_attribute_name(unsigned version, uint16_t type);       /* "INTERNAL_IP4_ADDRESS"; NULL likewise */

#endif
