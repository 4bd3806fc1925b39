/*
 * open: verify and decrypt one ESP payload, verify one AH packet. The only callers of the cipher library are behind this header.
 *
 * A crypt_key is made once per SA and worker (cipher contexts keyed once; per packet only the IV is set). It is not shared between threads.
 * No allocation per packet.
 */
#ifndef CRYPTO_OPEN_H
#define CRYPTO_OPEN_H

#include "base/error.h"
#include "base/secret.h"
#include "crypto/suite.h"

enum crypt_result {
    CRYPT_OK,         /* ICV right (or none to check), plaintext written */
    CRYPT_BAD_ICV,
    CRYPT_SHORT,      /* no room for IV, trailer and ICV */
    CRYPT_MISALIGNED, /* not a whole number of cipher blocks */
};

struct crypt_params {
    const struct encryption *encryption; /* NULL for AH */
    struct secret encryption_key;        /* with salt */
    const struct integrity *integrity;   /* NULL or kind NONE where an AEAD or nothing protects */
    struct secret integrity_key;
    uint8_t icv;   /* bytes of ICV on the wire; 0 takes the algorithm's. With integrity NONE: bytes that are there unchecked */
    bool esn;
};

struct crypt_key;

/* NULL with an error: key of a wrong length, or an algorithm that this libcrypto lacks (said by name). */
struct crypt_key *crypt_key_create(const struct crypt_params *params, struct error *error);
void crypt_key_destroy(struct crypt_key *key);

/* Bytes that a packet must at least have from its SPI: 8, IV, one cipher block or the 2 trailer bytes, ICV. encryption NULL: as CIPHER_NULL. */
uint32_t crypt_esp_minimum(const struct encryption *encryption, uint8_t icv);

/*
 * `esp` points at the SPI, `length` is the whole ESP payload (RFC 4303 2). seq_high is used only with ESN: as AAD for AEADs, appended before the
 * ICV otherwise (RFC 4303 2.2.1, 3.3.2.1). `plain` has room for `length` bytes and receives payload, padding, pad length and next
 * header; *plain_length tells how many (0 unless CRYPT_OK). The ICV is checked before anything is decrypted (encrypt-then-MAC) or with it
 * (AEAD). SHORT and MISALIGNED are said before the ICV is looked at; 4-byte alignment is not asked of stream and AEAD ciphers.
 */
enum crypt_result crypt_esp_open(struct crypt_key *key, const uint8_t *esp, uint32_t length, uint32_t seq_high,
                                 uint8_t *plain, uint32_t *plain_length);
/* The ICV alone, without decrypting where the algorithm allows that. */
enum crypt_result crypt_esp_verify(struct crypt_key *key, const uint8_t *esp, uint32_t length, uint32_t seq_high);

/*
 * AH (RFC 4302 3.3.3): `packet` is a copy of the whole IP packet whose mutable fields and whose ICV the caller has zeroed already;
 * with ESN the high half is appended (crypto/ah.h prepares the copy). `icv` points at the received ICV, icv_length is crypt_ah_icv();
 * any other is CRYPT_SHORT.
 */
enum crypt_result crypt_ah_verify(struct crypt_key *key, const uint8_t *packet, uint32_t length, uint32_t seq_high,
                                  const uint8_t *icv, uint8_t icv_length);
/* Bytes of AH's ICV field, without padding: the SA's ICV, for AES-GMAC with the 8 bytes of IV before it (RFC 4543 4). */
uint8_t crypt_ah_icv(const struct crypt_key *key);

/* The reverse, for crafting packets and tests: seals in place. `esp` holds SPI, sequence, IV, plaintext with trailer, and room for the ICV. */
bool crypt_esp_seal(struct crypt_key *key, uint8_t *esp, uint32_t length, uint32_t seq_high);
/* The same for AH: `packet` as for crypt_ah_verify(); `icv` has room for crypt_ah_icv() bytes, with AES-GMAC its IV stands there already. */
bool crypt_ah_seal(struct crypt_key *key, const uint8_t *packet, uint32_t length, uint32_t seq_high, uint8_t *icv);

#endif
