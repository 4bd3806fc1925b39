/* ike1_names: IKEv1 (RFC 2407 to 2409 and IANA's isakmp and ipsec registries) and AuthIP ([MS-AIPS]). */
#include "catalogue/ike1_names.h"
#include "catalogue/ike_names.h"
#include "catalogue/names.h"

static const struct names_row exchanges[] = {
    { 1, "Base" },
    { 2, "Main Mode" },
    { 3, "Authentication Only" },
    { 4, "Aggressive Mode" },
    { 5, "Informational" },
    { 6, "Transaction" },
    { 32, "Quick Mode" },
    { 33, "New Group Mode" },
};

static const struct names_row payloads[] = {
    { 1, "Security Association" },
    { 2, "Proposal" },
    { 3, "Transform" },
    { 4, "Key Exchange" },
    { 5, "Identification" },
    { 6, "Certificate" },
    { 7, "Certificate Request" },
    { 8, "Hash" },
    { 9, "Signature" },
    { 10, "Nonce" },
    { 11, "Notification" },
    { 12, "Delete" },
    { 13, "Vendor ID" },
    { 14, "Attributes" },
    { 15, "SA KEK" },
    { 16, "SA TEK" },
    { 17, "Key Download" },
    { 18, "Sequence Number" },
    { 19, "Proof of Possession" },
    { 20, "NAT Discovery" },
    { 21, "NAT Original Address" },
    { 22, "Group Associated Policy" },
    { 130, "NAT Discovery (draft)" },
    { 131, "NAT Original Address (draft)" },
    { 132, "Fragment" },
};

static const struct names_row notifies[] = {
    { 1, "INVALID-PAYLOAD-TYPE" },
    { 2, "DOI-NOT-SUPPORTED" },
    { 3, "SITUATION-NOT-SUPPORTED" },
    { 4, "INVALID-COOKIE" },
    { 5, "INVALID-MAJOR-VERSION" },
    { 6, "INVALID-MINOR-VERSION" },
    { 7, "INVALID-EXCHANGE-TYPE" },
    { 8, "INVALID-FLAGS" },
    { 9, "INVALID-MESSAGE-ID" },
    { 10, "INVALID-PROTOCOL-ID" },
    { 11, "INVALID-SPI" },
    { 12, "INVALID-TRANSFORM-ID" },
    { 13, "ATTRIBUTES-NOT-SUPPORTED" },
    { 14, "NO-PROPOSAL-CHOSEN" },
    { 15, "BAD-PROPOSAL-SYNTAX" },
    { 16, "PAYLOAD-MALFORMED" },
    { 17, "INVALID-KEY-INFORMATION" },
    { 18, "INVALID-ID-INFORMATION" },
    { 19, "INVALID-CERT-ENCODING" },
    { 20, "INVALID-CERTIFICATE" },
    { 21, "CERT-TYPE-UNSUPPORTED" },
    { 22, "INVALID-CERT-AUTHORITY" },
    { 23, "INVALID-HASH-INFORMATION" },
    { 24, "AUTHENTICATION-FAILED" },
    { 25, "INVALID-SIGNATURE" },
    { 26, "ADDRESS-NOTIFICATION" },
    { 27, "NOTIFY-SA-LIFETIME" },
    { 28, "CERTIFICATE-UNAVAILABLE" },
    { 29, "UNSUPPORTED-EXCHANGE-TYPE" },
    { 30, "UNEQUAL-PAYLOAD-LENGTHS" },
    { 16384, "CONNECTED" },
    { 24576, "RESPONDER-LIFETIME" },
    { 24577, "REPLAY-STATUS" },
    { 24578, "INITIAL-CONTACT" },
    { 36136, "R-U-THERE" },
    { 36137, "R-U-THERE-ACK" },
    { 40003, "NOTIFY_STATUS" },      /* [MS-IKEE] 2.2.6 */
    { 40004, "NOTIFY_DOS_COOKIE" },
    { 40005, "EXCHANGE_INFO" },
    { 40501, "UNITY-LOAD-BALANCE" }, /* Cisco */
    { 40503, "UNITY-GROUP-HASH" },
};

