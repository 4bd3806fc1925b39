/* ike1_seal: CBC with a chained IV, the way back. */
#include "crypto/ike1_seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/openssl.h"

enum { HEADER = 28, LENGTH_AT = 24 };

struct ike1_sealer {
    struct openssl_cipher *cipher;
    uint8_t block;
};

struct ike1_sealer *ike1_sealer_create(const struct encryption *encryption, struct secret key, struct error *error)
{
    if (encryption == NULL || encryption->kind != CIPHER_CBC || !suite_encryption_takes(encryption, key.length)) {
        error_set(error, "%s with a key of %u bytes does not seal IKEv1", encryption ? encryption->name : "no cipher", (unsigned)key.length);
        return NULL;
    }
    struct ike1_sealer *sealer = calloc(1, sizeof *sealer);
    if (sealer == NULL) {
        error_set(error, "no memory for an IKE key");
        return NULL;
    }
    sealer->block = encryption->block;
    sealer->cipher = openssl_cipher_create(encryption->base, CIPHER_CBC, key.bytes, key.length, true, error);
    if (sealer->cipher != NULL)
        return sealer;
    ike1_sealer_destroy(sealer);
    return NULL;
}

void ike1_sealer_destroy(struct ike1_sealer *sealer)
{
    if (sealer == NULL)
        return;
    openssl_cipher_destroy(sealer->cipher);
    free(sealer);
}

uint32_t ike1_seal(struct ike1_sealer *sealer, struct ike1_iv *iv, const uint8_t *inside, uint32_t length, uint8_t *message, uint32_t room)
{
    uint32_t text = (length + sealer->block - 1u) / sealer->block * sealer->block;
    if (room < HEADER || length > room || text > room - HEADER || text == 0 || iv->length != sealer->block)
        return 0;
    uint8_t *at = message + HEADER;
    memcpy(at, inside, length);
    memset(at + length, 0, text - length);
    bytes_put32(message + LENGTH_AT, HEADER + text);
    if (!openssl_cipher_begin(sealer->cipher, iv->bytes, true) || !openssl_cipher_next(sealer->cipher, at, text, at))
        return 0;
    memcpy(iv->bytes, at + text - sealer->block, sealer->block);
    return HEADER + text;
}
