/*
 * ike_vendor: who made the peer, and what it can do, as its Vendor ID payloads say (RFC 2408 3.16, RFC 7296 3.12).
 *
 * A vendor ID is a convention, not a registry: most are the MD5 of a text, some end in a version. Known are those whose
 * bytes follow from their text, and a few that several independent implementations name alike; a vendor ID that is
 * readable ASCII is recognised by its text. Nothing is proved by one: anybody may send any.
 */
#ifndef DECODE_IKE_VENDOR_H
#define DECODE_IKE_VENDOR_H

#include "decode/ike_chain.h"

enum ike_maker {
    IKE_MAKER_NONE,       /* the vendor ID names no maker */
    IKE_MAKER_MICROSOFT,
    IKE_MAKER_STRONGSWAN,
    IKE_MAKER_LIBRESWAN,
    IKE_MAKER_RACOON,     /* KAME, ipsec-tools */
    IKE_MAKER_CISCO,
    IKE_MAKER_FORTINET,
    IKE_MAKER_JUNIPER,    /* NetScreen, ScreenOS */
    IKE_MAKER_CHECKPOINT,
    IKE_MAKER_SSH,        /* SSH Communications Security, its Sentinel and QuickSec */
    IKE_MAKER_SONICWALL,
    IKE_MAKER_ZYXEL,
    IKE_MAKER_COUNT
};

enum ike_ability { /* a set of these */
    IKE_CAN_NATT = 0x001,          /* RFC 3947 */
    IKE_CAN_NATT_DRAFT = 0x002,    /* one of its drafts */
    IKE_CAN_DPD = 0x004,           /* RFC 3706 */
    IKE_CAN_XAUTH = 0x008,
    IKE_CAN_FRAGMENT = 0x010,      /* IKEv1 fragments, payload 132 */
    IKE_CAN_UNITY = 0x020,         /* Cisco's extensions of config mode */
    IKE_CAN_GSSAPI = 0x040,        /* Kerberos in IKEv1 */
    IKE_CAN_AUTHIP = 0x080,        /* MS-MamieExists */
    IKE_CAN_DISCOVERY = 0x100,     /* Windows may answer and send in clear at first ([MS-IKEE] 3.7) */
    IKE_CAN_INITIAL_CONTACT = 0x200,
    IKE_CAN_CGA = 0x400,           /* cryptographically generated addresses */
    IKE_CAN_DELETE_REASON = 0x800, /* Cisco */
};

struct ike_vendor {
    const char *name;      /* for a person: "MS NT5 ISAKMPOAKLEY", "RFC 3947"; NULL: not known */
    uint8_t maker;         /* enum ike_maker */
    uint16_t abilities;    /* set of enum ike_ability */
    bool versioned;        /* `version` was there */
    uint32_t version;      /* the 4 bytes behind: generation of Windows, keying module, fragmentation flags */
    const char *release;   /* what the version means where that is published: "Windows 7"; else NULL */
    const uint8_t *bytes;  /* the vendor ID itself */
    uint32_t captured, wire;
    bool printable;        /* all its bytes are printable ASCII: it may be shown as text */
};

/*
 * A payload of type 13 or 43. An unknown vendor ID is no damage, and neither is one that is cut: it is not looked up.
 */
enum decode_status ike_vendor_decode(const struct ike_payload *payload, struct ike_vendor *vendor,
                                     struct ike_fault *fault);

const char *ike_vendor_maker(enum ike_maker maker); /* "Microsoft"; "" for IKE_MAKER_NONE */

#endif
