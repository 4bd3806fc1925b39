/* ccm: counter mode and a CBC-MAC of the plaintext, step by step, so that no buffer for the whole packet is needed. */
#include "crypto/ccm.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/mac.h"

#define STEP 1024

bool ccm_run(struct ccm *ccm, const uint8_t nonce[CCM_NONCE], const uint8_t *aad, size_t aad_length, const uint8_t *in, size_t length,
             uint8_t *out, bool seal, uint8_t *tag, size_t tag_length)
{
    struct cbcmac mac;
    uint8_t block[MAC_BLOCK] = { 0 }, mask[MAC_BLOCK], scratch[STEP], counted[2];

    /* B0: flags (there is AAD, tag length, length field of 4), nonce, length. */
    block[0] = (uint8_t)(0x40 | (tag_length - 2) / 2 << 3 | 3);
    memcpy(block + 1, nonce, CCM_NONCE);
    bytes_put32(block + 12, (uint32_t)length);
    bytes_put16(counted, (uint16_t)aad_length);
    bool good = cbcmac_begin(&mac, ccm->chain) && cbcmac_add(&mac, block, sizeof block) && cbcmac_add(&mac, counted, sizeof counted) &&
                cbcmac_add(&mac, aad, aad_length) && cbcmac_pad(&mac);

    /* A0: the key stream's first block masks the tag. */
    memset(block, 0, sizeof block);
    block[0] = 3;
    memcpy(block + 1, nonce, CCM_NONCE);
    good = good && openssl_cipher_begin(ccm->counter, block, true);
    memset(block, 0, sizeof block);
    good = good && openssl_cipher_next(ccm->counter, block, sizeof block, mask);

    for (size_t at = 0; good && at < length; at += STEP) {
        size_t step = length - at < STEP ? length - at : STEP;
        uint8_t *to = out != NULL ? out + at : scratch;
        good = (!seal || cbcmac_add(&mac, in + at, step)) && openssl_cipher_next(ccm->counter, in + at, step, to) &&
               (seal || cbcmac_add(&mac, to, step));
    }
    good = good && cbcmac_pad(&mac) && cbcmac_end(&mac, block);
    for (size_t i = 0; good && i < tag_length; i++)
        tag[i] = block[i] ^ mask[i];
    return good;
}
