/*
 * fuzz_seal: any content sealed in any shape with any pair of algorithms, opened again.
 * Input: encryption, integrity (1 each), flags (1 AH, 2 ESN, 4 IPv6, 8 claimed padding, 16 padding of zero, 32 IV set, 64 align4), the padding that is
 * claimed, next header, length of TFC padding / 4 (1 each), sequence number (8), the content.
 * What must hold: the content comes out again, and no longer does with a bit turned where an ICV checks it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ah.h"
#include "inject/seal.h"
#include "sa/overhead.h"

#define HEAD 14u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void try_esp(struct crypt_key *key, const struct sa_definition *sa, const struct seal_shape *shape, struct wire *wire)
{
    struct error error;
    uint32_t length, high = (uint32_t)(shape->seq >> 32);
    if (!seal_esp(key, sa, shape, wire, &error))
        return;
    uint8_t *plain = malloc(wire->length);
    must(plain != NULL, "no memory");
    must(crypt_esp_open(key, wire->bytes, wire->length, high, plain, &length) == CRYPT_OK, "what was sealed does not open");
    must(length >= shape->length + shape->tfc + 2 && memcmp(plain, shape->content, shape->length) == 0, "it opens to something else");
    must(plain[length - 1] == shape->next, "next header");
    must(length - shape->length - shape->tfc - 2 == plain[length - 2] || shape->pad_claimed, "padding");
    wire->bytes[shape->seq % wire->length] ^= 4;
    if (overhead_icv(sa) >= 8)
        must(crypt_esp_open(key, wire->bytes, wire->length, high, plain, &length) == CRYPT_BAD_ICV, "a turned bit");
    free(plain);
}

static void try_ah(struct net *net, struct crypt_key *key, const struct sa_definition *sa, const struct seal_shape *shape, bool six, struct wire *wire)
{
    static const uint8_t here[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    struct net_ip ip = { .src = six ? addr_ip6(here) : addr_ip4(here), .dst = six ? addr_ip6(here) : addr_ip4(here), .ttl = 64, .id = 1 };
    struct error error;
    uint32_t at = six ? 40 : 20, high = (uint32_t)(shape->seq >> 32);
    uint8_t icv = crypt_ah_icv(key);
    if (!seal_ah(net, key, sa, shape, &ip, wire, &error))
        return;
    uint8_t *copy = malloc(wire->length);
    must(copy != NULL, "no memory");
    must(ah_prepare(wire->bytes, wire->length, at, icv, copy), "the headers do not lead to the AH");
    must(crypt_ah_verify(key, copy, wire->length, high, wire->bytes + at + 12, icv) == CRYPT_OK, "what was sealed is not right");
    copy[at + 4 + shape->seq % 4] ^= 4; /* of the SPI */
    must(crypt_ah_verify(key, copy, wire->length, high, wire->bytes + at + 12, icv) == (icv ? CRYPT_BAD_ICV : CRYPT_OK), "a turned bit");
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t bytes[64] = "keys of this target are no secret, they are what is fuzzed with";
    struct error error;
    if (size < HEAD)
        return 0;
    uint8_t flags = data[2];
    struct sa_definition sa = { .spi = 0x1001, .proto = flags & 1 ? SA_PROTO_AH : SA_PROTO_ESP, .esn = flags & 2, .align4 = flags & 64,
                                .integrity = &suite_integrities[data[1] % suite_integrity_count] };
    if (!(flags & 1))
        sa.encryption = &suite_encryptions[data[0] % suite_encryption_count];
    if (sa.encryption != NULL && sa.encryption->icv != 0)
        sa.integrity = NULL;
    if (sa.encryption != NULL)
        sa.encryption_key = (struct secret){ bytes, (uint16_t)(sa.encryption->key_bytes[0] + sa.encryption->salt) };
    if (sa.integrity != NULL)
        sa.integrity_key = (struct secret){ bytes, sa.integrity->key };
    struct crypt_key *key = seal_key(&sa, &error);
    struct net *net = net_create(&error);
    struct wire *wire = malloc(sizeof *wire);
    uint8_t *content = malloc(size - HEAD + 1); /* apart, so that a sanitizer sees a read beyond it */
    must(net != NULL && wire != NULL && content != NULL, "no memory");
    memcpy(content, data + HEAD, size - HEAD);
    struct seal_shape shape = { .spi = sa.spi, .seq = bytes_get64(data + 6), .content = content, .length = (uint32_t)(size - HEAD), .next = data[4],
                                .tfc = data[5] * 4u, .pad_claimed = flags & 8, .pad_claim = data[3], .pad_zero = flags & 16, .iv_set = flags & 32, .iv = data[3] };
    if (key != NULL && flags & 1)
        try_ah(net, key, &sa, &shape, flags & 4, wire);
    else if (key != NULL)
        try_esp(key, &sa, &shape, wire);
    free(content);
    free(wire);
    net_destroy(net);
    crypt_key_destroy(key);
    return 0;
}
