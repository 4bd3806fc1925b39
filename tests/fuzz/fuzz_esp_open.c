/*
 * fuzz_esp_open: any bytes as an ESP payload, under any suite, and as an IP packet with an AH.
 * Input: suite, integrity, flags (1 ESN, 2 AH), bytes of ICV, high half of the sequence number (4), the packet.
 * What must hold besides: opening and verifying agree, what was sealed opens to what it was, and no longer does with a bit turned.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/ah.h"
#include "crypto/open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void try_ah(struct crypt_key *key, const uint8_t *packet, uint32_t size, uint32_t seq_high)
{
    uint8_t icv = crypt_ah_icv(key), *out = malloc(size + (size == 0));
    must(out != NULL, "no memory");
    for (uint32_t at = 0; at <= size && at <= 128; at += 4)
        if (ah_prepare(packet, size, at, icv, out))
            crypt_ah_verify(key, out, size, seq_high, packet + at + 12, icv);
    free(out);
}

static void try_esp(struct crypt_key *key, const struct crypt_params *params, const uint8_t *packet, uint32_t size, uint32_t seq_high)
{
    uint8_t *plain = malloc(size + (size == 0)), *sealed = malloc(size + (size == 0));
    uint32_t length, again;
    must(plain != NULL && sealed != NULL, "no memory");
    enum crypt_result result = crypt_esp_open(key, packet, size, seq_high, plain, &length);
    must(crypt_esp_verify(key, packet, size, seq_high) == result, "verify and open disagree");
    must(result == CRYPT_OK ? length <= size : length == 0, "length");
    memcpy(sealed, packet, size);
    bool fits = crypt_esp_seal(key, sealed, size, seq_high);
    must(fits == (result == CRYPT_OK || result == CRYPT_BAD_ICV), "what cannot be sealed is short or misaligned");
    if (fits) {
        must(crypt_esp_open(key, sealed, size, seq_high, plain, &length) == CRYPT_OK, "what was sealed does not open");
        must(memcmp(plain, packet + 8 + params->encryption->iv, length) == 0, "what was sealed opens to something else");
        bool checked = params->encryption->icv != 0 || (params->integrity != NULL && params->integrity->kind != INTEGRITY_NONE);
        uint32_t bit = seq_high % (size * 8);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        result = crypt_esp_open(key, sealed, size, seq_high, plain, &again);
        bool chance = params->icv != 0 && params->icv < 8; /* so short an ICV fits by luck */
        must(result == (checked ? CRYPT_BAD_ICV : CRYPT_OK) || chance, "a turned bit");
    }
    free(plain);
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t bytes[64] = "keys of this target are no secret, they are what is fuzzed with";
    if (size < 8 || size > 4096)
        return 0;
    bool ah = data[2] & 2;
    struct crypt_params params = {
        .encryption = ah ? NULL : &suite_encryptions[data[0] % suite_encryption_count],
        .integrity = &suite_integrities[data[1] % suite_integrity_count],
        .icv = data[3],
        .esn = data[2] & 1,
    };
    if (!ah && params.encryption->icv != 0)
        params.integrity = NULL;
    if (!ah && params.encryption->kind != CIPHER_NULL)
        params.encryption_key = (struct secret){ bytes, (uint16_t)(params.encryption->key_bytes[0] + params.encryption->salt) };
    if (params.integrity != NULL)
        params.integrity_key = (struct secret){ bytes, params.integrity->key };
    struct error error;
    struct crypt_key *key = crypt_key_create(&params, &error);
    if (key == NULL)
        return 0;
    uint8_t *packet = malloc(size - 8 + (size == 8)); /* apart, so that a sanitizer sees a read beyond it */
    must(packet != NULL, "no memory");
    memcpy(packet, data + 8, size - 8);
    if (ah)
        try_ah(key, packet, (uint32_t)size - 8, bytes_get32(data + 4));
    else
        try_esp(key, &params, packet, (uint32_t)size - 8, bytes_get32(data + 4));
    free(packet);
    crypt_key_destroy(key);
    return 0;
}
