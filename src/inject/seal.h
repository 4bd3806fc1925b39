/*
 * seal: one ESP or AH packet as the holder of an SA's keys makes it (RFC 4303 2 and 3.3, RFC 4302 3.3), or wrong in exactly one place behind
 * the keys: another trailer, other padding, an IV used twice. What is wrong in front of the keys is done to the bytes afterwards.
 */
#ifndef INJECT_SEAL_H
#define INJECT_SEAL_H

#include "crypto/open.h"
#include "inject/libnet.h"
#include "sa/sa.h"

struct seal_shape {
    uint32_t spi;
    uint64_t seq;          /* with its high half, which only ESN uses */
    const uint8_t *content; /* what travels inside; not in the `out` of the same call */
    uint32_t length;
    uint8_t next;          /* its next header */
    uint32_t tfc;          /* zero bytes behind the content (RFC 4303 2.7) */
    bool pad_claimed;      /* ESP: pad_claim stands in the pad length field, whatever is true */
    uint8_t pad_claim;
    bool pad_zero;         /* ESP: padding bytes of zero, and at least one of them, instead of 1, 2, 3 */
    bool iv_set;           /* ESP: the IV is made of `iv`, else of the sequence number */
    uint64_t iv;
};

/* A key context of the definition, for sealing with it; NULL and an error where its keys or algorithms are not there. */
struct crypt_key *seal_key(const struct sa_definition *definition, struct error *error);

/* The ESP payload, from SPI to ICV. */
bool seal_esp(struct crypt_key *key, const struct sa_definition *definition, const struct seal_shape *shape, struct wire *out,
              struct error *error);
/* The whole IP packet; `ip` is its header but for the protocol. */
bool seal_ah(struct net *net, struct crypt_key *key, const struct sa_definition *definition, const struct seal_shape *shape,
             const struct net_ip *ip, struct wire *out, struct error *error);
/* Computes the ICV of an AH packet anew, whose AH begins at ah_at. */
bool seal_ah_again(struct crypt_key *key, uint8_t *packet, uint32_t length, uint32_t ah_at, uint32_t seq_high, struct error *error);
/* Bytes of the AH header with the ICV's padding (RFC 4302 2.6). */
uint32_t seal_ah_length(struct crypt_key *key, const struct sa_definition *definition, uint8_t version);

#endif
