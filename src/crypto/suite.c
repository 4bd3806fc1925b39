/* suite: the algorithms of ESP and AH, and what each tool calls them. */
#include "crypto/suite.h"

#include <string.h>
#include <strings.h>

#include "base/secret.h"

#define NAME_MAX_BYTES 80 /* longer names are no algorithm's */

/* Rows that share a name in some dialect stand with that dialect's default first: the 16-byte ICV, xfrm's 96 bits of SHA2-256. */
const struct encryption suite_encryptions[] = {
    { .name = "NULL", .iana = 11, .kind = CIPHER_NULL, .block = 1,
      .xfrm = "ecb(cipher_null)", .setkey = "null", .wireshark = "NULL", .strongswan = "NULL", .tcpdump = "none" },
    { .name = "DES-CBC", .iana = 2, .kind = CIPHER_CBC, .base = BASE_DES, .iv = 8, .block = 8, .key_bytes = { 8 },
      .xfrm = "cbc(des)", .setkey = "des-cbc", .wireshark = "DES-CBC [RFC2405]", .strongswan = "DES_CBC", .tcpdump = "des-cbc" },
    { .name = "3DES-CBC", .iana = 3, .kind = CIPHER_CBC, .base = BASE_3DES, .iv = 8, .block = 8, .key_bytes = { 24 },
      .xfrm = "cbc(des3_ede)", .setkey = "3des-cbc", .wireshark = "TripleDES-CBC [RFC2451]", .strongswan = "3DES_CBC",
      .tcpdump = "3des-cbc" },
    { .name = "CAST-CBC", .iana = 6, .kind = CIPHER_CBC, .base = BASE_CAST5, .iv = 8, .block = 8, .key_bytes = { 5, 16 },
      .key_range = true, .xfrm = "cbc(cast5)", .setkey = "cast128-cbc", .wireshark = "CAST5-CBC [RFC2144]",
      .strongswan = "CAST_CBC", .tcpdump = "cast128-cbc" },
    { .name = "BLOWFISH-CBC", .iana = 7, .kind = CIPHER_CBC, .base = BASE_BLOWFISH, .iv = 8, .block = 8, .key_bytes = { 5, 56 },
      .key_range = true, .xfrm = "cbc(blowfish)", .setkey = "blowfish-cbc",
      .wireshark = "BLOWFISH-CBC [RFC2451]", .strongswan = "BLOWFISH_CBC", .tcpdump = "blowfish-cbc" },
    { .name = "TWOFISH-CBC", .kind = CIPHER_CBC, .base = BASE_TWOFISH, .iv = 16, .block = 16, .key_bytes = { 16, 24, 32 },
      .xfrm = "cbc(twofish)", .setkey = "twofish-cbc", .wireshark = "TWOFISH-CBC", .strongswan = "TWOFISH_CBC" },
    { .name = "SERPENT-CBC", .kind = CIPHER_CBC, .base = BASE_SERPENT, .iv = 16, .block = 16, .key_bytes = { 16, 24, 32 },
      .xfrm = "cbc(serpent)", .strongswan = "SERPENT_CBC" },
    { .name = "AES-CBC", .iana = 12, .kind = CIPHER_CBC, .base = BASE_AES, .iv = 16, .block = 16, .key_bytes = { 16, 24, 32 },
      .xfrm = "cbc(aes)", .setkey = "rijndael-cbc", .wireshark = "AES-CBC [RFC3602]", .strongswan = "AES_CBC",
      .tcpdump = "aes128-cbc" },
    { .name = "AES-CTR", .iana = 13, .kind = CIPHER_CTR, .base = BASE_AES, .iv = 8, .block = 1, .salt = 4,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc3686(ctr(aes))", .setkey = "aes-ctr", .wireshark = "AES-CTR [RFC3686]",
      .strongswan = "AES_CTR" },
    { .name = "AES-GCM-16", .iana = 20, .kind = CIPHER_GCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 4, .icv = 16,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4106(gcm(aes))", .setkey = "aes-gcm-16",
      .wireshark = "AES-GCM with 16 octet ICV [RFC4106]", .strongswan = "AES_GCM_16" },
    { .name = "AES-GCM-12", .iana = 19, .kind = CIPHER_GCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 4, .icv = 12,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4106(gcm(aes))", .wireshark = "AES-GCM with 12 octet ICV [RFC4106]",
      .strongswan = "AES_GCM_12" },
    { .name = "AES-GCM-8", .iana = 18, .kind = CIPHER_GCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 4, .icv = 8,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4106(gcm(aes))", .wireshark = "AES-GCM with 8 octet ICV [RFC4106]",
      .strongswan = "AES_GCM_8" },
    { .name = "AES-CCM-16", .iana = 16, .kind = CIPHER_CCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 3, .icv = 16,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(aes))", .strongswan = "AES_CCM_16" },
    { .name = "AES-CCM-12", .iana = 15, .kind = CIPHER_CCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 3, .icv = 12,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(aes))", .strongswan = "AES_CCM_12" },
    { .name = "AES-CCM-8", .iana = 14, .kind = CIPHER_CCM, .base = BASE_AES, .iv = 8, .block = 1, .salt = 3, .icv = 8,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(aes))", .strongswan = "AES_CCM_8" },
    { .name = "NULL-AES-GMAC", .iana = 21, .kind = CIPHER_GMAC, .base = BASE_AES, .iv = 8, .block = 1, .salt = 4, .icv = 16,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4543(gcm(aes))", .setkey = "aes-gmac", .strongswan = "NULL_AES_GMAC" },
    { .name = "CHACHA20-POLY1305", .iana = 28, .kind = CIPHER_CHACHAPOLY, .base = BASE_CHACHA20, .iv = 8, .block = 1, .salt = 4,
      .icv = 16, .key_bytes = { 32 }, .xfrm = "rfc7539esp(chacha20,poly1305)", .setkey = "chacha20-poly1305",
      .wireshark = "ChaCha20 with Poly1305 [RFC7634]", .strongswan = "CHACHA20_POLY1305" },
    { .name = "CAMELLIA-CBC", .iana = 23, .kind = CIPHER_CBC, .base = BASE_CAMELLIA, .iv = 16, .block = 16,
      .key_bytes = { 16, 24, 32 }, .xfrm = "cbc(camellia)", .setkey = "camellia-cbc", .strongswan = "CAMELLIA_CBC" },
    { .name = "CAMELLIA-CTR", .iana = 24, .kind = CIPHER_CTR, .base = BASE_CAMELLIA, .iv = 8, .block = 1, .salt = 4,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc3686(ctr(camellia))", .strongswan = "CAMELLIA_CTR" },
    { .name = "CAMELLIA-CCM-16", .iana = 27, .kind = CIPHER_CCM, .base = BASE_CAMELLIA, .iv = 8, .block = 1, .salt = 3, .icv = 16,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(camellia))", .strongswan = "CAMELLIA_CCM_16" },
    { .name = "CAMELLIA-CCM-12", .iana = 26, .kind = CIPHER_CCM, .base = BASE_CAMELLIA, .iv = 8, .block = 1, .salt = 3, .icv = 12,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(camellia))", .strongswan = "CAMELLIA_CCM_12" },
    { .name = "CAMELLIA-CCM-8", .iana = 25, .kind = CIPHER_CCM, .base = BASE_CAMELLIA, .iv = 8, .block = 1, .salt = 3, .icv = 8,
      .key_bytes = { 16, 24, 32 }, .xfrm = "rfc4309(ccm(camellia))", .strongswan = "CAMELLIA_CCM_8" },
    { .name = "AES-CCM-8-IIV", .iana = 29, .kind = CIPHER_CCM, .base = BASE_AES, .block = 1, .salt = 3, .icv = 8,
      .key_bytes = { 16, 24, 32 }, .implicit_iv = true, .strongswan = "AES_CCM_8_IIV" },
    { .name = "AES-GCM-16-IIV", .iana = 30, .kind = CIPHER_GCM, .base = BASE_AES, .block = 1, .salt = 4, .icv = 16,
      .key_bytes = { 16, 24, 32 }, .implicit_iv = true, .strongswan = "AES_GCM_16_IIV",
      .wireshark = "AES-GCM with IIV and 16 octet ICV [RFC4106 & RFC8750]" },
    { .name = "CHACHA20-POLY1305-IIV", .iana = 31, .kind = CIPHER_CHACHAPOLY, .base = BASE_CHACHA20, .block = 1, .salt = 4,
      .icv = 16, .key_bytes = { 32 }, .implicit_iv = true, .strongswan = "CHACHA20_POLY1305_IIV",
      .wireshark = "ChaCha20 with Poly1305 and IIV [RFC7634 & RFC8750]" },
};
const size_t suite_encryption_count = sizeof suite_encryptions / sizeof suite_encryptions[0];

const struct integrity suite_integrities[] = {
    { .name = "NONE", .kind = INTEGRITY_NONE,
      .xfrm = "digest_null", .setkey = "null", .wireshark = "NULL", .strongswan = "NONE" },
    { .name = "HMAC-MD5-96", .iana = 1, .kind = INTEGRITY_HMAC, .digest = DIGEST_MD5, .key = 16, .icv = 12,
      .xfrm = "hmac(md5)", .setkey = "hmac-md5", .wireshark = "HMAC-MD5-96 [RFC2403]", .strongswan = "HMAC_MD5_96" },
    { .name = "HMAC-MD5-128", .iana = 6, .kind = INTEGRITY_HMAC, .digest = DIGEST_MD5, .key = 16, .icv = 16,
      .xfrm = "hmac(md5)", .strongswan = "HMAC_MD5_128" },
    { .name = "HMAC-SHA1-96", .iana = 2, .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA1, .key = 20, .icv = 12,
      .xfrm = "hmac(sha1)", .setkey = "hmac-sha1", .wireshark = "HMAC-SHA-1-96 [RFC2404]", .strongswan = "HMAC_SHA1_96" },
    { .name = "HMAC-SHA1-160", .iana = 7, .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA1, .key = 20, .icv = 20,
      .xfrm = "hmac(sha1)", .strongswan = "HMAC_SHA1_160" },
    { .name = "HMAC-SHA2-256-96", .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA2_256, .key = 32, .icv = 12,
      .xfrm = "hmac(sha256)", .setkey = "hmac-sha256", .wireshark = "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
      .strongswan = "HMAC_SHA2_256_96" },
    { .name = "HMAC-SHA2-256-128", .iana = 12, .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA2_256, .key = 32, .icv = 16,
      .xfrm = "hmac(sha256)", .setkey = "hmac-sha2-256", .wireshark = "HMAC-SHA-256-128 [RFC4868]",
      .strongswan = "HMAC_SHA2_256_128" },
    { .name = "HMAC-SHA2-384-192", .iana = 13, .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA2_384, .key = 48, .icv = 24,
      .xfrm = "hmac(sha384)", .setkey = "hmac-sha2-384", .wireshark = "HMAC-SHA-384-192 [RFC4868]",
      .strongswan = "HMAC_SHA2_384_192" },
    { .name = "HMAC-SHA2-512-256", .iana = 14, .kind = INTEGRITY_HMAC, .digest = DIGEST_SHA2_512, .key = 64, .icv = 32,
      .xfrm = "hmac(sha512)", .setkey = "hmac-sha2-512", .wireshark = "HMAC-SHA-512-256 [RFC4868]",
      .strongswan = "HMAC_SHA2_512_256" },
    { .name = "HMAC-RIPEMD160-96", .kind = INTEGRITY_HMAC, .digest = DIGEST_RIPEMD160, .key = 20, .icv = 12,
      .xfrm = "hmac(rmd160)", .setkey = "hmac-ripemd160", .wireshark = "MAC-RIPEMD-160-96 [RFC2857]" },
    { .name = "AES-XCBC-96", .iana = 5, .kind = INTEGRITY_XCBC, .key = 16, .icv = 12,
      .xfrm = "xcbc(aes)", .setkey = "aes-xcbc-mac", .strongswan = "AES_XCBC_96" },
    { .name = "AES-CMAC-96", .iana = 8, .kind = INTEGRITY_CMAC, .key = 16, .icv = 12,
      .xfrm = "cmac(aes)", .strongswan = "AES_CMAC_96" },
    { .name = "AES-128-GMAC", .iana = 9, .kind = INTEGRITY_GMAC, .key = 20, .icv = 16, .strongswan = "AES_128_GMAC" },
    { .name = "AES-192-GMAC", .iana = 10, .kind = INTEGRITY_GMAC, .key = 28, .icv = 16, .strongswan = "AES_192_GMAC" },
    { .name = "AES-256-GMAC", .iana = 11, .kind = INTEGRITY_GMAC, .key = 36, .icv = 16, .strongswan = "AES_256_GMAC" },
};
const size_t suite_integrity_count = sizeof suite_integrities / sizeof suite_integrities[0];

/* A second spelling of the row of that name. The same spelling may stand for several rows, the default first. */
struct alias {
    uint8_t dialect;
    const char *spelling, *row;
};

static const struct alias encryption_aliases[] = {
    { DIALECT_XFRM, "cipher_null", "NULL" },
    { DIALECT_XFRM, "des", "DES-CBC" },
    { DIALECT_XFRM, "des3_ede", "3DES-CBC" },
    { DIALECT_XFRM, "cast5", "CAST-CBC" },
    { DIALECT_XFRM, "blowfish", "BLOWFISH-CBC" },
    { DIALECT_XFRM, "twofish", "TWOFISH-CBC" },
    { DIALECT_XFRM, "serpent", "SERPENT-CBC" },
    { DIALECT_XFRM, "aes", "AES-CBC" },
    { DIALECT_XFRM, "camellia", "CAMELLIA-CBC" },
    { DIALECT_XFRM, "rfc7539esp(chacha20-generic,poly1305-generic)", "CHACHA20-POLY1305" },
    { DIALECT_SETKEY, "none", "NULL" },
    { DIALECT_SETKEY, "simple", "NULL" },
    { DIALECT_SETKEY, "aes-cbc", "AES-CBC" },
    { DIALECT_SETKEY, "aes", "AES-CBC" },
    { DIALECT_SETKEY, "rijndael", "AES-CBC" },
    { DIALECT_SETKEY, "cast-cbc", "CAST-CBC" },
    { DIALECT_SETKEY, "aes-gcm", "AES-GCM-16" },
    { DIALECT_WIRESHARK, "AES-GCM [RFC4106]", "AES-GCM-16" },
    { DIALECT_WIRESHARK, "AES-GCM [RFC4106]", "AES-GCM-12" },
    { DIALECT_WIRESHARK, "AES-GCM [RFC4106]", "AES-GCM-8" },
    { DIALECT_WIRESHARK, "AES-GCM", "AES-GCM-16" },
    { DIALECT_WIRESHARK, "AES-GCM", "AES-GCM-12" },
    { DIALECT_WIRESHARK, "AES-GCM", "AES-GCM-8" },
    { DIALECT_WIRESHARK, "NULL [RFC2410]", "NULL" },
    { DIALECT_WIRESHARK, "TripleDES-CBC", "3DES-CBC" },
    { DIALECT_WIRESHARK, "AES-CBC", "AES-CBC" },
    { DIALECT_WIRESHARK, "AES-CTR", "AES-CTR" },
    { DIALECT_WIRESHARK, "DES-CBC", "DES-CBC" },
    { DIALECT_WIRESHARK, "CAST5-CBC", "CAST-CBC" },
    { DIALECT_WIRESHARK, "BLOWFISH-CBC", "BLOWFISH-CBC" },
    { DIALECT_STRONGSWAN, "des", "DES-CBC" },
    { DIALECT_STRONGSWAN, "3des", "3DES-CBC" },
    { DIALECT_STRONGSWAN, "cast", "CAST-CBC" },
    { DIALECT_STRONGSWAN, "blowfish", "BLOWFISH-CBC" },
    { DIALECT_STRONGSWAN, "twofish", "TWOFISH-CBC" },
    { DIALECT_STRONGSWAN, "serpent", "SERPENT-CBC" },
    { DIALECT_STRONGSWAN, "aes", "AES-CBC" },
    { DIALECT_STRONGSWAN, "aesctr", "AES-CTR" },
    { DIALECT_STRONGSWAN, "aesgcm", "AES-GCM-16" },
    { DIALECT_STRONGSWAN, "aesgcm16", "AES-GCM-16" },
    { DIALECT_STRONGSWAN, "aesgcm128", "AES-GCM-16" },
    { DIALECT_STRONGSWAN, "aesgcm12", "AES-GCM-12" },
    { DIALECT_STRONGSWAN, "aesgcm96", "AES-GCM-12" },
    { DIALECT_STRONGSWAN, "aesgcm8", "AES-GCM-8" },
    { DIALECT_STRONGSWAN, "aesgcm64", "AES-GCM-8" },
    { DIALECT_STRONGSWAN, "AES_GCM_C", "AES-GCM-16" }, /* libreswan counts ICVs in letters */
    { DIALECT_STRONGSWAN, "AES_GCM_B", "AES-GCM-12" },
    { DIALECT_STRONGSWAN, "AES_GCM_A", "AES-GCM-8" },
    { DIALECT_STRONGSWAN, "aesccm", "AES-CCM-16" },
    { DIALECT_STRONGSWAN, "aesccm16", "AES-CCM-16" },
    { DIALECT_STRONGSWAN, "aesccm128", "AES-CCM-16" },
    { DIALECT_STRONGSWAN, "aesccm12", "AES-CCM-12" },
    { DIALECT_STRONGSWAN, "aesccm96", "AES-CCM-12" },
    { DIALECT_STRONGSWAN, "aesccm8", "AES-CCM-8" },
    { DIALECT_STRONGSWAN, "aesccm64", "AES-CCM-8" },
    { DIALECT_STRONGSWAN, "AES_CCM_C", "AES-CCM-16" },
    { DIALECT_STRONGSWAN, "AES_CCM_B", "AES-CCM-12" },
    { DIALECT_STRONGSWAN, "AES_CCM_A", "AES-CCM-8" },
    { DIALECT_STRONGSWAN, "aesgmac", "NULL-AES-GMAC" },
    { DIALECT_STRONGSWAN, "NULL_AUTH_AES_GMAC", "NULL-AES-GMAC" },
    { DIALECT_STRONGSWAN, "chacha20poly1305", "CHACHA20-POLY1305" },
    { DIALECT_STRONGSWAN, "camellia", "CAMELLIA-CBC" },
    { DIALECT_STRONGSWAN, "camelliactr", "CAMELLIA-CTR" },
    { DIALECT_STRONGSWAN, "camelliaccm16", "CAMELLIA-CCM-16" },
    { DIALECT_STRONGSWAN, "camelliaccm128", "CAMELLIA-CCM-16" },
    { DIALECT_STRONGSWAN, "camelliaccm12", "CAMELLIA-CCM-12" },
    { DIALECT_STRONGSWAN, "camelliaccm96", "CAMELLIA-CCM-12" },
    { DIALECT_STRONGSWAN, "camelliaccm8", "CAMELLIA-CCM-8" },
    { DIALECT_STRONGSWAN, "camelliaccm64", "CAMELLIA-CCM-8" },
    { DIALECT_TCPDUMP, "null", "NULL" },
    { DIALECT_TCPDUMP, "des", "DES-CBC" },
    { DIALECT_TCPDUMP, "3des", "3DES-CBC" },
    { DIALECT_TCPDUMP, "des3", "3DES-CBC" },
    { DIALECT_TCPDUMP, "des-ede3-cbc", "3DES-CBC" },
    { DIALECT_TCPDUMP, "cast-cbc", "CAST-CBC" },
    { DIALECT_TCPDUMP, "cast5-cbc", "CAST-CBC" },
    { DIALECT_TCPDUMP, "bf-cbc", "BLOWFISH-CBC" },
    { DIALECT_TCPDUMP, "aes", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes128", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes192", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes256", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes192-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes256-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes-128-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes-192-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "aes-256-cbc", "AES-CBC" },
    { DIALECT_TCPDUMP, "camellia128-cbc", "CAMELLIA-CBC" },
    { DIALECT_TCPDUMP, "camellia256-cbc", "CAMELLIA-CBC" },
};

static const struct alias integrity_aliases[] = {
    { DIALECT_ESPLAIN, "NULL", "NONE" },
    { DIALECT_XFRM, "md5", "HMAC-MD5-96" },
    { DIALECT_XFRM, "sha1", "HMAC-SHA1-96" },
    { DIALECT_XFRM, "sha256", "HMAC-SHA2-256-96" },
    { DIALECT_XFRM, "sha256", "HMAC-SHA2-256-128" },
    { DIALECT_XFRM, "sha384", "HMAC-SHA2-384-192" },
    { DIALECT_XFRM, "sha512", "HMAC-SHA2-512-256" },
    { DIALECT_XFRM, "rmd160", "HMAC-RIPEMD160-96" },
    { DIALECT_XFRM, "hmac(ripemd160)", "HMAC-RIPEMD160-96" },
    { DIALECT_SETKEY, "none", "NONE" },
    { DIALECT_SETKEY, "hmac_md5", "HMAC-MD5-96" },
    { DIALECT_SETKEY, "hmac_sha1", "HMAC-SHA1-96" },
    { DIALECT_SETKEY, "hmac_sha256", "HMAC-SHA2-256-96" },
    { DIALECT_SETKEY, "sha2-256", "HMAC-SHA2-256-96" },
    { DIALECT_SETKEY, "hmac-sha384", "HMAC-SHA2-384-192" },
    { DIALECT_SETKEY, "hmac_sha384", "HMAC-SHA2-384-192" },
    { DIALECT_SETKEY, "hmac-sha512", "HMAC-SHA2-512-256" },
    { DIALECT_SETKEY, "hmac_sha512", "HMAC-SHA2-512-256" },
    { DIALECT_SETKEY, "ripemd160", "HMAC-RIPEMD160-96" },
    { DIALECT_SETKEY, "aes-xcbc", "AES-XCBC-96" },
    { DIALECT_WIRESHARK, "HMAC-SHA-1-96", "HMAC-SHA1-96" },
    { DIALECT_WIRESHARK, "HMAC-SHA-256-96", "HMAC-SHA2-256-96" },
    { DIALECT_WIRESHARK, "HMAC-SHA-256-128", "HMAC-SHA2-256-128" },
    { DIALECT_WIRESHARK, "HMAC-SHA-384-192", "HMAC-SHA2-384-192" },
    { DIALECT_WIRESHARK, "HMAC-SHA-512-256", "HMAC-SHA2-512-256" },
    { DIALECT_WIRESHARK, "MAC-RIPEMD-160-96", "HMAC-RIPEMD160-96" },
    { DIALECT_WIRESHARK, "AES-XCBC-MAC-96 [RFC3566]", "AES-XCBC-96" },
    { DIALECT_STRONGSWAN, "md5", "HMAC-MD5-96" },
    { DIALECT_STRONGSWAN, "md5_128", "HMAC-MD5-128" },
    { DIALECT_STRONGSWAN, "sha", "HMAC-SHA1-96" },
    { DIALECT_STRONGSWAN, "sha1", "HMAC-SHA1-96" },
    { DIALECT_STRONGSWAN, "sha1_160", "HMAC-SHA1-160" },
    { DIALECT_STRONGSWAN, "sha256", "HMAC-SHA2-256-128" },
    { DIALECT_STRONGSWAN, "sha2_256", "HMAC-SHA2-256-128" },
    { DIALECT_STRONGSWAN, "sha256_96", "HMAC-SHA2-256-96" },
    { DIALECT_STRONGSWAN, "sha2_256_96", "HMAC-SHA2-256-96" },
    { DIALECT_STRONGSWAN, "sha384", "HMAC-SHA2-384-192" },
    { DIALECT_STRONGSWAN, "sha2_384", "HMAC-SHA2-384-192" },
    { DIALECT_STRONGSWAN, "sha512", "HMAC-SHA2-512-256" },
    { DIALECT_STRONGSWAN, "sha2_512", "HMAC-SHA2-512-256" },
    { DIALECT_STRONGSWAN, "HMAC_SHA2_256", "HMAC-SHA2-256-128" },
    { DIALECT_STRONGSWAN, "HMAC_SHA2_384", "HMAC-SHA2-384-192" },
    { DIALECT_STRONGSWAN, "HMAC_SHA2_512", "HMAC-SHA2-512-256" },
    { DIALECT_STRONGSWAN, "HMAC_SHA1", "HMAC-SHA1-96" },
    { DIALECT_STRONGSWAN, "HMAC_MD5", "HMAC-MD5-96" },
    { DIALECT_STRONGSWAN, "aesxcbc", "AES-XCBC-96" },
    { DIALECT_STRONGSWAN, "aescmac", "AES-CMAC-96" },
};

/* The spelling of one row in one dialect; every row has one of ours. */
static const char *encryption_spelling(const struct encryption *row, enum dialect dialect)
{
    switch (dialect) {
    case DIALECT_ESPLAIN: return row->name;
    case DIALECT_XFRM: return row->xfrm;
    case DIALECT_SETKEY: return row->setkey;
    case DIALECT_WIRESHARK: return row->wireshark;
    case DIALECT_STRONGSWAN: return row->strongswan;
    case DIALECT_TCPDUMP: return row->tcpdump;
    }
    return NULL;
}

static const char *integrity_spelling(const struct integrity *row, enum dialect dialect)
{
    switch (dialect) {
    case DIALECT_ESPLAIN: return row->name;
    case DIALECT_XFRM: return row->xfrm;
    case DIALECT_SETKEY: return row->setkey;
    case DIALECT_WIRESHARK: return row->wireshark;
    case DIALECT_STRONGSWAN: return row->strongswan;
    case DIALECT_TCPDUMP: return row->tcpdump;
    }
    return NULL;
}

static bool same(const char *spelling, const char *name, size_t length)
{
    /* The first letter alone settles most of a table's rows. */
    return spelling != NULL && ((spelling[0] ^ name[0]) & ~0x20) == 0 && strncasecmp(spelling, name, length) == 0 && spelling[length] == '\0';
}

/* Is the name an alias of the row; of any row, where `row` is NULL? */
static bool aliased(const struct alias *aliases, size_t count, enum dialect dialect, const char *row, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (aliases[i].dialect == dialect && same(aliases[i].spelling, name, length) && (row == NULL || strcmp(aliases[i].row, row) == 0))
            return true;
    return false;
}

static const struct encryption *encryption_spelled(enum dialect dialect, const char *name, size_t length, unsigned icv_bits)
{
    static const size_t aliases = sizeof encryption_aliases / sizeof encryption_aliases[0];
    const struct encryption *first = NULL;
    unsigned fitting = 0;
    bool alias = aliased(encryption_aliases, aliases, dialect, NULL, name, length);
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        if (!same(encryption_spelling(row, dialect), name, length) &&
            !(alias && aliased(encryption_aliases, aliases, dialect, row->name, name, length)))
            continue;
        if (row->icv == 0 || row->icv * 8u == icv_bits)
            return row;
        if (fitting++ == 0)
            first = row;
    }
    /* A name that says the ICV itself is right about it; one that leaves it open, or the kernel's, must be met. */
    return icv_bits == 0 || (fitting == 1 && dialect != DIALECT_XFRM) ? first : NULL;
}

/* What each tool wraps around a name. Returns the bare name's length; *name moves. */
static size_t bare(enum dialect dialect, const char **name, size_t length)
{
    if (dialect == DIALECT_XFRM && length > 7 && strncasecmp(*name, "seqiv(", 6) == 0 && (*name)[length - 1] == ')') {
        *name += 6;
        return length - 7;
    }
    if (dialect == DIALECT_TCPDUMP && length > 7 && strncasecmp(*name + length - 7, "-hmac96", 7) == 0)
        return length - 7;
    return length;
}

static bool is_key_size(const char *digits)
{
    return memcmp(digits, "128", 3) == 0 || memcmp(digits, "192", 3) == 0 || memcmp(digits, "256", 3) == 0;
}

/* strongSwan puts the key size inside its keywords ("aes256gcm16") and behind its names ("AES_GCM_16_256", "AES_CBC-128"). */
static size_t without_key_size(const char *name, size_t length, char out[NAME_MAX_BYTES])
{
    static const char *const families[] = { "aes", "camellia", "blowfish", "cast", "serpent", "twofish" };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t family = strlen(families[i]);
        if (length >= family + 3 && strncasecmp(name, families[i], family) == 0 && is_key_size(name + family)) {
            memcpy(out, name, family);
            memcpy(out + family, name + family + 3, length - family - 3);
            return length - 3;
        }
    }
    if (length > 4 && (name[length - 4] == '_' || name[length - 4] == '-') && is_key_size(name + length - 3))
        length -= 4;
    memcpy(out, name, length);
    return length;
}

const struct encryption *suite_encryption_find(enum dialect dialect, const char *name, size_t length, unsigned icv_bits)
{
    if (name == NULL || length == 0 || length > NAME_MAX_BYTES)
        return NULL;
    const struct encryption *found = encryption_spelled(dialect, name, length, icv_bits);
    if (found == NULL && dialect == DIALECT_STRONGSWAN) {
        char keyless[NAME_MAX_BYTES];
        size_t left = without_key_size(name, length, keyless);
        found = left < length ? encryption_spelled(dialect, keyless, left, icv_bits) : NULL;
    }
    if (found == NULL) {
        const char *inner = name;
        size_t left = bare(dialect, &inner, length);
        found = left < length ? encryption_spelled(dialect, inner, left, icv_bits) : NULL;
    }
    if (dialect == DIALECT_ESPLAIN)
        for (enum dialect other = DIALECT_XFRM; found == NULL && other <= DIALECT_TCPDUMP; other++)
            found = suite_encryption_find(other, name, length, icv_bits);
    return found;
}

const struct integrity *suite_integrity_find(enum dialect dialect, const char *name, size_t length, unsigned icv_bits)
{
    if (name == NULL || length == 0 || length > NAME_MAX_BYTES)
        return NULL;
    const struct integrity *found = NULL;
    for (size_t i = 0; i < suite_integrity_count; i++) {
        const struct integrity *row = &suite_integrities[i];
        if (!same(integrity_spelling(row, dialect), name, length) &&
            !aliased(integrity_aliases, sizeof integrity_aliases / sizeof integrity_aliases[0], dialect, row->name, name, length))
            continue;
        if (row->icv * 8u == icv_bits)
            return row;
        if (found == NULL)
            found = row;
    }
    if (dialect == DIALECT_ESPLAIN)
        for (enum dialect other = DIALECT_XFRM; found == NULL && other <= DIALECT_TCPDUMP; other++)
            found = suite_integrity_find(other, name, length, icv_bits);
    return found;
}

const struct encryption *suite_encryption_by_iana(uint16_t iana)
{
    for (size_t i = 0; iana != 0 && i < suite_encryption_count; i++)
        if (suite_encryptions[i].iana == iana)
            return &suite_encryptions[i];
    return NULL;
}

const struct integrity *suite_integrity_by_iana(uint16_t iana)
{
    for (size_t i = 0; i < suite_integrity_count; i++)
        if (suite_integrities[i].iana == iana) /* 0 is NONE, the first row */
            return &suite_integrities[i];
    return NULL;
}

bool suite_encryption_takes(const struct encryption *encryption, size_t length)
{
    if (encryption->kind == CIPHER_NULL)
        return length == 0;
    if (length < encryption->salt)
        return false;
    length -= encryption->salt;
    const uint8_t *allowed = encryption->key_bytes;
    if (encryption->key_range)
        return length >= allowed[0] && length <= allowed[1];
    for (size_t i = 0; i < sizeof encryption->key_bytes && allowed[i] != 0; i++)
        if (length == allowed[i])
            return true;
    return false;
}

bool suite_integrity_takes(const struct integrity *integrity, size_t length)
{
    if (integrity->kind == INTEGRITY_HMAC)
        return length > 0 && length <= SECRET_MAX;
    return length == integrity->key;
}