static const struct names_row protocols[] = {
    { 1, "ISAKMP" }, { 2, "AH" }, { 3, "ESP" }, { 4, "IPCOMP" }, { 5, "GIGABEAM_RADIO" },
};

static const struct names_row ids[] = {
    { 1, "ID_IPV4_ADDR" },
    { 2, "ID_FQDN" },
    { 3, "ID_USER_FQDN" },
    { 4, "ID_IPV4_ADDR_SUBNET" },
    { 5, "ID_IPV6_ADDR" },
    { 6, "ID_IPV6_ADDR_SUBNET" },
    { 7, "ID_IPV4_ADDR_RANGE" },
    { 8, "ID_IPV6_ADDR_RANGE" },
    { 9, "ID_DER_ASN1_DN" },
    { 10, "ID_DER_ASN1_GN" },
    { 11, "ID_KEY_ID" },
    { 12, "ID_LIST" },
};

static const struct names_row auths[] = {
    { 1, "pre-shared key" },
    { 2, "DSS signatures" },
    { 3, "RSA signatures" },
    { 4, "encryption with RSA" },
    { 5, "revised encryption with RSA" },
    { 9, "ECDSA with SHA-256 on P-256" },
    { 10, "ECDSA with SHA-384 on P-384" },
    { 11, "ECDSA with SHA-512 on P-521" },
    { 64221, "HybridInitRSA" },
    { 64222, "HybridRespRSA" },
    { 64223, "HybridInitDSS" },
    { 64224, "HybridRespDSS" },
    { 65001, "XAUTHInitPreShared" },
    { 65002, "XAUTHRespPreShared" },
    { 65003, "XAUTHInitDSS" },
    { 65004, "XAUTHRespDSS" },
    { 65005, "XAUTHInitRSA" },
    { 65006, "XAUTHRespRSA" },
    { 65007, "XAUTHInitRSAEncryption" },
    { 65008, "XAUTHRespRSAEncryption" },
    { 65009, "XAUTHInitRSARevisedEncryption" },
    { 65010, "XAUTHRespRSARevisedEncryption" },
};

static const struct names_row attributes1[] = {
    { 1, "Encryption Algorithm" },
    { 2, "Hash Algorithm" },
    { 3, "Authentication Method" },
    { 4, "Group Description" },
    { 5, "Group Type" },
    { 6, "Group Prime" },
    { 7, "Group Generator One" },
    { 8, "Group Generator Two" },
    { 9, "Group Curve A" },
    { 10, "Group Curve B" },
    { 11, "Life Type" },
    { 12, "Life Duration" },
    { 13, "PRF" },
    { 14, "Key Length" },
    { 15, "Field Size" },
    { 16, "Group Order" },
};

static const struct names_row attributes2[] = {
    { 1, "SA Life Type" },
    { 2, "SA Life Duration" },
    { 3, "Group Description" },
    { 4, "Encapsulation Mode" },
    { 5, "Authentication Algorithm" },
    { 6, "Key Length" },
    { 7, "Key Rounds" },
    { 8, "Compress Dictionary Size" },
    { 9, "Compress Private Algorithm" },
    { 10, "ECN Tunnel" },
    { 11, "Extended Sequence Number" },
    { 12, "Authentication Key Length" },
    { 13, "Signature Encoding Algorithm" },
    { 14, "Address Preservation" },
    { 15, "SA Direction" },
};

static const struct names_row ciphers1[] = {
    { 1, "DES-CBC" },         { 2, "IDEA-CBC" }, { 3, "BLOWFISH-CBC" }, { 4, "RC5-R16-B64-CBC" },
    { 5, "3DES-CBC" },        { 6, "CAST-CBC" }, { 7, "AES-CBC" },      { 8, "CAMELLIA-CBC" },
};

