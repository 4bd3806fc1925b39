/*
 * draft: an IKE message that is being written: a chain of payloads, then a header around it (RFC 7296 3; RFC 2408 3). The payloads are well
 * formed; who wants one that is not puts its body together himself. Numbers and contents that nobody checks (public values, nonces, hashes)
 * are made up, the same each time.
 */
#ifndef INJECT_DRAFT_H
#define INJECT_DRAFT_H

#include "base/addr.h"
#include "crypto/ike1_seal.h"
#include "crypto/ike_seal.h"
#include "decode/ike_chain.h"
#include "inject/libnet.h"

#define DRAFT_MAX 4096u

struct draft {
    uint8_t first;     /* type of the first payload; 0: there is none */
    bool full;         /* more was put than there is room for */
    uint32_t length, last_at;
    uint8_t bytes[DRAFT_MAX];
};

/* A payload from its generic header on, put together piece by piece until the next one begins. */
void draft_begin(struct draft *draft, uint8_t type);
void draft_put(struct draft *draft, const void *bytes, uint32_t length);
void draft_put8(struct draft *draft, uint8_t value);
void draft_put16(struct draft *draft, uint16_t value);
void draft_put32(struct draft *draft, uint32_t value);
/* `length` bytes that say nothing; another seed, other bytes. */
void draft_fill(struct draft *draft, uint32_t length, uint8_t seed);
/* One at once. */
void draft_payload(struct draft *draft, uint8_t type, const void *body, uint32_t length);

/* ---- IKEv2 ---- */

struct draft_choice {
    uint8_t type;        /* of transform: 1 ENCR, 2 PRF, 3 INTEG, 4 KE, 5 ESN */
    uint16_t id, bits;   /* bits: of the key; 0: no such attribute */
};

/* One proposal; `spi` of 0, 4 (ESP, AH) or 8 bytes (IKE). */
void draft_sa(struct draft *draft, uint8_t protocol, const uint8_t *spi, uint8_t spi_size, const struct draft_choice *choices, unsigned count);
void draft_ke(struct draft *draft, uint16_t group, uint8_t seed);
void draft_nonce(struct draft *draft, uint8_t seed);
void draft_notify(struct draft *draft, uint16_t type, const void *data, uint32_t length);
void draft_notify_spi(struct draft *draft, uint16_t type, uint8_t protocol, uint32_t spi, const void *data, uint32_t length);
void draft_id(struct draft *draft, uint8_t type, const char *name); /* a FQDN; type: IKE2_IDI or IKE2_IDR */
void draft_auth(struct draft *draft);
void draft_selector(struct draft *draft, uint8_t type, const struct addr *first, const struct addr *last); /* IPv4; IKE2_TSI or IKE2_TSR */
/* spi 0: of the IKE SA itself, which has none here. */
void draft_delete(struct draft *draft, uint8_t protocol, uint32_t spi);

/* ---- IKEv1 ---- */

/* Phase 1: one transform, with a pre-shared key. RFC 2409 appendix A: AES-CBC 256, SHA2-256, group 14. */
void draft_sa1(struct draft *draft);
/* Phase 2: ESP in tunnel mode with AES-GCM-16 128 (RFC 2407 4.4.4 and 4.5, RFC 4106 8.4). */
void draft_esp1(struct draft *draft, uint32_t spi);
/* The KE payload, HASH and nonce, of bytes that nobody checks. */
void draft_ke1(struct draft *draft, uint8_t seed);
void draft_hash1(struct draft *draft, uint8_t seed);
void draft_nonce1(struct draft *draft, uint8_t seed);
void draft_network1(struct draft *draft, const struct addr *network, const struct addr *mask); /* IPv4, in quick mode */
void draft_id1(struct draft *draft, const char *name);
void draft_notify1(struct draft *draft, uint16_t type, const void *data, uint32_t length);
/* Protocol 1: the SPI is both cookies; 3: an SPI of 4 bytes. */
void draft_notify1_spi(struct draft *draft, uint16_t type, uint8_t protocol, const uint8_t *spi, uint8_t spi_size, const void *data,
                       uint32_t length);
void draft_delete1(struct draft *draft, uint32_t spi); /* of an ESP SA */

/* ---- the whole ---- */

struct draft_head {
    const uint8_t *spi_i, *spi_r; /* 8 bytes each */
    uint8_t version;              /* enum ike_version: 1 or 2 */
    uint8_t exchange, flags;      /* flags: set of enum ike_flag */
    uint32_t message_id;
    uint32_t beyond;              /* draft_clear(): bytes that the length field claims beyond those that are there; 0: it is right */
};

/* Into `out`, behind the `before` bytes that stand there. False: too long. */
bool draft_clear(const struct draft *draft, const struct draft_head *head, uint32_t before, struct wire *out);
/* The same with all payloads inside SK. */
bool draft_sealed(const struct draft *draft, const struct draft_head *head, struct ike_sealer *sealer, uint64_t iv, uint32_t before,
                  struct wire *out);
/* Part `number` of `total`, counted from 1, of the payloads inside SKF (RFC 7383 2.5). */
bool draft_piece(const struct draft *draft, const struct draft_head *head, struct ike_sealer *sealer, uint64_t iv, uint16_t number,
                 uint16_t total, uint32_t before, struct wire *out);
/* IKEv1 with all payloads encrypted; head->flags have flag E. */
bool draft_sealed1(const struct draft *draft, const struct draft_head *head, struct ike1_sealer *sealer, struct ike1_iv *iv, uint32_t before,
                   struct wire *out);

#endif
