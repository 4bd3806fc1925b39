/* nathash: one digest over what the payload binds together. */
#include "crypto/nathash.h"

#include "base/bytes.h"
#include "crypto/openssl.h"

bool nathash_make(const uint8_t spis[16], const struct addr *addr, uint16_t port, uint32_t length, uint8_t hash[NATHASH_MAX])
{
    enum digest digest = length == 20   ? DIGEST_SHA1
                         : length == 16 ? DIGEST_MD5
                         : length == 32 ? DIGEST_SHA2_256
                         : length == 48 ? DIGEST_SHA2_384
                         : length == 64 ? DIGEST_SHA2_512
                                        : DIGEST_NONE;
    uint32_t bytes = addr->family == 4 ? 4 : 16;
    uint8_t end[18];
    memcpy(end, addr->bytes, bytes);
    bytes_put16(end + bytes, port);
    return digest != DIGEST_NONE && openssl_digest(digest, spis, 16, end, bytes + 2, hash) == length;
}
