/*
 * ike_sa: the SA payload, its proposals, their transforms and attributes (RFC 7296 3.3; RFC 2408 3.4 to 3.6, RFC 2407
 * 4.6.1).
 *
 *     struct ike_sa sa;
 *     status = ike_sa_open(&payload, &sa, &fault);
 *     while (ike_sa_proposal(&sa, &proposal))
 *         while (ike_sa_transform(&proposal, &transform))
 *             while (ike_sa_attribute(&transform, &attribute))
 *
 * ike_sa_open() has checked the whole tree. The iterators yield what stands before the first thing that is cut or
 * broken, and any nesting of them may be left early. Pointers point into the message. IKEv1 calls the offer of one
 * suite a transform; IKEv2 calls one algorithm so.
 */
#ifndef DECODE_IKE_SA_H
#define DECODE_IKE_SA_H

#include "decode/ike_chain.h"

/* A piece of the message: private to ike_sa.c. */
struct ike_span {
    const uint8_t *bytes;
    uint32_t at, captured, wire;
    uint8_t version;
};

struct ike_sa {
    uint32_t doi, situation;   /* IKEv1, AuthIP; 0 in IKEv2 */
    uint16_t proposals;        /* that are whole and without fault; ike_sa_proposal() may yield one more */
    struct ike_span rest;
};

struct ike_proposal {
    uint32_t at;               /* offset of its header in the message */
    uint8_t number;            /* IKEv1: proposals of one number belong together (AND) */
    uint8_t protocol;          /* 1 IKE, 2 AH, 3 ESP, ...: catalogue's ike_protocol_name() */
    uint8_t spi_size;          /* bytes */
    uint8_t transforms;        /* the count that it gives */
    const uint8_t *spi;        /* spi_size bytes, NULL for none */
    struct ike_span rest;
};

struct ike_transform {
    uint32_t at;               /* offset of its header in the message */
    uint8_t protocol;          /* of its proposal */
    uint8_t type;              /* IKEv2: 1 ENCR, 2 PRF, ...; IKEv1: 0 */
    uint8_t number;            /* IKEv1: number; IKEv2: 0 */
    uint16_t id;               /* IKEv2: of that type; IKEv1: KEY_IKE, or the ESP, AH or IPCOMP transform */
    uint16_t key_length;       /* bits, as its key length attribute says; 0 for none */
    struct ike_span rest;
};

struct ike_attribute {
    uint32_t at;               /* offset in the message */
    uint16_t class;            /* without the format bit */
    bool basic;                /* value of 2 bytes in place of a length (AF = 1) */
    uint16_t length;           /* of the value, bytes */
    const uint8_t *bytes;      /* the value */
    uint64_t value;            /* as a number; UINT64_MAX where more than 8 bytes do not fit one */
};

/*
 * What one IKEv1 transform offers (RFC 2409 appendix A, RFC 2407 4.5). Numbers as in the messages, 0 where it does not
 * say; the catalogue's ike1_value_name() has their names.
 */
struct ike_suite1 {
    uint8_t phase;             /* 1: IKE; 2: AH, ESP, IPCOMP */
    uint16_t cipher;           /* phase 1: encryption algorithm; phase 2: the transform id */
    uint16_t hash;             /* phase 1: hash; phase 2: authentication algorithm */
    uint16_t method;           /* phase 1: authentication method */
    uint16_t group;            /* Diffie-Hellman group; phase 2: of PFS */
    uint16_t key_length;       /* bits */
    uint16_t prf;              /* phase 1 */
    uint16_t mode;             /* phase 2: encapsulation mode */
    bool esn;                  /* phase 2: 64-bit sequence numbers (RFC 4304) */
    uint64_t seconds, kilobytes; /* lifetimes */
};

/* A payload of type 1 or 33. DECODE_BAD: `fault` names the first thing wrong; `sa` can be iterated on any answer. */
enum decode_status ike_sa_open(const struct ike_payload *payload, struct ike_sa *sa, struct ike_fault *fault);

bool ike_sa_proposal(struct ike_sa *sa, struct ike_proposal *proposal);
bool ike_sa_transform(struct ike_proposal *proposal, struct ike_transform *transform);
bool ike_sa_attribute(struct ike_transform *transform, struct ike_attribute *attribute);

/* The SPI as a number where it has 4 bytes, else 0. */
uint32_t ike_sa_spi(const struct ike_proposal *proposal);

/* Of an IKEv1 or AuthIP transform; does not consume its attributes. */
void ike_sa_suite1(const struct ike_transform *transform, struct ike_suite1 *suite);

#endif