static const struct names_row hashes1[] = {
    { 1, "MD5" }, { 2, "SHA" }, { 3, "TIGER" }, { 4, "SHA2-256" }, { 5, "SHA2-384" }, { 6, "SHA2-512" },
};

static const struct names_row group_types[] = { { 1, "MODP" }, { 2, "ECP" }, { 3, "EC2N" } };
static const struct names_row life_types[] = { { 1, "seconds" }, { 2, "kilobytes" } };
static const struct names_row ecn[] = { { 1, "allowed" }, { 2, "forbidden" } };
static const struct names_row sequence[] = { { 1, "64-bit" } };

static const struct names_row encapsulations[] = {
    { 1, "Tunnel" },
    { 2, "Transport" },
    { 3, "UDP-Encapsulated-Tunnel" },
    { 4, "UDP-Encapsulated-Transport" },
    { 61443, "UDP-Encapsulated-Tunnel (draft)" },
    { 61444, "UDP-Encapsulated-Transport (draft)" },
};

static const struct names_row integrity2[] = {
    { 1, "HMAC-MD5" },
    { 2, "HMAC-SHA" },
    { 3, "DES-MAC" },
    { 4, "KPDK" },
    { 5, "HMAC-SHA2-256" },
    { 6, "HMAC-SHA2-384" },
    { 7, "HMAC-SHA2-512" },
    { 8, "HMAC-RIPEMD" },
    { 9, "AES-XCBC-MAC" },
    { 10, "SIG-RSA" },
    { 11, "AES-128-GMAC" },
    { 12, "AES-192-GMAC" },
    { 13, "AES-256-GMAC" },
};

static const struct names_row isakmp_transforms[] = { { 1, "KEY_IKE" } };

static const struct names_row ah_transforms[] = {
    { 2, "AH_MD5" },           { 3, "AH_SHA" },          { 4, "AH_DES" },          { 5, "AH_SHA2-256" },
    { 6, "AH_SHA2-384" },      { 7, "AH_SHA2-512" },     { 8, "AH_RIPEMD" },       { 9, "AH_AES-XCBC-MAC" },
    { 10, "AH_RSA" },          { 11, "AH_AES-128-GMAC" }, { 12, "AH_AES-192-GMAC" }, { 13, "AH_AES-256-GMAC" },
};

static const struct names_row esp_transforms[] = {
    { 1, "ESP_DES_IV64" },
    { 2, "ESP_DES" },
    { 3, "ESP_3DES" },
    { 4, "ESP_RC5" },
    { 5, "ESP_IDEA" },
    { 6, "ESP_CAST" },
    { 7, "ESP_BLOWFISH" },
    { 8, "ESP_3IDEA" },
    { 9, "ESP_DES_IV32" },
    { 10, "ESP_RC4" },
    { 11, "ESP_NULL" },
    { 12, "ESP_AES-CBC" },
    { 13, "ESP_AES-CTR" },
    { 14, "ESP_AES-CCM_8" },
    { 15, "ESP_AES-CCM_12" },
    { 16, "ESP_AES-CCM_16" },
    { 18, "ESP_AES-GCM_8" },
    { 19, "ESP_AES-GCM_12" },
    { 20, "ESP_AES-GCM_16" },
    { 21, "ESP_SEED_CBC" },
    { 22, "ESP_CAMELLIA" },
    { 23, "ESP_NULL_AUTH_AES-GMAC" },
};

static const struct names_row ipcomp_transforms[] = {
    { 1, "IPCOMP_OUI" }, { 2, "IPCOMP_DEFLATE" }, { 3, "IPCOMP_LZS" }, { 4, "IPCOMP_LZJH" },
};

static const struct names_row authip_exchanges[] = {
    { 0xf3, "AuthIP Main Mode" },
    { 0xf4, "AuthIP Quick Mode" },
    { 0xf5, "AuthIP Extended Mode" },
    { 0xf6, "AuthIP Notify" },
};

