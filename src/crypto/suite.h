/*
 * suite: the algorithms of ESP and AH, one table each for encryption (with the AEADs) and integrity.
 *
 * IANA numbers are those of the IKEv2 registry (transform types 1 and 3). Each row carries the names that xfrm, setkey, Wireshark,
 * strongSwan and tcpdump use. Lengths are bytes unless a name says bits. No key material here.
 */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cipher_kind { CIPHER_NULL, CIPHER_CBC, CIPHER_CTR, CIPHER_GCM, CIPHER_CCM, CIPHER_GMAC, CIPHER_CHACHAPOLY };
enum cipher_base {
    BASE_NONE, BASE_AES, BASE_CAMELLIA, BASE_3DES, BASE_DES, BASE_CHACHA20, BASE_BLOWFISH, BASE_CAST5, BASE_TWOFISH, BASE_SERPENT,
};
enum integrity_kind { INTEGRITY_NONE, INTEGRITY_HMAC, INTEGRITY_XCBC, INTEGRITY_CMAC, INTEGRITY_GMAC };
enum digest { DIGEST_NONE, DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA2_256, DIGEST_SHA2_384, DIGEST_SHA2_512, DIGEST_RIPEMD160 };

/* Whose spelling a name is in. */
enum dialect { DIALECT_ESPLAIN, DIALECT_XFRM, DIALECT_SETKEY, DIALECT_WIRESHARK, DIALECT_STRONGSWAN, DIALECT_TCPDUMP };

struct encryption {
    const char *name;     /* ours: "AES-GCM-16", "AES-CBC", "NULL" */
    uint16_t iana;        /* IKEv2 transform type 1; 0 where it has no number */
    uint8_t kind;         /* enum cipher_kind */
    uint8_t base;         /* enum cipher_base */
    uint8_t iv;           /* IV bytes in the packet (0 with an implicit IV, RFC 8750) */
    uint8_t block;        /* the ciphertext is a whole number of these; 1 for stream and AEAD modes */
    uint8_t salt;         /* bytes at the end of the key that are the nonce's salt */
    uint8_t icv;          /* AEAD: bytes of ICV; 0 where integrity is separate */
    uint8_t key_bytes[4]; /* allowed key lengths without salt, ascending, 0-terminated; {0} for NULL */
    bool key_range;       /* key_bytes are the shortest and the longest instead (Blowfish, CAST-128) */
    bool implicit_iv;
    const char *xfrm, *setkey, *wireshark, *strongswan, *tcpdump; /* NULL where that tool has none */
};

struct integrity {
    const char *name;     /* "HMAC-SHA2-256-128", "NONE" */
    uint16_t iana;        /* IKEv2 transform type 3; 0 for NONE and where it has no number */
    uint8_t kind;         /* enum integrity_kind */
    uint8_t digest;       /* enum digest */
    uint8_t key;          /* key bytes as the RFC has them (GMAC: salt included) */
    uint8_t icv;          /* bytes of ICV (GMAC in AH: without the 8 bytes of IV before it) */
    const char *xfrm, *setkey, *wireshark, *strongswan, *tcpdump;
};

extern const struct encryption suite_encryptions[];
extern const size_t suite_encryption_count;
extern const struct integrity suite_integrities[];
extern const size_t suite_integrity_count;

/*
 * By a tool's name, compared without case; aliases are known ("rijndael-cbc", "cbc(des3_ede)", "aes256gcm16", "AES-GCM [RFC4106]"), and
 * DIALECT_ESPLAIN takes every dialect's names. icv_bits: what the format tells beside the name (xfrm: "128"), 0 for nothing.
 * NULL where no row fits the name, or where xfrm names an AEAD with an ICV that the kernel does not have.
 *
 * A name that several rows share ("rfc4106(gcm(aes))", "hmac(sha256)") gives the row with that ICV; without icv_bits, the one that the tool
 * means by default (16 bytes for an AEAD; 96 bits for xfrm's hmac(sha256)). An integrity algorithm truncated to bits that no row has is
 * still found: keep icv_bits / 8 as the SA's ICV.
 */
const struct encryption *suite_encryption_find(enum dialect dialect, const char *name, size_t length, unsigned icv_bits);
const struct integrity *suite_integrity_find(enum dialect dialect, const char *name, size_t length, unsigned icv_bits);
const struct encryption *suite_encryption_by_iana(uint16_t iana);
const struct integrity *suite_integrity_by_iana(uint16_t iana);

/*
 * Is a key of `length` bytes, salt included, one that this algorithm takes? HMAC takes any but an empty one (RFC 2104, and so do the
 * kernels); that another length than integrity->key breaks RFC 4868 is lint's to say.
 */
bool suite_encryption_takes(const struct encryption *encryption, size_t length);
bool suite_integrity_takes(const struct integrity *integrity, size_t length);

#endif
