/*
 * ike_notify: notifications of IKEv2 (RFC 7296 3.10), IKEv1 (RFC 2408 3.14, [MS-IKEE] 2.2.6) and AuthIP ([MS-AIPS]
 * 2.2.3.5), and what their data say where the type gives them a form. Names of types are in the catalogue:
 * ike_notify_name(version, type).
 */
#ifndef DECODE_IKE_NOTIFY_H
#define DECODE_IKE_NOTIFY_H

#include "base/addr.h"
#include "decode/ike_chain.h"

/* The types that decoders and trackers name; the numbers of IKEv2 (IANA; MS_STATUS: [MS-IKEE] 2.2.7). */
enum ike_notify_type2 {
    IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD = 1, IKE_N_INVALID_IKE_SPI = 4, IKE_N_INVALID_MAJOR_VERSION = 5,
    IKE_N_INVALID_SYNTAX = 7, IKE_N_INVALID_MESSAGE_ID = 9, IKE_N_INVALID_SPI = 11, IKE_N_NO_PROPOSAL_CHOSEN = 14,
    IKE_N_INVALID_KE_PAYLOAD = 17, IKE_N_AUTHENTICATION_FAILED = 24, IKE_N_SINGLE_PAIR_REQUIRED = 34,
    IKE_N_NO_ADDITIONAL_SAS = 35, IKE_N_INTERNAL_ADDRESS_FAILURE = 36, IKE_N_FAILED_CP_REQUIRED = 37,
    IKE_N_TS_UNACCEPTABLE = 38, IKE_N_INVALID_SELECTORS = 39, IKE_N_TEMPORARY_FAILURE = 43,
    IKE_N_CHILD_SA_NOT_FOUND = 44, IKE_N_MS_STATUS = 12345, IKE_N_INITIAL_CONTACT = 16384,
    IKE_N_SET_WINDOW_SIZE = 16385, IKE_N_IPCOMP_SUPPORTED = 16387, IKE_N_NAT_DETECTION_SOURCE_IP = 16388,
    IKE_N_NAT_DETECTION_DESTINATION_IP = 16389, IKE_N_COOKIE = 16390, IKE_N_USE_TRANSPORT_MODE = 16391,
    IKE_N_REKEY_SA = 16393, IKE_N_MOBIKE_SUPPORTED = 16396, IKE_N_ADDITIONAL_IP4_ADDRESS = 16397,
    IKE_N_ADDITIONAL_IP6_ADDRESS = 16398, IKE_N_UPDATE_SA_ADDRESSES = 16400, IKE_N_COOKIE2 = 16401,
    IKE_N_AUTH_LIFETIME = 16403, IKE_N_REDIRECT_SUPPORTED = 16406, IKE_N_REDIRECT = 16407,
    IKE_N_REDIRECTED_FROM = 16408, IKE_N_TICKET_LT_OPAQUE = 16409, IKE_N_FRAGMENTATION_SUPPORTED = 16430,
    IKE_N_SIGNATURE_HASH_ALGORITHMS = 16431, IKE_N_INTERMEDIATE_SUPPORTED = 16438,
    IKE_N_ADDITIONAL_KEY_EXCHANGE = 16441,
};

/* The same of IKEv1 and of AuthIP. */
enum ike_notify_type1 {
    IKE1_N_INVALID_SPI = 11, IKE1_N_RESPONDER_LIFETIME = 24576, IKE1_N_REPLAY_STATUS = 24577,
    IKE1_N_INITIAL_CONTACT = 24578, IKE1_N_R_U_THERE = 36136, IKE1_N_R_U_THERE_ACK = 36137, IKE1_N_STATUS = 0x9c43,
    IKE1_N_DOS_COOKIE = 0x9c44, IKE1_N_EXCHANGE_INFO = 0x9c45, AUTHIP_N_STATUS = 0x9c54, AUTHIP_N_DOS_COOKIE = 0x9c55,
    AUTHIP_N_ACK = 0x9c56, AUTHIP_N_QM_SYNCHRONIZE = 0x9c57, AUTHIP_N_ACQUIRE = 0x9c58,
};

/* What `number`, `address` and `data` hold. */
enum ike_notify_form {
    IKE_FORM_OPAQUE,    /* nothing, or data without a form that is known */
    IKE_FORM_NUMBER,    /* number, as the type means it: a group (INVALID_KE_PAYLOAD), a payload type, a message ID,
                           a window size, seconds, a sequence number, flags, an encapsulation mode, a CPI; or 0 */
    IKE_FORM_SPI,       /* number: the SPI of the packet complained of */
    IKE_FORM_STATUS,    /* number: a Windows error code, read in network order, which is not certain */
    IKE_FORM_COOKIE,    /* data: a cookie */
    IKE_FORM_HASH,      /* data: 20 bytes of SHA-1 over SPIs, address and port (RFC 7296 2.23) */
    IKE_FORM_HASHES,    /* data: hash algorithms (RFC 7427), 2 bytes each; number: how many */
    IKE_FORM_ADDRESS,   /* address */
    IKE_FORM_REDIRECT,  /* address, or `text` (a FQDN); number: enum of RFC 5685: 1 IPv4, 2 IPv6, 3 FQDN */
    IKE_FORM_ATTRIBUTES, /* data: IKEv1 attributes (life type and duration) */
};

struct ike_notify {
    uint32_t doi;              /* IKEv1, AuthIP */
    uint8_t protocol;          /* whose SPI: 1 IKE, 2 AH, 3 ESP; 0: none. AuthIP: 1 main, extended mode; 2 quick mode */
    uint8_t flags;             /* AuthIP: 1 reliable; else 0 */
    uint16_t type;             /* enum ike_notify_type1 or 2, or another */
    const uint8_t *spi;        /* NULL for none */
    uint8_t spi_size;          /* bytes at `spi` */
    const uint8_t *data;
    uint32_t captured, wire;   /* of the data */
    uint8_t form;              /* enum ike_notify_form; IKE_FORM_OPAQUE where the data are cut */
    uint32_t number;
    struct addr address;       /* family 0 where there is none */
    const uint8_t *text;       /* REDIRECT to a name, without a NUL; else NULL */
    uint8_t text_length;
    bool has_message_id;       /* IKEv1 NOTIFY_STATUS about a quick mode: */
    uint32_t message_id;       /* which one */
};

/*
 * A payload of type 11 or 41.
 *
 * [MS-IKEE] 2.2.6 on NOTIFY_STATUS of IKEv1: for a quick mode the status stands behind the 4 bytes of its message ID,
 * and the SPI size is then 8. Whether an SPI of that size is there as well the text does not settle, so the length
 * decides: data of 8 bytes behind the SPI are message ID and status, of 4 bytes a status; and where SPI size 8 leaves
 * no data at all, those 8 bytes are message ID and status, and there is no SPI.
 */
enum decode_status ike_notify_decode(const struct ike_payload *payload, struct ike_notify *notify,
                                     struct ike_fault *fault);

/* The SPI as a number where it has 4 bytes, else 0. */
uint32_t ike_notify_spi(const struct ike_notify *notify);

#endif