static const struct names_row authip_payloads[] = {
    { 1, "Security Association" },
    { 2, "Proposal" },
    { 3, "Transform" },
    { 4, "Key Exchange" },
    { 5, "Identification" },
    { 8, "Hash" },
    { 10, "Nonce" },
    { 11, "Notification" },
    { 13, "Vendor ID" },
    { 0x81, "GSS-API" },
    { 0x85, "Crypto" },
    { 0x86, "GSS-ID" },
    { 0x87, "Auth" },
};

static const struct names_row authip_notifies[] = { /* [MS-AIPS] 2.2.3.5 */
    { 0x9c45, "EXCHANGE_INFO" },     { 0x9c54, "NOTIFY_STATUS" },  { 0x9c55, "NOTIFY_DOS_COOKIE" },
    { 0x9c56, "NOTIFY_ACK" },        { 0x9c57, "QM_SYNCHRONIZE" }, { 0x9c58, "NOTIFY_ACQUIRE" },
};

static const struct names_row authip_auths[] = { { 2, "Kerberos" }, { 3, "anonymous" }, { 4, "TLS" }, { 5, "NTLM" } };

const char *ike1_exchange_name(uint8_t type) { return NAMES_FIND(exchanges, type); }
const char *ike1_payload_name(uint8_t type) { return NAMES_FIND(payloads, type); }
const char *ike1_notify_name(uint16_t type) { return NAMES_FIND(notifies, type); }
const char *ike1_protocol_name(uint8_t id) { return NAMES_FIND(protocols, id); }
const char *ike1_id_name(uint8_t type) { return NAMES_FIND(ids, type); }
const char *ike1_auth_name(uint16_t method) { return NAMES_FIND(auths, method); }
const char *authip_exchange_name(uint8_t type) { return NAMES_FIND(authip_exchanges, type); }
const char *authip_payload_name(uint8_t type) { return NAMES_FIND(authip_payloads, type); }
const char *authip_notify_name(uint16_t type) { return NAMES_FIND(authip_notifies, type); }
const char *authip_auth_name(uint16_t method) { return NAMES_FIND(authip_auths, method); }

const char *ike1_attribute_name(unsigned phase, uint16_t class)
{
    return phase == 1 ? NAMES_FIND(attributes1, class) : phase == 2 ? NAMES_FIND(attributes2, class) : NULL;
}

static const char *phase1_value_name(uint16_t class, uint16_t value)
{
    switch (class) {
    case 1: return NAMES_FIND(ciphers1, value);
    case 2: return NAMES_FIND(hashes1, value);
    case 3: return NAMES_FIND(auths, value);
    case 4: return ike_group_name(1, value);
    case 5: return NAMES_FIND(group_types, value);
    case 11: return NAMES_FIND(life_types, value);
    default: return NULL;
    }
}

static const char *phase2_value_name(uint16_t class, uint16_t value)
{
    switch (class) {
    case 1: return NAMES_FIND(life_types, value);
    case 3: return ike_group_name(1, value);
    case 4: return NAMES_FIND(encapsulations, value);
    case 5: return NAMES_FIND(integrity2, value);
    case 10: return NAMES_FIND(ecn, value);
    case 11: return NAMES_FIND(sequence, value);
    default: return NULL;
    }
}

const char *ike1_value_name(unsigned phase, uint16_t class, uint16_t value)
{
    return phase == 1 ? phase1_value_name(class, value) : phase == 2 ? phase2_value_name(class, value) : NULL;
}

const char *ike1_transform_name(uint8_t protocol, uint8_t id)
{
    switch (protocol) {
    case 1: return NAMES_FIND(isakmp_transforms, id);
    case 2: return NAMES_FIND(ah_transforms, id);
    case 3: return NAMES_FIND(esp_transforms, id);
    case 4: return NAMES_FIND(ipcomp_transforms, id);
    default: return NULL;
    }
}

const char *ike1_doi_name(uint32_t doi)
{
    static const char *const names[] = { "ISAKMP", "IPsec", "GDOI" };
    return doi < 3 ? names[doi] : NULL;
}
